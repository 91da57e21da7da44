"""The cycle of pain and depression: two states in the susceptible, one in the resilient, and an edge between them."""

import json
from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.cli.cycle import cycle_text
from vagus.cli.cycle_steps import order_words, steps_text
from vagus.evidence.course import Bodies
from vagus.evidence.cycle import (
    RESILIENT,
    SUSCEPTIBLE,
    Bench,
    basins,
    bench,
    carried,
    is_well,
    run_on,
    separatrix,
)
from vagus.evidence.experiment import settings
from vagus.evidence.field import person_of, sizes
from vagus.evidence.onset import (
    DEPRESSION,
    PAIN,
    WELL,
    agreement,
    begins,
    by_step,
    cycle_steps,
    early,
    seen_onsets,
)
from vagus.evidence.sequence import cut_ways, departures, direct_ways, hours_of, orders
from vagus.report.cycle import cycle_figures
from vagus.solve.continuation import leading_eigenvalue, newton
from vagus.solve.integrate import Control

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


def test_steps_begin_by_one_rule_and_the_page_says_where_the_order_fails(model: Model, ill: Bench) -> None:
    bodies = Bodies(model, Control(), 1)
    found = orders(model, ill.p, ill.well, bodies.mixed_spread, bodies.model_spread)
    usual = found["rows"][1]
    assert (usual["rule"], usual["injury"], usual["days"]) == ("sd", 0.6, 60.0)
    begun = {step: day for step, day in usual["onset_d"].items() if day is not None}
    assert not usual["never"]  # every step of the claim comes
    assert begun["nociception"] == min(day for name, day in begun.items() if name != "physical_function")
    # The cord is sensitized before mood falls, and pain is worse than the injury alone only once it is.
    assert begun["sensitization"] < min(begun["madrs"], begun["nrs_pain"])
    larger, smaller = found["rows"][2]["onset_d"], found["rows"][0]["onset_d"]
    assert larger["sensitization"] < begun["sensitization"] < smaller["sensitization"]
    assert smaller["madrs"] is None and larger["madrs"] < begun["madrs"]
    text = steps_text(
        {"order": found, "cut": [_cut()], "direct": [[6, 7]], "other_numbers": _other_numbers()}
    )
    assert order_words(usual) in text and "6 before 5" in text


def test_with_the_loop_kept_at_rest_there_is_no_worse_pain(model: Model, ill: Bench) -> None:
    """Pain beyond the injury alone needs the cycle: in the first hours there is none of it."""
    times = hours_of(60.0)
    moved = departures(model, ill.p, ill.well, [(0.6, 60.0)], times)[0]
    worse = moved[[step.observable for step in cycle_steps()].index("nrs_pain")]
    assert np.abs(worse[times <= 6.0]).max() < 0.01
    assert worse[-1] > 0.1


def test_cut_ways_tell_what_the_lasting_illness_hangs_on(model: Model, ill: Bench) -> None:
    rows = {
        row["cut"]: row for row in cut_ways(model, ill.p, ill.well, Bodies(model, Control(), 1).mixed_spread)
    }
    assert set(rows) == {"nothing", *settings()["cycle"]["ways"]}
    assert rows["nothing"]["lasts"]["madrs"] > 0.5
    for name in ("depression to pain control", "sensitized cord to pain"):
        assert abs(rows[name]["lasts"]["madrs"]) < 0.1
        assert abs(rows[name]["lasts"]["sensitization"]) < 0.1
    assert rows["pain to mood"]["lasts"]["madrs"] > 0.5  # what pain does to sleep is enough
    assert rows["sensitized cord to pain"]["most"]["nrs_pain"] < 0.5 * rows["nothing"]["most"]["nrs_pain"]


def test_model_has_no_arrow_from_pain_control_to_transmitters(model: Model) -> None:
    """The wiring of the design: transmitters feed pain control. So step 3 cannot cause step 4 straight away."""
    ways = direct_ways(model)
    assert (4, 3) in ways and (6, 7) in ways and (4, 5) in ways
    assert (3, 4) not in ways and (2, 3) not in ways


def test_step_begins_when_it_stays_and_the_first_observable_decides() -> None:
    times = np.arange(0.0, 24.0 * 30.0, 24.0)
    course = np.zeros((times.size, 3))
    course[3:6, 0] = course[12:, 0] = 1.0  # three days do not count, what lasts does
    course[28:, 1] = 1.0  # beyond at the end, which has lasted as far as anybody saw
    assert begins(times, course, 0.5).tolist() == [24.0 * 12, 24.0 * 28, np.inf]
    steps = cycle_steps()
    onset = np.array([100.0 - k for k in range(len(steps))])
    found = by_step(steps, onset)
    assert sorted(found) == [2, 3, 4, 5, 6, 7] and found[4] == onset[4]
    assert by_step(steps, onset, every=True)[4] == onset[2]
    assert early(found) == [(3, 2), (4, 3), (5, 4), (6, 5), (7, 6)]
    assert agreement({2: 1.0, 3: 2.0, 4: np.inf}) == pytest.approx(1.0)
    assert agreement({2: 3.0, 3: 2.0, 4: 1.0}) == pytest.approx(-1.0)
    assert agreement({2: np.inf, 3: np.inf}) == 0.0


def _cut() -> dict[str, object]:
    flat = {step.observable: 1.0 for step in cycle_steps()}
    return {"cut": "nothing", "way": [], "most": flat, "lasts": flat}


def _other_numbers() -> dict[str, object]:
    none = {str(step): 0 for step in range(3, 8)}
    return {"drawn": 4, "well_before": 3, "ill_after": 2, "in_order": 0, "in_order_every": 0,
            "early": {**none, "6": 2}, "agreement": [0.1, 0.2, 0.3]}  # fmt: skip


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
        "steps": _steps(),
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


def _steps() -> dict[str, object]:
    onset = {step.observable: float(step.place) for step in cycle_steps()}
    row = {"amount": 0.5, "injury": 0.6, "days": 60.0, "onset_d": onset, "early": [], "never": [], "agreement": 1.0,
           "steps": {str(step): float(step) for step in range(2, 8)}}  # fmt: skip
    observables = [
        {"step": step.place, "observable": step.observable, "meaning": step.observable.replace("_", " "),
         "decides": step.decides, "sd": 0.2, "largest": 2.0, "year": 1.0, "curve": [[0.0, 0.0], [5.0, 2.0]]}
        for step in cycle_steps()
    ]  # fmt: skip
    rows = [{**row, "rule": "sd"}, {**row, "rule": "every"}, {**row, "rule": "sd", "days": None}]
    order = {"observables": observables, "rows": rows}
    return {"order": order, "cut": [_cut()], "direct": [[2, 3]], "other_numbers": _other_numbers()}


def test_what_studies_saw_of_the_steps_is_told_beside_the_days_of_the_model() -> None:
    known = {(step.place, step.observable) for step in cycle_steps()}
    rows = seen_onsets()
    assert {(row.place, row.observable) for row in rows} <= known
    assert all(row.not_by is None or row.not_by < row.by for row in rows)
    text = steps_text(_steps())
    for row in rows:
        assert f"{row.finding} ([{row.citation}](https://doi.org/{row.doi}))" in text
    # In the made-up record step 6 begins on day 6: in mice it was there by day 7, and step 5 not yet on day 7.
    assert "| 6 | sensitization | mice | - | 7 | 6, alike |" in text
    assert "| 5 | madrs | mice | 7 | 15 | 5, earlier |" in text


def test_people_differ_in_transmitters_more_than_those_of_the_model(model: Model) -> None:
    bodies = Bodies(model, Control(), 1)
    for name in ("serotonin.extracellular", "catecholamine.dopamine"):
        assert bodies.mixed_spread[name] > settings()["spread"]["dopamine"] > bodies.model_spread[name]


def test_page_says_in_which_way_the_order_is_kept_or_broken() -> None:
    steps = _steps()
    assert "begin in the order that is said" in steps_text(steps)
    row = {"early": [[4, 3]], "never": [5]}
    assert order_words(row) == "4 before 3, 5 never"
    assert order_words({"early": [], "never": []}) == "as said"
