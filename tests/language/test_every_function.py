"""Every allowed function goes through the kernel writer: compiled values are those of plain Python."""

import math
from pathlib import Path

import numpy as np
import pytest

from vagus.kernel.generate import generate
from vagus.kernel.kernel import Kernel, build_kernel
from vagus.kernel.machine import compile_text
from vagus.language.compose import compose
from vagus.language.equations import Equations
from vagus.language.expression import BINARY, UNARY
from vagus.language.sbml import read_sbml

from .plain import evaluate

# What stands in the model for each operator of the graph; x and y are states, k and m parameters.
WRITTEN = {
    "neg": "-x",
    "exp": "exp(x)",
    "log": "ln(x*x + k)",
    "sin": "sin(x)",
    "cos": "cos(y)",
    "tan": "tan(x/m)",
    "tanh": "tanh(x*y)",
    "asin": "arcsin(tanh(x)/2)",
    "acos": "arccos(tanh(x)/2)",
    "atan": "arctan(x*y)",
    "sinh": "sinh(x)",
    "cosh": "cosh(y)",
    "asinh": "arcsinh(x*y)",
    "acosh": "arccosh(k + 1 + x*x)",
    "atanh": "arctanh(tanh(x)/2)",
    "factorial": "x*factorial(m)",
    "sqrt": "sqrt(x*x + y*y)",
    "abs": "abs(x)",
    "floor": "floor(x)",
    "ceil": "ceil(x)",
    "not": "piecewise(x, !(x > y), y)",
    "add": "x + y + k",
    "sub": "x - y",
    "mul": "x*y*m",
    "div": "x/(k + y*y)",
    "pow": "(k + x*x)^(y/m)",
    "max": "max(x, y, k)",
    "min": "min(x, y, k)",
    "lt": "piecewise(1, x < y, 2)",
    "le": "piecewise(1, x <= y, 2)",
    "gt": "piecewise(1, x > k, 2)",
    "ge": "piecewise(1, x >= k, 2)",
    "eq": "piecewise(1, x == y, 2)",
    "ne": "piecewise(1, x != y, 2)",
    "and": "piecewise(x, (x > 0) && (y > 0), y)",
    "or": "piecewise(x, (x > 0) || (y > 0), y)",
    "select": "piecewise(x*y, x < 1, y, y < 1, k)",
    "root": "root(3, k + x*x)",
    "log10": "log10(k + x*x)",
    "time": "x*cos(time)",
    "hill": "hill(k + x*x, m, k)",
}
WIDTH = 8


@pytest.fixture(scope="module")
def equations(tmp_path_factory: pytest.TempPathFactory) -> Equations:
    """A small model with one assignment per operator; its rates use all of them."""
    lines = [f"  out_{name} := {formula};" for name, formula in WRITTEN.items()]
    total = " + ".join(f"out_{name}" for name in WRITTEN)
    path = tmp_path_factory.mktemp("model") / "every.ant"
    path.write_text(
        "function hill(z, half, steepness)\n  (z/half)^steepness/(1 + (z/half)^steepness)\nend\n"
        "model every()\n  x = 1; y = 2; k = 1.25; m = 3;\n"
        + "\n".join(lines)
        + f"\n  x' = {total};\n  y' = k*y - tanh(x);\nend\n"
    )
    return read_sbml(compose(path), "every.ant")


@pytest.fixture(scope="module")
def kernel(cache: Path, equations: Equations) -> Kernel:
    return build_kernel("every operator", lambda: equations)


def points(kernel: Kernel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, states and parameters of some people, equal and ordered both ways among them."""
    people = 8 * kernel.width
    random = np.random.default_rng(1)
    t, y, p = (random.uniform(-2.5, 2.5, (rows, people)) for rows in (1, 2, 2))
    y[1, :: kernel.width] = y[0, :: kernel.width]  # x == y for some
    p = np.abs(p) + 0.25
    return t[0], y, p


def named(kernel: Kernel, t: np.ndarray, y: np.ndarray, p: np.ndarray, person: int) -> dict[str, float]:
    values = dict(zip(kernel.states, y[:, person], strict=True))
    values |= dict(zip(kernel.parameters, p[:, person], strict=True))
    return {name: float(value) for name, value in values.items()} | {"time": float(t[person])}


def test_every_operator_stands_in_the_model(equations: Equations) -> None:
    used = {node[0] for node in equations.graph.nodes}
    assert used >= {*UNARY, *BINARY, "select"}


def test_compiled_outputs_are_plain_values(kernel: Kernel, equations: Equations) -> None:
    t, y, p = points(kernel)
    seen = kernel.observe(t, y, p, kernel.prepare(p))
    for row, name in enumerate(kernel.outputs):
        wanted = [
            evaluate(equations.graph, equations.outputs[name], named(kernel, t, y, p, i))
            for i in range(t.size)
        ]
        assert all(map(math.isfinite, wanted)), name
        np.testing.assert_allclose(seen[row], wanted, rtol=1e-12, atol=1e-13, err_msg=name)


def test_compiled_rates_and_time_slopes_are_plain_values(kernel: Kernel, equations: Equations) -> None:
    t, y, p = points(kernel)
    q = kernel.prepare(p)
    rates, slopes, _ = kernel.begin(t, y, p, q, np.ones_like(t))
    np.testing.assert_allclose(kernel.rates(t, y, p, q), rates, rtol=1e-11, atol=1e-11)
    for row in range(2):
        for seen, node in ((rates, equations.rates[row]), (slopes, equations.time_slopes()[row])):
            wanted = [evaluate(equations.graph, node, named(kernel, t, y, p, i)) for i in range(t.size)]
            np.testing.assert_allclose(seen[row], wanted, rtol=1e-11, atol=1e-11)


def test_compiled_factors_solve_with_the_jacobian(kernel: Kernel, equations: Equations) -> None:
    t, y, p = points(kernel)
    d = np.full(t.size, 3.0)
    b = np.random.default_rng(2).uniform(-1, 1, y.shape)
    x = kernel.solve(kernel.begin(t, y, p, kernel.prepare(p), d)[2], b.copy())
    for i in range(t.size):
        matrix = 3.0 * np.eye(2)
        for at, node in equations.jacobian().items():
            matrix[at] -= evaluate(equations.graph, node, named(kernel, t, y, p, i))
        np.testing.assert_allclose(matrix @ x[:, i], b[:, i], rtol=1e-8, atol=1e-8)


def test_writing_and_compiling_twice_gives_the_same(equations: Equations, tmp_path: Path) -> None:
    first, second = generate(equations, WIDTH), generate(equations, WIDTH)
    assert first == second
    assert compile_text(first.text) == compile_text(second.text)


def test_the_cached_kernel_gives_the_same_numbers(kernel: Kernel) -> None:
    def never() -> Equations:
        raise AssertionError("the kernel was not in the cache")

    again = build_kernel("every operator", never)
    t, y, p = points(kernel)
    assert np.array_equal(again.rates(t, y, p, again.prepare(p)), kernel.rates(t, y, p, kernel.prepare(p)))
