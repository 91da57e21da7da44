"""Units at the edge: text in, dimension and factor out. Inside, numbers are floats in their row's unit."""

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING

from .errors import VagusError, did_you_mean, fail
from .extras import later

if TYPE_CHECKING:
    import pint
else:
    pint = later("pint")  # a third of a second, and most runs need none but the usual units

BASES = (
    "[length]",
    "[mass]",
    "[time]",
    "[current]",
    "[temperature]",
    "[substance]",
    "[luminosity]",
    "[international_unit]",
)
USUAL = Path(__file__).parent / "atlas" / "units.csv"
_LONGEST = 60
_POWER = re.compile(r"(\*\*|\^)\s*([+-]?\d(\.\d+)?|\(\s*[+-]?\d(\.\d+)?\s*\))(?![\w.*^])")
# `*+` gives nothing back: a word that may be cut in two would be tried in every way, and a file is a stranger's.
_PLAIN = re.compile(r"(?:[^\W\d]\w*+|(?<![\w.])1(?![\w.])|%|°|[\s*/()])*+")
_QUANTITY = re.compile(r"([+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?)(.*)")
_NEAR = tuple(
    "kg mg h min ms lux mg/L ng/mL pg/mL umol/L mmHg kPa mg/kg mg/h L/h 1/h 1/min delta_degC".split()
)


@dataclass(frozen=True)
class Dimension:
    """What a unit measures, and its size.

    Fields: `exponents`, one power per entry of `BASES` (mg/L is -3 for length and 1 for mass); `factor`,
    how many metre, gram, second, ampere, kelvin, mole, candela, international units one of this unit is.
    """

    exponents: tuple[float, ...]
    factor: float

    def __mul__(self, other: "Dimension") -> "Dimension":
        powers = (mine + its for mine, its in zip(self.exponents, other.exponents, strict=True))
        return Dimension(_tidy(powers), self.factor * other.factor)

    def __truediv__(self, other: "Dimension") -> "Dimension":
        return self * other**-1

    def __pow__(self, power: float) -> "Dimension":
        return Dimension(_tidy(each * power for each in self.exponents), float(self.factor**power))

    @property
    def is_plain(self) -> bool:
        """True for a plain number, whatever its factor: 1, %, mg/kg."""
        return not any(self.exponents)

    def measures_like(self, other: "Dimension") -> bool:
        """True when both measure the same thing, so that a factor leads from one to the other."""
        return self.exponents == other.exponents


PLAIN = Dimension((0.0,) * len(BASES), 1.0)


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> Dimension:
    """The dimension of a unit as written: "mg/L", "1/h", "mmHg", "delta_degC"; "1" is a plain number.

    Raises V301 when the text is no unit, or one with an offset or a logarithm (degC, dB).
    """
    if text.strip() == "1":
        return PLAIN
    usual = usual_units().get(text)
    return usual if usual is not None else computed_unit(text)


@lru_cache(maxsize=1)
def usual_units() -> dict[str, Dimension]:
    """The units of the tables, computed beforehand: `atlas/units.csv`, written by `python -m vagus.cli.units_table`."""
    try:
        with USUAL.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))[1:]
        return {name: Dimension(tuple(map(float, powers)), float(factor)) for name, *powers, factor in rows}
    except (OSError, ValueError):
        return {}


def computed_unit(text: str) -> Dimension:
    """The dimension of a unit as pint gives it, also of the usual ones; raises V301 as `parse_unit` does."""
    # pint also computes what stands in the text (9**9**9): only names, one-digit powers, * and / reach it.
    if not text.strip() or len(text) > _LONGEST or "//" in text:
        raise _unknown(text)
    if not _PLAIN.fullmatch(_POWER.sub(" ", text)):
        raise _unknown(text)
    registry = _registry()
    try:
        unit = registry.parse_units(text.replace("^", "**"))
        offset = registry.Quantity(0.0, unit).to_root_units().magnitude
        factor = float(registry.Quantity(1.0, unit).to_root_units().magnitude)
        measured = {base: float(power) for base, power in unit.dimensionality.items()}  # type: ignore[arg-type]
    except (pint.PintError, TokenError, SyntaxError, AttributeError, AssertionError, TypeError, ValueError):
        # Text that is not a unit leaves pint in all of these ways, by where its reading stops.
        raise _unknown(text) from None
    if offset != 0 or not set(measured) <= set(BASES):
        raise _unknown(text)
    # pint multiplies factors one by one; fourteen digits drop what that adds: mg/L is 1 g/m3, not .9999...
    return Dimension(_tidy(measured.get(base, 0.0) for base in BASES), float(f"{factor:.14g}"))


def conversion_factor(unit: str, wanted: str) -> float:
    """The number a value in `unit` is multiplied by to be in `wanted`.

    Raises V301 for an unknown unit and V302 when the two measure different things.
    """
    have, want = parse_unit(unit), parse_unit(wanted)
    if not have.measures_like(want):
        raise fail("V302", unit=unit, wanted=wanted)
    return have.factor / want.factor


def convert(value: float, unit: str, wanted: str) -> float:
    """The value given in `unit`, in `wanted`; raises V301 and V302 as `conversion_factor` does."""
    return value * conversion_factor(unit, wanted)


def same(unit: str, other: str) -> bool:
    """True when both texts mean the same unit, such as "1/h" and "h^-1"; raises V301 for an unknown unit."""
    first, second = parse_unit(unit), parse_unit(other)
    return first.measures_like(second) and math.isclose(first.factor, second.factor, rel_tol=1e-9)


def as_quantity(
    value: float | int | str,
    unit: str,
    *,
    name: str = "the value",
    file: str | Path | None = None,
    line: int | None = None,
) -> float:
    """A quantity as a person writes it, as a number in `unit`: as_quantity("159 lb", "kg") is 72.1.

    Arguments: `value`, a number already in `unit`, or text of a number and perhaps a unit; `unit`, the unit
    wanted back; `name`, `file` and `line` say in an error what it was and where it stands.
    Raises V303 (no quantity), V304 (not finite), V301 and V302 (its unit).
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise fail("V303", file=file, line=line, quantity=value)
    given = unit
    if isinstance(value, str):
        match = _QUANTITY.fullmatch(value.strip())
        if match is None:
            raise fail("V303", file=file, line=line, quantity=value)
        value, given = match[1], match[2].strip() or unit
    number = _number(value)
    if not math.isfinite(number):
        raise fail("V304", file=file, line=line, name=name, value=number)
    have, want = _at(given, file, line), parse_unit(unit)
    if not have.measures_like(want):
        raise fail("V302", file=file, line=line, unit=given, wanted=unit)
    # Equal units must give back the very number that was written, not one that went through two factors.
    return number if have.factor == want.factor else number * (have.factor / want.factor)


@lru_cache(maxsize=1)
def _registry() -> "pint.UnitRegistry":
    registry: pint.UnitRegistry = pint.UnitRegistry()
    registry.define("international_unit = [international_unit] = IU")
    registry.define("mcg = microgram")
    return registry


def _at(text: str, file: str | Path | None, line: int | None) -> Dimension:
    try:
        return parse_unit(text)
    except VagusError:
        raise fail("V301", file=file, line=line, hint=did_you_mean(text, _NEAR), unit=text) from None


def _number(value: float | int | str) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number too long for a float
        return math.inf


def _tidy(powers: Iterable[float]) -> tuple[float, ...]:
    # Rounding lets the square of a square root equal what it came from; adding 0 turns -0 into 0.
    return tuple(round(float(power), 9) + 0.0 for power in powers)


def _unknown(text: str) -> VagusError:
    return fail("V301", hint=did_you_mean(text, _NEAR), unit=text)
