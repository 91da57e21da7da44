"""Vagus: the mind-body connection as software.

One mechanistic model joins brain and body; virtual people live in it, treatments act on it, and the scores and vital
signs a clinic measures come out. For research, teaching and record keeping; not a medical device.

The doors: `load` the body, write down a `Patient`, choose a `Treatment`, `simulate`, `observe`, `draw` people,
`follow_course`, `read_study`, `run_trial`, `predict` its outcomes, `explain` a number, `report`.
"""

from .body.model import Model
from .body.model import load_model as load
from .body.patient import Patient, read_patient
from .body.run import Run
from .body.run import package_version as _package_version
from .body.simulate import People, simulate
from .body.treatment import Treatment, load_treatment
from .errors import VagusError
from .evidence.explain import explain
from .observe import administer as observe
from .people.course import Course, follow_course
from .people.draw import draw_accepted as draw
from .people.draw import typical
from .people.endpoint import predict
from .people.study import read_study
from .people.trial import run_trial
from .report import write_report as report

__version__ = _package_version()

__all__ = [
    "Course",
    "Model",
    "Patient",
    "People",
    "Run",
    "Treatment",
    "VagusError",
    "draw",
    "explain",
    "follow_course",
    "load",
    "load_treatment",
    "observe",
    "predict",
    "read_patient",
    "read_study",
    "report",
    "run_trial",
    "simulate",
    "typical",
]
