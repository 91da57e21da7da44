"""Events that depend on the state: watched for in every step, found to the last digit of time, done in order.

`integrate` knows changes at known times only. Here a step is accepted as far as nothing discontinuous happens in it:
 1. each person's step is cut at the next known moment (an output far ahead does not cut it);
 2. within a step all watched rows (triggers, comparisons, rounding) are looked at in several places (`look`);
 3. where one has changed, the moment is narrowed down to neighbouring numbers of time;
 4. a change in a row the rates depend on: the step is done anew to just before it, so that no stage saw both sides;
 5. events then due happen one by one, the highest priority first, and triggers are looked at again after each.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .agenda import Agenda, Trigger, Write
from .integrate import Control, Index, Journey
from .look import Look, Rows, dips_in_time, find_change
from .reasons import Reason
from .rodas5p import Step, System, dense_output, interpolate, rodas5p_step
from .rodas5p_table import ORDER

Array = NDArray[np.float64]
_CHATTER = 60  # switches within a part of the largest step: a slide along the border of two branches
_PACE = 20_000  # steps between looks at the pace
_FAR = 100  # times all steps there are: who would need more gets no further
_GRID = 8192  # places at which what depends on time alone is looked at beforehand
FLOOR = 1e-10  # of the largest state: relative accuracy of any state ends there
OWN = 1e-4  # of the largest value a state had: relative accuracy ends there

__all__ = ["FLOOR", "OWN", "Survey", "Trigger", "Watch", "Write", "follow"]


@dataclass(frozen=True)
class Watch:
    """What is discontinuous in a problem; all numbers are rows of `observe`.

    Attributes:
        triggers: the events.
        switches: rows of whole numbers on which the rates depend; they are constant between discontinuities.
        moments: rows that give, at time 0, a time at which a trigger or switch changes.
        clocked: rows of whole numbers that depend on time alone.
        hinges: comparisons within the triggers: where one changes, a trigger may change for a moment.
        gaps: differences between the sides of comparisons of changing quantities.
        clock_gaps: the same of comparisons that depend on time alone.
        seed: of the order of events that are equally urgent.
    """

    triggers: tuple[Trigger, ...] = ()
    switches: tuple[int, ...] = ()
    moments: tuple[int, ...] = ()
    clocked: tuple[int, ...] = ()
    hinges: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()
    clock_gaps: tuple[int, ...] = ()
    seed: int = 1

    @property
    def rows(self) -> Rows:
        """All rows that are looked at within a step."""
        whole = [*self.switches, *self.hinges, *(trigger.row for trigger in self.triggers)]
        loose = len(self.switches) + len(self.hinges)
        gaps = np.array(self.gaps, dtype=np.int64)
        return Rows(np.array(whole, dtype=np.int64), len(self.switches), loose, gaps)


@dataclass(frozen=True)
class Survey(Journey):
    """A journey that also tells `largest`: the largest size of each state (states, people)."""

    largest: Array


def follow(
    system: System, y: Array, p: Array, watch: Watch, times: Array, control: Control, select: Index
) -> Survey:
    """Integrate from times[0] to times[-1]; outputs at the moment of an event are those after it.

    Args:
        system: the problem.
        y: start values (states, people).
        p: parameters (parameters, people).
        watch: events and discontinuities.
        times: output times, rising.
        control: tolerances and limits; `atol` is not used: it follows from how large each state has been.
        select: rows of `observe` to record.

    Returns:
        A `Survey`; a person who fails has a reason and NaN outputs from there on.
    """
    lanes = -(-max(control.lanes, 1) // system.width) * system.width
    people = y.shape[1]
    journey = Survey(
        np.full((len(times), len(select), people), np.nan),
        np.array(y, dtype=np.float64),
        np.array(p, dtype=np.float64),
        np.zeros(people, dtype=np.int64),
        np.zeros(people, dtype=np.int64),
        np.full(people, float(times[0])),
        np.abs(y),
    )
    for first in range(0, people, lanes):
        who = np.arange(first, min(first + lanes, people))
        _Group(system, journey, who, watch, times, control, select).run()
    return journey


def _differ(a: Array, b: Array) -> NDArray[np.bool_]:
    """The people for whom any of some rows differ; what is no number is the same as what is none."""
    return np.asarray(((a != b) & ~(np.isnan(a) & np.isnan(b))).any(axis=0))


class _Group:
    """Some people who travel together, each with a clock of their own, until all have arrived or failed."""

    def __init__(
        self,
        system: System,
        journey: Survey,
        who: Index,
        watch: Watch,
        times: Array,
        control: Control,
        select: Index,
    ) -> None:
        self.system, self.journey, self.who, self.watch = system, journey, who, watch
        self.times, self.control, self.select = times, control, select
        self.size = -(-who.size // system.width) * system.width
        column = who[np.minimum(np.arange(self.size), who.size - 1)]
        self.y, self.p = journey.y[:, column].copy(), journey.p[:, column].copy()
        self.alive = np.arange(self.size) < who.size
        self.t = np.full(self.size, float(times[0]))
        self.count = np.zeros(self.size, dtype=np.int64)
        self.due = np.zeros(self.size, dtype=np.int64)
        self.largest = np.abs(self.y)
        self.rows = watch.rows
        self.q = system.prepare(self.p)
        self.known = np.zeros((self.rows.whole.size, self.size))
        self.calm_until, self.window = np.full(self.size, -np.inf), self.t.copy()
        self.flips = np.zeros(self.size, dtype=np.int64)
        self.moments: list[Array] = [np.zeros(0)] * self.size
        self.agendas = [Agenda(watch.triggers, (watch.seed, int(i))) for i in who]
        self.most = min(control.largest_step, float(times[-1] - times[0]) / max(len(times) - 1, 20))
        self.h = np.full(self.size, self.most)
        self.stop, self.mark = np.full(self.size, float(times[-1])), self.t.copy()

    def run(self) -> None:
        """Until everybody has arrived or failed."""
        self._restart(np.flatnonzero(self.alive))
        while self.alive.any():
            with np.errstate(all="ignore"):  # a person may fail; the finite check of the step reports it
                self._round()
        self.journey.y[:, self.who], self.journey.p[:, self.who] = (
            self.y[:, : self.who.size],
            self.p[:, : self.who.size],
        )
        self.journey.largest[:, self.who] = self.largest[:, : self.who.size]

    def _round(self) -> None:
        stop = self.stop
        room = stop - self.t
        near = self.alive & (room <= 8 * np.spacing(np.abs(stop)))
        if near.any():  # the moment itself: no step, only the clock moves
            self.t = np.where(near, stop, self.t)
            self._restart(np.flatnonzero(near))
            return
        room = np.where(stop < self.times[-1], room - 4 * np.spacing(np.abs(stop)), room)
        cut = self.h >= room * (1.0 - 1e-10)
        h = np.where(self.alive, np.where(cut, room, np.where(self.h > 0.5 * room, 0.5 * room, self.h)), 1.0)
        with np.errstate(all="ignore"):
            step = rodas5p_step(self.system, self.t, h, self.y, self.p, self.q)
            lost = np.maximum(np.abs(step.error), np.abs(step.inside))
            size = np.max(lost / self._scale(step.y), axis=0)
        sound = np.isfinite(size) & (step.pivot > 1e-12)
        good = sound & (size <= 1.0) & self.alive
        good |= self._over(step, h, sound & ~good & self.alive)
        self.count += self.alive
        with np.errstate(all="ignore"):
            factor = np.clip(0.9 * np.maximum(size, 1e-10) ** (-1.0 / ORDER), 0.2, 6.0)
        wanted = np.minimum(np.where(sound, factor * h, 0.2 * h), self.most)
        reached = self.t + h
        look = self._look(step, h, reached, good)
        least = np.maximum(64 * np.spacing(np.abs(self.t)), 1e-13 * self.most)
        ahead = look.before - self.t
        again = look.changed & look.switched & (ahead > least) & (ahead < 0.999999 * h)
        good &= ~again
        self._slide(look.turned)
        reached = np.where(look.changed, look.after, reached)
        self._move(step, h, reached, good, look.changed)
        self.h = np.where(
            good,
            np.maximum(wanted, np.where(cut, np.minimum(self.h, self.most), 0.0)),
            np.minimum(wanted, 0.9 * h),
        )
        self.h = np.where(again, np.maximum(look.before - self.t, 4 * np.spacing(np.abs(self.t))), self.h)
        self._fail(step, sound, good | again)
        happened = np.flatnonzero(good & look.changed & self.alive)
        if happened.size:
            self._restart(happened)
        self._arrive()

    def _over(self, step: Step, h: Array, refused: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Steps of a few last digits of time that are good whatever their error, because the rates jump in them.

        A state that was zero until then has no size that its error could be measured by.
        """
        count = len(self.watch.switches)
        tiny = refused & (h <= np.maximum(16 * np.spacing(np.abs(self.t)), 1e-15 * self.most))
        if not (count and tiny.any()):
            return np.zeros(self.size, dtype=bool)
        after = self._observe(self.t + h, step.y)[self.rows.whole[:count]]
        return np.asarray(tiny & (after != self.known[:count]).any(axis=0))

    def _scale(self, new: Array) -> Array:
        """The error a step may make in each state."""
        now = np.maximum(np.abs(self.y), np.abs(new))
        seen = np.maximum(self.largest, np.where(np.isfinite(now), now, 0.0))
        floor = np.maximum(OWN * seen, FLOOR * np.max(seen, axis=0))
        return self.control.rtol * np.maximum(now, floor) + 1e-300

    def _find_stops(self, lanes: Index) -> None:
        """The next known moment of some; it stays the next one until they come to it or something happens before."""
        for lane in lanes:
            later = self.moments[lane]
            first = np.searchsorted(later, self.t[lane], side="right")
            known = later[first] if first < later.size else np.inf
            waits = self.agendas[lane].next_time()
            before = self.times[max(int(np.searchsorted(self.times, waits)) - 1, 0)]
            if self.t[lane] < before and np.nextafter(before, np.inf) == waits:
                waits = before  # an event just after an output: the output comes first
            self.stop[lane] = min(float(self.times[-1]), known, waits)

    def _look(self, step: Step, h: Array, reached: Array, good: NDArray[np.bool_]) -> Look:
        """The first change of a watched row in the step of each person whose step is good."""
        dense = dense_output(self.y, step) if self.rows.whole.size and good.any() else None

        def observe(at: Array, who: Index) -> Array:
            assert dense is not None
            column = np.resize(who, -(-who.size // self.system.width) * self.system.width)
            t = np.resize(at, column.size)
            with np.errstate(all="ignore"):
                part = np.clip((t - self.t[column]) / h[column], 0.0, 1.0)
                y = interpolate([each[:, column] for each in dense], part)
                seen = self.system.observe(t, y, self.p[:, column], self.q[:, column])
            return seen[:, : who.size]

        sliding = self.t < self.calm_until
        return find_change(self.rows, self.known, sliding, observe, self.t, reached, good)

    def _slide(self, turned: NDArray[np.bool_]) -> None:
        """Who switches again and again at one place is left to the control of the step's error for a while."""
        old = self.t - self.window > 0.05 * self.most
        self.flips = np.where(old, 0, self.flips) + turned
        self.window = np.where(old, self.t, self.window)
        many = turned & (self.flips > _CHATTER)
        self.calm_until = np.where(many, self.t + self.most, self.calm_until)
        self.flips = np.where(many, 0, self.flips)

    def _observe(self, t: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            return self.system.observe(t, y, self.p, self.q)

    def _move(
        self, step: Step, h: Array, reached: Array, good: NDArray[np.bool_], changed: NDArray[np.bool_]
    ) -> None:
        """Outputs before the end of the step, then the step itself."""
        if not good.any():
            return
        dense = dense_output(self.y, step)
        while True:
            at = self.times[np.minimum(self.due, len(self.times) - 1)]
            ready = good & (self.due < len(self.times)) & (at < reached)
            if not ready.any():
                break
            part = np.where(ready, np.clip((at - self.t) / h, 0.0, 1.0), 1.0)
            self._write(np.where(ready, at, reached), interpolate(dense, part), ready)
        end = np.where(changed, np.clip((reached - self.t) / h, 0.0, 1.0), 1.0)
        self.y = np.where(good, np.where(changed, interpolate(dense, end), step.y), self.y)
        self.t = np.where(good, reached, self.t)
        self.largest = np.where(good, np.maximum(self.largest, np.abs(self.y)), self.largest)

    def _write(self, t: Array, y: Array, ready: NDArray[np.bool_]) -> None:
        lanes = np.flatnonzero(ready)
        seen = self._observe(t, y)[np.ix_(self.select, lanes)]
        self.journey.outputs[self.due[lanes], :, self.who[lanes]] = seen.T
        self.due = self.due + ready

    def _restart(self, lanes: Index) -> None:
        """What is due now happens; then the watched rows, known moments and a careful step are found anew."""
        y, p, known = self.y.copy(), self.p.copy(), self.known
        for lane in lanes:
            if not self._happen(int(lane)):
                self._leave(int(lane), Reason.EVENTS)
        lanes = lanes[self.alive[lanes]]
        if not lanes.size:
            return
        self.q = self.system.prepare(self.p)
        self.known = self._observe(self.t, self.y)[self.rows.whole]
        moved = (self.count == 0) | _differ(y, self.y) | _differ(p, self.p)
        switched = _differ(known[: self.rows.switches], self.known[: self.rows.switches])
        self._foresee(lanes[moved[lanes]])
        self._find_stops(lanes)
        self.largest[:, lanes] = np.maximum(self.largest[:, lanes], np.abs(self.y[:, lanes]))
        shaken = lanes[(moved | switched)[lanes]]
        self.h[shaken] = self._first_step()[shaken]
        now = np.zeros(self.size, dtype=bool)
        now[lanes] = True
        at = self.times[np.minimum(self.due, len(self.times) - 1)]
        ready = now & (self.due < len(self.times)) & (at <= self.t)
        if ready.any():
            self._write(self.t, self.y, ready)
        self._arrive()

    def _foresee(self, lanes: Index) -> None:
        """The moments known beforehand, and fine borders around what depends on time alone."""
        if not (self.watch.moments or self.watch.clocked) or not lanes.size:
            return
        ahead = self._observe(np.zeros(self.size), self.y)[list(self.watch.moments)]
        for lane in lanes:
            times = np.unique(ahead[:, lane][np.isfinite(ahead[:, lane])])
            self.moments[lane] = np.unique([*times, *np.nextafter(times, np.inf), *self._borders(int(lane))])

    def _borders(self, lane: int) -> Array:
        """Neighbouring times of a fine grid between which a row that depends on time alone changes, and dips."""
        if not self.watch.clocked:
            return np.zeros(0)
        grid = np.linspace(self.t[lane], self.times[-1], _GRID)

        def observe(t: Array) -> Array:
            full = -(-t.size // self.system.width) * self.system.width
            y, p, q = (np.repeat(a[:, lane : lane + 1], full, axis=1) for a in (self.y, self.p, self.q))
            with np.errstate(all="ignore"):
                return self.system.observe(np.resize(t, full), y, p, q)[:, : t.size]

        seen, gaps = observe(grid), list(self.watch.clock_gaps)
        whole = seen[list(self.watch.clocked)]
        changes = np.flatnonzero((whole[:, 1:] != whole[:, :-1]).any(axis=0))
        between = dips_in_time(lambda t: observe(t)[gaps], grid, seen[gaps])
        return np.concatenate([grid[changes], grid[changes + 1], between])

    def _happen(self, lane: int) -> bool:
        """All events of one person that are due; False when they do not come to an end."""
        agenda, width = self.agendas[lane], self.system.width
        if not self.watch.triggers:
            return True
        y, p = (np.repeat(a[:, lane : lane + 1], width, axis=1) for a in (self.y, self.p))
        t = np.full(width, self.t[lane])

        def look() -> Array:
            with np.errstate(all="ignore"):
                return self.system.observe(t, y, p, self.system.prepare(p))[:, 0]

        ended = agenda.happen(float(self.t[lane]), look, y, p)
        self.y[:, lane], self.p[:, lane] = y[:, 0], p[:, 0]
        return ended

    def _first_step(self) -> Array:
        """A step over which the state would change by about a hundredth of what matters."""
        with np.errstate(all="ignore"):
            scale = self._scale(self.y)
            f = self.system.rates(self.t, self.y, self.p, self.q)
            speed = np.max(np.abs(f) / np.maximum(scale / self.control.rtol, 1e-250), axis=0)
            h = 0.01 / np.maximum(speed, 1e-300)
        least = 1e-6 * self.most
        return np.clip(np.nan_to_num(h, nan=least), least, self.most)

    def _fail(self, step: Step, sound: NDArray[np.bool_], fine: NDArray[np.bool_]) -> None:
        least = np.maximum(2 * np.spacing(np.abs(self.t)), self.control.least_step)
        small = self.alive & ~fine & (self.h < least)
        many = self.alive & (self.count >= self.control.most_steps) | self._crawl()
        for lane in np.flatnonzero(small | many):
            pivot = np.isfinite(step.pivot[lane]) and step.pivot[lane] <= 1e-12
            why = Reason.PIVOT if pivot else Reason.NOT_FINITE
            why = Reason.STEP_TOO_SMALL if sound[lane] else why
            self._leave(int(lane), Reason.TOO_MANY_STEPS if many[lane] and not small[lane] else why)

    def _crawl(self) -> NDArray[np.bool_]:
        """Who would need far more steps than there are, at the pace since the last look at it."""
        look = self.alive & (self.count % _PACE == 0) & (self.count > 0)
        if not look.any():
            return look
        need = _PACE * (self.times[-1] - self.t) / np.maximum(self.t - self.mark, 1e-300)
        self.mark = np.where(look, self.t, self.mark)
        return look & (need > _FAR * self.control.most_steps)

    def _arrive(self) -> None:
        for lane in np.flatnonzero(self.alive & (self.t >= self.times[-1])):
            last = np.zeros(self.size, dtype=bool)
            last[lane] = self.due[lane] < len(self.times)
            if last.any():
                self._restart(np.array([lane]))
            else:
                self._leave(int(lane), Reason.FINISHED)

    def _leave(self, lane: int, why: Reason) -> None:
        who = self.who[lane]
        self.journey.reason[who] = int(why)
        self.journey.steps[who], self.journey.stopped[who] = self.count[lane], self.t[lane]
        self.alive[lane] = False
