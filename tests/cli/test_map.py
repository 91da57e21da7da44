"""`vagus map --cycle --svg`: the figures of the cycle in a folder of the user's choice."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from vagus.cli import cycle_docs
from vagus.cli import map as room

from .command import Command


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The minutes of computing left out; each of them is noted."""
    asked: list[str] = []
    monkeypatch.setattr(room, "cycle_record", lambda model: asked.append("record") or {"model": "m"})
    for place in (room, cycle_docs):
        monkeypatch.setattr(place, "cycle_text", lambda record: "the cycle in words")
    figure = SimpleNamespace(key="cycle-basins", title="Basins of health and illness", svg="<svg></svg>")
    monkeypatch.setattr(cycle_docs, "cycle_figures", lambda record: [figure])
    return asked


def test_figures_and_page_are_written_into_a_folder_that_is_made(
    vagus: Command, tmp_path: Path, computed: list[str]
) -> None:
    done = vagus("map", "--cycle", "--svg", "--out", tmp_path / "new" / "one")
    assert done.code == 0
    assert done.out.strip() == "the cycle in words"
    assert (tmp_path / "new/one/figures/cycle-basins.svg").read_text().startswith("<svg")
    assert (
        "![Basins of health and illness](figures/cycle-basins.svg)"
        in (tmp_path / "new/one/cycle.md").read_text()
    )
    assert vagus("map", "--cycle", "--svg", "--out", tmp_path, "--quiet").out == ""


@pytest.mark.parametrize("where", [(), ("--out", "taken")])
def test_figures_without_a_place_to_go_are_refused_before_anything_is_computed(
    where: tuple[str, ...],
    vagus: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    computed: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("a file")
    done = vagus("map", "--cycle", "--svg", *where)
    assert (done.code, computed) == (2, [])
    assert "V603" in done.err and "--out" in done.err
