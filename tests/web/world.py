"""What the tests of the clinic write down, shared by several of them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from vagus.web.record.models import Entry, Person, Visit
from vagus.web.record.writing import write_entry


def visit_for(person: Person, by: Any) -> Visit:
    """A visit of today."""
    visit = Visit(person=person, at=timezone.now() - timedelta(hours=1), made_by=by)
    visit.content = {"purpose": "dosing", "note": ""}
    visit.save(force_insert=True)
    return visit


def score_for(
    person: Person, by: Any, answers: list[int], days_ago: float = 0.0, scale: str = "phq9"
) -> Entry:
    """A scale answered some days ago."""
    content = {
        "instrument": scale,
        "answers": [float(a) for a in answers],
        "total": float(sum(answers)),
        "by": "x",
    }
    at = timezone.now() - timedelta(days=days_ago)
    return write_entry(person, "score", content, by=by, at=at)[0]


def now() -> str:
    """This minute as a browser sends it."""
    return timezone.localtime().strftime("%Y-%m-%dT%H:%M")
