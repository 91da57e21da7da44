"""The same equations with states counted in other sizes."""

from collections.abc import Mapping
from dataclasses import replace

from .equations import Equations
from .expression import Graph, Node


def rescale(equations: Equations, sizes: Mapping[str, float]) -> Equations:
    """The model in which each state is what it was, divided by its size; the outputs stay what they are.

    Args:
        equations: the model.
        sizes: one positive number per state.
    """
    old = equations.graph
    graph = Graph(old.constants)
    moved: dict[Node, Node] = {}
    for node in old.below([*equations.rates, *equations.outputs.values()]):
        op, *rest = old.nodes[node]
        if op == "num":
            moved[node] = graph.number(rest[0])
        elif op == "sym":
            moved[node] = graph.symbol(rest[0])
            if sizes.get(rest[0], 1.0) != 1.0:
                moved[node] = graph.binary("mul", graph.number(sizes[rest[0]]), moved[node])
        else:
            moved[node] = graph.build(op, [moved[child] for child in rest])
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
