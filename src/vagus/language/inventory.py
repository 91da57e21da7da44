"""What an SBML model declares: quantities, reactions, rules, before any equation is made of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan, nan

import libsbml

from ..errors import VagusError, fail
from .document import has_operator
from .formula import Formula


@dataclass(frozen=True)
class Quantity:
    """A species, a compartment, a parameter or a stoichiometry.

    Attributes:
        name: its id; of a parameter of a reaction `reaction.parameter`.
        kind: species | compartment | parameter | stoichiometry.
        start: the start value as written; None when there is none.
        per_size: the id stands for the amount divided by the size of the compartment.
        start_per_size: so does the start value.
        compartment: where a species is; '' for others.
        fixed: nothing may change it.
        free: reactions change it (a species that is neither fixed nor a boundary condition).
        factor: name of the factor that turns extents of reactions into its unit; '' for none.
    """

    name: str
    kind: str
    start: float | None
    per_size: bool = False
    start_per_size: bool = False
    compartment: str = ""
    fixed: bool = True
    free: bool = False
    factor: str = ""


@dataclass(frozen=True)
class Share:
    """What one reaction does to one species.

    Attributes: `species`; `sign`, -1 for what is used up; `count`, the number written; `named`, the quantity
    that holds the number instead, or ''; `math`, the formula that gives it instead, or None.
    """

    species: str
    sign: int
    count: float
    named: str
    math: Formula | None


def unrated(name: str, file: str) -> VagusError:
    """The error of a reaction whose rate matters and is not given: the model does not say what happens."""
    return fail("V203", file=file, feature="a reaction without a rate", where=f"reaction '{name}'")


class Inventory:
    """Everything declared in one model, by name.

    Attributes: `functions`, `quantities`, `reactions` (formula of the rate and the names of its own parameters),
    `shares` (per reaction), `unrated` (reactions without a rate, which change nothing), `rates`, `assigned`,
    `beginnings` (formulas of rate rules, assignment rules and initial assignments).
    """

    def __init__(self, model: libsbml.Model, file: str) -> None:
        """Look at a model.

        Raises:
            VagusError: V202 for what has no meaning, V203 for fast reactions and delays.
        """
        self.model, self.file = model, file
        self.level = (model.getLevel(), model.getVersion())
        self._refuse_delays()
        self.functions = {
            f.getId(): f for f in model.getListOfFunctionDefinitions() if f.getBody() is not None
        }
        rules = [rule for rule in model.getListOfRules() if rule.getMath() is not None]
        self.rates: dict[str, Formula] = {r.getVariable(): r.getMath() for r in rules if r.isRate()}
        self.assigned: dict[str, Formula] = {r.getVariable(): r.getMath() for r in rules if r.isAssignment()}
        beginnings = [b for b in model.getListOfInitialAssignments() if b.getMath() is not None]
        self.beginnings: dict[str, Formula] = {b.getSymbol(): b.getMath() for b in beginnings}
        self.quantities: dict[str, Quantity] = {}
        self.reactions: dict[str, tuple[Formula, frozenset[str]]] = {}
        self.shares: dict[str, list[Share]] = {}
        self.unrated: set[str] = set()
        for found in [*self._parameters(), *self._compartments(), *self._species()]:
            self._keep(found)
        for reaction in model.getListOfReactions():
            self._reaction(reaction)
        self._refuse_contradictions(len(beginnings))

    @property
    def species(self) -> list[str]:
        """Names of the species, in the order of the model."""
        return [name for name, quantity in self.quantities.items() if quantity.kind == "species"]

    def event_targets(self) -> set[str]:
        """Names of everything that an event sets."""
        events = self.model.getListOfEvents()
        return {change.getVariable() for event in events for change in event.getListOfEventAssignments()}

    def _keep(self, found: Quantity) -> None:
        if found.name in self.quantities:
            raise fail("V202", file=self.file, reason=f"'{found.name}' is declared twice")
        self.quantities[found.name] = found

    def _parameters(self) -> Iterator[Quantity]:
        for p in self.model.getListOfParameters():
            yield Quantity(
                p.getId(), "parameter", p.getValue() if p.isSetValue() else None, fixed=p.getConstant()
            )

    def _compartments(self) -> Iterator[Quantity]:
        for c in self.model.getListOfCompartments():
            size = c.getSize() if c.isSetSize() else None
            if c.getSpatialDimensionsAsDouble() == 0:
                size = 1.0 if size is None else size
            yield Quantity(c.getId(), "compartment", size, fixed=c.getConstant())

    def _species(self) -> Iterator[Quantity]:
        common = self.model.getConversionFactor() if self.model.isSetConversionFactor() else ""
        for s in self.model.getListOfSpecies():
            place = self.model.getCompartment(s.getCompartment())
            if place is None:
                reason = f"species '{s.getId()}' is in no compartment of the model"
                raise fail("V202", file=self.file, line=s.getLine(), reason=reason)
            point = place.getSpatialDimensionsAsDouble() == 0
            amount, ratio = s.isSetInitialAmount(), s.isSetInitialConcentration()
            start = s.getInitialAmount() if amount else s.getInitialConcentration() if ratio else None
            yield Quantity(
                s.getId(),
                "species",
                None if start is None or (isnan(start) and not (amount or ratio)) else start,
                per_size=not (s.getHasOnlySubstanceUnits() or point),
                start_per_size=ratio and not amount and not point,
                compartment=s.getCompartment(),
                fixed=s.getConstant(),
                free=not s.getConstant() and not s.getBoundaryCondition(),
                factor=s.getConversionFactor() if s.isSetConversionFactor() else common,
            )

    def _reaction(self, reaction: libsbml.Reaction) -> None:
        name, law = reaction.getId(), reaction.getKineticLaw()
        if reaction.isSetFast() and reaction.getFast():
            raise fail("V203", file=self.file, feature="fast reactions", where=f"reaction '{name}'")
        shares = [self._share(r, -1) for r in reaction.getListOfReactants()]
        shares += [self._share(r, 1) for r in reaction.getListOfProducts()]
        self.shares[name] = shares
        if law is None or law.getMath() is None:
            if any(self.quantities[s.species].free for s in shares if s.species in self.quantities):
                raise unrated(name, self.file)
            self.unrated.add(name)
            return
        own = [*law.getListOfParameters(), *law.getListOfLocalParameters()]
        for p in own if self.level[0] < 3 else law.getListOfLocalParameters():
            full = f"{name}.{p.getId()}"
            if full not in self.quantities:
                self._keep(Quantity(full, "parameter", p.getValue() if p.isSetValue() else None))
        self.reactions[name] = law.getMath(), frozenset(p.getId() for p in own)

    def _share(self, reference: libsbml.SpeciesReference, sign: int) -> Share:
        math = reference.getStoichiometryMath() if self.level[0] < 3 else None
        formula = math.getMath() if math is not None else None
        count = reference.getStoichiometry()
        if self.level[0] < 3:
            count /= reference.getDenominator() or 1
            return Share(reference.getSpecies(), sign, count, "", formula)
        name = reference.getId() if reference.isSetId() else ""
        written = count if reference.isSetStoichiometry() else None
        if name:
            self._keep(Quantity(name, "stoichiometry", written, fixed=reference.getConstant()))
        elif written is None:
            reason = f"a stoichiometry of '{reference.getSpecies()}' has no value"
            raise fail("V202", file=self.file, line=reference.getLine(), reason=reason)
        return Share(reference.getSpecies(), sign, nan if written is None else written, name, None)

    def _refuse_delays(self) -> None:
        model = self.model
        places = {
            "a rule": [r.getMath() for r in model.getListOfRules()],
            "an initial assignment": [b.getMath() for b in model.getListOfInitialAssignments()],
            "a function": [f.getBody() for f in model.getListOfFunctionDefinitions()],
            "a reaction": [
                r.getKineticLaw().getMath() for r in model.getListOfReactions() if r.getKineticLaw()
            ],
        }
        for event in model.getListOfEvents():
            parts = [event.getTrigger(), event.getDelay(), event.getPriority()]
            parts += event.getListOfEventAssignments()
            places.setdefault("an event", []).extend(part.getMath() for part in parts if part is not None)
        for where, formulas in places.items():
            if any(has_operator(math, libsbml.AST_FUNCTION_DELAY) for math in formulas):
                raise fail("V203", file=self.file, feature="the operator delay()", where=where)

    def _refuse_contradictions(self, beginnings: int) -> None:
        """Two things that set one quantity, or something that sets what is fixed or does not exist."""
        moved = {share.species for shares in self.shares.values() for share in shares}
        targets = self.event_targets()
        for name in [*self.rates, *self.assigned, *targets, *self.beginnings, *moved]:
            if name not in self.quantities:
                raise fail("V204", file=self.file, name=name, symbol=name)
        for name in [*self.rates, *self.assigned, *targets]:
            if self.quantities[name].fixed:
                raise fail("V202", file=self.file, reason=f"'{name}' is constant, and something changes it")
        for name in moved & (self.rates.keys() | self.assigned.keys()):
            if self.quantities[name].free:
                raise fail("V202", file=self.file, reason=f"'{name}' has a rule and is part of a reaction")
        for name in self.assigned.keys() & (targets | self.beginnings.keys()):
            reason = f"'{name}' has an assignment rule, and something else sets it"
            raise fail("V202", file=self.file, reason=reason)
        if len(self.beginnings) != beginnings:
            raise fail("V202", file=self.file, reason="a quantity has two initial assignments")
