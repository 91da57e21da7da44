"""The rules of one composed model as they are written: which quantity reads which, and where units do not fit.

`sbml` turns a model into numbers; this reads the same text for the questions of the unit check and of `vagus explain`.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

import libsbml

from ..units import PLAIN, Dimension
from .dimension import HOUR, Misfit, compare, dimension_of, names_in
from .equations import order_assignments


class Rules:
    """Rate rules and assignment rules by SBML id.

    Fields: `rates` and `assigned`, the formula of each state and of each assignment; `reads`, the ids each of
    them reads; `parameters`, the ids of all quantities that are declared; `order`, the assignments so that each
    comes after those it reads.
    """

    def __init__(
        self,
        text: str,
        place: Callable[[str], Mapping[str, Any]] | None = None,
        rename: Callable[[str], str] = str,
    ) -> None:
        """Read an SBML text that `compose` made; raises V206 when assignments need one another in a circle.

        Arguments: `place`, where the equation of an SBML id stands, and `rename`, its full name, for the error.
        """
        self._document = libsbml.readSBMLFromString(text)  # owns every formula below; must outlive them
        model = self._document.getModel()
        rules = list(model.getListOfRules())
        self.functions = {function.getId(): function for function in model.getListOfFunctionDefinitions()}
        self.parameters = [parameter.getId() for parameter in model.getListOfParameters()]
        self.rates = {rule.getVariable(): rule.getMath() for rule in rules if rule.isRate()}
        self.assigned = {rule.getVariable(): rule.getMath() for rule in rules if rule.isAssignment()}
        self.reads = {name: names_in(math) for name, math in (self.rates | self.assigned).items()}
        self.order = order_assignments({name: self.reads[name] for name in self.assigned}, place, rename)

    def readers(self, name: str) -> list[str]:
        """The states and assignments whose formula reads a quantity, in order of the alphabet."""
        return sorted(reader for reader, names in self.reads.items() if name in names)

    def rows_behind(self, names: Iterable[str]) -> list[str]:
        """What has no assignment among the names and everything their assignments rest on, in order of the alphabet."""
        found: set[str] = set()
        waiting = set(names)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            if name in self.assigned:
                waiting |= self.reads[name]
        return sorted(found - self.assigned.keys())

    def affected(self, name: str) -> set[str]:
        """The assignments that rest on a quantity, and the states whose rate does (itself, when it is a state)."""
        moved = {name}
        for assignment in self.order:
            if self.reads[assignment] & moved:
                moved.add(assignment)
        states = {state for state in self.rates if self.reads[state] & moved}
        return (moved & self.assigned.keys()) | states | ({name} & self.rates.keys())

    def misfits(
        self, known: dict[str, Dimension], only: Container[str] | None = None
    ) -> list[tuple[str, Misfit]]:
        """The equations whose units do not fit, by the id they belong to.

        Arguments: `known`, the unit of every state and parameter; the units of the assignments are added to it.
        `only`: look at these equations alone. What rests on an assignment that does not fit is left out.
        """
        found = []
        for name in self.order:
            if only is not None and name not in only:
                continue
            known.pop(name, None)
            try:
                known[name] = dimension_of(self.assigned[name], known, self.functions) or PLAIN
            except Misfit as misfit:
                found.append((name, misfit))
            except KeyError:
                continue
        for name, math in self.rates.items():
            if only is not None and name not in only:
                continue
            try:
                rate = dimension_of(math, known, self.functions)
                if rate is not None:
                    compare(
                        known[name] / HOUR, rate, libsbml.formulaToL3String(math), self.reads[name] | {name}
                    )
            except Misfit as misfit:
                found.append((name, misfit))
            except KeyError:
                continue
        return found
