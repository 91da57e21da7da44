"""Errors of the vector functions in units in the last place, against 40 digits, and their edge cases."""

import math

import mpmath
import numpy as np
import pytest

from vagus.errors import VagusError
from vagus.kernel.ir import Code, block_function, library
from vagus.kernel.machine import Library, compile_text, host
from vagus.kernel.vector_math import vector_library

BOUND = 2.0  # units in the last place
EDGES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    -2.0,
    0.5,
    -0.5,
    3.0,
    -3.0,
    math.inf,
    -math.inf,
    math.nan,
    1e308,
    5e-324,
    1e-310,
]


@pytest.fixture(scope="module")
def call():
    """Calls one of the functions on arrays of any length."""
    width = host().width
    parts = [library(width), vector_library(width)]
    for name, count in {"exp": 1, "log": 1, "tanh": 1, "sin": 1, "cos": 1, "tan": 1, "pow": 2}.items():
        code = Code(width)
        arguments = ["x", "y"][:count]
        code.store("out", 0, code.operation(name, [code.load(a, 0) for a in arguments]))
        parts.append(block_function(f"all_{name}", dict.fromkeys([*arguments, "out"], 1), code))
    loaded = Library(compile_text("\n".join(parts)))

    def run(name, *arrays):
        size = arrays[0].size
        padded = -(-size // width) * width
        full = [np.resize(np.asarray(a, dtype=float), padded).copy() for a in arrays]
        out = np.empty(padded)
        pointers = [a.ctypes.data for a in (*full, out)]
        loaded.function(f"all_{name}", len(pointers))(padded // width, *pointers)
        return out[:size]

    return run


def worst_error(got, exact, *arguments):
    """The largest error in units in the last place of the exact value."""
    worst = 0.0
    with mpmath.workdps(40):
        for value, *numbers in zip(got, *arguments, strict=True):
            truth = exact(*(mpmath.mpf(float(n)) for n in numbers))
            near = float(truth)
            if near and math.isfinite(near):
                worst = max(worst, float(abs(mpmath.mpf(float(value)) - truth) / math.ulp(near)))
    return worst


RANGES = [
    ("exp", mpmath.exp, lambda r: r.uniform(-700, 700, 4000)),
    ("exp", mpmath.exp, lambda r: r.uniform(-2, 2, 4000)),
    ("log", mpmath.log, lambda r: np.exp(r.uniform(-600, 600, 4000))),
    ("log", mpmath.log, lambda r: r.uniform(0.5, 2, 4000)),
    ("tanh", mpmath.tanh, lambda r: r.uniform(-20, 20, 4000) * 10 ** r.uniform(-8, 0, 4000)),
    ("sin", mpmath.sin, lambda r: r.uniform(-1e5, 1e5, 4000)),
    ("cos", mpmath.cos, lambda r: r.uniform(-1e5, 1e5, 4000)),
    ("sin", mpmath.sin, lambda r: r.uniform(1e5, 1e9, 400)),
]


@pytest.mark.parametrize(("name", "exact", "draw"), RANGES, ids=[f"{r[0]}-{i}" for i, r in enumerate(RANGES)])
def test_one_argument(call, name, exact, draw):
    x = draw(np.random.default_rng(7))
    assert worst_error(call(name, x), exact, x) <= BOUND


@pytest.mark.parametrize(("base", "exponent"), [(8, 6), (80, 8), (1, 300)])
def test_pow(call, base, exponent):
    rng = np.random.default_rng(11)
    x, y = np.exp(rng.uniform(-base, base, 4000)), rng.uniform(-exponent, exponent, 4000)
    assert worst_error(call("pow", x, y), mpmath.power, x, y) <= BOUND


def test_pow_of_negative_bases_with_whole_exponents(call):
    rng = np.random.default_rng(13)
    x, y = -np.exp(rng.uniform(-5, 5, 500)), np.round(rng.uniform(-9, 9, 500))
    assert worst_error(call("pow", x, y), mpmath.power, x, y) <= BOUND


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sin", "cos"])
def test_edges_of_one_argument(call, name):
    x = np.array([*EDGES, 709.9, -745.2, -746.0, 1e300])
    with np.errstate(all="ignore"):
        want = getattr(np, name)(x)
    np.testing.assert_allclose(call(name, x), want, rtol=5e-16, atol=0)


def test_edges_of_pow(call):
    x, y = (a.ravel() for a in np.meshgrid(EDGES, EDGES))
    with np.errstate(all="ignore"):
        want = np.power(x, y)
    got = call("pow", x, y)
    np.testing.assert_allclose(got, want, rtol=5e-16, atol=0)
    assert (np.signbit(got) == np.signbit(want))[~np.isnan(want)].all()


def test_text_that_is_no_code_is_refused() -> None:
    with pytest.raises(VagusError, match=r"V507 .*could not be compiled: .*expected"):
        compile_text("define void @rates( {")
