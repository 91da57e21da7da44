"""Changes within a step are found wherever they are, also those undone before the next place looked at."""

from collections.abc import Callable

import numpy as np
import pytest

from vagus.solve.look import LOOKS, Look, Rows, dips_in_time, find_change

Gap = Callable[[np.ndarray], np.ndarray]
ROWS = Rows(np.array([0]), 0, 0, np.array([1]))  # one trigger, and the gap of its comparison


def look(gap: Gap, people: int = 3) -> Look:
    """Into the step from 0 to 1 of people who all have the same gap; the condition is that it is above zero."""

    def observe(at: np.ndarray, who: np.ndarray) -> np.ndarray:
        return np.array([gap(at) > 0.0, gap(at)], dtype=float)

    start, none = np.zeros(people), np.zeros(people, dtype=bool)
    known = observe(start, np.arange(people))[:1]
    return find_change(ROWS, known, none, observe, start, start + 1.0, ~none)


@pytest.mark.parametrize("height", [1e-2, 1e-5, 1e-9])
@pytest.mark.parametrize("top", [0.11, 1 / 3, 0.6, 0.97])
def test_a_condition_true_for_a_moment_is_found(top: float, height: float) -> None:
    found = look(lambda t: height - (t - top) ** 2)
    assert found.changed.all()
    np.testing.assert_allclose(found.after, top - np.sqrt(height), atol=1e-9)
    assert (found.after > found.before).all() and not found.switched.any()


def test_of_two_moments_the_first_is_found() -> None:
    def gap(t: np.ndarray) -> np.ndarray:
        return np.maximum(1e-4 - (t - 0.72) ** 2, 1e-4 - (t - 0.31) ** 2)

    np.testing.assert_allclose(look(gap).after, 0.3, atol=1e-9)


@pytest.mark.parametrize("top", [0.1, 1 / 3, 0.6])
def test_what_comes_close_and_turns_is_none(top: float) -> None:
    assert not look(lambda t: -1e-9 - (t - top) ** 2).changed.any()


def test_a_change_that_stays_is_found_to_the_last_digit() -> None:
    found = look(lambda t: t - 1 / 3)
    assert (np.nextafter(found.before, 1.0) == found.after).all()
    assert (found.before <= 1 / 3).all() and (found.after > 1 / 3).all()


def test_the_border_someone_slides_along_is_not_looked_at() -> None:
    rows = Rows(np.array([0]), 1, 1, np.array([], dtype=np.int64))

    def observe(at: np.ndarray, who: np.ndarray) -> np.ndarray:
        return np.array([at > 0.5], dtype=float)

    start, good = np.zeros(2), np.ones(2, dtype=bool)
    sliding = np.array([True, False])
    found = find_change(rows, np.zeros((1, 2)), sliding, observe, start, start + 1.0, good)
    assert found.changed.tolist() == [False, True] and found.switched.tolist() == [False, True]


def test_moments_between_the_places_of_a_grid_are_found() -> None:
    def observe(t: np.ndarray) -> np.ndarray:
        return np.sin(40 * t)[None] - 0.99999

    grid = np.linspace(0.0, 1.0, 30 * LOOKS)
    found = dips_in_time(observe, grid, observe(grid))
    assert len(found) == 6 and (observe(found) >= 0.0).all()  # 40 / (2 pi) turns
    assert not dips_in_time(lambda t: observe(t) - 1e-4, grid, observe(grid) - 1e-4).size
