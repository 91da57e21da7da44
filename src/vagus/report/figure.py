"""The figures of a course: finished tables in, figure out.

Each figure carries its chart description (for the interactive page), its drawing as SVG (for report and print), and
the same numbers as a table (for whoever cannot or will not read a chart).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .doses import dose_strip, ruled_doses, strip_words, visit_strip
from .drawing import complete, draw_svg
from .labels import asked
from .look import ROW_GAP
from .numerals import join_words, name_unit, places_of, show_number, show_plain
from .panel import curve_panel
from .record import CourseReport, Curve, Dose, Numbers
from .timeline import TimeAxis, acute_axis, course_axis

VISIT_DAYS = (0.0, 1.0, 7.0, 14.0, 21.0, 28.0, 42.0, 56.0, 70.0, 84.0, 112.0, 140.0, 168.0, 252.0, 364.0)
ACUTE_TICKS = (0, 10, 20, 40, 60, 90, 120, 240, 480, 1440, 2880)
KIND_TITLES = {"mental": "Mind", "physical": "Body", "vital": "Vital signs and blood"}


@dataclass(frozen=True)
class FigureTable:
    """The numbers of a figure as text: first column, curves, columns of each, and rows of (time, treated, ...)."""

    corner: str
    curves: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Figure:
    """One figure: key (unique in the page), title, description in words, Vega-Lite chart, and its numbers."""

    key: str
    title: str
    description: str
    chart: dict[str, Any]
    table: FigureTable

    @cached_property
    def svg(self) -> str:
        """The drawing as SVG text, without script or outside reference."""
        return draw_svg(self.chart, self.key, self.title, self.description)


def course_figures(course: CourseReport) -> tuple[Figure, ...]:
    """One figure per kind of curve (mental, physical, vital), all on the same axis of days with the doses on it."""
    figures = []
    axis = course_axis(course.days, since=course.since)
    for kind, title in KIND_TITLES.items():
        curves = [curve for curve in course.curves if curve.kind == kind]
        if not curves:
            continue
        days = [day for day in VISIT_DAYS if day <= course.days]
        if kind == "vital" and len(curves) > 1:
            figures += [
                _figure(f"{kind}-{place}", _names(part), part, course.doses, axis, days, course.visits)
                for place, part in enumerate(_halves(curves), start=1)
            ]
        else:
            figures.append(_figure(kind, title, curves, course.doses, axis, days, course.visits))
    return tuple(figures)


def acute_figures(course: CourseReport) -> tuple[Figure, ...]:
    """The first hours around the first dose, in up to two columns; empty where no acute curves were given."""
    curves = list(course.acute_curves)
    if not curves:
        return ()
    end = max(float(curve.days[-1]) for curve in curves)
    axis = acute_axis(end * 24)
    moved = [replace(dose, day=dose.day - course.acute_day) for dose in course.doses]
    doses = [dose for dose in moved if 0 <= dose.day <= end]
    marks = _acute_marks(end, doses, axis)
    return tuple(
        _figure(f"acute-{place}", _names(part), part, doses, axis, marks)
        for place, part in enumerate(_halves(curves), start=1)
    )


def _acute_marks(end: float, doses: Sequence[Dose], axis: TimeAxis) -> list[float]:
    """Days at which the numbers around a dose are given: after minutes, or every half day of one that runs for days."""
    if axis.day_word == "hour":
        over = max((dose.day + dose.minutes / 1440 for dose in doses), default=0.0)
        return sorted({*np.arange(0.0, end, 0.5).tolist(), min(over, end), end})
    return [minute / 1440 for minute in ACUTE_TICKS if minute / 1440 <= end * 1.0001]


def _halves(curves: Sequence[Curve]) -> list[Sequence[Curve]]:
    """The curves in two columns; one alone stays alone."""
    half = (len(curves) + 1) // 2
    return [part for part in (curves[:half], curves[half:]) if part]


def _names(curves: Sequence[Curve]) -> str:
    return join_words(curve.label for curve in curves)


def _figure(
    key: str,
    title: str,
    curves: Sequence[Curve],
    doses: Sequence[Dose],
    axis: TimeAxis,
    days: Sequence[float],
    visits: Sequence[float] = (),
) -> Figure:
    """One column of panels on one time axis, with the strip of doses, or of visits where there are none, on top."""
    ruled = ruled_doses(doses)
    panels = [
        curve_panel(curve, axis, ruled, last=place == len(curves), marks=days)
        for place, curve in enumerate(curves, start=1)
    ]
    if doses:
        panels.insert(0, dose_strip(doses, axis))
    elif visits:
        panels.insert(0, visit_strip(visits, axis))
    chart = complete(
        {
            "vconcat": panels,
            # Flush bounds: every row is as high as its plot plus this room for its title, so columns line up.
            "spacing": ROW_GAP,
            "bounds": "flush",
            "padding": {"left": 4, "right": 4, "top": 4, "bottom": 4},
        }
    )
    words = _description(title, curves, strip_words(doses, visits))
    return Figure(key, title, words, chart, _table(curves, axis, days))


def _description(title: str, curves: Sequence[Curve], given: str) -> str:
    names = _names(curves)
    start = "" if title == names else f"{title}: "
    placebo = ", with placebo (dotted line)" if any(c.placebo is not None for c in curves) else ""
    return (
        f"{start}{names}, with treatment (solid line){placebo} and without treatment (dashed line). {given}"
    )


def _column(curve: Curve, name: str) -> Numbers:
    """One column of a curve; dashes where it has none."""
    column = getattr(curve, name)
    return np.full(len(curve.days), np.nan) if column is None else np.asarray(column, dtype=float)


def _table(curves: Sequence[Curve], axis: TimeAxis, days: Sequence[float]) -> FigureTable:
    """The curves at the marked days: columns for each with treatment, with placebo where there is one, and without."""
    placebo = any(curve.placebo is not None for curve in curves)
    columns = ("treated", "placebo", "untreated") if placebo else ("treated", "untreated")
    rows = []
    for day in days:
        row = [show_plain(round(day * axis.per_day, 1))]
        for curve in curves:
            at = int(np.argmin(np.abs(curve.days - day)))
            places = places_of(curve.unit, [*asked(curve, curve.treated), *asked(curve, curve.untreated)])
            row += [
                show_number(float(asked(curve, column)[at]), places)
                for column in (_column(curve, name) for name in columns)
            ]
        rows.append(tuple(row))
    units = [name_unit(curve.unit) for curve in curves]
    names = tuple(
        f"{curve.label} [{unit}]" if unit not in ("", "points") else curve.label
        for curve, unit in zip(curves, units, strict=True)
    )
    return FigureTable(axis.day_word.capitalize(), names, columns, tuple(rows))
