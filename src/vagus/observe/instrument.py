"""Instruments: the facts of scoring of each scale, read from `atlas/instruments`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from ..errors import did_you_mean, fail
from ..tables import atlas_path, read_toml
from .domain import load_domains


@dataclass(frozen=True)
class Fact:
    """One published (or assumed) number about a scale, with where it is from and how well it is known."""

    value: float
    source: str
    grade: str
    note: str = ""


@dataclass(frozen=True)
class Item:
    """One item: its place, a neutral topic (never the wording), its lowest and highest mark, the weight of each
    domain as (domain, weight) pairs, relative within the instrument, and the group of which only the highest mark
    counts ('' for none)."""

    number: int
    topic: str
    low: float
    high: float
    loadings: tuple[tuple[str, float], ...]
    group: str = ""


@dataclass(frozen=True, eq=False)
class Instrument:
    """A scale: its items and what is known about its total.

    `total` is "sum" or "mean" of the items, "groups" (the sum of the highest mark of each group), or "crosswalk":
    read off `crosswalk`, pairs (total of the other scale, total of this one), whose items, `total_at_ill` and
    `test_retest_sd` these are; `recall_days` is the time the questions ask about (0: now) and `short_form_days`
    that of a version for shorter times, None when there is none. `bands` are (from, name),
    rising. `response` is the fraction the total has to fall by, `response_points` the points where a scale
    counts points instead; `remission` is the highest total that counts as well. All three, the changes
    and `test_retest_sd` (points of the total) are None when nobody has defined them. `total_at_ill` is the
    expected total of a person whose domains all stand at 1. `bounded_by` names the domain without which
    the others do not count (pain does not interfere where there is none). `usual` scales are asked without being named.
    """

    key: str
    title: str
    abbreviation: str
    kind: str
    better: str
    total: str
    total_low: float
    total_high: float
    recall_days: float
    short_form_days: float | None
    wording: str
    bycrosswalk: bool
    bounded_by: str | None
    bands: tuple[tuple[float, str], ...]
    items: tuple[Item, ...]
    loading_grade: str
    loading_source: str
    sources: tuple[str, ...]
    total_at_ill: Fact
    response: Fact | None
    response_points: Fact | None
    remission: Fact | None
    reliable_change: Fact | None
    minimal_important_change: Fact | None
    test_retest_sd: Fact | None
    usual: bool = False
    crosswalk: tuple[tuple[float, float], ...] = ()

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """The domains its items read, in the order of `loadings`."""
        names = [name for item in self.items for name, _ in item.loadings]
        return tuple(dict.fromkeys(names + ([self.bounded_by] if self.bounded_by else [])))

    @cached_property
    def low(self) -> np.ndarray:
        """Lowest mark of each item, shape (items,)."""
        return np.array([item.low for item in self.items], dtype=float)

    @cached_property
    def high(self) -> np.ndarray:
        """Highest mark of each item, shape (items,)."""
        return np.array([item.high for item in self.items], dtype=float)

    @cached_property
    def loadings(self) -> np.ndarray:
        """Share of each item's range per unit of each domain, shape (items, domains), so scaled that all
        domains at 1 give `total_at_ill`."""
        raw = np.zeros((len(self.items), len(self.domains)))
        for row, item in enumerate(self.items):
            for name, weight in item.loadings:
                raw[row, self.domains.index(name)] = weight
        low = self.low.sum() / self.items_per_total if self.crosswalk else self.total_low
        points = (self.total_at_ill.value - low) * self.items_per_total
        return raw * points / self.counted((self.high - self.low) * raw.sum(axis=1))

    @property
    def items_per_total(self) -> int:
        """Sum of the items that count, divided by the total: 1 for a sum, the number of items for a mean."""
        return len(self.items) if self.total == "mean" else 1

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Rows of the items that count together; of a group of several only the highest mark counts."""
        rows: dict[str, list[int]] = {}
        for row, item in enumerate(self.items):
            rows.setdefault(item.group or f"item {row}", []).append(row)
        return tuple(map(tuple, rows.values()))

    def counted(self, marks: np.ndarray) -> np.ndarray:
        """The sum of the marks that count (...) of marks (..., items)."""
        if len(self.groups) == len(self.items):
            return np.asarray(marks.sum(axis=-1))
        return np.asarray(np.sum([marks[..., list(rows)].max(axis=-1) for rows in self.groups], axis=0))

    def total_of(self, marks: np.ndarray) -> np.ndarray:
        """The total (...) of marks (..., items)."""
        total = self.counted(marks) / self.items_per_total
        if not self.crosswalk:
            return total
        other, this = zip(*self.crosswalk, strict=True)
        return np.where(np.isnan(total), np.nan, np.interp(total, other, this))


def list_instruments() -> list[str]:
    """The keys of all instruments of the atlas, in alphabetical order."""
    return sorted(path.stem for path in atlas_path("instruments").glob("*.toml"))


def usual_instruments() -> list[str]:
    """The keys of the scales that are asked when none is named, in alphabetical order."""
    return [key for key in list_instruments() if load_instrument(key).usual]


@cache
def load_instrument(key: str) -> Instrument:
    """The instrument of that key ("madrs"); the same object every time.

    Raises V405 when there is none, V444 when its table contradicts itself.
    """
    known = list_instruments()
    if key not in known:
        raise fail("V405", name=key, known=", ".join(known), hint=did_you_mean(key, known))
    path = atlas_path("instruments", f"{key}.toml")
    return read_instrument(path)


def read_instrument(path: Path) -> Instrument:
    """The instrument that a table describes; the file's name is its key. Raises V444 when it is wrong."""
    entry = read_toml(path)
    try:
        found = _from_table(Path(path).stem, entry)
    except (KeyError, TypeError, ValueError) as error:
        raise fail("V444", file=path, table=Path(path).stem, problem=f"check {error}") from None
    for problem in _contradictions(found):
        raise fail("V444", file=path, table=found.key, problem=problem)
    return found


def _fact(entry: Mapping, name: str) -> Fact | None:
    if name not in entry:
        return None
    part = entry[name]
    return Fact(float(part["value"]), str(part["source"]), str(part["grade"]), str(part.get("note", "")))


def _from_table(key: str, entry: Mapping) -> Instrument:
    source = _other_scale(entry)
    items = tuple(
        Item(
            int(one["number"]),
            str(one["topic"]),
            float(one["low"]),
            float(one["high"]),
            tuple((str(name), float(weight)) for name, weight in one["loadings"].items()),
            str(one.get("group", "")),
        )
        for one in source["item"]
    )
    at_ill = _fact(source, "total_at_ill")
    if at_ill is None:
        raise KeyError("total_at_ill")
    short = entry.get("short_form_days")
    return Instrument(
        key=key,
        title=str(entry["title"]),
        abbreviation=str(entry["abbreviation"]),
        kind=str(entry["kind"]),
        better=str(entry["better"]),
        total=str(entry["total"]),
        total_low=float(entry["total_low"]),
        total_high=float(entry["total_high"]),
        recall_days=float(entry["recall_days"]),
        short_form_days=None if short is None else float(short),
        wording=str(entry["wording"]),
        bycrosswalk=bool(entry["bycrosswalk"]),
        bounded_by=entry.get("bounded_by"),
        bands=tuple((float(band["from"]), str(band["name"])) for band in entry["bands"]),
        items=items,
        loading_grade=str(entry["loading_grade"]),
        loading_source=str(entry["loading_source"]),
        sources=tuple(str(source) for source in entry["sources"]),
        total_at_ill=at_ill,
        response=_fact(entry, "response"),
        response_points=_fact(entry, "response_points"),
        remission=_fact(entry, "remission"),
        reliable_change=_fact(entry, "reliable_change"),
        minimal_important_change=_fact(entry, "minimal_important_change"),
        test_retest_sd=_fact(source, "test_retest_sd"),
        usual=bool(entry.get("usual", False)),
        crosswalk=tuple((float(a), float(b)) for a, b in entry.get("crosswalk", {}).get("points", ())),
    )


def _other_scale(entry: Mapping) -> Mapping:
    """The table whose items a scale has: its own, or those of the scale it is read off."""
    if "crosswalk" not in entry:
        return entry
    return read_toml(atlas_path("instruments", f"{entry['crosswalk']['from']}.toml"))


def _contradictions(found: Instrument) -> list[str]:
    """What is wrong with an instrument, in words; an empty list when all fits together."""
    wrong = []
    kinds, totals = ("mental", "physical"), ("sum", "mean", "groups", "crosswalk")
    if found.kind not in kinds or found.total not in totals or found.better != "lower":
        wrong.append("kind is mental or physical, total is sum, mean, groups or crosswalk, better is lower")
    if found.wording not in ("free", "restricted"):
        wrong.append("wording is free or restricted")
    if [item.number for item in found.items] != list(range(1, len(found.items) + 1)):
        wrong.append("items are numbered 1, 2, 3 ...")
    if not np.all(found.high > found.low):
        wrong.append("an item's high is above its low")
    if (found.total == "crosswalk") != bool(found.crosswalk) or (found.crosswalk and not found.bycrosswalk):
        wrong.append("a crosswalk has points and is marked bycrosswalk")
    ends = float(found.total_of(found.low)), float(found.total_of(found.high))
    if not np.allclose(ends, (found.total_low, found.total_high)):
        wrong.append(f"the items reach from {ends[0]:g} to {ends[1]:g}, the total does not")
    starts = [start for start, _ in found.bands]
    if starts != sorted(set(starts)) or starts[0] != found.total_low or starts[-1] > found.total_high:
        wrong.append("bands start at the lowest total and rise")
    unknown = [name for name in found.domains if name not in load_domains()]
    if unknown:
        wrong.append(f"unknown domain {unknown[0]}")
    weights = np.array([weight for item in found.items for _, weight in item.loadings])
    if weights.size == 0 or np.any(weights < 0) or any(not item.loadings for item in found.items):
        wrong.append("each item has loadings of 0 or more")
    elif not found.crosswalk and not found.total_low < found.total_at_ill.value <= found.total_high:
        wrong.append("total_at_ill lies inside the scale")
    elif np.any(found.loadings.sum(axis=1) > 1 + 1e-9):
        wrong.append("an item would pass its ceiling at total_at_ill")
    return wrong
