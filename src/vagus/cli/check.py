"""`vagus check`: what is wrong in the shipped model, or in files of your own."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..body.model import load_model
from ..errors import VagusError, fail
from ..evidence.lint import UNREADABLE, check_everything, inventory
from ..evidence.reference import compare, differs
from ..evidence.reference import write as write_reference
from .show import AsJson, Out, Quiet, Seed, check_out, show


def check_command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="files of people, diaries, treatments, studies, instruments, tables or models"),
    ] = None,
    reference: Annotated[bool, typer.Option("--reference", help="recompute the reference constants")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="with --reference: write them to the tables")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Check units, names, numbers, sources and grades, of the whole model or of your own files."""
    check_out(out)
    if write and not reference:
        raise fail("V411", what="--write", key="--reference", hint="write: vagus check --reference --write")
    if reference and files:
        raise fail("V413", key="the file beside --reference", value=files[0], hint="leave out one of the two")
    if reference:
        _reference(write, as_json, quiet, out)
        return
    problems = check_everything(files or [])
    text, data = _text(problems, files or [], quiet), _data(problems, files or [])
    show(text, data, as_json=as_json, quiet=quiet, out=out)
    if problems:
        raise typer.Exit(2 if any(problem.code in UNREADABLE for problem in problems) else 1)


def _reference(write: bool, as_json: bool, quiet: bool, out: Path | None) -> None:
    """Recompute what the healthy person has, and say where the tables differ, or correct them."""
    found = compare(load_model())
    wrong = [name for name, (table, computed) in found.items() if differs(table, computed)]
    lines = [
        f"{name}: table {table:.5g}, computed {computed:.5g}{' - differs' if name in wrong else ''}"
        for name, (table, computed) in found.items()
    ]
    data: dict[str, Any] = {
        "ok": not wrong or write,
        "reference": {
            name: {"table": table, "computed": computed} for name, (table, computed) in found.items()
        },
        "written": [str(path) for path in write_reference({n: v for n, (_, v) in found.items()})]
        if write
        else [],
    }
    show("" if quiet else "\n".join(lines), data, as_json=as_json, quiet=quiet, out=out)
    if wrong and not write:
        raise typer.Exit(1)


def _text(problems: list[VagusError], files: list[Path], quiet: bool) -> str:
    if problems:
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        return "\n\n".join([*map(_told, problems), *([] if quiet else [count])])
    if quiet:
        return ""
    if files:
        return f"nothing wrong: {len(files)} file{'s' if len(files) > 1 else ''}"
    size = inventory()
    return f"nothing wrong: {size.equations} equations, {size.numbers} numbers, {size.sources} sources"


def _told(problem: VagusError) -> str:
    lines = [f"{problem.code} {problem.message}"]
    lines += [f"  at {problem.place}"] if problem.place else []
    lines += [f"  try: {problem.hint}"] if problem.hint else []
    return "\n".join(lines)


def _data(problems: list[VagusError], files: list[Path]) -> dict[str, Any]:
    whole = {} if problems or files else {key: value for key, value in vars(inventory()).items()}
    return {"ok": not problems, "problems": [problem.as_dict() for problem in problems], **whole}
