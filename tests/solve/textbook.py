"""Textbook problems as NumPy systems: the solver is tested without any model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Textbook:
    """A problem given by its rate, its Jacobian and its time slope, each for one person."""

    rate: Callable
    jacobian: Callable
    slope: Callable = lambda t, y, p: np.zeros_like(y)
    width: int = 1

    def prepare(self, p):
        return p

    def rates(self, t, y, p, q):
        return np.stack([self.rate(t[i], y[:, i], p[:, i]) for i in range(t.size)], axis=1)

    def begin(self, t, y, p, q, d):
        slopes = np.stack([self.slope(t[i], y[:, i], p[:, i]) for i in range(t.size)], axis=1)
        n = y.shape[0]
        full = [d[i] * np.eye(n) - self.jacobian(t[i], y[:, i], p[:, i]) for i in range(t.size)]
        factors = np.concatenate([np.stack([m.ravel() for m in full], axis=1), np.ones((1, t.size))])
        return self.rates(t, y, p, q), slopes, factors

    def solve(self, lu, b):
        n = b.shape[0]
        for i in range(b.shape[1]):
            b[:, i] = np.linalg.solve(lu[:-1, i].reshape(n, n), b[:, i])
        return b

    def observe(self, t, y, p, q):
        return np.concatenate([y, t[None, :]])


def decay():
    """y' = -k y."""
    return Textbook(lambda t, y, p: -p[:1] * y, lambda t, y, p: np.array([[-p[0]]]))


def forced():
    """y' = -50 (y - cos t): stiff, with a rate that depends on time (Prothero and Robinson)."""
    return Textbook(
        lambda t, y, p: -50.0 * (y - np.cos(t)),
        lambda t, y, p: np.array([[-50.0]]),
        lambda t, y, p: np.array([-50.0 * np.sin(t)]),
    )


def van_der_pol(mu=100.0):
    """The stiff oscillator of van der Pol."""
    return Textbook(
        lambda t, y, p: np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]),
        lambda t, y, p: np.array([[0.0, 1.0], [-2 * mu * y[0] * y[1] - 1, mu * (1 - y[0] ** 2)]]),
    )


def robertson():
    """Robertson's chemical kinetics: rate constants over nine orders of magnitude."""

    def rate(t, y, p):
        a, b, c = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
        return np.array([-a + c, a - b - c, b])

    def jacobian(t, y, p):
        return np.array(
            [
                [-0.04, 1e4 * y[2], 1e4 * y[1]],
                [0.04, -6e7 * y[1] - 1e4 * y[2], -1e4 * y[1]],
                [0.0, 6e7 * y[1], 0.0],
            ]
        )

    return Textbook(rate, jacobian)


def blow_up():
    """y' = p y^2: reaches infinity at t = 1/(p y0)."""
    return Textbook(lambda t, y, p: p[:1] * y**2, lambda t, y, p: np.array([[2 * p[0] * y[0]]]))
