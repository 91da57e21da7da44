"""What a total and its change mean: bands, reliable and important change, response, remission, severity."""

from collections.abc import Mapping

import numpy as np

from ..errors import fail
from .instrument import Fact, Instrument
from .reporting import reporting
from .score import score

Total = np.ndarray | float

_NO_SCORE = "no score"


def severity_band(total: Total, instrument: Instrument) -> np.ndarray:
    """Name of the severity band of each total, same shape; "no score" where the total is NaN.

    Argument `total` in points of the instrument. Raises V415 for a total that the scale does not have.
    """
    value = _on_scale(total, instrument)
    names = np.array([_NO_SCORE, *(name for _, name in instrument.bands)], dtype=object)
    starts = np.array([start for start, _ in instrument.bands])
    place = np.searchsorted(starts, np.where(np.isnan(value), -np.inf, value), side="right")
    return names[place]


def reliable_change(earlier: Total, later: Total, instrument: Instrument) -> np.ndarray:
    """Which way a total moved (points): "better", "worse", "no reliable change", or "no score" for a NaN.

    A change is reliable when it is at least as large as the instrument's reliable change, which a person who
    did not change passes in one of twenty pairs of visits. Raises V415, V443.
    """
    least = _defined(instrument.reliable_change, instrument, "reliable change")
    return _direction(earlier, later, instrument, least, "no reliable change")


def important_change(earlier: Total, later: Total, instrument: Instrument) -> np.ndarray:
    """As `reliable_change`, by the minimal important change: "better", "worse" or "no important change"."""
    least = _defined(instrument.minimal_important_change, instrument, "minimal important change")
    return _direction(earlier, later, instrument, least, "no important change")


def responded(before: Total, after: Total, instrument: Instrument) -> np.ndarray:
    """True where the total (points) fell by the instrument's response: a fraction of it, or points.

    False where a total is NaN or nothing was there to fall. Raises V415, V443 when no response is defined.
    """
    first, last = _on_scale(before, instrument), _on_scale(after, instrument)
    if instrument.response_points is not None:
        return first - last >= instrument.response_points.value
    fraction = _defined(instrument.response, instrument, "response")
    # A tolerance far below a mark: 30 % of 6 is 1.7999999999999998.
    return (first - last >= fraction * first - 1e-9) & (first > 0)


def remitted(total: Total, instrument: Instrument) -> np.ndarray:
    """True where the total (points) is at or below remission, False where it is NaN. Raises V415, V443."""
    highest = _defined(instrument.remission, instrument, "remission")
    return _on_scale(total, instrument) <= highest


def severity_for(
    instrument: Instrument,
    domain_values_at_baseline: Mapping[str, np.ndarray],
    known_total: Total,
) -> np.ndarray:
    """The severity factor with which each person's expected baseline total is the total that is known.

    Arguments: `domain_values_at_baseline`, z by domain, each (people,); `known_total` (people,) or one
    number, points. Returns (people,), between the bounds of `atlas/reporting.toml`; a person without any
    symptom whose total is the lowest gets 1, a NaN total gives NaN. At the bounds the total may be missed by
    half a mark.
    Raises V415 for a total outside the scale, V442 when no factor in the bounds gives it, V440, V441.
    """
    z = {name: np.asarray(value, dtype=float)[..., None] for name, value in domain_values_at_baseline.items()}

    def expected(factor: np.ndarray) -> np.ndarray:
        return score(instrument, z, severity=factor, rounded=False).total[:, 0]

    people = len(next(iter(z.values()))) if z else 0
    target = np.array(np.broadcast_to(_on_scale(known_total, instrument), (people,)))
    low, high = np.full(people, reporting("severity_low")), np.full(people, reporting("severity_high"))
    least, most = expected(low), expected(high)
    half_a_mark = 0.5 / instrument.items_per_total
    missed = (target < least - half_a_mark) | (target > most + half_a_mark)
    if np.any(missed):
        first = int(np.argmax(missed))
        raise fail(
            "V442",
            instrument=instrument.abbreviation,
            value=f"{target[first]:g}",
            low=f"{least[first]:.1f}",
            high=f"{most[first]:.1f}",
        )
    symptomless = most <= instrument.total_low
    for _ in range(60):  # halves the bracket to below 1e-15 of a factor
        middle = 0.5 * (low + high)
        below = expected(middle) < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    factor = np.where(symptomless, 1.0, 0.5 * (low + high))
    return np.where(np.isnan(target) | np.isnan(most), np.nan, factor)


def _on_scale(total: Total, instrument: Instrument) -> np.ndarray:
    value = np.asarray(total, dtype=float)
    outside = (value < instrument.total_low - 1e-9) | (value > instrument.total_high + 1e-9)
    if np.any(outside):
        raise fail(
            "V415",
            instrument=instrument.abbreviation,
            value=f"{value[outside].flat[0]:g}",
            low=f"{instrument.total_low:g}",
            high=f"{instrument.total_high:g}",
        )
    return value


def _defined(fact: Fact | None, instrument: Instrument, what: str) -> float:
    if fact is None:
        raise fail("V443", instrument=instrument.abbreviation, what=what)
    return fact.value


def _direction(
    earlier: Total, later: Total, instrument: Instrument, least: float, neither: str
) -> np.ndarray:
    fall = _on_scale(earlier, instrument) - _on_scale(later, instrument)
    word = np.where(fall >= least - 1e-9, "better", np.where(fall <= -least + 1e-9, "worse", neither))
    return np.where(np.isnan(fall), _NO_SCORE, word).astype(object)
