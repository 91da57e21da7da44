"""The bars of the engine: what has to be reached, what is aimed at, and what one run of `vagus bench` found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FREE = 1.9  # cores that two threads must really have had, or their speed says nothing


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes: `what` it is; `key` in the result of a contest; `contests` it is asked of; `must` and `aim`; `least`,
    whether the number has to be at least that (else at most).
    """

    what: str
    key: str
    contests: tuple[str, ...]
    must: float
    aim: float
    least: bool


_ALL = ("body", "body_averaged", "standin")
BARS = (
    Bar("against libRoadRunner at equal error", "ratio_matched_error", _ALL, 30, 45, True),
    Bar("error of the median person", "error_median", _ALL, 5e-5, 1e-5, False),
    Bar("error of the worst person", "error_worst", _ALL, 5e-3, 1e-3, False),
    Bar("first course, empty cache, s", "cold_s", ("body_averaged",), 8, 5, False),
    Bar("first course, full cache, s", "warm_s", ("body_averaged",), 1, 0.5, False),
    Bar("one course in a running process, ms", "page_run_ms", ("body_averaged",), 50, 50, False),
    Bar("two threads against one", "thread_speedup", _ALL, 1.7, 1.9, True),
    Bar("distance from the floor", "floor_ratio", _ALL, 3.3, 2.6, False),
)  # fmt: skip


def judged(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each bar and contest that was run: what, contest, measured, must, aim, verdict.

    The verdict is aim, must, missed, or not judged (nothing to compare with, or the threads did not get two cores).

    Args:
        found: results of `bench` by contest.
    """
    rows = []
    for bar in BARS:
        for name in bar.contests:
            if name in found:
                measured = found[name].get(bar.key)
                verdict = _verdict(bar, measured, found[name])
                row = {
                    "what": bar.what,
                    "contest": name,
                    "measured": measured,
                    "must": bar.must,
                    "aim": bar.aim,
                }
                rows.append(row | {"verdict": verdict})
    return rows


def _verdict(bar: Bar, measured: float | None, result: Mapping[str, Any]) -> str:
    if measured is None or (bar.key == "thread_speedup" and not result["cpu_over_wall"] > _FREE):
        return "not judged"
    sign = 1.0 if bar.least else -1.0
    if sign * measured >= sign * bar.aim:
        return "aim"
    return "must" if sign * measured >= sign * bar.must else "missed"
