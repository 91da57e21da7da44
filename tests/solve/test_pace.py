"""Who hardly moves is given up long before all steps are taken."""

import numpy as np
import pytest

from vagus.solve import trigger
from vagus.solve.integrate import Control
from vagus.solve.reasons import Reason
from vagus.solve.trigger import Survey, Watch, follow

from .textbook import decay


def ride(largest_step: float) -> Survey:
    """One hour of a decay, in steps of at most so much."""
    control = Control(rtol=1e-6, atol=0.0, largest_step=largest_step, most_steps=100_000, lanes=1)
    times, rows = np.array([0.0, 1.0]), np.array([0])
    return follow(decay(), np.array([[1.0]]), np.array([[1.0]]), Watch(), times, control, rows)


def test_someone_who_crawls_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trigger, "_PACE", 200)
    got = ride(1e-9)
    assert Reason(got.reason[0]) == Reason.TOO_MANY_STEPS and got.steps[0] == 200
    assert 0.0 < got.stopped[0] < 1e-6


def test_someone_slow_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trigger, "_PACE", 200)
    got = ride(1e-3)
    assert got.reason[0] == 0 and got.steps[0] > 800
    assert got.outputs[-1, 0, 0] == pytest.approx(np.exp(-1.0), rel=1e-6)
