"""Changes at known times: a dose, the edge of an infusion, an injury. Data, never part of a model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """One change of one person: a state jumps by `value`, or a parameter becomes `value`.

    Attributes:
        time: when, in hours.
        jump: True adds to a state, False sets a parameter.
        index: row of the state or of the parameter.
        value: amount or new value, in the row's unit.
    """

    time: float
    jump: bool
    index: int
    value: float


class Events:
    """The changes of many people, in order of time for each.

    `first[i] : first[i + 1]` are the entries of person i.
    """

    def __init__(self, people: Sequence[Sequence[Change]]) -> None:
        ordered = [sorted(changes, key=lambda c: c.time) for changes in people]
        flat = [change for changes in ordered for change in changes]
        self.first = np.cumsum([0, *map(len, ordered)])
        self.time = np.array([c.time for c in flat], dtype=np.float64)
        self.jump = np.array([c.jump for c in flat], dtype=bool)
        self.index = np.array([c.index for c in flat], dtype=np.int64)
        self.value = np.array([c.value for c in flat], dtype=np.float64)

    def next_time(self, at: NDArray[np.int64], end: NDArray[np.int64]) -> Array:
        """Time of the entry each person points at; infinite when none is left."""
        out = np.full(at.shape, np.inf)
        left = at < end
        out[left] = self.time[at[left]]
        return out

    def apply(self, entries: NDArray[np.int64], columns: NDArray[np.int64], y: Array, p: Array) -> None:
        """Carry out one entry for each given column of y and p."""
        jump = self.jump[entries]
        rows, values = self.index[entries], self.value[entries]
        y[rows[jump], columns[jump]] += values[jump]
        p[rows[~jump], columns[~jump]] = values[~jump]

    def between(self, start: float, end: float, people: NDArray[np.int64], closed: bool) -> "Events":
        """The changes of some people from `start` on and before `end`; those at the end too when `closed`."""
        owner = self._owner()
        inside = (self.time >= start) & ((self.time < end) | (closed & (self.time == end)))
        place = np.full(self.first.size - 1, -1, dtype=np.int64)
        place[people] = np.arange(people.size)
        kept = np.flatnonzero(inside & (place[owner] >= 0) if owner.size else inside)
        return self._of(people.size, place[owner[kept]], kept)

    def with_daily(self, time: Array, index: int, value: Array) -> "Events":
        """Everybody's changes with settings of one parameter that happen to all of them.

        Args:
            time: hours (settings,), rising.
            index: row of the parameter.
            value: what it becomes (settings,).
        """
        people, many = self.first.size - 1, time.size
        both = Events([])
        both.time = np.concatenate([np.tile(time, people), self.time])
        both.jump = np.concatenate([np.zeros(people * many, dtype=bool), self.jump])
        both.index = np.concatenate([np.full(people * many, index, dtype=np.int64), self.index])
        both.value = np.concatenate([np.tile(value, people), self.value])
        owner = np.concatenate([np.repeat(np.arange(people), many), self._owner()])
        order = np.lexsort((both.time, owner))
        return both._of(people, owner[order], order)

    def with_marks(self, owner: NDArray[np.int64], time: Array) -> "Events":
        """Everybody's changes with places where a step ends and the next begins anew: nothing is added to a state.

        Args:
            owner: whose each mark is.
            time: when, in hours.
        """
        if not time.size:
            return self
        both = Events([])
        both.time = np.concatenate([time, self.time])
        both.jump = np.concatenate([np.ones(time.size, dtype=bool), self.jump])
        both.index = np.concatenate([np.zeros(time.size, dtype=np.int64), self.index])
        both.value = np.concatenate([np.zeros(time.size), self.value])
        owners = np.concatenate([owner, self._owner()])
        order = np.lexsort((both.time, owners))
        return both._of(self.first.size - 1, owners[order], order)

    def _owner(self) -> NDArray[np.int64]:
        """Whose each change is."""
        return np.repeat(np.arange(self.first.size - 1), np.diff(self.first))

    def _of(self, people: int, owner: NDArray[np.int64], rows: NDArray[np.int64]) -> "Events":
        """Some of these changes, in the given order, for their owners."""
        part = Events([])
        part.first = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=people))]).astype(np.int64)
        part.time, part.jump = self.time[rows], self.jump[rows]
        part.index, part.value = self.index[rows], self.value[rows]
        return part
