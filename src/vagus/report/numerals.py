"""Numbers, units and days as a reader wants to see them."""

import math
from collections.abc import Iterable
from typing import TypeGuard

DASH = "–"
MINUS = "−"
_LONG = 600.0  # minutes; above this a length is told in hours
SHOWN_UNITS = {
    "1": "",
    "dimensionless": "",
    "1/min": "/min",
    "1/h": "/h",
    "h": "hours",
    "delta_degC": "°C",
    "degC": "°C",
    "umol/L": "µmol/L",
    "ug/mL": "µg/mL",
}


def show_unit(unit: str) -> str:
    """The unit as printed: '' for dimensionless, '/min' for '1/min', others as they are."""
    return SHOWN_UNITS.get(unit, unit)


def name_unit(unit: str) -> str:
    """The unit standing alone: 'per min' for '1/min', else as show_unit."""
    shown = show_unit(unit)
    return f"per {shown[1:]}" if shown.startswith("/") else shown


def decimals_for(values: Iterable[float | None]) -> int:
    """Decimal places that suit all values of one row, so that they line up: 0 from 100 upwards, 1 from 1, else 2-4."""
    largest = max((abs(value) for value in values if is_number(value)), default=0.0)
    if largest >= 100:
        return 0
    if largest >= 1 or largest == 0:
        return 1
    return min(4, 1 - math.floor(math.log10(largest)))


def places_of(unit: str, values: Iterable[float | None]) -> int:
    """Decimal places for values of a unit: one for points of a scale, else what suits them."""
    return 1 if unit == "points" else decimals_for(values)


def is_number(value: float | None) -> TypeGuard[float]:
    """True for a finite number; None, NaN and infinities are no numbers here."""
    return value is not None and math.isfinite(value)


def show_number(value: float | None, decimals: int | None = None, *, sign: bool = False) -> str:
    """The number as text: a dash for None or NaN, a true minus sign, thousands grouped, never '−0.0'."""
    if value is None or not math.isfinite(value):
        return DASH
    places = decimals_for([value]) if decimals is None else decimals
    rounded = round(float(value), places) + 0.0
    text = f"{rounded:+,.{places}f}" if sign and rounded else f"{rounded:,.{places}f}"
    return text.replace("-", MINUS)


def show_amount(value: float | None, unit: str, decimals: int | None = None) -> str:
    """Number and unit together, as '9.1 points' or '72.0/min'."""
    shown = show_unit(unit)
    number = show_number(value, decimals)
    if not shown or number == DASH:
        return number
    return f"{number}{shown}" if shown.startswith(("/", "%")) else f"{number} {shown}"


def show_plain(value: float) -> str:
    """A given number without padding: 35, 0.5, 17.25."""
    return f"{value:,.4g}".replace("-", MINUS) if abs(value) < 1e4 else f"{value:,.0f}"


def show_minutes(minutes: float | None) -> str:
    """A stretch of time as '40 min', beyond ten hours as '98 hours'; a dash for None."""
    if not is_number(minutes):
        return DASH
    if minutes <= _LONG:
        return f"{show_plain(round(minutes, 1))} min"
    return f"{show_plain(round(minutes / 60, 1))} hours"


def join_words(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    parts = list(words)
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def count_of(number: int, thing: str, things: str = "") -> str:
    """'1 dose', '6 doses', '1,000 people'."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
