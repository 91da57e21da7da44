"""Constructs of SBML put together at random give the curves of libRoadRunner."""

from pathlib import Path

import antimony
import numpy as np
import pytest
import roadrunner

from vagus.exchange.foreign import Order, Result, run_foreign, run_text
from vagus.language.foreign import Form

from .random_model import SPECIES, Writer
from .random_sbml import Builder

END, STEPS = 10.0, 50
CLOSE = 1e-4  # of the value, or of a thousandth of the largest


def curves_of_other(sbml: str, names: list[str]) -> np.ndarray:
    """What libRoadRunner gives with steps too small to miss an event."""
    engine = roadrunner.RoadRunner(sbml)
    engine.integrator.relative_tolerance, engine.integrator.absolute_tolerance = 1e-10, 1e-13
    engine.integrator.maximum_num_steps, engine.integrator.maximum_time_step = 100_000, 0.02
    engine.timeCourseSelections = names
    return np.asarray(engine.simulate(0, END, STEPS + 1))


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("seed", range(20))
def test_a_model_at_random_gives_the_same_curves(seed: int, tmp_path: Path) -> None:
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(Writer(seed).text()) >= 0, antimony.getLastError()
    sbml = antimony.getSBMLString("mixed")
    path = tmp_path / "mixed.xml"
    path.write_text(sbml)
    forms: list[tuple[str, Form]] = [(name, "amount") for name in SPECIES]
    order = Order(end=END, steps=STEPS, wanted=(*forms, ("m", "id"), ("w", "id")))
    result = run_foreign(path, order)
    assert result.reason.tolist() == [0] and apart(sbml, result) <= CLOSE


def apart(sbml: str, result: Result) -> float:
    """The largest difference from libRoadRunner, as a part of the value or of a thousandth of the largest."""
    other = curves_of_other(sbml, list(result.names))
    size = np.maximum(np.abs(other), 1e-3 * np.abs(other).max(axis=0) + 1e-12)
    return float((np.abs(result.values[:, :, 0] - other) / size).max())


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("seed", range(20))
def test_what_only_sbml_writes_gives_the_same_curves(seed: int) -> None:
    builder = Builder(seed)
    sbml = builder.text()
    forms: list[tuple[str, Form]] = [(name, "amount") for name in SPECIES]
    forms += [(name, "id") for name in ("m", "w", "x", "seen", "C", "F", *builder.counts)]
    result = run_text(sbml, "mixed.xml", Order(end=END, steps=STEPS, wanted=tuple(forms)))
    assert result.reason.tolist() == [0] and apart(sbml, result) <= CLOSE
