"""The report of a trial as one self-contained HTML file: no script, nothing loaded from outside."""

import base64
import hashlib

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .html import TEMPLATES
from .trial_figure import flow_svg, trial_figures, trial_forest_svg
from .trial_record import TrialReport
from .words import DISCLAIMER


def trial_html(report: TrialReport) -> str:
    """The whole report as HTML text."""
    style = (TEMPLATES / "course.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawing"] = Markup
    return environment.get_template("trial.html").render(
        report=report,
        disclaimer=DISCLAIMER,
        style=Markup(style),
        style_hash=digest,
        figures=trial_figures(report.curves),
        flow=flow_svg(report.recruited, report.flow),
        forest=trial_forest_svg(report.forest) if any(row.bars for row in report.forest) else "",
    )
