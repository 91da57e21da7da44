"""`vagus import`: files of other tools as people, courses and tables of vagus."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ..body.patient import Patient
from ..errors import fail
from ..exchange.clinical_record import ClinicalRecord
from ..exchange.fhir_in import read_fhir
from ..exchange.nonmem import Subject, Table, compartment, read_nonmem, treatment_of
from ..exchange.omex import largest_difference, read_omex, run_experiment
from ..exchange.petab_in import read_petab
from ..exchange.petab_run import evaluate_petab
from ..exchange.record_diary import diary_text
from ..exchange.redcap import read_redcap
from ..exchange.results import read_results
from ..exchange.sedml import csv_of
from ..exchange.treatment_text import patient_toml, treatment_toml
from ..report.numerals import count_of
from .asked import asked_patient, said
from .show import AsJson, Quiet, Seed, show, write_bytes, write_whole

import_app = typer.Typer(help="Read files written by other tools.", no_args_is_help=True)
Folder = Annotated[Path, typer.Option("--out", help="output folder; created if it does not exist")]
Person = Annotated[
    Path, typer.Option("--out", help="output file; for several people NAME-1.csv, NAME-2.csv ...")
]
_COVARIATES = {"WT": "weight", "AGE": "age", "HT": "height"}


@import_app.command("nonmem")
def import_nonmem(
    table: Annotated[Path, typer.Argument(help="a CSV table with ID, TIME, AMT ...")],
    out: Folder = Path("nonmem"),
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--compartment", help="what a compartment (CMT) is, such as '1=ketamine iv'; may be repeated"
        ),
    ] = None,
    condition: Annotated[str, typer.Option(help="conditions of these people, such as mdd,pain")] = "",
    run_in: Annotated[float | None, typer.Option(help="days allowed for reaching a steady state")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    seed: Seed = 1,
) -> None:
    """Read a NONMEM-style table: a person file and the doses of each ID, and all observations as one table."""
    compartments = dict(_compartment(text) for text in given or [])
    person = asked_patient(None, condition)
    hours = None if run_in is None else 24.0 * run_in
    found = read_nonmem(table, compartments, hours)
    made_folder(out)
    files = []
    for subject in found.subjects:
        files += _write_subject(subject, found, person, out)
    observed = [
        f"{s.name},{nth},{one.name},{one.time - stretch.begins!r},{one.value!r}"
        for s in found.subjects
        for nth, stretch in enumerate(s.stretches, start=1)
        for one in stretch.observed
        if one.value is not None
    ]
    write_whole(out / "observed.csv", "\n".join(["id,occasion,name,hour,value", *observed]) + "\n")
    files.append("observed.csv")
    people, seen = count_of(len(found.subjects), "person", "people"), count_of(len(observed), "observation")
    told = f"{people}, {seen}, {count_of(len(files), 'file')} in {out}"
    data: dict[str, Any] = {
        "people": len(found.subjects),
        "occasions": sum(len(s.stretches) for s in found.subjects),
        "doses": sum(len(st.occasion.doses) for s in found.subjects for st in s.stretches),
        "observations": len(observed),
        "notes": list(found.notes),
        "files": files,
        "out": str(out),
    }
    show("\n".join([told, *found.notes]), data, as_json=as_json, quiet=quiet, out=None)


@import_app.command("omex")
def import_omex(
    archive: Annotated[Path, typer.Argument(help="a COMBINE archive (OMEX)")],
    out: Folder = Path("omex"),
    run: Annotated[bool, typer.Option(help="run the experiments in it")] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
    seed: Seed = 1,
) -> None:
    """Unpack a COMBINE archive, run its time courses and compare them with the results it contains."""
    found = read_omex(str(archive))
    for name, content in found.entries.items():
        made_folder((out / name).parent)
        write_bytes(out / name, content)
    told, data = [f"{len(found.entries)} files in {out}"], []
    for name, experiment in found.experiments if run else ():
        result = run_experiment(found, name, experiment)
        columns = {label: result.values[:, k, 0].tolist() for k, (_, label) in enumerate(experiment.wanted)}
        table = f"{Path(name).stem}-{experiment.key}.csv"
        write_whole(out / table, csv_of(result.times.tolist(), columns))
        apart = largest_difference(found, result.times.tolist(), columns)
        words = (
            "" if apart is None else f"; at most {apart:.1e} of the range from the numbers that came with it"
        )
        told.append(
            f"{experiment.key}: {len(result.times)} times of {len(columns)} quantities in {table}{words}"
        )
        data.append({"task": experiment.key, "table": table, "difference": apart, "columns": list(columns)})
    show(
        "\n".join(told),
        {"files": list(found.entries), "out": str(out), "experiments": data},
        as_json=as_json,
        quiet=quiet,
        out=None,
    )


@import_app.command("fhir")
def import_fhir(
    bundle: Annotated[Path, typer.Argument(help="a FHIR R4 bundle (JSON)")],
    out: Person = Path("person.csv"),
    as_json: AsJson = False,
    quiet: Quiet = False,
    seed: Seed = 1,
) -> None:
    """Read a FHIR bundle into one file per patient for `vagus follow`; whatever does not fit is reported."""
    _write_people(read_fhir(bundle), out, as_json, quiet)


@import_app.command("redcap")
def import_redcap(
    records: Annotated[Path, typer.Argument(help="the exported records (flat CSV, raw values)")],
    dictionary: Annotated[Path | None, typer.Option(help="the data dictionary (CSV)")] = None,
    zone: Annotated[str, typer.Option(help="time zone of dates and times, such as Europe/Berlin")] = "UTC",
    out: Person = Path("person.csv"),
    as_json: AsJson = False,
    quiet: Quiet = False,
    seed: Seed = 1,
) -> None:
    """Read a REDCap export into one file per record for `vagus follow`; whatever does not fit is reported."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        with said(f"--zone {zone}"):
            raise fail("V413", key="zone", value=zone, hint="give a name such as Europe/Berlin") from None
    _write_people(read_redcap(records, dictionary, place), out, as_json, quiet)


@import_app.command("petab")
def import_petab(
    problem: Annotated[Path, typer.Argument(help="the YAML file of a PEtab 2 problem")],
    out: Annotated[
        Path | None, typer.Option("--out", help="also write the simulation table to this file")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    seed: Seed = 1,
) -> None:
    """Read a plain PEtab problem and say how well its nominal parameters fit its measurements."""
    found = read_petab(problem)
    fit = evaluate_petab(found)
    lines = ["\t".join(("observableId", "experimentId", "simulation", "time", "measurement", "noise"))]
    for one, value, sigma in zip(found.measurements, fit.simulated, fit.noise, strict=True):
        cells = (one.observable, one.experiment, repr(value), repr(one.time), repr(one.value), repr(sigma))
        lines.append("\t".join(cells))
    if out is not None:
        write_whole(out, "\n".join(lines) + "\n")
    told = [
        f"{len(found.measurements)} measurements, {len(found.estimated)} parameters to estimate, "
        f"chi2 {fit.chi2:.6g}, log likelihood {fit.log_likelihood:.6g}"
    ]
    told += [f"the extension {name} is not read" for name in found.extensions]
    data = {
        "measurements": len(found.measurements),
        "parameters": dict(found.parameters),
        "chi2": fit.chi2,
        "log_likelihood": fit.log_likelihood,
        "simulated": list(fit.simulated),
        "extensions": list(found.extensions),
    }
    show("\n".join(told), data, as_json=as_json, quiet=quiet, out=None)


@import_app.command("results")
def import_results(
    file: Annotated[Path, typer.Argument(help="a .parquet, .zarr or .nc file written by vagus")],
    as_json: AsJson = False,
    quiet: Quiet = False,
    seed: Seed = 1,
) -> None:
    """Read a file of results and list its columns, units and provenance."""
    found = read_results(file)
    told = [f"{key}: {value}" for key, value in found.facts.items()]
    for name, values in found.columns.items():
        told.append(f"{name}: {values.size} values, {found.units.get(name, 'no unit')}")
    shapes = {name: list(values.shape) for name, values in found.columns.items()}
    data = {"facts": dict(found.facts), "units": dict(found.units), "shapes": shapes}
    show("\n".join(told), data, as_json=as_json, quiet=quiet, out=None)


def _write_people(records: Sequence[ClinicalRecord], out: Path, as_json: bool, quiet: bool) -> None:
    told, data = [], []
    for nth, record in enumerate(records, start=1):
        path = out if len(records) == 1 else out.with_name(f"{out.stem}-{nth}{out.suffix}")
        text, left = diary_text(record)
        write_whole(path, text)
        notes = [*record.notes, *(f"left out by the sender: {one}" for one in record.left)]
        notes += [f"left out: {one}" for one in left]
        told += [
            f"{path}: {len(record.ratings)} scores, {len(record.vitals)} vital signs, {len(record.doses)} doses"
        ]
        told += notes
        data.append(
            {"file": str(path), "person": record.someone.key, "notes": notes, "kept": len(record.kept)}
        )
    show("\n".join(told), {"people": data}, as_json=as_json, quiet=quiet, out=None)


def made_folder(path: Path) -> None:
    """Make a folder; raises V603 when that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise fail("V603", path=path, reason=reason, hint="choose another folder with --out") from None


def _compartment(text: str) -> tuple[int, tuple[str, str]]:
    number, _, words = text.partition("=")
    drug, _, route = words.strip().partition(" ")
    with said(f"--compartment '{text}'"):
        if not number.strip().isdigit() or not route or len(number) > 6:
            raise fail("V413", key="compartment", value=text, hint="write 1=ketamine iv")
        return int(number), compartment(drug, route.strip())


def _write_subject(subject: Subject, table: Table, typical: Patient, out: Path) -> list[str]:
    """The person file and one treatment file for each occasion."""
    known = {_COVARIATES[name]: v for name, v in subject.covariates.items() if name in _COVARIATES}
    person = Patient(name=f"ID {subject.name}", conditions=typical.conditions, **known)  # type: ignore[arg-type]
    write_whole(out / f"{subject.name}.person.toml", patient_toml(person, known))
    files = [f"{subject.name}.person.toml"]
    for nth, stretch in enumerate(subject.stretches, start=1):
        course = treatment_of(stretch, table.compartments, f"ID {subject.name}, occasion {nth}")
        name = f"{subject.name}-{nth}.treatment.toml"
        write_whole(out / name, treatment_toml(course))
        files.append(name)
    return files
