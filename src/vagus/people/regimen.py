"""From the arm of a study to a `Treatment` of the body: doses, visits, and what is held while something is done.

What a person gets is a row of `Stretch`es: one arm from one day to another. A plain study is one stretch; a cross-over
or a study in phases is several. Who believes what is none of this module: `visits` turns each `Contact` into a visit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from ..body.background import load_background
from ..body.clock import clock_hour
from ..body.dose import Dose, Visit
from ..body.hold import Hold, Jump
from ..body.route import load_routes
from ..body.treatment import DAY_ZERO_CLOCK, Treatment, load_treatment
from ..tables import GRADES, atlas_names
from ..units import convert
from .activity import Kind, load_activities
from .drug import NOTHING, USUAL_CARE, Drug, find_drug, load_drug_holds
from .study_record import Activity, Arm, DoseBlock, Population, Study

DAY = 24.0  # hours
_MINUTES = 60.0
_SUPERVISED = "session"
#: Given for each contact; None where it feeds nothing.
Visits = Callable[["Contact"], Visit | None]
#: The amount of a flexible block that was chosen, by name of the arm and number of the block (0 for the first).
Chosen = Mapping[tuple[str, int], float]


@dataclass(frozen=True)
class Contact:
    """A moment at which somebody gives something, or does something with the person.

    Attributes:
        hour: hours after day 0 08:00.
        kind: "session" (infusion, injection, spray, anything under supervision), "tablet" (by mouth), or "activity".
        what: the drug or the kind of activity.
        arm: name of the arm.
        nth: 0 for the first contact of its kind and drug in the stretch.
    """

    hour: float
    kind: str
    what: str
    arm: str
    nth: int


@dataclass(frozen=True)
class Stretch:
    """One arm from one day to another.

    Attributes:
        arm: what is given.
        from_d, until_d: days of the study; what starts outside is not given, and what is held ends with it.
        origin_d: the day of the study that the arm counts as its day 0.
    """

    arm: Arm
    from_d: float = 0.0
    until_d: float = inf
    origin_d: float = 0.0


@dataclass
class _Given:
    """What one stretch gives; `known` are source and grade of what it rests on."""

    doses: list[Dose] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    jumps: list[Jump] = field(default_factory=list)
    known: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Medicines:
    """What everybody stays on: keys of `interactions.toml`, and inputs that are held throughout."""

    interactions: tuple[str, ...]
    holds: tuple[Hold, ...]


def arm_regimen(
    arm: Arm, end_d: float = inf, *, visits: Visits | None = None, chosen: Chosen | None = None
) -> Treatment:
    """What the people of one arm get, from the first dose to a day.

    Args:
        arm: of a study; `arm.reason` must be None, a drug without a model gives nothing.
        end_d: days.
        visits: the visit of each contact; none without it.
        chosen: amounts of flexible doses; the larger of the two middle ones without it.

    Returns:
        A treatment whose time 0 is day 0 08:00; the first dose is `clock_shift(arm)` hours later.
    """
    return regimen((Stretch(arm, 0.0, end_d),), visits=visits, chosen=chosen)


def regimen(
    stretches: Sequence[Stretch], *, visits: Visits | None = None, chosen: Chosen | None = None
) -> Treatment:
    """What people get who go through several arms one after the other; arguments as of `arm_regimen`."""
    shift = clock_shift(stretches[0].arm) if stretches else 0.0
    given = [_given(stretch, shift, chosen or {}) for stretch in stretches]
    met = [visits(contact) for contact in contacts(stretches)] if visits is not None else []
    name = " then ".join(dict.fromkeys(stretch.arm.name for stretch in stretches))
    grades = [grade for one in given for _, grade in one.known]
    sources = tuple(dict.fromkeys(source for one in given for source, _ in one.known))
    return Treatment(
        key=name,
        title=name,
        meaning="; ".join(dict.fromkeys(_told(stretch.arm) for stretch in stretches)),
        grade=max(grades, key=GRADES.index, default="assumed"),
        sources=sources or ("vagus_models",),
        doses=tuple(sorted((dose for one in given for dose in one.doses), key=lambda dose: dose.hour)),
        visits=tuple(sorted((visit for visit in met if visit is not None), key=lambda visit: visit.hour)),
        holds=tuple(dict.fromkeys(hold for one in given for hold in one.holds)),
        jumps=tuple(sorted((jump for one in given for jump in one.jumps), key=lambda jump: jump.hour)),
    )


def contacts(stretches: Sequence[Stretch]) -> tuple[Contact, ...]:
    """Every contact of people who go through these stretches, in order of time; "none" and usual care are none."""
    shift = clock_shift(stretches[0].arm) if stretches else 0.0
    found: dict[tuple[float, str, str], str] = {}
    for stretch in stretches:
        for block in stretch.arm.doses:
            if block.drug in (NOTHING, USUAL_CARE):
                continue
            kind = "tablet" if block.route == "oral" else _SUPERVISED
            for day in _inside(block.days, stretch):
                found.setdefault((DAY * day + shift, kind, block.drug), stretch.arm.name)
        for activity in stretch.arm.activities:
            if not load_activities()[activity.kind].care:
                continue
            for day in _inside(activity.days, stretch):
                found.setdefault((DAY * day + shift, "activity", activity.kind), stretch.arm.name)
    count: dict[tuple[str, str, str], int] = {}
    met = []
    for (hour, kind, what), arm in sorted(found.items()):
        nth = count.get((kind, what, arm), 0)
        count[kind, what, arm] = nth + 1
        met.append(Contact(hour, kind, what, arm, nth))
    return tuple(met)


def clock_shift(arm: Arm) -> float:
    """Hours from day 0 08:00, where every simulation starts, to the first dose: 12 for a first dose at 20:00."""
    return (clock_hour(arm.first_dose_clock, "first_dose_clock") - DAY_ZERO_CLOCK) % DAY


def medicines_of(population: Population) -> Medicines:
    """What the medicines of the background change in the model.

    Those of `interactions.toml` change kinetics, treatments without doses ("analgesic-as-needed") hold their inputs;
    any other one was taken before the study and is part of the scores at its start.
    """
    holds: list[Hold] = []
    for name in population.background:
        if name in atlas_names("treatments"):
            treatment = load_treatment(name)
            if not treatment.doses:
                holds += treatment.holds
    known = tuple(name for name in population.background if name in load_background())
    return Medicines(known, tuple(holds))


def crossover_stretches(study: Study, sequence: Sequence[str]) -> tuple[Stretch, ...]:
    """The periods of one sequence of a cross-over.

    A period starts `washout_d` after the last dose of the one before; the last one runs for `duration_d`. Times of
    outcomes count from the start of the period of their arm.
    """
    washout = study.crossover.washout_d if study.crossover is not None else 0.0
    stretches = []
    start = 0.0
    for nth, name in enumerate(sequence):
        arm = study.arm(name)
        last = max((block.days[-1] for block in arm.doses if block.days), default=0.0)
        last = max([last, *(activity.days[-1] for activity in arm.activities if activity.days)])
        end = start + (study.duration_d if nth == len(sequence) - 1 else max(last + washout, 1.0 / DAY))
        stretches.append(Stretch(arm, start, end, start))
        start = end
    return tuple(stretches)


def phase_arms(study: Study, index: int) -> tuple[str, ...]:
    """Names of the arms people of a phase are in: those it randomises to, or those they come with.

    The first phase without a list has the arms no later phase names; where all are named, the first arm of the file.
    """
    phase = study.phases[index]
    if phase.randomise:
        return phase.randomise
    if index:
        return phase_arms(study, index - 1)
    later = {name for other in study.phases[1:] for name in other.randomise}
    free = tuple(arm.name for arm in study.arms if arm.name not in later)
    return free or (study.arms[0].name,)


def phase_stretch(study: Study, index: int, name: str) -> Stretch:
    """One arm during one phase.

    Days of an arm are days of the study. An arm that only starts with a later phase and gives nothing after that day
    counts its days from the start of the phase.
    """
    phase, arm = study.phases[index], study.arm(name)
    first = next(nth for nth in range(len(study.phases)) if name in phase_arms(study, nth))
    days = [day for given in (arm.doses, arm.activities) for block in given for day in block.days]
    late = first > 0 and days and max(days) < study.phases[first].start_d
    return Stretch(arm, phase.start_d, phase.until_d, study.phases[first].start_d if late else 0.0)


def _given(stretch: Stretch, shift: float, chosen: Chosen) -> _Given:
    """Doses, holds and jumps of one stretch; a drug without a model gives nothing."""
    found = _Given(holds=list(medicines_of(stretch.arm.population).holds))
    for index, block in enumerate(stretch.arm.doses):
        drug = find_drug(block.drug)
        days = _inside(block.days, stretch)
        if block.reason is not None or not days:
            continue
        amount = _amount(block, chosen.get((stretch.arm.name, index)))
        found.known.append((drug.source, drug.grade))
        if drug.kind == "kinetics":
            found.doses += _doses(block, drug, amount, days, shift)
        elif drug.kind == "jump":
            level = _per_weight(block, drug, amount, stretch)
            found.jumps += [Jump(DAY * day + shift, drug.like, level) for day in days]
        elif drug.kind == "hold":
            found.holds += _drug_holds(block, drug, amount, days, shift, stretch)
    for activity in stretch.arm.activities:
        kind = load_activities()[activity.kind]
        found.known.append((kind.source, kind.grade))
        found.holds += _activity_holds(activity, kind, shift, stretch)
    return found


def _inside(days: Iterable[float], stretch: Stretch) -> list[float]:
    """Days of the study on which something starts inside a stretch."""
    moved = (day + stretch.origin_d for day in days)
    last = stretch.until_d == inf
    return [day for day in moved if stretch.from_d <= day and (last or day < stretch.until_d)]


def _amount(block: DoseBlock, chosen: float | None) -> float:
    """The amount of one dose in the unit of the block: of flexible ones the chosen, else the upper middle one."""
    if block.flexible:
        return chosen if chosen is not None else sorted(block.flexible)[len(block.flexible) // 2]
    return block.amount if block.amount is not None else 0.0


def _mass(unit: str) -> tuple[str, str, float]:
    """The unit of the mass given, what doses of the body are written in, and hours a rate is per (0 for no rate)."""
    for ending, hours in (("/h", 1.0), ("/min", 1.0 / _MINUTES)):
        if unit.endswith(ending):
            mass, _, _ = _mass(unit.removesuffix(ending))
            return mass, "mg/kg" if mass.endswith("/kg") else "mg", hours
    return unit, "mg/kg" if unit.endswith("/kg") else "mg", 0.0


def _doses(block: DoseBlock, drug: Drug, amount: float, days: Sequence[float], shift: float) -> list[Dose]:
    """The doses of a block for the body; a step of an infusion is a dose of its own."""
    mass, unit, per = _mass(block.unit)
    scale = drug.factor * convert(1.0, mass, unit)
    route = load_routes()[drug.like][block.route]
    hours = block.duration_min / _MINUTES if route.infusion is not None else 0.0
    parts = [(0.0, hours, amount)]
    if block.steps:
        edges = [*(step.from_h for step in block.steps), block.duration_min / _MINUTES]
        parts = [
            (start, end - start, step.rate)
            for (start, end), step in zip(pairwise(edges), block.steps, strict=True)
        ]
    given = []
    for day in days:
        for start, length, rate in parts:
            total = rate * block.duration_min / _MINUTES / per if per and not block.steps else rate
            total = rate * length / per if per and block.steps else total
            if total > 0.0:
                hour = DAY * day + shift + start
                given.append(Dose(hour, drug.like, scale * total, unit, block.route, length))
    return given


def _per_weight(block: DoseBlock, drug: Drug, amount: float, stretch: Stretch) -> float:
    """An amount per kg in the unit of the drug's table; a plain mass is that of a person of the mean weight."""
    if block.unit.endswith("/kg"):
        return convert(amount, block.unit, drug.unit)
    return convert(amount, block.unit, drug.unit.partition("/")[0]) / (
        stretch.arm.population.weight_kg.mean or 1.0
    )


def _drug_holds(
    block: DoseBlock, drug: Drug, amount: float, days: Sequence[float], shift: float, stretch: Stretch
) -> list[Hold]:
    """What a drug without kinetics holds, from its first dose to one interval after the last."""
    mass, unit, _ = _mass(block.unit)
    weight = stretch.arm.population.weight_kg.mean or 1.0
    single = drug.factor * convert(amount, mass, unit) * (weight if unit == "mg/kg" else 1.0)
    between = min((b - a for a, b in pairwise(days)), default=1.0)
    start, end = DAY * days[0] + shift, DAY * min(days[-1] + between, stretch.until_d) + shift
    held = [(one, one.at(single / between)) for one in load_drug_holds()[drug.like]]
    return [Hold(one.input, one.way, level, start, end) for one, level in held if level > 0.0]


def _activity_holds(activity: Activity, kind: Kind, shift: float, stretch: Stretch) -> list[Hold]:
    days = _inside(activity.days, stretch)
    if not days:
        return []
    level = kind.level(activity.intensity)
    until = DAY * stretch.until_d + shift
    if kind.span == "session":
        hours = activity.duration_h or kind.hours
        starts = [DAY * day + shift for day in days]
        return [Hold(kind.input, kind.way, level, start, min(start + hours, until)) for start in starts]
    start = DAY * days[0] + shift
    if activity.duration_h is not None:
        end = DAY * days[-1] + shift + activity.duration_h
    elif kind.span == "course" and len(days) > 1:
        end = DAY * (days[-1] + min(b - a for a, b in pairwise(days))) + shift
    else:  # once: it goes on
        end = inf
    return [Hold(kind.input, kind.way, level, start, min(end, until))]


def _told(arm: Arm) -> str:
    """One arm in words."""
    blocks = [_told_block(block) for block in arm.doses]
    blocks += [f"{activity.kind} {len(activity.days)} times" for activity in arm.activities]
    return ", ".join(blocks) or "nothing is given"


def _told_block(block: DoseBlock) -> str:
    if block.flexible:
        much = " or ".join(f"{amount:g}" for amount in block.flexible) + f" {block.unit} "
    elif block.steps:
        much = " then ".join(f"{step.rate:g}" for step in block.steps) + f" {block.unit} "
    else:
        much = f"{block.amount:g} {block.unit} " if block.amount else ""
    length = f" over {block.duration_min:g} min" if block.duration_min else ""
    times = "once" if len(block.days) == 1 else f"{len(block.days)} times"
    return f"{block.drug} {much}{block.route}{length} {times}"
