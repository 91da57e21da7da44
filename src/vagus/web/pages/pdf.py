"""Pages as PDF: Typst sets the type, without a browser and without the network."""

import json
from pathlib import Path
from typing import Any

import typst
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ...report import DISCLAIMER
from ..chart import draw
from ..guard import clinic_settings

_TEMPLATE = Path(__file__).parents[1] / "templates" / "page.typ"


def page_pdf(request: HttpRequest, kind: str, facts: dict[str, Any], name: str) -> HttpResponse:
    """The PDF of a page.

    Arguments: `kind`, "person" or "forecast"; `facts`, the context of the page; `name` of the file.
    """
    content = {"person": person_content, "forecast": forecast_content}[kind](facts)
    response = HttpResponse(set_type(content), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def person_content(facts: dict[str, Any]) -> dict[str, Any]:
    """What the PDF of a person says."""
    person, view = facts["person"], facts["facts"]
    known = [f"{kind}: {words}" for kind, words, _ in facts["titles"]]
    lines = [
        ["Name", person.name],
        ["Record", f"{person.number}{' (virtual person)' if person.virtual else ''}"],
        ["Born", str(person.born or "")],
        ["Known", "; ".join(known) or "nothing recorded"],
    ]
    rows = [
        [f"{timezone.localtime(at):%d %b %Y}", what, value, meaning]
        for at, what, value, meaning in view.table
    ]
    return {
        "title": "Course of one person",
        "lines": lines,
        "charts": [view.chart] if view.chart else [],
        "tables": [("", ["Day", "What", "Value", "Meaning"], rows[:400])],
        "words": [],
        "notice": "",
    }


def forecast_content(facts: dict[str, Any]) -> dict[str, Any]:
    """What the PDF of a forecast says."""
    return {
        "title": f"Forecast of {facts['person'].name}",
        "lines": facts["lines"],
        "charts": facts["charts"],
        "tables": [
            ("Forecast in numbers", facts["heads"], facts["rows"]),
            (
                "Plans compared, on average over the weeks",
                ["Plans", "Scale", "Difference", "Verdict"],
                facts["differences"],
            ),
        ],
        "words": [facts["key"], *facts["words"]],
        "notice": " ".join([DISCLAIMER, *(facts["words"][:1] if facts["unlike"] else [])]),
    }


def set_type(content: dict[str, Any]) -> bytes:
    """The PDF of some content: title, notice, lines (label, text), charts, sentences, tables (title, heads,
    rows)."""
    data = {
        **content,
        "charts": [draw(chart) for chart in content["charts"]],
        "clinic": clinic_settings().name or "vagus",
        "disclaimer": DISCLAIMER,
        "made": f"{timezone.localtime():%d %b %Y, %H:%M}",
    }
    # In memory alone: what is clinical is never laid on the disk in the open, not even for a moment.
    made: bytes = typst.compile(_TEMPLATE.read_bytes(), sys_inputs={"page": json.dumps(data)})
    return made
