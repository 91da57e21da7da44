"""How the small commands print: text for people, JSON for programs, to the terminal and into a file."""

import json
import re
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import fail
from ..files import whole_file

AsJson = Annotated[bool, typer.Option("--json", help="print the result as one JSON object")]
Quiet = Annotated[bool, typer.Option("--quiet", help="print as little as possible")]
Out = Annotated[Path | None, typer.Option("--out", help="also write the result to this file")]
Seed = Annotated[int, typer.Option("--seed", hidden=True)]  # every command takes it; nothing is random here

_ELSEWHERE = "choose another file with --out"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def show(text: str, data: dict[str, Any], *, as_json: bool, quiet: bool, out: Path | None) -> None:
    """Print a result, and write the same into a file when one is named.

    Arguments: `text` for people and `data` for `--json`; `quiet` prints nothing when the result goes into a file.
    Raises V603 when the file cannot be written; it is then as it was before, and nothing was printed.
    """
    words = json.dumps(data, indent=1, ensure_ascii=False) if as_json else printable(text)
    if out is not None:
        write_whole(out, words + "\n")
    if words and not (quiet and out is not None):
        typer.echo(words)


def check_out(out: Path | None) -> None:
    """Nothing when a file can be written there, better told before a long run than after it; raises V603."""
    if out is None:
        return
    try:
        if out.is_dir():
            raise fail("V603", path=out, reason="it is a folder", hint=_ELSEWHERE)
        with tempfile.TemporaryFile(dir=out.absolute().parent):
            pass
    except OSError as error:
        raise fail("V603", path=out, reason=error.strerror or str(error), hint=_ELSEWHERE) from None


def printable(text: str) -> str:
    """The text without control characters: names come from files people wrote, and a terminal obeys such marks."""
    return _CONTROL.sub("", text)


def write_whole(path: Path, text: str) -> None:
    """Write a file at once: it appears under its name when it is complete, or not at all.

    Raises V603 when it cannot be written.
    """
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise fail("V603", path=path, reason=error.reason, hint=_ELSEWHERE) from None
    write_bytes(path, content)


def write_bytes(path: Path, content: bytes) -> None:
    """The same for what is not text; raises V603."""
    with whole_file(path, _ELSEWHERE) as part:
        part.write_bytes(content)
