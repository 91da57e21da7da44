"""Three simple predictors to stand beside the model: no change, the mean of like rows, two exponentials per dose.

A model that does not beat them is not better than a table. Each gets its own fitted between-study spread.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..extras import later
from ..tables import atlas_path, read_toml
from .comparison import Given, Row

least_squares = later("scipy.optimize", "least_squares")

Array = NDArray[np.float64]
Predictor = Callable[[Row], float | None]
NO_CHANGE, MEAN_OF_ROWS, TWO_EXPONENTIALS = "no_change", "mean_of_rows", "two_exponentials"
NAMES = (NO_CHANGE, MEAN_OF_ROWS, TWO_EXPONENTIALS)
_STILL = ("change", "difference", "mean_difference", "slope", "smd", "smd_change", "hedges_g", "correlation")
_RATIOS = ("odds_ratio", "risk_ratio", "hazard_ratio")
_RARE = ("response", "remission", "relapse", "dropout_rate")
_LEVELS = ("mean", "median")
_FITTED = ("change", "difference", "mean_difference", "response", "remission", *_LEVELS)


@lru_cache(maxsize=1)
def facts() -> Mapping[str, Any]:
    """The numbers of the simple predictors, from `atlas/calibration/references.toml`."""
    return read_toml(atlas_path("calibration", "references.toml"))


def fit_references(rows: Sequence[Row]) -> dict[str, Predictor]:
    """The three predictors by name, fitted to rows of the split `calibrate` only; each gives a place on the row's
    scale, or None where it has nothing to say."""
    return {
        NO_CHANGE: no_change,
        MEAN_OF_ROWS: mean_of_rows(rows),
        TWO_EXPONENTIALS: two_exponentials(rows),
    }


def no_change(row: Row) -> float | None:
    """What is published if nothing changes and the arms do not differ; None for a level nobody told beforehand."""
    if row.quantity in _STILL:
        return row.scale.to(0.0)
    if row.quantity in _RATIOS:
        return row.scale.to(1.0)
    if row.quantity in _RARE and row.versus:
        return row.scale.to(0.0)
    if row.quantity in _RARE:
        return row.scale.to(float(facts()["least_share"]))
    if row.quantity in _LEVELS and row.baseline is not None and not row.versus:
        return row.scale.to(row.baseline)
    return None


def mean_of_rows(rows: Sequence[Row]) -> Predictor:
    """The mean of the calibration rows of the same quantity, instrument and condition.

    Where there is none, the same quantity and instrument, then the same quantity and condition, then the same kind of
    number. Rows of the study itself never count: a table is asked about studies that are not in it.
    """

    def key(row: Row, level: int) -> tuple[object, ...]:
        contrast = bool(row.versus)
        first = (row.quantity, contrast)
        return (
            (*first, row.instrument, row.conditions),
            (*first, row.instrument),
            (*first, row.scale.group, row.conditions),
            (row.scale.group, row.scale.kind, contrast),
        )[level]

    table: dict[tuple[object, ...], list[tuple[str, float]]] = {}
    for row in rows:
        for level in range(4):
            table.setdefault((level, *key(row, level)), []).append((row.study, row.seen.place))

    def predict(row: Row) -> float | None:
        for level in range(4):
            like = [place for study, place in table.get((level, *key(row, level)), []) if study != row.study]
            if like:
                return float(np.mean(like))
        return None

    return predict


@dataclass(frozen=True)
class Curve:
    """The fitted difference of two exponentials per dose with linear carry-over; numbers as in `references.toml`."""

    numbers: Mapping[str, float]

    def change(self, given: Given, day: float) -> float:
        """Change of a depression score by then, as a part of the scale's range."""
        own = self.numbers
        care = own[given.control if given.control in ("saline", "midazolam") else "open"]
        total = -care * (1.0 - np.exp(-day / own["care_d"]))
        if given.other:
            total -= own["other"] * (1.0 - np.exp(-day / own["other_d"]))
        before = 0
        for start, strength in given.doses:
            if start > day:
                break
            since = day - start
            shape = np.exp(-since / own["slow_d"]) - np.exp(-since / own["fast_d"])
            total -= own["height"] * strength ** own["power"] * (1.0 + own["carry"] * before) * shape
            before += 1
        return float(max(total, -1.0))

    def place(self, row: Row) -> float | None:
        """The place on the row's scale; None for what is not a depression score or has no such form."""
        if not fits(row):
            return None
        change = self.change(row.given, row.time_d)
        if row.quantity in ("response", "remission"):
            at, per = self.numbers[f"{row.quantity}_at"], self.numbers[f"{row.quantity}_per"]
            return float((at - change) / per)
        if row.against is not None:
            return change - self.change(row.against, row.time_d)
        if row.quantity in _LEVELS:
            return None if row.baseline is None else row.scale.to(row.baseline) + change
        return change


def fits(row: Row) -> bool:
    """Whether the two exponentials can speak of a row: a depression score, its change, or a share of responders."""
    if row.instrument not in facts()["depression"] or row.quantity not in _FITTED or row.time_d < 0:
        return False
    share = row.quantity in ("response", "remission")
    return not (row.versus and (share or row.against is None))


def two_exponentials(rows: Sequence[Row]) -> Predictor:
    """The two exponentials fitted to the depression scores among calibration rows, by robust least squares."""
    start = {name: [float(end) for end in ends] for name, ends in facts()["start"].items()}
    names = list(start)
    low, first, high = (np.array([start[name][i] for name in names]) for i in range(3))
    used = [row for row in rows if fits(row) and (row.quantity not in _LEVELS or row.baseline is not None)]

    def misses(values: Array) -> Array:
        curve = Curve(dict(zip(names, values, strict=True)))
        found = []
        for row in used:
            place = curve.place(row)
            if place is not None:
                width = np.hypot(row.scale.yardstick, row.seen.se)
                found.append((place - row.seen.place) / width)
        # A weak pull to the start keeps what the rows do not tell where it was.
        return np.array([*found, *(0.1 * (values - first) / (high - low))])

    if not used:
        return Curve(dict(zip(names, first, strict=True))).place
    found = least_squares(misses, first, bounds=(low, high), loss="soft_l1", max_nfev=200)
    return Curve(dict(zip(names, found.x, strict=True))).place
