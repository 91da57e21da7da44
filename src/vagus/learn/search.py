"""The step of the fit: a vector of prior standard deviations towards numbers with errors.

What is minimised is the Student-t loss of the residuals plus half the squared length of x (its prior is standard
normal), by regularised Gauss-Newton. Why that one: `search_contest`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Numbers that each of several x predicts; NaN where a number could not be predicted. Several at once can share cores.
Evaluate = Callable[[Sequence[Array]], Sequence[Array]]
FREEDOM = 4.0  # of the Student-t loss: a number far off pulls no harder than one at two errors
STEP = 0.4  # prior standard deviations of a finite difference: over the steps of people who tip or do not


@dataclass(frozen=True)
class Target:
    """What is to be met.

    Attributes:
        numbers: published, on their scales.
        sd: error of each, with the between-study spread.
        weight: how much each counts.
    """

    numbers: Array
    sd: Array
    weight: Array

    def loss(self, predicted: Array, x: Array) -> float:
        """Weighted Student-t loss of the residuals plus that of the prior."""
        return self.misfit(predicted) + 0.5 * float(x @ x)

    def misfit(self, predicted: Array) -> float:
        """The part of the loss that the residuals make."""
        z = self.residual(predicted)
        return float(np.sum(self.weight * 0.5 * (FREEDOM + 1) * np.log1p(z**2 / FREEDOM)))

    def residual(self, predicted: Array) -> Array:
        """Residuals in errors; 0 where nothing was predicted."""
        z = (predicted - self.numbers) / self.sd
        return np.where(np.isfinite(z), z, 0.0)


def jacobian_at(evaluate: Evaluate, x: Array, predicted: Array) -> Array:
    """(numbers, parameters) one-sided differences towards the prior's middle; 0 where a number is missing."""
    sides = np.where(x > 0, -STEP, STEP)
    moved = evaluate([x + side * unit for side, unit in zip(sides, np.eye(x.size), strict=True)])
    found = np.column_stack([(column - predicted) / side for column, side in zip(moved, sides, strict=True)])
    return np.where(np.isfinite(found), found, 0.0)


def step_from(target: Target, x: Array, predicted: Array, jacobian: Array) -> Array:
    """Where the linearised problem has its least loss, residuals weighted as the Student-t loss does."""
    z = target.residual(predicted)
    heavy = target.weight * (FREEDOM + 1) / (FREEDOM + z**2) / target.sd**2
    gap = np.where(np.isfinite(predicted), target.numbers - predicted, 0.0) + jacobian @ x
    square = (jacobian.T * heavy) @ jacobian + np.eye(x.size)
    return np.asarray(np.linalg.solve(square, (jacobian.T * heavy) @ gap))


def posterior(target: Target, predicted: Array, jacobian: Array) -> Array:
    """(parameters, parameters) covariance of x around the best, from the last derivative."""
    z = target.residual(predicted)
    heavy = target.weight * (FREEDOM + 1) / (FREEDOM + z**2) / target.sd**2
    return np.asarray(np.linalg.inv((jacobian.T * heavy) @ jacobian + np.eye(jacobian.shape[1])))


def left_out(target: Target, predicted: Array, jacobian: Array, group: Sequence[str]) -> Array:
    """What would be predicted for each number by a fit that had never seen its group.

    The linearised problem without the numbers of one group, solved at the best (Cook's formula for blocks): a number
    that pulled the fit towards itself is not a proof that the fit is right.

    Args:
        target: what was fitted.
        predicted: (numbers,) at the best.
        jacobian: (numbers, parameters) there.
        group: of each number, such as its study.

    Returns:
        (numbers,) predicted without the group.
    """
    z = target.residual(predicted)
    heavy = target.weight * (FREEDOM + 1) / (FREEDOM + z**2) / target.sd**2
    gap = np.where(np.isfinite(predicted), predicted - target.numbers, 0.0)
    square = (jacobian.T * heavy) @ jacobian + np.eye(jacobian.shape[1])
    without = np.array(predicted, dtype=float)
    names = np.array(group)
    for name in dict.fromkeys(group):
        rows = np.flatnonzero(names == name)
        slope, pull = jacobian[rows], heavy[rows]
        covariance = np.linalg.inv(square - (slope.T * pull) @ slope)
        without[rows] += slope @ (covariance @ ((slope.T * pull) @ gap[rows]))
    return without
