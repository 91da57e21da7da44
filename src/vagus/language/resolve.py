"""Names of an SBML model to expressions: what a name stands for while time passes, and at the start."""

from collections.abc import Callable, Iterable
from graphlib import CycleError, TopologicalSorter

import libsbml

from ..errors import VagusError, fail
from .dimension import names_in
from .document import refuse_inside
from .equations import TIME
from .expression import Graph, Node
from .formula import Formula
from .inventory import Inventory, Quantity, unrated
from .mathml import read_math


class Resolver:
    """The expressions of one model, for one meaning of its names.

    A species is kept as an amount: its `stock`. Its `value` is what its id stands for, which may be the amount divided
    by the size of the compartment. For everything else the two are the same.
    """

    def __init__(
        self,
        inventory: Inventory,
        graph: Graph,
        leaf: Callable[[Quantity], Node | None],
        formulas: dict[str, Formula],
        later: "Resolver | None" = None,
    ) -> None:
        """Begin.

        Arguments: `leaf` gives the stock of a quantity that no formula gives, None when it has no value;
        `formulas` are those that give values: assignment rules, and at the start also initial assignments;
        `later` is given for the start only: what the names stand for while time passes.
        """
        self.inventory, self.graph, self.leaf, self.formulas = inventory, graph, leaf, formulas
        self.later = later
        self.found: dict[tuple[str, str], Node | None] = {}
        self._in_order()

    def value(self, name: str, reader: str = "") -> Node:
        """What a name stands for; raises V204 when there is no such name, V211 when it has no value."""
        if name in self.inventory.reactions:
            return self._once("reaction", name, self._reaction)
        if name in self.inventory.unrated:
            raise unrated(name, self.inventory.file)
        if name not in self.inventory.quantities:
            raise fail("V204", file=self.inventory.file, name=reader or name, symbol=name)
        return self._once("value", name, self._value)

    def stock(self, name: str) -> Node:
        """The amount of a species; the value of anything else."""
        return self._once("stock", name, self._stock)

    def stock_rate(self, name: str) -> Node:
        """How fast the stock changes."""
        return self._once("stock rate", name, self._stock_rate)

    def rate(self, name: str) -> Node:
        """How fast the value changes; raises V204 when there is no such name."""
        if name not in self.inventory.quantities:
            raise fail("V204", file=self.inventory.file, name=name, symbol=name)
        return self._once("rate", name, self._rate)

    def read(self, math: Formula, where: str, own: str = "") -> Node:
        """The node of a formula. `own`: the reaction whose parameters come before those of the model."""

        def scope(symbol: str) -> Node:
            if own and symbol in self.inventory.reactions[own][1]:
                return self.value(f"{own}.{symbol}")
            return self.value(symbol, where)

        def rate(symbol: str) -> Node:
            if own and symbol in self.inventory.reactions[own][1]:
                return self.graph.number(0.0)  # parameters of a reaction are constant
            return self.rate(symbol)

        try:
            return read_math(math, self.graph, scope, self.inventory.functions, rate)
        except VagusError as error:
            raise refuse_inside(error, self.inventory.file, where) from None
        except RecursionError:
            deep = "formulas nested very deeply"
            raise fail("V203", file=self.inventory.file, feature=deep, where=where) from None

    def _once(self, what: str, name: str, make: Callable[[str], Node]) -> Node:
        key = what, name
        if key in self.found:
            known = self.found[key]
            if known is None:
                raise fail("V206", file=self.inventory.file, circle=f"{name} <- ... <- {name}")
            return known
        self.found[key] = None
        node = self.found[key] = make(name)
        return node

    def _in_order(self) -> None:
        """Resolve formulas so that each comes after those it reads: no chain of calls grows long.

        The order of an initial assignment of what itself changes matters only at the start.
        """
        inventory = self.inventory
        uses = {name: self._with_places(names_in(math)) for name, math in self.formulas.items()}
        for name, (math, own) in inventory.reactions.items():
            uses[name] = self._with_places(names_in(math) - own)
        for name in self.formulas:
            uses[name] |= self._with_places([name]) - {name}
        inside = {name: needs & uses.keys() for name, needs in uses.items()}
        try:
            order = list(TopologicalSorter(inside).static_order())
        except CycleError as error:
            names = error.args[1]
            if any(self._asks_for_rates(name) for name in names):
                return  # the rate of a quantity is not the quantity; true circles are found one by one
            raise fail("V206", file=inventory.file, circle=" <- ".join(names)) from None
        self.order = order

    def resolve_all(self) -> None:
        """Look at every formula; raises what `read` and `value` raise."""
        for name in getattr(self, "order", [*self.formulas, *self.inventory.reactions]):
            self.value(name)

    def _asks_for_rates(self, name: str) -> bool:
        math = self.formulas.get(name) or self.inventory.reactions[name][0]
        return "rateOf" in (libsbml.formulaToL3String(math) or "")

    def _with_places(self, names: Iterable[str]) -> set[str]:
        """The names and the compartments of the species among them."""
        known = self.inventory.quantities
        places = {known[name].compartment for name in names if name in known and known[name].per_size}
        return set(names) | places

    def _reaction(self, name: str) -> Node:
        return self.read(self.inventory.reactions[name][0], f"the rate of reaction '{name}'", own=name)

    def _formula(self, name: str) -> Node:
        return self.read(self.formulas[name], f"the equation of '{name}'")

    def _value(self, name: str) -> Node:
        quantity = self.inventory.quantities[name]
        if name in self.formulas:
            return self._formula(name)
        if quantity.per_size:
            return self.graph.binary("div", self.stock(name), self.value(quantity.compartment))
        return self.stock(name)

    def _stock(self, name: str) -> Node:
        quantity = self.inventory.quantities[name]
        if name in self.formulas:
            value = self.value(name)
            if quantity.per_size:
                return self.graph.binary("mul", value, self.value(quantity.compartment))
            return value
        node = self.leaf(quantity)
        if node is None:
            raise fail("V211", file=self.inventory.file, name=name)
        return node

    def _stock_rate(self, name: str) -> Node:
        graph, inventory = self.graph, self.inventory
        quantity = inventory.quantities[name]
        if name in inventory.rates:
            rate = self.read(inventory.rates[name], f"the equation of '{name}'")
            if not quantity.per_size:
                return rate
            size, growth = self.value(quantity.compartment), self.stock_rate(quantity.compartment)
            spread = graph.binary("mul", self.value(name), growth)
            return graph.binary("add", graph.binary("mul", rate, size), spread)
        if name in inventory.assigned:
            return self._slope(self.stock(name))
        if not quantity.free:
            return graph.number(0.0)
        return self._from_reactions(quantity)

    def _from_reactions(self, quantity: Quantity) -> Node:
        """The sum of what all reactions give and take."""
        graph, total = self.graph, self.graph.number(0.0)
        for reaction, shares in self.inventory.shares.items():
            for share in shares:
                if share.species != quantity.name:
                    continue
                where = f"a stoichiometry of '{quantity.name}'"
                if share.math is not None:
                    count = self.read(share.math, where)
                else:
                    count = self.value(share.named) if share.named else graph.number(share.count)
                turned = graph.binary("mul", count, self.value(reaction))
                total = graph.binary("add" if share.sign > 0 else "sub", total, turned)
        if quantity.factor:
            total = graph.binary("mul", self.value(quantity.factor), total)
        return total

    def _rate(self, name: str) -> Node:
        graph, inventory = self.graph, self.inventory
        if self.later is not None:
            return self._at_start(self.later.rate(name))
        quantity = inventory.quantities[name]
        if name in inventory.rates:
            return self.read(inventory.rates[name], f"the equation of '{name}'")
        if name in inventory.assigned:
            return self._slope(self.value(name))
        if not quantity.per_size:
            return self.stock_rate(name)
        size, growth = self.value(quantity.compartment), self.stock_rate(quantity.compartment)
        spread = graph.binary("mul", self.value(name), growth)
        return graph.binary("div", graph.binary("sub", self.stock_rate(name), spread), size)

    def _slope(self, node: Node) -> Node:
        """How fast an expression of states and time changes."""
        graph, known = self.graph, self.inventory.quantities
        total = graph.derivative(node, TIME)
        for symbol in sorted(graph.symbols(node) & known.keys()):
            slope = graph.derivative(node, symbol)
            total = graph.binary("add", total, graph.binary("mul", slope, self.stock_rate(symbol)))
        return total

    def _at_start(self, node: Node) -> Node:
        """An expression of states and parameters with what they are at the start in their place."""
        graph, moved = self.graph, dict[Node, Node]()
        for each in graph.below([node]):
            op, *rest = graph.nodes[each]
            if op == "num" or rest == [TIME]:
                moved[each] = each
            elif op == "sym":
                moved[each] = self.stock(rest[0])
            else:
                moved[each] = graph.build(op, [moved[child] for child in rest])
        return moved[node]
