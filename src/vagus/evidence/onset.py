"""When a step of the cycle has begun: one rule for all, and how well onsets fit the order that is said.

The claim (C02 of the ledger) tells seven steps in an order. A step has begun when its observable has moved from what
it would be without the injury, in the direction that is said, by half a standard deviation of a mixed group of healthy
and ill people (what people notice in themselves: Norman, Med Care 2003;41:582-592), and keeps to it for a week.
"Worse pain" is pain beyond what the same injury brings a person in whom nothing of the cycle follows: the first pain
belongs to the injury.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..body.model import Array
from ..extras import later
from ..observe import load_observables
from ..tables import atlas_path, read_rows
from .experiment import settings
from .statement import load_ledger

kendalltau = later("scipy.stats", "kendalltau")

DAY = 24.0
CLAIM = "C02"
DEPRESSION, PAIN = "mood.depression", "pain.perceived"
#: A person who is neither depressed nor in pain; of the checks of the healthy condition.
WELL = {DEPRESSION: 0.35, PAIN: 0.05}
#: What the scores of the claim are read from where the course of a person is followed, free of raters and recall.
_READ_AS = {"madrs": DEPRESSION, "nrs_pain": PAIN}
#: The last step of the sentence: pain beyond that of the injury alone.
WORSE = "nrs_pain"
_NEVER = 1e9  # hours, of a step that does not begin: after all others
_SEEN = ("step", "observable", "who", "not_by_d", "by_d", "finding", "citation", "doi")


@dataclass(frozen=True)
class Step:
    """One observable of the cycle: its step (the injury is 1), sign as asserted, output, and whether it decides."""

    place: int
    observable: str
    sign: float
    output: str
    decides: bool


def cycle_steps() -> tuple[Step, ...]:
    """The observables of the steps in the order of the claim, with the signs of its tests."""
    table, rules = load_observables(), settings()["cycle"]
    claim = next(one for one in load_ledger().statements if one.id == CLAIM)
    signs = {test.observable: -1.0 if test.sign == "-" else 1.0 for test in claim.tests}
    return tuple(
        Step(place, name, signs[name], _READ_AS.get(name) or table[name].name, name not in rules["beside"])
        for place, names in enumerate(rules["steps"], start=2)
        for name in names
    )


def begins(times: Array, moved: Array, least: float | Array) -> Array:
    """When each column of departures (times, columns) has reached `least` to stay there for a week; inf for never."""
    lasts = DAY * settings()["cycle"]["keeps_d"]
    beyond = moved >= least
    # From each time on, the first later time that is not beyond; what is beyond at the end has lasted.
    ends = np.full(moved.shape[1], np.inf)
    found = np.full(moved.shape[1], np.inf)
    for place in range(len(times) - 1, -1, -1):
        ends = np.where(beyond[place], ends, times[place])
        found = np.where(beyond[place] & (ends - times[place] >= lasts), times[place], found)
    return found


def agreement(onset: Mapping[int, float]) -> float:
    """Rank agreement (Kendall's tau) of the onsets of steps with their order, 1 kept; who never begins comes last."""
    places = sorted(onset)
    late = [onset[place] if np.isfinite(onset[place]) else _NEVER for place in places]
    if len(set(late)) < 2:
        return 0.0
    found = float(kendalltau(places, late).statistic)
    return found if np.isfinite(found) else 0.0


def early(onset: Mapping[int, float]) -> list[tuple[int, int]]:
    """The steps that begin before the one they are said to follow, as (step, the one before)."""
    return [(b, a) for a, b in pairwise(sorted(onset)) if onset[b] < onset[a]]


def by_step(steps: Sequence[Step], onset: Array, every: bool = False) -> dict[int, float]:
    """When each step begins: with the first of the observables that decide, or only with `every` one of them."""
    found: dict[int, list[float]] = {}
    for step, when in zip(steps, onset, strict=True):
        if step.decides:
            found.setdefault(step.place, []).append(float(when))
    return {place: max(whens) if every else min(whens) for place, whens in found.items()}


@dataclass(frozen=True)
class Seen:
    """What one study saw of a step after an injury.

    Attributes:
        place, observable: of the step.
        who: people or animals.
        not_by, by: day by which it was not there yet (None where none was looked at), and day by which it was.
        finding: in words.
        citation, doi: of the study.
    """

    place: int
    observable: str
    who: str
    not_by: float | None
    by: float
    finding: str
    citation: str
    doi: str


def seen_onsets() -> tuple[Seen, ...]:
    """The rows of `cycle_onsets.csv`; raises V101-V105 for a table that cannot be read."""
    return tuple(
        Seen(
            int(row["step"]),
            row["observable"],
            row["who"],
            float(row["not_by_d"]) if row["not_by_d"] else None,
            float(row["by_d"]),
            *(row[name] for name in ("finding", "citation", "doi")),
        )
        for row in read_rows(atlas_path("cycle_onsets.csv"), _SEEN)
    )
