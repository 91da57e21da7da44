"""The events of one person: which are triggered, which wait for their time, and in what order they happen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST_AT_ONCE = 20_000  # events at one moment; more are taken for a circle without end


@dataclass(frozen=True)
class Write:
    """One change: a row of y (`state`) or p becomes the value of a row of `observe`.

    Attributes: `size`, a row of `observe` the value is multiplied with as it is before any change; or None.
    """

    state: bool
    index: int
    value: int
    size: int | None


@dataclass(frozen=True)
class Trigger:
    """One event; `row`, `delay` and `priority` are rows of `observe`.

    Attributes:
        row: not zero while the condition of the event holds.
        true_before: what it counts as before the start.
        persistent: whether the event happens also when the condition has ended before its turn.
        delay: time until it happens; None for none.
        priority: the highest goes first; None comes after all others.
        early: new values are computed when the event is triggered, not when it happens.
        writes: what it changes.
    """

    row: int
    true_before: bool
    persistent: bool
    delay: int | None
    priority: int | None
    early: bool
    writes: tuple[Write, ...]


@dataclass(frozen=True)
class _Waiting:
    """A triggered event that has not happened yet."""

    which: int
    time: float
    values: tuple[float, ...] | None


def due_time(now: float, delay: float) -> float:
    """When an event is due that waits from now on, as one would write it: 1.1 and 2.2 make 3.3.

    A condition that began to hold just after a written number, such as `time > 1.5`, is due just after one.
    """
    written = float(f"{now:.15g}")
    after = now == np.nextafter(written, np.inf)
    due = float(f"{written + delay:.15g}")
    exact = now == written or after
    if not exact or abs(due - (now + delay)) > 2.0 * np.spacing(now + delay):
        return now + delay
    return float(np.nextafter(due, np.inf)) if after else due


class Agenda:
    """Triggered events of one person."""

    def __init__(self, triggers: Sequence[Trigger], seed: tuple[int, int]) -> None:
        """Nothing is triggered yet; `seed` decides between events of equal priority."""
        self.triggers = triggers
        self.held = [trigger.true_before for trigger in triggers]
        self.waiting: list[_Waiting] = []
        self.random = np.random.default_rng(seed)

    def next_time(self) -> float:
        """When the next waiting event is due; infinite when none waits."""
        return min((one.time for one in self.waiting), default=np.inf)

    def happen(self, now: float, look: Callable[[], Array], y: Array, p: Array) -> bool:
        """Carry out everything due now, in place on y and p (rows, copies of one person).

        Arguments: `look` gives the rows of `observe` for what y and p are at that moment.

        Returns:
            False when events went on and on, or a delay was not a number from 0 on.
        """
        for _ in range(MOST_AT_ONCE):
            seen = look()
            if not self._trigger(now, seen):
                return False
            due = [one for one in self.waiting if one.time <= now]
            if not due:
                return True
            chosen = self._most_urgent(due, seen)
            self.waiting = [one for one in self.waiting if one is not chosen]
            self._carry_out(chosen, seen, y, p)
        return False

    def _trigger(self, now: float, seen: Array) -> bool:
        """Conditions that began to hold put their event on the list; some that ended take theirs off."""
        for which, trigger in enumerate(self.triggers):
            holds = bool(seen[trigger.row])
            if holds and not self.held[which]:
                delay = 0.0 if trigger.delay is None else float(seen[trigger.delay])
                if not delay >= 0.0:
                    return False
                values = tuple(float(seen[w.value]) for w in trigger.writes) if trigger.early else None
                self.waiting.append(_Waiting(which, due_time(now, delay), values))
            elif not holds and self.held[which] and not trigger.persistent:
                self.waiting = [one for one in self.waiting if one.which != which]
            self.held[which] = holds
        return True

    def _most_urgent(self, due: list[_Waiting], seen: Array) -> _Waiting:
        """The highest priority; chance decides between equals, order of the model between events without one."""

        def priority(one: _Waiting) -> float:
            row = self.triggers[one.which].priority
            return -np.inf if row is None else float(seen[row])

        highest = max(map(priority, due))
        equal = [one for one in due if priority(one) == highest]
        if len(equal) == 1 or self.triggers[equal[0].which].priority is None or not equal:
            return (equal or due)[0]
        return equal[int(self.random.integers(len(equal)))]

    def _carry_out(self, one: _Waiting, seen: Array, y: Array, p: Array) -> None:
        writes = self.triggers[one.which].writes
        values = one.values or tuple(float(seen[w.value]) for w in writes)
        for write, value in zip(writes, values, strict=True):
            size = 1.0 if write.size is None else float(seen[write.size])
            (y if write.state else p)[write.index] = value * size
