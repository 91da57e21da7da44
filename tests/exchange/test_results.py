"""Result files read back: same numbers, units and provenance; what is broken is told."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from vagus.body.model import load_model
from vagus.body.patient import Patient
from vagus.body.treatment import load_treatment
from vagus.cli import app
from vagus.errors import VagusError
from vagus.exchange import write_run
from vagus.exchange.results import read_results
from vagus.exchange.score_files import write_score_table
from vagus.people.course import Course, follow_course


@pytest.fixture(scope="module")
def course(cache: Path) -> Course:
    return follow_course(
        load_model(), Patient(conditions=("mdd",)), load_treatment("untreated"), 8.0, count=2
    )


@pytest.mark.parametrize("ending", [".nc", ".zarr", ".parquet"])
def test_scores_come_back_with_units_and_provenance(course: Course, tmp_path: Path, ending: str) -> None:
    if ending != ".nc":
        pytest.importorskip({".zarr": "zarr", ".parquet": "pyarrow"}[ending])
    path = write_score_table(course, tmp_path / f"scores{ending}")
    assert list(tmp_path.iterdir()) == [path]
    found = read_results(path)
    assert (
        found.facts["title"] == "vagus scores" and found.facts["vagus_version"] and found.facts["seed"] == "1"
    )
    wanted = course.scores["madrs"]
    if ending == ".parquet":
        assert found.units == {"day": "d", "total": "1"}
        rows = found.columns["instrument"] == "madrs"
        assert np.array_equal(np.sort(found.columns["total"][rows]), np.sort(wanted[np.isfinite(wanted)]))
    else:
        assert found.units["madrs"] == "1" and found.units["day"] == "d"
        assert np.array_equal(found.columns["madrs"], wanted, equal_nan=True)
        assert list(found.columns["arm"]) == list(course.run.arms)


def test_a_run_comes_back(course: Course, tmp_path: Path) -> None:
    path = write_run(course.run, tmp_path / "run.nc")
    found = read_results(path)
    assert found.facts["title"] == "vagus simulation"
    name, values = next(iter(course.run.values.items()))
    assert np.array_equal(found.columns[name.replace(".", "_")], values)
    told = CliRunner().invoke(app, ["import", "results", str(path), "--json"])
    assert told.exit_code == 0 and '"vagus_version"' in told.output


def test_other_endings_and_missing_files(course: Course, tmp_path: Path) -> None:
    for name, code in (("x.txt", "V110"), ("x.nc", "V101")):
        with pytest.raises(VagusError) as caught:
            read_results(tmp_path / name)
        assert caught.value.code == code
    with pytest.raises(VagusError) as caught:
        write_score_table(course, tmp_path / "x.txt")
    assert caught.value.code == "V110"


def test_a_file_without_provenance_is_refused(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"x": [1.0]}), tmp_path / "x.parquet")
    with pytest.raises(VagusError) as caught:
        read_results(tmp_path / "x.parquet")
    assert caught.value.code == "V655"


def test_a_folder_with_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zarr").mkdir()
    (tmp_path / "x.zarr" / "a").symlink_to("/etc/passwd")
    with pytest.raises(VagusError) as caught:
        read_results(tmp_path / "x.zarr")
    assert caught.value.code == "V655"


def test_numbers_of_other_files_are_refused(tmp_path: Path) -> None:
    """HDF5 can read any file of the machine into a table: raw storage, a link, a view."""
    h5py = pytest.importorskip("h5py")
    (tmp_path / "secret").write_bytes(b"not for you" * 8)
    with h5py.File(tmp_path / "other.nc", "w") as file:
        file["y"] = [1.0, 2.0]
    view = h5py.VirtualLayout(shape=(2,), dtype="f8")
    view[:] = h5py.VirtualSource(str(tmp_path / "other.nc"), "y", shape=(2,))
    for kind in ("raw", "link", "view"):
        with h5py.File(tmp_path / f"{kind}.nc", "w") as file:
            file.attrs["vagus_version"] = "1"
            inner = file.create_group("inner")
            if kind == "raw":
                file.create_dataset("x", (8,), "u1", external=[(str(tmp_path / "secret"), 0, 88)])
            elif kind == "link":
                inner["x"] = h5py.ExternalLink(str(tmp_path / "other.nc"), "/y")
            else:
                file.create_virtual_dataset("x", view)
        with pytest.raises(VagusError, match="another file") as caught:
            read_results(tmp_path / f"{kind}.nc")
        assert caught.value.code == "V655"


@pytest.mark.parametrize(
    ("look", "reason"), [("import time; time.sleep(60)", "its end"), ("import os; os.abort()", "HDF5 down")]
)
def test_a_file_that_hdf5_does_not_survive_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: str, reason: str
) -> None:
    """Found by fuzzing: a broken list of words keeps HDF5 busy for ever."""
    monkeypatch.setattr("vagus.exchange.results._LOOK", look)
    if "sleep" in look:
        monkeypatch.setattr("vagus.exchange.results._PATIENCE", 0.3)
    (tmp_path / "x.nc").write_bytes(b"\x89HDF")
    with pytest.raises(VagusError, match=reason) as caught:
        read_results(tmp_path / "x.nc")
    assert caught.value.code == "V655"


def test_an_older_zarr_is_refused(tmp_path: Path) -> None:
    """Its codecs may run what they read."""
    pytest.importorskip("zarr")
    (tmp_path / "x.zarr" / "x").mkdir(parents=True)
    (tmp_path / "x.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    (tmp_path / "x.zarr" / ".zattrs").write_text('{"whole": true, "vagus_version": "1"}')
    with pytest.raises(VagusError) as caught:
        read_results(tmp_path / "x.zarr")
    assert caught.value.code == "V655"


@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([".nc", ".parquet"]), st.integers(0, 10_000), st.binary(max_size=20))
def test_broken_files_never_crash(
    course: Course, tmp_path: Path, ending: str, place: int, instead: bytes
) -> None:
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    good = tmp_path / f"good{ending}"
    if not good.exists():
        write_score_table(course, good)
    content = good.read_bytes()
    at = place % len(content)
    broken = tmp_path / f"broken{ending}"
    broken.write_bytes(content[:at] + instead + content[at + len(instead) + 1 :])
    try:
        read_results(broken)
    except VagusError as error:
        assert error.code in ("V655", "V417")
