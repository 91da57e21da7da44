"""Forecast: the people of a fit go on under several plans, and what would be measured in each week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..body.model import Model
from ..observe import Instrument, load_instrument, remitted, responded
from .bank import DAY, Bank, go_on
from .diary import Diary
from .fit import Posterior
from .plan import Plan, plan_start
from .rank import band
from .scored import Lives, measured
from .weights import Hidden, draw_hidden, drawn

Array = NDArray[np.float64]
SAMPLES = 800
PEOPLE = 400  # different people the samples are taken of at most
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
PEAK_MINUTES = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 130.0)
SYSTOLIC, DIASTOLIC = "biomarker.systolic", "biomarker.diastolic"


@dataclass(frozen=True)
class Band:
    """Bands of something over time: (5, times) lower end of 90 and of 50 percent, median, their upper ends."""

    quantiles: Array

    @property
    def median(self) -> Array:
        """(times,)"""
        return np.asarray(self.quantiles[2])


@dataclass(frozen=True)
class Peak:
    """Systolic pressure around a dose: its hour, and quantiles (5,) before it, at its peak, and of the rise."""

    hour: float
    before: Array
    peak: Array
    rise: Array


@dataclass(frozen=True)
class Chances:
    """Shares of the samples (times,), None where the scale has no rule: response and remission in each week, relapse
    by each week among all, and who has had a response by then and can relapse at all."""

    response: Array | None
    remission: Array | None
    relapse: Array | None
    had: Array | None = None


@dataclass(frozen=True)
class Ahead:
    """The forecast under one plan.

    Attributes:
        plan: what is done.
        hours: (times,) on the axis of the diary, one a week; the first is the day the plan begins.
        scores: bands of what would be measured, by instrument.
        under: samples (samples, times) of what the person would report on average, by instrument.
        chances: by instrument.
        composites: bands of the mental and the physical composite.
        composite_samples: (samples, times) of them.
        peaks: systolic pressure around each dose that would be given.
        lives: what the virtual people go through.
    """

    plan: Plan
    hours: Array
    scores: Mapping[str, Band]
    under: Mapping[str, Array]
    chances: Mapping[str, Chances]
    peaks: tuple[Peak, ...]
    lives: Lives
    composites: Mapping[str, Band] = field(default_factory=dict)
    composite_samples: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """Two plans compared on one instrument, on average over all weeks, so that the days since a dose do not decide.

    quantiles (5,) of the first less the second, in points; visits (5,) of the part of it that the visits of the first
    and the belief in them make without what is given; None where there are none, or the second has some too.

    verdict, by the 90 % interval: "cannot tell" when it holds 0, "too small" when all of it is below
    what matters to a person (the minimal important change), else "lower" or "higher".
    """

    plan: str
    against: str
    key: str
    quantiles: Array
    verdict: str
    visits: Array | None = None


def sample_hours(diary: Diary, weeks: float) -> Array:
    """The hours at which a forecast is read: the day the plan begins, then once a week."""
    start = plan_start(diary)
    return np.asarray(start + 7 * DAY * np.arange(round(weeks) + 1), dtype=np.float64)


def hidden_of(posterior: Posterior, hours: Array, seed: int) -> tuple[Bank, Hidden]:
    """Samples of a fit, and the bank of the people they name, each once."""
    rng = np.random.default_rng(seed)
    few = drawn(posterior.weights, PEOPLE, rng)
    weights = np.bincount(few, minlength=posterior.weights.size) / few.size
    hidden = draw_hidden(posterior.found, weights, SAMPLES, hours, rng)
    who, person = np.unique(hidden.person, return_inverse=True)
    bank = posterior.bank.take(who)
    return bank, Hidden(person.astype(np.int64), hidden.severity, hidden.factors, hidden.weeks, hidden.hours)


def forecast(
    model: Model,
    diary: Diary,
    posterior: Posterior,
    bank: Bank,
    hidden: Hidden,
    plan: Plan,
    hours: Array,
    seed: int,
) -> Ahead:
    """What would be measured under one plan.

    Args:
        model: the body.
        diary: the past.
        posterior: the fit.
        bank, hidden: of `hidden_of`; the same for every plan, so that plans differ by nothing else.
        plan: what is done.
        hours: of `sample_hours`.
        seed: of the noise of visits, the same for every plan.
    """
    end = float(bank.times[-1])
    first = [hour for hour in plan.doses if hour < hours[-1]]
    around = [hour + minutes / 60.0 for hour in first for minutes in (0.0, *PEAK_MINUTES)]
    daily = np.arange(np.ceil(end / DAY) * DAY, hours[-1] + 1, DAY)
    times = np.unique(
        np.round(np.concatenate([[end], daily, hours, [h for h in around if h < hours[-1]]]), 9)
    )
    values, came = go_on(model, bank, plan.treatment, diary.happenings, times, bank.names)
    values[:, ~came] = np.nan
    joined = np.concatenate([bank.times, times[1:]])
    outputs = {
        name: np.concatenate([bank.values[k], values[k][:, 1:]], axis=1) for k, name in enumerate(bank.names)
    }
    lives = Lives(joined, outputs)
    scores, under, chances = {}, {}, {}
    for place, key in enumerate(diary.keys()):
        rng = np.random.default_rng([seed, place])
        total, plain = measured(key, lives, hidden, posterior.found.asked, hours, rng)
        scores[key], under[key] = band_of(total), plain
        chances[key] = _chances(load_instrument(key), diary, total, plain)
    peaks = tuple(_peak(lives, hidden, diary, hour) for hour in first)
    return Ahead(plan, hours, scores, under, chances, peaks, lives)


def band_of(samples: Array) -> Band:
    """Bands of samples (samples, times); of whole marks, as nearly 50 and 90 percent as marks allow."""
    columns = []
    for column in samples.T:
        low, high = band(column, 0.9)
        first, third = band(column, 0.5, (low, high))
        columns.append((low, first, _median(column), third, high))
    return Band(np.array(columns).T)


def _median(column: Array) -> float:
    """The median as one of the marks, never between two."""
    known = column[np.isfinite(column)]
    return float(np.quantile(known, 0.5, method="inverted_cdf")) if known.size else float("nan")


def relapse_from(scale: Instrument) -> float | None:
    """The total from which a person who had responded counts as ill again: where the third severity band begins."""
    return scale.bands[2][0] if len(scale.bands) > 2 else None


def _chances(scale: Instrument, diary: Diary, total: Array, plain: Array) -> Chances:
    """Response and remission by what would be measured; relapse by what lies below the noise."""
    before = diary.of(scale.key)[0].value
    response = remission = relapse = ever = None
    with np.errstate(invalid="ignore"):
        if scale.response is not None or scale.response_points is not None:
            answer = responded(
                np.full(total.shape, before), np.clip(total, scale.total_low, scale.total_high), scale
            )
            response = answer.mean(axis=0)
            ill = relapse_from(scale)
            if ill is not None and before >= ill:
                now = responded(
                    np.full(plain.shape, before), np.clip(plain, scale.total_low, scale.total_high), scale
                )
                already = bool(responded(before, diary.of(scale.key)[-1].value, scale))
                had = np.logical_or.accumulate(now, axis=1) | already
                back = np.logical_or.accumulate(had & (plain >= ill), axis=1)
                relapse, ever = back.mean(axis=0), had.mean(axis=0)
        if scale.remission is not None:
            remission = remitted(total, scale).mean(axis=0)
    return Chances(response, remission, relapse, ever)


def _peak(lives: Lives, hidden: Hidden, diary: Diary, hour: float) -> Peak:
    """Systolic pressure before a dose and at its highest within the next two hours."""
    last = hour + PEAK_MINUTES[-1] / 60.0 + 1e-6
    inside = np.flatnonzero((lives.times >= hour - 1e-6) & (lives.times <= last))
    pressure = lives.outputs[SYSTOLIC][:, inside]
    before, highest = pressure[:, 0][hidden.person], pressure.max(axis=1)[hidden.person]
    measured_now = diary.of("systolic")
    if measured_now:  # a person who was measured has their own resting pressure; the rise is the model's
        own = np.mean([one.value for one in measured_now])
        shift = own - np.nanmedian(before)
        before, highest = before + shift, highest + shift
    return Peak(hour, *(np.nanquantile(one, LEVELS) for one in (before, highest, highest - before)))


def differences(aheads: Sequence[Ahead], bare: Mapping[str, Ahead]) -> list[Difference]:
    """Every plan against the first, on every instrument; `bare` are plans without their drug, by key."""
    found = []
    other = aheads[0]
    alone = bare if other.plan.bare is None else {}
    for one in aheads[1:]:
        for key, plain in one.under.items():
            gap = (plain - other.under[key])[:, 1:].mean(axis=1)
            quantiles = np.nanquantile(gap, LEVELS)
            verdict = _verdict(float(quantiles[0]), float(quantiles[4]), load_instrument(key))
            visits = None
            if one.plan.key in alone:
                part = (alone[one.plan.key].under[key] - other.under[key])[:, 1:].mean(axis=1)
                visits = np.nanquantile(part, LEVELS)
            found.append(Difference(one.plan.key, other.plan.key, key, quantiles, verdict, visits))
    return found


def _verdict(low: float, high: float, scale: Instrument) -> str:
    """What an interval of a difference allows to say."""
    if low <= 0.0 <= high:
        return "cannot tell"
    matters = scale.minimal_important_change or scale.reliable_change
    if matters is not None and max(abs(low), abs(high)) < matters.value:
        return "too small"
    return "lower" if high < 0 else "higher"
