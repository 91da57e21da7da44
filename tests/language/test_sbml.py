"""SBML reading: what is supported gives the equations, what is not is refused by name, what is broken by line."""

from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.language.compose import compose
from vagus.language.sbml import read_sbml, rename_with

from .plain import evaluate


def sbml_of(antimony: str, folder: Path) -> str:
    path = folder / "model.ant"
    path.write_text(antimony)
    return compose(path)


def model(body: str, before: str = "") -> str:
    return f"{before}\nmodel small()\n  x = 2; k = 3; b = 5;\n{body}\nend\n"


def test_rates_assignments_and_functions_are_read(tmp_path: Path) -> None:
    text = model("  a := hill(x, k) * k;\n  x' = a - b * x;", "function hill(z, half)\n  z/(z + half)\nend")
    equations = read_sbml(sbml_of(text, tmp_path), "model.ant")
    assert (equations.name, equations.states, equations.start) == ("small", ("x",), (2.0,))
    assert dict(zip(equations.parameters, equations.values, strict=True)) == {"k": 3.0, "b": 5.0}
    here = {"x": 2.0, "k": 3.0, "b": 5.0}
    assert evaluate(equations.graph, equations.outputs["a"], here) == pytest.approx(2 / 5 * 3)
    assert evaluate(equations.graph, equations.rates[0], here) == pytest.approx(2 / 5 * 3 - 10)
    slope = equations.jacobian()[0, 0]
    assert evaluate(equations.graph, slope, here) == pytest.approx(3 * 3 / 25 - 5)


def test_time_is_hours_since_the_start(tmp_path: Path) -> None:
    equations = read_sbml(sbml_of(model("  x' = k * time^2;"), tmp_path), "model.ant")
    here = {"time": 4.0, "k": 3.0}
    assert evaluate(equations.graph, equations.rates[0], here) == 48.0
    assert evaluate(equations.graph, equations.time_slopes()[0], here) == 24.0


@pytest.mark.parametrize(("at", "value"), [(0.5, 10.0), (1.0, 20.0), (1.5, 20.0), (7.0, 30.0)])
def test_a_piecewise_formula_takes_the_first_piece_that_is_true(
    at: float, value: float, tmp_path: Path
) -> None:
    text = model("  x' = piecewise(10, x < 1, 20, x < 2, 30);")
    equations = read_sbml(sbml_of(text, tmp_path), "model.ant")
    assert evaluate(equations.graph, equations.rates[0], {"x": at}) == value


def test_assignments_may_stand_in_any_order(tmp_path: Path) -> None:
    text = model("  a := c + 1; c := d * 2; d := k;\n  x' = -a * x;")
    equations = read_sbml(sbml_of(text, tmp_path), "model.ant")
    assert evaluate(equations.graph, equations.outputs["a"], {"k": 3.0}) == 7.0


def test_flattened_names_become_full_names() -> None:
    rename = rename_with({"pain": None, "mood": None})
    assert rename("pain_windup_gain") == "pain.windup_gain"
    assert [rename(name) for name in ("gut_motility", "pain", "pain_")] == ["gut_motility", "pain", "pain_"]


REFUSED = {
    "reactions": "  r: x -> ; k * x;",
    "events": "  x' = -k * x;\n  at (x < 1): x = 2;",
    "species": "  species s;\n  s = 1;\n  s' = -k * s;",
    "algebraic rules": "  x' = -k * x * b;\n  0 = x - b;",
    "initial assignments": "  y = 2 * k;\n  x' = -y * x;",
    "the operator delay": "  x' = -k * delay(x, b);",
}


@pytest.mark.parametrize("feature", REFUSED)
def test_an_unsupported_feature_is_refused_by_name(feature: str, tmp_path: Path) -> None:
    text = sbml_of(model(REFUSED[feature]), tmp_path)
    with pytest.raises(VagusError) as caught:
        read_sbml(text, "small.sbml")
    assert (caught.value.code, caught.value.file) == ("V203", "small.sbml")
    assert feature in caught.value.message and caught.value.hint


MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'
X = '<parameter id="x" value="1" constant="false"/>'
K = '<parameter id="k" value="2" constant="true"/>'


def raw(rules: str = "", functions: str = "", quantities: str = X + K) -> str:
    """An SBML text as other tools may write it, mistakes included."""
    functions = f"<listOfFunctionDefinitions>{functions}</listOfFunctionDefinitions>\n" if functions else "\n"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">\n'
        f'<model id="m">\n{functions}<listOfParameters>{quantities}</listOfParameters>\n'
        f"<listOfRules>\n{rules}\n</listOfRules>\n</model>\n</sbml>\n"
    )


def rate(name: str, formula: str) -> str:
    return f'<rateRule variable="{name}">{MATH.format(formula) if formula else ""}</rateRule>'


def function(name: str, argument: str, formula: str) -> str:
    inside = f"<lambda><bvar><ci>{argument}</ci></bvar>{formula}</lambda>"
    return f'<functionDefinition id="{name}">{MATH.format(inside)}</functionDefinition>'


def call(name: str, *arguments: str) -> str:
    return f"<apply>{name}{''.join(arguments)}</apply>"


CI_X, CI_K, CI_F, CI_G = (f"<ci>{name}</ci>" for name in "xkfg")
BROKEN = {
    "no XML": ("this is not XML", "V202", "not well-formed"),
    "binary": ("\x01\x02\x03", "V202", "not well-formed"),
    "other XML": ("<html></html>", "V202", "SBML"),
    "cut": (raw(rate("x", CI_K))[:300], "V202", "token"),
    "no formula": (raw(rate("x", "")), "V202", "'x' has no formula"),
    "two equations": (raw(rate("x", CI_K) + rate("x", CI_X)), "V202", "two equations"),
    "undeclared state": (raw(rate("y", CI_K)), "V204", "'y'"),
    "unknown symbol": (raw(rate("x", "<ci>z</ci>")), "V204", "'x' uses 'z'"),
    "unknown function": (raw(rate("x", call(CI_F, CI_X))), "V210", "'f'"),
    "arguments": (
        raw(rate("x", call(CI_F, CI_X, CI_K)), function("f", "a", "<ci>a</ci>")),
        "V202",
        "has 2 arguments, its definition 1",
    ),
    "open function": (raw(rate("x", call(CI_F, CI_X)), function("f", "a", CI_K)), "V204", "'f' uses 'k'"),
    "functions in a circle": (
        raw(
            rate("x", call(CI_F, CI_X)),
            function("f", "a", call(CI_G, "<ci>a</ci>")) + function("g", "a", call(CI_F, "<ci>a</ci>")),
        ),
        "V202",
        "in a circle: f <- g <- f",
    ),
    "too few arguments": (raw(rate("x", call("<exp/>"))), "V203", "the operator exp"),
    "too deep": (raw(rate("x", "<apply><sin/>" * 3000 + CI_X + "</apply>" * 3000)), "V203", "nested"),
    "called time": (
        raw(rate("x", CI_K), quantities=X + K + '<parameter id="time" value="1" constant="true"/>'),
        "V203",
        "called 'time'",
    ),
    "foreign package": (
        raw(rate("x", CI_K)).replace(
            ' level="3"',
            ' xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true" level="3"',
        ),
        "V203",
        "package comp",
    ),
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_broken_model_is_refused(mistake: str) -> None:
    text, code, words = BROKEN[mistake]
    with pytest.raises(VagusError) as caught:
        read_sbml(text, "small.sbml")
    assert (caught.value.code, caught.value.file) == (code, "small.sbml"), str(caught.value)
    assert words in caught.value.message


def test_broken_xml_is_placed_at_its_line() -> None:
    text = raw(rate("x", CI_K)).replace("</listOfRules>", "</listOfRule>")
    with pytest.raises(VagusError, match="V202") as caught:
        read_sbml(text, "small.sbml")
    assert caught.value.line is not None
    assert "</listOfRule>" in text.splitlines()[caught.value.line - 1]


def test_assignments_in_a_circle_are_told_by_their_full_names() -> None:
    names = dict.fromkeys(("pain_a", "pain_b"), "")
    quantities = X + "".join(f'<parameter id="{name}" constant="false"/>' for name in names)
    rules = "".join(
        f'<assignmentRule variable="{one}">{MATH.format(f"<ci>{other}</ci>")}</assignmentRule>'
        for one, other in (("pain_a", "pain_b"), ("pain_b", "pain_a"))
    )
    with pytest.raises(VagusError, match="V206") as caught:
        read_sbml(raw(rules, quantities=quantities), "small.sbml", rename_with({"pain": None}))
    assert "pain.a <- pain.b" in caught.value.message and caught.value.file == "small.sbml"
