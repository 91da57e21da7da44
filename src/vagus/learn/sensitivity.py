"""`sensitivity`: which numbers of the population an outcome rests on, ranked with their sources and grades.

Morris (elementary effects) ranks at a low price; Sobol shares out the variance. Both through SALib. The outcome is the
mean over a small population with common random numbers, so that what moves is the number and not who was drawn.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.model import Model
from ..body.patient import Patient
from ..body.treatment import Treatment
from ..errors import VagusError, did_you_mean, fail
from ..extras import needed
from ..observe.instrument import list_instruments
from ..people.adjust import adjustable
from ..people.cluster import Cluster
from ..people.course import follow_course
from .population_set import Fitted, as_set
from .problem import QUICK

Array = NDArray[np.float64]
METHODS = ("morris", "sobol")
REACH = 1.645  # prior standard deviations to each side: the middle 90 %
SHARE = 0.2  # of the value, to each side, where no prior is told
_PURPOSE = "sensitivity analysis"
#: The outcome of each of some population sets, in their order; NaN where a population has no resting state.
Evaluate = Callable[[Sequence[Mapping[str, float]]], Iterable[float]]


@dataclass(frozen=True)
class Effect:
    """What one number does to the outcome.

    Attributes:
        key: of the population set.
        low, high: the range it was moved in.
        strength: Morris: mean absolute effect of the whole range (mu star); Sobol: total share of the variance.
        detail: Morris: SD of the effects (how much it depends on the others); Sobol: first-order share.
        error: half width of the 95 % interval of `strength`.
        source, grade: of its value.
    """

    key: str
    low: float
    high: float
    strength: float
    detail: float
    error: float
    source: str
    grade: str


def ranges(model: Model, fitted: Sequence[Fitted], systems: Sequence[str]) -> list[Fitted]:
    """What is moved: what calibration may move, or every constant and trait of some systems of the body.

    Raises:
        VagusError: V476 for a system that has no number.
    """
    if not systems:
        return list(fitted)
    found = []
    known = {entry.system for entry in model.entries.values()}
    for system in systems:
        if system not in known:
            raise fail("V476", what=f"no system '{system}'", hint=did_you_mean(system, known))
    bounds = adjustable(model)
    for entry in model.entries.values():
        if entry.system in systems and entry.kind in ("constant", "trait") and entry.value > 0:
            low, high = bounds[entry.name]
            if low < high and entry.shape != "bernoulli":
                sd = float(np.log1p(SHARE)) / REACH
                found.append(Fitted(entry.name, "log", entry.value, sd, low, high, entry.meaning))
    return found


@dataclass(frozen=True)
class Question:
    """The mean of a score or an output on one day of a course, as a function of a population set; see `outcome`.

    Attributes:
        patient, treatment: who gets what.
        name: key of a scale, or name of an output or state.
        score: whether it is a scale.
        day: of the course.
        people, seed: how many it is the mean of, and who.
    """

    patient: Patient
    treatment: Treatment
    name: str
    score: bool
    day: float
    people: int
    seed: int

    def answer(self, model: Model, adjust: Mapping[str, float]) -> float:
        """The mean with that population set; NaN when nobody comes to rest, which is told with the result."""
        try:
            course = follow_course(
                model,
                self.patient,
                self.treatment,
                max(self.day, 1.0),
                count=self.people,
                seed=self.seed,
                instruments=[self.name] if self.score else [],
                control=QUICK,
                also=() if self.score else (self.name,),
                adjust=adjust,
            )
        except VagusError as error:
            if not error.code.startswith("V5"):
                raise
            return float("nan")
        if self.score:
            return float(np.nanmean(course.at_day(self.name, self.day)))
        values = course.run.level(self.name)[0]
        return float(np.nanmean([np.interp(24.0 * self.day, course.run.times, row) for row in values]))


@dataclass(frozen=True)
class OnePoint:
    """A question with one population set, a job of `people.cluster.Cluster.one_by_one`."""

    question: Question
    adjust: Mapping[str, float]

    @property
    def who(self) -> range:
        """Its people."""
        return range(self.question.people)

    def work(self, model: Model) -> float:
        """Its answer."""
        return self.question.answer(model, self.adjust)


def outcome(
    model: Model,
    patient: Patient,
    treatment: Treatment,
    name: str,
    day: float,
    *,
    people: int,
    seed: int,
    cluster: Cluster | None = None,
) -> Evaluate:
    """The outcome of population sets: the mean of a score or an output on one day of a course.

    Args:
        model, patient, treatment: who gets what.
        name: a scale, an output or a state.
        day: of the course.
        people, seed: how many it is the mean of, and who.
        cluster: where it is computed; here when None. The numbers are the same.

    Raises:
        VagusError: V476 for a name that is no scale, output or state.
    """
    score = name.lower() in list_instruments()
    known = [*list_instruments(), *model.states, *model.outputs]
    if not score and name not in known:
        raise fail("V476", what=f"no score, output or state '{name}'", hint=did_you_mean(name, known))
    question = Question(patient, treatment, name.lower() if score else name, score, day, people, seed)
    if cluster is None:
        return lambda sets: (question.answer(model, adjust) for adjust in sets)
    return lambda sets: cluster.one_by_one([OnePoint(question, adjust) for adjust in sets])


def sensitivity(
    evaluate: Evaluate,
    model: Model,
    moved: Sequence[Fitted],
    *,
    method: str = "morris",
    runs: int = 8,
    seed: int = 1,
    progress: Callable[[float], None] | None = None,
) -> tuple[list[Effect], int]:
    """Every moved number with its effect, the strongest first, and how many evaluations failed.

    Args:
        evaluate: the outcome of each of some population sets, in their order.
        model: the body, for sources and grades.
        moved: what is moved, over the middle 90 % of its expectation.
        method: morris or sobol.
        runs: Morris: trajectories; Sobol: base samples, a power of two.
        seed: of the sample.
        progress: called with the part that is done.

    Raises:
        VagusError: V109 when SALib is not installed, V413 for another method or what is no power of two for Sobol,
            V511 when no evaluation finished.
    """
    if method not in METHODS:
        raise fail("V413", key="method", value=method, known=", ".join(METHODS))
    if method == "sobol" and runs & (runs - 1):
        raise fail(
            "V413", key="runs", value=runs, hint="give a power of two, such as 8, with the method sobol"
        )
    salib = {name: needed(f"SALib.{name}", _PURPOSE) for name in (f"sample.{method}", f"analyze.{method}")}
    problem = {
        "num_vars": len(moved),
        "names": [one.key for one in moved],
        "bounds": [[-REACH, REACH]] * len(moved),
    }
    sampler, analyser = salib[f"sample.{method}"], salib[f"analyze.{method}"]
    points = sampler.sample(
        problem, runs, seed=seed, **({"calc_second_order": False} if method == "sobol" else {})
    )
    values = np.empty(len(points))
    for place, value in enumerate(evaluate([as_set(moved, x) for x in points])):
        values[place] = value
        if progress is not None:
            progress((place + 1) / len(points))
    failed = int(np.isnan(values).sum())
    if failed == len(values):
        raise fail("V511", n=failed)
    values = np.where(np.isnan(values), np.nanmean(values), values)
    found = _analysed(analyser, problem, points, values, method, seed)
    effects = [_effect(model, one, *numbers) for one, numbers in zip(moved, found, strict=True)]
    return sorted(effects, key=lambda one: -one.strength), failed


def _analysed(
    analyser: Any, problem: dict[str, Any], points: Array, values: Array, method: str, seed: int
) -> list[tuple[float, float, float]]:
    """Strength, detail and error of each number."""
    if method == "morris":
        found = analyser.analyze(problem, points, values, seed=seed)
        return list(zip(found["mu_star"], found["sigma"], found["mu_star_conf"], strict=True))
    found = analyser.analyze(problem, values, calc_second_order=False, seed=seed)
    return list(zip(found["ST"], found["S1"], found["ST_conf"], strict=True))


def _effect(model: Model, one: Fitted, strength: float, detail: float, error: float) -> Effect:
    name = one.key.rpartition("/")[2].partition(":")[0]
    entry = model.entries.get(name)
    source, grade = (entry.source, entry.grade) if entry is not None else ("vagus_models", "assumed")
    if one.key.startswith("condition/"):
        source, grade = "vagus_models", "assumed"
    numbers = (one.value(-REACH), one.value(REACH), float(strength), float(detail), float(error))
    return Effect(one.key, *numbers, source, grade)
