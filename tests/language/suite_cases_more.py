# ruff: noqa: E501  models as text
# fmt: off
"""More models after the tags of the SBML semantic test suite, solved by hand; `SUITE` then holds these too."""

from collections.abc import Callable, Mapping
from math import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    e,
    exp,
    floor,
    fmod,
    pi,
    sin,
    sinh,
    tan,
    tanh,
)

from .any_sbml_text import L32, RATE_OF, all_species, parameters, rules
from .suite_cases import (
    BOX,
    ONE,
    SUITE,
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
    functions,
    growing,
    put,
    reactions,
    rx,
    sp,
)

__all__ = ["SUITE"]

CSYM='<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time"> t </csymbol>'


def l2(parts: str, v: int = 4) -> str:
    """A model of Level 2."""
    ns='http://www.sbml.org/sbml/level2' + ('' if v==1 else f'/version{v}')
    return f'<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="{ns}" level="2" version="{v}"><model id="m">{parts}</model></sbml>'


def raw(name: str, text: str, answer: Mapping[str, Callable[[float], float]], forms: Mapping[str, str] | None = None) -> None:
    SUITE[name] = SuiteCase(text, answer, 5.0, forms or {})


C2=compartments(("C",'spatialDimensions="3" size="2" constant="true"'))
raw("L2 stoichiometryMath of a growing parameter", l2('<listOfCompartments><compartment id="C" size="1"/></listOfCompartments><listOfSpecies><species id="S" compartment="C" initialAmount="10"/></listOfSpecies><listOfParameters><parameter id="p" value="1" constant="false"/></listOfParameters><listOfRules><rateRule variable="p">'+M("1")+'</rateRule></listOfRules><listOfReactions><reaction id="r" reversible="false"><listOfReactants><speciesReference species="S"><stoichiometryMath>'+M("2*p")+'</stoichiometryMath></speciesReference></listOfReactants><kineticLaw>'+M("0.1")+'</kineticLaw></reaction></listOfReactions>'),{"S":lambda t:10-.2*(t+t*t/2)})
raw("L2V1 no compartment size, substance", l2('<listOfCompartments><compartment id="C"/></listOfCompartments><listOfSpecies><species id="S" compartment="C" initialAmount="4" hasOnlySubstanceUnits="true"/></listOfSpecies><listOfReactions><reaction id="r"><listOfReactants><speciesReference species="S" stoichiometry="2"/></listOfReactants><kineticLaw>'+M("k*S")+'<listOfParameters><parameter id="k" value="0.25"/></listOfParameters></kineticLaw></reaction></listOfReactions>',1),{"S":lambda t:4*exp(-.5*t)})
raw("L2V3 outer compartments", l2('<listOfCompartments><compartment id="O" size="3"/><compartment id="C" size="2" outside="O"/></listOfCompartments><listOfSpecies><species id="A" compartment="C" initialConcentration="3"/><species id="B" compartment="O" initialConcentration="0"/></listOfSpecies><listOfReactions><reaction id="r" reversible="false"><listOfReactants><speciesReference species="A"/></listOfReactants><listOfProducts><speciesReference species="B"/></listOfProducts><kineticLaw>'+M("k*A*C")+'<listOfParameters><parameter id="k" value="0.3"/></listOfParameters></kineticLaw></reaction></listOfReactions>',3),{"A":lambda t:3*exp(-.3*t),"B":lambda t:2*(1-exp(-.3*t))})
raw("L2V4 event without useValuesFromTriggerTime attribute takes trigger values", l2('<listOfParameters><parameter id="x" value="0" constant="false"/><parameter id="y" value="0" constant="false"/></listOfParameters><listOfRules><rateRule variable="x">'+M("1")+'</rateRule></listOfRules><listOfEvents><event><trigger>'+M("x>=1")+'</trigger><delay>'+M("2")+'</delay><listOfEventAssignments><eventAssignment variable="y">'+M("x")+'</eventAssignment></listOfEventAssignments></event></listOfEvents>'),{"y":lambda t:1. if t>=3 else 0.})
raw("L2V4 event false", l2('<listOfParameters><parameter id="x" value="0" constant="false"/><parameter id="y" value="0" constant="false"/></listOfParameters><listOfRules><rateRule variable="x">'+M("1")+'</rateRule></listOfRules><listOfEvents><event useValuesFromTriggerTime="false"><trigger>'+M("x>=1")+'</trigger><delay>'+M("2")+'</delay><listOfEventAssignments><eventAssignment variable="y">'+M("x")+'</eventAssignment></listOfEventAssignments></event></listOfEvents>'),{"y":lambda t:3. if t>=3 else 0.})
raw("L2 trigger true at start does not fire", l2('<listOfParameters><parameter id="x" value="0" constant="false"/></listOfParameters><listOfEvents><event><trigger>'+M("x<1")+'</trigger><listOfEventAssignments><eventAssignment variable="x">'+M("7")+'</eventAssignment></listOfEventAssignments></event></listOfEvents>'),{"x":lambda t:0.})
raw("L2V2 spatialDimensions 0", l2('<listOfCompartments><compartment id="C" spatialDimensions="0"/></listOfCompartments><listOfSpecies><species id="S" compartment="C" initialAmount="4"/></listOfSpecies><listOfReactions><reaction id="r" reversible="false"><listOfReactants><speciesReference species="S"/></listOfReactants><kineticLaw>'+M("0.5*S")+'</kineticLaw></reaction></listOfReactions>',2),{"S":lambda t:4*exp(-.5*t)})
raw("L2V4 delta of time csymbol in law", l2('<listOfCompartments><compartment id="C" size="1"/></listOfCompartments><listOfSpecies><species id="S" compartment="C" initialAmount="0"/></listOfSpecies><listOfReactions><reaction id="r" reversible="false"><listOfProducts><speciesReference species="S"/></listOfProducts><kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">'+CSYM+'</math></kineticLaw></reaction></listOfReactions>'),{"S":lambda t:t*t/2})
raw("L2 species charge and boundary constant", l2('<listOfCompartments><compartment id="C" size="2" constant="false"/></listOfCompartments><listOfSpecies><species id="S" compartment="C" initialConcentration="2" boundaryCondition="true" constant="false"/></listOfSpecies><listOfRules><rateRule variable="C">'+M("1")+'</rateRule><rateRule variable="S">'+M("1")+'</rateRule></listOfRules>'),{"S":lambda t:2+t})
raw("the amount of the same", SUITE["L2 species charge and boundary constant"].text,{"S":lambda t:(2+t)*(2+t)},forms={"S":"amount"})
put("event sets compartment and reads concentration after", growing(2)+all_species(sp("S",'initialAmount="6"'))+parameters(y=free(0))+events(ev("time>=1",[("C","3"),("y","S")])),{"S":lambda t:3. if t<1 else 2.,"y":lambda t:0. if t<1 else 3.})
put("event sets species, compartment later same time lower priority", growing(2)+all_species(sp("S",'initialAmount="6"'))+events(ev("time>=1",[("S","5")],prio="2"),ev("time>=1",[("C","4")],prio="1")),{"S":lambda t:3. if t<1 else 2.5})
put("compartment by assignment rule of time", compartments(("C",'spatialDimensions="3" constant="false"'))+all_species(sp("S",'initialAmount="6"'))+rules(R("assignment","C","2+time"))+reactions(rx("r","S",[("S",ONE)])),{"S":lambda t:6/(2+t)*(2/(2+t))})
put("initial concentration with compartment assignment rule", compartments(("C",'spatialDimensions="3" constant="false"'))+all_species(sp("S",'initialConcentration="3"'))+rules(R("assignment","C","2+time")),{"S":lambda t:6.},forms={"S":"amount"})
put("conversion factor with substance units only", C2+all_species(sp("S",'initialAmount="4"',hosu="true"))+parameters(f=fixed(2))+reactions(rx("r","0.25*S",[("S",ONE)])),{"S":lambda t:4*exp(-.5*t)},model='conversionFactor="f"')
put("conversion factor does not touch boundary", BOX+all_species(sp("S",'initialAmount="4"',b="true"),sp("Q",'initialAmount="0"'))+parameters(f=fixed(2))+reactions(rx("r","0.25*S",[("S",ONE)],[("Q",ONE)])),{"S":lambda t:4.,"Q":lambda t:2*t},model='conversionFactor="f"')
put("conversion factor does not touch rate rules", BOX+all_species(sp("S",'initialAmount="4"',b="true",more='conversionFactor="f"'))+parameters(f=fixed(2))+rules(R("rate","S","-0.5*S")),{"S":lambda t:4*exp(-.5*t)})
put("conversion factor of an initial assignment", BOX+all_species(sp("S",'initialAmount="4"',more='conversionFactor="f"'))+parameters(f=fixed(2),g=fixed(5))+assigned(("f","g-2"))+reactions(rx("r","1",[],[("S",ONE)])),{"S":lambda t:4+3*t})
put("rateOf with conversion factor", BOX+all_species(sp("S",'initialAmount="4"',more='conversionFactor="f"'))+parameters(f=fixed(2),y=free(0))+rules(R("assignment","y",X(RATE_OF.format("S"))))+reactions(rx("r","1",[],[("S",ONE)],fast="")),{"y":lambda t:2.},head=L32)
put("rateOf of a rate of rateOf", parameters(x=free(1),y=free(0),z=free(0))+rules(R("rate","x","-x"),R("rate","y",X(RATE_OF.format("x"))),R("assignment","z",X(RATE_OF.format("y")))),{"y":lambda t:exp(-t)-1,"z":lambda t:-exp(-t)},head=L32)
put("rateOf in an event assignment", parameters(x=free(0),y=free(0))+rules(R("rate","x","2*time"))+events(ev("time>=1.5",[("y","0")])).replace(M("0"),X(RATE_OF.format("x"))),{"y":lambda t:3. if t>=1.5 else 0.},head=L32)
put("rateOf boundary species in reaction without rule is zero", BOX+all_species(sp("S",'initialAmount="4"',b="true"))+parameters(y=free(9))+rules(R("assignment","y",X(RATE_OF.format("S"))))+reactions(rx("r","S",[("S",ONE)],fast="")),{"y":lambda t:0.},head=L32)
put("initial assignment chain out of order", parameters(a=free(0),b=free(0),c=fixed(2))+assigned(("a","b*2"),("b","c+time+1")),{"a":lambda t:6.,"b":lambda t:3.})
put("initial assignment of assignment rule's variable", parameters(a=free(0),b=free(0),c=free(2))+rules(R("assignment","b","3*c"),R("rate","c","1"))+assigned(("a","b")),{"a":lambda t:6.,"b":lambda t:6+3*t})
put("initial assignment reads species as concentration", C2+all_species(sp("S",'initialAmount="6"'))+parameters(a=free(0))+assigned(("a","S")),{"a":lambda t:3.})
put("NaN in initial assignment read by nothing", parameters(a=free(0),x=free(1))+assigned(("a","0/0"))+rules(R("rate","x","-x")),{"x":lambda t:exp(-t)})
put("non-persistent without delay, undone by a more urgent event", parameters(x=free(0),y=free(0))+events(ev("time>=1 && x<1",[("y","1")],prio="1",pers="false"),ev("time>=1",[("x","5")],prio="2")),{"y":lambda t:0.,"x":lambda t:5. if t>=1 else 0.})
put("persistent, undone but still done", parameters(x=free(0),y=free(0))+events(ev("time>=1 && x<1",[("y","1")],prio="1",pers="true"),ev("time>=1",[("x","5")],prio="2")),{"y":lambda t:1. if t>=1 else 0.})
put("trigger values at priority, taken at trigger time", parameters(x=free(0),y=free(0))+events(ev("time>=1",[("y","x")],prio="1",uvt="true"),ev("time>=1",[("x","5")],prio="2")),{"y":lambda t:0.})
put("execution values at priority", parameters(x=free(0),y=free(0))+events(ev("time>=1",[("y","x")],prio="1",uvt="false"),ev("time>=1",[("x","5")],prio="2")),{"y":lambda t:5. if t>=1 else 0.})
put("negative priority and none", parameters(x=free(1))+events(ev("time>=1",[("x","x*2")],prio="-5",uvt="false"),ev("time>=1",[("x","x+3")],prio="-1",uvt="false")),{"x":lambda t:8. if t>=1 else 1.})
put("delay of state", parameters(x=free(0),y=free(0))+rules(R("rate","x","2"))+events(ev("x>=2",[("y","1")],delay="x/4")),{"y":lambda t:1. if t>=1.5 else 0.})
put("two delayed of one trigger order kept", parameters(x=free(1))+events(ev("time>=1",[("x","x+1")],delay="1",uvt="false"),ev("time>=1",[("x","x*3")],delay="2",uvt="false")),{"x":lambda t:1. if t<2 else 2. if t<3 else 6.})
put("n-ary plus, times, and with one argument", parameters(a=free(0),b=free(0),c=free(0))+rules(R("assignment","a",X("<apply><plus/><cn>7</cn></apply>")),R("assignment","b",X("<apply><times/><cn>7</cn></apply>")),R("assignment","c",X("<piecewise><piece><cn>1</cn><apply><and/><true/></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>"))),{"a":lambda t:7.,"b":lambda t:7.,"c":lambda t:1.})
put("xor of none and of three", parameters(a=free(0),b=free(0))+rules(R("assignment","a",X("<piecewise><piece><cn>1</cn><apply><xor/></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>")),R("assignment","b",X("<piecewise><piece><cn>1</cn><apply><xor/><true/><true/><true/></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>"))),{"a":lambda t:0.,"b":lambda t:1.},head=L32)
put("quotient and rem of negatives", parameters(a=free(0),b=free(0),c=free(0))+rules(R("assignment","a","quotient(-7,2)"),R("assignment","b","rem(-7,2)"),R("assignment","c","rem(7,-2)")),{"a":lambda t:-3.,"b":lambda t:-1.,"c":lambda t:1.},head=L32)
put("piecewise many pieces first true counts", parameters(a=free(0),x=free(0))+rules(R("rate","x","1"),R("assignment","a","piecewise(1,x<1.05,2,x<2.05,3,x<3.05,4)")),{"a":lambda t:1. if t<1.05 else 2. if t<2.05 else 3. if t<3.05 else 4.})
put("boolean constants and notanumber unused", parameters(a=free(0))+rules(R("rate","a",X("<piecewise><piece><cn>2</cn><true/></piece><otherwise><notanumber/></otherwise></piecewise>"))),{"a":lambda t:2*t})
put("exponentiale, pi, infinity compare", parameters(a=free(0))+rules(R("assignment","a",X("<piecewise><piece><apply><times/><exponentiale/><pi/></apply><apply><lt/><cn>1</cn><infinity/></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>"))),{"a":lambda t:e*pi})
put("log with base 2, ln, root of degree 4", parameters(a=free(0))+rules(R("assignment","a",X("<apply><plus/><apply><log/><logbase><cn>2</cn></logbase><cn>8</cn></apply><apply><ln/><cn>1</cn></apply><apply><root/><degree><cn>4</cn></degree><cn>16</cn></apply></apply>"))),{"a":lambda t:5.})
put("sec csc cot and hyperbolic kin", parameters(a=free(0),x=free(.5))+rules(R("assignment","a","sec(x)+csc(x)+cot(x)+sech(x)+csch(x)+coth(x)")),{"a":lambda t:1/cos(.5)+1/sin(.5)+1/tan(.5)+1/cosh(.5)+1/sinh(.5)+1/tanh(.5)})
put("arcsec arccsc arccot arcsech arccsch arccoth", parameters(a=free(0))+rules(R("assignment","a","arcsec(2)+arccsc(2)+arccot(2)+arcsech(0.5)+arccsch(2)+arccoth(2)")),{"a":lambda t:acos(.5)+asin(.5)+atan(.5)+acosh(2)+asinh(.5)+atanh(.5)})
put("factorial and ceiling in a law", BOX+all_species(sp("S",'initialAmount="0"'))+reactions(rx("r","factorial(3)*ceil(0.2)",[],[("S",ONE)])),{"S":lambda t:6*t})
put("functions of functions, same argument names", functions(("g","lambda(x,y,x-y)"),("f","lambda(y,x,g(x,y)*2)"))+parameters(a=free(0))+rules(R("rate","a","f(1,4)")),{"a":lambda t:6*t})
put("function with time inside", functions(("f","lambda(x, x*2)"))+parameters(a=free(0))+rules(R("rate","a","f(time)")),{"a":lambda t:t*t})
put("local parameter shadows another reaction's id", BOX+all_species(sp("S",'initialAmount="4"'),sp("Q",'initialAmount="0"'))+reactions(rx("q","2",[],[("Q",ONE)]),rx("r","q*S",[("S",ONE)],own='<localParameter id="q" value="0.5"/>')),{"S":lambda t:4*exp(-.5*t),"Q":lambda t:2*t})
put("a species reference id in a law", BOX+all_species(sp("S",'initialAmount="0"'))+reactions(rx("r","n",[],[("S",'id="n" stoichiometry="3" constant="true"')])),{"S":lambda t:9*t})
put("stoichiometry by assignment rule of time", BOX+all_species(sp("S",'initialAmount="0"'))+rules(R("assignment","n","time"))+reactions(rx("r","2",[],[("S",'id="n" constant="false"')])),{"S":lambda t:t*t})
put("zero stoichiometry and negative law", BOX+all_species(sp("S",'initialAmount="5"'),sp("Q",'initialAmount="5"'))+reactions(rx("r","-1",[("S",ONE)],[("Q",'stoichiometry="0" constant="true"')])),{"S":lambda t:5+t,"Q":lambda t:5.})
put("reversible by law", BOX+all_species(sp("S",'initialAmount="5"'),sp("Q",'initialAmount="1"'))+reactions(rx("r","0.3*S-0.2*Q",[("S",ONE)],[("Q",ONE)])),{"S":lambda t:2.4+2.6*exp(-.5*t)})
put("law in amounts between compartments of 1 and 3 dimensions", compartments(("A",'spatialDimensions="1" size="4" constant="true"'),("B",'spatialDimensions="3" size="2" constant="true"'))+all_species(sp("S",'initialAmount="8"',c="A",hosu="true"),sp("Q",'initialConcentration="1"',c="B"))+reactions(rx("r","0.5*S",[("S",ONE)],[("Q",ONE)])),{"S":lambda t:8*exp(-.5*t),"Q":lambda t:1+4*(1-exp(-.5*t))})
put("growing 2-d compartment with a reaction", compartments(("A",'spatialDimensions="2" size="1" constant="false"'))+all_species(sp("S",'initialConcentration="2"',c="A"))+rules(R("rate","A","1"))+reactions(rx("r","S*A",[("S",ONE)])),{"S":lambda t:2*exp(-t)/(1+t)})
put("L3V2 empty rules and initial assignments", parameters(x=free(3),y=free(4))+'<listOfInitialAssignments><initialAssignment symbol="x"/></listOfInitialAssignments><listOfRules><rateRule variable="y"/></listOfRules>',{"x":lambda t:3.,"y":lambda t:4.},head=L32)
put("a rate rule that jumps at a time", parameters(x=free(0))+rules(R("rate","x","piecewise(1,time<2.03,-2)")),{"x":lambda t:t if t<2.03 else 2.03-2*(t-2.03)})
put("a very short pulse of a law", parameters(x=free(0))+rules(R("rate","x","piecewise(1000,time>2.0301 && time<2.0311,0)")),{"x":lambda t:0. if t<2.03 else 1.})
put("abs of a wave as a rate", parameters(x=free(0))+rules(R("rate","x","abs(sin(pi*time))")),{"x":lambda t:(2*floor(t)+1-cos(pi*(t-floor(t))))/pi})
put("implies, away from the borders", parameters(a=free(0),x=free(0))+rules(R("rate","x","1"),R("assignment","a",X("<piecewise><piece><cn>1</cn><apply><implies/><apply><gt/><ci>x</ci><cn>1.07</cn></apply><apply><gt/><ci>x</ci><cn>3.07</cn></apply></apply></piece><otherwise><cn>0</cn></otherwise></piecewise>"))),{"a":lambda t:float(not t>1.07 or t>3.07)},head=L32)
put("an event that resets its own trigger, again and again", parameters(x=free(0))+rules(R("rate","x","1"))+events(ev("x>=1.33",[("x","0")])),{"x":lambda t:fmod(t,1.33)})
put("not persistent, with a delay, in time and too late", parameters(x=free(0),y=free(0))+rules(R("rate","x","1"))+events(ev("x>=1.03 && x<2",[("y","1")],delay="1.5",pers="false"),ev("x>=3.03 && x<5",[("y","y+10")],delay="1.4",pers="false")),{"y":lambda t:10. if t>=4.43 else 0.})
