"""One small panel of a figure as a Vega-Lite unit: a curve with its bands, doses, marks and written labels."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .doses import dose_marks
from .labels import asked, band_names, end_labels, heading, peak_label, upright
from .look import PLACEBO, PLACEBO_DASH, PLOT_HEIGHT, PLOT_WIDTH, TREATED, UNTREATED, UNTREATED_DASH
from .numerals import name_unit, places_of, show_amount, show_number, show_plain
from .record import Curve, Dose, Numbers
from .timeline import Spec, TimeAxis

MOST_POINTS = 320
"""Points drawn per curve; more cannot be seen at this size and only make the file large."""


def curve_panel(
    curve: Curve, axis: TimeAxis, doses: Sequence[Dose], *, last: bool, marks: Sequence[float]
) -> Spec:
    """The panel of one curve: severity bands, doses, people's bands, both lines, marks to hover, labels at the end.

    doses: those drawn as lines through the panel. last: True for the lowest panel, which carries the time labels.
    marks: days on which a point with its numbers is drawn.
    """
    across = axis.channel(labels=last)
    layers = [
        *band_names(curve),
        *dose_marks(doses, axis, across),
        *_people_bands(curve, axis, across),
        *_lines(curve, axis, across),
        _marks(curve, axis, across, marks),
        *end_labels(curve),
        *(peak_label(curve, axis, across) if axis.day_word != "day" else ()),
        *heading(curve.label, _subtitle(curve)),
    ]
    return {
        "width": PLOT_WIDTH,
        "height": PLOT_HEIGHT,
        "layer": layers,
    }


def thin(*columns: Numbers, most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Indices to draw, shape (k,): all if few, else the ends plus each bucket's lowest and highest of every column.

    Peaks of a few minutes therefore stay in the picture, whatever the grid.
    """
    count = len(columns[0])
    if count <= most:
        return np.arange(count)
    keep = {0, count - 1}
    edges = np.linspace(0, count, max(2, most // (2 * len(columns))) + 1).astype(int)
    for column in columns:
        gaps = np.flatnonzero(np.diff(np.isfinite(column).astype(int)))
        keep.update(int(at) for at in np.concatenate([gaps, gaps + 1]))
        for start, stop in itertools.pairwise(edges):
            piece = column[start:stop]
            if np.isfinite(piece).any():
                keep.update((start + int(np.nanargmin(piece)), start + int(np.nanargmax(piece))))
    return np.array(sorted(keep))


def _subtitle(curve: Curve) -> str:
    direction = {"lower": "lower is better", "higher": "higher is better"}.get(curve.better)
    return ", ".join(part for part in (name_unit(curve.unit), direction) if part) or "no unit"


def _people_bands(curve: Curve, axis: TimeAxis, across: Spec) -> list[Spec]:
    """The spread between people, treated and untreated, as faint areas; the untreated one has a dashed edge."""
    layers: list[Spec] = []
    looks = (
        (curve.untreated_low, curve.untreated_high, UNTREATED, 0.10, UNTREATED_DASH),
        (curve.treated_low, curve.treated_high, TREATED, 0.16, [1, 0]),
    )
    for low, high, colour, opacity, dash in looks:
        if low is None or high is None:
            continue
        rows = _rows(curve, axis, {"y": low, "top": high})
        edge = {"stroke": colour, "strokeWidth": 0.8, "strokeOpacity": 0.5, "strokeDash": dash}
        layers.append(
            {
                "data": {"values": rows},
                "mark": {"type": "area", "fill": colour, "fillOpacity": opacity, "opacity": 1, "clip": True}
                | edge,
                "encoding": {"x": across, "y": upright(curve), "y2": {"field": "top"}},
            }
        )
    return layers


def _lines(curve: Curve, axis: TimeAxis, across: Spec) -> list[Spec]:
    looks: list[tuple[Numbers, Spec]] = [
        (curve.untreated, {"color": UNTREATED, "strokeDash": UNTREATED_DASH, "strokeWidth": 1.8})
    ]
    if curve.placebo is not None:
        looks.append((curve.placebo, {"color": PLACEBO, "strokeDash": PLACEBO_DASH, "strokeWidth": 1.8}))
    looks.append((curve.treated, {"color": TREATED, "strokeWidth": 2.2}))
    return [
        {
            "data": {"values": _rows(curve, axis, {"y": column})},
            "mark": {"type": "line", "clip": True, "invalid": "break-paths-show-domains", **look},
            "encoding": {"x": across, "y": upright(curve)},
        }
        for column, look in looks
    ]


def _rows(curve: Curve, axis: TimeAxis, columns: dict[str, Numbers]) -> list[Spec]:
    """The columns as rows for the chart, thinned, rounded to what can be seen, None where they cannot be asked."""
    values = {name: asked(curve, column) for name, column in columns.items()}
    step = (curve.high - curve.low) / 2000
    places = max(0, int(np.ceil(-np.log10(step))))
    rows: list[Spec] = []
    for at in thin(*values.values()):
        row: Spec = {"x": round(float(curve.days[at]) * axis.factor, 4)}
        for name, column in values.items():
            row[name] = round(float(column[at]), places) if np.isfinite(column[at]) else None
        rows.append(row)
    return rows


def _marks(curve: Curve, axis: TimeAxis, across: Spec, days: Sequence[float]) -> Spec:
    """Points on the treated line, each saying its numbers when pointed at; they also show a value that stands alone."""
    treated, untreated = asked(curve, curve.treated), asked(curve, curve.untreated)
    places = places_of(curve.unit, [*treated, *untreated])
    rows = []
    for day in days:
        at = int(np.argmin(np.abs(curve.days - day)))
        if not np.isfinite(treated[at]) or abs(curve.days[at] - day) > axis.end / axis.factor / 50:
            continue
        words = (
            f"{curve.label}, {axis.day_word} {show_plain(round(float(curve.days[at]) * axis.per_day, 1))}: "
        )
        words += show_amount(float(treated[at]), curve.unit, places)
        beside = "" if curve.placebo is None else f"placebo {show_number(float(curve.placebo[at]), places)}, "
        words += f" ({beside}without treatment {show_number(float(untreated[at]), places)})"
        rows.append({"x": float(curve.days[at]) * axis.factor, "y": float(treated[at]), "words": words})
    return {
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "size": 30, "color": TREATED, "opacity": 1, "aria": True},
        "encoding": {
            "x": across,
            "y": upright(curve),
            "description": {"field": "words"},
            "tooltip": {"field": "words"},
        },
    }
