"""The stretches of a contest between changes, and what every other engine shares."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..solve.events import Change
from .contest import Contest

Array = NDArray[np.float64]


class Stuck(Exception):
    """An engine did not get through; the text is its own reason."""


def absolute(rtol: float) -> float:
    """The absolute tolerance that goes with a relative one, for every engine alike."""
    return max(1e-3 * rtol, 1e-12)


def start_leg(changes: Sequence[Change], y: Array, p: Array) -> None:
    """What changes at the start of a stretch, in place.

    Args:
        changes: of one person at one time.
        y, p: states and parameters of that person.
    """
    for change in changes:
        if change.jump:
            y[change.index] += change.value
        else:
            p[change.index] = change.value


def legs(contest: Contest, person: int) -> Iterator[tuple[list[Change], Array, NDArray[np.bool_]]]:
    """For each stretch between changes: what changes at its start, the times to compute, and which are outputs."""
    changes = sorted(contest.changes[person], key=lambda change: change.time)
    edges = np.unique([contest.times[0], *(c.time for c in changes), contest.times[-1]])
    for begin, end in pairwise(edges):
        inside = contest.times[(contest.times > begin) & (contest.times <= end)]
        points = np.unique([begin, *inside, end])
        yield [c for c in changes if c.time == begin], points, np.isin(points, inside)


def outputs_of(
    contest: Contest, people: Sequence[int], solve: Callable[[Array, Array, Array], Array]
) -> Array:
    """Outputs (times, observables, people) of an engine that takes one person over one stretch at a time.

    Args:
        contest: what is simulated.
        people: who.
        solve: states (points, states) at points of a stretch, from the state at its start and the parameters; raises
            `Stuck`.
    """
    return np.stack([_one(contest, person, solve) for person in people], axis=2)


def _one(contest: Contest, person: int, solve: Callable[[Array, Array, Array], Array]) -> Array:
    y, p = contest.y[:, person].copy(), contest.p[:, person].copy()
    parts = [y[contest.select][None]]
    for changes, points, wanted in legs(contest, person):
        start_leg(changes, y, p)
        states = solve(points, y, p)
        parts.append(states[wanted][:, contest.select])
        y = states[-1].copy()
    return np.concatenate(parts)
