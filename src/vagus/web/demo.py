"""`--demo`: a clinic of forty virtual people, so that every page is alive. Nobody here has ever lived.

Their courses come from the model: drawn people with a condition go through a series of infusions, are rated by its
instruments, and are written down as a clinic would write them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from ..body.model import load_model
from ..body.patient import Patient
from ..body.treatment import load_treatment
from ..observe import load_instrument
from ..people.course import Course, follow_course
from ..people.stream import stream
from ..solve.integrate import Control
from .access.models import Clinic, Role, User
from .record.models import Alert, Person, Visit
from .record.writing import new_person, write_entry
from .secret import fresh_password

GROUPS = (  # conditions, treatment, how many, days since the first dose of the first and of the last of them
    (("mdd",), "ketamine-iv-6", 12, (84, 3)),
    (("mdd", "pain-neuropathic"), "ketamine-iv-6", 10, (80, 10)),
    (("pain-fibromyalgia",), "ketamine-iv-6", 6, (70, 8)),
    (("ptsd",), "ketamine-iv-6", 6, (60, 5)),
    (("gad",), "untreated", 6, (50, 30)),
)
COUNT = sum(group[2] for group in GROUPS)
SCALES = ("phq9", "gad7", "nrs_pain")
_SEED = 7
_FIRST = "Ada Ben Cleo Dora Emil Finn Greta Hugo Ines Jan Kaya Leo Mina Nils Olga Paul Quinn Rosa Sven Tara".split()
_LAST = "Virtuell Modell Beispiel Muster Probe Ausdacht Simulant Erdacht".split()
_ACCOUNTS = (
    ("admin", Role.ADMINISTRATOR),
    ("clinician", Role.CLINICIAN),
    ("nurse", Role.STAFF),
    ("researcher", Role.RESEARCHER),
    ("patient", Role.PATIENT),
)


def fill() -> list[str]:
    """Fill a clinic: accounts and people; what a person at the terminal has to know."""
    lines = fill_accounts()
    return [f"{fill_people()} virtual people.", *lines[1:]]


def fill_accounts() -> list[str]:
    """The clinic and its accounts, with passwords that are new at every start; lines for the terminal."""
    with transaction.atomic():
        if not Clinic.objects.exists():
            clinic = Clinic.suggested()
            clinic.name = "Demonstration clinic (virtual people)"
            clinic.crisis_text = (
                "This is a demonstration: nobody reads your answers. If you think of harming yourself, call the "
                "emergency number of your country now, or go to the nearest hospital."
            )
            clinic.forecast_signed_at = timezone.now()
            clinic.save()
        secrets = [(name, _account(name, role)) for name, role in _ACCOUNTS]
        _link_patient()
    return ["Accounts of this start:", *(f"  {name:<12} {secret}" for name, secret in secrets)]


def fill_people() -> int:
    """The people who are still missing, one simulation for each group; how many there are then."""
    there, number = made(), 0
    nurse = User.objects.get(username="nurse")
    for place, group in enumerate(GROUPS):
        first, number = number, number + group[2]
        if number > there:
            _group(place, first, max(there - first, 0), nurse)
    return made()


def made() -> int:
    """How many virtual people there are."""
    return Person.objects.filter(virtual=True).count()


def _link_patient() -> None:
    """The patient's account belongs to the first of the virtual people, once there is one."""
    account = User.objects.get(username="patient")
    one = Person.objects.filter(virtual=True, erased_at=None).order_by("number").first()
    if one is not None and one.account_id != account.pk:
        Person.objects.filter(account=account).update(account=None)
        Person.objects.filter(pk=one.pk).update(account=account)


def _account(name: str, role: str) -> str:
    secret = fresh_password()
    user = User.objects.filter(username=name).first() or User(username=name, role=role)
    user.set_password(secret)
    user.save()
    return secret


def _group(place: int, number: int, there: int, nurse: User) -> None:
    """One group from its member `there` on: one simulation, then one transaction for each person."""
    conditions, treatment, count, since = GROUPS[place]
    course = follow_course(
        load_model(),
        Patient(name="virtual people", conditions=conditions),
        load_treatment(treatment),
        84.0,
        count=count,
        seed=_SEED + place,
        instruments=SCALES,
        control=Control(rtol=1e-4, atol=1e-7),
    )
    starts = np.linspace(since[0], since[1], count).round()
    for k in range(there, count):
        with transaction.atomic():
            _write(course, k, number + k, conditions, float(starts[k]), nurse)
        if number + k == 0:
            _link_patient()


def _write(course: Course, k: int, number: int, conditions: Sequence[str], since: float, nurse: User) -> None:
    rng = stream(_SEED, "demo", number, "record")
    first = timezone.localtime() - timedelta(days=since)
    day_zero = first.replace(hour=8, minute=0, second=0, microsecond=0)
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}"
    age = int(rng.integers(22, 78))
    facts = {
        "name": name,
        "born": (day_zero.date() - timedelta(days=365 * age + int(rng.integers(0, 364)))).isoformat(),
        "sex": "female" if rng.random() < 0.5 else "male",
        "weight": round(float(course.people.weight[k] + rng.normal(0, 8)), 1),
        "height": round(float(rng.normal(170, 8))),
        "contact": "virtual person",
    }
    person = new_person(facts, virtual=True)
    intake = day_zero - timedelta(days=3, hours=-2)
    for condition in conditions:
        write_entry(person, "condition", {"key": condition}, by=nurse, at=intake)
    for what in ("treatment", "record", "research"):
        agreed = "yes" if what != "research" or rng.random() < 0.85 else "no"
        write_entry(
            person, "consent", {"what": what, "given": agreed, "way": "signed paper"}, by=nurse, at=intake
        )
    now = timezone.now()
    for dose in course.treatment.doses:
        at = day_zero + timedelta(hours=dose.hour)
        if at < now:
            _dosing(person, course, k, dose, at, nurse, rng)
        elif at < now + timedelta(days=7):
            visit = Visit(person=person, at=at, made_by=nurse)
            visit.content = {"purpose": "dosing", "note": ""}
            visit.save(force_insert=True)
    quiet = rng.random() < 0.1  # some are not heard of for a while
    for day in (0, 1, 7, 14, 21, 28, 42, 56, 70, 84):
        at = day_zero + timedelta(days=day, hours=-0.5)
        if at < now and not (quiet and day > 14):
            _scores(person, course, k, float(day), at, nurse, rng)


def _dosing(person: Person, course: Course, k: int, dose: Any, at: datetime, nurse: User, rng: Any) -> None:
    """One dosing day: pressure before, the dose, pressure after forty minutes and at discharge."""
    visit = Visit(person=person, at=at, status=Visit.Status.CLOSED, made_by=nurse)
    visit.content = {"purpose": "dosing", "note": ""}
    visit.save(force_insert=True)
    base = (float(rng.normal(122, 9)), float(rng.normal(76, 6)), float(rng.normal(72, 7)))
    rise = {"before": (0, 0, 0, 0), "minutes_40": (18, 11, 9, 22), "discharge": (4, 3, 2, 0)}
    after = {"before": -0.3, "minutes_40": 0.7, "discharge": 2.2}
    amount = round(dose.milligrams(person.facts["weight"]), 1)
    for moment, (systolic, diastolic, heart, cadss) in rise.items():
        content = {
            "moment": moment,
            "systolic": round(base[0] + systolic + float(rng.normal(0, 4))),
            "diastolic": round(base[1] + diastolic + float(rng.normal(0, 3))),
            "heart_rate": round(base[2] + heart + float(rng.normal(0, 4))),
            "oxygen": float(rng.integers(95, 100)),
            "cadss": float(max(0, round(cadss + rng.normal(0, 6)))) if cadss else 0.0,
        }
        write_entry(person, "vitals", content, by=nurse, at=at + timedelta(hours=after[moment]), visit=visit)
    content = {
        "drug": dose.drug,
        "route": dose.route,
        "amount": amount,
        "unit": "mg",
        "minutes": dose.hours * 60,
        "lot": f"V{rng.integers(1000, 9999)}",
        "waste": round(50 - amount % 50, 1),
        "witness": "virtual witness",
    }
    write_entry(person, "dose", content, by=nurse, at=at, visit=visit)


def _scores(person: Person, course: Course, k: int, day: float, at: datetime, nurse: User, rng: Any) -> None:
    """The totals the model rated on that day, spread over the items as the scale allows, and a diary line."""
    for key in SCALES:
        total = float(course.at_day(key, day)[k])
        if not np.isfinite(total):
            continue
        answers = answers_of(key, total, rng)
        scale = load_instrument(key)
        content = {
            "instrument": key,
            "answers": answers,
            "total": float(scale.total_of(np.array(answers))),
            "by": "patient",
        }
        _, alerts = write_entry(person, "score", content, by=nurse, at=at)
        for alert in alerts:
            _looked_after(alert, at, nurse)
    content = {
        "pain": float(np.nan_to_num(course.at_day("nrs_pain", day)[k])),
        "sleep_hours": round(float(np.clip(rng.normal(6.4, 0.9), 3, 10)), 1),
        "energy": float(np.clip(round(rng.normal(5, 2)), 0, 10)),
    }
    write_entry(person, "diary", content, by=nurse, at=at + timedelta(minutes=5))


def _looked_after(alert: Alert, at: datetime, nurse: User) -> None:
    """An alert of the past was seen to; one of the last days is still open."""
    alert.raised_at, alert.escalate_at = at, at + timedelta(hours=1)
    if at < timezone.now() - timedelta(days=3):
        alert.acknowledged_at, alert.acknowledged_by = at + timedelta(minutes=25), nurse
        alert.content |= {"note": "Virtual: asked about it, safety plan gone through, called the next day."}
    alert.save()


def answers_of(key: str, total: float, rng: np.random.Generator) -> list[float]:
    """Answers to the items that add up to a total: handed out one mark at a time; the last item is asked least."""
    scale = load_instrument(key)
    marks = scale.low.copy()
    weight = np.ones(len(marks))
    if len(marks) > 2:
        weight[-1] = 0.15
    while marks.sum() < round(total):
        free = (marks < scale.high) * weight
        marks[rng.choice(len(marks), p=free / free.sum())] += 1
    return [float(mark) for mark in marks]
