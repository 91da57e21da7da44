"""What `vagus check` and every load look at: symbols, numbers in equations, tables against equations, units."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypedDict

from ..errors import VagusError, did_you_mean, fail
from ..tables import Entry, Place, read_text
from ..units import Dimension, parse_unit
from .compose import equation_place, function_place
from .dimension import Misfit, show
from .formula import Formula, walk
from .rules import Rules
from .sbml import open_sbml
from .suspect import find_suspects, is_among

PLAIN_NUMBERS = frozenset({0.0, 1.0, 2.0})


def check_model(
    text: str, entries: Mapping[str, Entry], systems: Path, rename: Callable[[str], str]
) -> list[VagusError]:
    """Every problem of a composed model and its tables; empty when all is well.

    Args:
        text: the composed SBML.
        entries: the parameter tables by full name.
        systems: folder of the Antimony modules, for file and line.
        rename: SBML id to full name.
    """
    try:
        open_sbml(text, str(systems))
    except VagusError as error:
        return [error]
    checker = _Checker(text, entries, systems, rename)
    problems = checker.symbols()
    if not problems:
        problems = checker.numbers() + checker.units()
    return problems


def dimensions(text: str, entries: Mapping[str, Entry], rename: Callable[[str], str]) -> dict[str, Dimension]:
    """The unit of every state, parameter and assignment by full name; what does not fit is left out.

    Args:
        text: the composed SBML.
        entries: the parameter tables by full name.
        rename: SBML id to full name.
    """
    checker = _Checker(text, entries, Path(), rename)
    known, _ = checker.rows()
    checker.rules.misfits(known)
    return {rename(name): unit for name, unit in known.items()}


class _Checker:
    def __init__(
        self,
        text: str,
        entries: Mapping[str, Entry],
        systems: Path,
        rename: Callable[[str], str],
    ) -> None:
        self.entries, self.systems, self.rename = entries, systems, rename
        self.rules = Rules(text, self._place, rename)

    def symbols(self) -> list[VagusError]:
        """Everything the equations read has a row, and every row is read by one and given by none."""
        problems: list[VagusError] = []
        used: set[str] = set(self.rules.rates)
        assigned = self.rules.assigned
        given = self.rules.rates | assigned
        problems += [
            self._at(name, "V211") for name in self.rules.rates if self.rename(name) not in self.entries
        ]
        for name, symbols in self.rules.reads.items():
            for symbol in sorted(symbols):
                used.add(symbol)
                if symbol not in given and self.rename(symbol) not in self.entries:
                    hint = did_you_mean(self.rename(symbol), [*self.entries, *map(self.rename, assigned)])
                    problems.append(self._at(name, "V204", symbol=self.rename(symbol), hint=hint))
        read = {self.rename(symbol) for symbol in used - assigned.keys()}
        for entry in self.entries.values():
            if entry.name not in read and entry.kind != "reference":
                problems.append(fail("V212", file=entry.file, line=entry.line, name=entry.name))
        return problems

    def numbers(self) -> list[VagusError]:
        """No number but 0, 1 and 2 stands in an equation."""
        found = []
        for name, math in (self.rules.rates | self.rules.assigned).items():
            odd = [number for number in _numbers(math) if abs(number) not in PLAIN_NUMBERS]
            found += [self._at(name, "V205", number=f"{number:g}") for number in odd]
        for name, function in self.rules.functions.items():
            odd = [number for number in _numbers(function.getBody()) if abs(number) not in PLAIN_NUMBERS]
            place = function_place(self.systems, name)
            found += [fail("V205", name=name, number=f"{number:g}", **place) for number in odd]
        return found

    def rows(self) -> tuple[dict[str, Dimension], list[VagusError]]:
        """The unit of every state and parameter by SBML id, and the units that are none."""
        problems: list[VagusError] = []
        known: dict[str, Dimension] = {}
        for name in self.rules.parameters:
            entry = self.entries.get(self.rename(name))
            if entry is not None:
                try:
                    known[name] = parse_unit(entry.unit)
                except VagusError as error:
                    place = Place(file=entry.file, line=entry.line, text=None)
                    problems.append(fail("V301", unit=entry.unit, hint=error.hint, **place))
        return known, problems

    def units(self) -> list[VagusError]:
        """Units of all rates and assignments; equations that one row spoils are one problem, told at that row."""
        rows, problems = self.rows()
        if problems:
            return problems
        known = dict(rows)
        blamed: set[str] = set()
        for name, misfit in self.rules.misfits(known):
            if blamed & set(self.rules.rows_behind(misfit.names)):
                continue
            suspects = find_suspects(misfit, self.rules, rows, known)
            if len(suspects) == 1:
                (row, wanted), *_ = suspects.items()
                blamed.add(row)
                problems.append(self._row_at_fault(name, misfit, row, wanted))
            else:
                problems.append(self._misfit(name, misfit, [*suspects]))
        return problems

    def _row_at_fault(self, name: str, misfit: Misfit, row: str, wanted: Dimension) -> VagusError:
        """The error of one misfit at the table row that makes it, with the equation in the hint."""
        entry = self.entries[self.rename(row)]
        file, line, _ = equation_place(self.systems, self.rename(name))
        equation = f"'{self.rename(name)}'" + (f" ({Path(file).name}, line {line})" if file else "")
        hint = f"write {self._unit_text(wanted)} for {entry.unit}: then the equation of {equation} fits"
        place = Place(file=entry.file, line=entry.line, text=_line_of(entry))
        return fail(misfit.code, hint=hint, name=self.rename(name), **_facts(misfit), **place)

    def _misfit(self, name: str, misfit: Misfit, suspects: list[str]) -> VagusError:
        """The error of one misfit at its equation, with the table rows that could be at fault in the hint."""
        names = suspects or sorted(misfit.names)
        rows = [
            f"{entry.name} [{entry.unit}] ({Path(entry.file).name}, line {entry.line})"
            for entry in (self.entries.get(self.rename(symbol)) for symbol in names)
            if entry is not None
        ]
        hint = f"in '{misfit.formula}'" + (f"; the units come from {', '.join(sorted(rows))}" if rows else "")
        return self._at(name, misfit.code, hint=hint, **_facts(misfit))

    def _unit_text(self, wanted: Dimension) -> str:
        """A unit as the tables write it most often; in base units when no row has it."""
        texts = Counter(entry.unit for entry in self.entries.values())
        fitting = [text for text, _ in texts.most_common() if is_among(wanted, [parse_unit(text)])]
        return fitting[0] if fitting else show(wanted)

    def _at(self, name: str, code: str, hint: str | None = None, **facts: Any) -> VagusError:
        full = self.rename(name)
        file, line, shown = equation_place(self.systems, full)
        return fail(code, file=file, line=line, text=shown, hint=hint, name=full, **facts)

    def _place(self, name: str) -> dict[str, Any]:
        """Where the equation of an SBML id stands."""
        file, line, text = equation_place(self.systems, self.rename(name))
        return {"file": file, "line": line, "text": text}


class _Facts(TypedDict):
    left: str
    right: str
    factor: str
    function: str
    unit: str


def _facts(misfit: Misfit) -> _Facts:
    """What the messages of V207, V208 and V209 tell, beside the name of the equation."""
    factor = f"{misfit.factor:.6g}"
    return _Facts(
        left=misfit.left, right=misfit.right, factor=factor, function=misfit.formula, unit=misfit.left
    )


def _line_of(entry: Entry) -> str | None:
    """The row as it stands in its table."""
    lines = read_text(entry.file).splitlines()
    return lines[entry.line - 1] if entry.line <= len(lines) else None


def _numbers(tree: Formula) -> list[float]:
    return [float(node.getValue()) for node in walk(tree) if node.isNumber()]
