"""Who and what was asked for on the command line: a person and a treatment, errors placed at the words that say it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..body.patient import Patient, check_conditions, read_patient
from ..body.treatment import Treatment, check_fits, load_treatment
from ..errors import VagusError, fail
from ..people.cluster import Cluster, open_cluster

MOST_DAYS = 3660.0
MOST_PEOPLE = 100_000
PersonFile = Annotated[Path | None, typer.Argument(help="a person file (TOML)")]
Conditions = Annotated[
    str, typer.Option(help="conditions, such as mdd,pain; they replace those of the person file")
]
TreatmentName = Annotated[str, typer.Option(help="name of a treatment, or a treatment file")]
Days = Annotated[float, typer.Option(help="length of the course in days")]
RandomSeed = Annotated[int, typer.Option("--seed", help="seed of all random numbers")]
AtCluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", help="address of a Dask scheduler, its JSON file, or local:4 for four processes"
    ),
]


def asked_patient(file: Path | None, condition: str) -> Patient:
    """The person of a file, or the typical person with the conditions named; names win over those of the file.

    Raises:
        VagusError: as `read_patient` and `check_conditions`.
    """
    names = asked_conditions(condition)
    if file is None:
        return Patient(name="typical person", conditions=names or ("healthy",))
    with said(str(file)):
        patient = read_patient(file)
    return replace(patient, conditions=names) if names else patient


def asked_conditions(words: str) -> tuple[str, ...]:
    """The conditions of `--condition`, separated by commas; none for no words.

    Raises:
        VagusError: as `check_conditions`; V413 for commas alone.
    """
    names = tuple(name.strip() for name in words.split(",") if name.strip())
    with said(f"--condition {words}"):
        if words and not names:
            raise fail("V413", key="condition", value=words, hint="name one, such as mdd, or leave it out")
        return check_conditions(names)


def asked_treatment(name: str, days: float) -> Treatment:
    """The treatment of that name or file, when it fits into the days.

    Raises:
        VagusError: as `load_treatment`, V408 for a dose after the end.
    """
    with said(f"--treatment {name}"):
        treatment = load_treatment(name)
    with said(f"--treatment {name} --days {days:g}"):
        check_fits(treatment, days)
    return treatment


def check_days(days: float, option: str = "--days") -> None:
    """Nothing when a course can be that long; raises V410 and V417, placed at the option that says it."""
    with said(f"{option} {days:g}"):
        if not 0 < days < float("inf"):
            raise fail("V410", days=f"{days:g}")
        if days > MOST_DAYS:
            raise fail("V417", what="the number of days", value=f"{days:g}", limit=f"{MOST_DAYS:g}")


@contextmanager
def asked_cluster(address: str | None) -> Iterator[Cluster | None]:
    """The cluster of that address for the time of a `with`; None when none was asked for.

    Raises:
        VagusError: as `open_cluster`.
    """
    if address is None:
        yield None
        return
    with ExitStack() as stack:
        with said(f"--cluster {address}"):
            cluster = stack.enter_context(open_cluster(address))
        yield cluster


@contextmanager
def said(words: str) -> Iterator[None]:
    """Errors that know no file are placed at the words of the command line they come from."""
    try:
        yield
    except VagusError as error:
        if not error.place:
            error.text = words
        raise
