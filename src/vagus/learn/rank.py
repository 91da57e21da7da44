"""How good forecasts are: ranks and their envelope, coverage, and the continuous ranked probability score."""

import numpy as np
from numpy.typing import NDArray

from ..extras import later

binom = later("scipy.stats", "binom")
norm = later("scipy.stats", "norm")

Array = NDArray[np.float64]
_NULLS = 1000  # simulated sets of uniform ranks
_GRID = 99
_LEVEL = 0.01  # of the envelope as a whole
_UNEVEN = 0.2  # how much a band that leaves more on one side counts as worse


def ranks(samples: Array, truth: Array, rng: np.random.Generator) -> Array:
    """The rank of each truth (people,) among its samples (people, samples), as a number between 0 and 1.

    Ties are broken at random, so that the ranks of a right forecast of whole marks are even too.
    """
    below = (samples < truth[:, None] - 1e-9).sum(axis=1)
    equal = (np.abs(samples - truth[:, None]) <= 1e-9).sum(axis=1)
    return np.asarray((below + rng.uniform(size=truth.size) * (equal + 1)) / (samples.shape[1] + 1))


def band(samples: Array, part: float, within: tuple[float, float] | None = None) -> tuple[float, float]:
    """The ends of a band (both inside it) around the median that holds as nearly as can be a part of the samples.

    A score has whole marks, and the usual quantiles would hold more than they say. Of all bands that hold the median
    that one is taken which comes nearest to the part, and leaves about as much below as above. NaN is left out;
    `within`, a wider band that it has to lie in.
    """
    marks, counts = np.unique(samples[np.isfinite(samples)], return_counts=True)
    if not marks.size:
        return float("nan"), float("nan")
    share = counts / counts.sum()
    below = np.concatenate([[0.0], share.cumsum()[:-1]])  # outside, when the band begins at a mark
    above = 1.0 - share.cumsum()  # outside, when it ends there
    middle = int(np.searchsorted(share.cumsum(), 0.5 - 1e-12))
    low, high = below[: middle + 1, None], above[None, middle:]
    cost = np.abs(1.0 - low - high - part) + _UNEVEN * np.abs(low - high)
    if within is not None:
        cost = np.where(
            (marks[: middle + 1, None] >= within[0]) & (marks[None, middle:] <= within[1]), cost, np.inf
        )
    first, last = np.unravel_index(int(cost.argmin()), cost.shape)
    return float(marks[first]), float(marks[middle + last])


def covered(samples: Array, truth: Array, part: float) -> NDArray[np.bool_]:
    """Whether each truth (people,) lies in the band of its samples (people, samples), the ends included."""
    ends = np.array([band(row, part) for row in samples])
    return np.asarray((truth >= ends[:, 0] - 1e-9) & (truth <= ends[:, 1] + 1e-9))


def crps(samples: Array, truth: Array) -> Array:
    """Continuous ranked probability score (people,) of samples (people, samples): lower is better."""
    ordered = np.sort(samples, axis=1)
    count = samples.shape[1]
    weights = (2 * np.arange(1, count + 1) - count - 1) / count**2
    return np.asarray(np.abs(samples - truth[:, None]).mean(axis=1) - (ordered * weights).sum(axis=1))


def crps_normal(mean: Array, spread: Array, truth: Array) -> Array:
    """The same of normal forecasts."""
    z = (truth - mean) / spread
    return np.asarray(spread * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)))


def envelope_p(found: Array, seed: int = 0) -> float:
    """The chance that even ranks leave the envelope of their distribution function as far as these (people,).

    The statistic is the smallest two-sided binomial chance over a grid (Saeilynoja, Buerkner and Vehtari 2022); its own
    distribution is simulated. Below 0.01 the ranks lie outside the envelope at 1 % overall.
    """
    rng = np.random.default_rng(seed)
    own = _least_chance(found[None])[0]
    nulls = _least_chance(rng.uniform(size=(_NULLS, found.size)))
    return float((1 + np.sum(nulls <= own)) / (1 + _NULLS))


def _least_chance(found: Array) -> Array:
    count = found.shape[1]
    grid = np.arange(1, _GRID + 1) / (_GRID + 1)
    ordered = np.sort(found, axis=1)
    below = np.array([np.searchsorted(row, grid, side="right") for row in ordered])
    tail = np.minimum(binom.cdf(below, count, grid), binom.sf(below - 1, count, grid))
    return np.asarray(2 * tail.min(axis=1))


def envelope(count: int, seed: int) -> tuple[Array, Array, Array]:
    """Grid, and the lower and upper edge of the distribution function of so many even ranks, 1 % overall."""
    rng = np.random.default_rng(seed)
    least = np.quantile(_least_chance(rng.uniform(size=(_NULLS, count))), _LEVEL)
    grid = np.arange(1, _GRID + 1) / (_GRID + 1)
    return grid, binom.ppf(least / 2, count, grid) / count, binom.ppf(1 - least / 2, count, grid) / count
