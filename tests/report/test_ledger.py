"""The ledger page: what every claim answers, and that each source is one click away."""

import re
from typing import Any

import pytest

from vagus.report.ledger import ledger_html

STUDY = {
    "row": "a",
    "finding": "a rise of three",
    "citation": "Able 2020",
    "doi": "10.1000/able",
    "split": "calibrate",
}


def a_test(verdict: str, why: list[str], **own: Any) -> dict[str, Any]:
    effect = {
        "effect": 1.0, "ci": [0.5, 1.5], "standardised": 0.1, "standardised_ci": [0.05, 0.15], "means": [2.0, 1.0],
        "n": 60, "groups": "mdd against healthy", "published": None,
    }  # fmt: skip
    return {
        "observable": "hr", "meaning": "heart rate", "unit": "1/min", "spread": None, "time": "day 84", "site": "",
        "mcid": None, "sign": "+", "grade": "strong", "grade_words": "many studies agree", "verdict": verdict,
        "why": why, "people": 20, "seeds_agree": True, **effect, "contrasts": [{**effect, "verdict": verdict}],
        "studies": [STUDY], "failure": "", **own,
    }  # fmt: skip


def page(*tests: dict[str, Any]) -> str:
    claim = {
        "id": "X01", "section": "made_up", "systems": ["autonomic"], "claim": "the heart races",
        "verdict": tests[-1]["verdict"], "counts": {}, "flatters": False, "failures": [], "sure": "so", "groups": [],
        "tests": list(tests), "arrows": [], "worst_arrow": "",
    }  # fmt: skip
    record = {
        "model": "m" * 64, "seeds": [1, 2, 3], "seconds": 2.0, "good": True, "verdicts": {claim["verdict"]: 1},
        "failures": [], "flatters": [], "claims": [claim],
    }  # fmt: skip
    return ledger_html(record)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_every_finding_stands_beside_a_link_to_its_source() -> None:
    html = page(a_test("shown", []))
    before = html[: html.index("<details>")]  # nothing has to be opened first
    assert '<a href="https://doi.org/10.1000/able" rel="noreferrer">Able 2020</a>' in before
    assert "A rise of three." in words(before)


def test_source_without_an_address_says_so_and_one_for_validation_is_marked() -> None:
    told = words(page(a_test("shown", [], studies=[{**STUDY, "doi": "", "split": "validate"}])))
    assert "Able 2020 (no address known) (kept for validation, shown only)" in told


def test_reasons_of_a_verdict_are_told_once_for_the_tests_that_share_them() -> None:
    why = ["only 0.10 SD, where the rule asks 0.2"]
    told = words(page(a_test("weaker than said", why), a_test("weaker than said", why, meaning="sugar")))
    assert (
        "Why this verdict Heart rate at day 84 and sugar at day 84: only 0.10 SD, where the rule asks 0.2."
        in told
    )


def test_how_sure_tells_the_grades_of_the_evidence() -> None:
    assert "How well the direction is known: many studies agree." in words(page(a_test("shown", [])))
    few = a_test("not supported", [], grade="weak", grade_words="studies are few")
    told = words(page(a_test("shown", []), few))
    assert "many studies agree (1 of 2 tests); studies are few (1 of 2 tests)" in told


@pytest.mark.parametrize(("verdict", "said"), [("shown", True), ("by construction", False)])
def test_a_verdict_without_shortfalls_says_why_only_where_a_rule_was_met(verdict: str, said: bool) -> None:
    assert ("Every test goes the way that is said" in words(page(a_test(verdict, [])))) == said


def test_text_of_others_cannot_break_out_of_the_page() -> None:
    bad = {**STUDY, "finding": "<script>x()</script>", "doi": "javascript:alert(1)"}
    html = page(a_test("shown", [], studies=[bad]))
    assert "<script>x()" not in html
    assert "javascript:" not in html


@pytest.mark.parametrize(
    ("unit", "effect", "told"),
    [
        ("r", 0.241, "Heart rate: higher by 24.1 % of the healthy mean at day 84"),
        ("share", -0.031, "Heart rate: lower by 3.1 in 100 people at day 84"),
        ("0..10", 2.0, "Heart rate: higher by 2 points of 10 at day 84"),
        ("1/min", 7.16, "Heart rate: higher by 7.16 1/min at day 84"),
    ],
)
def test_a_difference_is_told_in_words_that_fit_its_unit(unit: str, effect: float, told: str) -> None:
    assert told in words(page(a_test("shown", [], unit=unit, effect=effect)))


def test_a_sentence_says_which_way_and_leaves_out_which_is_better() -> None:
    told = words(page(a_test("shown", [], meaning="mood, higher is better", unit="0..1", effect=-0.2)))
    assert "Mood: lower by 0.2 on a scale of 0 to 1" in told
