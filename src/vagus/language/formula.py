"""Formulas as libSBML keeps them: it ships no types, so what vagus uses of a formula is written down here."""

from collections.abc import Iterator
from typing import Protocol


class Formula(Protocol):
    """An operator, a name or a number, with what stands under it: libSBML's `ASTNode`."""

    def getType(self) -> int:
        """Its kind, such as `libsbml.AST_PLUS`."""

    def getName(self) -> str:
        """The name it stands for, or of the function it calls."""

    def getValue(self) -> float:
        """The number it is."""

    def getMantissa(self) -> float:
        """Of a number with a power of ten, what stands before it."""

    def getExponent(self) -> int:
        """The power of ten."""

    def getNumChildren(self) -> int:
        """How many arguments it has."""

    def getChild(self, place: int) -> "Formula":
        """One of its arguments."""

    def isNumber(self) -> bool:
        """Whether it is a number."""

    def isName(self) -> bool:
        """Whether it is a name."""

    def setName(self, name: str) -> int:
        """Let it stand for another name."""

    def setUnits(self, unit: str) -> int:
        """Give a number a unit."""


class Definition(Protocol):
    """A function that a model defines: libSBML's `FunctionDefinition`."""

    def getNumArguments(self) -> int:
        """How many arguments it takes."""

    def getArgument(self, place: int) -> Formula:
        """The name of one of them."""

    def getBody(self) -> Formula:
        """What it gives."""


def children(tree: Formula) -> list[Formula]:
    """The arguments of one operator or function."""
    return [tree.getChild(i) for i in range(tree.getNumChildren())]


def walk(tree: Formula) -> Iterator[Formula]:
    """A formula and every part of it, in no order that means something."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += children(node)
