"""Instruments: the facts of scoring of each scale, read from `atlas/instruments`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..body.section import Section
from ..errors import did_you_mean, fail
from ..tables import Place, atlas_path, place_of, read_toml
from .domain import load_domains

_Read = TypeVar("_Read")


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
    `test_retest_sd` these are; `rater` is who marks, "self" or "clinician"; `recall_days` is the time the questions
    ask about (0: now) and `short_form_days` that of a version for shorter times, None when there is none.
    `bands` are (from, name), rising. `response` is the fraction the total has to fall by, `response_points` the
    points where a scale counts points instead; `remission` is the highest total that counts as well. All three, the
    changes and `test_retest_sd` (points of the total) are None when nobody has defined them. `total_at_ill` is the
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
    rater: str
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

    @cached_property
    def leaders(self) -> np.ndarray:
        """For each item the first item of those it counts together with (items,): they are told with one noise."""
        found = np.empty(len(self.items), dtype=np.int64)
        for rows in self.groups:
            found[list(rows)] = rows[0]
        return found

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
    """The instrument that a table describes; the file's name is its key.

    Raises V444 with the line when an entry is missing or two contradict each other, V412 when one is of another kind.
    """
    found = _from_table(_page(Path(path)))
    for problem, place in _contradictions(found, Path(path)):
        raise fail("V444", table=found.key, problem=problem, **place)
    return found


def _page(path: Path) -> Section:
    return Section("an instrument", read_toml(path), path)


def _get(part: Section, key: str, read: Callable[[Any], _Read]) -> _Read:
    """An entry that has to be there, made a number or a text; raises V444 where it stands or ought to."""
    problem = f"'{key}' is missing"
    if key in part.data:
        try:
            return read(part.data[key])
        except (AttributeError, KeyError, TypeError, ValueError):
            problem = f"'{key}' cannot be {part.data[key]!r}"
    raise fail("V444", table=Path(part.path).stem, problem=problem, **part.place(key))


def _fact(page: Section, name: str) -> Fact | None:
    if name not in page.data:
        return None
    part = page.table(name, name)
    note = _get(part, "note", str) if "note" in part.data else ""
    return Fact(_get(part, "value", float), _get(part, "source", str), _get(part, "grade", str), note)


def _item(one: Section) -> Item:
    return Item(
        _get(one, "number", int),
        _get(one, "topic", str),
        _get(one, "low", float),
        _get(one, "high", float),
        _get(
            one, "loadings", lambda pairs: tuple((str(name), float(weight)) for name, weight in pairs.items())
        ),
        one.text("group"),
    )


def _from_table(page: Section) -> Instrument:
    source, short = _other_scale(page), page.data.get("short_form_days")
    _get(source, "item", list)
    _get(source, "total_at_ill", dict)
    at_ill = _fact(source, "total_at_ill")
    assert at_ill is not None
    return Instrument(
        key=Path(page.path).stem,
        title=_get(page, "title", str),
        abbreviation=_get(page, "abbreviation", str),
        kind=_get(page, "kind", str),
        better=_get(page, "better", str),
        total=_get(page, "total", str),
        total_low=_get(page, "total_low", float),
        total_high=_get(page, "total_high", float),
        rater=_get(page, "rater", str),
        recall_days=_get(page, "recall_days", float),
        short_form_days=None if short is None else _get(page, "short_form_days", float),
        wording=_get(page, "wording", str),
        bycrosswalk=_get(page, "bycrosswalk", bool),
        bounded_by=page.text("bounded_by") or None,
        bands=_get(page, "bands", lambda rows: tuple((float(row["from"]), str(row["name"])) for row in rows)),
        items=tuple(_item(one) for one in source.tables("item", "an item")),
        loading_grade=_get(page, "loading_grade", str),
        loading_source=_get(page, "loading_source", str),
        sources=page.names("sources"),
        total_at_ill=at_ill,
        response=_fact(page, "response"),
        response_points=_fact(page, "response_points"),
        remission=_fact(page, "remission"),
        reliable_change=_fact(page, "reliable_change"),
        minimal_important_change=_fact(page, "minimal_important_change"),
        test_retest_sd=_fact(source, "test_retest_sd"),
        usual=page.flag("usual", False),
        crosswalk=_points(page),
    )


def _other_scale(page: Section) -> Section:
    """The table whose items a scale has: its own, or those of the scale it is read off."""
    if "crosswalk" not in page.data:
        return page
    other = _get(page.table("crosswalk", "the crosswalk"), "from", str)
    known = list_instruments()
    if other not in known:
        facts = {"name": other, "known": ", ".join(known), "hint": did_you_mean(other, known)}
        raise fail("V405", **facts, **page.table("crosswalk", "the crosswalk").place("from"))
    return _page(atlas_path("instruments", f"{other}.toml"))


def _points(page: Section) -> tuple[tuple[float, float], ...]:
    if "crosswalk" not in page.data:
        return ()
    part = page.table("crosswalk", "the crosswalk")
    return _get(part, "points", lambda pairs: tuple((float(a), float(b)) for a, b in pairs))


def _contradictions(found: Instrument, path: Path) -> Iterator[tuple[str, Place]]:
    """What is wrong with an instrument, in words, and where; nothing when all fits together."""
    kinds, totals = ("mental", "physical"), ("sum", "mean", "groups", "crosswalk")
    for key, value, known in (
        ("kind", found.kind, kinds),
        ("total", found.total, totals),
        ("better", found.better, ("lower",)),
        ("wording", found.wording, ("free", "restricted")),
        ("rater", found.rater, ("self", "clinician")),
    ):
        if value not in known:
            yield f"{key} is {' or '.join(known)}", place_of(path, key)
    if (found.total == "crosswalk") != bool(found.crosswalk) or (found.crosswalk and not found.bycrosswalk):
        yield "a crosswalk has points and is marked bycrosswalk", place_of(path, "crosswalk")
    starts = [start for start, _ in found.bands]
    if (
        not starts
        or starts != sorted(set(starts))
        or starts[0] != found.total_low
        or starts[-1] > found.total_high
    ):
        yield "bands start at the lowest total and rise", place_of(path, "bands")
    yield from _fact_contradictions(found, path)
    yield from _item_contradictions(found, path)


def _fact_contradictions(found: Instrument, path: Path) -> Iterator[tuple[str, Place]]:
    """Which facts about the total cannot be: a change wider than the scale, an end outside it."""
    width = found.total_high - found.total_low
    changes = ("response_points", "reliable_change", "minimal_important_change", "test_retest_sd")
    for key in changes:
        fact = getattr(found, key)
        if fact and not 0 < fact.value <= width and not (found.crosswalk and key == "test_retest_sd"):
            yield f"{key} is above 0 and no wider than the scale", place_of(path, key)
    if found.response and not 0 < found.response.value <= 1:
        yield "response is a fraction above 0, up to 1", place_of(path, "response")
    if found.remission and not found.total_low <= found.remission.value < found.total_high:
        yield "remission lies inside the scale", place_of(path, "remission")


def _item_contradictions(found: Instrument, path: Path) -> Iterator[tuple[str, Place]]:
    """What is wrong with the items; each is told with the head of its own table."""
    whole = place_of(path, "crosswalk" if found.crosswalk else "item")
    if not found.items:
        yield "there is no item", whole
        return
    for nth, item in enumerate(found.items, start=1):
        place = whole if found.crosswalk else place_of(path, "item", nth)
        if item.number != nth:
            yield "items are numbered 1, 2, 3 ...", place
        if not item.high > item.low:
            yield "an item's high is above its low", place
        unknown = [name for name, _ in item.loadings if name not in load_domains()]
        if unknown:
            yield f"unknown domain {unknown[0]}", place
        if not item.loadings or not all(weight >= 0 for _, weight in item.loadings):
            yield "each item has loadings of 0 or more", place
    if found.bounded_by and found.bounded_by not in load_domains():
        yield f"unknown domain {found.bounded_by}", place_of(path, "bounded_by")
    ends = float(found.total_of(found.low)), float(found.total_of(found.high))
    if not np.allclose(ends, (found.total_low, found.total_high)):
        problem = f"the items reach from {ends[0]:g} to {ends[1]:g}, the total does not"
        yield problem, place_of(path, "total_high" if np.isclose(ends[0], found.total_low) else "total_low")
    if not found.crosswalk and not found.total_low < found.total_at_ill.value <= found.total_high:
        yield "total_at_ill lies inside the scale", place_of(path, "total_at_ill")
    over = np.flatnonzero(found.loadings.sum(axis=1) > 1 + 1e-9)
    if over.size:
        nth = int(over[0]) + 1
        yield (
            "an item would pass its ceiling at total_at_ill",
            whole if found.crosswalk else place_of(path, "item", nth),
        )
