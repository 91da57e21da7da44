"""What an outcome means: when relapse is counted from, in which unit, and what has no number of its own."""

from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.learn.gather import rows_of
from vagus.people.endpoint import predict, variance_ratio
from vagus.people.measured import seen_of
from vagus.people.study_unit import slope_unit
from vagus.people.trial import Trial, run_trial
from vagus.people.watch import course_end, watch_begins

from .studies import study_of

ACUTE = "[0, 2, 4, 7, 9, 11]"
TEXT = f"""
duration_d = 84
[population]
conditions = ["mdd"]
[[arm]]
name = "monthly"
n = 30
dose = [
  {{drug = "ketamine", amount = 0.5, unit = "mg/kg", days = {ACUTE}}},
  {{drug = "ketamine", amount = 0.5, unit = "mg/kg", days = [39, 67]}},
]
[[arm]]
name = "stop"
n = 30
dose = [{{drug = "ketamine", amount = 0.5, unit = "mg/kg", days = {ACUTE}}}]
[[arm]]
name = "daily"
n = 30
dose = [{{drug = "escitalopram", amount = 10, every_d = 1}}]
"""
OUTCOMES = (
    ("median_time", 'unit = "d"'),
    ("median_time", 'unit = "week"'),
    ("relapse", "time_d = 40"),
    ("relapse", "time_d = 84"),
    ("relapse", "time_d = 5"),
    ("slope", 'unit = "points/week"\ntime_d = 28'),
    ("slope", 'unit = "points/d"\ntime_d = 28'),
    ("response", "time_d = 28"),
    ("prevalence", "time_d = 28\ncutoff = {prevalence = 20}"),
    ("auc", 'unit = "d"'),
)
DAY, WEEK, BY_40, BY_84, BY_5, PER_WEEK, PER_DAY, RESPONSE, PREVALENCE, AREA = range(len(OUTCOMES))


def outcome(arm: str, quantity: str, rest: str, instrument: str = "MADRS", versus: str = "") -> str:
    other = f'versus = "{versus}"\n' if versus else ""
    head = f'[[outcome]]\narm = "{arm}"\n{other}instrument = "{instrument}"\nquantity = "{quantity}"\n'
    return f"{head}{rest}\nvalue = 0.1\n"


@pytest.fixture(scope="module")
def trial(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    text = TEXT + "".join(outcome("stop", *one) for one in OUTCOMES)
    text += outcome("monthly", "relapse", "time_d = 84", versus="stop")
    text += outcome("monthly", "response", "time_d = 28", versus="stop")
    text += outcome("stop", "cmax", "", "CADSS") + outcome("stop", "tmax", 'unit = "min"', "CADSS")
    text += outcome("monthly", "cmax", "", "plasma_ketamine", versus="stop")
    text += outcome("monthly", "mean", "time_d = 84", "crp", versus="stop")
    return run_trial(model, study_of(tmp_path_factory.mktemp("watch"), text), count=60, pilot=60)


def told(trial: Trial, nth: int) -> float:
    return predict(trial, trial.study.outcomes[nth]).mean


def test_a_course_ends_before_maintenance(trial: Trial) -> None:
    monthly, stop, daily = trial.study.arms
    assert course_end(monthly) == course_end(stop) == 11
    assert course_end(daily) == 83


def test_arms_that_are_compared_are_watched_from_the_same_day(trial: Trial) -> None:
    both = trial.study.outcomes[len(OUTCOMES)]
    begins = {watch_begins(trial, both, trial.arms[name]) for name in ("monthly", "stop")}
    assert begins == {24.0 * 12}
    one, other = (seen_of(trial, both, name) for name in ("monthly", "stop"))
    # until the first dose of maintenance the arms are the same people with the same scores
    assert not isinstance(one, str) and not isinstance(other, str)
    early = (one.times()[0] < 20) & (other.times()[0] < 20)
    assert early.any() and np.array_equal(one.times()[:, early], other.times()[:, early])
    assert predict(trial, both).mean < 0


def test_relapse_by_a_day_counts_from_the_first_dose(trial: Trial) -> None:
    assert 0 <= told(trial, BY_40) < told(trial, BY_84) <= 1
    seen = seen_of(trial, trial.study.outcomes[BY_40], "stop")
    assert not isinstance(seen, str) and seen.until == 40 - 12
    reason = predict(trial, trial.study.outcomes[BY_5]).reason
    assert reason is not None and "from day 12 on" in reason


def test_without_a_limit_a_relapse_is_the_loss_of_ones_own_response(trial: Trial) -> None:
    seen = seen_of(trial, trial.study.outcomes[DAY], "stop")
    assert not isinstance(seen, str) and seen.time is not None
    when, hit = seen.time
    totals = trial.arms["stop"].totals["madrs"]
    first = np.argmin(np.abs(trial.visits - 24.0 * 12))
    days = (trial.visits - trial.visits[first]) / 24.0
    half = 0.5 * totals[:, :1]  # of the person's own start, whoever else is worse or better
    for person in np.flatnonzero(np.isfinite(when) & (hit > 0)):
        here = int(np.argmin(np.abs(days - when[person])))
        assert totals[person, here] > half[person]
    stayed = np.isfinite(when) & (hit == 0)
    assert stayed.any() and (totals[stayed][:, days > 0][:, -8:] <= half[stayed]).any(axis=1).all()


def test_times_and_slopes_are_in_the_unit_of_the_outcome(trial: Trial) -> None:
    assert told(trial, WEEK) == pytest.approx(told(trial, DAY) / 7)
    assert told(trial, PER_WEEK) == pytest.approx(told(trial, PER_DAY) * 7)
    looks = {7 * week for week in range(5)} | {one.time_d for one in trial.study.outcomes if one.time_d}
    use = [k for k, hour in enumerate(trial.visits) if hour <= 24.0 * 28 and hour / 24.0 in looks]
    weeks, totals = trial.visits[use] / 168.0, trial.arms["stop"].totals["madrs"][:, use]
    assert len(use) == 6  # the looks for relapse and those of the first days are none of them
    assert told(trial, PER_WEEK) == pytest.approx(np.polyfit(weeks, totals.T, 1)[0].mean())


@pytest.mark.parametrize(
    ("unit", "found"),
    [("points/week", ("points", 7.0)), ("1 per month", ("1", 30.4375)), ("points", ("points", None))],
)
def test_what_a_slope_is_per(unit: str, found: tuple[str, float | None]) -> None:
    assert slope_unit(unit) == found


def test_a_prevalence_counts_from_its_own_limit(trial: Trial) -> None:
    totals = trial.arms["stop"].totals["madrs"][:, np.argmin(np.abs(trial.visits - 24.0 * 28))]
    assert told(trial, PREVALENCE) == pytest.approx(np.mean(totals >= 20))


def test_the_peak_of_a_scale_of_the_moment_is_told_and_no_other(trial: Trial) -> None:
    peak, when = (predict(trial, one) for one in trial.study.outcomes[len(OUTCOMES) + 2 :][:2])
    assert peak.mean > 1 and 10 < when.mean < 120
    reason = predict(trial, trial.study.outcomes[AREA]).reason
    assert reason is not None and "rated at visits only" in reason


def test_a_difference_of_shares_may_be_negative(trial: Trial) -> None:
    rows = rows_of(trial.study, [predict(trial, one) for one in trial.study.outcomes])
    share, difference = rows[RESPONSE], rows[len(OUTCOMES) + 1]
    assert share.scale.kind == "logit" and difference.scale.kind == "per"
    assert difference.scale.back(difference.scale.to(-0.3)) == pytest.approx(-0.3)
    # a step is as long as on the scale of shares at one half
    assert difference.scale.slope(0.2) == pytest.approx(share.scale.slope(0.5))
    assert difference.seen.se == pytest.approx(4 * 0.5 * np.sqrt(1 / 30 + 1 / 30))


def test_a_difference_of_what_is_compared_as_ratios_is_refused(trial: Trial) -> None:
    rows = rows_of(trial.study, [predict(trial, one) for one in trial.study.outcomes])
    for row in rows[-2:]:
        assert row.predicted is None and "of each arm" in row.reason


def test_shared_people_narrow_a_difference(trial: Trial) -> None:
    monthly = trial.study.outcomes[len(OUTCOMES) + 1]
    ratio = variance_ratio(trial, monthly)
    assert ratio is not None and ratio < 1 / 3
    assert variance_ratio(trial, trial.study.outcomes[RESPONSE]) is None


def test_a_measure_like_one_the_model_lacks_is_not_predicted(tmp_path: Path) -> None:
    study = study_of(tmp_path, TEXT + outcome("stop", "change", "time_d = 1", "qEEG gamma"))
    assert study.outcomes[0].reason == "the model has no qEEG gamma"
