"""`vagus export`: a person, their body and their course as files that other tools read."""

from pathlib import Path
from typing import Any

import typer

from ..body.model import load_model
from ..body.patient import Patient
from ..body.resting import require_rest, resting_state
from ..body.run import package_version
from ..body.simulate import CLOCK
from ..body.treatment import Treatment, dose_changes
from ..exchange.sbml import ExportedPerson, Written, sbml_of
from ..people.draw import typical
from .asked import (
    Conditions,
    Days,
    PersonFile,
    TreatmentName,
    asked_patient,
    asked_treatment,
    check_days,
)
from .show import AsJson, Out, Quiet, Seed, show, write_whole

export_app = typer.Typer(
    help="Write a model, a person or a course in the format of another tool.", no_args_is_help=True
)


@export_app.command("sbml")
def export_sbml(
    patient: PersonFile = None,
    condition: Conditions = "",
    treatment: TreatmentName = "untreated",
    days: Days = 84.0,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Write the body of one person at rest, with the doses of a course as events, as SBML Level 3 Version 2."""
    check_days(days)
    person, course = asked_patient(patient, condition), asked_treatment(treatment, days)
    written = sbml_of_person(person, course, days)
    if out is not None:
        write_whole(out, written.text)
    if out is None and not as_json:
        typer.echo(written.text)
        return
    show(_told(written, out), _data(written, out), as_json=as_json, quiet=quiet and not as_json, out=None)


def sbml_of_person(person: Patient, course: Treatment, days: float) -> Written:
    """The SBML of the typical person of a patient record through a course, from their resting state.

    Raises:
        VagusError: V505 when the person does not come to rest, V202 when what was written is no SBML.
    """
    model = load_model()
    people = typical(model, person)
    rest = resting_state(model, people.p, people.history, people.check)
    require_rest(rest, person.name)
    facts = [
        ("person", person.name),
        ("conditions", ", ".join(person.conditions)),
        ("weight", f"{people.weight[0]:g} kg"),
        ("course", f"{course.title}. {course.meaning}"),
        ("time", f"hours; 0 is 08:00 of day 0; the course ends at {24.0 * days:g} h"),
        ("start", "the resting state of this person"),
        ("clock", CLOCK),
        ("made by", f"vagus {package_version()}, model {model.key}"),
        ("limits", "for research, teaching and record keeping; not a medical device"),
    ]
    changes = dose_changes(course, model, float(people.weight[0]), 24.0 * days)
    title = f"{person.name}: {course.title}"
    return sbml_of(model, ExportedPerson(title, facts, people.p[:, 0], rest.y[:, 0], changes, course.sources))


def _told(written: Written, out: Path | None) -> str:
    warned = (
        f"{len(written.warnings)} warnings of libSBML" if written.warnings else "libSBML has no complaint"
    )
    size = f"{written.quantities} quantities, {written.units} units, {written.events} events"
    return "\n".join([f"{out}: {size}; {warned}", *written.warnings])


def _data(written: Written, out: Path | None) -> dict[str, Any]:
    return {
        "file": None if out is None else str(out),
        "quantities": written.quantities,
        "units": written.units,
        "events": written.events,
        "warnings": list(written.warnings),
        **({"sbml": written.text} if out is None else {}),
    }
