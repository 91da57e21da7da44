"""The page docs/validation.md: every shipped study beside what virtual people did, with figures.

`python -m vagus.cli.validation_docs docs` (or `make validate`) writes the part between the two marks and the figures.
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..body.model import load_model
from ..evidence.kept import SHORT, model_hash
from ..evidence.validate import Validation, simulate_with, validate
from ..learn.between import FITTED, MODEL
from ..learn.comparison import Row, Summary, Verdict
from ..learn.reference import NAMES
from ..report.drawing import complete, draw_svg
from ..report.look import DOSE, INK, QUIET, RULE, TREATED
from ..tables import atlas_path

PAGE = "validation.md"
BEGIN = "<!-- written by `make validate`: change nothing between these two lines -->"
END = "<!-- end of what `make validate` writes -->"
SPLITS = ("validate", "calibrate")
_WORDS = {"validate": "never fitted", "calibrate": "fitted"}
_ROW = 15  # pixels of a line of the forest
_REACH = 6.0  # yardsticks to each side


def render(folder: Path | None = None, count: int | None = None) -> tuple[str, dict[str, str]]:
    """The written part of the page, and the figures by file name."""
    model, studies = load_model(), folder or atlas_path("studies")
    named = f"Studies: {digest(studies)}. Model: `{model.key}`, tables `{model_hash()[:SHORT]}`."
    parts, figures = [named, ""], {}
    for split in SPLITS:
        found = validate([studies], simulate_with(model, count), split=split, count=count, keep_going=False)
        name = f"validation-{split}.svg"
        figures[name] = forest(found, split)
        parts += section(found, split, name)
    return "\n".join(parts), figures


def digest(folder: Path) -> str:
    """How many study files there are and a short name for their content; a test compares it with the page."""
    files = sorted(folder.glob("*.toml"))
    content = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    return f"{len(files)} files, `{content}`"


def section(found: Validation, split: str, figure: str) -> list[str]:
    """Tables of one split."""
    one = found.summary
    lines = [f"## Studies that were {_WORDS[split]} (`{split}`)", "", *summary_table(one), ""]
    lines += [f"![{_WORDS[split]}]({figure if '/' in figure else 'figures/' + figure})", ""]
    lines += [
        "### By axis",
        "",
        "| axis | rows | in 50 % | in 90 % | score | median abs z |",
        "|---|---|---|---|---|---|",
    ]
    for axis, parts in found.by_axis.items():
        lines += [f"| {axis}: {name} {_cells(part)}" for name, part in parts.items()]
    lines += ["", *tau_table(found), "", *misses(found), ""]
    missing = [row for row, verdict in zip(found.rows, found.verdicts, strict=True) if verdict is None]
    if missing:
        lines += [f"Not predicted: {len(missing)} numbers.", ""]
        lines += [f"- {row.study}, {row.instrument} {row.quantity}: {row.reason}" for row in missing]
        lines.append("")
    return lines


def summary_table(one: Summary) -> list[str]:
    """The main numbers of a split."""
    lines = ["| | |", "|---|---|", f"| predicted numbers | {one.rows} of {one.studies} studies |"]
    if one.coverage50 is None or one.coverage90 is None:
        return lines
    lines += [
        f"| inside the 50 % interval | {one.coverage50:.0%} |",
        f"| inside the 90 % interval | {one.coverage90:.0%} |",
        f"| interval score (yardsticks) | {one.interval_score:.2f} |",
        f"| median abs z | {one.median_abs_z:.2f} (without tau {one.median_abs_z_without_tau:.2f}) |",
    ]
    for name in NAMES:
        skill, sure = one.skill.get(name), one.p_better.get(name)
        if skill is not None and sure is not None:
            lines.append(f"| against {name.replace('_', ' ')} | {skill:+.0%} (p_better {sure:.2f}) |")
    return lines


def _cells(one: Summary) -> str:
    if one.coverage50 is None or one.coverage90 is None:
        return "| 0 | - | - | - | - |"
    inside = f"{one.coverage50:.0%} | {one.coverage90:.0%}"
    return f"| {one.rows} | {inside} | {one.interval_score:.2f} | {one.median_abs_z:.2f} |"


def tau_table(found: Validation) -> list[str]:
    """The between-study spread of the model beside that of the references."""
    names = [name for name in (MODEL, FITTED, *NAMES) if name in found.spread]
    lines = [
        f"| tau of | {' | '.join(name.replace('_', ' ') for name in names)} |",
        "|---|" + "---|" * len(names),
    ]
    used = sorted({row.scale.group for row in found.rows if row.predicted is not None})
    for group in used:
        cells = [f"{found.spread[name].of(group)[0]:.3g}" for name in names]
        lines.append(f"| {group} | {' | '.join(cells)} |")
    return lines


def misses(found: Validation) -> list[str]:
    """Every published number outside its 90 % interval."""
    lines = [
        "### Outside the 90 % interval",
        "",
        "| study | what | observed | predicted [90 %] | z |",
        "|---|---|---|---|---|",
    ]
    for row, verdict in zip(found.rows, found.verdicts, strict=True):
        if verdict is not None and not verdict.inside90:
            low, high = verdict.interval90
            lines.append(
                f"| {row.study} | {_what(row)} | {row.value:.3g} | {verdict.predicted:.3g} [{low:.3g}, {high:.3g}] | "
                f"{verdict.z:+.1f} |"
            )
    return lines if len(lines) > 4 else [*lines[:1], "", "None."]


def _what(row: Row) -> str:
    versus = f" minus {row.versus}" if row.versus else ""
    return f"{row.arm}{versus}, {row.instrument} {row.quantity}, day {row.time_d:.3g}"


def forest(found: Validation, split: str) -> str:
    """Every number on one axis: how far the prediction is from what was published, with both intervals."""
    data = [
        _mark(row, verdict, place)
        for place, (row, verdict) in enumerate(
            (row, verdict)
            for row, verdict in zip(found.rows, found.verdicts, strict=True)
            if verdict is not None
        )
    ]
    layers = _layers()
    chart = complete({"data": {"values": data}, "width": 420, "height": {"step": _ROW}, "layer": layers})
    words = (
        "Predicted minus published, in yardsticks of each kind of number: dot the prediction, thick line its 50 % "
        "and thin line its 90 % interval, grey band the published number with its 95 % interval."
    )
    return draw_svg(chart, f"forest-{split}", f"Predicted minus published: {_WORDS[split]}", words) + "\n"


def _mark(row: Row, verdict: Verdict, place: int) -> dict[str, Any]:
    scale, zero = row.scale, row.seen.place

    def at(value: float) -> float:
        return round(min(max((scale.to(value, row.n) - zero) / scale.yardstick, -_REACH), _REACH), 3)

    error = 1.96 * row.seen.se / scale.yardstick
    return {
        "what": f"{place + 1}. {row.study}: {_what(row)}",
        "x": at(verdict.predicted),
        "low": at(verdict.interval90[0]),
        "high": at(verdict.interval90[1]),
        "low50": at(verdict.interval50[0]),
        "high50": at(verdict.interval50[1]),
        "seen_low": round(max(-error, -_REACH), 3),
        "seen_high": round(min(error, _REACH), 3),
        "inside": "inside" if verdict.inside90 else "outside",
    }


def _layers() -> list[dict[str, Any]]:
    axis = {
        "field": "what",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 520, "labelFontSize": 10},
    }
    scale = {"domain": [-_REACH, _REACH]}

    def across(low: str, high: str) -> dict[str, Any]:
        title = "predicted minus published (yardsticks)"
        return {
            "y": axis,
            "x": {"field": low, "type": "quantitative", "scale": scale, "title": title},
            "x2": {"field": high},
        }

    colour = {
        "field": "inside",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": ["inside", "outside"], "range": [TREATED, DOSE]},
    }
    return [
        {"mark": {"type": "bar", "color": RULE, "height": 11}, "encoding": across("seen_low", "seen_high")},
        {"mark": {"type": "rule", "color": QUIET}, "encoding": {"x": {"datum": 0.0}}},
        {"mark": {"type": "rule"}, "encoding": {**across("low", "high"), "color": colour}},
        {"mark": {"type": "rule", "size": 4}, "encoding": {**across("low50", "high50"), "color": colour}},
        {
            "mark": {"type": "point", "filled": True, "size": 26, "color": INK, "opacity": 1},
            "encoding": across("x", "x"),
        },
    ]


def page_with(page: str, written: str) -> str:
    """The page with the written part between its two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{rest.partition(END)[2]}"


def main(arguments: Sequence[str]) -> None:
    """Write the page and its figures into a folder (docs when none is named)."""
    folder = Path(arguments[0] if arguments else "docs")
    written, figures = render(count=int(arguments[1]) if len(arguments) > 1 else None)
    page = folder / PAGE
    page.write_text(page_with(page.read_text(encoding="utf-8"), written), encoding="utf-8")
    (folder / "figures").mkdir(exist_ok=True)
    for name, drawing in figures.items():
        (folder / "figures" / name).write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
