"""Verdicts by rule: the header of `claims.yaml`, word for word. Nothing here knows a claim."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..body.model import Array
from .statement import BY_CONSTRUCTION, Assertion

SHOWN, WEAKER, NOT_SUPPORTED, CONTRADICTED = "shown", "weaker than said", "not supported", "contradicted"
CONSTRUCTION = "by construction"
#: From best to worst: the verdict of a claim is the worst of its tests.
ORDER = (SHOWN, WEAKER, NOT_SUPPORTED, CONTRADICTED)
LEAST_SIZE = 0.2  # standard deviations, of the rule
_NORMAL = 1.959964  # of the standard normal distribution, for 95 %
#: As a part of their size: people who differ by less are told apart by the solver only.
_SAME = 1e-3
_NOTHING = 1e-5


@dataclass(frozen=True)
class Effect:
    """First side minus second, with 95 % intervals, in natural units and in pooled standard deviations of people.

    `first` and `second` are the means of the sides, `n` the people of the smaller one.
    """

    difference: float
    low: float
    high: float
    s: float
    s_low: float
    s_high: float
    first: float
    second: float
    n: int


@dataclass(frozen=True)
class Interval:
    """A published interval: ends in natural units or in standard deviations."""

    low: float
    high: float
    standardised: bool


def effect_of(first: Array, second: Array, paired: bool) -> Effect:
    """The effect between two sides (people,); the interval is that of the mean, by the delta method for s.

    Arguments: both sides with NaN for who cannot be read; `paired` when row i of both is the same person.
    Raises ValueError when fewer than two people are left on a side.
    """
    if paired:
        known = np.isfinite(first) & np.isfinite(second)
        first, second = first[known], second[known]
    else:
        first, second = first[np.isfinite(first)], second[np.isfinite(second)]
    if min(first.size, second.size) < 2:
        raise ValueError("fewer than two people can be read")
    x, y = first - first.mean(), second - second.mean()
    difference = float(first.mean() - second.mean())
    size = max(abs(float(first.mean())), abs(float(second.mean())), 1e-9)
    variance = float((first.var(ddof=1) + second.var(ddof=1)) / 2.0)
    alike = variance <= (_SAME * size) ** 2 or (
        paired and bool(np.abs(first - second).max() <= _NOTHING * size)
    )
    if abs(difference) <= _NOTHING * size and alike:
        difference, x, y = 0.0, np.zeros_like(x), np.zeros_like(y)
    sd = max(float(np.sqrt(variance)), _SAME * size)
    s = difference / sd
    # Influence of each person on the mean difference and on s: their spread gives the standard errors.
    pull_x, pull_y = (
        x / sd - s * (x**2 - variance) / (4.0 * sd**2),
        y / sd + s * (y**2 - variance) / (4.0 * sd**2),
    )
    if paired:
        se, se_s = _se(x - y), _se(pull_x - pull_y)
    else:
        se, se_s = float(np.hypot(_se(x), _se(y))), float(np.hypot(_se(pull_x), _se(pull_y)))
    half, half_s = _NORMAL * se, _NORMAL * se_s
    ends = (difference - half, difference + half, s, s - half_s, s + half_s)
    return Effect(difference, *ends, float(first.mean()), float(second.mean()), min(first.size, second.size))


def _se(pull: Array) -> float:
    return float(pull.std(ddof=1) / np.sqrt(pull.size))


def verdict_of(test: Assertion, effect: Effect, published: Interval | None = None) -> str:
    """The verdict of one test by the rule of the ledger; `published` is the interval of studies where there is one."""
    if test.evidence in BY_CONSTRUCTION:
        return CONSTRUCTION
    if test.evidence == "contradicted":
        return CONTRADICTED
    if test.evidence in ("weak", "untested"):
        return NOT_SUPPORTED
    if test.sign == "0":
        inside = -LEAST_SIZE <= effect.s_low and effect.s_high <= LEAST_SIZE
        return SHOWN if inside and _overlaps(effect, published) else WEAKER
    difference, s, s_low = _toward(test, effect)
    reached = test.mcid is None or difference >= test.mcid
    good = s_low > 0 and s >= LEAST_SIZE and reached and _overlaps(effect, published)
    return SHOWN if good else WEAKER


def shortfalls(test: Assertion, effect: Effect, published: Interval | None = None) -> list[str]:
    """What keeps a test from being shown, each in plain words: the parts of the rule that it misses.

    Empty where the rule calls it shown. Grades that cannot be shown give no reasons here. Arguments as of `verdict_of`.
    """
    if test.evidence in (*BY_CONSTRUCTION, "contradicted", "weak", "untested"):
        return []
    found = []
    difference, s, s_low = _toward(test, effect)
    if test.sign == "0":
        if max(-effect.s_low, effect.s_high) > LEAST_SIZE:
            ends = f"{effect.s_low:+.2f} to {effect.s_high:+.2f}"
            found.append(f"the difference may be {ends} SD, where the rule wants it within {LEAST_SIZE:g}")
    elif s <= 0.0:
        found.append("it goes the other way" if against(test, effect) else "no difference that way")
    else:
        if s < LEAST_SIZE:
            found.append(
                f"only {s:{'.3f' if s > LEAST_SIZE - 0.01 else '.2f'}} SD, where the rule asks {LEAST_SIZE:g}"
            )
        if s_low <= 0.0:
            found.append("its interval reaches zero")
        if test.mcid is not None and difference < test.mcid:
            found.append(f"only {difference:.3g}, where {test.mcid:g} is the least that matters")
    if published is not None and not _overlaps(effect, published):
        unit = " SD" if published.standardised else ""
        found.append(f"not within the {published.low:g} to {published.high:g}{unit} of studies")
    return found


def against(test: Assertion, effect: Effect) -> bool:
    """Whether the run goes against the asserted direction with an interval off zero."""
    return effect.s_low > 0.0 if test.sign == "-" else effect.s_high < 0.0


def flatters(test: Assertion, effect: Effect) -> bool:
    """Whether the run agrees with the article where the record says otherwise, with an interval off zero."""
    return test.evidence == "contradicted" and _toward(test, effect)[2] > 0


def _toward(test: Assertion, effect: Effect) -> tuple[float, float, float]:
    """Difference, s and its lower end, counted positive in the asserted direction."""
    if test.sign == "-":
        return -effect.difference, -effect.s, -effect.s_high
    return effect.difference, effect.s, effect.s_low


def _overlaps(effect: Effect, published: Interval | None) -> bool:
    if published is None:
        return True
    low, high = (effect.s_low, effect.s_high) if published.standardised else (effect.low, effect.high)
    return low <= published.high and published.low <= high


def worst_of(verdicts: Iterable[str]) -> str:
    """The worst of some verdicts; by construction only where there is nothing else."""
    known = [verdict for verdict in verdicts if verdict != CONSTRUCTION]
    return max(known, key=ORDER.index) if known else CONSTRUCTION
