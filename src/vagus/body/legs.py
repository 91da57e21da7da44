"""A course in legs: stretches with the 24-hour clock and stretches in day means, joined at 08:00.

`auto` runs the clock from one day before to one day after each timed sample, and day means between. How states are
handed over is written at the top of `clock`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import did_you_mean, fail
from ..solve.events import Events
from ..solve.integrate import Control, Journey
from ..solve.reasons import Reason
from ..tables import atlas_path, read_toml
from .clock import (
    ASLEEP,
    AWAKE_MEMORY,
    CLOCK_STATES,
    DAY,
    Entry,
    clock_hour,
    cycle_of,
    started,
    with_light,
)
from .model import Array, Model
from .travel import travel
from .treatment import DAY_ZERO_CLOCK

#: A leg with the clock is cut into pieces of this length: the light of every day stands in memory for each person.
MOST_DAYS = 28.0
LEAST_RATIO = 1e-3  # of a value to its day mean, to divide by
_SAMPLE = re.compile(r"\s*day\s+(\d+(?:\.\d+)?)\s+(\d\d:\d\d)\s+([\w.]+)\s*")
CORTISOL = "biomarker.cortisol_now"
_NOW = "_now"  # ending of the output that a sample means: not the day mean but the value of that moment


@dataclass(frozen=True)
class Leg:
    """A stretch of a course, in hours after day 0 08:00, with the clock running or in day means."""

    start: float
    end: float
    full: bool


@dataclass(frozen=True)
class Sample:
    """A measurement at a time of the day: hours after day 0 08:00 and the name of an output or state."""

    hour: float
    name: str

    @property
    def day(self) -> int:
        """The calendar day, 0 for the first."""
        return int((self.hour + DAY_ZERO_CLOCK) // DAY)

    @property
    def clock(self) -> str:
        """The time of the day, such as 22:00."""
        minutes = round(60.0 * ((self.hour + DAY_ZERO_CLOCK) % DAY))
        return f"{minutes // 60:02d}:{minutes % 60:02d}"


def read_sample(text: str, model: Model, days: float) -> Sample:
    """A sample from words such as "day 1 08:00 cortisol".

    Raises:
        VagusError: V413 when it is not written so, V315 for an unknown name, V445 for a time outside the course.
    """
    found = _SAMPLE.fullmatch(text)
    if found is None:
        raise fail("V413", key="sample", value=text, hint="write it as 'day 1 08:00 cortisol'")
    hour = DAY * float(found[1]) + clock_hour(found[2], "sample") - DAY_ZERO_CLOCK
    name = _meant(found[3], model)
    if not 0.0 <= hour <= DAY * days:
        raise fail("V445", problem=f"the sample '{text.strip()}' lies outside the course of {days:g} days")
    return Sample(hour, name)


@lru_cache(maxsize=1)
def slope_hours() -> tuple[float, float]:
    """Clock times between which the cortisol slope is taken, from `atlas/composites.toml`."""
    rule = read_toml(atlas_path("composites.toml"))["cortisol_slope"]
    return float(rule["first"]), float(rule["last"])


def usual_samples(outcome_days: Iterable[float], days: float) -> tuple[Sample, ...]:
    """Plasma cortisol at 08:00 and 22:00 of the outcome days inside a course."""
    hours = [DAY * day + clock - DAY_ZERO_CLOCK for day in outcome_days for clock in slope_hours()]
    return tuple(Sample(hour, CORTISOL) for hour in hours if 0.0 <= hour <= DAY * days)


def cortisol_slopes(samples: Sequence[tuple[Sample, Array]]) -> dict[int, Array]:
    """The fall of the logarithm of cortisol per hour from 08:00 to 22:00, by day, where both were sampled."""
    morning, evening = slope_hours()
    found = {(s.day, (s.hour + DAY_ZERO_CLOCK) % DAY): value for s, value in samples if s.name == CORTISOL}
    return {
        day: np.log(value / found[day, evening]) / (evening - morning)
        for (day, hour), value in found.items()
        if hour == morning and (day, evening) in found
    }


def legs_of(clock: str, days: float, samples: Sequence[Sample] = ()) -> list[Leg]:
    """The legs of a course.

    Args:
        clock: averaged, full or auto.
        days: length of the course.
        samples: timed samples; for auto.
    """
    end = DAY * days
    if clock == "averaged":
        return [Leg(0.0, end, False)]
    if clock == "full":
        edges = [*np.arange(0.0, end, DAY * MOST_DAYS), end]
        return [Leg(float(a), float(b), True) for a, b in pairwise(edges) if b > a]
    spans: list[list[float]] = []
    for hour in sorted(sample.hour for sample in samples):
        first = max(DAY * np.floor((hour - DAY) / DAY), 0.0)
        last = min(DAY * np.ceil((hour + DAY) / DAY), end)
        if spans and first <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], last)
        else:
            spans.append([first, last])
    return _with_day_means(spans, end)


def _with_day_means(spans: Sequence[Sequence[float]], end: float) -> list[Leg]:
    legs: list[Leg] = []
    at = 0.0
    for first, last in spans:
        if first > at:
            legs.append(Leg(at, first, False))
        cuts = [*np.arange(first, last, DAY * MOST_DAYS), last]
        legs += [Leg(float(a), float(b), True) for a, b in pairwise(cuts)]
        at = last
    return [*legs, Leg(at, end, False)] if at < end else legs


def ride(
    model: Model,
    y: Array,
    p: Array,
    events: Events,
    times: Array,
    legs: Sequence[Leg],
    entry: Entry,
    control: Control,
    select: NDArray[np.int64],
    progress: Callable[[float], None] | None = None,
) -> Journey:
    """People through all legs; what a `Journey` says.

    Args:
        model: the body.
        y: states at time 0 in day means (states, people).
        p: parameters (parameters, people).
        events: changes at known times.
        times: output times in hours, rising from 0; a time on the edge of two legs is read with the clock running.
        legs: the course, one leg after the other.
        entry: these people at 08:00 with the clock running.
        control: tolerances.
        select: what to record.
        progress: called with the part that is done.
    """
    people, whole = y.shape[1], legs[-1].end
    out = np.full((times.size, select.size, people), np.nan)
    reason, steps = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
    stopped, last_y, last_p = np.zeros(people), y.copy(), p.copy()
    awake = entry.y[[model.state(name) for name in CLOCK_STATES]]
    running = False
    for leg in legs:
        who = np.flatnonzero(reason == Reason.FINISHED)
        if who.size == 0:
            break
        here, own = last_y[:, who], entry.ratio[:, who]
        if leg.full and not running:
            here = entry.y[:, who] if leg.start == 0.0 else _wake(model, here, own, awake[:, who])
        elif running and not leg.full:
            here, awake[:, who] = _rest(model, here, own, y[model.state(ASLEEP), who])
        running = leg.full
        journey, mine = _one_leg(model, here, last_p[:, who], events, times, leg, whole, who, control, select)
        _keep(out, journey.outputs, mine, leg, who)
        last_y[:, who], last_p[:, who] = journey.y, journey.p
        reason[who], stopped[who] = journey.reason, journey.stopped
        steps[who] += journey.steps
        if progress is not None:
            progress(leg.end / whole)
    return Journey(out, last_y, last_p, reason, steps, stopped)


def _one_leg(
    model: Model,
    y: Array,
    p: Array,
    events: Events,
    times: Array,
    leg: Leg,
    whole: float,
    who: NDArray[np.int64],
    control: Control,
    select: NDArray[np.int64],
) -> tuple[Journey, NDArray[np.bool_]]:
    """The journey of this leg at its edges and the output times inside, and which output times these are."""
    mine = (times >= leg.start) & (times <= leg.end)
    at = np.unique(np.concatenate([[leg.start], times[mine], [leg.end]]))
    own = events.between(leg.start, leg.end, who, closed=leg.end >= whole)
    if leg.full:
        own = with_light(model, own, leg.start, leg.end)
    journey = travel(model, y, started(model, p, leg.full), own, at, control, select)
    return _at(journey, np.searchsorted(at, times[mine])), mine


def _at(journey: Journey, rows: NDArray[np.int64]) -> Journey:
    return Journey(
        journey.outputs[rows], journey.y, journey.p, journey.reason, journey.steps, journey.stopped
    )


def _keep(out: Array, outputs: Array, mine: NDArray[np.bool_], leg: Leg, who: NDArray[np.int64]) -> None:
    """Write a leg's outputs; on an edge the leg with the clock wins, else the later one."""
    rows = np.flatnonzero(mine)
    if not leg.full and rows.size:
        filled = np.isfinite(out[rows][:, :, who]).all(axis=(1, 2))
        rows, outputs = rows[~filled], outputs[~filled]
    if rows.size:
        out[np.ix_(rows, np.arange(out.shape[1]), who)] = outputs


def _wake(model: Model, y: Array, ratio: Array, awake: Array) -> Array:
    """From day means to 08:00 of a running day."""
    there = y * ratio[: len(model.states)]
    there[[model.state(name) for name in CLOCK_STATES]] = awake
    return there


def _rest(model: Model, y: Array, ratio: Array, share: Array) -> tuple[Array, Array]:
    """From 08:00 of a running day to day means, and the states of the clock to come back to.

    Asleep is the share of the day again: that of the person at rest, from where it finds its own.
    """
    rows = [model.state(name) for name in CLOCK_STATES]
    awake = y[rows].copy()
    there = y / ratio[: len(model.states)]
    there[rows] = awake
    there[model.state(ASLEEP)] = share
    there[model.state(AWAKE_MEMORY)] = 1.0 - share
    return there, awake


def level(model: Model, rows: NDArray[np.int64], times: Array, entry: Entry, control: Control) -> Array:
    """What to divide values read with the clock running by, to get day means (rows, people, times).

    It is the person's own ratio at 08:00, and over the hours of the day the healthy one.

    Args:
        model: the body.
        rows: of the states followed by the outputs.
        times: hours.
        entry: the people with the clock running.
        control: tolerances.
    """
    cycle = cycle_of(model, control)
    morning = cycle.ratio(np.zeros(1))[rows]
    shape = cycle.ratio(times)[rows] / np.where(morning == 0.0, 1.0, morning)
    dividing = entry.ratio[rows][:, :, None] * shape[:, None, :]
    return np.where(
        np.abs(dividing) < LEAST_RATIO, 1.0, dividing
    )  # light at night has no day mean to go back to


def clocked(times: Array, legs: Sequence[Leg]) -> NDArray[np.bool_]:
    """(times,) which output times are read with the clock running."""
    inside = [(times >= leg.start) & (times <= leg.end) for leg in legs if leg.full]
    return np.any(inside, axis=0) if inside else np.zeros(times.shape, dtype=bool)


def _meant(name: str, model: Model) -> str:
    """The full name; a plain one is a biomarker, and where there is one of that moment, that."""
    known = [*model.states, *model.outputs]
    for full in (name, f"biomarker.{name}{_NOW}", f"biomarker.{name}"):
        if full in known:
            return full
    short = [one.partition(".")[2] for one in model.outputs if one.startswith("biomarker.")]
    raise fail("V315", name=name, hint=did_you_mean(name, [*short, *known]))
