"""What would be measured: scores of virtual people with all that is hidden in them, marked item by item."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..observe import RELIEF, Instrument, load_instrument, score, visit_noise
from ..observe.reporting import reporting
from .diary import follow_table
from .measure import Asked, looked_back, told_at
from .weights import Hidden, weeks_covariance

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lives:
    """What virtual people go through: hours (times,) and outputs by name (people, times)."""

    times: Array
    outputs: Mapping[str, Array]


def unknown_person(people: int, hours: Array, rng: np.random.Generator) -> Hidden:
    """What is hidden in people of whom nothing has been measured: one sample for each of them."""
    kinds = np.array([0, 1])
    both, grid = np.repeat(kinds, hours.size), np.tile(hours, kinds.size)
    root = np.linalg.cholesky(weeks_covariance(grid, both, grid, both) + 1e-10 * np.eye(grid.size))
    weeks = (rng.standard_normal((people, grid.size)) @ root.T).reshape(people, kinds.size, hours.size)
    severity = np.exp(reporting("severity_spread") * rng.standard_normal(people))
    return Hidden(np.arange(people), severity, np.zeros((people, 0)), weeks, hours)


def measured(
    key: str, lives: Lives, hidden: Hidden, asked: Asked | None, hours: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Totals of an instrument at some hours, as they would be written down, and as they are below the noise.

    Args:
        key: the instrument.
        lives: of the people of a bank.
        hidden: samples; each names one of those people.
        asked: the readings the samples were made from; None when nothing was measured.
        hours: when, each among `hidden.hours`.
        rng: random numbers.

    Returns:
        (samples, hours) rounded totals with the noise of each visit and the unexplained weeks, and (samples, hours)
        what the person would report on average, neither rounded nor noisy.
    """
    scale = load_instrument(key)
    who = hidden.person
    z = {name: value[who] for name, value in looked_back(scale, lives.times, lives.outputs, hours).items()}
    told = told_at(scale, lives.times, lives.outputs[RELIEF], hours)[who]
    traits = _traits(scale, hidden, asked, rng)
    noise = visit_noise(scale, who.size, hours.size, rng)
    places = np.searchsorted(hidden.hours, hours)
    weeks = hidden.weeks[:, 0 if scale.kind == "mental" else 1, :][:, places]
    same = partial(score, scale, z, severity=hidden.severity, item_traits=traits, told=told)
    marks = same(visit_noise=noise + weeks[:, :, None])
    under = same(rounded=False)
    return marks.total, under.total


def _traits(scale: Instrument, hidden: Hidden, asked: Asked | None, rng: np.random.Generator) -> Array:
    """Lasting ways of marking items (samples, items): of the samples where they were asked, else anybody's."""
    found = rng.standard_normal((hidden.person.size, len(scale.items)))
    if asked is not None:
        column = {name: k for k, name in enumerate(asked.factors)}
        for j in range(len(scale.items)):
            place = column.get(f"{scale.key} item {j}")
            if place is not None:
                found[:, j] = hidden.factors[:, place]
    return np.asarray(reporting("item_trait_spread") * found)


def vital_measured(
    key: str,
    lives: Lives,
    factor: Array,
    median: float,
    spread: float,
    hidden: Hidden,
    asked: Asked | None,
    hours: Array,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """A vital sign at some hours (samples, hours): as measured, and below the noise of the visit.

    Args:
        key: the vital sign.
        lives: of the people of a bank.
        factor: (people,) the factor by which each of them differs in it.
        median, spread: of that factor in the population (SD of the logarithm).
        hidden, asked: as in `measured`.
        hours: when.
        rng: random numbers.
    """
    row = follow_table()["vital"][key]
    left = np.clip(np.searchsorted(lives.times, hours, side="right") - 1, 0, lives.times.size - 1)
    plain = lives.outputs[row["observable"]][:, left] / factor[:, None] * median
    own = rng.standard_normal(hidden.person.size)
    if asked is not None and row["factor"] in asked.factors:
        own = hidden.factors[:, asked.factors.index(row["factor"])]
    under = plain[hidden.person] * np.exp(spread * own)[:, None]
    return under * np.exp(float(row["noise"]) * rng.standard_normal(under.shape)), under
