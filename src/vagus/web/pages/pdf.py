"""Pages as PDF: Typst sets the type, without a browser and without the network."""

import json
import tempfile
from pathlib import Path
from typing import Any

import typst
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ...report import DISCLAIMER
from ..chart import Chart, draw
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
        ["Known", "; ".join(known) or "nothing written down"],
    ]
    rows = [
        [f"{timezone.localtime(at):%d %b %Y}", what, value, meaning]
        for at, what, value, meaning in view.table
    ]
    return {
        "title": "Course of one person",
        "lines": lines,
        "charts": [view.chart] if view.chart else [],
        "heads": ["Day", "What", "Value", "Meaning"],
        "rows": rows[:400],
        "words": [],
    }


def forecast_content(facts: dict[str, Any]) -> dict[str, Any]:
    """What the PDF of a forecast says."""
    return {
        "title": f"Forecast of {facts['person'].name}",
        "lines": facts["lines"],
        "charts": facts["charts"],
        "heads": facts["heads"],
        "rows": facts["rows"],
        "words": [*facts["words"], DISCLAIMER],
    }


def set_type(content: dict[str, Any]) -> bytes:
    """The PDF of some content: title, lines (label, text), charts, one table, sentences."""
    with tempfile.TemporaryDirectory(prefix="vagus-") as folder:
        names = []
        for place, chart in enumerate(content["charts"]):
            names.append(f"chart-{place}.svg")
            Path(folder, names[-1]).write_text(_svg(chart), encoding="utf-8")
        clinic = clinic_settings().name or "vagus"
        data = {**content, "charts": names, "clinic": clinic, "disclaimer": DISCLAIMER}
        data["made"] = f"{timezone.localtime():%d %b %Y, %H:%M}"
        Path(folder, "page.json").write_text(json.dumps(data), encoding="utf-8")
        Path(folder, "page.typ").write_text(_TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        made: bytes = typst.compile(str(Path(folder, "page.typ")), root=folder)
    return made


def _svg(chart: Chart) -> str:
    return draw(chart)
