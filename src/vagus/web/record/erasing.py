"""Erasing a person: the key is destroyed here and now, and the id goes onto a list that every restore is held against.

A backup that was made before still holds the person, sealed, until it is deleted; that is why `restore` asks for the
newest list, and why the list (ids only) is kept in a second place too when `--erased-copy` names one.
"""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ..access.models import Audit
from ..folder import ERASED, erased_ids, extend_erased_list
from .models import Alert, Entry, Job, Person, Visit


def erase(person: Person, folder: Path) -> None:
    """Destroy the key of a person and every row; the number and the audit stay.

    Argument: `folder`, where the list of erased records is kept that a restored backup is held against.
    Raises VagusError V713 when a list cannot be written; nobody was erased then.
    """
    for path in _lists(folder):
        extend_erased_list(path, [str(person.pk)])
    _forget(person)


def _lists(folder: Path) -> list[Path]:
    """The copy first: a place that cannot be written stops an erasure before anything happened."""
    copy = settings.ERASED_COPY
    return [*([copy] if copy else []), folder / ERASED]


def _forget(person: Person) -> None:
    with transaction.atomic():
        account = person.account
        person.key = person.sealed = person.account = None
        person.erased_at = timezone.now()
        person.save(update_fields=["key", "sealed", "account", "erased_at"])
        person.team.clear()
        Alert.objects.filter(person=person).delete()
        Entry.objects.filter(person=person).update(replaces=None)
        Entry.objects.filter(person=person).delete()
        Visit.objects.filter(person=person).delete()
        Job.objects.filter(person=person).delete()
        if account is not None:
            account.is_active, account.first_name, account.last_name, account.email = False, "", "", ""
            account.set_unusable_password()
            account.save()


def erase_again(folder: Path) -> int:
    """At a start and after a restore: let every list hold what the others do, and erase whom they name; how many were
    still there. The audit keeps a line for each.

    Raises VagusError V713 when a list cannot be written.
    """
    lists = _lists(folder)
    named: set[str] = set().union(*(erased_ids(path) for path in lists))
    for path in lists:
        extend_erased_list(path, named)
    found = list(Person.objects.filter(pk__in=named, erased_at=None))
    for person in found:
        with transaction.atomic():
            _forget(person)
            Audit.objects.create(
                role="machine",
                action="erased again",
                place="list of erased records",
                person_id=str(person.pk),
            )
    return len(found)
