# ruff: noqa: E501  models as text
"""Constructs that Antimony does not write, as SBML texts with their known answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, nan

MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'
L2 = '<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4">'
L3 = '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">'
L32 = '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">'
TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>'
RATE_OF = '<apply><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/rateOf">rateOf</csymbol><ci>{}</ci></apply>'


@dataclass(frozen=True)
class TextCase:
    """An SBML text and what it must give."""

    text: str
    answer: Mapping[str, Callable[[float], float]]
    amounts: tuple[str, ...] = ()


def apply(operator: str, *parts: str) -> str:
    return f"<apply><{operator}/>{''.join(parts)}</apply>"


def compartment(attributes: str = 'size="1" constant="true"', dimensions: int = 3) -> str:
    return f'<listOfCompartments><compartment id="C" spatialDimensions="{dimensions}" {attributes}/></listOfCompartments>'


def species(name: str, amount: float, more: str = "") -> str:
    return (
        f'<species id="{name}" compartment="C" initialAmount="{amount}" hasOnlySubstanceUnits="false" '
        f'boundaryCondition="false" constant="false" {more}/>'
    )


def level_3(parts: str, model: str = "", head: str = L3) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<model id="m" {model}>{parts}</model></sbml>'


def level_2(parts: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{L2}<model id="m">{parts}</model></sbml>'


def all_species(*each: str) -> str:
    return f"<listOfSpecies>{''.join(each)}</listOfSpecies>"


def parameters(**values: str) -> str:
    inside = "".join(f'<parameter id="{name}" {attributes}/>' for name, attributes in values.items())
    return f"<listOfParameters>{inside}</listOfParameters>"


def reaction(
    reactant: str,
    law: str,
    own: str = "",
    reference: str = 'stoichiometry="1" constant="true"',
    inside: str = "",
) -> str:
    local = f"<listOfLocalParameters>{own}</listOfLocalParameters>" if own else ""
    end = f">{inside}</speciesReference>" if inside else "/>"
    return (
        '<listOfReactions><reaction id="r" reversible="false" fast="false"><listOfReactants>'
        f'<speciesReference species="{reactant}" {reference}{end}</listOfReactants>'
        f"<kineticLaw>{MATH.format(law)}{local}</kineticLaw></reaction></listOfReactions>"
    )


def rules(*each: str) -> str:
    return f"<listOfRules>{''.join(each)}</listOfRules>"


def event(
    trigger: str,
    target: str,
    value: str,
    more: str = 'initialValue="true" persistent="true"',
    attributes: str = 'useValuesFromTriggerTime="true"',
) -> str:
    return (
        f"<listOfEvents><event {attributes}><trigger {more}>{MATH.format(trigger)}</trigger><listOfEventAssignments>"
        f'<eventAssignment variable="{target}">{MATH.format(value)}</eventAssignment></listOfEventAssignments></event></listOfEvents>'
    )


FIXED, FREE = 'value="{}" constant="true"', 'value="{}" constant="false"'
HALF = apply("times", "<cn>0.5</cn>", "<ci>S</ci>")
LATE = apply("geq", TIME, "<cn>2.5</cn>")

TEXTS = {
    "conversion factors of species": TextCase(
        level_3(compartment() + all_species(species("S", 4, 'conversionFactor="f"')) + parameters(f=FIXED.format(2)) + reaction("S", HALF)),
        {"S": lambda t: 4 * exp(-t)},
    ),
    "conversion factors of the model": TextCase(
        level_3(compartment() + all_species(species("S", 4)) + parameters(f=FIXED.format(2)) + reaction("S", HALF), 'conversionFactor="f"'),
        {"S": lambda t: 4 * exp(-t)},
    ),
    "parameters of a reaction": TextCase(
        level_3(compartment() + all_species(species("S", 4)) + parameters(k=FIXED.format(9))
                + reaction("S", apply("times", "<ci>k</ci>", "<ci>S</ci>"), '<localParameter id="k" value="0.5"/>')),
        {"S": lambda t: 4 * exp(-0.5 * t), "k": lambda t: 9.0},
    ),
    "stoichiometryMath": TextCase(
        level_2('<listOfCompartments><compartment id="C" size="1"/></listOfCompartments><listOfSpecies><species id="S" compartment="C" initialAmount="4"/></listOfSpecies>'
                + '<listOfParameters><parameter id="n" value="2"/></listOfParameters>'
                + reaction("S", "<cn>0.5</cn>", reference="", inside=f"<stoichiometryMath>{MATH.format(apply('times', '<ci>n</ci>', TIME))}</stoichiometryMath>")),
        {"S": lambda t: 4 - 0.5 * t * t},
    ),
    "stoichiometries with a name": TextCase(
        level_3(compartment() + all_species(species("S", 40)) + reaction("S", "<cn>1</cn>", reference='id="n" stoichiometry="2" constant="true"')),
        {"S": lambda t: 40 - 2 * t, "n": lambda t: 2.0},
    ),
    "stoichiometries with a rule": TextCase(
        level_3(compartment() + all_species(species("S", 40)) + rules(f'<assignmentRule variable="n">{MATH.format(TIME)}</assignmentRule>')
                + reaction("S", "<cn>1</cn>", reference='id="n" constant="false"')),
        {"S": lambda t: 40 - t * t / 2},
    ),
    "stoichiometries set by an event": TextCase(
        level_3(compartment() + all_species(species("S", 40)) + reaction("S", "<cn>1</cn>", reference='id="n" stoichiometry="1" constant="false"')
                + event(LATE, "n", "<cn>3</cn>")),
        {"S": lambda t: 40 - t - 2 * max(0, t - 2.5)},
    ),
    "compartments without dimensions": TextCase(
        level_3(compartment('constant="true"', 0) + all_species(species("S", 4)) + reaction("S", HALF)), {"S": lambda t: 4 * exp(-0.5 * t)}
    ),
    "events of Level 2": TextCase(
        level_2('<listOfParameters><parameter id="x" value="1" constant="false"/></listOfParameters>' + event(LATE, "x", "<cn>7</cn>", more="", attributes="")),
        {"x": lambda t: 7.0 if t >= 2.5 else 1.0},
    ),
    "formulas left out (Level 3 Version 2)": TextCase(
        level_3(parameters(x=FREE.format(1), y=FREE.format(2)) + rules('<rateRule variable="x"/>', f'<rateRule variable="y">{MATH.format("<cn>1</cn>")}</rateRule>'), head=L32),
        {"x": lambda t: 1.0, "y": lambda t: 2 + t},
    ),
    "implies and rateOf (Level 3 Version 2)": TextCase(
        level_3(parameters(x=FREE.format(1), y=FREE.format(0), z=FREE.format(0)) + rules(
            f'<rateRule variable="x">{MATH.format(apply("minus", "<ci>x</ci>"))}</rateRule>',
            f'<assignmentRule variable="y">{MATH.format("<apply><csymbol encoding=" + chr(34) + "text" + chr(34) + " definitionURL=" + chr(34) + "http://www.sbml.org/sbml/symbols/rateOf" + chr(34) + ">rateOf</csymbol><ci>x</ci></apply>")}</assignmentRule>',
            f'<assignmentRule variable="z">{MATH.format("<piecewise><piece><cn>5</cn>" + apply("implies", "<true/>", LATE) + "</piece><otherwise><cn>1</cn></otherwise></piecewise>")}</assignmentRule>',
        ), head=L32),
        {"y": lambda t: -exp(-t), "z": lambda t: 5.0 if t >= 2.5 else 1.0},
    ),
    "rateOf of a parameter of a reaction": TextCase(
        level_3(compartment() + all_species(species("S", 4)) + parameters(k=FREE.format(1)) + rules(f'<rateRule variable="k">{MATH.format("<cn>2</cn>")}</rateRule>')
                + reaction("S", RATE_OF.format("k"), '<localParameter id="k" value="3"/>').replace(' fast="false"', ""), head=L32),
        {"S": lambda t: 4.0, "k": lambda t: 1 + 2 * t},
    ),
    "rateOf inside functions": TextCase(
        level_3(f'<listOfFunctionDefinitions><functionDefinition id="f">{MATH.format("<lambda><bvar><ci>v</ci></bvar>" + RATE_OF.format("v") + "</lambda>")}</functionDefinition></listOfFunctionDefinitions>'
                + parameters(x=FREE.format(1), y=FREE.format(0)) + rules(f'<rateRule variable="x">{MATH.format("<cn>2</cn>")}</rateRule>',
                f'<assignmentRule variable="y">{MATH.format("<apply><ci>f</ci><ci>x</ci></apply>")}</assignmentRule>'), head=L32),
        {"y": lambda t: 2.0},
    ),
    "quantities called time": TextCase(
        level_3(compartment() + all_species(species("S", 4)) + parameters(time=FREE.format(3), y=FREE.format(0)) + rules(f'<rateRule variable="time">{MATH.format(TIME)}</rateRule>',
                f'<assignmentRule variable="y">{MATH.format(apply("plus", "<ci>time</ci>", TIME))}</assignmentRule>') + reaction("S", apply("times", "<ci>time</ci>", "<ci>S</ci>"), '<localParameter id="time" value="0.5"/>')),
        {"S": lambda t: 4 * exp(-0.5 * t), "time": lambda t: 3 + t * t / 2, "y": lambda t: 3 + t + t * t / 2},
    ),
    "quantities called as functions and numbers are": TextCase(
        level_3(parameters(pi=FREE.format(7), inf=FREE.format(2), delay=FREE.format(5), y=FREE.format(0)) + rules(f'<rateRule variable="pi">{MATH.format("<ci>inf</ci>")}</rateRule>',
                f'<assignmentRule variable="y">{MATH.format(apply("times", "<ci>pi</ci>", "<ci>delay</ci>"))}</assignmentRule>')),
        {"y": lambda t: 5 * (7 + 2 * t)},
    ),
    "values that only an event gives": TextCase(
        level_3(parameters(x='constant="false"', y=FREE.format(0)) + event(LATE, "x", "<cn>7</cn>") + rules(f'<assignmentRule variable="y">{MATH.format(apply("times", "<cn>2</cn>", "<ci>x</ci>"))}</assignmentRule>')),
        {"y": lambda t: 14.0 if t >= 2.5 else nan},
    ),
    "reactions without a rate that change nothing": TextCase(
        level_3(compartment() + all_species(species("S", 4).replace('boundaryCondition="false"', 'boundaryCondition="true"')) + reaction("S", "<cn>1</cn>").replace(f'<kineticLaw>{MATH.format("<cn>1</cn>")}</kineticLaw>', "")),
        {"S": lambda t: 4.0},
    ),
    "SBML Level 1": TextCase(
        '<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"><model name="m"><listOfCompartments><compartment name="C"/></listOfCompartments>'
        '<listOfSpecies><species name="S" compartment="C" initialAmount="4"/></listOfSpecies><listOfParameters><parameter name="time" value="2"/><parameter name="a" value="1"/></listOfParameters>'
        '<listOfRules><parameterRule name="a" formula="time + 5"/></listOfRules><listOfReactions><reaction name="r"><listOfReactants><speciesReference species="S" stoichiometry="3" denominator="2"/>'
        '</listOfReactants><kineticLaw formula="0.1*S"/></reaction></listOfReactions></model></sbml>',
        {"S": lambda t: 4 * exp(-0.15 * t), "a": lambda t: 7.0},
    ),
    "no declaration of the encoding": TextCase(
        level_3(parameters(x=FREE.format(1)) + rules(f'<rateRule variable="x">{MATH.format("<cn>2</cn>")}</rateRule>')).replace(' encoding="UTF-8"', ""), {"x": lambda t: 1 + 2 * t}
    ),
}  # fmt: skip
