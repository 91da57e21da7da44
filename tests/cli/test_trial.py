"""`vagus trial`: a study file in, prediction, power, report and JSON out; mistakes told with their place."""

import csv
import json
from pathlib import Path

import jsonschema
import pytest

from vagus.people.form import load_schema

from ..people.studies import TWO_ARMS
from .command import Command


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "made.toml"
    path.write_text(TWO_ARMS)
    return path


def test_the_newcomers_study_runs(vagus: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert vagus("trial", "--new", "mine").code == 0
    assert len(Path("mine.toml").read_text().splitlines()) > 20
    again = vagus("trial", "--new", "mine")
    assert again.code == 2 and "V603" in again.err
    done = vagus("trial", "mine.toml", "--n", 20)
    assert (
        done.code == 0 and "MADRS, day 28, ketamine: -" in done.out
    )  # the usual scales where it looks at nothing


def test_json_fits_its_schema(vagus: Command, study: Path) -> None:
    done = vagus("trial", study, "--n", 40, "--replicates", 100, "--json")
    assert done.code == 0
    jsonschema.validate(done.data, load_schema("trial_result"))
    rows = {(row["quantity"], row["instrument"]): row for row in done.data["outcomes"]}
    assert rows["change", "MADRS"]["predicted"] < 0 and rows["dropout_rate", None]["reason"]
    low, high = rows["change", "MADRS"]["interval90"]
    assert low < rows["change", "MADRS"]["predicted"] < high and rows["smd", "MADRS"]["variance_ratio"] < 1
    (endpoint,) = done.data["endpoints"]
    assert 0 <= endpoint["power"] <= 1 and endpoint["repeated"]["people"] == 60
    assert {row["name"] for row in done.data["arms"]} == {"ketamine", "midazolam"}


def test_report_scores_and_result_are_written(vagus: Command, study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = vagus("trial", study, "--n", 30, "--replicates", 50, "--out", folder, "--quiet")
    assert done.code == 0 and not done.out
    page = (folder / "report.html").read_text()
    for words in (
        "Flow of people",
        "Published and predicted",
        "Endpoints",
        "How the people were made",
        "MADRS",
    ):
        assert words in page
    assert "<script" not in page and "Content-Security-Policy" in page
    rows = list(csv.DictReader((folder / "scores.csv").read_text().splitlines()))
    assert {row["arm"] for row in rows} == {"ketamine", "midazolam"}
    assert all(0 <= float(row["total"]) <= 60 for row in rows)
    jsonschema.validate(json.loads((folder / "trial.json").read_text()), load_schema("trial_result"))


def test_the_words_of_the_terminal(vagus: Command, study: Path) -> None:
    done = vagus("trial", study, "--n", 30, "--replicates", 50)
    assert "not predicted: the file says nothing about people who leave" in done.out
    assert "power" in done.out and "screened in" in done.out


@pytest.mark.parametrize(
    ("words", "code", "place"),
    [
        ((), "V411", ""),
        (("none.toml",), "V101", "none.toml"),
        (("made.toml", "--n", 0), "V409", "--n 0"),
        (("made.toml", "--replicates", 0), "V413", "--replicates 0"),
        (("made.toml", "--replicates", 10**9), "V417", "--replicates"),
        (("made.toml", "--sets", -1), "V413", "--sets -1"),
        (("made.toml", "--sets", 100_000), "V417", "--sets 100000"),
        (("made.toml", "--out", "made.toml"), "V602", "--out made.toml"),
        (("made.toml", "--out", "made.toml/in"), "V601", "--out made.toml/in"),
        (("made.toml", "--power", 1.5), "V413", "--power 1.5"),
        (("made.toml", "--power", "nan"), "V413", "--power nan"),
        (("wrong.toml",), "V401", "line"),
        (("--new", "a/../b c"), "V412", ""),
        (("--new", "nowhere/mine"), "V603", "--new nowhere/mine"),
    ],
)
def test_mistakes_are_told(
    vagus: Command, study: Path, monkeypatch: pytest.MonkeyPatch, words: tuple, code: str, place: str
) -> None:
    monkeypatch.chdir(study.parent)
    (study.parent / "wrong.toml").write_text(TWO_ARMS.replace("severity", "severety"))
    done = vagus("trial", *words)
    assert done.code == 2 and code in done.err and place in done.err
    assert "Traceback" not in done.err
