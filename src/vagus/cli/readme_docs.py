"""The measured part of the README: its table from the pages of the book, its picture from the main job.

`python -m vagus.cli.readme_docs .` (or `make docs-readme`) writes both; a test compares the table with what it would
write, so that a number that moves in a page moves here too.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from ..body.model import load_model
from ..body.patient import read_patient
from ..body.treatment import load_treatment
from ..errors import fail
from ..evidence.coupling import coupling_of, read_systems
from ..evidence.moved import leads, quantities
from ..evidence.provenance import provenance_of
from ..people.course import follow_course
from ..report import SourceLine
from ..report.course import course_report
from ..report.pdf import report_picture
from ..tables import read_text

PAGE, PICTURE = "README.md", "docs/figures/report.png"
BEGIN = "<!-- written by `make docs-readme`: change nothing between these two lines -->"
END = "<!-- end of what `make docs-readme` writes -->"
ENGINE, VALIDATION, FOLLOW, LEDGER = (
    f"docs/{name}.md" for name in ("engine", "validation", "follow-proof", "ledger")
)
_PEOPLE = 100  # like the person, beside the course of the picture


def render(root: Path) -> str:
    """The table as Markdown, from the pages below a folder.

    Raises VagusError V412 when a page no longer has the row a number is taken from.
    """
    rows = [*_speed(root), *_studies(root), *_forecasts(root), _claims(root)]
    return "\n".join(["| question | vagus | beside it | measured in |", "|---|---|---|---|", *rows])


def _speed(root: Path) -> list[str]:
    found = _rows(root / ENGINE)
    where = f"[the engine]({ENGINE})"
    rate = _one(found, r"people a second at error (\S+): ours / libRoadRunner", ENGINE)
    ratio = _one(found, r"ratio at equal error (\S+)", ENGINE)
    wait = _one(found, r"Python, `import vagus`.*", ENGINE)
    lines = []
    for place, what in enumerate(
        ("the body, 84 days with six infusions", "a model of 90 states, eight infusions")
    ):
        ours, _, theirs = rate[place + 1].partition(" / ")
        lines.append(
            f"| people a second on one core, {what} | {ours} | libRoadRunner at the same accuracy: {theirs}, "
            f"so {ratio[place + 1]} times | {where} |"
        )
    lines.append(
        f"| seconds to a first course, nothing kept yet / later | {wait[1]} / {wait[2]} | | {where} |"
    )
    return lines


def _studies(root: Path) -> list[str]:
    found = _rows(root / VALIDATION)
    where = f"[the validation]({VALIDATION})"
    many, half, most = (
        _one(found, words, VALIDATION)[1]
        for words in ("predicted numbers", "inside the 50 % interval", "inside the 90 % interval")
    )
    skill = [
        f"against {name} {_one(found, f'against {name}', VALIDATION)[1]}"
        for name in ("no change", "mean of rows", "two exponentials")
    ]
    return [
        f"| published numbers never fitted ({many}), inside the 50 % / 90 % interval | {half} / {most} | "
        f"promised: 50% / 90% | {where} |",
        f"| the same, interval score better by | | {'; '.join(skill)} | {where} |",
    ]


def _forecasts(root: Path) -> list[str]:
    found = _rows(root / FOLLOW)
    half, most, last, mixed = (
        float(_one(found, f"`{name}`", FOLLOW)[1])
        for name in ("coverage50_4w", "coverage90_4w", "crps_skill_locf", "crps_skill_lme")
    )
    return [
        f"| scores of *virtual* people four weeks ahead, inside the 50 % / 90 % interval | {half:.0%} / {most:.0%} | "
        f"error smaller by {last:.0%} than with the last value, by {mixed:.0%} than with a mixed-effects regression | "
        f"[the proof]({FOLLOW}) |"
    ]


def _claims(root: Path) -> str:
    found = _rows(root / LEDGER)
    verdicts = ("shown", "weaker than said", "not supported", "contradicted", "by construction")
    told = ", ".join(f"{_one(found, name, LEDGER)[1]} {name}" for name in verdicts if name in found)
    return f"| claims of the article it began with | {told} | | [the ledger]({LEDGER}) |"


def _rows(path: Path) -> Mapping[str, list[str]]:
    """The rows of all tables of a page by their first cell; of rows with the same one the first."""
    found: dict[str, list[str]] = {}
    for line in read_text(path).splitlines():
        if line.startswith("| "):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            found.setdefault(cells[0], cells)
    return found


def _one(rows: Mapping[str, list[str]], words: str, page: str) -> list[str]:
    for name, cells in rows.items():
        if re.fullmatch(words, name):
            return cells
    raise fail("V412", key=words, value="no such row", wanted="a row of a table", file=page)


def picture(person: Path) -> bytes:
    """The first two pages of the report of the main job, as `make demo` makes it."""
    model, patient = load_model(), read_patient(person)
    treatment = load_treatment("ketamine-iv-6")
    also = list(dict.fromkeys([*leads(read_systems()), *quantities(coupling_of(model))]))
    course = follow_course(
        model, patient, treatment, 84.0, count=1, companions=_PEOPLE, placebo=True, also=also
    )
    known = provenance_of(model, course.people.condition, treatment, list(course.scores), patient.background)
    lines = [SourceLine(s.key, s.text, s.doi_or_url, s.grade, s.used_for) for s in known.sources]
    return report_picture(course_report(course, lines, known.counts, known.worst, None))


def main(folder: str = ".") -> None:
    """Write the table into the README and the picture beside the figures."""
    root = Path(folder)
    (root / PICTURE).write_bytes(picture(root / "examples" / "people" / "pain-and-depression.toml"))
    text = read_text(root / PAGE)
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    (root / PAGE).write_text(f"{before}{BEGIN}\n{render(root)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
