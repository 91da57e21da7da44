"""`vagus bench`: our engine against libRoadRunner, in turns, in one run."""

from typing import Annotated, Any

import typer

from ..evidence.bench import bench
from .show import AsJson, Out, Quiet, Seed, show


def bench_command(
    people: Annotated[int, typer.Option(help="people our engine simulates in each round")] = 256,
    others: Annotated[int, typer.Option(help="people the other engine simulates in each round")] = 8,
    rounds: Annotated[int, typer.Option(help="rounds in turns")] = 3,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Measure speed and accuracy on the body and on a 90-state stand-in, against libRoadRunner where installed."""
    found = bench(people, others, rounds)
    show(_text(found), found, as_json=as_json, quiet=quiet, out=out)


def _text(found: dict[str, Any]) -> str:
    lines = []
    for name, result in found.items():
        lines.append(name)
        for key, value in result.items():
            if isinstance(value, dict):
                for rtol, (speed, error) in value.items():
                    lines.append(f"  {key} rtol {rtol}: {speed:.1f} people/s, error {error:.2g}")
            else:
                lines.append(f"  {key}: {value:.4g}")
    return "\n".join(lines)
