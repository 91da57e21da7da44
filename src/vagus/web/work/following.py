"""A person's record as a diary of `learn`, followed by the model: what holds the state up, and a forecast per plan."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone

from ...body.model import load_model
from ...errors import VagusError
from ...learn.diary import Diary, Line, follow_table
from ...learn.diary_lines import build_diary
from ...learn.fit import Size
from ...learn.follow import Follow, follow
from ...learn.forecast import Ahead
from ...observe import load_instrument
from ...tables import Place
from ..record.finding import current
from ..record.models import Entry, Person

Progress = Callable[[str, float], None]


def lines_of(person: Person, entries: Sequence[Entry]) -> list[Line]:
    """The record as lines of a person's file: who it is, scores, vital signs before doses, doses, medicines."""
    cells = [*_person_cells(person, entries), *_entry_cells(entries)]
    place = f"record {person.number}"
    return [Line(row, Place(file=place, line=k, text=None)) for k, row in enumerate(cells, start=1)]


def diary_of(person: Person) -> Diary:
    """The diary of a person.

    Raises:
        VagusError: V486-V491 what the model cannot follow, such as a record without a single score.
    """
    return build_diary(lines_of(person, current(person)), f"record {person.number}")


def _person_cells(person: Person, entries: Sequence[Entry]) -> Iterator[dict[str, str]]:
    facts = {"name": f"record {person.number}", "virtual": "true" if person.virtual else "false"}
    age = person.age()
    if age is not None:
        facts["age"] = f"{min(max(age, 18), 100)}"
    for key in ("sex", "weight", "height"):
        if person.facts.get(key):
            facts[key] = f"{person.facts[key]}"
    for kind, name in (("condition", "conditions"), ("background", "background"), ("medical", "medical")):
        keys = [row.content["key"] for row in entries if row.kind == kind and row.content.get("key")]
        if keys:
            facts[name] = ", ".join(dict.fromkeys(keys))
    facts.setdefault("conditions", "healthy")
    units = {"age": "year", "weight": "kg", "height": "cm"}
    for key, value in facts.items():
        yield {"kind": "person", "name": key, "value": value, "unit": units.get(key, "")}


def _entry_cells(entries: Sequence[Entry]) -> Iterator[dict[str, str]]:
    seen: set[tuple[str, str]] = set()
    for row in entries:
        for cells in _cells(row):
            key = (cells["name"], cells["date"] + cells["time"])
            if key not in seen:  # two at one minute: the first counts
                seen.add(key)
                yield cells


def _cells(row: Entry) -> Iterator[dict[str, str]]:
    local = timezone.localtime(row.at)
    when = {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}"}
    content = row.content
    if row.kind == "score":
        items = ", ".join(f"{mark:g}" for mark in content.get("answers", ()))
        yield {
            "kind": "score",
            "name": content["instrument"],
            "value": f"{content['total']:g}",
            "items": items,
        } | when
    elif row.kind == "dose":
        minutes = content.get("minutes") or 0
        took = {"duration": f"{minutes:g} min"} if minutes else {}
        yield (
            {
                "kind": "dose",
                "name": content["drug"],
                "value": f"{content['amount']:g}",
                "unit": content.get("unit", "mg"),
                "route": content["route"],
            }
            | took
            | when
        )
    elif row.kind == "vitals" and content.get("moment") == "before":
        for key in ("systolic", "diastolic", "heart_rate"):
            if content.get(key):
                unit = follow_table()["vital"][key]["unit"]
                yield {"kind": "vital", "name": key, "value": f"{content[key]:g}", "unit": unit} | when


def run_follow(person: Person, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The result of a follow job as plain data.

    Arguments: `request` with plans, weeks, seed and, when not as usual, `size` (how many virtual people);
    `progress`, called with what is done and its part.
    Raises VagusError as `follow`.
    """
    diary = diary_of(person)
    size = Size(*request["size"]) if "size" in request else None
    found = follow(
        load_model(),
        diary,
        request["plans"],
        request["weeks"],
        seed=request["seed"],
        size=size,
        progress=progress,
    )
    return told(found, diary.first)


def told(found: Follow, first: Any) -> dict[str, Any]:
    """A follow-up as plain data, ready for a page: everything in days since the first day, rounded."""
    return {
        "first": first.isoformat() if first else "",
        "end": _round(found.diary.end / 24),
        "plans": [_plan(found, ahead) for ahead in found.aheads],
        "differences": [
            {
                "plan": one.plan,
                "against": one.against,
                "key": one.key,
                "points": [_round(value) for value in one.quantiles],
                "verdict": one.verdict,
            }
            for one in found.differences
        ],
        "loops": [
            {
                "title": one.title,
                "words": one.words,
                "key": one.key,
                "points": [_round(value) for value in one.quantiles],
                "sure": one.sure,
                "grade": one.grade,
            }
            for one in (found.explanation.contributions if found.explanation else ())
        ],
        "loop_weeks": found.explanation.weeks if found.explanation else 0,
        "voices": [
            {
                "key": one.key,
                "first": one.first,
                "last": one.last,
                "band": one.band,
                "reliable": one.reliable,
                "slope": None if one.slope is None else _round(one.slope),
            }
            for one in found.voices
        ],
        "checks": {
            "share": _round(found.checks.share),
            "verdict": found.checks.verdict,
            "effective": _round(found.checks.effective),
            "odd": [
                {
                    "key": one.key,
                    "day": _round(one.hour / 24),
                    "value": _round(one.value),
                    "expected": _round(one.expected),
                    "item": one.item,
                }
                for one in found.checks.odd
            ],
        },
        "assumed": list(found.diary.assumed),
        "model": found.model_key,
        "version": found.version,
        "seed": found.seed,
        "record": found.record,
    }


def _plan(found: Follow, ahead: Ahead) -> dict[str, Any]:
    scores = {}
    for key, band in ahead.scores.items():
        chances = ahead.chances[key]
        scores[key] = {
            "bands": [[_round(value) for value in row] for row in band.quantiles],
            "response": _column(chances.response),
            "remission": _column(chances.remission),
            "relapse": _column(chances.relapse),
        }
    return {
        "key": ahead.plan.key,
        "title": ahead.plan.title,
        "grade": ahead.plan.grade,
        "days": [_round(hour / 24) for hour in ahead.hours],
        "doses": [_round(hour / 24) for hour in ahead.plan.doses],
        "scores": scores,
        "peaks": [
            {
                "day": _round(one.hour / 24),
                "before": _round(one.before[2]),
                "peak": [_round(v) for v in one.peak],
            }
            for one in ahead.peaks
        ],
    }


def _column(values: Any) -> list[float | None] | None:
    return None if values is None else [_round(value) for value in values]


def _round(value: float) -> float | None:
    """Four digits; None for what is not there."""
    number = float(value)
    return float(f"{number:.4g}") if np.isfinite(number) else None


def problem_of(person: Person) -> str:
    """Why this record cannot be followed, in words; '' when it can."""
    try:
        diary_of(person)
    except VagusError as error:
        return error.message
    return ""


def shown_keys(result: dict[str, Any]) -> list[str]:
    """The scales of a result, the usual ones first."""
    keys = list(result["plans"][0]["scores"]) if result["plans"] else []
    return sorted(keys, key=lambda key: not load_instrument(key).usual)


def day_zero(result: dict[str, Any]) -> datetime:
    """The moment the days of a result count from: 08:00 of its first day."""
    moment = datetime.fromisoformat(result["first"]).replace(hour=8)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
