"""Expressions evaluated one node at a time in plain Python: what compiled and folded values are compared with."""

import math
from collections.abc import Mapping

from vagus.language.expression import BINARY, UNARY, Graph, Node


def evaluate(graph: Graph, node: Node, values: Mapping[str, float]) -> float:
    """The value of a node; NaN where a function has none."""
    found: dict[Node, float] = {}
    for each, (kind, *rest) in enumerate(graph.nodes[: node + 1]):
        found[each] = _value(kind, rest, found, values)
    return found[node]


def _value(kind: str, rest: list, found: dict[Node, float], values: Mapping[str, float]) -> float:
    if kind == "num":
        return rest[0]
    if kind == "sym":
        return values.get(rest[0], math.nan)
    arguments = [found[child] for child in rest]
    if kind == "select":
        return arguments[1] if arguments[0] != 0.0 else arguments[2]
    try:
        value = UNARY[kind](*arguments) if kind in UNARY else BINARY[kind](*arguments)
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan
    return (
        float(value) if isinstance(value, int | float) else math.nan
    )  # a root of a negative number is complex
