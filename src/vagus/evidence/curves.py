"""Measured concentration curves of ketamine, and what the model says to each: one row, one published number."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..body.dose import Dose
from ..body.model import Array, Model
from ..body.travel import travel
from ..body.treatment import Treatment, dose_changes
from ..solve.events import Events
from ..solve.integrate import Control
from ..tables import atlas_path, read_rows
from ..units import convert

_COLUMNS = (
    "id", "design", "drug", "route", "amount", "unit", "hours", "weight", "output", "measure", "at",
    "observed", "spread", "value_unit", "expected", "tolerance", "site", "split", "source", "note",
)  # fmt: skip
_WEIGHT = "ketamine.weight"
_PARENT = "ketamine.venous"  # what a metabolite is compared with
_MASS = {_PARENT: "ketamine.molar_mass", "ketamine.norketamine": "ketamine.norketamine_molar_mass"}
_CONTROL = Control(rtol=1e-6, atol=1e-9)


@dataclass(frozen=True)
class Point:
    """One published number, or one that is only kept to notice changes.

    Attributes:
        key: of the curve it belongs to.
        design: what was given, in words.
        dose: the same as a dose.
        weight: kg.
        output: what was measured.
        measure: at (at an hour), max (largest), auc (area to an hour), ratio (of molar areas, metabolite to ketamine).
        at: hours after the dose began: when, or up to when.
        observed: the number; NaN when nobody has published one.
        spread: its spread, in words.
        unit: of observed and expected.
        expected: what the parameter set was published with here; NaN without one.
        site, split, source, note: where the sample was taken, what it may be used for, its source, what to know.
    """

    key: str
    design: str
    dose: Dose
    weight: float
    output: str
    measure: str
    at: float
    observed: float
    spread: str
    unit: str
    expected: float
    site: str
    split: str
    source: str
    note: str


def read_points() -> list[Point]:
    """Every row of the table of measured curves."""
    rows = read_rows(atlas_path("validation", "ketamine_curves.csv"), _COLUMNS)
    return [
        Point(
            key=row["id"],
            design=row["design"],
            dose=Dose(0.0, row["drug"], float(row["amount"]), row["unit"], row["route"], float(row["hours"])),
            weight=float(row["weight"]),
            output=row["output"],
            measure=row["measure"],
            at=float(row["at"]),
            observed=float(row["observed"] or "nan"),
            spread=row["spread"],
            unit=row["value_unit"],
            expected=float(row["expected"] or "nan"),
            site=row["site"],
            split=row["split"],
            source=row["source"],
            note=row["note"],
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Courses:
    """Concentrations of a few designs: `values` by output (times, designs), at `times` in hours."""

    times: Array
    designs: tuple[tuple[Dose, float], ...]
    values: dict[str, Array]

    def of(self, point: Point, output: str) -> Array:
        """The course of one output in the design of a point (times,)."""
        return self.values[output][:, self.designs.index((point.dose, point.weight))]


def courses(model: Model, points: Sequence[Point], hours: float = 48.0) -> Courses:
    """The typical healthy person through every design of some points, all at once.

    Args:
        model: the body.
        points: whose designs.
        hours: length of the courses.
    """
    designs = tuple(dict.fromkeys((point.dose, point.weight) for point in points))
    outputs = tuple(dict.fromkeys([*(point.output for point in points), _PARENT]))
    edges = np.array([point.at for point in points] + [dose.hours for dose, _ in designs])
    grid = (np.arange(0.0, 8.0, 1.0 / 60.0), np.arange(8.0, hours, 0.05), edges, np.array([hours]))
    times: Array = np.unique(np.round(np.concatenate(grid), 6)).astype(np.float64)
    p = np.repeat(model.defaults()[:, None], len(designs), axis=1)
    changes = []
    for column, (dose, weight) in enumerate(designs):
        p[model.parameter(_WEIGHT), column] = weight
        plan = Treatment("curve", "", "", "", (), (dose,))
        changes.append(dose_changes(plan, model, weight, hours, p[:, column]))
    known = [*model.states, *model.outputs]
    rows = np.array([known.index(output) for output in outputs], dtype=np.int64)
    y = np.repeat(model.start()[:, None], len(designs), axis=1)
    journey = travel(model, y, p, Events(changes), times, _CONTROL, rows)
    return Courses(times, designs, {name: journey.outputs[:, k, :] for k, name in enumerate(outputs)})


def predicted(model: Model, found: Courses, point: Point) -> float:
    """What the model says to one point, in the unit of the point."""
    curve = found.of(point, point.output)
    if point.measure == "at":
        return float(np.interp(point.at, found.times, curve))
    if point.measure == "max":
        return float(curve[found.times <= point.at].max())
    area = _area(found.times, curve, point.at)
    if point.measure == "auc":
        return area * convert(1.0, "ng*h/mL", point.unit)
    parent = _area(found.times, found.of(point, _PARENT), point.at)
    masses = [model.entries[_MASS[name]].value for name in (point.output, _PARENT)]
    return area / masses[0] / (parent / masses[1])


def _area(times: Array, curve: Array, end: float) -> float:
    inside = times <= end
    return float(np.trapezoid(curve[inside], times[inside]))
