"""Accounts with a role, the clinic's settings, and the audit that only grows."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

from ..clinic_rules import default, suggested_gate


class Role(models.TextChoices):
    """What an account is for; an account has exactly one role."""

    ADMINISTRATOR = "administrator"
    CLINICIAN = "clinician"
    STAFF = "staff"
    PATIENT = "patient"
    RESEARCHER = "researcher"


class User(AbstractUser):
    """An account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField(max_length=20, choices=Role.choices)
    must_change_password = models.BooleanField(default=False)
    email = models.EmailField("email address", blank=True)

    REQUIRED_FIELDS: list[str] = []

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Clinic(models.Model):
    """The settings of this clinic: one row."""

    name = models.CharField(max_length=120)
    crisis_text = models.TextField("what a person in crisis reads", max_length=2000)
    gate_systolic = models.PositiveSmallIntegerField("systolic pressure, mmHg")
    gate_systolic_older = models.PositiveSmallIntegerField("systolic pressure of older people, mmHg")
    gate_older_than = models.PositiveSmallIntegerField("older than, years")
    gate_diastolic = models.PositiveSmallIntegerField("diastolic pressure, mmHg")
    escalation_minutes = models.PositiveSmallIntegerField("minutes until an alert goes to everybody")
    session_minutes = models.PositiveSmallIntegerField("minutes without a click until the session ends")
    retention_years = models.PositiveSmallIntegerField("years a record is kept after its last entry")
    forecast_signed_at = models.DateTimeField(null=True, editable=False)
    forecast_signed_by = models.ForeignKey(User, null=True, editable=False, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def suggested(cls) -> "Clinic":
        """The settings a new clinic is offered; name and crisis text are its own to write."""
        gate = suggested_gate()
        return cls(
            gate_systolic=gate.systolic,
            gate_systolic_older=gate.systolic_older,
            gate_older_than=gate.older_than,
            gate_diastolic=gate.diastolic,
            **{key: default(key) for key in ("escalation_minutes", "session_minutes", "retention_years")},
        )


class Audit(models.Model):
    """One look or change: who, which id, what, when. Never any clinical content, never changed, never deleted.

    The ids are text and no links, so that a line outlives what it is about. The database itself refuses to change or
    delete a line (triggers of the first migration).
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    user = models.CharField(max_length=40)
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=20)
    place = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60, blank=True)
    person_id = models.CharField(max_length=40, blank=True, db_index=True)

    def save(self, *args: Any, **options: Any) -> None:
        """Write a new line; raises TypeError for one that was read."""
        if not self._state.adding:
            raise TypeError("a line of the audit is never changed")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> Any:
        """Never; raises TypeError."""
        raise TypeError("a line of the audit is never deleted")
