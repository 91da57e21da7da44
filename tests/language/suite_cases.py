# ruff: noqa: E501  models as text
# fmt: off
"""Models after the tags of the SBML semantic test suite, small enough to be solved by hand.

Formulas are written in SBML's infix and turned into MathML; what infix cannot say is written as MathML.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import exp, fmod, log

import libsbml

from .any_sbml_text import L3, L32, MATH, RATE_OF, all_species, apply, level_3, parameters, rules


@dataclass(frozen=True)
class SuiteCase:
    """An SBML text, what it must give, until when, and how species are meant."""

    text: str
    answer: Mapping[str, Callable[[float], float]]
    end: float = 5.0
    forms: Mapping[str, str] = field(default_factory=dict)


SUITE: dict[str, SuiteCase] = {}
ONE = 'stoichiometry="1" constant="true"'


def put(name: str, parts: str, answer: Mapping[str, Callable[[float], float]], model: str = "", head: str = L3, end: float = 5.0,
        forms: Mapping[str, str] | None = None) -> None:
    SUITE[name] = SuiteCase(level_3(parts, model, head), answer, end, forms or {})


def M(formula: str) -> str:
    """MathML of an infix formula."""
    tree = libsbml.parseL3Formula(formula)
    assert tree is not None, libsbml.getLastParseL3Error()
    text = libsbml.writeMathMLToString(tree)
    return str(text[text.index("<math"):])


def X(inside: str) -> str:
    return MATH.format(inside)


def R(kind: str, variable: str, formula: str) -> str:
    return f'<{kind}Rule variable="{variable}">{formula if formula.startswith("<") else M(formula)}</{kind}Rule>'


def free(value: float) -> str:
    return f'value="{value}" constant="false"'


def fixed(value: float) -> str:
    return f'value="{value}" constant="true"'


def assigned(*pairs: tuple[str, str]) -> str:
    inside = "".join(f'<initialAssignment symbol="{name}">{M(formula)}</initialAssignment>' for name, formula in pairs)
    return f"<listOfInitialAssignments>{inside}</listOfInitialAssignments>"


def compartments(*each: tuple[str, str]) -> str:
    return "<listOfCompartments>" + "".join(f'<compartment id="{name}" {more}/>' for name, more in each) + "</listOfCompartments>"


def growing(size: float = 1) -> str:
    return compartments(("C", f'spatialDimensions="3" size="{size}" constant="false"'))


def functions(*each: tuple[str, str]) -> str:
    inside = "".join(f'<functionDefinition id="{name}">{M(body)}</functionDefinition>' for name, body in each)
    return f"<listOfFunctionDefinitions>{inside}</listOfFunctionDefinitions>"


def sp(name: str, start: str, c: str = "C", hosu: str = "false", b: str = "false", const: str = "false", more: str = "") -> str:
    """A species: start value, compartment, substance units only, boundary, constant."""
    return (f'<species id="{name}" compartment="{c}" {start} hasOnlySubstanceUnits="{hosu}" boundaryCondition="{b}" '
            f'constant="{const}" {more}/>')


def rx(name: str, law: str, left: object = (), right: object = (), mod: object = (), own: str = "", fast: str = ' fast="false"') -> str:
    """A reaction; each side is a list of (species, attributes)."""

    def side(title: str, each: object) -> str:
        inside = "".join(f'<speciesReference species="{who}" {more}/>' for who, more in each)  # type: ignore[attr-defined]
        return f"<listOf{title}>{inside}</listOf{title}>" if inside else ""

    helpers = "".join(f'<modifierSpeciesReference species="{who}"/>' for who in mod)  # type: ignore[attr-defined]
    helpers = f"<listOfModifiers>{helpers}</listOfModifiers>" if helpers else ""
    local = f"<listOfLocalParameters>{own}</listOfLocalParameters>" if own else ""
    return (f'<reaction id="{name}" reversible="false"{fast}>{side("Reactants", left)}{side("Products", right)}{helpers}'
            f"<kineticLaw>{M(law)}{local}</kineticLaw></reaction>")


def reactions(*each: str) -> str:
    return f"<listOfReactions>{''.join(each)}</listOfReactions>"


def ev(trigger: str, changes: list[tuple[str, str]], delay: str = "", prio: str = "", iv: str = "true", pers: str = "true", uvt: str = "true") -> str:
    """An event: changes, delay, priority, true before time 0, persistent, values of the trigger time."""
    inside = "".join(f'<eventAssignment variable="{name}">{M(formula)}</eventAssignment>' for name, formula in changes)
    return (f'<event useValuesFromTriggerTime="{uvt}"><trigger initialValue="{iv}" persistent="{pers}">'
            f'{trigger if trigger.startswith("<") else M(trigger)}</trigger>'
            + (f"<priority>{M(prio)}</priority>" if prio else "") + (f"<delay>{M(delay)}</delay>" if delay else "")
            + (f"<listOfEventAssignments>{inside}</listOfEventAssignments>" if inside else "") + "</event>")


def events(*each: str) -> str:
    return f"<listOfEvents>{''.join(each)}</listOfEvents>"


BOX = compartments(("C", 'spatialDimensions="3" size="1" constant="true"'))

put("substance units with a rate rule in a growing compartment", growing()+all_species(sp("S",'initialAmount="2"',hosu="true",b="true"))+rules(R("rate","C","1"),R("rate","S","3")),{"S":lambda t:2+3*t})
put("the concentration of the same", growing()+all_species(sp("S",'initialAmount="2"',hosu="true",b="true"))+rules(R("rate","C","1"),R("rate","S","3")),{"S":lambda t:(2+3*t)/(1+t)},forms={"S": "concentration"})
put("the concentration of substance units with an assignment rule", growing(2)+all_species(sp("S",'',hosu="true",b="true"))+rules(R("rate","C","1"),R("assignment","S","6*time")),{"S":lambda t:6*t/(2+t)},forms={"S": "concentration"})
put("a stoichiometry with an initial assignment", BOX+all_species(sp("S",'initialAmount="40"'))+parameters(k=fixed(2))+assigned(("n","k+1"))+reactions(rx("r","1",[("S",'id="n" constant="true"')])),{"S":lambda t:40-3*t,"n":lambda t:3.0})
put("a stoichiometry with a rate rule", BOX+all_species(sp("S",'initialAmount="40"'))+rules(R("rate","n","1"))+reactions(rx("r","1",[("S",'id="n" stoichiometry="1" constant="false"')])),{"S":lambda t:40-t-t*t/2})
put("a stoichiometry of a product, read by a rule", BOX+all_species(sp("S",'initialAmount="0"'))+parameters(y=free(0))+rules(R("assignment","n","1+S"),R("assignment","y","2*n"))+reactions(rx("r","1",[],[("S",'id="n" constant="false"')])),{"S":lambda t:exp(t)-1,"y":lambda t:2*exp(t)})
put("a species' own conversion factor before that of the model", BOX+all_species(sp("S",'initialAmount="4"',more='conversionFactor="f"'),sp("Q",'initialAmount="4"'))+parameters(f=fixed(2),g=fixed(3))+reactions(rx("r","1",[],[("S",ONE),("Q",ONE)])),{"S":lambda t:4+2*t,"Q":lambda t:4+3*t},model='conversionFactor="g"')
put("a conversion factor and a law of concentrations", compartments(("C",'spatialDimensions="3" size="2" constant="true"'))+all_species(sp("S",'initialConcentration="4"'))+parameters(f=fixed(3))+reactions(rx("r","0.1*S",[("S",ONE)])),{"S":lambda t:4*exp(-.15*t)},model='conversionFactor="f"')
put("an event on substance units and its compartment", growing(2)+all_species(sp("S",'initialAmount="2"',hosu="true",b="true"))+events(ev("time>=2.5",[("S","10"),("C","5")])),{"S":lambda t:10. if t>=2.5 else 2.},)
put("boundary species in a growing compartment", growing(1)+all_species(sp("S",'initialConcentration="2"',b="true"),sp("Q",'initialConcentration="3"'))+rules(R("rate","C","1"))+reactions(rx("r","S*C",[],[("Q",ONE)])),{"S":lambda t:2/(1+t),"Q":lambda t:(3+2*t)/(1+t)})
put("a reaction in a rate rule", BOX+all_species(sp("S",'initialAmount="1"'))+parameters(x=free(0))+rules(R("rate","x","r"))+reactions(rx("r","0.5*S",[("S",ONE)])),{"x":lambda t:1-exp(-.5*t)})
put("a reaction in a trigger", BOX+all_species(sp("S",'initialAmount="1"'))+parameters(x=free(0))+reactions(rx("r","0.5*S",[("S",ONE)]))+events(ev("r<0.2",[("x","r")])),{"x":lambda t:0.2 if t>=2*log(2.5) else 0.})
put("a reaction in an initial assignment", BOX+all_species(sp("S",'initialAmount="3"'))+parameters(x=free(0))+assigned(("x","r"))+reactions(rx("r","0.5*S",[("S",ONE)])),{"x":lambda t:1.5})
put("time in an initial assignment", parameters(x=free(0))+assigned(("x","time+1")),{"x":lambda t:1.})
put("a delay computed at the trigger", parameters(x=free(0),d=free(1),y=free(0))+rules(R("rate","d","1"))+events(ev("time>=1",[("y","x+7")],delay="0.55*d")),{"y":lambda t:7. if t>2.1 else 0.})
put("a delayed event beside one of the compartment", growing(2)+all_species(sp("S",'initialConcentration="1"'))+events(ev("time>=1",[("S","3")],delay="1.5"),ev("time>=2",[("C","4")])),{"S":lambda t:1. if t<2 else .5 if t<2.5 else 3.})
put("priority of expression, equal moments", parameters(x=free(0),p=free(1))+events(ev("time>=1",[("x","x+1")],prio="p",uvt="false"),ev("time>=1",[("x","x*10+5")],prio="p+1",uvt="false")),{"x":lambda t:6. if t>=1 else 0.})
put("a short delay that does not persist, again and again", parameters(x=free(0),y=free(0))+rules(R("assignment","x","sin(pi*time)"))+events(ev("x>0.5",[("y","y+1")],delay="0.5",pers="false",uvt="false"),),{"y":lambda t:float(sum(t>=1/6+2*k+.5 for k in range(3)))},end=4.5)
put("a long delay that does not persist, again and again", parameters(x=free(0),y=free(0))+rules(R("assignment","x","sin(pi*time)"))+events(ev("x>0.5",[("y","y+1")],delay="0.8",pers="false",uvt="false"),),{"y":lambda t:0.},end=4.5)
put("Level 3 Version 2: event without assignments", parameters(x=free(1))+rules(R("rate","x","1"))+events(ev("x>2",[])),{"x":lambda t:1+t},head=L32)
put("Level 3 Version 2: event without trigger", parameters(x=free(1))+rules(R("rate","x","1"))+'<listOfEvents><event useValuesFromTriggerTime="true"><listOfEventAssignments><eventAssignment variable="x">'+M("5")+'</eventAssignment></listOfEventAssignments></event></listOfEvents>',{"x":lambda t:1+t},head=L32)
put("Level 3 Version 2: empty assignment in event", parameters(x=free(1),y=free(2))+'<listOfEvents><event useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">'+M("time>=1")+'</trigger><listOfEventAssignments><eventAssignment variable="x"/><eventAssignment variable="y">'+M("9")+'</eventAssignment></listOfEventAssignments></event></listOfEvents>',{"x":lambda t:1.,"y":lambda t:9. if t>=1 else 2.},head=L32)
put("Level 3 Version 2: empty trigger math", parameters(x=free(1))+'<listOfEvents><event useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true"/><listOfEventAssignments><eventAssignment variable="x">'+M("4")+'</eventAssignment></listOfEventAssignments></event></listOfEvents>',{"x":lambda t:1.},head=L32)
put("Level 3 Version 2: empty delay and priority", parameters(x=free(1))+'<listOfEvents><event useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">'+M("time>=1")+'</trigger><priority/><delay/><listOfEventAssignments><eventAssignment variable="x">'+M("4")+'</eventAssignment></listOfEventAssignments></event></listOfEvents>',{"x":lambda t:4. if t>=1 else 1.},head=L32)
put("Level 3 Version 2: booleans as numbers", parameters(x=free(0),y=free(0),z=free(0))+rules(R("assignment","x","(time>=2)+1"),R("assignment","y","3*(time<2 && true)"),R("assignment","z","piecewise(5, 1, 2)")),{"x":lambda t:2. if t>=2 else 1.,"y":lambda t:3. if t<2 else 0.,"z":lambda t:5.},head=L32)
put("Level 3 Version 2: boolean trigger number", parameters(x=free(0),k=free(0))+rules(R("assignment","k","time-2>=0"))+events(ev("k",[("x","4")])),{"x":lambda t:4. if t>=2 else 0.},head=L32)
put("many-sided empty", parameters(a=free(0),b=free(0),c=free(0),d=free(0))+rules(R("assignment","a",X("<apply><plus/></apply>")),R("assignment","b",X("<apply><times/></apply>")),R("assignment","c",X("<piecewise><piece><cn>1</cn><apply><and/></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>")),R("assignment","d",X("<piecewise><piece><cn>1</cn><apply><or/></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>"))),{"a":lambda t:0.,"b":lambda t:1.,"c":lambda t:1.,"d":lambda t:0.},head=L32)
put("many-sided relations and xor", parameters(a=free(0),b=free(0),c=free(0),x=free(0))+rules(R("rate","x","1"),R("assignment","a",X("<piecewise><piece><cn>1</cn><apply><lt/><cn>1.1</cn><ci>x</ci><cn>3.1</cn></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>")),R("assignment","b",X("<piecewise><piece><cn>1</cn><apply><xor/><apply><gt/><ci>x</ci><cn>1.1</cn></apply><apply><gt/><ci>x</ci><cn>2.1</cn></apply><apply><gt/><ci>x</ci><cn>3.1</cn></apply></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>")),R("assignment","c",X("<apply><minus/><apply><plus/><ci>x</ci><cn>1</cn><cn>2</cn></apply></apply>"))),{"a":lambda t:float(1.1<t<3.1),"b":lambda t:float((t>1.1)^(t>2.1)^(t>3.1)),"c":lambda t:-(t+3)})
put("numbers of every kind", parameters(a=free(0),b=free(0),c=free(0),d=free(0))+rules(R("assignment","a",X('<cn type="rational">3<sep/>8</cn>')),R("assignment","b",X('<cn type="e-notation">1.5<sep/>2</cn>')),R("assignment","c",X('<cn type="integer"> 12 </cn>')),R("assignment","d",X('<apply><root/><degree><cn>3</cn></degree><cn>27</cn></apply>'))),{"a":lambda t:.375,"b":lambda t:150.,"c":lambda t:12.,"d":lambda t:3.})
put("log without base is 10", parameters(a=free(0))+rules(R("assignment","a",X('<apply><log/><cn>1000</cn></apply>'))),{"a":lambda t:3.})
put("piecewise without otherwise read once", parameters(a=free(0),x=free(0))+rules(R("assignment","a","piecewise(2, time>=0)"),R("rate","x","a")),{"x":lambda t:2*t})
put("function without arguments", functions(("f","lambda(3)"))+parameters(a=free(0))+rules(R("rate","a","f()")),{"a":lambda t:3*t})
put("function with an argument named as a parameter", functions(("f","lambda(k, x, k*x + k)"))+parameters(k=fixed(5),x=fixed(7),a=free(0))+rules(R("rate","a","f(x,k)/42")),{"a":lambda t:(35+7)/42*t})
put("local parameter named as species", BOX+all_species(sp("S",'initialAmount="4"'),sp("Q",'initialAmount="1"'))+reactions(rx("r","Q*S",[("S",ONE)],own='<localParameter id="Q" value="0.5"/>')),{"S":lambda t:4*exp(-.5*t),"Q":lambda t:1.})
put("local parameter named as compartment", compartments(("C",'spatialDimensions="3" size="2" constant="true"'))+all_species(sp("S",'initialAmount="4"'))+reactions(rx("r","C*S",[("S",ONE)],own='<localParameter id="C" value="0.5"/>')),{"S":lambda t:2*exp(-.25*t)})
put("two reactions with own k", BOX+all_species(sp("S",'initialAmount="4"'),sp("Q",'initialAmount="0"'))+reactions(rx("r","k*S",[("S",ONE)],own='<localParameter id="k" value="0.5"/>'),rx("r2","k",[],[("Q",ONE)],own='<localParameter id="k" value="3"/>')),{"S":lambda t:4*exp(-.5*t),"Q":lambda t:3*t})
put("same species twice as reactant", BOX+all_species(sp("S",'initialAmount="8"'))+reactions(rx("r","0.5*S",[("S",ONE),("S",ONE)])),{"S":lambda t:8*exp(-t)})
put("constant species reactant via boundary", BOX+all_species(sp("S",'initialAmount="8"',b="true",const="true"),sp("Q",'initialAmount="0"'))+reactions(rx("r","0.5*S",[("S",ONE)],[("Q",ONE)])),{"S":lambda t:8.,"Q":lambda t:4*t})
put("2-d and 1-d compartments", compartments(("A",'spatialDimensions="2" size="3" constant="true"'),("B",'spatialDimensions="1" size="2" constant="true"'))+all_species(sp("S",'initialConcentration="2"',c="A"),sp("Q",'initialConcentration="0"',c="B"))+reactions(rx("r","0.3*S",[("S",ONE)],[("Q",ONE)])),{"S":lambda t:2*exp(-.1*t),"Q":lambda t:3*(1-exp(-.1*t))})
put("0-d substance units false value is amount", compartments(("C",'spatialDimensions="0" constant="true"'))+all_species(sp("S",'initialAmount="4"'))+reactions(rx("r","0.5",[],[("S",ONE)])),{"S":lambda t:4+.5*t})
put("compartment of initial assignment and rule", growing(1)+all_species(sp("S",'initialAmount="6"'))+parameters(k=fixed(3))+assigned(("C","k"))+rules(R("rate","C","k")),{"S":lambda t:6/(3+3*t),"C":lambda t:3+3*t})
put("initial assignment over initial concentration", compartments(("C",'spatialDimensions="3" size="2" constant="true"'))+all_species(sp("S",'initialConcentration="1"'))+assigned(("S","C*5")),{"S":lambda t:20.},forms={"S": "amount"})
put("initial assignment of substance units species", compartments(("C",'spatialDimensions="3" size="2" constant="true"'))+all_species(sp("S",'initialConcentration="1"',hosu="true"))+assigned(("S","10")),{"S":lambda t:5.},forms={"S": "concentration"})
put("initial concentration of substance units", compartments(("C",'spatialDimensions="3" size="2" constant="true"'))+all_species(sp("S",'initialConcentration="3"',hosu="true")),{"S":lambda t:6.})
put("rateOf concentration in growth", growing(1)+all_species(sp("S",'initialAmount="2"'))+parameters(y=free(0))+rules(R("rate","C","1"),R("assignment","y",X(RATE_OF.format("S")))),{"y":lambda t:-2/(1+t)**2},head=L32)
put("rateOf substance units species", BOX+all_species(sp("S",'initialAmount="2"',hosu="true"))+parameters(y=free(0))+rules(R("assignment","y",X(RATE_OF.format("S"))))+reactions(rx("r","0.5*S",[("S",ONE)],fast="")),{"y":lambda t:-exp(-.5*t)},head=L32)
put("rateOf constant, event reads rateOf", parameters(x=free(0),k=fixed(3),y=free(9),z=free(0))+rules(R("rate","x","2*time"),R("assignment","y",X(RATE_OF.format("k"))))+events(ev(X(apply("geq",RATE_OF.format("x"),"<cn>3</cn>")),[("z","1")])),{"y":lambda t:0.,"z":lambda t:float(t>=1.5)},head=L32)
put("rateOf compartment, initial", growing(1)+parameters(y=free(9))+rules(R("rate","C","4"))+'<listOfInitialAssignments><initialAssignment symbol="y">'+X(RATE_OF.format("C"))+'</initialAssignment></listOfInitialAssignments>',{"y":lambda t:4.},head=L32)
put("max min rem quotient implies", parameters(**{k:free(0) for k in "abcdx"})+rules(R("rate","x","1"),R("assignment","a",X(apply("max","<ci>x</ci>","<cn>2</cn>","<cn>3.5</cn>"))),R("assignment","b",X(apply("rem","<apply><times/><cn>-3</cn><ci>x</ci></apply>","<cn>2</cn>"))),R("assignment","c",X(apply("quotient","<apply><times/><cn>-3</cn><ci>x</ci></apply>","<cn>2</cn>"))),R("assignment","d",X(apply("min","<ci>x</ci>")))),{"a":lambda t:max(t,3.5),"b":lambda t:fmod(-3*t,2),"c":lambda t:float(int(-3*t/2)),"d":lambda t:t},head=L32,end=4.9)
put("values of the trigger time, changed while they wait", parameters(x=free(1),y=free(2))+rules(R("rate","x","1"))+events(ev("time>=1",[("y","x")],delay="1",uvt="true"),ev("time>=1",[("x","0")])),{"y":lambda t:2.,"x":lambda t:1+t if t<1 else t-1})
put("event at t0 with delay", parameters(x=free(1))+events(ev("time>=0",[("x","5")],delay="2",iv="false")),{"x":lambda t:5. if t>=2 else 1.})
put("chain at t0", parameters(x=free(0),y=free(0))+events(ev("time>=0",[("x","1")],iv="false"),ev("x>0",[("y","x+1")])),{"x":lambda t:1.,"y":lambda t:2.})
put("an event of a rule that is true at the start", parameters(x=free(0),z=free(0))+rules(R("assignment","z","2-time"))+events(ev("z>1",[("x","x+1")],iv="false")),{"x":lambda t:1.})
put("an event that waits three times at once", parameters(x=free(0),w=free(0))+rules(R("assignment","w","sin(2*pi*time)"))+events(ev("w>0.5",[("x","x+1")],delay="2.5",uvt="false")),{"x":lambda t:float(sum(t>=1/12+k+2.5 for k in range(5)))},end=5)
put("values of the trigger time of two that wait", parameters(x=free(0),w=free(0),s=free(0))+rules(R("assignment","w","sin(2*pi*time)"),R("rate","s","1"))+events(ev("w>0.5",[("x","s")],delay="2.25",uvt="true")),{"x":lambda t:max([1/12+k for k in range(5) if t>=1/12+k+2.25],default=0.)},end=5)
put("avogadro concentration factor", parameters(x=free(0))+rules(R("assignment","x",X('<apply><divide/><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/avogadro"> NA </csymbol><cn type="e-notation">1<sep/>23</cn></apply>'))),{"x":lambda t:6.02214179})
put("a species on both sides, both stoichiometries named", BOX+all_species(sp("S",'initialAmount="0"'))+parameters(y=free(0))+rules(R("assignment","y","n+m"))+reactions(rx("r","1",[("S",'id="n" stoichiometry="1" constant="true"')],[("S",'id="m" stoichiometry="3" constant="true"')])),{"S":lambda t:2*t,"y":lambda t:4.})
put("a stoichiometry set by an event, then rule reading", BOX+all_species(sp("S",'initialAmount="0"'))+parameters(y=free(0))+rules(R("assignment","y","2*n"))+reactions(rx("r","1",[],[("S",'id="n" stoichiometry="1" constant="false"')]))+events(ev("S>=2",[("n","5")])),{"S":lambda t:t if t<2 else 2+5*(t-2),"y":lambda t:2. if t<2 else 10.})
put("modifier with boundary rate rule", BOX+all_species(sp("E",'initialAmount="1"',b="true"),sp("S",'initialAmount="0"'))+rules(R("rate","E","1"))+reactions(rx("r","E",[],[("S",ONE)],mod=["E"])),{"S":lambda t:t+t*t/2})
put("boundary species with rate rule in a reaction", BOX+all_species(sp("E",'initialAmount="1"',b="true"),sp("S",'initialAmount="0"'))+rules(R("rate","E","1"))+reactions(rx("r","E",[("E",ONE)],[("S",ONE)])),{"S":lambda t:t+t*t/2,"E":lambda t:1+t})
put("species with assignment rule as reactant boundary", BOX+all_species(sp("E",'',b="true"),sp("S",'initialAmount="0"'))+rules(R("assignment","E","2"))+reactions(rx("r","E",[("E",ONE)],[("S",ONE)])),{"S":lambda t:2*t,"E":lambda t:2.})
put("exponent chain and umany-sided minus", parameters(x=free(0))+rules(R("assignment","x","-2^2 + 2^3^2 - (-1)^3")),{"x":lambda t:-4+512+1.})
put("zero to zero, negative base", parameters(x=free(0),b=free(-2))+rules(R("assignment","x","0^0 + b^3 + b^(-2)")),{"x":lambda t:1-8+.25})
put("sqrt negative only in unused branch", parameters(x=free(0),b=free(-2))+rules(R("rate","x","piecewise(1, b<0, sqrt(b))")),{"x":lambda t:t})
put("arc functions at borders", parameters(x=free(0))+rules(R("assignment","x","arccosh(1)+arcsin(1)*2/pi+arctan(inf)*2/pi+arccot(0)*2/pi")),{"x":lambda t:3.0})
put("ceil negative floor", parameters(x=free(0))+rules(R("assignment","x","ceil(-1.5)*100+floor(-1.5)")),{"x":lambda t:-102.})
put("compartment without size, substance units", compartments(("C",'spatialDimensions="3" constant="true"'))+all_species(sp("S",'initialAmount="4"',hosu="true"))+reactions(rx("r","0.5*S",[("S",ONE)])),{"S":lambda t:4*exp(-.5*t)})
put("negative start values", parameters(x=free(-1))+rules(R("rate","x","-x")),{"x":lambda t:-exp(-t)})
put("event while another waits, priorities", parameters(x=free(0))+events(ev("time>=1",[("x","x+1")],delay="1",prio="1",uvt="false"),ev("time>=2",[("x","10*x")],prio="9",uvt="false")),{"x":lambda t:1. if t>=2 else 0.})
put("equal trigger and delay zero", parameters(x=free(0))+events(ev("time>=1",[("x","x+1")],delay="0",prio="1",uvt="false"),ev("time>=1",[("x","10*x+2")],prio="9",uvt="false")),{"x":lambda t:3. if t>=1 else 0.})
