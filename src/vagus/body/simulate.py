"""`simulate`: people, a treatment and times in, a `Run` out. A pure function of model, people, doses and seed.

What happens, in order:
 1. the parameters of each person: tables, then conditions, then what is known of the person (`people` draws them);
 2. each person's resting state, from their history, with the traits held (`resting`);
 3. doses and visits become changes at known times (`treatment`);
 4. all people and arms travel through time together (`solve.integrate`), arms sharing their people;
 5. the outputs asked for come back labelled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import did_you_mean, fail
from ..solve.events import Events
from ..solve.integrate import Control, Journey
from .clock import DAY, check_clock, enter, require_cycle
from .condition import Episode
from .legs import Sample, clocked, legs_of, level, ride
from .model import Array, Model
from .resting import Resting, resting_state
from .run import Run
from .travel import travel
from .treatment import Treatment, check_fits, dose_changes

Facts = Mapping[str, str | int | float]
CLOCK = "averaged"  # unless another is asked for: day means
#: Minutes after the first dose of a drug at which the acute course is read.
ACUTE_MINUTES = (
    5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 110, 130, 160, 190, 230, 290, 360, 480, 720, 1440,
)  # fmt: skip
LONG_STEP = 2.0  # hours between two readings of an infusion that runs for days


@dataclass(frozen=True)
class People:
    """People ready to be simulated: what `people.draw` gives.

    Attributes:
        p: parameters (parameters, people).
        weight: kg (people,).
        history: episodes of each person.
        check: resting check of each person.
        condition: key of the condition of each person.
        recipe: how they were made, in words.
        drawn: drawn at random, so that they report with noise and rounding of their own; a typical person does not.
    """

    p: Array
    weight: Array
    history: Sequence[Sequence[Episode]]
    check: Sequence[Mapping[str, tuple[float, float]]]
    condition: Sequence[str]
    recipe: str = ""
    drawn: bool = False


def output_times(treatment: Treatment, days: float) -> Array:
    """Hours at which outputs are read: every day at 08:00 before any dose, and closely after the first of each drug.

    What runs for more than the day after its start is also read while it runs, and closely after its end.
    """
    end = 24.0 * days
    first = {dose.drug: dose.hour for dose in reversed(treatment.doses)}
    edges, between = [*first.values()], [np.arange(0.0, end, 24.0)]
    for hour in first.values():
        until = treatment.runs_until(hour)
        if until - hour > ACUTE_MINUTES[-1] / 60.0:
            edges.append(until)
            between.append(np.arange(hour, until, LONG_STEP))
    minutes = [hour + m / 60.0 for hour in edges for m in (0, *ACUTE_MINUTES)]
    # Rounded, so that an hour reached in two ways is one time; the end is never rounded away.
    inside = np.unique(np.round(np.concatenate([*between, minutes]), 9))
    return np.concatenate([[0.0], inside[(inside > 0.0) & (inside < end - 1e-6)], [end]])


def simulate(
    model: Model,
    people: People,
    arms: Sequence[Treatment],
    days: float,
    outputs: Sequence[str],
    *,
    times: Array | None = None,
    control: Control | None = None,
    resting: Resting | None = None,
    clock: str = CLOCK,
    samples: Sequence[Sample] = (),
    progress: Callable[[float], None] | None = None,
) -> Run:
    """Simulate people under one or more arms.

    Args:
        model: the body.
        people: who.
        arms: treatments; every arm has the same people.
        days: length of the course in days from day 0 08:00.
        outputs: names of states and assignments to record.
        times: hours at which they are read; daily and around the first dose when None.
        control: tolerances.
        resting: where the people start; computed (and kept on disk) when None.
        clock: averaged (day means), full (the 24-hour clock runs) or auto (it runs around the samples).
        samples: measurements at times of the day, given back in `Run.samples`.
        progress: called with the part that is done, 0 to 1.

    Raises:
        VagusError: V410 no time, V408 a dose after the end, V315 an unknown output, V412 an unknown clock,
            V445 times that do not rise, V505 people whose days do not become alike with the clock running.
    """
    if not (np.isfinite(days) and days > 0):
        raise fail("V410", days=f"{days:g}")
    for arm in arms:
        check_fits(arm, days)
    check_clock(clock)
    control = control or Control()
    times = output_times(arms[0], days) if times is None else _checked(times, 24.0 * days)
    rows, names = _rows(model, [*outputs, *(sample.name for sample in samples)])
    rest = resting or resting_state(model, people.p, people.history, people.check, control)
    weights = people.weight.tolist()
    changes = [
        dose_changes(arm, model, weight, 24.0 * days, people.p[:, i])
        for arm in arms
        for i, weight in enumerate(weights)
    ]
    hours = np.union1d(times, [sample.hour for sample in samples])
    course = _Course(model, people, rest, Events(changes), hours, control, rows, arms)
    journey, dividing = _journey(course, clock, samples, progress)
    facts: dict[str, str | int | float] = {"clock": clock, "treatment": arms[0].key, "days": float(days)}
    return _run(course, journey, dividing, names, facts).at(times, list(dict.fromkeys(outputs)), samples)


def _run(course: "_Course", journey: Journey, dividing: Array, names: list[str], facts: Facts) -> Run:
    """The journey labelled: at every hour of the course and with everything that was recorded."""
    model, rest = course.model, course.rest
    shape = (len(course.arms), rest.reason.size)
    failed = np.where(rest.reason != 0, rest.reason, journey.reason.reshape(shape))
    values = _by_name(journey.outputs, names, failed)
    levels = values
    if facts["clock"] != CLOCK:
        levels = {name: value / dividing[k] for k, (name, value) in enumerate(values.items())}
    return Run(
        times=course.times,
        arms=tuple(arm.key for arm in course.arms),
        values=values,
        levels=levels,
        reason=failed,
        stopped=journey.stopped.reshape(shape),
        units={name: model.unit(name) for name in names},
        facts={
            "model": model.key,
            "rtol": course.control.rtol,
            "people": rest.reason.size,
            "recipe": course.people.recipe,
            **facts,
        },
    )


@dataclass(frozen=True)
class _Course:
    """What travels: people at rest, everybody's changes under every arm, when and what to record."""

    model: Model
    people: People
    rest: Resting
    events: Events
    times: Array
    control: Control
    rows: NDArray[np.int64]
    arms: Sequence[Treatment]


def _journey(
    course: _Course,
    clock: str,
    samples: Sequence[Sample],
    progress: Callable[[float], None] | None,
) -> tuple[Journey, Array]:
    """Everybody's way in every arm, and what to divide its values by to get day means (recorded, people, times)."""
    model, control, times, arms = course.model, course.control, course.times, len(course.arms)
    y, p = np.tile(course.rest.y, (1, arms)), np.tile(course.people.p, (1, arms))
    rows = course.rows
    if clock == CLOCK:
        journey = travel(model, y, p, course.events, times, control, rows, progress)
        return journey, np.ones((rows.size, 1, 1))
    entry = enter(model, course.people.p, course.rest, control, course.people.history)
    require_cycle(entry, course.people.recipe)
    ends = (Sample(0.0, ""), Sample(float(times[-1]), ""))
    legs = legs_of(clock, float(times[-1]) / DAY, samples or ends)
    journey = ride(model, y, p, course.events, times, legs, entry.repeated(arms), control, rows, progress)
    dividing = level(model, rows, times, entry, control)
    return journey, np.where(clocked(times, legs), dividing, 1.0)


def _checked(times: Array, end: float) -> Array:
    """The same times when the course can be read at them."""
    times = np.array(times, dtype=np.float64)
    rising = times.ndim == 1 and times.size > 1 and np.isfinite(times).all() and (np.diff(times) > 0).all()
    if not rising or times[0] != 0.0 or times[-1] > end:
        raise fail("V445", problem=f"the times of the outputs do not rise from 0 to at most {end:g} hours")
    return times


def _by_name(outputs: Array, names: list[str], failed: NDArray[np.int64]) -> dict[str, Array]:
    """Outputs (arms, people, times) by name; a person who failed has no numbers at all, so none can be mistaken."""
    shaped = outputs.reshape(len(outputs), len(names), *failed.shape)
    values = {name: np.ascontiguousarray(shaped[:, k].transpose(1, 2, 0)) for k, name in enumerate(names)}
    for value in values.values():
        value[failed != 0] = np.nan
    return values


def _rows(model: Model, outputs: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    names = list(dict.fromkeys(outputs))
    known = [*model.states, *model.outputs]
    for name in names:
        if name not in known:
            raise fail("V315", name=name, hint=did_you_mean(name, known))
    place = {name: row for row, name in enumerate(known)}
    return np.array([place[name] for name in names], dtype=np.int64), names
