"""How fast, how exact: our engine and libRoadRunner in turns on the same people, in one run.

Nothing here is timed in tests; the numbers stand in docs/engine.md with the command that gives them.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..extras import optional
from ..solve.events import Change
from ..solve.integrate import Control
from .contest import REFERENCE, Contest, body, standin

Array = NDArray[np.float64]
OURS = (1e-3, 2e-4, 5e-5, 1e-5, 3e-6, 1e-6, 2e-7)
THEIRS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
MATCHED = 5e-5
_FIRST = ("simulate", "--condition", "mdd", "--treatment", "ketamine-iv-6", "--days", "84", "--quiet")


def bench(people: int = 256, others: int = 8, rounds: int = 3) -> dict[str, Any]:
    """All races: people per second, errors, ratios, start times, threads and memory.

    Args:
        people: how many our engine simulates in each round.
        others: how many the other engine simulates in each round.
        rounds: rounds in turns; medians are told.
    """
    cold, warm = first_result()
    found: dict[str, Any] = {}
    for make in (body, standin):
        contest = make(people)
        found[contest.name] = {**race(contest, others, rounds), "cold_s": cold, "warm_s": warm}
    return found


def race(contest: Contest, others: int, rounds: int) -> dict[str, Any]:
    """One race: both engines swept over their tolerances, round by round."""
    reference = contest.run(REFERENCE, min(contest.y.shape[1], 64)).outputs
    count = reference.shape[2]
    other = Other.of(contest)
    ours: dict[float, list[float]] = {rtol: [] for rtol in OURS}
    theirs: dict[float, list[float]] = {rtol: [] for rtol in THEIRS}
    errors: dict[str, dict[float, Array]] = {"ours": {}, "theirs": {}}
    for _ in range(rounds):
        for rtol in OURS:
            begin = time.process_time()
            got = contest.run(_control(rtol))
            ours[rtol].append(contest.y.shape[1] / (time.process_time() - begin))
            errors["ours"][rtol] = contest.error(got.outputs[:, :, :count], reference)
        for rtol in THEIRS:
            if other is None:
                break
            begin = time.process_time()
            outputs = other.run(range(min(others, count)), rtol)
            theirs[rtol].append(outputs.shape[2] / (time.process_time() - begin))
            errors["theirs"][rtol] = contest.error(outputs, reference[:, :, : outputs.shape[2]])
    speeds = {rtol: float(np.median(values)) for rtol, values in ours.items()}
    default = Control().rtol
    result: dict[str, Any] = {
        "people_per_s_core": speeds[default],
        "error_median": float(np.median(errors["ours"][default])),
        "error_worst": float(np.max(errors["ours"][default])),
        "sweep": {f"{r:g}": [speeds[r], float(np.median(errors["ours"][r]))] for r in OURS},
        "matched_people_per_s": _at_error(speeds, errors["ours"]),
        **threads(contest),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }
    if other:
        slow = {rtol: float(np.median(values)) for rtol, values in theirs.items()}
        result["roadrunner_sweep"] = {
            f"{r:g}": [slow[r], float(np.median(errors["theirs"][r]))] for r in THEIRS
        }
        result["ratio_equal_rtol"] = speeds[1e-6] / slow[1e-6]
        result["roadrunner_matched_people_per_s"] = _at_error(slow, errors["theirs"])
        result["ratio_matched_error"] = (
            result["matched_people_per_s"] / result["roadrunner_matched_people_per_s"]
        )
    return result


def threads(contest: Contest) -> dict[str, float]:
    """How much faster two threads are, and how many cores they really got."""
    times = {}
    for count in (1, 2):
        wall, cpu = time.perf_counter(), time.process_time()
        contest.run(Control(), threads=count)
        times[count] = (time.perf_counter() - wall, time.process_time() - cpu)
    return {"thread_speedup": times[1][0] / times[2][0], "cpu_over_wall": times[2][1] / times[2][0]}


def first_result() -> tuple[float, float]:
    """Seconds from starting Python to the end of a simulation, with an empty cache and again with a full one."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"VAGUS_CACHE": folder}
        seconds = []
        for _ in range(2):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-m", "vagus", *_FIRST], env=environment, check=True)
            seconds.append(time.perf_counter() - begin)
    return seconds[0], seconds[1]


def _control(rtol: float) -> Control:
    return Control(rtol=rtol, atol=max(1e-3 * rtol, 1e-12))


def _at_error(speeds: dict[float, float], errors: dict[float, Array]) -> float:
    """People per second at the error that is compared, between the two nearest tolerances (both axes logarithmic)."""
    points = sorted((float(np.log(np.median(errors[r]))), float(np.log(speeds[r]))) for r in speeds)
    return float(np.exp(np.interp(np.log(MATCHED), [x for x, _ in points], [y for _, y in points])))


class Other:
    """libRoadRunner on the people of a contest: legs between the changes, outputs at the same times."""

    def __init__(self, contest: Contest, roadrunner: ModuleType) -> None:
        self.contest = contest
        self.engine = roadrunner.RoadRunner(contest.sbml)
        self.engine.integrator.maximum_num_steps = 1_000_000
        self.names = [contest.ids[contest.kernel.states[row]] for row in contest.select]

    @classmethod
    def of(cls, contest: Contest) -> "Other | None":
        """None when libRoadRunner is not installed."""
        roadrunner = optional("roadrunner")
        return None if roadrunner is None else cls(contest, roadrunner)

    def run(self, people: Sequence[int], rtol: float) -> Array:
        """Outputs (times, observables, people) at one tolerance."""
        self.engine.integrator.relative_tolerance = rtol
        self.engine.integrator.absolute_tolerance = max(1e-3 * rtol, 1e-12)
        return np.stack([self._one(person) for person in people], axis=2)

    def _one(self, person: int) -> Array:
        contest, engine = self.contest, self.engine
        engine.resetToOrigin()
        for name, value in contest.fixed.items():
            engine[contest.ids[name]] = value
        for names, values in ((contest.kernel.parameters, contest.p), (contest.kernel.states, contest.y)):
            for name, value in zip(names, values[:, person], strict=True):
                engine[contest.ids[name]] = value
        engine.timeCourseSelections = self.names
        changes = sorted(contest.changes[person], key=lambda change: change.time)
        edges = np.unique([contest.times[0], *(c.time for c in changes), contest.times[-1]])
        parts = [np.array([[engine[name] for name in self.names]])]
        for begin, end in pairwise(edges):
            for change in changes:
                if change.time == begin:
                    self._apply(change)
            inside = contest.times[(contest.times > begin) & (contest.times <= end)]
            points = np.unique([begin, *inside, end])
            rows = np.asarray(engine.simulate(times=points.tolist()))
            parts.append(rows[np.isin(points, inside)])
        return np.concatenate(parts)

    def _apply(self, change: Change) -> None:
        kernel, ids = self.contest.kernel, self.contest.ids
        if change.jump:
            name = ids[kernel.states[change.index]]
            self.engine[name] = self.engine[name] + change.value
        else:
            self.engine[ids[kernel.parameters[change.index]]] = change.value
