"""`run_trial`: a study, published or planned, with virtual people.

The people of all arms are the same persons (common random numbers), so that a difference between arms is one of the
treatment and not of chance; what a study of its own size would show is told by resampling arms apart (`predict`).
What happens: people are recruited (`population`), each arm gets its doses, visits and beliefs (`regimen`, `blinding`),
everybody travels together (`passage`), phases and cross-overs send people on (`stages`), raters write down totals
(`rating`), some people leave (`dropout`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..body.caution import outside_studied
from ..body.model import Array, Model
from ..body.treatment import Treatment
from ..errors import VagusError, fail
from ..observe import RELIEF, Instrument, load_instrument, usual_instruments
from ..solve.integrate import Control
from .adjust import numbers_of
from .cluster import Cluster
from .daytime import EVERY, MOST_DAYS, of_the_moment, read_with_clock
from .dropout import Leaving, leave
from .passage import Road
from .population import Group, recruit
from .rating import Raters, observables_of
from .severity import SCREENING_HOUR
from .stages import ArmCourse, pass_through
from .study_record import Arm, Outcome, Study

Index = NDArray[np.int64]
LEAST_PEOPLE = 200  # of an arm that is simulated, however small the study was
MOST_BY_DEFAULT = 2000
_EARLY_DAYS = (0.0, 1.0, 2.0, 3.0)
_WEEK = 7.0
_MINUTE = 1.0 / 60.0
_WATCH = 3.5  # days between looks for relapse
_DENSE = ("cmax", "tmax", "auc", "bioavailability")
_RELAPSES = ("relapse", "hazard_ratio", "median_time")
#: Minutes after a dose at which the course in blood is read when its peak or area is asked for.
_MINUTES = (*range(0, 120, 4), *range(120, 360, 15), *range(360, 1441, 60))
TRIAL_CONTROL = Control(rtol=1e-4, atol=1e-7)


@dataclass(frozen=True)
class TrialArm:
    """What one arm of a trial became.

    Attributes:
        name: of the arm.
        arm: as the study file says.
        group: the people it is drawn from.
        rows: which of them are in the arm (people,), once for each period of a cross-over they have it in.
        start: hour of the study at which the arm began for each (people,).
        values: outputs by name (people, times), at `Trial.hours` after the start of the arm's own period.
        totals: scores by key of the instrument (people, visits).
        screening: totals at the screening visit by key (people,).
        belief: belief after the first session (people,).
        leaving: who left when, and which visits were missed.
        entered: hour at which an arm of a later phase began; 0 for the others.
        control: the control the arm stood in.
        treatment: what was given, in words.
    """

    name: str
    arm: Arm
    group: Group
    rows: Index
    start: Array
    values: Mapping[str, Array]
    totals: Mapping[str, Array]
    screening: Mapping[str, Array]
    belief: Array
    leaving: Leaving
    entered: float
    control: str
    treatment: Treatment

    @property
    def size(self) -> int:
        """Number of virtual people."""
        return int(self.rows.size)


@dataclass(frozen=True)
class Trial:
    """What `run_trial` gives.

    Attributes:
        study: what was run.
        arms: by name; arms without a model are left out.
        hours: at which outputs are recorded (times,).
        visits: hours of the ratings (visits,).
        seed: base seed.
        count: people recruited for each population.
        recipe: how people were made and what else a reader should know, in sentences.
        adjust: the population set.
        model: key of the model.
    """

    study: Study
    arms: Mapping[str, TrialArm]
    hours: Array
    visits: Array
    seed: int
    count: int
    recipe: tuple[str, ...]
    adjust: Mapping[str, float]
    model: str
    unrun: Mapping[str, str] = field(default_factory=dict)

    def at(self, name: str, hour: float) -> TrialArm | None:
        """The people of an arm at an hour: of several phases the latest that has begun; None when none has."""
        known = [arm for arm in self.arms.values() if arm.arm.name == name]
        begun = [arm for arm in known if arm.entered < hour or arm.entered == 0.0]
        at_once = [arm for arm in known if arm.entered <= hour + _MINUTE]  # who begins at that very hour
        return max(begun or at_once, key=lambda arm: arm.entered, default=None)


def run_trial(
    model: Model,
    study: Study,
    *,
    count: int | None = None,
    seed: int = 1,
    adjust: Mapping[str, float] | None = None,
    control: Control | None = None,
    progress: Callable[[float], None] | None = None,
    schedule: Sequence[float] | None = None,
    pilot: int | None = None,
    cluster: Cluster | None = None,
) -> Trial:
    """A study with virtual people.

    Args:
        model: the body.
        study: what is done, to whom, and what is looked at.
        count: virtual people of each arm; those of the largest arm, at least 200, when None.
        seed: base seed of all random streams.
        adjust: numbers of the population by key, see `adjust`.
        control: tolerances.
        progress: called with the part that is done.
        schedule: days at which everybody is rated, beside those of outcomes and every week.
        pilot: people with whom the severity of the study is matched; the usual number when None.
        cluster: where people are found and followed; here when None. The numbers are the same.

    Raises:
        VagusError: V409 no people, V460-V464 a population that cannot be, V465 no arm has a model, V122-V126
            what goes wrong on a cluster.
    """
    numbers = numbers_of(model, adjust)
    control = control or TRIAL_CONTROL
    size = _size(study) if count is None else count
    if size < 1:
        raise fail("V409", n=size)
    tell = progress or _quietly
    wanted = [arm for arm in study.arms if arm.reason is None]
    unrun = {arm.name: arm.reason for arm in study.arms if arm.reason is not None}
    if not wanted:
        raise fail("V465", study=study.id, reason=next(iter(unrun.values())), **study.place("arm"))
    groups: dict[str, Group] = {}
    for k, arm in enumerate(wanted):
        same = next((one.name for one in wanted[:k] if one.population == arm.population), None)
        people = (numbers, arm.population, size, seed, study.id, control)
        with _placed(study, arm):
            groups[arm.name] = groups[same] if same else recruit(*people, pilot=pilot, cluster=cluster)
        tell(0.3 * (k + 1) / len(wanted))
    scales, visits = _scales(study), _visits(study, schedule)
    road = Road(model, _hours(study, visits), _names(study, scales), control, cluster)
    raters = Raters(numbers, seed, study.id)
    courses = pass_through(numbers, study, wanted, groups, road, raters)
    tell(0.9)
    arms = {
        course.name: _arm(course, groups[course.arm.name], road, scales, visits, raters, study)
        for course in (_clocked(course, groups, road, study) for course in courses)
    }
    tell(1.0)
    told = _recipe(study, groups, arms)
    return Trial(study, arms, road.hours, visits, seed, size, told, numbers.adjust, model.key, unrun)


def _quietly(part: float) -> None:
    """Nobody wants to know how far the trial is."""


@contextmanager
def _placed(study: Study, arm: Arm) -> Iterator[None]:
    """Errors about people who cannot be are placed at the population of the arm."""
    try:
        yield
    except VagusError as error:
        if error.place:
            raise
        own = ("arm", study.arms.index(arm)) if arm.own_population else ()
        place = study.place(*own, "population")
        raise VagusError(error.code, error.message, hint=error.hint, **place) from None


def _clocked(course: ArmCourse, groups: Mapping[str, Group], road: Road, study: Study) -> ArmCourse:
    """The course with what depends on the time of the day read with the 24-hour clock running."""
    moments = of_the_moment(road.names) if study.duration_d <= MOST_DAYS else ()
    if not moments:
        return course
    if course.rows.size == 0:
        return course
    group = groups[course.arm.name].take(course.rows)
    read = read_with_clock(road.model, course.arm, group, moments, road.hours, road.control)
    return replace(course, values={**course.values, **read})


def _size(study: Study) -> int:
    return int(np.clip(max(arm.n for arm in study.arms), LEAST_PEOPLE, MOST_BY_DEFAULT))


def asked(study: Study) -> list[Outcome]:
    """Everything the study looks at that the model can say."""
    return [one for one in (*study.outcomes, *study.endpoints) if one.reason is None]


def read_direct(scale: Instrument) -> bool:
    """Whether a scale is an output in points already: all its items see one thing that is counted in its points."""
    return len(scale.domains) == 1 and scale.domains[0] == "dissociation"


def _scales(study: Study) -> list[Instrument]:
    """The scales that are asked: those of the file, and the usual ones where it looks at nothing at all."""
    keys = [one.measure.key for one in asked(study) if one.measure and one.measure.kind == "score"]
    keys += [phase.measure.key for phase in study.phases if phase.measure and phase.measure.kind == "score"]
    for arm in study.arms:
        keys += [one.measure.key for one in arm.population.severity if one.measure.kind == "score"]
    if not study.outcomes and not study.endpoints:
        keys += usual_instruments()
    return [load_instrument(key) for key in dict.fromkeys(keys)]


def _names(study: Study, scales: Sequence[Instrument]) -> tuple[str, ...]:
    names = [name for scale in scales for name in observables_of(scale)]
    names += [one.measure.key for one in asked(study) if one.measure and one.measure.kind == "output"]
    return tuple(dict.fromkeys([*names, RELIEF]))


def _visits(study: Study, schedule: Sequence[float] | None) -> Array:
    """Hours at which people are rated, rising."""
    end = study.duration_d
    days = [*_EARLY_DAYS, *np.arange(0.0, end + 1e-9, _WEEK), *(schedule or ())]
    days += [one.time_d for one in asked(study) if one.time_d is not None]
    days += [day for phase in study.phases for day in (phase.start_d, phase.until_d)]
    if any(one.quantity in _RELAPSES for one in asked(study)):
        days += list(np.arange(0.0, end + 1e-9, _WATCH))
    hours = np.unique(np.round([24.0 * day for day in days if 0.0 <= day <= end], 6))
    return np.asarray(hours, dtype=np.float64)


def _hours(study: Study, visits: Array) -> Array:
    """Hours at which outputs are recorded: daily, at the visits, and closely after doses where peaks are asked for."""
    end = 24.0 * study.duration_d
    hours = [np.arange(0.0, end + 1e-9, 24.0), visits, np.array([end])]
    if any(one.quantity in _DENSE for one in asked(study)):
        minutes = np.array(_MINUTES) / 60.0
        starts = {24.0 * block.days[0] for arm in study.arms for block in arm.doses if block.days}
        ends = {
            24.0 * block.days[0] + block.duration_min / 60.0
            for arm in study.arms
            for block in arm.doses
            if block.days
        }
        hours += [start + minutes for start in sorted(starts | ends)]
    if any(one.measure and of_the_moment([one.measure.key]) for one in asked(study)):
        hours.append(np.arange(0.0, min(24.0, end) + 1e-9, EVERY))
    every = np.unique(np.round(np.concatenate(hours), 6))
    return every[(every >= 0.0) & (every <= end + 1e-6)]


def _arm(
    course: ArmCourse,
    group: Group,
    road: Road,
    scales: Sequence[Instrument],
    visits: Array,
    raters: Raters,
    study: Study,
) -> TrialArm:
    """The totals raters wrote down, and who left."""
    who = group.who[course.rows]
    totals: dict[str, Array] = {}
    screening: dict[str, Array] = {}
    for scale in scales:
        if read_direct(scale):
            value = course.values[observables_of(scale)[0]]
            totals[scale.key] = np.array([np.interp(visits, road.hours, row) for row in value])
            screening[scale.key] = totals[scale.key][:, 0]
            continue
        severity = group.severity_on(scale)[course.rows]
        totals[scale.key] = np.empty((who.size, visits.size))
        screening[scale.key] = np.empty(who.size)
        for occasion in np.unique(course.occasion):
            mine = np.flatnonzero(course.occasion == occasion)
            own = replace(raters, occasion=f" again {occasion}" if occasion else "")
            values = {name: value[mine] for name, value in course.values.items()}
            index = who[mine].tolist()
            totals[scale.key][mine] = own.totals(scale, index, severity[mine], road.hours, values, visits)
            start = {name: value[:, :1] for name, value in values.items()}
            before = own.before(scale, index, severity[mine], start, np.array([SCREENING_HOUR]))
            screening[scale.key][mine] = before[:, 0]
    key = next(
        (one.measure.key for one in course.arm.population.severity if one.measure.kind == "score"), None
    )
    if key is None:
        key = next(iter(totals), None)
    lowest = 0.0 if key is None else load_instrument(key).total_low
    scores = None if key is None else totals[key]
    leaving = leave(study.dropout, scores, visits, who.tolist(), raters, lowest)
    return TrialArm(
        course.name,
        course.arm,
        group,
        course.rows,
        course.start,
        course.values,
        totals,
        screening,
        course.belief,
        leaving,
        course.entered,
        course.control,
        course.treatment,
    )


def _recipe(study: Study, groups: Mapping[str, Group], arms: Mapping[str, TrialArm]) -> tuple[str, ...]:
    told = list(study.notes)
    for group in {id(one): one for one in groups.values()}.values():
        told += group.recipe
    told.append(
        "The arms share their people (common random numbers); a study of the published size is drawn from them."
    )
    for arm in (one for one in arms.values() if one.size):
        lost = int((~np.isfinite(next(iter(arm.values.values()))[:, 0])).sum())
        if lost:
            told.append(
                f"{arm.name}: {lost} of {arm.size} people could not be followed to the end and are left out."
            )
        weight = float(arm.group.people.weight.mean())
        told += [f"{arm.name}: {words}" for words, _ in outside_studied(arm.treatment.doses, weight)]
        told.append(
            f"{arm.name}: control '{arm.control}', belief after the first dose {arm.belief.mean():.2f} on average."
        )
    return tuple(dict.fromkeys(told))
