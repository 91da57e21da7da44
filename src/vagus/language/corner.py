"""Corners in time: terms of time and parameters alone that turn off or on, such as a load that is never less than none.

Where one turns is known before anybody travels, and must be: between the stages of a long step nothing shows it.
"""

from .equations import TIME, Equations
from .expression import Node

_TURNS = frozenset({"max", "min", "lt", "le", "gt", "ge"})


def corners(equations: Equations) -> tuple[Node, ...]:
    """Nodes that change their sign at the corners in time of the rates; none of them depends on a state."""
    graph, states = equations.graph, set(equations.states)
    found: dict[Node, None] = {}
    for node in graph.below(equations.rates):
        op, *sides = graph.nodes[node]
        if op not in _TURNS and op != "abs":
            continue
        gap = graph.binary("sub", *sides) if op in _TURNS else sides[0]
        symbols = graph.symbols(gap)
        if TIME in symbols and not symbols & states:
            found[gap] = None
    return tuple(found)
