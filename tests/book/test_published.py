"""What studies found stands on the page of its system, beside what the model does, from the records as they are."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from vagus.cli import body_docs
from vagus.tables import atlas_path, read_rows

from .pages import DOCS

pytest.importorskip("docutils", reason="the book is built with the extra `book`")

PAGE = """# x
## Next to what studies found
| condition | output | published | model d (95 %) | verdict | source |
|---|---|---|---|---|---|
| mdd | biomarker.testosterone | -0.462 (-0.612 to -0.312) | -0.47 (-0.55 to -0.42) | near | A |
| mdd | biomarker.il6 | 0.61 | +0.64 (+0.56 to +0.75) | near | A |
| mdd | gut.permeability | 0.69 | +over 10 | direction | A |
| mdd | gut.dysbiosis | - | -0.2 (-0.3 to -0.1) | direction | A |
| ptsd | immune.autoimmune | + | (x1.83) | no spread | A |
## Every output
| mdd | biomarker.tnf | 0.61 | +0.64 (+0.56 to +0.75) | near | A |
"""


@pytest.fixture(scope="module")
def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("published", DOCS / "_extensions" / "published.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["published"] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def test_sizes_are_read_off_the_page_of_the_resting_body(made: ModuleType) -> None:
    rows = made.seen_at_rest(PAGE)
    assert [(row.condition, row.output) for row in rows] == [
        ("mdd", "biomarker.testosterone"),
        ("mdd", "biomarker.il6"),
    ]
    assert rows[0].found == (-0.462, -0.612, -0.312) and rows[1].found == (0.61, 0.61, 0.61)
    assert rows[1].model == (0.64, 0.56, 0.75)
    now = made.seen_at_rest(Path(made.RESTING).read_text(encoding="utf-8"))
    published = {
        (row["condition"], row["name"]) for row in read_rows(atlas_path("resting.csv"), ("condition", "name"))
    }
    assert len(now) > 15 and {(row.condition, row.output) for row in now} <= published


def test_what_a_clinic_measures_belongs_to_the_systems_it_reads(made: ModuleType) -> None:
    found = made.systems_of()
    assert "gonadal" in found["biomarker.testosterone"]
    assert {"kynurenine"} <= found["biomarker.plasma_kynurenine"] and "immune" in found["biomarker.il6"]
    assert found["gut.permeability"] == {"gut"}


def test_the_figure_has_both_for_every_row(made: ModuleType) -> None:
    drawing = made.figure("immune", made.seen_at_rest(PAGE))
    words = "".join(ElementTree.fromstring(drawing).itertext())
    for one in ("mdd: il6", "mdd: testosterone", "studies", "model", "studies 0.61, model 0.64"):
        assert one in words


def test_findings_stand_beside_verdicts(made: ModuleType) -> None:
    told = made.told_by_claims()
    claims = {row["claim"] for row in read_rows(atlas_path("claim_evidence.csv"), ("claim",))}
    assert {one.claim for rows in told.values() for one in rows} <= claims
    assert {"mood", "immune", "gonadal", "gut"} <= told.keys()
    assert all(one.finding and one.verdict and one.model for rows in told.values() for one in rows)


def test_every_page_of_a_system_asks_for_its_own() -> None:
    for page in body_docs.Body().modules:
        text = (DOCS / "body" / f"{page}.md").read_text(encoding="utf-8")
        assert text.count("```{published}") == 1 and f"```{{published}} {page}\n```" in text
