"""People of studies: like those of the study at baseline, screened, with the traits the study names."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.errors import VagusError
from vagus.observe import load_instrument
from vagus.people.adjust import numbers_of
from vagus.people.candidate import outputs_at
from vagus.people.kind import kind_names, load_kind
from vagus.people.population import Group, _told, recruit
from vagus.people.severity import Match
from vagus.people.stream import normals
from vagus.people.trial import TRIAL_CONTROL, run_trial
from vagus.tables import GRADES, atlas_path, read_sources, read_toml

from .studies import study_of

ONE_ARM = """
duration_d = 1
[population]
{people}
[[arm]]
name = "waiting"
n = 30
[[outcome]]
arm = "waiting"
instrument = "{instrument}"
time_d = 1
quantity = "mean"
value = 0
"""


def recruited(model: Model, folder: Path, people: str, count: int = 60, instrument: str = "MADRS") -> Group:
    study = study_of(folder, ONE_ARM.format(people=people, instrument=instrument))
    return recruit(numbers_of(model, None), study.population, count, 1, study.id, TRIAL_CONTROL)


@pytest.mark.parametrize(
    ("conditions", "instrument", "mean", "sd", "low"),
    [
        ("mdd", "MADRS", 32.6, 6.1, 24),
        ("pain-neuropathic", "NRS pain", 6.4, 1.4, 4),
        ("mdd", "HAM-D17", 22, 4, 18),
    ],
)
def test_baseline_is_that_of_the_study(
    model: Model, tmp_path: Path, conditions: str, instrument: str, mean: float, sd: float, low: float
) -> None:
    severity = f'severity = [{{instrument = "{instrument}", mean = {mean}, sd = {sd}, low = {low}}}]'
    text = ONE_ARM.format(people=f'conditions = ["{conditions}"]\n{severity}', instrument=instrument)
    trial = run_trial(model, study_of(tmp_path, text), count=500)
    (totals,) = trial.arms["waiting"].totals.values()
    assert totals[:, 0].mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(500))
    assert totals[:, 0].std() == pytest.approx(sd, rel=0.15)


def test_who_is_screened_in_regresses_to_the_mean(model: Model, tmp_path: Path) -> None:
    people = 'conditions = ["mdd"]\nseverity = [{instrument = "MADRS", mean = 30, sd = 4, low = 29}]'
    trial = run_trial(model, study_of(tmp_path, ONE_ARM.format(people=people, instrument="MADRS")), count=400)
    (arm,) = trial.arms.values()
    assert arm.screening["madrs"].min() >= 29
    assert arm.totals["madrs"][:, 0].min() < 29
    assert arm.totals["madrs"][:, 0].mean() < arm.screening["madrs"].mean() - 0.5


def test_the_inflamed_have_crp_above_three(model: Model, tmp_path: Path) -> None:
    group = recruited(model, tmp_path, 'conditions = ["mdd"]\ntraits = ["inflamed"]')
    crp = outputs_at(model, group.people.p, group.y, ["biomarker.crp_mg"], TRIAL_CONTROL)["biomarker.crp_mg"]
    assert crp.min() >= 3.0
    assert group.counts["with the traits"] < group.counts["at rest"]


def test_covariates_keep_to_the_bounds(model: Model, tmp_path: Path) -> None:
    people = 'conditions = ["healthy"]\nage = {mean = 70, sd = 8, low = 65, high = 80}\nweight_kg = 90\nfemale = 1.0'
    group = recruited(model, tmp_path, people)
    age, female = (group.people.p[model.parameter(f"ketamine.{name}")] for name in ("age", "female"))
    assert 65 <= age.min() and age.max() <= 80 and (female == 1).all()
    assert group.people.weight.mean() == pytest.approx(90, abs=8)
    assert np.array_equal(group.people.weight, group.people.p[model.parameter("ketamine.weight")])


def test_more_people_change_nobody(model: Model, tmp_path: Path) -> None:
    people = 'conditions = ["mdd"]\nseverity = [{instrument = "MADRS", mean = 32, sd = 5, low = 26}]'
    few, many = (recruited(model, tmp_path, people, count) for count in (20, 60))
    assert np.array_equal(few.who, many.who[:20])
    assert np.array_equal(few.y, many.y[:, :20])
    assert np.array_equal(few.severity["madrs"], many.severity["madrs"][:20])


def test_a_background_treatment_is_on_board(model: Model, tmp_path: Path) -> None:
    plain = recruited(model, tmp_path, 'conditions = ["healthy"]', 20)
    treated = recruited(model, tmp_path, 'conditions = ["healthy"]\nbackground = ["ssri"]', 20)
    row = model.state("escitalopram.central_amount")
    assert (plain.y[row] == 0).all() and (treated.y[row] > 0).all()
    assert any("SSRI" in words for words in treated.recipe)


@pytest.mark.parametrize(
    ("condition", "severity", "code"),
    [
        ("healthy", "mean = 35, sd = 5, low = 28", "V462"),
        ("mdd", "mean = 20, sd = 3, low = 56", "V455"),
        ("healthy", "low = 40", "V463"),
    ],
)
def test_severity_that_cannot_be_ends_with_a_code(
    model: Model, tmp_path: Path, condition: str, severity: str, code: str
) -> None:
    with pytest.raises(VagusError) as told:
        recruited(
            model,
            tmp_path,
            f'conditions = ["{condition}"]\nseverity = [{{instrument = "MADRS", {severity}}}]',
        )
    assert told.value.code == code


def test_nobody_and_unknown_traits(model: Model, tmp_path: Path) -> None:
    with pytest.raises(VagusError, match="V409"):
        recruited(model, tmp_path, 'conditions = ["mdd"]', 0)
    with pytest.raises(VagusError, match="V464"):
        load_kind("treatmentresistant")


def test_every_trait_names_numbers_of_the_model(model: Model) -> None:
    for key in kind_names():
        kind = load_kind(key)
        assert kind.grade in GRADES and kind.title and kind.meaning
        assert kind.sources and set(kind.sources) <= set(read_sources())
        assert set(kind.multiply) | set(kind.add) <= set(model.parameters)
        assert set(kind.check) <= {*model.states, *model.outputs}


def test_every_number_of_belief_and_care_says_what_it_rests_on() -> None:
    for name in ("blinding.toml", "study_people.toml"):
        rows = [row for one in read_toml(atlas_path(name)).values() for row in _rows(one)]
        assert rows
        for row in rows:
            assert row["grade"] in GRADES and set(row["sources"]) <= set(read_sources())


def _rows(table: dict) -> list[dict]:
    """A table that says where it is from, or those inside it."""
    return [table] if "sources" in table else [row for one in table.values() for row in _rows(one)]


def test_numbers_of_a_purpose_follow_the_person_alone() -> None:
    some = normals(1, "study", [3, 100, 7], "purpose", 4)
    assert np.array_equal(some[1], normals(1, "study", [100], "purpose", 4)[0])
    assert not np.array_equal(some, normals(1, "study", [3, 100, 7], "another", 4))
    many = normals(5, "study", range(4000), "purpose", 2)
    assert abs(many.mean()) < 0.05 and many.std() == pytest.approx(1.0, abs=0.03)


def test_a_medicine_before_the_study_leaves_no_relief_at_baseline(model: Model, tmp_path: Path) -> None:
    """Its doses have been taken for weeks; the visits of a trial of it have not been made."""
    text = """
duration_d = 14
[population]
conditions = ["mdd"]
background = ["ssri"]
severity = [{instrument = "MADRS", mean = 31, sd = 5, low = 26}]
[[arm]]
name = "waiting"
n = 30
blinding = {control = "none"}
"""
    trial = run_trial(model, study_of(tmp_path, text), count=120, pilot=250)
    start, end = (trial.arms["waiting"].totals["madrs"][:, k].mean() for k in (0, -1))
    assert start == pytest.approx(31, abs=1.2)
    assert end == pytest.approx(start, abs=1.5)


def test_a_severity_without_an_sd_is_told_without_one() -> None:
    scale = load_instrument("madrs")
    match = Match(scale, 20.0, math.inf, 1.0, 0.1, True, (31.9, 5.2), (32.0, math.nan))
    told = _told(match)
    assert "the study says 32.0." in told and "nan" not in told and "at least 20" in told
    assert "the study says 32.0 (SD 6.1)." in _told(replace(match, wanted=(32.0, 6.1)))
    assert "no mean was given" in _told(replace(match, matched=False))
