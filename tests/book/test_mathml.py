"""Equations of the book as MathML: names whole, lines of one equation below one another, signs between their sides."""

import importlib.util
from types import ModuleType
from xml.etree import ElementTree

import pytest

from .pages import DOCS

pytest.importorskip("sphinx", reason="the book is built with the extra `book`")
pytest.importorskip("latex2mathml", reason="the book is built with the extra `book`")


@pytest.fixture(scope="module")
def mathml() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mathml", DOCS / "_extensions" / "mathml.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_name_is_one_word(mathml: ModuleType) -> None:
    words = ElementTree.fromstring(mathml.mathml(r"\mathrm{half\_life} \cdot \mathrm{x}"))
    assert [one.text for one in words.iter() if one.tag.endswith("mi")] == ["half_life", "x"]
    assert {one.get("mathvariant") for one in words.iter() if one.tag.endswith("mi")} == {"normal"}
    assert not [
        one for one in words.iter() if one.tag.endswith("mtext")
    ]  # signs between texts stand too close


def test_lines_of_an_equation_become_rows(mathml: ModuleType) -> None:
    text = "\\begin{aligned}\n\\mathrm{x} ={}& \\mathrm{a} \\\\\n& {} + \\mathrm{b}\n\\end{aligned}"
    table = ElementTree.fromstring(mathml.mathml(text))
    rows = [one for one in table.iter() if one.tag.endswith("mtr")]
    assert len(rows) == 2 and all(len(row) == 2 for row in rows)
    signs = [one.get("form") for one in table.iter() if one.tag.endswith("mo")]
    assert signs == ["infix", "infix"]


def test_no_entity_is_left(mathml: ModuleType) -> None:
    assert "&amp;#" not in mathml.mathml(r"\frac{1}{2} - (\mathrm{a} + 1)")
