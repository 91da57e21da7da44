"""Weights: how well each virtual person explains the readings, and what is hidden in those who do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ..body.model import Model
from .bank import DAY, Bank
from .diary import follow_table
from .measure import Asked, Expected, expect, windows

Array = NDArray[np.float64]
_BLOCK = 2000  # people whose covariances are held in memory together


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihood of every virtual person in every window of severity, the prior weight of the window included.

    Attributes:
        log: (people, windows).
        expected: what the readings should be, per window.
        asked: the readings.
    """

    log: Array
    expected: tuple[Expected, ...]
    asked: Asked

    @property
    def of_people(self) -> Array:
        """(people,) over all windows."""
        return np.asarray(logsumexp(self.log, axis=1))


@dataclass(frozen=True)
class Hidden:
    """What is hidden in one way a person may be: a virtual person, a severity, ways of marking items, a bad patch.

    Attributes:
        person: (samples,) column of the bank.
        severity: (samples,) factor on all symptoms.
        factors: (samples, factors) standard normal, as `Asked.factors`.
        weeks: (samples, kinds, hours) part of the range by which the weeks around each hour went worse.
        hours: hours of `weeks`.
    """

    person: NDArray[np.int64]
    severity: Array
    factors: Array
    weeks: Array
    hours: Array


def likelihood(model: Model, bank: Bank, asked: Asked) -> Likelihood:
    """The likelihood of the readings in every person of a bank; minus infinity for who did not come through."""
    own = windows()
    # The mean of a lognormal factor lies above its median; without this, severity would come out too high.
    middles = np.exp(own.middle + own.inside**2 / 2)
    expected = tuple(expect(model, bank, asked, float(middle), own.inside) for middle in middles)
    log = np.empty((bank.count, own.middle.size))
    drift = drifting(asked)
    for k, (one, weight) in enumerate(zip(expected, own.log_weight, strict=True)):
        for start in range(0, bank.count, _BLOCK):
            part = slice(start, start + _BLOCK)
            log[part, k] = weight + _log_normal(one, part, drift, asked.values)
    log[~bank.sound] = -np.inf
    return Likelihood(log, expected, asked)


def drifting(asked: Asked) -> Array:
    """Covariance (rows, rows) of weeks that go worse, as parts of a range: shared within a kind, forgotten in days."""
    return weeks_covariance(asked.hours, asked.kinds, asked.hours, asked.kinds)


def weeks_covariance(hours: Array, kinds: NDArray, others: Array, other_kinds: NDArray) -> Array:
    """Covariance of the unexplained part at some hours with that at others."""
    row = follow_table()["unexplained"]
    apart = np.abs(hours[:, None] - others[None, :]) / (DAY * float(row["days"]))
    same = (kinds[:, None] == other_kinds[None, :]) & (kinds[:, None] < 2)
    return np.asarray(float(row["share"]) ** 2 * np.exp(-apart) * same)


def covariance(one: Expected, part: slice | NDArray, drift: Array) -> Array:
    """Covariance (people, rows, rows) of the readings of some people."""
    shared, weeks = one.shared[part], one.weeks[part]
    whole = shared @ shared.transpose(0, 2, 1) + weeks[:, :, None] * drift * weeks[:, None, :]
    rows = np.arange(whole.shape[1])
    whole[:, rows, rows] += one.own[part]
    return np.asarray(whole)


def _log_normal(one: Expected, part: slice, drift: Array, values: Array) -> Array:
    """Log density (people,) of the readings."""
    root = np.linalg.cholesky(covariance(one, part, drift))
    missed = values - one.mean[part]
    scaled = np.linalg.solve(root, missed[..., None])[..., 0]
    log_root = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    return np.asarray(-0.5 * (scaled**2).sum(axis=1) - log_root - 0.5 * values.size * np.log(2 * np.pi))


def effective(weights: NDArray) -> float:
    """Effective sample size of weights that sum to 1."""
    return float(1.0 / np.sum(np.asarray(weights) ** 2))


def normalised(log: Array) -> Array:
    """Weights that sum to 1 from logarithms; NaN when all are minus infinity."""
    return np.asarray(np.exp(log - logsumexp(log)))


def drawn(weights: Array, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Indices drawn systematically: each about `count` times its weight."""
    edges = np.cumsum(weights)
    edges[-1] = 1.0
    return np.searchsorted(edges, (np.arange(count) + rng.uniform()) / count).astype(np.int64)


def draw_hidden(
    found: Likelihood, weights: Array, count: int, more: Array, rng: np.random.Generator
) -> Hidden:
    """Samples of what is hidden, given the readings.

    Args:
        found: the likelihood of a bank.
        weights: (people,) of the bank, sum 1.
        count: how many samples.
        more: hours after the readings at which the unexplained part is wanted too.
        rng: random numbers.
    """
    person = drawn(weights, count, rng)
    own, asked = windows(), found.asked
    shares = np.exp(found.log[person] - logsumexp(found.log[person], axis=1, keepdims=True))
    window = (shares.cumsum(axis=1) < rng.uniform(size=(count, 1))).sum(axis=1).clip(0, own.middle.size - 1)
    hours = np.union1d(asked.hours, more)
    kinds = np.array([0, 1])
    factors = rng.standard_normal((count, len(asked.factors)))
    both = np.repeat(kinds, hours.size)
    grid = np.tile(hours, kinds.size)
    root = np.linalg.cholesky(weeks_covariance(grid, both, grid, both) + 1e-10 * np.eye(grid.size))
    weeks = rng.standard_normal((count, grid.size)) @ root.T
    to_rows = weeks_covariance(grid, both, asked.hours, asked.kinds)
    pick = _picked(grid, both, asked)
    drift = drifting(asked)
    for k in range(own.middle.size):
        here = np.flatnonzero(window == k)
        if not here.size:
            continue
        one, who = found.expected[k], person[here]
        mean, shared, slope = one.mean[who], one.shared[who], one.weeks[who]
        noise = np.sqrt(one.own[who]) * rng.standard_normal(mean.shape)
        imagined = (
            mean + np.einsum("prf,pf->pr", shared, factors[here]) + slope * (weeks[here] @ pick.T) + noise
        )
        pull = np.linalg.solve(covariance(one, who, drift), (asked.values - imagined)[..., None])[..., 0]
        factors[here] += np.einsum("prf,pr->pf", shared, pull)
        weeks[here] += (slope * pull) @ to_rows.T
    severity = np.exp(own.middle[window] + own.inside * factors[:, 0])
    return Hidden(person, severity, factors, weeks.reshape(count, kinds.size, hours.size), hours)


def _picked(grid: Array, kinds: NDArray, asked: Asked) -> Array:
    """(rows, grid) 1 where a reading falls on a grid point of its kind."""
    return np.asarray(
        (asked.hours[:, None] == grid[None, :]) & (asked.kinds[:, None] == kinds[None, :]), dtype=np.float64
    )
