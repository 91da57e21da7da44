"""Days, dates and times of the day in a person's file, as hours."""

import math
import re
from collections.abc import Sequence
from datetime import date, timedelta

from ..body.treatment import DAY_ZERO_CLOCK
from .diary import Line, follow_table

FURTHEST_DAY = 3660.0
_DOTTED = re.compile(
    r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII
)  # day.month.year: dots are never American
_SLASHED = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}", re.ASCII)
_YEARS = (1900, 2200)


def first_date(lines: Sequence[Line]) -> date | None:
    """The earliest date; None when the file counts days. Raises V487 when it does both."""
    dated = [line for line in lines if line.get("date")]
    if not dated:
        return None
    for line in lines:
        if line.get("day") or not line.get("date"):
            raise line.error("V487", value=line.get("day") or "nothing", reason="other lines give dates")
    return min(_date(line, "date") for line in dated)


def check_past(lines: Sequence[Line], today: date) -> None:
    """Nothing when no date lies after tomorrow (clocks and time zones differ by a day); raises V487."""
    for line in lines:
        if line.get("date") and _date(line, "date") > today + timedelta(days=1):
            reason = "it lies in the future; what is planned goes into --plan"
            raise line.error("V487", value=line.get("date"), reason=reason)


def _date(line: Line, column: str) -> date:
    text = line.get(column)
    dotted = _DOTTED.fullmatch(text)
    try:
        if dotted:
            found = date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        else:
            found = date.fromisoformat(text)
    except ValueError:
        reason = "a date is written 2026-03-31 or 31.3.2026"
        if _SLASHED.fullmatch(text):
            reason = "with slashes, day and month can be taken for each other"
        raise line.error("V487", value=text or "nothing", reason=reason) from None
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        raise line.error("V487", value=text, reason=f"years reach from {_YEARS[0]} to {_YEARS[1]}")
    return found


def led_in(lines: Sequence[Line], hours: Sequence[float], first: date | None) -> list[float]:
    """The hours of lines; medicines that were taken for long begin `lead_d` of `atlas/follow.toml` before the rest."""
    known = [hour for line, hour in zip(lines, hours, strict=True) if line.get("kind") != "drug"]
    lead = float(follow_table()["medicine"]["lead_d"])
    earliest = 24.0 * (math.floor(min(known, default=0.0) / 24.0) - lead)
    found = []
    for line, hour in zip(lines, hours, strict=True):
        late = line.get("kind") == "drug" and hour < earliest
        if late and (not line.get("until") or hour_of(line, first, "until") > earliest + 24.0):
            hour = earliest + hour % 24.0
        found.append(hour)
    return found


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
    if not abs(day) <= FURTHEST_DAY:
        raise line.error("V487", value=text, reason=f"days reach from -{FURTHEST_DAY:g} to {FURTHEST_DAY:g}")
    clock = line.get("time") if not column else ""
    if not clock:
        return 24.0 * day
    hours, _, minutes = clock.partition(":")
    digits = clock.isascii() and hours.isdigit() and minutes.isdigit()
    if not (digits and int(hours) < 24 and int(minutes) < 60):
        raise line.error("V487", value=clock, reason="a time of the day is written 14:30")
    return max(24.0 * day + int(hours) + int(minutes) / 60.0 - DAY_ZERO_CLOCK, 24.0 * math.floor(day))
