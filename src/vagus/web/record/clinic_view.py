"""The clinic at one look: who is due, who got worse, who was not heard of, and how treatment turned out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from ..access.models import User
from ..clinic_rules import default
from .finding import people_for
from .models import Entry, Person, Visit
from .scores import Series, series_of

_FULL_COURSE = 6  # doses; the page says so
_SHOWN = ("phq9", "gad7", "nrs_pain", "madrs", "bpi_severity", "pcl5")


@dataclass(frozen=True)
class Outcome:
    """How one scale turned out in one group: people with two scores, response, remission and reliable change."""

    scale: str
    people: int
    responded: int
    remitted: int
    better: int
    worse: int


@dataclass(frozen=True)
class ClinicView:
    """What the page of the clinic shows."""

    due: list[Visit]
    worse: list[tuple[Person, Series]]
    quiet: list[tuple[Person, int | None]]
    completers: list[Outcome]
    comers: list[Outcome]
    people: int


def clinic_view(user: User) -> ClinicView:
    """The clinic as this account may see it; completers had a full course of doses."""
    people = {person.pk: person for person in people_for(user)}
    rows: dict[object, list[Entry]] = {key: [] for key in people}
    standing = Entry.objects.filter(withdrawn=False, replaced_by=None, person__in=list(people))
    counted = standing.filter(kind="dose").order_by().values_list("person").annotate(number=Count("pk"))
    doses: dict[object, int] = dict.fromkeys(people, 0) | dict(counted)
    # Only what is read here: this page opens every score of the clinic.
    for entry in standing.filter(kind="score").only("person", "kind", "at", "sealed"):
        entry.person = people[entry.person_id]
        rows[entry.person_id].append(entry)
    series = {key: series_of(found) for key, found in rows.items()}
    now = timezone.now()
    worse = [
        (people[key], one)
        for key, of_person in series.items()
        for one in of_person.values()
        if one.worse_from is not None
    ]
    quiet: list[tuple[Person, int | None]] = []
    for key, person in people.items():
        last = max((row.at for row in rows[key]), default=None)
        days = (now - last).days if last else None
        if days is None or days > default("quiet_days"):
            quiet.append((person, days))
    due = Visit.objects.filter(
        person__in=list(people),
        status__in=(Visit.Status.PLANNED, Visit.Status.OPEN),
        at__lt=now + timedelta(days=default("due_days")),
    ).select_related("person")
    treated = [series[key] for key in people if doses[key] > 0]
    whole = [series[key] for key in people if doses[key] >= _FULL_COURSE]
    return ClinicView(
        sorted(due, key=lambda visit: visit.at),
        sorted(worse, key=lambda pair: pair[1].last.at, reverse=True),
        sorted(quiet, key=lambda pair: -1 if pair[1] is None else pair[1], reverse=True),
        outcomes(whole),
        outcomes(treated),
        len(people),
    )


def outcomes(groups: Sequence[dict[str, Series]]) -> list[Outcome]:
    """How each scale turned out among people of whom there are two scores at least."""
    found = []
    for key in _SHOWN:
        rows = [group[key] for group in groups if key in group and len(group[key].points) > 1]
        if rows:
            found.append(
                Outcome(
                    rows[0].instrument.abbreviation,
                    len(rows),
                    sum(bool(row.responded) for row in rows),
                    sum(bool(row.remitted) for row in rows),
                    sum(row.last.since_first == "better" for row in rows),
                    sum(row.last.since_first == "worse" for row in rows),
                )
            )
    return found
