"""The proof: numbers named as promised, fair comparisons, and virtual people that can be written down."""

from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.cli import follow_proof, follow_time
from vagus.learn.baseline import Training, last_value, mean_curve, mixed_effects
from vagus.learn.diary_files import read_diary
from vagus.learn.prior import draw_people, prior_of
from vagus.learn.proof import perturbed_prior, prove, regimens, skill
from vagus.learn.virtual import measure_people, with_readings, written

EXAMPLES = Path(__file__).parents[2] / "examples" / "people"


@pytest.fixture(scope="module")
def proved(model: Model):
    return prove(model, regimens()[0], 16, 250, 3, tell=lambda words: None)


def test_the_numbers_of_the_proof(proved) -> None:
    tally, base = proved
    assert base is not None
    numbers = follow_proof.counted([tally], [tally], [base], 8.0, 2.0)
    assert list(numbers) == [
        "coverage50_4w", "coverage90_4w", "coverage90_4w_perturbed", "crps_skill_locf", "crps_skill_lme", "sbc_p",
        "seconds_cold", "seconds_update",
    ]  # fmt: skip
    assert 0 < numbers["coverage50_4w"] < numbers["coverage90_4w"] <= 1
    assert 0 <= numbers["sbc_p"] <= 1
    text = follow_proof.table(numbers, [tally], [tally], [base], 16, 250, "key", 0.1)
    assert "coverage90_4w" in text and "madrs" in text
    assert follow_proof.figure([tally]).startswith("<")
    assert skill(tally, base.curve, {"madrs": 60.0, "phq9": 27.0}) > 0  # knowing the person helps


def test_perturbed_models_differ_and_stay_in_their_bounds(model: Model) -> None:
    usual = prior_of(model, regimens()[0].patient, 1)
    other = perturbed_prior(usual, 2, sets=3)
    assert len(other.sets) == 3 and len(other.sets[0]) > 20
    for own in other.sets:
        assert all(
            model.entries[name].low <= value <= model.entries[name].high for name, value in own.items()
        )
    assert other.sets[0] != other.sets[1]


def test_comparisons_know_what_they_are_taught() -> None:
    """People with an intercept and a slope of their own: the regression must beat the last value and the curve."""
    rng = np.random.default_rng(0)
    days = np.array([0.0, 7, 14, 21, 28, 35, 56])
    own = 20 + 6 * rng.standard_normal((300, 1)) + rng.standard_normal((300, 1)) * np.log1p(days)
    values = own + 3 * rng.standard_normal((300, days.size))
    training = Training(days[:5].tolist(), values[:200, :5], days[5:].tolist(), values[:200, 5:])
    past, later = values[200:, :5], values[200:, 5:]
    bare, dressed = last_value(training, past, later)
    mixed, curve = mixed_effects(training, past, later), mean_curve(training, later)
    assert mixed.mean() < dressed.mean() < bare.mean()
    assert mixed.mean() < curve.mean()


def test_a_virtual_person_written_down_is_read_back(model: Model, tmp_path: Path) -> None:
    one = regimens()[1]
    drawn = draw_people(prior_of(model, one.patient, 2), 2, 2)
    true = measure_people(model, drawn, one.diary, one.schedule, 1, [35])
    diary = with_readings(one.diary, one.schedule, true.readings, 0)
    path = tmp_path / "person.csv"
    path.write_text(written(diary, ("made up",)))
    again = read_diary(path)
    assert [(s.hour, s.key, s.value) for s in again.scores] == [
        (s.hour, s.key, s.value) for s in diary.scores
    ]
    assert [(g.hour, g.amount) for g in again.given] == [(g.hour, g.amount) for g in diary.given]
    assert again.virtual and again.patient.conditions == one.patient.conditions


@pytest.mark.parametrize("name", ["follow-depression-pain", "follow-ptsd", "follow-crps"])
def test_the_examples_are_marked_as_virtual(name: str) -> None:
    diary = read_diary(EXAMPLES / f"{name}.csv")
    assert diary.virtual and diary.given and len(diary.scores) >= 8


def test_the_command_is_timed_as_a_person_waits_for_it(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    """A fresh process for every person, then with one more score; and one where nothing was ever run."""
    ran: list[tuple[list[str], int, str]] = []

    def fake(command: list[str], env: dict[str, str], check: bool) -> None:
        assert check and command[1:4] == ["-m", "vagus", "follow"]
        ran.append((command, len(read_diary(command[4]).scores), env.get("VAGUS_CACHE", "")))

    monkeypatch.setattr(follow_time.subprocess, "run", fake)
    told = follow_time.waits(model, regimens()[1:], 7)
    assert len(told.cold) == len(told.update) == follow_time.EACH and "once" in told.words()
    (cold, scores, cache), (update, more, _), (first, again, empty) = ran[:3]
    assert "--update" in update and "--update" not in [*cold, *first]
    assert more == scores + 1 and again == scores and empty and empty != cache
