"""The stretches of a contest between changes, and what every other engine shares."""

from collections.abc import Iterator, Sequence
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
