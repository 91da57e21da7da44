"""The model opened for reading: tables, equations, units and symbols side by side, for `explain` and `check`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import isclose

from ..body.output import load_outputs
from ..errors import fail
from ..language.check import dimensions
from ..language.compose import body_text, equation_comment, equation_place
from ..language.dimension import show
from ..language.rules import Rules
from ..language.sbml import rename_with
from ..tables import Entry, Row, atlas_path, read_parameters, read_rows
from ..units import Dimension, parse_unit


@dataclass(frozen=True)
class Equation:
    """One equation as it is written: the full name of what it gives, its text on one line, the comment above it,
    file and line."""

    name: str
    text: str
    comment: str
    file: str
    line: int


class Book:
    """Everything that is written about the quantities of the body; opened with `open_book`."""

    def __init__(self, text: str | None = None) -> None:
        """Open the shipped body, or the composed `text` with the shipped tables."""
        self.entries: Mapping[str, Entry] = read_parameters()
        self.text = body_text() if text is None else text
        self.rename = rename_with(dict.fromkeys(entry.system for entry in self.entries.values()))

    @cached_property
    def rules(self) -> Rules:
        """The rules of the model by SBML id."""
        return Rules(self.text)

    @cached_property
    def ids(self) -> dict[str, str]:
        """The SBML id of every quantity by its full name."""
        return {self.rename(identifier): identifier for identifier in self.rules.parameters}

    @cached_property
    def assigned(self) -> tuple[str, ...]:
        """The full names of all assignments."""
        return tuple(self.rename(identifier) for identifier in self.rules.order)

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The full names of all states."""
        return tuple(self.rename(identifier) for identifier in self.rules.rates)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The full names of all states, parameters and assignments."""
        return tuple(dict.fromkeys([*self.entries, *self.assigned]))

    @cached_property
    def dimensions(self) -> dict[str, Dimension]:
        """The unit of every quantity, as it follows from the tables and the equations."""
        return dimensions(self.text, self.entries, self.rename)

    @cached_property
    def symbols(self) -> list[Row]:
        """The rows of `names.csv`: a symbol of the written model and the full name it has here."""
        return read_rows(atlas_path("names.csv"), ("symbol", "name"))

    def unit(self, name: str) -> str:
        """The unit of a quantity: of its table, of the table of outputs, or as it follows from its equation."""
        if name in self.entries:
            return self.entries[name].unit
        if name in load_outputs():
            return load_outputs()[name].unit
        wanted = self.dimensions.get(name)
        return "1" if wanted is None else self.unit_text(wanted)

    def unit_text(self, wanted: Dimension) -> str:
        """A unit as the tables write it most often; in base units when no row has it."""
        for text, _ in Counter(entry.unit for entry in self.entries.values()).most_common():
            unit = parse_unit(text)
            if unit.measures_like(wanted) and isclose(unit.factor, wanted.factor, rel_tol=1e-9):
                return text
        return show(wanted)

    def equation(self, name: str) -> Equation | None:
        """The equation that gives a state or an assignment; None for what has none."""
        file, line, text = equation_place(atlas_path("systems"), name)
        if file is None or line is None or text is None or self.ids.get(name) not in self.rules.reads:
            return None
        return Equation(name, text, equation_comment(file, line), file, line)

    def readers(self, name: str) -> list[str]:
        """The full names of the states and assignments whose equation reads a quantity."""
        return (
            [self.rename(reader) for reader in self.rules.readers(self.ids[name])] if name in self.ids else []
        )

    def full_name(self, word: str) -> str | None:
        """The full name that a name, a symbol of the written model or a local name stands for; None when nothing does.

        Raises V315 when a local name or a symbol stands for several.
        """
        if word in self.names:
            return word
        by_symbol = [row["name"] for row in self.symbols if row["symbol"] == word]
        by_local = [name for name in self.names if name.partition(".")[2] == word]
        for found in (by_symbol, by_local):
            if len(found) > 1:
                raise fail("V315", name=word, hint=f"say which one: {', '.join(sorted(found))}")
            if found:
                return found[0]
        return None


@lru_cache(maxsize=1)
def open_book() -> Book:
    """The book of the shipped body; the same object every time.

    Raises the first problem of the tables (V101-V107, V304-V314) or of the model text (V101, V201, V206).
    """
    return Book()
