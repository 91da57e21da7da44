"""The page of the documentation about the cycle of pain and depression.

`python -m vagus.cli.cycle_docs docs` writes docs/cycle.md and its figures.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..body.model import load_model
from ..errors import fail
from ..report.cycle import cycle_figures
from .cycle import cycle_record, cycle_text
from .show import write_whole

PAGE, FIGURES = "cycle.md", "figures"


def page(record: Mapping[str, Any], figures: Mapping[str, str]) -> str:
    """The page of the documentation, with its figures before the tables."""
    lines = ["# The cycle of pain and depression", ""]
    lines += [
        "Written by `python -m vagus.cli.cycle_docs docs`; change nothing by hand. `vagus map --cycle` prints it, and",
        "`vagus map --cycle --svg --out FOLDER` writes it with its figures.",
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
    make_folder(Path(folder))
    write_cycle(cycle_record(load_model()), Path(folder))


def make_folder(folder: Path) -> None:
    """The folder of the page and that of its figures in it, made where they are not there; raises V603."""
    try:
        (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise fail("V603", path=folder, reason=reason, hint="choose another folder with --out") from None


def write_cycle(record: Mapping[str, Any], folder: Path) -> None:
    """The page and its figures in a folder that `make_folder` made; raises V603."""
    drawn = cycle_figures(record)
    for figure in drawn:
        write_whole(folder / FIGURES / f"{figure.key}.svg", figure.svg + "\n")
    names = {f"{figure.key}.svg": figure.title for figure in drawn}
    write_whole(folder / PAGE, page(record, names))


if __name__ == "__main__":
    main(*sys.argv[1:])
