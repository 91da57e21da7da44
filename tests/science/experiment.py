"""Experiments on the whole body, said as a clinician would: days, values by name, people side by side."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vagus.body.model import Model
from vagus.solve.events import Change, Events
from vagus.solve.integrate import Control, integrate

Array = NDArray[np.float64]
DAY = 24.0
YEAR = 365.0 * DAY
DATA = Path(__file__).parents[1] / "data"
#: An injury as models.md B.16 means it: strength .6 for 60 days, after a month of health.
INJURY = {"name": "pain.injury", "value": 0.6, "first_day": 30.0, "days": 60.0}


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table of tests/data."""
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def part_b(model: Model) -> Array:
    """Parameters (parameters,) with the constants as models.md prints them in part B, before B.19 changes them."""
    p = model.defaults()
    for row in table("part_b.csv"):
        p[model.parameter(row["name"])] = float(row["value"])
    return p


def people(model: Model, base: Array, traits: Sequence[Mapping[str, float]]) -> Array:
    """Parameters (parameters, people): everybody as `base`, each with traits of their own."""
    p = np.repeat(base[:, None], len(traits), axis=1)
    for i, own in enumerate(traits):
        for name, value in own.items():
            p[model.parameter(name), i] = value
    return p


def episode(model: Model, name: str, value: float, first_day: float, days: float) -> list[Change]:
    """An input that is `value` for some days and 0 before and after."""
    row = model.parameter(name)
    return [Change(first_day * DAY, False, row, value), Change((first_day + days) * DAY, False, row, 0.0)]


def cut(model: Model, names: Sequence[str], day: float) -> list[Change]:
    """Connections that stop working on a day: their strengths become 0."""
    return [Change(day * DAY, False, model.parameter(name), 0.0) for name in names]


class Recorded:
    """The kernel with its states recordable beside its outputs."""

    def __init__(self, model: Model) -> None:
        kernel = model.kernel
        self.kernel, self.width, self.names = kernel, kernel.width, (*kernel.states, *kernel.outputs)
        self.prepare, self.rates = kernel.prepare, kernel.rates
        self.begin, self.solve = kernel.begin, kernel.solve

    def observe(self, t: Array, y: Array, p: Array, q: Array) -> Array:
        """States, then outputs."""
        return np.concatenate([y, self.kernel.observe(t, y, p, q)])


@dataclass(frozen=True)
class Course:
    """What happened: `values` (times, names, people) at `times` in hours, and the last states `y`."""

    times: Array
    names: tuple[str, ...]
    values: Array
    y: Array

    def path(self, name: str) -> Array:
        """One quantity over time (times, people)."""
        return self.values[:, self.names.index(name), :]

    def last(self, name: str) -> Array:
        """One quantity at the end (people,)."""
        return self.path(name)[-1]


def run(
    model: Model,
    p: Array,
    times: Sequence[float] | Array,
    changes: Sequence[Sequence[Change]] | None = None,
    start: Array | None = None,
    rtol: float = 1e-6,
) -> Course:
    """Everybody through the same time.

    Args:
        model: the body.
        p: parameters (parameters, people).
        times: output times in hours; the first is the start, the last the end.
        changes: what happens to each person; nothing when None.
        start: states (states, people); the healthy start of the tables when None.
        rtol: relative tolerance of the solver.
    """
    count = p.shape[1]
    y = np.repeat(model.start()[:, None], count, axis=1) if start is None else start
    system = Recorded(model)
    events = Events(changes if changes is not None else [[]] * count)
    control = Control(rtol=rtol, atol=1e-3 * rtol)
    journey = integrate(system, y, p, events, np.asarray(times, dtype=float), control)
    assert not journey.reason.any(), f"people did not arrive: {journey.reason}"
    return Course(np.asarray(times, dtype=float), system.names, journey.outputs, journey.y)


def settle(model: Model, p: Array, days: float = 730.0, start: Array | None = None) -> Array:
    """States (states, people) after some days in which nothing happens."""
    return run(model, p, [0.0, days * DAY], start=start, rtol=1e-8).y


def slopes_of(model: Model, y: Array, p: Array) -> Array:
    """Partial derivatives (states, states) of the rates of one person by central differences."""
    count, width = y.size, model.kernel.width
    step = 1e-6 * np.maximum(np.abs(y), 0.1)
    columns = -(-2 * count // width) * width
    shifted = np.repeat(y[:, None], columns, axis=1)
    each = np.arange(count)
    shifted[each, each] += step
    shifted[each, count + each] -= step
    everybody = np.repeat(p[:, None], columns, axis=1)
    q = model.kernel.prepare(everybody)
    rates = model.kernel.rates(np.zeros(columns), shifted, everybody, q)
    return (rates[:, :count] - rates[:, count : 2 * count]) / (2.0 * step)


def now(model: Model, y: Array, p: Array) -> tuple[Array, Array]:
    """Rates (states, people) and outputs (outputs, people) of any number of people at one moment."""
    count, width = y.shape[1], model.kernel.width
    who = np.minimum(np.arange(-(-count // width) * width), count - 1)
    y, p = np.ascontiguousarray(y[:, who]), np.ascontiguousarray(p[:, who])
    q, t = model.kernel.prepare(p), np.zeros(who.size)
    return model.kernel.rates(t, y, p, q)[:, :count], model.kernel.observe(t, y, p, q)[:, :count]
