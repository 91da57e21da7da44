"""What studies found of a system and what the model does, drawn when the book is built: `{published} gut` in a page.

Two records are read: the comparison at rest of resting.md and the kept verdicts of the ledger, each with what studies
found. A quantity that a clinic measures (`biomarker.testosterone`) belongs to the systems its equation reads.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive

from vagus.cli.body_docs import Body
from vagus.evidence.kept import read_verdicts
from vagus.evidence.published import published
from vagus.report.drawing import complete, draw_svg
from vagus.tables import atlas_path, read_rows

DOCS = Path(__file__).parents[1]
RESTING = DOCS / "resting.md"
_TABLE = "## Next to what studies found"
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)(?: \(([+-]?\d[\d.]*) to ([+-]?\d[\d.]*)\))?")
_MOST = 3.0  # d; beyond it people of the model differ too little for a size
_MEASURED = "biomarker"


@dataclass(frozen=True)
class Seen:
    """One quantity of one condition at rest against health, in SD: what studies found and what the model does."""

    condition: str
    output: str
    found: tuple[float, float, float]
    model: tuple[float, float, float]


@dataclass(frozen=True)
class Told:
    """One test of a claim with what studies found, and the model's verdict."""

    claim: str
    quantity: str
    groups: str
    finding: str
    source: str
    model: str
    verdict: str


def seen_at_rest(text: str) -> list[Seen]:
    """The rows of the page of the resting body that have a published size, and one of the model."""
    rows = text.partition(_TABLE)[2].partition("\n## ")[0].splitlines()
    found = []
    for row in (line for line in rows if line.startswith("| ")):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        theirs, ours = _NUMBER.fullmatch(cells[2]), _NUMBER.fullmatch(cells[3])
        if theirs and ours and abs(float(ours[1])) <= _MOST:
            found.append(Seen(cells[0], cells[1], _interval(theirs), _interval(ours)))
    return found


def _interval(match: re.Match[str]) -> tuple[float, float, float]:
    middle = float(match[1])
    return middle, float(match[2] or middle), float(match[3] or middle)


@lru_cache(maxsize=1)
def systems_of() -> dict[str, frozenset[str]]:
    """The pages a quantity belongs to, by its full name: its own, and for what a clinic measures those it reads."""
    body = Body()
    found: dict[str, set[str]] = {}
    giver = {wire.alias: body.page_of[wire.giver] for wire in body.wires if wire.receiver == _MEASURED}
    read: dict[str, set[str]] = {}
    for page, modules in body.modules.items():
        for one in (one for module in modules for passage in module.passages for one in passage.equations):
            found.setdefault(f"{page}.{one.name}", set()).add(page)
            if page == _MEASURED:
                read[one.name] = set(re.findall(r"[A-Za-z_]\w*", one.text)) - {one.name}
    for name in read:
        words, new = set(read[name]), set(read[name])
        while new := {w for word in new & read.keys() for w in read[word]} - words:
            words |= new
        found[f"{_MEASURED}.{name}"] |= {giver[word] for word in words & giver.keys()}
    return {name: frozenset(pages) for name, pages in found.items()}


@lru_cache(maxsize=1)
def told_by_claims() -> dict[str, list[Told]]:
    """Every test with a finding of its own, by page."""
    named = {
        row["claim"]: row for row in read_rows(atlas_path("observables.csv"), ("claim", "name", "meaning"))
    }
    claims = read_verdicts().get("claims", {})
    found: dict[str, list[Told]] = {}
    for one in published():
        tests = claims.get(one.claim, {}).get("tests", [])
        if not 1 <= one.test <= len(tests):
            continue
        test = tests[one.test - 1]
        name = named[test["observable"]]
        effect = "-" if test["effect"] is None else f"{test['effect']:+.3g}"
        told = Told(
            one.claim, name["meaning"], f"{test['groups']}, {test['time']}", one.finding, _link(one.citation, one.doi),
            effect, test["verdict"],
        )  # fmt: skip
        for page in systems_of().get(name["name"], frozenset()) | {name["name"].partition(".")[0]}:
            found.setdefault(page, []).append(told)
    return found


def _link(citation: str, doi: str) -> str:
    return f"https://doi.org/{doi}" if doi and not doi.startswith("http") else doi or citation


def figure(page: str, rows: list[Seen]) -> str:
    """Found and computed side by side, one line for each quantity of each condition."""
    values: list[dict[str, Any]] = []
    for row in rows:
        label = f"{row.condition}: {row.output.partition('.')[2].replace('_', ' ')}"
        for what, (middle, low, high) in (("studies", row.found), ("model", row.model)):
            values.append({"label": label, "what": what, "d": middle, "low": low, "high": high})
    side = {"field": "what", "type": "nominal", "sort": None}
    named = {**side, "legend": {"title": None, "orient": "bottom", "labelFontSize": 12}}
    labels = {"labelLimit": 300, "labelFontSize": 11}
    place = {
        "y": {"field": "label", "type": "nominal", "sort": None, "title": None, "axis": labels},
        "yOffset": {"field": "what", "sort": None},
        "color": named,
    }
    axis = {"title": "difference from health, standard deviations", "type": "quantitative"}
    chart = {
        "width": 380,
        "height": {"step": 13},
        "padding": {"left": 30, "right": 10, "top": 5, "bottom": 5},
        "data": {"values": values},
        "layer": [
            {
                "data": {"values": [{"zero": 0}]},
                "mark": {"type": "rule", "color": "#888888"},
                "encoding": {"x": {"field": "zero", "type": "quantitative"}},
            },
            {
                "mark": {"type": "rule"},
                "encoding": {**place, "x": {"field": "low", **axis}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 45},
                "encoding": {**place, "x": {"field": "d", **axis}, "shape": {**side, "legend": None}},
            },
        ],
    }
    words = "; ".join(
        f"{row.condition} {row.output}: studies {row.found[0]:g}, model {row.model[0]:g}" for row in rows
    )
    return draw_svg(complete(chart), f"published-{page}", "At rest: studies and the model", words)


class PublishedOf(Directive):
    """`{published} gut`: the figure and the table of one system."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        page = self.arguments[0]
        env = self.state.document.settings.env
        for path in (RESTING, atlas_path("ledger", "verdicts.json"), atlas_path("claim_evidence.csv")):
            env.note_dependency(str(path))
        made: list[nodes.Node] = []
        rows = [
            row
            for row in seen_at_rest(RESTING.read_text(encoding="utf-8"))
            if page in systems_of().get(row.output, frozenset())
        ]
        if rows:
            made.append(nodes.paragraph("", "At rest, conditions against health:"))
            made.append(nodes.raw("", f'<div class="cell_output">{figure(page, rows)}</div>', format="html"))
        if told := told_by_claims().get(page):
            made.append(nodes.paragraph("", "Findings that tests of the ledger stand beside:"))
            made.append(_table(told))
        return made or [nodes.paragraph("", "No published finding on this system alone is compared.")]


def _table(rows: list[Told]) -> nodes.table:
    head = ("claim", "quantity", "what studies found", "asked of the model", "model", "verdict")
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (1, 3, 5, 4, 1, 2)), cols=len(head))
    group += nodes.thead("", _row([nodes.Text(word) for word in head]))
    body = nodes.tbody()
    for one in rows:
        source = (
            nodes.reference("", "source", refuri=one.source)
            if one.source.startswith("http")
            else nodes.Text(one.source)
        )
        finding = [nodes.Text(f"{one.finding} ("), source, nodes.Text(")")]
        words = [one.claim, one.quantity, finding, one.groups, one.model, one.verdict]
        body += _row([nodes.Text(word) if isinstance(word, str) else word for word in words])
    group += body
    return nodes.table("", group)


def _row(cells: list[Any]) -> nodes.row:
    made = nodes.row()
    for cell in cells:
        made += nodes.entry("", nodes.paragraph("", "", *(cell if isinstance(cell, list) else [cell])))
    return made


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("published", PublishedOf)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
