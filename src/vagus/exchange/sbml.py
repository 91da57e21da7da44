"""One person's body with a course of treatment as one SBML Level 3 Version 2 file that any SBML simulator runs.

The composed equations stay as they are. What is added: this person's parameters and resting state, a unit on every
quantity and literal, what each number means and which source and grade it rests on, and the doses as events.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import libsbml

from ..body.model import Array, Model
from ..body.output import load_outputs
from ..errors import fail
from ..language.check import dimensions
from ..language.compose import equation_comment, equation_place
from ..language.dimension import dimension_of
from ..language.formula import Formula, children, walk
from ..language.rules import Rules
from ..language.sbml import rename_with
from ..solve.events import Change
from ..tables import Source, atlas_path, read_sources
from ..units import PLAIN, Dimension
from .sbml_units import HOUR_ID, UnitList

_XHTML = "http://www.w3.org/1999/xhtml"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HUMAN = "https://identifiers.org/taxonomy:9606"
_DUST = 1e-30  # what rounding leaves of a state at rest at zero, in any unit of the tables
_COMPARED = frozenset(
    {
        libsbml.AST_PLUS,
        libsbml.AST_MINUS,
        libsbml.AST_FUNCTION_MAX,
        libsbml.AST_FUNCTION_MIN,
        libsbml.AST_RELATIONAL_LT,
        libsbml.AST_RELATIONAL_LEQ,
        libsbml.AST_RELATIONAL_GT,
        libsbml.AST_RELATIONAL_GEQ,
        libsbml.AST_RELATIONAL_EQ,
        libsbml.AST_RELATIONAL_NEQ,
    }
)


@dataclass(frozen=True)
class ExportedPerson:
    """What is written into the file beside the equations.

    Attributes:
        title: name of the model, such as "Anna: Ketamine, six infusions".
        facts: (label, value) lines about the person, the course and how the numbers were made.
        p: parameters (parameters,) of this person, rows as `model.parameters`.
        y: states (states,) at time 0, rows as `model.states`.
        changes: doses and visits.
        sources: keys of `sources.bib` the course rests on.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    p: Array
    y: Array
    changes: Sequence[Change]
    sources: Sequence[str] = ()


@dataclass(frozen=True)
class Written:
    """An SBML text, how much stands in it, and what libSBML warns of (units that do not agree)."""

    text: str
    quantities: int
    units: int
    events: int
    warnings: tuple[str, ...]


def sbml_of(model: Model, person: ExportedPerson) -> Written:
    """The SBML text of one person and their course, checked by libSBML.

    Args:
        model: the body.
        person: where they start, and what they get.

    Raises:
        VagusError: V202 when libSBML finds an error in what was written.
    """
    writer = _Writer(model)
    writer.quantities(person)
    writer.literals()
    writer.events(person.changes)
    writer.model_facts(person)
    text = libsbml.writeSBMLToString(writer.document)
    warnings = consistency(text)
    return Written(
        text, writer.sbml.getNumParameters(), len(writer.units), writer.sbml.getNumEvents(), warnings
    )


def consistency(text: str) -> tuple[str, ...]:
    """What libSBML warns of in an SBML text; raises V202 for the first error it finds."""
    document = libsbml.readSBMLFromString(text)
    document.checkConsistency()
    found = [document.getError(i) for i in range(document.getNumErrors())]
    for error in found:
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            reason = f"{error.getShortMessage()}: {error.getMessage().strip()}"
            raise fail("V202", file="the exported model", line=error.getLine(), reason=reason)
    return tuple(
        f"{error.getErrorId()}, line {error.getLine()}: {error.getMessage().strip()}" for error in found
    )


class _Writer:
    """One pass over the composed document: values, units, words and events are put into it."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.rename = rename_with(dict.fromkeys(entry.system for entry in model.entries.values()))
        self.document = libsbml.readSBMLFromString(model.text)  # owns everything below
        self.sbml = self.document.getModel()
        self.known = dimensions(model.text, model.entries, self.rename)
        self.by_id = {
            p.getId(): self.known.get(self.rename(p.getId()), PLAIN) for p in self.sbml.getListOfParameters()
        }
        self.rules = Rules(model.text)
        self.units = UnitList(self.sbml, [entry.unit for entry in model.entries.values()])
        self.sources = read_sources()

    def quantities(self, person: ExportedPerson) -> None:
        """Value, unit, name, meaning and source of every parameter, state and assignment."""
        values = dict(zip(self.model.parameters, person.p, strict=True))
        # libRoadRunner takes a start value for the size of its state: one of 1e-40 would be followed to 1e-53.
        clean = (float(y) if abs(y) >= _DUST else 0.0 for y in person.y)
        values |= dict(zip(self.model.states, clean, strict=True))
        for parameter in self.sbml.getListOfParameters():
            name = self.rename(parameter.getId())
            if name in values:
                parameter.setValue(float(values[name]))
            else:
                parameter.unsetValue()
            parameter.setUnits(self.units.of(self.by_id[parameter.getId()]))
            parameter.setName(name)
            entry = self.model.entries.get(name)
            lines = [("meaning", self._meaning(name))]
            if entry is not None:
                lines += [("kind", entry.kind), ("unit in the tables", entry.unit)]
                lines += [("grade", entry.grade), ("source", self._cited(entry.source))]
            _write_notes(parameter, [(label, value) for label, value in lines if value])
            if entry is not None:
                self._describe(parameter, [entry.source])

    def _meaning(self, name: str) -> str:
        if name in self.model.entries:
            return self.model.entries[name].meaning
        if name in load_outputs():
            return load_outputs()[name].meaning
        file, line, _ = equation_place(atlas_path("systems"), name)
        return equation_comment(file, line) if file is not None and line is not None else ""

    def _cited(self, key: str) -> str:
        source = self.sources.get(key)
        return f"{key}: {source.title} ({source.year})" if source else key

    def _describe(self, element: libsbml.SBase, keys: Sequence[str]) -> None:
        """The sources as bqbiol:isDescribedBy; those without DOI or address stand in the notes only."""
        found = [uri for uri in (_uri(self.sources.get(key)) for key in dict.fromkeys(keys)) if uri]
        if not found:
            return
        element.setMetaId(f"meta_{element.getId()}")
        term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
        term.setBiologicalQualifierType(libsbml.BQB_IS_DESCRIBED_BY)
        for uri in found:
            term.addResource(uri)
        element.addCVTerm(term)

    def literals(self) -> None:
        """A unit on every number in every formula; 0 takes the unit of what it is compared with or added to."""
        records = [*self.sbml.getListOfRules(), *self.sbml.getListOfFunctionDefinitions()]
        for record in records:
            tree = record.getMath().deepCopy()
            known = self.by_id if not isinstance(record, libsbml.FunctionDefinition) else {}
            self._label(tree, known)
            record.setMath(tree)

    def _label(self, tree: Formula, known: Mapping[str, Dimension]) -> None:
        parts = children(tree)
        if tree.isNumber():
            tree.setUnits("dimensionless")
        for child in parts:
            self._label(child, known)
        if tree.getType() not in _COMPARED or not known:
            return
        found = [dimension_of(child, known, self.rules.functions) for child in parts]
        shared = next((each for each in found if each is not None), PLAIN)
        for child, own in zip(parts, found, strict=True):
            if own is None and child.isNumber():
                child.setUnits(self.units.of(shared))

    def events(self, changes: Sequence[Change]) -> None:
        """One event for each time at which something changes: infusions set their rate, single doses are added."""
        for number, hour in enumerate(sorted({change.time for change in changes}), start=1):
            event = self.sbml.createEvent()
            event.setId(f"dose_{number}")
            event.setName(f"day {hour / 24:.4g}, hour {hour:.6g}")
            event.setUseValuesFromTriggerTime(True)
            trigger = event.createTrigger()
            trigger.setInitialValue(False)  # so that what happens at time 0 happens
            trigger.setPersistent(True)
            trigger.setMath(_formula(f"time >= {hour!r}", HOUR_ID))
            here = [change for change in changes if change.time == hour]
            for name, set_to, add in merged(self.model, here):
                identifier = name.replace(".", "_", 1)
                self.sbml.getParameter(identifier).setConstant(False)
                assignment = event.createEventAssignment()
                assignment.setVariable(identifier)
                text = f"{identifier} + {add!r}" if set_to is None else f"{set_to!r}"
                assignment.setMath(_formula(text, self.units.of(self.by_id[identifier])))

    def model_facts(self, person: ExportedPerson) -> None:
        """Name, units of time and notes of the whole model, and the sources of the course."""
        self.sbml.setName(_plain(person.title))
        self.sbml.setTimeUnits(HOUR_ID)
        _write_notes(self.sbml, person.facts)
        self._describe(self.sbml, person.sources)
        self.sbml.setMetaId(f"meta_{self.sbml.getId()}")
        term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
        term.setBiologicalQualifierType(libsbml.BQB_HAS_TAXON)
        term.addResource(_HUMAN)
        self.sbml.addCVTerm(term)


def merged(model: Model, changes: Sequence[Change]) -> list[tuple[str, float | None, float]]:
    """Changes of one moment as (name, value it is set to or None, amount added), one line per quantity."""
    found: dict[str, tuple[float | None, float]] = {}
    for change in changes:
        if change.jump:
            name = model.states[change.index]
            found[name] = (None, found.get(name, (None, 0.0))[1] + change.value)
        else:
            found[model.parameters[change.index]] = (change.value, 0.0)
    return [(name, set_to, add) for name, (set_to, add) in found.items()]


def _formula(text: str, unit: str) -> Formula:
    """A formula whose numbers all carry one unit."""
    tree = libsbml.parseL3Formula(text)
    for node in walk(tree):
        if node.isNumber():
            node.setUnits(unit)
    return tree


def _uri(source: Source | None) -> str:
    if source is None:
        return ""
    return f"https://identifiers.org/doi:{source.doi}" if source.doi else source.url


def _plain(text: str) -> str:
    """Text that may stand in XML: names come from files people wrote."""
    return _CONTROL.sub(" ", text)


def _write_notes(element: libsbml.SBase, lines: Sequence[tuple[str, str]]) -> None:
    words = "".join(f"<p>{escape(_plain(label))}: {escape(_plain(value))}</p>" for label, value in lines)
    if words:
        element.setNotes(f'<body xmlns="{_XHTML}">{words}</body>')
