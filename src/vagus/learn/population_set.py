"""What calibration may move, on the scale on which its prior is a normal distribution.

A population set is a mapping of keys of `people/adjust.py` to numbers; here it is a vector x of standard normal
numbers, 0 the expectation before any study is seen. The list stands in `atlas/calibration/fitted.toml`.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..body.model import Model
from ..errors import did_you_mean, fail
from ..people.adjust import adjustable
from ..tables import atlas_path, place_of, read_rows, read_toml

Array = NDArray[np.float64]
SCALES = ("log", "logit", "linear")
SAMPLE = "sample.csv"
_KEYS = ("key", "scale", "mean", "sd", "why")


@dataclass(frozen=True)
class Fitted:
    """One number that calibration may move.

    Attributes:
        key: of the population set.
        scale: log, logit or linear: where the prior is normal.
        mean, sd: the value expected, and its uncertainty on the scale.
        low, high: bounds of its table, which nothing leaves.
        why: which published numbers speak of it.
    """

    key: str
    scale: str
    mean: float
    sd: float
    low: float
    high: float
    why: str

    def value(self, x: float) -> float:
        """The number at x prior standard deviations from its expectation, inside the bounds."""
        moved = _to(self.scale, self.mean) + self.sd * x
        return float(min(max(_back(self.scale, moved), self.low), self.high))

    def place(self, value: float) -> float:
        """x of a number; the inverse of `value` inside the bounds."""
        return float((_to(self.scale, value) - _to(self.scale, self.mean)) / self.sd)


def _to(scale: str, value: float) -> float:
    if scale == "log":
        return float(np.log(value))
    return float(np.log(value / (1 - value))) if scale == "logit" else value


def _back(scale: str, place: float) -> float:
    if scale == "log":
        return float(np.exp(min(place, 700.0)))
    return float(1 / (1 + np.exp(-place))) if scale == "logit" else place


def read_fitted(model: Model, path: Path | None = None) -> list[Fitted]:
    """What calibration may move, from `atlas/calibration/fitted.toml` or another file.

    Raises:
        VagusError: V474 for an entry that is wrong, and what reading a file raises.
    """
    path = path or atlas_path("calibration", "fitted.toml")
    known = adjustable(model)
    found: list[Fitted] = []
    for nth, row in enumerate(read_toml(path).get("parameter", []), start=1):
        key = row.get("key", "")
        place = place_of(path, "key", nth)
        missing = [name for name in _KEYS if name not in row]
        if missing:
            raise fail("V474", key=key or f"number {nth}", problem=f"'{missing[0]}' is missing", **place)
        if key not in known:
            raise fail(
                "V474", key=key, problem="no population set has it", hint=did_you_mean(key, known), **place
            )
        low, high = known[key]
        one = Fitted(key, row["scale"], float(row["mean"]), float(row["sd"]), low, high, str(row["why"]))
        if one.scale not in SCALES or one.sd <= 0 or not low <= one.mean <= high:
            problem = f"scale is one of {', '.join(SCALES)}, sd above 0, mean from {low:g} to {high:g}"
            raise fail("V474", key=key, problem=problem, **place)
        if (one.scale == "log" and one.mean <= 0) or (one.scale == "logit" and not 0 < one.mean < 1):
            raise fail("V474", key=key, problem=f"{one.mean:g} has no {one.scale}", **place)
        found.append(one)
    return found


def as_set(fitted: Sequence[Fitted], x: Array) -> dict[str, float]:
    """The population set of a vector."""
    return {one.key: one.value(float(place)) for one, place in zip(fitted, x, strict=True)}


def sample_table(fitted: Sequence[Fitted], sets: Array) -> str:
    """Population sets (sets, parameters as x) as the text of a table, one set a row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([one.key for one in fitted])
    for x in sets:
        writer.writerow([f"{value:.6g}" for value in as_set(fitted, x).values()])
    return out.getvalue()


def read_sets(path: Path | None = None) -> list[Mapping[str, float]]:
    """The population sets of `atlas/calibration/sample.csv` or another table; [] when there is none.

    Raises:
        VagusError: V474 for a cell that is no number, and what reading a table raises.
    """
    path = path or atlas_path("calibration", SAMPLE)
    if not path.exists():
        return []
    found: list[Mapping[str, float]] = []
    for row in read_rows(path, ()):
        try:
            found.append({key: float(value) for key, value in row.items()})
        except ValueError as error:
            raise fail("V474", key=SAMPLE, problem=str(error), file=row.file, line=row.line) from None
    return found
