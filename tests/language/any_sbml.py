# ruff: noqa: E501  models as text
"""Small models with a known answer, one per construct of SBML; `docs/sbml.md` lists them by these names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import (
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    exp,
    factorial,
    floor,
    inf,
    log,
    nan,
    pi,
    sinh,
    sqrt,
    tan,
)

Curve = Callable[[float], float]


@dataclass(frozen=True)
class Case:
    """A model in Antimony, what it must give, and what is asked for."""

    model: str
    answer: Mapping[str, Curve]
    end: float = 5.0
    forms: Mapping[str, str] = field(default_factory=dict)
    close: float = 1e-6


def step(at: float, before: float, after: float, closed: bool = True) -> Curve:
    return lambda t: after if t > at or (closed and t == at) else before


DECAY = "species S in C; C = 1; S = 1; k = 0.5; "

REACTIONS = {
    "a reaction": Case(
        DECAY + "species P in C; P = 0; r: S -> P; k*S",
        {"S": lambda t: exp(-0.5 * t), "P": lambda t: 1 - exp(-0.5 * t)},
    ),
    "a reaction of second order": Case(
        "species A in C, B in C; C = 1; A = 1; B = 0; r: 2 A -> B; A*A", {"A": lambda t: 1 / (1 + 2 * t)}
    ),
    "stoichiometry": Case(
        DECAY + "species P in C; P = 0; r: 2 S -> 3 P; k*S",
        {"S": lambda t: exp(-t), "P": lambda t: 1.5 * (1 - exp(-t))},
    ),
    "boundary species": Case(
        DECAY + "species $B in C, P in C; B = 3; P = 0; r: B -> P; k*B",
        {"B": lambda t: 3.0, "P": lambda t: 1.5 * t},
    ),
    "modifiers": Case(
        "species E in C, S in C; C = 1; E = 2; S = 1; r: S -> ; 0.25*E*S",
        {"S": lambda t: exp(-0.5 * t), "E": lambda t: 2.0},
    ),
    "reversible reactions": Case(
        "species A in C, B in C; C=1; A=1; B=0; r: A -> B; A - B", {"A": lambda t: 0.5 + 0.5 * exp(-2 * t)}
    ),
    "reaction ids in formulas": Case(
        DECAY + "r: S -> ; k*S; v := 2*r", {"v": lambda t: exp(-0.5 * t), "r": lambda t: 0.5 * exp(-0.5 * t)}
    ),
    "amounts and concentrations": Case(
        "species S in C; C = 4; S = 2; r: S -> ; 0.5*S*C", {"S": lambda t: 2 * exp(-0.5 * t)}
    ),
    "species as amounts": Case(
        "species S in C; C = 4; S = 2; r: S -> ; 0.5*S*C",
        {"S": lambda t: 8 * exp(-0.5 * t)},
        forms={"S": "amount"},
    ),
    "substance units": Case(
        "substanceOnly species S in C; C = 4; S = 8; r: S -> ; 0.5*S", {"S": lambda t: 8 * exp(-0.5 * t)}
    ),
    "concentration of substance units": Case(
        "substanceOnly species S in C; C = 4; S = 8; r: S -> ; 0.5*S",
        {"S": lambda t: 2 * exp(-0.5 * t)},
        forms={"S": "concentration"},
    ),
    "two compartments": Case(
        "compartment A = 1, B = 3; species S in A, T in B; S = 2; T = 0; r: S -> T; 0.5*S",
        {"S": lambda t: 2 * exp(-0.5 * t), "T": lambda t: (2 - 2 * exp(-0.5 * t)) / 3},
    ),
    "a compartment with a rate rule": Case(
        "compartment C; C = 1; C' = 1; species S in C; S = 2",
        {"S": lambda t: 2 / (1 + t), "C": lambda t: 1 + t},
    ),
    "a reaction in a growing compartment": Case(
        "compartment C; C = 1; C' = 0.5*C; species S in C; S = 2; r: S -> ; 0.25*S*C",
        {"S": lambda t: 2 * exp(-0.75 * t)},
    ),
    "a compartment with an assignment rule": Case(
        "compartment C; C := 1 + time; species S in C; S = 2; r: S -> ; S*C",
        {"S": lambda t: 2 * exp(-t) / (1 + t)},
    ),
    "a compartment set by an event": Case(
        "compartment C; C = 1; species S in C; S = 2; at time >= 2.5: C = 4",
        {"S": step(2.5, 2.0, 0.5), "C": step(2.5, 1, 4)},
    ),
    "a concentration with a rate rule in a growing compartment": Case(
        "compartment C; C = 1; C' = 1; species $S in C; S = 2; S' = 3", {"S": lambda t: 2 + 3 * t}
    ),
    "an amount beside a concentration with a rate rule": Case(
        "compartment C; C = 1; C' = 1; species $S in C; S = 2; S' = 3",
        {"S": lambda t: (2 + 3 * t) * (1 + t)},
        forms={"S": "amount"},
    ),
}

RULES = {
    "rate rules": Case("x = 1; x' = -0.5*x", {"x": lambda t: exp(-0.5 * t)}),
    "rate rules of species": Case(
        "species $S in C; C = 2; S = 1; S' = -0.5*S", {"S": lambda t: exp(-0.5 * t)}
    ),
    "assignment rules": Case("x = 1; x' = 1; y := z*2; z := x + 1", {"y": lambda t: 2 * (2 + t)}),
    "a species with an assignment rule": Case(
        "species $S in C; C = 4; S := 1 + time", {"S": lambda t: 4 * (1 + t)}, forms={"S": "amount"}
    ),
    "initial assignments": Case(
        "k = 2; x = 3*k + 1; x' = -x; y = x/k", {"x": lambda t: 7 * exp(-t), "y": lambda t: 3.5}
    ),
    "initial assignments of species": Case(
        "species S in C; C = 4; k = 3; S = 2*k; r: S -> ; S*C",
        {"S": lambda t: 24 * exp(-t)},
        forms={"S": "amount"},
    ),
    "initial assignments of compartments": Case(
        "k = 4; compartment C; C = 2*k; species S in C; S = 3", {"S": lambda t: 24.0}, forms={"S": "amount"}
    ),
    "initial assignments that read rules": Case(
        "k = 2; y := 3*k + time; x = y; x' = 0*x", {"x": lambda t: 6.0, "y": lambda t: 6 + t}
    ),
    "function definitions": Case(
        "function f(a, b)\n a*b\nend\nmodel m\n x = 1; x' = -f(0.5, x); end", {"x": lambda t: exp(-0.5 * t)}
    ),
    "functions of functions": Case(
        "function f(a)\n 2*a\nend\nfunction g(b)\n f(b) + 1\nend\nmodel m\n x = 0; x' = g(1); end",
        {"x": lambda t: 3 * t},
    ),
    "piecewise": Case("x = 0; x' = piecewise(1, time < 2.3, -1)", {"x": lambda t: t if t < 2.3 else 4.6 - t}),
    "piecewise of the state": Case(
        "x = 0; x' = piecewise(1, x < 2.3, 0.5)", {"x": lambda t: t if t < 2.3 else 2.3 + 0.5 * (t - 2.3)}
    ),
    "roots of a quantity at zero": Case(
        "x = 0; y = 1; y' = -sqrt(x) - y; x' = 2*sqrt(x)", {"x": lambda t: 0.0, "y": lambda t: exp(-t)}
    ),
    "powers of a quantity at zero by another": Case(
        "x = 0; n = 2; n' = -0.1*n; x' = x^n + 0*sqrt(x)",
        {"x": lambda t: 0.0, "n": lambda t: 2 * exp(-0.1 * t)},
    ),
    "piecewise of the state, of a quantity at zero": Case(
        "x = 0; x' = 1; y = 0; y' = piecewise(1, x > 1.3, 0)",
        {"x": lambda t: t, "y": lambda t: max(0.0, t - 1.3)},
    ),
    "a short pulse": Case(
        "x = 0; x' = piecewise(1000, (time > 2.01) && (time < 2.011), 0)",
        {"x": lambda t: 1000 * min(max(t - 2.01, 0), 0.001)},
        close=1e-5,
    ),
    "time": Case("x = 0; x' = 2*time", {"x": lambda t: t * t}),
    "rates of change in formulas": Case(
        "x = 1; x' = -0.5*x; y := rateOf(x)", {"y": lambda t: -0.5 * exp(-0.5 * t)}
    ),
}

_ONE = {
    "exp(x)": exp, "ln(1 + x)": lambda x: log(1 + x), "log10(1 + x)": lambda x: log(1 + x) / log(10),
    "log(3, 1 + x)": lambda x: log(1 + x) / log(3), "sqrt(x)": sqrt, "root(3, 1 + x)": lambda x: (1 + x) ** (1 / 3),
    "x^2.5": lambda x: x**2.5, "abs(1 - x)": lambda x: abs(1 - x), "floor(x)": floor, "ceil(x)": lambda x: -floor(-x),
    "sin(x)": lambda x: cos(x - pi / 2), "cos(x)": cos, "tan(x/4)": lambda x: tan(x / 4), "sec(x/4)": lambda x: 1 / cos(x / 4),
    "csc(1 + x/4)": lambda x: 1 / cos(1 + x / 4 - pi / 2), "cot(1 + x/4)": lambda x: 1 / tan(1 + x / 4),
    "sinh(x)": sinh, "cosh(x)": lambda x: sqrt(1 + sinh(x) ** 2), "tanh(x)": lambda x: sinh(x) / sqrt(1 + sinh(x) ** 2),
    "sech(x)": lambda x: 1 / sqrt(1 + sinh(x) ** 2), "csch(1 + x)": lambda x: 1 / sinh(1 + x),
    "coth(1 + x)": lambda x: sqrt(1 + sinh(1 + x) ** 2) / sinh(1 + x),
    "arcsin(x/6)": lambda x: atan(x / 6 / sqrt(1 - x * x / 36)), "arccos(x/6)": lambda x: pi / 2 - atan(x / 6 / sqrt(1 - x * x / 36)),
    "arctan(x)": atan, "arcsec(1.5 + x)": lambda x: atan(sqrt((1.5 + x) ** 2 - 1)),
    "arccsc(1.5 + x)": lambda x: pi / 2 - atan(sqrt((1.5 + x) ** 2 - 1)), "arccot(1 + x)": lambda x: atan(1 / (1 + x)),
    "arcsinh(x)": asinh, "arccosh(1 + x)": lambda x: acosh(1 + x), "arctanh(x/6)": lambda x: atanh(x / 6),
    "arcsech(1/(1 + x))": lambda x: acosh(1 + x), "arccsch(1/(1 + x))": lambda x: asinh(1 + x),
    "arccoth(1.5 + x)": lambda x: atanh(1 / (1.5 + x)),
    "factorial(5)": lambda x: factorial(5), "max(x, 2, 1)": lambda x: max(x, 2, 1), "min(x, 2, 3)": lambda x: min(x, 2, 3),
    "quotient(2 - 3*x, 2)": lambda x: float(int((2 - 3 * x) / 2)), "rem(2 - 3*x, 2)": lambda x: (2 - 3 * x) - 2 * int((2 - 3 * x) / 2),
    "piecewise(1, x < 2 && x > 1, 2, x >= 4 || x == 0, 3)": lambda x: 1 if 1 < x < 2 else 2 if x >= 4 or x == 0 else 3,
    "piecewise(1, !(x < 2), 0)": lambda x: float(x >= 2), "piecewise(1, x != 2, 0)": lambda x: float(x != 2),
    "avogadro/1e23": lambda x: 6.02214179, "pi*x": lambda x: pi * x, "exponentiale*x": lambda x: exp(1) * x,
}  # fmt: skip
#: x is the time, so that every function is seen over a range; none is looked at where it jumps.
MATHEMATICS = {
    f"the function {formula}": Case(f"x := time; y := {formula}", {"y": curve}, end=5.3)
    for formula, curve in _ONE.items()
}

EVENTS = {
    "an event of time": Case("x = 0; at time >= 2.5: x = 3", {"x": step(2.5, 0.0, 3.0)}),
    "an event at an output time": Case("x = 0; at time >= 2: x = 3", {"x": step(2.0, 0.0, 3.0)}),
    "an event just after an output time": Case(
        "x = 0; at time > 2: x = 3", {"x": step(2.0, 0.0, 3.0, closed=False)}
    ),
    "an event of the state": Case("x = 1; x' = -x; y = 0; at x < 0.25: y = 1", {"y": step(log(4), 0.0, 1.0)}),
    "an event that resets": Case(
        "x = 0; x' = 1; at x >= 1.25: x = 0", {"x": lambda t: t - 1.25 * floor(t / 1.25 + 1e-9)}
    ),
    "an event of a short dip": Case(
        "x = 0; y = 0; x := abs(time - 2.013); at x < 0.002: y = y + 1", {"y": step(2.011, 0.0, 1.0)}
    ),
    "an event of a moment between two steps": Case(
        "x = 0; x' = cos(time); n = 0; at x > 0.9999: n = n + 1", {"n": step(asin(0.9999), 0.0, 1.0)}
    ),
    "an event of a narrow window": Case(
        "x = 0; x' = 1; n = 0; at x > 1.23 && x < 1.2300001: n = n + 1", {"n": step(1.23, 0.0, 1.0)}
    ),
    "events of moments of a wave": Case(
        "n = 0; at sin(30*time) > 0.9999999: n = n + 1",
        {"n": lambda t: float(floor((30 * t - asin(0.9999999)) / (2 * pi) + 1))},
    ),
    "several changes in one event": Case(
        "x = 1; y = 2; at time >= 2.5: x = y, y = x", {"x": step(2.5, 1, 2), "y": step(2.5, 2, 1)}
    ),
    "an event on a concentration": Case(
        "species S in C; C = 4; S = 2; at time >= 2.5: S = 3", {"S": step(2.5, 8, 12)}, forms={"S": "amount"}
    ),
    "an event on a concentration and its compartment": Case(
        "compartment C; C = 4; species S in C; S = 2; at time >= 2.5: S = 3, C = 2",
        {"S": step(2.5, 8, 12)},  # 3 times the size before the event
        forms={"S": "amount"},
    ),
    "a delay": Case("x = 0; at 1.5 after time >= 1: x = 3", {"x": step(2.5, 0.0, 3.0)}),
    "a delay with values of the trigger time": Case(
        "z := time; x = 0; at 1.5 after time >= 1, fromTrigger = true: x = z", {"x": step(2.5, 0.0, 1.0)}
    ),
    "a delay with values of the execution time": Case(
        "z := time; x = 0; at 1.5 after time >= 1, fromTrigger = false: x = z", {"x": step(2.5, 0.0, 2.5)}
    ),
    "a delay that persists": Case(
        "x = 0; at 1.5 after (time >= 1) && (time < 2), persistent = true: x = 3", {"x": step(2.5, 0.0, 3.0)}
    ),
    "a delay that does not persist": Case(
        "x = 0; at 1.5 after (time >= 1) && (time < 2), persistent = false: x = 3", {"x": lambda t: 0.0}
    ),
    "triggered again while it waits": Case(
        "x = 0; x' = 0; y = 0; at 2.2 after sin(3.141592653589793*time) < -0.5, fromTrigger = false: y = y + 1",
        {"y": lambda t: sum(1.0 for k in range(3) if t >= 7 / 6 + 2 * k + 2.2)},
        end=6.0,
    ),
    "priorities": Case(
        "x = 1; at time >= 2.5, priority = 1: x = 2*x; at time >= 2.5, priority = 5: x = x + 3",
        {"x": step(2.5, 1, 2)},
    ),
    "priorities and values at execution": Case(
        "x = 0; at time >= 2.5, priority = 1, fromTrigger = false: x = 2*x + 1; at time >= 2.5, priority = 5, fromTrigger = false: x = x + 3",
        {"x": step(2.5, 0, 7)},
    ),
    "priorities that change": Case(
        "p = 10; x = 0; at time >= 2.5, priority = 5, fromTrigger = false: x = x + 1, p = 0;"
        "at time >= 2.5, priority = p, fromTrigger = false: x = 10*x, p = 0;"
        "at time >= 2.5, priority = 3, fromTrigger = false: x = x + 2",
        {"x": step(2.5, 0, 3)},
    ),
    "an urgent event that takes another off the list": Case(
        "x = 0; y = 0; at (time >= 2.5) && (y < 1), priority = 1, persistent = false: x = 3; at time >= 2.5, priority = 5: y = 1",
        {"x": lambda t: 0.0, "y": step(2.5, 0, 1)},
    ),
    "an urgent event that does not": Case(
        "x = 0; y = 0; at (time >= 2.5) && (y < 1), priority = 1, persistent = true: x = 3; at time >= 2.5, priority = 5: y = 1",
        {"x": step(2.5, 0, 3), "y": step(2.5, 0, 1)},
    ),
    "events that set off events": Case(
        "x = 0; y = 0; z = 0; at time >= 2.5: x = 1; at x > 0: y = x + 1; at y > 1: z = y + 1",
        {"z": step(2.5, 0, 3)},
    ),
    "an event at time 0": Case("x = 0; at time >= 0, t0 = false: x = 3", {"x": lambda t: 3.0}),
    "an event that was true before time 0": Case(
        "x = 0; at time >= 0, t0 = true: x = 3", {"x": lambda t: 0.0}
    ),
    "an event of an exact moment": Case("x = 0; at time == 2.5: x = 3", {"x": step(2.5, 0.0, 3.0)}),
    "events that follow one another": Case(
        "x = 0; n = 0; x' = 1; at x >= 1: x = 0, n = n + 1; at n >= 3: n = -10",
        {"n": lambda t: 0 + floor(t + 1e-9) if t < 2.9999 else -10 + floor(t + 1e-9) - 3},
    ),
    "a parameter changed by an event": Case(
        "x = 1; k = 1; x' = -k*x; at time >= 2.5: k = 0", {"x": lambda t: exp(-min(t, 2.5))}
    ),
    "a bouncing ball": Case(
        "h = 1; v = 0; h' = v; v' = -9.81; at (h < 0) && (v < 0): v = -0.5*v",
        {"h": lambda t: 1 - 9.81 * t * t / 2 if t < sqrt(2 / 9.81) else nan},
        end=0.45,
    ),
}
INFINITE = {
    "infinity": Case(
        "x = inf; y = -inf; z = 1; z' = 0*z", {"x": lambda t: inf, "y": lambda t: -inf, "z": lambda t: 1.0}
    )
}
CASES = REACTIONS | RULES | MATHEMATICS | EVENTS | INFINITE
