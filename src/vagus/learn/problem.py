"""The problem of a calibration: all published numbers that may be fitted, and what predicts them.

One study with one population set is one task; tasks are shared among processes, or among the workers of a cluster, and
each is kept on disk as soon as it is done, so that a run that was stopped goes on where it was. Once a first round has
shown which numbers of the population a study does not feel, it is not simulated again for those.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.model import Model, load_model
from ..errors import VagusError, fail
from ..people.cluster import Cluster
from ..people.endpoint import predict
from ..people.study import read_study
from ..people.study_record import Study
from ..people.trial import run_trial
from ..solve.integrate import Control
from ..tables import atlas_path, read_toml
from .comparison import Row
from .gather import rows_of, with_prediction
from .population_set import Fitted, as_set

Array = NDArray[np.float64]
#: Of each row: mean, Monte-Carlo error and sampling error; None where it was not predicted.
Numbers = list[list[float | None]]
CALIBRATE = "calibrate"
EVALUATIONS = "evaluations.jsonl"
#: Calibration asks for thousands of courses: a tenth of a score point is enough of each.
QUICK = Control(rtol=1e-4, atol=1e-7)
#: What is needed of a trial for these: nothing of its length may be cut.
_WHOLE = ("median_time", "hazard_ratio", "dropout_rate", "cmax", "tmax", "auc", "bioavailability", "relapse")
_NAMES = ("people", "pilot", "seed", "rounds", "within_study", "sets", "told")


@dataclass(frozen=True)
class Method:
    """How calibration works, from the table [method] of `fitted.toml`; the comments there say what each is."""

    people: int
    pilot: int
    seed: int
    rounds: int
    within_study: float
    sets: int
    told: float


def read_method(path: Path | None = None) -> Method:
    """How calibration works; raises V474 when the table lacks a number."""
    path = path or atlas_path("calibration", "fitted.toml")
    table = read_toml(path).get("method", {})
    missing = [name for name in _NAMES if name not in table]
    if missing:
        raise fail("V474", key="method", problem=f"'{missing[0]}' is missing", file=path)
    return Method(**{name: table[name] for name in _NAMES})


def check_split(studies: Sequence[Study]) -> None:
    """Nothing when every study may be fitted; raises V473 for one that may only be compared, V472 for none."""
    for study in studies:
        if study.split != CALIBRATE:
            raise fail("V473", study=study.id, split=study.split, **study.place("split"))
    if not studies:
        raise fail("V472", where="what was given", split=f" of the split '{CALIBRATE}'")


def shortened(study: Study) -> Study:
    """The study without the days after its last published number, where nothing else depends on them."""
    times = [one.time_d for one in study.outcomes if one.reason is None]
    whole = study.phases or study.crossover or any(one.quantity in _WHOLE for one in study.outcomes)
    if whole or not times or any(time is None for time in times):
        return study
    last = max(time for time in times if time is not None)
    end = max(last, 1.0)
    if end >= study.duration_d:
        return study
    arms = tuple(
        replace(
            arm,
            doses=tuple(
                replace(block, days=tuple(day for day in block.days if day <= end)) for block in arm.doses
            ),
            activities=tuple(
                replace(one, days=tuple(day for day in one.days if day <= end)) for one in arm.activities
            ),
        )
        for arm in study.arms
    )
    return replace(study, duration_d=end, arms=arms)


class Problem:
    """All published numbers that may be fitted, and what predicts them.

    Attributes:
        model: the body.
        studies: of the split `calibrate`, shortened.
        fitted: what may move.
        method: how.
        rows: the published numbers.
        failed: studies that could not be simulated, with the error.
        simulated: how many studies were simulated with how many populations, those read from disk included.
    """

    def __init__(
        self,
        model: Model,
        studies: Sequence[Study],
        fitted: Sequence[Fitted],
        method: Method,
        folder: Path | None = None,
        workers: int | None = None,
        cluster: Cluster | None = None,
    ) -> None:
        """Args: as the attributes.

            folder: keeps what was done; None keeps nothing.
            workers: processes on this machine; all cores when None.
            cluster: where studies are simulated instead; the numbers are the same.

        Raises:
            VagusError: V473 for a study that may not be fitted, V472 for none.
        """
        check_split(studies)
        self.model, self.fitted, self.method, self._folder = model, fitted, method, folder
        self.studies = [shortened(study) for study in studies]
        self.rows = [row for study in self.studies for row in rows_of(study) if not row.reason]
        self.failed: dict[str, str] = {}
        self._workers, self._cluster = workers or os.cpu_count() or 1, cluster
        self._felt: dict[str, list[str]] = {}
        self._kept: dict[str, Numbers] = {}
        self._read()

    @property
    def simulated(self) -> int:
        """How many studies were simulated with how many populations."""
        return len(self._kept)

    def rows_at(self, x: Array) -> list[Row]:
        """Every row with what the population of x does."""
        self._ensure([x])
        found = []
        for study in self.studies:
            numbers = self._kept[self._key(study, x)]
            rows = [row for row in self.rows if row.study == study.id]
            for row, (mean, se_mc, sampling) in zip(rows, numbers, strict=True):
                if mean is None:
                    found.append(replace(row, reason="not simulated"))
                else:
                    found.append(replace(row, predicted=mean, se_mc=se_mc or 0.0, sampling=sampling or 0.0))
        return found

    def places(self, many: Sequence[Array]) -> list[Array]:
        """What several populations predict, on the scales of the rows; NaN where nothing."""
        self._ensure(many)
        return [np.array([row.place for row in self.rows_at(x)]) for x in many]

    def learn(self, jacobian: Array) -> None:
        """From the first derivative: the numbers of the population that a study does not feel are left out of it."""
        keys = [one.key for one in self.fitted]
        before = {study.id: self._kept[self._key(study, x)] for study in self.studies for x in [self._zero]}
        for study in self.studies:
            mine = np.array([row.study == study.id for row in self.rows])
            moves = np.abs(jacobian[mine]).max(axis=0, initial=0.0) > 0
            self._felt[study.id] = [key for key, moved in zip(keys, moves, strict=True) if moved]
            self._kept[self._key(study, self._zero)] = before[study.id]

    @property
    def _zero(self) -> Array:
        return np.zeros(len(self.fitted))

    def _set(self, study: Study, x: Array) -> dict[str, float]:
        """The part of a population set that a study feels."""
        whole = as_set(self.fitted, x)
        felt = self._felt.get(study.id)
        return whole if felt is None else {key: whole[key] for key in felt}

    def _key(self, study: Study, x: Array) -> str:
        rows = [[row.number, row.value, row.time_d, row.n] for row in self.rows if row.study == study.id]
        method = [self.method.people, self.method.pilot, self.method.seed]
        about = [self.model.key, study.id, repr(study.arms), self._set(study, x), rows, method]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:24]

    def _ensure(self, many: Sequence[Array]) -> None:
        """Simulate what is not kept yet."""
        tasks: dict[str, tuple[str, dict[str, float]]] = {}
        for x in many:
            for study in self.studies:
                key = self._key(study, x)
                if key not in self._kept:
                    tasks[key] = (study.id, self._set(study, x))
        for key, (numbers, problem) in zip(tasks, self._done(list(tasks.values())), strict=True):
            if problem:
                self.failed[tasks[key][0]] = problem
            self._keep(key, numbers)

    def _done(self, tasks: Sequence[tuple[str, dict[str, float]]]) -> Iterator[tuple[Numbers, str]]:
        by_name = {study.id: study for study in self.studies}
        if self._cluster is not None:
            jobs = [OneSet(replace(by_name[name], form=None), adjust, self.method) for name, adjust in tasks]
            yield from self._cluster.one_by_one(jobs)
            return
        if self._workers == 1 or len(tasks) < 2 * self._workers:
            for name, adjust in tasks:
                yield simulated(self.model, by_name[name], adjust, self.method)
            return
        files = [str(study.file) for study in self.studies]
        start = (files, self.method)
        with ProcessPoolExecutor(self._workers, get_context("spawn"), _begin, start) as pool:
            yield from pool.map(_task, tasks, chunksize=1)

    def _read(self) -> None:
        if self._folder is None:
            return
        file = self._folder / EVALUATIONS
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # the last line of a run that was stopped while it wrote
            self._kept[entry["key"]] = entry["rows"]

    def _keep(self, key: str, rows: Numbers) -> None:
        self._kept[key] = rows
        if self._folder is not None:
            with (self._folder / EVALUATIONS).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "rows": rows}) + "\n")


@dataclass(frozen=True)
class OneSet:
    """A study with one population set, a job of `people.cluster.Cluster.one_by_one`."""

    study: Study
    adjust: Mapping[str, float]
    method: Method

    @property
    def who(self) -> range:
        """Its people."""
        return range(self.method.people)

    def work(self, model: Model) -> tuple[Numbers, str]:
        """As `simulated`."""
        return simulated(model, self.study, self.adjust, self.method)


def simulated(model: Model, study: Study, adjust: Mapping[str, float], method: Method) -> tuple[Numbers, str]:
    """What a population does in one study: numbers of each row that may be fitted, and the error that stopped it."""
    rows = [row for row in rows_of(study) if not row.reason]
    if not rows:
        return [], ""
    problem = ""
    try:
        ways: dict[str, Any] = {"count": method.people, "pilot": method.pilot, "seed": method.seed}
        trial = run_trial(model, study, adjust=adjust, control=QUICK, **ways)
        rows = [with_prediction(row, predict(trial, study.outcomes[row.number - 1])) for row in rows]
    except VagusError as error:
        problem = f"{error.code} {error.message}"
    return [[row.predicted, row.se_mc, row.sampling] for row in rows], problem


_WORKER: dict[str, Any] = {}  # what a process needs for its tasks


def _begin(files: Sequence[str], method: Method) -> None:
    studies = [shortened(read_study(file)) for file in files]
    _WORKER.update(model=load_model(), method=method, studies={study.id: study for study in studies})


def _task(task: tuple[str, dict[str, float]]) -> tuple[Numbers, str]:
    name, adjust = task
    return simulated(_WORKER["model"], _WORKER["studies"][name], adjust, _WORKER["method"])
