"""Arrows between the systems of a composed model: which system reads what of which, and the model with arrows cut.

An arrow is cut by giving the receiving system a constant in place of what it reads; everybody else still reads the
real thing. In the composed text this is a renaming: inside the equations of the receiver, the name of the giver's
quantity becomes a parameter of its own, the link.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

import libsbml

from .formula import Formula, children, walk
from .rules import Rules

LINK = "link"
_ROUNDING = (libsbml.AST_FUNCTION_MAX, libsbml.AST_FUNCTION_MIN, libsbml.AST_FUNCTION_LN)
_SUMS = (libsbml.AST_PLUS, libsbml.AST_MINUS)
_SOFTENING = ("soft",)  # of functions.ant


@dataclass(frozen=True)
class Link:
    """One quantity of one system that another system reads; all are SBML ids, such as mood_depression and pain.

    Attributes:
        giver: the system that owns the quantity.
        quantity: id of the state or assignment.
        receiver: the system that reads it.
        readers: ids of the receiver's states and assignments that read it.
    """

    giver: str
    quantity: str
    receiver: str
    readers: tuple[str, ...]

    @property
    def parameter(self) -> str:
        """Id of the parameter that takes the quantity's place in the receiver's equations when the arrow is cut."""
        return f"{LINK}_{self.receiver}_from_{self.quantity}"


def system_of(identifier: str) -> str:
    """The system an SBML id belongs to: 'pain' of pain_windup."""
    return identifier.partition("_")[0]


def links(rules: Rules) -> list[Link]:
    """Every arrow of a composed model, in order of receiver, giver and quantity. Constants and inputs are no arrows."""
    moving = rules.rates.keys() | rules.assigned.keys()
    found: dict[tuple[str, str], list[str]] = {}
    for reader, names in rules.reads.items():
        for quantity in names & moving:
            if system_of(quantity) != system_of(reader):
                found.setdefault((system_of(reader), quantity), []).append(reader)
    return [
        Link(system_of(quantity), quantity, receiver, tuple(sorted(readers)))
        for (receiver, quantity), readers in sorted(found.items(), key=lambda item: item[0])
    ]


def cut(text: str, arrows: Iterable[Link]) -> str:
    """The SBML text in which the readers of some arrows read a parameter each, in place of the giver's quantity.

    The parameters are named by `Link.parameter`; giving them values is up to the caller.
    """
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    renamed = {(reader, arrow.quantity): arrow.parameter for arrow in arrows for reader in arrow.readers}
    for parameter in dict.fromkeys(renamed.values()):
        added = model.createParameter()
        added.setId(parameter)
        added.setConstant(True)
        added.setValue(0.0)
    for rule in model.getListOfRules():
        wanted = {old: new for (reader, old), new in renamed.items() if reader == rule.getVariable()}
        tree = rule.getMath().deepCopy()
        touched = [node for node in walk(tree) if node.isName() and node.getName() in wanted]
        for node in touched:
            node.setName(wanted[node.getName()])
        if touched:
            rule.setMath(tree)
    return libsbml.writeSBMLToString(document)


def strengths(rules: Rules, arrow: Link) -> list[str]:
    """The receiver's own constants that stand with what it reads: the smallest term around it that has any.

    In `exp(-gain*depression)` of pain that is pain's gain. A rounding such as soft(z, width) is looked through: what
    stands around it counts as well.
    """
    changing = rules.rates.keys() | rules.assigned.keys()
    found: set[str] = set()
    for reader in arrow.readers:
        tree = (rules.rates | rules.assigned)[reader]
        for path in _paths(tree, arrow.quantity):
            found |= _nearest(path, arrow.receiver, changing)
    return sorted(found)


def _nearest(path: list[Formula], receiver: str, changing: Container[str]) -> set[str]:
    """From the name upwards, above any rounding: the constants of the first term that has some."""
    inside: set[str] = set()
    for place in range(len(path) - 2, -1, -1):
        node = path[place]
        names = {each.getName() for each in walk(node) if each.isName()}
        dead_band = place > 0 and node.getType() in _SUMS and _rounds(path[place - 1])
        if _rounds(node) or dead_band:
            inside |= names
            continue
        own = {name for name in names - inside if system_of(name) == receiver and name not in changing}
        if own:
            return own
    return {name for name in inside if system_of(name) == receiver and name not in changing}


def _rounds(node: Formula) -> bool:
    """Whether a term only keeps what is in it within bounds, or takes its logarithm."""
    return node.getType() in _ROUNDING or (
        node.getType() == libsbml.AST_FUNCTION and node.getName() in _SOFTENING
    )


def _paths(tree: Formula, name: str, above: tuple[Formula, ...] = ()) -> Iterator[list[Formula]]:
    """The way from the top of a formula down to each place where a name stands."""
    path = (*above, tree)
    if tree.isName() and tree.getName() == name:
        yield list(path)
    for child in children(tree):
        yield from _paths(child, name, path)
