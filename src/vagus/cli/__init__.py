"""The command line: one command, one function. Errors are sentences with a place and a hint, never a traceback.

Exit codes: 0 all is well, 1 the result says no, 2 bad input, 3 a run failed.
"""

import json
import sys

import typer
from rich.console import Console
from rich.text import Text

from ..errors import VagusError
from .bench import bench_command
from .check import check_command
from .explain import explain_command
from .export import export_app
from .map import map_command
from .matrix import matrix_command
from .resting import resting_command
from .run import run_command
from .simulate import simulate_command
from .sources import sources_command

app = typer.Typer(
    name="vagus",
    help="The mind-body connection as software. For research, teaching and record keeping; not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("simulate")(simulate_command)
app.command("run")(run_command)
app.command("explain")(explain_command)
app.command("sources")(sources_command)
app.command("check")(check_command)
app.command("resting")(resting_command)
app.command("bench")(bench_command)
app.command("map")(map_command)
app.command("matrix")(matrix_command)
app.add_typer(export_app, name="export")


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        app(standalone_mode=True)
    except VagusError as error:
        _tell(error)
        sys.exit(3 if error.code.startswith("V5") else 2)
    except KeyboardInterrupt:
        sys.exit(130)


def _tell(error: VagusError) -> None:
    if "--json" in sys.argv:
        print(json.dumps({"error": error.as_dict()}))
        return
    console = Console(stderr=True, soft_wrap=True)
    console.print(Text(f"{error.code} {error.message}", style="bold red"))
    if error.place:
        console.print(Text(f"  at {error.place}"))
    if error.hint:
        console.print(Text(f"  try: {error.hint}"))
    console.print(Text(f"  more: vagus explain {error.code}", style="dim"))
