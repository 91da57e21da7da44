"""The tables of a report as rows of text: outcomes, the first hours, sources. Page and print share them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ..tables import GRADES
from .effect import difference_of
from .figure import KIND_TITLES
from .numerals import DASH, decimals_for, is_number, name_unit, places_of, show_minutes, show_number
from .record import Acute, CourseReport, Outcome, SourceLine


@dataclass(frozen=True)
class Cell:
    """One cell of a table: its text, and the number of the note that says why it is a dash (0 for none)."""

    text: str
    note: int = 0


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


def grade_rank(grade: str) -> int:
    """Place of a grade, best first; after all of them where it is none."""
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def worst_first(sources: Sequence[SourceLine]) -> list[SourceLine]:
    """The sources as a reader checks them: worst grade first, those on which no number rests last."""
    return sorted(sources, key=lambda one: (not one.grade, -grade_rank(one.grade), -one.used_for, one.key))


def outcome_groups(course: CourseReport, notes: list[str]) -> list[tuple[str, list[dict[str, object]]]]:
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


def acute_row(line: Acute) -> dict[str, str]:
    """One quantity of the first hours as text: before, furthest, change, time to that."""
    places = decimals_for([line.baseline, line.peak])
    change = line.peak - line.baseline if line.peak is not None and line.baseline is not None else None
    return {
        "label": line.label,
        "unit": name_unit(line.unit),
        "baseline": show_number(line.baseline, places),
        "peak": show_number(line.peak, places),
        "change": show_number(change, places, sign=True),
        "when": show_minutes(line.minutes_to_peak),
    }
