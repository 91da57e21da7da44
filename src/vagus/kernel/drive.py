"""`drive`: people through time in machine code, on one thread or many, with the same numbers on each."""

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..solve.corners import with_corners
from ..solve.events import Events
from ..solve.integrate import Control, Journey
from ..solve.reasons import Reason
from ..solve.rodas5p_table import INSIDE, STAGES, A, C
from .driver import driver_text
from .driver_step import REALS, SLOTS
from .kernel import FUNCTIONS, Kernel
from .machine import Library, cache_key, compile_text, host, read_cache, write_cache

Array = NDArray[np.float64]
Index = NDArray[np.int64]
THREADS = "VAGUS_THREADS"  # in the environment: how many threads a process may use
_LOOK = 0.1  # seconds between two looks at the progress
_LANE_FLAGS = ("fresh", "arrived", "alive", "person", "entry", "last", "due", "count", "cut", "good", "sound")
_LANE_REALS = (
    "t",
    "h",
    "step",
    "diagonal",
    "moment",
    "stop",
    "reached",
    "part",
    "step_before",
    "power_before",
)


def drive(
    kernel: Kernel,
    y: Array,
    p: Array,
    events: Events,
    times: Array,
    control: Control,
    select: Index | None = None,
    progress: Callable[[float], None] | None = None,
    threads: int | None = None,
) -> Journey:
    """Integrate from times[0] to times[-1]; `solve.integrate` says what is what.

    Args:
        kernel: the model.
        y: start values (states, people).
        p: parameters (parameters, people).
        events: changes at known times.
        times: output times in hours, rising.
        control: tolerances and limits.
        select: what to record: rows of the states followed by the outputs; all outputs when None.
        progress: called with the part of the people that is done.
        threads: how many to use; as `cores` says when None. The numbers do not depend on it.
    """
    states, people = y.shape
    if select is None:
        select = np.arange(states, states + len(kernel.outputs), dtype=np.int64)
    if kernel.turning:
        rows = np.array(kernel.turning_rows, dtype=np.int64)
        events = with_corners(events, kernel.corners, p, rows, float(times[0]), float(times[-1]))
    work = _Work(kernel, y, p, events, np.ascontiguousarray(times, dtype=np.float64), control, select)
    blocks = -(-people // kernel.width)
    count = max(1, min(threads or cores(), blocks))
    run = _library().function_of_job()
    jobs = [work.job() for _ in range(count)]
    if count == 1 and progress is None:
        run(jobs[0].ctypes.data)
        return work.journey
    with ThreadPoolExecutor(count) as pool:
        running = [pool.submit(run, job.ctypes.data) for job in jobs]
        try:
            for one in running:
                while not _is_done(one):
                    if progress is not None:
                        progress(min(float(work.queue[0]) / people, 1.0))
        except BaseException:
            work.cancel[0] = 1  # lanes finish the person they hold and take no other
            raise
        for one in running:
            one.result()
    if progress is not None:
        progress(1.0)
    return work.journey


def cores() -> int:
    """Threads for one journey: what VAGUS_THREADS says, else the cores this process may run on."""
    asked = os.environ.get(THREADS, "")
    if asked.isascii() and asked.isdigit() and int(asked) > 0:
        return int(asked)
    allowed = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _is_done(one: "Future[None]") -> bool:
    try:
        one.result(timeout=_LOOK)
    except TimeoutError:
        return False
    return True


class _Work:
    """Everything the threads share: inputs, results and the queue."""

    def __init__(
        self,
        kernel: Kernel,
        y: Array,
        p: Array,
        events: Events,
        times: Array,
        control: Control,
        select: Index,
    ) -> None:
        states, people = y.shape
        self.kernel, self.events, self.times, self.control = kernel, events, times, control
        self.select = np.ascontiguousarray(select, dtype=np.int64)
        self.y0, self.p0 = np.ascontiguousarray(y.T), np.ascontiguousarray(p.T)
        self.out = np.full((people, len(times), len(select)), np.nan)
        self.y_end, self.p_end = self.y0.copy(), self.p0.copy()
        self.reason, self.steps = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
        self.stopped = np.full(people, times[0])
        self.first = np.ascontiguousarray(events.first, dtype=np.int64)
        self.jump = events.jump.astype(np.int64)
        self.queue, self.cancel = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        self.observing = bool((self.select >= states).any())
        self.memory: list[np.ndarray] = []
        self.weights = np.concatenate([A, C, INSIDE])

    @property
    def journey(self) -> Journey:
        """The results, people last."""
        self._doubt()
        outputs = self.out.transpose(1, 2, 0)
        return Journey(outputs, self.y_end.T, self.p_end.T, self.reason, self.steps, self.stopped)

    def _doubt(self) -> None:
        """Who finished with a state between two steps that is no number did not finish.

        A step can be good at its end while its dense output runs over: with rates near the largest number there is.
        """
        rows = np.flatnonzero(self.select < self.y0.shape[1])
        done = np.flatnonzero(self.reason == Reason.FINISHED)
        with np.errstate(over="ignore", invalid="ignore"):
            sums = self.out[:, :, rows].sum(axis=2) if rows.size < self.select.size else self.out.sum(axis=2)
        for person in done[~np.isfinite(sums[done]).all(axis=1)].tolist():
            bad = np.flatnonzero(~np.isfinite(self.out[person][:, rows]).all(axis=1))
            if bad.size:  # a sum alone may run over
                self.out[person, bad[0] :] = np.nan
                self.reason[person] = Reason.NOT_FINITE
                self.stopped[person] = self.times[max(bad[0] - 1, 0)]

    def job(self) -> Index:
        """The words of one thread's job, with lane memory of its own."""
        kernel, control = self.kernel, self.control
        words: dict[str, int] = {name: kernel.code.address(name) for name in FUNCTIONS}
        words |= {
            "states": len(kernel.states),
            "parameters": len(kernel.parameters),
            "people": self.reason.size,
            "times_count": self.times.size,
            "selected": self.select.size,
            "factors": kernel.factor_rows,
            "observing": int(self.observing),
            "most_steps": control.most_steps,
        }
        shared = {
            **{
                name: getattr(self, name) for name in ("y0", "p0", "times", "select", "out", "y_end", "p_end")
            },
            **{
                name: getattr(self, name)
                for name in ("reason", "steps", "stopped", "first", "queue", "cancel")
            },
            "event_time": self.events.time,
            "event_jump": self.jump,
            "event_index": self.events.index,
            "event_value": self.events.value,
            "weights": self.weights,
        }
        words |= {name: array.ctypes.data for name, array in shared.items()}
        words |= {name: array.ctypes.data for name, array in self._lane_memory().items()}
        job = np.zeros(len(SLOTS), dtype=np.int64)
        for number, name in enumerate(SLOTS):
            if name in REALS:
                job[number : number + 1].view(np.float64)[0] = getattr(control, name)
            else:
                job[number] = words[name]
        self.memory.append(job)
        return job

    def _lane_memory(self) -> dict[str, np.ndarray]:
        kernel, width = self.kernel, self.kernel.width
        states = len(kernel.states)
        rows = {
            **dict.fromkeys(_LANE_REALS, 1),
            "p": len(kernel.parameters),
            "q": max(kernel.hoisted, 1),
            "lu": kernel.factor_rows,
            "seen": max(len(kernel.outputs), 1),
            "k": STAGES * states,
            "dense": 3 * states,
            **dict.fromkeys(("y", "u", "right", "sum", "slope", "new", "between"), states),
        }
        memory = {name: _aligned(count * width, np.float64) for name, count in rows.items()}
        memory |= {name: _aligned(width, np.int64) for name in _LANE_FLAGS}
        # Lanes that never hold a person still compute; they do it on the first person's numbers.
        memory["y"].reshape(states, width)[:] = self.y0[0][:, None]
        memory["p"].reshape(-1, width)[:] = self.p0[0][:, None]
        self.memory += list(memory.values())
        return memory


def _aligned(size: int, kind: type) -> np.ndarray:
    """An array of zeros on a border of 64 bytes, as vector loads like it."""
    raw = np.zeros(size * 8 + 64, dtype=np.uint8)
    shift = -raw.ctypes.data % 64
    return raw[shift : shift + size * 8].view(kind)


class _Driver(Library):
    """The loaded driver."""

    def function_of_job(self) -> Callable[[int], None]:
        """`drive(job)`; the interpreter lock is released while it runs."""
        return ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.address("drive"))


@lru_cache(maxsize=1)
def _library() -> _Driver:
    key = cache_key("driver", driver_text(host().width))
    kept = read_cache("kernels", key)
    if kept is None:
        kept = {}, compile_text(driver_text(host().width))
        write_cache("kernels", key, *kept)
    return _Driver(kept[1])
