"""The text of one kernel module: hoisted terms, rates, time slopes, factors, solves and outputs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..language.corner import corners
from ..language.equations import TIME, Equations
from ..language.expression import Node
from .elimination import Elimination, plan_elimination
from .ir import Code, block_function, library
from .values import Values
from .vector_math import LOOPS, many_library


@dataclass(frozen=True)
class Module:
    """Generated code and the sizes of its arrays.

    Attributes:
        text: LLVM's text language.
        hoisted: number of per-person terms that depend on parameters only.
        factors: storage rows of the matrix factors, incl. one for the smallest scaled pivot.
        outputs: names of the outputs, in order.
        corners: number of terms that may turn at times known beforehand.
        corner_rows: parameters that they read.
    """

    text: str
    hoisted: int
    factors: int
    outputs: tuple[str, ...]
    corners: int
    corner_rows: tuple[int, ...]


def generate(equations: Equations, width: int) -> Module:
    """All functions of the kernel of one model, for vectors of `width` people."""
    jacobian = equations.jacobian()
    slopes = equations.time_slopes()
    roots = [*equations.rates, *slopes, *jacobian.values(), *equations.outputs.values()]
    hoisted = _hoisted(equations, roots)
    plan = plan_elimination(len(equations.states), jacobian)
    writer = _Writer(equations, hoisted, width)
    names = tuple(equations.outputs)
    turns, rows = _turns(equations)
    functions = [
        writer.prepare(),
        writer.function("rates", equations.rates),
        writer.function("observe", list(equations.outputs.values())),
        writer.factor(plan, jacobian, slopes),
        writer.solve(plan),
        *([writer.corners(turns, rows)] if turns else []),
    ]
    body = "\n".join(functions)
    used = [name for name in LOOPS if f"@many_{name}(" in body]
    text = "\n".join([library(width), many_library(width, used), body])
    return Module(text, len(hoisted), plan.size + 1, names, len(turns) // 2, rows)


def _turns(equations: Equations) -> tuple[list[Node], tuple[int, ...]]:
    """The terms that turn at times known beforehand and their slopes in time, and the parameters both read."""
    graph = equations.graph
    found = list(corners(equations))
    found += [graph.derivative(node, TIME) for node in found]
    read: frozenset[str] = frozenset().union(*(graph.symbols(node) for node in found))
    return found, tuple(row for row, name in enumerate(equations.parameters) if name in read)


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
        self.by_row: dict[int, list[tuple[int, int]]] = {k: [] for k in range(len(equations.states))}

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
        values = Values(code, self.equations.graph, self._given(code, from_hoisted=False))
        values.begin(self.hoisted)
        for row, node in enumerate(self.hoisted):
            code.store("q", row, values.value(node))
        return block_function("prepare", {name: self._inputs[name] for name in ("p", "q")}, code)

    def function(self, name: str, roots: Sequence[Node]) -> str:
        """A function of t, y, p, q that writes one value per root into the rows of `out`."""
        code = Code(self.width)
        values = Values(code, self.equations.graph, self._given(code, from_hoisted=True))
        values.begin(roots)
        for row, node in enumerate(roots):
            code.store("out", row, values.value(node))
        return block_function(name, {**self._inputs, "out": max(len(roots), 1)}, code)

    def corners(self, turns: Sequence[Node], rows: Sequence[int]) -> str:
        """`corners`: terms of time and some parameters alone, then their slopes in time."""
        code = Code(self.width)
        graph, names = self.equations.graph, self.equations.parameters
        given: dict[Node, Callable[[], str]] = {graph.symbol(TIME): lambda: code.load("t", 0)}
        for place, row in enumerate(rows):
            given[graph.symbol(names[row])] = lambda place=place: code.load("p", place)  # type: ignore[misc]
        values = Values(code, graph, given)
        values.begin(turns)
        for place, node in enumerate(turns):
            code.store("out", place, values.value(node))
        return block_function("corners", {"t": 1, "p": max(len(rows), 1), "out": len(turns)}, code)

    def factor(self, plan: Elimination, jacobian: dict[tuple[int, int], Node], slopes: Sequence[Node]) -> str:
        """`factor`: all that a step needs at its start, from one evaluation of what they share.

        The rates, their slopes in time, the factors of `d - J` for a diagonal d per person, the smallest pivot over d.
        Row by row in the order of elimination; rows that are done are read from memory.
        """
        code = Code(self.width)
        values = Values(code, self.equations.graph, self._given(code, True))
        values.begin([*self.equations.rates, *slopes, *jacobian.values()])
        for at in jacobian:
            self.by_row[at[0]].append(at)
        diagonal = code.load("d", 0)
        one = code.constant(1.0)
        smallest = code.constant(float("inf"))
        for k in plan.order:
            code.store("rate", k, values.value(self.equations.rates[k]))
            code.store("slope", k, values.value(slopes[k]))
            pivot = self._row(code, plan, k, self._entries(code, values, jacobian, k, diagonal))
            size = code.operation("abs", [pivot])
            smallest = code.choose(code.compare("lt", size, smallest), size, smallest)
            code.store("lu", plan.place[k, k], code.arithmetic("div", one, pivot))
        code.store("lu", plan.size, code.arithmetic("div", smallest, diagonal))
        count = len(slopes)
        arrays = {**self._inputs, "d": 1, "rate": count, "slope": count, "lu": plan.size + 1}
        return block_function("factor", arrays, code)

    def _entries(
        self, code: Code, values: Values, jacobian: dict[tuple[int, int], Node], k: int, diagonal: str
    ) -> dict[int, str]:
        """Row k of `d - J`."""
        row = {j: code.emit(f"fneg {code.vector} {values.value(jacobian[i, j])}") for i, j in self.by_row[k]}
        row[k] = code.arithmetic("add", row[k], diagonal) if k in row else diagonal
        return row

    def _row(self, code: Code, plan: Elimination, k: int, entry: dict[int, str]) -> str:
        """Eliminate row k with all rows before it; gives the pivot."""
        for m in plan.order:
            if k not in plan.rows[m]:
                continue
            multiplier = code.arithmetic("mul", entry[m], code.load("lu", plan.place[m, m]))
            code.store("lu", plan.place[k, m], multiplier)
            for j in plan.columns[m]:
                product = code.arithmetic("mul", multiplier, code.load("lu", plan.place[m, j]))
                if j in entry:
                    entry[j] = code.arithmetic("sub", entry[j], product)
                else:
                    entry[j] = code.emit(f"fneg {code.vector} {product}")
            if m == k:
                break
        for j in plan.columns[k]:
            code.store("lu", plan.place[k, j], entry[j])
        return entry[k]

    def solve(self, plan: Elimination) -> str:
        """`solve`: forward and back substitution of `b + c`, in place on `b`."""
        code = Code(self.width)
        b: dict[int, str] = {}

        def at(row: int) -> str:
            if row not in b:
                b[row] = code.arithmetic("add", code.load("b", row), code.load("c", row))
            return b[row]

        for k in plan.order:
            for i in plan.rows[k]:
                product = code.arithmetic("mul", code.load("lu", plan.place[i, k]), at(k))
                b[i] = code.arithmetic("sub", at(i), product)
            at(k)
        turn = {k: number for number, k in enumerate(plan.order)}
        for k in reversed(plan.order):
            for j in sorted(plan.columns[k], key=lambda j: -turn[j]):
                product = code.arithmetic("mul", code.load("lu", plan.place[k, j]), b[j])
                b[k] = code.arithmetic("sub", b[k], product)
            b[k] = code.arithmetic("mul", b[k], code.load("lu", plan.place[k, k]))
            code.store("b", k, b[k])
        return block_function("solve", {"lu": plan.size + 1, "c": len(b), "b": len(b)}, code)
