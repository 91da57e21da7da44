"""Figures of the cycle of pain and depression: its steps over time, its two states, its basins, and treatments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .drawing import complete, draw_svg
from .look import RULE, TREATED, UNTREATED

_LEGEND = {"title": None, "orient": "right", "labelFontSize": 13, "labelLimit": 260}
_STEPS_DAYS = 150.0
_PLAN_DAYS = 400.0
_NAMES = {
    "pain.resting_nociception": "residual input from the body",
    "mood.rumination_gain": "rumination gain",
    "pain.ongoing_activity": "ongoing activity of the sensitized cord",
}


@dataclass(frozen=True)
class CycleFigure:
    """One figure: key (unique in a page), title, what it shows in words, and the chart."""

    key: str
    title: str
    words: str
    chart: dict[str, Any]

    @cached_property
    def svg(self) -> str:
        """The drawing as SVG text."""
        return draw_svg(complete(self.chart), self.key, self.title, self.words)


def cycle_figures(record: Mapping[str, Any]) -> list[CycleFigure]:
    """All figures of what `vagus map --cycle --json` prints."""
    figures = [_steps(record["steps"])]
    figures += [_diagram(row) for row in record["diagrams"]]
    figures.append(_basins(record["basins"]))
    figures += [_plans(kind, rows) for kind, rows in record["interventions"].items()]
    return figures


def _steps(record: Mapping[str, Any]) -> CycleFigure:
    values = [
        {"x": _round(day), "y": _round(value), "what": f"{row['step']} {row['meaning']}"}
        for row in record["order"]["observables"]
        for day, value in row["curve"]
        if day <= _STEPS_DAYS
    ]
    title = "SD of a mixed group, the way that is said"
    chart = _lines(values, "days after the injury", title, width=560, height=300)
    del chart["encoding"]["y"]["scale"]
    begun = {
        "data": {"values": [{"y": 0.5}]},
        "mark": {"type": "rule", "color": UNTREATED, "strokeDash": [2, 3]},
        "encoding": {"y": {"field": "y", "type": "quantitative"}},
    }
    size = {key: chart.pop(key) for key in ("width", "height")}
    words = (
        "How far each observable of the cycle has gone after an injury of sixty days in a susceptible person; a step "
        "has begun at the dotted line."
    )
    return CycleFigure("cycle-steps", "The steps of the cycle", words, {**size, "layer": [chart, begun]})


def _diagram(row: Mapping[str, Any]) -> CycleFigure:
    values = []
    for number, curve in enumerate(row["curves"]):
        piece = 0
        for place, point in enumerate(curve["points"]):
            if place and point["stable"] != curve["points"][place - 1]["stable"]:
                piece += 1
            for what in ("depression", "pain"):
                values.append(
                    {
                        "x": _round(point["value"]),
                        "y": _round(point[what]),
                        "order": place,
                        "what": what,
                        "state": "stable" if point["stable"] else "unstable",
                        "line": f"{what} {number} {piece}",
                    }
                )
    name = _NAMES.get(row["parameter"], row["parameter"])
    encoding = {
        "x": {"field": "x", "type": "quantitative", "title": name},
        "y": {"field": "y", "type": "quantitative", "title": "state, 0 to 1", "scale": {"domain": [0, 1]}},
        "order": {"field": "order"},
        "detail": {"field": "line"},
        "color": {
            "field": "what", "type": "nominal", "legend": _LEGEND,
            "scale": {"domain": ["depression", "pain"], "range": [TREATED, "#B5482A"]},
        },
        "strokeDash": {
            "field": "state", "type": "nominal", "legend": _LEGEND,
            "scale": {"domain": ["stable", "unstable"], "range": [[1, 0], [4, 4]]},
        },
    }  # fmt: skip
    lines = {"data": {"values": values}, "mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding}
    own = {
        "data": {"values": [{"x": _round(row["own"])}]},
        "mark": {"type": "rule", "color": UNTREATED, "strokeDash": [2, 3]},
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
    }
    chart = {"width": 480, "height": 260, "layer": [lines, own]}
    key = f"cycle-{row['parameter'].replace('.', '-').replace('_', '-')}"
    words = f"Lasting states of a susceptible person along the {name}; the upright line is the person's own value."
    return CycleFigure(key, f"Lasting states along the {name}", words, chart)


def _basins(record: Mapping[str, Any]) -> CycleFigure:
    parts = record["parts"]
    values = [
        {"x": _round(pain), "y": _round(rest), "end": "well" if record["well"][i][j] else "ill"}
        for i, rest in enumerate(parts)
        for j, pain in enumerate(parts)
    ]
    titles = {"x": "pain system, part of the way to illness", "y": "all the rest, part of the way"}
    encoding: dict[str, Any] = {
        axis: {
            "field": axis,
            "type": "ordinal",
            "title": words,
            "axis": {"labelOverlap": True, "labelAngle": 0},
        }
        for axis, words in titles.items()
    }
    encoding["y"]["sort"] = "descending"
    encoding["color"] = {
        "field": "end",
        "type": "nominal",
        "legend": _LEGEND,
        "scale": {"domain": ["well", "ill"], "range": [RULE, "#B5482A"]},
    }
    chart = {"width": 300, "height": 300, "data": {"values": values}, "mark": "rect", "encoding": encoding}
    words = (
        "Where a susceptible person ends after five years, by how far the pain system and all the rest begin."
    )
    return CycleFigure("cycle-basins", "Basins of health and illness", words, chart)


def _plans(kind: str, rows: Sequence[Mapping[str, Any]]) -> CycleFigure:
    values = []
    for row in rows:
        for day, depression, pain in row["curve"]:
            if day <= _PLAN_DAYS:
                what = " + ".join(row["plan"])
                values += [
                    {"x": _round(day), "y": _round(depression), "what": what, "panel": "depression"},
                    {"x": _round(day), "y": _round(pain), "what": what, "panel": "pain"},
                ]
    chart = _lines(values, "days", "state, 0 to 1", width=300, height=220)
    chart["encoding"]["column"] = {"field": "panel", "type": "nominal", "title": None}
    slug = kind.replace("+", "-")
    words = f"Depression and pain under plans given for twelve weeks and then stopped: {kind}."
    return CycleFigure(f"cycle-plans-{slug}", f"Twelve weeks of treatment, then stop: {kind}", words, chart)


def _lines(values: list[dict[str, Any]], x: str, y: str, width: int, height: int) -> dict[str, Any]:
    return {
        "width": width,
        "height": height,
        "data": {"values": values},
        "mark": {"type": "line"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": x},
            "y": {"field": "y", "type": "quantitative", "title": y, "scale": {"domain": [0, 1]}},
            "color": {"field": "what", "type": "nominal", "sort": None, "legend": _LEGEND},
            "strokeDash": {"field": "what", "type": "nominal", "sort": None, "legend": _LEGEND},
        },
    }


def _round(value: float) -> float:
    """Three digits: finer ones differ between processors."""
    return float(f"{value:.3g}")
