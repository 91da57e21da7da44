"""`predict`: what a trial with virtual people says about one outcome, and how sure a study of its size could be.

Every quantity is a statistic of people's numbers. Its Monte-Carlo error comes from resampling the virtual people with
the arms together (they share their people); what a study of the published size would show, from resampling them apart.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..body.model import Array
from ..observe import load_instrument
from ..tables import atlas_path, read_rows
from .measured import Seen, seen_of
from .stream import stream
from .study_record import Outcome
from .survival import hazard_ratio, median_time, share_by
from .trial import Trial

_DRAWS = 300  # resampled studies
_MOST_RESAMPLED = 20_000  # people of one resampled arm; of larger studies the error is told from so many
_SKEWED = 1.0  # skewness from which positive amounts are compared on the log scale
_HALF = 0.5  # a person, added to every cell of a table with an empty one
SHARES = ("response", "remission", "relapse", "prevalence", "dropout_rate", "correct_guess_rate")
EFFECTS = ("smd", "smd_change", "hedges_g")
RATIOS = ("odds_ratio", "risk_ratio")
TIMED = ("relapse", "hazard_ratio", "median_time")


@dataclass(frozen=True)
class Prediction:
    """What the model says about one outcome, in the unit of the outcome.

    Attributes:
        mean: the number; NaN when it is not predicted.
        se_mc: its Monte-Carlo standard error.
        sd_person: SD between people of what is measured; of a share p, sqrt(p (1 - p)); NaN where it means nothing.
        sd_sampling: SD of the number in studies of the published size (of ratios, by the delta method).
        reason: why it is not predicted; None when it is.
        n: people of the published number the sampling refers to.
        note: how it was counted, where that is not obvious.
    """

    mean: float
    se_mc: float = float("nan")
    sd_person: float = float("nan")
    sd_sampling: float = float("nan")
    reason: str | None = None
    n: int = 0
    note: str = ""


Statistic = Callable[[Array, Array | None], Array]


@dataclass(frozen=True)
class _Countable:
    """An outcome ready to be counted: people's numbers (kinds, people) of one or two arms, and their statistic."""

    first: Array
    second: Array | None
    statistic: Statistic
    person: Callable[[Array], float]
    paired: bool = False
    ratio: bool = False
    note: str = ""


def predict(trial: Trial, outcome: Outcome) -> Prediction:
    """What the virtual people of a trial say about one outcome.

    Args:
        trial: what `run_trial` gave.
        outcome: of its study, or any other one with the same arms.

    Returns:
        The prediction; with a reason instead of numbers where the model, the study or the trial lacks something.
    """
    reason = outcome.reason
    for name in (outcome.arm, outcome.versus):
        if reason is None and name is not None:
            reason = trial.unrun.get(name)
    if reason is not None:
        return Prediction(float("nan"), reason=reason, n=outcome.n)
    numbers = _numbers(trial, outcome)
    if isinstance(numbers, str):
        return Prediction(float("nan"), reason=numbers, n=outcome.n)
    mean = float(numbers.statistic(numbers.first, numbers.second))
    if not np.isfinite(mean):
        return Prediction(float("nan"), reason="too few virtual people had the event", n=outcome.n)
    sizes = _sizes(trial, outcome)
    luck = _luck(numbers, sizes) if outcome.quantity in SHARES and outcome.quantity != "relapse" else 0.0
    return Prediction(
        mean,
        _spread(trial, outcome, numbers, None, mean),
        numbers.person(numbers.first),
        float(np.hypot(_spread(trial, outcome, numbers, sizes, mean), luck)),
        None,
        outcome.n,
        numbers.note,
    )


def variance_ratio(trial: Trial, outcome: Outcome) -> float | None:
    """The variance of a difference between arms that share their people, as a part of that with people of their own.

    What is left is what the treatments do differently in each person, for all luck is shared. None where the arms are
    not compared, or have different people.
    """
    numbers = None if outcome.versus is None or outcome.reason else _numbers(trial, outcome)
    if numbers is None or isinstance(numbers, str) or numbers.second is None:
        return None
    size = numbers.first.shape[1]
    if size != numbers.second.shape[1]:
        return None
    mean = float(numbers.statistic(numbers.first, numbers.second))
    apart = _spread(trial, outcome, replace(numbers, paired=False), (size, size), mean)
    found = (_spread(trial, outcome, numbers, None, mean) / apart) ** 2 if apart > 0 else float("nan")
    return float(found) if np.isfinite(found) else None


def _luck(numbers: _Countable, sizes: tuple[int, int]) -> float:
    """SD that a share has beyond who is in the study where people have a chance of the event and not the event."""
    parts = [(numbers.first, sizes[0]), *([] if numbers.second is None else [(numbers.second, sizes[1])])]
    return float(np.sqrt(sum(np.mean(x[0] * (1.0 - x[0])) / n for x, n in parts)))


def _sizes(trial: Trial, outcome: Outcome) -> tuple[int, int]:
    """People of each arm behind the published number."""
    arms = {arm.name: arm.n for arm in trial.study.arms}
    own = max(arms.get(outcome.arm, outcome.n), 1)
    if outcome.versus is None or outcome.contrast == "within":
        return max(outcome.n, 2), max(outcome.n, 2)
    other = max(arms.get(outcome.versus, outcome.n), 1)
    part = min(outcome.n / (own + other), 1.0)
    return max(round(part * own), 2), max(round(part * other), 2)


def _spread(
    trial: Trial, outcome: Outcome, numbers: _Countable, sizes: tuple[int, int] | None, mean: float
) -> float:
    """SD of the statistic over resampled studies: of published sizes, or (None) of the virtual people themselves."""
    purpose = (
        f"{outcome.arm} {outcome.versus} {outcome.quantity} {outcome.instrument} {outcome.time_d} {sizes}"
    )
    rng = stream(trial.seed, trial.study.id, 0, f"resampled {purpose}")
    first, second = numbers.first, numbers.second
    shrunk = 1.0
    if sizes is not None and max(sizes) > _MOST_RESAMPLED:
        shrunk = max(sizes) / _MOST_RESAMPLED
        sizes = (max(round(sizes[0] / shrunk), 2), max(round(sizes[1] / shrunk), 2))
    size = first.shape[1] if sizes is None else sizes[0]
    draws = int(min(_DRAWS, max(50, 4e6 / (size * len(first)))))
    pick = rng.integers(first.shape[1], size=(draws, size))
    drawn = first[:, pick]
    other = None
    if second is not None:
        same = second.shape[1] == first.shape[1] and (sizes is None or numbers.paired)
        count = size if same else (second.shape[1] if sizes is None else sizes[1])
        pick = pick if same else rng.integers(second.shape[1], size=(draws, count))
        other = second[:, pick]
    found = numbers.statistic(drawn, other)
    found = found[np.isfinite(found)]
    if found.size < 10:
        return float("nan")
    if numbers.ratio:  # of the logarithm, turned back by the delta method
        good = found[found > 0]
        return float(np.std(np.log(good)) * abs(mean) / np.sqrt(shrunk)) if good.size > 10 else float("nan")
    return float(np.std(found) / np.sqrt(shrunk))


def _numbers(trial: Trial, outcome: Outcome) -> _Countable | str:
    """The numbers of an outcome, or why there are none."""
    first = seen_of(trial, outcome, outcome.arm)
    second = None if outcome.versus is None else seen_of(trial, outcome, outcome.versus)
    for seen in (first, second):
        if isinstance(seen, str):
            return seen
    assert isinstance(first, Seen) and not isinstance(second, str)
    quantity = outcome.quantity
    paired = outcome.contrast == "within"
    if quantity in TIMED and quantity != "relapse":
        return _timed(outcome, first, second)
    if quantity == "relapse":
        return _relapsed(first, second)
    if quantity in SHARES:
        return _share(first, second, paired)
    if quantity in RATIOS:
        return _ratio(quantity, first, second, paired)
    if quantity in EFFECTS:
        return _effect(trial, outcome, first, second, paired)
    return _mean(outcome, first, second, paired)


def _middle(outcome: Outcome) -> Callable[[Array], Array]:
    if outcome.statistic == "median":
        return lambda x: np.median(x, axis=-1)
    if outcome.statistic == "geomean":
        return lambda x: np.exp(np.mean(np.log(np.maximum(x, 1e-300)), axis=-1))
    return lambda x: np.mean(x, axis=-1)


def _mean(outcome: Outcome, first: Seen, second: Seen | None, paired: bool) -> _Countable | str:
    middle = _middle(outcome)
    within = second is None and (outcome.quantity != "mean" and outcome.quantity not in _AT_ONCE)
    of_change = outcome.quantity == "change" or within or (second is not None and first.score and first.later)
    if outcome.quantity in _AT_ONCE or outcome.quantity == "mean":
        of_change = False

    def one(x: Array) -> Array:
        if not of_change:
            return middle(x[0])
        if outcome.percent:
            return 100.0 * np.mean(x[0] - x[1], axis=-1) / np.mean(x[1], axis=-1)
        return middle(x[0] - x[1])

    def both(x: Array, y: Array | None) -> Array:
        if y is None:
            return one(x)
        if outcome.percent and not of_change:
            return 100.0 * (middle(x[0]) / middle(y[0]) - 1.0)
        if outcome.quantity == "bioavailability":
            return middle(x[0]) / middle(y[0])
        return one(x) - one(y)

    def person(x: Array) -> float:
        return float(np.std(x[0] - x[1] if of_change else x[0], ddof=1))

    return _Countable(first.stack(), _stacked(second), both, person, paired, note=first.note)


_AT_ONCE = ("cmax", "tmax", "auc", "bioavailability", "slope")


def _share(first: Seen, second: Seen | None, paired: bool) -> _Countable | str:
    for seen in (first, second):
        if seen is not None and seen.event is None:
            return "no rule says when a person counts"

    def both(x: Array, y: Array | None) -> Array:
        return x[0].mean(axis=-1) - (0.0 if y is None else y[0].mean(axis=-1))

    def person(x: Array) -> float:
        p = float(x[0].mean())
        return float(np.sqrt(p * (1 - p)))

    return _Countable(
        first.events(), None if second is None else second.events(), both, person, paired, note=first.note
    )


def _relapsed(first: Seen, second: Seen | None) -> _Countable | str:
    """Shares of people who relapsed by the time of the outcome (Kaplan-Meier), one arm's minus the other's."""
    if first.time is None or (second is not None and second.time is None):
        return "no rule says what a relapse is"

    def by_then(x: Array, until: float) -> Array:
        flat = x.reshape(2, -1, x.shape[-1])
        return np.array([share_by(flat[:, k], until) for k in range(flat.shape[1])]).reshape(x.shape[1:-1])

    def both(x: Array, y: Array | None) -> Array:
        return by_then(x, first.until) - (0.0 if y is None or second is None else by_then(y, second.until))

    def person(x: Array) -> float:
        p = float(by_then(x, first.until))
        return float(np.sqrt(p * (1 - p)))

    other = None if second is None else second.times()
    return _Countable(first.times(), other, both, person, note=first.note)


def _ratio(quantity: str, first: Seen, second: Seen | None, paired: bool) -> _Countable | str:
    if second is None:
        return "a ratio needs a second arm"
    if first.event is None or second.event is None:
        return "no rule says when a person counts"

    def both(x: Array, y: Array | None) -> Array:
        assert y is not None
        hits, misses = x[0].sum(axis=-1), (1 - x[0]).sum(axis=-1)
        others, spared = y[0].sum(axis=-1), (1 - y[0]).sum(axis=-1)
        empty = np.minimum(np.minimum(hits, misses), np.minimum(others, spared)) == 0
        hits, misses, others, spared = (part + _HALF * empty for part in (hits, misses, others, spared))
        if quantity == "odds_ratio":
            return np.asarray(hits * spared / (misses * others))
        return np.asarray(hits / (hits + misses) / (others / (others + spared)))

    return _Countable(
        first.events(), second.events(), both, lambda x: float("nan"), paired, ratio=True, note=first.note
    )


def _effect(
    trial: Trial, outcome: Outcome, first: Seen, second: Seen | None, paired: bool
) -> _Countable | str:
    sizes = _sizes(trial, outcome)
    shrink = 1.0
    if outcome.quantity == "hedges_g":
        free = sizes[0] + sizes[1] - 2 if second is not None else sizes[0] - 1
        shrink = 1.0 - 3.0 / (4.0 * max(free, 2) - 1.0)
    a, b = first.stack(), _stacked(second)
    note = first.note
    pooled = a[0] if b is None else np.concatenate([a[0], b[0]])
    least = least_spread(outcome)
    if np.ptp(pooled) <= 1e-9 * max(abs(float(pooled.mean())), 1e-9) and not least:
        return "virtual people do not differ in it"
    if not first.score and not least and pooled.min() > 0 and _skewness(pooled) > _SKEWED:
        a, b = np.log(a), None if b is None else np.log(b)
        note = "on the logarithm, because people differ in a skewed way"
    of_change = outcome.quantity == "smd_change"

    def both(x: Array, y: Array | None) -> Array:
        if y is None:  # from the start, in SD of the start or of the change
            moved = x[0] - x[1]
            sd = np.std(moved if of_change else x[1], axis=-1, ddof=1)
            return shrink * moved.mean(axis=-1) / (sd if of_change else np.maximum(sd, least))
        one, other = (x[0] - x[1], y[0] - y[1]) if of_change else (x[0], y[0])
        n, m = one.shape[-1], other.shape[-1]
        spread = (n - 1) * one.var(axis=-1, ddof=1) + (m - 1) * other.var(axis=-1, ddof=1)
        sd = np.sqrt(spread / (n + m - 2))
        return (
            shrink * (one.mean(axis=-1) - other.mean(axis=-1)) / (sd if of_change else np.maximum(sd, least))
        )

    return _Countable(a, b, both, lambda x: 1.0, paired, note=note)


@lru_cache(maxsize=1)
def _least_spreads() -> dict[str, float]:
    rows = read_rows(atlas_path("measure_spread.csv"), ("measure", "sd", "source", "grade", "meaning"))
    return {row["measure"]: float(row["sd"]) for row in rows}


def least_spread(outcome: Outcome) -> float:
    """The SD that people of one group have at least, in the unit of the outcome; 0 where nobody says.

    Virtual people lack much of what makes real people differ (in a test of pain, a night of sleep, a score they hardly
    have); without this floor a small difference of theirs would be a huge one in SD.
    """
    if outcome.measure is None:
        return 0.0
    return _least_spreads().get(outcome.measure.name, 0.0) / outcome.scale


def _skewness(x: Array) -> float:
    apart = x - x.mean()
    return float(np.mean(apart**3) / np.mean(apart**2) ** 1.5)


def _timed(outcome: Outcome, first: Seen, second: Seen | None) -> _Countable | str:
    if first.time is None or (second is not None and second.time is None):
        return "no rule says what a relapse is"
    if outcome.quantity == "hazard_ratio" and second is None:
        return "a ratio of hazards needs a second arm"

    def one(x: Array, y: Array | None) -> Array:
        days = outcome.scale  # in one unit of the outcome
        flat = x.reshape(2, -1, x.shape[-1])
        other = None if y is None else y.reshape(2, -1, y.shape[-1])
        if outcome.quantity == "hazard_ratio":
            assert other is not None
            found = [hazard_ratio(flat[:, k], other[:, k]) for k in range(flat.shape[1])]
        else:
            found = [median_time(flat[:, k]) / days for k in range(flat.shape[1])]
            if other is not None:
                found = [f - median_time(other[:, k]) / days for k, f in enumerate(found)]
        return np.array(found).reshape(x.shape[1:-1])

    ratio = outcome.quantity == "hazard_ratio" or second is None
    other = None if second is None else second.times()
    return _Countable(first.times(), other, one, lambda x: float("nan"), False, ratio=ratio, note=first.note)


def _stacked(seen: Seen | None) -> Array | None:
    return None if seen is None else seen.stack()


def reached(key: str) -> str:
    """How a scale counts a response, in words."""
    scale = load_instrument(key)
    if scale.response_points is not None:
        return f"a fall by {scale.response_points.value:g} points"
    return "no rule" if scale.response is None else f"a fall by {scale.response.value:.0%}"
