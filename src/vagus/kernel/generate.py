"""The text of one kernel module: hoisted terms, rates, time slopes, factors, solves and outputs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..language.equations import TIME, Equations
from ..language.expression import Node
from .elimination import Elimination, plan_elimination
from .ir import Code, block_function, evaluate, library
from .vector_math import vector_library


@dataclass(frozen=True)
class Module:
    """Generated code and the sizes of its arrays.

    Attributes:
        text: LLVM's text language.
        hoisted: number of per-person terms that depend on parameters only.
        factors: storage rows of the matrix factors, incl. one for the smallest scaled pivot.
        outputs: names of the outputs, in order.
    """

    text: str
    hoisted: int
    factors: int
    outputs: tuple[str, ...]


def generate(equations: Equations, width: int) -> Module:
    """All functions of the kernel of one model, for vectors of `width` people."""
    jacobian = equations.jacobian()
    slopes = equations.time_slopes()
    roots = [*equations.rates, *slopes, *jacobian.values(), *equations.outputs.values()]
    hoisted = _hoisted(equations, roots)
    plan = plan_elimination(len(equations.states), jacobian)
    writer = _Writer(equations, hoisted, width)
    names = tuple(equations.outputs)
    text = [
        library(width),
        vector_library(width),
        writer.prepare(),
        writer.function("rates", equations.rates),
        writer.function("observe", list(equations.outputs.values())),
        writer.factor(plan, jacobian, slopes),
        writer.solve(plan),
    ]
    return Module("\n".join(text), len(hoisted), plan.size + 1, names)


def _hoisted(equations: Equations, roots: Sequence[Node]) -> list[Node]:
    """Terms of parameters only, at the border to what changes: computed once per person, not once per step."""
    graph = equations.graph
    constant = frozenset(equations.parameters)

    def fixed(node: Node) -> bool:
        return graph.nodes[node][0] not in ("num", "sym") and graph.symbols(node) <= constant

    seen: set[Node] = set()
    border: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        kind = graph.nodes[node]
        if fixed(node):
            border.add(node)
        elif kind[0] not in ("num", "sym"):
            stack.extend(kind[1:])
    return sorted(border)


class _Writer:
    """Writes the functions of one module; knows where states, parameters and hoisted terms are kept."""

    def __init__(self, equations: Equations, hoisted: list[Node], width: int) -> None:
        self.equations, self.hoisted, self.width = equations, hoisted, width

    def _given(self, code: Code, from_hoisted: bool) -> dict[Node, Callable[[], str]]:
        graph = self.equations.graph
        given: dict[Node, Callable[[], str]] = {graph.symbol(TIME): lambda: code.load("t", 0)}
        for row, name in enumerate(self.equations.states):
            given[graph.symbol(name)] = lambda row=row: code.load("y", row)  # type: ignore[misc]
        for row, name in enumerate(self.equations.parameters):
            given[graph.symbol(name)] = lambda row=row: code.load("p", row)  # type: ignore[misc]
        if from_hoisted:
            for row, node in enumerate(self.hoisted):
                given[node] = lambda row=row: code.load("q", row)  # type: ignore[misc]
        return given

    @property
    def _inputs(self) -> dict[str, int]:
        """Rows of what every function reads."""
        sizes = self.equations
        return {"t": 1, "y": len(sizes.states), "p": len(sizes.parameters), "q": max(len(self.hoisted), 1)}

    def prepare(self) -> str:
        """`prepare`: the hoisted terms of the parameters."""
        code = Code(self.width)
        values = evaluate(code, self.equations.graph, self.hoisted, self._given(code, from_hoisted=False))
        for row, node in enumerate(self.hoisted):
            code.store("q", row, values[node])
        return block_function("prepare", {name: self._inputs[name] for name in ("p", "q")}, code)

    def function(self, name: str, roots: Sequence[Node]) -> str:
        """A function of t, y, p, q that writes one value per root into the rows of `out`."""
        code = Code(self.width)
        values = evaluate(code, self.equations.graph, roots, self._given(code, from_hoisted=True))
        for row, node in enumerate(roots):
            code.store("out", row, values[node])
        return block_function(name, {**self._inputs, "out": max(len(roots), 1)}, code)

    def factor(self, plan: Elimination, jacobian: dict[tuple[int, int], Node], slopes: Sequence[Node]) -> str:
        """`factor`: all that a step needs at its start, from one evaluation of what they share.

        The rates, their slopes in time, the factors of `d - J` for a diagonal d per person, the smallest pivot over d.
        """
        code = Code(self.width)
        roots = [*self.equations.rates, *slopes, *jacobian.values()]
        values = evaluate(code, self.equations.graph, roots, self._given(code, True))
        for row, (rate, slope) in enumerate(zip(self.equations.rates, slopes, strict=True)):
            code.store("rate", row, values[rate])
            code.store("slope", row, values[slope])
        diagonal = code.load("d", 0)
        entry: dict[tuple[int, int], str] = {
            at: code.emit(f"fneg {code.vector} {values[n]}") for at, n in jacobian.items()
        }
        for k in range(len(self.equations.states)):
            entry[k, k] = code.arithmetic("add", entry[k, k], diagonal) if (k, k) in entry else diagonal
        one = code.constant(1.0)
        smallest = code.constant(float("inf"))
        for k in plan.order:
            size = code.operation("abs", [entry[k, k]])
            smallest = code.choose(code.compare("lt", size, smallest), size, smallest)
            inverse = code.arithmetic("div", one, entry[k, k])
            code.store("lu", plan.place[k, k], inverse)
            for j in plan.columns[k]:
                code.store("lu", plan.place[k, j], entry[k, j])
            for i in plan.rows[k]:
                multiplier = code.arithmetic("mul", entry[i, k], inverse)
                code.store("lu", plan.place[i, k], multiplier)
                for j in plan.columns[k]:
                    product = code.arithmetic("mul", multiplier, entry[k, j])
                    if (i, j) in entry:
                        entry[i, j] = code.arithmetic("sub", entry[i, j], product)
                    else:
                        entry[i, j] = code.emit(f"fneg {code.vector} {product}")
        code.store("lu", plan.size, code.arithmetic("div", smallest, diagonal))
        count = len(slopes)
        arrays = {**self._inputs, "d": 1, "rate": count, "slope": count, "lu": plan.size + 1}
        return block_function("factor", arrays, code)

    def solve(self, plan: Elimination) -> str:
        """`solve`: forward and back substitution of `b + c`, in place on `b`."""
        code = Code(self.width)
        b = [
            code.arithmetic("add", code.load("b", row), code.load("c", row))
            for row in range(len(self.equations.states))
        ]
        for k in plan.order:
            for i in plan.rows[k]:
                product = code.arithmetic("mul", code.load("lu", plan.place[i, k]), b[k])
                b[i] = code.arithmetic("sub", b[i], product)
        for k in reversed(plan.order):
            for j in plan.columns[k]:
                product = code.arithmetic("mul", code.load("lu", plan.place[k, j]), b[j])
                b[k] = code.arithmetic("sub", b[k], product)
            b[k] = code.arithmetic("mul", b[k], code.load("lu", plan.place[k, k]))
        for row, value in enumerate(b):
            code.store("b", row, value)
        return block_function("solve", {"lu": plan.size + 1, "c": len(b), "b": len(b)}, code)
