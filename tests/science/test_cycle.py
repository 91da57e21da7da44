"""The cycle of pain and depression: two states in the susceptible, one in the resilient, and an edge between them."""

import json
from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.cli.cycle import cycle_text, order_words
from vagus.evidence.cycle import (
    DEPRESSION,
    PAIN,
    RESILIENT,
    SUSCEPTIBLE,
    WELL,
    Bench,
    basins,
    bench,
    carried,
    is_well,
    run_on,
    separatrix,
    steps_in_order,
)
from vagus.evidence.field import person_of, sizes
from vagus.report.cycle import cycle_figures
from vagus.solve.continuation import leading_eigenvalue, newton

pytestmark = pytest.mark.slow
OWN = "pain.ongoing_activity"


@pytest.fixture(scope="module")
def ill(model: Model) -> Bench:
    return bench(model, SUSCEPTIBLE)


def test_same_injury_leaves_the_susceptible_ill_and_the_resilient_well(model: Model, ill: Bench) -> None:
    well = bench(model, RESILIENT)
    assert well.state(well.after)[DEPRESSION] < WELL[DEPRESSION]
    assert well.state(well.after)[PAIN] < WELL[PAIN]
    assert ill.state(ill.well)[DEPRESSION] < 0.1
    assert ill.state(ill.after)[DEPRESSION] > 0.6
    assert ill.state(ill.after)[PAIN] > 0.1


def test_both_states_of_the_susceptible_are_steady_and_stable(model: Model, ill: Bench) -> None:
    """Newton stays where five years of the run ended, and every disturbance dies out."""
    for start in (ill.well, ill.after):
        person = person_of(model, ill.p, start)
        field, own = person.field(OWN), float(ill.p[model.parameter(OWN)])
        y, good = newton(field, start[person.moving], own, sizes(start[person.moving]))
        assert good
        assert np.abs(y - start[person.moving]).max() < 0.02
        assert leading_eigenvalue(field, y, own) < 0


def test_edge_lies_between_the_states_and_comes_nearer_with_residual_input(ill: Bench) -> None:
    low, high = separatrix(ill, "pain.resting_nociception", [0.0, 0.1])
    for row in (low, high):
        assert row["well_stays"] and row["ill_stays"]
        assert 0.0 < row["part"] < 1.0
        assert row["width"] < 1e-3
    assert high["part"] < low["part"]


def test_health_is_left_when_the_residual_input_is_large_and_hysteresis_keeps_the_ill(
    model: Model, ill: Bench
) -> None:
    """Same person, same input, two states; a larger input leaves only one."""
    (row,) = separatrix(ill, "pain.resting_nociception", [0.45])
    assert not row["well_stays"] and row["ill_stays"]


def test_basins_hold_both_ends(ill: Bench) -> None:
    found = np.array(basins(ill)["well"])
    assert found[0, 0]
    assert not found[-1, -1]


def test_one_trait_alone_carries_no_resilient_person_across(model: Model, ill: Bench) -> None:
    rows = carried(bench(model, RESILIENT), ill)
    assert rows[-1]["ill"]
    assert not any(row["ill"] for row in rows if len(row["traits"]) < 2)


def test_injury_comes_first_and_depression_late(ill: Bench) -> None:
    begun = {row["observable"]: row["onset_d"] for row in steps_in_order(ill)}
    assert begun["nociception"] < begun["descending_inhibition"] < begun["madrs"]
    # An injury limits movement at once; everything of the brain waits for its signals.
    assert begun["nociception"] == min(day for name, day in begun.items() if name != "physical_function")


def test_states_are_where_long_runs_end(model: Model, ill: Bench) -> None:
    again = run_on(model, ill.after[:, None], ill.people.p)
    assert not is_well(model, again)[0]
    assert np.abs(again[:, 0] - ill.after).max() < 1e-2 * np.abs(ill.after).max()


def test_page_names_every_figure_and_every_figure_is_drawn() -> None:
    docs = Path(__file__).parents[2] / "docs"
    text = (docs / "cycle.md").read_text(encoding="utf-8")
    for name in ("cycle-steps", "cycle-basins", "cycle-plans-susceptible", "cycle-pain-ongoing-activity"):
        assert f"figures/{name}.svg" in text
        assert (docs / "figures" / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg")


def test_record_of_few_points_is_drawn_and_told() -> None:
    point = {"value": 0.4, "depression": 0.9, "pain": 0.2, "stable": True}
    curve = {"from": "ill", "points": [point, {**point, "value": 0.5, "stable": False}]}
    row = {"parameter": OWN, "own": 0.48, "low": 0.2, "high": 0.7, "curves": [curve], "folds": [point]}
    state = {DEPRESSION: 0.9, PAIN: 0.2}
    days = {f"day_{day}": state for day in (28, 84, 365, 1825)}
    plan = {
        "plan": ["ssri"],
        "well_after_five_years": False,
        **days,
        "curve": [[0.0, 0.9, 0.2], [9.0, 0.8, 0.2]],
    }
    record = {
        "model": "key",
        "states": {SUSCEPTIBLE: {"before": state, "after": state}},
        "steps": [{"step": 2, "observable": "nociception", "onset_d": 0.1, "half_d": 1.0, "largest": 0.5,
                   "curve": [[0.0, 0.0], [5.0, 0.5]]}],
        "diagrams": [row],
        "resilient": [{**row, "folds": []}],
        "separatrix": [{"value": 0.0, "well_stays": True, "ill_stays": False}],
        "basins": {"parts": [0.0, 1.0], "well": [[True, True], [True, False]]},
        "carried": [{"traits": [], "ill": False, **state}],
        "ranking": [],
        "interventions": {SUSCEPTIBLE: [plan]},
    }  # fmt: skip
    json.dumps(record)
    assert "0.48" in cycle_text(record)
    for figure in cycle_figures(record):
        assert figure.svg.startswith("<svg")
        assert "<script" not in figure.svg


def test_page_says_which_steps_do_not_come_in_the_order_that_is_said() -> None:
    rows = [{"step": 2, "onset_d": 0.1}, {"step": 3, "onset_d": 6.0}, {"step": 4, "onset_d": 1.6}]
    assert "4 before 3" in order_words(rows) and "3 before 2" not in order_words(rows)
    assert "in the order that is said" in order_words(rows[:2]) and "before" not in order_words(rows[:2])
