"""Times to an event: Kaplan-Meier shares and medians, the log-rank test, and the ratio of hazards."""

import numpy as np
from scipy.special import ndtr

from ..body.model import Array

_MOST_STEPS = 50


def kaplan_meier(people: Array) -> tuple[Array, Array]:
    """Times of events (rising), and the share of people without the event after each.

    Args:
        people: (2, people): time of the event or of the last look, and 1 for an event, 0 for who was only watched.
    """
    time, event = people
    at, hits = np.unique(time[event > 0], return_counts=True)
    if at.size == 0:
        return np.empty(0), np.empty(0)
    risk = time.size - np.searchsorted(np.sort(time), at, side="left")
    return at, np.cumprod(1.0 - hits / risk)


def share_by(people: Array, when: float) -> float:
    """Share of people who had the event by a time; NaN without people."""
    if people.shape[1] == 0:
        return float("nan")
    at, free = kaplan_meier(people)
    before = np.flatnonzero(at <= when)
    return 0.0 if before.size == 0 else float(1.0 - free[before[-1]])


def median_time(people: Array) -> float:
    """Time by which half of the people had the event; at a constant hazard where fewer had it; NaN without events."""
    at, free = kaplan_meier(people)
    below = np.flatnonzero(free <= 0.5)
    if below.size:
        return float(at[below[0]])
    events = float(people[1].sum())
    return float(np.log(2.0) * people[0].sum() / events) if events else float("nan")


def hazard_ratio(first: Array, second: Array) -> float:
    """Ratio of the hazards of two groups by the Cox model, NaN without events in both together.

    A weak prior on its logarithm (log-F with 1 and 1 degrees of freedom, half an event for each side) keeps it finite
    where one group has no event (Greenland and Mansournia 2015).
    """
    at, hits, own, risk = _table(first, second)
    if at.size == 0:
        return float("nan")
    observed = float(np.sum(first[1]))
    log = 0.0
    for _ in range(_MOST_STEPS):
        share = own * np.exp(log) / (own * np.exp(log) + risk - own)
        prior = 1.0 / (1.0 + np.exp(-log))
        slope = observed - float(np.sum(hits * share)) + 0.5 - prior
        step = slope / (float(np.sum(hits * share * (1 - share))) + prior * (1 - prior))
        log = float(np.clip(log + np.clip(step, -1.0, 1.0), -20.0, 20.0))
        if abs(step) < 1e-8:
            break
    return float(np.exp(log))


def log_rank(first: Array, second: Array) -> tuple[float, float]:
    """p of the log-rank test, and the log of the ratio of hazards; 1 and NaN without events.

    Args:
        first, second: (2, people), as of `kaplan_meier`.
    """
    at, hits, own, risk = _table(first, second)
    if at.size == 0:
        return 1.0, float("nan")
    part = own / risk
    variance = float(np.sum(hits * part * (1 - part) * (risk - hits) / np.maximum(risk - 1, 1)))
    if variance <= 0:
        return 1.0, float("nan")
    excess = float(np.sum(first[1])) - float(np.sum(hits * part))
    return float(2 * ndtr(-abs(excess) / np.sqrt(variance))), float(np.log(hazard_ratio(first, second)))


def _table(first: Array, second: Array) -> tuple[Array, Array, Array, Array]:
    """Times of events, how many there were, and how many of the first group and of all were at risk."""
    time = np.concatenate([first[0], second[0]])
    event = np.concatenate([first[1], second[1]])
    at, hits = np.unique(time[event > 0], return_counts=True)
    risk = time.size - np.searchsorted(np.sort(time), at, side="left")
    own = first.shape[1] - np.searchsorted(np.sort(first[0]), at, side="left")
    return at, hits.astype(float), own.astype(float), np.asarray(risk, dtype=float)
