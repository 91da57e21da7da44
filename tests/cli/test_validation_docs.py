"""The page of the validation: written from studies, between its marks, with figures that carry no script."""

import shutil
from pathlib import Path

import pytest

from vagus.cli.validation_docs import BEGIN, END, digest, page_with, render
from vagus.evidence.kept import SHORT, model_hash
from vagus.tables import atlas_path

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    folder = tmp_path_factory.mktemp("studies")
    for name in ("otto1311", "otto1311_norketamine"):
        shutil.copy(atlas_path("studies", f"{name}.toml"), folder)
    return render(folder, count=12)


def test_the_page_tells_both_splits(written) -> None:
    page, figures = written
    assert "## Studies that were never fitted" in page and "## Studies that were fitted" in page
    assert "| predicted numbers | 8 of 1 studies |" in page
    assert "| inside the 90 % interval |" in page and "| tau of |" in page
    assert set(figures) == {"validation-validate.svg", "validation-calibrate.svg"}
    for name, drawing in figures.items():
        assert drawing.count("otto1311") >= 8 and "<script" not in drawing
        assert f"figures/{name}" in page


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    page = page_with(f"above\n{BEGIN}\nold\n{END}\nbelow\n", "new")
    assert page == f"above\n{BEGIN}\n\nnew\n\n{END}\nbelow\n"
    assert page_with(page, "newer").count("new") == 1


def test_the_page_in_the_docs_is_of_the_studies_that_ship() -> None:
    page = (DOCS / "validation.md").read_text(encoding="utf-8")
    assert f"Studies: {digest(atlas_path('studies'))}." in page


def test_the_page_in_the_docs_is_of_the_model_that_ships() -> None:
    """No change of the model without its validation run again: the changelog tells of these numbers."""
    page = (DOCS / "validation.md").read_text(encoding="utf-8")
    assert f"tables `{model_hash()[:SHORT]}`." in page, "run `make validate`"
