"""Continuation on textbook problems: a fold, an S-shaped curve, and what is stable on it."""

import numpy as np
import pytest

from vagus.solve.continuation import Array, leading_eigenvalue, newton, trace

SIZE = np.ones(2)


def fold(y: Array, value: float) -> tuple[Array, Array, Array]:
    """x' = r + x^2, and a second state that follows the first."""
    x, z = y
    return np.array([value + x**2, x - z]), np.array([[2 * x, 0.0], [1.0, -1.0]]), np.array([1.0, 0.0])


def cubic(y: Array, value: float) -> tuple[Array, Array, Array]:
    """x' = r + x - x^3: two folds at x = -+1/sqrt(3)."""
    x, z = y
    return (
        np.array([value + x - x**3, x - z]),
        np.array([[1 - 3 * x**2, 0], [1.0, -1.0]]),
        np.array([1.0, 0.0]),
    )


def test_newton_finds_the_steady_state() -> None:
    y, good = newton(fold, np.array([-0.7, 0.0]), -0.25, SIZE)
    assert good
    assert y == pytest.approx([-0.5, -0.5])
    assert leading_eigenvalue(fold, y, -0.25) == pytest.approx(-1.0)


def test_newton_says_when_there_is_none() -> None:
    _, good = newton(fold, np.array([-0.7, 0.0]), 0.25, SIZE)
    assert not good


def test_curve_is_followed_round_its_folds() -> None:
    start, good = newton(cubic, np.array([-1.2, -1.2]), -0.9, SIZE)
    assert good
    found = trace(cubic, start, -0.9, SIZE, -1.0, 1.0, step=0.02)
    assert len(found.folds) == 2
    edge = 2.0 / (3.0 * np.sqrt(3.0))
    assert found.values[found.folds[0]] == pytest.approx(edge, abs=5e-3)
    assert found.values[found.folds[1]] == pytest.approx(-edge, abs=5e-3)
    assert np.abs(found.values + found.states[:, 0] - found.states[:, 0] ** 3).max() < 1e-6
    middle = np.abs(found.states[:, 0]) < 0.5
    assert (found.leading[middle] > 0).all()
    assert (found.leading[np.abs(found.states[:, 0]) > 0.7] < 0).all()
