"""From the lines of a person's file to a `Diary`: every cell checked, every mistake told with its line."""

import math
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ..body.background import load_background, load_medical
from ..body.patient import SEXES, Patient, check_conditions
from ..errors import VagusError, did_you_mean, fail
from ..observe import list_instruments, load_instrument
from ..units import as_quantity
from .diary import Diary, Line, Reading, follow_table
from .diary_given import begun, check_doses, check_twice, given_dose, happening
from .diary_said import unsaid
from .diary_time import check_past, first_date, hour_of, led_in

KINDS = ("person", "score", "vital", "dose", "drug", "treatment", "event")
COLUMNS = (
    "kind", "date", "day", "time", "name", "value", "unit", "items", "route", "duration", "until", "note",
)  # fmt: skip
QUANTITIES = {"age": ("year", 18.0, 100.0), "weight": ("kg", 30.0, 250.0), "height": ("cm", 120.0, 220.0)}
PERSON = ("name", "sex", *QUANTITIES, "conditions", "background", "medical", "virtual", "note")
MOST_LINES = 5000
MISSING = ("", ".", "NA", "N/A", "na", "n/a")  # how tables say that a value is not there
_MARK = re.compile(r"[+-]?[0-9.eE+-]+")
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0", "")


def build_diary(lines: Sequence[Line], file: str, today: date | None = None) -> Diary:
    """The person that the lines of a file tell of.

    Args:
        lines: of the file, in any order.
        file: where they were read from.
        today: the day after which nothing of a real person can lie; None when anything may.

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
    if today is not None and not virtual:
        check_past(others, today)
    hours = led_in(others, [hour_of(line, first) for line in others], first)
    shift = min((math.floor(hour / 24.0) for hour in hours), default=0) * 24.0
    timed = [(hour - shift, line) for hour, line in zip(hours, others, strict=True)]
    readings = [_reading(hour, line) for hour, line in timed if line.get("kind") in ("score", "vital")]
    unique = _without_twice([one for one in readings if one is not None], file)
    scores = [one for one in unique if one.key in list_instruments()]
    if not scores:
        raise fail("V491", file=file)
    vitals = [one for one in unique if one.key not in list_instruments()]
    _check_pressures(vitals, file)
    chosen = {kind: [(h, one) for h, one in timed if one.get("kind") == kind] for kind in KINDS}
    given = [given_dose(hour, line, shift, first) for hour, line in (*chosen["dose"], *chosen["drug"])]
    check_doses(given, [line for _, line in (*chosen["dose"], *chosen["drug"])])
    check_twice(chosen["event"])
    check_twice(chosen["treatment"])
    return Diary(
        patient,
        None if first is None else first + timedelta(hours=shift),
        tuple(scores),
        tuple(vitals),
        tuple(sorted(given, key=lambda one: one.hour)),
        tuple(happening(hour, line) for hour, line in chosen["event"]),
        tuple(begun(hour, line, shift, first) for hour, line in chosen["treatment"]),
        virtual,
        file,
        (*assumed, *unsaid(lines)),
    )


def _patient(lines: Sequence[Line], file: str) -> tuple[Patient, bool, tuple[str, ...]]:
    """The person, whether they are virtual, and what was taken to be usual."""
    told: dict[str, Any] = {}
    where: dict[str, Line] = {}
    for line in lines:
        name = line.get("name")
        if name not in PERSON:
            raise line.error("V486", what="entry of a person", name=name, hint=did_you_mean(name, PERSON))
        if name in told:
            raise line.error(
                "V488", name=name, other=f"line {where[name].place['line']}", value=line.get("value")
            )
        told[name], where[name] = _entry(line, name), line
    if not told.get("conditions"):
        hint = "add a line such as person,,,conditions,mdd (in TOML: conditions = ['mdd'])"
        raise fail("V411", what="a person", key="conditions", file=file, hint=hint)
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
            facts = {"value": f"{number:g} {unit}", "low": f"{low:g}", "high": f"{high:g}"}
            raise line.error("V489", name=name, **facts)
        return number
    if name == "sex":
        if value not in SEXES:
            raise line.error("V413", key="sex", value=value, known=", ".join(SEXES))
        return value
    if name == "virtual":
        if value.casefold() not in (*_YES, *_NO):
            raise line.error("V413", key=name, value=value, known="true, false")
        return value.casefold() in _YES
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


def _points(line: Line, key: str, text: str) -> float:
    """A total or a mark as written: a bare number, because a scale has no unit that could be converted."""
    if line.get("unit") not in ("", "1", "point", "points"):
        raise line.error(
            "V302", unit=line.get("unit"), wanted="points", hint="leave the unit of a score empty"
        )
    if not _MARK.fullmatch(text):
        hint = f"{key} is a plain number" + (", with a point: 3.5" if "," in text else "")
        raise line.error("V303", quantity=text, hint=hint)
    return _number(line, key, text, "1")


def _check_pressures(vitals: Sequence[Reading], file: str) -> None:
    """Nothing when every diastolic pressure is below the systolic one of the same time; raises V489."""
    upper = {one.hour: one.value for one in vitals if one.key == "systolic"}
    for one in vitals:
        if one.key == "diastolic" and one.value >= upper.get(one.hour, math.inf):
            high = f"the systolic pressure of the same time, {upper[one.hour]:g}"
            facts = {"value": f"{one.value:g} mmHg", "low": "20", "high": high}
            raise fail("V489", name="diastolic", file=file, line=one.line, **facts)


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
        text = "" if line.get("value") in MISSING else line.get("value")
        if not text and not marks:
            return None
        value = _points(line, key, text) if text else _total(key, marks)
        if marks and abs(value - _total(key, marks)) > 0.5:
            raise line.error("V490", name=key, value=f"{value:g}", total=f"{_total(key, marks):g}")
    else:
        row = follow_table()["vital"][key]
        unit, low, high = row["unit"], float(row["low"]), float(row["high"])
        if line.get("value") in MISSING:
            return None
        value = _number(line, key, f"{line.get('value')} {line.get('unit')}".strip(), unit)
    if not low <= value <= high:
        facts = {"value": f"{value:g} {'' if unit == '1' else unit}".strip()}
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
    marks = tuple(_points(line, "a mark", word) for word in text.replace(",", " ").replace(";", " ").split())
    if len(marks) != len(scale.items):
        reason = f"{len(marks)} marks, the scale has {len(scale.items)} items"
        raise line.error("V489", name=f"{key} items", value=reason, low="one", high="each")
    for mark, low, high in zip(marks, scale.low, scale.high, strict=True):
        if not low <= mark <= high:
            facts = {"low": f"{low:g}", "high": f"{high:g}"}
            raise line.error("V489", name=f"{key} item", value=f"{mark:g}", **facts)
    return marks


def _without_twice(readings: Sequence[Reading], file: str) -> list[Reading]:
    """The readings in order of time; raises V488 for two of one kind at one time."""
    seen: dict[tuple[str, float], Reading] = {}
    for one in readings:
        before = seen.setdefault((one.key, one.hour), one)
        if before is not one:
            facts = {"value": f"{before.value:g} and {one.value:g}", "other": f"line {before.line}"}
            name = f"{one.key} on day {one.hour / 24:g}"
            raise fail("V488", name=name, file=file, line=one.line, **facts)
    return sorted(readings, key=lambda one: one.hour)
