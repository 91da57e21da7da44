"""Gates: arrows of a model that can be closed part of the way, each by one parameter.

Where an arrow is cut (`cut`), the receiver reads a parameter. Here it becomes `rest + gate (quantity - rest)`:
with the gate at 1 the receiver reads the real thing, at 0 what is read in health. One compiled model then serves every
question of the kind 'what if this arrow were not there'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .equations import Equations
from .expression import Graph, Node, rewritten

_MOST_PASSES = 50


@dataclass(frozen=True)
class Gate:
    """One arrow: the parameter the receiver reads, the quantity it stands for, its value in health, its gate."""

    parameter: str
    quantity: str
    rest: float
    name: str


def gated(equations: Equations, gates: Mapping[str, Gate]) -> Equations:
    """The model of a cut text with each cut arrow joined again through its gate; gates are parameters, 1 by default.

    Args:
        equations: of the cut text.
        gates: by the parameter that the readers of each arrow read.
    """
    graph = equations.graph
    known = {name: graph.symbol(name) for name in equations.states} | dict(equations.outputs)
    joined = {}
    for one in gates.values():
        apart = graph.binary("sub", known[one.quantity], graph.number(one.rest))
        part = graph.binary("mul", graph.symbol(one.name), apart)
        joined[one.parameter] = graph.binary("add", graph.number(one.rest), part)
    names = [*equations.outputs]
    roots = [*equations.rates, *(equations.outputs[name] for name in names)]
    # An assignment may read an arrow of its own; each pass replaces one more layer.
    for _ in range(_MOST_PASSES):
        if not any(graph.symbols(root) & joined.keys() for root in roots):
            break
        graph, roots, joined = _replaced(graph, roots, joined)
    kept = [i for i, name in enumerate(equations.parameters) if name not in gates]
    fresh = list(dict.fromkeys(one.name for one in gates.values()))
    rates, outputs = roots[: len(equations.rates)], roots[len(equations.rates) :]
    return replace(
        equations,
        graph=graph,
        parameters=(*(equations.parameters[i] for i in kept), *fresh),
        values=(*(equations.values[i] for i in kept), *(1.0 for _ in fresh)),
        rates=tuple(rates),
        outputs=dict(zip(names, outputs, strict=True)),
        declared=(*(name for name in equations.declared if name not in gates), *fresh),
    )


def _replaced(
    old: Graph, roots: list[Node], joined: Mapping[str, Node]
) -> tuple[Graph, list[Node], dict[str, Node]]:
    """A graph in which the symbols of `joined` have become what they stand for, one layer deep."""
    constants = old.constants - joined.keys()
    new = Graph(
        constants
        | {name for node in joined.values() for name in old.symbols(node) if name.startswith("gate.")}
    )
    plain = rewritten(old, [*roots, *joined.values()], new, new.symbol)
    deeper = {name: plain[node] for name, node in joined.items()}

    def opened(name: str) -> Node:
        return deeper[name] if name in deeper else new.symbol(name)

    changed = rewritten(old, roots, new, opened)
    return new, [changed[node] for node in roots], deeper
