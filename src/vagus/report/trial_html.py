"""The report of a trial as one self-contained HTML file: no script, nothing loaded from outside."""

from collections.abc import Sequence

from .page import page_html
from .trial_figure import flow_svg, trial_figures, trial_forest_svg
from .trial_record import TrialReport


def trial_html(report: TrialReport) -> str:
    """The whole report as HTML text."""
    facts = {
        "report": report,
        "figures": trial_figures(report.curves),
        "flow": flow_svg(report.recruited, report.flow),
        "forest": trial_forest_svg(report.forest) if any(row.bars for row in report.forest) else "",
    }
    return page_html("trial.html", ("course.css", "tables.css"), facts, {"cells": _cells})


def _cells(rows: Sequence[object], *names: str) -> list[list[str]]:
    """The named fields of each row as the cells of a table; a field that is a list gives several."""
    found = [[getattr(row, name) for name in names] for row in rows]
    return [[cell for one in row for cell in ([one] if isinstance(one, str) else one)] for row in found]
