"""The command line: one command, one function. Errors are sentences with a place and a hint, never a traceback.

Exit codes: 0 all is well, 1 the result says no, 2 bad input, 3 a run failed.
"""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ..body.run import package_version
from ..errors import VagusError
from .bench import bench_command
from .calibrate import calibrate_command
from .check import check_command
from .claims import claims_command
from .explain import explain_command
from .export import export_app
from .export_omex import export_omex
from .export_people import export_fhir, export_nonmem, export_redcap
from .export_petab import export_petab
from .export_scores import export_scores
from .follow import follow_command
from .import_files import import_app
from .map import map_command
from .matrix import matrix_command
from .reporting_list import reporting_list_command
from .resting import resting_command
from .run import run_command
from .sensitivity import sensitivity_command
from .serve import serve_command
from .simulate import simulate_command
from .sources import sources_command
from .trial import trial_command
from .validate import validate_command

app = typer.Typer(
    name="vagus",
    help="The mind-body connection as software. For research, teaching and record keeping; not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vagus {package_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """What `vagus` takes before the name of a command."""


app.command("simulate")(simulate_command)
app.command("run")(run_command)
app.command("follow")(follow_command)
app.command("explain")(explain_command)
app.command("sources")(sources_command)
app.command("check")(check_command)
app.command("resting")(resting_command)
app.command("reporting-list")(reporting_list_command)
app.command("bench")(bench_command)
app.command("map")(map_command)
app.command("matrix")(matrix_command)
app.command("claims")(claims_command)
app.command("trial")(trial_command)
app.command("validate")(validate_command)
app.command("calibrate")(calibrate_command)
app.command("sensitivity")(sensitivity_command)
app.command("serve")(serve_command)
export_app.command("nonmem")(export_nonmem)
export_app.command("omex")(export_omex)
export_app.command("fhir")(export_fhir)
export_app.command("petab")(export_petab)
export_app.command("scores")(export_scores)
export_app.command("redcap")(export_redcap)
app.add_typer(export_app, name="export")
app.add_typer(import_app, name="import")


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
