"""Crowds written block by block: the same people as drawn at once, whole files or none."""

import gc
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import xarray

from vagus.body.model import Model, load_model
from vagus.body.patient import Patient
from vagus.body.simulate import simulate
from vagus.body.treatment import load_treatment
from vagus.errors import VagusError
from vagus.exchange import write_blocks
from vagus.people.crowd import crowd
from vagus.people.draw import draw_accepted

WHO = Patient(conditions=("mdd",))
OUTPUTS = ("mood.depression", "biomarker.heart_rate")
COUNT, DAYS = 40, 3.0


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def expected(model: Model) -> np.ndarray:
    """Everybody at once (outputs, arms, people, times)."""
    people, rest, _ = draw_accepted(model, WHO, COUNT, seed=4)
    times = np.arange(0.0, 24.0 * DAYS + 1.0, 24.0)
    run = simulate(model, people, arms(), DAYS, OUTPUTS, times=times, resting=rest)
    return np.array([run.values[name] for name in OUTPUTS])


def arms() -> list:
    return [load_treatment("ketamine-iv-single"), load_treatment("untreated")]


def written(model: Model, path: Path, block: int) -> dict:
    return write_blocks(crowd(model, WHO, arms(), DAYS, OUTPUTS, COUNT, seed=4, block=block), path, COUNT)


@pytest.mark.parametrize("block", [7, 64])
def test_zarr_holds_the_people_that_are_drawn_at_once(
    model: Model, expected: np.ndarray, tmp_path: Path, block: int
) -> None:
    pytest.importorskip("zarr")
    told = written(model, tmp_path / "crowd.zarr", block)
    assert told["people"] == COUNT
    assert told["failed"] == []
    found = xarray.open_zarr(tmp_path / "crowd.zarr", consolidated=False)
    assert found[OUTPUTS[1]].attrs["units"] == "1/min"
    for number, name in enumerate(OUTPUTS):
        np.testing.assert_array_equal(found[name].values, expected[number])


def test_parquet_holds_the_people_that_are_drawn_at_once(
    model: Model, expected: np.ndarray, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    written(model, tmp_path / "crowd.parquet", 16)
    table = parquet.read_table(tmp_path / "crowd.parquet")
    assert table.num_rows == expected[0].size
    assert b"mood.depression" in table.schema.metadata[b"units"]
    order = np.lexsort((table["hour"], table["person"], np.array(table["arm"]) == "untreated"))
    for number, name in enumerate(OUTPUTS):
        np.testing.assert_array_equal(table[name].to_numpy()[order], expected[number].ravel())


def test_memory_does_not_grow_with_people(model: Model) -> None:
    size, most = 16, 12
    blocks = crowd(model, WHO, arms(), 1.0, OUTPUTS, size * most, seed=4, block=size)
    held = []
    tracemalloc.start()
    try:
        for block in blocks:
            gc.collect()
            held.append((block.first, tracemalloc.get_traced_memory()[0]))
    finally:
        tracemalloc.stop()
    (before, early), (after, late) = held[2], held[-2]  # the last block may be a part of one
    assert late - early < 300 * (after - before), "bytes, a fraction of what one person's traits take"


def test_a_crowd_that_breaks_off_leaves_nothing(model: Model, tmp_path: Path) -> None:
    pytest.importorskip("zarr")

    def broken():
        yield next(iter(crowd(model, WHO, arms(), DAYS, OUTPUTS, COUNT, seed=4, block=16)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_blocks(broken(), tmp_path / "crowd.zarr", COUNT)
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VagusError) as caught:
        write_blocks(iter(()), tmp_path / "crowd.csv", 1)
    assert caught.value.code == "V110"
    assert ".zarr" in str(caught.value.hint)
