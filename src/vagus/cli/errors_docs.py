"""Every error code with its cause and its cure, as a page of the documentation.

`python -m vagus.cli.errors_docs docs` writes docs/errors.md from `atlas/errors.toml`; a test says which is missing.
"""

import re
import sys
from itertools import groupby
from pathlib import Path

from ..errors import Explanation, explanations

PAGE = "errors.md"
_HEAD = "<!-- written by `python -m vagus.cli.errors_docs docs`: change nothing here -->"
_ROOMS = {
    "V1": "Reading and writing files",
    "V2": "Model text",
    "V3": "Tables, units and names",
    "V4": "People, conditions, treatments, instruments, studies, diaries",
    "V5": "Simulation",
    "V6": "Output and other tools",
    "V7": "The clinic",
}
_FACT = re.compile(r"(?<!\{)\{(\w+)[^{}]*\}(?!\})")


def page() -> str:
    """The page with every code, grouped by what was going on."""
    codes = explanations()
    parts = [
        _HEAD,
        "# Errors",
        "Every error has a code, says what is wrong and where, and what to try. `vagus explain V402` prints the same "
        "as this page. On the command line an error ends with 2 for bad input and with 3 for a failed run; in Python "
        "it is a `VagusError` with the fields `code`, `message`, `file`, `line`, `text` and `hint`. "
        f"{len(codes)} codes; words in angle brackets stand for facts of the case.",
    ]
    for room, entries in groupby(
        sorted(codes.values(), key=lambda one: one.code), key=lambda one: one.code[:2]
    ):
        parts += [f"## {_ROOMS[room]}", *(_entry(one) for one in entries)]
    return "\n\n".join(parts) + "\n"


def _entry(one: Explanation) -> str:
    return (
        f"### {one.code}: {one.title}\n\n"
        f"{_told(one.message)[:1].upper()}{_told(one.message)[1:]}.\n\n"
        f"*Cause.* {_told(one.why)}\n\n"
        f"*Cure.* {_told(one.hint)[:1].upper()}{_told(one.hint)[1:]}{'' if one.hint.endswith(('.', '?', '!')) else '.'}"
    )


def _told(text: str) -> str:
    """Text before its facts are known, with signs that Markdown would read escaped."""
    shown = _FACT.sub(r"<\1>", text).replace("{{", "{").replace("}}", "}")
    for sign in ("\\", "*", "<", "[", "$", "|", "`"):
        shown = shown.replace(sign, "\\" + sign)
    return " ".join(shown.split())


def main(folder: str = "docs") -> None:
    """Write the page into a folder of documentation."""
    Path(folder, PAGE).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
