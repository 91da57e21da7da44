"""COMBINE archives: read back by the COMBINE libraries, run by two simulators, and refused when made to harm."""

import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from vagus.cli import app
from vagus.errors import VagusError
from vagus.exchange.archive import read_archive, write_archive
from vagus.exchange.omex import read_omex, run_experiment
from vagus.exchange.sedml import Experiment, read_sedml, sedml_text
from vagus.exchange.xml_text import check_xml, parse_xml

EXPERIMENT = Experiment("go", "m.sbml", 0.0, 5.0, 10, (("a_b", "a.b"), ("c", "c")), 0.0, 1e-8, 1e-12, 0.5)


@pytest.fixture(scope="module")
def figure(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    path = tmp_path_factory.mktemp("omex") / "figure.omex"
    asked = [
        "--condition",
        "mdd,pain",
        "--treatment",
        "ketamine-iv-single",
        "--days",
        "7",
        "--out",
        str(path),
    ]
    found = CliRunner().invoke(app, ["export", "omex", *asked])
    assert found.exit_code == 0, found.output
    return path


def numbers(figure: Path) -> tuple[list[str], np.ndarray]:
    with zipfile.ZipFile(figure) as archive:
        lines = archive.read("figure.csv").decode().splitlines()
    return lines[0].split(","), np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])


#: In a process of its own: libsedml and libcombine bring a SWIG runtime that spoils the one of libsbml.
READ = """
import json, sys
import libcombine, libsedml
archive = libcombine.CombineArchive()
assert archive.initializeFromArchive(sys.argv[1])
document = libsedml.readSedMLFromString(archive.extractEntryToString("./experiment.sedml"))
course, model = document.getSimulation(0), document.getModel(0)
parameters = [course.getAlgorithm().getAlgorithmParameter(k) for k in range(3)]
print(json.dumps({
    "entries": archive.getNumEntries(),
    "master": archive.getMasterFile().getLocation(),
    "errors": [document.getError(k).getMessage() for k in range(document.getNumErrors())],
    "version": [document.getLevel(), document.getVersion()],
    "tasks": document.getNumTasks(),
    "curves": document.getOutput(1).getNumCurves(),
    "solver": {p.getKisaoID(): float(p.getValue()) for p in parameters},
    "times": [course.getOutputStartTime(), course.getOutputEndTime(), course.getNumberOfSteps()],
    "targets": [document.getDataGenerator(k).getVariable(0).getTarget() for k in range(1, 4)],
    "model": archive.extractEntryToString("./" + model.getSource()),
}))
"""


@pytest.fixture(scope="module")
def read_back(figure: Path) -> dict[str, Any]:
    """What the COMBINE libraries find in the archive."""
    for library in ("libcombine", "libsedml"):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    asked = [sys.executable, "-c", READ, str(figure)]
    found = subprocess.run(asked, capture_output=True, text=True, check=True)
    return json.loads(found.stdout.splitlines()[0])


def test_the_combine_libraries_read_it(read_back: dict[str, Any]) -> None:
    assert (read_back["entries"], read_back["master"]) == (6, "./experiment.sedml")
    assert (read_back["errors"], read_back["version"]) == ([], [1, 4])
    assert (read_back["tasks"], read_back["curves"]) == (1, 3)


def test_libroadrunner_draws_the_same_figure(figure: Path, read_back: dict[str, Any]) -> None:
    """Model, times, tolerances and targets all come from what the COMBINE libraries find in the archive."""
    roadrunner = pytest.importorskip("roadrunner")
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
    runner = roadrunner.RoadRunner(read_back["model"])
    solver, told = runner.getIntegrator(), read_back["solver"]
    solver.relative_tolerance, solver.absolute_tolerance = told["KISAO:0000209"], told["KISAO:0000211"]
    solver.maximum_time_step, solver.maximum_num_steps = told["KISAO:0000467"], 100_000
    runner.timeCourseSelections = ["time", *(target.split("'")[1] for target in read_back["targets"])]
    start, end, steps = read_back["times"]
    found = np.array(runner.simulate(start, end, steps + 1))
    _, table = numbers(figure)
    assert np.max(np.abs(found - table).max(axis=0) / np.ptp(table, axis=0)) < 1e-4


def test_vagus_runs_it_and_says_how_near_it_is(figure: Path, tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["import", "omex", str(figure), "--out", str(tmp_path / "in"), "--json"])
    assert found.exit_code == 0, found.output
    assert (tmp_path / "in" / "figure.svg").read_text().startswith("<svg")
    archive = read_omex(str(figure))
    ((name, experiment),) = archive.experiments
    result = run_experiment(archive, name, experiment)
    names, table = numbers(figure)
    assert names == ["time", "mood.depression", "mood.anxiety", "pain.perceived"]
    mine = np.column_stack([result.times, result.values[:, :, 0]])
    assert np.max(np.abs(mine - table).max(axis=0) / np.ptp(table, axis=0)) < 1e-4


def test_sedml_is_read_as_it_was_written() -> None:
    assert read_sedml(sedml_text(EXPERIMENT, 'a "title" <&>').encode(), "x.sedml") == (EXPERIMENT,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t.replace("numberOfSteps=\"10\"", "numberOfSteps=\"1e9\""), "times"),
        (lambda t: t.replace("outputEndTime=\"5.0\"", "outputEndTime=\"-5\""), "times"),
        (lambda t: t.replace("outputEndTime=\"5.0\"", "outputEndTime=\"nan\""), "outputEndTime"),
        (lambda t: t.replace("source=\"m.sbml\"", "source=\"https://example.org/m.sbml\""), "not a file"),
        (lambda t: t.replace("@id='c'", "contains(@id,'c')"), "no SBML id"),
        (lambda t: t.replace("modelReference=\"body\"", "modelReference=\"other\""), "no uniform"),
        (lambda t: t.replace("<ci> of_data_c </ci>", "<cn>1</cn>"), "computes"),
        (lambda t: t.replace("level1/version4", "level1/version9"), "Level 1"),
        (lambda t: t.replace("<task ", "<repeatedTask ").replace("task>", "repeatedTask>"), "repeatedTask"),
        (lambda t: t.replace("dataReference=\"data_c\"", "dataReference=\"gone\""), "gone"),
    ],
)  # fmt: skip
def test_experiments_that_cannot_be_honoured(change: Callable[[str], str], reason: str) -> None:
    text = sedml_text(EXPERIMENT, "t")
    assert change(text) != text
    with pytest.raises(VagusError) as caught:
        read_sedml(change(text).encode(), "x.sedml")
    assert caught.value.code == "V631" and reason in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/">%p;]><x/>',
        "<x>&undefined;</x>",
        "<x>" * 300 + "</x>" * 300,
        "<x",
        "",
        '<?xml version="1.0" encoding="no-such"?><x/>',
    ],
)
def test_xml_made_to_harm_is_refused(text: str) -> None:
    for read in (parse_xml, check_xml):
        with pytest.raises(VagusError) as caught:
            read(text.encode(), "x.xml")
        assert caught.value.code == "V632"


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("manifest.xml")
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 no zip",
        zipped(("../out.txt", b"x")),
        zipped(("/etc/x", b"x")),
        zipped(("a/../../x", b"x")),
        zipped(("c:\\x", b"x")),
        zipped((link(), b"/etc/passwd")),
        zipped(("bomb", bytes(50_000_000))),
        zipped(*((f"{k}", b"") for k in range(600))),
        zipped(("m.txt", b"x")),
    ],
)
def test_archives_made_to_harm_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.omex"
    path.write_bytes(content)
    with pytest.raises(VagusError) as caught:
        read_omex(str(path))
    assert caught.value.code == "V630"
    assert not list(tmp_path.parent.glob("out.txt"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.omex"
    path.write_bytes(zipped(("a", b"1"), ("a", b"2")))
    with pytest.raises(VagusError, match="twice"):
        read_archive(path)


GOOD = write_archive(
    {
        "manifest.xml": b"<omexManifest xmlns='http://identifiers.org/combine.specifications/omex-manifest'/>",
        "e.sedml": sedml_text(EXPERIMENT, "t").encode(),
    }
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=12), st.integers(0, 40)
)
def test_a_broken_archive_never_crashes(tmp_path: Path, changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(GOOD)
    for place, value in changes:
        content[place] = value
    path = tmp_path / "x.omex"
    path.write_bytes(bytes(content[: len(content) - cut]))
    try:
        read_omex(str(path))
    except VagusError as error:
        assert error.code in ("V630", "V631", "V632")


TEXT = sedml_text(EXPERIMENT, "t")


@settings(max_examples=120, deadline=None)
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 60), st.text(max_size=12))
def test_broken_sedml_never_crashes(place: int, length: int, instead: str) -> None:
    content = TEXT[:place] + instead + TEXT[place + length :]
    try:
        read_sedml(content.encode("utf-8", "surrogatepass"), "x.sedml")
    except VagusError as error:
        assert error.code in ("V631", "V632")
