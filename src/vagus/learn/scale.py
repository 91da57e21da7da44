"""The scale on which a published number is compared: parts of a scale's range, logits, logarithms.

Which one a number gets stands in `atlas/calibration/scales.csv`; numbers of one `group` share their between-study
spread. On its scale a difference of 0.1 means about the same anywhere on it, so that errors can be added up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import lru_cache
from math import isfinite
from pathlib import Path

import numpy as np

from ..errors import fail
from ..extras import later
from ..observe.instrument import list_instruments, load_instrument
from ..tables import atlas_path, read_rows

norm = later("scipy.stats", "norm")

COLUMNS = (
    "quantity",
    "instrument",
    "scale",
    "divisor",
    "group",
    "yardstick",
    "default_sd",
    "tau_prior",
    "meaning",
)
SCALES = ("share", "per", "as_is", "logit", "log", "fisher", "asinh")
#: Quantities that are shares of people: their counts give a standard error.
SHARES = ("response", "remission", "relapse", "prevalence", "dropout_rate", "correct_guess_rate")
LEAST = 1e-6
_HALF = 0.5  # the share at which logits are flattest


@dataclass(frozen=True)
class Scale:
    """How numbers of one kind are compared.

    Attributes:
        kind: one of `SCALES`.
        divisor: what a number is divided by first, in its own unit (the scale's range for a score).
        group: numbers of one group share their between-study spread.
        yardstick: a large miss on this scale; interval scores are told in it, so that groups can be averaged.
        default_sd: between-person SD on this scale where a study tells none.
        tau_prior: expected between-study spread on this scale; fills in where few rows speak.
    """

    kind: str
    divisor: float
    group: str
    yardstick: float
    default_sd: float
    tau_prior: float

    def to(self, value: float, n: float = float("inf")) -> float:
        """A number on this scale; shares of 0 and 1 are moved inside by half a person of `n`."""
        value = value / self.divisor
        if self.kind == "logit":
            half = 0.5 / (n + 1) if isfinite(n) else LEAST
            value = min(max(value, half), 1 - half)
            return float(np.log(value / (1 - value)))
        if self.kind == "log":
            return float(np.log(max(value, LEAST)))
        if self.kind == "fisher":
            return float(np.arctanh(min(max(value, LEAST - 1), 1 - LEAST)))
        return float(np.arcsinh(value)) if self.kind == "asinh" else float(value)

    def back(self, place: float) -> float:
        """The number in its own unit that stands at a place of this scale."""
        undo: dict[str, Callable[[float], float]] = {
            "logit": lambda x: 1 / (1 + np.exp(-x)),
            "log": np.exp,
            "fisher": np.tanh,
            "asinh": np.sinh,
        }
        value = undo.get(self.kind, float)(min(max(place, -700.0), 700.0))
        return float(value * self.divisor)

    def slope(self, value: float, n: float = float("inf")) -> float:
        """How far one unit of the number reaches on this scale, at that number."""
        place = self.to(value, n)
        value = self.back(place) / self.divisor
        steep = {
            "logit": lambda x: 1 / (x * (1 - x)),
            "log": lambda x: 1 / x,
            "fisher": lambda x: 1 / (1 - x**2),
            "asinh": lambda x: 1 / np.sqrt(1 + x**2),
        }
        return float(steep.get(self.kind, lambda x: 1.0)(value) / self.divisor)


@dataclass(frozen=True)
class Observed:
    """A published number on its scale.

    Attributes:
        place: the number on the scale.
        se: its standard error on the scale.
        by: where the error is from: se, sd, ci, counts, or default (the study tells none).
    """

    place: float
    se: float
    by: str


def read_scales(path: Path) -> list[tuple[str, str, Scale]]:
    """The scales of a table such as `atlas/calibration/scales.csv`: quantity, pattern of instruments, scale.

    Raises:
        VagusError: V470 when a row names a scale that does not exist, or a number in it is not above 0.
    """
    rows = []
    for row in read_rows(path, COLUMNS):
        numbers = {name: float(row[name]) for name in ("divisor", "yardstick", "default_sd", "tau_prior")}
        if row["scale"] not in SCALES or min(numbers.values()) <= 0:
            raise fail("V470", name=row["quantity"], known=", ".join(SCALES), file=row.file, line=row.line)
        scale = Scale(row["scale"], group=row["group"], **numbers)
        rows.append((row["quantity"], row["instrument"], scale))
    return rows


@lru_cache(maxsize=1)
def _table() -> list[tuple[str, str, Scale]]:
    return read_scales(atlas_path("calibration", "scales.csv"))


def scale_of(quantity: str, instrument: str) -> Scale:
    """The scale of a quantity of an instrument or biomarker: the first row of the table that fits.

    Raises:
        VagusError: V470 when no row of the table fits.
    """
    return _scale_of(quantity, instrument)


@lru_cache(maxsize=4096)
def _scale_of(quantity: str, instrument: str) -> Scale:
    key = instrument.lower()
    score = key in list_instruments()
    for wanted, names, scale in _table():
        fits = score if names == "score" else fnmatch(key, names)
        if fits and wanted in ("*", quantity):
            if scale.kind != "share":
                return scale
            one = load_instrument(key)
            width = one.total_high - one.total_low
            return replace(scale, divisor=width)
    raise fail("V470", name=f"{quantity} of {instrument}", known=", ".join(SCALES))


def of_difference(scale: Scale) -> Scale:
    """The scale of a difference of two shares: a step as long as on the scale of the shares at one half.

    A difference may be negative and lies anywhere from -1 to 1, which logits of shares cannot tell.
    """
    return replace(scale, kind="per", divisor=1.0 / scale.slope(_HALF)) if scale.kind == "logit" else scale


def groups() -> dict[str, float]:
    """Every group of the table with the spread expected between its studies."""
    found: dict[str, list[float]] = {}
    for *_, scale in _table():
        found.setdefault(scale.group, []).append(scale.tau_prior)
    return {name: float(np.median(priors)) for name, priors in found.items()}


def observed(
    scale: Scale,
    quantity: str,
    value: float,
    *,
    sizes: Sequence[float],
    se: float | None = None,
    sd: float | None = None,
    ci: tuple[float, float] | None = None,
    ci_level: float = 0.95,
) -> Observed:
    """A published number with its standard error on its scale.

    Args:
        scale: where it is compared.
        quantity: what it is.
        value: the number, in its own unit.
        sizes: people behind it: one number for an arm, two for a difference of arms.
        se, sd, ci, ci_level: what the study tells of its error, in the number's unit; the first that is told counts.

    Where none is told, shares of people get the error of their counts and the rest `default_sd` of the table.
    """
    sizes = [max(float(size), 1.0) for size in sizes if isfinite(size)] or [20.0]
    total = float(sum(sizes))
    place = scale.to(value, total)
    slope = scale.slope(value, total)
    root = float(np.sqrt(sum(1 / size for size in sizes)))
    if ci is not None and ci[1] > ci[0]:
        ends = [scale.to(end, total) for end in ci]
        spread = (ends[1] - ends[0]) / (2 * float(norm.ppf(0.5 + ci_level / 2)))
        if spread > 0:
            return Observed(place, spread, "ci")
    if se is not None and se > 0:
        return Observed(place, se * slope, "se")
    if sd is not None and sd > 0:
        return Observed(place, sd * root * slope, "sd")
    if quantity in SHARES and scale.kind == "logit":
        return Observed(place, float(np.sqrt(slope / total)), "counts")
    if quantity in SHARES:  # a difference of two shares
        return Observed(place, float(_HALF * root * slope), "counts")
    return Observed(place, scale.default_sd * root, "default")
