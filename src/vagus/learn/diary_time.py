"""Days, dates and times of the day in a person's file, as hours."""

import math
from collections.abc import Sequence
from datetime import date

from ..body.treatment import DAY_ZERO_CLOCK
from .diary import Line

LAST_DAY = 3660.0


def first_date(lines: Sequence[Line]) -> date | None:
    """The earliest date; None when the file counts days. Raises V487 when it does both."""
    dated = [line for line in lines if line.get("date")]
    if not dated:
        return None
    for line in lines:
        if line.get("day") or not line.get("date"):
            raise line.error("V487", value=line.get("day") or "nothing", reason="other lines give dates")
    return min(_date(line, "date") for line in dated)


def _date(line: Line, column: str) -> date:
    try:
        return date.fromisoformat(line.get(column))
    except ValueError:
        raise line.error("V487", value=line.get(column), reason="a date is written 2026-03-31") from None


def hour_of(line: Line, first: date | None, column: str = "") -> float:
    """Hours after 08:00 of the first date, or of day 0 of the file's own count.

    Arguments: `column`, another than day or date, such as until. Raises V487 for what is no day or time.
    """
    text = line.get(column or ("date" if first else "day"))
    if first is not None:
        day = float((_date(line, column or "date") - first).days)
    else:
        try:
            day = float(text)
        except ValueError:
            raise line.error("V487", value=text or "nothing", reason="give a day as a number") from None
    if not abs(day) <= LAST_DAY:
        raise line.error("V487", value=text, reason=f"days reach from -{LAST_DAY:g} to {LAST_DAY:g}")
    clock = line.get("time") if not column else ""
    if not clock:
        return 24.0 * day
    hours, _, minutes = clock.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise line.error("V487", value=clock, reason="a time of the day is written 14:30")
    return max(24.0 * day + int(hours) + int(minutes) / 60.0 - DAY_ZERO_CLOCK, 24.0 * math.floor(day))
