"""Errors with a code, a place and the next thing to try.

    VagusError
      V1xx  reading files            V4xx  persons, conditions, treatments, instruments, times
      V2xx  model text               V5xx  simulation
      V3xx  tables and units         V6xx  output

What a code says stands in `atlas/errors.toml`; code raises it with `raise fail("V402", name=...)`.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_CODES = Path(__file__).parent / "atlas" / "errors.toml"
_MOST_LETTERS = 400  # of one fact, and of the line that is shown


@dataclass(frozen=True)
class Explanation:
    """What one error code means: the entry of `atlas/errors.toml`, as `vagus explain V402` prints it."""

    code: str
    title: str
    message: str
    why: str
    hint: str


class VagusError(Exception):
    """An error a person can act on.

    Fields: `code` ("V402"), `message` (one sentence), `file` and `line` (where, 1 is the first line),
    `text` (the offending line as written), `hint` (the next thing to try); all but the first two may be None.
    """

    def __init__(
        self,
        code: str,
        message: str,
        file: str | None = None,
        line: int | None = None,
        text: str | None = None,
        hint: str | None = None,
    ) -> None:
        # All fields go to Exception.args, so that an error survives the way back from another process.
        super().__init__(code, message, file, line, text, hint)
        self.code = code
        self.message = message
        self.file = file
        self.line = line
        self.text = text
        self.hint = hint

    @property
    def place(self) -> str:
        """Where it is, 'person.toml, line 4: age = 900', as far as known; '' when nothing is known."""
        where = ", ".join(part for part in (self.file, f"line {self.line}" if self.line else None) if part)
        return ": ".join(part for part in (where, self.text) if part)

    def __str__(self) -> str:
        place = f" ({self.place})" if self.place else ""
        stop = "" if self.message.endswith((".", "?", "!")) and not place else "."
        hint = f" Try: {self.hint}" if self.hint else ""
        return f"{self.code} {self.message}{place}{stop}{hint}"

    def as_dict(self) -> dict[str, str | int | None]:
        """All fields as plain data, as `--json` prints them."""
        return {
            "code": self.code,
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "text": self.text,
            "hint": self.hint,
        }


def fail(
    code: str,
    *,
    file: str | Path | None = None,
    line: int | None = None,
    text: str | None = None,
    hint: str | None = None,
    **facts: object,
) -> VagusError:
    """The error of one code, ready to raise.

    Arguments: `code` as in `atlas/errors.toml`; `file`, `line` (1 is the first), `text` say where it is;
    `hint` replaces the hint of the table unless it is None or empty; `facts` fill the braces of its message
    and hint. An unknown code is a KeyError: that is a mistake in vagus, not in the input.
    """
    entry = explanations()[code]
    known = _Facts({name: _short(fact) for name, fact in facts.items()})
    message = entry.message.format_map(known)
    if facts.get("unit") == "":  # a plain number leaves no gap
        message = re.sub(r" +( |$)", r"\1", message)
    return VagusError(
        code,
        message,
        None if file is None else str(file),
        line,
        str(_short(text.strip())) if text else None,
        hint or entry.hint.format_map(known) or None,
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ "did you mean 'mdd'?" for the nearest of the known names, '' when none is near.

    Arguments: `word` as written; `known`, the names that exist. Case and '-', '_', ' ' make no difference.
    """
    plain = {_plain(name): name for name in sorted(known, reverse=True)}
    near = difflib.get_close_matches(_plain(word), list(plain), n=1, cutoff=0.6)
    return f"did you mean '{plain[near[0]]}'?" if near else ""


@lru_cache(maxsize=1)
def explanations() -> dict[str, Explanation]:
    """Every code with its title, message, reason and hint, in the order of `atlas/errors.toml`."""
    with _CODES.open("rb") as stream:
        table = tomllib.load(stream)
    return {code: Explanation(code=code, **entry) for code, entry in table.items()}


class _Facts(dict[str, object]):
    """Facts of one message; a fact that was not given prints as '?', so that it cannot hide the error."""

    def __missing__(self, key: str) -> str:
        return "?"


class _Words(str):
    """Words in place of a value that is too long to be told; not put in quotes by a message."""

    def __repr__(self) -> str:
        return str(self)


def _short(fact: object) -> object:
    """A fact as a message can tell it; what a person wrote may be megabytes long, or lists inside lists."""
    if isinstance(fact, str):
        return fact if len(fact) <= _MOST_LETTERS else fact[:_MOST_LETTERS] + "…"
    if not isinstance(fact, int | list | dict):
        return fact
    try:
        told = repr(fact)
    except (ValueError, RecursionError):  # a whole number of thousands of digits
        told = "something too long to print"
    return _Words(told if len(told) <= _MOST_LETTERS else told[:_MOST_LETTERS] + "…")


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-").replace(" ", "-")
