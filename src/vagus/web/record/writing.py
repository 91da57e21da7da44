"""Writing into the record: one entry at a time, with the alerts its answers raise."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from ..access.models import User
from ..clinic_rules import AlertRule, alert_rules
from .models import Alert, Entry, Person, Visit

_TRIES = 5


def new_person(facts: dict[str, Any], **fields: Any) -> Person:
    """A new person with the next free number; `facts` are sealed with the key that is made here."""
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                last = Person.objects.aggregate(last=Max("number"))["last"] or 0
                person = Person(number=last + 1, **fields)
                person.facts = facts
                person.save(force_insert=True)
                return person
        except IntegrityError:  # somebody else took the number
            if not left:
                raise
    raise AssertionError("unreachable")


def write_entry(
    person: Person,
    kind: str,
    content: dict[str, Any],
    *,
    by: User | None,
    at: datetime | None = None,
    visit: Visit | None = None,
    replaces: Entry | None = None,
    escalation_minutes: int = 60,
) -> tuple[Entry, list[Alert]]:
    """Write one entry, and raise the alerts of its answers; all of it or nothing.

    Arguments: `by`, who writes; `at`, when it was (now); `replaces`, the entry it corrects.
    Raises VagusError V704 for an erased person.
    """
    with transaction.atomic():
        entry = Entry(
            person=person, visit=visit, kind=kind, at=at or timezone.now(), made_by=by, replaces=replaces
        )
        entry.content = content
        entry.save(force_insert=True)
        Person.objects.filter(pk=person.pk).update(last_entry_at=timezone.now())
        rules = raised_by(content) if kind == "score" else []
        return entry, [_alert(entry, rule, by, escalation_minutes) for rule in rules]


def raised_by(content: dict[str, Any]) -> list[AlertRule]:
    """The rules that the answers of a score meet."""
    answers = content.get("answers") or []
    return [
        rule
        for rule in alert_rules()
        if rule.instrument == content.get("instrument")
        and len(answers) >= rule.item
        and answers[rule.item - 1] is not None
        and answers[rule.item - 1] >= rule.least
    ]


def _alert(entry: Entry, rule: AlertRule, by: User | None, minutes: int) -> Alert:
    """An alert; it belongs to whoever wrote the answer down, else to a clinician of the team, else to nobody yet."""
    owner = by if by is not None and by.role in ("clinician", "staff") else None
    if owner is None:
        owner = entry.person.team.filter(is_active=True).order_by("role", "username").first()
    alert = Alert(
        person=entry.person,
        entry=entry,
        owner=owner,
        escalate_at=timezone.now() + timedelta(minutes=minutes),
    )
    alert.content = {"rule": f"{rule.instrument} item {rule.item}", "note": ""}
    alert.save(force_insert=True)
    return alert
