"""Carry many people through time: steps, events, outputs, and an honest end for each.

What happens in one round, in order:
 1. each person's step is cut at their next event or at the end;
 2. all people take one step (`rodas5p_step`);
 3. who is within tolerance moves on, who is not tries again with a smaller step;
 4. outputs that fell inside the step are read from its dense output;
 5. events that were reached are carried out, and the next step starts small;
 6. who has arrived or failed leaves, and the next person takes the place.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .events import Array, Events
from .reasons import Reason
from .rodas5p import Step, System, dense_output, interpolate, rodas5p_step
from .rodas5p_table import LARGEST_POWER, ORDER

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Control:
    """How accurate, and when to give up.

    Attributes:
        rtol: relative tolerance of a step.
        atol: absolute tolerance of a step, in units of each state.
        least_step: hours; a person who needs a smaller one has failed.
        most_steps: steps a person may take.
        largest_step: hours.
        lanes: how many people travel together.
    """

    rtol: float = 2e-7
    atol: float = 2e-10
    least_step: float = 1e-9
    most_steps: int = 200_000
    largest_step: float = float("inf")
    lanes: int = 64


@dataclass(frozen=True)
class Journey:
    """What comes back.

    Attributes:
        outputs: (times, recorded, people); NaN from the failure of a person on.
        y: last values (states, people).
        p: last parameters (parameters, people).
        reason: (people,) `Reason` values.
        steps: (people,) accepted and rejected steps.
        stopped: (people,) the time reached, hours.
    """

    outputs: Array
    y: Array
    p: Array
    reason: NDArray[np.int64]
    steps: NDArray[np.int64]
    stopped: Array


def integrate(
    system: System,
    y: Array,
    p: Array,
    events: Events,
    times: Array,
    control: Control,
    select: Index | None = None,
    progress: Callable[[float], None] | None = None,
) -> Journey:
    """Integrate from times[0] to times[-1].

    Args:
        system: the problem.
        y: start values (states, people).
        p: parameters (parameters, people).
        events: changes at known times; those at times[0] happen after the first output.
        times: output times in hours, rising; the first is the start and the last the end.
        control: tolerances and limits.
        select: rows of `system.observe` to record; all when None.
        progress: called with the part of the work that is done, 0 to 1.

    Returns:
        A `Journey`; a person who fails has a reason and NaN outputs, and disturbs nobody else.
    """
    travel = _Travel(system, y, p, events, times, control, select)
    while travel.busy():
        travel.round()
        if progress is not None:
            progress(travel.part_done())
    return travel.journey


class _Travel:
    """The working set: `lanes` columns, each holding one person until that person arrives or fails."""

    def __init__(
        self,
        system: System,
        y: Array,
        p: Array,
        events: Events,
        times: Array,
        control: Control,
        select: Index | None,
    ) -> None:
        people = y.shape[1]
        self.system, self.events, self.times, self.control, self.select = (
            system,
            events,
            times,
            control,
            select,
        )
        self.source_y, self.source_p = y, p
        lanes = min(max(control.lanes, system.width), -(-people // system.width) * system.width)
        self.person = np.minimum(np.arange(lanes), people - 1)
        self.alive = np.arange(lanes) < people
        self.waiting = lanes
        self.y = np.ascontiguousarray(y[:, self.person])
        self.p = np.ascontiguousarray(p[:, self.person])
        self.t = np.full(lanes, times[0])
        self.h = np.ones(lanes)  # lanes without a person step too, and are never looked at
        self.step_before, self.power_before = (
            np.zeros(lanes),
            np.ones(lanes),
        )  # of the last step that was good
        self.count = np.zeros(lanes, dtype=np.int64)
        self.due = np.zeros(lanes, dtype=np.int64)
        self.entry = events.first[self.person].copy()
        self.last_entry = events.first[self.person + 1].copy()
        self.q = system.prepare(self.p)
        rows = len(select) if select is not None else system.observe(self.t, self.y, self.p, self.q).shape[0]
        self.journey = Journey(
            np.full((len(times), rows, people), np.nan),
            np.array(y, dtype=np.float64),
            np.array(p, dtype=np.float64),
            np.zeros(people, dtype=np.int64),
            np.zeros(people, dtype=np.int64),
            np.full(people, float(times[0])),
        )
        self._begin(np.arange(lanes))

    def busy(self) -> bool:
        return bool(self.alive.any())

    def part_done(self) -> float:
        people = self.journey.reason.size
        span = max(float(self.times[-1] - self.times[0]), 1e-12)
        inside = np.where(self.alive, (self.t - self.times[0]) / span, 0.0).sum()
        started = min(self.waiting, people)
        return float(started - self.alive.sum() + inside) / people

    def round(self) -> None:
        """One step of everybody; the numbered list at the top of this file."""
        stop = np.minimum(self.events.next_time(self.entry, self.last_entry), self.times[-1])
        room = np.maximum(stop - self.t, self.control.least_step)
        cut = self.h >= room * (1.0 - 1e-10)
        h = np.where(cut, room, np.where(self.h > 0.5 * room, 0.5 * room, self.h))
        with np.errstate(all="ignore"):  # a person may fail; the finite check below reports it
            step = rodas5p_step(self.system, self.t, h, self.y, self.p, self.q)
            scale = self.control.atol + self.control.rtol * np.maximum(np.abs(self.y), np.abs(step.y))
            sizes = [np.sqrt(np.mean((one / scale) ** 2, axis=0)) for one in (step.error, step.inside)]
            size = np.maximum(*sizes)  # a NaN stays one
        sound = np.isfinite(size) & (step.pivot > 1e-12)
        good = sound & (size <= 1.0) & self.alive
        self.count += self.alive
        reached = np.where(cut, stop, self.t + h)
        self._record(step, h, reached, good)
        self.y = np.where(good, step.y, self.y)
        self.t = np.where(good, reached, self.t)
        wanted = np.minimum(
            np.where(sound, self._factor(size, h, good) * h, 0.2 * h), self.control.largest_step
        )
        self.h = np.where(
            good,
            np.maximum(wanted, np.where(cut, np.minimum(self.h, self.control.largest_step), 0.0)),
            np.minimum(wanted, 0.9 * h),
        )
        self._fail(step, h, sound, good)
        self._happen(good & cut)
        self._arrive()

    def _factor(self, size: Array, h: Array, good: NDArray[np.bool_]) -> Array:
        """How much larger the next step may be: less where the error grows from step to step (Gustafsson 1994)."""
        with np.errstate(all="ignore"):
            power = np.maximum(size, 1e-10) ** (-1.0 / ORDER)
            factor = 0.9 * power
            foreseen = factor * (h * power / (self.step_before * self.power_before))
        factor = np.where(good & (self.step_before > 0.0) & (foreseen < factor), foreseen, factor)
        self.step_before = np.where(good, h, self.step_before)
        self.power_before = np.where(good, np.minimum(power, LARGEST_POWER), self.power_before)
        return np.clip(factor, 0.2, 6.0)

    def _record(self, step: Step, h: Array, reached: Array, good: NDArray[np.bool_]) -> None:
        """Outputs whose time fell inside the step just taken."""
        dense = None
        last = len(self.times) - 1
        while True:
            at = self.times[np.minimum(self.due, last)]
            ready = good & (self.due <= last) & (at <= reached)
            if not ready.any():
                return
            dense = dense or dense_output(self.y, step)
            part = np.where(ready, np.clip((at - self.t) / h, 0.0, 1.0), 1.0)
            self._write(np.where(ready, at, reached), interpolate(dense, part), ready)
            self.due = self.due + ready

    def _write(self, t: Array, y: Array, ready: NDArray[np.bool_]) -> None:
        seen = self.system.observe(t, y, self.p, self.q)
        lanes = np.flatnonzero(ready)
        rows = seen[:, lanes] if self.select is None else seen[np.ix_(self.select, lanes)]
        self.journey.outputs[self.due[lanes], :, self.person[lanes]] = rows.T

    def _begin(self, lanes: Index) -> None:
        """First output of newly arrived people, then whatever happens at the start."""
        fresh = np.zeros(self.alive.shape, dtype=bool)
        fresh[lanes] = True
        fresh &= self.alive
        self._write(self.t, self.y, fresh)
        self.due = np.where(fresh, 1, self.due)
        self._happen(fresh)

    def _happen(self, arrived: NDArray[np.bool_]) -> None:
        """Carry out all events due now, and choose a careful first step after them."""
        if not arrived.any():
            return
        changed = False
        while True:
            due = arrived & (self.events.next_time(self.entry, self.last_entry) <= self.t)
            if not due.any():
                break
            lanes = np.flatnonzero(due)
            self.events.apply(self.entry[lanes], lanes, self.y, self.p)
            self.entry = self.entry + due
            changed = True
        if changed:
            self.q = self.system.prepare(self.p)
        self.h = np.where(arrived, self._first_step(), self.h)
        self.step_before = np.where(arrived, 0.0, self.step_before)

    def _first_step(self) -> Array:
        """A step over which the state would change by about a hundredth (Hairer, Norsett, Wanner, II.4)."""
        with np.errstate(all="ignore"):
            scale = self.control.atol + self.control.rtol * np.abs(self.y)
            f = self.system.rates(self.t, self.y, self.p, self.q)
            have = np.sqrt(np.mean((self.y / scale) ** 2, axis=0))
            speed = np.sqrt(np.mean((f / scale) ** 2, axis=0))
            h = 0.01 * have / np.maximum(speed, 1e-300)
        return np.clip(np.nan_to_num(h, nan=1e-6), 1e-6, 1.0)

    def _fail(self, step: Step, h: Array, sound: NDArray[np.bool_], good: NDArray[np.bool_]) -> None:
        small = self.alive & ~good & (self.h < self.control.least_step)
        many = self.alive & (self.count >= self.control.most_steps) & (self.t < self.times[-1])
        if not (small | many).any():
            return
        pivot = np.isfinite(step.pivot) & (step.pivot <= 1e-12)
        why = np.where(sound, Reason.STEP_TOO_SMALL, np.where(pivot, Reason.PIVOT, Reason.NOT_FINITE))
        why = np.where(many & ~small, Reason.TOO_MANY_STEPS, why)
        lanes = np.flatnonzero(small | many)
        self.journey.reason[self.person[lanes]] = why[lanes]
        self._leave(lanes)

    def _arrive(self) -> None:
        lanes = np.flatnonzero(self.alive & (self.t >= self.times[-1]))
        if lanes.size:
            self._leave(lanes)

    def _leave(self, lanes: Index) -> None:
        """Keep what the people in these lanes have reached, and let the next ones in."""
        who = self.person[lanes]
        self.journey.y[:, who], self.journey.p[:, who] = self.y[:, lanes], self.p[:, lanes]
        self.journey.steps[who], self.journey.stopped[who] = self.count[lanes], self.t[lanes]
        self.alive[lanes] = False
        left = self.journey.reason.size - self.waiting
        lanes = lanes[: max(left, 0)]
        if lanes.size:
            self._enter(lanes)
        elif self.alive.sum() * 2 < self.alive.size and self.alive.size > self.system.width:
            self._close_ranks()

    def _enter(self, lanes: Index) -> None:
        new = np.arange(self.waiting, self.waiting + lanes.size)
        self.waiting += lanes.size
        self.person[lanes] = new
        self.alive[lanes] = True
        self.y[:, lanes], self.p[:, lanes] = self.source_y[:, new], self.source_p[:, new]
        self.t[lanes], self.h[lanes], self.count[lanes], self.due[lanes] = self.times[0], 0.0, 0, 0
        self.entry[lanes], self.last_entry[lanes] = self.events.first[new], self.events.first[new + 1]
        self.q = self.system.prepare(self.p)
        self._begin(lanes)

    def _close_ranks(self) -> None:
        """Carry on with fewer lanes when nobody waits and most have left."""
        keep = np.flatnonzero(self.alive)
        size = max(-(-keep.size // self.system.width), 1) * self.system.width
        if size >= self.alive.size:
            return
        spare = np.flatnonzero(~self.alive)[: size - keep.size]
        order = np.concatenate([keep, spare])
        lanes = (
            "person",
            "alive",
            "t",
            "h",
            "step_before",
            "power_before",
            "count",
            "due",
            "entry",
            "last_entry",
        )
        for name in lanes:
            setattr(self, name, np.ascontiguousarray(getattr(self, name)[order]))
        for name in ("y", "p", "q"):
            setattr(self, name, np.ascontiguousarray(getattr(self, name)[:, order]))
