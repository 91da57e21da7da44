"""The modules as they are written: words, equations in their order with the comment above them, and the wiring."""

import re
from dataclasses import dataclass
from pathlib import Path

from ..tables import read_text

_MODEL = re.compile(r"^\s*model\s+\*?(\w+)\s*\(")
_EQUATION = re.compile(r"^\s*(\w+)\s*('|:)?\s*=\s*(.*?);?\s*$")
_INSTANCE = re.compile(r"^\s*(\w+)\s*:\s*(\w+)\s*\(\s*\)\s*;")
_WIRE = re.compile(r"^\s*(\w+)\.(\w+)\s+is\s+(\w+)\.(\w+)\s*;")


@dataclass(frozen=True)
class WrittenEquation:
    """One equation: what it gives, whether that is its rate of change, and the right side on one line."""

    name: str
    rate: bool
    text: str


@dataclass(frozen=True)
class Passage:
    """Equations under one comment, and what the comment says."""

    words: str
    equations: tuple[WrittenEquation, ...]


@dataclass(frozen=True)
class Module:
    """One model of a file: its name and its passages in order."""

    name: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Wire:
    """One line of the wiring: the receiver's own word for a quantity of the giver."""

    receiver: str
    alias: str
    giver: str
    quantity: str


def file_words(path: Path) -> str:
    """What the comment at the top of a module file says."""
    words = []
    for line in read_text(path).splitlines():
        if not line.startswith("//"):
            break
        words.append(line.removeprefix("//").strip())
    return "\n".join(words)


def modules(path: Path) -> list[Module]:
    """The models of a module file, in order, with every equation."""
    found: list[Module] = []
    name, passages = "", [_Passage()]
    for line in _whole_lines(read_text(path)):
        begins = _MODEL.match(line)
        text = line.strip()
        if begins:
            name, passages = begins[1], [_Passage()]
        elif text == "end" and name:
            kept = tuple(one.closed() for one in passages if one.equations)
            found.append(Module(name, kept))
            name = ""
        elif text.startswith("//"):
            if passages[-1].equations or passages[-1].over:
                passages.append(_Passage())
            passages[-1].words.append(text.removeprefix("//").strip())
        elif name and text:
            equation = _equation(line)
            if equation is None:  # names from elsewhere: the comment above was about them
                passages.append(_Passage())
            else:
                passages[-1].equations.append(equation)
        elif passages[-1].words and not passages[-1].equations:
            passages[-1].over = True  # a blank line below a comment: it was about nothing that follows
    return found


def instances(body: Path) -> dict[str, str]:
    """The model each system of the body is made of, by the name of the system."""
    lines = read_text(body).splitlines()
    return {found[1]: found[2] for found in map(_INSTANCE.match, lines) if found}


def wiring(body: Path) -> list[Wire]:
    """Every line of the body that hands a quantity of one system to another."""
    return [Wire(*found.groups()) for found in map(_WIRE.match, read_text(body).splitlines()) if found]


class _Passage:
    """A passage while it is read."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.equations: list[WrittenEquation] = []
        self.over = False

    def closed(self) -> Passage:
        return Passage(" ".join(self.words), tuple(self.equations))


def _equation(line: str) -> WrittenEquation | None:
    found = _EQUATION.match(line.partition("//")[0])
    return None if found is None else WrittenEquation(found[1], found[2] == "'", found[3])


def _whole_lines(text: str) -> list[str]:
    """The lines with those joined that a backslash carries on."""
    return re.sub(r"[ \t]*\\[ \t]*\n[ \t]*", " ", text).splitlines()
