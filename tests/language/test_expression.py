"""Expressions: folding, simplification and derivatives of every operator, kinks included."""

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vagus.errors import VagusError
from vagus.language.expression import BINARY, COMMUTES, UNARY, Graph, Node

from .plain import evaluate

SMOOTH = ("neg", "exp", "log", "sin", "cos", "tan", "tanh", "sqrt")
INVERSE = ("asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh")
FLAT = ("floor", "ceil", "not")
LOGIC = ("lt", "le", "gt", "ge", "eq", "ne", "and", "or")


@pytest.fixture
def g() -> Graph:
    return Graph()


@pytest.mark.parametrize("op", UNARY)
def test_a_function_of_a_number_is_the_number(op: str, g: Graph) -> None:
    for value in {"acosh": (1.0, 1.5, 2.5), "atanh": (-0.5, 0.0, 0.3)}.get(op, (0.3, 0.5, 1.0)):
        node = g.unary(op, g.number(value))
        assert g.value(node) == UNARY[op](value) == evaluate(g, node, {})


@pytest.mark.parametrize("op", BINARY)
def test_two_numbers_are_one_number(op: str, g: Graph) -> None:
    for a, b in ((0.3, 0.7), (2.0, 2.0), (0.0, 1.5), (-1.5, 2.0)):
        node = g.binary(op, g.number(a), g.number(b))
        assert g.value(node) == BINARY[op](a, b)


@pytest.mark.parametrize(
    ("op", "numbers"),
    [
        ("log", (0.0,)),
        ("log", (-1.0,)),
        ("sqrt", (-1.0,)),
        ("exp", (1000.0,)),
        ("floor", (math.inf,)),
        ("div", (1.0, 0.0)),
        ("pow", (0.0, -1.0)),
        ("pow", (-8.0, 1 / 3)),
        ("pow", (1e200, 2.5)),
        ("mul", (1e200, 1e200)),
    ],
)
def test_what_has_no_finite_value_is_left_to_run_time(op: str, numbers: tuple[float, ...], g: Graph) -> None:
    nodes = [g.number(number) for number in numbers]
    node = g.unary(op, *nodes) if op in UNARY else g.binary(op, *nodes)
    assert g.value(node) is None and g.nodes[node][0] == op


def test_the_same_value_is_the_same_node(g: Graph) -> None:
    x, y = g.symbol("x"), g.symbol("y")
    for op in COMMUTES:
        assert g.binary(op, x, y) == g.binary(op, y, x)
    assert g.binary("sub", x, y) != g.binary("sub", y, x)
    before = len(g.nodes)
    g.binary("add", g.symbol("y"), g.symbol("x"))
    assert len(g.nodes) == before
    assert g.number(0.0) == g.number(-0.0)


def simple_forms(g: Graph, x: Node, y: Node) -> dict[str, tuple[Node, Node]]:
    zero, one, two, half = (g.number(value) for value in (0, 1, 2, 0.5))
    minus = g.unary("neg", y)
    return {
        "0 + x": (g.binary("add", zero, x), x),
        "x + 0": (g.binary("add", x, zero), x),
        "x + -y": (g.binary("add", x, minus), g.binary("sub", x, y)),
        "x - 0": (g.binary("sub", x, zero), x),
        "0 - x": (g.binary("sub", zero, x), g.unary("neg", x)),
        "x - x": (g.binary("sub", x, x), zero),
        "0 x": (g.binary("mul", zero, x), zero),
        "x 0": (g.binary("mul", x, zero), zero),
        "1 x": (g.binary("mul", one, x), x),
        "x 1": (g.binary("mul", x, one), x),
        "0 / x": (g.binary("div", zero, x), zero),
        "x / 1": (g.binary("div", x, one), x),
        "x^0": (g.binary("pow", x, zero), one),
        "x^1": (g.binary("pow", x, one), x),
        "x^2": (g.binary("pow", x, two), g.binary("mul", x, x)),
        "x^.5": (g.binary("pow", x, half), g.unary("sqrt", x)),
        "--x": (g.unary("neg", g.unary("neg", x)), x),
        "if 1": (g.select(one, x, y), x),
        "if 0": (g.select(zero, x, y), y),
        "if y: x else x": (g.select(y, x, x), x),
    }


@pytest.mark.parametrize("form", simple_forms(Graph(), 0, 0))
def test_a_simple_form_is_found(form: str, g: Graph) -> None:
    made, wanted = simple_forms(g, g.symbol("x"), g.symbol("y"))[form]
    assert made == wanted


def any_tree(chance: random.Random, g: Graph, depth: int) -> Node:
    """A random expression of x and y that has a value and a slope everywhere."""
    if depth == 0 or chance.random() < 0.15:
        return g.symbol(chance.choice("xy")) if chance.random() < 0.7 else g.number(chance.uniform(-2, 2))
    a, b = any_tree(chance, g, depth - 1), any_tree(chance, g, depth - 1)
    above = g.binary("add", g.number(1.0), g.binary("mul", b, b))
    bounded = g.unary("tanh", a)
    forms = {
        "exp": lambda: g.unary("exp", bounded),
        "tan": lambda: g.unary("tan", g.binary("mul", g.number(0.5), bounded)),
        "log": lambda: g.unary("log", above),
        "sqrt": lambda: g.unary("sqrt", above),
        "div": lambda: g.binary("div", a, above),
        "pow": lambda: g.binary("pow", above, bounded),
        "select": lambda: g.select(g.number(1.0), a, b),
    }
    forms |= {op: lambda op=op: g.unary(op, a) for op in ("neg", "sin", "cos", "tanh")}
    forms |= {op: lambda op=op: g.binary(op, a, b) for op in ("add", "sub", "mul")}
    return forms[chance.choice(sorted(forms))]()


@given(st.integers(0, 10**9), st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
def test_the_derivative_is_the_slope(seed: int, x: float, y: float) -> None:
    g = Graph()
    node = any_tree(random.Random(seed), g, 4)
    told = evaluate(g, g.derivative(node, "x"), {"x": x, "y": y})

    def slope(step: float) -> float:
        ahead, back = (evaluate(g, node, {"x": x + h, "y": y}) for h in (step, -step))
        return (ahead - back) / (2 * step)

    seen, finer = slope(2e-4), slope(1e-4)
    size = 1.0 + abs(evaluate(g, node, {"x": x, "y": y})) + abs(finer)
    assume(abs(seen - finer) < 1e-5 * size)  # else the differences themselves are not good enough
    assert told == pytest.approx(finer, abs=1e-4 * size)


@pytest.mark.parametrize("op", [*SMOOTH, *INVERSE])
def test_the_derivative_of_each_function(op: str, g: Graph) -> None:
    node = g.unary(op, g.symbol("x"))
    x, h = 1.7 if op == "acosh" else 0.7, 1e-6
    seen = (UNARY[op](x + h) - UNARY[op](x - h)) / (2 * h)
    assert evaluate(g, g.derivative(node, "x"), {"x": x}) == pytest.approx(seen, rel=1e-7)


def test_the_slope_of_a_factorial_is_refused(g: Graph) -> None:
    assert g.value(g.unary("factorial", g.number(5.0))) == pytest.approx(120.0)
    with pytest.raises(VagusError, match="V203"):
        g.derivative(g.unary("factorial", g.symbol("x")), "x")


@pytest.mark.parametrize("op", [*FLAT, *LOGIC])
def test_steps_are_flat(op: str, g: Graph) -> None:
    x = g.symbol("x")
    node = g.unary(op, x) if op in UNARY else g.binary(op, x, g.symbol("y"))
    assert g.value(g.derivative(node, "x")) == 0.0


def test_every_operator_has_a_tested_derivative() -> None:
    assert {*SMOOTH, *INVERSE, *FLAT, "abs", "factorial"} == set(UNARY)
    assert {*LOGIC, "add", "sub", "mul", "div", "pow", "max", "min"} == set(BINARY)


def test_a_power_is_derived_by_base_and_exponent(g: Graph) -> None:
    node = g.binary("pow", g.symbol("x"), g.symbol("n"))
    here = {"x": 1.7, "n": 2.3}
    assert evaluate(g, g.derivative(node, "x"), here) == pytest.approx(2.3 * 1.7**1.3)
    assert evaluate(g, g.derivative(node, "n"), here) == pytest.approx(1.7**2.3 * math.log(1.7))


@pytest.mark.parametrize(
    ("op", "at", "slope"), [("max", 2, 1), ("max", -2, 0), ("min", 2, 0), ("min", -2, 1)]
)
def test_a_kink_takes_the_side_that_is_active(op: str, at: float, slope: float, g: Graph) -> None:
    node = g.binary(op, g.symbol("x"), g.number(0.5))
    assert evaluate(g, g.derivative(node, "x"), {"x": at}) == slope


def test_at_a_kink_the_second_side_counts(g: Graph) -> None:
    x, double = g.symbol("x"), g.binary("mul", g.number(2.0), g.symbol("x"))
    for op in ("max", "min"):
        assert evaluate(g, g.derivative(g.binary(op, x, double), "x"), {"x": 0.0}) == evaluate(
            g, g.derivative(double if x < double else x, "x"), {}
        )


def test_the_absolute_value_and_a_choice_have_two_slopes(g: Graph) -> None:
    x = g.symbol("x")
    size = g.derivative(g.unary("abs", x), "x")
    assert [evaluate(g, size, {"x": at}) for at in (-2.0, 0.0, 2.0)] == [-1.0, 1.0, 1.0]
    low = g.binary("lt", x, g.number(1.0))
    chosen = g.derivative(g.select(low, g.binary("mul", x, x), g.number(3.0)), "x")
    assert [evaluate(g, chosen, {"x": at}) for at in (0.5, 1.0, 2.0)] == [1.0, 0.0, 0.0]


def test_what_does_not_depend_has_no_slope(g: Graph) -> None:
    node = g.unary("sin", g.symbol("x"))
    assert g.value(g.derivative(node, "y")) == 0.0 and g.symbols(node) == {"x"}


def test_a_sum_of_thousands_of_terms_is_derived(g: Graph) -> None:
    x = node = g.symbol("x")
    for n in range(2, 5001):
        node = g.binary("add", node, g.binary("mul", g.number(n), x))
    assert g.symbols(node) == {"x"}
    assert evaluate(g, g.derivative(node, "x"), {}) == sum(range(1, 5001))
