"""People of a study on their way: arms travel together, each person with own changes, from one stage to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from ..body.model import Array, Model
from ..body.travel import travel
from ..errors import did_you_mean, fail
from ..solve.events import Change, Events
from ..solve.integrate import Control, Journey
from .cluster import Cluster
from .piece import BLOCK as PIECE
from .piece import cut

Index = NDArray[np.int64]


@dataclass
class Branch:
    """People who get the same, on their way through the study.

    Attributes:
        y, p: states and parameters now (rows, people).
        changes: of each person, for the whole study.
        values: what was recorded (outputs, people, times); NaN where they have not been yet or have failed.
        failed: (people,) 0 or the solver's reason code.
    """

    y: Array
    p: Array
    changes: Sequence[list[Change]]
    values: Array
    failed: Index

    @property
    def size(self) -> int:
        """Number of people."""
        return int(self.y.shape[1])


@dataclass(frozen=True)
class Trip:
    """People from one hour to another, here or on a worker (a job of `cluster.Cluster.each`); arguments of `travel`."""

    y: Array
    p: Array
    changes: Sequence[list[Change]]
    at: Array
    control: Control
    rows: Index
    who: range

    def work(self, model: Model) -> Journey:
        """Where they come to."""
        return travel(model, self.y, self.p, Events(self.changes), self.at, self.control, self.rows)

    def take(self, who: range) -> "Trip":
        """Some of the people."""
        some = slice(who.start, who.stop)
        return replace(self, y=self.y[:, some], p=self.p[:, some], changes=self.changes[some], who=who)


@dataclass(frozen=True)
class Road:
    """What all branches share: the body, hours to record at, what to record, tolerances, and where to compute."""

    model: Model
    hours: Array
    names: tuple[str, ...]
    control: Control
    cluster: Cluster | None = None

    @property
    def rows(self) -> Index:
        """Rows of the states followed by the outputs."""
        known = {name: row for row, name in enumerate([*self.model.states, *self.model.outputs])}
        for name in self.names:
            if name not in known:
                raise fail("V315", name=name, hint=did_you_mean(name, known))
        return np.array([known[name] for name in self.names], dtype=np.int64)

    def start(self, y: Array, p: Array, changes: Sequence[list[Change]]) -> Branch:
        """People at the start of the study."""
        size = y.shape[1]
        values = np.full((len(self.names), size, self.hours.size), np.nan)
        return Branch(y.copy(), p.copy(), changes, values, np.zeros(size, dtype=np.int64))

    def advance(self, branches: Sequence[Branch], start: float, end: float) -> None:
        """All branches from one hour to a later one; what is recorded at the start of a later stage stays."""
        branches = [branch for branch in branches if branch.size]
        if not branches or end <= start:
            return
        inside = np.flatnonzero((self.hours >= start) & (self.hours <= end))
        at = np.unique(np.concatenate([[start], self.hours[inside], [end]]))
        y = np.concatenate([branch.y for branch in branches], axis=1)
        p = np.concatenate([branch.p for branch in branches], axis=1)
        closed = end >= self.hours[-1]
        changes = [
            [c for c in own if start <= c.time < end or (closed and c.time == end)]
            for branch in branches
            for own in branch.changes
        ]
        trip = Trip(y, p, changes, at, self.control, self.rows, range(y.shape[1]))
        journey = self._travelled(trip)
        read = journey.outputs[np.searchsorted(at, self.hours[inside])]
        first = 0
        for branch in branches:
            who = slice(first, first + branch.size)
            first += branch.size
            branch.y, branch.p = journey.y[:, who].copy(), journey.p[:, who].copy()
            fresh = np.isnan(branch.values[:, :, inside]).all(axis=(0, 1))
            branch.values[:, :, inside[fresh]] = read[fresh][:, :, who].transpose(1, 2, 0)
            branch.failed = np.where(branch.failed != 0, branch.failed, journey.reason[who])
            branch.values[:, branch.failed != 0] = np.nan

    def _travelled(self, trip: Trip) -> Journey:
        if self.cluster is None:
            return trip.work(self.model)
        parts = self.cluster.each([trip.take(piece) for piece in cut(trip.who, PIECE)])
        return Journey(
            *(np.concatenate([getattr(part, one.name) for part in parts], axis=-1) for one in fields(Journey))
        )

    def fork(self, branch: Branch, who: Index, changes: Sequence[list[Change]]) -> Branch:
        """Some people of a branch go on with changes of their own; what was recorded stays with them."""
        return Branch(
            branch.y[:, who].copy(),
            branch.p[:, who].copy(),
            changes,
            branch.values[:, who].copy(),
            branch.failed[who],
        )

    def outputs(self, branch: Branch) -> Mapping[str, Array]:
        """What was recorded, by name (people, times)."""
        return {name: branch.values[k] for k, name in enumerate(self.names)}


def join(branches: Sequence[Branch]) -> Branch:
    """Several branches as one."""
    return Branch(
        np.concatenate([one.y for one in branches], axis=1),
        np.concatenate([one.p for one in branches], axis=1),
        [changes for one in branches for changes in one.changes],
        np.concatenate([one.values for one in branches], axis=1),
        np.concatenate([one.failed for one in branches]),
    )
