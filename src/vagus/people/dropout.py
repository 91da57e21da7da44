"""Who leaves a study, and when: more likely who does not improve; and visits that are missed.

Each week a person leaves with the log odds of the study's rate plus so much for each point by which they did worse
than the average person of the arm since the start. Who leaves worse off than the average counts as rescued: another
treatment was needed. Values after leaving exist in the simulation; summaries do not use them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr

from ..body.model import Array
from ..tables import atlas_path, read_toml
from .rating import Raters
from .study_record import Dropout

_WEEK = 168.0


@dataclass(frozen=True)
class Leaving:
    """Who left.

    Attributes:
        hour: after which a person is not seen any more (people,); infinite for who stayed.
        rescued: (people,) who left worse off than the average.
        seen: (people, visits) which visits took place.
    """

    hour: Array
    rescued: NDArray[np.bool_]
    seen: NDArray[np.bool_]


def leave(dropout: Dropout, totals: Array | None, visits: Array, who: list[int], raters: Raters) -> Leaving:
    """Who leaves an arm.

    Args:
        dropout: of the study.
        totals: scores of the scale that counts (people, visits); None where there is none.
        visits: hours of the visits.
        who: indices of the people.
        raters: key of the random streams.
    """
    size = len(who)
    hour = np.full(size, np.inf)
    rescued = np.zeros(size, dtype=bool)
    if dropout.rate_per_week > 0:
        weeks = np.arange(_WEEK, visits[-1] + 1e-6, _WEEK)
        for week in weeks:
            worse = np.zeros(size)
            if totals is not None:
                at = int(np.flatnonzero(visits <= week)[-1])
                change = totals[:, at] - totals[:, 0]
                worse = np.nan_to_num(change - np.nanmean(change)) if np.isfinite(change).any() else worse
            rate = min(dropout.rate_per_week, 1.0 - 1e-9)
            chance = expit(logit(rate) + dropout.log_odds_per_point * worse)
            luck = ndtr(raters.numbers_for(who, f"leaves {week:g}", 1)[:, 0])
            going = (luck < chance) & np.isinf(hour)
            hour[going] = week - _WEEK / 2.0
            rescued[going] = worse[going] > 0
    return Leaving(hour, rescued, (visits[None, :] <= hour[:, None]) & ~_missed(dropout, visits, who, raters))


def _missed(dropout: Dropout, visits: Array, who: list[int], raters: Raters) -> NDArray[np.bool_]:
    """(people, visits) which single visits were missed; none at the start, and none where nobody leaves either."""
    missed = np.zeros((len(who), visits.size), dtype=bool)
    if dropout.rate_per_week > 0:
        share = float(read_toml(atlas_path("study_people.toml"))["missed_visit"]["share"])
        for k, hour in enumerate(visits.tolist()):
            if hour > 0:
                missed[:, k] = ndtr(raters.numbers_for(who, f"misses {hour:g}", 1)[:, 0]) < share
    return missed
