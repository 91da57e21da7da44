"""The table of resting differences: sums by hand, verdicts, and that the shipped page is the one the command writes."""

from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import load_model
from vagus.evidence.book import open_book
from vagus.evidence.resting_table import (
    CONDITIONS,
    Difference,
    difference,
    outputs,
    page,
    published,
    resting_differences,
    typical_rows,
    verdict,
)
from vagus.tables import Row

PAGE = Path(__file__).parents[2] / "docs" / "resting.md"


def row(published_value: str, sign: str, low: str = "", high: str = "") -> Row:
    return Row({"published": published_value, "sign": sign, "low": low, "high": high}, "resting.csv", 2)


def test_a_difference_by_hand() -> None:
    well = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    one = difference(well + 2.0, well)
    assert one.d == pytest.approx(2.0 / np.sqrt(2.5)) and one.ratio == pytest.approx(5.0 / 3.0)
    assert one.low < one.d < one.high


def test_where_nobody_differs_there_is_no_standard_deviation_to_count_in() -> None:
    one = difference(np.full(5, 2.0), np.full(5, 1.0))
    assert one.d is None and one.ratio == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("value", "sign", "low", "high", "d", "words"),
    [
        ("-0.46", "-", "-0.61", "-0.31", -0.5, "within the interval"),
        ("-0.46", "-", "-0.61", "-0.31", -0.9, "too large"),
        ("0.7", "+", "", "", 0.6, "near"),
        ("0.7", "+", "", "", 0.2, "too small"),
        ("0.7", "+", "", "", 1.5, "too large"),
        ("0.7", "+", "", "", -0.1, "wrong direction"),
        ("", "-", "", "", -0.1, "direction as published"),
        ("0.0", "0", "", "", 0.1, "as published"),
        ("0.0", "0", "", "", 0.5, "not as published"),
        ("0.7", "+", "", "", 8.0, "direction as published; no size, people differ too little here"),
    ],
)
def test_verdicts(value: str, sign: str, low: str, high: str, d: float, words: str) -> None:
    assert verdict(row(value, sign, low, high), Difference(d, d, d, 1.0)) == words


def test_every_row_names_a_condition_an_output_and_a_study() -> None:
    names = set(open_book().names)
    for one in published():
        assert one["condition"] in CONDITIONS and one["name"] in names and one["name"] in outputs()
        assert one["citation"] and one["row"].startswith("OB-") and one["sign"] in ("+", "-", "0")


@pytest.mark.slow
def test_the_page_is_current_and_what_is_held_to_evidence_still_holds() -> None:
    model = load_model()
    found = resting_differences(model, 200, 1)
    assert PAGE.read_text(encoding="utf-8") == page(found, typical_rows(model), 200, 1) + "\n"
    told = {
        (one["condition"], one["name"]): verdict(one, found[one["condition"]][one["name"]])
        for one in published()
    }
    for name in ("rmssd", "crp_mg", "il6", "cortisol", "bdnf"):
        assert told["mdd", f"biomarker.{name}"] in ("near", "within the interval"), name
    assert told["ptsd", "biomarker.cortisol"] == "near"
