"""Steady states followed along a parameter: Newton, and pseudo-arclength so that folds are passed.

Arrays only: whoever asks gives a field that says, for states (n,) and a value of the parameter, the rates (n,), their
derivatives by the states (n, n) and by the parameter (n,). Keller 1977 is the method; nothing here knows a model.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Field = Callable[[Array, float], tuple[Array, Array, Array]]

TOLERANCE = 1e-9  # of a Newton step, as a part of the size of each state
_MOST = 25  # Newton steps


@dataclass(frozen=True)
class Traced:
    """A curve of steady states.

    Attributes:
        values: of the parameter (points,).
        states: (points, n).
        leading: real part of the leading eigenvalue at each point (points,), per unit of time; below 0 is stable.
        folds: places between two points where the direction of the parameter turns.
    """

    values: Array
    states: Array
    leading: Array
    folds: tuple[int, ...]


def newton(field: Field, y: Array, value: float, size: Array) -> tuple[Array, bool]:
    """The steady state near `y` and whether it was reached.

    Arguments: `field`; `y` (n,) to begin at; `value` of the parameter; `size` (n,) what counts as large in each state.
    """
    y = y.copy()
    for _ in range(_MOST):
        f, jacobian, _ = field(y, value)
        step = _solve(jacobian, -f, size)
        if not np.isfinite(step).all():
            return y, False
        # A step further than the states are large would leave the region in which the slope means anything.
        step *= min(1.0, 0.5 / max(float(np.max(np.abs(step / size))), 1e-12))
        y += step
        if np.max(np.abs(step / size)) < TOLERANCE:
            return y, True
    return y, False


def _solve(matrix: Array, right: Array, size: Array) -> Array:
    """A linear system with columns in units of `size` and rows of like weight; least squares where it is singular."""
    scaled = matrix * size[None, : matrix.shape[1]] if matrix.shape[1] == size.size else matrix
    weight = np.maximum(np.abs(scaled).max(axis=1), 1e-300)
    try:
        found = np.linalg.solve(scaled / weight[:, None], right / weight)
    except np.linalg.LinAlgError:
        found = np.linalg.lstsq(scaled / weight[:, None], right / weight, rcond=None)[0]
    return found * size


def leading_eigenvalue(field: Field, y: Array, value: float) -> float:
    """Largest real part of the eigenvalues of the derivatives by the states; what never moves has to be left out."""
    return float(np.linalg.eigvals(field(y, value)[1]).real.max())


def trace(
    field: Field,
    y: Array,
    value: float,
    size: Array,
    low: float,
    high: float,
    *,
    upwards: bool = True,
    step: float = 0.03,
    most: int = 240,
) -> Traced:
    """Follow a steady state along the parameter, round folds, until it leaves low..high or `most` points are taken.

    Args:
        field: rates and their derivatives.
        y: a steady state (n,) at `value`.
        value: of the parameter.
        size: what counts as large in each state (n,).
        low, high: range of the parameter.
        upwards: whether to set out to larger values.
        step: first length of a step, with the range of the parameter and the size of each state as 1.
        most: points at most.
    """
    span = high - low
    tangent = _tangent(field, y, value, size, span, None, 1.0 if upwards else -1.0)
    values, states, folds = [value], [y], []
    length = step
    while len(values) < most and low <= values[-1] <= high:
        found = _next(field, states[-1], values[-1], tangent, length, size, span)
        if found is None:
            length /= 2.0
            if length < step / 512.0:
                break
            continue
        new_y, new_value = found
        new_tangent = _tangent(field, new_y, new_value, size, span, tangent, 0.0)
        if float(new_tangent @ tangent) < 0.9:  # turned too far for one step
            length /= 2.0
            if length >= step / 512.0:
                continue
        if new_tangent[-1] * tangent[-1] < 0:
            folds.append(len(values))
        values.append(new_value)
        states.append(new_y)
        tangent = new_tangent
        length = min(length * 1.3, 4.0 * step)
    kept = [place for place, one in enumerate(values) if low <= one <= high]
    leading = np.array([leading_eigenvalue(field, states[k], values[k]) for k in kept])
    inside = tuple(fold for fold in folds if fold < len(kept))
    return Traced(np.array([values[k] for k in kept]), np.array([states[k] for k in kept]), leading, inside)


def _tangent(
    field: Field, y: Array, value: float, size: Array, span: float, before: Array | None, first: float
) -> Array:
    """Unit direction of the curve (n + 1,), in units of size and span, going on the way it came."""
    _, jacobian, slope = field(y, value)
    whole = np.concatenate([jacobian * size[None, :], slope[:, None] * span], axis=1)
    whole /= np.maximum(np.abs(whole).max(axis=1), 1e-300)[:, None]
    row = np.zeros(size.size + 1)
    row[-1] = 1.0
    border = row if before is None else before
    right = np.zeros(size.size + 1)
    right[-1] = 1.0
    found = _bordered(np.vstack([whole, border[None, :]]), right)
    found /= np.linalg.norm(found)
    way = found[-1] * first if before is None else float(found @ before)
    return np.asarray(found if way >= 0 else -found)


def _bordered(matrix: Array, right: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(matrix, right))
    except np.linalg.LinAlgError:  # exactly at a fold along the wrong border
        return np.asarray(np.linalg.lstsq(matrix, right, rcond=None)[0])


def _next(
    field: Field, y: Array, value: float, tangent: Array, length: float, size: Array, span: float
) -> tuple[Array, float] | None:
    """The point of the curve one step further, or None when Newton does not come to it."""
    at = np.concatenate([y / size, [value / span]]) + length * tangent
    start = at.copy()
    for _ in range(8):
        f, jacobian, slope = field(at[:-1] * size, float(at[-1] * span))
        whole = np.concatenate([jacobian * size[None, :], slope[:, None] * span], axis=1)
        weight = np.maximum(np.abs(whole).max(axis=1), 1e-300)
        matrix = np.vstack([whole / weight[:, None], tangent[None, :]])
        right = np.concatenate([-f / weight, [-float((at - start) @ tangent)]])
        try:
            move = np.linalg.solve(matrix, right)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(move).all() or np.max(np.abs(move)) > 4.0 * length + 1e-6:
            return None
        at += move
        if np.max(np.abs(move)) < 1e-8:
            return at[:-1] * size, float(at[-1] * span)
    return None
