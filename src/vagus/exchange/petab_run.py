"""What a PEtab problem says of a set of parameters.

Each experiment becomes an SBML model of its own: parameters at the values asked for, the changes of its first condition
as they stand, later ones as events, observables and noise as assignments. It is run by our own engine.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libsbml
import numpy as np

from ..errors import fail
from ..language.foreign import Form
from ..language.formula import Formula
from ..solve.reasons import Reason
from .foreign import Order, run_text
from .petab_in import PetabProblem

_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*", re.ASCII)  # the e of 1e5 is none


_FORM: Form = "id"


@dataclass(frozen=True)
class Fit:
    """What a set of parameters says: simulation and noise of each measurement, sum of squares of z, log likelihood."""

    simulated: tuple[float, ...]
    noise: tuple[float, ...]
    chi2: float
    log_likelihood: float


def evaluate_petab(problem: PetabProblem, values: Mapping[str, float] | None = None) -> Fit:
    """What a set of parameters says of the measurements.

    Args:
        problem: from `read_petab`.
        values: parameters that differ from their nominal values.

    Raises:
        VagusError: V640 names or formulas that are none, V641 what is not computed, V2xx and V5xx the model.
    """
    numbers = {**problem.parameters, **(values or {})}
    simulated = [math.nan] * len(problem.measurements)
    noise = [math.nan] * len(problem.measurements)
    groups: dict[str, list[int]] = {}
    for nth, one in enumerate(problem.measurements):
        if one.observable not in problem.observables:
            raise fail("V640", reason=f"there is no observable '{one.observable}'", **one.place)
        if one.experiment and one.experiment not in problem.experiments:
            raise fail("V640", reason=f"there is no experiment '{one.experiment}'", **one.place)
        groups.setdefault(one.experiment, []).append(nth)
    for experiment, members in groups.items():
        _Experiment(problem, experiment, members, numbers).run(simulated, noise)
    chi2 = likelihood = 0.0
    for one, value, sigma in zip(problem.measurements, simulated, noise, strict=True):
        z, log = _point(problem.observables[one.observable].distribution, one.value, value, sigma)
        chi2, likelihood = chi2 + z * z, likelihood + log
    return Fit(tuple(simulated), tuple(noise), chi2, likelihood)


def _point(distribution: str, measured: float, simulated: float, sigma: float) -> tuple[float, float]:
    """z and log density of one measurement; what cannot be is infinitely unlikely, never a perfect fit."""
    if not sigma > 0 or not math.isfinite(simulated):
        return math.inf, -math.inf
    jacobian = 0.0
    if distribution.startswith("log-"):
        if measured <= 0 or simulated <= 0:
            return math.inf, -math.inf
        jacobian, measured, simulated = math.log(measured), math.log(measured), math.log(simulated)
    z = (measured - simulated) / sigma
    if distribution.endswith("laplace"):
        return z, -math.log(2.0 * sigma) - abs(z) - jacobian
    return z, -0.5 * math.log(2.0 * math.pi) - math.log(sigma) - 0.5 * z * z - jacobian


class _Experiment:
    """One experiment as an SBML model."""

    def __init__(
        self, problem: PetabProblem, key: str, members: Sequence[int], numbers: Mapping[str, float]
    ) -> None:
        self.problem, self.members, self.numbers = problem, members, numbers
        self.document = libsbml.readSBMLFromString(problem.model)
        self.sbml = self.document.getModel()
        if self.sbml is None:
            raise fail("V640", reason="its model is no SBML", file=problem.file)
        self.settings = libsbml.L3ParserSettings()
        self.settings.setParseLog(libsbml.L3P_PARSE_LOG_AS_LN)
        self.periods = problem.experiments.get(key, ((0.0, ()),)) or ((0.0, ()),)
        self.start = self.periods[0][0]

    def run(self, simulated: list[float], noise: list[float]) -> None:
        for name, value in self.numbers.items():
            self._set(name, value)
        self._beginning()
        for nth, (time, names) in enumerate(self.periods[1:]):
            self._event(nth, time, names)
        wanted = [self._outputs(nth) for nth in self.members]
        measured = [self.problem.measurements[nth].time for nth in self.members]
        if min(measured) < self.start:
            raise fail("V640", reason="a measurement lies before its experiment", file=self.problem.file)
        times = sorted({self.start, *measured})
        if len(times) == 1:
            times.append(self.start + 1.0)
        asked = tuple((name, _FORM) for pair in wanted for name in pair)
        order = Order(wanted=asked, rtol=1e-8, at=tuple(times))
        result = run_text(libsbml.writeSBMLToString(self.document), self.problem.file, order)
        if result.reason[0]:
            reason = Reason(int(result.reason[0]))
            raise fail(reason.code, time=f"{result.stopped[0]:g}", steps=int(result.steps[0]))
        column = {name: k for k, name in enumerate(result.names)}
        for nth, (shown, sigma), moment in zip(self.members, wanted, measured, strict=True):
            row = int(np.searchsorted(times, moment))
            simulated[nth] = float(result.values[row, column[shown], 0])
            noise[nth] = float(result.values[row, column[sigma], 0])

    def _set(self, name: str, value: float) -> None:
        """A parameter of the table: of the model, or one of the tables alone."""
        parameter = self.sbml.getParameter(name)
        if parameter is None:
            if self.sbml.getElementBySId(name) is not None:
                raise fail("V641", reason=f"'{name}' is no parameter of the model", file=self.problem.file)
            parameter = self.sbml.createParameter()
            parameter.setId(name)
            parameter.setConstant(True)
        self.sbml.removeInitialAssignment(name)
        parameter.setValue(value)

    def _target(self, name: str) -> libsbml.SBase:
        element = self.sbml.getParameter(name) or self.sbml.getSpecies(name) or self.sbml.getCompartment(name)
        if element is None or self.sbml.getAssignmentRule(name) is not None:
            raise fail(
                "V641", reason=f"the condition changes '{name}', which cannot be", file=self.problem.file
            )
        return element

    def _beginning(self) -> None:
        for target, formula in self._changes(self.periods[0][1]):
            self._target(target)
            self.sbml.removeInitialAssignment(target)
            assignment = self.sbml.createInitialAssignment()
            assignment.setSymbol(target)
            assignment.setMath(self._formula(formula))

    def _changes(self, names: Sequence[str]) -> list[tuple[str, str]]:
        return [change for name in names for change in self.problem.conditions[name]]

    def _event(self, nth: int, time: float, names: Sequence[str]) -> None:
        changes = self._changes(names)
        if not changes:
            return
        event = self.sbml.createEvent()
        event.setId(f"petab_period_{nth}")
        event.setUseValuesFromTriggerTime(True)
        trigger = event.createTrigger()
        trigger.setInitialValue(False)
        trigger.setPersistent(True)
        trigger.setMath(self._formula(f"time >= {time!r}"))
        for target, formula in changes:
            self._target(target).setConstant(False)
            assignment = event.createEventAssignment()
            assignment.setVariable(target)
            assignment.setMath(self._formula(formula))

    def _outputs(self, nth: int) -> tuple[str, str]:
        """Ids of the simulated value and its noise for one measurement."""
        one = self.problem.measurements[nth]
        observable = self.problem.observables[one.observable]
        names = (f"petab_value_{nth}", f"petab_noise_{nth}")
        filled = dict(zip(observable.parameters, one.parameters, strict=False))
        filled |= dict(zip(observable.noises, one.noise, strict=False))
        for wanted, given in ((observable.parameters, one.parameters), (observable.noises, one.noise)):
            if len(wanted) != len(given):
                raise fail("V640", reason=f"{len(given)} values for {len(wanted)} placeholders", **one.place)
        for name, formula in zip(names, (observable.formula, observable.noise), strict=True):
            parameter = self.sbml.createParameter()
            parameter.setId(name)
            parameter.setConstant(False)
            rule = self.sbml.createAssignmentRule()
            rule.setVariable(name)
            rule.setMath(self._formula(self._inserted(formula, filled)))
        return names

    def _inserted(self, formula: str, filled: Mapping[str, str], depth: int = 0) -> str:
        """A formula with placeholders filled, and other observables written out."""
        if depth > 20 or len(formula) > 100_000:
            raise fail(
                "V640", reason="observables are defined by each other without end", file=self.problem.file
            )

        def put(match: re.Match[str]) -> str:
            name = match[0]
            if name in filled:
                return f"({filled[name]})"
            if name in self.problem.observables:
                return f"({self._inserted(self.problem.observables[name].formula, filled, depth + 1)})"
            return name

        return _NAME.sub(put, formula)

    def _formula(self, text: str) -> Formula:
        if len(text) > 100_000 or "\x00" in text:
            raise fail("V640", reason="a formula is too long", file=self.problem.file)
        tree = libsbml.parseL3FormulaWithSettings(text, self.settings)
        if tree is None:
            reason = libsbml.getLastParseL3Error().strip().splitlines()
            raise fail(
                "V640",
                reason=f"'{text[:80]}' is no formula: {reason[-1] if reason else ''}",
                file=self.problem.file,
            )
        return tree
