"""A person's record as the clinical record of `exchange`, ready for FHIR; only what stands."""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils import timezone

from ...body.background import load_background, load_medical
from ...body.condition import load_condition
from ...exchange.clinical_record import (
    Administration,
    Agreement,
    Appointment,
    Caution,
    CheckIn,
    ClinicalRecord,
    Diagnosis,
    Happening,
    Medicine,
    Rating,
    Remark,
    Someone,
    Vital,
)
from ..clinic_rules import plausible
from .finding import current
from .models import Alert, Entry, Job, Person, Visit

DIARY = ("pain", "sleep_hours", "energy")
VITALS = ("systolic", "diastolic", "heart_rate", "oxygen", "temperature", "weight", "cadss")


def clinical_record(person: Person, notes: bool = True) -> ClinicalRecord:
    """What stands in a record; `left` says what of it does not go along, on wish also the clinicians' notes."""
    rows = current(person)
    visits = []
    for visit in Visit.objects.filter(person=person).order_by("at"):
        visit.person = person
        purpose = str(visit.content.get("purpose", ""))
        words = str(visit.content.get("note", "")) if notes else ""
        visits.append(Appointment(str(visit.pk), _local(visit), None, visit.status, purpose, words))
    kept = [one for row in rows if row.kind == "foreign" for one in row.content["resources"]]
    return ClinicalRecord(
        _someone(person),
        visits=tuple(visits),
        ratings=tuple(_rating(row) for row in rows if row.kind == "score"),
        vitals=tuple(one for row in rows if row.kind == "vitals" for one in _vitals(row)),
        doses=tuple(_dose(row) for row in rows if row.kind == "dose"),
        diagnoses=tuple(_diagnosis(row) for row in rows if row.kind == "condition"),
        agreements=tuple(
            Agreement(
                row.content["what"],
                row.content["given"] == "yes",
                _local(row),
                row.content.get("way", ""),
                row.content.get("witness", ""),
            )
            for row in rows
            if row.kind == "consent"
        ),
        medicines=tuple(_medicine(row) for row in rows if row.kind == "background"),
        cautions=tuple(_caution(row) for row in rows if row.kind == "medical"),
        happenings=tuple(_happening(row) for row in rows if row.kind == "event"),
        remarks=tuple(
            Remark(_local(row), row.content["text"], _visit(row))
            for row in rows
            if notes and row.kind == "note"
        ),
        diary=tuple(_check_in(row) for row in rows if row.kind == "diary"),
        kept=tuple(kept),
        left=tuple(_left(person, rows, notes)),
    )


def _someone(person: Person) -> Someone:
    facts = person.facts
    return Someone(
        str(person.pk),
        person.name,
        person.born,
        facts.get("sex", ""),
        person.virtual,
        str(facts.get("contact") or ""),
        facts.get("weight"),
        facts.get("height"),
        timezone.localtime(person.made_at),
    )


def _left(person: Person, rows: list[Entry], notes: bool) -> Iterator[str]:
    """What of a record has no place in a bundle, or was not asked for."""
    if rows:
        yield "who wrote each entry, and when it was written"
    for label, count in (
        ("entry that was corrected or withdrawn", Entry.objects.filter(person=person).count() - len(rows)),
        ("answer to a question about a value", sum("questioned" in row.content for row in rows)),
        ("alert and what was done about it", Alert.objects.filter(person=person).count()),
        ("forecast", Job.objects.filter(person=person).count()),
        ("clinicians' note, as was asked", 0 if notes else sum(row.kind == "note" for row in rows)),
    ):
        if count:
            yield f"{count} × {label}"
    if person.restricted:
        yield "who may open the record"


def _local(row: Entry | Visit) -> datetime:
    return timezone.localtime(row.at)


def _rating(row: Entry) -> Rating:
    content = row.content
    answers = {
        n: float(mark) for n, mark in enumerate(content.get("answers") or (), start=1) if mark is not None
    }
    return Rating(
        _local(row),
        content["instrument"],
        float(content["total"]),
        answers,
        _visit(row),
        content.get("note", ""),
        content.get("by", ""),
    )


def _visit(row: Entry) -> str:
    return str(row.visit_id or "")


def _vitals(row: Entry) -> Iterator[Vital]:
    note, moment = row.content.get("note", ""), row.content.get("moment", "")
    for key in VITALS:
        value = row.content.get(key)
        if value is not None:
            yield Vital(_local(row), key, float(value), plausible()[key].unit, _visit(row), note, moment)
            note = ""  # it is about all of them, and goes with the first


def _dose(row: Entry) -> Administration:
    content = row.content
    return Administration(
        _local(row),
        content["drug"],
        content["route"],
        float(content["amount"]),
        content.get("unit", "mg"),
        float(content.get("minutes") or 0.0),
        visit=_visit(row),
        note=content.get("note", ""),
        lot=content.get("lot", ""),
        waste=None if content.get("waste") is None else float(content["waste"]),
        witness=content.get("witness", ""),
        override=content.get("override", ""),
        gate=content.get("gate", ""),
    )


def _caution(row: Entry) -> Caution:
    key = row.content.get("key", "")
    return Caution(_local(row), key, row.content.get("words") or load_medical().get(key, ""))


def _medicine(row: Entry) -> Medicine:
    content = row.content
    key, until = content.get("key", ""), content.get("until")
    known = load_background().get(key)
    words = content.get("words") or (known.title if known else "")
    last = date.fromisoformat(until) if until else None
    return Medicine(_local(row), key, words, content.get("amount", ""), last)


def _happening(row: Entry) -> Happening:
    content = row.content
    serious, severity = bool(content.get("serious")), content.get("severity", "")
    return Happening(_local(row), content["what"], severity, serious, content.get("action", ""), _visit(row))


def _check_in(row: Entry) -> CheckIn:
    values = {key: float(row.content[key]) for key in DIARY if row.content.get(key) is not None}
    return CheckIn(_local(row), values, row.content.get("words", ""))


def _diagnosis(row: Entry) -> Diagnosis:
    key, year = row.content.get("key", ""), row.content.get("since")
    words = row.content.get("words") or (load_condition(key).title if key else "")
    return Diagnosis(key, words, date(int(year), 1, 1) if year else None)
