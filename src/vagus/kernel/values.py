"""In which order the values of a kernel are computed, and where they wait.

Hundreds of values do not fit in the registers of a core, and code that is too long does not fit beside it either. So
functions such as exp are not written where they are needed: all whose arguments are known are computed together by
one short loop, level by level, and wait in memory. Everything else is computed where it is first needed, in the order
of the results, so that few values are alive at a time; what lies in memory is fetched again for each result.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from ..language.expression import Graph, Node
from .ir import COMPARE, Code
from .vector_math import LOOPS

#: Powers that are a few products and roots: exponent times four, up to this size.
_QUARTERS = 16


class Values:
    """The values of one function, each computed once.

    Attributes: `code`, where the lines go; `graph`; `given`, nodes that are fetched (states, parameters, hoisted
    terms) and how.
    """

    def __init__(self, code: Code, graph: Graph, given: Mapping[Node, Callable[[], str]]) -> None:
        self.code, self.graph = code, graph
        self.given = dict(given)
        self._values: dict[Node, str] = {}
        self._near: dict[Node, str] = {}
        self._inverses: dict[Node, str] = {}
        self._divided: set[Node] = set()

    def begin(self, roots: Iterable[Node]) -> None:
        """Compute every exp, log, ... that the roots need, level by level."""
        needed = self._needed(roots)
        divisions = Counter(
            self.graph.nodes[n][2] for n in needed if self._children(n) and self.graph.nodes[n][0] == "div"
        )
        self._divided = {node for node, count in divisions.items() if count > 1}
        for level in self._levels(needed):
            for name in sorted({self.graph.nodes[node][0] for node in level}):
                self._together(name, [node for node in level if self.graph.nodes[node][0] == name])

    def value(self, root: Node) -> str:
        """The name of the value of a node; what it needs and is not yet known is written before it."""
        self._near.clear()
        return self._find(root)

    def _find(self, root: Node) -> str:
        stack = [root]
        while stack:
            node = stack[-1]
            waiting = [child for child in self._children(node) if not self._known(child)]
            if waiting:
                stack.append(waiting[0])
                continue
            stack.pop()
            if not self._known(node):
                self._write(node)
        return self._near.get(root) or self._values[root]

    def _known(self, node: Node) -> bool:
        return node in self._values or node in self._near

    def _children(self, node: Node) -> tuple[Node, ...]:
        kind = self.graph.nodes[node]
        if node in self.given or kind[0] in ("num", "sym"):
            return ()
        if kind[0] == "select" and self._compared(kind[1]):
            return (*self.graph.nodes[kind[1]][1:], *kind[2:])
        return tuple(kind[1:2]) if self._quarters(node) is not None else tuple(kind[1:])

    def _compared(self, node: Node) -> bool:
        """Whether a condition is a comparison, so that its mask is taken as it comes."""
        return node not in self.given and self.graph.nodes[node][0] in COMPARE

    def _write(self, node: Node) -> None:
        kind = self.graph.nodes[node]
        if node in self.given:
            self._near[node] = self.given[node]()
        elif kind[0] == "num":
            self._values[node] = self.code.constant(kind[1])
        else:
            quarters = self._quarters(node)
            children = [self._near.get(child) or self._values[child] for child in self._children(node)]
            if quarters is not None:
                self._values[node] = power(self.code, children[0], quarters)
            elif kind[0] == "select" and self._compared(kind[1]):
                mask = self.code.compare(self.graph.nodes[kind[1]][0], *children[:2])
                self._values[node] = self.code.choose(mask, *children[2:])
            elif kind[0] == "div" and kind[2] in self._divided:
                self._values[node] = self._divide(kind[2], *children)
            else:
                self._values[node] = self.code.operation(kind[0], children)

    def _divide(self, divisor: Node, above: str, below: str) -> str:
        """A quotient by what others are divided by as well: one division serves all of them."""
        one = self.code.constant(1.0)
        if divisor not in self._inverses:
            self._inverses[divisor] = self.code.arithmetic("div", one, below)
        inverse = self._inverses[divisor]
        return inverse if above == one else self.code.arithmetic("mul", above, inverse)

    def _quarters(self, node: Node) -> int | None:
        """Four times the exponent of a power that needs no logarithm, else None."""
        kind = self.graph.nodes[node]
        if kind[0] != "pow" or self.graph.nodes[kind[2]][0] != "num":
            return None
        quarters = 4.0 * self.graph.nodes[kind[2]][1]
        return int(quarters) if 0 < quarters <= _QUARTERS and quarters == int(quarters) else None

    def _looped(self, node: Node) -> bool:
        return node not in self.given and self.graph.nodes[node][0] in LOOPS and self._quarters(node) is None

    def _needed(self, roots: Iterable[Node]) -> set[Node]:
        """The roots and all they are computed from."""
        needed: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node not in needed:
                needed.add(node)
                stack.extend(self._children(node))
        return needed

    def _levels(self, needed: set[Node]) -> Iterator[list[Node]]:
        """The functions that are needed, those first that need no other."""
        level: dict[Node, int] = {}
        for node in sorted(needed):  # a node is always entered after its arguments
            level[node] = max((level[c] + self._looped(c) for c in self._children(node)), default=0)
        looped = [node for node in sorted(needed) if self._looped(node)]
        for number in sorted({level[node] for node in looped}):
            yield [node for node in looped if level[node] == number]

    def _together(self, name: str, nodes: list[Node]) -> None:
        """One loop over the arguments of these nodes; the results stay where the arguments were."""
        count = LOOPS[name]
        places = [self.code.room(len(nodes)) for _ in range(count)]
        for number, node in enumerate(nodes):
            for place, child in zip(places, self.graph.nodes[node][1:], strict=True):
                self.code.put(place, number, self.value(child))
        self.code.loop(name, places, len(nodes))
        for number, node in enumerate(nodes):
            self.given[node] = lambda number=number: self.code.get(places[0], number)  # type: ignore[misc]


def power(code: Code, base: str, quarters: int) -> str:
    """base to a quarter of a whole number, by products and square roots."""
    whole, rest = divmod(quarters, 4)
    factors = []
    square = base
    while whole:
        if whole % 2:
            factors.append(square)
        whole //= 2
        if whole:
            square = code.arithmetic("mul", square, square)
    root = code.operation("sqrt", [base]) if rest else ""
    if rest >= 2:
        factors.append(root)
    if rest % 2:
        factors.append(code.operation("sqrt", [root]))
    result = factors[0]
    for factor in factors[1:]:
        result = code.arithmetic("mul", result, factor)
    return result
