"""`Run`: labelled results with units, and failures told person by person."""

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.body.output import load_outputs
from vagus.body.patient import Patient
from vagus.body.run import Run
from vagus.body.simulate import simulate
from vagus.body.treatment import load_treatment
from vagus.people.draw import draw, typical
from vagus.solve.integrate import Control
from vagus.solve.reasons import Reason


@pytest.fixture(scope="module")
def run(model: Model) -> Run:
    arms = [load_treatment("ketamine-iv-single"), load_treatment("untreated")]
    return simulate(model, typical(model, Patient()), arms, 2.0, ["mood.depression", *load_outputs()])


def test_the_dataset_has_units_and_labels(run: Run) -> None:
    data = run.dataset()
    assert dict(data.sizes) == {"arm": 2, "person": 1, "time": len(run.times)}
    assert list(data["arm"].values) == ["ketamine-iv-single", "untreated"]
    assert data["time"].attrs["units"] == "h"
    for output in load_outputs().values():
        variable = data[output.name.replace(".", "_")]
        assert variable.dims == ("arm", "person", "time")
        assert variable.attrs["units"] == output.unit and variable.attrs["long_name"] == output.name
    assert data["mood_depression"].attrs["units"] == "1"
    assert {"model", "clock", "rtol", "people", "recipe", "treatment", "days", "vagus_version"} <= set(
        data.attrs
    )
    assert (data.attrs["clock"], data.attrs["treatment"]) == ("averaged", "ketamine-iv-single")


def test_who_finished_is_told(run: Run) -> None:
    assert run.sound.all() and run.failures() == []
    assert (run.dataset()["reason"].values == 0).all()


@pytest.mark.parametrize("broken", ["mood.threshold", "pain.peripheral_time"])
def test_a_person_who_fails_is_told_and_has_no_numbers(broken: str, model: Model) -> None:
    """One drawn person is made impossible; the others are as if nothing had happened."""
    people = draw(model, Patient(), 4, seed=2)
    arms = [load_treatment("untreated")]
    sound = simulate(model, people, arms, 2.0, ["mood.depression"])
    people.p[model.parameter(broken), 1] = np.nan
    run = simulate(model, people, arms, 2.0, ["mood.depression"])
    assert list(run.sound) == [True, False, True, True]
    ((person, arm, code, hour),) = run.failures()
    assert (person, arm, hour) == (1, "untreated", 0.0) and code.startswith("V50")
    assert np.isnan(run.values["mood.depression"][0, 1]).all()
    others = [0, 2, 3]
    assert np.array_equal(
        run.values["mood.depression"][0, others], sound.values["mood.depression"][0, others]
    )
    assert run.dataset()["reason"].values.tolist()[0][1] != 0


def test_the_limit_of_steps_is_a_failure_not_a_hang(model: Model) -> None:
    people = typical(model, Patient())
    arms = [load_treatment("ketamine-iv-single")]
    from_rest = Control(rtol=1e-8, atol=1e-11, most_steps=5)
    run = simulate(model, people, arms, 2.0, ["mood.depression"], control=from_rest)
    assert run.reason.tolist() == [[int(Reason.TOO_MANY_STEPS)]]
    assert np.isnan(run.values["mood.depression"]).all()


def test_every_output_has_a_label_a_unit_and_a_range() -> None:
    for output in load_outputs().values():
        assert output.label and output.unit and output.meaning and output.low < output.high
        assert output.shown in ("vital", "biomarker", "acute", "detail") and output.better in (
            "lower",
            "higher",
            "none",
        )
