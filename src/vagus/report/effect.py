"""What a curve did against the same course without treatment: sizes, days, and what is left at the end.

Plain arithmetic on finished numbers, kept apart from the words so that both can be tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .record import Curve, Outcome

STILL_SHARE = 0.02
"""A difference below this share of the drawn scale counts as none; the report says so."""


@dataclass(frozen=True)
class Effect:
    """Treated against untreated for one curve; a gain is positive when it goes the better way.

    still: the smallest difference that counts. gain, gain_day: largest gain (0 if none) and its day.
    loss, loss_day: largest loss (positive size, 0 if none) and its day. last, last_day: gain (or, negative, loss) at
    the last day the scale can be asked.
    """

    curve: Curve
    still: float
    gain: float
    gain_day: float
    loss: float
    loss_day: float
    last: float
    last_day: float

    @property
    def end(self) -> int:
        """1 better, -1 worse, 0 the same at the end."""
        return 0 if abs(self.last) < self.still else (1 if self.last > 0 else -1)

    @property
    def ever(self) -> bool:
        """True if the curves ever part by more than the smallest difference that counts."""
        return max(self.gain, self.loss) >= self.still


def effect_of(curve: Curve) -> Effect | None:
    """The effect on one curve, or None where nothing can be compared (no better way, or never asked)."""
    if curve.better not in ("lower", "higher"):
        return None
    way = 1.0 if curve.better == "higher" else -1.0
    gain = way * (np.asarray(curve.treated, dtype=float) - np.asarray(curve.untreated, dtype=float))
    if curve.valid is not None:
        gain = np.where(curve.valid, gain, np.nan)
    known = np.flatnonzero(np.isfinite(gain))
    if not len(known):
        return None
    best, worst, last = known[np.argmax(gain[known])], known[np.argmin(gain[known])], known[-1]
    return Effect(
        curve=curve,
        still=STILL_SHARE * (curve.high - curve.low),
        gain=max(0.0, float(gain[best])),
        gain_day=float(curve.days[best]),
        loss=max(0.0, -float(gain[worst])),
        loss_day=float(curve.days[worst]),
        last=float(gain[last]),
        last_day=float(curve.days[last]),
    )


@dataclass(frozen=True)
class Difference:
    """One outcome at the end against the untreated course: signed difference and one word for it."""

    size: float | None
    verdict: str


def difference_of(outcome: Outcome, curves: Sequence[Curve]) -> Difference:
    """Week 12 with treatment minus without, and better, worse, same or '' (no better way known)."""
    if outcome.week_12 is None or outcome.untreated_week_12 is None:
        return Difference(None, "")
    size = outcome.week_12 - outcome.untreated_week_12
    curve = next((curve for curve in curves if curve.key == outcome.key), None)
    if curve is None or curve.better not in ("lower", "higher"):
        return Difference(size, "")
    if abs(size) < STILL_SHARE * (curve.high - curve.low):
        return Difference(size, "same")
    return Difference(size, "better" if (size > 0) == (curve.better == "higher") else "worse")
