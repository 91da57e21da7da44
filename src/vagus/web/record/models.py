"""People and what is written down about them; what is clinical is sealed with the person's own key."""

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from ..seal import new_key, seal, unseal

_USER = settings.AUTH_USER_MODEL


class Person(models.Model):
    """One person of the clinic. `sealed` holds name, birth date, sex, height, weight and contact."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True, editable=False)
    virtual = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False)
    team = models.ManyToManyField(_USER, blank=True, related_name="people")
    account = models.OneToOneField(_USER, null=True, blank=True, on_delete=models.SET_NULL)
    key = models.BinaryField(null=True, editable=False)
    sealed = models.BinaryField(null=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    last_entry_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        """Named in order of their numbers."""

        ordering = ("number",)

    def __str__(self) -> str:
        return f"record {self.number}"

    @property
    def facts(self) -> dict[str, Any]:
        """Name, birth date and the rest; {} once erased."""
        if not hasattr(self, "_facts"):
            kept = self.key and self.sealed
            self._facts = unseal(self.key, str(self.id), self.sealed) if kept else {}
        return self._facts

    @facts.setter
    def facts(self, content: dict[str, Any]) -> None:
        if self.key is None and self.erased_at is None:
            self.key = new_key()
        self.sealed = seal(self.key, str(self.id), content)
        self._facts = content

    @property
    def name(self) -> str:
        """The name, or what is left of an erased person."""
        return str(self.facts.get("name") or f"record {self.number} (erased)")

    @property
    def born(self) -> date | None:
        """Birth date."""
        text = self.facts.get("born")
        return date.fromisoformat(text) if text else None

    def age(self, on: date | None = None) -> int | None:
        """Whole years on a day (today)."""
        born, day = self.born, on or timezone.localdate()
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class SealedRow(models.Model):
    """A row that belongs to one person and whose content is sealed with that person's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    sealed = models.BinaryField(editable=False)

    class Meta:
        """Only what inherits from it is a table."""

        abstract = True

    @property
    def content(self) -> dict[str, Any]:
        """What was written down."""
        if not hasattr(self, "_content"):
            self._content = unseal(self.person.key, str(self.id), self.sealed)
        return self._content

    @content.setter
    def content(self, content: dict[str, Any]) -> None:
        self.sealed = seal(self.person.key, str(self.id), content)
        self._content = content


class Visit(SealedRow):
    """One appointment. Content: purpose, note."""

    class Status(models.TextChoices):
        """Where it stands."""

        PLANNED = "planned"
        OPEN = "open"
        CLOSED = "closed"
        MISSED = "missed"

    at = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    made_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """The latest first."""

        ordering = ("-at",)


class Entry(SealedRow):
    """One thing written down; a correction is a new entry that replaces the old one, which stays readable.

    Content by kind: `record/kinds.py`.
    """

    visit = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    withdrawn = models.BooleanField(default=False)

    class Meta:
        """In order of time."""

        ordering = ("at", "made_at")
        indexes = (models.Index(fields=("person", "kind", "at")), models.Index(fields=("kind", "at")))


class Alert(SealedRow):
    """Something a person must look at: raised by an answer, owned, escalated, acknowledged. Content: rule, note."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT)
    rule = models.CharField(max_length=40)  # empty: what raised it is clinical, and sealed with the content
    raised_at = models.DateTimeField(default=timezone.now)
    escalate_at = models.DateTimeField()
    owner = models.ForeignKey(_USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """The oldest first."""

        ordering = ("raised_at",)

    @property
    def cause(self) -> str:
        """What raised it, such as "phq9 item 9"."""
        return str(self.content.get("rule") or self.rule)

    @property
    def escalated(self) -> bool:
        """Nobody acknowledged it in time."""
        return self.acknowledged_at is None and self.escalate_at <= timezone.now()


class Job(models.Model):
    """A simulation that is asked for, running or done; kept here so that a restart loses none.

    `request` and `result` are JSON; about a person they are sealed with that person's key.
    """

    class State(models.TextChoices):
        """Where it stands."""

        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE)
    made_by = models.ForeignKey(_USER, on_delete=models.PROTECT)
    made_at = models.DateTimeField(default=timezone.now, db_index=True)
    done_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED, db_index=True)
    stage = models.CharField(max_length=200, blank=True)
    progress = models.FloatField(default=0.0)
    cancel = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True)
    request = models.BinaryField()
    result = models.BinaryField(null=True)

    class Meta:
        """The latest first."""

        ordering = ("-made_at",)

    @property
    def running(self) -> bool:
        """Whether it is still to be waited for."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)
