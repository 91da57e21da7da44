"""What in a model is not smooth: where a solver has to look, and where it may know beforehand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..errors import fail
from .equations import TIME, Equations
from .expression import Node
from .foreign import Foreign

_COMPARE = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
_STEPS = frozenset({"lt", "le", "gt", "ge", "floor", "ceil"})  # equal and not equal differ for a moment only
_ORDER = frozenset({"lt", "le", "gt", "ge"})
_FLAT = _COMPARE | {"floor", "ceil", "not", "and", "or"}


@dataclass(frozen=True)
class Outline:
    """A model with everything a solver looks at among its outputs.

    Attributes:
        equations: the model; after its own outputs come those that are only looked at.
        switches: nodes of whole numbers on which the rates depend and that change with time or the states.
        moments: nodes that give, at time 0, a time at which such a number or a trigger changes.
        clocked: comparisons that depend on time alone, but not in a way that gives their moments beforehand.
        hinges: comparisons of changing quantities within triggers that put several together.
        gaps: the differences between the sides of all comparisons of changing quantities.
        clock_gaps: the same of the comparisons that depend on time alone.
    """

    equations: Equations
    switches: tuple[Node, ...]
    moments: tuple[Node, ...]
    clocked: tuple[Node, ...]
    hinges: tuple[Node, ...]
    gaps: tuple[Node, ...]
    clock_gaps: tuple[Node, ...]


def outline(model: Foreign) -> Outline:
    """Look for everything that is not smooth.

    Raises:
        VagusError: V203 when a trigger asks whether two continuously changing quantities are equal: no solver ever
            lands on that moment.
    """
    equations, graph = model.equations, model.equations.graph
    moving = {TIME, *equations.states}
    switches = [
        node
        for node in graph.below(equations.rates)
        if graph.nodes[node][0] in _STEPS and graph.symbols(node) & moving
    ]
    triggers = [happening.trigger for happening in model.happenings]
    asked = graph.below([*equations.rates, *triggers])
    known = {node: _moment(equations, node) for node in asked if graph.nodes[node][0] in _COMPARE}
    moments = [moment for moment in known.values() if moment is not None]
    clocked = [
        node
        for node in asked
        if graph.nodes[node][0] in _STEPS
        and known.get(node) is None
        and TIME in graph.symbols(node)
        and not graph.symbols(node) & set(equations.states)
    ]
    _refuse_equality(equations, triggers, moving)
    states = set(equations.states)
    turning = [node for node in asked if graph.nodes[node][0] in _ORDER and graph.symbols(node) & states]
    within = set(graph.below(triggers)) - set(triggers) - set(switches)
    hinges = [node for node in turning if node in within]
    gaps = _gaps(equations, turning)
    clock_gaps = _gaps(equations, [node for node in clocked if graph.nodes[node][0] in _ORDER])
    looked_at = [*switches, *moments, *clocked, *hinges, *gaps, *clock_gaps]
    for happening in model.happenings:
        parts = [happening.trigger, happening.delay, happening.priority]
        parts += [part for setting in happening.settings for part in (setting.value, setting.size)]
        looked_at += [part for part in parts if part is not None]
    outputs = dict(equations.outputs)
    have = set(outputs.values())
    for number, node in enumerate(dict.fromkeys(looked_at)):
        if node not in have:
            outputs[f"(looked at {number})"] = node
    return Outline(
        replace(equations, outputs=outputs),
        tuple(switches),
        tuple(dict.fromkeys(moments)),
        tuple(clocked),
        tuple(hinges),
        gaps,
        clock_gaps,
    )


def _gaps(equations: Equations, comparisons: Iterable[Node]) -> tuple[Node, ...]:
    """The differences between the sides of comparisons."""
    graph = equations.graph
    return tuple(dict.fromkeys(graph.binary("sub", *graph.arguments(node)) for node in comparisons))


def _moment(equations: Equations, node: Node) -> Node | None:
    """The time at which the sides of a comparison meet, when that is known beforehand; read at time 0."""
    graph = equations.graph
    a, b = graph.arguments(node)
    gap = graph.binary("sub", a, b)
    symbols = graph.symbols(gap)
    if TIME not in symbols or symbols & set(equations.states):
        return None
    slope = graph.derivative(gap, TIME)
    if TIME in graph.symbols(slope) or graph.value(slope) == 0.0 or _jumps(equations, [gap]):
        return None
    return graph.unary("neg", graph.binary("div", gap, slope))


def _jumps(equations: Equations, nodes: Iterable[Node]) -> bool:
    """Whether anything that is not smooth stands in an expression."""
    graph = equations.graph
    kinds = {graph.nodes[node][0] for node in graph.below(nodes)}
    return bool(kinds & (_FLAT | {"select", "max", "min", "abs"}))


def _refuse_equality(equations: Equations, triggers: list[Node], moving: set[str]) -> None:
    graph = equations.graph
    continuous: dict[Node, bool] = {}
    for node in graph.below(triggers):
        op, *rest = graph.nodes[node]
        if op == "sym":
            continuous[node] = rest[0] in moving
        elif op == "num" or op in _FLAT:
            continuous[node] = False
        else:
            continuous[node] = any(continuous[child] for child in (rest[1:] if op == "select" else rest))
        if (
            op in ("eq", "ne")
            and any(continuous[child] for child in rest)
            and _moment(equations, node) is None
        ):
            names = ", ".join(sorted(graph.symbols(node)))
            raise fail(
                "V203", feature="a trigger that waits for two changing quantities to be equal", where=names
            )
