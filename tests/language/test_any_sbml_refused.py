# ruff: noqa: E501  models as text
"""What vagus does not run is refused by name before anything is computed; broken and hostile files never harm."""

import random
from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.exchange.foreign import LARGEST_FILE, Order, run_foreign

XMLNS = "http://www.sbml.org/sbml/level3/version1/core"
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'
X = '<parameter id="x" value="1" constant="false"/>'


def sbml(inside: str, head: str = "", level: str = 'level="3" version="1"', xmlns: str = XMLNS) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sbml xmlns="{xmlns}" {head} {level}>\n<model id="m">{inside}</model></sbml>\n'


def rule(formula: str, kind: str = 'rateRule variable="x"', more: str = X) -> str:
    return f"<listOfParameters>{more}</listOfParameters><listOfRules><{kind}>{MATH.format(formula)}</{kind.split()[0]}></listOfRules>"


def reaction(attributes: str = 'fast="false"', law: str = "<cn>1</cn>") -> str:
    law = f"<kineticLaw>{MATH.format(law)}</kineticLaw>" if law else ""
    return (
        '<listOfCompartments><compartment id="C" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>'
        '<listOfSpecies><species id="S" compartment="C" initialAmount="1" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/></listOfSpecies>'
        f'<listOfReactions><reaction id="r" reversible="false" {attributes}><listOfReactants>'
        f'<speciesReference species="S" stoichiometry="1" constant="true"/></listOfReactants>{law}</reaction></listOfReactions>'
    )


def event(trigger: str, target: str = "x") -> str:
    return rule("<cn>1</cn>") + (
        f'<listOfEvents><event useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">{MATH.format(trigger)}</trigger>'
        f'<listOfEventAssignments><eventAssignment variable="{target}">{MATH.format("<cn>0</cn>")}</eventAssignment></listOfEventAssignments></event></listOfEvents>'
    )


DELAY = '<apply><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay">delay</csymbol><ci>x</ci><cn>1</cn></apply>'
FACTORIAL = "<apply><factorial/><ci>x</ci></apply>"
EQUAL = "<apply><eq/><ci>x</ci><cn>2</cn></apply>"
COMP = "http://www.sbml.org/sbml/level3/version1/comp/version1"
UNKNOWN = "http://example.org/unheard/version1"

# name -> text, code, words of the message; the document lists the first group by these names
UNSUPPORTED = {
    "algebraic rules": (sbml(rule("<ci>x</ci>", "algebraicRule")), "V203", "algebraic rules"),
    "delay()": (sbml(rule(DELAY)), "V203", "delay()"),
    "fast reactions": (sbml(reaction('fast="true"')), "V203", "fast reactions"),
    "reactions without a rate": (sbml(reaction(law="")), "V203", "a reaction without a rate"),
    "required packages": (sbml(rule("<cn>1</cn>"), f'xmlns:comp="{COMP}" comp:required="true"'), "V203", "package comp"),
    "required packages nobody knows": (sbml(rule("<cn>1</cn>"), f'xmlns:odd="{UNKNOWN}" odd:required="true"'), "V203", "package odd"),
    "the factorial of a state": (sbml(rule(FACTORIAL)), "V203", "factorial"),
    "triggers of equal changing quantities": (sbml(event(EQUAL)), "V203", "to be equal"),
}  # fmt: skip
BROKEN = {
    "no value": (sbml(rule("<ci>k</ci>", more=X + '<parameter id="k" constant="true"/>')), "V211", "'k'"),
    "unknown symbol": (sbml(rule("<ci>zz</ci>")), "V204", "'zz'"),
    "unknown target": (sbml(rule("<cn>1</cn>", 'rateRule variable="y"')), "V204", "'y'"),
    "constant target": (sbml(rule("<cn>1</cn>", more=X.replace("false", "true"))), "V202", "constant"),
    "event on nothing": (sbml(event("<true/>", "nothing")), "V204", "'nothing'"),
    "circle": (sbml(rule("<apply><plus/><ci>x</ci><cn>1</cn></apply>", 'assignmentRule variable="x"')), "V206", "x"),
    "external entity": (
        '<?xml version="1.0"?>\n<!DOCTYPE sbml [<!ENTITY secret SYSTEM "file:///etc/passwd">]>\n' + sbml(rule("<ci>&secret;</ci>"))[39:], "V202", "document type",
    ),
    "expansion": (
        '<?xml version="1.0"?>\n<!DOCTYPE sbml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>\n' + sbml(rule("<ci>&b;</ci>"))[39:], "V202", "document type",
    ),
    "deep": (sbml(rule("<apply><sin/>" * 40_000 + "<ci>x</ci>" + "</apply>" * 40_000)), "V203", "nested"),
    "nothing": ("", "V202", ""),
    "spaces": ("   \n ", "V202", ""),
    "no model": (f'<?xml version="1.0"?><sbml xmlns="{XMLNS}" level="3" version="1"/>', "V202", ""),
    "future level": (sbml("", level='level="9" version="9"'), "V202", ""),
    "encoding": (sbml("").replace("UTF-8", "EBCDIC-CP-BE"), "V202", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSUPPORTED | BROKEN)
def test_it_is_refused_by_name(name: str, tmp_path: Path) -> None:
    text, code, words = (UNSUPPORTED | BROKEN)[name]
    path = tmp_path / "model.xml"
    path.write_text(text)
    with pytest.raises(VagusError) as caught:
        run_foreign(path, Order())
    assert caught.value.code == code, str(caught.value)
    assert words in caught.value.message and caught.value.hint


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.xml"
    with path.open("wb") as stream:
        stream.truncate(LARGEST_FILE + 1)
    with pytest.raises(VagusError, match="V103"):
        run_foreign(path, Order())


@pytest.mark.parametrize("name", ["missing.xml", "missing.ant"])
def test_a_missing_file_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(VagusError, match="V101"):
        run_foreign(tmp_path / name, Order())


def test_an_unknown_name_is_told(tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    path.write_text(sbml(reaction()))
    for wanted in (("T", "id"), ("C", "amount")):
        with pytest.raises(VagusError, match="V214"):
            run_foreign(path, Order(wanted=(wanted,)))  # type: ignore[arg-type]


def damaged(text: str, chance: random.Random) -> str:
    """The text with something cut, doubled, swapped or renamed."""
    a, b = sorted(chance.randrange(len(text)) for _ in range(2))
    b = min(b, a + chance.choice([1, 5, 80]))
    piece = chance.choice(
        ["", text[a:b] * 2, text[a:b][::-1], "<", "&", "\x00", "NaN", "-1e400", '"', "x", "é", "]]>"]
    )
    return text[:a] + piece + text[b:]


@pytest.mark.parametrize("seed", range(120))
def test_a_damaged_file_runs_or_is_refused(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    text = chance.choice(
        [sbml(reaction()), sbml(event("<true/>")), sbml(rule("<apply><sin/><ci>x</ci></apply>"))]
    )
    for _ in range(chance.randint(1, 4)):
        text = damaged(text, chance)
    path = tmp_path / "model.xml"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        result = run_foreign(path, Order(end=1.0, steps=4))
    except VagusError as error:
        assert error.code[:2] in ("V1", "V2"), str(error)
    else:
        assert result.values.shape[0] == 5
