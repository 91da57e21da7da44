"""Forecasts without a model of the body, to compare with: last value, everybody's curve, mixed-effects regression."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..extras import needed
from .rank import crps, crps_normal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Training:
    """Other people of the same kind: totals (people, visits) on some days, and (people, after) on later days."""

    days: Sequence[float]
    past: Array
    after: Sequence[float]
    later: Array


def last_value(training: Training, past: Array, later: Array) -> tuple[Array, Array]:
    """Scores (people, after) of the last value: alone, and with the errors it made in the training people around it."""
    last = past[:, -1]
    alone = np.abs(later - last[:, None])
    errors = training.later - training.past[:, -1:]
    dressed = [crps(last[:, None] + errors[None, :, k], later[:, k]) for k in range(later.shape[1])]
    return alone, np.stack(dressed, axis=1)


def mean_curve(training: Training, later: Array) -> Array:
    """Scores (people, after) of the distribution of the training people on each day."""
    scores = [
        crps(np.broadcast_to(training.later[:, k], (len(later), len(training.later))), later[:, k])
        for k in range(later.shape[1])
    ]
    return np.stack(scores, axis=1)


def mixed_effects(training: Training, past: Array, later: Array) -> Array:
    """Scores (people, after) of a linear mixed-effects regression: each day its own mean, and for each person an
    intercept and a slope on the logarithm of time, predicted from their own past.

    Raises:
        VagusError: V109 without statsmodels.
    """
    model = needed("statsmodels.regression.mixed_linear_model", "the mixed-effects baseline of the proof")
    days = np.array([*training.days, *training.after], dtype=float)
    whole = np.concatenate([training.past, training.later], axis=1)
    people, visits = whole.shape
    fixed = np.tile(np.eye(visits), (people, 1))
    own = np.stack([np.ones(visits), np.log1p(days) / np.log1p(days[-1])], axis=1)
    groups = np.repeat(np.arange(people), visits)
    with warnings.catch_warnings():
        # Where people differ in no slope, its spread is 0 and the search ends at an edge: no cause for alarm.
        warnings.simplefilter("ignore")
        fitted = model.MixedLM(whole.ravel(), fixed, groups, np.tile(own, (people, 1))).fit(reml=True)
    mean, spread, noise = fitted.fe_params, np.asarray(fitted.cov_re), float(fitted.scale)
    seen = len(training.days)
    z, ahead = own[:seen], own[seen:]
    known = z @ spread @ z.T + noise * np.eye(seen)
    gain = spread @ z.T @ np.linalg.inv(known)
    effects = (past - mean[:seen]) @ gain.T
    left = spread - gain @ z @ spread
    variance = np.einsum("ij,jk,ik->i", ahead, left, ahead) + noise
    predicted = mean[seen:] + effects @ ahead.T
    return crps_normal(predicted, np.sqrt(variance), later)
