"""The comparison of published with predicted numbers: on made-up studies whose truth is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from vagus.errors import VagusError
from vagus.learn.between import Spread, design_weights, fit_spread, read_spread, spread_table
from vagus.learn.comparison import (
    Given,
    Row,
    judge,
    judge_model,
    model_spread,
    skill_against,
    summarise,
)
from vagus.learn.reference import Curve, facts, fit_references, no_change
from vagus.learn.scale import COLUMNS, SCALES, Observed, observed, read_scales, scale_of


def a_row(study: str = "one2020", **changed: object) -> Row:
    quantity = str(changed.get("quantity", "change"))
    instrument = str(changed.get("instrument", "madrs"))
    scale = scale_of(quantity, instrument)
    value = float(changed.get("value", -12.0))  # type: ignore[arg-type]
    row = Row(
        study=study,
        split="calibrate",
        file=f"{study}.toml",
        number=1,
        arm="drug",
        versus="",
        instrument=instrument,
        quantity=quantity,
        time_d=1.0,
        unit="points",
        conditions=("mdd",),
        drug="ketamine",
        route="iv",
        n=40.0,
        value=value,
        scale=scale,
        seen=observed(scale, quantity, value, sizes=[40.0], sd=9.0),
    )
    return replace(row, **changed)


def test_every_kind_of_number_comes_back_from_its_scale() -> None:
    cases = [("change", "madrs", -7.5), ("response", "madrs", 0.37), ("odds_ratio", "madrs", 2.4)]
    cases += [("cmax", "plasma_ketamine", 204.0), ("change", "sbp", 16.0), ("correlation", "madrs", -0.3)]
    cases += [("mean_difference", "cortisol", 9.0), ("smd", "madrs", 0.4)]
    kinds = set()
    for quantity, instrument, value in cases:
        scale = scale_of(quantity, instrument)
        kinds.add(scale.kind)
        assert scale.back(scale.to(value)) == pytest.approx(value, rel=1e-9)
        tiny = 1e-5 * abs(value)
        steep = (scale.to(value + tiny) - scale.to(value - tiny)) / (2 * tiny)
        assert scale.slope(value) == pytest.approx(steep, rel=1e-4)
    assert kinds == set(SCALES)


@pytest.mark.parametrize("row", ["*,score,cubic,1,score,1,1,0.5,x", "*,score,log,0,score,1,1,0.5,x"])
def test_a_scale_that_does_not_exist_is_told_with_its_line(tmp_path: Path, row: str) -> None:
    path = tmp_path / "scales.csv"
    path.write_text(",".join(COLUMNS) + "\n" + row + "\n")
    with pytest.raises(VagusError, match=r"V470 .*scales.csv, line 2"):
        read_scales(path)


def test_a_change_counts_as_a_part_of_the_range_of_its_scale() -> None:
    assert scale_of("change", "madrs").to(-12.0) == pytest.approx(-0.2)
    assert scale_of("change", "phq9").to(-5.4) == pytest.approx(-0.2)


def test_nobody_and_everybody_stay_finite() -> None:
    scale = scale_of("response", "madrs")
    assert scale.to(0.0, 20.0) == pytest.approx(np.log(0.5 / 20.5))
    assert scale.to(1.0, 20.0) == pytest.approx(-scale.to(0.0, 20.0))


def test_the_error_of_a_published_number() -> None:
    change, share = scale_of("change", "madrs"), scale_of("response", "madrs")
    assert observed(change, "change", -12.0, sizes=[25.0], se=1.5).se == pytest.approx(1.5 / 60)
    assert observed(change, "change", -12.0, sizes=[25.0], sd=9.0).se == pytest.approx(9.0 / 5 / 60)
    two = observed(change, "difference", -8.0, sizes=[25.0, 16.0], sd=9.0)
    assert two.se == pytest.approx(9.0 * np.sqrt(1 / 25 + 1 / 16) / 60)
    told = observed(change, "change", -12.0, sizes=[25.0], ci=(-15.0, -9.0), ci_level=0.9)
    assert told.by == "ci" and told.se == pytest.approx(3.0 / norm.ppf(0.95) / 60)
    counted = observed(share, "response", 0.4, sizes=[50.0])
    assert counted.by == "counts" and counted.se == pytest.approx(np.sqrt(1 / (50 * 0.4 * 0.6)))
    taken = observed(change, "change", -12.0, sizes=[25.0])
    assert taken.by == "default" and taken.se == pytest.approx(0.2 / 5)


def test_tau_is_found_again() -> None:
    random = np.random.default_rng(5)
    rows = 400
    variance = random.uniform(0.01, 0.09, rows)
    residual = np.sqrt(variance) * random.standard_normal(rows) + 0.4 * random.standard_normal(rows)
    names = [f"study {i}" for i in range(rows)]
    found = fit_spread(["rate"] * rows, names, residual, variance, {"rate": 0.6, "relapse": 0.7})
    assert found.tau["rate"] == pytest.approx(0.4, rel=0.15)
    # No row speaks of relapse: it is held at its expectation, moved the way the others moved.
    assert 0.35 < found.tau["relapse"] < 0.7
    assert found.studies == {"rate": rows, "relapse": 0}


def test_outliers_are_heavy_tails_not_a_wide_middle() -> None:
    random = np.random.default_rng(6)
    residual = 0.3 * student.rvs(3, size=400, random_state=random)
    names = [f"study {i}" for i in range(400)]
    found = fit_spread(["rate"] * 400, names, residual, np.full(400, 1e-4), {"rate": 0.5})
    assert found.freedom <= 5
    assert found.tau["rate"] == pytest.approx(0.3, rel=0.2)


def test_a_study_that_tells_one_thing_often_is_not_many_studies() -> None:
    """Twenty numbers of one study close to the prediction do not hide that two other studies lie far off."""
    residual = np.array([0.01] * 20 + [1.0, -1.0])
    many = [f"study {i}" for i in range(22)]
    one = ["one"] * 20 + ["two", "three"]
    expected, variance = {"rate": 0.3}, np.full(22, 1e-4)
    apart = fit_spread(["rate"] * 22, many, residual, variance, expected)
    together = fit_spread(["rate"] * 22, one, residual, variance, expected)
    assert together.tau["rate"] > 1.5 * apart.tau["rate"]
    assert design_weights(["rate"] * 3, ["a", "a", "b"], 0.3) == pytest.approx([1 / 1.3, 1 / 1.3, 1.0])


def test_fewer_studies_leave_wider_tails() -> None:
    few = Spread({"rate": 0.5}, 200.0, {"rate": 3}, {"rate": 2})
    many = Spread({"rate": 0.5}, 200.0, {"rate": 300}, {"rate": 90})
    assert few.of("rate")[1] < many.of("rate")[1]


def test_the_table_of_spreads_is_read_as_written(tmp_path) -> None:
    spread = Spread({"rate": 0.5, "relapse": 0.7}, 7.0, {"rate": 12}, {"rate": 4})
    path = tmp_path / "tau.csv"
    path.write_text(spread_table({"model": spread}))
    back = read_spread(path)["model"]
    assert back.tau == spread.tau and back.freedom == 7.0
    assert back.rows["rate"] == 12 and back.studies["rate"] == 4
    assert read_spread(tmp_path / "none.csv") == {}


@pytest.mark.parametrize("cell", ["tau", "-0.5", "0"])
def test_a_wrong_table_of_spreads_is_refused(tmp_path, cell: str) -> None:
    path = tmp_path / "tau.csv"
    path.write_text(f"predictor,group,tau,freedom,rows,studies\nmodel,rate,{cell},7,1,1\n")
    with pytest.raises(Exception, match="V471") as error:
        read_spread(path)
    assert error.value.line == 2


def test_z_interval_and_score_by_hand() -> None:
    row = a_row(predicted=-18.0, se_mc=0.6, sampling=1.8)
    spread = Spread({row.scale.group: 0.05}, 1e9, {}, {row.scale.group: 10**9})
    verdict = judge_model(row, spread)
    assert verdict is not None
    se = 9.0 / np.sqrt(40) / 60
    assert verdict.z == pytest.approx(-0.1 / np.sqrt(se**2 + 0.01**2 + 0.05**2))
    assert verdict.z_without_tau == pytest.approx(-0.1 / np.sqrt(se**2 + 0.01**2))
    wide = np.sqrt(0.01**2 + 0.03**2 + 0.05**2)
    low, high = -0.3 - 1.644854 * wide, -0.3 + 1.644854 * wide
    assert verdict.interval90 == pytest.approx((60 * low, 60 * high), rel=1e-5)
    assert verdict.inside90 == (low <= -0.2 <= high) and not verdict.inside50
    missed = max(0.0, -0.2 - high)
    assert verdict.score == pytest.approx((high - low + 20 * missed) / row.scale.yardstick, rel=1e-5)
    far = replace(row, value=12.0, seen=Observed(0.2, se, "sd"))
    missed_far = judge_model(far, spread)
    assert missed_far is not None and not missed_far.inside90 and missed_far.score > verdict.score


def test_intervals_hold_what_they_say_when_the_model_is_right() -> None:
    random = np.random.default_rng(7)
    scale = scale_of("change", "madrs")
    rows = []
    for study in range(500):
        truth = random.normal(-0.25, 0.1)
        n = int(random.integers(10, 100))
        seen = truth + 0.07 * random.standard_normal() + 0.15 / np.sqrt(n) * random.standard_normal()
        told = observed(scale, "change", 60 * seen, sizes=[n], sd=9.0)
        made = a_row(f"s{study}", value=60 * seen, n=float(n), seen=told)
        rows.append(replace(made, predicted=60 * truth, se_mc=0.2, sampling=9.0 / np.sqrt(n)))
    spread = model_spread(rows)
    assert spread.tau[scale.group] == pytest.approx(0.07, rel=0.2)
    found = summarise([(row, verdict) for row in rows if (verdict := judge_model(row, spread))])
    assert found.coverage90 == pytest.approx(0.9, abs=0.04)
    assert found.coverage50 == pytest.approx(0.5, abs=0.06)
    assert found.median_abs_z == pytest.approx(0.674, abs=0.08)
    assert found.median_abs_z_without_tau is not None and found.median_abs_z_without_tau > found.median_abs_z


def test_no_change_says_what_it_can() -> None:
    assert no_change(a_row()) == 0.0
    assert no_change(a_row(quantity="odds_ratio")) == 0.0
    share = scale_of("response", "madrs")
    assert no_change(a_row(quantity="response", scale=share)) == share.to(facts()["least_share"])
    level = scale_of("mean", "madrs")
    assert no_change(a_row(quantity="mean", scale=level, baseline=33.0)) == pytest.approx(33 / 60)
    assert no_change(a_row(quantity="mean", scale=level)) is None
    assert no_change(a_row(quantity="cmax", instrument="plasma_ketamine")) is None


def test_the_mean_of_rows_never_reads_the_study_itself() -> None:
    rows = [a_row("a", value=-6.0), a_row("b", value=-12.0), a_row("c", value=-18.0, conditions=("ptsd",))]
    mean = fit_references(rows)["mean_of_rows"]
    assert mean(rows[0]) == pytest.approx(-0.2)
    assert mean(a_row("new")) == pytest.approx(-0.15)
    # Another condition has no row of its own: the instrument's mean stands in, without its own study.
    assert mean(rows[2]) == pytest.approx(-0.15)
    assert mean(a_row("new", quantity="auc", instrument="crp", scale=scale_of("auc", "crp"))) is None


def test_two_exponentials_find_a_course_again() -> None:
    start = {name: ends[1] for name, ends in facts()["start"].items()}
    truth = Curve({**start, "height": 0.3, "slow_d": 12.0, "saline": 0.08, "carry": 0.1})
    rows = []
    for study, doses in enumerate(([0.0], [0.0, 3.0, 7.0], [0.0, 2.0, 4.0, 7.0, 9.0, 11.0], [])):
        given = Given(tuple((day, 1.0) for day in doses), False, "saline")
        for day in (1.0, 3.0, 7.0, 12.0, 21.0, 28.0):
            value = 60 * truth.change(given, day)
            rows.append(a_row(f"s{study}", value=value, time_d=day, given=given))
    found = fit_references(rows)["two_exponentials"]
    new = a_row("new", time_d=5.0, given=Given(((0.0, 1.0), (4.0, 1.0)), False, "saline"))
    assert found(new) == pytest.approx(truth.change(new.given, 5.0), abs=0.02)
    pair = replace(new, quantity="difference", versus="saline", against=Given((), False, "saline"))
    assert found(pair) == pytest.approx(truth.change(new.given, 5.0) + 0.08 * (1 - np.exp(-1)), abs=0.02)
    assert found(a_row("new", instrument="nrs_pain", scale=scale_of("change", "nrs_pain"))) is None


def test_skill_is_over_common_rows_and_bootstrapped_over_studies() -> None:
    spread = Spread({"score change": 0.05}, 7.0, {}, {"score change": 30})
    rows = [a_row(f"s{i}", predicted=-12.0 + (i % 3 - 1), se_mc=0.3, sampling=1.4) for i in range(12)]
    mine = [(row, verdict) for row in rows if (verdict := judge_model(row, spread))]
    errors = {"se_mc": 0.0, "sampling": 0.02}
    worse = [judge(row, 0.1, errors, spread) for row in rows]
    skill, sure = skill_against(mine, worse)
    assert skill is not None and skill > 0.3 and sure == 1.0
    same = [verdict for _, verdict in mine]
    assert skill_against(mine, same)[0] == pytest.approx(0.0)
    assert skill_against(mine, [None] * 12) == (None, None)
    half = [one if i < 6 else None for i, one in enumerate(worse)]
    assert skill_against(mine, half)[0] == pytest.approx(
        1 - sum(v.score for _, v in mine[:6]) / sum(v.score for v in worse[:6])
    )
