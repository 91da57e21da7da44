"""Everything out: one CSV file per kind of entry, people and visits, in one zip. Whoever leaves takes all along."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from .kinds import KINDS
from .models import Alert, Entry, Person, Visit

_PEOPLE = ("id", "number", "virtual", "name", "born", "sex", "weight", "height", "contact", "made_at")
_VISITS = ("id", "person", "number", "at", "status", "purpose", "note")
_ALERTS = (
    "id",
    "person",
    "number",
    "rule",
    "raised_at",
    "owner",
    "acknowledged_at",
    "acknowledged_by",
    "note",
)
_FIRST = ("id", "person", "number", "at", "visit", "made_at", "made_by", "replaces", "withdrawn")


def safe_cell(value: Any) -> Any:
    """A cell no spreadsheet takes for a formula; lists as JSON."""
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def csv_text(columns: Iterable[str], rows: Iterable[dict[str, Any]]) -> str:
    """Rows as CSV text."""
    names = list(columns)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([safe_cell(row.get(name, "")) for name in names])
    return out.getvalue()


def zipped(files: dict[str, str]) -> bytes:
    """Texts by name as one zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def everything() -> dict[str, str]:
    """Every person's whole record as CSV texts by file name, corrected and withdrawn entries too."""
    people = {person.pk: person for person in Person.objects.filter(erased_at=None)}
    files = {"people.csv": csv_text(_PEOPLE, map(_person, people.values()))}
    files["visits.csv"] = csv_text(_VISITS, _visits(people))
    for kind, one in KINDS.items():
        columns = (*_FIRST, *one.fields, "questioned", "gate")
        files[f"{kind}.csv"] = csv_text(columns, _entries(kind, people))
    files["alerts.csv"] = csv_text(_ALERTS, _alerts(people))
    return files


def _person(person: Person) -> dict[str, Any]:
    made = person.made_at.isoformat()
    return {
        **person.facts,
        "id": person.pk,
        "number": person.number,
        "virtual": person.virtual,
        "made_at": made,
    }


def _visits(people: dict[Any, Person]) -> Iterator[dict[str, Any]]:
    for visit in Visit.objects.filter(person__in=list(people)).order_by("at"):
        visit.person = people[visit.person_id]
        yield {
            **visit.content,
            "id": visit.pk,
            "person": visit.person_id,
            "number": visit.person.number,
            "at": visit.at.isoformat(),
            "status": visit.status,
        }


def _entries(kind: str, people: dict[Any, Person]) -> Iterator[dict[str, Any]]:
    rows = Entry.objects.filter(kind=kind, person__in=list(people)).select_related("made_by").order_by("at")
    for row in rows:
        row.person = people[row.person_id]
        yield {
            **row.content,
            "id": row.pk,
            "person": row.person_id,
            "number": row.person.number,
            "at": row.at.isoformat(),
            "visit": row.visit_id or "",
            "made_at": row.made_at.isoformat(),
            "made_by": row.made_by.username if row.made_by else "",
            "replaces": row.replaces_id or "",
            "withdrawn": row.withdrawn,
        }


def _alerts(people: dict[Any, Person]) -> Iterator[dict[str, Any]]:
    rows = Alert.objects.filter(person__in=list(people)).select_related("owner", "acknowledged_by")
    for row in rows:
        row.person = people[row.person_id]
        yield {
            **row.content,
            "id": row.pk,
            "person": row.person_id,
            "number": row.person.number,
            "rule": row.cause,
            "raised_at": row.raised_at.isoformat(),
            "owner": row.owner.username if row.owner else "",
            "acknowledged_at": row.acknowledged_at.isoformat() if row.acknowledged_at else "",
            "acknowledged_by": row.acknowledged_by.username if row.acknowledged_by else "",
        }
