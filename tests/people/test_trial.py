"""Trials with virtual people: predictions, shared people, belief, leaving, phases, cross-over, power."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.errors import VagusError
from vagus.people.adjust import numbers_of
from vagus.people.blinding import belief_of, control_of
from vagus.people.dropout import leave
from vagus.people.endpoint import predict
from vagus.people.power import assurance, power_of, randomised, sample_size
from vagus.people.rating import Raters
from vagus.people.repeated import repeated_difference
from vagus.people.study_record import Dropout, Study
from vagus.people.summary import flows, summaries
from vagus.people.survival import hazard_ratio, log_rank, median_time, share_by
from vagus.people.trial import Trial, run_trial

from .studies import TWO_ARMS, study_of

ENDPOINT = 0


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study_of(tmp_path_factory.mktemp("studies"), TWO_ARMS)


@pytest.fixture(scope="module")
def trial(model: Model, study: Study) -> Trial:
    return run_trial(model, study, count=300)


def test_every_outcome_is_predicted_or_says_why(trial: Trial) -> None:
    for outcome in trial.study.outcomes:
        found = predict(trial, outcome)
        if outcome.quantity == "dropout_rate":
            assert found.reason and np.isnan(found.mean)
            continue
        assert found.reason is None and np.isfinite(found.mean), outcome
        assert 0 <= found.se_mc < found.sd_sampling, outcome
        if outcome.quantity == "correct_guess_rate":  # everybody guesses by a chance of their own
            p = found.mean
            assert found.sd_sampling == pytest.approx(np.sqrt(p * (1 - p) / outcome.n), rel=0.05)


def test_the_mean_is_that_of_the_virtual_people(trial: Trial) -> None:
    change = trial.study.outcomes[0]
    found = predict(trial, change)
    totals = trial.arms["ketamine"].totals["madrs"]
    day_1 = int(np.argmin(np.abs(trial.visits - 24.0)))
    moved = totals[:, day_1] - totals[:, 0]
    assert found.mean == pytest.approx(moved.mean())
    assert found.sd_person == pytest.approx(moved.std(ddof=1))
    assert found.sd_sampling == pytest.approx(moved.std() / np.sqrt(40), rel=0.15)
    assert found.se_mc == pytest.approx(moved.std() / np.sqrt(300), rel=0.15)


def test_arms_share_their_people(trial: Trial) -> None:
    """The variance of an arm difference is less than a third of what arms of different people would have."""
    day_1 = int(np.argmin(np.abs(trial.visits - 24.0)))
    one, other = (trial.arms[name].totals["madrs"][:, day_1] for name in ("ketamine", "midazolam"))
    assert np.var(one - other) < (np.var(one) + np.var(other)) / 3
    assert np.array_equal(trial.arms["ketamine"].group.who, trial.arms["midazolam"].group.who)
    assert np.array_equal(
        trial.arms["ketamine"].totals["madrs"][:, 0], trial.arms["midazolam"].totals["madrs"][:, 0]
    )


def test_the_same_seed_gives_the_same_trial(model: Model, study: Study, trial: Trial) -> None:
    again, other = run_trial(model, study, count=300), run_trial(model, study, count=40, seed=2)
    for name, arm in trial.arms.items():
        assert np.array_equal(arm.totals["madrs"], again.arms[name].totals["madrs"])
        assert not np.array_equal(arm.totals["madrs"][:40], other.arms[name].totals["madrs"])


def test_who_feels_the_drug_believes_in_it(model: Model, trial: Trial) -> None:
    ketamine, midazolam = trial.arms["ketamine"].belief, trial.arms["midazolam"].belief
    numbers = numbers_of(model, None)
    assert (
        midazolam == pytest.approx(numbers.belief("midazolam"))
    ) and ketamine.mean() > midazolam.mean() + 0.3
    assert np.ptp(ketamine) > 0
    rising = belief_of(numbers, "saline", np.linspace(0, 1, 5))
    assert (np.diff(rising) > 0).all() and rising[0] == pytest.approx(numbers.belief("saline"))
    unfelt = belief_of(numbers, "anaesthesia", np.linspace(0, 1, 5))
    assert np.ptp(unfelt) == 0


def test_a_population_set_moves_the_control_arm(model: Model, study: Study, trial: Trial) -> None:
    hopeful = run_trial(model, study, count=100, adjust={"blinding:midazolam": 0.95})
    day_1 = int(np.argmin(np.abs(trial.visits - 24.0)))
    usual, more = (one.arms["midazolam"].totals["madrs"][:100, day_1].mean() for one in (trial, hopeful))
    assert more < usual - 1.0


@pytest.mark.parametrize(
    ("blinding", "drug", "control"),
    [
        ("", 'drug = "saline", route = "iv"', "saline"),
        ("", 'drug = "placebo", route = "oral", every_d = 1', "tablet"),
        ("", 'drug = "placebo", route = "nasal"', "spray"),
        ("", 'drug = "midazolam", amount = 2, unit = "mg"', "midazolam"),
        ('blinding = {control = "open"}', 'drug = "saline"', "open"),
    ],
)
def test_the_control_is_read_off_the_arms(tmp_path: Path, blinding: str, drug: str, control: str) -> None:
    text = f"""
duration_d = 7
[population]
conditions = ["mdd"]
[[arm]]
name = "a"
dose = [{{drug = "ketamine", amount = 0.5, unit = "mg/kg"}}]
{blinding}
[[arm]]
name = "b"
dose = [{{{drug}}}]
"""
    study = study_of(tmp_path, text)
    assert control_of(study, study.arm("a")) == control


def test_people_leave_more_often_when_they_do_not_improve(model: Model, tmp_path: Path) -> None:
    text = TWO_ARMS.replace("duration_d = 14", "duration_d = 42")
    text += "\n[dropout]\nrate_per_week = 0.1\nlog_odds_per_point = 0.15\n"
    trial = run_trial(model, study_of(tmp_path, text), count=400)
    for arm in trial.arms.values():
        gone = np.isfinite(arm.leaving.hour)
        assert 0.25 < gone.mean() < 0.6
        last = arm.totals["madrs"][:, -1] - arm.totals["madrs"][:, 0]
        assert last[gone].mean() > last[~gone].mean()
        assert not arm.leaving.seen[gone, -1].any() and arm.leaving.seen[:, 0].all()
    lines = {(line.arm, line.way): line for line in summaries(trial)}
    seen, carried, stayed = (lines["ketamine", way] for way in ("observed case", "LOCF", "completers"))
    assert seen.n <= stayed.n < carried.n == 400
    assert 0.25 < predict(trial, trial.study.outcomes[5]).mean < 0.6 or trial.study.outcomes[5].time_d == 14
    for flow in flows(trial):
        assert flow.entered == flow.rescued + flow.left + flow.completed


def test_who_does_not_improve_enough_is_rescued_and_counts_as_no_responder(model: Model) -> None:
    visits = 24.0 * np.array([0.0, 7.0, 14.0, 21.0])
    totals = np.array(
        [
            [30.0, 30.0, 15.0, 15.0],  # late, but well by the first look
            [30.0, 28.0, 27.0, 10.0],  # too little on day 14: what comes later is not seen
            [30.0, 10.0, 12.0, 29.0],  # falls back on day 21
            [30.0, 20.0, np.nan, 20.0],  # not asked on day 14
            [0.0, 0.0, 0.0, 0.0],  # had nothing to lose
        ]
    )
    raters = Raters(numbers_of(model, None), 1, "rescue")
    rule = Dropout(rescue_below=0.2, rescue_from_d=14.0)
    found = leave(rule, totals, visits, list(range(5)), raters)
    assert found.hour.tolist() == [np.inf, 336.0, 504.0, np.inf, np.inf]
    assert found.rescued.tolist() == [False, True, True, False, False]
    assert not found.seen[1, 3]
    nobody = leave(Dropout(), totals, visits, list(range(5)), raters)
    assert np.isinf(nobody.hour).all() and nobody.seen.all() and not nobody.rescued.any()


def test_a_study_with_a_rule_for_rescue_has_fewer_responders(model: Model, tmp_path: Path) -> None:
    rescued = "\n[dropout]\nrescue_below = 0.3\nrescue_from_d = 7\n"
    plain, ruled = (
        run_trial(model, study_of(tmp_path, TWO_ARMS + more), count=120) for more in ("", rescued)
    )
    for name, arm in ruled.arms.items():
        assert np.array_equal(arm.totals["madrs"], plain.arms[name].totals["madrs"])
        gone = np.isfinite(arm.leaving.hour)
        assert 0 < gone.sum() < 120 and np.array_equal(gone, arm.leaving.rescued)
    active, control = (ruled.arms[name].leaving.rescued.mean() for name in ("ketamine", "midazolam"))
    assert active < control  # who gets the drug needs less rescue
    day = replace(
        plain.study.outcomes[0], quantity="response", versus=None, cutoff={"response": 0.3}, time_d=14.0
    )
    before, after = (predict(one, day).mean for one in (plain, ruled))
    assert after < before


def test_arms_of_the_same_treatment_are_the_same_in_everything(model: Model, tmp_path: Path) -> None:
    """Nothing is drawn by arm: people, ratings, luck, belief and leaving are those of the person."""
    first, second = TWO_ARMS.index("[[arm]]"), TWO_ARMS.index("[[arm]]", TWO_ARMS.index("[[arm]]") + 1)
    arm = TWO_ARMS[first:second]
    head, tail = TWO_ARMS[:first], TWO_ARMS[TWO_ARMS.index("[[outcome]]") :]
    text = head + arm + arm.replace('name = "ketamine"', 'name = "midazolam"') + tail
    text += "\n[dropout]\nrate_per_week = 0.2\nlog_odds_per_point = 0.1\nrescue_below = 0.1\n"
    blood = 'versus = "midazolam"\ninstrument = "crp"\ntime_d = 7\nquantity = "difference"\nvalue = 0\n'
    text += f'[[outcome]]\narm = "ketamine"\n{blood}'
    trial = run_trial(model, study_of(tmp_path, text), count=80)
    one, other = trial.arms.values()
    assert np.isfinite(one.leaving.hour).any()
    for key, totals in one.totals.items():
        assert np.array_equal(totals, other.totals[key], equal_nan=True)
        assert np.array_equal(one.screening[key], other.screening[key])
    for name, value in one.values.items():
        assert np.array_equal(value, other.values[name])
    assert np.array_equal(one.belief, other.belief)
    for name, value in vars(one.leaving).items():
        assert np.array_equal(value, vars(other.leaving)[name]), name
    assert predict(trial, trial.study.outcomes[-1]).mean == 0  # a sample of blood is one of the person, too


def test_power_grows_with_size_and_the_size_is_found(trial: Trial) -> None:
    endpoint = trial.study.endpoints[ENDPOINT]
    small, large = (power_of(trial, endpoint, sizes=(n, n), replicates=400) for n in (6, 60))
    assert small.power < large.power
    found = sample_size(trial, endpoint, 0.8, replicates=400)
    assert found is not None and found.power >= 0.8
    none = power_of(trial, replace(endpoint, arm="midazolam"), sizes=(40, 40), replicates=2000)
    assert none.power == pytest.approx(0.05, abs=0.02)


def test_power_of_shares_and_what_cannot_be_tested(trial: Trial) -> None:
    endpoint = replace(trial.study.endpoints[ENDPOINT], quantity="response")
    assert 0 < power_of(trial, endpoint, replicates=200).power <= 1
    for wrong in (replace(endpoint, versus=None), replace(endpoint, quantity="prevalence")):
        with pytest.raises(VagusError, match="V466"):
            power_of(trial, wrong)


def test_assurance_is_the_mean_over_population_sets(model: Model, study: Study) -> None:
    sets = [{"blinding:midazolam": belief} for belief in (0.1, 0.9)]
    mean, each = assurance(model, study, study.endpoints[ENDPOINT], sets, count=60, replicates=200)
    assert mean == pytest.approx(np.mean(each)) and each[0] > each[1]


def test_one_realised_study(trial: Trial) -> None:
    rows = randomised(trial)
    assert rows["ketamine"].size == 40 and rows["midazolam"].size == 20
    assert not set(rows["ketamine"]) & set(rows["midazolam"])
    over = repeated_difference(trial, trial.study.endpoints[ENDPOINT])
    assert over.low < over.difference < over.high and over.people == 60 and "GEE" in over.method
    pool = trial.arms["ketamine"].totals["madrs"].mean(axis=0) - trial.arms["midazolam"].totals["madrs"].mean(
        axis=0
    )
    day_7 = int(np.argmin(np.abs(trial.visits - 168.0)))
    assert over.difference == pytest.approx(pool[day_7], abs=4 * over.se)


def test_arms_without_a_model_are_told_and_left_out(model: Model, tmp_path: Path) -> None:
    text = TWO_ARMS.replace(
        'dose = [{drug = "midazolam", amount = 0.045, unit = "mg/kg"}]', 'dose = [{drug = "ect"}]'
    )
    study = study_of(tmp_path, text)
    trial = run_trial(model, study, count=20)
    assert "midazolam" in trial.unrun and set(trial.arms) == {"ketamine"}
    assert predict(trial, study.outcomes[1]).reason
    nothing = replace(study, arms=tuple(arm for arm in study.arms if arm.reason))
    with pytest.raises(VagusError, match="V465"):
        run_trial(model, nothing, count=20)
    with pytest.raises(VagusError, match="V409"):
        run_trial(model, study, count=0)


def test_times_to_events() -> None:
    first = np.array([[2.0, 4.0, 6.0, 8.0], [1.0, 1.0, 0.0, 1.0]])
    assert share_by(first, 4.0) == pytest.approx(0.5) and share_by(first, 1.0) == 0.0
    assert median_time(first) == 4.0
    rare = np.array([[10.0, 10.0, 10.0, 5.0], [0.0, 0.0, 0.0, 1.0]])
    assert median_time(rare) == pytest.approx(np.log(2) * 35.0)
    rng = np.random.default_rng(1)
    slow, fast = (np.stack([rng.exponential(span, 4000), np.ones(4000)]) for span in (2.0, 1.0))
    assert hazard_ratio(slow, fast) == pytest.approx(0.5, rel=0.06)
    p, log = log_rank(slow, fast)
    assert p < 1e-6 and log == pytest.approx(np.log(hazard_ratio(slow, fast)))
    nobody = np.array([[5.0, 5.0], [0.0, 0.0]])
    assert np.isnan(hazard_ratio(nobody, nobody)) and np.isfinite(hazard_ratio(nobody, fast[:, :5]))
