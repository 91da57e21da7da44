"""`vagus matrix`: what twelve weeks of a step in one system do to every other, with arrows cut if asked."""

from math import isnan
from typing import Annotated, Any

import typer

from ..body.model import load_model
from ..errors import fail
from ..evidence.matrix import Matrix, matrix_of
from .asked import RandomSeed, asked_conditions, said
from .show import AsJson, Out, Quiet, check_out, show

_WIDTH = 7
_LEAST = "  (healthy people hardly differ in it: 5 % instead)"


def matrix_command(
    condition: Annotated[str, typer.Option(help="conditions of the person, such as mdd,pain")] = "healthy",
    cut: Annotated[
        list[str] | None,
        typer.Option(help="an arrow to cut, such as pain->mood or pain->mood.drive; may be repeated"),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: RandomSeed = 1,
) -> None:
    """Shift each system by one healthy SD for twelve weeks and show what else moves, in healthy SDs."""
    names = asked_conditions(condition)
    check_out(out)
    with said(f"--cut {' --cut '.join(cut or [])}"):
        found = matrix_of(load_model(), names, [_arrow(words) for words in cut or []], seed)
    show(_text(found, quiet), _data(found, names), as_json=as_json, quiet=quiet, out=out)


def _arrow(words: str) -> tuple[str, str]:
    giver, arrow, receiver = words.partition("->")
    if not arrow or not giver.strip() or not receiver.strip():
        raise fail("V413", key="cut", value=words, hint="write giver->receiver, such as pain->mood")
    return giver.strip(), receiver.strip()


def _text(found: Matrix, quiet: bool) -> str:
    names = [system.name for system in found.systems]
    head = " " * 16 + "".join(f"{name[: _WIDTH - 1]:>{_WIDTH}}" for name in names)
    lines = (
        [] if quiet else ["rows: what moves; columns: what is stepped by one healthy SD for twelve weeks", ""]
    )
    lines.append(head)
    for name, row in zip(names, found.response, strict=True):
        cells = "".join(f"{_cell(value):>{_WIDTH}}" for value in row)
        lines.append(f"{name:<16}{cells}")
    if not quiet:
        lines += ["", "In healthy SDs of the lead state of each row. Lead states and their steps:"]
        rows = zip(found.systems, found.step, found.drawn, strict=True)
        lines += [f"  {s.name:<14}{s.lead:<32}{step:.4g}{'' if drawn else _LEAST}" for s, step, drawn in rows]
        lines += [f"Cut: {', '.join('->'.join(pair) for pair in found.cuts)}"] if found.cuts else []
    return "\n".join(lines)


def _cell(value: float) -> str:
    """A response; '.' where next to nothing moves, '?' where the step could not be followed."""
    if isnan(value):
        return "?"
    return f"{value:.2f}" if abs(value) >= 0.005 else "."


def _data(found: Matrix, conditions: tuple[str, ...]) -> dict[str, Any]:
    names = [system.name for system in found.systems]
    rows = {
        name: {to: float(f"{value:.6g}") for to, value in zip(names, row, strict=True)}
        for name, row in zip(names, found.response, strict=True)
    }
    return {
        "conditions": list(conditions),
        "cuts": ["->".join(pair) for pair in found.cuts],
        "weeks": 12,
        "unit": "healthy standard deviations of the row's lead state per one of the column's",
        "lead_states": {system.name: system.lead for system in found.systems},
        "steps": {s.name: float(f"{step:.6g}") for s, step in zip(found.systems, found.step, strict=True)},
        "steps_are_sd": {s.name: bool(d) for s, d in zip(found.systems, found.drawn, strict=True)},
        "response": rows,
    }
