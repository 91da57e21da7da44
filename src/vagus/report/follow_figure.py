"""Figures of the report on one person: readings, doses and the fan of each plan on one axis of days."""

from typing import Any

from .drawing import complete, draw_svg
from .follow_record import Fan, Loop, ScalePanel
from .look import DOSE, INK, QUIET, TREATED, UNTREATED
from .numerals import show_number

WIDTH, HEIGHT, ACROSS = 300, 150, 3
ALONE = 700  # of a plot without another beside it, so that letters are of one size in all figures
Spec = dict[str, Any]


def scale_svg(panel: ScalePanel, key: str) -> str:
    """One scale as SVG text: a small plot for each plan, the past the same in all of them."""
    plots = [_plot(panel, fan, WIDTH if len(panel.fans) > 1 else ALONE) for fan in panel.fans]
    chart = complete({"concat": plots, "columns": ACROSS, "spacing": 26})
    words = "; ".join(_words(panel, fan) for fan in panel.fans)
    return draw_svg(chart, key, f"{panel.label}: scores and forecast", words)


def _words(panel: ScalePanel, fan: Fan) -> str:
    last = [row[-1] for row in fan.quantiles]
    return (
        f"{fan.title}: middle {show_number(last[2], 0)} on day {fan.days[-1]:g}, "
        f"90 percent between {show_number(last[0], 0)} and {show_number(last[4], 0)}"
    )


def _plot(panel: ScalePanel, fan: Fan, width: int) -> Spec:
    begin = min([panel.readings[0][0], *panel.given])  # not where a daily medicine of long ago begins
    across = {
        "field": "x",
        "type": "quantitative",
        "axis": {"title": "day", "grid": False, "tickCount": 5},
        "scale": {"domain": [begin, fan.days[-1]], "nice": False},
    }
    up = {
        "field": "y",
        "type": "quantitative",
        "axis": {"title": panel.label, "tickCount": 5},
        "scale": {"domain": [panel.low, panel.high], "nice": False},
    }
    layers: list[Spec] = []
    for outer, inner, opacity in ((0, 4, 0.16), (1, 3, 0.3)):
        rows = [
            {"x": day, "y": low, "top": high}
            for day, low, high in zip(fan.days, fan.quantiles[outer], fan.quantiles[inner], strict=True)
        ]
        mark = {"type": "area", "color": TREATED, "opacity": opacity, "clip": True}
        layers.append(
            {
                "data": {"values": rows},
                "mark": mark,
                "encoding": {"x": across, "y": up, "y2": {"field": "top"}},
            }
        )
    middle = [{"x": day, "y": value} for day, value in zip(fan.days, fan.quantiles[2], strict=True)]
    layers.append(
        {
            "data": {"values": middle},
            "mark": {"type": "line", "color": TREATED, "strokeWidth": 2.2, "clip": True},
            "encoding": {"x": across, "y": up},
        }
    )
    layers += _doses(panel, fan, across)
    points = [{"x": day, "y": value} for day, value in panel.readings]
    layers += [
        {
            "data": {"values": points},
            "mark": {"type": "line", "color": UNTREATED, "strokeWidth": 1},
            "encoding": {"x": across, "y": up},
        },
        {
            "data": {"values": points},
            "mark": {"type": "point", "color": INK, "filled": True, "size": 46, "opacity": 1},
            "encoding": {"x": across, "y": up},
        },
        {
            "data": {"values": [{"x": panel.start}]},
            "mark": {"type": "rule", "color": QUIET, "strokeDash": [3, 3]},
            "encoding": {"x": across},
        },
    ]
    title = {"text": fan.title, "anchor": "start", "fontSize": 14, "fontWeight": "bold", "color": INK}
    return {"width": width, "height": HEIGHT, "title": title, "layer": layers}


def _doses(panel: ScalePanel, fan: Fan, across: Spec) -> list[Spec]:
    rows = [
        {"x": day, "y": panel.low, "top": panel.low + 0.07 * (panel.high - panel.low)}
        for day in (*panel.given, *fan.doses)
    ]
    if not rows:
        return []
    mark = {"type": "rule", "color": DOSE, "strokeWidth": 2, "clip": True}
    up = {"field": "y", "type": "quantitative"}
    return [
        {"data": {"values": rows}, "mark": mark, "encoding": {"x": across, "y": up, "y2": {"field": "top"}}}
    ]


def loops_svg(loops: list[Loop], key: str) -> str:
    """What each loop adds to each scale, with its interval, as SVG text."""
    labels = list(dict.fromkeys(label for loop in loops for label, *_ in loop.parts))
    plots = [_loop_plot(loops, label, WIDTH if len(labels) > 1 else ALONE - 150) for label in labels]
    chart = complete({"concat": plots, "columns": 2, "spacing": 30})
    words = "; ".join(
        f"{loop.title} adds {show_number(values[2], 1)} points to {label}"
        for loop in loops
        for label, values, _ in loop.parts
    )
    return draw_svg(chart, key, "What each loop adds", words)


def _loop_plot(loops: list[Loop], label: str, width: int) -> Spec:
    rows: list[dict[str, Any]] = [
        {
            "y": loop.title,
            "low": values[0],
            "q1": values[1],
            "x": values[2],
            "q3": values[3],
            "high": values[4],
        }
        for loop in loops
        for name, values, _ in loop.parts
        if name == label
    ]
    up = {
        "field": "y",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "labelLimit": 220, "minExtent": 175},
    }

    # Half a point at least: what nobody could notice must not fill the plot.
    ends = [min(-0.5, *(row["low"] for row in rows)), max(0.5, *(row["high"] for row in rows))]

    def along(name: str) -> Spec:
        return {
            "field": name,
            "type": "quantitative",
            "scale": {"domain": ends, "nice": True},
            "axis": {"title": f"points of {label}", "tickCount": 5},
        }

    return {
        "width": width,
        "height": 24 * len(rows),
        "layer": [
            {
                "data": {"values": [{"x": 0}]},
                "mark": {"type": "rule", "color": QUIET},
                "encoding": {"x": along("x")},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "rule", "color": TREATED, "strokeWidth": 1.5},
                "encoding": {"y": up, "x": along("low"), "x2": {"field": "high"}},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "rule", "color": TREATED, "strokeWidth": 6, "opacity": 0.5},
                "encoding": {"y": up, "x": along("q1"), "x2": {"field": "q3"}},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "color": INK, "size": 40, "opacity": 1},
                "encoding": {"y": up, "x": along("x")},
            },
        ],
    }
