"""The time axis shared by all panels of a figure."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .look import PLOT_WIDTH

Spec = dict[str, Any]
ROOM_FOR_TICK = 36
"""Pixels a time label such as '16 h' needs."""


@dataclass(frozen=True)
class TimeAxis:
    """The shared time axis: factor from days to the unit drawn, end, ticks, how a tick reads, title, and its bend.

    exponent 1 is a plain axis; 0.5 gives the first minutes more room (the acute figure over a whole day).
    day_word: in what the tables beside the figure count time: day, hour or minute.
    """

    factor: float
    end: float
    ticks: tuple[float, ...]
    tick_words: str
    title: str
    exponent: float = 1.0
    day_word: str = "day"

    @property
    def per_day(self) -> float:
        """How many of what the tables count are in a day."""
        return {"day": 1.0, "hour": 24.0, "minute": 1440.0}[self.day_word]

    def channel(self, *, labels: bool) -> Spec:
        """The x channel: the same in every layer, so that all panels share one axis."""
        scale: Spec = {"domain": [0, self.end], "nice": False}
        if self.exponent != 1.0:
            scale |= {"type": "pow", "exponent": self.exponent}
        axis: Spec = {
            "values": list(self.ticks),
            "labels": labels,
            "ticks": labels,
            "title": self.title if labels else None,
            "grid": True,
            "labelExpr": self.tick_words,
            "labelFlush": False,
            "labelOverlap": False,
        }
        return {"field": "x", "type": "quantitative", "scale": scale, "axis": axis}


def course_axis(days: float, *, since: str = "the first dose") -> TimeAxis:
    """Days for a course of up to four weeks, weeks for a longer one; never more than eight labels."""
    if days <= 28:
        step = next(step for step in (1, 2, 4, 7) if days / step <= 8)
        ticks = tuple(float(day) for day in np.arange(0, days + 1e-9, step))
        return TimeAxis(1.0, days, ticks, "datum.value", f"days since {since}")
    step = next((step for step in (1, 2, 4, 8, 13, 26) if days / 7 / step <= 8), 52)
    ticks = tuple(float(day) for day in np.arange(0, days + 1e-9, 7 * step))
    return TimeAxis(1.0, days, ticks, "datum.value / 7", f"weeks since {since}")


def acute_axis(hours: float) -> TimeAxis:
    """Minutes for up to six hours; hours for more than two days; between them hours on an axis that gives the first one
    more room, and says so."""
    if hours <= 6:
        step = next(step for step in (10, 20, 30, 60) if hours * 60 / step <= 8)
        ticks = tuple(float(minute) for minute in np.arange(0, hours * 60 + 1e-9, step))
        return TimeAxis(
            1440.0, hours * 60, ticks, "datum.value", "minutes since the first dose began", 1, "minute"
        )
    if hours > 48:
        step = next((step for step in (12, 24, 48, 96) if hours / step <= 8), 168)
        ticks = tuple(float(hour) for hour in np.arange(0, hours + 1e-9, step))
        return TimeAxis(24.0, hours, ticks, "datum.value", "hours since the first dose began", 1, "hour")
    shown = [0.0]
    for tick in (0.25, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0, 48.0):
        apart = PLOT_WIDTH * ((tick / hours) ** 0.5 - (shown[-1] / hours) ** 0.5)
        if tick <= hours * 1.0001 and apart >= ROOM_FOR_TICK:
            shown.append(tick)
    words = "datum.value == 0 ? '0' : datum.value < 1 ? (datum.value * 60) + ' min' : datum.value + ' h'"
    title = "time since the first dose (first hours drawn wider)"
    return TimeAxis(24.0, hours, tuple(shown), words, title, 0.5, "minute")
