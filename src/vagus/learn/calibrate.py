"""`calibrate`: the numbers of the population fitted once and openly to the studies of the split `calibrate`.

Regularised Gauss-Newton (see `search`) on all published numbers at once, each on its scale, with the between-study
spread tau fitted again before each step. Common random numbers: every evaluation follows the same persons.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.model import Model
from .between import Spread, design_weights, fit_spread
from .comparison import Row, model_spread
from .population_set import Fitted
from .problem import Method, Problem
from .scale import groups
from .search import Target, jacobian_at, left_out, posterior, step_from

Array = NDArray[np.float64]
PARTS = (1.0, 0.5, 0.2)  # of a step that are tried until the loss falls
STILL = 0.05  # prior standard deviations: less is no move


@dataclass(frozen=True)
class Calibration:
    """What `calibrate` gives.

    Attributes:
        fitted: what could move.
        x: where it went, in prior standard deviations.
        covariance: of x.
        before, after: every row with the first and the last population.
        spread: the between-study spread of studies the fit has not seen, frozen.
        seen_spread: that of the studies it was fitted to, frozen.
        loss: of the first and the last population with the last tau: (misfit, with the prior).
        course: loss after each step.
        simulated: how often a study was simulated.
        method: how.
        failed: studies that could not be simulated, with the error.
    """

    fitted: Sequence[Fitted]
    x: Array
    covariance: Array
    before: Sequence[Row]
    after: Sequence[Row]
    spread: Spread
    seen_spread: Spread
    loss: Mapping[str, tuple[float, float]]
    course: Sequence[float]
    simulated: int
    method: Method
    failed: Mapping[str, str]

    def sets(self) -> Array:
        """(sets, parameters) the uncertainty sample; the first is the best itself."""
        random = np.random.default_rng(self.method.seed)
        drawn = random.multivariate_normal(self.x, self.covariance, self.method.sets - 1, method="cholesky")
        return np.vstack([self.x, drawn])


def target_of(rows: Sequence[Row], spread: Spread, within_study: float) -> Target:
    """What is to be met: the published numbers with their errors and tau, each weighted by its design effect.

    Numbers of one study and group miss together; m of them count as m / (1 + (m - 1) within_study).
    """
    weight = design_weights([row.scale.group for row in rows], [row.study for row in rows], within_study)
    sd = [
        np.sqrt(row.seen.se**2 + row.error("se_mc") ** 2 + spread.of(row.scale.group)[0] ** 2) for row in rows
    ]
    return Target(np.array([row.seen.place for row in rows]), np.array(sd), weight)


def calibrate(problem: Problem, tell: Callable[[str], None] | None = None) -> Calibration:
    """Fit the population.

    Args:
        problem: what is fitted to what.
        tell: called with a line about each step.
    """
    method, say = problem.method, tell or (lambda words: None)
    x = np.zeros(len(problem.fitted))
    before = rows = problem.rows_at(x)
    course: list[float] = []
    for nth in range(method.rounds):
        target = target_of(rows, model_spread(rows), method.within_study)
        predicted = np.array([row.place for row in rows])
        jacobian = jacobian_at(problem.places, x, predicted)
        if nth == 0:
            problem.learn(jacobian)
        course.append(target.loss(predicted, x))
        say(f"step {nth + 1}: loss {course[-1]:.2f}, {problem.simulated} simulated")
        moved = _step(problem, target, x, predicted, jacobian)
        if moved is None or float(np.abs(moved - x).max()) < STILL:
            break
        x, rows = moved, problem.rows_at(moved)
    return _finished(problem, x, before, rows, course)


def _step(problem: Problem, target: Target, x: Array, predicted: Array, jacobian: Array) -> Array | None:
    """The first of several lengths of the step that lowers the loss; None when none does."""
    goal = step_from(target, x, predicted, jacobian)
    now = target.loss(predicted, x)
    for part in PARTS:
        tried = x + part * (goal - x)
        if target.loss(problem.places([tried])[0], tried) < now:
            return tried
    return None


def _finished(
    problem: Problem, x: Array, before: Sequence[Row], rows: Sequence[Row], course: Sequence[float]
) -> Calibration:
    """The posterior around the best, and the frozen spreads.

    The spread of the next study is that of topics left out: what was fitted is met more closely than it, and the
    studies of one drug, route and illness often report the same people. The fitted studies have a spread of their own.
    """
    method = problem.method
    predicted = np.array([row.place for row in rows])
    jacobian = jacobian_at(problem.places, x, predicted)
    seen = model_spread(rows)
    target = target_of(rows, seen, method.within_study)
    covariance = posterior(target, predicted, jacobian)
    without = left_out(target, predicted, jacobian, [topic_of(row) for row in rows])
    spread = _left_out_spread(rows, without)
    last = target_of(rows, spread, method.within_study)
    first = np.array([row.place for row in before])
    loss = {
        "before": (last.misfit(first), last.misfit(first)),
        "after": (last.misfit(predicted), last.loss(predicted, x)),
    }
    course = [*course, last.loss(predicted, x)]
    numbers = (problem.simulated, method, problem.failed)
    return Calibration(problem.fitted, x, covariance, before, rows, spread, seen, loss, course, *numbers)


def topic_of(row: Row) -> str:
    """What a study is about: its drug, route and conditions. Reports of one trial programme share their topic."""
    return " ".join((row.drug, row.route, *sorted(row.conditions)))


def _left_out_spread(rows: Sequence[Row], place: Array) -> Spread:
    """tau of every group, from rows as a fit without their topic predicts them.

    The misses hold what the fit does not know of the population, so nothing is added for it in a prediction.
    """
    used = [nth for nth, row in enumerate(rows) if row.predicted is not None]
    group = [rows[nth].scale.group for nth in used]
    residual = np.array([place[nth] - rows[nth].seen.place for nth in used])
    variance = np.array([rows[nth].seen.se ** 2 + rows[nth].error("se_mc") ** 2 for nth in used])
    return fit_spread(group, [rows[nth].study for nth in used], residual, variance, groups())


def record_of(found: Calibration, model: Model) -> dict[str, Any]:
    """The record as plain data: studies, loss before and after, what moved, what is not identifiable."""
    sd = np.sqrt(np.diag(found.covariance))
    moved = [
        {
            "key": one.key,
            "prior": one.mean,
            "prior_sd": one.sd,
            "scale": one.scale,
            "fitted": float(f"{one.value(place):.6g}"),
            "low": float(f"{one.value(place - 1.645 * width):.6g}"),
            "high": float(f"{one.value(place + 1.645 * width):.6g}"),
            "moved_by_prior_sd": round(float(place), 3),
            "sd_over_prior": round(float(width), 3),
            "identifiable": bool(width < found.method.told),
            "why": one.why,
        }
        for one, place, width in zip(found.fitted, found.x.tolist(), sd.tolist(), strict=True)
    ]
    studies: dict[str, dict[str, Any]] = {}
    for row, old in zip(found.after, found.before, strict=True):
        entry = studies.setdefault(row.study, {"rows": 0, "missed_before": [], "missed_after": []})
        entry["rows"] += 1
        for name, one in (("missed_before", old), ("missed_after", row)):
            if one.predicted is not None:
                entry[name].append((one.place - one.seen.place) / one.scale.yardstick)
    for entry in studies.values():
        for name in ("missed_before", "missed_after"):
            entry[name] = round(float(np.sqrt(np.mean(np.square(entry[name])))), 3) if entry[name] else None
    return {
        "model": model.key,
        "method": {"name": "regularised Gauss-Newton", **vars(found.method)},
        "studies": studies,
        "rows": len(found.after),
        "rows_predicted": sum(row.predicted is not None for row in found.after),
        "simulated": found.simulated,
        "loss": {
            name: {"misfit": round(a, 3), "with_prior": round(b, 3)} for name, (a, b) in found.loss.items()
        },
        "course": [round(one, 3) for one in found.course],
        "tau": {name: round(tau, 4) for name, tau in found.spread.tau.items()},
        "freedom": found.spread.freedom,
        "tau_of_fitted": {name: round(tau, 4) for name, tau in found.seen_spread.tau.items()},
        "parameters": moved,
        "not_identifiable": [one["key"] for one in moved if not one["identifiable"]],
        "failed": dict(found.failed),
    }
