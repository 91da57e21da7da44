"""Figures of a trial: scores of people with their mean, the flow chart, and published beside predicted numbers."""

from collections.abc import Sequence
from html import escape

import numpy as np

from .drawing import complete
from .figure import Figure, FigureTable
from .look import FONT, INK, PLACEBO, QUIET, RULE, TREATED, UNTREATED
from .numerals import show_number, show_plain
from .timeline import Spec
from .trial_record import ArmCurve, FlowBox, ForestRow, TrialCurve

COLOURS = (TREATED, PLACEBO, UNTREATED, "#A3527D", "#00735C", "#1F2328")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3], [10, 4])
WIDTH, HEIGHT = 460, 250
_MOST_ARMS = len(COLOURS)
_FOREST = {"width": 900.0, "left": 330.0, "right": 210.0, "row": 30.0, "top": 30.0}
_BOX = {"width": 280.0, "height": 92.0, "gap": 24.0, "between": 60.0, "banner": 26.0}


def trial_figures(curves: Sequence[TrialCurve]) -> tuple[Figure, ...]:
    """One figure per score: thin lines are people, thick ones the mean of each arm."""
    return tuple(_curve_figure(curve) for curve in curves)


def _curve_figure(curve: TrialCurve) -> Figure:
    across = {
        "field": "x",
        "type": "quantitative",
        "title": "days since the first dose",
        "scale": {"nice": False},
    }
    upright = {
        "field": "y",
        "type": "quantitative",
        "title": curve.label,
        "scale": {"domain": [curve.low, curve.high], "nice": False},
    }
    place = {"x": across, "y": upright}
    arms = curve.arms[:_MOST_ARMS]
    layers = [_people_layer(curve, arm, COLOURS[k], place) for k, arm in enumerate(arms)]
    chart = complete({"width": WIDTH, "height": HEIGHT, "layer": [*layers, _mean_layer(curve, arms, place)]})
    words = f"{curve.label} over the study; thin lines are single people, thick lines the mean of each arm."
    return Figure(f"trial-{curve.key}", curve.label, words, chart, _table(curve))


def _people_layer(curve: TrialCurve, arm: ArmCurve, colour: str, place: Spec) -> Spec:
    """Thin lines, one for each person."""
    rows = [
        {"x": float(day), "y": _or_none(value), "who": who}
        for who, line in enumerate(arm.people)
        for day, value in zip(curve.days, line, strict=True)
    ]
    look = {"type": "line", "color": colour, "opacity": 0.18, "strokeWidth": 0.8, "clip": True}
    return {"data": {"values": rows}, "mark": look, "encoding": {**place, "detail": {"field": "who"}}}


def _mean_layer(curve: TrialCurve, arms: Sequence[ArmCurve], place: Spec) -> Spec:
    """Thick lines, told apart by colour and dash, with a legend."""
    names = [arm.arm for arm in arms]
    rows = [
        {"x": float(day), "y": _or_none(value), "arm": arm.arm}
        for arm in arms
        for day, value in zip(curve.days, arm.mean, strict=True)
    ]
    legend = {"title": None, "orient": "top", "labelLimit": 220, "labelFontSize": 13, "symbolType": "stroke"}
    legend["symbolSize"] = 400
    colours = {"domain": names, "range": list(COLOURS[: len(names)])}
    dashes = {"domain": names, "range": [list(dash) for dash in DASHES[: len(names)]]}
    encoding = {
        **place,
        "color": {"field": "arm", "scale": colours, "legend": legend},
        "strokeDash": {"field": "arm", "scale": dashes, "legend": legend},
    }
    look = {"type": "line", "strokeWidth": 2.6, "clip": True, "point": {"size": 22}}
    return {"data": {"values": rows}, "mark": look, "encoding": encoding}


def _or_none(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None


def _table(curve: TrialCurve) -> FigureTable:
    rows = []
    for at, day in enumerate(curve.days):
        cells = [show_plain(round(float(day), 2))]
        for arm in curve.arms:
            cells += [show_number(_or_none(v), 1) for v in (arm.mean[at], arm.low[at], arm.high[at])]
        rows.append(tuple(cells))
    names = tuple(arm.arm for arm in curve.arms)
    return FigureTable("day", names, ("mean", "5 %", "95 %"), tuple(rows))


def flow_svg(recruited: Sequence[tuple[str, int]], flow: Sequence[FlowBox]) -> str:
    """The flow chart as SVG text: how people were found, then a row of boxes for the arms of each phase."""
    stages = list(dict.fromkeys(box.stage for box in flow)) or [""]
    most = max(sum(box.stage == stage for box in flow) for stage in stages)
    width = max(most * (_BOX["width"] + _BOX["gap"]), 900.0)
    top = 34.0 + 22.0 * len(recruited)
    step = _BOX["height"] + _BOX["between"] + _BOX["banner"]
    height = top + step * len(stages) - _BOX["banner"] + 8.0
    words = "; ".join(f"{n} {what}" for what, n in recruited)
    told = "; ".join(f"{box.arm}: {box.entered} began, {box.completed} completed" for box in flow)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" width="100%" '
        f'aria-labelledby="flow-title flow-desc" font-family="{escape(FONT)}" font-size="13">',
        '<title id="flow-title">Flow of people</title>',
        f'<desc id="flow-desc">{escape(words)}. {escape(told)}.</desc>',
        _rect(width / 2 - 150, 4, 300, top - 14),
    ]
    for place, (what, n) in enumerate(recruited):
        lines.append(_text(width / 2, 26 + 22 * place, f"{n} {what}", "middle"))
    for row, stage in enumerate(stages):
        start = top + step * row
        boxes = [box for box in flow if box.stage == stage]
        for place, box in enumerate(boxes):
            x = (place + 0.5) * width / len(boxes)
            above = start - 10 - (_BOX["banner"] - 4 if row else 0)
            lines.append(_path(width / 2, above, x, start + _BOX["between"] - 6))
            lines += _flow_box(box, x, start + _BOX["between"] - 6)
        if stage:  # over the lines, on a ground of its own
            lines.append(_rect(width / 2 - 300, start - 18, 600, 24))
            lines.append(_text(width / 2, start - 1, stage, "middle"))
    return "\n".join([*lines, "</svg>"])


def _flow_box(box: FlowBox, x: float, top: float) -> list[str]:
    gone = f"{box.rescued} left for rescue" if box.rescue else f"{box.rescued} left, worse off than the arm"
    texts = (
        (f"{box.arm}: {box.entered} began", INK),
        (gone, QUIET),
        (f"{box.left} left otherwise, {box.missed} visits missed", QUIET),
        (f"{box.completed} stayed to the end", INK),
    )
    lines = [_rect(x - _BOX["width"] / 2, top, _BOX["width"], _BOX["height"])]
    return lines + [
        _text(x, top + 20 + 20 * k, words, "middle", colour) for k, (words, colour) in enumerate(texts)
    ]


def trial_forest_svg(rows: Sequence[ForestRow]) -> str:
    """Published numbers (squares) beside predictions (circles with the 90 % interval), each on a scale of its own."""
    drawn = [row for row in rows if row.bars]
    f = _FOREST
    height = f["top"] + f["row"] * len(drawn) + 12
    told = "; ".join(f"{row.label}: published {row.observed}, predicted {row.predicted}" for row in drawn)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {f["width"]:g} {height:g}" role="img" width="100%" '
        f'aria-labelledby="forest-title forest-desc" font-family="{escape(FONT)}" font-size="13">',
        '<title id="forest-title">Published and predicted numbers</title>',
        f'<desc id="forest-desc">{escape(told)}</desc>',
        _text(f["width"] - f["right"] + 14, 18, "published", "start", QUIET),
        _text(f["width"] - 8, 18, "predicted", "end", QUIET),
    ]
    for place, row in enumerate(drawn):
        lines += _forest_row(row, f["top"] + f["row"] * (place + 0.5))
    return "\n".join([*lines, "</svg>"])


def _forest_row(row: ForestRow, y: float) -> list[str]:
    f = _FOREST

    def x(part: float) -> float:
        return f["left"] + part * (f["width"] - f["left"] - f["right"])

    observed, seen_low, seen_high, predicted, low, high = row.bars
    colour = TREATED if row.verdict == "inside" else "#A3527D"
    return [
        f'<line x1="{x(0):.1f}" y1="{y:.1f}" x2="{x(1):.1f}" y2="{y:.1f}" stroke="{RULE}"/>',
        _text(f["left"] - 12, y - 1, row.label, "end"),
        _text(f["left"] - 12, y + 11, row.detail, "end", QUIET, 10.5),
        _line(x(seen_low), x(seen_high), y - 5, INK, 1.5),
        f'<rect x="{x(observed) - 4:.1f}" y="{y - 9:.1f}" width="8" height="8" fill="{INK}"/>',
        _line(x(low), x(high), y + 6, colour, 2.5),
        f'<circle cx="{x(predicted):.1f}" cy="{y + 6:.1f}" r="4.5" fill="{colour}"/>',
        _text(f["width"] - f["right"] + 14, y + 4, row.observed, "start"),
        _text(f["width"] - 8, y + 4, f"{row.predicted} {row.verdict}", "end", colour),
    ]


def _line(start: float, end: float, y: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{start:.1f}" y1="{y:.1f}" x2="{end:.1f}" y2="{y:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"/>'
    )


def _path(x: float, y: float, to: float, down: float) -> str:
    middle = (y + down) / 2
    path = f"M{x:.1f} {y:.1f}V{middle:.1f}H{to:.1f}V{down:.1f}"
    return f'<path d="{path}" fill="none" stroke="{QUIET}" stroke-width="1.5"/>'


def _rect(x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4" fill="white" '
        f'stroke="{QUIET}"/>'
    )


def _text(x: float, y: float, words: str, anchor: str, fill: str = INK, size: float = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size:g}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )
