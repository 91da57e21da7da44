"""When the watch for relapse begins: with the phase, or a day after the first course of doses has ended.

Arms that are compared are watched from the same day, that of the arm whose course ends first: under maintenance people
can relapse as they can without.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..body.model import Array
from .candidate import study_defaults
from .study_record import Arm, DoseBlock, Outcome
from .trial import Trial, TrialArm

_DAY = 24.0
_NEXT_DAY = 1.5  # days from one tablet to the next
_MINUTE = 1.0 / 60.0


def course_end(arm: Arm) -> float | None:
    """The day of the last dose or session of an arm's first course; None where nothing is given.

    A course ends before an interval that is long, and much longer than any before it (`study_people.toml`): six
    infusions in two weeks and then one a month end after two weeks. Tablets that people take every day beside something
    else are no part of it.
    """
    tablets = [block.days for block in arm.doses if _taken_daily(block)]
    others = [block.days for block in arm.doses if not _taken_daily(block)]
    others += [one.days for one in arm.activities]
    given = others or tablets
    days = sorted({day for own in given for day in own})
    if not days:
        return None
    rule = study_defaults()["course"]
    longest = 0.0
    for before, after in pairwise(days):
        gap = after - before
        if longest and gap >= rule["gap_d"] and gap > rule["times"] * longest:
            return before
        longest = max(longest, gap)
    return days[-1]


def _taken_daily(block: DoseBlock) -> bool:
    near = (after - before <= _NEXT_DAY for before, after in pairwise(block.days))
    return block.route == "oral" and len(block.days) > 1 and all(near)


def watch_begins(trial: Trial, outcome: Outcome, arm: TrialArm) -> float:
    """Hour of the study from which people of an arm are watched for relapse."""
    if arm.entered > 0.0:
        return arm.entered
    names = (outcome.arm, outcome.versus)
    ends = [course_end(one) for one in trial.study.arms if one.name in names]
    last = min((end for end in ends if end is not None), default=0.0)
    return _DAY * min(last + 1.0, trial.study.duration_d)


def relapses(
    trial: Trial,
    arm: TrialArm,
    totals: Array,
    responded: Array,
    ill: NDArray[np.bool_],
    begin: float,
) -> Array | None:
    """Days to relapse, or watched, and whether it was one (2, people); NaN for who had not responded.

    A relapse is being ill again at two looks in a row that lie about half a week apart or more.

    Args:
        trial, arm: whose scores.
        totals: of the scale (people, visits).
        responded: by the visit (people, visits); who enters a phase counts in any case.
        ill: whether a look counts as one of a relapse (people, visits).
        begin: hour at which the watch begins.

    Returns:
        None where nobody is seen after the watch began.
    """
    first = int(np.argmin(np.abs(trial.visits - begin)))
    watched = np.flatnonzero(trial.visits > trial.visits[first] + _MINUTE)
    if watched.size == 0:
        return None
    start = totals[:, first]
    risk = np.isfinite(start) if arm.entered > 0 else np.nan_to_num(responded[:, first]) > 0
    high = ill[:, watched]
    days = (trial.visits[watched] - trial.visits[first]) / _DAY
    twice, apart = high.copy(), study_defaults()["course"]["looks_d"]
    for k in range(watched.size):
        later = np.flatnonzero(days >= days[k] + apart)
        if later.size:
            twice[:, k] &= high[:, later[0]]
    hit = twice.any(axis=1)
    when = np.where(hit, days[np.argmax(twice, axis=1)], days[-1])
    gone = (arm.leaving.hour - trial.visits[first]) / _DAY
    hit &= when <= gone
    when = np.minimum(when, np.maximum(gone, 0.0))
    return np.stack([np.where(risk, when, np.nan), hit.astype(float)])
