"""SBML documents: opened without harm, and refused by name when vagus would not run them right."""

import re
from graphlib import CycleError, TopologicalSorter
from xml.parsers import expat

import libsbml

from ..errors import VagusError, fail
from .formula import Formula, walk
from .mathml import called_functions

_PACKAGES = frozenset({"l3v2extendedmath"})  # max, min and their like; read as every other function is
_DEEPEST = 600  # levels of XML; readers of formulas call themselves once a level
_TRUE = ("true", "1")
_NUMBERS = frozenset(
    {"pi", "exponentiale", "avogadro", "true", "false", "inf", "infinity", "nan", "notanumber"}
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_ALIAS = "quantity__"
_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")


def open_document(text: str, file: str) -> libsbml.SBMLDocument:
    """The document of an SBML text that has a model in it. It owns the model and must outlive it.

    Raises:
        VagusError: V202 when it cannot be read or breaks SBML's rules, V203 a feature that is not supported.
    """
    _look_at_marks(text, file)
    document = libsbml.readSBMLFromString(_with_declaration(text))
    if document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) or document.getNumErrors(libsbml.LIBSBML_SEV_FATAL):
        error = document.getErrorWithSeverity(0, libsbml.LIBSBML_SEV_ERROR) or document.getError(0)
        reason = f"{error.getShortMessage()}: {error.getMessage().strip()}"
        raise fail("V202", file=file, line=error.getLine(), reason=reason)
    model = document.getModel()
    if model is None:
        raise fail("V202", file=file, text=text[:60], reason="there is no model in it")
    if document.getLevel() < 2:
        model = _raise_level(document, file)
    for feature in (document.getPlugin(i).getPackageName() for i in range(document.getNumPlugins())):
        if document.getLevel() > 2 and feature not in _PACKAGES and document.getPackageRequired(feature):
            raise fail("V203", file=file, feature=f"the SBML package {feature}", where=feature)
    for rule in model.getListOfRules():
        if rule.isAlgebraic() and rule.getMath() is not None:
            formula = libsbml.formulaToL3String(rule.getMath()) or "no formula"
            raise fail("V203", file=file, feature="algebraic rules", where=formula)
    _refuse_broken(model, file)
    return document


def _with_declaration(text: str) -> str:
    """The text with its encoding declared, which the SBML reader wants and XML does not: it is UTF-8 without."""
    found = _DECLARATION.match(text)
    if found is None:
        return f'<?xml version="1.0" encoding="UTF-8"?>{text}' if text.lstrip().startswith("<") else text
    if "encoding" in found[0]:
        return text
    return f'<?xml version="1.0" encoding="UTF-8"?>{text[found.end() :]}'


def _raise_level(document: libsbml.SBMLDocument, file: str) -> libsbml.Model:
    """Write a document of SBML Level 1 as Level 2, which says the same in more words; gives its model."""
    model = document.getModel()
    names = {each.getId() for each in _quantities(model)}
    laws = [r.getKineticLaw() for r in model.getListOfReactions() if r.getKineticLaw() is not None]
    for owner in [*model.getListOfRules(), *laws]:
        law = isinstance(owner, libsbml.KineticLaw)
        own = {each.getId() for each in owner.getListOfParameters()} if law else set()
        formula = _with_aliases(owner.getFormula(), names | own)
        if formula != owner.getFormula():
            owner.setFormula(formula)
    for place in model.getListOfCompartments():
        place.setVolume(place.getVolume())  # 1 when it is not written; else that would be lost
    if not document.setLevelAndVersion(2, 4, False):
        reason = "it is SBML Level 1 and cannot be written as Level 2"
        raise fail("V202", file=file, reason=reason)
    model = document.getModel()
    for element in model.getListOfAllElements():
        if isinstance(element, libsbml.Rule | libsbml.KineticLaw) and element.getMath() is not None:
            _without_aliases(element.getMath())
    return model


def _quantities(model: libsbml.Model) -> list[libsbml.SBase]:
    return [*model.getListOfParameters(), *model.getListOfCompartments(), *model.getListOfSpecies()]


def _with_aliases(formula: str, names: set[str]) -> str:
    """A formula of Level 1 with other words for quantities that its reader would take for numbers, such as `pi`."""
    return _WORD.sub(
        lambda found: _ALIAS + found[0] if found[0] in names and found[0].lower() in _NUMBERS else found[0],
        formula,
    )


def _without_aliases(tree: Formula) -> None:
    for node in walk(tree):
        if node.isName() and node.getName().startswith(_ALIAS):
            node.setName(node.getName().removeprefix(_ALIAS))


def free_the_name(model: libsbml.Model, name: str, new: str) -> bool:
    """Give a quantity of a model another name, everywhere; False when there is none of that name."""
    owners = _quantities(model)
    for reaction in model.getListOfReactions():
        owners += [*reaction.getListOfReactants(), *reaction.getListOfProducts()]
    owner = next((each for each in owners if each.getId() == name), None)
    if owner is None:
        return False
    owner.setId(new)
    for element in model.getListOfAllElements():
        element.renameSIdRefs(name, new)
    model.renameSIdRefs(name, new)
    return True


def _look_at_marks(text: str, file: str) -> None:
    """Refuse what could harm its reader: entities, and marks inside marks without end.

    What is not well-formed is left to the SBML reader, which says where.
    """
    depth = 0
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        reason = "it declares a document type; SBML has none, and entities are not read"
        raise fail("V202", file=file, line=parser.CurrentLineNumber, reason=reason)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth == 1:
            _refuse_packages(attributes, file)
        if depth > _DEEPEST:
            line = parser.CurrentLineNumber
            raise fail("V203", file=file, line=line, feature="formulas nested very deeply", where=name)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(text.encode("utf-8", errors="replace"), True)
    except expat.ExpatError:
        return
    except (LookupError, ValueError):
        raise fail("V202", file=file, line=1, reason="it names an encoding that is not known") from None


def _refuse_packages(attributes: dict[str, str], file: str) -> None:
    """Packages that the file says a reader must know, also those of which the SBML reader has not heard."""
    for name, value in attributes.items():
        package, colon, local = name.rpartition(":")
        if colon and local == "required" and value.strip() in _TRUE:
            address = attributes.get(f"xmlns:{package}", package)
            if not any(f"/{known}/" in address for known in _PACKAGES):
                raise fail("V203", file=file, feature=f"the SBML package {package}", where=address)


def _refuse_broken(model: libsbml.Model, file: str) -> None:
    """Breaks of SBML's rules that its reader lets through."""
    rules = list(model.getListOfRules())
    targets = [rule.getVariable() for rule in rules if not rule.isAlgebraic()]
    twice = {name for name in targets if targets.count(name) > 1}
    functions = {function.getId(): function for function in model.getListOfFunctionDefinitions()}
    for name in sorted(twice):
        raise fail("V202", file=file, reason=f"'{name}' has two equations")
    may_be_empty = (model.getLevel(), model.getVersion()) >= (3, 2)
    for record in [*rules, *functions.values()]:
        if record.getMath() is None and not may_be_empty:
            name = (record.getVariable() or "an algebraic rule") if record in rules else record.getId()
            raise fail("V202", file=file, reason=f"'{name}' has no formula")
    calls = {
        name: called_functions(function.getBody()) & functions.keys()
        for name, function in functions.items()
        if function.getBody() is not None
    }
    try:
        TopologicalSorter(calls).prepare()
    except CycleError as error:
        circle = " <- ".join(error.args[1])
        raise fail("V202", file=file, reason=f"functions call one another in a circle: {circle}") from None


def has_operator(tree: Formula | None, kind: int) -> bool:
    """Whether an operator stands anywhere in a formula."""
    return tree is not None and any(node.getType() == kind for node in walk(tree))


def refuse_inside(error: VagusError, file: str, where: str) -> VagusError:
    """The same error with its file and equation: the mathematics does not know which it belongs to."""
    error.file = error.file or file
    error.text = error.text or where
    return error
