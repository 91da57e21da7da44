"""`vagus resting`: how the resting body of each condition differs from health, next to published differences."""

from typing import Annotated, Any

import typer

from ..body.model import load_model
from ..errors import fail
from ..evidence.resting_table import page, resting_differences, typical_rows
from .asked import RandomSeed
from .show import AsJson, Out, Quiet, check_out, show

FEWEST, MOST = 2, 20_000


def resting_command(
    people: Annotated[int, typer.Option(help="people drawn for each condition")] = 200,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: RandomSeed = 1,
) -> None:
    """Compare the resting body in every condition with the healthy one, in standard deviations between people."""
    if not FEWEST <= people <= MOST:
        hint = f"give {FEWEST} to {MOST}; 200 are usual"
        raise fail("V413", key="people", value=people, hint=hint, text=f"--people {people}")
    check_out(out)
    model = load_model()
    found = resting_differences(model, people, seed)
    data: dict[str, Any] = {
        condition: {name: vars(one) for name, one in differences.items()}
        for condition, differences in found.items()
    }
    show(page(found, typical_rows(model), people, seed), data, as_json=as_json, quiet=quiet, out=out)
