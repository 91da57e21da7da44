"""A run on more than one machine: pieces of a crowd on the workers of a Dask cluster, put together in order here.

A worker gets the hash of the program, an order (`piece.Order`) and a range of candidates; who the people are follows
from seed, study and index, so the numbers are those of one machine, digit for digit on one kind of processor. A piece
whose worker dies is computed again elsewhere. Nothing waits for ever: a lost scheduler, a cluster without workers, a
worker with another program and a piece that no worker survives are errors with a code.
"""

import hashlib
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any, Protocol

import llvmlite

from ..body.model import Model, load_model
from ..body.run import Run
from ..body.simulate import People
from ..errors import VagusError, fail
from ..extras import needed
from ..kernel.drive import THREADS
from ..kernel.machine import ENGINE, host
from ..tables import atlas_path
from .piece import BLOCK, Order, Piece, join_pieces, piece_of, too_few

LOCAL = "local"
_PURPOSE = "a run on a cluster"
_MOST_LOCAL = 512  # processes on one machine
_CONNECT = 30.0  # seconds for the scheduler to answer
_LOOK = 1.0  # seconds between two looks at the cluster
_PATIENCE = 300.0  # seconds to wait for a first or another worker
_AGAIN = 3  # times that a piece is tried anew which killed as many workers as Dask allows
_ROOMS = ("language", "solve", "kernel", "body", "observe", "people", "learn")  # what the numbers come from
_TEXTS = (".toml", ".csv", ".ant", ".sbml")
_ONLY_WORDS = ("errors.toml",)


@dataclass(frozen=True)
class Program:
    """What a worker must have in common with who asks.

    Attributes:
        model: hash of equations and tables.
        engine: of the code that is generated, and the library that compiles it.
        text: hash of all code and tables that the numbers come from.
        processor: kind of processor and lanes of its vectors; another one changes last digits, and is told.
    """

    model: str
    engine: str
    text: str
    processor: str

    def against(self, other: "Program") -> str:
        """What differs, in words; '' when the numbers are the same."""
        mine, theirs = vars(self), vars(other)
        words = {"model": "the model", "engine": "the engine", "text": "the code or the tables"}
        return ", ".join(word for key, word in words.items() if mine[key] != theirs[key])


@lru_cache(maxsize=1)
def this_program() -> Program:
    """The program of this process."""
    here = host()
    engine = f"{ENGINE} llvmlite {llvmlite.__version__}"
    return Program(load_model().key, engine, _text_hash(), f"{here.processor}, {here.width} lanes")


def _text_hash() -> str:
    package, atlas = Path(__file__).parents[1], atlas_path()
    files = [path for room in _ROOMS for path in (package / room).rglob("*.py")]
    files += [path for path in atlas.rglob("*") if path.suffix in _TEXTS and path.name not in _ONLY_WORDS]
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.relative_to(package).as_posix()):
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


@dataclass(frozen=True)
class Answer:
    """What a worker gives back: a piece or what a job made, its kind of processor, and the processor time it took."""

    piece: Any
    processor: str
    seconds: float


def work_piece(order: Order, first: int, last: int, wanted: Program) -> Answer:
    """A piece of a crowd on a worker.

    Raises:
        VagusError: V122 when the worker has another program, and as `piece_of`.
    """
    mine = this_program()
    if different := mine.against(wanted):
        raise fail("V122", worker=socket.gethostname(), what=different)
    began = time.process_time()
    piece = piece_of(load_model(), order, range(first, last))
    return Answer(piece, mine.processor, time.process_time() - began)


class Job(Protocol):
    """A part of a larger task that knows all it needs beside the model."""

    @property
    def who(self) -> range:
        """The people it is about."""

    def work(self, model: Model) -> Any:
        """What the part makes."""


def work_job(job: Job, wanted: Program) -> Answer:
    """A job on a worker; raises V122 when the worker has another program, and what the job raises."""
    mine = this_program()
    if different := mine.against(wanted):
        raise fail("V122", worker=socket.gethostname(), what=different)
    began = time.process_time()
    made = job.work(load_model())
    return Answer(made, mine.processor, time.process_time() - began)


_Sent = tuple[range, tuple[Any, ...], Any]  # people, what was asked, and the future
Work = Callable[[Order, int, int, Program], Answer]


@dataclass
class Cluster:
    """A connected cluster.

    Attributes:
        client: of dask.distributed.
        address: of its scheduler, as it was asked for.
        patience: seconds to wait for a worker when there is none.
        work, work_one: what a worker does with a range of an order, and with a job.
        processors: kinds of processors that have answered.
        again: pieces that were tried anew after they had killed workers.
        seconds: processor time of the workers for all pieces that came back.
    """

    client: Any
    address: str
    patience: float = _PATIENCE
    work: Work = work_piece
    work_one: Callable[[Job, Program], Answer] = work_job
    processors: set[str] = field(default_factory=set)
    again: int = 0
    seconds: float = 0.0

    def pieces(
        self,
        model: Model,
        order: Order,
        count: int,
        block: int = BLOCK,
        progress: Callable[[float], None] | None = None,
    ) -> Iterator[Piece]:
        """Pieces in the order of their people until there are `count` people.

        Args:
            model: the body; that of the workers must be the same.
            order: what is to be computed.
            count: how many people.
            block: candidates of a piece.
            progress: called with the part that is done.

        Raises:
            VagusError: V122-V126 what goes wrong on a cluster, V505 too few come to rest, as `piece_of`.
        """
        program = this_program()
        flight: deque[_Sent] = deque()
        have = drawn = sent = 0
        try:
            while have < count:
                share = have / drawn if have else 1.0  # of candidates who are accepted, as far as is known
                while len(flight) < self._window() and (sent - drawn) * share < count - have:
                    task = (self.work, order, sent, sent + block, program)
                    flight.append((range(sent, sent + block), task, self._send(task)))
                    sent += block
                piece: Piece = self._receive(*flight.popleft()).head(count - have)
                drawn += block
                have += piece.size
                if progress is not None:
                    progress(have / count)
                yield piece
                if (problem := too_few(order.patient, count, have, drawn, block)) is not None:
                    raise problem
        finally:
            self._drop([future for *_, future in flight])

    def each(self, jobs: Sequence[Job]) -> list[Any]:
        """What every job makes, in the order of the jobs; raises as `one_by_one`."""
        return list(self.one_by_one(jobs))

    def one_by_one(self, jobs: Sequence[Job]) -> Iterator[Any]:
        """What every job makes, in the order of the jobs, as soon as it is there.

        Raises:
            VagusError: V122-V126 what goes wrong on a cluster, and what a job raises.
        """
        program, flight = this_program(), deque[_Sent]()
        left = deque(jobs)
        try:
            while left or flight:
                while left and len(flight) < self._window():
                    job = left.popleft()
                    task = (self.work_one, job, program)
                    flight.append((job.who, task, self._send(task)))
                yield self._receive(*flight.popleft())
        finally:
            self._drop([future for *_, future in flight])

    def people(
        self,
        model: Model,
        order: Order,
        count: int,
        progress: Callable[[float], None] | None = None,
    ) -> tuple[People, Run]:
        """All people together and their simulation, as drawn and simulated at once; arguments as of `pieces`."""
        if count < 1:
            raise fail("V409", n=count)
        # At most `count` at first: the recipe names the conditions of the first people drawn.
        return join_pieces(list(self.pieces(model, order, count, min(BLOCK, count), progress)))

    def told(self) -> dict[str, Any]:
        """What a result says of the cluster it was computed on."""
        return {
            "address": self.address,
            "processors": sorted(self.processors),
            "same_digits": self.processors <= {this_program().processor},
            "processor_seconds": round(self.seconds, 3),
        }

    def _window(self) -> int:
        """Pieces on their way at once: enough that nobody waits, few enough for the memory of this process."""
        return 2 * max(len(self._workers()), 1) + 2

    def _workers(self) -> dict[str, int]:
        try:
            return dict(self.client.nthreads()) if self.client.status == "running" else {}
        except Exception as error:  # closed or cut off, in one of many ways
            raise self._lost(error) from None

    def _send(self, task: tuple[Any, ...]) -> Any:
        try:
            return self.client.submit(*task, pure=False)
        except Exception as error:
            raise self._lost(error) from None

    def _receive(self, who: range, task: tuple[Any, ...], future: Any) -> Any:
        """What a task made when it is there; one that died with its workers is tried anew."""
        killed = needed("distributed", _PURPOSE).KilledWorker
        for again in range(_AGAIN + 1):
            self._await(future)
            try:
                answer: Answer = future.result()
                self.processors.add(answer.processor)
                self.seconds += answer.seconds
                return answer.piece
            except VagusError:
                raise
            except Exception as error:
                if future.status != "error":  # given up by a scheduler that is gone
                    raise self._lost(error) from None
                if not isinstance(error, killed):
                    raise fail("V126", reason=f"{type(error).__name__}: {error}") from None
                if again == _AGAIN:
                    raise fail("V123", first=who.start, last=who.stop - 1, reason=str(error)) from None
                self.again += 1
                future = self._send(task)
        raise AssertionError  # the last turn returns or raises

    def _await(self, future: Any) -> None:
        """Until a piece is done; V124 when nobody is there to do it for too long, V125 when the scheduler is gone."""
        alone: float | None = None
        while True:
            try:
                future.exception(timeout=_LOOK)
                return
            except TimeoutError:
                pass
            except Exception as error:
                raise self._lost(error) from None
            if self.client.status not in ("running", "connecting"):
                raise self._lost("the connection is closed")
            now = time.monotonic()
            alone = None if self._workers() else alone or now
            if alone is not None and now - alone > self.patience:
                raise fail("V124", address=self.address, seconds=f"{self.patience:g}")

    def _drop(self, futures: list[Any]) -> None:
        """Give up pieces that nobody needs any more."""
        if futures and self.client.status == "running":
            try:
                self.client.cancel(futures)
            except Exception:  # the cluster is gone: nothing is left to give up
                return

    def _lost(self, reason: object) -> VagusError:
        return fail("V125", address=self.address, reason=str(reason) or type(reason).__name__)


@contextmanager
def open_cluster(address: str, patience: float = _PATIENCE) -> Iterator[Cluster]:
    """A cluster for the time of a `with`.

    Args:
        address: of a scheduler (`tcp://host:8786`, `tls://host:8786`), the JSON file a scheduler wrote, or `local` and
            `local:4`: so many processes on this machine, as many as it has cores without a number.
        patience: seconds to wait for a worker when there is none.

    Raises:
        VagusError: V109 dask.distributed is not installed, V120 no address, V121 nobody answers there.
    """
    if address.partition(":")[0] == LOCAL:
        count = _processes(address)
        dask = needed("distributed", _PURPOSE)
        with _local(dask, count) as own, _connected(dask, {"address": own}, address) as client:
            yield Cluster(client, address, patience)
        return
    if not address.endswith(".json"):
        where: dict[str, Any] = {"address": _checked(address)}
    elif Path(address).is_file():
        where = {"scheduler_file": address}
    else:
        raise fail("V101", path=address, file=address)
    with _connected(needed("distributed", _PURPOSE), where, address) as client:
        yield Cluster(client, address, patience)


def _processes(address: str) -> int:
    """How many processes `local` or `local:4` asks for."""
    _, colon, number = address.partition(":")
    if not colon:
        return os.cpu_count() or 1
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= _MOST_LOCAL):
        raise fail("V120", address=address)
    return int(number)


def _checked(address: str) -> str:
    """The address when it can be one: host and port, with or without the protocol."""
    protocol, slashes, rest = address.rpartition("://")
    machine, _, port = rest.rpartition(":")
    known = protocol in ("tcp", "tls") if slashes else True
    if not (known and machine and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise fail("V120", address=address)
    return address


@contextmanager
def _local(dask: Any, count: int) -> Iterator[Any]:
    """Worker processes on this machine; the cores are shared among them."""
    share = max(1, ceil((os.cpu_count() or 1) / count))
    own = dask.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs="CRITICAL",
        env={THREADS: str(share)},
    )
    try:
        yield own
    finally:
        own.close(timeout=10)


@contextmanager
def _connected(dask: Any, where: dict[str, Any], address: str) -> Iterator[Any]:
    try:
        client = dask.Client(**where, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError, MemoryError) as error:
        # A time-out is an OSError; the answer of a program that is no scheduler is read as a length, and too large.
        raise fail("V121", address=address, reason=str(error) or type(error).__name__) from None
    try:
        yield client
    finally:
        client.close(timeout=10)
