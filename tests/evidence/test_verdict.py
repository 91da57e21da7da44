"""The rule of the ledger: each branch of it, on made-up people."""

import numpy as np
import pytest

from vagus.evidence.statement import Assertion, Groups
from vagus.evidence.verdict import (
    CONSTRUCTION,
    CONTRADICTED,
    NOT_SUPPORTED,
    SHOWN,
    WEAKER,
    Effect,
    Interval,
    effect_of,
    flatters,
    shortfalls,
    verdict_of,
    worst_of,
)

RNG = np.random.default_rng(5)
WELL = RNG.normal(10.0, 2.0, 800)


def assertion(sign: str = "+", evidence: str = "strong", mcid: float | None = None) -> Assertion:
    return Assertion("hr", sign, evidence, Groups(("mdd",), ("healthy",)), 0.0, mcid=mcid)


def shifted(sd: float) -> np.ndarray:
    return RNG.normal(10.0 + 2.0 * sd, 2.0, 800)


def test_effect_is_the_difference_in_pooled_standard_deviations() -> None:
    found = effect_of(WELL + 1.0, WELL, paired=True)
    assert found.difference == pytest.approx(1.0)
    assert found.s == pytest.approx(1.0 / WELL.std(ddof=1))
    assert found.high - found.low < 1e-9  # everybody moved alike


def test_interval_of_a_standardised_difference_holds_the_truth_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        found = effect_of(rng.normal(1.0, 2.0, 200), rng.normal(0.0, 2.0, 200), paired=False)
        inside += found.s_low <= 0.5 <= found.s_high
    assert 0.92 <= inside / 400 <= 0.98


def test_who_cannot_be_read_is_left_out_on_both_sides_of_a_pair() -> None:
    first, second = WELL.copy() + 1.0, WELL.copy()
    first[3], second[5] = np.nan, np.nan
    assert effect_of(first, second, paired=True).n == WELL.size - 2


def test_nobody_who_differs_and_nothing_that_moves_is_no_effect() -> None:
    found = effect_of(np.full(50, 3.0), np.full(50, 3.0 + 1e-9), paired=True)
    assert (found.s, found.s_low, found.s_high) == (0.0, 0.0, 0.0)


def test_shown_needs_direction_size_and_certainty() -> None:
    assert verdict_of(assertion(), effect_of(shifted(0.8), WELL, False)) == SHOWN
    assert verdict_of(assertion("-"), effect_of(shifted(0.8), WELL, False)) == WEAKER
    assert verdict_of(assertion("-"), effect_of(shifted(-0.8), WELL, False)) == SHOWN
    assert verdict_of(assertion(), effect_of(WELL + 0.2, WELL, True)) == WEAKER  # certain but small
    assert (
        verdict_of(assertion(), effect_of(shifted(0.5)[:12], WELL[:12], False)) == WEAKER
    )  # large but uncertain


def test_least_important_difference_and_published_interval_have_to_be_reached() -> None:
    found = effect_of(shifted(0.8), WELL, False)
    assert verdict_of(assertion(mcid=1.0), found) == SHOWN
    assert verdict_of(assertion(mcid=3.0), found) == WEAKER
    assert verdict_of(assertion(), found, Interval(0.6, 0.9, True)) == SHOWN
    assert verdict_of(assertion(), found, Interval(0.1, 0.3, True)) == WEAKER
    assert verdict_of(assertion(), found, Interval(1.0, 2.0, False)) == SHOWN


def test_no_difference_is_shown_by_an_interval_within_a_fifth() -> None:
    assert verdict_of(assertion("0"), effect_of(WELL + 0.1, WELL, True)) == SHOWN
    assert verdict_of(assertion("0"), effect_of(WELL + 1.0, WELL, True)) == WEAKER


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        ("weak", NOT_SUPPORTED),
        ("untested", NOT_SUPPORTED),
        ("contradicted", CONTRADICTED),
        ("definition", CONSTRUCTION),
        ("structural", CONSTRUCTION),
    ],
)
def test_evidence_decides_whatever_the_run_shows(evidence: str, verdict: str) -> None:
    for sd in (-1.0, 1.0):
        assert verdict_of(assertion(evidence=evidence), effect_of(shifted(sd), WELL, False)) == verdict


def test_model_that_agrees_against_the_record_flatters() -> None:
    test = assertion(evidence="contradicted")
    assert flatters(test, effect_of(shifted(0.8), WELL, False))
    assert not flatters(test, effect_of(shifted(-0.8), WELL, False))
    assert not flatters(assertion(), effect_of(shifted(0.8), WELL, False))


def test_worst_of_tests_is_the_verdict_of_a_claim() -> None:
    assert worst_of([SHOWN, WEAKER, SHOWN]) == WEAKER
    assert worst_of([SHOWN, CONTRADICTED, NOT_SUPPORTED]) == CONTRADICTED
    assert worst_of([CONSTRUCTION, SHOWN]) == SHOWN
    assert worst_of([CONSTRUCTION]) == CONSTRUCTION


def test_people_who_differ_among_themselves_but_not_by_the_step_show_nothing() -> None:
    """What a solver leaves between two runs of one person is no effect, however certain it looks."""
    noise = 1e-7 + 1e-9 * RNG.normal(size=WELL.size)
    found = effect_of(WELL + noise, WELL, paired=True)
    assert (found.difference, found.s, found.s_low, found.s_high) == (0.0, 0.0, 0.0, 0.0)
    assert not flatters(assertion(evidence="contradicted"), found)
    assert effect_of(WELL + 0.01, WELL, paired=True).s_low > 0


def test_what_keeps_a_test_from_being_shown_is_said_in_words() -> None:
    small = effect_of(WELL + 0.1, WELL, paired=True)
    assert [words[:12] for words in shortfalls(assertion(), small)] == ["only 0.05 SD"]
    unsure = Effect(1.0, -0.5, 2.5, 0.5, -0.2, 1.2, 11.0, 10.0, 60)
    assert shortfalls(assertion(), unsure) == ["its interval reaches zero"]
    clear = effect_of(WELL + 2.0, WELL, paired=True)
    assert shortfalls(assertion("-"), clear) == ["it goes the other way"]
    assert shortfalls(assertion("0"), clear) == [
        "the difference may be +0.96 to +1.06 SD, where the rule wants it within 0.2"
    ]
    assert shortfalls(assertion(mcid=3.0), clear) == ["only 2, where 3 is the least that matters"]
    assert shortfalls(assertion(), clear, Interval(0.1, 0.3, True)) == [
        "not within the 0.1 to 0.3 SD of studies"
    ]


@pytest.mark.parametrize("sign", ["+", "-", "0"])
@pytest.mark.parametrize("moved", [-2.0, -0.2, 0.0, 0.2, 2.0])
@pytest.mark.parametrize("mcid", [None, 1.0])
@pytest.mark.parametrize("published", [None, Interval(0.4, 0.8, False)])
def test_reasons_are_given_where_and_only_where_the_rule_says_weaker(
    sign: str, moved: float, mcid: float | None, published: Interval | None
) -> None:
    test, effect = assertion(sign, mcid=mcid), effect_of(WELL + moved, WELL, paired=True)
    assert bool(shortfalls(test, effect, published)) == (verdict_of(test, effect, published) == WEAKER)
