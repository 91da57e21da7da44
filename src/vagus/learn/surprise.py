"""Checks of a fit: is this person like the people the model knows, and which readings does it not understand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

from ..observe import load_instrument
from .fit import Posterior
from .measure import Asked, windows
from .weights import Likelihood, covariance, drifting

Array = NDArray[np.float64]
IMAGINED = 200  # virtual people whose readings are compared with those of the person
UNLIKE, STRANGE = 0.02, 0.05  # shares of them below which a person is called unlike, or unusual
SAFETY = "suicidality"  # topic of an item that is told as a fact, and never forecast
ODD = 0.01  # a reading with less chance than this on its side is pointed at


@dataclass(frozen=True)
class OddReading:
    """A reading that the rest of the person's readings do not lead to expect; `item` counts from 0, -1 is the total."""

    key: str
    hour: float
    value: float
    expected: float
    low: float
    high: float
    item: int = -1


@dataclass(frozen=True)
class Checks:
    """Whether the fit can be trusted.

    Attributes:
        share: of virtual people with these conditions, doses and visits, how many have readings as unlikely as these.
        verdict: like, unusual or unlike.
        odd: readings that stand out.
        chance: (readings,) chance of a lower value than each reading, given all the others; about even in a good fit.
        effective: effective number of virtual people that carry the fit.
    """

    share: float
    verdict: str
    odd: tuple[OddReading, ...]
    chance: Array
    effective: float


def check_fit(posterior: Posterior, seed: int) -> Checks:
    """The checks of a fit; `seed` is that of the imagined readings."""
    share = _share_as_unlikely(posterior.first_found, seed)
    verdict = "unlike" if share < UNLIKE else "unusual" if share < STRANGE else "like"
    chance, middle, spread = _left_out(posterior)
    asked = posterior.found.asked
    odd = [
        _odd(asked, k, float(middle[k]), float(spread[k]))
        for k in range(len(asked.rows))
        if not ODD <= chance[k] <= 1 - ODD and not _untold(asked, k)
    ]
    return Checks(share, verdict, tuple(odd), chance, posterior.effective)


def _untold(asked: Asked, row: int) -> bool:
    """Whether a reading is the item about suicidality: what to expect of it is never told, only that it was marked."""
    key, _, item, _ = asked.rows[row]
    return item >= 0 and load_instrument(key).items[item].topic == SAFETY


def _odd(asked: Asked, row: int, middle: float, spread: float) -> OddReading:
    key, hour, item, value = asked.rows[row]
    ends = np.array([value, middle, middle - 1.645 * spread, middle + 1.645 * spread])
    shown, expected, low, high = map(float, np.exp(ends) if asked.kinds[row] == 2 else ends)
    return OddReading(key, hour, shown, expected, low, high, item=item)


def log_of_many(found: Likelihood, readings: Array) -> Array:
    """Log-likelihood (people, windows, sets) of many sets of readings (sets, rows) in every person of a bank."""
    people, own = found.log.shape[0], windows()
    total = np.full((people, own.middle.size, len(readings)), -np.inf)
    drift, rows = drifting(found.asked), readings.shape[1]
    for k, (one, weight) in enumerate(zip(found.expected, own.log_weight, strict=True)):
        for start in range(0, people, 500):
            part = slice(start, start + 500)
            root = np.linalg.cholesky(covariance(one, part, drift))
            log_root = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
            scaled = (readings[None] - one.mean[part, None]) @ np.linalg.inv(root).transpose(0, 2, 1)
            log = -0.5 * (scaled**2).sum(axis=2) - log_root[:, None] - 0.5 * rows * np.log(2 * np.pi)
            total[part, k] = weight + log
    total[~np.isfinite(found.log).any(axis=1)] = -np.inf
    return total


def _share_as_unlikely(first: Likelihood, seed: int) -> float:
    """The share of virtual people with the same conditions, doses and visits whose readings are as unlikely."""
    rng = np.random.default_rng(seed)
    own, drift = windows(), drifting(first.asked)
    sound = np.flatnonzero(np.isfinite(first.log).any(axis=1))
    who = rng.choice(sound, size=IMAGINED)
    window = rng.choice(own.middle.size, size=IMAGINED, p=np.exp(own.log_weight))
    imagined = np.empty((IMAGINED, len(first.asked.rows)))
    for k in range(own.middle.size):
        here = np.flatnonzero(window == k)
        if here.size:
            root = np.linalg.cholesky(covariance(first.expected[k], who[here], drift))
            noise = rng.standard_normal((here.size, imagined.shape[1], 1))
            imagined[here] = first.expected[k].mean[who[here]] + (root @ noise)[..., 0]
    log = logsumexp(log_of_many(first, np.vstack([first.asked.values, imagined])), axis=1)
    # A person must not explain themselves: their own column would make every imagined set likely.
    log[who, 1 + np.arange(IMAGINED)] = -np.inf
    evidence = logsumexp(log, axis=0)
    return float((1 + np.sum(evidence[1:] <= evidence[0])) / (1 + IMAGINED))


def _left_out(posterior: Posterior) -> tuple[Array, Array, Array]:
    """For each reading, given all the others: the chance of a lower value, the middle and the spread."""
    found, drift = posterior.found, drifting(posterior.found.asked)
    carried = posterior.weights > 0
    own_log = np.where(carried, np.log(np.where(carried, posterior.weights, 1.0)), -np.inf)
    within = found.log - logsumexp(np.where(carried[:, None], found.log, 0.0), axis=1, keepdims=True)
    shares = np.where(carried[:, None], own_log[:, None] + within, -np.inf)
    logs, means, variances = [], [], []
    for k, one in enumerate(found.expected):
        inverse = np.linalg.inv(covariance(one, slice(None), drift))
        alone = np.diagonal(inverse, axis1=1, axis2=2)
        pull = np.einsum("prs,ps->pr", inverse, found.asked.values - one.mean)
        mean = found.asked.values - pull / alone
        own = -0.5 * pull**2 / alone + 0.5 * np.log(alone)  # of this reading given the others
        logs.append(shares[:, k, None] - own)
        means.append(mean)
        variances.append(1.0 / alone)
    log, mean, variance = np.concatenate(logs), np.concatenate(means), np.concatenate(variances)
    weight = np.exp(log - logsumexp(log, axis=0))
    chance = (weight * ndtr((found.asked.values - mean) / np.sqrt(variance))).sum(axis=0)
    middle = (weight * mean).sum(axis=0)
    spread = np.sqrt((weight * (variance + mean**2)).sum(axis=0) - middle**2)
    return chance, middle, spread
