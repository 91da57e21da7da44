"""How strongly the people of a study report: a lognormal factor, so found that those screened in look like the study's.

The factor multiplies all symptoms of a person. Its median and its spread are solved for: after a screening visit a week
before, with visit noise of its own and the bounds of the study, mean and SD at baseline are those of the study.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..body.model import Array
from ..errors import fail
from ..extras import later
from ..observe import Instrument, domains, load_instrument, score
from ..observe.reporting import reporting
from .adjust import SEVERITY, Numbers
from .rating import Raters
from .stream import normals
from .study_record import Severity

minimize = later("scipy.optimize", "minimize")

SCREENING_HOUR = -168.0
_LEAST_LEFT = 8  # people of the pilot who must pass for mean and SD to mean something
_MOST_SPREAD = 1.0
_LEAST_SHOWN, _USUAL_SHOWN = 0.1, 0.5  # parts of the range of a scale
_LEVELS = (-4.0, 4.0)  # of the logarithm of the median
_NEAR = 0.35  # SD of the study by which mean or SD may be missed


@dataclass(frozen=True)
class Screening:
    """People at rest, as the scales see them: index of each, and outputs by name (people, 1)."""

    who: NDArray[np.int64]
    values: Mapping[str, Array]


@dataclass(frozen=True)
class Match:
    """How people report on one scale, and who passes its bounds.

    Attributes:
        scale: the instrument; None for people whose severity no study names.
        low, high: bounds of the screening total in points of the instrument.
        median, spread: of the factor. A spread below 0 is an evenness: where states alone differ more than the people
            of the study, the factor of each person is divided by that power of what their state would show.
        matched: whether mean (and SD) of a study were matched.
        reached: mean and SD at baseline of those screened in, in points of the instrument.
        wanted: those of the study; NaN where it does not say.
    """

    scale: Instrument | None
    low: float
    high: float
    median: float
    spread: float
    matched: bool = False
    reached: tuple[float, float] = (float("nan"), float("nan"))
    wanted: tuple[float, float] = (float("nan"), float("nan"))

    @classmethod
    def usual(cls, numbers: Numbers) -> "Match":
        """How people report whose severity no study names."""
        return cls(
            None,
            -np.inf,
            np.inf,
            numbers.reporting(SEVERITY),
            numbers.reporting("severity_spread"),
        )

    @property
    def key(self) -> str:
        """Key of the scale."""
        return "" if self.scale is None else self.scale.key

    @property
    def kind(self) -> str:
        """Whether the scale is one of the mind or of the body."""
        return "" if self.scale is None else self.scale.kind

    def factor(self, people: Screening, raters: Raters) -> Array:
        """The factor of each person (people,); the same person is severe on every scale."""
        z = normals(raters.seed, raters.study, people.who.tolist(), "severity", 1)[:, 0]
        shown = (
            np.ones(z.size) if self.scale is None or self.spread >= 0 else shown_at_rest(self.scale, people)
        )
        return _factor(z, shown, self.median, self.spread)

    def passes(self, people: Screening, raters: Raters) -> NDArray[np.bool_]:
        """(people,) whose screening total lies inside the bounds."""
        if self.scale is None or not (np.isfinite(self.low) or np.isfinite(self.high)):
            return np.ones(people.who.size, dtype=bool)
        total = rate_at_rest(self.scale, people, self.factor(people, raters), raters, SCREENING_HOUR)
        return (total >= self.low) & (total <= self.high)


def _factor(z: Array, shown: Array, median: float, spread: float) -> Array:
    own = np.exp(spread * z) if spread >= 0 else shown**spread
    return np.clip(median * own, reporting("severity_low"), reporting("severity_high"))


def shown_at_rest(scale: Instrument, people: Screening) -> Array:
    """What the state of each person would show on a scale, relative to a tenth of its range at least (people,)."""
    expected = (
        score(scale, domains(people.values, scale.domains), rounded=False).total[:, 0] - scale.total_low
    )
    span = scale.total_high - scale.total_low
    return np.asarray(np.maximum(expected / span, _LEAST_SHOWN) / _USUAL_SHOWN)


def rate_at_rest(scale: Instrument, people: Screening, factor: Array, raters: Raters, hour: float) -> Array:
    """Totals (people,) of people at rest at a visit before any treatment."""
    return score(
        scale,
        domains(people.values, scale.domains),
        severity=factor,
        item_traits=raters.item_traits(scale, people.who.tolist()),
        visit_noise=raters.visit_noise(scale, people.who.tolist(), [hour]),
    ).total[:, 0]


def match_severity(wanted: Sequence[Severity], pilot: Screening, raters: Raters) -> list[Match]:
    """How people report on every scale the study names at its start.

    Args:
        wanted: scores at the start, as the study says.
        pilot: people at rest with whom the factor is found.
        raters: who rates.

    Raises:
        VagusError: V462 when no factor gives the mean, or nobody passes the bounds.
    """
    found: list[Match] = []
    for one in wanted:
        if one.measure.kind != "score":
            continue
        found.append(_match(one, pilot, raters, found))
    return found


def _match(one: Severity, pilot: Screening, raters: Raters, before: Sequence[Match]) -> Match:
    scale = load_instrument(one.measure.key)

    def points(published: float | None, none: float) -> float:
        return none if published is None else (published - one.measure.offset) / one.measure.factor

    low, high = points(one.score.low, -np.inf), points(one.score.high, np.inf)
    mean = points(one.score.mean, np.nan)
    sd = np.nan if one.score.sd is None else one.score.sd / one.measure.factor
    middle, spread = (raters.numbers.reporting(name) for name in (SEVERITY, "severity_spread"))
    usual = Match(scale, low, high, middle, spread)
    top = scale.total_high
    if low > top or high < scale.total_low or low > high or (np.isfinite(mean) and not mean <= top):
        raise _impossible(one, "the bounds and the mean lie outside the scale or exclude each other")
    same = [match for match in before if match.matched and match.kind == scale.kind]
    if not np.isfinite(mean):
        if same:  # the same person reports alike on every scale of the kind
            usual = Match(scale, low, high, same[0].median, same[0].spread)
        return usual
    others = np.ones(pilot.who.size, dtype=bool)
    for match in before:
        others &= match.passes(pilot, raters)
    trial = _Trial(scale, pilot, raters, low, high, others)
    median, spread = trial.solve(mean, sd, usual.spread)
    reached = trial.baseline(median, spread)
    if reached is None:
        raise _impossible(one, "nobody passes the screening")
    if abs(reached[0] - mean) > _NEAR * max(sd if np.isfinite(sd) else reached[1], 1.0):
        raise _impossible(one, f"people of this kind who pass the screening have a mean of {reached[0]:.1f}")
    return Match(scale, low, high, median, spread, True, reached, (mean, sd))


@dataclass(frozen=True)
class _Trial:
    """Mean and SD at baseline of the pilot for one median and spread of the factor."""

    scale: Instrument
    pilot: Screening
    raters: Raters
    low: float
    high: float
    others: NDArray[np.bool_]

    def baseline(self, median: float, spread: float) -> tuple[float, float] | None:
        factor = _factor(self._severe, self._shown, median, spread)
        first, start = self._totals(factor)
        passed = (first >= self.low) & (first <= self.high) & self.others
        if passed.sum() < _LEAST_LEFT:
            return None
        return float(start[passed].mean()), float(start[passed].std(ddof=1))

    def _totals(self, factor: Array) -> tuple[Array, Array]:
        """Totals at screening and at baseline, in one go because it is done a hundred times."""
        noise = self._noise
        total = score(self.scale, self._z, severity=factor, item_traits=noise[0], visit_noise=noise[1]).total
        return total[:, 0], total[:, 1]

    @cached_property
    def _z(self) -> dict[str, Array]:
        z = domains(self.pilot.values, self.scale.domains)
        return {name: np.repeat(value, 2, axis=1) for name, value in z.items()}

    @cached_property
    def _shown(self) -> Array:
        return shown_at_rest(self.scale, self.pilot)

    @cached_property
    def _severe(self) -> Array:
        return normals(self.raters.seed, self.raters.study, self.pilot.who.tolist(), "severity", 1)[:, 0]

    @cached_property
    def _noise(self) -> tuple[Array, Array]:
        who = self.pilot.who.tolist()
        return (
            self.raters.item_traits(self.scale, who),
            self.raters.visit_noise(self.scale, who, [SCREENING_HOUR, 0.0]),
        )

    def solve(self, mean: float, sd: float, usual: float) -> tuple[float, float]:
        """Median and spread of the factor; the spread stays the usual one where the study gives no SD."""
        unit = sd if np.isfinite(sd) and sd > 0 else 1.0

        def missed(x: Array) -> float:
            spread = float(np.clip(x[1], -1.0, _MOST_SPREAD)) if np.isfinite(sd) else usual
            level = float(np.clip(x[0], *_LEVELS))
            got = self.baseline(float(np.exp(level)), spread)
            if got is None:
                return 1e6 - level  # too mild to pass: go up
            loss = ((got[0] - mean) / unit) ** 2 + (x[0] - level) ** 2
            if np.isfinite(sd):
                loss += ((got[1] - sd) / unit) ** 2 + (x[1] - spread) ** 2
            return float(loss)

        start = min((np.array([np.log(m), usual]) for m in np.geomspace(0.2, 3.5, 16)), key=missed)
        size = start + np.array([[0.0, 0.0], [0.15, 0.0], [0.0, 0.15]])
        best = minimize(
            missed,
            start,
            method="Nelder-Mead",
            options={"initial_simplex": size, "xatol": 1e-3, "fatol": 1e-5, "maxfev": 120},
        )
        spread = float(np.clip(best.x[1], -1.0, _MOST_SPREAD)) if np.isfinite(sd) else usual
        return float(np.exp(np.clip(best.x[0], *_LEVELS))), spread


def _impossible(one: Severity, why: str) -> Exception:
    bounds = ", ".join(f"{name} {value:g}" for name, value in vars(one.score).items() if value is not None)
    return fail("V462", instrument=one.instrument, what=bounds or "no numbers", why=why)
