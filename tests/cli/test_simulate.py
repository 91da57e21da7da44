"""`vagus simulate`: the main job, from the words on the command line to the files in the folder."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import xarray

from vagus.body.output import load_outputs
from vagus.body.travel import travel
from vagus.observe import usual_instruments
from vagus.solve.integrate import Control, Journey

from .command import Command

PEOPLE = Path(__file__).parents[2] / "examples" / "people"
WHEN = ("baseline", "day_1", "week_3", "week_12")
FILES = {"run.nc", "scores.csv", "report.html"}


@dataclass(frozen=True)
class Job:
    """The main job, done once: the folder it wrote and the object it printed."""

    out: Path
    data: dict[str, Any]


@pytest.fixture(scope="module")
def job(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """One person with pain and depression, six infusions, twelve weeks, as a shell runs it."""
    out = tmp_path_factory.mktemp("job") / "out"
    words = ["simulate", str(PEOPLE / "pain-and-depression.toml"), "--treatment", "ketamine-iv-6"]
    words += ["--days", "84", "--out", str(out), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "vagus", *words], capture_output=True, text=True, timeout=120, env=os.environ
    )
    assert (done.returncode, done.stderr) == (0, "")
    return Job(out, json.loads(done.stdout))


def test_the_main_job_prints_one_object(job: Job) -> None:
    assert job.data["treatment"] == "ketamine-iv-6" and job.data["conditions"] == ["mdd", "pain"]
    assert set(job.data["outcomes"]) == set(usual_instruments())
    assert set(job.data["files"]) == {"run", "scores", "report"}
    assert job.data["worst_grade"] == "assumed" and 0.0 < job.data["seconds"] < 60.0


def test_every_outcome_has_its_four_times(job: Job) -> None:
    outcomes = job.data["outcomes"]
    for key, outcome in outcomes.items():
        assert all(isinstance(outcome[when], float) for when in ("baseline", "week_3", "week_12")), key
        assert set(WHEN) <= set(outcome)
    assert outcomes["phq9"]["day_1"] is None and isinstance(outcomes["madrs"]["day_1"], float)
    assert outcomes["madrs"]["week_3"] < outcomes["madrs"]["baseline"]


def test_the_acute_hours_are_told(job: Job) -> None:
    acute = job.data["acute"]
    assert acute["systolic"]["unit"] == "mmHg"
    assert acute["systolic"]["peak"] > acute["systolic"]["baseline"]
    assert 0.0 < acute["systolic"]["minutes_to_peak"] < 120.0


def test_the_folder_holds_three_whole_files_and_nothing_else(job: Job) -> None:
    out = job.out
    assert {path.name for path in out.iterdir()} == FILES
    with xarray.open_dataset(out / "run.nc", engine="h5netcdf") as run:
        assert list(run["arm"].values) == ["ketamine-iv-6", "untreated", "placebo"]
        assert run["time"].attrs["units"] == "h" and float(run["time"][-1]) == 84 * 24
        for output in load_outputs().values():
            if output.shown == "detail":  # recorded only when asked for
                continue
            assert run[output.name.replace(".", "_")].attrs["units"] == output.unit
        assert not run["mood_depression"].isnull().any()
        assert run.attrs["treatment"] == "ketamine-iv-6" and run.attrs["model"]
    with (out / "scores.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert {row["instrument"] for row in rows} == set(usual_instruments())
    assert {row["arm"] for row in rows} == {"ketamine-iv-6", "untreated", "placebo"}
    assert "<html" in (out / "report.html").read_text()[:2000]


def test_the_files_say_the_same_as_the_object(job: Job) -> None:
    madrs = job.data["outcomes"]["madrs"]
    with (job.out / "scores.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["instrument"] == "madrs" and row["person"] == "0"]
    seen = {(row["arm"], row["day"]): float(row["total"]) for row in rows}
    for when, day in zip(WHEN, ("0", "1", "21", "84"), strict=True):
        assert seen["ketamine-iv-6", day] == pytest.approx(madrs[when], rel=1e-3)
    assert seen["untreated", "84"] == pytest.approx(madrs["untreated_week_12"], rel=1e-3)


@pytest.mark.parametrize("condition", ["healthy", "mdd", "pain", "mdd,pain"])
def test_the_four_conditions_are_told_on_the_terminal(condition: str, vagus: Command) -> None:
    done = vagus("simulate", "--condition", condition, "--treatment", "ketamine-iv-single", "--days", 21)
    assert done.code == 0 and done.err == ""
    assert "MADRS" in done.out and "assumed" in done.out
    assert not any(mark in done.out for mark in ("nan", "NaN", "Traceback"))


def test_two_runs_are_the_same_but_for_the_time_they_took(job: Job, tmp_path: Path, vagus: Command) -> None:
    person = PEOPLE / "pain-and-depression.toml"
    again = vagus("simulate", person, "--treatment", "ketamine-iv-6", "--out", tmp_path, "--json").data
    first = {key: value for key, value in job.data.items() if key not in ("seconds", "files")}
    assert {key: again[key] for key in first} == first
    assert (tmp_path / "scores.csv").read_text() == (job.out / "scores.csv").read_text()


def test_many_people_and_their_seed(tmp_path: Path, vagus: Command) -> None:
    words = ("simulate", "--condition", "mdd,pain", "--treatment", "ketamine-iv-6", "--days", 28, "--n", 20)
    first = vagus(*words, "--out", tmp_path / "many", "--json").data
    assert first["n"] == 20 and "20 of " in first["notes"][0] and first["failed"] == []
    assert first["outcomes"]["madrs"]["week_12"] is None and first["outcomes"]["madrs"]["week_3"] is not None
    with xarray.open_dataset(tmp_path / "many" / "run.nc", engine="h5netcdf") as run:
        assert run.sizes["person"] == 20
    again, other = vagus(*words, "--json").data, vagus(*words, "--seed", 2, "--json").data
    assert again["outcomes"] == first["outcomes"] != other["outcomes"]


def test_quiet_prints_nothing(tmp_path: Path, vagus: Command) -> None:
    done = vagus("simulate", "--condition", "mdd", "--days", 7, "--quiet", "--out", tmp_path / "quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert {path.name for path in (tmp_path / "quiet").iterdir()} == FILES


def test_a_second_run_takes_the_place_of_the_first(tmp_path: Path, vagus: Command) -> None:
    out = tmp_path / "twice"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    for condition in ("mdd", "healthy"):
        assert vagus("simulate", "--condition", condition, "--days", 2, "--quiet", "--out", out).code == 0
    assert {path.name for path in out.iterdir()} == {*FILES, "notes.txt"}
    with xarray.open_dataset(out / "run.nc", engine="h5netcdf") as run:
        assert float(run["mood_depression"].max()) < 0.2


def test_the_condition_of_the_command_line_wins_over_the_file(vagus: Command) -> None:
    words = ("simulate", PEOPLE / "healthy.toml", "--condition", "mdd", "--days", 1, "--json")
    assert vagus(*words).data["conditions"] == ["mdd"]


def test_files_end_up_below_folders_that_were_not_there(tmp_path: Path, vagus: Command) -> None:
    out = tmp_path / "a" / "b" / "c"
    assert vagus("simulate", "--days", 1, "--quiet", "--out", out).code == 0
    assert {path.name for path in out.iterdir()} == FILES


def test_a_tolerance_may_be_given(vagus: Command) -> None:
    words = ("simulate", "--condition", "mdd", "--treatment", "ketamine-iv-single", "--days", 2, "--json")
    coarse, fine = vagus(*words).data, vagus(*words, "--rtol", "1e-8").data
    assert fine["rtol"] == 1e-8
    for key, outcome in coarse["outcomes"].items():
        assert fine["outcomes"][key]["baseline"] == pytest.approx(outcome["baseline"], rel=1e-3, abs=1e-3)


def test_when_nobody_finishes_the_first_reason_is_told(
    vagus: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody is at rest, and nobody is given more than one step for the course."""

    def impatient(*words: Any) -> Journey:
        return travel(*(replace(one, most_steps=1) if isinstance(one, Control) else one for one in words))

    monkeypatch.setattr("vagus.body.simulate.travel", impatient)
    done = vagus("simulate", "--treatment", "ketamine-iv-single", "--days", 7)
    assert done.code == 3 and done.err.startswith("V506 ") and "stopped with V502" in done.err


def test_a_full_disk_leaves_no_file(tmp_path: Path, vagus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of the three files cannot be written: none of them appears, and what was there stays."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vagus.cli.simulate.write_report", full)
    (tmp_path / "scores.csv").write_text("old")
    done = vagus("simulate", "--days", 1, "--out", tmp_path)
    assert done.code == 2 and done.err.startswith("V603 ") and "No space left on device" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]
    assert (tmp_path / "scores.csv").read_text() == "old"
