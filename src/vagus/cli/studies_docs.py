"""The study files and the rows of the evidence that stand in none, as tables of the documentation.

`python -m vagus.cli.studies_docs docs` writes them into docs/studies.md; a test compares the page with what it would
write.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..evidence.studies import LeftOut, StudyFile, read_left_out, read_studies

PAGE = "studies.md"
BEGIN = "<!-- written by `python -m vagus.cli.studies_docs docs`: change nothing between these two lines -->"
END = "<!-- end of what it writes -->"
SPLITS = ("calibrate", "validate")


def render(files: Sequence[StudyFile], left: Sequence[LeftOut]) -> str:
    """Counts, the studies of each split, and what is left out, as Markdown."""
    parts = [_counts(files, left)]
    for split in SPLITS:
        parts.append(
            f"## Studies to {split}\n\n{_studies([one for one in files if one.study.split == split])}"
        )
    parts.append(f"## Published numbers left out\n\n{_why(left)}")
    return "\n\n".join(parts)


def _counts(files: Sequence[StudyFile], left: Sequence[LeftOut]) -> str:
    rows = []
    for split in SPLITS:
        mine = [one for one in files if one.study.split == split]
        outcomes = [outcome for one in mine for outcome in one.study.outcomes]
        said = sum(outcome.reason is None for outcome in outcomes)
        used = len({key for one in mine for key in (*one.rows, *one.baseline)})
        out = sum(one.split == split for one in left)
        rows.append(f"| {split} | {len(mine)} | {len(outcomes)} | {said} | {used} | {out} |")
    head = (
        "| split | studies | outcomes | of these the model can say | rows used | rows left out |\n"
        "|---|---|---|---|---|---|"
    )
    return "\n".join([head, *rows])


def _studies(files: Iterable[StudyFile]) -> str:
    head = "| study | what | arms | outcomes | rows | source |\n|---|---|---|---|---|---|"
    lines = []
    for one in files:
        study = one.study
        arms = ", ".join(arm.name for arm in study.arms)
        measured = Counter(outcome.instrument or outcome.quantity for outcome in study.outcomes)
        outcomes = ", ".join(f"{name} {count}" if count > 1 else name for name, count in measured.items())
        doi = f", doi {study.doi}" if study.doi else ""
        cells = [
            study.id,
            study.title,
            arms,
            outcomes,
            _short((*one.rows, *one.baseline)),
            study.citation + doi,
        ]
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join([head, *lines])


def _why(left: Sequence[LeftOut]) -> str:
    counts = Counter(one.kind for one in left)
    files = sorted({one.file for one in left})
    head = f"| why | rows | {' | '.join(files)} |\n|---|---|{'---|' * len(files)}"
    lines = []
    for kind, count in counts.most_common():
        each = [str(sum(one.kind == kind and one.file == file for one in left)) for file in files]
        lines.append(f"| {kind} | {count} | {' | '.join(each)} |")
    grouped: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in left:
        grouped[one.kind, one.reason].append(one.row)
    order = {kind: place for place, (kind, _) in enumerate(counts.most_common())}
    details = [
        f"| {kind} | {reason} | {len(rows)} | {_short(rows)} |"
        for (kind, reason), rows in sorted(grouped.items(), key=lambda item: order[item[0][0]])
    ]
    return "\n".join([head, *lines, "", "| why | in full | rows | which |\n|---|---|---|---|", *details])


def _short(rows: Iterable[str]) -> str:
    """Rows of one source together: feder2021-001, -002; sources with many rows as their first and last."""
    by_source: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        cut = max(row.rfind("-"), row.find("."))
        source, tail = (row[:cut], row[cut:]) if cut > 0 else (row, "")
        by_source[source].append(tail)
    parts = []
    for source, found in by_source.items():
        tails = sorted(found)
        kept = tails if len(tails) < 4 else [f"{tails[0]} to {tails[-1]} ({len(tails)})"]
        parts.append(source + ", ".join(kept))
    return "; ".join(parts)


def page_with(page: str, written: str) -> str:
    """The page with the tables between its two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{rest.partition(END)[2]}"


def main(folder: str = "docs") -> None:
    """Write the tables into the page of a folder."""
    page = Path(folder, PAGE)
    written = render(read_studies(), read_left_out())
    page.write_text(page_with(page.read_text(encoding="utf-8"), written), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
