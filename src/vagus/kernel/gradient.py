"""Sensitivities by many lanes: one column of parameters becomes a crowd that differs by small steps, and back.

Central differences at two widths, extrapolated (Richardson): the error falls with the fourth power of the step, so the
step can be large against the tolerance of the solver. The lanes cost what so many people cost and need no code of
their own; steps of the solver are independent in each lane. The difference between the extrapolated slope and the one
at the smaller width is told beside it: it bounds what is left of the curve, not the noise of the solver.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Of the value; with `Control(rtol=1e-8, atol=1e-11)` both kinds of error are then alike (docs/engine.md).
STEP = 0.003
_SIDES = (-2.0, -1.0, 1.0, 2.0)


@dataclass(frozen=True)
class Shifts:
    """A crowd around one person.

    Attributes:
        p: parameters (parameters, 1 + 4 rows): the person, then four shifted ones for each row asked for.
        widths: what one step is for each row (rows,), in its unit.
    """

    p: Array
    widths: Array


def shifted(p: Array, rows: NDArray[np.int64], step: float = STEP, least: Array | float = 1.0) -> Shifts:
    """The crowd to simulate.

    Args:
        p: parameters of one person (parameters,).
        rows: which of them the slopes are wanted for.
        step: of the value of each.
        least: what the step is a part of where the value is 0 (rows,) or one number.
    """
    if p.ndim != 1 or not 0.0 < step < 0.5:
        raise ValueError("give the parameters of one person and a step between 0 and 0.5")
    size = np.where(p[rows] != 0.0, np.abs(p[rows]), np.broadcast_to(least, rows.shape))
    widths = step * size
    many = np.repeat(p[:, None], 1 + len(_SIDES) * rows.size, axis=1)
    for number, (row, width) in enumerate(zip(rows, widths, strict=True)):
        first = 1 + number * len(_SIDES)
        many[row, first : first + len(_SIDES)] += np.array(_SIDES) * width
    return Shifts(many, widths)


def slopes(outputs: Array, widths: Array) -> tuple[Array, Array]:
    """Slopes of the outputs of the crowd of `shifted`, and how far two widths disagree.

    Args:
        outputs: (..., 1 + 4 rows); NaN of a lane that failed makes the slope NaN.
        widths: of `Shifts`.

    Returns:
        d output / d parameter (..., rows) and the size of the last correction (..., rows).
    """
    sides = outputs[..., 1:].reshape(*outputs.shape[:-1], widths.size, len(_SIDES))
    near = (sides[..., 2] - sides[..., 1]) / (2.0 * widths)
    far = (sides[..., 3] - sides[..., 0]) / (4.0 * widths)
    best = near + (near - far) / 3.0
    return best, np.abs(best - near)
