"""Calibration and sensitivity on worker processes: the numbers of one machine, also when a worker is killed."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.treatment import load_treatment
from vagus.cli import app, asked
from vagus.cli.calibrate import asked_studies
from vagus.errors import VagusError
from vagus.learn.calibrate import calibrate
from vagus.learn.population_set import read_fitted
from vagus.learn.problem import EVALUATIONS, Problem
from vagus.learn.sensitivity import outcome
from vagus.people.cluster import Answer, Cluster, Job, Program, work_job

from .test_calibrate import KEYS, METHOD, write

pytest.importorskip("cloudpickle")
pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("studies")
    write(path, "one", "calibrate", "ketamine", -25.0)
    write(path, "two", "calibrate", "saline", -8.0)
    return path


@pytest.fixture
def given(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--cluster` leads to the two worker processes."""

    @contextmanager
    def opened(address: str) -> Iterator[Cluster]:
        yield cluster

    monkeypatch.setattr(asked, "open_cluster", opened)


def slow_job(job: Job, wanted: Program) -> Answer:
    """A task that takes long enough to be shot at."""
    time.sleep(0.2)
    return work_job(job, wanted)


def test_a_calibration_is_the_same_here_and_on_a_cluster_that_loses_a_worker(
    model: Model, cluster: Cluster, folder: Path, tmp_path: Path
) -> None:
    known = {one.key: one for one in read_fitted(model)}
    fitted, studies = [known[key] for key in KEYS], asked_studies(folder)
    here = calibrate(Problem(model, studies, fitted, METHOD, workers=1))
    address, victim = next(iter(cluster.client.run(os.getpid).items()))
    shot = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
    shot.start()
    slow = replace(cluster, work_one=slow_job)
    there = calibrate(Problem(model, studies, fitted, METHOD, tmp_path, cluster=slow))
    shot.join()
    assert address not in cluster.client.nthreads()  # the one that takes its place has another address
    assert there.x.tolist() == here.x.tolist() and there.covariance.tolist() == here.covariance.tolist()
    assert [row.place for row in there.after] == [row.place for row in here.after]
    assert there.simulated == here.simulated and len((tmp_path / EVALUATIONS).read_text().splitlines()) > 6


def test_a_run_that_lost_its_cluster_keeps_what_came_back(
    model: Model, cluster: Cluster, folder: Path, tmp_path: Path
) -> None:
    class Torn(Cluster):
        def one_by_one(self, jobs: Sequence[Job]) -> Iterator[object]:
            yield from list(super().one_by_one(jobs))[:1]
            raise VagusError("V125", "the connection to the cluster was lost")

    ways = (model, asked_studies(folder), read_fitted(model)[:1], METHOD, tmp_path)
    with pytest.raises(VagusError, match="V125"):
        calibrate(Problem(*ways, cluster=Torn(**vars(cluster))))
    assert Problem(*ways).simulated == 1


def test_a_ranking_is_the_same_with_and_without_a_cluster(given: None) -> None:
    words = ["sensitivity", "--output", "madrs", "--time", "2", "--treatment", "ketamine-iv-single"]
    words += ["--people", "4", "--runs", "2", "--of", "expectancy", "--json"]
    found = {}
    for where, more in (("here", []), ("there", ["--cluster", "somewhere:8786"])):
        result = CliRunner().invoke(app, [*words, *more])
        assert result.exit_code == 0, result.output
        found[where] = json.loads(result.output)
    assert found["there"].pop("cluster")["same_digits"] is True
    assert found["there"] == found["here"]


def test_an_output_of_the_body_is_ranked_there_as_well(model: Model, cluster: Cluster) -> None:
    ways = (model, Patient(conditions=("mdd",)), load_treatment("ketamine-iv-single"), "mood.depression", 1.0)
    sets = [{"expectancy.belief_rate": rate} for rate in (0.1, 0.2, 0.3)]
    here, there = (list(outcome(*ways, people=3, seed=2, cluster=where)(sets)) for where in (None, cluster))
    assert here == there and len(set(here)) == 3


def test_a_cluster_that_does_not_answer_leaves_what_was_kept(folder: Path, tmp_path: Path) -> None:
    (tmp_path / EVALUATIONS).write_text('{"key": "a", "rows": []}\n')
    words = ["calibrate", "--studies", str(folder), "--out", str(tmp_path), "--cluster", "nowhere"]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, VagusError) and result.exception.code == "V120"
    assert (tmp_path / EVALUATIONS).read_text()
