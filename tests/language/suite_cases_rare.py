# ruff: noqa: E501  models as text
# fmt: off
"""Rare models after cases of the SBML semantic test suite, solved by hand; `SUITE` then holds them all."""

from collections.abc import Callable
from math import exp, inf, nan

from .any_sbml_text import L32, RATE_OF, all_species, level_2, parameters, rules
from .suite_cases import (
    BOX,
    ONE,
    M,
    R,
    SuiteCase,
    X,
    assigned,
    compartments,
    ev,
    events,
    fixed,
    free,
    put,
    reactions,
    rx,
    sp,
)
from .suite_cases_more import SUITE

__all__ = ["SUITE"]

SYMBOL = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/{}"> {} </csymbol>'
HALF_LITRE = compartments(("C", 'spatialDimensions="3" size="0.5" constant="false"'))
GROWS = rules(R("rate", "S", "0.4"), R("rate", "C", "0.2"), R("assignment", "x", "S"))
ODD = ["INF", "NaN", "true", "false", "pi", "e", "time", "avogadro", "infinity", "delay", "rateOf", "sin", "max", "piecewise", "and", "y", "p", "lt", "None", "abs", "ln", "inf"]


def symbol(kind: str, name: str) -> str:
    """A csymbol, called by some other name."""
    return SYMBOL.format(kind, name)


def beginnings(*pairs: tuple[str, str]) -> str:
    """Initial assignments in MathML."""
    inside = "".join(f'<initialAssignment symbol="{name}">{X(math)}</initialAssignment>' for name, math in pairs)
    return f"<listOfInitialAssignments>{inside}</listOfInitialAssignments>"


def reaction_2(reference: str, law: str, own: str = "") -> str:
    """A reaction of Level 2 that makes S."""
    return (f'<listOfReactions><reaction id="J"><listOfProducts>{reference}</listOfProducts>'
            f"<kineticLaw>{law}{own}</kineticLaw></reaction></listOfReactions>")


def in_turn(until: float) -> float:
    """Of two events that wait 2.3 and 1.5 whenever P is above 1 anew, what they have made of P."""
    value, waiting = 1.5, [(1.5, 0.0), (2.3, 3.0)]
    while waiting and min(waiting)[0] <= until:
        now, new = min(waiting)
        waiting.remove((now, new))
        if new > 1 >= value:
            waiting += [(now + 2.3, 3.0), (now + 1.5, 0.0)]
        value = new
    return value


def after(moment: float, then: float, before: float = 0.0) -> Callable[[float], float]:
    """One value up to a moment, another after it."""
    return lambda t: then if t > moment else before


put("symbols called by the names of parameters", parameters(k=fixed(5), a=free(0), b=free(0), c=free(0))
    + rules(R("assignment", "a", X(symbol("time", "k"))), R("assignment", "b", X(symbol("time", "avogadro"))),
            R("assignment", "c", X(f"<apply><divide/>{symbol('avogadro', 'time')}<cn>1e23</cn></apply>"))),
    {"k": lambda t: 5, "a": lambda t: t, "b": lambda t: t, "c": lambda t: 6.02214179})
put("rateOf called by the name of a parameter", parameters(k=fixed(5), x=free(1), a=free(0))
    + rules(R("rate", "x", "2"), R("assignment", "a", X(RATE_OF.format("x").replace(">rateOf<", ">k<")))), {"a": lambda t: 2}, head=L32)
put("quantities called as what formulas know", parameters(**{name: fixed(i) for i, name in enumerate(ODD)}, **{f"z_{name}": free(0) for name in ODD})
    + rules(*(R("assignment", f"z_{name}", X(f"<apply><times/><cn>2</cn><ci>{name}</ci></apply>")) for name in ODD)),
    {f"z_{name}": lambda t, i=i: 2 * i for i, name in enumerate(ODD)})  # type: ignore[misc]
put("infinite and undefined start values beside a state", parameters(P='value="INF" constant="false"', Q=fixed(0), N='value="NaN" constant="true"', x=free(1))
    + beginnings(("Q", "<apply><minus/><infinity/></apply>")) + rules(R("rate", "x", "-x")),
    {"P": lambda t: inf, "Q": lambda t: -inf, "N": lambda t: nan, "x": lambda t: exp(-t)})
put("relations of three in an initial assignment", parameters(x=fixed(1))
    + beginnings(("x", "<piecewise><piece><cn>1</cn><apply><lt/><cn>1</cn><cn>3</cn><cn>2</cn></apply></piece><otherwise><cn>3</cn></otherwise></piecewise>")), {"x": lambda t: 3})
put("rates that are true and false", parameters(a=free(1), b=free(2)) + rules(R("rate", "a", X("<true/>")), R("rate", "b", X("<false/>"))), {"a": lambda t: 1 + t, "b": lambda t: 2}, head=L32)
put("a reaction of nothing, its id in a rule", parameters(x=free(0)) + rules(R("rate", "x", "r")) + reactions(rx("r", "3", fast="")), {"x": lambda t: 3 * t}, head=L32)
put("a reaction of nothing, its id in delay and priority of events that give the first value", parameters(x='constant="false"')
    + reactions(rx("r", "3", fast="")) + events(ev("time>1.5", [("x", "8")], delay="r", prio="r"), ev("time>1.5", [("x", "9")], delay="r", prio="r-1")), {"x": after(4.5, 9, nan)}, head=L32)
put("a local parameter called as its own stoichiometry, which grows", BOX + all_species(sp("S", 'initialAmount="2"')) + rules(R("rate", "k", "1"))
    + reactions(rx("r", "1/k", [], [("S", 'id="k" stoichiometry="1" constant="false"')], own='<localParameter id="k" value="3"/>')), {"S": lambda t: 2 + (t + t * t / 2) / 3, "k": lambda t: 1 + t})
put("stoichiometries on one side with initial assignments", BOX + all_species(sp("S", 'initialConcentration="1"')) + assigned(("a", "1+1"), ("b", "3"))
    + reactions(rx("r", "-1", [("S", 'id="a" constant="true"'), ("S", 'id="b" constant="true"')])), {"S": lambda t: 1 + 5 * t})
put("stoichiometries on both sides set by an event", BOX + all_species(sp("S", 'initialConcentration="1"'))
    + reactions(rx("r", "-1", [("S", 'id="a" stoichiometry="2" constant="false"')], [("S", 'id="b" stoichiometry="1" constant="false"')]))
    + events(ev("time>=2.53", [("a", "1"), ("b", "2")])), {"S": lambda t: 1 + t if t < 2.53 else 3.53 - (t - 2.53)})
put("a stoichiometry with a rule left out", BOX + all_species(sp("S", 'initialConcentration="0"')) + '<listOfRules><assignmentRule variable="n"/></listOfRules>'
    + reactions(rx("r", "1", [], [("S", 'id="n" stoichiometry="2" constant="false"')], fast="")), {"S": lambda t: 2 * t, "n": lambda t: 2}, head=L32)
put("rateOf a species whose stoichiometry grows", BOX + all_species(sp("S", 'initialAmount="2"')) + parameters(x=free(0)) + assigned(("n", "1/2"))
    + rules(R("assignment", "x", X(RATE_OF.format("S"))), R("rate", "n", "0.1")) + reactions(rx("r", "1", [], [("S", 'id="n" constant="false"')], fast="")), {"x": lambda t: 0.5 + 0.1 * t}, head=L32)
put("rateOf as delay, value then and value now", parameters(x=free(0), a=free(0), b=free(0), c=free(0)) + rules(R("rate", "x", "time"))
    + events(ev("time>1.5", [("a", "77")], delay="2"), ev("time>1.5", [("b", "77")], delay="2", uvt="false"), ev("time>1.5", [("c", "1")], delay="77")).replace(M("77"), X(RATE_OF.format("x"))),
    {"a": after(3.5, 1.5), "b": after(3.5, 3.5), "c": after(3.0, 1)}, head=L32)
put("conversion factors of Avogadro's number", BOX + all_species(sp("S", 'initialAmount="2"', more='conversionFactor="f"'), sp("Q", 'initialAmount="3"')) + parameters(f=fixed(3), g=fixed(5))
    + beginnings(*((name, f"<apply><divide/>{symbol('avogadro', 'a')}<cn>{by}</cn></apply>") for name, by in (("g", "1e24"), ("f", "2e24"))))
    + reactions(rx("r", "0.1", [("S", ONE)], [("Q", ONE)])), {"S": lambda t: 2 - 0.0301107 * t, "Q": lambda t: 3 + 0.0602214 * t}, model='conversionFactor="g"')
put("a concentration with a rate rule, its compartment set by an event", HALF_LITRE + all_species(sp("S", 'initialConcentration="0"', b="true")) + parameters(x=free(0)) + GROWS
    + events(ev("time>=0.45", [("C", "0.2")])), {"x": lambda t: 0.4 * t if t < 0.45 else 0.531 + 0.4 * (t - 0.45)}, end=1)
put("a concentration with a rate rule, set by an event at once", HALF_LITRE + all_species(sp("S", 'initialConcentration="1"', b="true")) + parameters(x=free(0)) + GROWS
    + events(ev("S>-1", [("S", "0")], iv="false")), {"x": lambda t: 0.4 * t}, end=1)
put("a concentration with a rate rule, set by an event that waits", HALF_LITRE + all_species(sp("S", 'initialConcentration="0"', b="true")) + parameters(x=free(0)) + GROWS
    + events(ev("S>0.18 && S<0.2", [("S", "0.2")], delay="0.12")), {"x": lambda t: 0.4 * t if t < 0.57 else 0.2 + 0.4 * (t - 0.57)}, end=1)
put("a concentration with a rate rule, begun by assignments", HALF_LITRE + all_species(sp("S", "", b="true")) + parameters(x=free(0)) + assigned(("S", "3/2"), ("C", "1/4")) + GROWS,
    {"S": lambda t: (1.5 + 0.4 * t) * (0.25 + 0.2 * t)}, end=1, forms={"S": "amount"})
put("events that wait and set each other off", parameters(P=free(1.5)) + events(ev("P>1", [("P", "3")], delay="2.3", iv="false"), ev("P>1", [("P", "0")], delay="1.5", iv="false")), {"P": in_turn}, end=10.1)
put("pairs of events at time 0, one of each at random", parameters(**{f"{side}{i}": free(0) for side in "AB" for i in range(5)}, s=free(0))
    + rules(R("assignment", "s", "+".join(f"{side}{i}" for side in "AB" for i in range(5))))
    + events(*(ev(f"{mine}{i}<1", [(f"{other}{i}", "2")], prio="5", pers="false", iv="false") for mine, other in ("AB", "BA") for i in range(5))), {"s": lambda t: 10}, end=1)
put("events that wait, one of each pair at random", parameters(s=free(0), Q=free(0), P=free(0), reset=free(0)) + rules(R("assignment", "s", "Q+P"))
    + events(*(ev("time-reset>=0.1", [("reset", "time"), (name, f"{name}+1")], prio="1", pers="false", delay="0.1", uvt="false") for name in "QP")), {"s": lambda t: float(int(5 * t + 0.3))}, end=2.02)
put("moments and delays add up as they are written", parameters(a=free(0), b=free(0)) + events(ev("time>=1.1", [("a", "1")], delay="2.2"), ev("a>0", [("b", "time")], delay="0.4")),
    {"a": lambda t: float(t > 3.29), "b": lambda t: 3.3 if t > 3.69 else 0.0})
put("just after a moment and a delay is just after their sum", parameters(a=free(0), b=free(0)) + events(ev("time>0.5", [("a", "1")], delay="0.75"), ev("a>0", [("b", "1")], delay="0.5")),
    {"a": after(1.25, 1), "b": after(1.75, 1)})

SPECIES_2 = ('<listOfCompartments><compartment id="C" size="1"/></listOfCompartments><listOfSpecies><species id="S" compartment="C" initialAmount="2"/>'
             '<species id="B" compartment="C" initialAmount="2" boundaryCondition="true"/></listOfSpecies>')
SUITE["Level 2: a local parameter called as the reference of its reaction, which nothing else reads"] = SuiteCase(
    level_2(SPECIES_2 + reaction_2('<speciesReference id="n" species="S"/><speciesReference species="B"/>', X("<apply><times/><ci>n</ci><cn>2</cn></apply>"),
                                   '<listOfParameters><parameter id="n" value="0.1"/></listOfParameters>')), {"S": lambda t: 2 + 0.2 * t, "B": lambda t: 2})
SUITE["Level 2: a stoichiometry of a parameter that an event sets with the value of the trigger time"] = SuiteCase(
    level_2(SPECIES_2 + '<listOfParameters><parameter id="k" value="0" constant="false"/><parameter id="n" value="1" constant="false"/></listOfParameters>' + rules(R("rate", "k", "1"))
            + reaction_2(f'<speciesReference id="ref" species="S"><stoichiometryMath>{X("<ci>n</ci>")}</stoichiometryMath></speciesReference>', M("0.1"))
            + f'<listOfEvents><event><trigger>{M("k>1.5")}</trigger><delay>{M("2.5")}</delay><listOfEventAssignments><eventAssignment variable="n">{X("<ci>k</ci>")}'
            + "</eventAssignment></listOfEventAssignments></event></listOfEvents>"), {"S": lambda t: 2 + 0.1 * t if t < 4 else 2.4 + 0.15 * (t - 4)})
LEVEL_1 = '<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"><model name="m">{}</model></sbml>'
SUITE["Level 1: quantities, also of a reaction, called as numbers are"] = SuiteCase(
    LEVEL_1.format('<listOfCompartments><compartment name="C"/></listOfCompartments><listOfSpecies><species name="S" compartment="C" initialAmount="1"/></listOfSpecies>'
                   '<listOfParameters><parameter name="pi" value="3"/><parameter name="true" value="7"/><parameter name="x" value="0"/></listOfParameters>'
                   '<listOfRules><parameterRule name="x" type="rate" formula="2*pi"/></listOfRules><listOfReactions><reaction name="r" fast="false"><listOfProducts>'
                   '<speciesReference species="S"/></listOfProducts><kineticLaw formula="INF*pi"><listOfParameters><parameter name="INF" value="0.1"/></listOfParameters>'
                   "</kineticLaw></reaction></listOfReactions>"), {"x": lambda t: 6 * t, "S": lambda t: 1 + 0.3 * t, "pi": lambda t: 3, "true": lambda t: 7})
put("a number with a power of ten is the one that is written", parameters(a=fixed(0), b=fixed(0))
    + beginnings(*((name, f'<apply><minus/><cn type="e-notation"> {value} <sep/> 23 </cn>{symbol("avogadro", "a")}</apply>') for name, value in (("a", "6.02214179"), ("b", "6.02214"))),
                 ), {"a": lambda t: 0, "b": lambda t: 6.02214e23 - 6.02214179e23})
