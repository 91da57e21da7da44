"""Clinical records and the files of people that `vagus follow` reads, both ways."""

import csv
import io
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from ..body.route import load_routes
from ..body.treatment import DAY_ZERO_CLOCK
from ..errors import VagusError, fail
from ..learn.diary import Diary, follow_table
from ..observe import list_instruments
from ..units import convert
from .clinical_record import (
    Administration,
    Caution,
    ClinicalRecord,
    Diagnosis,
    Medicine,
    Rating,
    Someone,
    Vital,
)

_MINUTES = 60.0
#: Those of `learn/diary_lines.py` that are needed.
_COLUMNS = ("kind", "date", "time", "name", "value", "unit", "items", "route", "duration")


def record_of(diary: Diary, first: date | None = None) -> ClinicalRecord:
    """What a person's file tells, as a clinical record; times are UTC.

    Args:
        diary: the file.
        first: the date of day 0, for a file that counts days.

    Raises:
        VagusError: V646 when neither the file nor `first` says which date day 0 is.
    """
    first = diary.first or first
    if first is None:
        raise fail(
            "V646", reason="the file counts days; which date is day 0?", hint="give --first 2026-01-31"
        )
    zero = datetime.combine(first, time(int(DAY_ZERO_CLOCK)), UTC)

    def at(hour: float) -> datetime:
        return zero + timedelta(seconds=round(hour * 3600.0))

    patient = diary.patient
    ratings = tuple(
        Rating(at(one.hour), one.key, one.value, {n: mark for n, mark in enumerate(one.items, start=1)})
        for one in diary.scores
    )
    vitals = [
        Vital(at(one.hour), one.key, one.value, follow_table()["vital"][one.key]["unit"])
        for one in diary.vitals
    ]
    if "weight was not given" not in diary.assumed:
        vitals.append(Vital(zero, "weight", patient.weight, "kg"))
    doses = tuple(
        Administration(at(one.hour), one.drug, one.route, one.amount, one.unit, one.hours * _MINUTES)
        for one in diary.given
        if one.until is None
    )
    daily = [
        Medicine(
            at(one.hour),
            "",
            one.drug,
            f"{one.amount:g} {one.unit} {one.route} daily since {at(one.hour):%Y-%m-%d}",
            at(one.until).date() if one.until < math.inf else None,
        )
        for one in diary.given
        if one.until is not None
    ]
    sex = "" if "sex was not given" in diary.assumed else patient.sex
    return ClinicalRecord(
        Someone(patient.name, patient.name, None, sex, diary.virtual),
        ratings=ratings,
        vitals=tuple(vitals),
        doses=doses,
        medicines=(*(Medicine(zero, key) for key in patient.background), *daily),
        cautions=tuple(Caution(zero, key) for key in patient.medical),
        diagnoses=tuple(Diagnosis(key) for key in patient.conditions if key != "healthy"),
        left=_left_behind(diary),
    )


def _left_behind(diary: Diary) -> tuple[str, ...]:
    """What a file of a person tells and the record has no place for, in words."""
    left = [f"{one.title}: an event of life has no place in the record" for one in diary.happenings]
    left += [f"{one.name}: a treatment without single doses" for one in diary.begun]
    if "age was not given" not in diary.assumed:
        years = f"{diary.patient.age:g}"
        left.append(f"age of {years} years: a record holds the date of birth, which the file does not tell")
    return tuple(left)


def diary_text(record: ClinicalRecord) -> tuple[str, list[str]]:
    """A record as the table `vagus follow` reads, and what it has no place for, in words."""
    left: list[str] = []
    stream = io.StringIO()
    writer = csv.DictWriter(stream, _COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    lines = [*_person(record, left), *_ratings(record, left), *_vitals(record, left), *_doses(record, left)]
    for line in lines:
        writer.writerow({key: _plain(value) for key, value in line.items()})
    return stream.getvalue(), left


def _plain(text: str) -> str:
    """A cell without line breaks, and none a spreadsheet would take for a formula."""
    text = " ".join(text.split())
    return "'" + text if text[:1] in ("=", "+", "@") else text


def _when(at: datetime) -> dict[str, str]:
    return {"date": at.date().isoformat(), "time": f"{at:%H:%M}"}


def _person(record: ClinicalRecord, left: list[str]) -> Iterator[dict[str, str]]:
    someone = record.someone
    yield {"kind": "person", "name": "name", "value": someone.name or someone.key}
    if someone.sex:
        yield {"kind": "person", "name": "sex", "value": someone.sex}
    times = (
        [one.at for one in record.ratings]
        + [one.at for one in record.vitals]
        + [one.at for one in record.doses]
    )
    if someone.born and times:
        yield {
            "kind": "person",
            "name": "age",
            "value": f"{(min(times).date() - someone.born).days / 365.25:.1f}",
        }
    weighed = [(one.at, kilograms) for one in record.vitals if (kilograms := _kilograms(one))]
    weight = min(weighed)[1] if weighed else someone.weight
    if weight:
        yield {"kind": "person", "name": "weight", "value": f"{weight:g}", "unit": "kg"}
    if someone.height:
        yield {"kind": "person", "name": "height", "value": f"{someone.height:g}", "unit": "cm"}
    keys = dict.fromkeys(one.key for one in record.diagnoses if one.key and not one.over)
    left += [f"diagnosis: {one.text}" for one in record.diagnoses if not one.key]
    yield {"kind": "person", "name": "conditions", "value": ", ".join(keys) or "healthy"}
    yield from _taken(record, left)
    if someone.virtual:
        yield {"kind": "person", "name": "virtual", "value": "true"}


def _taken(record: ClinicalRecord, left: list[str]) -> Iterator[dict[str, str]]:
    """Medicines that are still taken and cautions, as far as they are ours."""
    lasting = [one for one in record.medicines if one.key and one.until is None]
    for name, keys in (
        ("background", dict.fromkeys(one.key for one in lasting)),
        ("medical", dict.fromkeys(one.key for one in record.cautions if one.key)),
    ):
        if keys:
            yield {"kind": "person", "name": name, "value": ", ".join(keys)}
    left += [f"medicine: {one.text or one.key}" for one in record.medicines if one not in lasting]
    left += [f"caution: {one.text}" for one in record.cautions if not one.key]
    for label, rows in (
        ("event", record.happenings),
        ("note", record.remarks),
        ("diary entry", record.diary),
        ("consent", record.agreements),
        ("report", record.papers),
        ("note of a visit", [one for one in record.visits if one.note]),
        ("remark, witness or waste of a dose", [one for one in record.doses if one.beside]),
    ):
        left += [f"{len(rows)} × {label}"] if rows else []


def _kilograms(one: Vital) -> float | None:
    """A weight in kg; None for what is no weight."""
    try:
        return convert(one.value, one.unit, "kg") if one.key == "weight" else None
    except VagusError:
        return None


def _ratings(record: ClinicalRecord, left: list[str]) -> Iterator[dict[str, str]]:
    known = list_instruments()
    seen = set()
    for one in sorted(record.ratings, key=lambda rating: rating.at):
        if one.instrument not in known:
            left.append(f"score of {one.instrument}")
            continue
        mark = (one.at.replace(second=0, microsecond=0), one.instrument)
        if mark in seen:
            left.append(f"a second {one.instrument} of {one.at:%Y-%m-%d %H:%M}")
            continue
        seen.add(mark)
        items = " ".join(f"{value:g}" for _, value in sorted(one.answers.items()))
        value = "" if one.total is None else f"{one.total:g}"
        yield {"kind": "score", **_when(one.at), "name": one.instrument, "value": value, "items": items}


def _vitals(record: ClinicalRecord, left: list[str]) -> Iterator[dict[str, str]]:
    known = follow_table()["vital"]
    seen = set()
    weighed = min(
        (one.at for one in record.vitals if _kilograms(one)), default=None
    )  # stands with the person
    for one in sorted(record.vitals, key=lambda vital: vital.at):
        mark = (one.at.replace(second=0, microsecond=0), one.key)
        if one.at == weighed and _kilograms(one):
            continue
        if one.key not in known or mark in seen:
            left.append(f"{one.key} of {one.at:%Y-%m-%d %H:%M}")
            continue
        seen.add(mark)
        yield {"kind": "vital", **_when(one.at), "name": one.key, "value": f"{one.value:g}", "unit": one.unit}


def _doses(record: ClinicalRecord, left: list[str]) -> Iterator[dict[str, str]]:
    drugs = load_routes()
    seen = set()
    for one in record.doses:
        if one.drug not in drugs or one.amount is None or (one.route and one.route not in drugs[one.drug]):
            left.append(f"dose of {one.text or one.drug or 'an unknown drug'} {one.route}".rstrip())
            continue
        mark = (one.at.replace(second=0, microsecond=0), one.drug)
        if mark in seen:  # the file knows one dose of a drug at a time
            left.append(f"a second dose of {one.drug} of {one.at:%Y-%m-%d %H:%M}")
            continue
        seen.add(mark)
        length = f"{one.minutes:g} min" if one.minutes > 0 else ""
        yield {"kind": "dose", **_when(one.at), "name": one.drug, "value": f"{one.amount:g}", "unit": one.unit,
               "route": one.route, "duration": length}  # fmt: skip
