"""Finding people and their entries: the one place that decides which person an account may see."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from ..access.models import Role, User
from .models import Alert, Entry, Person, Visit


def people_for(user: User) -> QuerySet[Person]:
    """The people an account may see: a patient oneself; clinicians and staff all but those of another team."""
    if user.role == Role.PATIENT:
        return Person.objects.filter(account=user, erased_at=None)
    if user.role in (Role.CLINICIAN, Role.STAFF):
        open_to_all = Q(restricted=False) | Q(team=user)
        return Person.objects.filter(open_to_all, erased_at=None).distinct()
    return Person.objects.none()


def person_of(request: HttpRequest, person: object) -> Person:
    """The person with that id when the account may see it; 404 else, so that nobody learns who is here."""
    found = people_for(request.user).filter(pk=person).first()
    if found is None:
        raise Http404
    request.person_id = str(found.pk)
    return found


def visit_of(request: HttpRequest, visit: object) -> Visit:
    """The visit with that id, of a person the account may see."""
    found = Visit.objects.filter(pk=visit).select_related("person").first()
    if found is None:
        raise Http404
    found.person = person_of(request, found.person_id)
    return found


def entry_of(request: HttpRequest, entry: object) -> Entry:
    """The entry with that id, of a person the account may see."""
    found = Entry.objects.filter(pk=entry).select_related("person", "made_by").first()
    if found is None:
        raise Http404
    found.person = person_of(request, found.person_id)
    return found


def alert_of(request: HttpRequest, alert: object) -> Alert:
    """The alert with that id, of a person the account may see."""
    found = Alert.objects.filter(pk=alert).select_related("person", "owner", "entry").first()
    if found is None:
        raise Http404
    person_of(request, found.person_id)
    return found


def current(person: Person, kinds: Iterable[str] = ()) -> list[Entry]:
    """What stands in the record of a person, in order of time: entries that were neither replaced nor withdrawn."""
    rows = Entry.objects.filter(person=person, withdrawn=False, replaced_by=None)
    wanted = tuple(kinds)
    if wanted:
        rows = rows.filter(kind__in=wanted)
    found = list(rows.select_related("made_by"))
    for row in found:
        row.person = person  # one key for all of them
    return found


def open_alerts(user: User) -> QuerySet[Alert]:
    """Alerts nobody acknowledged yet, of people the account may see."""
    people = people_for(user)
    rows = Alert.objects.filter(acknowledged_at=None, person__in=people)
    return rows.select_related("person", "owner", "entry")
