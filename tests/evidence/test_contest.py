"""The races of `vagus bench` are fair: both engines solve the same problem. Nothing is timed here."""

import numpy as np
import pytest

from vagus.evidence.bench import Other
from vagus.evidence.contest import REFERENCE, body, standin
from vagus.solve.integrate import Control
from vagus.solve.reasons import Reason


@pytest.mark.parametrize("make", [body, standin], ids=["body", "standin"])
def test_both_engines_solve_the_same_problem(make) -> None:
    contest = make(2)
    reference = contest.run(REFERENCE)
    assert (reference.reason == Reason.FINISHED).all()
    other = Other.of(contest)
    assert other is not None, "libroadrunner comes with the test extra"
    outputs = other.run([0], 1e-9)
    assert outputs.shape == (contest.times.size, contest.select.size, 1)
    assert contest.error(outputs, reference.outputs[:, :, :1]).max() < 1e-5


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
