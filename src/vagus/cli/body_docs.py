"""The body as pages of the documentation: one for each system, made of its module and its tables.

`python -m vagus.cli.body_docs docs` writes docs/body and the drawings beside it; a test compares the pages with what
it would write. Nothing is simulated: the pages take seconds and only change with the text and the tables.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..evidence.provenance import address, citation, plain_letters, provenance_of_atlas
from ..language.typeset import equation_latex
from ..language.written import Module, Wire, file_words, instances, modules, wiring
from ..report.system_figure import Neighbour, system_svg
from ..tables import (
    GRADE_MEANINGS,
    GRADES,
    Entry,
    Source,
    atlas_path,
    read_parameters,
    read_rows,
    read_sources,
    read_toml,
)
from .ketamine_docs import FIGURE as KETAMINE_FIGURE

FOLDER, FIGURES = "body", "figures"
SKIPPED = ("body", "functions")  # the wiring and the shared functions stand on the first page
LABELS = {"biomarker": "What a clinic measures"}  # what the map leaves out
#: Experiments of docs/behaviour.md that show a system, in the order of the page.
BEHAVIOUR: Mapping[str, Sequence[str]] = {
    "hpa": ("cortisol", "dexamethasone"),
    "immune": ("endotoxin",),
    "autonomic": ("endotoxin",),
    "sleep": ("sleep",),
    "serotonin": ("ssri",),
    "escitalopram": ("ssri",),
    "pain": ("summation",),
    "thyroid": ("thyroid",),
    "opioid": ("opioid",),
    "energy": ("exercise",),
    "plasticity": ("exercise",),
}
#: Systems seen in the scores of studies: what people believe, what they take, how they feel.
SCORED = ("expectancy", "medicine", "mood")
KINDS = {
    "state": ("What changes with time", "Each has an equation of its own; the value is where a healthy person starts."),
    "trait": ("What differs between people", "Drawn for each person, or set by a condition or a person file."),
    "constant": ("The same in everybody", ""),
    "input": ("What comes from outside", "Set by a dose, an activity or an event; the value is that of none."),
    "reference": ("Worked out from the model", "Made again by `vagus check --reference`, never chosen."),
}  # fmt: skip
_HEAD = "<!-- written by `python -m vagus.cli.body_docs docs`: change nothing here -->"


class Body:
    """Everything the pages are made of, read once."""

    def __init__(self) -> None:
        folder = atlas_path("systems")
        self.entries = read_parameters()
        self.sources = read_sources()
        self.map = read_toml(atlas_path("map.toml"))
        self.made = instances(folder / "body.ant")
        self.wires = wiring(folder / "body.ant")
        self.files = [path for path in sorted(folder.glob("*.ant")) if path.stem not in SKIPPED]
        self.modules = {path.stem: modules(path) for path in self.files}
        self.page_of = {
            system: stem
            for system, model in self.made.items()
            for stem, found in self.modules.items()
            if model in {module.name for module in found}
        }

    def label(self, page: str) -> str:
        """What people call the system of a page."""
        return str(self.map[page]["label"]) if page in self.map else LABELS[page]

    def group(self, page: str) -> str:
        """Brain, body or outside."""
        return str(self.map[page]["group"]) if page in self.map else "outside"

    def numbers(self, page: str) -> list[Entry]:
        """The rows of the tables of a page's systems, in their order."""
        return [entry for entry in self.entries.values() if self.page_of[entry.system] == page]


def render() -> dict[str, str]:
    """Every page and drawing by its path below the folder of the documentation."""
    body = Body()
    written: dict[str, str] = {f"{FOLDER}/index.md": _index(body), f"{FOLDER}/sources.md": _sources(body)}
    for page in body.modules:
        written[f"{FOLDER}/{page}.md"] = _page(body, page)
        written[f"{FIGURES}/body-{page}.svg"] = _drawing(body, page)
    return written


def _page(body: Body, page: str) -> str:
    numbers = body.numbers(page)
    counts = Counter(entry.grade for entry in numbers)
    told = ", ".join(f"{counts[grade]} {grade}" for grade in GRADES if counts[grade])
    path = next(path for path in body.files if path.stem == page)
    label = body.label(page)
    parts = [
        _HEAD,
        f"# {label}",
        file_words(path),
        f"Text: `atlas/systems/{page}.ant`. {_count(len(numbers), 'number')} in `atlas/parameters`, by grade: "
        f"{told or 'none'}. `vagus explain {numbers[0].name if numbers else page}` says the same of one of them.",
        f"## How it is joined to the rest\n\n![{label} and its neighbours](../{FIGURES}/body-{page}.svg)",
        _joined(body, page),
        "## Equations\n\nA name stands for the quantity of that name in the tables below, or for one that comes from "
        "elsewhere (above). Time is in hours.",
        *_equations(body, page),
        "## Numbers\n\nEach with its unit, the range it may take, how much people differ, source and grade.",
        *_tables(body, numbers),
        _published(page),
    ]
    return "\n\n".join(parts) + "\n"


def _count(many: int, what: str) -> str:
    return f"{many} {what}" if many == 1 else f"{many} {what}s"


def _equations(body: Body, page: str) -> Iterable[str]:
    for module in body.modules[page]:
        owners = [system for system, made in body.made.items() if made == module.name]
        if len(body.modules[page]) > 1:
            yield f"### Of {' and '.join(owners)}"
        for passage in module.passages:
            yield _sentence(passage.words)
            for one in passage.equations:
                yield f"$$\n{equation_latex(one.name, one.rate, one.text)}\n$$"


def _sentence(words: str) -> str:
    """The comment above an equation as a sentence."""
    text = _plain(words)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", ":", "...")) else ".") if text else ""


def _tables(body: Body, numbers: Sequence[Entry]) -> Iterable[str]:
    if not numbers:
        yield "This system has no numbers of its own: it is computed from the others."
    systems = dict.fromkeys(entry.system for entry in numbers)
    for kind, (title, words) in KINDS.items():
        rows = [_row(body, entry, len(systems) > 1) for entry in numbers if entry.kind == kind]
        if rows:
            head = "| name | meaning | value | range | people differ | source | grade |\n|---|---|---|---|---|---|---|"
            yield "\n\n".join(part for part in (f"### {title}", words, "\n".join([head, *rows])) if part)


def _row(body: Body, entry: Entry, full: bool) -> str:
    name = entry.name if full else entry.name.partition(".")[2]
    unit = "" if entry.unit == "1" else f" {entry.unit}"
    spread = "" if entry.shape == "fixed" else f"{entry.shape} {entry.spread:.4g}"
    cells = (
        f"`{name}`",
        _plain(entry.meaning),
        f"{entry.value:.6g}{unit}",
        f"{entry.low:.6g} to {entry.high:.6g}",
        spread,
        f"[{entry.source}](sources.md#{slug(entry.source)})",
        entry.grade,
    )
    return f"| {' | '.join(cells)} |"


def _joined(body: Body, page: str) -> str:
    givers, readers = _neighbours(body, page)
    here = {
        (body.page_of[wire.giver], wire.quantity): wire.alias
        for wire in body.wires
        if body.page_of[wire.receiver] == page and wire.alias != wire.quantity
    }
    lines = []
    for title, found in (("It reads", givers), ("It is read by", readers)):
        told = "; ".join(
            f"[{body.label(other)}]({other}.md) ({', '.join(_called(other, names, here if found is givers else {}))})"
            for other, names in found.items()
        )
        lines.append(f"{title}: {told or 'nothing'}.")
    return "\n\n".join(lines)


def _called(other: str, names: Iterable[str], here: Mapping[tuple[str, str], str]) -> Iterable[str]:
    """Quantities by their own names, and those they have in the equations of this page where they are others."""
    for name in names:
        alias = here.get((other, name))
        yield f"`{name}`" if alias is None else f"`{name}`, here `{alias}`"


def _neighbours(body: Body, page: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What a page's systems read of each other page, and what each other page reads of them."""
    given: defaultdict[str, list[str]] = defaultdict(list)
    read: defaultdict[str, list[str]] = defaultdict(list)
    for wire in body.wires:
        giver, receiver = body.page_of[wire.giver], body.page_of[wire.receiver]
        if giver != receiver and page in (giver, receiver):
            _note(read[receiver] if giver == page else given[giver], wire)
    return _ordered(body, given), _ordered(body, read)


def _note(names: list[str], wire: Wire) -> None:
    if wire.quantity not in names:
        names.append(wire.quantity)


def _ordered(body: Body, found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """In the order of the map, what is only measured last."""
    order = [*body.map, *LABELS]
    return {page: found[page] for page in sorted(found, key=order.index)}


def _drawing(body: Body, page: str) -> str:
    def drawn(found: Mapping[str, list[str]]) -> list[Neighbour]:
        return [
            Neighbour(body.label(other), body.group(other), tuple(names)) for other, names in found.items()
        ]

    givers, readers = _neighbours(body, page)
    return system_svg(
        body.label(page), body.group(page), _states(body.modules[page]), drawn(givers), drawn(readers)
    )


def _states(found: Sequence[Module]) -> list[str]:
    return [
        one.name for module in found for passage in module.passages for one in passage.equations if one.rate
    ]


def _published(page: str) -> str:
    titles = {row["key"].partition(".")[0] for row in read_rows(atlas_path("behaviour.csv"), ("key",))}
    parts = ["## Published behaviour"]
    for name in BEHAVIOUR.get(page, ()):
        if name in titles:
            parts.append(
                f"![The experiment {name}: published and computed](../{FIGURES}/behaviour-{name}.svg)"
            )
    if page == "ketamine":
        parts.append(f"![Measured and computed concentrations](../{KETAMINE_FIGURE})")
    if len(parts) > 1:
        where = (
            "[ketamine in the body](../ketamine.md)"
            if page == "ketamine"
            else "[published behaviour](../behaviour.md)"
        )
        parts.append(f"What was published, the band and what the model does: {where}.")
    if page in SCORED:
        parts.append(
            "It shows in the scores of studies; each published number is drawn beside the model's in "
            "[how well published studies are predicted](../validation.md)."
        )
    # Drawn when the book is built (docs/_extensions/published.py), from the records of the two pages named below.
    parts.append(f"```{{published}} {page}\n```")
    parts.append(
        "More: [the resting body against health](../resting.md) and [the ledger of claims](../ledger.md)."
    )
    return "\n\n".join(parts)


def _index(body: Body) -> str:
    rows = []
    for page, found in body.modules.items():
        numbers = body.numbers(page)
        counts = Counter(entry.grade for entry in numbers)
        equations = sum(len(passage.equations) for module in found for passage in module.passages)
        cells = [f"[{body.label(page)}]({page}.md)", len(_states(found)), equations, len(numbers)]
        rows.append(f"| {' | '.join(map(str, [*cells, *(counts[grade] or '' for grade in GRADES)]))} |")
    head = f"| system | states | equations | numbers | {' | '.join(GRADES)} |\n|---|---|---|---|{'---|' * len(GRADES)}"
    grades = "\n".join(f"- *{grade}*: {GRADE_MEANINGS[grade]}" for grade in GRADES)
    listed = "\n".join([*body.modules, "sources"])
    (functions,) = (atlas_path("systems", "functions.ant"),)
    total = Counter(entry.grade for entry in body.entries.values())
    return "\n\n".join(
        [
            _HEAD,
            "# The body",
            "Every system of the body has a page: what it is in words, what it is joined to, its equations, every "
            "number with unit, source and grade, and what it was held against. The pages are made from the text and "
            "the tables the simulation itself reads, so they cannot say anything else.",
            f"{_count(len(body.wires), 'line')} of wiring join {len(body.made)} instances of {len(body.modules)} "
            f"modules. Of {len(body.entries)} numbers, {total['assumed']} are *assumed*: nobody measured them.",
            "\n".join([head, *rows]),
            f"## What a grade says\n\n{grades}",
            "## Functions all systems share\n\nSmooth on purpose: hard corners make a solver stumble.\n\n"
            f"```\n{functions.read_text(encoding='utf-8').strip()}\n```",
            f"```{{toctree}}\n:hidden:\n\n{listed}\n```",
        ]
    ) + "\n"  # fmt: skip


def _sources(body: Body) -> str:
    carried = {line.key: line for line in provenance_of_atlas().sources}
    parts = [
        _HEAD,
        "# Sources",
        f"{_count(len(body.sources), 'source')}, by key. Behind each: how many numbers of the body rest on it, and "
        "what its entry says of how it was read. A source can stand here because a study file or a claim names it.",
    ]
    resting = Counter(entry.source for entry in body.entries.values())
    for key, source in sorted(body.sources.items(), key=lambda item: item[0].lower()):
        used = [_count(resting[key], "number") + " of the body"] if resting[key] else []
        used += (
            [f"worst grade resting on it: {carried[key].grade}"]
            if key in carried and carried[key].grade
            else []
        )
        parts.append("\n\n".join([f"## {key}", _source(source), *([". ".join(used) + "."] if used else [])]))
    return "\n\n".join(parts) + "\n"


def _source(source: Source) -> str:
    where = address(source)
    link = (
        f" <https://doi.org/{where}>"
        if source.doi
        else f" <{where}>"
        if where.startswith("http")
        else f" {where}"
    )
    note = f"\n\n{_plain(plain_letters(source.note))}" if source.note else ""
    return f"{_plain(citation(source))}.{link if where else ''}{note}"


def slug(heading: str) -> str:
    """The name a heading has as a place to jump to."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    for sign in ("\\", "|", "*", "<", "[", "$", "`"):
        text = text.replace(sign, "\\" + sign)
    return text


def main(folder: str = "docs") -> None:
    """Write all pages and drawings into a folder of documentation."""
    for name, text in render().items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
