"""Published behaviour: every row of atlas/behaviour.csv, and the pages made of them (docs/behaviour.md).

A gap must still be one: when the model comes to reach it, the row is no gap any more and the docs must say so.
"""

from pathlib import Path

import pytest

from vagus.body.model import Model
from vagus.cli import behaviour_docs
from vagus.evidence.behaviour import EXPERIMENTS, Bench, finding
from vagus.evidence.observed import USES, Observed, read_observed
from vagus.tables import read_sources

ROWS = read_observed()
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def bench(model: Model) -> Bench:
    return Bench(model)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_the_model_does_what_people_did(bench: Bench, row: Observed) -> None:
    value = finding(row.key.partition(".")[0], bench).values[row.key]
    if row.use == "gap":
        assert not row.low <= value <= row.high, "no gap any more"
    else:
        assert row.low <= value <= row.high


def test_every_row_has_an_experiment_a_use_and_a_source() -> None:
    assert {row.key.partition(".")[0] for row in ROWS} == set(EXPERIMENTS)
    assert {row.use for row in ROWS} <= set(USES)
    assert {row.source for row in ROWS} <= set(read_sources())
    assert len({row.key for row in ROWS}) == len(ROWS)
    assert all(row.note for row in ROWS if row.use == "gap")


def test_the_page_and_its_figures_are_current(model: Model) -> None:
    written, figures = behaviour_docs.render(model)
    page = (DOCS / behaviour_docs.PAGE).read_text(encoding="utf-8")
    command = "run `python -m vagus.cli.behaviour_docs docs`"
    assert behaviour_docs.page_with(page, written) == page, command
    folder = DOCS / behaviour_docs.FIGURES
    assert {path.name for path in folder.glob("behaviour-*.svg")} == set(figures)
    for name, drawing in figures.items():
        assert (folder / name).read_text(encoding="utf-8") == drawing, command
