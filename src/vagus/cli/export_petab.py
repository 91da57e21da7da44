"""`vagus export petab`: the calibration problem for other fitting tools."""

from pathlib import Path
from typing import Annotated

import typer

from ..body.model import load_model
from ..exchange.petab_out import petab_problem
from ..learn.population_set import read_fitted
from ..learn.problem import CALIBRATE
from ..people.study import read_study
from ..tables import atlas_path
from .import_files import made_folder
from .show import AsJson, Quiet, Seed, show, write_whole


def export_petab(
    files: Annotated[
        list[Path] | None, typer.Argument(help="study files; those of the atlas by default")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="folder for the problem")] = Path("petab"),
    as_json: AsJson = False,
    quiet: Quiet = False,
    seed: Seed = 1,
) -> None:
    """Write the calibration problem as PEtab 2.0.0, with a population block of our own."""
    model = load_model()
    if files:
        studies = [read_study(path) for path in files]
    else:
        every = (read_study(path) for path in sorted(atlas_path("studies").glob("*.toml")))
        studies = [study for study in every if study.split == CALIBRATE]
    found = petab_problem(model, studies, read_fitted(model))
    made_folder(out)
    for name, text in found.files.items():
        write_whole(out / name, text)
    told = (
        f"{out}: {len(studies)} studies; {found.measured} of {found.outcomes} published numbers in the core, "
        "all in the population block"
    )
    data = {"out": str(out), "files": list(found.files), "measured": found.measured, "outcomes": found.outcomes,
            "notes": list(found.notes)}  # fmt: skip
    show("\n".join([told, *found.notes]), data, as_json=as_json, quiet=quiet, out=None)
