"""REDCap: clinical records as a flat CSV table with its data dictionary, both ways.

One row for each person and moment: record_id, redcap_event_name (`person_arm_1` for what stays, `moment_arm_1` for what
has a time), redcap_repeat_instance. Fields are named after our keys (phq9_total, phq9_1 ..., systolic, dose_drug); a
project with other names is read through its data dictionary when the field annotation says @VAGUS="phq9_total".
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any

from ..body.route import load_routes
from ..errors import fail
from ..observe import list_instruments, load_instrument
from ..tables import Place
from .clinical_record import Administration, ClinicalRecord, Diagnosis, Rating, Someone, Vital
from .delimited import plain_number, read_cells
from .fhir_codes import loinc

DICTIONARY = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
_SYSTEM = (
    "record_id",
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_data_access_group",
)
_PERSON = ("name", "born", "sex", "conditions", "virtual")
_DOSE = ("dose_drug", "dose_route", "dose_amount", "dose_unit", "dose_minutes")
_ANNOTATION = re.compile(r"""@VAGUS\s*=\s*["']([a-z][a-z0-9_]*)["']""")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,99}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?")
_ITEM = re.compile(r"(.+)_(\d{1,3})")
_UNITS = {"rmssd": "ms", "cortisol": "ng/mL", "crp": "mg/L", "il6": "pg/mL", "bdnf": "1"}


def vital_units() -> dict[str, str]:
    """Unit of every vital sign a REDCap field can hold."""
    return {code.key: code.unit for code in loinc().values() if code.kind == "vital"} | _UNITS


def redcap_texts(records: Sequence[ClinicalRecord]) -> tuple[str, str, list[str]]:
    """Data dictionary, records, and what has no field, in words.

    Moments are written as dates and times of the record's own time zone. Scores keep their total and items.
    """
    left: list[str] = []
    rows: list[dict[str, str]] = []
    for number, record in enumerate(records, start=1):
        rows += _rows(str(number), record, left)
    used = list(dict.fromkeys(name for row in rows for name in row))
    fields = [name for name in used if name not in _SYSTEM]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [*_SYSTEM[:4], *fields], lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return _dictionary(fields), stream.getvalue(), left


def _rows(number: str, record: ClinicalRecord, left: list[str]) -> list[dict[str, str]]:
    one = record.someone
    keys = [d.key for d in record.diagnoses if d.key and not d.over]
    left += [f"diagnosis: {d.text}" for d in record.diagnoses if not d.key]
    told = {"name": one.name or one.key, "born": one.born.isoformat() if one.born else "", "sex": one.sex,
            "conditions": " ".join(keys), "virtual": "1" if one.virtual else ""}  # fmt: skip
    rows = [{"record_id": number, "redcap_event_name": "person_arm_1", **told}]
    moments: list[tuple[datetime, dict[str, str]]] = []
    for at, cells in [*_scored(record, left), *_measured(record, left), *_given(record, left)]:
        moments.append((at, cells))
    moments.sort(key=lambda moment: (moment[0].isoformat(), sorted(moment[1])))
    merged: list[tuple[datetime, dict[str, str]]] = []
    for at, cells in moments:
        same = next((m for m in merged if m[0] == at and not m[1].keys() & cells.keys()), None)
        if same is None:
            merged.append((at, dict(cells)))
        else:
            same[1].update(cells)
    for nth, (at, cells) in enumerate(merged, start=1):
        rows.append(
            {
                "record_id": number,
                "redcap_event_name": "moment_arm_1",
                "redcap_repeat_instrument": "",
                "redcap_repeat_instance": str(nth),
                "moment": f"{at:%Y-%m-%d %H:%M:%S}",
                **cells,
            }
        )
    more = sum(dose.beside for dose in record.doses)
    left += [f"{more} remarks, lots, witnesses or wastes of doses"] if more else []
    left += [
        f"{len(getattr(record, name))} {name}"
        for name in (
            "agreements",
            "papers",
            "medicines",
            "cautions",
            "happenings",
            "remarks",
            "diary",
            "kept",
        )
        if getattr(record, name)
    ]
    return rows


def _scored(record: ClinicalRecord, left: list[str]) -> list[tuple[datetime, dict[str, str]]]:
    found = []
    for one in record.ratings:
        if one.instrument not in list_instruments():
            left.append(f"score of {one.instrument}")
            continue
        cells = {f"{one.instrument}_{n}": _text(mark) for n, mark in sorted(one.answers.items())}
        if one.total is not None:
            cells[f"{one.instrument}_total"] = _text(one.total)
        found.append((one.at, cells))
    return found


def _measured(record: ClinicalRecord, left: list[str]) -> list[tuple[datetime, dict[str, str]]]:
    units = vital_units()
    found = []
    for one in record.vitals:
        if units.get(one.key) != one.unit:
            left.append(f"{one.key} in {one.unit}")
        else:
            found.append((one.at, {one.key: _text(one.value)}))
    return found


def _given(record: ClinicalRecord, left: list[str]) -> list[tuple[datetime, dict[str, str]]]:
    found = []
    for one in record.doses:
        if one.drug not in load_routes() or one.amount is None:
            left.append(f"dose of {one.text or one.drug or 'an unknown drug'}")
            continue
        cells = zip(
            _DOSE, (one.drug, one.route, _text(one.amount), one.unit, _text(one.minutes)), strict=True
        )
        found.append((one.at, dict(cells)))
    return found


def _dictionary(fields: Sequence[str]) -> str:
    """The data dictionary of these fields, record_id first."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, DICTIONARY, lineterminator="\n", restval="")
    writer.writeheader()
    for name in ("record_id", *fields):
        writer.writerow(dict(zip(DICTIONARY, _described(name), strict=False)))
    return stream.getvalue()


def _described(name: str) -> list[str]:
    """Name, form, header, type, label, choices, note, validation, min, max of one field; then identifier."""
    form = "person" if name in (*_PERSON, "record_id") else "moment"
    if name == "moment":
        return [name, form, "", "text", "Date and time", "", "", "datetime_seconds_ymd"]
    if name == "born":
        return [name, form, "", "text", "Date of birth", "", "", "date_ymd", "", "", "y"]
    if name == "name":
        return [name, form, "", "text", "Name", "", "", "", "", "", "y"]
    if name == "sex":
        return [name, form, "", "radio", "Sex", "female, Female | male, Male"]
    if name == "dose_drug":
        return [name, form, "", "dropdown", "Drug", " | ".join(f"{drug}, {drug}" for drug in load_routes())]
    if name in vital_units():
        return [name, form, "", "text", name.replace("_", " "), "", vital_units()[name], "number"]
    match = re.fullmatch(r"(.+)_(total|\d+)", name)
    if match and match[1] in list_instruments():
        scale = load_instrument(match[1])
        low, high = (
            (scale.total_low, scale.total_high) if match[2] == "total" else (min(scale.low), max(scale.high))
        )
        label = f"{scale.abbreviation} {'total' if match[2] == 'total' else 'item ' + match[2]}"
        return [name, form, "", "text", label, "", "", "number", f"{low:g}", f"{high:g}"]
    number = name in ("dose_amount", "dose_minutes")
    return [name, form, "", "text", name.replace("_", " "), "", "", "number" if number else ""]


def read_redcap(
    records: str | Path, dictionary: str | Path | None = None, zone: tzinfo = UTC
) -> tuple[ClinicalRecord, ...]:
    """The records of a flat export (raw values, comma separated).

    Args:
        records: the CSV of records.
        dictionary: the CSV of the data dictionary; fields annotated @VAGUS="phq9_total" are read as such.
        zone: time zone of the moments.

    Raises:
        VagusError: V101-V105 a file cannot be read, V107 a row of another length, V650 columns or a value that is none.
    """
    names = _annotated(dictionary) if dictionary is not None else {}
    header: list[str] = []
    people: dict[str, list[tuple[Place, dict[str, str]]]] = {}
    unknown: list[str] = []
    for place, cells in read_cells(records, "V650"):
        if not header:
            header = _header(cells, names, place)
            unknown = [name for name in header if name not in _SYSTEM and not _known(name)]
            continue
        if len(cells) != len(header):
            raise fail("V107", found=len(cells), wanted=len(header), **place)
        row = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
        if "record_id" not in row:
            raise fail("V650", reason="record_id is empty", **place)
        people.setdefault(row["record_id"], []).append((place, row))
    if not people:
        raise fail("V650", reason="it has no records", file=records)
    return tuple(_record(key, rows, unknown, zone) for key, rows in people.items())


def _annotated(dictionary: str | Path) -> dict[str, str]:
    """Our names by the field names of a project."""
    found: dict[str, str] = {}
    header: list[str] = []
    for place, cells in read_cells(dictionary, "V650"):
        if not header:
            header = cells
            if DICTIONARY[0] not in header:
                raise fail("V650", reason=f"the dictionary has no column '{DICTIONARY[0]}'", **place)
            continue
        if len(cells) != len(header):
            raise fail("V107", found=len(cells), wanted=len(header), **place)
        row = dict(zip(header, cells, strict=True))
        match = _ANNOTATION.search(row.get(DICTIONARY[-1], ""))
        if match:
            if not _known(match[1]):
                raise fail("V650", reason=f"@VAGUS names '{match[1]}', which is not known", **place)
            found[row[DICTIONARY[0]]] = match[1]
    return found


def _header(cells: Sequence[str], names: Mapping[str, str], place: Place) -> list[str]:
    header = [names.get(cell, cell) for cell in cells]
    for name in header:
        if not _FIELD.fullmatch(name.replace("___", "_")):
            raise fail("V650", reason=f"'{name}' is not a field name", **place)
        if header.count(name) > 1:
            raise fail("V650", reason=f"the field '{name}' appears twice", **place)
    if "record_id" not in header:
        raise fail("V650", reason="the field 'record_id' is missing", **place)
    return header


def _known(name: str) -> bool:
    """Whether a field has a meaning here."""
    match = re.fullmatch(r"(.+)_(total|\d{1,3})", name)
    scored = match is not None and match[1] in list_instruments()
    return scored or name == "moment" or name in _PERSON or name in _DOSE or name in vital_units()


def _record(
    key: str, rows: Sequence[tuple[Place, dict[str, str]]], unknown: Sequence[str], zone: tzinfo
) -> ClinicalRecord:
    told: dict[str, str] = {}
    found: dict[str, list[Any]] = {"ratings": [], "vitals": [], "doses": []}
    kept = []
    for place, row in rows:
        told |= {name: row[name] for name in _PERSON if name in row}
        strange = {name: row[name] for name in unknown if name in row}
        if strange:
            kept.append({"redcap": {name: row[name] for name in _SYSTEM if name in row} | strange})
        if any(name in row for name in vital_units()) or any("_" in name for name in row if _known(name)):
            _moment_row(row, place, zone, found)
    born = _born(told.get("born", ""), rows[0][0])
    sex = told.get("sex", "") if told.get("sex") in ("female", "male") else ""
    someone = Someone(key, told.get("name", ""), born, sex, told.get("virtual") == "1")
    diagnoses = tuple(Diagnosis(name) for name in told.get("conditions", "").split())
    notes = (f"{len(kept)} rows hold fields that are not read: {', '.join(unknown[:10])}",) if kept else ()
    parts = {name: tuple(values) for name, values in found.items()}
    return ClinicalRecord(someone, **parts, diagnoses=diagnoses, kept=tuple(kept), notes=notes)


def _moment_row(row: Mapping[str, str], place: Place, zone: tzinfo, found: dict[str, list[Any]]) -> None:
    """Scores, vital signs and the dose of one row."""
    at = _moment(row.get("moment", ""), place, zone)
    answers: dict[str, dict[int, float]] = {}
    totals: dict[str, float] = {}
    for name, cell in row.items():
        match = _ITEM.fullmatch(name)
        if name.endswith("_total") and _known(name):
            totals[name.removesuffix("_total")] = _number(name, cell, place)
        elif match and match[1] in list_instruments():
            answers.setdefault(match[1], {})[int(match[2])] = _number(name, cell, place)
        elif name in vital_units():
            found["vitals"].append(Vital(at, name, _number(name, cell, place), vital_units()[name]))
    for key in dict.fromkeys([*totals, *answers]):
        found["ratings"].append(Rating(at, key, totals.get(key), answers.get(key, {})))
    if "dose_drug" in row:
        amount = _number("dose_amount", row.get("dose_amount", ""), place)
        minutes = _number("dose_minutes", row.get("dose_minutes", "0"), place)
        unit, route = row.get("dose_unit", "mg"), row.get("dose_route", "")
        found["doses"].append(Administration(at, row["dose_drug"], route, amount, unit, minutes))


def _moment(text: str, place: Place, zone: tzinfo) -> datetime:
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        pass
    raise fail("V650", reason=f"moment is '{text}', not a date and time such as 2026-01-31 09:30", **place)


def _born(text: str, place: Place) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise fail("V650", reason=f"born is '{text}', not a date", **place) from None


def _number(name: str, text: str, place: Place) -> float:
    number = plain_number(text)
    if number is None:
        raise fail("V650", reason=f"{name} is '{text}', not a number", **place)
    return number


def _text(value: float) -> str:
    return repr(float(value)).removesuffix(".0")
