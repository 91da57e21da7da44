"""How the small commands print: text for people, JSON for programs, to the terminal and into a file."""

import json
import math
import re
import tempfile
from collections.abc import Iterable
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
    words = json.dumps(_plain(data), indent=1, ensure_ascii=False) if as_json else printable(text)
    if out is not None:
        write_whole(out, words + "\n")
    if words and not (quiet and out is not None):
        typer.echo(words)


def _plain(data: Any) -> Any:
    """The same with null for what is no number: JSON has no NaN and no infinity."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


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


def check_out_folder(folder: Path | None, names: Iterable[str] = ()) -> None:
    """Nothing when files can be put into the folder, or the folder can be made; changes nothing.

    Arguments: `names` of the files that will be written there. Raises V602 it is a file, V601 it cannot be written to.
    """
    if folder is None:
        return
    words = f"--out {folder}"
    try:
        if folder.exists() and not folder.is_dir():
            raise fail("V602", path=folder, text=words)
        for name in names:
            if (folder / name).is_dir():
                raise fail("V601", path=folder / name, reason="it is a folder", text=words)
        nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise fail("V601", path=folder, reason=error.strerror or error, text=words) from None


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
