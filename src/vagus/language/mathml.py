"""SBML mathematics (libSBML's syntax tree) to nodes of a `Graph`."""

from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise

import libsbml

from ..errors import fail
from .equations import TIME
from .expression import Graph, Node
from .formula import Definition, Formula, children, walk

Scope = Callable[[str], Node]

_UNARY = {
    libsbml.AST_FUNCTION_EXP: "exp",
    libsbml.AST_FUNCTION_LN: "log",
    libsbml.AST_FUNCTION_SIN: "sin",
    libsbml.AST_FUNCTION_COS: "cos",
    libsbml.AST_FUNCTION_TAN: "tan",
    libsbml.AST_FUNCTION_TANH: "tanh",
    libsbml.AST_FUNCTION_ARCSIN: "asin",
    libsbml.AST_FUNCTION_ARCCOS: "acos",
    libsbml.AST_FUNCTION_ARCTAN: "atan",
    libsbml.AST_FUNCTION_SINH: "sinh",
    libsbml.AST_FUNCTION_COSH: "cosh",
    libsbml.AST_FUNCTION_ARCSINH: "asinh",
    libsbml.AST_FUNCTION_ARCCOSH: "acosh",
    libsbml.AST_FUNCTION_ARCTANH: "atanh",
    libsbml.AST_FUNCTION_FACTORIAL: "factorial",
    libsbml.AST_FUNCTION_ABS: "abs",
    libsbml.AST_FUNCTION_FLOOR: "floor",
    libsbml.AST_FUNCTION_CEILING: "ceil",
    libsbml.AST_LOGICAL_NOT: "not",
}
#: 1/f(x): the secant is one over the cosine.
_INVERSE_OF = {
    libsbml.AST_FUNCTION_SEC: "cos",
    libsbml.AST_FUNCTION_CSC: "sin",
    libsbml.AST_FUNCTION_COT: "tan",
    libsbml.AST_FUNCTION_SECH: "cosh",
    libsbml.AST_FUNCTION_CSCH: "sinh",
    libsbml.AST_FUNCTION_COTH: "tanh",
}
#: f(1/x): the inverse of the secant is the inverse cosine of one over its argument.
_OF_INVERSE = {
    libsbml.AST_FUNCTION_ARCSEC: "acos",
    libsbml.AST_FUNCTION_ARCCSC: "asin",
    libsbml.AST_FUNCTION_ARCCOT: "atan",
    libsbml.AST_FUNCTION_ARCSECH: "acosh",
    libsbml.AST_FUNCTION_ARCCSCH: "asinh",
    libsbml.AST_FUNCTION_ARCCOTH: "atanh",
}
_PAIR = {
    libsbml.AST_MINUS: "sub",
    libsbml.AST_DIVIDE: "div",
    libsbml.AST_POWER: "pow",
    libsbml.AST_FUNCTION_POWER: "pow",
    libsbml.AST_RELATIONAL_NEQ: "ne",
}
#: a < b < c is a < b and b < c.
_ORDER = {
    libsbml.AST_RELATIONAL_LT: "lt",
    libsbml.AST_RELATIONAL_LEQ: "le",
    libsbml.AST_RELATIONAL_GT: "gt",
    libsbml.AST_RELATIONAL_GEQ: "ge",
    libsbml.AST_RELATIONAL_EQ: "eq",
}
_CHAIN = {
    libsbml.AST_PLUS: "add",
    libsbml.AST_TIMES: "mul",
    libsbml.AST_FUNCTION_MAX: "max",
    libsbml.AST_FUNCTION_MIN: "min",
    libsbml.AST_LOGICAL_AND: "and",
    libsbml.AST_LOGICAL_OR: "or",
}
#: What a chain of nothing gives.
_EMPTY = {
    libsbml.AST_PLUS: 0.0,
    libsbml.AST_TIMES: 1.0,
    libsbml.AST_LOGICAL_AND: 1.0,
    libsbml.AST_LOGICAL_OR: 0.0,
    libsbml.AST_LOGICAL_XOR: 0.0,
}
_CONSTANTS = {
    libsbml.AST_CONSTANT_PI: 3.141592653589793,
    libsbml.AST_CONSTANT_E: 2.718281828459045,
    libsbml.AST_CONSTANT_TRUE: 1.0,
    libsbml.AST_CONSTANT_FALSE: 0.0,
}


def called_functions(tree: Formula) -> set[str]:
    """The functions of the model that a formula calls."""
    return {node.getName() for node in walk(tree) if node.getType() == libsbml.AST_FUNCTION}


def read_math(
    tree: Formula,
    graph: Graph,
    scope: Scope,
    functions: Mapping[str, Definition],
    rate_of: Scope | None = None,
) -> Node:
    """The node of one SBML formula; function definitions are put in place.

    Args:
        tree: libSBML's syntax tree of the formula.
        graph: where the nodes go.
        scope: gives the node of a name.
        functions: the model's function definitions by id.
        rate_of: gives the node of the rate of change of a name; without it `rateOf` is refused.

    Raises:
        VagusError: V203 for an operator that is not supported, V210 for an unknown function, V202 for a function
            with the wrong number of arguments, V204 for a function that reads more than its arguments.
    """
    kind = tree.getType()
    if tree.isNumber():
        return graph.number(_number(tree))
    if kind in _CONSTANTS:
        return graph.number(_CONSTANTS[kind])
    if kind == libsbml.AST_NAME_TIME:
        return graph.symbol(TIME)
    if kind == libsbml.AST_NAME_AVOGADRO:
        return graph.number(tree.getValue())
    if tree.isName():
        return scope(tree.getName())
    if kind == libsbml.AST_FUNCTION:
        return _call(tree, graph, scope, functions, rate_of)
    if kind == libsbml.AST_FUNCTION_RATE_OF and rate_of is not None and tree.getNumChildren() == 1:
        return rate_of(tree.getChild(0).getName())
    nodes = [read_math(child, graph, scope, functions, rate_of) for child in children(tree)]
    return _operator(tree, graph, nodes)


def _number(tree: Formula) -> float:
    """The number as it is written; libSBML multiplies 6.02 by a power of ten, which rounds once more."""
    if tree.getType() == libsbml.AST_REAL_E:
        return float(f"{tree.getMantissa()!r}e{tree.getExponent()}")
    return tree.getValue()


def _operator(tree: Formula, graph: Graph, nodes: list[Node]) -> Node:
    kind, count = tree.getType(), len(nodes)
    if kind in _CHAIN and nodes:
        return reduce(lambda a, b: graph.binary(_CHAIN[kind], a, b), nodes)
    if kind in _EMPTY and not nodes:
        return graph.number(_EMPTY[kind])
    if kind in _UNARY and count == 1:
        return graph.unary(_UNARY[kind], nodes[0])
    if kind == libsbml.AST_MINUS and count == 1:
        return graph.unary("neg", nodes[0])
    if kind in _PAIR and count == 2:
        return graph.binary(_PAIR[kind], nodes[0], nodes[1])
    if kind in _ORDER and count >= 2:
        pairs = [graph.binary(_ORDER[kind], a, b) for a, b in pairwise(nodes)]
        return reduce(lambda a, b: graph.binary("and", a, b), pairs)
    if (kind in _INVERSE_OF or kind in _OF_INVERSE) and count == 1:
        one = graph.number(1.0)
        if kind in _INVERSE_OF:
            return graph.binary("div", one, graph.unary(_INVERSE_OF[kind], nodes[0]))
        return graph.unary(_OF_INVERSE[kind], graph.binary("div", one, nodes[0]))
    if kind in (libsbml.AST_FUNCTION_QUOTIENT, libsbml.AST_FUNCTION_REM) and count == 2:
        return _whole_division(graph, nodes[0], nodes[1], kind == libsbml.AST_FUNCTION_REM)
    if kind == libsbml.AST_LOGICAL_IMPLIES and count == 2:
        return graph.binary("or", graph.unary("not", nodes[0]), nodes[1])
    if kind == libsbml.AST_LOGICAL_XOR and nodes:
        return reduce(lambda a, b: graph.binary("ne", a, b), [_truth(graph, node) for node in nodes])
    if kind == libsbml.AST_FUNCTION_ROOT and count in (1, 2):
        degree = nodes[0] if count == 2 else graph.number(2.0)
        return graph.binary("pow", nodes[-1], graph.binary("div", graph.number(1.0), degree))
    if kind == libsbml.AST_FUNCTION_LOG and count in (1, 2):
        base = nodes[0] if count == 2 else graph.number(10.0)
        return graph.binary("div", graph.unary("log", nodes[-1]), graph.unary("log", base))
    if kind == libsbml.AST_FUNCTION_PIECEWISE:
        pieces, otherwise = nodes, graph.number(float("nan"))
        if len(nodes) % 2:
            pieces, otherwise = nodes[:-1], nodes[-1]
        for value, condition in reversed(list(zip(pieces[::2], pieces[1::2], strict=True))):
            otherwise = graph.select(condition, value, otherwise)
        return otherwise
    formula = libsbml.formulaToL3String(tree)
    raise fail("V203", feature=f"the operator {tree.getName() or formula}", where=formula)


def _truth(graph: Graph, node: Node) -> Node:
    """1 for what is not zero."""
    return graph.binary("ne", node, graph.number(0.0))


def _whole_division(graph: Graph, a: Node, b: Node, remainder: bool) -> Node:
    """The quotient rounded towards zero, or what is left of a, with the sign of a."""
    ratio = graph.binary("div", a, b)
    below = graph.binary("lt", ratio, graph.number(0.0))
    whole = graph.select(below, graph.unary("ceil", ratio), graph.unary("floor", ratio))
    return graph.binary("sub", a, graph.binary("mul", b, whole)) if remainder else whole


def _call(
    tree: Formula,
    graph: Graph,
    scope: Scope,
    functions: Mapping[str, Definition],
    rate_of: Scope | None,
) -> Node:
    name = tree.getName()
    if name not in functions:
        raise fail("V210", text=libsbml.formulaToL3String(tree), function=name)
    definition = functions[name]
    arguments = [read_math(child, graph, scope, functions, rate_of) for child in children(tree)]
    names = [definition.getArgument(i).getName() for i in range(definition.getNumArguments())]
    if len(arguments) != len(names):
        reason = f"the call of '{name}' has {len(arguments)} arguments, its definition {len(names)}"
        raise fail("V202", text=libsbml.formulaToL3String(tree), reason=reason)
    bound = dict(zip(names, arguments, strict=True))

    def inside(symbol: str) -> Node:
        if symbol not in bound:
            raise fail("V204", name=name, symbol=symbol)  # a function knows its arguments only
        return bound[symbol]

    given = dict(zip(names, children(tree), strict=True))

    def rate_inside(symbol: str) -> Node:
        if rate_of is None or symbol not in given or not given[symbol].isName():
            raise fail("V203", feature="the rate of change of a formula", where=f"function '{name}'")
        return rate_of(given[symbol].getName())

    return read_math(definition.getBody(), graph, inside, functions, rate_of and rate_inside)
