"""Clusters: the numbers of one machine, digit for digit; a killed worker loses nothing; every trouble has a code."""

import json
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vagus import extras
from vagus.body.legs import read_sample
from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.treatment import load_treatment
from vagus.cli import main
from vagus.cli.validate import ahead
from vagus.errors import VagusError
from vagus.evidence.validate import simulate_with
from vagus.people import cluster as cluster_room
from vagus.people import passage, population
from vagus.people.cluster import (
    Answer,
    Cluster,
    Job,
    Program,
    open_cluster,
    this_program,
    work_job,
    work_piece,
)
from vagus.people.course import follow_course
from vagus.people.crowd import Block, crowd
from vagus.people.piece import Order, join_pieces, piece_of, too_few
from vagus.people.study import read_study
from vagus.people.trial import run_trial
from vagus.solve.integrate import Control

from .studies import TWO_ARMS, study_of

cloudpickle = pytest.importorskip("cloudpickle")
dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

WHO = Patient(conditions=("mdd",))
OUTPUTS = ("mood.depression", "biomarker.heart_rate")
COUNT, DAYS, SEED = 60, 3.0, 4
SMALL = 16  # candidates of a piece
ARMS = (load_treatment("ketamine-iv-single"), load_treatment("untreated"))


@pytest.fixture(scope="module")
def here(model: Model) -> list[Block]:
    return list(crowd(model, WHO, ARMS, DAYS, OUTPUTS, COUNT, seed=SEED))


def order() -> Order:
    return Order(WHO, ARMS, DAYS, OUTPUTS, times=24.0 * np.arange(DAYS + 1), seed=SEED)


def joined(blocks: list[Block]) -> dict[str, np.ndarray]:
    return {
        name: np.concatenate([block.run.values[name] for block in blocks], axis=1)
        for name in blocks[0].run.values
    }


def code_of(error: pytest.ExceptionInfo[VagusError]) -> str:
    return error.value.code


def slow_piece(order: Order, first: int, last: int, wanted: Program) -> Answer:
    """A piece that takes long enough to be shot at."""
    time.sleep(0.3)
    return work_piece(order, first, last, wanted)


def slow_job(job: Job, wanted: Program) -> Answer:
    """A part of a trial that takes long enough to be shot at."""
    time.sleep(0.3)
    return work_job(job, wanted)


def deadly_piece(order: Order, first: int, last: int, wanted: Program) -> Answer:
    """A piece that kills whoever computes it."""
    os._exit(9)


def broken_piece(order: Order, first: int, last: int, wanted: Program) -> Answer:
    """A piece for which the disk is full."""
    raise OSError("no space left")


def test_a_crowd_has_the_same_digits_here_and_on_a_cluster(
    model: Model, cluster: Cluster, here: list[Block]
) -> None:
    there = list(crowd(model, WHO, ARMS, DAYS, OUTPUTS, COUNT, seed=SEED, block=SMALL, cluster=cluster))
    assert [block.first for block in there][:2] == [0, there[0].run.people]
    assert sum(block.run.people for block in there) == COUNT
    for name, expected in joined(here).items():
        np.testing.assert_array_equal(joined(there)[name], expected)
    assert cluster.told()["same_digits"] is True and cluster.told()["processor_seconds"] > 0


def test_a_course_of_many_people_is_the_same_here_and_on_a_cluster(model: Model, cluster: Cluster) -> None:
    who = Patient(conditions=("mdd", "pain"))
    samples = (read_sample("day 1 08:00 cortisol", model, 2.0),)
    ways = {"count": 30, "seed": 5, "placebo": True, "clock": "auto", "samples": samples}
    one = follow_course(model, who, ARMS[0], 2.0, **ways)
    two = follow_course(model, who, ARMS[0], 2.0, **ways, cluster=cluster)
    assert one.run.facts == two.run.facts and one.notes == two.notes
    np.testing.assert_array_equal(one.people.p, two.people.p)
    for name, value in one.run.values.items():
        np.testing.assert_array_equal(two.run.values[name], value)
    for key, totals in one.scores.items():
        np.testing.assert_array_equal(two.scores[key], totals)
    np.testing.assert_array_equal(one.run.samples[0][1], two.run.samples[0][1])


def test_a_worker_killed_in_the_middle_loses_nothing(
    model: Model, cluster: Cluster, here: list[Block]
) -> None:
    slow = replace(cluster, work=slow_piece)
    address, victim = next(iter(cluster.client.run(os.getpid).items()))
    found = []
    for piece in slow.pieces(model, order(), COUNT, 8):
        found.append(piece)
        if len(found) == 1:  # others are on their way, some done and not yet fetched
            os.kill(victim, signal.SIGKILL)
    assert address not in cluster.client.nthreads()  # the one that takes its place has another address
    people, run = join_pieces(found)
    assert people.weight.size == COUNT
    for name, expected in joined(here).items():
        np.testing.assert_array_equal(run.values[name], expected)


def test_a_trial_is_the_same_here_and_on_a_cluster_that_loses_a_worker(
    model: Model, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_of(tmp_path, TWO_ARMS)
    here = run_trial(model, study, count=40, pilot=60)
    for room in (population, passage):
        monkeypatch.setattr(room, "PIECE", SMALL)
    slow = replace(cluster, work_one=slow_job)
    victim = next(iter(cluster.client.run(os.getpid).values()))
    shots = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
    shots.start()
    there = run_trial(model, study, count=40, pilot=60, cluster=slow)
    shots.join()
    assert there.recipe == here.recipe
    for name, arm in here.arms.items():
        for part in ("values", "totals", "screening"):
            for key, value in getattr(arm, part).items():
                np.testing.assert_array_equal(getattr(there.arms[name], part)[key], value)


def test_studies_are_validated_alike_here_and_on_a_cluster(
    model: Model, cluster: Cluster, tmp_path: Path
) -> None:
    study = study_of(tmp_path, TWO_ARMS)
    (tmp_path / "broken.toml").write_text("arm = 1")
    (tmp_path / "well.toml").write_text(TWO_ARMS.replace('["mdd"]', '["healthy"]'))
    simulate = ahead(cluster, [tmp_path], None, 20, 1)
    assert repr(simulate(study)) == repr(simulate_with(model, 20)(study))
    with pytest.raises(VagusError) as caught:  # nobody who is well looks like them; the other study goes on
        simulate(read_study(tmp_path / "well.toml"))
    assert code_of(caught) == "V462" and caught.value.line == 3


def test_who_fails_is_counted_wherever_they_are(model: Model, cluster: Cluster) -> None:
    for most in range(360, 1000, 20):  # steps that some need and others do not
        tired = Order(WHO, ARMS[:1], 84.0, OUTPUTS, control=Control(most_steps=most), seed=SEED)
        one = piece_of(model, tired, range(24))
        assert one.run is not None
        if 0 < len(one.run.failures()) < one.size:
            break
    (two,) = cluster.pieces(model, tired, one.size, 24)
    assert two.run is not None
    assert 0 < len(one.run.failures()) < one.size
    assert two.run.failures() == one.run.failures()


def test_a_worker_with_another_program_is_refused(
    model: Model, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(this_program(), model="0" * 32, engine="0")
    monkeypatch.setattr(cluster_room, "this_program", lambda: other)
    with pytest.raises(VagusError) as caught:
        list(cluster.pieces(model, order(), COUNT, SMALL))
    assert code_of(caught) == "V122" and "the model, the engine" in caught.value.message


def test_another_processor_is_told_and_not_refused() -> None:
    mine = this_program()
    assert mine.against(replace(mine, processor="another")) == ""
    told = Cluster(None, "tcp://somewhere:8786", processors={"another"}).told()
    assert told["same_digits"] is False and told["processors"] == ["another"]


def test_an_error_of_a_worker_is_told(model: Model, cluster: Cluster) -> None:
    with pytest.raises(VagusError) as caught:
        list(replace(cluster, work=broken_piece).pieces(model, order(), COUNT, SMALL))
    assert code_of(caught) == "V126" and "no space left" in caught.value.message
    with pytest.raises(VagusError) as caught:  # an error of ours comes back as it is
        list(cluster.pieces(model, replace(order(), outputs=("mood.depresion",)), COUNT, SMALL))
    assert code_of(caught) == "V315" and "mood.depression" in str(caught.value.hint)


def test_too_few_who_come_to_rest_end_the_run() -> None:
    assert too_few(WHO, count=2, have=0, drawn=39, block=2) is None
    assert too_few(WHO, count=2, have=2, drawn=40, block=2) is None
    problem = too_few(WHO, count=2, have=0, drawn=40, block=2)
    assert problem is not None and problem.code == "V505" and "0 of 40" in problem.message


@pytest.mark.parametrize(
    "address", ["local:0", "local:x", "local:", "host", "host:port", "ftp://host:1", "tcp://:1"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(VagusError) as caught, open_cluster(address):
        pass
    assert code_of(caught) == "V120"


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cluster_room, "_CONNECT", 0.5)
    with pytest.raises(VagusError) as caught, open_cluster("tcp://127.0.0.1:1"):
        pass
    assert code_of(caught) == "V121"
    with pytest.raises(VagusError) as caught, open_cluster(str(tmp_path / "scheduler.json")):
        pass
    assert code_of(caught) == "V101"


def test_without_the_library_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "optional", lambda name: None)
    with pytest.raises(VagusError) as caught, open_cluster("local"):
        pass
    assert code_of(caught) == "V109" and "distributed" in caught.value.message


def test_no_worker_and_no_scheduler_are_told(model: Model) -> None:
    with distributed.LocalCluster(
        n_workers=0,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs="CRITICAL",
    ) as empty:
        with open_cluster(empty.scheduler_address, patience=1.0) as alone:
            with pytest.raises(VagusError) as caught:
                list(alone.pieces(model, order(), COUNT, SMALL))
            assert code_of(caught) == "V124"
            future = alone.client.submit(os.getpid)
            alone.client.close()
            with pytest.raises(VagusError) as caught:
                alone._await(future)
            assert code_of(caught) == "V125"


def test_a_piece_that_kills_every_worker_ends_the_run(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    monkeypatch.setattr(cluster_room, "_AGAIN", 1)
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), open_cluster("local:1") as found:
        deadly = replace(found, work=deadly_piece)
        with pytest.raises(VagusError) as caught:
            list(deadly.pieces(model, order(), 2, 2))
    assert code_of(caught) == "V123" and "0 to 1" in caught.value.message
    assert deadly.again == 1


def test_the_command_gives_the_same_file_with_and_without_a_cluster(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("zarr")
    words = ["vagus", "simulate", "--condition", "mdd", "--treatment", "ketamine-iv-single", "--days", "2"]
    words += ["--n", "20", "--select", "mood.depression", "--json"]
    found, files = {}, {}
    for name, more in (("here", []), ("there", ["--cluster", "local:1"])):
        root = tmp_path / f"{name}.zarr"
        monkeypatch.setattr(sys, "argv", [*words, "--stream", str(root), *more])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        found[name] = json.loads(capsys.readouterr().out)
        files[name] = {
            str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
        }
    assert found["there"]["cluster"]["same_digits"] is True
    assert found["here"]["people"] == found["there"]["people"] == 20
    assert files["here"] == files["there"]
