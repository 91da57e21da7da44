"""The races of `vagus bench` are fair: all engines solve the same problem. Nothing is timed here."""

import numpy as np
import pytest

from vagus.body.clock import light_changes
from vagus.evidence.bars import judged
from vagus.evidence.bench import MATCHED, _matched, _Sweep
from vagus.evidence.contest import REFERENCE, Contest, body, body_with_clock, standin
from vagus.evidence.rivals import Rival, Stuck, rivals
from vagus.solve.integrate import Control
from vagus.solve.reasons import Reason


def engines(contest: Contest) -> dict[str, Rival]:
    return {one.name: one for one in rivals(contest) if not isinstance(one, tuple)}


@pytest.mark.parametrize("make", [body, standin], ids=["body", "standin"])
def test_all_engines_solve_the_same_problem(make) -> None:
    contest = make(2)
    reference = contest.run(REFERENCE)
    assert (reference.reason == Reason.FINISHED).all()
    found = engines(contest)
    assert "libRoadRunner" in found, "libroadrunner comes with the test extra"
    for name, other in found.items():
        if make is body and name == "scipy LSODA":
            continue  # slow; the stand-in shows that it is driven rightly
        outputs = other.run([0], 1e-9)
        assert outputs.shape == (contest.times.size, contest.select.size, 1), name
        assert contest.error(outputs, reference.outputs[:, :, :1]).max() < 1e-5, name


def test_the_clock_runs_in_its_contest() -> None:
    contest = body_with_clock(2)
    assert (contest.run(Control()).reason == Reason.FINISHED).all()
    light = contest.kernel.parameters.index("sleep.light")
    assert (
        sum(1 for c in contest.changes[0] if not c.jump and c.index == light)
        == light_changes(0.0, 84 * 24.0)[0].size
    )
    row = contest.kernel.states.index("sleep.asleep")
    daily = contest.daily()
    assert daily.times.size == 85 and daily.times[1] == 24.0
    asleep = contest.run(Control(), 1).outputs[:, contest.select.tolist().index(row), 0]
    assert asleep.max() > 0.99 and asleep.min() < 0.01


def test_the_error_falls_with_the_tolerance() -> None:
    contest = standin(8)
    reference = contest.run(REFERENCE).outputs
    errors = [
        np.median(contest.error(contest.run(Control(rtol, 1e-3 * rtol)).outputs, reference))
        for rtol in (1e-3, 1e-5, 1e-7)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[1] < 5e-5


def test_a_reference_has_no_error_against_itself() -> None:
    contest = standin(2)
    outputs = contest.run(Control()).outputs
    assert (contest.error(outputs, outputs) == 0).all()


def test_an_engine_that_is_stuck_says_so_and_is_left_out() -> None:
    contest = standin(2)
    other = engines(contest)["libRoadRunner"]
    other.engine.integrator.maximum_num_steps = 3  # type: ignore[attr-defined]
    with pytest.raises(Stuck, match=r"CV_TOO_MUCH_WORK.*at hour"):
        other.run([0], 1e-6)
    assert _matched(_Sweep(), _Sweep()) == (None, None)


def sweep(*points: tuple[float, float]) -> _Sweep:
    found = _Sweep()
    for number, (speed, error) in enumerate(points):
        found.add(10.0 ** -(4 + number), 1.0 / speed, 1, np.array([error]))
    return found


def test_speeds_are_compared_at_equal_error() -> None:
    ours = sweep((1000.0, 1e-3), (500.0, 1e-5), (100.0, 1e-8))
    theirs = sweep((20.0, 1e-3), (10.0, 1e-5))
    ratio, error = _matched(ours, theirs)
    assert error == MATCHED and ratio == pytest.approx(50.0)
    coarse = sweep((20.0, 1e-2), (10.0, 1e-3))  # never as exact as the match: compared where it is best
    ratio, error = _matched(ours, coarse)
    assert error == pytest.approx(1e-3) and ratio == pytest.approx(100.0)
    assert ours.at_error(1e-9) is None


def test_bars_are_judged_by_what_was_measured() -> None:
    found = {
        "standin": {
            "ratio_matched_error": 50.0,
            "error_median": 2e-5,
            "error_worst": 0.1,
            "cpu_over_wall": 1.0,
        }
    }
    found["standin"] |= {"thread_speedup": 1.0, "floor_ratio": None}
    told = {row["what"]: row["verdict"] for row in judged(found)}
    assert told["against libRoadRunner at equal error"] == "aim"
    assert (told["error of the median person"], told["error of the worst person"]) == ("must", "missed")
    assert told["two threads against one"] == "not judged"  # the second core was not there
    assert told["distance from the floor"] == "not judged"
    found["standin"]["cpu_over_wall"] = 1.95
    assert {row["what"]: row["verdict"] for row in judged(found)}["two threads against one"] == "missed"
    assert not any("first course" in what for what in told)  # asked of the body only
