"""The exported body in COPASI: another simulator with a solver and an event machinery of its own."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import load_model
from vagus.exchange.sbml import sbml_of

from .test_sbml_export import by_vagus, journey

HOURS, STEP = 72.0, 4.0
#: In a process of its own: COPASI brings a SWIG runtime that spoils the one of libsbml.
RUN = """
import json, sys
import COPASI
data = COPASI.CRootContainer.addDatamodel()
assert data.importSBML(sys.argv[1])
task = data.getTask("Time-Course")
problem = task.getProblem()
problem.setStepNumber(int(sys.argv[2]))
problem.setDuration(float(sys.argv[3]))
problem.setTimeSeriesRequested(True)
task.setMethodType(COPASI.CTaskEnum.Method_deterministic)  # LSODAR: finds events
method = task.getMethod()
method.getParameter("Relative Tolerance").setDblValue(1e-7)
method.getParameter("Absolute Tolerance").setDblValue(1e-10)
method.getParameter("Max Internal Steps").setUIntValue(1000000)
done = task.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI) and task.processRaw(True)
task.restore()
series = task.getTimeSeries()
rows, columns = series.getRecordedSteps(), series.getNumVariables()
column = {series.getSBMLId(k, data): k for k in range(columns)}
values = {name: [series.getConcentrationData(row, k) for row in range(rows)] for name, k in column.items()}
print(json.dumps({"done": bool(done), "told": COPASI.CCopasiMessage.getAllMessageText()[-400:], "values": values}))
"""


@pytest.mark.slow
def test_copasi_gives_the_same_numbers_through_an_infusion(cache: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec("COPASI") is None:
        pytest.skip("python-copasi is not installed")
    model = load_model()
    what = journey(model, "mdd,pain", "ketamine-iv-single")  # the infusion is two events of the file
    path = tmp_path / "body.sbml"
    path.write_text(sbml_of(model, what).text, encoding="utf-8")
    steps = int(HOURS / STEP)
    asked = [sys.executable, "-c", RUN, str(path), str(steps), str(HOURS)]
    found = json.loads(
        subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    )
    assert found["done"], found["told"]
    names = [name.replace(".", "_", 1) for name in (*model.states, *model.outputs)]
    theirs = np.array([found["values"][name] for name in names])[:, 1:]
    ours = by_vagus(model, what, np.linspace(0.0, HOURS, steps + 1))[:, 1:]
    room = 1e-4 * np.maximum(np.abs(ours), 1e-3 * np.abs(ours).max(axis=1, keepdims=True)) + 1e-9
    apart = (np.abs(theirs - ours) / room).max(axis=1)
    assert {names[k]: float(apart[k]) for k in np.flatnonzero(apart > 1.0)} == {}
