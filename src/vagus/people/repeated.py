"""The difference between two arms over repeated visits, by generalised estimating equations (GEE).

Change from baseline is explained by the baseline, the visit, and the arm at each visit; visits of one person are alike
(exchangeable working correlation) and the standard errors are the robust ones. This is no mixed model with an
unstructured covariance (MMRM), which the statistics library kept here (statsmodels) does not have.
"""

from dataclasses import dataclass

import numpy as np

from ..body.model import Array
from ..errors import fail
from ..extras import needed
from .measured import seen_of
from .power import randomised
from .study_record import Outcome
from .trial import Trial

METHOD = "GEE with exchangeable working correlation and robust standard errors (statsmodels); not an MMRM"


@dataclass(frozen=True)
class Repeated:
    """The difference between arms at the time of an endpoint, as one realised study estimates it.

    Attributes:
        difference: arm minus versus, change from baseline in the unit of the outcome.
        se, low, high: its standard error and 95 % interval. p: of no difference.
        people, visits: how many of each were used.
        method: in words.
    """

    difference: float
    se: float
    low: float
    high: float
    p: float
    people: int
    visits: int
    method: str = METHOD


def repeated_difference(trial: Trial, endpoint: Outcome) -> Repeated:
    """The repeated-measures difference of one study of the planned size, people randomised to its arms.

    Visits after leaving and missed visits are missing; visits of the study's own times and of every week count.

    Args:
        trial: with virtual people.
        endpoint: a score with a second arm.

    Raises:
        VagusError: V466 when there is nothing to compare, V109 when statsmodels is not installed.
    """
    name = f"{endpoint.quantity} of {endpoint.instrument}"
    if endpoint.versus is None or endpoint.measure is None or endpoint.measure.kind != "score":
        raise fail("V466", endpoint=name, reason="it is no score of two arms")
    for arm in (endpoint.arm, endpoint.versus):
        seen = seen_of(trial, endpoint, arm)
        if isinstance(seen, str):
            raise fail("V466", endpoint=name, reason=seen)
    models = needed("statsmodels.api", "the difference over repeated visits")
    y, x, groups, visits = _long(trial, endpoint)
    fit = models.GEE(y, x, groups=groups, cov_struct=models.cov_struct.Exchangeable()).fit()
    last = x.shape[1] - 1  # the arm at the visit of the endpoint stands last
    low, high = (float(end) for end in np.asarray(fit.conf_int())[last])
    return Repeated(
        float(fit.params[last]),
        float(fit.bse[last]),
        low,
        high,
        float(fit.pvalues[last]),
        int(np.unique(groups).size),
        visits,
    )


def _long(trial: Trial, endpoint: Outcome) -> tuple[Array, Array, Array, int]:
    """Changes, their explanation (baseline, visits, arm at each visit), and persons, one row for each visit seen."""
    assert endpoint.measure is not None and endpoint.versus is not None
    hour = 24.0 * (trial.study.duration_d if endpoint.time_d is None else endpoint.time_d)
    rows = randomised(trial)
    at = np.flatnonzero((trial.visits > 0) & (trial.visits <= hour + 1e-6))
    at = at[np.argsort(np.abs(trial.visits[at] - hour) < 1e-3, kind="stable")]  # that of the endpoint last
    y, x, groups = [], [], []
    for treated, name in ((1.0, endpoint.arm), (0.0, endpoint.versus)):
        arm = trial.at(name, hour)
        assert arm is not None
        mine = rows[arm.name]
        totals = endpoint.measure.factor * arm.totals[endpoint.measure.key][mine] / endpoint.scale
        seen = arm.leaving.seen[mine] & np.isfinite(totals)
        for person in range(mine.size):
            for k, visit in enumerate(at):
                if seen[person, visit] and seen[person, 0]:
                    mark = np.zeros(at.size)
                    mark[k] = 1.0
                    y.append(totals[person, visit] - totals[person, 0])
                    x.append([totals[person, 0], *mark, *(treated * mark)])
                    groups.append(person + (0 if treated else mine.size + rows[arm.name].size + 10**6))
    table = np.array(x)
    used = (table != 0).any(axis=0)
    used[-1] = True
    return np.array(y), table[:, used], np.array(groups), int(at.size)
