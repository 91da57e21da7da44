"""The measurement model: how likely a person's readings are, given what a virtual person went through.

For one virtual person all readings together are normal, given the factor of reporting severity to within a narrow
window. Their means are the expected marks, rounded and cut at floor and ceiling; what they share is the person's own
way of marking items, the rest of the severity, and weeks that went better or worse for reasons of their own; what
each visit has alone is its noise. So severity, item traits and those weeks are averaged over exactly and need no draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..body.model import Model
from ..observe import RELIEF, Instrument, domains, load_domains, load_instrument, told_part
from ..observe.noise import visit_noise_sd
from ..observe.reporting import reporting
from ..observe.score import expected_marks, recalled
from .bank import DAY, Bank
from .diary import Reading, follow_table
from .moments import item_moments

Array = NDArray[np.float64]
LEAST_VARIANCE = 0.02  # of a total, in squared points
#: Windows of the logarithm of severity: middles in units of its spread, their weights, and the spread inside a window.
#: Together they have the variance of the whole.
_MIDDLES, _WEIGHTS, _INSIDE = (
    np.array([-1.05, 0.0, 1.05]),
    np.array([0.25, 0.5, 0.25]),
    np.sqrt(1 - 1.05**2 / 2),
)


@dataclass(frozen=True)
class Windows:
    """Windows of reporting severity: middle of the logarithm, log of the weight, and the spread inside each."""

    middle: Array
    log_weight: Array
    inside: float


@dataclass(frozen=True)
class Expected:
    """What the readings of one person should be, for every virtual person, within one window of severity.

    Attributes:
        mean: (people, readings).
        shared: (people, readings, factors) how each of the person's hidden factors (standard normal) moves a reading.
        weeks: (people, readings) how a week that goes worse by 1 of the range moves a reading.
        own: (people, readings) variance that a reading has alone.
    """

    mean: Array
    shared: Array
    weeks: Array
    own: Array


@dataclass(frozen=True)
class Asked:
    """Which readings are looked at, in what order, and the hidden factors behind them.

    Attributes:
        rows: one for each number: key, hour, item (-1 for the total), and the number itself (log for vital signs).
        factors: names of the hidden factors: severity, items of instruments, visits whose items are known, factors of
            vital signs.
        kinds: (rows,) 0 mental, 1 physical, 2 vital; weeks that go worse are shared within a kind.
    """

    rows: tuple[tuple[str, float, int, float], ...]
    factors: tuple[str, ...]
    kinds: NDArray[np.int64]

    @property
    def values(self) -> Array:
        """The numbers (rows,)."""
        return np.array([row[3] for row in self.rows])

    @property
    def hours(self) -> Array:
        """When (rows,)."""
        return np.array([row[1] for row in self.rows])


def windows() -> Windows:
    """The windows of severity."""
    spread = reporting("severity_spread")
    return Windows(_MIDDLES * spread, np.log(_WEIGHTS), float(_INSIDE * spread))


def asked_of(readings: Sequence[Reading]) -> Asked:
    """The readings as rows: a total, or each of its items where they are known; vital signs as logarithms."""
    vitals = follow_table()["vital"]
    rows: list[tuple[str, float, int, float]] = []
    factors = ["severity"]
    for one in readings:
        if one.key in vitals:
            rows.append((one.key, one.hour, -1, float(np.log(one.value))))
            factors.append(vitals[one.key]["factor"])
            continue
        scale = load_instrument(one.key)
        factors += [f"{one.key} item {j}" for j in range(len(scale.items))]
        if one.items and not scale.crosswalk:
            factors.append(f"{one.key} visit {one.hour:g}")
            rows += [(one.key, one.hour, j, mark) for j, mark in enumerate(one.items)]
        else:
            rows.append((one.key, one.hour, -1, one.value))
    kinds = [2 if key in vitals else int(load_instrument(key).kind != "mental") for key, *_ in rows]
    return Asked(tuple(rows), tuple(dict.fromkeys(factors)), np.array(kinds, dtype=np.int64))


def needed_outputs(keys: Sequence[str]) -> list[str]:
    """Names of the outputs that instruments and vital signs are read from."""
    vitals = follow_table()["vital"]
    names = [RELIEF]
    for key in keys:
        if key in vitals:
            names.append(vitals[key]["observable"])
        else:
            names += [domain_output(name) for name in load_instrument(key).domains]
    return list(dict.fromkeys(names))


def domain_output(name: str) -> str:
    """The output a domain is read from."""
    return load_domains()[name].observable


def looked_back(
    scale: Instrument, times: Array, outputs: Mapping[str, Array], hours: Array
) -> dict[str, Array]:
    """Each domain of a scale as a person looks back on it at some hours: (people, visits).

    `times` are the hours of the outputs (people, times). Before the first of them everybody is at rest.
    """
    z = domains({domain_output(name): outputs[domain_output(name)] for name in scale.domains}, scale.domains)
    short = scale.short_form_days is not None
    return recalled(times / DAY, z, scale, at_days=hours / DAY, short_form=short)[0]


def told_at(scale: Instrument, times: Array, relief: Array, hours: Array) -> Array:
    """Part (people, visits) of what is felt that goes into the report; arguments as of `looked_back`."""
    short = scale.short_form_days is not None
    return told_part(scale, times / DAY, relief, hours / DAY, short_form=short)


def expect(model: Model, bank: Bank, asked: Asked, severity: float, inside: float) -> Expected:
    """What all readings should be in every person of a bank.

    Args:
        model: for the medians of the factors of vital signs.
        bank: who.
        asked: which readings.
        severity: middle of the window, as a factor.
        inside: SD of the logarithm of severity inside the window.
    """
    people, rows = bank.count, len(asked.rows)
    column = {name: k for k, name in enumerate(asked.factors)}
    mean, own, weeks = np.empty((people, rows)), np.empty((people, rows)), np.zeros((people, rows))
    shared = np.zeros((people, rows, len(asked.factors)))
    outputs = {name: bank.of(name) for name in bank.names}
    for key in dict.fromkeys(row[0] for row in asked.rows):
        here = [k for k, row in enumerate(asked.rows) if row[0] == key]
        if asked.kinds[here[0]] == 2:
            _vital(model, bank, asked, here, column, (mean, own, shared))
            continue
        scale = load_instrument(key)
        hours = np.array(sorted({asked.rows[k][1] for k in here}))
        z = looked_back(scale, bank.times, outputs, hours)
        told = told_at(scale, bank.times, outputs[RELIEF], hours)
        seen = _Seen(scale, z, told, severity, inside)
        for k in here:
            _, hour, item, _ = asked.rows[k]
            visit = int(np.searchsorted(hours, hour))
            fill = seen.total(visit) if item < 0 else seen.item(visit, item)
            mean[:, k], own[:, k], weeks[:, k] = fill.mean, fill.own, fill.weeks
            shared[:, k, 0] = fill.severity
            for j in range(len(scale.items)):
                shared[:, k, column[f"{key} item {j}"]] = fill.items[:, j]
            if item >= 0:
                shared[:, k, column[f"{key} visit {hour:g}"]] = fill.visit
    return Expected(mean, shared, weeks, own)


def _vital(
    model: Model,
    bank: Bank,
    asked: Asked,
    here: Sequence[int],
    column: Mapping[str, int],
    to: tuple[Array, Array, Array],
) -> None:
    """Fill the rows of one vital sign: logarithms, with the person's own factor taken as unknown."""
    mean, own, shared = to
    row = follow_table()["vital"][asked.rows[here[0]][0]]
    factor = bank.people.p[model.parameter(row["factor"])]
    entry = model.entries[row["factor"]]
    values = bank.of(row["observable"])
    for k in here:
        left = int(
            np.clip(np.searchsorted(bank.times, asked.rows[k][1], side="right") - 1, 0, bank.times.size - 1)
        )
        mean[:, k] = np.log(np.maximum(values[:, left], 1e-9)) - np.log(factor) + np.log(entry.value)
        own[:, k] = float(row["noise"]) ** 2
        shared[:, k, column[row["factor"]]] = entry.spread


@dataclass(frozen=True)
class _Fill:
    """One row for every person: mean, own variance, and what moves it."""

    mean: Array
    own: Array
    weeks: Array
    severity: Array
    items: Array
    visit: Array


class _Seen:
    """One instrument at some visits, for every person: moments of its items within a window of severity."""

    def __init__(
        self, scale: Instrument, z: Mapping[str, Array], told: Array, severity: float, inside: float
    ) -> None:
        people = told.shape[0]
        self.scale = scale
        self.span = scale.high - scale.low
        factor = np.full(people, severity)
        marks = expected_marks(scale, z, severity=factor, told=told)
        # How a mark answers to the logarithm of severity, by a small step.
        step = 1e-3
        more = expected_marks(scale, z, severity=factor * np.exp(step), told=told)
        rise = (more - marks) / step
        self.trait, self.noise = reporting("item_trait_spread"), visit_noise_sd(scale)
        self.common = reporting("visit_noise_shared")
        shape = marks.shape
        self.mean, self.variance, self.slope = (np.empty(shape) for _ in range(3))
        for j, span in enumerate(self.span):
            inner = np.hypot(self.trait, self.noise) * span
            spread = float(
                np.hypot(inner, 0.5 * inside * span)
            )  # severity inside the window blurs the rounding too
            found = item_moments(marks[..., j] - scale.low[j], float(span), spread)
            self.mean[..., j], self.variance[..., j], self.slope[..., j] = found
        self.variance = np.maximum(self.variance - (self.slope * 0.5 * inside * self.span) ** 2, 1e-3)
        self.rise = inside * self.slope * rise

    def item(self, visit: int, j: int) -> _Fill:
        """The row of one item at one visit."""
        slope, span = self.slope[:, visit, j], self.span[j]
        trait, noise = slope * span * self.trait, slope * span * self.noise
        own = np.maximum(self.variance[:, visit, j] - trait**2 - self.common * noise**2, LEAST_VARIANCE)
        items = np.zeros((slope.size, len(self.span)))
        items[:, j] = trait
        visit_part = np.sqrt(self.common) * noise
        mean = self.mean[:, visit, j] + self.scale.low[j]
        return _Fill(mean, own, slope * span, self.rise[:, visit, j], items, visit_part)

    def total(self, visit: int) -> _Fill:
        """The row of the total at one visit."""
        scale, marks = self.scale, self.mean[:, visit]
        counted = np.ones_like(marks)
        for rows in scale.groups:  # of a group only the highest mark counts: the one that is expected to be
            if len(rows) > 1:
                counted[:, list(rows)] = 0.0
                best = np.array(rows)[marks[:, list(rows)].argmax(axis=1)]
                counted[np.arange(len(marks)), best] = 1.0
        slope = self.slope[:, visit] * self.span * counted
        raw = ((marks + scale.low) * counted).sum(axis=1)
        # All items of a visit share a part of its noise: their sum spreads more than they do alone.
        together = self.common * self.noise**2 * (slope.sum(axis=1) ** 2 - (slope**2).sum(axis=1))
        own = (
            (self.variance[:, visit] * counted).sum(axis=1)
            + together
            - ((self.trait * slope) ** 2).sum(axis=1)
        )
        per = float(scale.items_per_total)
        total, per_point = raw / per, np.full(raw.size, 1.0 / per)
        if scale.crosswalk:
            other, this = (np.array(column) for column in zip(*scale.crosswalk, strict=True))
            low = np.interp(total - 0.5, other, this)
            high = np.interp(total + 0.5, other, this)
            total, per_point = np.interp(total, other, this), per_point * np.maximum(high - low, 1e-3)
        return _Fill(
            total,
            np.maximum(own * per_point**2, LEAST_VARIANCE),
            slope.sum(axis=1) * per_point,
            (self.rise[:, visit] * counted).sum(axis=1) * per_point,
            self.trait * slope * per_point[:, None],
            np.zeros(raw.size),
        )
