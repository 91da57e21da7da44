"""`vagus sources`: what the model rests on, the weakest support first."""

from typing import Annotated, Any

import typer

from ..evidence.provenance import Provenance, SourceUse, provenance_of_atlas
from .show import AsJson, Out, Quiet, Seed, show


def sources_command(
    weakest: Annotated[bool, typer.Option("--worst", help="only the sources with the worst grade")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """List the sources of the model, worst grade first, with how many numbers rest on each."""
    known = provenance_of_atlas()
    kept = [line for line in known.sources if not weakest or line.grade == known.worst]
    show(_text(known, kept, quiet), _data(known, kept), as_json=as_json, quiet=quiet, out=out)


def _text(known: Provenance, kept: list[SourceUse], quiet: bool) -> str:
    lines = []
    for line in kept:
        where = f"  {line.doi_or_url}" if line.doi_or_url else ""
        lines.append(f"{line.grade or 'cited':<13}{line.used_for:>5}  {line.key:<18} {line.text}{where}")
    if quiet:
        return "\n".join(lines)
    total = sum(known.counts.values())
    shares = ", ".join(f"{count} are {grade}" for grade, count in known.counts.items())
    head = f"{'grade':<13}{'rest':>5}  {'source':<18} citation"
    tail = f"Of the {total} numbers of the model, {shares}."
    return "\n".join([head, *lines, "", tail, "What rests on a source: vagus explain KEY"])


def _data(known: Provenance, kept: list[SourceUse]) -> dict[str, Any]:
    return {
        "worst_grade": known.worst,
        "grade_counts": dict(known.counts),
        "sources": [vars(line) for line in kept],
    }
