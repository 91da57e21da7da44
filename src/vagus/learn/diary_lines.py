"""From the lines of a person's file to a `Diary`: every cell checked, every mistake told with its line."""

import math
from collections.abc import Sequence
from typing import Any

from ..body.background import load_background, load_medical
from ..body.patient import SEXES, Patient, check_conditions
from ..errors import VagusError, did_you_mean, fail
from ..observe import list_instruments, load_instrument
from ..units import as_quantity
from .diary import Diary, Line, Reading, follow_table
from .diary_given import begun, check_doses, given_dose, happening
from .diary_time import first_date, hour_of

KINDS = ("person", "score", "vital", "dose", "drug", "treatment", "event")
COLUMNS = (
    "kind", "date", "day", "time", "name", "value", "unit", "items", "route", "duration", "until", "note",
)  # fmt: skip
QUANTITIES = {"age": ("year", 18.0, 100.0), "weight": ("kg", 30.0, 250.0), "height": ("cm", 120.0, 220.0)}
PERSON = ("name", "sex", *QUANTITIES, "conditions", "background", "medical", "virtual", "note")
MOST_LINES = 5000


def build_diary(lines: Sequence[Line], file: str) -> Diary:
    """The person that the lines of a file tell of.

    Raises:
        VagusError: V486-V492 and the codes of persons, units and doses, each with file and line.
    """
    if len(lines) > MOST_LINES:
        raise fail("V417", what="the number of lines", value=len(lines), limit=MOST_LINES, file=file)
    people = [line for line in lines if line.get("kind") == "person"]
    others = [line for line in lines if line.get("kind") != "person"]
    for line in others:
        if line.get("kind") not in KINDS:
            known = ", ".join(KINDS)
            hint = did_you_mean(line.get("kind"), KINDS) or f"choose from: {known}"
            raise line.error("V486", what="kind", name=line.get("kind"), hint=hint)
    patient, virtual, assumed = _patient(people, file)
    first = first_date(others)
    hours = [hour_of(line, first) for line in others]
    start = min((math.floor(hour / 24.0) for hour in hours), default=0) * 24.0
    shift = start if first is None else 0.0
    timed = [(hour - shift, line) for hour, line in zip(hours, others, strict=True)]
    readings = [_reading(hour, line) for hour, line in timed if line.get("kind") in ("score", "vital")]
    unique = _without_twice([one for one in readings if one is not None], file)
    scores = [one for one in unique if one.key in list_instruments()]
    if not scores:
        raise fail("V491", file=file)
    vitals = [one for one in unique if one.key not in list_instruments()]
    chosen = {kind: [(h, one) for h, one in timed if one.get("kind") == kind] for kind in KINDS}
    given = [given_dose(hour, line, shift, first) for hour, line in (*chosen["dose"], *chosen["drug"])]
    check_doses(given, [line for _, line in (*chosen["dose"], *chosen["drug"])])
    return Diary(
        patient,
        first,
        tuple(scores),
        tuple(vitals),
        tuple(sorted(given, key=lambda one: one.hour)),
        tuple(happening(hour, line) for hour, line in chosen["event"]),
        tuple(begun(hour, line, shift, first) for hour, line in chosen["treatment"]),
        virtual,
        file,
        assumed,
    )


def _patient(lines: Sequence[Line], file: str) -> tuple[Patient, bool, tuple[str, ...]]:
    """The person, whether they are virtual, and what was taken to be usual."""
    told: dict[str, Any] = {}
    for line in lines:
        name = line.get("name")
        if name not in PERSON:
            raise line.error("V486", what="entry of a person", name=name, hint=did_you_mean(name, PERSON))
        if name in told:
            raise line.error("V488", name=name, when="", other="an earlier line", value=line.get("value"))
        told[name] = _entry(line, name)
    if not told.get("conditions"):
        raise fail("V411", what="a person", key="conditions", file=file)
    assumed = tuple(f"{key} was not given" for key in ("age", "sex", "weight") if key not in told)
    virtual = bool(told.pop("virtual", False))
    told.pop("note", None)
    told.setdefault("name", file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or "this person")
    return Patient(**told), virtual, assumed


def _entry(line: Line, name: str) -> Any:
    value = line.get("value")
    if name in QUANTITIES:
        unit, low, high = QUANTITIES[name]
        written = f"{value} {line.get('unit')}".strip()
        number = as_quantity(written, unit, name=name, file=line.place["file"], line=line.place["line"])
        if not low <= number <= high:
            raise line.error(
                "V489", name=name, value=f"{number:g}", unit=unit, low=f"{low:g}", high=f"{high:g}"
            )
        return number
    if name == "sex":
        if value not in SEXES:
            raise line.error("V413", key="sex", value=value, known=", ".join(SEXES))
        return value
    if name == "virtual":
        return value.casefold() in ("true", "yes", "1")
    if name in ("name", "note"):
        return value
    words = tuple(word.strip() for word in value.replace(";", ",").split(",") if word.strip())
    if name == "conditions":
        try:
            return check_conditions(words)
        except VagusError as error:
            error.file, error.line, error.text = line.place["file"], line.place["line"], line.place["text"]
            raise
    known = load_background() if name == "background" else load_medical()
    for word in words:
        if word not in known:
            hint = did_you_mean(word, known) or f"choose from: {', '.join(known)}"
            raise line.error("V413", key=name, value=word, known=", ".join(known), hint=hint)
    return words


def _number(line: Line, name: str, text: str, unit: str) -> float:
    return as_quantity(text, unit, name=name, file=line.place["file"], line=line.place["line"])


def _reading(hour: float, line: Line) -> Reading | None:
    """A score or a vital sign; None when it is missing, which is normal."""
    kind, key = line.get("kind"), line.get("name")
    known = list_instruments() if kind == "score" else list(follow_table()["vital"])
    if key not in known:
        hint = did_you_mean(key, known) or f"choose from: {', '.join(known)}"
        raise line.error("V486", what="instrument" if kind == "score" else "vital sign", name=key, hint=hint)
    number = line.place["line"] or 0
    marks = _items(line, key) if kind == "score" else ()
    if kind == "score":
        scale = load_instrument(key)
        unit, low, high = "1", scale.total_low, scale.total_high
        text = line.get("value")
        if not text and not marks:
            return None
        value = _number(line, key, text, "1") if text else _total(key, marks)
        if marks and abs(value - _total(key, marks)) > 0.5:
            raise line.error("V490", name=key, value=f"{value:g}", total=f"{_total(key, marks):g}")
    else:
        row = follow_table()["vital"][key]
        unit, low, high = row["unit"], float(row["low"]), float(row["high"])
        if not line.get("value"):
            return None
        value = _number(line, key, f"{line.get('value')} {line.get('unit')}".strip(), unit)
    if not low <= value <= high:
        facts = {"value": f"{value:g}", "unit": "" if unit == "1" else unit}
        raise line.error("V489", name=key, low=f"{low:g}", high=f"{high:g}", **facts)
    return Reading(hour, key, value, marks, number)


def _total(key: str, marks: Sequence[float]) -> float:
    scale = load_instrument(key)
    return float(scale.total_of(scale.low + 0.0 + (list(marks) - scale.low)))


def _items(line: Line, key: str) -> tuple[float, ...]:
    """The marks of the items, in their order."""
    text = line.get("items")
    if not text:
        return ()
    scale = load_instrument(key)
    marks = tuple(
        _number(line, "items", word, "1") for word in text.replace(",", " ").replace(";", " ").split()
    )
    if len(marks) != len(scale.items):
        reason = f"{len(marks)} marks, the scale has {len(scale.items)} items"
        raise line.error("V489", name=f"{key} items", value=reason, unit="", low="one", high="each")
    for mark, low, high in zip(marks, scale.low, scale.high, strict=True):
        if not low <= mark <= high:
            facts = {"low": f"{low:g}", "high": f"{high:g}", "unit": ""}
            raise line.error("V489", name=f"{key} item", value=f"{mark:g}", **facts)
    return marks


def _without_twice(readings: Sequence[Reading], file: str) -> list[Reading]:
    """The readings in order of time; raises V488 for two of one kind at one time."""
    seen: dict[tuple[str, float], Reading] = {}
    for one in readings:
        before = seen.setdefault((one.key, one.hour), one)
        if before is not one:
            facts = {"value": f"{before.value:g} and {one.value:g}", "other": f"line {before.line}"}
            raise fail("V488", name=one.key, when=f"day {one.hour / 24:g}", file=file, line=one.line, **facts)
    return sorted(readings, key=lambda one: one.hour)
