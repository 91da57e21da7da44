"""The export for research: nobody can be found in it again without the key of the clinic.

Only people who gave consent to it. Ids are new ones; every person's dates are shifted by a number of days of their
own, the same for all of them, so that distances stay; ages above the oldest are one group; free words and names are
left out; who is alone or nearly alone with their sex, age group and conditions loses those three.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from ..clinic_rules import default
from ..folder import derived
from .export import csv_text, zipped
from .kinds import KINDS
from .models import Entry, Person

_PEOPLE = ("id", "virtual", "sex", "age", "conditions", "first_day")
_KINDS = ("score", "vitals", "dose", "event", "background", "medical", "diary")
_HIDDEN = "not shown"


def research_files() -> dict[str, str]:
    """The CSV texts of the export by file name."""
    people = list(_agreed())
    rows = {person.pk: list(_rows(person)) for person in people}
    cells = Counter(_cell(person, rows[person.pk]) for person in people)
    rare = _rare(rows)
    files = {"people.csv": csv_text(_PEOPLE, [_shown(p, rows[p.pk], cells) for p in people])}
    for kind in _KINDS:
        one = KINDS[kind]
        kept = [field for field in one.fields if field not in (*one.free, *one.names, "by")]
        files[f"{kind}.csv"] = csv_text(
            ("id", "at", *kept),
            (
                {**_kept(row, kept, rare), "id": new_id(p), "at": _shifted(p, row.at)}
                for p in people
                for row in rows[p.pk]
                if row.kind == kind
            ),
        )
    return files


def research_zip() -> bytes:
    """The export as a zip."""
    return zipped(research_files())


def suppressed() -> dict[str, int]:
    """How many people there are, how many agreed, how many of them are not shown with age, sex and conditions."""
    people = list(_agreed())
    rows = {person.pk: list(_rows(person)) for person in people}
    cells = Counter(_cell(person, rows[person.pk]) for person in people)
    hidden = sum(count for count in cells.values() if count < default("small_cell"))
    everybody = Person.objects.filter(erased_at=None).count()
    return {"people": everybody, "agreed": len(people), "hidden": hidden, "least": default("small_cell")}


def new_id(person: Person) -> str:
    """The id of a person in exports: always the same one, and not to be turned back without the clinic's key."""
    return hmac.new(_key(), person.pk.bytes, hashlib.sha256).hexdigest()[:16]


def shift_days(person: Person) -> int:
    """By how many days the dates of a person are moved: 1 to the furthest, backwards."""
    digest = hmac.new(_key(), b"days" + person.pk.bytes, hashlib.sha256).digest()
    return -1 - int.from_bytes(digest[:4], "big") % default("shift_days")


def _key() -> bytes:
    return derived(settings.MASTER_KEY, "research")


def _shifted(person: Person, at: datetime) -> str:
    return (at + timedelta(days=shift_days(person))).strftime("%Y-%m-%dT%H:%M")


def _agreed() -> Iterator[Person]:
    for person in Person.objects.filter(erased_at=None).order_by("pk"):
        last = None
        for row in Entry.objects.filter(person=person, kind="consent", withdrawn=False, replaced_by=None):
            row.person = person
            if row.content["what"] == "research":
                last = row.content["given"]
        if last == "yes":
            yield person


def _rows(person: Person) -> Iterator[Entry]:
    for row in Entry.objects.filter(person=person, withdrawn=False, replaced_by=None):
        row.person = person
        yield row


def _age_group(person: Person) -> str:
    age, oldest = person.age(person.made_at.date()), default("oldest_age")
    if age is None:
        return ""
    return f"over {oldest}" if age > oldest else f"{age // 10 * 10}-{age // 10 * 10 + 9}"


def _cell(person: Person, rows: list[Entry]) -> tuple[str, str, str]:
    keys = sorted({row.content.get("key", "") for row in rows if row.kind == "condition"} - {""})
    return person.facts.get("sex", ""), _age_group(person), "+".join(keys)


def _rare(rows: dict[Any, list[Entry]]) -> set[tuple[str, str]]:
    """(kind, key) of medicines and findings that fewer people have than may be shown."""
    cells = Counter(
        pair
        for of_person in rows.values()
        for pair in {(row.kind, row.content["key"]) for row in of_person if row.content.get("key")}
    )
    return {pair for pair, count in cells.items() if count < default("small_cell")}


def _kept(row: Entry, fields: list[str], rare: set[tuple[str, str]]) -> dict[str, Any]:
    found = {field: row.content.get(field, "") for field in fields}
    if (row.kind, found.get("key")) in rare:
        found["key"] = _HIDDEN
    return found


def _shown(person: Person, rows: list[Entry], cells: Counter[tuple[str, str, str]]) -> dict[str, Any]:
    cell = _cell(person, rows)
    alone = cells[cell] < default("small_cell")
    sex, age, conditions = (_HIDDEN,) * 3 if alone else cell
    first = min((row.at for row in rows), default=person.made_at)
    return {
        "id": new_id(person),
        "virtual": person.virtual,
        "sex": sex,
        "age": age,
        "conditions": conditions,
        "first_day": _shifted(person, first)[:10],
    }
