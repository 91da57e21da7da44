"""The same equations with states counted in other sizes."""

from collections.abc import Mapping
from dataclasses import replace

from .equations import Equations
from .expression import Graph, Node, rewritten


def rescale(equations: Equations, sizes: Mapping[str, float]) -> Equations:
    """The model in which each state is what it was, divided by its size; the outputs stay what they are.

    Args:
        equations: the model.
        sizes: one positive number per state.
    """
    old = equations.graph
    graph = Graph(old.constants)

    def in_old_size(name: str) -> Node:
        node, size = graph.symbol(name), sizes.get(name, 1.0)
        return node if size == 1.0 else graph.binary("mul", graph.number(size), node)

    moved = rewritten(old, [*equations.rates, *equations.outputs.values()], graph, in_old_size)
    rates = [
        graph.binary("mul", moved[rate], graph.number(1.0 / sizes[name]))
        for name, rate in zip(equations.states, equations.rates, strict=True)
    ]
    return replace(
        equations,
        graph=graph,
        rates=tuple(rates),
        outputs={name: moved[node] for name, node in equations.outputs.items()},
        text_hash=equations.text_hash + " " + " ".join(f"{sizes[name]:.17g}" for name in equations.states),
    )
