"""Published behaviour beside the model's, as a table and figures of the documentation.

`python -m vagus.cli.behaviour_docs docs` writes the table into docs/behaviour.md and one figure for each experiment
into docs/figures; a test compares them with what it would write.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..body.model import Model, load_model
from ..evidence.behaviour import EXPERIMENTS, Bench, Finding, finding
from ..evidence.observed import Observed, read_observed
from ..report.drawing import complete, draw_svg

PAGE = "behaviour.md"
FIGURES = "figures"
BEGIN = (
    "<!-- written by `python -m vagus.cli.behaviour_docs docs`: change nothing between these two lines -->"
)
END = "<!-- end of what it writes -->"
TITLES = {
    "cortisol": "Cortisol over 24 hours",
    "dexamethasone": "Dexamethasone suppression",
    "endotoxin": "Endotoxin in volunteers",
    "sleep": "A night awake, and recovery",
    "ssri": "The delay of an SSRI",
    "analgesia": "Tablets against lasting pain",
    "summation": "Temporal summation of pain",
    "thyroid": "Feedback of the thyroid",
    "opioid": "Tolerance to an opioid",
    "exercise": "Exercise",
}
_POINTS = 120  # of a drawn curve at most


def render(model: Model) -> tuple[str, dict[str, str]]:
    """The tables as Markdown, and each figure as SVG by file name."""
    bench, observed = Bench(model), read_observed()
    found = {name: finding(name, bench) for name in EXPERIMENTS}
    parts = [_section(name, found[name], observed) for name in EXPERIMENTS]
    figures = {f"behaviour-{name}.svg": _figure(name, one) for name, one in found.items()}
    return "\n\n".join(parts), figures


def _section(name: str, found: Finding, observed: list[Observed]) -> str:
    head = "| what | published | band | model | use | source |\n|---|---|---|---|---|---|"
    rows = []
    for row in observed:
        if row.key.partition(".")[0] != name:
            continue
        unit = {"1": "", "percent": " %", "delta_degC": " °C"}.get(row.unit, f" {row.unit}")
        value = (
            f"{found.values[row.key]:.2g}"
            if abs(found.values[row.key]) < 10
            else f"{found.values[row.key]:.3g}"
        )
        use = f"{row.use}; {row.note}" if row.note else row.use
        band = f"{row.low:g} to {row.high:g}"
        rows.append(f"| {row.what} | {row.observed} | {band} | {value}{unit} | {use} | {row.source} |")
    title = TITLES[name]
    return "\n".join([f"## {title}", "", f"![{title}]({FIGURES}/behaviour-{name}.svg)", "", head, *rows])


def _figure(name: str, found: Finding) -> str:
    rows: list[dict[str, Any]] = []
    for label, (x, y) in found.curves.items():
        at = np.interp(np.linspace(0, x.size - 1, min(_POINTS, x.size)), np.arange(x.size), x)
        rows += [
            {"x": _round(a), "y": _round(b), "what": label}
            for a, b in zip(at, np.interp(at, x, y), strict=True)
        ]
    legend = {"title": None, "orient": "bottom", "labelFontSize": 13, "labelLimit": 400}
    encoding = {
        "x": {"field": "x", "type": "quantitative", "title": found.axes[0]},
        "y": {"field": "y", "type": "quantitative", "title": found.axes[1], "scale": {"zero": False}},
        "color": {"field": "what", "type": "nominal", "sort": None, "legend": legend},
        "strokeDash": {"field": "what", "type": "nominal", "sort": None, "legend": legend},
    }
    chart = {
        "width": 480,
        "height": 240,
        "data": {"values": rows},
        "mark": {"type": "line"},
        "encoding": encoding,
    }
    words = f"{TITLES[name]}: {found.axes[1]} over {found.axes[0]}; the table below has the numbers."
    return draw_svg(complete(chart), f"behaviour-{name}", TITLES[name], words) + "\n"


def _round(value: float) -> float:
    """Three digits: finer ones differ between processors."""
    return float(f"{value:.3g}")


def page_with(page: str, written: str) -> str:
    """The page with the tables between its two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{rest.partition(END)[2]}"


def main(folder: str = "docs") -> None:
    """Write the tables into the page of a folder and the figures beside it."""
    written, figures = render(load_model())
    page = Path(folder, PAGE)
    page.write_text(page_with(page.read_text(encoding="utf-8"), written), encoding="utf-8")
    Path(folder, FIGURES).mkdir(exist_ok=True)
    for name, drawing in figures.items():
        Path(folder, FIGURES, name).write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
