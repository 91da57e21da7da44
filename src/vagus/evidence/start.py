"""How long one waits: from starting Python to the first course, and for one course in a process that runs already.

Wall time is what a person waits; processor time stands beside it, because on a busy machine only that one says
something about vagus.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

import numpy as np

from ..body.model import load_model
from ..body.patient import Patient
from ..body.simulate import simulate
from ..body.treatment import load_treatment
from ..people.draw import typical

_COURSE = "ketamine-iv-6"
_DAYS = 84.0
_SHOWN = ("mood.depression", "hpa.cortisol_slow")
_FIRST = f"""
import vagus
model = vagus.load()
people = vagus.typical(model, vagus.Patient(conditions=("mdd",)))
run = vagus.simulate(model, people, [vagus.load_treatment("{_COURSE}")], {_DAYS}, {_SHOWN[:1]!r})
assert run.sound.all()
"""
_COMMAND = ("simulate", "--condition", "mdd", "--treatment", _COURSE, "--days", f"{_DAYS:g}", "--quiet")
_TURNS = 9


def waits() -> dict[str, float]:
    """Seconds until the first course of 84 days, with an empty cache (cold) and with a full one (warm).

    `cold_s`, `warm_s`: Python, `import vagus`, the body, a typical person with depression, the course;
    `..._cpu_s` of it on the processor. `command_cold_s`, `command_warm_s`: `vagus simulate`, which draws 100 people
    and a placebo arm beside. `page_run_ms`: the course of one person in a running process, processor time.
    """
    library = _twice([sys.executable, "-c", _FIRST])
    command = _twice([sys.executable, "-m", "vagus", *_COMMAND])
    return {
        "cold_s": library[0][0],
        "warm_s": library[1][0],
        "cold_cpu_s": library[0][1],
        "warm_cpu_s": library[1][1],
        "command_cold_s": command[0][0],
        "command_warm_s": command[1][0],
        "page_run_ms": page_run(),
    }


def _twice(command: Sequence[str]) -> list[tuple[float, float]]:
    """Wall and processor seconds of a command with an empty cache, and again with what it left there."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"VAGUS_CACHE": folder}
        return [_timed(command, environment) for _ in range(2)]


def _timed(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def page_run() -> float:
    """Milliseconds of processor time for one averaged course of 84 days of one person, everything being loaded."""
    model = load_model()
    people = typical(model, Patient(conditions=("mdd",)))
    course = load_treatment(_COURSE)
    seconds = []
    for _ in range(_TURNS):
        begin = time.process_time()
        simulate(model, people, [course], _DAYS, _SHOWN)
        seconds.append(time.process_time() - begin)
    return 1e3 * float(np.median(seconds))
