"""What is written in a panel: heading, severity names, values at the end of the lines, the peak."""

import textwrap
from collections.abc import Sequence

import numpy as np

from .look import (
    BAND_LEFT,
    BAND_LETTERS,
    BAND_LINE,
    HEADING,
    INK,
    LABEL_GAP,
    LEFT,
    PLACEBO,
    PLOT_HEIGHT,
    PLOT_WIDTH,
    QUIET,
    RIGHT,
    RULE,
    TEXT,
    TICK_GAP,
    TREATED,
    UNTREATED,
)
from .numerals import decimals_for, places_of, show_minutes, show_number
from .record import Curve, Numbers
from .timeline import Spec, TimeAxis


def heading(title: str, subtitle: str = "") -> list[Spec]:
    """The heading of a panel at its left edge, and unseen marks at both outer edges.

    Placed by hand, so that headings stand in line whatever the axis below them carries; the unseen marks give every
    figure the same width, so that columns side by side keep one scale.
    """
    edge = {"type": "square", "size": 1, "opacity": 0, "y": 0}
    layers: list[Spec] = [
        {"data": {"values": [{}]}, "mark": edge | {"x": across}} for across in (-LEFT, PLOT_WIDTH + RIGHT)
    ]
    layers.append(written(title, -LEFT, -36 if subtitle else -16, bold=True, size=HEADING))
    if subtitle:
        layers.append(written(subtitle, -LEFT, -17, QUIET))
    return layers


def band_names(curve: Curve) -> list[Spec]:
    """Severity names left of the axis, each in the middle of its band, left out where the band is too thin to read."""
    inside = [(start, name) for start, name in sorted(curve.bands) if start < curve.high]
    if not inside:
        return []
    ends = [start for start, _ in inside[1:]] + [curve.high]
    layers: list[Spec] = [
        {
            "data": {"values": [{"y": start} for start, _ in inside if start > curve.low]},
            "mark": {"type": "rule", "color": RULE},
            "encoding": {"y": upright(curve)},
        }
    ]
    for (start, name), end in zip(inside, ends, strict=True):
        top, bottom = height_of(curve, end), height_of(curve, max(start, curve.low))
        if name and bottom - top >= LABEL_GAP:
            layers += _band_name(name, (top + bottom) / 2, bottom - top)
    return layers


def _band_name(name: str, middle: float, room: float) -> list[Spec]:
    """A severity name in its band: a long one in two lines where they fit, else in smaller letters."""
    lines = textwrap.wrap(name, BAND_LETTERS)
    if len(lines) == 1 or room < len(lines) * BAND_LINE:
        size = TEXT - 2 if len(lines) == 1 else TEXT - 3
        return [written(name, -BAND_LEFT, middle, QUIET, align="right", size=size)]
    first = middle - BAND_LINE * (len(lines) - 1) / 2
    return [
        written(line, -BAND_LEFT, first + BAND_LINE * place, QUIET, align="right", size=TEXT - 2)
        for place, line in enumerate(lines)
    ]


def end_labels(curve: Curve) -> list[Spec]:
    """'treated 20.1' and 'untreated 31.0' at the right end of the lines, moved apart where they would touch."""
    lines = [("treated", curve.treated, TREATED), ("untreated", curve.untreated, UNTREATED)]
    if curve.placebo is not None:
        lines.insert(1, ("placebo", curve.placebo, PLACEBO))
    ends = [(name, _last(asked(curve, column)), colour) for name, column, colour in lines]
    places = places_of(curve.unit, [value for _, column, _ in lines for value in asked(curve, column)])
    known = sorted(
        ((height_of(curve, value), name, value, colour) for name, value, colour in ends if value is not None),
        key=lambda line: line[0],
    )
    return [
        written(f"{name} {show_number(value, places)}", PLOT_WIDTH + 8, y, colour, bold=name == "treated")
        for y, (_, name, value, colour) in zip(_apart([line[0] for line in known]), known, strict=True)
    ]


def _apart(heights: Sequence[float]) -> list[float]:
    """The same heights, rising, moved so that no two labels touch and all stand beside the panel."""
    found = list(heights)
    for place in range(1, len(found)):
        found[place] = max(found[place], found[place - 1] + LABEL_GAP + 1)
    # What was pushed down only is brought back by the mean of the push, then into the panel.
    shift = (sum(found) - sum(heights)) / max(len(found), 1)
    found = [each - shift for each in found]
    low, high = min(found, default=0.0), max(found, default=0.0)
    inside = max(0.0, 4 - low) - max(0.0, high - PLOT_HEIGHT + 4)
    return [each + inside for each in found]


_STANDS_OUT = 0.04  # of the height of a panel
_LATE = 0.5  # of the time axis: a later peak is written to its left, away from the names of the lines


def peak_label(curve: Curve, axis: TimeAxis, across: Spec) -> list[Spec]:
    """The value furthest from untreated, written beside it with its time; empty where none stands out."""
    treated = asked(curve, curve.treated)
    apart = np.abs(treated - asked(curve, curve.untreated))
    least = _STANDS_OUT * (curve.high - curve.low)
    if not np.isfinite(apart).any() or np.nanmax(apart) < least:
        return []
    at = int(np.nanargmax(apart))
    if abs(treated[at] - treated[-1]) < least:  # the value at the end of the line says it
        return []
    late = curve.days[at] * axis.factor > _LATE * axis.end
    places = decimals_for([*treated, *asked(curve, curve.untreated)])
    words = f"{show_number(float(treated[at]), places)} at {show_minutes(float(curve.days[at]) * 1440)}"
    return [
        {
            "data": {"values": [{"x": float(curve.days[at]) * axis.factor, "y": float(treated[at])}]},
            "mark": {
                "type": "text",
                "text": words,
                "align": "right" if late else "left",
                "dx": -4 if late else 8,
                "dy": -9 if late else -6,
                "fontSize": TEXT,
                "color": TREATED,
            },
            "encoding": {"x": across, "y": upright(curve)},
        }
    ]


def upright(curve: Curve) -> Spec:
    """The y channel: the whole range of the scale, ticked at the severity bands where there are some."""
    axis: Spec = {"title": None, "grid": True, "labelOverlap": False}
    if not curve.bands:
        axis["tickCount"] = 4
    else:
        kept: list[float] = [curve.low, curve.high]
        for edge in sorted(start for start, _ in curve.bands):
            if all(abs(height_of(curve, edge) - height_of(curve, other)) >= TICK_GAP for other in kept):
                kept.append(edge)
        axis["values"] = sorted(kept)
    return {
        "field": "y",
        "type": "quantitative",
        "scale": {"domain": [curve.low, curve.high], "nice": False},
        "axis": axis,
    }


def height_of(curve: Curve, value: float) -> float:
    """Pixels from the top of the panel to the value."""
    share = (value - curve.low) / (curve.high - curve.low)
    return PLOT_HEIGHT * (1 - min(max(share, 0.0), 1.0))


def asked(curve: Curve, column: Numbers) -> Numbers:
    """The column with NaN where the scale cannot be asked, shape (t,)."""
    values = np.asarray(column, dtype=float)
    return values if curve.valid is None else np.where(curve.valid, values, np.nan)


def written(
    text: str,
    x: float,
    y: float,
    colour: str = INK,
    *,
    align: str = "left",
    size: int = TEXT,
    bold: bool = False,
) -> Spec:
    """Words at a place in pixels of the panel."""
    return {
        "data": {"values": [{}]},
        "mark": {
            "type": "text",
            "text": text,
            "align": align,
            "baseline": "middle",
            "fontSize": size,
            "fontWeight": "bold" if bold else "normal",
            "color": colour,
            "x": x,
            "y": y,
        },
    }


def _last(column: Numbers) -> float | None:
    finite = column[np.isfinite(column)]
    return float(finite[-1]) if len(finite) else None
