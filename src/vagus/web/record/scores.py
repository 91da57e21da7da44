"""Scores over time: totals, severity bands, and which changes are reliable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ...errors import VagusError
from ...observe import (
    Instrument,
    load_instrument,
    reliable_change,
    remitted,
    responded,
    severity_band,
)
from .models import Entry


@dataclass(frozen=True)
class Point:
    """One total: when, how many points, its severity band, and the change since the first and since the last one."""

    at: datetime
    total: float
    band: str
    since_first: str
    since_last: str
    entry: Entry


@dataclass(frozen=True)
class Series:
    """All totals of one scale of one person, in order of time."""

    instrument: Instrument
    points: tuple[Point, ...]

    @property
    def last(self) -> Point:
        """The newest."""
        return self.points[-1]

    @property
    def first(self) -> Point:
        """The oldest."""
        return self.points[0]

    @property
    def worse_from(self) -> float | None:
        """The total against which the newest is reliably worse: the one before, else the first; None when it is not."""
        if self.last.since_last == "worse":
            return self.points[-2].total
        return self.first.total if self.last.since_first == "worse" else None

    @property
    def responded(self) -> bool | None:
        """Whether the newest counts as response to the first; None where the scale has no rule or one point."""
        if len(self.points) < 2:
            return None
        try:
            return bool(responded(self.first.total, self.last.total, self.instrument))
        except VagusError:
            return None

    @property
    def remitted(self) -> bool | None:
        """Whether the newest counts as remission; None where the scale has no rule."""
        try:
            return bool(remitted(self.last.total, self.instrument))
        except VagusError:
            return None


def series_of(entries: Sequence[Entry]) -> dict[str, Series]:
    """The totals of every scale in the entries, by key, usual scales first."""
    rows: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind == "score":
            rows.setdefault(entry.content["instrument"], []).append(entry)
    found = {key: _series(load_instrument(key), list_) for key, list_ in rows.items()}
    return dict(sorted(found.items(), key=lambda one: (not one[1].instrument.usual, one[0])))


def _series(instrument: Instrument, rows: list[Entry]) -> Series:
    points: list[Point] = []
    for row in sorted(rows, key=lambda row: row.at):
        total = float(row.content["total"])
        points.append(
            Point(
                row.at,
                total,
                _band(total, instrument.key),
                change_word(points[0].total, total, instrument) if points else "",
                change_word(points[-1].total, total, instrument) if points else "",
                row,
            )
        )
    return Series(instrument, tuple(points))


@lru_cache(maxsize=4096)
def _band(total: float, key: str) -> str:
    """The severity band of a total; few totals are met again and again, on every page."""
    return str(severity_band(total, load_instrument(key)))


def change_word(before: float, after: float, instrument: Instrument) -> str:
    """The word "better", "worse", "no reliable change", or "" where nobody has defined a reliable change."""
    return _change(before, after, instrument.key)


@lru_cache(maxsize=16_384)
def _change(before: float, after: float, key: str) -> str:
    try:
        return str(reliable_change(before, after, load_instrument(key)))
    except VagusError:
        return ""
