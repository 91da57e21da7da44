"""One step of Rodas5P for a batch of people, each with a clock and a step of their own: a pure function of arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .rodas5p_table import GAMMA, INSIDE, LOOK, NODES, STAGES, A, C, D, H

Array = NDArray[np.float64]


class System(Protocol):
    """What a method needs to know of a problem. Arrays are (quantity, person); q is what `prepare` gives."""

    @property
    def width(self) -> int:
        """The number of people in a batch is a multiple of this."""
        ...

    def prepare(self, p: Array) -> Array:
        """Terms that depend on the parameters only."""
        ...

    def rates(self, t: Array, y: Array, p: Array, q: Array) -> Array:
        """dy/dt."""
        ...

    def begin(self, t: Array, y: Array, p: Array, q: Array, d: Array) -> tuple[Array, Array, Array]:
        """dy/dt, its partial derivative by time, and factors of d - df/dy, whose last row is the smallest |pivot|/d."""
        ...

    def solve(self, lu: Array, b: Array) -> Array:
        """Overwrite b with the solution of (d - df/dy) x = b."""
        ...

    def observe(self, t: Array, y: Array, p: Array, q: Array) -> Array:
        """What is to be recorded."""
        ...


@dataclass(frozen=True)
class Step:
    """What one step gives.

    Attributes:
        y: values at the end of the step (states, people).
        error: estimate of the local error by the embedded method (states, people).
        inside: what the dense output at `LOOK` lacks of following the rates, as an error (states, people).
        stages: the eight stage values, for dense output.
        pivot: smallest scaled pivot (people,).
    """

    y: Array
    error: Array
    inside: Array
    stages: list[Array]
    pivot: Array


def rodas5p_step(system: System, t: Array, h: Array, y: Array, p: Array, q: Array) -> Step:
    """One step from t to t + h.

    Args:
        system: the problem.
        t: time of each person (people,).
        h: step of each person (people,).
        y: values (states, people).
        p: parameters (parameters, people).
        q: `system.prepare(p)`.

    Source: Steinebach 2023, doi:10.1007/s10543-023-00967-x, order 5 with an embedded method of order 4. The look inside
    is our own: both methods can agree on a step over a steep switch that neither saw.
    """
    right, slope, lu = system.begin(t, y, p, q, 1.0 / (h * GAMMA))
    slope = h * slope
    over_h = 1.0 / h
    stages: list[Array] = []
    u = y
    for i in range(STAGES):
        if i:
            u = y + _weighted(A[i], stages)
            right = system.rates(t + NODES[i] * h, u, p, q)
            right += _weighted(C[i], stages) * over_h
        if D[i]:
            right += D[i] * slope
        stages.append(system.solve(lu, right))
    place = y + _weighted(INSIDE[0], stages)
    lacking = system.rates(t + LOOK * h, place, p, q) - _weighted(INSIDE[1], stages) * over_h
    return Step(u + stages[-1], stages[-1], system.solve(lu, lacking), stages, lu[-1])


def dense_output(y: Array, step: Step) -> tuple[Array, Array, Array, Array, Array]:
    """What `interpolate` needs of an accepted step: both ends and three weighted sums of the stages."""
    g0, g1, g2 = (_weighted(row, step.stages) for row in H)
    return y, step.y, g0, g1, g2


def interpolate(dense: Sequence[Array], part: Array) -> Array:
    """Values (states, people) at a part (people,) of the step, 0 at its start and 1 at its end; order 4."""
    y0, y1, g0, g1, g2 = dense
    rest = 1.0 - part
    return rest * y0 + part * (y1 + rest * (g0 + part * (g1 + part * g2)))


def _weighted(weights: Array, stages: list[Array]) -> Array:
    """Sum of stages times weights, always added in the same order so that no batch size changes a digit."""
    total = weights[0] * stages[0]
    for weight, stage in zip(weights[1:], stages[1:], strict=False):
        if weight:
            total += weight * stage
    return total
