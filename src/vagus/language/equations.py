"""The meaning of a model, free of its text: what `language` hands to `kernel`."""

import hashlib
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ..errors import fail
from .expression import Graph, Node, rewritten

TIME = "time"


@dataclass(frozen=True)
class Equations:
    """States, parameters and rates of one model; expressions are nodes of `graph`.

    Attributes:
        name: name of the model.
        graph: the value-numbered expressions.
        states: names, in the order of every state array.
        start: start value of each state, in its unit.
        parameters: names of everything that is constant between events, in the order of every parameter array.
        values: default value of each parameter, in its unit.
        rates: node of the rate of each state, per hour, in terms of states, parameters and time.
        outputs: node of each assignment by name, in terms of states, parameters and time.
        text_hash: hash of the model text the equations came from.
        declared: all parameters of the model, also those that were turned into plain numbers since.
    """

    name: str
    graph: Graph
    states: tuple[str, ...]
    start: tuple[float, ...]
    parameters: tuple[str, ...]
    values: tuple[float, ...]
    rates: tuple[Node, ...]
    outputs: Mapping[str, Node]
    text_hash: str
    declared: tuple[str, ...]

    def jacobian(self) -> dict[tuple[int, int], Node]:
        """The nonzero partial derivatives: (row of the rate, column of the state) -> node."""
        column = {name: j for j, name in enumerate(self.states)}
        found: dict[tuple[int, int], Node] = {}
        for i, rate in enumerate(self.rates):
            for name in sorted(self.graph.symbols(rate) & column.keys()):
                slope = self.graph.derivative(rate, name)
                if self.graph.value(slope) != 0.0:
                    found[i, column[name]] = slope
        return found

    def time_slopes(self) -> tuple[Node, ...]:
        """The partial derivative of each rate with respect to time, one node per state."""
        return tuple(self.graph.derivative(rate, TIME) for rate in self.rates)


def specialise(equations: Equations, values: Mapping[str, float]) -> Equations:
    """The same model with some parameters turned into plain numbers, so that terms of them alone vanish.

    Args:
        equations: the model.
        values: the parameters to fix, in their units; they are no longer parameters afterwards.
    """
    old = equations.graph
    graph = Graph(old.constants - values.keys())

    def fixed(name: str) -> Node:
        return graph.number(values[name]) if name in values else graph.symbol(name)

    moved = rewritten(old, [*equations.rates, *equations.outputs.values()], graph, fixed)
    kept = [i for i, name in enumerate(equations.parameters) if name not in values]
    return replace(
        equations,
        graph=graph,
        parameters=tuple(equations.parameters[i] for i in kept),
        values=tuple(equations.values[i] for i in kept),
        rates=tuple(moved[node] for node in equations.rates),
        outputs={name: moved[node] for name, node in equations.outputs.items()},
    )


def order_assignments(
    uses: Mapping[str, Set[str]],
    place: Callable[[str], Mapping[str, Any]] | None = None,
    rename: Callable[[str], str] = str,
) -> list[str]:
    """Names of the assignments so that each comes after those it uses.

    Args:
        uses: the names each assignment reads.
        place: where an assignment stands: file, line and text for the error.
        rename: how a name is told in the error.

    Raises:
        VagusError: V206 when assignments depend on one another in a circle.
    """
    # Sorted, because a set has another order in every process, and the outputs of a model are in this one.
    inside = {name: sorted(needs & uses.keys()) for name, needs in uses.items()}
    try:
        return list(TopologicalSorter(inside).static_order())
    except CycleError as error:
        names = error.args[1]
        circle = " <- ".join(map(rename, names))
        raise fail("V206", circle=circle, **(place(names[0]) if place else {})) from None


def text_hash(text: str) -> str:
    """A short hash that names one version of a model text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
