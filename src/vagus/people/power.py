"""Power, assurance and sample size of a planned trial, from virtual people.

A replicate is a study of the planned size drawn from the virtual people, arms apart, and tested as such a study would
be: scores with the baseline as covariate (ANCOVA), shares by the normal test of two proportions, times by the log-rank
test. Power is the share of replicates with p below alpha. Assurance is the power averaged over population sets: over
what is not known of the population as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from ..body.model import Array, Model
from ..errors import fail
from .cluster import Cluster
from .endpoint import RATIOS, SHARES
from .measured import Seen, seen_of
from .stream import stream
from .study_record import Outcome, Study
from .survival import log_rank
from .trial import Trial, run_trial

REPLICATES = 1000
_MOST = 5000  # people of an arm up to which a sample size is looked for
_LEAST = 4
_CHUNK = 2_000_000  # numbers drawn at once


@dataclass(frozen=True)
class Power:
    """How often a study of this size finds a difference.

    Attributes:
        power: share of replicates with p below alpha.
        se: its Monte-Carlo standard error.
        sizes: people of the two arms.
        alpha: level of the test, two-sided.
        difference: mean of the estimated differences (arm minus versus; of times the log of the hazard ratio).
        test: what was done.
        replicates: how many.
    """

    power: float
    se: float
    sizes: tuple[int, int]
    alpha: float
    difference: float
    test: str
    replicates: int


def power_of(
    trial: Trial, endpoint: Outcome, *, sizes: tuple[int, int] | None = None, replicates: int = REPLICATES
) -> Power:
    """The power of a trial for one endpoint.

    Args:
        trial: with virtual people.
        endpoint: with an arm to compare with; its alpha counts.
        sizes: people of the arms; those of the study when None.
        replicates: how many studies to draw.

    Raises:
        VagusError: V466 when the endpoint compares nothing or cannot be predicted.
    """
    first, second = _both(trial, endpoint)
    arms = {arm.name: arm.n for arm in trial.study.arms}
    if sizes is None:
        sizes = arms[endpoint.arm], arms[str(endpoint.versus)]
    rng = stream(trial.seed, trial.study.id, 0, f"replicates {endpoint.arm} {endpoint.quantity} {sizes}")
    test = _test(endpoint)
    hits, told, done = 0, 0.0, 0
    while done < replicates:
        draws = int(min(replicates - done, max(1, _CHUNK // sum(sizes))))
        a = first[:, rng.integers(first.shape[1], size=(draws, sizes[0]))]
        b = second[:, rng.integers(second.shape[1], size=(draws, sizes[1]))]
        p, difference = _TESTS[test](a, b)
        hits += int(np.sum(p < endpoint.alpha))
        told += float(np.nansum(difference))
        done += draws
    power = hits / replicates
    se = float(np.sqrt(max(power * (1 - power), 0.25 / replicates) / replicates))
    return Power(power, se, sizes, endpoint.alpha, told / replicates, test, replicates)


def sample_size(trial: Trial, endpoint: Outcome, wanted: float, replicates: int = REPLICATES) -> Power | None:
    """The smallest equal arms whose power reaches what is wanted; None when 5000 people an arm do not.

    Args:
        trial: with virtual people.
        endpoint: as of `power_of`.
        wanted: power, 0 to 1.
        replicates: studies drawn for each size.
    """
    low, high = _LEAST, _LEAST
    while True:
        found = power_of(trial, endpoint, sizes=(high, high), replicates=replicates)
        if found.power >= wanted:
            break
        if high >= _MOST:
            return None
        low, high = high, min(2 * high, _MOST)
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        tried = power_of(trial, endpoint, sizes=(middle, middle), replicates=replicates)
        if tried.power >= wanted:
            high, found = middle, tried
        else:
            low = middle
    return found


def assurance(
    model: Model,
    study: Study,
    endpoint: Outcome,
    sets: Sequence[Mapping[str, float]],
    *,
    count: int = 200,
    seed: int = 1,
    replicates: int = REPLICATES,
    cluster: Cluster | None = None,
) -> tuple[float, list[float]]:
    """Power averaged over population sets, and the power under each.

    Args:
        model: the body.
        study: that is planned.
        endpoint: of it.
        sets: population sets, such as the uncertainty sample of the calibration.
        count: virtual people of each arm.
        seed: base seed.
        replicates: studies drawn for each set.
        cluster: as of `run_trial`.
    """
    each = []
    for one in sets:
        trial = run_trial(model, study, count=count, seed=seed, adjust=one, cluster=cluster)
        each.append(power_of(trial, endpoint, replicates=replicates).power)
    return float(np.mean(each)) if each else float("nan"), each


def randomised(trial: Trial) -> dict[str, NDArray[np.int64]]:
    """One study of the planned size: places of its people in each arm, nobody in two arms while there are enough."""
    rng = stream(trial.seed, trial.study.id, 0, "randomised")
    found: dict[str, NDArray[np.int64]] = {}
    for entered in dict.fromkeys(arm.entered for arm in trial.arms.values()):
        arms = {name: arm for name, arm in trial.arms.items() if arm.entered == entered and arm.size}
        pool = min((arm.size for arm in arms.values()), default=0)
        enough = sum(arm.arm.n for arm in arms.values()) <= pool
        order, first = rng.permutation(pool), 0
        for name, arm in arms.items():
            n = arm.arm.n
            if name != arm.arm.name:  # who goes on in the same arm is a part of it
                n = max(round(n * arm.size / trial.count), 1)
            found[name] = order[first : first + n] if enough else rng.integers(arm.size, size=n)
            first += n
    nobody = np.array([], dtype=np.int64)
    return {name: found.get(name, nobody) for name in trial.arms}


def _both(trial: Trial, endpoint: Outcome) -> tuple[Array, Array]:
    """People's numbers of both arms as the test wants them."""
    if endpoint.versus is None:
        raise fail(
            "V466", endpoint=f"{endpoint.quantity} of {endpoint.instrument}", reason="it compares nothing"
        )
    found = []
    for name in (endpoint.arm, endpoint.versus):
        seen = seen_of(trial, endpoint, name)
        numbers = endpoint.reason or seen if isinstance(seen, str) else _columns(endpoint, seen)
        if isinstance(numbers, str):
            raise fail("V466", endpoint=f"{endpoint.quantity} of {endpoint.instrument}", reason=numbers)
        found.append(numbers)
    return found[0], found[1]


def _columns(endpoint: Outcome, seen: Seen) -> Array | str:
    test = _test(endpoint)
    if test == "proportions":
        return "no rule says when a person counts" if seen.event is None else seen.events()
    if test == "log-rank":
        return "no rule says what a relapse is" if seen.time is None else seen.times()
    return seen.stack()


def _test(endpoint: Outcome) -> str:
    if endpoint.quantity in (*SHARES, *RATIOS):
        return "proportions"
    return "log-rank" if endpoint.quantity in ("hazard_ratio", "median_time") else "ANCOVA"


def _ancova(a: Array, b: Array) -> tuple[Array, Array]:
    """p and adjusted difference (draws,) of scores (2: value and baseline, draws, people)."""
    n, m = a.shape[-1], b.shape[-1]
    means = [part.mean(axis=-1, keepdims=True) for part in (a, b)]
    da, db = a - means[0], b - means[1]
    xx = (da[1] ** 2).sum(axis=-1) + (db[1] ** 2).sum(axis=-1)
    xy = (da[0] * da[1]).sum(axis=-1) + (db[0] * db[1]).sum(axis=-1)
    yy = (da[0] ** 2).sum(axis=-1) + (db[0] ** 2).sum(axis=-1)
    safe = np.where(xx > 0, xx, 1.0)
    slope = np.where(xx > 0, xy / safe, 0.0)
    apart = (means[0] - means[1])[..., 0]
    difference = apart[0] - slope * apart[1]
    free = n + m - 3
    left = np.maximum(yy - slope * xy, 1e-30) / free
    se = np.sqrt(left * (1 / n + 1 / m + np.where(xx > 0, apart[1] ** 2 / safe, 0.0)))
    return 2 * stdtr(free, -np.abs(difference / se)), difference


def _proportions(a: Array, b: Array) -> tuple[Array, Array]:
    """p and difference (draws,) of events (1, draws, people)."""
    n, m = a.shape[-1], b.shape[-1]
    difference = a[0].mean(axis=-1) - b[0].mean(axis=-1)
    both = (a[0].sum(axis=-1) + b[0].sum(axis=-1)) / (n + m)
    se = np.sqrt(np.maximum(both * (1 - both), 1e-30) * (1 / n + 1 / m))
    return 2 * ndtr(-np.abs(difference) / se), difference


def _log_rank(a: Array, b: Array) -> tuple[Array, Array]:
    """p and log of the hazard ratio (draws,) of times and events (2, draws, people)."""
    found = [log_rank(a[:, k], b[:, k]) for k in range(a.shape[1])]
    return np.array([p for p, _ in found]), np.array([log for _, log in found])


_TESTS = {"ANCOVA": _ancova, "proportions": _proportions, "log-rank": _log_rank}
