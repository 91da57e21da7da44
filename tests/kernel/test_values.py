"""Values computed together, by products and roots, and by shared divisions are those of the plain expressions."""

from pathlib import Path

import numpy as np
import pytest

from vagus.kernel.kernel import build_kernel
from vagus.language.compose import compose
from vagus.language.evaluate import evaluate
from vagus.language.sbml import read_sbml

EXPONENTS = (0.25, 0.5, 0.75, 1.25, 1.5, 2.5, 3.0, 3.75, 4.0)
#: Functions in functions, one divisor of several terms, branches on comparisons, powers of every kind.
BUSY = """model busy
  a = 1.3; b = 0.7; c = 2.1; d = 0.4;
  a' = exp(-a)*log(1 + exp(b)) - pow(a, d)/(b + c) + sin(a*c)/(b + c) - 1/(b + c);
  b' = tanh(log(c)*cos(a)) - pow(exp(a/(b + c)), 1.7) + max(a, b)*min(c, pow(b, c));
  c' = piecewise(exp(a), a > b, log(c), c >= a, pow(c, 1.3)) - c/(b + c);
end
"""
ROOTS = (
    "model roots\n  x = 1;\n"
    + "".join(f"  y{k} = 0; y{k}' = pow(x, {exponent});\n" for k, exponent in enumerate(EXPONENTS))
    + "  x' = 0*x;\nend\n"
)


def rates(text: str, tmp_path: Path, values: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rates by machine code and by NumPy of people with these values of states and parameters."""
    path = tmp_path / "model.ant"
    path.write_text(text)
    sbml = compose(path)
    equations = read_sbml(sbml, "model.ant")
    kernel = build_kernel(text, lambda: equations)
    people = -(-len(next(iter(values.values()))) // kernel.width) * kernel.width
    given = {name: np.resize(value, people) for name, value in values.items()}
    fixed = dict(zip(kernel.parameters, kernel.values, strict=True))
    y = np.array(
        [
            given.get(name, np.full(people, start))
            for name, start in zip(kernel.states, kernel.start, strict=True)
        ]
    )
    p = np.array([given.get(name, np.full(people, fixed[name])) for name in kernel.parameters]).reshape(
        -1, people
    )
    t = np.zeros(people)
    read = {
        "time": t,
        **dict(zip(kernel.states, y, strict=True)),
        **dict(zip(kernel.parameters, p, strict=True)),
    }
    wanted = dict(zip(kernel.states, equations.rates, strict=True))
    plain = evaluate(equations.graph, wanted, read)
    expected = np.array([np.broadcast_to(plain[name], people) for name in kernel.states])
    return kernel.rates(t, y, p, kernel.prepare(p)), expected


def test_a_busy_model_has_the_rates_of_its_plain_expressions(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    values = {name: rng.uniform(0.05, 3.0, 64) for name in "abcd"}
    got, expected = rates(BUSY, tmp_path, values)
    assert np.abs(got - expected).max() <= 1e-13 * np.abs(expected).max()
    far = {name: value * 10.0 ** rng.integers(-6, 3, 64) for name, value in values.items()}
    got, expected = rates(BUSY, tmp_path, far)
    sound = np.isfinite(expected)
    assert (np.isfinite(got) == sound).all() and sound.mean() > 0.8
    assert np.allclose(got[sound], expected[sound], rtol=1e-11, atol=1e-13)


def test_powers_of_quarters_are_those_of_the_library(tmp_path: Path) -> None:
    x = np.array([0.0, 1e-300, 1e-12, 0.3, 1.0, 2.0, 7.7, 1e60, np.inf, -2.0, -0.5, np.nan])
    got, expected = rates(ROOTS, tmp_path, {"x": x})
    rows = slice(0, len(EXPONENTS))
    same = np.isclose(got[rows], expected[rows], rtol=1e-15, atol=0.0, equal_nan=True)
    assert same.all(), (np.argwhere(~same), got[rows][~same], expected[rows][~same])
    assert got.shape[0] == len(EXPONENTS) + 1


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e308, -800.0])
def test_one_extreme_person_leaves_the_others_of_the_register_alone(tmp_path: Path, number: float) -> None:
    values = {name: np.linspace(0.5, 1.5, 16) for name in "abcd"}
    plain, _ = rates(BUSY, tmp_path, values)
    values["a"] = values["a"].copy()
    values["a"][3] = number
    got, _ = rates(BUSY, tmp_path, values)
    others = np.arange(16) != 3
    assert np.allclose(got[:, :16][:, others], plain[:, :16][:, others], rtol=1e-15, atol=0.0)
