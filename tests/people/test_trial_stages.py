"""Studies in phases, cross-overs, cases against controls, flexible doses."""

from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.people.endpoint import predict
from vagus.people.summary import flows
from vagus.people.trial import run_trial

from .studies import study_of

WITHDRAWAL = """
duration_d = 84
[population]
conditions = ["mdd"]
[[arm]]
name = "open"
dose = [{drug = "esketamine", route = "in", amount = 84, unit = "mg", days = [0, 3, 7, 10, 14, 17, 21, 24]}]
[[arm]]
name = "kept"
dose = [{drug = "esketamine", route = "in", amount = 84, unit = "mg", start_d = 28, every_d = 7}]
[[arm]]
name = "stopped"
dose = [{drug = "placebo", route = "in", start_d = 28, every_d = 7}]
[[phase]]
name = "induction"
until_d = 28
[[phase]]
name = "withdrawal"
until_d = 84
enter_if = "response"
instrument = "MADRS"
randomise = ["kept", "stopped"]
[[outcome]]
arm = "open"
instrument = "MADRS"
time_d = 28
quantity = "response"
value = 0.6
[[outcome]]
arm = "kept"
versus = "stopped"
instrument = "MADRS"
quantity = "hazard_ratio"
value = 0.5
cutoff = {relapse = 22}
[[outcome]]
arm = "stopped"
instrument = "MADRS"
quantity = "relapse"
time_d = 84
value = 0.5
cutoff = {relapse = 22}
"""

CROSS_OVER = """
duration_d = 7
[population]
conditions = ["mdd"]
[[arm]]
name = "ketamine"
n = 8
dose = [{drug = "ketamine", amount = 0.5, unit = "mg/kg"}]
[[arm]]
name = "saline"
n = 8
dose = [{drug = "saline"}]
[crossover]
order = [["ketamine", "saline"], ["saline", "ketamine"]]
washout_d = 14
[[outcome]]
arm = "ketamine"
versus = "saline"
instrument = "MADRS"
time_d = 1
quantity = "mean_difference"
contrast = "within"
value = -10
"""

CASES = """
[population]
conditions = ["mdd"]
[[arm]]
name = "mdd"
n = 50
[[arm]]
name = "controls"
n = 50
[arm.population]
conditions = ["healthy"]
[[outcome]]
arm = "mdd"
versus = "controls"
instrument = "crp"
quantity = "hedges_g"
contrast = "case-control"
value = 0.5
"""

FLEXIBLE = """
duration_d = 1
[population]
conditions = ["mdd"]
[[arm]]
name = "spray"
dose = [{drug = "esketamine", route = "in", unit = "mg", flexible = [56, 84]}]
[[outcome]]
arm = "spray"
instrument = "plasma_ketamine"
quantity = "cmax"
value = 80
"""


def test_responders_are_randomised_again(model: Model, tmp_path: Path) -> None:
    study = study_of(tmp_path, WITHDRAWAL)
    trial = run_trial(model, study, count=120)
    assert set(trial.arms) == {"open", "kept", "stopped"}
    opened, kept, stopped = (trial.arms[name] for name in ("open", "kept", "stopped"))
    share = predict(trial, study.outcomes[0])
    assert kept.size == stopped.size == round(share.mean * 120)
    assert np.array_equal(kept.rows, stopped.rows) and set(kept.rows) < set(opened.rows)
    before = trial.visits <= 24.0 * 28
    assert np.allclose(kept.totals["madrs"][:, before], opened.totals["madrs"][kept.rows][:, before])
    assert kept.totals["madrs"][:, -1].mean() < stopped.totals["madrs"][:, -1].mean()
    ratio, relapse = (predict(trial, one) for one in study.outcomes[1:])
    assert 0 < ratio.mean < 1 and 0 < relapse.mean < 1 and ratio.sd_sampling > 0


def test_a_cross_over_has_everybody_in_both_arms(model: Model, tmp_path: Path) -> None:
    study = study_of(tmp_path, CROSS_OVER)
    trial = run_trial(model, study, count=40)
    for arm in trial.arms.values():
        assert arm.size == 80
    assert sorted(set(trial.arms["ketamine"].start)) == [0.0, 24.0 * 14]
    within = predict(trial, study.outcomes[0])
    between = predict(
        trial, study.outcomes[0].__class__(**{**vars(study.outcomes[0]), "contrast": "between"})
    )
    assert within.mean == pytest.approx(between.mean) and within.mean < -3
    assert within.sd_sampling < between.sd_sampling


def test_cases_and_controls_are_people_of_their_own(model: Model, tmp_path: Path) -> None:
    study = study_of(tmp_path, CASES)
    trial = run_trial(model, study, count=300)
    found = predict(trial, study.outcomes[0])
    assert 0.2 < found.mean < 1.2 and found.reason is None
    assert found.sd_sampling == pytest.approx(np.sqrt(2 / 50), rel=0.25)
    assert trial.arms["mdd"].group is not trial.arms["controls"].group


def test_flexible_doses_are_chosen_by_tolerance(model: Model, tmp_path: Path) -> None:
    trial = run_trial(model, study_of(tmp_path, FLEXIBLE), count=150)
    (arm,) = trial.arms.values()
    peak = arm.values["ketamine.venous"].max(axis=1)
    sensitive = arm.group.people.p[model.parameter("biomarker.cadss_scale")]
    low = sensitive > np.quantile(sensitive, 0.67)
    assert peak[low].mean() < 0.85 * peak[~low].mean()


def test_cortisol_is_read_at_its_time_of_the_day(model: Model, tmp_path: Path) -> None:
    text = """
duration_d = 1
[population]
conditions = ["healthy"]
[[arm]]
name = "none"
first_dose_clock = "00:00"
[[outcome]]
arm = "none"
instrument = "cortisol_now"
quantity = "tmax"
unit = "h"
value = 8.5
[[outcome]]
arm = "none"
instrument = "cortisol_now"
quantity = "mean"
time_h = 0.3
value = 20
"""
    study = study_of(tmp_path, text)
    trial = run_trial(model, study, count=16)
    peak, night = (predict(trial, one).mean for one in study.outcomes)
    morning = trial.arms["none"].values["biomarker.cortisol_now"].max(axis=1).mean()
    assert 6.0 < peak < 10.0 and night < morning / 2


def test_a_phase_nobody_enters_is_told(model: Model, tmp_path: Path) -> None:
    text = WITHDRAWAL.replace('enter_if = "response"', 'enter_if = "remission"\ncutoff = {remission = 0}')
    text = text.replace("amount = 84", "amount = 0.01")
    study = study_of(tmp_path, text)
    trial = run_trial(model, study, count=8)
    assert trial.arms["kept"].size < 2
    found = predict(trial, study.outcomes[1])
    assert found.reason and "too few" in found.reason
    assert {flow.arm: flow.completed for flow in flows(trial)}["kept"] == trial.arms[
        "kept"
    ].arm.n * trial.arms["kept"].size
