"""The report of one simulated course as one self-contained HTML file: no script, nothing loaded from outside."""

from pathlib import Path

from ..files import whole_file
from ..tables import GRADE_MEANINGS, GRADES
from .effect import STILL_SHARE
from .figure import acute_figures, course_figures
from .map import map_svg, tone_words
from .numerals import show_plain
from .page import page_html
from .record import CourseReport
from .rows import acute_row, outcome_groups, source_link, worst_first
from .words import describe


def write_report(course: CourseReport, path: str | Path) -> Path:
    """The path of the report written: one HTML file, put in place whole or not at all.

    Raises VagusError V603 when it cannot be written.
    """
    text = report_html(course)
    with whole_file(path) as part:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)


def report_html(course: CourseReport) -> str:
    """The whole report as HTML text."""
    notes: list[str] = []
    figures = course_figures(course)
    facts = {
        "report": course,
        "sentences": describe(course),
        "scores": [figure for figure in figures if not figure.key.startswith("vital")],
        "vitals": [figure for figure in figures if figure.key.startswith("vital")],
        "acute_figures": acute_figures(course),
        "outcome_groups": outcome_groups(course, notes),
        "notes": notes,
        "acute_rows": [acute_row(line) for line in course.acute],
        "sources": worst_first(course.sources),
        "link": source_link,
        "grades": [(grade, course.grade_counts.get(grade, 0), GRADE_MEANINGS[grade]) for grade in GRADES],
        "still_share": f"{STILL_SHARE:.0%}",
        "body_map": map_svg(course.body) if course.body is not None else "",
        "tone_words": tone_words,
        "has_bands": any(curve.treated_low is not None for curve in course.curves),
    }
    return page_html("course.html", ("course.css",), facts, {"plain": show_plain})
