"""Expressions as a graph in which every distinct value stands once, and their derivatives.

A node is a number (its index in the graph), so an expression is an `int`. Building `a + b` twice gives the
same node: common terms are shared between all rates, the Jacobian and the outputs, and the kernel writer can
print each of them once, in order. Trees are never changed after they are built.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..errors import fail

Node = int

#: Functions of one argument: how to compute them on a plain number.
UNARY: dict[str, Callable[[float], float]] = {
    "neg": lambda a: -a,
    "exp": math.exp,
    "log": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "asinh": math.asinh,
    "acosh": math.acosh,
    "atanh": math.atanh,
    "factorial": lambda a: math.gamma(a + 1.0),
    "sqrt": math.sqrt,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "not": lambda a: float(not a),
}
#: Functions of two arguments. Comparisons and logic give 1.0 or 0.0.
BINARY: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "max": max,
    "min": min,
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "gt": lambda a, b: float(a > b),
    "ge": lambda a, b: float(a >= b),
    "eq": lambda a, b: float(a == b),
    "ne": lambda a, b: float(a != b),
    "and": lambda a, b: float(bool(a) and bool(b)),
    "or": lambda a, b: float(bool(a) or bool(b)),
}
COMMUTES = frozenset({"add", "mul", "max", "min", "eq", "ne", "and", "or"})


@dataclass
class Graph:
    """Value-numbered expressions. Only grows; node indices stay valid.

    `constants` names the symbols that do not change during a step: dividing by a term of them alone is turned into
    multiplying by its inverse, which the kernel computes once per person.
    """

    constants: frozenset[str] = frozenset()

    nodes: list[tuple] = field(default_factory=list)
    index: dict[tuple, Node] = field(default_factory=dict)
    reach: dict[Node, frozenset[str]] = field(default_factory=dict)
    slopes: dict[tuple[Node, str], Node] = field(default_factory=dict)

    def _enter(self, node: tuple) -> Node:
        found = self.index.get(node)
        if found is None:
            found = self.index[node] = len(self.nodes)
            self.nodes.append(node)
        return found

    def number(self, value: float) -> Node:
        """The node of a plain number."""
        return self._enter(("num", float(value) + 0.0))

    def symbol(self, name: str) -> Node:
        """The node of a state, a parameter or `time`."""
        return self._enter(("sym", name))

    def value(self, node: Node) -> float | None:
        """The number a node stands for, or None when it depends on a symbol."""
        kind = self.nodes[node]
        return kind[1] if kind[0] == "num" else None

    def unary(self, op: str, a: Node) -> Node:
        """The node of `op(a)`, folded when `a` is a number."""
        va = self.value(a)
        if va is not None:
            try:
                return self.number(UNARY[op](va))
            except (ValueError, OverflowError):
                return self._enter((op, a))
        if op == "neg" and self.nodes[a][0] == "neg":
            return self.nodes[a][1]
        return self._enter((op, a))

    def binary(self, op: str, a: Node, b: Node) -> Node:
        """The node of `a op b`, after the simplifications that cannot change a finite value."""
        va, vb = self.value(a), self.value(b)
        if va is not None and vb is not None:
            try:
                folded = BINARY[op](va, vb)
                if isinstance(folded, (int, float)) and math.isfinite(folded):
                    return self.number(folded)
            except (ValueError, OverflowError, ZeroDivisionError):
                pass  # leave it to run time, where it becomes a reported failure of one person
        simple = self._simplify(op, a, b, va, vb)
        if simple is not None:
            return simple
        if op == "div" and self._is_constant(b) and not self._is_constant(a):
            return self.binary("mul", a, self.binary("div", self.number(1.0), b))
        if op in COMMUTES and b < a:
            a, b = b, a
        return self._enter((op, a, b))

    def _is_constant(self, node: Node) -> bool:
        """Whether a node depends on constants and numbers only; zero does not count, so that dividing by it stays."""
        return self.symbols(node) <= self.constants and self.value(node) != 0.0

    def _simplify(self, op: str, a: Node, b: Node, va: float | None, vb: float | None) -> Node | None:
        if op == "add":
            if va == 0.0:
                return b
            if vb == 0.0:
                return a
            if self.nodes[b][0] == "neg":
                return self.binary("sub", a, self.nodes[b][1])
        elif op == "sub":
            if vb == 0.0:
                return a
            if va == 0.0:
                return self.unary("neg", b)
            if a == b:
                return self.number(0.0)
        elif op == "mul":
            if va == 0.0 or vb == 0.0:
                return self.number(0.0)
            if va == 1.0:
                return b
            if vb == 1.0:
                return a
        elif op == "div":
            if va == 0.0:
                return self.number(0.0)
            if vb == 1.0:
                return a
        elif op == "pow":
            return self._simplify_power(a, vb)
        return None

    def _simplify_power(self, a: Node, exponent: float | None) -> Node | None:
        if exponent == 0.0:
            return self.number(1.0)
        if exponent == 1.0:
            return a
        if exponent == 2.0:
            return self.binary("mul", a, a)
        if exponent == 3.0:
            return self.binary("mul", a, self.binary("mul", a, a))
        if exponent == 0.5:
            return self.unary("sqrt", a)
        return None

    def select(self, condition: Node, then: Node, otherwise: Node) -> Node:
        """`then` where the condition is not zero, else `otherwise`."""
        known = self.value(condition)
        if known is not None:
            return then if known else otherwise
        if then == otherwise:
            return then
        return self._enter(("select", condition, then, otherwise))

    def build(self, op: str, arguments: Sequence[Node]) -> Node:
        """The node of any operator of the graph."""
        if op == "select":
            return self.select(*arguments)
        return self.unary(op, *arguments) if op in UNARY else self.binary(op, *arguments)

    def symbols(self, node: Node) -> frozenset[str]:
        """All symbols a node depends on."""
        for each in self._below(node, lambda one: one in self.reach):
            kind = self.nodes[each]
            if kind[0] == "sym":
                self.reach[each] = frozenset({kind[1]})
            else:
                self.reach[each] = frozenset().union(*(self.reach[one] for one in self.arguments(each)))
        return self.reach[node]

    def derivative(self, node: Node, name: str) -> Node:
        """The node of the partial derivative of `node` with respect to the symbol `name`.

        Kinks (max, min, abs, select) take the derivative of the side that is active; at the kink itself the
        second side of max and min counts.
        """
        for each in self._below(
            node, lambda one: (one, name) in self.slopes or name not in self.symbols(one)
        ):
            self.slopes[each, name] = _derive(self, self.nodes[each], each, name)
        return self.slopes[node, name] if name in self.symbols(node) else self.number(0.0)

    def arguments(self, node: Node) -> tuple[Node, ...]:
        """The nodes a node is computed from; none for numbers and symbols."""
        kind = self.nodes[node]
        return () if kind[0] in ("num", "sym") else kind[1:]

    def below(self, roots: Iterable[Node]) -> list[Node]:
        """The roots and all they are computed from, arguments first."""
        found: set[Node] = set()
        for root in roots:
            found.update(self._below(root, found.__contains__))
        return sorted(found)

    def _below(self, node: Node, done: Callable[[Node], bool]) -> list[Node]:
        """The node and what it is computed from as far as it is not done, arguments first.

        A stack instead of recursion: a sum of thousands of terms is a tree thousands of nodes deep.
        """
        found: set[Node] = set()
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if one not in found and not done(one):
                found.add(one)
                waiting.extend(self.arguments(one))
        return sorted(found)  # a node is always entered after its arguments


def rewritten(
    old: Graph, roots: Iterable[Node], new: Graph, symbol: Callable[[str], Node]
) -> dict[Node, Node]:
    """Expressions built again in another graph, with something else in place of their symbols.

    Args:
        old: the graph of the roots.
        roots: the expressions.
        new: the graph that takes them; it simplifies as it does for every expression.
        symbol: gives the node of `new` that takes the place of a symbol of `old`.

    Returns:
        The node in `new` of each root and of everything a root is computed from, by its node in `old`.
    """
    moved: dict[Node, Node] = {}
    for node in old.below(roots):
        op, *rest = old.nodes[node]
        if op == "num":
            moved[node] = new.number(rest[0])
        elif op == "sym":
            moved[node] = symbol(rest[0])
        else:
            moved[node] = new.build(op, [moved[argument] for argument in rest])
    return moved


def _derive(g: Graph, kind: tuple, node: Node, name: str) -> Node:
    op = kind[0]
    if op == "sym":
        return g.number(1.0)
    if op == "select":
        return g.select(kind[1], g.derivative(kind[2], name), g.derivative(kind[3], name))
    if len(kind) == 2:
        return _derive_unary(g, op, kind[1], node, g.derivative(kind[1], name))
    a, b = kind[1], kind[2]
    da, db = g.derivative(a, name), g.derivative(b, name)
    if op in ("add", "sub"):
        return g.binary(op, da, db)
    if op == "mul":
        return g.binary("add", g.binary("mul", da, b), g.binary("mul", a, db))
    if op == "div":  # (da - (a/b) db) / b, with a/b at hand and one inverse of b for all slopes
        inverse = g.binary("div", g.number(1.0), b)
        return g.binary("mul", g.binary("sub", da, g.binary("mul", node, db)), inverse)
    if op == "pow":
        return _derive_power(g, a, b, node, da, db)
    if op in ("max", "min"):
        first = g.binary("gt" if op == "max" else "lt", a, b)
        return g.select(first, da, db)
    return g.number(0.0)  # comparisons and logic are flat


def _derive_unary(g: Graph, op: str, a: Node, node: Node, da: Node) -> Node:
    one = g.number(1.0)
    if g.value(da) == 0.0:
        return da
    if op == "neg":
        return g.unary("neg", da)
    if op == "factorial":
        raise fail("V203", feature="the factorial of a quantity that changes", where="its slope is not known")
    square = g.binary("mul", a, a)
    outer = {
        "exp": lambda: node,
        "log": lambda: g.binary("div", one, a),
        "sin": lambda: g.unary("cos", a),
        "cos": lambda: g.unary("neg", g.unary("sin", a)),
        "tan": lambda: g.binary("add", one, g.binary("mul", node, node)),
        "tanh": lambda: g.binary("sub", one, g.binary("mul", node, node)),
        "asin": lambda: g.binary("div", one, g.unary("sqrt", g.binary("sub", one, square))),
        "acos": lambda: g.binary("div", g.number(-1.0), g.unary("sqrt", g.binary("sub", one, square))),
        "atan": lambda: g.binary("div", one, g.binary("add", one, square)),
        "sinh": lambda: g.unary("cosh", a),
        "cosh": lambda: g.unary("sinh", a),
        "asinh": lambda: g.binary("div", one, g.unary("sqrt", g.binary("add", square, one))),
        "acosh": lambda: g.binary("div", one, g.unary("sqrt", g.binary("sub", square, one))),
        "atanh": lambda: g.binary("div", one, g.binary("sub", one, square)),
        "sqrt": lambda: _derive_root(g, node),
        "abs": lambda: g.select(g.binary("lt", a, g.number(0.0)), g.number(-1.0), one),
    }.get(op)
    return g.number(0.0) if outer is None else g.binary("mul", outer(), da)


def _derive_root(g: Graph, node: Node) -> Node:
    """1 / (2 sqrt(a)); at a = 0 the slope is taken as 0, as for every power."""
    zero = g.binary("eq", node, g.number(0.0))
    inverse = g.binary("div", g.number(0.5), g.select(zero, g.number(1.0), node))
    return g.select(zero, g.number(0.0), inverse)


def _derive_power(g: Graph, a: Node, b: Node, node: Node, da: Node, db: Node) -> Node:
    """b a^b / a: one inverse instead of a second power. At a = 0 the slope is taken as 0 for every exponent."""
    zero = g.binary("eq", a, g.number(0.0))
    safe = g.select(zero, g.number(1.0), a)
    inverse = g.binary("div", g.number(1.0), safe)
    by_base = g.binary("mul", g.binary("mul", g.binary("mul", b, node), inverse), da)
    by_exponent = g.binary("mul", g.binary("mul", node, g.unary("log", safe)), db)
    return g.binary("add", by_base, by_exponent)
