"""Erasing a person: the key is destroyed, so that what is left anywhere, in backups too, cannot be read again."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from ..folder import erased_numbers, remember_erased
from .models import Alert, Entry, Job, Person, Visit


def erase(person: Person, folder: Path) -> None:
    """Destroy the key of a person and every row; the number and the audit stay.

    Argument: `folder`, where the list of erased records is kept that a restored backup is held against.
    """
    remember_erased(folder, str(person.pk))
    _forget(person)


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
    """After a restore: erase whom the list of erased records names; how many there were."""
    people = Person.objects.filter(pk__in=erased_numbers(folder), erased_at=None)
    found = list(people)
    for person in found:
        _forget(person)
    return len(found)
