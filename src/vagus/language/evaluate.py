"""Expressions on plain arrays: for start values, where machine code would not pay."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .expression import Graph, Node

Array = NDArray[np.float64]


def _factorial(a: float) -> float:
    return float(np.prod(np.arange(1.0, a + 0.5))) if a >= 0.0 and a == np.floor(a) else np.nan


_OPERATORS: dict[str, Callable[..., Any]] = {
    "neg": np.negative,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "factorial": np.vectorize(_factorial, otypes=[float]),
    "sqrt": np.sqrt,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "not": lambda a: (a == 0.0) * 1.0,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "max": np.maximum,
    "min": np.minimum,
    "lt": lambda a, b: (a < b) * 1.0,
    "le": lambda a, b: (a <= b) * 1.0,
    "gt": lambda a, b: (a > b) * 1.0,
    "ge": lambda a, b: (a >= b) * 1.0,
    "eq": lambda a, b: (a == b) * 1.0,
    "ne": lambda a, b: (a != b) * 1.0,
    "and": lambda a, b: ((a != 0.0) & (b != 0.0)) * 1.0,
    "or": lambda a, b: ((a != 0.0) | (b != 0.0)) * 1.0,
    "select": lambda c, a, b: np.where(c != 0.0, a, b),
}


def evaluate(
    graph: Graph, wanted: Mapping[str, Node], given: Mapping[str, Array | float]
) -> dict[str, Array]:
    """The values of some expressions.

    Args:
        graph: where the expressions stand.
        wanted: their nodes by any name.
        given: the value of each symbol they read; arrays of one shape, or numbers.
    """
    values: dict[Node, Any] = {}
    with np.errstate(all="ignore"):
        for node in graph.below(wanted.values()):
            op, *rest = graph.nodes[node]
            if op == "num":
                values[node] = np.float64(rest[0])
            elif op == "sym":
                values[node] = np.asarray(given[rest[0]], dtype=np.float64)
            else:
                values[node] = _OPERATORS[op](*(values[child] for child in rest))
    return {name: values[node] for name, node in wanted.items()}
