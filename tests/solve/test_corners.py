"""Corners in time: every one is found before anybody travels, also those between two looks, and none is invented."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vagus.solve.corners import SPACING, with_corners
from vagus.solve.events import Change, Events

Array = NDArray[np.float64]
SPAN = 600.0
LENGTH = 96.0  # hours of a wave, as long as the fastest of the body


def wave(t: Array, p: Array) -> Array:
    """level + sin(2 pi t / LENGTH + phase) and its slope (looks, 2, people); p is level and phase."""
    turn = 2.0 * np.pi / LENGTH
    angle = turn * t + p[1]
    return np.stack([p[0] + np.sin(angle), turn * np.cos(angle)], axis=1)


def exact(level: float, phase: float, begin: float = 0.0, end: float = SPAN) -> Array:
    """The times at which the wave is zero."""
    if abs(level) >= 1.0:
        return np.zeros(0)
    turns = np.arange(-2, 20)[:, None]
    angles = np.array([np.arcsin(-level), np.pi - np.arcsin(-level)])
    at = np.sort(((2.0 * np.pi * turns + angles - phase) * LENGTH / (2.0 * np.pi)).ravel())
    return np.asarray(at[(at > begin) & (at < end)])


def marks(events: Events, person: int) -> Array:
    """When the entries of a person are that change nothing."""
    own = slice(int(events.first[person]), int(events.first[person + 1]))
    nothing = events.jump[own] & (events.value[own] == 0.0)
    return np.asarray(events.time[own][nothing])


def found(levels: list[float], phases: list[float], changes: list[list[Change]] | None = None) -> Events:
    p = np.array([levels, phases])
    return with_corners(Events(changes or [[] for _ in levels]), wave, p, np.array([0, 1]), 0.0, SPAN)


def test_every_crossing_of_many_people_is_found_to_a_millionth_of_an_hour() -> None:
    random = np.random.default_rng(4)
    levels, phases = random.uniform(-1.1, 1.1, 300).tolist(), random.uniform(0.0, 6.0, 300).tolist()
    events = found(levels, phases)
    for person, (level, phase) in enumerate(zip(levels, phases, strict=True)):
        np.testing.assert_allclose(marks(events, person), exact(level, phase), rtol=0, atol=1e-6)


@pytest.mark.parametrize("gone", [0.05, 0.5, 3.0])
def test_a_load_that_is_gone_between_two_looks_is_seen(gone: float) -> None:
    half = np.pi * gone / LENGTH
    level = float(np.cos(half))  # below zero for `gone` hours a turn
    for phase in np.linspace(0.0, 2.0 * np.pi, 17).tolist():
        when = marks(found([level], [phase]), 0)
        np.testing.assert_allclose(when, exact(level, phase), rtol=0, atol=1e-5)
        assert gone < SPACING


def test_who_never_crosses_has_no_mark_and_keeps_the_events() -> None:
    dose = Change(10.0, True, 0, 5.0)
    events = found([1.5, -1.5, np.nan], [0.0, 1.0, 0.0], [[dose], [], []])
    assert events.time.tolist() == [10.0]
    assert events.value.tolist() == [5.0]


def test_a_parameter_that_is_set_on_the_way_counts_from_then_on() -> None:
    quiet, loud = Change(200.0, False, 0, 2.0), Change(400.0, False, 0, 0.2)
    events = found([0.2, 0.2], [0.0, 0.0], [[quiet, loud], []])
    want = np.concatenate([exact(0.2, 0.0, 0.0, 200.0), exact(0.2, 0.0, 400.0, SPAN)])
    np.testing.assert_allclose(marks(events, 0), want, rtol=0, atol=1e-6)
    np.testing.assert_allclose(marks(events, 1), exact(0.2, 0.0), rtol=0, atol=1e-6)
    assert (np.diff(events.time[: int(events.first[1])]) >= 0.0).all()


def test_two_settings_at_one_time_are_one() -> None:
    both = [Change(0.0, False, 0, 0.3), Change(0.0, False, 1, 1.0)]
    events = found([5.0], [0.0], [both])
    np.testing.assert_allclose(marks(events, 0), exact(0.3, 1.0), rtol=0, atol=1e-6)


def test_nobody_depends_on_who_else_is_asked_for() -> None:
    random = np.random.default_rng(5)
    levels, phases = random.uniform(-1, 1, 2000).tolist(), random.uniform(0.0, 6.0, 2000).tolist()
    crowd = found(levels, phases)
    for person in (0, 7, 1023, 1024, 1999):
        alone = found([levels[person]], [phases[person]])
        assert marks(alone, 0).tolist() == marks(crowd, person).tolist()
