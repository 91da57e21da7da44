"""Observables of the ledger, composites, days in pain and the slope of cortisol."""

import csv
from pathlib import Path

import numpy as np
import pytest

from vagus.body.output import load_outputs
from vagus.errors import VagusError
from vagus.evidence.book import open_book
from vagus.observe import (
    MENTAL,
    PHYSICAL,
    Observable,
    composite,
    composite_parts,
    cortisol_slope,
    list_instruments,
    load_observables,
    pain_days,
)

#: The names the ledger of claims uses, with the place of models.md it points to.
LEDGER = Path(__file__).parents[1] / "data" / "observables_of_claims.csv"
#: Read off people as a group; no output of one person can give them.
OF_GROUPS = {
    "chronic_pain", "madrs_response", "depression_incidence", "anxiety_incidence", "both_remission",
    "time_to_half_effect", "time_to_relapse", "systems_moved", "cycle_order", "shared_routes",
}  # fmt: skip


def ledger() -> dict[str, str]:
    with LEDGER.open(newline="") as file:
        return {row["claim"]: row["from"] for row in csv.DictReader(file)}


def test_the_model_has_every_observable_of_the_ledger_and_no_other() -> None:
    assert set(load_observables()) == set(ledger())
    run = {claim for claim, one in load_observables().items() if one.kind == "run"}
    assert run == OF_GROUPS
    assert all(not ledger()[claim].startswith("B.") or claim == "shared_routes" for claim in run)


@pytest.mark.parametrize("one", load_observables().values(), ids=lambda one: one.claim)
def test_an_observable_is_where_the_table_says(one: Observable) -> None:
    known = {
        "output": set(open_book().names),
        "score": set(list_instruments()),
        "derived": {MENTAL, PHYSICAL, "pain_days", "cortisol_slope"},
        "run": {one.name},
    }
    assert one.name in known[one.kind] and one.meaning


def test_outputs_of_the_ledger_with_a_unit_are_told_with_it() -> None:
    book = open_book()
    for one in load_observables().values():
        if (
            one.kind == "output"
            and not (book.dimensions.get(one.name) or book.dimensions["mood.arousal"]).is_plain
        ):
            assert one.name in load_outputs(), one.name


def people(seed: int, count: int = 40) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    names = {**composite_parts(MENTAL), **composite_parts(PHYSICAL)}
    return {name: rng.normal(10.0, 2.0, count) for name in names}


@pytest.mark.parametrize("name", [MENTAL, PHYSICAL])
def test_a_composite_has_mean_zero_in_its_reference_and_rises_when_anything_gets_better(name: str) -> None:
    known = people(1)
    before = composite(name, known, known)
    assert np.mean(before) == pytest.approx(0.0, abs=1e-12)
    for part, sign in composite_parts(name).items():
        better = known | {part: known[part] + 0.5 * sign}
        assert (composite(name, better, known) > before).all(), part


def test_a_part_in_which_nobody_differs_says_nothing() -> None:
    known = people(2) | {"pcl5": np.full(40, 3.0)}
    assert np.isfinite(composite(MENTAL, known, known)).all()


def test_a_composite_without_one_of_its_parts_is_refused() -> None:
    known = people(3)
    del known["gad7"]
    with pytest.raises(VagusError, match="V440"):
        composite(MENTAL, known, known)


def test_days_in_pain_count_the_window_before_the_visit_and_the_rest_before_day_zero() -> None:
    days = np.arange(0.0, 57.0)
    pain = np.where(days < 14, 0.5, 0.1)[None].repeat(2, axis=0)
    pain[1, 3] = np.nan
    share = pain_days(days, pain, np.array([0.0, 13.0, 27.0, 41.0]))
    assert share[0] == pytest.approx([1.0, 1.0, 0.5, 0.0])
    assert share[1, 0] == pytest.approx(1.0) and np.isnan(share[1, 1])


def test_the_slope_of_cortisol_is_the_rate_of_an_exponential_fall() -> None:
    hours = np.arange(0.0, 30.0)
    assert cortisol_slope(hours, np.exp(-0.08 * hours)[None]) == pytest.approx([0.08])
    with pytest.raises(VagusError, match="V445"):
        cortisol_slope(hours[:12], np.ones((1, 12)))
