"""The parts of following a person, each against something it must agree with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp

from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.treatment import load_treatment
from vagus.errors import VagusError
from vagus.learn.bank import DAY, live
from vagus.learn.diary import Diary, Given, Reading
from vagus.learn.direction import directions_of, moved, waves_of
from vagus.learn.measure import asked_of, expect, needed_outputs, windows
from vagus.learn.moments import item_moments
from vagus.learn.plan import past_of, plan_names, plan_of, plan_start, without_drug
from vagus.learn.prior import Prior, draw_people
from vagus.learn.rank import band, covered, crps, crps_normal, envelope_p, ranks
from vagus.learn.scored import Lives, measured, unknown_person
from vagus.learn.surprise import log_of_many
from vagus.learn.voice import voice_of
from vagus.learn.weights import Hidden, covariance, draw_hidden, drifting, likelihood, normalised
from vagus.observe import load_instrument

KEYS = ("madrs", "nrs_pain")
HOURS = np.array([0.0, 7.0, 21.0]) * DAY


@pytest.fixture(scope="module")
def prior(model: Model) -> Prior:
    return Prior(model, Patient("p", conditions=("mdd", "pain-musculoskeletal")), ({},), "tables")


@pytest.fixture(scope="module")
def bank(model: Model, prior: Prior):
    drawn = draw_people(prior, 60, 3)
    times, names = np.arange(0.0, 22.0) * DAY, needed_outputs(KEYS)
    return live(
        model, drawn.people, drawn.rest, drawn.sets, load_treatment("ketamine-iv-6"), (), times, names
    )


@pytest.mark.parametrize("spread", [0.1, 0.6, 1.5])
def test_item_moments_are_those_of_rounded_and_cut_marks(spread: float) -> None:
    rng = np.random.default_rng(1)
    for u in (-0.4, 0.2, 2.9, 5.7, 7.0):
        marks = np.clip(np.floor(u + spread * rng.standard_normal(200_000) + 0.5), 0, 6)
        mean, variance, _ = item_moments(np.array(u), 6.0, spread)
        assert float(mean) == pytest.approx(marks.mean(), abs=0.02)
        assert float(variance) == pytest.approx(marks.var(), abs=0.03)


def test_expected_readings_agree_with_marking_item_by_item(model: Model, bank) -> None:
    """Mean, spread and what two visits share, against thousands of persons marked by `observe`."""
    asked = asked_of([Reading(h, key, 1.0) for key in KEYS for h in HOURS])
    who = np.repeat(np.arange(12), 4000)
    rng = np.random.default_rng(2)
    hidden = replace(unknown_person(who.size, HOURS, rng), person=who)
    lives = Lives(bank.times, {name: bank.of(name) for name in bank.names})
    marked = np.concatenate([measured(k, lives, hidden, None, HOURS, rng)[0] for k in KEYS], axis=1)
    marked = marked.reshape(12, 4000, -1)
    own, some = windows(), bank.take(np.arange(12))
    share = np.exp(own.log_weight)
    parts = [expect(model, some, asked, float(np.exp(m + own.inside**2 / 2)), own.inside) for m in own.middle]
    mean = sum(w * one.mean for w, one in zip(share, parts, strict=True))
    drift = drifting(asked)
    second = sum(
        w * (covariance(one, slice(None), drift) + one.mean[:, :, None] * one.mean[:, None, :])
        for w, one in zip(share, parts, strict=True)
    )
    spread = np.sqrt(np.diagonal(second, axis1=1, axis2=2) - mean**2)
    assert np.abs(mean - marked.mean(axis=1)).max() < 0.8  # points, of 60 and of 10
    assert np.abs(spread / marked.std(axis=1) - 1).max() < 0.12
    shared = (second - mean[:, :, None] * mean[:, None, :])[:, 0, 2] / (spread[:, 0] * spread[:, 2])
    seen = np.array([np.corrcoef(each[:, 0], each[:, 2])[0, 1] for each in marked])
    assert np.abs(shared - seen).max() < 0.15


def test_many_sets_of_readings_at_once_give_the_same_likelihood(model: Model, bank) -> None:
    asked = asked_of([Reading(HOURS[0], "madrs", 34.0), Reading(HOURS[1], "madrs", 12.0)])
    found = likelihood(model, bank, asked)
    many = log_of_many(found, np.array([asked.values, [30.0, 30.0]]))
    np.testing.assert_allclose(many[:, :, 0], found.log, atol=1e-8)
    assert not np.allclose(many[:, :, 1], found.log)


def test_hidden_samples_explain_the_readings(model: Model, bank) -> None:
    """A person who always scores far above the bank gets a severity above 1, and their pain items lean upwards."""
    high = [Reading(h, "madrs", 52.0) for h in HOURS]
    found = likelihood(model, bank, asked_of(high))
    weights = normalised(found.of_people)
    hidden = draw_hidden(found, weights, 2000, HOURS, np.random.default_rng(0))
    assert np.median(hidden.severity) > 1.15
    plain = Hidden(hidden.person, hidden.severity, hidden.factors, hidden.weeks, hidden.hours)
    lives = Lives(bank.times, {name: bank.of(name) for name in bank.names})
    again = measured("madrs", lives, plain, found.asked, HOURS, np.random.default_rng(1))[0]
    nobody = unknown_person(2000, HOURS, np.random.default_rng(1))
    nobody = replace(nobody, person=hidden.person)
    before = measured("madrs", lives, nobody, None, HOURS, np.random.default_rng(1))[0]
    assert np.abs(again.mean(axis=0) - 52).max() < np.abs(before.mean(axis=0) - 52).max() / 2


def test_moves_keep_the_population_and_stay_few(prior: Prior) -> None:
    drawn = draw_people(prior, 400, 5)
    names = directions_of(prior, drawn.people, drawn.sets)
    assert 1 <= len(names) <= 4
    assert all(name.startswith("load.wave_") for name in waves_of(prior, drawn.people, drawn.sets))
    rng = np.random.default_rng(0)
    stay = moved(prior, drawn.people, drawn.sets, names, 0.0, rng)
    np.testing.assert_allclose(stay.p, drawn.people.p, rtol=1e-6)
    other = moved(prior, drawn.people, drawn.sets, names, 0.7, rng)
    row = prior.model.parameter("mood.threshold")
    assert not np.allclose(other.p[row], drawn.people.p[row])
    # Who cannot be ill with a trait was not among the drawn; so many more or fewer come from the moves.
    assert ks_2samp(other.p[row], drawn.people.p[row]).statistic < 0.2


def test_plans_begin_after_the_last_dose_and_daily_medicine_goes_on(model: Model) -> None:
    given = (
        Given(17 * DAY + 1, "ketamine", 0.5, "mg/kg", "iv", 2 / 3),
        Given(0.0, "escitalopram", 10, "mg", "oral", 0, 1e9),
    )
    diary = Diary(Patient("p", conditions=("mdd",)), None, (Reading(28 * DAY, "madrs", 20.0),), (), given)
    assert plan_start(diary) == 29 * DAY
    monthly = plan_of(diary, "ketamine-monthly", 12)
    assert [hour / DAY for hour in monthly.doses] == [45, 73, 101]
    weekly = plan_of(diary, "ketamine-weekly", 4)
    assert weekly.doses[0] / DAY == 29  # the week since the last dose is over
    none = plan_of(diary, "none", 4)
    assert none.doses == () and max(d.day for d in none.treatment.doses if d.drug == "escitalopram") >= 56
    assert not [d for d in past_of(diary, 28 * DAY).doses if d.day > 28]
    long = plan_of(diary, "ketamine-monthly+snri", 26)
    tablets = [d.day for d in long.treatment.doses if d.drug == "duloxetine"]
    assert tablets[0] == 29 and tablets[-1] == 29 + 26 * 7 - 1  # longer than the 84 days of its file
    assert all(hold.end >= (29 + 26 * 7) * DAY for hold in long.treatment.holds)
    for name in plan_names():
        assert plan_of(diary, name, 1).meaning


@pytest.mark.parametrize(
    ("name", "weeks", "code"), [("ketamin-monthly", 4, "V493"), ("none", 60, "V494"), ("none", 0, "V494")]
)
def test_plans_that_cannot_be(name: str, weeks: float, code: str) -> None:
    diary = Diary(Patient("p", conditions=("mdd",)), None, (Reading(0.0, "madrs", 20.0),), ())
    with pytest.raises(VagusError) as raised:
        plan_of(diary, name, weeks)
    assert raised.value.code == code and raised.value.hint


def test_the_data_speak_by_themselves() -> None:
    scale = load_instrument("madrs")
    days, values = (0, 7, 14, 21, 28, 35), (34, 22, 15, 12, 16, 24)
    voice = voice_of([Reading(DAY * d, "madrs", float(v)) for d, v in zip(days, values, strict=True)], scale)
    assert (voice.reliable, voice.important, voice.band) == ("better", "better", "moderate")
    assert (voice.best, voice.best_day, voice.responded_day, voice.lost_day) == (12, 21, 14, 35)
    assert voice.responding is False and voice.in_remission is False
    assert voice.slope == pytest.approx(-2.0, abs=1.5)
    still = voice_of([Reading(0.0, "madrs", 30.0), Reading(DAY, "madrs", 27.0)], scale)
    assert still.reliable == "no reliable change" and still.slope is None


def test_scores_of_forecasts() -> None:
    rng = np.random.default_rng(0)
    samples = rng.standard_normal((200, 2000))
    truth = rng.standard_normal(200)
    assert crps(samples, truth).mean() == pytest.approx(
        crps_normal(np.zeros(200), np.ones(200), truth).mean(), rel=0.02
    )
    assert covered(samples, truth, 0.9).mean() == pytest.approx(0.9, abs=0.06)
    assert envelope_p(ranks(samples, truth, rng)) > 0.01
    assert envelope_p(ranks(samples, 2 * truth, rng)) < 0.01  # too sure
    assert envelope_p(ranks(samples, 0.5 * truth, rng)) < 0.01  # too wide


def test_a_band_of_whole_marks_holds_what_it_says_as_nearly_as_it_can() -> None:
    rng = np.random.default_rng(1)
    for mean, spread in ((20.0, 5.0), (0.5, 1.5), (9.5, 1.0)):
        marks = np.clip(np.round(mean + spread * rng.standard_normal(4000)), 0, 10 if mean < 11 else 60)
        low, high = band(marks, 0.9)
        inside = np.mean((marks >= low) & (marks <= high))
        largest = max(np.mean(marks == low), np.mean(marks == high))
        assert abs(inside - 0.9) <= largest / 2 + 0.02


def test_an_own_plan_has_the_visits_of_named_plans_and_the_drug_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    dose = '[[dose]]\ndrug = "ketamine"\namount = 0.5\nunit = "mg/kg"\nroute = "iv"\nduration = "40 min"\ndays = [3]\n'
    head = 'title = "own"\nmeaning = "one dose"\ngrade = "assumed"\nsources = []\n'
    path.write_text(head + dose)
    diary = Diary(Patient(conditions=("mdd",)), None, (Reading(0.0, "madrs", 30.0),), ())
    own, named = plan_of(diary, str(path), 4), plan_of(diary, "ketamine-monthly", 4)
    assert len(own.treatment.visits) == len(own.doses) == 1
    one, other = own.treatment.visits[0], named.treatment.visits[0]
    assert (one.care, one.belief) == (other.care, other.belief) and one.hour == own.doses[0]
    bare = without_drug(own)
    assert bare is not None and not bare.treatment.doses and not bare.doses
    assert bare.treatment.visits == own.treatment.visits
    assert without_drug(plan_of(diary, "none", 4)) is None
    assert without_drug(plan_of(diary, "ssri", 4)) is not None  # those of a drug trial
    path.write_text(head + "belief = 0.0\ncare = 0.0\n" + dose)  # said otherwise: left as it is
    assert [visit.care for visit in plan_of(diary, str(path), 4).treatment.visits] == [0.0]
