"""`vagus bench`: our engine against others, in turns, in one run."""

from typing import Annotated, Any

import typer
from rich.console import Console

from ..errors import fail
from ..evidence.bench import CONTESTS, Size, bench
from ..evidence.rivals import NAMES
from .show import AsJson, Out, Quiet, Seed, check_out, show

MOST_SCALING = 6


def bench_command(
    people: Annotated[int, typer.Option(help="people our engine simulates in each round")] = 256,
    others: Annotated[int, typer.Option(help="people each other engine simulates in each round")] = 4,
    rounds: Annotated[int, typer.Option(help="rounds, in which the engines take turns")] = 3,
    exact: Annotated[int, typer.Option(help="people whose error at the default tolerance is measured")] = 256,
    scaling: Annotated[int, typer.Option(help="up to 10^N people in the scaling runs; 0 for none")] = 4,
    only: Annotated[str, typer.Option(help="contests, such as body_averaged,standin; all by default")] = "",
    engines: Annotated[
        str, typer.Option(help="other engines, such as libRoadRunner,COPASI; all installed ones by default")
    ] = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Measure speed and accuracy on the body and on a 90-state stand-in, beside other engines where installed."""
    contests = tuple(name.strip() for name in only.split(",") if name.strip()) or tuple(CONTESTS)
    for name in contests:
        if name not in CONTESTS:
            raise fail("V413", key="only", value=name, hint=f"write one of {', '.join(CONTESTS)}")
    for key, value in (("people", people), ("others", others), ("rounds", rounds), ("exact", exact)):
        if value < 1:
            raise fail("V413", key=key, value=value, hint="give a whole number of at least 1")
    if not 0 <= scaling <= MOST_SCALING:
        raise fail("V413", key="scaling", value=scaling, hint=f"give a power of ten from 0 to {MOST_SCALING}")
    names = tuple(name.strip() for name in engines.split(",") if name.strip())
    for name in names:
        if not any(known.startswith(name) for known in NAMES):
            raise fail("V413", key="engines", value=name, hint=f"write one of {', '.join(NAMES)}")
    check_out(out)
    console = Console(stderr=True)

    def told(text: str) -> None:
        if not quiet and console.is_terminal:
            console.print(text, highlight=False)

    found = bench(Size(people, others, rounds, exact, scaling, contests, names), told)
    show(_text(found), found, as_json=as_json, quiet=quiet, out=out)


def _text(found: dict[str, Any]) -> str:
    parts = {name: result for name, result in found.items() if name != "bars"}
    lines = [line for name, result in parts.items() for line in (name, *_lines(result, "  "))]
    return "\n".join([*lines, "", "bars", *(_bar(row) for row in found["bars"])])


def _bar(row: dict[str, Any]) -> str:
    """One bar on one line: what, where, the number, what it must be, what is aimed at, the verdict."""
    number = "-" if row["measured"] is None else f"{row['measured']:.3g}"
    wanted = f"must {row['must']:g}, aim {row['aim']:g}"
    return f"  {row['what']:38} {row['contest']:14} {number:>9}  {wanted:24} {row['verdict']}"


def _lines(result: dict[str, Any], indent: str) -> list[str]:
    lines = []
    for key, value in result.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}", *_lines(value, indent + "  ")] if value else []
        elif isinstance(value, list):
            lines.append(f"{indent}rtol {key}: {value[0]:.3g} people/s, error {value[1]:.2g}")
        else:
            lines.append(
                f"{indent}{key}: {value:.4g}" if isinstance(value, float) else f"{indent}{key}: {value}"
            )
    return lines
