"""The report of one simulated course as one self-contained HTML file: no script, nothing loaded from outside."""

import base64
import hashlib
import os
import tempfile
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..errors import fail
from .effect import STILL_SHARE
from .figure import acute_figures, course_figures
from .map import map_svg, tone_words
from .numerals import show_plain
from .record import GRADES, CourseReport
from .rows import acute_row, grade_rank, outcome_groups
from .rows import source_link as source_link  # the other reports take it from here
from .words import DISCLAIMER, GRADE_MEANINGS, describe

TEMPLATES = Path(__file__).parent / "templates"


def write_report(course: CourseReport, path: str | Path) -> Path:
    """The path of the report written: one HTML file, put in place whole or not at all.

    Raises VagusError V603 when it cannot be written.
    """
    target = Path(path)
    text = report_html(course)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    except OSError as problem:
        raise fail("V603", path=target, reason=problem.strerror or problem) from problem
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as part:
            part.write(text)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except OSError as problem:
        Path(name).unlink(missing_ok=True)
        raise fail("V603", path=target, reason=problem.strerror or problem) from problem
    return target


def report_html(course: CourseReport) -> str:
    """The whole report as HTML text."""
    notes: list[str] = []
    style = (TEMPLATES / "course.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    figures = course_figures(course)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = show_plain
    environment.filters["drawing"] = Markup
    return environment.get_template("course.html").render(
        course=course,
        disclaimer=DISCLAIMER,
        style=Markup(style),
        style_hash=digest,
        sentences=describe(course),
        scores=[figure for figure in figures if not figure.key.startswith("vital")],
        vitals=[figure for figure in figures if figure.key.startswith("vital")],
        acute_figures=acute_figures(course),
        outcome_groups=outcome_groups(course, notes),
        notes=notes,
        acute_rows=[acute_row(line) for line in course.acute],
        sources=sorted(course.sources, key=lambda line: (-grade_rank(line.grade), -line.used_for, line.key)),
        link=source_link,
        grades=[(grade, course.grade_counts.get(grade, 0), GRADE_MEANINGS[grade]) for grade in GRADES],
        still_share=f"{STILL_SHARE:.0%}",
        body_map=map_svg(course.body) if course.body is not None else "",
        tone_words=tone_words,
        has_bands=any(curve.treated_low is not None for curve in course.curves),
    )
