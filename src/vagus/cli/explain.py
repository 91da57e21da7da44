"""`vagus explain`: what a name or an error code means."""

from textwrap import wrap
from typing import Annotated

import typer

from ..evidence.explain import Explanation, explain
from .show import AsJson, Out, Quiet, Seed, show

_WIDTH = 100


def explain_command(
    name: Annotated[str, typer.Argument(help="such as pain.windup_gain, mdd, ketamine-iv-6, madrs, V402")],
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Explain a number, condition, treatment, instrument, drug, source or error code."""
    found = explain(name)
    show(_text(found), found.as_dict(), as_json=as_json, quiet=quiet, out=out)


def _text(found: Explanation) -> str:
    lines = [found.title, ""]
    edge = max((len(label) for label, _ in found.facts), default=0) + 2
    for label, value in found.facts:
        first, *rest = wrap(value, _WIDTH - edge, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [f"{label:<{edge}}{first}", *(" " * edge + line for line in rest)]
    return "\n".join([*lines, "", found.text] if found.text else lines)
