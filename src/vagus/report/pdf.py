"""The report of one simulated course as PDF, for a clinician's hands: one page of plain words, then the figures.

The same records and rows as the page of html.py, set by Typst: text stays text and figures stay drawings, tagged for
screen readers. Words of the report go to the template as data, never as markup.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from ..extras import needed
from ..files import whole_file
from ..tables import GRADE_MEANINGS, GRADES
from .doses import dose_words
from .figure import Figure, acute_figures, course_figures
from .map import map_svg
from .numerals import show_plain
from .page import TEMPLATES
from .record import CourseReport
from .rows import acute_row, outcome_groups, source_link, worst_first
from .words import DISCLAIMER, describe, doses_in_words

_MOST_LEFT_OUT = 50
_MOST_DOSES = 24
_PURPOSE = "a report as PDF"
#: The first of these that the machine has; the last always comes with Typst.
FONTS = ("Liberation Sans", "Arial", "Helvetica", "DejaVu Sans", "Libertinus Serif")
_CLOCKS = {
    "averaged": "day means; the 24-hour rhythm is not run",
    "full": "with the 24-hour rhythm; values are those of 08:00",
    "auto": "the 24-hour rhythm runs around the timed samples; values are day means",
}


def write_pdf(course: CourseReport, path: str | Path) -> Path:
    """The path of the report written: one PDF, put in place whole or not at all.

    Raises VagusError V109 when Typst is not installed, V603 when the file cannot be written.
    """
    made = report_pdf(course)
    with whole_file(path) as part:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(made)
    return Path(path)


def report_pdf(course: CourseReport) -> bytes:
    """The whole report as the bytes of a PDF; the same course gives the same bytes.

    Raises VagusError V109 when Typst is not installed.
    """
    made = _set(course, "pdf")[0]
    assert made.startswith(b"%PDF")
    return made


def report_picture(course: CourseReport, pages: int = 2, dots: float = 75.0) -> bytes:
    """The first pages of the report side by side as a PNG picture.

    Arguments: `pages`, how many; `dots`, pixels an inch of paper. Raises VagusError V109 when Typst is not installed.
    """
    typst = needed("typst", _PURPOSE)
    shown = _set(course, "png", dots)[:pages]
    names = [f"{place}.png" for place in range(len(shown))]
    with tempfile.TemporaryDirectory(prefix="vagus-pdf-") as folder:
        for name, page in zip(names, shown, strict=True):
            Path(folder, name).write_bytes(page)
        # As wide as they have dots (in the head of a PNG), so that no dot is computed anew.
        wide = [72.0 * int.from_bytes(page[16:20]) / dots for page in shown]
        sheets = ", ".join(
            f'image("{name}", width: {size}pt)' for name, size in zip(names, wide, strict=True)
        )
        words = "#set page(width: auto, height: auto, margin: 0mm, fill: white)"
        Path(folder, "both.typ").write_text(
            f"{words}\n#grid(columns: {len(names)}, {sheets})\n", encoding="utf-8"
        )
        made = typst.compile(str(Path(folder, "both.typ")), root=folder, format="png", ppi=dots)
    assert isinstance(made, bytes)
    return made


def _set(course: CourseReport, form: str, dots: float | None = None) -> list[bytes]:
    """The report as Typst sets it: one PDF, or one PNG a page."""
    typst = needed("typst", _PURPOSE)
    with tempfile.TemporaryDirectory(prefix="vagus-pdf-") as folder:
        root = Path(folder)
        data = report_data(course, root)
        (root / "data.json").write_text(
            json.dumps(data, ensure_ascii=False, allow_nan=False), encoding="utf-8"
        )
        (root / "course.typ").write_text(
            (TEMPLATES / "course.typ").read_text(encoding="utf-8"), encoding="utf-8"
        )
        made = typst.compile(str(root / "course.typ"), root=str(root), format=form, ppi=dots, timestamp=0)
    return [made] if isinstance(made, bytes) else list(made)


def report_data(course: CourseReport, folder: Path) -> dict[str, Any]:
    """Everything the template prints, as plain text; drawings are written into `folder` and told by file name."""
    notes: list[str] = []
    figures = course_figures(course)
    sentences = describe(course)
    outcomes = [
        {"title": title, "rows": [_outcome(row) for row in rows]}
        for title, rows in outcome_groups(course, notes)
    ]
    return {
        "title": course.title,
        "fonts": list(FONTS),
        "disclaimer": DISCLAIMER,
        "headline": [list(line) for line in course.headline],
        "sentences": list(sentences),
        "person": [list(line) for line in course.person] + [["Simulated", f"{course.people:,}"]],
        "treatment": {
            "title": course.treatment_title,
            "meaning": course.treatment_meaning,
            "doses": doses_in_words(course.doses) if course.doses else "",
        },
        "doses": _doses(course),
        "placebo": course.has_placebo,
        "bands": course.band_meaning if any(c.treated_low is not None for c in course.curves) else "",
        "scores": [_drawn(one, folder) for one in figures if not one.key.startswith("vital")],
        "vitals": [_drawn(one, folder) for one in figures if one.key.startswith("vital")],
        "acute": [_drawn(one, folder) for one in acute_figures(course)],
        "acute_rows": [acute_row(line) for line in course.acute],
        "map": _map(course, folder),
        "outcomes": outcomes,
        "last_time": course.last_time.capitalize(),
        "acute_heading": course.acute_heading,
        "acute_title": course.acute_title,
        "notes": notes,
        "cautions": list(course.cautions),
        "grades": [[g, course.grade_counts.get(g, 0), GRADE_MEANINGS[g]] for g in GRADES],
        "sources": [
            {"key": s.key, "text": s.text, "shown": s.doi_or_url, "link": source_link(s), "grade": s.grade,
             "used": s.used_for}
            for s in worst_first(course.sources)
        ],
        "warnings": list(course.warnings),
        "method": [
            ["Clock", f"{course.clock} ({_CLOCKS[course.clock]})" if course.clock in _CLOCKS else course.clock],
            ["Relative tolerance", f"{course.rtol:g}"],
            ["Length", f"{show_plain(course.days)} days; day 0 is the first dose"],
            ["Seed", str(course.seed)],
            ["Version", f"vagus {course.version}"],
        ],
        "failed": [list(row) for row in course.failed[:_MOST_LEFT_OUT]],
        "more_failed": max(len(course.failed) - _MOST_LEFT_OUT, 0),
    }  # fmt: skip


def _doses(course: CourseReport) -> list[str]:
    """Each dose in words, and how many more there are."""
    more = len(course.doses) - _MOST_DOSES
    told = [dose_words(dose) for dose in course.doses[:_MOST_DOSES]]
    return [*told, f"and {more} more"] if more > 0 else told


def _drawn(figure: Figure, folder: Path) -> dict[str, str]:
    return {"title": figure.title, "alt": figure.description, "file": _svg(figure.svg, figure.key, folder)}


def _svg(text: str, key: str, folder: Path) -> str:
    name = f"{key}.svg"
    (folder / name).write_text(text, encoding="utf-8")
    return name


def _map(course: CourseReport, folder: Path) -> dict[str, Any] | None:
    if course.body is None:
        return None
    words = [arrow.words for arrow in course.body.arrows]
    rows = [[node.label, node.lead, node.before, node.after] for node in course.body.nodes if node.after]
    file = _svg(map_svg(course.body), "map", folder)
    return {"file": file, "day": show_plain(course.body.day), "rows": rows, "alt": " ".join(words[:40])}


def _outcome(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"cells": [[cell.text, cell.note] for cell in row["cells"]]}
