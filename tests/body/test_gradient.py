"""Sensitivities of the body beside references that are a thousand times more exact (docs/engine.md)."""

import numpy as np
import pytest

from vagus.body.gradient import gradient
from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.simulate import People
from vagus.body.treatment import load_treatment
from vagus.errors import VagusError
from vagus.people.draw import typical
from vagus.solve.integrate import Control

NAMES = ("mood.threshold", "sleep.switch_width", "load.persistent", "hpa.cortisol_half_life")
OUTPUTS = ("mood.depression", "mood.anxiety")
TIMES = np.array([0.0, 24.0, 504.0])
FINE = Control(rtol=1e-11, atol=1e-14, most_steps=2_000_000)


@pytest.fixture(scope="module")
def person(model: Model) -> People:
    return typical(model, Patient(conditions=("mdd",)))


@pytest.mark.parametrize("from_rest", [True, False])
def test_slopes_agree_with_far_more_exact_ones(model: Model, person: People, from_rest: bool) -> None:
    ways = {"times": TIMES, "from_rest": from_rest}
    given = (model, person, load_treatment("ketamine-iv-6"), 22.0, OUTPUTS, NAMES)
    got = gradient(*given, **ways)
    want = gradient(*given, **ways, control=FINE, step=1e-3)
    size = np.abs(want.slope).max(axis=2, keepdims=True)
    missed = np.abs(got.slope - want.slope)
    assert (missed <= 1e-3 * size + 1e-8).all()
    # Where a person is about to tip the width of the step decides, and the doubt says so.
    assert (missed <= np.maximum(2e-4 * size + 1e-8, 1.2 * got.doubt)).all()
    assert (size[0] > 1e-3).all()  # the threshold of mood matters for both
    assert (got.slope[1] == 0).all() or np.abs(
        got.slope[1]
    ).max() < 1e-8  # a number of the clock, in day means
    started = got.slope[0, 0, 0]
    assert (abs(started) > 1e-3) if from_rest else started == 0.0


def test_names_and_courses_that_are_none_are_told(model: Model, person: People) -> None:
    given = (model, person, load_treatment("untreated"), 1.0, OUTPUTS)
    with pytest.raises(VagusError, match="V315"):
        gradient(*given, ["mood.no_such_number"])
    with pytest.raises(VagusError, match="V510"):
        gradient(*given, ["mood.threshold"], control=Control(most_steps=3), from_rest=False)
