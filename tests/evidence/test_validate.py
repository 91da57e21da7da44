"""`validate`: made-up studies beside a made-up predictor, and one beside real virtual people."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

from vagus.body.model import load_model
from vagus.cli import app
from vagus.cli.validate import meets
from vagus.errors import VagusError, fail
from vagus.evidence.validate import as_data, simulate_with, validate
from vagus.learn.between import FITTED, MODEL, Spread
from vagus.learn.gather import given, rows_of
from vagus.learn.scale import groups
from vagus.people.endpoint import Prediction
from vagus.people.study import read_study
from vagus.tables import atlas_path

STUDY = """
id = "{name}"
split = "{split}"
duration_d = 7
[population]
conditions = ["mdd"]
weight_kg = {{mean = 80}}
severity = [{{instrument = "MADRS", mean = 33, sd = 5}}]
[[arm]]
name = "ketamine"
n = {n}
[[arm.dose]]
drug = "ketamine"
route = "iv"
amount = 0.5
unit = "mg/kg"
duration_min = 40
[arm.blinding]
control = "saline"
[[arm]]
name = "saline"
n = {n}
[[arm.dose]]
drug = "saline"
route = "iv"
duration_min = 40
[arm.blinding]
control = "saline"
[[outcome]]
arm = "ketamine"
instrument = "MADRS"
time_d = 1
quantity = "change"
value = {change}
sd = 9
[[outcome]]
arm = "ketamine"
versus = "saline"
instrument = "MADRS"
time_d = 1
quantity = "difference"
value = -9
ci = [-13, -5]
[[outcome]]
arm = "ketamine"
instrument = "MADRS"
time_d = 1
quantity = "response"
value = 0.5
[[outcome]]
arm = "ketamine"
instrument = "YMRS"
time_d = 1
quantity = "mean"
value = 3.0
"""


def write(folder: Path, name: str, split: str = "calibrate", n: int = 30, change: float = -14.0) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(STUDY.format(name=name, split=split, n=n, change=change))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(4)
    for i in range(6):
        split = "validate" if i % 3 == 2 else "calibrate"
        write(tmp_path, f"s{i}", split, int(random.integers(15, 60)), -14 + 3 * random.standard_normal())
    return tmp_path


def told(study) -> list[Prediction | None]:
    """A predictor that knows what the made-up studies come from."""
    found: list[Prediction | None] = []
    for outcome in study.outcomes:
        size = 9 / np.sqrt(outcome.n)
        known = {
            "change": Prediction(-14.0, 0.4, 9.0, size, None),
            "difference": Prediction(-9.5, 0.4, 9.0, 1.4 * size, None),
            "response": Prediction(0.47, 0.02, 0.5, 0.09, None),
        }
        reason = outcome.reason
        found.append(Prediction(float("nan"), 0, 0, 0, reason) if reason else known[outcome.quantity])
    return found


@pytest.fixture
def spread() -> Spread:
    return Spread({name: 0.5 * tau for name, tau in groups().items()}, 7.0, {}, dict.fromkeys(groups(), 9))


def test_rows_say_what_the_file_says(folder: Path) -> None:
    study = read_study(folder / "s0.toml")
    rows = rows_of(study, told(study))
    assert [row.quantity for row in rows] == ["change", "difference", "response", "mean"]
    change, difference, response, unknown = rows
    assert (change.drug, change.route, change.conditions) == ("ketamine", "iv", ("mdd",))
    assert change.baseline == 33 and change.given.doses == ((0.0, 1.0),) and change.given.control == "saline"
    assert difference.versus == "saline" and difference.against is not None
    assert difference.against.doses == () and difference.n == 2 * change.n
    assert response.error("sampling") == pytest.approx(1 / np.sqrt(response.n * 0.47 * 0.53))
    assert unknown.predicted is None and unknown.reason
    assert given(study.arm("saline")).other is False


def test_a_folder_gives_the_whole_comparison(folder: Path, spread: Spread) -> None:
    found = validate([folder], told, spread=spread, table=_table(folder))
    data = as_data(found)
    assert data["rows"] == 18 and data["studies"] == 6 and data["not_predicted"] == 6
    assert data["coverage90"] >= 0.8 and 0.2 < data["median_abs_z"] < 1.3
    assert data["median_abs_z_without_tau"] > data["median_abs_z"]
    assert data["skill"]["no_change"] > 0.3 and data["p_better"]["no_change"] > 0.9
    assert set(data["by_axis"]) == {"drug", "route", "condition", "instrument", "time"}
    for parts in data["by_axis"].values():
        assert sum(one["rows"] for one in parts.values()) == 18
    missing = [line for line in data["table"] if line["predicted"] is None]
    assert all(line["reason"] and line["z"] is None for line in missing) and len(missing) == 6
    jsonschema.validate(data, _schema())
    json.dumps(data, allow_nan=False)


def test_what_the_fit_has_seen_has_a_spread_of_its_own(
    folder: Path, spread: Spread, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = {
        MODEL: spread,
        FITTED: replace(spread, tau={name: 0.1 * tau for name, tau in spread.tau.items()}),
    }
    monkeypatch.setattr("vagus.evidence.validate.read_spread", lambda: frozen)
    table = _table(folder)
    write(folder, "s0", n=30, change=-25.0)  # changed since: no longer the number that was fitted
    found = validate([folder], told, table=table)
    for row, verdict in zip(found.rows, found.verdicts, strict=True):
        if verdict is not None:
            known = any(
                (row.study, row.number, row.value) == (one.study, one.number, one.value) for one in table
            )
            assert verdict.tau == frozen[FITTED if known else MODEL].tau[row.scale.group], row
    assert {MODEL, FITTED} < set(found.spread)


def test_only_the_split_that_was_asked_for(folder: Path, spread: Spread) -> None:
    seen = []

    def watched(study):
        seen.append(study.split)
        return told(study)

    found = validate([folder], watched, split="validate", spread=spread, table=_table(folder))
    assert seen == ["validate"] * 2 and found.studies == 2


def test_a_wrong_prediction_is_seen(folder: Path, spread: Spread) -> None:
    def wrong(study):
        return [replace(one, mean=abs(one.mean)) if one and one.mean < 0 else one for one in told(study)]

    right = validate([folder], told, spread=spread, table=_table(folder)).summary
    found = validate([folder], wrong, spread=spread, table=_table(folder)).summary
    assert found.coverage90 < 0.5 < right.coverage90 and found.interval_score > 2 * right.interval_score
    assert not meets(found)


def test_a_study_that_fails_is_counted_and_the_others_run(folder: Path, spread: Spread) -> None:
    def sometimes(study):
        if study.id == "s1":
            raise fail("V505", who="the people", reason="made up")
        return told(study)

    found = validate([folder], sometimes, spread=spread, table=_table(folder))
    assert [(one.study, one.code) for one in found.failed] == [("s1", "V505")]
    assert found.summary.rows == 15
    assert all("V505" in row.reason for row in found.rows if row.study == "s1" and row.instrument != "ymrs")


def test_a_broken_file_stops_unless_it_may_be_counted(folder: Path, spread: Spread) -> None:
    (folder / "broken.toml").write_text("id = 3\n[[arm]]\n")
    with pytest.raises(VagusError) as error:
        validate([folder], told, spread=spread, table=[])
    assert error.value.file and error.value.file.endswith("broken.toml")
    found = validate([folder], told, spread=spread, table=[], keep_going=True)
    assert found.summary.rows == 18 and found.failed[0].study == "broken"
    assert "broken.toml" in found.failed[0].message


def test_a_prediction_that_is_no_number_is_none(folder: Path, spread: Spread) -> None:
    def empty(study):
        return [replace(one, mean=float("nan")) if one else one for one in told(study)]

    found = validate([folder], empty, spread=spread, table=_table(folder))
    assert found.summary.rows == 0 and found.summary.coverage90 is None
    assert all(row.reason for row in found.rows)
    jsonschema.validate(as_data(found), _schema())


def test_no_study_is_an_error(tmp_path: Path, folder: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(VagusError, match="V472"):
        validate([empty], told)
    with pytest.raises(VagusError, match="V472.*split 'planned'".replace(".*", "[^\n]*")):
        validate([folder], told, split="planned")


def test_an_unseen_study_runs_from_its_file_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "never-seen", "validate", 20)
    result = CliRunner().invoke(app, ["validate", str(path), "--n", "40", "--json", "--seed", "3"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    jsonschema.validate(data, _schema())
    assert data["rows"] == 3 and data["people"] == 40 and data["seed"] == 3 and not data["failed"]
    again = validate([path], simulate_with(load_model(), 40, 3))
    assert [line["predicted"] for line in data["table"][:3]] == pytest.approx(
        [row.predicted for row in again.rows[:3]], rel=1e-5
    )


def test_of_a_folder_every_broken_file_is_told_and_the_others_are_compared(tmp_path: Path) -> None:
    write(tmp_path, "whole", "validate", 20)
    for name in ("first", "second"):
        (tmp_path / f"{name}.toml").write_text("id = 3\n[[arm]]\n")
    words = ["validate", str(tmp_path), "--n", "20", "--json"]
    result = CliRunner().invoke(app, words)
    data = json.loads(result.stdout)
    assert result.exit_code == 2 and data["rows"] == 3
    assert [one["study"] for one in data["failed"]] == ["first", "second"]
    assert all("line" in one["message"] for one in data["failed"])
    assert CliRunner().invoke(app, [*words, "--keep-going"]).exit_code == 0
    alone = CliRunner().invoke(app, ["validate", str(tmp_path / "first.toml"), "--json"])
    assert isinstance(alone.exception, VagusError)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--split", "calibrated"], "V413"),
        (["--n", "1"], "V409"),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, words: list[str], code: str) -> None:
    path = write(tmp_path, "one")
    result = CliRunner().invoke(app, ["validate", str(path), *words])
    assert isinstance(result.exception, VagusError) and result.exception.code == code


def _table(folder: Path):
    studies = [read_study(path) for path in sorted(folder.glob("s*.toml"))]
    return [row for study in studies if study.split == "calibrate" for row in rows_of(study)]


def _schema() -> dict:
    return json.loads(atlas_path("schema", "validate.schema.json").read_text())
