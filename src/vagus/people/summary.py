"""What became of the people of a trial: who went where (the flow chart), and scores counted in the three usual ways.

Observed case counts who was there; last observation carried forward (LOCF) counts everybody with the last total they
had; completers are those who stayed to the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..body.model import Array
from .measured import carried_forward
from .power import randomised
from .trial import Trial, TrialArm

WAYS = ("observed case", "LOCF", "completers")


@dataclass(frozen=True)
class Flow:
    """The way of an arm's people through one study of the planned size.

    Attributes:
        arm: its name.
        entered: people who began the arm.
        rescued: left worse off than the average. left: left otherwise.
        missed: single visits missed by those who were still in.
        completed: stayed to the end.
    """

    arm: str
    entered: int
    rescued: int
    left: int
    missed: int
    completed: int


@dataclass(frozen=True)
class Line:
    """Change from baseline of one score in one arm, counted in one way: people, mean and SD in points."""

    arm: str
    instrument: str
    way: str
    day: float
    n: int
    mean: float
    sd: float


def flows(trial: Trial) -> list[Flow]:
    """The flow of every arm in one realised study."""
    found = []
    for name, rows in randomised(trial).items():
        leaving = trial.arms[name].leaving
        gone = np.isfinite(leaving.hour[rows])
        rescued = gone & leaving.rescued[rows]
        still = trial.visits[None, :] <= leaving.hour[rows][:, None]
        missed = int((still & ~leaving.seen[rows]).sum())
        parts = (int(rescued.sum()), int((gone & ~rescued).sum()), missed, int((~gone).sum()))
        found.append(Flow(name, int(rows.size), *parts))
    return found


def summaries(trial: Trial) -> list[Line]:
    """The change of every score in every arm by the last visit, counted in three ways."""
    at = trial.visits.size - 1
    found = []
    for arm in trial.arms.values():
        for key, totals in arm.totals.items():
            changes = _ways(arm, totals, at)
            for way in WAYS:
                change = changes[way]
                change = change[np.isfinite(change)]
                if change.size > 1:
                    told = (int(change.size), float(change.mean()), float(change.std(ddof=1)))
                    found.append(Line(arm.name, key, way, float(trial.visits[at] / 24.0), *told))
    return found


def _ways(arm: TrialArm, totals: Array, at: int) -> Mapping[str, Array]:
    seen = arm.leaving.seen
    stayed = np.isinf(arm.leaving.hour)
    change = totals[:, at] - totals[:, 0]
    carried = carried_forward(totals, seen)[:, at] - totals[:, 0]
    return {
        "observed case": change[seen[:, at]],
        "LOCF": carried,
        "completers": change[stayed],
    }
