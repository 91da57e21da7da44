"""What one item shows on average when its mark is rounded and cut at its ends: mean, spread and slope, from a table.

A mark is `clip(round(u + s e))` with e standard normal. Its mean and variance as functions of u are computed once for
each range and spread, from the normal distribution itself, and read off by interpolation.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]
_STEP = 0.02
_BEYOND = 6.0  # spreads beyond the ends of the item, after which nothing changes


@lru_cache(maxsize=256)
def _table(span: int, spread: float) -> tuple[float, Array]:
    """Start of the grid, and mean, variance and slope of the mean on it (3, grid)."""
    beyond = 1.0 + _BEYOND * max(spread, 0.1)
    grid = np.arange(-beyond, span + beyond + _STEP, _STEP)
    edges = np.arange(0, span) + 0.5  # between neighbouring marks
    above = ndtr((grid[:, None] - edges) / max(spread, 1e-3))  # chance that the mark lies above each edge
    mean = above.sum(axis=1)
    second = (above * (2 * np.arange(1, span + 1) - 1)).sum(axis=1)  # E of the square, edge by edge
    slope = np.gradient(mean, _STEP)
    return float(grid[0]), np.array([mean, np.maximum(second - mean**2, 0.0), slope])


def item_moments(u: Array, span: float, spread: float) -> tuple[Array, Array, Array]:
    """Mean, variance and slope of the mean of a rounded and cut mark, all of the shape of `u`.

    Arguments: `u`, what it would show before noise, counted from the item's lowest mark; `span`, its highest mark less
    its lowest; `spread`, SD of all noise, in marks.
    """
    start, table = _table(round(span), round(float(spread), 6))
    place = np.clip((u - start) / _STEP, 0.0, table.shape[1] - 1.001)
    left = place.astype(np.int64)
    part = place - left
    mean, variance, slope = table[:, left] * (1 - part) + table[:, left + 1] * part
    return mean, variance, slope
