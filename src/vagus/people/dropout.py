"""Who leaves a study, and when: more likely who does not improve; and visits that are missed.

Each week a person leaves with the log odds of the study's rate plus so much for each point by which they did worse
than the average person of the arm since the start. Where the study has a rule for rescue, who has not improved enough
at a weekly look is given another treatment: they leave after that visit, and only they count as rescued. Without a rule
whoever leaves worse off than the average is called rescued. Values after leaving exist in the simulation, without the
other treatment; summaries do not use them: the last value is carried forward, and who left is no responder.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr

from ..body.model import Array
from ..tables import atlas_path, read_toml
from .rating import Raters
from .study_record import Dropout

_WEEK, _DAY = 168.0, 24.0


@dataclass(frozen=True)
class Leaving:
    """Who left.

    Attributes:
        hour: after which a person is not seen any more (people,); infinite for who stayed.
        rescued: (people,) who left for rescue: by the rule of the study, or worse off than the average without one.
        seen: (people, visits) which visits took place.
    """

    hour: Array
    rescued: NDArray[np.bool_]
    seen: NDArray[np.bool_]


def leave(
    dropout: Dropout,
    totals: Array | None,
    visits: Array,
    who: list[int],
    raters: Raters,
    lowest: float = 0.0,
) -> Leaving:
    """Who leaves an arm.

    Args:
        dropout: of the study.
        totals: scores of the scale that counts (people, visits); None where there is none.
        visits: hours of the visits.
        who: indices of the people.
        raters: key of the random streams.
        lowest: total of that scale in a person without any symptom.
    """
    size = len(who)
    hour = np.full(size, np.inf)
    rescued = np.zeros(size, dtype=bool)
    weeks = np.arange(_WEEK, visits[-1] + 1e-6, _WEEK) if dropout.happens else ()
    for week in weeks:
        worse = np.zeros(size)
        at = int(np.flatnonzero(visits <= week)[-1])
        if totals is not None:
            change = totals[:, at] - totals[:, 0]
            worse = np.nan_to_num(change - np.nanmean(change)) if np.isfinite(change).any() else worse
        if dropout.rate_per_week > 0:
            rate = min(dropout.rate_per_week, 1.0 - 1e-9)
            chance = expit(logit(rate) + dropout.log_odds_per_point * worse)
            luck = ndtr(raters.numbers_for(who, f"leaves {week:g}", 1)[:, 0])
            going = (luck < chance) & np.isinf(hour)
            hour[going] = week - _WEEK / 2.0
            rescued[going] = (worse[going] > 0) & (dropout.rescue_below is None)
        if dropout.rescue_below is not None and totals is not None and week >= _DAY * dropout.rescue_from_d:
            going = _too_little(dropout.rescue_below, totals, at, lowest) & np.isinf(hour)
            hour[going], rescued[going] = visits[at], True
    return Leaving(hour, rescued, (visits[None, :] <= hour[:, None]) & ~_missed(dropout, visits, who, raters))


def _too_little(part: float, totals: Array, at: int, lowest: float) -> NDArray[np.bool_]:
    """(people,) who has lost less than a part of the score at the start; nobody whose score is not known."""
    start = totals[:, 0] - lowest
    with np.errstate(invalid="ignore"):
        return np.asarray((totals[:, 0] - totals[:, at] < part * start) & (start > 0))


def _missed(dropout: Dropout, visits: Array, who: list[int], raters: Raters) -> NDArray[np.bool_]:
    """(people, visits) which single visits were missed; none at the start, and none where nobody leaves either."""
    missed = np.zeros((len(who), visits.size), dtype=bool)
    if dropout.happens:
        share = float(read_toml(atlas_path("study_people.toml"))["missed_visit"]["share"])
        for k, hour in enumerate(visits.tolist()):
            if hour > 0:
                missed[:, k] = ndtr(raters.numbers_for(who, f"misses {hour:g}", 1)[:, 0]) < share
    return missed
