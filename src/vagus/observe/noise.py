"""How people differ in what they report, and how one report differs from the next."""

import numpy as np

from .instrument import Instrument
from .reporting import reporting


def draw_severity(people: int, rng: np.random.Generator) -> np.ndarray:
    """Factor on all symptoms of each person, shape (people,), lognormal with median 1."""
    return np.exp(reporting("severity_spread") * rng.standard_normal(people))


def item_traits(instrument: Instrument, people: int, rng: np.random.Generator) -> np.ndarray:
    """Lasting tendency of each person to mark each item higher or lower, shape (people, items), as a share of
    the item's range; items of which only the highest mark counts share one."""
    drawn = rng.standard_normal((people, len(instrument.items)))
    return reporting("item_trait_spread") * drawn[:, instrument.leaders]


def visit_noise(instrument: Instrument, people: int, times: int, rng: np.random.Generator) -> np.ndarray:
    """Difference of one visit from the next in an unchanged person, shape (people, times, items).

    A share of each item's range; part of it is common to all items of a visit, and items of which only the highest
    mark counts share all of it. Zero where no test-retest SD is known.
    """
    shared = reporting("visit_noise_shared")
    common = rng.standard_normal((people, times, 1))
    own = rng.standard_normal((people, times, len(instrument.items)))[..., instrument.leaders]
    return visit_noise_sd(instrument) * (np.sqrt(shared) * common + np.sqrt(1 - shared) * own)


def visit_noise_sd(instrument: Instrument) -> float:
    """SD of the noise of one item, as a share of its range, that gives the total its test-retest SD times `retest`.

    Rounding to whole marks adds 1/12 of a squared point per item by itself and is taken off.
    """
    if instrument.test_retest_sd is None:
        return 0.0
    shared = reporting("visit_noise_shared")
    counts = [rows[0] for rows in instrument.groups]  # of a group one item counts
    span = (instrument.high - instrument.low)[counts]
    published = instrument.test_retest_sd.value * instrument.items_per_total
    wanted = (reporting("retest") * published) ** 2 - len(span) / 12
    return float(np.sqrt(max(wanted, 0.0) / ((1 - shared) * (span**2).sum() + shared * span.sum() ** 2)))
