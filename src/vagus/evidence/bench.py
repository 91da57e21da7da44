"""How fast, how exact: our engine and others in turns on the same people, in one run.

Nothing here is timed in tests; the numbers stand in docs/engine.md with the command that gives them.
"""

import contextlib
import ctypes
import math
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernel.floor import peak_operations, step_operations
from ..solve.integrate import Control
from .bars import judged
from .contest import REFERENCE, Contest, body, body_with_clock, standin
from .legs import Stuck, absolute
from .rival_diffrax import Diffrax
from .rivals import Copasi, Rival, rivals
from .start import waits

Array = NDArray[np.float64]
OURS = (1e-3, 2e-4, 5e-5, 1e-5, 3e-6, 1e-6, 2e-7)
THEIRS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
MATCHED = 5e-5
MAIN = "libRoadRunner"  # the engine of the ratios, by the start of its name: the faster of its settings
CONTESTS: dict[str, Callable[[int], Contest]] = {
    "body": body_with_clock,
    "body_averaged": body,
    "standin": standin,
}
_CHECKED = 64  # people whose error is taken in each round
_PATIENCE = (
    30.0  # processor seconds of every engine but the main one in a contest; then its turns are left out
)
_FLOOR_RUNS = 3
_BLOCK = 4096  # people at once in the scaling runs; what they give is thrown away


@dataclass(frozen=True)
class Size:
    """How much is run.

    Attributes:
        people: our engine simulates in each round.
        others: the other engines simulate in each round.
        rounds: in turns; medians are told.
        exact: people whose error at the default tolerance is taken.
        scaling: largest power of ten of people.
        contests: which.
        names: other engines, by the start of their names; all when empty.
    """

    people: int = 256
    others: int = 4
    rounds: int = 3
    exact: int = 256
    scaling: int = 4
    contests: Sequence[str] = tuple(CONTESTS)
    names: Sequence[str] = ()


@dataclass
class _Sweep:
    """People per second and errors of one engine by tolerance."""

    speeds: dict[float, list[float]] = field(default_factory=dict)
    errors: dict[float, Array] = field(default_factory=dict)
    stuck: dict[float, str] = field(default_factory=dict)
    spent: float = 0.0

    def add(self, rtol: float, seconds: float, people: int, errors: Array) -> None:
        self.speeds.setdefault(rtol, []).append(people / seconds)
        self.errors[rtol] = errors

    def speed(self, rtol: float) -> float | None:
        """Median of the rounds, or None where it did not get through."""
        return float(np.median(self.speeds[rtol])) if rtol in self.speeds else None

    def at_error(self, error: float = MATCHED) -> float | None:
        """People per second at an error, between the two nearest tolerances (both axes logarithmic).

        None when the error is not reached at any tolerance; when all are more exact, the speed of the loosest.
        """
        points = sorted(
            (float(np.log(max(np.median(e), 1e-300))), math.log(self.speed(r) or 1.0))
            for r, e in self.errors.items()
        )
        if not points or points[0][0] > math.log(error):
            return None
        return float(np.exp(np.interp(np.log(error), [x for x, _ in points], [y for _, y in points])))

    def as_json(self) -> dict[str, Any]:
        """Speed and median error by tolerance, the matched speed, and what went wrong."""
        table = {f"{r:g}": [self.speed(r), float(np.median(e))] for r, e in sorted(self.errors.items())}
        stuck = {f"{r:g}": why for r, why in self.stuck.items()}
        return {
            "sweep": table,
            "matched_people_per_s": self.at_error(),
            **({"failed": stuck} if stuck else {}),
        }


def bench(size: Size, told: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """All races: people per second, errors, ratios, start times, threads, floor and memory; then the scaling.

    Args:
        size: how much is run.
        told: called with a line about what is done next.
    """
    told("cold and warm start")
    with _talk_aside():
        return _all(size, told)


@contextlib.contextmanager
def _talk_aside() -> Iterator[None]:
    """What other engines print goes to standard error, also what C code prints: standard output is for results."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        if os.name == "posix":
            ctypes.CDLL(None).fflush(None)
        os.dup2(saved, 1)
        os.close(saved)


def _all(size: Size, told: Callable[[str], None]) -> dict[str, Any]:
    waited = waits()
    peak = peak_operations()
    found: dict[str, Any] = {}
    for name in size.contests:
        told(name)
        contest = CONTESTS[name](max(size.people, size.exact))
        found[name] = {**race(contest, size, peak, told), **waited}
        found[name]["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    if size.scaling >= 2:
        told("scaling")
        found["scaling"] = scaling(body(size.people), size.scaling)
    found["bars"] = judged(found)
    return found


def race(contest: Contest, size: Size, peak: float, told: Callable[[str], None]) -> dict[str, Any]:
    """One race: every engine swept over its tolerances, round by round in turns."""
    people = (
        max(size.people // 4, 1) if contest.name == "body" else size.people
    )  # a course of it is twenty times as long
    checked = min(people, _CHECKED)
    reference = contest.run(REFERENCE, checked).outputs
    ours = _Sweep()
    theirs: dict[str, tuple[Rival, _Sweep]] = {}
    absent: dict[str, str] = {}
    for other in rivals(contest):
        name = other[0] if isinstance(other, tuple) else other.name
        if size.names and not any(name.startswith(one) for one in size.names):
            continue
        if isinstance(other, tuple):
            absent[name] = other[1]
        else:
            theirs[name] = other, _Sweep()
    count = min(size.others, checked)
    for number in range(size.rounds):
        told(f"{contest.name}: round {number + 1} of {size.rounds}")
        _our_turn(contest, ours, people, reference)
        for rival, sweep in theirs.values():
            _their_turn(contest, rival, sweep, count, reference)
    result: dict[str, Any] = {
        "people_per_s_core": ours.speed(Control().rtol),
        **_exact(contest, min(size.exact, contest.y.shape[1])),
        **ours.as_json(),
        **threads(contest, people),
        "floor_ratio": floor_ratio(contest, peak, people),
        "others": {name: sweep.as_json() for name, (_, sweep) in theirs.items()},
        "not_run": absent,
    }
    mains = [sweep for name, (_, sweep) in theirs.items() if name.startswith(MAIN)]
    result["ratio_equal_rtol"] = min(
        _ratios(_over(ours.speed(1e-6), main.speed(1e-6)) for main in mains), default=None
    )
    result["ratio_matched_error"], result["matched_error"] = _against(ours, mains)
    result["ratios_matched_error"] = {name: _matched(ours, sweep) for name, (_, sweep) in theirs.items()}
    return result


def _our_turn(contest: Contest, sweep: _Sweep, people: int, reference: Array) -> None:
    count = reference.shape[2]
    for rtol in OURS:
        begin = time.process_time()
        got = contest.run(Control(rtol=rtol, atol=absolute(rtol)), people)
        seconds = time.process_time() - begin
        sweep.add(rtol, seconds, people, contest.error(got.outputs[:, :, :count], reference))


def _their_turn(contest: Contest, rival: Rival, sweep: _Sweep, count: int, reference: Array) -> None:
    if isinstance(rival, Copasi | Diffrax):
        rival.load(range(count))
    for rtol in THEIRS:
        if rtol in sweep.stuck or (sweep.spent > _PATIENCE and not rival.name.startswith(MAIN)):
            continue
        begin = time.process_time()
        try:
            outputs = rival.run(range(count), rtol)
        except Stuck as why:
            sweep.stuck[rtol] = str(why)
            sweep.spent += time.process_time() - begin
            continue
        seconds = time.process_time() - begin
        sweep.spent += seconds
        sweep.add(rtol, seconds, count, contest.error(outputs, reference[:, :, :count]))


def _exact(contest: Contest, people: int) -> dict[str, Any]:
    """Median and worst error at the default tolerance."""
    reference = contest.run(REFERENCE, people, threads=os.cpu_count() or 1).outputs
    got = contest.run(Control(), people, threads=os.cpu_count() or 1)
    errors = contest.error(got.outputs, reference)
    sound = np.isfinite(errors)
    return {
        "error_median": float(np.median(errors[sound])),
        "error_worst": float(np.max(errors[sound])),
        "error_people": people,
        "people_failed": int((~sound).sum()),
    }


def threads(contest: Contest, people: int) -> dict[str, float]:
    """How much faster two threads are, and how many cores they really got."""
    times = {}
    for count in (1, 2):
        wall, cpu = time.perf_counter(), time.process_time()
        contest.run(Control(), people, threads=count)
        times[count] = (time.perf_counter() - wall, time.process_time() - cpu)
    return {"thread_speedup": times[1][0] / times[2][0], "cpu_over_wall": times[2][1] / times[2][0]}


def floor_ratio(contest: Contest, peak: float, people: int) -> float:
    """How often longer a step takes than its counted operations would at the measured peak of this core.

    Only the first and the last time are put out, so that steps are timed and not outputs. The fastest of some runs,
    as the peak is: others may use the core as well.
    """
    counted = step_operations(contest.equations())
    best = math.inf
    for _ in range(_FLOOR_RUNS):
        begin = time.process_time()
        journey = contest.run(Control(), people, ends=True)
        seconds = time.process_time() - begin
        best = min(best, seconds * peak / (float(journey.steps.sum()) * counted))
    return best


def scaling(contest: Contest, most: int) -> dict[str, float]:
    """People per second of wall time on all cores, with a day's grid of outputs, for 100 people to 10^most."""
    daily = contest.daily()
    found = {}
    for power in range(2, most + 1):
        begin, left = time.perf_counter(), 10**power
        while left > 0:
            daily.run(Control(), min(left, _BLOCK), threads=os.cpu_count() or 1)
            left -= _BLOCK
        found[str(10**power)] = 10**power / (time.perf_counter() - begin)
    return found


def _matched(ours: _Sweep, theirs: _Sweep) -> tuple[float | None, float | None]:
    """How many times more people at equal error, and that error: `MATCHED`, or the least the other engine reaches."""
    if not theirs.errors:
        return None, None
    error = max(MATCHED, min(float(np.median(e)) for e in theirs.errors.values()) * (1 + 1e-9))
    return _over(ours.at_error(error), theirs.at_error(error)), error


def _against(ours: _Sweep, settings: Sequence[_Sweep]) -> tuple[float | None, float | None]:
    """`_matched` with the settings that serve the other engine best: the least error, then the least ratio."""
    found = [(error, ratio) for ratio, error in (_matched(ours, one) for one in settings) if ratio and error]
    if not found:
        return None, None
    error, ratio = min(found)
    return ratio, error


def _ratios(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _over(ours: float | None, theirs: float | None) -> float | None:
    return None if ours is None or theirs is None else ours / theirs
