"""SBML at random with what Antimony does not write: conversion factors, named stoichiometries, shadowed names, rateOf.

The same seed always gives the same text.
"""

import libsbml
import numpy as np

SPECIES = ("A", "B", "D", "E")
NUMBERS = ("k", "m", "n")
_OPTIONS = libsbml.L3ParserSettings()
_OPTIONS.setParseL3v2Functions(True)


class Builder:
    """One model, built piece by piece."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.document = libsbml.SBMLDocument(3, 2)
        self.model = self.document.createModel()
        self.model.setId("mixed")
        self.counts: list[str] = []  # stoichiometries with a name
        self.free: list[str] = []  # species that nothing but reactions and events change

    def number(self, low: float = 0.2, high: float = 2.0) -> float:
        return round(float(self.rng.uniform(low, high)), 3)

    def one(self, *words: str) -> str:
        return str(self.rng.choice(words))

    def chance(self, part: float) -> bool:
        return bool(self.rng.uniform() < part)

    def text(self) -> str:
        """The whole document."""
        self._function()
        self._places()
        self._species()
        for name in (*NUMBERS, "w", "x", "seen", "turn", "other_turn"):
            self._parameter(name, self.number(), constant=name.endswith("turn"))
        for number in range(int(self.rng.integers(2, 5))):
            self._reaction(number)
        self._rules()
        for number in range(int(self.rng.integers(0, 4))):
            self._event(number)
        return str(libsbml.writeSBMLToString(self.document))

    def formula(self, *names: str) -> str:
        """A positive formula of some names, none of which need be positive."""
        a, b = (self.one(*names) for _ in range(2))
        c = self.number()
        return self.one(
            f"{c}*abs({a})",
            f"{c}*abs({a}*{b})/(1 + abs({a}))",
            f"share({a}, {c})",
            f"max({a}, {b}, 0.3)",
            f"{c}*(1 + min({a}, 0.8)^2)",
            f"{c}*({a} < 0.9 < 2) + 0.2",
            f"piecewise({c}, ({a} > 0.6) && (time < 4.2), 0.1 + quotient(7, 2)/10)",
            f"{c} + rem(7, 4)*0.1*(1 + sin({b}))",
            f"piecewise(0.3, implies({a} > 0.5, time > 2.5), {c})",
            f"{c}*exp(-abs({a}))",
        )

    def _math(self, formula: str) -> libsbml.ASTNode:
        tree = libsbml.parseL3FormulaWithSettings(formula, _OPTIONS)
        assert tree is not None, libsbml.getLastParseL3Error()
        return tree

    def _function(self) -> None:
        for name, body in (
            ("part", "lambda(u, v, abs(u)/(abs(u) + v))"),
            ("share", "lambda(v, u, 0.7*part(v, u))"),
        ):
            function = self.model.createFunctionDefinition()
            function.setId(name)
            function.setMath(self._math(body))

    def _places(self) -> None:
        for name in ("C", "F"):
            place = self.model.createCompartment()
            place.setId(name)
            place.setSize(self.number(0.5, 3.0))
            place.setSpatialDimensions(self.rng.choice([3.0, 2.0, 2.7]))
            place.setConstant(False)

    def _species(self) -> None:
        for name in SPECIES:
            species = self.model.createSpecies()
            species.setId(name)
            species.setCompartment(self.one("C", "F"))
            species.setHasOnlySubstanceUnits(self.chance(0.35))
            (species.setInitialAmount if self.chance(0.5) else species.setInitialConcentration)(self.number())
            species.setBoundaryCondition(self.chance(0.2))
            species.setConstant(False)
            if self.chance(0.35):
                species.setConversionFactor(self.one("turn", "other_turn"))
            if not species.getBoundaryCondition():
                self.free.append(name)
        if self.chance(0.4):
            self.model.setConversionFactor("turn")

    def _parameter(self, name: str, value: float, constant: bool = False) -> None:
        parameter = self.model.createParameter()
        parameter.setId(name)
        parameter.setValue(value)
        parameter.setConstant(constant)

    def _reaction(self, number: int) -> None:
        reaction = self.model.createReaction()
        reaction.setId(f"r{number}")
        reaction.setReversible(False)
        left = self.rng.permutation(
            SPECIES
        ).tolist()  # libRoadRunner is wrong where a species stands on both sides
        for side in (reaction.createReactant, reaction.createProduct):
            for _ in range(int(self.rng.integers(0, 3))):
                reference = side()
                reference.setSpecies(left.pop())
                reference.setStoichiometry(self.number(0.5, 2.0))
                reference.setConstant(False)
                if self.chance(0.4):
                    reference.setId(f"s{len(self.counts)}")
                    self.counts.append(reference.getId())
        if not reaction.getNumReactants() + reaction.getNumProducts():
            reference = reaction.createProduct()
            reference.setSpecies("A")
            reference.setStoichiometry(1.0)
            reference.setConstant(True)
        law = reaction.createKineticLaw()
        names: tuple[str, ...] = (*SPECIES, *NUMBERS, "C")
        if self.chance(0.5):
            own = law.createLocalParameter()
            own.setId("k")  # hides the k of the model
            own.setValue(self.number())
            names = (*names, "k", "k")
        used = [r.getSpecies() for r in reaction.getListOfReactants()]
        law.setMath(
            self._math("*".join([f"0.3*({self.formula(*names)})", *(f"{s}/(0.2 + abs({s}))" for s in used)]))
        )

    def _rules(self) -> None:
        names = (*SPECIES, *NUMBERS)
        if self.chance(0.4):
            self._rate("w", f"{self.number()} - 0.5*w")
        if self.chance(0.35):
            self._rate("C", f"{self.number(0.02, 0.2)}*C")
        elif self.chance(0.3):
            self._assign("C", f"1 + {self.number(0.1, 0.4)}*sin(time)")
        self._assign("x", self.formula(*names, "w", "r0"))
        self._assign("seen", "rateOf(w) + x")
        for name in self.counts:
            if self.chance(0.3):
                self._assign(name, f"1 + {self.number(0.05, 0.3)}*time")
            elif self.chance(0.2):
                self._rate(name, "0.1")
            elif self.chance(0.3):
                self._begin(name, f"0.5 + {self.one(*NUMBERS)}")
        for name in ("m", self.one(*SPECIES)):
            if self.chance(0.3):
                self._begin(name, self.formula("k", "n"))

    def _assign(self, name: str, formula: str) -> None:
        rule = self.model.createAssignmentRule()
        rule.setVariable(name)
        rule.setMath(self._math(formula))

    def _rate(self, name: str, formula: str) -> None:
        rule = self.model.createRateRule()
        rule.setVariable(name)
        rule.setMath(self._math(formula))

    def _begin(self, name: str, formula: str) -> None:
        beginning = self.model.createInitialAssignment()
        beginning.setSymbol(name)
        beginning.setMath(self._math(formula))

    def _event(self, number: int) -> None:
        event = self.model.createEvent()
        event.setId(f"ev{number}")
        event.setUseValuesFromTriggerTime(self.chance(0.7))
        trigger = event.createTrigger()
        trigger.setInitialValue(self.chance(0.7))
        trigger.setPersistent(self.chance(0.7))
        trigger.setMath(self._math(self.one(
            f"time > {self.number(0.5, 8.0)}", f"A > {self.number(0.5, 2.5)}",
            f"(B < {self.number(0.3, 1.5)}) && (time > 1.03)", f"A + D > {self.number(1.0, 4.0)}",
        )))  # fmt: skip
        if self.chance(0.4):
            event.createDelay().setMath(self._math(f"{self.number(0.1, 1.5)}*n"))
        if self.chance(0.5):
            event.createPriority().setMath(self._math(f"{self.number(1, 9)} + k"))
        ruled = {rule.getVariable() for rule in self.model.getListOfRules()}
        targets = [name for name in ("m", "n", *self.free, "F", "C", *self.counts) if name not in ruled]
        for name in dict.fromkeys(self.one(*targets) for _ in range(2)):
            change = event.createEventAssignment()
            change.setVariable(name)
            change.setMath(self._math(f"{self.number()} + 0.4*{name}"))
