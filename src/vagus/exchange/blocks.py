"""`write_blocks`: blocks of simulated people into a Parquet file or a Zarr folder, by a second thread.

The engine computes the next block while the last one is written; at most one block waits, so memory stays the same
for ten thousand people or a million. What is written appears under its name only when it is complete.
"""

import json
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..body.run import Run, package_version
from ..errors import fail
from ..extras import needed
from ..files import whole_file
from ..people.crowd import Block
from ..people.piece import BLOCK

ENDINGS = (".parquet", ".zarr")
_WAITING = 1  # blocks between the engine and the writer


class Sink(Protocol):
    """Where blocks go."""

    def write(self, block: Block) -> None:
        """Append one block."""

    def close(self) -> None:
        """Finish: what was written is whole."""


def write_blocks(blocks: Iterator[Block], path: str | Path, count: int) -> dict[str, Any]:
    """Write blocks of people as they come.

    Args:
        blocks: of `people.crowd`.
        path: a name that ends in .parquet (one row per arm, person and time) or .zarr (arrays by arm, person, time).
        count: people in all.

    Returns:
        `people`, `drawn`, `failed` (person, arm, reason code, hour) and `path`.

    Raises:
        VagusError: V110 for another ending, V109 when the library for it is not installed, V603 when it cannot be
            written, and what the simulation raises.
    """
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise fail("V110", path=path, hint=f"use a name that ends in {' or '.join(ENDINGS)}", file=path)
    told: dict[str, Any] = {"people": 0, "drawn": 0, "failed": [], "path": str(path)}
    with whole_file(path) as part:
        writer = _Writer(_Parquet(part) if path.suffix == ".parquet" else _Zarr(part, count))
        try:
            for block in blocks:
                writer.put(block)
                told["people"] += block.run.people
                told["drawn"] += block.drawn
                told["failed"] += [(block.first + who, *rest) for who, *rest in block.run.failures()]
            writer.finish()
        finally:
            writer.stop()
    return told


class _Writer:
    """The second thread: takes blocks from a short queue and writes them in order."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.waiting: queue.Queue[Block | None] = queue.Queue(_WAITING)
        self.trouble: BaseException | None = None
        self.thread = threading.Thread(target=self._write, daemon=True)
        self.thread.start()

    def put(self, block: Block) -> None:
        """Hand over a block; waits while another is waiting; raises what went wrong in writing."""
        if self.trouble is not None:
            raise self.trouble
        self.waiting.put(block)

    def finish(self) -> None:
        """Wait until all is written."""
        self.stop()
        if self.trouble is not None:
            raise self.trouble
        self.sink.close()

    def stop(self) -> None:
        """End the thread after what it holds."""
        if self.thread.is_alive():
            self.waiting.put(None)
            self.thread.join()

    def _write(self) -> None:
        while (block := self.waiting.get()) is not None:
            if self.trouble is None:
                try:
                    self.sink.write(block)
                except BaseException as error:  # handed to the thread that computes
                    self.trouble = error


class _Parquet:
    """One row per arm, person and time; units and what the result rests on in the file's own metadata."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.arrow = needed("pyarrow", "writing Parquet")
        self.parquet = needed("pyarrow.parquet", "writing Parquet")
        self.writer: Any = None

    def write(self, block: Block) -> None:
        run = block.run
        arms, people, times = len(run.arms), run.people, len(run.times)
        shape = (arms, people, times)
        person = np.broadcast_to(np.arange(block.first, block.first + people)[None, :, None], shape)
        arm = np.broadcast_to(np.arange(arms)[:, None, None], shape)
        columns = {
            "arm": self.arrow.DictionaryArray.from_arrays(
                self.arrow.array(arm.ravel().astype(np.int32)), self.arrow.array(run.arms)
            ),
            "person": person.ravel(),
            "hour": np.broadcast_to(run.times, shape).ravel(),
            "reason": np.broadcast_to(run.reason[:, :, None], shape).ravel(),
            **{name: value.ravel() for name, value in run.values.items()},
        }
        table = self.arrow.table(columns)
        if self.writer is None:
            facts = {"units": json.dumps(dict(run.units)), **_facts(run)}
            schema = table.schema.with_metadata({key: str(value) for key, value in facts.items()})
            self.writer = self.parquet.ParquetWriter(self.path, schema, compression="zstd")
        self.writer.write_table(table.cast(self.writer.schema), row_group_size=table.num_rows)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


class _Zarr:
    """Arrays by arm, person and time, one chunk for each block of people; opens with xarray."""

    def __init__(self, path: Path, count: int) -> None:
        self.zarr, self.count = needed("zarr", "writing Zarr"), count
        self.root = self.zarr.open_group(str(path), mode="w")
        self.made = False

    def write(self, block: Block) -> None:
        run = block.run
        if not self.made:
            self._make(run)
        rows = slice(block.first, block.first + run.people)
        for name, value in run.values.items():
            self.root[name][:, rows, :] = value
        self.root["reason"][:, rows] = run.reason

    def close(self) -> None:
        self.root.attrs["whole"] = True

    def _make(self, run: Run) -> None:
        arms, people, times = len(run.arms), min(BLOCK, self.count), len(run.times)
        for name in run.values:
            self._array(
                name,
                (arms, self.count, times),
                (arms, people, times),
                "float64",
                {"units": run.units[name], "long_name": name},
            )
        self._array("reason", (arms, self.count), (arms, people), "int64", {"long_name": "0 finished"})
        hour = self.root.create_array("time", shape=(times,), dtype="float64", dimension_names=("time",))
        hour[:] = run.times
        hour.attrs.update({"units": "h", "long_name": "hours after day 0 08:00"})
        self.root.attrs.update({"arms": list(run.arms), **_facts(run)})
        self.made = True

    def _array(
        self, name: str, shape: tuple[int, ...], chunks: tuple[int, ...], kind: str, words: dict[str, str]
    ) -> None:
        names = ("arm", "person", "time")[: len(shape)]
        array = self.root.create_array(
            name, shape=shape, chunks=chunks, dtype=kind, fill_value=np.nan if kind == "float64" else 0,
            dimension_names=names,
        )  # fmt: skip
        array.attrs.update(words)


def _facts(run: Run) -> dict[str, str | int | float]:
    return {"title": "vagus simulation", "vagus_version": package_version(), **run.facts}
