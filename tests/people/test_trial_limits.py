"""Trials at their limits: people who cannot be, arms asked too early, doses beyond all evidence, huge studies."""

from dataclasses import replace
from pathlib import Path

import pytest

from vagus.body.model import Model
from vagus.errors import VagusError
from vagus.people.endpoint import predict
from vagus.people.trial import run_trial

from .studies import TWO_ARMS, study_of

THERE_AND_BACK = """
duration_d = 7
[population]
conditions = ["mdd"]
[[arm]]
name = "one"
dose = [{drug = "ketamine", amount = 0.5, unit = "mg/kg"}]
[[arm]]
name = "two"
dose = [{drug = "saline", start_d = 3}]
[[phase]]
until_d = 3
randomise = ["one"]
[[phase]]
until_d = 5
randomise = ["two"]
[[phase]]
until_d = 7
randomise = ["one"]
"""


def outcome(arm: str, day: float) -> str:
    return (
        f'[[outcome]]\narm = "{arm}"\ninstrument = "MADRS"\ntime_d = {day}\nquantity = "mean"\nvalue = 20\n'
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [("mean = 32, sd = 5.5, low = 26", "mean = 1, sd = 0.1"), ('["mdd"]', '["healthy"]')],
)
def test_people_who_cannot_be_are_told_with_their_place(
    model: Model, tmp_path: Path, old: str, new: str
) -> None:
    study = study_of(tmp_path, TWO_ARMS.replace(old, new, 1))
    with pytest.raises(VagusError) as caught:
        run_trial(model, study, count=20, pilot=40)
    assert caught.value.code == "V462" and caught.value.line == 3 and caught.value.hint
    assert str(caught.value.file).endswith(".toml")


def test_an_arm_that_has_not_begun_has_nobody(model: Model, tmp_path: Path) -> None:
    text = THERE_AND_BACK + "".join(outcome(*one) for one in (("two", 1), ("two", 3), ("two", 4), ("one", 1)))
    trial = run_trial(model, study_of(tmp_path, text), count=10)
    before, start, during, first = (predict(trial, one) for one in trial.study.outcomes)
    assert before.reason == "nobody is in the arm 'two' at that time"
    assert start.reason is during.reason is first.reason is None


def test_an_arm_of_two_phases_keeps_both(model: Model, tmp_path: Path) -> None:
    trial = run_trial(model, study_of(tmp_path, THERE_AND_BACK + outcome("one", 7)), count=10)
    assert list(trial.arms) == ["one", "two", "one (phase 3)"]
    assert trial.at("one", 24.0) is trial.arms["one"]
    assert trial.at("one", 24.0 * 6) is trial.arms["one (phase 3)"]


@pytest.mark.parametrize(("amount", "reason"), [(20, None), (1e6, "could be followed to the end")])
def test_doses_beyond_all_evidence_are_told(
    model: Model, tmp_path: Path, amount: float, reason: str | None
) -> None:
    study = study_of(tmp_path, TWO_ARMS.replace("amount = 0.5", f"amount = {amount}"))
    trial = run_trial(model, study, count=12, pilot=40)
    assert any("lies above the range with evidence" in words for words in trial.recipe)
    found = predict(trial, study.outcomes[0])
    assert (found.reason is None) == (reason is None) and (reason or "") in str(found.reason)
    assert any("people could not be followed" in words for words in trial.recipe) == (reason is not None)


def test_a_study_of_millions_is_told_from_fewer(model: Model, tmp_path: Path) -> None:
    study = study_of(tmp_path, TWO_ARMS)
    trial = run_trial(model, study, count=30, pilot=60)
    usual = study.outcomes[0]
    small, large = (predict(trial, replace(usual, n=n)).sd_sampling for n in (10_000, 10_000_000))
    assert large == pytest.approx(small * (10_000 / 10_000_000) ** 0.5, rel=0.3)
