"""A whole calibration, small: two made-up studies, three numbers that may move."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from vagus.body.model import load_model
from vagus.cli import app
from vagus.cli.calibrate import asked_studies, write_results
from vagus.errors import VagusError
from vagus.learn.between import FITTED, MODEL, read_spread
from vagus.learn.calibrate import calibrate, record_of, target_of
from vagus.learn.comparison import model_spread
from vagus.learn.population_set import read_fitted, read_sets
from vagus.learn.problem import EVALUATIONS, Method, Problem, shortened
from vagus.people.study import read_study

STUDY = """
id = "{name}"
split = "{split}"
duration_d = 20
[population]
conditions = ["mdd"]
[[arm]]
name = "drug"
n = 40
[[arm.dose]]
drug = "{drug}"
route = "iv"
{amount}
duration_min = 40
days = [0, 9]
[arm.blinding]
control = "saline"
[[outcome]]
arm = "drug"
instrument = "MADRS"
time_d = 1
quantity = "change"
value = {change}
sd = 6
[[outcome]]
arm = "drug"
instrument = "MADRS"
time_d = 2
quantity = "change"
value = {change}
sd = 6
"""
METHOD = Method(people=16, pilot=24, seed=5, rounds=2, within_study=0.3, sets=100, told=0.8)
KEYS = ("mood.translation_gain", "expectancy.reporting_share", "pain.slow_relief_gain")


def write(folder: Path, name: str, split: str, drug: str, change: float) -> None:
    amount = 'amount = 0.5\nunit = "mg/kg"' if drug == "ketamine" else ""
    text = STUDY.format(name=name, split=split, drug=drug, amount=amount, change=change)
    (folder / f"{name}.toml").write_text(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("studies")
    write(path, "one", "calibrate", "ketamine", -25.0)
    write(path, "two", "calibrate", "saline", -8.0)
    write(path, "kept", "validate", "ketamine", -1.0)
    return path


@pytest.fixture(scope="module")
def fitted():
    known = {one.key: one for one in read_fitted(load_model())}
    return [known[key] for key in KEYS]


@pytest.fixture(scope="module")
def done(folder: Path, fitted, tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("out")
    problem = Problem(load_model(), asked_studies(folder), fitted, METHOD, out, workers=1)
    return calibrate(problem), out


def test_only_calibration_studies_are_read(folder: Path, fitted) -> None:
    assert [study.id for study in asked_studies(folder)] == ["one", "two"]
    kept = read_study(folder / "kept.toml")
    with pytest.raises(VagusError, match="V473") as error:
        Problem(load_model(), [kept], fitted, METHOD)
    assert error.value.line == 3
    with pytest.raises(VagusError, match="V473"):
        asked_studies(folder / "kept.toml")
    with pytest.raises(VagusError, match="V472"):
        Problem(load_model(), [], fitted, METHOD)


def test_the_fit_is_nearer_than_the_start(done) -> None:
    found, _ = done
    assert found.loss["after"][1] < found.loss["before"][0]
    misses = [[abs(row.place - row.seen.place) for row in rows] for rows in (found.before, found.after)]
    assert sum(misses[1]) < sum(misses[0])
    assert found.simulated > 6 and not found.failed


def test_what_no_study_feels_is_told(done) -> None:
    found, _ = done
    record = record_of(found, load_model())
    pain = next(one for one in record["parameters"] if one["key"] == KEYS[2])
    assert pain["moved_by_prior_sd"] == 0 and pain["sd_over_prior"] == pytest.approx(1.0)
    assert KEYS[2] in record["not_identifiable"]
    assert record["rows"] == 4 and set(record["studies"]) == {"one", "two"}
    json.dumps(record, allow_nan=False)


def test_results_are_written_and_read_back(done, tmp_path: Path) -> None:
    found, _ = done
    write_results(found, record_of(found, load_model()), tmp_path)
    sets = read_sets(tmp_path / "sample.csv")
    assert len(sets) == 100 and set(sets[0]) == set(KEYS)
    middle = {key: np.median([one[key] for one in sets]) for key in KEYS}
    assert middle["pain.slow_relief_gain"] == pytest.approx(1.6, rel=0.2)
    spreads = read_spread(tmp_path / "tau.csv")
    assert set(spreads) == {MODEL, FITTED, "no_change", "mean_of_rows", "two_exponentials"}
    assert spreads[MODEL].tau == pytest.approx(found.spread.tau, rel=1e-3)
    assert spreads[FITTED].tau == pytest.approx(found.seen_spread.tau, rel=1e-3)
    assert "| one | 2 |" in (tmp_path / "calibration.md").read_text()


def test_a_stopped_run_goes_on(done, folder: Path, fitted, tmp_path: Path) -> None:
    found, out = done
    lines = (out / EVALUATIONS).read_text().splitlines(keepends=True)
    (tmp_path / EVALUATIONS).write_text("".join(lines[: len(lines) // 2]) + lines[-1][:40])
    problem = Problem(load_model(), asked_studies(folder), fitted, METHOD, tmp_path, workers=1)
    assert problem.simulated == len(lines) // 2
    again = calibrate(problem)
    assert np.array_equal(again.x, found.x) and np.array_equal(again.covariance, found.covariance)


def test_several_processes_give_the_same_numbers(done, folder: Path, fitted) -> None:
    found, _ = done
    problem = Problem(load_model(), asked_studies(folder), fitted, METHOD, workers=2)
    many = [np.zeros(3), np.array([0.4, 0.0, 0.0])]
    assert np.array_equal(problem.places(many)[0], [row.place for row in found.before])


def test_days_after_the_last_number_are_left_out(folder: Path) -> None:
    study = read_study(folder / "one.toml")
    short = shortened(study)
    assert short.duration_d == 2 and short.arms[0].doses[0].days == (0.0,)
    late = replace(study.outcomes[1], quantity="relapse", time_d=2.0)
    assert shortened(replace(study, outcomes=(study.outcomes[0], late))).duration_d == 20


def test_rows_of_one_study_count_by_their_design_effect(done) -> None:
    found, _ = done
    target = target_of(found.before, model_spread(found.before), 0.3)
    assert target.weight == pytest.approx([1 / 1.3] * 4)
    assert (target.sd > [row.seen.se for row in found.before]).all()


def test_the_command_refuses_what_it_may_not_fit(folder: Path, tmp_path: Path) -> None:
    words = ["calibrate", "--studies", str(folder / "kept.toml"), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, VagusError) and result.exception.code == "V473"
    (tmp_path / "file").write_text("")
    words = ["calibrate", "--studies", str(folder), "--out", str(tmp_path / "file" / "below")]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, VagusError) and result.exception.code == "V601"
