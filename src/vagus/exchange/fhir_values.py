"""Values of FHIR resources: codes, quantities, times and words, each read or refused with a reason."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from ..body.route import load_routes
from ..tables import atlas_path, read_rows
from .clinical_record import Rating, Vital
from .fhir_codes import LOINC, OURS, loinc, units

Resource = Mapping[str, Any]
_ROUTES = {"intravenous": "iv", "intramuscular": "im", "subcutaneous": "sc", "nasal": "nasal", "intranasal": "nasal",
           "sublingual": "sublingual", "buccal": "buccal", "oral": "oral"}  # fmt: skip
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})")


class Strange(Exception):
    """A resource that is not as it should be; it is kept, with this as the reason."""


def reading_of(one: Resource, at: datetime, visit: str) -> Rating | Vital:
    """A score or a vital sign of an Observation or one of its components."""
    code = as_dict(one.get("code"))
    known = [
        loinc()[c["code"]] for c in codings_of(code) if c.get("system") == LOINC and c.get("code") in loinc()
    ]
    value, unit = value_of(one)
    total = next((c.key for c in known if c.kind == "total"), "") or own_code(code, "instrument")
    if total:
        return Rating(at, total, value, {}, visit)
    vital = next((c for c in known if c.kind == "vital"), None)
    key = vital.key if vital else own_code(code, "vital")
    if not key:
        raise Strange("is of something that is not known")
    if not unit:
        raise Strange("has no unit")
    return Vital(at, key, value, unit, visit)


def value_of(one: Resource) -> tuple[float, str]:
    """Number and unit of an Observation or component."""
    if "valueInteger" in one:
        return number_of(one["valueInteger"]), "1"
    return quantity_of(as_dict(one.get("valueQuantity")))


def quantity_of(one: Resource) -> tuple[float, str]:
    """Value and unit; a UCUM code wins over the unit in words."""
    if "comparator" in one:
        raise Strange("has a value that is only a bound")
    unit = units().get(str(one.get("code")), "") if one.get("code") else ""
    return number_of(one.get("value")), unit or str(one.get("unit") or one.get("code") or "")


def number_of(value: Any) -> float:
    """A value when it is a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e18:
        raise Strange("has no value that is a number")
    return float(value)


def item_of(item: Resource) -> tuple[int, str]:
    """Number of an item and, from its LOINC code, the instrument."""
    link = str(item.get("linkId", "")).strip("/").rpartition("/")[2]
    code = loinc().get(link)
    if code is not None and code.kind == "item":
        return code.item, code.key
    if link.isdecimal() and 0 < int(link[:4]) < 1000:
        return int(link[:4]), ""
    raise Strange("has an item that is not known")


def mark_of(item: Resource) -> float:
    """The one mark an item was answered with."""
    answers = [as_dict(a) for a in as_list(item.get("answer"))]
    if len(answers) != 1:
        raise Strange("has an item without one answer")
    return number_of(answers[0].get("valueInteger", answers[0].get("valueDecimal")))


def codings_of(concept: Resource) -> list[Resource]:
    """The codings of a CodeableConcept."""
    return [as_dict(c) for c in as_list(concept.get("coding"))]


def own_code(concept: Resource, space: str) -> str:
    """Our own code of a kind (drug, route, condition ...); '' where there is none."""
    return next((str(c.get("code")) for c in codings_of(concept) if c.get("system") == f"{OURS}{space}"), "")


def words_of(concept: Resource) -> str:
    """What a CodeableConcept says in words: its text, else the first display."""
    text = concept.get("text")
    return str(
        text or next((c["display"] for c in codings_of(concept) if isinstance(c.get("display"), str)), "")
    )


def drug_in(text: str) -> str:
    """The drug of ours that is named, the longest name first: esketamine is not ketamine."""
    words = set(re.findall(r"[a-z]+", text.casefold()))
    return next((name for name in sorted(load_routes(), key=len, reverse=True) if name in words), "")


def route_in(text: str) -> str:
    """The route that is named in words; '' where none is."""
    words = re.findall(r"[a-z]+", text.casefold())
    return next((_ROUTES[word] for word in words if word in _ROUTES), "")


@lru_cache(maxsize=1)
def _illnesses() -> Mapping[str, str]:
    rows = read_rows(atlas_path("condition_words.csv"), ("word", "condition", "meaning"))
    near = "(assumed)"  # a study may stand in for a near illness, a person's record may not
    return {row["word"].casefold(): row["condition"] for row in rows if near not in row["meaning"]}


def condition_in(text: str) -> str:
    """The condition of ours whose name is exactly what is written; '' otherwise: a near name may be another illness."""
    name = text.casefold().strip()
    for kind in ("(disorder)", "(finding)"):
        name = name.removesuffix(kind).rstrip()
    return _illnesses().get(name, "")


def as_list(value: Any) -> list[Any]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_dict(value: Any) -> Mapping[str, Any]:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def day_of(text: Any) -> date:
    """A date; a year or month is its first day."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise Strange("has a date that is none")
    parts = [int(part) for part in text.split("-")]
    try:
        return date(*[*parts, 1, 1][:3])
    except ValueError:
        raise Strange("has a date that is none") from None


def moment_of(text: Any) -> datetime:
    """A time; a date without a time is its start in UTC."""
    if not isinstance(text, str):
        raise Strange("has no time")
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
        day = day_of(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Strange("has a time that is none") from None
