"""Published models of other groups: the same curves as libRoadRunner, and the ones that must be refused or stop.

The models stay in the folder `shared/sbml` beside the repository (its README says where they come from and how long to
run them); without that folder these tests are skipped.
"""

from pathlib import Path

import libsbml
import numpy as np
import pytest

from vagus.errors import VagusError
from vagus.exchange.foreign import Order, run_foreign
from vagus.solve.reasons import Reason

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "sbml"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the folder shared/sbml is not beside the repository"
)
STEPS = 50
# model -> end in its own time unit; tolerance of the reference where it cannot work at the common one
ENDS = {
    "MODEL1006230111": 100,
    "MODEL0478740924": 2000,
    "MODEL0911270004": 300,
    "MODEL1172200168": 2000,
    "MODEL1006230110": 96,
    "BIOMD0000000672": 1794,
    "BIOMD0000000602": 1000,
    "BIOMD0000000831": 48,
    "MODEL0848507209": 20,
    "BIOMD0000000494": 30,
    "BIOMD0000000534": 336,
    "BIOMD0000000550": 100,
    "BIOMD0000000616": 20,
    "BIOMD0000000580": 120,
    "BIOMD0000000640": 60,
    "MODEL8938094216": 300,
    "BIOMD0000000576": 5000,
    "BIOMD0000000073": 240,
    "BIOMD0000000016": 240,
    "BIOMD0000000613": 8760,
    "BIOMD0000000673": 10,
    "BIOMD0000000140": 2600,
    "BIOMD0000000258": 500,
    "BIOMD0000000117": 8,
    "MODEL0912940495": 1,
    "MODEL1409240001": 3650,
}
LONG = {"MODEL1006230110": 480, "MODEL1006230115": 480}
LOOSE = {"BIOMD0000000672": 1e-7}  # the reference does not get past the switch at 1316 min with a tighter one
# libRoadRunner carries out an event `time == x` only when an output falls on x; here they fall on every hour
STEPS_OF_REFERENCE = {"BIOMD0000000613": 8760}
REFUSED = {"MODEL1006230013": ("V211", "'tau'")}  # a parameter without a value


def reference(path: Path, names: tuple[str, ...], end: float, rtol: float, steps: int) -> np.ndarray:
    """libRoadRunner's values of the same columns."""
    roadrunner = pytest.importorskip("roadrunner")
    roadrunner.Logger.disableLogging()
    runner = roadrunner.RoadRunner(str(path))
    runner.integrator.relative_tolerance = rtol
    runner.integrator.absolute_tolerance = 1e-16
    runner.integrator.maximum_num_steps = 1_000_000
    document = libsbml.readSBMLFromFile(str(path))
    species = {s.getId(): s for s in document.getModel().getListOfSpecies()}
    dense = [f"[{n}]" if n in species and not species[n].getHasOnlySubstanceUnits() else n for n in names]
    runner.timeCourseSelections = ["time", *dense]
    return np.array(runner.simulate(0, end, steps + 1))[:, 1:]


def worst_difference(model: str, end: float) -> float:
    """The largest difference to libRoadRunner as a part of what is allowed: 1 is the bound."""
    path = FOLDER / f"{model}.xml"
    steps = STEPS_OF_REFERENCE.get(model, STEPS)
    result = run_foreign(path, Order(end=end, steps=steps))
    assert result.reason.tolist() == [Reason.FINISHED]
    seen = result.values[:, :, 0]
    wanted = reference(path, result.names, end, LOOSE.get(model, 1e-11), steps)
    highest = np.max(np.abs(wanted), axis=0)
    empty = 1e-20 * np.max(highest)  # columns that are zero but for rounding have no digits to compare
    allowed = np.maximum(1e-4 * np.maximum(np.abs(wanted), 1e-3 * highest), empty)
    return float(np.max(np.abs(seen - wanted) / allowed))


@pytest.mark.parametrize("model", ENDS)
def test_the_curves_are_those_of_libroadrunner(model: str) -> None:
    assert worst_difference(model, ENDS[model]) <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("model", LONG)
def test_the_curves_of_stiff_models_over_weeks(model: str) -> None:
    assert worst_difference(model, LONG[model]) <= 1.0


@pytest.mark.parametrize("model", REFUSED)
def test_a_model_without_meaning_is_refused(model: str) -> None:
    code, words = REFUSED[model]
    with pytest.raises(VagusError, match=code) as caught:
        run_foreign(FOLDER / f"{model}.xml", Order())
    assert words in caught.value.message


def test_every_file_is_looked_at() -> None:
    assert {path.stem for path in FOLDER.glob("*.xml")} == ENDS.keys() | LONG.keys() | REFUSED.keys()


def test_a_model_that_grows_without_bound_stops_and_says_where() -> None:
    result = run_foreign(FOLDER / "MODEL1409240001.xml", Order(end=6000, steps=10))
    assert result.reason[0] != Reason.FINISHED and 3650 < result.stopped[0] < 6000
    assert np.isnan(result.values[-1]).all()


def test_an_event_of_an_exact_moment_is_scheduled(tmp_path: Path) -> None:
    """`time == x` is reached exactly wherever the steps fall; a row within eight roundings shows what came of it."""
    path = tmp_path / "model.ant"
    path.write_text("model m()\n  at_day = 0.1 + 0.2; x = 0; n = 0; n' = 1; at time == at_day: x = 1;\nend\n")
    result = run_foreign(path, Order(end=1.0, steps=10, wanted=(("x", "id"),)))
    assert result.times[3] == 0.3 < 0.1 + 0.2
    assert result.values[:, 0, 0].tolist() == [0, 0, 0, *[1] * 8]
