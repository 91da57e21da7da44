"""Blinding and belief: the control of a study, what people feel of a dose, what they believe, and the care of visits.

belief = logistic( logit(belief of the control) + slope * dissociation at the peak of the dose )

Who feels much knows what they got; who feels nothing believes what the control leaves to believe. Every contact is
care; care times belief feeds expectancy. All numbers are those of `atlas/blinding.toml`, or of a population set.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.special import expit, logit

from ..body.dose import Dose, Visit
from ..body.habituation import dissociating_drugs
from ..body.model import Array, Model
from ..body.travel import travel
from ..body.treatment import care_jumps
from ..solve.events import Change, Events
from ..solve.integrate import Control
from ..tables import atlas_path, read_toml
from .activity import load_activities
from .adjust import Numbers
from .drug import NOTHING, USUAL_CARE, find_drug
from .regimen import Contact, Stretch, contacts
from .study_record import Arm, Study

FELT = "biomarker.dissociation"
_UNFELT = ("anaesthesia",)  # controls under which nobody can feel the dose
_UNSEEN = ("waitlist", "none")
_CARED_FOR = "active-care"
_SESSION_OF = "activity"  # the contact of a treatment without a drug
#: Minutes from the start of a dose at which what is felt is read; an infusion is read at its end as well.
_LOOKS = (10, 20, 30, 40, 50, 60, 80, 100, 120, 150, 180, 240)
_TABLET_ROUTES = ("oral", "sublingual", "buccal")
_DAILY = 36.0  # hours between doses below which a swallowed drug is taken at home
_SESSION = 6.0  # hours within which what is given belongs to one session
_EDGE = 1e-3


@dataclass(frozen=True)
class Encounter:
    """One visit or tablet: hour of the study, kind of care, arm, and the doses that begin in the next hours."""

    hour: float
    kind: str
    arm: str
    doses: tuple[Dose, ...] = ()


def control_of(study: Study, arm: Arm) -> str:
    """The control an arm stands in: what its file says, or what the other arms and the drugs of all arms make of it.

    A waiting list is what a treatment is compared with: who gets the treatment knows it, as does who has usual care.
    """
    said = arm.blinding.control or _said_by_others(study, arm)
    every = [dose for one in study.arms for dose in one.doses if dose.drug not in (NOTHING, USUAL_CARE)]
    inert = [dose.route for dose in every if find_drug(dose.drug).kind == "inert"]
    if said is None:
        if not _given(arm):
            alone = "waitlist" if len(study.arms) > 1 else "none"
            return "open" if any(dose.drug == USUAL_CARE for dose in arm.doses) else alone
        if len(study.arms) > 1 and any(_felt(dose.drug) for dose in every):
            said = "midazolam"
        elif len(study.arms) > 1 and inert:
            said = "saline"
        else:
            return "open"
    if said in _UNSEEN and _treated(arm):
        return "open"
    routes = inert or [dose.route for dose in every]
    if said == "saline" and routes:
        if all(route in _TABLET_ROUTES for route in routes):
            return "tablet"
        if all(route == "nasal" for route in routes):
            return "spray"
    return said


def _said_by_others(study: Study, arm: Arm) -> str | None:
    """The control all other arms name that name one, where it can be that of this arm too; None otherwise."""
    named = {one.blinding.control for one in study.arms if one.blinding.control is not None}
    if len(named) != 1:
        return None
    (control,) = named
    return control if _given(arm) or control in (_CARED_FOR, *_UNSEEN) else None


def _given(arm: Arm) -> bool:
    """Whether anything is given to or done with the people of an arm."""
    return bool(arm.activities) or any(dose.drug not in (NOTHING, USUAL_CARE) for dose in arm.doses)


def _felt(name: str) -> bool:
    """Whether a drug is an active control: it is felt and has no effect of its own here."""
    drug = find_drug(name)
    return drug.name == "midazolam" or drug.kind == "control"


def _treated(arm: Arm) -> bool:
    """Whether the people of an arm get what treats: a drug with an effect, or sessions with somebody."""
    drugs = (find_drug(dose.drug).kind for dose in arm.doses)
    return any(kind in ("kinetics", "hold") for kind in drugs) or any(
        load_activities()[one.kind].care for one in arm.activities
    )


def belief_of(numbers: Numbers, control: str, felt: Array) -> Array:
    """Belief (people,) after a dose of which so much was felt (people,), 0 to 1.

    Args:
        numbers: of the population.
        control: row of `blinding.toml`.
        felt: dissociation at the peak.
    """
    base = numbers.belief(control)
    if base <= 0.0 or control in _UNFELT or control == "open":
        return np.full(felt.shape, base)
    return np.asarray(expit(logit(min(base, 1.0 - _EDGE)) + numbers.slope * felt))


def encounters_of(
    stretches: Sequence[Stretch],
    doses: Sequence[Dose],
    control: str,
    end: float,
    beside: Sequence[Arm] = (),
) -> list[Encounter]:
    """Every visit and tablet of people before an hour, in order of time.

    Infusions, injections and sprays are sessions, one a day; what is swallowed every day or so is a tablet, with the
    visits of a drug trial; sessions of a treatment without a drug are meetings, at most one a week; who only waits is
    not seen; who gets active care and nothing that the file names is met as often as the people it is compared with.

    Args:
        stretches: the arms people go through.
        doses: of drugs with kinetics that they get.
        control: row of `blinding.toml`.
        end: hours.
        beside: all arms of the study.
    """
    if control in _UNSEEN:
        return []
    met = _met(stretches, end)
    if control == _CARED_FOR:
        met = _as_often(met, stretches, end, beside)
    home, own = _at_home(met), set(_apart(met))
    found: list[Encounter] = []
    seen: set[int] = set()
    for contact in met:
        given = tuple(dose for dose in doses if contact.hour - _EDGE <= dose.hour < contact.hour + _SESSION)
        if contact.kind == _SESSION_OF:
            found += [Encounter(contact.hour, "meeting", contact.arm)] if contact in own else []
        elif contact.what in home:
            found.append(Encounter(contact.hour, "tablet", contact.arm, given))
        elif int(contact.hour // 24.0) not in seen:
            seen.add(int(contact.hour // 24.0))
            found.append(Encounter(contact.hour, "session", contact.arm, given))
    if home or not met:
        start = 24.0 * stretches[0].from_d
        days = read_toml(atlas_path("blinding.toml"))["visits"]["days"]
        name = stretches[0].arm.name
        found.append(Encounter(start, "first_visit", name))
        found += [Encounter(start + 24.0 * day, "visit", name) for day in days if start + 24.0 * day < end]
    return sorted(found, key=lambda one: one.hour)


def _apart(met: Sequence[Contact]) -> list[Contact]:
    """The sessions without a drug that renew belief: what is done every day is no visit every day."""
    least = 24.0 * read_toml(atlas_path("blinding.toml"))["sessions"]["apart_d"]
    found: dict[str, list[Contact]] = {}
    for contact in met:
        own = found.setdefault(contact.what, [])
        if contact.kind == _SESSION_OF and (not own or contact.hour >= own[-1].hour + least - _EDGE):
            own.append(contact)
    return [contact for own in found.values() for contact in own]


def _as_often(
    met: list[Contact], stretches: Sequence[Stretch], end: float, beside: Sequence[Arm]
) -> list[Contact]:
    """The contacts of people who are cared for as much as those of other arms.

    Without sessions of their own they have those of the arm with most of them, beside what they are given; without
    anything of their own, all contacts of the arm that has most.
    """
    others = [_met([replace(one, arm=arm) for one in stretches], end) for arm in beside]
    if any(contact.kind == _SESSION_OF for contact in met):
        return met
    sessions = [[one for one in own if one.kind == _SESSION_OF] for own in others]
    most = max(sessions if met else others, key=len, default=[])
    name = stretches[0].arm.name
    return sorted([*met, *(replace(one, arm=name) for one in most)], key=_moment)


def _moment(contact: Contact) -> tuple[float, str, str]:
    return contact.hour, contact.kind, contact.what


def _met(stretches: Sequence[Stretch], end: float) -> list[Contact]:
    return [contact for contact in contacts(stretches) if 0.0 <= contact.hour < end] if stretches else []


def _at_home(met: Sequence[Contact]) -> set[str]:
    """What is swallowed every day or so."""
    hours: dict[str, list[float]] = {}
    for contact in met:
        if contact.kind == "tablet":
            hours.setdefault(contact.what, []).append(contact.hour)
    return {
        what for what, own in hours.items() if len(own) > 1 and min(b - a for a, b in pairwise(own)) <= _DAILY
    }


def on_ward(name: str, control: str, end: float) -> list[Encounter]:
    """The days in hospital of people who come into it as a study begins; none where nobody is seen.

    Args:
        name: of the arm.
        control: row of `blinding.toml`.
        end: hours.
    """
    if control in _UNSEEN:
        return []
    ward = read_toml(atlas_path("blinding.toml"))["ward"]
    hours = [24.0 * day + ward["hour"] for day in range(ward["days"])]
    return [Encounter(hour, "ward", name) for hour in hours if hour < end]


def felt_by(
    model: Model, p: Array, y: Array, doses: Sequence[Dose], changes: Sequence[list[Change]], control: Control
) -> Array:
    """Dissociation (people,) at the peak of a session, 0 to 1.

    Args:
        model: the body.
        p: parameters (parameters, people).
        y: states (states, people).
        doses: what is given, from hour 0 on.
        changes: what it changes in each person.
        control: tolerances.
    """
    if not any(dose.drug in dissociating_drugs() and dose.amount > 0 for dose in doses):
        return np.zeros(y.shape[1])
    ends = [dose.hour + dose.hours for dose in doses]
    hours = np.unique([0.0, *(m / 60.0 for m in _LOOKS), *ends, *(end + 0.25 for end in ends)])
    row = len(model.states) + model.outputs.index(FELT)
    journey = travel(model, y, p, Events(changes), hours, control, np.array([row], dtype=np.int64))
    return np.nan_to_num(np.asarray(journey.outputs[:, 0].max(axis=0)))


def care_changes(
    numbers: Numbers, encounters: Sequence[Encounter], beliefs: Sequence[Array], size: int
) -> list[list[Change]]:
    """What the encounters change in each person.

    Args:
        numbers: of the population.
        encounters: visits and tablets.
        beliefs: belief (people,) at each of them.
        size: number of people.
    """
    found: list[list[Change]] = [[] for _ in range(size)]
    impressing = read_toml(atlas_path("blinding.toml"))["impression"]["contacts"]
    for encounter, belief in zip(encounters, beliefs, strict=True):
        care, fresh = numbers.care(encounter.kind), encounter.kind in impressing
        for person, own in enumerate(belief.tolist()):
            if care * own > 0.0:
                found[person] += care_jumps(numbers.model, Visit(encounter.hour, care, own), fresh)
    return found
