"""How much studies differ beyond chance: the between-study spread tau of every group of numbers, and its tails.

A residual (predicted minus observed, on its scale) is Student-t around 0 with the squared scale v + tau^2, v being
what its own errors explain. tau of each group is found by penalised maximum likelihood; groups with few rows are held
near the expectation of `scales.csv`, shifted by what the other groups show (partial pooling); the degrees of freedom
are common to all groups. Form of the model: Lee and Thompson 2008 (flexible random effects). Residuals of one study
miss together, so they count by their design effect: a study that tells one thing twenty times is not twenty studies.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import fail
from ..extras import later
from ..tables import atlas_path, read_rows, read_toml
from .scale import groups

student = later("scipy.stats", "t")

minimize_scalar = later("scipy.optimize", "minimize_scalar")

Array = NDArray[np.float64]
COLUMNS = ("predictor", "group", "tau", "freedom", "rows", "studies")
#: Whose spread a table tells: the model's for studies it has not seen, its own for those it was fitted to.
MODEL, FITTED = "model", "model_where_fitted"
#: Degrees of freedom that are tried; the last is the normal distribution in all but name.
FREEDOMS = (3.0, 4.0, 5.0, 7.0, 10.0, 20.0, 200.0)
#: SD of the logarithm of a group's tau around its expectation, before the group's own rows speak.
LOOSE = 0.8


@dataclass(frozen=True)
class Spread:
    """The between-study spread of one predictor.

    Attributes:
        tau: by group, on the group's scale.
        freedom: degrees of freedom of the Student distribution, common to all groups.
        rows: how many residuals each group had.
        studies: from how many studies.
    """

    tau: Mapping[str, float]
    freedom: float
    rows: Mapping[str, int]
    studies: Mapping[str, int]

    def of(self, group: str) -> tuple[float, float]:
        """tau and degrees of freedom of one group; fewer studies leave fewer degrees of freedom."""
        expected = groups()
        tau = self.tau.get(group, expected.get(group, 1.0))
        freedom = 1.0 / (1.0 / self.freedom + 1.0 / (self.studies.get(group, 0) + 4.0) ** 1.5)
        return tau, max(freedom, 2.5)


def fit_spread(
    group: Sequence[str],
    study: Sequence[str],
    residual: Array,
    variance: Array,
    expected: Mapping[str, float],
) -> Spread:
    """tau of every group from residuals.

    Args:
        group, study: of each residual.
        residual: predicted minus observed, on the group's scale.
        variance: what sampling and simulation explain of each squared residual.
        expected: tau of each group before its rows are seen; groups without rows get it, shifted.
    """
    names = list(dict.fromkeys([*expected, *group]))
    weight = design_weights(group, study, within_study())
    where = {name: np.flatnonzero(np.array([one == name for one in group])) for name in names}
    best: tuple[float, float, dict[str, float]] | None = None
    for freedom in FREEDOMS:
        shift = 0.0
        for _ in range(4):  # the common shift and the groups in turn
            tau = {
                name: _tau(
                    residual[at], variance[at], weight[at], freedom, expected.get(name, 1.0) * np.exp(shift)
                )
                for name, at in where.items()
            }
            seen = [name for name in names if where[name].size >= 3]
            logs = [np.log(tau[name] / expected.get(name, 1.0)) for name in seen]
            shift = float(np.clip(np.sum(logs) / (len(logs) + 1.0), -2.0, 2.0)) if logs else 0.0
        total = sum(
            _likelihood(tau[name], residual[at], variance[at], weight[at], freedom)
            for name, at in where.items()
            if at.size
        )
        if best is None or total > best[0]:
            best = (total, freedom, tau)
    assert best is not None
    counted = {name: len({study[int(i)] for i in at}) for name, at in where.items()}
    return Spread(best[2], best[1], {name: int(at.size) for name, at in where.items()}, counted)


def within_study() -> float:
    """Correlation of the misses of one study, from the table [method] of `atlas/calibration/fitted.toml`."""
    return float(read_toml(atlas_path("calibration", "fitted.toml"))["method"]["within_study"])


def design_weights(group: Sequence[str], study: Sequence[str], correlation: float) -> Array:
    """(residuals,) how much each counts: m of one study and group as m / (1 + (m - 1) correlation)."""
    pairs = list(zip(study, group, strict=True))
    many = Counter(pairs)
    return np.array([1.0 / (1.0 + (many[pair] - 1) * correlation) for pair in pairs])


def _likelihood(tau: float, residual: Array, variance: Array, weight: Array, freedom: float) -> float:
    scale = np.sqrt(variance + tau**2)
    return float(np.sum(weight * (student.logpdf(residual / scale, freedom) - np.log(scale))))


def _tau(residual: Array, variance: Array, weight: Array, freedom: float, expected: float) -> float:
    if residual.size == 0:
        return float(expected)

    def cost(log_tau: float) -> float:
        pull = 0.5 * ((log_tau - np.log(expected)) / LOOSE) ** 2
        return pull - _likelihood(float(np.exp(log_tau)), residual, variance, weight, freedom)

    centre = float(np.log(expected))
    found = minimize_scalar(cost, bounds=(centre - 4.0, centre + 4.0), method="bounded")
    return float(np.exp(found.x))


def read_spread(path: Path | None = None) -> dict[str, Spread]:
    """The frozen spreads by predictor, from `atlas/calibration/tau.csv` or another table; {} when there is none.

    Raises:
        VagusError: V471 for a number that is none or not above zero, and what reading a table raises.
    """
    path = path or atlas_path("calibration", "tau.csv")
    if not path.exists():
        return {}
    found: dict[str, list[tuple[str, float, float, int, int]]] = {}
    for row in read_rows(path, COLUMNS):
        try:
            tau, freedom = (float(row[name]) for name in ("tau", "freedom"))
            counts = int(row["rows"]), int(row["studies"])
        except ValueError as error:
            raise fail("V471", what=error, file=row.file, line=row.line) from None
        if not (tau > 0 and freedom > 1):
            what = "tau is above 0, freedom above 1"
            raise fail("V471", what=what, file=row.file, line=row.line)
        found.setdefault(row["predictor"], []).append((row["group"], tau, freedom, *counts))
    return {
        name: Spread(
            {row[0]: row[1] for row in rows},
            rows[0][2],
            {row[0]: row[3] for row in rows},
            {row[0]: row[4] for row in rows},
        )
        for name, rows in found.items()
    }


def spread_table(spreads: Mapping[str, Spread]) -> str:
    """The spreads as the text of a table that `read_spread` reads."""
    lines = [",".join(COLUMNS)]
    for name, spread in spreads.items():
        for group, tau in sorted(spread.tau.items()):
            counts = f"{spread.rows.get(group, 0)},{spread.studies.get(group, 0)}"
            lines.append(f"{name},{group},{tau:.4g},{spread.freedom:g},{counts}")
    return "\n".join(lines) + "\n"
