"""What is put together from several outputs and scores: composites, days in pain, the slope of cortisol."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from ..body.legs import slope_hours
from ..body.treatment import DAY_ZERO_CLOCK
from ..errors import did_you_mean, fail
from ..tables import atlas_path, read_rows, read_toml

MENTAL, PHYSICAL = "mental_composite", "physical_composite"


@dataclass(frozen=True)
class Observable:
    """What the ledger of claims calls a quantity, and where the model has it.

    `kind` is output (a state or assignment by full name), score (an instrument by key), derived (a function of this
    room) or run (read off the simulated people as a group).
    """

    claim: str
    kind: str
    name: str
    meaning: str


@lru_cache(maxsize=1)
def load_observables() -> Mapping[str, Observable]:
    """Every observable of the ledger by the name it has there."""
    rows = read_rows(atlas_path("observables.csv"), ("claim", "kind", "name", "meaning"))
    return MappingProxyType(
        {r["claim"]: Observable(r["claim"], r["kind"], r["name"], r["meaning"]) for r in rows}
    )


def composite_parts(name: str) -> dict[str, float]:
    """The outputs and scores a composite is made of, each with its sign. Raises V440 for an unknown composite."""
    table = read_toml(atlas_path("composites.toml"))
    if name not in (MENTAL, PHYSICAL):
        raise fail("V440", instrument="a composite", name=name, hint=did_you_mean(name, (MENTAL, PHYSICAL)))
    return {part: float(sign) for part, sign in table[name]["parts"].items()}


def composite(name: str, values: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray]) -> np.ndarray:
    """A composite of each person: the mean of the signed z of its parts; higher is better.

    Arguments: `values`, the parts by name, all of one shape; `reference`, the same parts of the healthy and ill people
    of the study together, from which mean and SD are taken. A part that does not differ between the people of the
    reference says nothing and is left out. NaN stays NaN.
    Raises V440 for a missing part.
    """
    found = []
    for part, sign in composite_parts(name).items():
        for source in (values, reference):
            if part not in source:
                raise fail("V440", instrument=f"the {name}", name=part, hint=did_you_mean(part, source))
        known = np.asarray(reference[part], dtype=float)
        spread = float(np.nanstd(known))
        if spread > 1e-9 * max(1.0, abs(float(np.nanmean(known)))):
            found.append(sign * (np.asarray(values[part], dtype=float) - np.nanmean(known)) / spread)
    shape = np.shape(next(iter(values.values())))
    return np.mean(found, axis=0) if found else np.zeros(shape)


def pain_days(times_days: np.ndarray, perceived: np.ndarray, at_days: np.ndarray) -> np.ndarray:
    """Share of the days of the window before each visit on which pain was rated 4 or more.

    Arguments: `times_days` (grid,), rising, day 0 is the first dose; `perceived` (people, grid), 0 to 1, ten times of
    it is the rating; `at_days` (visits,). Before day 0 the person is at rest, so the first value stands for that time.
    Returns (people, visits).
    """
    rule = read_toml(atlas_path("composites.toml"))["pain_days"]
    days = np.floor(np.asarray(at_days, dtype=float))[:, None] - np.arange(int(rule["window"]))
    pain = np.array(
        [np.interp(np.maximum(days, times_days[0]), times_days, row) for row in np.asarray(perceived)]
    )
    share = np.mean(10.0 * pain >= rule["least_rating"], axis=-1)
    return np.where(np.isnan(pain).any(axis=-1), np.nan, share)


def cortisol_slope(times_hours: np.ndarray, cortisol: np.ndarray) -> np.ndarray:
    """Fall of the log of cortisol per hour from 8 to 22 h of day 0 (people,); steeper is higher.

    Arguments: `times_hours` (grid,) after day 0 08:00, of a run with the full clock; `cortisol` (people, grid).
    Raises V445 when those hours are not within the times.
    """
    first, last = (clock - DAY_ZERO_CLOCK for clock in slope_hours())
    if first < times_hours[0] or last > times_hours[-1]:
        raise fail("V445", problem="the times of the run do not hold 8 to 22 h of day 0")
    ends = np.array([np.interp([first, last], times_hours, row) for row in np.asarray(cortisol)])
    return np.asarray(np.log(ends[:, 0] / ends[:, 1]) / (last - first))
