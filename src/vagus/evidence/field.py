"""The averaged body as a field for continuation: rates and derivatives of one person along one of their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..body.model import Array, Model
from ..kernel.kernel import Kernel

_STEP = 1e-6  # of finite differences, as a part of the size of a state or number
_LEAST = 1e-2  # size of a state that rests at nothing


@dataclass(frozen=True)
class Person:
    """One person of the averaged body.

    Attributes:
        kernel: machine code, with every number a parameter or the lean one.
        p: parameters (parameters,), in the order of the kernel.
        moving: rows of the states that can move; those of the 24-hour clock stand still in day means.
        still: all states (states,), for those that stand still.
    """

    kernel: Kernel
    p: Array
    moving: NDArray[np.int64]
    still: Array

    def rates(self, y: Array, p: Array) -> Array:
        """Rates of many states (moving, columns) under parameters (parameters, columns)."""
        columns = y.shape[1]
        width = self.kernel.width
        padded = -(-columns // width) * width
        whole = np.repeat(self.still[:, None], padded, axis=1)
        whole[self.moving, :columns] = y
        numbers = np.repeat(p[:, -1:], padded, axis=1)
        numbers[:, :columns] = p
        hoisted = self.kernel.prepare(numbers)
        found = self.kernel.rates(np.zeros(padded), whole, numbers, hoisted)
        return found[self.moving, :columns]

    def field(self, name: str) -> "Along":
        """The field along one number of this person."""
        return Along(self, self.kernel.parameters.index(name))

    def slopes(self, y: Array, names: Sequence[str]) -> Array:
        """Derivatives of the rates by some numbers (moving, names)."""
        rows = [self.kernel.parameters.index(name) for name in names]
        p = np.repeat(self.p[:, None], 2 * len(rows), axis=1)
        steps = _STEP * np.maximum(np.abs(self.p[rows]), _LEAST)
        for k, (row, step) in enumerate(zip(rows, steps, strict=True)):
            p[row, 2 * k] += step
            p[row, 2 * k + 1] -= step
        f = self.rates(np.repeat(y[:, None], p.shape[1], axis=1), p)
        return (f[:, 0::2] - f[:, 1::2]) / (2.0 * steps)


@dataclass(frozen=True)
class Along:
    """Rates, derivatives by the states, and by one number: what `solve.continuation` asks for."""

    person: Person
    row: int

    def __call__(self, y: Array, value: float) -> tuple[Array, Array, Array]:
        """Rates (n,), by the states (n, n), by the number (n,) at states (n,) and a value of the number."""
        count = y.size
        steps = _STEP * np.maximum(np.abs(y), _LEAST)
        columns = np.repeat(y[:, None], 2 * count + 3, axis=1)
        place = np.arange(count)
        columns[place, place] += steps
        columns[place, count + place] -= steps
        p = np.repeat(self.person.p[:, None], 2 * count + 3, axis=1)
        move = _STEP * max(abs(value), _LEAST)
        p[self.row] = value
        p[self.row, -2] += move
        p[self.row, -1] -= move
        f = self.person.rates(columns, p)
        jacobian = (f[:, :count] - f[:, count : 2 * count]) / (2.0 * steps)
        return f[:, -3], jacobian, (f[:, -2] - f[:, -1]) / (2.0 * move)


def person_of(model: Model, p: Array, y: Array, every_number: bool = False) -> Person:
    """A person for continuation.

    Arguments: `p` parameters (parameters,) of the model; `y` states (states,), of which those that never move are
    kept; `every_number` makes constants parameters as well.
    """
    kernel = model.kernel if every_number else model.lean
    numbers = np.array([p[model.places[name]] for name in kernel.parameters])
    quiet = numbers.copy()
    quiet[kernel.parameters.index("load.fluctuation_on")] = 0.0
    probe = Person(kernel, quiet, np.arange(y.size), y)
    _, slopes, _ = Along(probe, 0)(y, float(quiet[0]))
    return Person(kernel, quiet, np.flatnonzero(np.abs(slopes).max(axis=1) > 0.0), y)


def sizes(y: Array) -> Array:
    """What counts as large in each state (n,)."""
    return np.maximum(np.abs(y), 0.1)
