"""`vagus export scores`: scores of simulated people as Parquet, Zarr or NetCDF."""

from pathlib import Path
from typing import Annotated

import typer

from ..body.model import load_model
from ..errors import fail
from ..exchange.score_files import check_ending, write_score_table
from ..people.course import follow_course
from .asked import (
    MOST_PEOPLE,
    Conditions,
    Days,
    PersonFile,
    RandomSeed,
    TreatmentName,
    asked_patient,
    asked_treatment,
    check_days,
)
from .show import AsJson, Quiet, check_out, show


def export_scores(
    patient: PersonFile = None,
    condition: Conditions = "",
    treatment: TreatmentName = "untreated",
    days: Days = 84.0,
    n: Annotated[int, typer.Option("--n", help="number of people")] = 100,
    out: Annotated[Path, typer.Option("--out", help="file to write: .parquet, .zarr or .nc")] = Path(
        "scores.parquet"
    ),
    seed: RandomSeed = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Simulate people and write all their scores to one file, with units and provenance."""
    check_days(days)
    if n < 1:
        raise fail("V409", n=n, text=f"--n {n}")
    if n > MOST_PEOPLE:
        raise fail("V417", what="n", value=n, limit=MOST_PEOPLE, text="--n")
    if check_ending(out).suffix != ".zarr" or not out.is_dir():
        check_out(out)
    person, course = asked_patient(patient, condition), asked_treatment(treatment, days)
    found = follow_course(load_model(), person, course, days, count=n, seed=seed)
    write_score_table(found, out)
    told = f"{out}: {len(found.scores)} instruments, {len(found.run.arms)} arms, {n} people, {len(found.days)} days"
    data = {"file": str(out), "instruments": list(found.scores), "arms": list(found.run.arms), "people": n}
    show(told, data, as_json=as_json, quiet=quiet, out=None)
