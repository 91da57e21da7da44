"""One table of a TOML file, read entry by entry; every mistake is told with its code, file and line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from ..errors import VagusError, did_you_mean, fail
from ..tables import Place, place_of, read_text
from ..units import as_quantity, parse_unit


@dataclass(frozen=True)
class Section:
    """A table of a person or treatment file.

    Attributes:
        what: how errors call it, such as "a dose".
        data: its entries.
        path: the file.
        header: name of the table in the file; '' for the file itself.
        nth: which of several tables of that name, 1 for the first.
    """

    what: str
    data: Mapping[str, Any]
    path: str | Path
    header: str = ""
    nth: int = 1

    def place(self, key: str) -> Place:
        """Where an entry stands; the head of the table when it is not found."""
        if not self.header:
            return place_of(self.path, key)
        head = place_of(self.path, self.header, self.nth)
        lines = read_text(self.path).splitlines()[head["line"] or 0 :]
        wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
        for number, text in enumerate(lines, start=(head["line"] or 0) + 1):
            if text.lstrip().startswith("["):  # the next table
                break
            if wanted.match(text):
                return Place(file=str(self.path), line=number, text=text.strip())
        return head

    def allow(self, known: Sequence[str], needed: Sequence[str] = ()) -> None:
        """Nothing when all keys are known and none is missing; raises V401 and V411."""
        for key in self.data:
            if key not in known:
                hint = did_you_mean(key, known)
                raise fail(
                    "V401", what=self.what, key=key, known=", ".join(known), hint=hint, **self.place(key)
                )
        for key in needed:
            if key not in self.data:
                raise fail("V411", what=self.what, key=key, **self.place(key))

    def quantity(
        self, key: str, unit: str, default: float = 0.0, low: float = -inf, high: float = inf
    ) -> float:
        """A number in `unit`, with or without its unit in the file; raises V301-V304, and V407 outside the range."""
        return self.checked(key, self.data.get(key, default), unit, low, high)

    def checked(self, key: str, value: Any, unit: str, low: float = -inf, high: float = inf) -> float:
        """A value that stands under a key, as a number in `unit`; raises V301-V304, and V407 outside the range."""
        try:
            number = as_quantity(value, unit, name=key)
        except VagusError:  # looked for only now: a file of many entries is not read again for each of them
            place = self.place(key)
            number = as_quantity(value, unit, name=key, file=place["file"], line=place["line"])
        if not low <= number <= high:
            facts = {"value": f"{number:g}", "unit": unit, "low": f"{low:g}", "high": f"{high:g}"}
            raise fail("V407", what=key, **facts, **self.place(key))
        return number

    def text(self, key: str, default: str = "", choices: Sequence[str] | None = None) -> str:
        """A text; raises V412 for anything else, V413 when it is not one of the choices."""
        value = self.data.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "a text in quotes")
        if choices is not None and value not in choices:
            known = ", ".join(choices)
            hint = did_you_mean(value, choices) or f"choose one of: {known}"
            raise fail("V413", key=key, value=value, known=known, hint=hint, **self.place(key))
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false; raises V412 for anything else."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """A list of texts; raises V412 for anything else."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.wrong(key, 'a list of names, such as ["one", "two"]')
        return tuple(value)

    def unit(self, key: str) -> str:
        """A unit as it is written; raises V412 for anything but a text, V301 for an unknown one."""
        text = self.text(key)
        try:
            parse_unit(text)
        except VagusError as error:
            raise fail("V301", unit=text, hint=error.hint, **self.place(key)) from None
        return text

    def tables(self, key: str, what: str) -> list["Section"]:
        """The tables [[key]] inside; raises V412 when it is something else."""
        rows = self.data.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.wrong(key, f"one or more tables [[{key}]]")
        return [Section(what, row, self.path, key, nth) for nth, row in enumerate(rows, start=1)]

    def table(self, key: str, what: str) -> "Section":
        """The table [key] inside, empty when there is none; raises V412 when it is something else."""
        rows = self.data.get(key, {})
        if not isinstance(rows, dict):
            raise self.wrong(key, f"a table [{key}] of names and values")
        return Section(what, rows, self.path, key)

    def wrong(self, key: str, wanted: str) -> VagusError:
        """V412 for an entry that is of another kind than wanted."""
        return fail("V412", key=key, value=self.data.get(key), wanted=wanted, **self.place(key))
