"""How the small commands print: text for people, JSON for programs, to the terminal and into a file."""

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import VagusError, fail

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object")]
Quiet = Annotated[bool, typer.Option("--quiet", help="print no more than is needed")]
Out = Annotated[Path | None, typer.Option("--out", help="write the same into a file")]
Seed = Annotated[int, typer.Option("--seed", hidden=True)]  # every command takes it; nothing is random here

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
        raise fail("V603", path=path, reason=error.reason, hint="choose another file with --out") from None
    write_bytes(path, content)


def write_bytes(path: Path, content: bytes) -> None:
    """The same for what is no text; raises V603."""
    try:
        target = path.resolve()  # a link stays a link
        if target.exists() and not target.is_file():
            raise fail("V603", path=path, reason="it is not a regular file", hint="give the name of a file")
        handle, stage = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(stage, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
            os.replace(stage, target)
        except BaseException:
            Path(stage).unlink(missing_ok=True)
            raise
    except VagusError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the name; links in a circle
        reason = getattr(error, "strerror", None) or error
        raise fail("V603", path=path, reason=reason, hint="choose another file with --out") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
