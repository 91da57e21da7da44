"""Runs and scores as files: what is read back is what was simulated, and a broken write leaves nothing."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray

from vagus.body.model import load_model
from vagus.body.patient import Patient
from vagus.body.treatment import load_treatment
from vagus.errors import VagusError
from vagus.exchange import write_run, write_scores
from vagus.people.course import Course, follow_course


@pytest.fixture(scope="module")
def course(cache: Path) -> Course:
    patient = Patient(conditions=("mdd", "pain"))
    return follow_course(load_model(), patient, load_treatment("ketamine-iv-single"), 15.0, count=3)


def test_a_run_is_read_back_as_it_was(course: Course, tmp_path: Path) -> None:
    path = write_run(course.run, tmp_path / "run.nc")
    assert path == tmp_path / "run.nc" and list(tmp_path.iterdir()) == [path]
    with xarray.open_dataset(path, engine="h5netcdf") as seen:
        xarray.testing.assert_equal(seen, course.run.dataset())
        for name, value in course.run.values.items():
            variable = seen[name.replace(".", "_")]
            assert np.array_equal(variable.values, value)
            assert (variable.attrs["units"], variable.attrs["long_name"]) == (course.run.units[name], name)
        assert seen.attrs == course.run.dataset().attrs


def test_scores_are_one_line_each_and_no_line_where_there_is_none(course: Course, tmp_path: Path) -> None:
    path = write_scores(course, tmp_path / "scores.csv")
    assert list(tmp_path.iterdir()) == [path]
    with path.open() as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == sum(int(np.isfinite(total).sum()) for total in course.scores.values())
    assert not any(row["instrument"] == "phq9" and row["day"] == "7" for row in rows)
    for row in rows[:: len(rows) // 50]:
        arm, day = course.run.arms.index(row["arm"]), float(row["day"])
        wanted = course.at_day(row["instrument"], day, arm)[int(row["person"])]
        assert float(row["total"]) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("write", [lambda c, p: write_run(c.run, p), write_scores], ids=["run", "scores"])
def test_a_file_that_cannot_be_written_leaves_nothing(
    write: Callable[[Course, Path], Any], course: Course, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for path in (tmp_path / "file" / "out", tmp_path / "nowhere" / "out", tmp_path / "folder"):
        with pytest.raises(VagusError) as caught:
            write(course, path)
        assert (caught.value.code, caught.value.file) == ("V603", str(path))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("write", [lambda c, p: write_run(c.run, p), write_scores], ids=["run", "scores"])
def test_an_old_file_stays_when_writing_is_broken_off(
    write: Callable[[Course, Path], Any], course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(VagusError, match="No space left"):
        write(course, path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
