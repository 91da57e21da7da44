"""Any SBML model to `Equations` and `Happening`s: reactions, compartments, rules, events, Level 2 and 3.

Every species is a state (or a parameter) that holds its amount; concentrations are amounts over sizes. What is not
supported is refused by name before anything is computed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Literal

import libsbml

from ..errors import did_you_mean, fail
from .document import free_the_name, open_document
from .equations import TIME, Equations, text_hash
from .expression import Graph, Node
from .happening import Happening, Setting
from .inventory import Inventory, Quantity
from .resolve import Resolver

Form = Literal["id", "amount", "concentration"]
EMPTY = "(no state)"  # stands in for the states of a model that has none
TIME_QUANTITY = "quantity_called_time"  # what a quantity of that name is called inside


@dataclass(frozen=True)
class Foreign:
    """A model that is not ours.

    Attributes:
        equations: states, parameters and rates; the outputs are those that were asked for.
        happenings: its events.
        start: the expression of the start value of each state and of each parameter that has no number of its own,
            in terms of the other parameters and time.
        drawn: the parameters that may differ between virtual people: constants with a number of their own.
        species: names of the species.
    """

    equations: Equations
    happenings: tuple[Happening, ...]
    start: Mapping[str, Node]
    drawn: tuple[str, ...]
    species: tuple[str, ...]


def read_foreign(text: str, file: str, wanted: Sequence[tuple[str, Form]] = ()) -> Foreign:
    """The equations and events of an SBML model.

    Args:
        text: the SBML document.
        file: where it came from, for messages.
        wanted: what to give out, names and forms; the species as their ids stand for when empty, and what changes when
            there are no species.

    Raises:
        VagusError: V202 when it cannot be read or contradicts itself, V203 a feature that is not supported, V204
            unknown symbol, V206 a circle, V210 unknown function, V211 no value, V214 nothing of a wanted name.
    """
    document = open_document(text, file)  # owns the model; must outlive it
    renamed = free_the_name(document.getModel(), TIME, TIME_QUANTITY)
    return _Reading(Inventory(document.getModel(), file), text_hash(text), renamed).foreign(wanted)


class _Reading:
    """One pass over one model."""

    def __init__(self, inventory: Inventory, digest: str, renamed: bool) -> None:
        self.inventory, self.digest, self.file, self.renamed = inventory, digest, inventory.file, renamed
        moved = {share.species for shares in inventory.shares.values() for share in shares}
        self.states = [
            name
            for name, quantity in inventory.quantities.items()
            if name in inventory.rates or (name in moved and quantity.free)
        ]
        self.targets = inventory.event_targets()
        passive = inventory.quantities.keys() - set(self.states) - inventory.assigned.keys()
        self.parameters = [name for name in inventory.quantities if name in passive]
        self.graph = Graph(frozenset(self.parameters))
        self.later = Resolver(inventory, self.graph, self._symbol, inventory.assigned)
        both = {**inventory.assigned, **inventory.beginnings}
        self.start = Resolver(inventory, self.graph, self._number, both, self.later)

    def foreign(self, wanted: Sequence[tuple[str, Form]]) -> Foreign:
        """Everything put together."""
        inventory = self.inventory
        for name in [*self.parameters, *self.states]:
            quantity = inventory.quantities[name]
            if quantity.kind == "parameter" and self._has_no_value(quantity):
                raise fail("V211", file=self.file, name=name)  # also one without a value that nothing reads
        self.later.resolve_all()
        self.start.resolve_all()
        rates = [self.later.stock_rate(name) for name in self.states]
        outputs = self._outputs(wanted)
        happenings = tuple(filter(None, map(self._happening, inventory.model.getListOfEvents())))
        start = {name: self.start.stock(name) for name in self.states}
        numbers = {name: inventory.quantities[name].start for name in self.parameters}
        for name in self.parameters:
            quantity = inventory.quantities[name]
            if name in inventory.beginnings or (quantity.start_per_size and quantity.start is not None):
                start[name] = self.start.stock(name)
        drawn = [
            name
            for name in self.parameters
            if inventory.quantities[name].kind == "parameter"
            and name not in inventory.beginnings
            and numbers[name] is not None
        ]
        equations = Equations(
            name=inventory.model.getId() or "model",
            graph=self.graph,
            states=tuple(self.states) or (EMPTY,),
            start=tuple([0.0] * max(len(self.states), 1)),
            parameters=tuple(self.parameters),
            values=tuple(nan if (number := numbers[name]) is None else number for name in self.parameters),
            rates=tuple(rates) or (self.graph.number(0.0),),
            outputs=outputs,
            text_hash=self.digest,
            declared=tuple(self.parameters),
        )
        return Foreign(equations, happenings, start, tuple(drawn), tuple(inventory.species))

    def _has_no_value(self, quantity: Quantity) -> bool:
        """Whether nothing ever gives it a value; until an event does, what is constant otherwise is no number."""
        if quantity.start is not None or quantity.name in self.inventory.beginnings:
            return False
        return quantity.name in self.states or quantity.name not in self.targets

    def _symbol(self, quantity: Quantity) -> Node | None:
        """While time passes: a state or a parameter; None when it has no value."""
        return None if self._has_no_value(quantity) else self.graph.symbol(quantity.name)

    def _number(self, quantity: Quantity) -> Node | None:
        """At the start: the number written; of a parameter its symbol, so that it may be drawn."""
        if quantity.start is None:
            return None if self._has_no_value(quantity) else self.graph.symbol(quantity.name)
        if quantity.kind == "parameter" and quantity.name not in self.inventory.rates:
            return self.graph.symbol(quantity.name)
        number = self.graph.number(quantity.start)
        if quantity.start_per_size:
            return self.graph.binary("mul", number, self.start.value(quantity.compartment))
        return number

    def _outputs(self, wanted: Sequence[tuple[str, Form]]) -> dict[str, Node]:
        names = list(wanted) or [(name, "id") for name in self._usual()]
        outputs: dict[str, Node] = {}
        for name, form in names:
            outputs[name] = self._output(TIME_QUANTITY if name == TIME and self.renamed else name, form)
        return outputs

    def _usual(self) -> list[str]:
        """What is given out when nothing was asked for."""
        changing = [
            name
            for name in self.inventory.quantities
            if name in self.inventory.rates or name in self.inventory.assigned
        ]
        usual = self.inventory.species or changing or [name for name in self.parameters if "." not in name]
        return [TIME if name == TIME_QUANTITY and self.renamed else name for name in usual]

    def _output(self, name: str, form: Form) -> Node:
        known = [*self.inventory.quantities, *self.inventory.reactions]
        if name not in known:
            hint = did_you_mean(name, known)
            raise fail("V214", file=self.file, name=name, what="quantity", hint=hint)
        quantity = self.inventory.quantities.get(name)
        if form == "id":
            return self.later.value(name)
        if quantity is None or quantity.kind != "species":
            hint = did_you_mean(name, self.inventory.species)
            raise fail("V214", file=self.file, name=name, what="species", hint=hint)
        stock = self.later.stock(name)
        if form == "amount":
            return stock
        return self.graph.binary("div", stock, self.later.value(quantity.compartment))

    def _happening(self, event: libsbml.Event) -> Happening | None:
        """One event; None when it can never happen, having no trigger."""
        trigger, delay, priority = event.getTrigger(), event.getDelay(), event.getPriority()
        name = event.getId()
        where = f"event '{name}'" if name else "an event without a name"
        if trigger is None or trigger.getMath() is None:
            if self.inventory.level < (3, 2):
                raise fail("V202", file=self.file, line=event.getLine(), reason=f"{where} has no trigger")
            return None
        new = self.inventory.level[0] >= 3
        read = self.later.read
        return Happening(
            name=name,
            trigger=read(trigger.getMath(), where),
            true_before=trigger.getInitialValue() if new else True,
            persistent=trigger.getPersistent() if new else True,
            delay=read(delay.getMath(), where) if delay is not None and delay.getMath() is not None else None,
            priority=read(priority.getMath(), where)
            if priority is not None and priority.getMath() is not None
            else None,
            early=event.getUseValuesFromTriggerTime() if event.isSetUseValuesFromTriggerTime() else True,
            settings=tuple(self._settings(event, where)),
        )

    def _settings(self, event: libsbml.Event, where: str) -> list[Setting]:
        found: list[Setting] = []
        for change in event.getListOfEventAssignments():
            name = change.getVariable()
            if change.getMath() is None:
                continue
            if any(name == setting.name for setting in found):
                raise fail("V202", file=self.file, reason=f"{where} sets '{name}' twice")
            quantity = self.inventory.quantities[name]
            size = self.later.value(quantity.compartment) if quantity.per_size else None
            found.append(Setting(name, self.later.read(change.getMath(), where), size))
        return found
