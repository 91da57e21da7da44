"""The SBML of a person and a course: sound by libSBML's own checks, and the same numbers in another simulator."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import libsbml
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from vagus.body.model import Model, load_model
from vagus.body.patient import Patient
from vagus.body.resting import resting_state
from vagus.body.travel import travel
from vagus.body.treatment import dose_changes, load_treatment
from vagus.cli import app
from vagus.exchange.sbml import ExportedPerson, consistency, sbml_of
from vagus.people.draw import typical
from vagus.solve.events import Change, Events
from vagus.solve.integrate import Control
from vagus.tables import atlas_names

Array = NDArray[np.float64]
DAYS = 84.0
COURSES = [
    ("healthy", "untreated"),
    ("mdd,pain", "ketamine-iv-6"),
    ("mdd", "ssri"),
    ("ptsd", "ketamine-iv-6"),
]


@pytest.fixture(scope="module")
def model(cache: Path) -> Model:
    return load_model()


def journey(model: Model, conditions: str, treatment: str, weight: float = 70.0) -> ExportedPerson:
    patient = Patient(
        name='A <b>"bold"</b> & \x01 name', conditions=tuple(conditions.split(",")), weight=weight
    )
    people = typical(model, patient)
    rest = resting_state(model, people.p, people.history, people.check)
    course = load_treatment(treatment)
    changes = dose_changes(course, model, patient.weight, 24.0 * DAYS)
    return ExportedPerson(
        patient.name, [("person", patient.name)], people.p[:, 0], rest.y[:, 0], changes, course.sources
    )


def by_vagus(model: Model, what: ExportedPerson, times: Array) -> Array:
    """Every state and output (quantities, times)."""
    rows = np.arange(len(model.states) + len(model.outputs))
    events, control = Events([list(what.changes)]), Control(rtol=1e-8, atol=1e-11)
    found = travel(model, what.y[:, None], what.p[:, None], events, times, control, rows)
    assert found.reason[0] == 0
    return found.outputs[:, :, 0].T


def by_roadrunner(model: Model, text: str, times: Array) -> Array:
    """The same from the SBML text."""
    roadrunner = pytest.importorskip("roadrunner")
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
    runner = roadrunner.RoadRunner(text)
    solver = runner.getIntegrator()
    solver.relative_tolerance, solver.absolute_tolerance = 1e-9, 1e-13
    solver.maximum_num_steps, solver.maximum_time_step = (
        100_000,
        2.0,
    )  # a short infusion is never stepped over
    names = [name.replace(".", "_", 1) for name in (*model.states, *model.outputs)]
    runner.timeCourseSelections = names
    return np.array(runner.simulate(times=list(times))).T


@pytest.mark.parametrize(("conditions", "treatment"), COURSES)
def test_another_simulator_gives_the_same_numbers(model: Model, conditions: str, treatment: str) -> None:
    if set(conditions.split(",")) - set(atlas_names("conditions")):
        pytest.skip(f"no condition {conditions} in the atlas")
    what = journey(model, conditions, treatment)
    written = sbml_of(model, what)
    assert written.warnings == ()
    # Beside the doses, never on them: what stands exactly at a jump is a matter of convention.
    times = np.concatenate([[0.0], np.arange(0.05, 3.0, 0.11), np.arange(5.3, 24.0 * DAYS, 6.1)])
    ours, theirs = by_vagus(model, what, times)[:, 1:], by_roadrunner(model, written.text, times)[:, 1:]
    room = 1e-4 * np.maximum(np.abs(ours), 1e-3 * np.abs(ours).max(axis=1, keepdims=True))
    room += 1e-12  # what the other solver leaves as dust where nothing happens
    apart = np.abs(theirs - ours)
    names = (*model.states, *model.outputs)
    wrong = {names[k]: float((apart[k] / room[k]).max()) for k in np.flatnonzero((apart > room).any(axis=1))}
    assert wrong == {}
    moved = {names[k] for k in np.flatnonzero(np.ptp(ours, axis=1) > 1e-3)}
    assert treatment == "untreated" or "mood.depression" in moved  # not the agreement of two flat lines


@pytest.fixture(scope="module")
def treated(model: Model) -> libsbml.SBMLDocument:
    return libsbml.readSBMLFromString(
        sbml_of(model, journey(model, "mdd", "ketamine-iv-6", weight=80.0)).text
    )


def test_every_quantity_and_literal_has_a_unit(treated: libsbml.SBMLDocument) -> None:
    sbml = treated.getModel()
    assert (treated.getLevel(), treated.getVersion(), sbml.getTimeUnits()) == (3, 2, "hour")
    assert all(parameter.isSetUnits() and parameter.isSetName() for parameter in sbml.getListOfParameters())
    text = libsbml.writeSBMLToString(treated)
    literals = re.findall(r"<cn\b[^>]*>", text)
    assert literals and all("units=" in literal for literal in literals)


def test_what_a_number_means_and_rests_on(treated: libsbml.SBMLDocument) -> None:
    parameter = treated.getModel().getParameter("ketamine_typical_clearance")
    notes = parameter.getNotesString()
    assert parameter.getName() == "ketamine.typical_clearance" and parameter.getUnits() == "L_per_h"
    assert "grade: moderate" in notes and "simons2022" in notes
    term = parameter.getCVTerm(0)
    assert term.getBiologicalQualifierType() == libsbml.BQB_IS_DESCRIBED_BY
    assert term.getResourceURI(0) == "https://identifiers.org/doi:10.3389/fpain.2022.946486"


def test_infusions_are_set_and_visits_added(treated: libsbml.SBMLDocument) -> None:
    sbml = treated.getModel()
    assert sbml.getNumEvents() == 12  # six starts (with the visit), six ends
    first, second = sbml.getEvent(0), sbml.getEvent(1)
    told = {
        a.getVariable(): libsbml.formulaToL3String(a.getMath()) for a in first.getListOfEventAssignments()
    }
    assert told["expectancy_care"].startswith("expectancy_care + 1")
    doses = [float(told[f"{name}_infusion"].split()[0]) for name in ("esketamine", "arketamine")]
    assert sum(doses) * 40 / 60 == pytest.approx(0.5 * 80.0)  # mg/h for 40 min at 80 kg
    ends = [libsbml.formulaToL3String(a.getMath()) for a in second.getListOfEventAssignments()]
    assert {float(end.split()[0]) for end in ends} == {0.0}


def test_a_name_never_becomes_markup(treated: libsbml.SBMLDocument) -> None:
    text = libsbml.writeSBMLToString(treated)
    ElementTree.fromstring(text)
    assert "<b>" not in text and "&lt;b&gt;" in text


def test_a_wrong_unit_does_not_pass(treated: libsbml.SBMLDocument) -> None:
    broken = treated.clone()
    broken.getModel().getParameter("pain_windup_time").setUnits("kg")
    assert any("windup" in warning for warning in consistency(libsbml.writeSBMLToString(broken)))


def test_two_jumps_of_one_state_at_one_time_are_both_there(model: Model) -> None:
    what = journey(model, "healthy", "untreated")
    row = model.state("expectancy.care")
    both = [Change(24.0, True, row, 0.25), Change(24.0, True, row, 0.5)]
    what = replace(what, changes=both)
    times = np.array([0.0, 23.0, 25.0, 30.0])
    ours = by_vagus(model, what, times)[row]
    theirs = by_roadrunner(model, sbml_of(model, what).text, times)[row]
    assert theirs == pytest.approx(ours, rel=1e-6) and ours[2] > 0.5


def test_the_command_writes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "one.xml"
    result = CliRunner().invoke(
        app, ["export", "sbml", "--condition", "mdd", "--days", "20", "--out", str(file)]
    )
    assert result.exit_code == 0 and "libSBML has no complaint" in result.output
    assert libsbml.readSBMLFromFile(str(file)).getModel().getNumEvents() == 0
