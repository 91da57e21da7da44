"""The cross-response of the systems, and arrows that are cut."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from vagus.body.model import Model, load_model
from vagus.body.patient import Patient
from vagus.body.resting import require_rest, resting_state
from vagus.cli import app
from vagus.errors import VagusError
from vagus.evidence.matrix import Matrix, chosen, matrix_of, values_for, with_cuts
from vagus.kernel.drive import drive
from vagus.people.draw import typical
from vagus.solve.events import Change, Events
from vagus.solve.integrate import Control

DATA = Path(__file__).parents[1] / "data"
DAY = 24.0
STATES = ("mood.depression", "pain.perceived")


@pytest.fixture(scope="module")
def model(cache: Path) -> Model:
    return load_model()


@pytest.fixture(scope="module")
def healthy(model: Model) -> Matrix:
    return matrix_of(model)


def cell(found: Matrix, moves: str, stepped: str) -> float:
    names = [system.name for system in found.systems]
    return float(found.response[names.index(moves), names.index(stepped)])


def test_each_of_the_fourteen_systems_is_stepped(healthy: Matrix) -> None:
    assert len(healthy.systems) >= 14
    assert np.isfinite(healthy.response).all() and (np.diag(healthy.response) == 1.0).all()
    assert (healthy.step > 0).all()


@pytest.mark.parametrize(
    ("moves", "stepped", "sign"),
    [
        ("mood", "sleep", -1),
        ("mood", "plasticity", -1),
        ("mood", "pain", 1),
        ("sleep", "pain", -1),
        ("plasticity", "hpa", -1),
        ("immune", "gut", 1),
        ("energy", "thyroid", 1),
    ],
)
def test_directions(healthy: Matrix, moves: str, stepped: str, sign: int) -> None:
    assert np.sign(cell(healthy, moves, stepped)) == sign


def test_a_cut_arrow_carries_nothing(model: Model, healthy: Matrix) -> None:
    without = matrix_of(model, cuts=[("thyroid", "energy")])
    assert cell(healthy, "energy", "thyroid") > 0.1
    assert abs(cell(without, "energy", "thyroid")) < 0.01
    assert cell(without, "mood", "pain") == pytest.approx(cell(healthy, "mood", "pain"), rel=0.05)


def settle_without(
    model: Model, patient: Patient, cuts: Sequence[tuple[str, str]], days: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where `STATES` of a patient stand at rest, and some days after arrows were cut."""
    arrows = chosen(model, cuts)
    kernel = with_cuts(model, arrows)
    people = typical(model, patient)
    rest = resting_state(model, people.p, people.history, people.check)
    require_rest(rest, patient.name)
    rows = np.array([model.state(name) for name in STATES], dtype=np.int64)
    p = values_for(model, kernel, people.p, arrows)
    times = np.array([0.0, DAY * days])
    journey = drive(kernel, rest.y.copy(), p, Events([[]]), times, Control(rtol=1e-6, atol=1e-9), rows)
    return rest.y[rows, 0], journey.outputs[-1, :, 0]


def test_cutting_what_is_read_at_its_healthy_rest_changes_nothing_in_health(model: Model) -> None:
    before, after = settle_without(model, Patient(), [("pain", "mood"), ("sleep", "pain")], 365.0)
    assert after == pytest.approx(before, abs=1e-4)


def test_a_pair_without_an_arrow_is_told(model: Model) -> None:
    with pytest.raises(VagusError) as caught:
        chosen(model, [("pain", "mod")])
    assert caught.value.code == "V315" and "pain->mood" in (caught.value.hint or "")


def test_cuts_help_the_person_with_depression_and_pain(model: Model) -> None:
    patient = Patient(conditions=("mdd", "pain"))
    arms = {
        "pain->mood": [("pain", "mood")],
        "all of pain": [("pain", to) for to in ("mood", "sleep", "hpa", "autonomic", "catecholamine")],
        "mood->pain": [("mood", "pain")],
    }
    found = {name: settle_without(model, patient, cuts, 1000.0) for name, cuts in arms.items()}
    for before, after in found.values():
        assert after[0] < before[0] and after[1] < before[1]
    assert found["all of pain"][1][0] < found["pain->mood"][1][0]
    assert found["mood->pain"][1][1] < found["pain->mood"][1][1]


def part_b(model: Model) -> np.ndarray:
    """The constants as models.md prints them in part B; ongoing activity .48, rumination 3."""
    p = model.defaults()
    with (DATA / "part_b.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            p[model.parameter(row["name"])] = float(row["value"])
    p[model.parameter("pain.ongoing_activity")], p[model.parameter("mood.rumination_gain")] = 0.48, 3.0
    return p


@pytest.mark.parametrize(
    ("cuts", "depression", "pain"),
    [
        ((), 0.96, 0.53),
        ((("pain", "mood.drive"),), 0.90, 0.46),
        ((("sleep", "mood.drive"),), 0.89, 0.44),
        ((("mood", "pain.descending_inhibition"),), 0.04, 0.0),
        ((("sleep", "pain"),), 0.04, 0.0),
        (
            (("pain", "mood"),),
            0.04,
            0.0,
        ),  # with anxiety and arousal, and through them sleep: as all pain outputs
    ],
)
def test_cuts_of_the_injured_person_as_the_table_of_knock_outs(
    model: Model, cuts: tuple[tuple[str, str], ...], depression: float, pain: float
) -> None:
    arrows = chosen(model, cuts)
    kernel, plain = with_cuts(model, arrows, lean=False), with_cuts(model, [], lean=False)
    p = part_b(model)[:, None]
    row, rows = plain.parameters.index("pain.injury"), np.array([model.state(name) for name in STATES])
    injury = [Change(30 * DAY, False, row, 0.6), Change(90 * DAY, False, row, 0.0)]
    control = Control(rtol=1e-6, atol=1e-9)
    inside = values_for(model, plain, p, [])
    chronic = drive(
        plain, model.start()[:, None], inside, Events([injury]), np.array([0.0, 1590 * DAY]), control, rows
    )
    inside = values_for(model, kernel, p, arrows)
    left = drive(kernel, chronic.y, inside, Events([[]]), np.array([0.0, 1000 * DAY]), control, rows)
    told = left.outputs[-1, :, 0]
    assert chronic.outputs[-1, 0, 0] == pytest.approx(0.96, abs=0.03)
    assert told == pytest.approx([depression, pain], abs=0.02)


def test_the_command(tmp_path: Path) -> None:
    runner = CliRunner()
    data = json.loads(runner.invoke(app, ["matrix", "--cut", "pain->mood", "--json"]).output)
    assert data["cuts"] == ["pain->mood"] and data["response"]["mood"]["mood"] == 1.0
    wrong = runner.invoke(app, ["matrix", "--cut", "pain to mood"])
    assert isinstance(wrong.exception, VagusError) and wrong.exception.code == "V413"
