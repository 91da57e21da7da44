"""The 24-hour clock: the light of the day, the healthy cycle, and the way between day means and the running clock.

In `averaged` every state is its day mean. In `full` the clock follows the light of `atlas/schedule.toml`; time 0 is
08:00. The two are joined at 08:00 only:
 - the states of the clock itself (and being asleep) are those of the stored cycle at that clock time: the healthy one
   at first, then each person's own, which stands still while day means are computed;
 - states that ripple over the day (cortisol, pulse, sleep quality) keep their distance from the day mean: the ratio
   of the 08:00 value to the day mean of the same person at rest;
 - all others, the slow ones, are carried over as they are.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import did_you_mean, fail
from ..kernel.machine import cache_key, read_cache, write_cache
from ..solve.events import Events
from ..solve.integrate import Control
from ..solve.reasons import Reason
from ..tables import atlas_path, read_toml
from .condition import Episode
from .model import Array, Model
from .resting import QUIET, Resting, recent_changes, resting_state
from .travel import travel
from .treatment import DAY_ZERO_CLOCK

CLOCKS = ("averaged", "full", "auto")
DAY = 24.0
#: The states of the clock itself; they mean nothing in day means.
CLOCK_STATES = (
    "sleep.clock",
    "sleep.clock_partner",
    "sleep.photoreceptor",
    "sleep.pressure",
    "sleep.asleep",
    "hpa.awake_memory",
)
ASLEEP, AWAKE_MEMORY = "sleep.asleep", "hpa.awake_memory"
RUNS, LIGHT = "sleep.clock_runs", "sleep.light"
CYCLE_DAYS = 240  # of a healthy person until the stored cycle; the glands settle within half a year
DRIFT_PER_DAY = 0.01
ENTRY_DAYS = 28  # of the person's own, before a course with the clock
CYCLE_POINTS = 48  # of the stored cycle, over one day
#: What stays within this part of its day mean over the healthy day is carried over as it is.
RIPPLE = 0.005
#: What lies nearer to 0 than this in health is a distance from health, not a ratio.
ZERO = 0.05
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Cycle:
    """The healthy day.

    Attributes:
        hours: clock time from 08:00 on, in hours after it (points,).
        values: states, then outputs (rows, points).
        mean: the same rows in day means, at rest (rows,).
    """

    hours: Array
    values: Array
    mean: Array

    @property
    def ripples(self) -> NDArray[np.bool_]:
        """(rows,) what lies elsewhere at some hour of the healthy day than its day mean says."""
        away = np.abs(self.values - self.mean[:, None]).max(axis=1)
        return np.asarray((np.abs(self.mean) > ZERO) & (away > RIPPLE * np.abs(self.mean)))

    def ratio(self, hours: Array) -> Array:
        """Value at hours after 08:00 over the day mean (rows, hours); 1 for what does not ripple."""
        at = np.mod(hours, DAY)
        there = np.stack([np.interp(at, self.hours, row) for row in self.values])
        quiet = ~self.ripples
        ratio = there / np.where(quiet, 1.0, self.mean)[:, None]
        ratio[quiet] = 1.0
        return ratio


@dataclass(frozen=True)
class Entry:
    """People at 08:00 with the clock running, and how they got there.

    Attributes:
        y: states at 08:00 (states, people).
        ratio: states and outputs at 08:00 over the day mean, each person's own (rows, people); 1 for slow ones.
        reason: (people,) 0 or the solver's reason code.
        drift: (people,) largest change of a state from one cycle to the next, as a part of its size.
    """

    y: Array
    ratio: Array
    reason: NDArray[np.int64]
    drift: Array

    @property
    def accepted(self) -> NDArray[np.bool_]:
        """(people,) whether one day is like the next."""
        return (self.reason == Reason.FINISHED) & (self.drift <= DRIFT_PER_DAY)

    def repeated(self, arms: int) -> "Entry":
        """The same people once for each arm."""
        y, ratio = np.tile(self.y, (1, arms)), np.tile(self.ratio, (1, arms))
        return Entry(y, ratio, np.tile(self.reason, arms), np.tile(self.drift, arms))


def require_cycle(entry: Entry, who: str) -> None:
    """Nothing when everybody's days have become alike.

    Raises:
        VagusError: V505 for the first person whose days have not.
    """
    if entry.accepted.all():
        return
    first = int(np.flatnonzero(~entry.accepted)[0])
    reason = f"a state still moves by {100 * entry.drift[first]:.1f} % from day to day with the clock running"
    if entry.reason[first]:
        reason = Reason(int(entry.reason[first])).code
    raise fail("V505", who=who, reason=reason)


def check_clock(clock: str) -> None:
    """Nothing when there is such a clock; raises V412 when not."""
    if clock not in CLOCKS:
        hint = did_you_mean(clock, CLOCKS) or f"write one of {', '.join(CLOCKS)}"
        raise fail("V412", key="clock", value=clock, wanted=" or ".join(CLOCKS), hint=hint)


@lru_cache(maxsize=1)
def light_schedule() -> tuple[Array, Array]:
    """Clock times in hours, rising, and the lux from each of them on, from `atlas/schedule.toml`.

    Raises:
        VagusError: V411 when a key is missing, V413 for a time that is none.
    """
    path = atlas_path("schedule.toml")
    rows = []
    for row in read_toml(path).get("light", []):
        try:
            clock, lux = str(row["clock"]), float(row["lux"])
        except (KeyError, TypeError, ValueError) as error:
            raise fail("V411", what="the light of the day", key=error, file=path) from None
        rows.append((clock_hour(clock, "clock"), lux))
    if not rows:
        raise fail("V411", what="the light of the day", key="light", file=path)
    hours, lux_values = zip(*sorted(rows), strict=True)
    return np.array(hours), np.array(lux_values)


def clock_hour(text: str, key: str) -> float:
    """Hours after midnight of a time such as "07:30"; raises V413 for anything else."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise fail("V413", key=key, value=text, hint="write a time of the day such as '08:00'")
    return int(found[1]) + int(found[2]) / 60.0


def light_changes(start: float, end: float) -> tuple[Array, Array]:
    """Hours after day 0 08:00 and lux: the light at `start`, then every change before `end`."""
    clock, lux = light_schedule()
    first = np.floor((start + DAY_ZERO_CLOCK) / DAY) - 1.0
    days = np.arange(first, np.ceil((end + DAY_ZERO_CLOCK) / DAY) + 1.0)
    hours = (DAY * days[:, None] + clock[None, :] - DAY_ZERO_CLOCK).ravel()
    level = np.tile(lux, days.size)
    now = level[hours <= start][-1]
    later = (hours > start) & (hours < end)
    return np.concatenate([[start], hours[later]]), np.concatenate([[now], level[later]])


def with_light(model: Model, events: Events, start: float, end: float) -> Events:
    """The changes of all people with the light of every day between two hours."""
    hours, lux = light_changes(start, end)
    return events.with_daily(hours, model.parameter(LIGHT), lux)


def started(model: Model, p: Array, full: bool) -> Array:
    """The same parameters with the clock running or not."""
    p = p.copy()
    p[model.parameter(RUNS)] = 1.0 if full else 0.0
    return p


@lru_cache(maxsize=4)
def healthy_cycle(model_key: str, model: "_Same", control: Control) -> Cycle:
    """The healthy person's day after `CYCLE_DAYS` days with the clock; computed once for a model and kept on disk."""
    body = model.model
    names = len(body.states) + len(body.outputs)
    key = cache_key("cycle", repr((model_key, control, CYCLE_DAYS, CYCLE_POINTS, light_schedule())))
    kept = read_cache("resting", key)
    if kept is None:
        p = body.defaults()[:, None]
        rest = resting_state(body, p, [[]], [{}], control)
        mean = look(body, rest.y, p, control)[:, 0]
        end = DAY * CYCLE_DAYS
        times = np.concatenate([[0.0], np.linspace(end - DAY, end, CYCLE_POINTS + 1)])
        events = with_light(body, Events([[]]), 0.0, end)
        every = np.arange(names, dtype=np.int64)
        ride = travel(body, rest.y, started(body, p, True), events, times, control, every)
        body_of = np.concatenate([mean[:, None], ride.outputs[1:, :, 0].T], axis=1)
        kept = {}, np.ascontiguousarray(body_of).tobytes()
        write_cache("resting", key, *kept)
    numbers = np.frombuffer(kept[1]).reshape(names, -1)
    return Cycle(np.linspace(0.0, DAY, CYCLE_POINTS + 1), numbers[:, 1:], numbers[:, 0])


class _Same:
    """A model that is compared by its key, so that its cycle is found again."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.model.key == self.model.key

    def __hash__(self) -> int:
        return hash(self.model.key)


def cycle_of(model: Model, control: Control) -> Cycle:
    """The healthy day of a model."""
    return healthy_cycle(model.key, _Same(model), control)


def look(model: Model, y: Array, p: Array, control: Control) -> Array:
    """States and outputs (rows, people) at this moment."""
    every = np.arange(len(model.states) + len(model.outputs), dtype=np.int64)
    still = Events([[]] * y.shape[1])
    moment = np.array([0.0, control.least_step * 10.0])
    return travel(model, y, p, still, moment, control, every).outputs[0]


def enter(
    model: Model,
    p: Array,
    rest: Resting,
    control: Control,
    history: Sequence[Sequence[Episode]] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Entry:
    """People from their resting state in day means to 08:00 of a day with the clock (models.md B.19); kept on disk.

    Args:
        model: the body.
        p: parameters (parameters, people).
        rest: where they rest in day means.
        control: tolerances.
        history: what is recent in it happens in the last of these days once more; such people are not at rest.
        progress: called with the part that is done.
    """
    history = history or [[]] * p.shape[1]
    digest = hashlib.sha256(p.tobytes() + rest.y.tobytes())
    digest.update(
        repr((model.key, control, ENTRY_DAYS, light_schedule(), [list(h) for h in history])).encode()
    )
    key = cache_key("entry", digest.hexdigest())
    states, people = rest.y.shape
    kept = read_cache("resting", key)
    if kept is None:
        found = _enter(model, p, rest, control, history, progress)
        parts = [found.y, found.ratio, found.drift[None], found.reason[None].astype(np.float64)]
        write_cache("resting", key, {}, np.concatenate(parts).tobytes())
        return found
    numbers = np.frombuffer(kept[1]).reshape(-1, people)
    y, ratio = numbers[:states].copy(), numbers[states:-2].copy()
    return Entry(y, ratio, numbers[-1].astype(np.int64), numbers[-2].copy())


def _enter(
    model: Model,
    p: Array,
    rest: Resting,
    control: Control,
    history: Sequence[Sequence[Episode]],
    progress: Callable[[float], None] | None,
) -> Entry:
    cycle = cycle_of(model, control)
    states = len(model.states)
    y = rest.y * cycle.ratio(np.zeros(1))[:states]
    for name in CLOCK_STATES:
        y[model.state(name)] = cycle.values[model.state(name), 0]
    quiet = started(model, p, True)
    for name in QUIET:
        quiet[model.parameter(name)] = 0.0
    start = -DAY * ENTRY_DAYS
    recent = recent_changes(model, quiet, history, 0.0)
    events = with_light(model, recent, start, 0.0)
    times = np.array([start, -DAY, 0.0])
    every = np.arange(states, dtype=np.int64)
    ride = travel(model, y, quiet, events, times, control, every, progress)
    before, last = ride.outputs[1], ride.y
    moved = np.abs(last - before) / np.maximum(np.abs(last), ZERO)
    moved[model.state(ASLEEP)] = 0.0  # falls within minutes; what follows from it is compared
    moved[model.state(AWAKE_MEMORY)] = 0.0
    ratio = _own_ratio(model, p, rest.y, last, cycle, control)
    lately = np.diff(recent.first) > 0  # not at rest: no day like the one before, and no ratio of their own
    moved[:, lately] = 0.0
    healthy = np.where(
        np.isin([*model.states, *model.outputs], CLOCK_STATES), 1.0, cycle.ratio(np.zeros(1))[:, 0]
    )
    ratio[:, lately] = healthy[:, None]
    return Entry(last, ratio, ride.reason, moved.max(axis=0))


def _own_ratio(model: Model, p: Array, averaged: Array, full: Array, cycle: Cycle, control: Control) -> Array:
    """Each person's 08:00 value over their day mean at rest, for what ripples."""
    mean = look(model, averaged, started(model, p, False), control)
    morning = look(model, full, started(model, p, True), control)
    ripples = cycle.ripples[:, None] & (np.abs(mean) > ZERO) & np.isfinite(morning)
    clock = np.isin([*model.states, *model.outputs], CLOCK_STATES)[:, None]
    ripples &= ~clock
    return np.where(ripples, morning / np.where(ripples, mean, 1.0), 1.0)
