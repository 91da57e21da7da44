"""The page of the documentation about the cycle of pain and depression.

`python -m vagus.cli.cycle_docs docs` writes docs/cycle.md and its figures.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..body.model import load_model
from ..report.cycle import cycle_figures
from .cycle import cycle_record, cycle_text

PAGE, FIGURES = "cycle.md", "figures"


def page(record: Mapping[str, Any], figures: Mapping[str, str]) -> str:
    """The page of the documentation, with its figures before the tables."""
    lines = ["# The cycle of pain and depression", ""]
    lines += [
        "Written by `python -m vagus.cli.cycle_docs docs`; change nothing by hand. `vagus map --cycle` prints it.",
        "The typical susceptible and resilient person, in day means, without the slow swing of the load. Steady states",
        "by Newton and pseudo-arclength continuation, stability by the eigenvalues of their derivatives, edges by runs",
        "of five years: after one year a slow passage looks like an illness. Nearly every strength of this cycle is of",
        "grade `assumed`: the page says what the model holds, not what is known of people.",
        "",
    ]
    for name, words in figures.items():
        lines += [f"![{words}]({FIGURES}/{name})", ""]
    return "\n".join([*lines, cycle_text(record), ""])


def main(folder: str = "docs") -> None:
    """Write the page and its figures into a folder."""
    record = cycle_record(load_model())
    drawn = cycle_figures(record)
    Path(folder, FIGURES).mkdir(parents=True, exist_ok=True)
    for figure in drawn:
        Path(folder, FIGURES, f"{figure.key}.svg").write_text(figure.svg + "\n", encoding="utf-8")
    names = {f"{figure.key}.svg": figure.title for figure in drawn}
    Path(folder, PAGE).write_text(page(record, names), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
