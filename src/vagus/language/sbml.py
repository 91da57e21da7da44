"""The SBML text of the body to `Equations`: rate rules, assignment rules, function definitions and parameters.

The body is written without reactions, species and events; `foreign` reads models that have them.
"""

from collections.abc import Callable, Mapping

import libsbml

from ..errors import VagusError, fail
from .dimension import names_in
from .document import open_document, refuse_inside
from .equations import TIME, Equations, order_assignments, text_hash
from .expression import Graph, Node
from .formula import Formula
from .mathml import read_math


def read_sbml(text: str, file: str, rename: Callable[[str], str] = str) -> Equations:
    """The equations of an SBML Level 3 model.

    Args:
        text: the SBML document.
        file: where it came from, for messages.
        rename: gives the vagus name of an SBML id (`pain_windup` -> `pain.windup`).

    Raises:
        VagusError: V202 when it cannot be read, V203 a feature that is not supported, V204 unknown symbol,
            V206 circular assignments, V210 unknown function.
    """
    document = open_sbml(text, file)  # owns the model; must outlive it
    return _Reading(document.getModel(), file, rename).equations(text_hash(text))


def open_sbml(text: str, file: str) -> libsbml.SBMLDocument:
    """The document of an SBML text of the body: rules and parameters only.

    Raises:
        VagusError: V202 when it cannot be read or breaks SBML's rules, V203 a feature that is not supported.
    """
    document = open_document(text, file)
    model = document.getModel()
    counts = {
        "reactions": model.getNumReactions(),
        "events": model.getNumEvents(),
        "species": model.getNumSpecies(),
        "initial assignments": model.getNumInitialAssignments(),
    }
    for feature, count in counts.items():
        if count:
            raise fail("V203", file=file, feature=feature, where=f"{count} of them")
    if TIME in (record.getId() for record in [*model.getListOfParameters(), *model.getListOfCompartments()]):
        raise fail("V203", file=file, feature=f"a quantity called '{TIME}'", where=TIME)
    return document


class _Reading:
    """One pass over one model: names are looked up, assignments put in place of their names."""

    def __init__(self, model: libsbml.Model, file: str, rename: Callable[[str], str]) -> None:
        self.model, self.file, self.rename = model, file, rename
        self.functions = {f.getId(): f for f in model.getListOfFunctionDefinitions()}
        rules = list(model.getListOfRules())
        self.rates = {r.getVariable(): r.getMath() for r in rules if r.isRate()}
        self.assigned = {r.getVariable(): r.getMath() for r in rules if r.isAssignment()}
        self.quantities = {p.getId(): p.getValue() for p in model.getListOfParameters()}
        self.quantities |= {c.getId(): c.getSize() for c in model.getListOfCompartments()}
        changing = self.rates.keys() | self.assigned.keys()
        self.graph = Graph(frozenset(rename(name) for name in self.quantities if name not in changing))
        self.resolved: dict[str, Node] = {}

    def equations(self, digest: str) -> Equations:
        uses = {name: names_in(math) for name, math in self.assigned.items()}
        for name in order_assignments(uses, lambda _: {"file": self.file}, self.rename):
            self.resolved[name] = self._read(name, self.assigned[name])
        rates = [self._read(name, math) for name, math in self.rates.items()]
        states = tuple(self.rates)
        parameters = tuple(n for n in self.quantities if n not in self.rates and n not in self.assigned)
        return Equations(
            name=self.model.getId(),
            graph=self.graph,
            states=tuple(map(self.rename, states)),
            start=tuple(self.quantities[n] for n in states),
            parameters=tuple(map(self.rename, parameters)),
            values=tuple(self.quantities[n] for n in parameters),
            rates=tuple(rates),
            outputs={self.rename(n): node for n, node in self.resolved.items()},
            text_hash=digest,
            declared=tuple(map(self.rename, parameters)),
        )

    def _read(self, name: str, math: Formula) -> Node:
        """The node of the equation of one quantity."""

        def scope(symbol: str) -> Node:
            if symbol in self.resolved:
                return self.resolved[symbol]
            if symbol not in self.quantities:
                raise fail("V204", name=self.rename(name), symbol=self.rename(symbol))
            return self.graph.symbol(self.rename(symbol))

        if name not in self.quantities:
            raise fail("V204", file=self.file, name=self.rename(name), symbol=self.rename(name))
        try:
            return read_math(math, self.graph, scope, self.functions)
        except VagusError as error:
            raise refuse_inside(error, self.file, f"the equation of '{self.rename(name)}'") from None
        except RecursionError:
            where = f"the equation of '{self.rename(name)}'"
            raise fail("V203", file=self.file, feature="formulas nested very deeply", where=where) from None


def rename_with(systems: Mapping[str, object]) -> Callable[[str], str]:
    """The map from flattened ids to vagus names: `pain_windup` -> `pain.windup` for the system `pain`."""

    def rename(identifier: str) -> str:
        system, _, local = identifier.partition("_")
        return f"{system}.{local}" if local and system in systems else identifier

    return rename
