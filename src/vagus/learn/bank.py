"""A bank: virtual people like this person, lived through this person's past, ready to go on from today."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..body.hold import hold_changes
from ..body.model import Array, Model
from ..body.resting import Resting
from ..body.simulate import People
from ..body.travel import travel
from ..body.treatment import Treatment, given_changes
from ..people.draw import take_people
from ..solve.events import Change, Events
from ..solve.integrate import Control, Journey
from .diary import Happening

Index = NDArray[np.int64]
#: Accuracy of a fit: far below the noise of any score.
FIT = Control(rtol=1e-4, atol=1e-7)
DAY = 24.0


@dataclass(frozen=True)
class Bank:
    """Virtual people and what they went through.

    Attributes:
        people: their parameters and how they were made.
        rest: their states on day 0.
        sets: (people,) the population set each was drawn from.
        times: hours (times,) at which outputs were kept.
        names: what was kept.
        values: (kept, people, times).
        y, p: states and parameters at the last of the times, from which a plan goes on.
        sound: (people,) who lived through it all.
    """

    people: People
    rest: Resting
    sets: Index
    times: Array
    names: tuple[str, ...]
    values: Array
    y: Array
    p: Array
    sound: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many people."""
        return int(self.sound.size)

    def of(self, name: str) -> Array:
        """One output (people, times)."""
        return self.values[self.names.index(name)]

    def take(self, who: Index) -> "Bank":
        """Some of the people, perhaps several times."""
        return replace(
            self,
            people=take_people(self.people, who),
            rest=self.rest.take(who),
            sets=self.sets[who],
            values=self.values[:, who],
            y=self.y[:, who],
            p=self.p[:, who],
            sound=self.sound[who],
        )


def live(
    model: Model,
    people: People,
    rest: Resting,
    sets: Index,
    past: Treatment,
    happenings: Sequence[Happening],
    times: Array,
    names: Sequence[str],
) -> Bank:
    """People through a past, from their rest at hour 0 to the last of the times."""
    events = events_of(model, people.p, float(people.weight[0]), past, happenings, 0.0, float(times[-1]))
    journey = _go(model, rest.y, people.p, events, times, names)
    values = journey.outputs.transpose(1, 2, 0)
    sound = (journey.reason == 0) & rest.accepted & np.isfinite(values).all(axis=(0, 2))
    return Bank(people, rest, sets, times, tuple(names), values, journey.y, journey.p, sound)


def go_on(
    model: Model,
    bank: Bank,
    whole: Treatment,
    happenings: Sequence[Happening],
    times: Array,
    names: Sequence[str],
) -> tuple[Array, NDArray[np.bool_]]:
    """The people of a bank from its last time on: outputs (kept, people, times), and who came through.

    Args:
        model: the body.
        bank: where they are.
        whole: what they got and get, on the axis of the bank.
        happenings: events of the past that may still run.
        times: hours, the first of them the last of the bank.
        names: what to keep.
    """
    start, end = float(times[0]), float(times[-1])
    weight = float(bank.people.weight[0])
    events = events_of(model, bank.people.p, weight, whole, happenings, start, end)
    journey = _go(model, bank.y, bank.p, events, times, names)
    values = journey.outputs.transpose(1, 2, 0)
    return values, (journey.reason == 0) & np.isfinite(values).all(axis=(0, 2))


def extended(
    model: Model, bank: Bank, whole: Treatment, happenings: Sequence[Happening], later: Array
) -> Bank:
    """A bank that has gone on to later hours (times,), all after its last one; arguments as of `go_on`."""
    times = np.concatenate([bank.times[-1:], later])
    weight = float(bank.people.weight[0])
    events = events_of(model, bank.people.p, weight, whole, happenings, float(times[0]), float(times[-1]))
    journey = _go(model, bank.y, bank.p, events, times, bank.names)
    values = np.concatenate([bank.values, journey.outputs[1:].transpose(1, 2, 0)], axis=2)
    sound = bank.sound & (journey.reason == 0) & np.isfinite(values).all(axis=(0, 2))
    times = np.concatenate([bank.times, later])
    return replace(bank, times=times, values=values, y=journey.y, p=journey.p, sound=sound)


def events_of(
    model: Model,
    p: Array,
    weight: float,
    treatment: Treatment,
    happenings: Sequence[Happening],
    start: float,
    end: float,
) -> Events:
    """Everybody's changes from `start` on and before `end` (hours).

    Doses are the same for all of them, because they share one weight; holds depend on what each of them has.
    """
    shared = given_changes(treatment, model, weight, end, p[:, 0])
    shared += [
        Change(hour, True, model.state(one.state), one.amount)
        for one in happenings
        if one.state
        for hour in np.arange(one.start, min(one.end, end), DAY)
    ]
    holds = [*treatment.all_holds, *(one.hold for one in happenings if one.hold is not None)]
    shared = sorted((c for c in shared if start <= c.time < end), key=lambda c: c.time)
    if not holds:
        return _repeated(shared, p.shape[1])
    own = [
        [c for c in hold_changes(holds, model, p[:, i], end) if start <= c.time < end]
        for i in range(p.shape[1])
    ]
    return Events([[*shared, *each] for each in own])


def _repeated(changes: Sequence[Change], people: int) -> Events:
    """The same changes for everybody."""
    one = Events([changes])
    many = Events([])
    many.first = np.arange(people + 1) * len(changes)
    many.time, many.jump = np.tile(one.time, people), np.tile(one.jump, people)
    many.index, many.value = np.tile(one.index, people), np.tile(one.value, people)
    return many


def _go(
    model: Model,
    y: Array,
    p: Array,
    events: Events,
    times: Array,
    names: Sequence[str],
) -> Journey:
    known = {name: row for row, name in enumerate([*model.states, *model.outputs])}
    rows = np.array([known[name] for name in names], dtype=np.int64)
    times = np.asarray(times, dtype=np.float64)
    if times.size == 1:  # nothing to travel: only what is there now
        times = np.array([times[0], times[0] + 1e-3])
        journey = travel(model, y, p, events, times, FIT, rows)
        return replace(journey, outputs=journey.outputs[:1])
    return travel(model, y.copy(), p.copy(), events, times, FIT, rows)
