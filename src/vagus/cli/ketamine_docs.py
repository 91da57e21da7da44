"""The measured and the computed concentrations of ketamine as a table and a figure of the documentation.

`python -m vagus.cli.ketamine_docs docs` (or `make docs-pk`) writes both; a test compares them with what it would write.
"""

import sys
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ..body.model import Model, load_model
from ..evidence.curves import Courses, Point, courses, predicted, read_points
from ..report.drawing import complete, draw_svg
from ..report.look import DOSE, QUIET, TREATED

PAGE = "ketamine.md"
FIGURE = "ketamine.svg"
BEGIN = "<!-- written by `make docs-pk`: change nothing between these two lines -->"
END = "<!-- end of what `make docs-pk` writes -->"
_OUTPUTS = {
    "ketamine.arterial": "ketamine, arterial",
    "ketamine.venous": "ketamine, venous",
    "ketamine.effect_site": "ketamine, effect site",
    "ketamine.norketamine": "norketamine",
    "ketamine.hydroxynorketamine": "hydroxynorketamine",
}
_DRAWN = 3.5  # hours of the acute panel
_COLOURS = [TREATED, DOSE, QUIET, "#E69F00", "#009E73"]


def render(model: Model) -> tuple[str, str]:
    """The table as Markdown and the figure as SVG."""
    points = read_points()
    found = courses(model, points)
    values = [predicted(model, found, point) for point in points]
    return table(points, values), figure(points, values, found)


def table(points: Sequence[Point], values: Sequence[float]) -> str:
    """One row per published number, the ones nobody published below."""
    head = "| given | what | observed | predicted | ratio | use | source |\n|---|---|---|---|---|---|---|"
    rows, kept = [], []
    for point, value in zip(points, values, strict=True):
        shown = f"{_number(value)} {_unit(point)}".strip()
        if isfinite(point.observed):
            spread = f" ({point.spread})" if point.spread else ""
            ratio = f"{value / point.observed:.2f}"
            cells = [point.design, _what(point), f"{_number(point.observed)}{spread}", shown, ratio]
            rows.append(f"| {' | '.join([*cells, _use(point), point.source])} |")
        else:
            kept.append(f"| {point.design}, {point.weight:g} kg | {_what(point)} | {shown} |")
    ends = "| given | what | predicted |\n|---|---|---|"
    return "\n".join(
        [head, *rows, "", "Computed only, because no measured course could be read:", "", ends, *kept]
    )


def _what(point: Point) -> str:
    name = _OUTPUTS[point.output]
    site = "" if point.site in name or point.site == "plasma" else f" ({point.site})"
    if point.measure == "at":
        return f"{name}{site} at {_time(point.at)}"
    if point.measure == "max":
        return f"{name}{site}, largest"
    if point.measure == "auc":
        return f"{name}{site}, area 0-{point.at:g} h"
    return f"{name} / ketamine, areas{site}"


def _time(hours: float) -> str:
    return f"{hours:g} h" if hours * 2 == int(hours * 2) else f"{60 * hours:.0f} min"


def _unit(point: Point) -> str:
    return "" if point.unit == "1" else point.unit


def _use(point: Point) -> str:
    use = {"calibrate": "fitted", "validate": "compared", "": ""}[point.split]
    return f"{use}; {point.note}" if point.note else use


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def figure(points: Sequence[Point], values: Sequence[float], found: Courses) -> str:
    """Left: one course with its measured points; middle: one infusion by site; right: everything observed."""
    first = [point for point in points if point.key.startswith("curve.otto1311")]
    acute = [point for point in points if point.key.startswith("pred.iv05")]
    panels = [
        _courses_panel(first, found, 10.0, "10 mg esketamine iv over 30 min", dots=True, log=True),
        _courses_panel(acute, found, _DRAWN, "0.5 mg/kg ketamine iv over 40 min", dots=False, log=False),
        _agreement_panel(points, values),
    ]
    words = (
        "Measured and computed concentrations of ketamine and its metabolites: a course with its measured points, "
        "an infusion at each site, and every published number against the computed one. The table has all numbers."
    )
    apart = {"scale": {"color": "independent", "shape": "independent"}}
    chart = complete({"hconcat": panels, "spacing": 60, "resolve": apart})
    return draw_svg(chart, "ketamine", "Ketamine in the body", words) + "\n"


def _courses_panel(
    points: Sequence[Point], found: Courses, hours: float, title: str, *, dots: bool, log: bool
) -> dict[str, Any]:
    lines = []
    times = np.unique(np.concatenate([np.linspace(hours / 150, hours, 150), [point.at for point in points]]))
    for name in dict.fromkeys(point.output for point in points):
        curve = found.of(next(point for point in points if point.output == name), name)
        for hour, value in zip(times, np.interp(times, found.times, curve), strict=True):
            if value > 1.0 or not log:
                lines.append({"h": _round(hour), "c": _round(value), "what": _OUTPUTS[name]})
    kinds = {"domain": list(_OUTPUTS.values()), "range": _COLOURS}
    colour: dict[str, Any] = {"field": "what", "type": "nominal", "sort": None, "scale": kinds}
    colour["legend"] = {
        "title": None,
        "orient": "bottom",
        "direction": "vertical",
        "labelFontSize": 13,
        "columns": 1,
    }
    encoding = {
        "x": {"field": "h", "type": "quantitative", "title": "hours"},
        "y": {
            "field": "c",
            "type": "quantitative",
            "title": "ng/mL",
            "scale": {"type": "log" if log else "linear"},
        },
        "color": colour,
    }
    layers: list[dict[str, Any]] = [
        {"data": {"values": lines}, "mark": {"type": "line"}, "encoding": encoding}
    ]
    if dots:
        rows = [{"h": point.at, "c": point.observed, "what": _OUTPUTS[point.output]} for point in points]
        mark = {"type": "point", "filled": True, "size": 60}
        layers.append({"data": {"values": rows}, "mark": mark, "encoding": encoding})
    return {"title": title, "width": 300, "height": 260, "layer": layers}


def _agreement_panel(points: Sequence[Point], values: Sequence[float]) -> dict[str, Any]:
    rows = [
        {"seen": point.observed, "said": _round(value), "use": _use(point).partition(";")[0]}
        for point, value in zip(points, values, strict=True)
        if isfinite(point.observed)
    ]
    scale = {"type": "log", "domain": [1, 100_000]}
    encoding = {
        "x": {"field": "seen", "type": "quantitative", "title": "observed", "scale": scale},
        "y": {"field": "said", "type": "quantitative", "title": "computed", "scale": scale},
    }
    line = {"data": {"values": [{"seen": 1, "said": 1}, {"seen": 100_000, "said": 100_000}]}}
    shape = {"field": "use", "type": "nominal", "scale": {"range": ["circle", "square"]}}
    legend = {"title": None, "orient": "bottom", "labelFontSize": 13}
    colour = {"field": "use", "type": "nominal", "scale": {"range": [TREATED, DOSE]}, "legend": legend}
    points_layer = {
        "data": {"values": rows},
        "mark": {"type": "point", "size": 60},
        "encoding": {**encoding, "color": colour, "shape": {**shape, "legend": legend}},
    }
    rule = {**line, "mark": {"type": "line", "color": QUIET, "strokeDash": [5, 4]}, "encoding": encoding}
    return {"title": "every published number", "width": 300, "height": 260, "layer": [rule, points_layer]}


def _round(value: float) -> float:
    """Four digits: finer ones differ between processors."""
    return float(f"{value:.4g}")


def page_with(page: str, written: str) -> str:
    """The page with the table between its two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{rest.partition(END)[2]}"


def main(folder: str = "docs") -> None:
    """Write the table into the page of a folder and the figure beside it."""
    written, drawing = render(load_model())
    page = Path(folder, PAGE)
    page.write_text(page_with(page.read_text(encoding="utf-8"), written), encoding="utf-8")
    Path(folder, FIGURE).write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
