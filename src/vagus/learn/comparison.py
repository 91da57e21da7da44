"""Published numbers beside predicted ones: intervals, z, coverage, interval score, skill, a paired bootstrap.

A predictive interval holds what a study of that size would find: Monte-Carlo error, sampling of its people and the
between-study spread tau; z is (predicted - observed) over sqrt(se_obs^2 + se_mc^2 + tau^2).
The interval score is that of Gneiting and Raftery 2007 for the 90 % interval, told in yardsticks of `scales.csv`, so
that numbers of different kinds can be averaged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..extras import later
from ..people.stream import stream
from .between import Spread, fit_spread
from .scale import Observed, Scale, groups

student = later("scipy.stats", "t")

Array = NDArray[np.float64]
BOOTSTRAPS = 4000


@dataclass(frozen=True)
class Given:
    """What an arm gets, as far as a simple predictor looks at it.

    Attributes:
        doses: (day, strength) of every dose of ketamine; strength 1 is 0.5 mg/kg racemate by vein.
        other: whether another antidepressant is given.
        control: how blind it is: saline, midazolam, open and so on; '' when the study tells nothing.
    """

    doses: tuple[tuple[float, float], ...] = ()
    other: bool = False
    control: str = ""


@dataclass(frozen=True)
class Row:
    """One published number and what was predicted for it.

    Attributes:
        study, split, file, number: where it stands; `number` counts the outcomes of the study from 1.
        arm, versus, instrument, quantity, time_d, unit: what it is; `versus` is '' for one arm.
        conditions, drug, route: of the arm; what its first block of doses gives.
        n: people behind it; for a difference both arms together.
        value: as published, in `unit`.
        scale, seen: how it is compared, and the number there.
        baseline: the score the study's people start with on this instrument; None when it tells none.
        given, against: what the arm and the arm it is compared with get; `against` is None for one arm.
        predicted, se_mc, sampling: mean, its Monte-Carlo error and the error of a study of that size, all in `unit`;
            None and 0 when not predicted.
        reason: why it was not predicted; '' when it was.
    """

    study: str
    split: str
    file: str
    number: int
    arm: str
    versus: str
    instrument: str
    quantity: str
    time_d: float
    unit: str
    conditions: tuple[str, ...]
    drug: str
    route: str
    n: float
    value: float
    scale: Scale
    seen: Observed
    baseline: float | None = None
    given: Given = Given()
    against: Given | None = None
    predicted: float | None = None
    se_mc: float = 0.0
    sampling: float = 0.0
    reason: str = ""

    @property
    def place(self) -> float:
        """The predicted number on its scale; NaN when there is none."""
        return float("nan") if self.predicted is None else self.scale.to(self.predicted, self.n)

    def error(self, name: str) -> float:
        """`se_mc` or `sampling` on the scale; the published error where sampling is not known."""
        if self.predicted is None:
            return 0.0
        if name == "sampling" and self.scale.kind == "logit":
            return float(np.sqrt(self.scale.slope(self.predicted, self.n) / self.n))
        size = getattr(self, name)
        if not np.isfinite(size):
            size = 0.0
        if name == "sampling" and size == 0.0:
            return self.seen.se
        return float(size * self.scale.slope(self.predicted, self.n))


@dataclass(frozen=True)
class Verdict:
    """How one prediction of one number fared; numbers with `_on` are on the scale, intervals in the number's unit.

    Attributes:
        predicted: the prediction, in the number's unit.
        inside50, inside90: whether the published number lies in the predictive interval.
        interval50, interval90: (low, high).
        z, z_without_tau: as the module says.
        score: interval score of the 90 % interval, in yardsticks.
        tau: the between-study spread that was used.
    """

    predicted: float
    interval50: tuple[float, float]
    interval90: tuple[float, float]
    inside50: bool
    inside90: bool
    z: float
    z_without_tau: float
    score: float
    tau: float


@dataclass(frozen=True)
class Summary:
    """Coverage and scores of many verdicts; NaN-free, None where there is nothing to tell."""

    rows: int
    studies: int
    coverage50: float | None
    coverage90: float | None
    interval_score: float | None
    median_abs_z: float | None
    median_abs_z_without_tau: float | None
    skill: Mapping[str, float | None] = field(default_factory=dict)
    p_better: Mapping[str, float | None] = field(default_factory=dict)


def judge(row: Row, place: float, errors: Mapping[str, float], spread: Spread) -> Verdict:
    """One prediction against its published number.

    Args:
        row: the number.
        place: the prediction on the number's scale.
        errors: `se_mc` and `sampling` on the scale.
        spread: the predictor's between-study spread.
    """
    tau, freedom = spread.of(row.scale.group)
    wide = float(np.sqrt(errors["se_mc"] ** 2 + errors["sampling"] ** 2 + tau**2))
    ends = {}
    for share in (0.5, 0.9):
        half = wide * float(student.ppf(0.5 + share / 2, freedom))
        ends[share] = (place - half, place + half)
    seen, (low, high) = row.seen.place, ends[0.9]
    missed = max(low - seen, 0.0) + max(seen - high, 0.0)
    error = place - seen
    told = row.seen.se**2 + errors["se_mc"] ** 2
    return Verdict(
        predicted=row.scale.back(place),
        interval50=_natural(row.scale, ends[0.5]),
        interval90=_natural(row.scale, ends[0.9]),
        inside50=bool(ends[0.5][0] <= seen <= ends[0.5][1]),
        inside90=bool(low <= seen <= high),
        z=error / float(np.sqrt(told + tau**2)),
        z_without_tau=error / float(np.sqrt(max(told, 1e-12))),
        score=(high - low + 2 / 0.1 * missed) / row.scale.yardstick,
        tau=tau,
    )


def _natural(scale: Scale, ends: tuple[float, float]) -> tuple[float, float]:
    low, high = (scale.back(end) for end in ends)
    return (low, high)


def judge_model(row: Row, spread: Spread) -> Verdict | None:
    """The verdict on what the virtual people did; None for a number that was not predicted."""
    if row.predicted is None:
        return None
    errors = {name: row.error(name) for name in ("se_mc", "sampling")}
    return judge(row, row.place, errors, spread)


def judge_reference(row: Row, place: float | None, spread: Spread) -> Verdict | None:
    """The verdict on a reference predictor, whose sampling error is the published one."""
    if place is None:
        return None
    return judge(row, place, {"se_mc": 0.0, "sampling": row.seen.se}, spread)


def model_spread(rows: Sequence[Row]) -> Spread:
    """tau of every group from predicted rows; only numbers of the split `calibrate` may be given."""
    used = [row for row in rows if row.predicted is not None]
    residual = np.array([row.place - row.seen.place for row in used])
    variance = np.array([row.seen.se**2 + row.error("se_mc") ** 2 for row in used])
    return fit_spread(
        [row.scale.group for row in used], [row.study for row in used], residual, variance, groups()
    )


def reference_spread(rows: Sequence[Row], places: Sequence[float | None]) -> Spread:
    """tau of every group for a reference predictor, fitted as the model's own is."""
    used = [(row, place) for row, place in zip(rows, places, strict=True) if place is not None]
    return fit_spread(
        [row.scale.group for row, _ in used],
        [row.study for row, _ in used],
        np.array([place - row.seen.place for row, place in used]),
        np.array([row.seen.se**2 for row, _ in used]),
        groups(),
    )


def summarise(verdicts: Sequence[tuple[Row, Verdict]]) -> Summary:
    """Coverage of both intervals, mean interval score and median absolute z of some rows."""
    if not verdicts:
        return Summary(0, 0, None, None, None, None, None)
    found = [verdict for _, verdict in verdicts]
    return Summary(
        rows=len(found),
        studies=len({row.study for row, _ in verdicts}),
        coverage50=float(np.mean([one.inside50 for one in found])),
        coverage90=float(np.mean([one.inside90 for one in found])),
        interval_score=float(np.mean([one.score for one in found])),
        median_abs_z=float(np.median([abs(one.z) for one in found])),
        median_abs_z_without_tau=float(np.median([abs(one.z_without_tau) for one in found])),
    )


def skill_against(
    verdicts: Sequence[tuple[Row, Verdict]], other: Sequence[Verdict | None], seed: int = 1
) -> tuple[float | None, float | None]:
    """How much lower the mean interval score is than a reference's, and how sure that is.

    Args:
        verdicts: of the model, with their rows.
        other: of the reference for the same rows; None where it has no prediction (such rows count for neither).
        seed: of the bootstrap.

    Returns:
        1 - score / reference score, and the share of paired bootstraps over whole studies in which the model's mean
        score is the lower one; (None, None) without a row in common.
    """
    pairs = [
        (row.study, mine.score, one.score) for (row, mine), one in zip(verdicts, other, strict=True) if one
    ]
    if not pairs:
        return None, None
    names = list(dict.fromkeys(name for name, _, _ in pairs))
    mine = np.array([sum(score for study, score, _ in pairs if study == name) for name in names])
    theirs = np.array([sum(score for study, _, score in pairs if study == name) for name in names])
    skill = 1.0 - float(mine.sum() / theirs.sum())
    drawn = stream(seed, "validate", 0, "bootstrap").integers(0, len(names), (BOOTSTRAPS, len(names)))
    better = mine[drawn].sum(axis=1) < theirs[drawn].sum(axis=1)
    return skill, float(better.mean())
