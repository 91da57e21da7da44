"""`vagus export omex`: one figure of a course with everything that makes it, as a COMBINE archive."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..body.model import Model, load_model
from ..body.patient import Patient
from ..body.resting import require_rest, resting_state
from ..body.run import package_version
from ..body.travel import travel
from ..body.treatment import Treatment, dose_changes
from ..errors import did_you_mean, fail
from ..exchange.omex import omex_bytes
from ..exchange.sbml import ExportedPerson, sbml_of
from ..exchange.sedml import Experiment, csv_of, sedml_text
from ..people.draw import typical
from ..report.drawing import draw_svg
from ..solve.events import Events
from ..solve.integrate import Control
from ..solve.reasons import Reason
from .asked import (
    Conditions,
    Days,
    PersonFile,
    TreatmentName,
    asked_patient,
    asked_treatment,
    check_days,
    said,
)
from .show import AsJson, Out, Quiet, Seed, show, write_bytes

USUAL = "mood.depression,mood.anxiety,pain.perceived"
LONGEST_STEP = 0.5  # h; a solver that takes longer steps can miss a short infusion
_TOLERANCE = Control(rtol=1e-9, atol=1e-12)


def export_omex(
    patient: PersonFile = None,
    condition: Conditions = "",
    treatment: TreatmentName = "untreated",
    days: Days = 84.0,
    select: Annotated[str, typer.Option(help="states and outputs to draw in the figure")] = USUAL,
    steps: Annotated[int, typer.Option(help="intervals between output times")] = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Write the model, experiment, results and figure of one course as one archive (OMEX) that other tools run."""
    check_days(days)
    steps = steps or max(int(days * 6), 24)
    if not 1 <= steps <= 100_000:
        raise fail(
            "V413", key="steps", value=steps, hint="give 1 to 100000 intervals", text=f"--steps {steps}"
        )
    person, course = asked_patient(patient, condition), asked_treatment(treatment, days)
    model = load_model()
    names = [name.strip() for name in select.split(",") if name.strip()]
    known = [*model.states, *model.outputs]
    for name in names:
        if name not in known:
            with said(f"--select {select}"):
                raise fail(
                    "V413", key="select", value=name, hint=did_you_mean(name, known), known="vagus explain"
                )
    entries, differences = archive_of(model, person, course, days, names, steps)
    path = out or Path("figure.omex")
    content = omex_bytes(entries, "experiment.sedml")
    write_bytes(path, content)
    told = (
        f"{path}: {', '.join(entries)}; {len(content) / 1e3:.0f} kB; {steps + 1} times of {', '.join(names)}"
    )
    data: dict[str, Any] = {"file": str(path), "entries": list(entries), "bytes": len(content)} | differences
    show(told, data, as_json=as_json, quiet=quiet, out=None)


def archive_of(
    model: Model, person: Patient, course: Treatment, days: float, names: list[str], steps: int
) -> tuple[dict[str, str], dict[str, Any]]:
    """The texts of the archive, and facts about them.

    Raises:
        VagusError: V505 no rest, V5xx the course could not be simulated.
    """
    people = typical(model, person)
    rest = resting_state(model, people.p, people.history, people.check)
    require_rest(rest, person.name)
    changes = dose_changes(course, model, float(people.weight[0]), 24.0 * days)
    title = f"{person.name}: {course.title}"
    facts = [
        ("person", person.name),
        ("conditions", ", ".join(person.conditions)),
        ("weight", f"{people.weight[0]:g} kg"),
        ("course", f"{course.title}. {course.meaning}"),
        ("time", "hours; 0 is 08:00 of day 0"),
        ("made by", f"vagus {package_version()}, model {model.key}"),
        ("limits", "for research, teaching and record keeping; not a medical device"),
    ]
    written = sbml_of(
        model, ExportedPerson(title, facts, people.p[:, 0], rest.y[:, 0], changes, course.sources)
    )
    times = np.linspace(0.0, 24.0 * days, steps + 1)
    place = {name: row for row, name in enumerate([*model.states, *model.outputs])}
    rows = np.array([place[name] for name in names], dtype=np.int64)
    found = travel(model, rest.y, people.p, Events([list(changes)]), times, _TOLERANCE, rows)
    if found.reason[0]:
        reason = Reason(int(found.reason[0]))
        raise fail(reason.code, time=f"{found.stopped[0]:g}", steps=int(found.steps[0]))
    columns = {name: found.outputs[:, k, 0] for k, name in enumerate(names)}
    wanted = tuple((name.replace(".", "_", 1), name) for name in names)
    experiment = Experiment(
        "journey", "body.sbml", 0.0, 24.0 * days, steps, wanted, 0.0, 1e-8, 1e-12, LONGEST_STEP
    )
    entries = {
        "body.sbml": written.text,
        "experiment.sedml": sedml_text(experiment, title),
        "figure.csv": csv_of(times.tolist(), {key: value.tolist() for key, value in columns.items()}),
        "figure.svg": _figure(title, times, columns),
        "README.md": _readme(title, facts, names),
    }
    return entries, {"warnings": list(written.warnings)}


def _figure(title: str, times: Any, columns: Mapping[str, Any]) -> str:
    """The figure: every quantity over days, in a panel of its own."""
    every = max(1, len(times) // 400)
    panels = []
    for name, values in columns.items():
        rows = [
            {"day": float(t) / 24.0, "value": float(v)}
            for t, v in zip(times[::every], values[::every], strict=True)
        ]
        panels.append(
            {
                "width": 460,
                "height": 120,
                "title": name,
                "data": {"values": rows},
                "mark": {"type": "line", "strokeWidth": 1.5},
                "encoding": {
                    "x": {"field": "day", "type": "quantitative", "title": "day"},
                    "y": {"field": "value", "type": "quantitative", "title": None, "scale": {"zero": False}},
                },
            }
        )
    words = (
        f"{title}: {', '.join(columns)} over {float(times[-1]) / 24.0:g} days; the numbers are in figure.csv"
    )
    return draw_svg({"vconcat": panels}, "course", title, words)


def _readme(title: str, facts: list[tuple[str, str]], names: list[str]) -> str:
    lines = [f"# {title}", "", *(f"- {label}: {value}" for label, value in facts), ""]
    lines += [
        "`experiment.sedml` runs `body.sbml` and gives the columns of `figure.csv`, which `figure.svg` draws: "
        + ", ".join(names)
        + ".",
        "A solver needs a largest step of half an hour, so that no infusion is stepped over.",
    ]
    return "\n".join(lines) + "\n"
