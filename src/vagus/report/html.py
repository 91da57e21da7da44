"""The report of one simulated course as one self-contained HTML file: no script, nothing loaded from outside."""

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..errors import fail
from .effect import STILL_SHARE, difference_of
from .figure import KIND_TITLES, acute_figures, course_figures
from .map import map_svg, tone_words
from .numerals import DASH, decimals_for, is_number, name_unit, places_of, show_number, show_plain
from .record import GRADES, Acute, CourseReport, Outcome, SourceLine
from .words import DISCLAIMER, GRADE_MEANINGS, describe

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Cell:
    """One cell of a table: its text, and the number of the note that says why it is a dash (0 for none)."""

    text: str
    note: int = 0


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
        outcome_groups=_outcome_groups(course, notes),
        notes=notes,
        acute_rows=[_acute_row(line) for line in course.acute],
        sources=sorted(course.sources, key=lambda line: (-_grade_rank(line.grade), -line.used_for, line.key)),
        link=source_link,
        grades=[(grade, course.grade_counts.get(grade, 0), GRADE_MEANINGS[grade]) for grade in GRADES],
        still_share=f"{STILL_SHARE:.0%}",
        body_map=map_svg(course.body) if course.body is not None else "",
        tone_words=tone_words,
        has_bands=any(curve.treated_low is not None for curve in course.curves),
    )


def source_link(source: SourceLine) -> str:
    """A web address to click for the source, or '' where what was given is neither an address nor a DOI."""
    given = source.doi_or_url.strip()
    if given.lower().startswith("doi:"):
        given = given[4:].strip()
    if given.startswith("10.") and "/" in given:
        return "https://doi.org/" + quote(given, safe="/:;()._-")
    try:
        parts = urlsplit(given)
    except ValueError:
        return ""
    # Only these two: an address such as javascript:... must never become a link.
    return given if parts.scheme in ("http", "https") and parts.netloc else ""


def _grade_rank(grade: str) -> int:
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def _outcome_groups(course: CourseReport, notes: list[str]) -> list[tuple[str, list[dict[str, object]]]]:
    """The outcomes by kind, each as a row of cells; reasons for dashes are added to `notes`."""
    groups = []
    for kind, title in KIND_TITLES.items():
        rows = [_outcome_row(outcome, course, notes) for outcome in course.outcomes if outcome.kind == kind]
        if rows:
            groups.append((title, rows))
    return groups


def _outcome_row(outcome: Outcome, course: CourseReport, notes: list[str]) -> dict[str, object]:
    values = [outcome.baseline, outcome.day_1, outcome.week_3]
    values += [outcome.placebo_week_3] if course.has_placebo else []
    values += [outcome.untreated_week_3, outcome.week_12]
    values += [outcome.placebo_week_12] if course.has_placebo else []
    values.append(outcome.untreated_week_12)
    places = places_of(outcome.unit, values)
    reason = outcome.note or "Not available at this time."
    cells = [
        Cell(show_number(value, places)) if is_number(value) else Cell(DASH, _note_number(reason, notes))
        for value in values
    ]
    difference = difference_of(outcome, course.curves)
    return {
        "label": outcome.label,
        "unit": name_unit(outcome.unit),
        "cells": cells,
        "difference": show_number(difference.size, places, sign=True),
        "verdict": difference.verdict,
        # A remark on a row without dashes still has to reach the reader.
        "remark": _note_number(outcome.note, notes) if outcome.note and all(map(is_number, values)) else 0,
    }


def _note_number(reason: str, notes: list[str]) -> int:
    if reason not in notes:
        notes.append(reason)
    return notes.index(reason) + 1


def _acute_row(line: Acute) -> dict[str, str]:
    places = decimals_for([line.baseline, line.peak])
    change = line.peak - line.baseline if line.peak is not None and line.baseline is not None else None
    return {
        "label": line.label,
        "unit": name_unit(line.unit),
        "baseline": show_number(line.baseline, places),
        "peak": show_number(line.peak, places),
        "change": show_number(change, places, sign=True),
        "minutes": show_number(line.minutes_to_peak, 0),
    }
