"""Stages of a study: everybody together to the end, from phase to phase, or through the periods of a cross-over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from ..body.dose import Dose, is_per_kg
from ..body.model import Array
from ..body.treatment import Treatment, dose_changes
from ..observe import load_instrument
from ..solve.events import Change
from .adjust import Numbers
from .blinding import Encounter, belief_of, care_changes, control_of, encounters_of, felt_by, on_ward
from .candidate import study_defaults
from .kind import load_kind
from .passage import Branch, Road, join
from .population import Group
from .rating import Raters
from .regimen import Stretch, crossover_stretches, phase_arms, phase_stretch, regimen
from .study_record import Arm, Phase, Study

Index = NDArray[np.int64]
_HOUR = 1e-6
_KNOWN = "active-care"  # what people on a ward believe
HOURS = 24.0
_TOLERANCE = "biomarker.cadss_scale"  # who feels a dose strongly tolerates it badly


@dataclass(frozen=True)
class _Plan:
    """What people of an arm get: in words, as changes of each person, and what they believe after the first session."""

    treatment: Treatment
    changes: Sequence[list[Change]]
    belief: Array
    control: str


@dataclass(frozen=True)
class ArmCourse:
    """An arm that was travelled.

    Attributes:
        name: of the arm, with its phase where the arm has another one before.
        arm: as the study says.
        rows: places of its people in their group.
        start: hour of the study at which the own period began (people,).
        occasion: number of that period, 0 for the first (people,).
        values: outputs by name (people, times) at the hours of the road after the start of the period.
        belief, control, treatment: of the plan.
        entered: hour at which the phase began.
    """

    name: str
    arm: Arm
    rows: Index
    start: Array
    occasion: Index
    values: Mapping[str, Array]
    belief: Array
    control: str
    treatment: Treatment
    entered: float = 0.0


def pass_through(
    numbers: Numbers,
    study: Study,
    arms: Sequence[Arm],
    groups: Mapping[str, Group],
    road: Road,
    raters: Raters,
) -> list[ArmCourse]:
    """Every arm of a study with its people.

    Args:
        numbers: of the population.
        study: what is done.
        arms: those that can be simulated.
        groups: recruited people by name of the arm.
        road: hours, outputs and tolerances.
        raters: who decides about response where a phase asks for it.
    """
    stage = Stage(numbers, study, groups, road, raters)
    if study.crossover is not None:
        return _cross_over(stage, arms)
    by_name = {arm.name: arm for arm in arms}
    end = float(road.hours[-1])
    if not study.phases:
        ways = [stage.set_out(arm, (Stretch(_at_eight(arm)),)) for arm in arms]
        road.advance([way.branch for way in ways], 0.0, end)
        return [stage.course(way) for way in ways]
    names = [name for name in phase_arms(study, 0) if name in by_name]
    ways = [stage.set_out(by_name[name], (_stretch(study, 0, name),)) for name in names]
    done: list[_Way] = []
    at = 0.0
    for index, phase in enumerate(study.phases[1:], start=1):
        start = HOURS * phase.start_d
        road.advance([way.branch for way in ways], at, start)
        done += ways
        ways = stage.next_phase(index, ways, by_name, {way.name for way in done})
        at = start
    road.advance([way.branch for way in ways], at, end)
    return [stage.course(way) for way in (*done, *ways)]


@dataclass(frozen=True)
class _Way:
    """People of an arm on their way: which, through which stretches, and since when."""

    arm: Arm
    name: str
    rows: Index
    stretches: tuple[Stretch, ...]
    plan: _Plan
    branch: Branch
    entered: float


@dataclass(frozen=True)
class Stage:
    """What every stage of a study works with; see `pass_through`."""

    numbers: Numbers
    study: Study
    groups: Mapping[str, Group]
    road: Road
    raters: Raters

    def plan(self, arm: Arm, stretches: tuple[Stretch, ...]) -> _Plan:
        """What everybody of the arm's population gets and believes who goes through these stretches."""
        return plan_of(self.numbers, self.study, arm, stretches, self.groups[arm.name], self.road)

    def set_out(self, arm: Arm, stretches: tuple[Stretch, ...]) -> _Way:
        """The people of an arm at the start."""
        group, plan = self.groups[arm.name], self.plan(arm, stretches)
        branch = self.road.start(group.y, group.people.p, plan.changes)
        return _Way(arm, arm.name, np.arange(group.size), stretches, plan, branch, 0.0)

    def course(self, way: _Way) -> ArmCourse:
        """What became of them."""
        zeros, plan = np.zeros(way.rows.size), way.plan
        values = self.road.outputs(way.branch)
        return ArmCourse(
            way.name, way.arm, way.rows, zeros, zeros.astype(np.int64), values, plan.belief[way.rows], plan.control,
            plan.treatment, way.entered,
        )  # fmt: skip

    def next_phase(
        self, index: int, before: Sequence[_Way], arms: Mapping[str, Arm], taken: set[str]
    ) -> list[_Way]:
        """Who goes on, each in every arm of the new phase: its arms share their people again.

        An arm whose name is taken by a phase before gets that of its phase as well.
        """
        phase = self.study.phases[index]
        start = HOURS * phase.start_d
        entering = [
            np.flatnonzero(entrants(phase, way, self.groups, self.road, self.raters)) for way in before
        ]
        found = []
        for name in phase_arms(self.study, index):
            if name not in arms:
                continue
            arm, parts, rows = arms[name], [], []
            plan = None
            for way, who in zip(before, entering, strict=True):
                if way.arm.population != arm.population or (not phase.randomise and way.arm.name != name):
                    continue
                path = (*way.stretches, _stretch(self.study, index, name))
                plan = self.plan(arm, path)
                mine = way.rows[who]
                rows.append(mine)
                parts.append(self.road.fork(way.branch, who, [plan.changes[i] for i in mine]))
            if plan is not None:
                own = f"{name} ({phase.name})" if name in taken else name
                found.append(_Way(arm, own, np.concatenate(rows), path, plan, join(parts), start))
        return found


def entrants(
    phase: Phase, way: _Way, groups: Mapping[str, Group], road: Road, raters: Raters
) -> NDArray[np.bool_]:
    """(people,) who enters a phase by the score on its first day."""
    good = way.branch.failed == 0
    group = groups[way.arm.name]
    if phase.enter_if == "all" or phase.measure is None or phase.measure.kind != "score":
        return good
    scale = load_instrument(phase.measure.key)
    start = HOURS * phase.start_d
    until = road.hours <= start + _HOUR
    values = {name: value[:, until] for name, value in road.outputs(way.branch).items()}
    who = group.who[way.rows].tolist()
    visits = np.array([0.0, start])
    severity = group.severity_on(scale)[way.rows]
    totals = raters.totals(scale, who, severity, road.hours[until], values, visits)
    before, now = totals[:, 0], totals[:, 1]
    share = phase.cutoff.get("response", scale.response.value if scale.response else 0.5)
    responded = (before - now >= share * (before - scale.total_low)) & (before > scale.total_low)
    if phase.enter_if == "response":
        return good & responded
    if phase.enter_if == "nonresponse":
        return good & ~responded
    usual = scale.remission.value if scale.remission else scale.total_low
    return good & (now <= phase.cutoff.get("remission", usual))


def plan_of(
    numbers: Numbers, study: Study, arm: Arm, stretches: tuple[Stretch, ...], group: Group, road: Road
) -> _Plan:
    """What everybody in an arm gets and believes.

    Args:
        numbers: of the population.
        study: for the control the arm stands in.
        arm: whose blinding counts.
        stretches: what is given, from one day to another.
        group: to whom.
        road: hours and tolerances.
    """
    end = float(road.hours[-1]) + _HOUR
    control = control_of(study, arm)
    background = [replace(one, visits=()) for one in group.background if one.doses]
    changes: list[list[Change]] = [[] for _ in range(group.size)]
    belief = np.zeros(group.size)
    for chosen, who in flexible_doses(numbers, stretches, group):
        treatment = regimen(stretches, chosen=chosen)
        part = group.take(who)
        encounters = encounters_of(stretches, treatment.doses, control, end, study.arms)
        if any(load_kind(trait).ward for trait in study.population.traits):
            encounters += on_ward(arm.name, control, end)
        given = _given(numbers, part, (treatment, *background), end)
        beliefs = _beliefs(numbers, stretches, control, treatment, encounters, part, road)
        care = care_changes(numbers, encounters, beliefs, part.size)
        for k, person in enumerate(who.tolist()):
            changes[person] = given[k] + care[k]
        belief[who] = beliefs[0] if beliefs else 0.0
    return _Plan(regimen(stretches), changes, belief, control)


def _beliefs(
    numbers: Numbers,
    stretches: Sequence[Stretch],
    control: str,
    treatment: Treatment,
    encounters: Sequence[Encounter],
    group: Group,
    road: Road,
) -> list[Array]:
    """Belief (people,) at each encounter; what is felt of equal doses is found once."""
    felt: dict[tuple[Dose, ...], Array] = {}
    said = {stretch.arm.name: stretch.arm.blinding.expectancy for stretch in stretches}
    found = []
    for encounter in encounters:
        doses = tuple(replace(dose, hour=dose.hour - encounter.hour) for dose in encounter.doses)
        if doses not in felt:
            alone = replace(treatment, doses=doses, visits=(), holds=(), jumps=())
            own = _given(numbers, group, (alone,), HOURS) if doses else []
            felt[doses] = felt_by(numbers.model, group.people.p, group.y, doses, own, road.control)
        told = said.get(encounter.arm)
        if encounter.kind == "ward":
            found.append(np.full(group.size, numbers.belief(_KNOWN)))
            continue
        belief = belief_of(numbers, control, felt[doses])
        found.append(belief if told is None else np.full(group.size, told))
    return found


def flexible_doses(
    numbers: Numbers, stretches: Sequence[Stretch], group: Group
) -> list[tuple[dict[tuple[str, int], float], Index]]:
    """Who gets which of the flexible amounts, by tolerance; everybody together where nothing is flexible.

    Those in whom a dose alters perception least get the highest amount, a share of people that the table tells
    (`study_people.toml`); the others the lower ones, in equal parts.
    """
    blocks = {
        (stretch.arm.name, index): tuple(sorted(block.flexible))
        for stretch in stretches
        for index, block in enumerate(stretch.arm.doses)
        if block.flexible
    }
    everybody = np.arange(group.size)
    if not blocks:
        return [({}, everybody)]
    share = float(study_defaults()["flexible"]["highest"])
    sensitive = group.people.p[numbers.model.parameter(_TOLERANCE)]
    rank = np.argsort(np.argsort(sensitive, kind="stable"), kind="stable") / max(group.size, 1)
    most = max(len(amounts) for amounts in blocks.values())
    edges = np.concatenate([[0.0], share + (1.0 - share) * np.arange(most) / max(most - 1, 1)])
    edges[-1] = np.inf
    found = []
    for step in range(most):
        who = everybody[(rank >= edges[step]) & (rank < edges[step + 1])]
        if who.size:
            chosen = {key: amounts[max(len(amounts) - 1 - step, 0)] for key, amounts in blocks.items()}
            found.append((chosen, who))
    return found


def _given(numbers: Numbers, group: Group, treatments: Sequence[Treatment], end: float) -> list[list[Change]]:
    """What doses and holds change in each person; found once where nobody's weight or own numbers matter."""
    model, people = numbers.model, group.people
    changes: list[list[Change]] = [[] for _ in range(group.size)]
    for one in treatments:
        alike = not one.all_holds and not any(is_per_kg(dose.unit) for dose in one.doses)
        shared = dose_changes(one, model, float(people.weight[0]), end, people.p[:, 0]) if alike else []
        for i, weight in enumerate(people.weight.tolist()):
            changes[i] += shared if alike else dose_changes(one, model, weight, end, people.p[:, i])
    return changes


def _at_eight(arm: Arm) -> Arm:
    """The arm with its first dose at hour 0: day means know no time of the day, and outcomes count from that dose."""
    return replace(arm, first_dose_clock="08:00")


def _stretch(study: Study, index: int, name: str) -> Stretch:
    stretch = phase_stretch(study, index, name)
    last = index == len(study.phases) - 1
    return replace(stretch, arm=_at_eight(stretch.arm), until_d=inf if last else stretch.until_d)


def _cross_over(stage: Stage, arms: Sequence[Arm]) -> list[ArmCourse]:
    """Each sequence with the same people; an arm has everybody who is in it in any period."""
    study = stage.study
    assert study.crossover is not None
    by_name = {arm.name: arm for arm in arms}
    alone = {
        name: stage.plan(arm, (Stretch(_at_eight(arm)),)) for name, arm in by_name.items()
    }  # what is told of an arm: its belief and what it gets
    parts: dict[str, list[ArmCourse]] = {}
    for sequence in study.crossover.order:
        if all(name in by_name for name in sequence):
            for course in _sequence(stage, [by_name[name] for name in sequence], alone):
                parts.setdefault(course.name, []).append(course)
    return [_stack(own) for own in parts.values()]


def _sequence(stage: Stage, arms: Sequence[Arm], alone: Mapping[str, _Plan]) -> list[ArmCourse]:
    """One sequence of a cross-over: a course for each of its periods, told from the start of that period."""
    road, names = stage.road, [arm.name for arm in arms]
    stretches = tuple(replace(one, arm=_at_eight(one.arm)) for one in crossover_stretches(stage.study, names))
    starts = [HOURS * one.origin_d for one in stretches]
    hours = np.unique(np.round(np.concatenate([start + road.hours for start in starts]), 6))
    long = replace(road, hours=hours)
    group = stage.groups[names[0]]
    plan = plan_of(stage.numbers, stage.study, arms[0], stretches, group, long)
    branch = long.start(group.y, group.people.p, plan.changes)
    long.advance([branch], 0.0, float(hours[-1]))
    rows, size = np.arange(group.size), group.size
    found = []
    for k, arm in enumerate(arms):
        at = np.searchsorted(hours, np.round(starts[k] + road.hours, 6))
        values = {key: value[:, at] for key, value in long.outputs(branch).items()}
        start, occasion, own = np.full(size, starts[k]), np.full(size, k, dtype=np.int64), alone[arm.name]
        what = (own.belief, own.control, own.treatment)
        found.append(ArmCourse(arm.name, arm, rows, start, occasion, values, *what))
    return found


def _stack(courses: Sequence[ArmCourse]) -> ArmCourse:
    first = courses[0]
    return replace(
        first,
        rows=np.concatenate([one.rows for one in courses]),
        start=np.concatenate([one.start for one in courses]),
        occasion=np.concatenate([one.occasion for one in courses]),
        values={key: np.concatenate([one.values[key] for one in courses]) for key in first.values},
        belief=np.concatenate([one.belief for one in courses]),
    )
