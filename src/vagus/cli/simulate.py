"""`vagus simulate`: the main job. One person, or many like them, through a treatment and beside it without."""

import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..body.clock import check_clock
from ..body.condition import load_condition
from ..body.legs import Sample, read_sample
from ..body.model import Model, load_model
from ..body.patient import Patient
from ..body.route import levels_of
from ..body.simulate import CLOCK
from ..body.treatment import Treatment
from ..errors import fail
from ..evidence.coupling import coupling_of, read_systems
from ..evidence.moved import leads, quantities
from ..evidence.provenance import Provenance, provenance_of
from ..exchange import write_run, write_scores
from ..extras import needed
from ..observe import list_instruments, load_instrument, usual_instruments
from ..people.course import Course, follow_course, response_shares
from ..report import CourseReport, SourceLine, print_course, write_report
from ..report.course import course_report
from ..report.pdf import write_pdf
from ..report.record import LAST_DAY
from ..solve.integrate import Control
from .asked import (
    MOST_PEOPLE,
    AtCluster,
    Conditions,
    Days,
    PersonFile,
    RandomSeed,
    TreatmentName,
    asked_cluster,
    asked_patient,
    asked_treatment,
    check_days,
    said,
)
from .map import moved_map
from .sample import sample_lines, sample_rows
from .show import AsJson, check_out_folder
from .stream import stream_people

COMPANIONS = 100  # drawn beside one typical person, to show how much people differ
FILES = {"run": "run.nc", "scores": "scores.csv", "report": "report.html"}
PRINTED = {"print": "report.pdf"}


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    patient: Path | None
    condition: str
    treatment: str
    days: float
    count: int
    seed: int
    out: Path | None
    as_json: bool
    quiet: bool
    rtol: float
    clock: str = CLOCK
    samples: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    stream: Path | None = None
    select: tuple[str, ...] = ()
    pdf: bool = False
    cluster: str | None = None

    @property
    def files(self) -> dict[str, str]:
        """Names of the files to write, by what they hold."""
        return FILES | PRINTED if self.pdf else FILES


def simulate_command(
    patient: PersonFile = None,
    condition: Conditions = "",
    treatment: TreatmentName = "untreated",
    days: Days = 84.0,
    n: Annotated[
        int, typer.Option("--n", help="number of people: 1 is the typical person, more are drawn at random")
    ] = 1,
    seed: RandomSeed = 1,
    out: Annotated[Path | None, typer.Option(help="folder for run.nc, scores.csv and report.html")] = None,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="print nothing but errors")] = False,
    rtol: Annotated[float, typer.Option(help="relative tolerance of the solver")] = Control().rtol,
    clock: Annotated[
        str,
        typer.Option(help="averaged (day means), full (24-hour rhythm) or auto (full around the samples)"),
    ] = CLOCK,
    sample: Annotated[
        list[str] | None, typer.Option(help='a timed sample, such as "day 1 08:00 cortisol"; may be repeated')
    ] = None,
    instruments: Annotated[str, typer.Option(help="further rating scales, such as hamd17,pcl5, or all")] = "",
    stream: Annotated[
        Path | None,
        typer.Option(help="write people to this .parquet or .zarr as they are simulated, however many"),
    ] = None,
    select: Annotated[
        str, typer.Option(help="outputs written by --stream, such as mood.depression,pain.perceived")
    ] = "",
    pdf: Annotated[bool, typer.Option("--pdf", help="also write report.pdf to the folder of --out")] = False,
    cluster: AtCluster = None,
) -> None:
    """Simulate a person through a course of treatment, beside the same person without it."""
    request = Request(
        patient=patient,
        condition=condition,
        treatment=treatment,
        days=days,
        count=n,
        seed=seed,
        out=out,
        as_json=as_json,
        quiet=quiet,
        rtol=rtol,
        clock=clock,
        samples=tuple(sample or ()),
        instruments=_names(instruments),
        stream=stream,
        select=_names(select),
        pdf=pdf,
        cluster=cluster,
    )
    run_request(request)


def _names(text: str) -> tuple[str, ...]:
    """The names of an option that takes several, separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def run_request(request: Request) -> None:
    """Check, simulate, print and write what was asked.

    Raises:
        VagusError: bad input (V1xx-V4xx), a failed run (V5xx), files that cannot be written (V6xx).
    """
    began = time.perf_counter()
    _check(request)
    patient = asked_patient(request.patient, request.condition)
    treatment = asked_treatment(request.treatment, request.days)
    control = Control(rtol=request.rtol, atol=1e-3 * request.rtol)
    if request.stream is not None:
        return _stream(request, request.stream, patient, treatment, control)
    if request.out is not None:
        check_out_folder(request.out, FILES.values())
    if request.pdf:
        _check_print(request)
    model = load_model()
    samples = _samples(request, model)
    scales = _scales(request, patient)
    hidden = request.quiet or request.as_json
    with asked_cluster(request.cluster) as there, Bar(hidden) as bar:
        course = follow_course(
            model,
            patient,
            treatment,
            request.days,
            count=request.count,
            companions=COMPANIONS,
            seed=request.seed,
            instruments=scales,
            control=control,
            clock=request.clock,
            samples=samples,
            placebo=True,
            also=_recorded(model, request, treatment),
            progress=bar.tell,
            cluster=there,
        )
        where = {} if there is None else {"cluster": there.told()}
    if not course.run.sound.any():
        raise fail("V506", n=course.run.people, reason=course.run.failures()[0][2])
    known = provenance_of(model, course.people.condition, treatment, list(course.scores), patient.background)
    lines = [SourceLine(s.key, s.text, s.doi_or_url, s.grade, s.used_for) for s in known.sources]
    body = (
        moved_map(model, course) if request.out is not None and course.treatment.key != "untreated" else None
    )
    report = course_report(course, lines, known.counts, known.worst, body)
    files = _write(course, report, request.out, request.files) if request.out is not None else {}
    seconds = round(time.perf_counter() - began, 3)
    if request.as_json:
        print(json.dumps(_as_json(course, report, known, files, seconds) | where))
    elif not request.quiet:
        console = Console()
        print_course(report, console)
        for line in sample_lines(course.run):
            console.print(line, highlight=False, soft_wrap=True)
        for name, path in files.items():
            console.print(f"{name}: {path}", highlight=False, soft_wrap=True)


def _stream(request: Request, path: Path, patient: Patient, treatment: Treatment, control: Control) -> None:
    """A crowd, written as it comes."""
    stream_people(
        patient,
        treatment,
        request.days,
        request.count,
        path,
        request.select,
        seed=request.seed,
        control=control,
        as_json=request.as_json,
        quiet=request.quiet,
        cluster=request.cluster,
    )


def _scales(request: Request, patient: Patient) -> list[str] | None:
    """The usual scales, those of conditions, known scores and those that were asked for; None: no more than usual."""
    own = [key for name in patient.conditions for key in load_condition(name).instruments]
    if not request.instruments and not own:
        return None
    asked = list_instruments() if "all" in request.instruments else [*own, *request.instruments]
    with said(f"--instruments {','.join(request.instruments)}"):
        for key in asked:
            load_instrument(key)
    return list(dict.fromkeys([*usual_instruments(), *patient.scores, *asked]))


def _check(request: Request) -> None:
    with said(f"--n {request.count}"):
        if request.count < 1:
            raise fail("V409", n=request.count)
        if request.count > MOST_PEOPLE and request.stream is None:
            raise fail("V417", what="n", value=request.count, limit=MOST_PEOPLE)
    check_days(request.days)
    with said(f"--rtol {request.rtol:g}"):
        if not 1e-12 <= request.rtol <= 1e-2:
            raise fail("V413", key="rtol", value=request.rtol, hint="give a tolerance between 1e-12 and 0.01")


def _samples(request: Request, model: Model) -> list[Sample]:
    with said(f"--clock {request.clock}"):
        check_clock(request.clock)
    found = []
    for text in request.samples:
        with said(f'--sample "{text}"'):
            found.append(read_sample(text, model, request.days))
    return found


def _recorded(model: Model, request: Request, treatment: Treatment) -> list[str]:
    """What the map of the report needs (the lead states, what the arrows read), and the levels of what is given."""
    read = quantities(coupling_of(model)) if request.out is not None else []
    levels = levels_of({dose.drug for dose in treatment.doses}, model.outputs)
    return list(dict.fromkeys([*leads(read_systems()), *read, *levels]))


def _check_print(request: Request) -> None:
    """Nothing when a PDF can be made; otherwise V604 without a folder, V109 without Typst."""
    if request.out is None:
        raise fail("V604", what="report.pdf", text="--pdf")
    needed("typst", "a report as PDF")


def _write(course: Course, report: CourseReport, folder: Path, names: dict[str, str]) -> dict[str, str]:
    """All files, or none: they are made in a folder beside and moved when all are whole."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".vagus-", dir=folder) as stage:
            write_run(course.run, Path(stage, FILES["run"]))
            write_scores(course, Path(stage, FILES["scores"]))
            write_report(report, Path(stage, FILES["report"]))
            if "print" in names:
                write_pdf(report, Path(stage, names["print"]))
            for name in names.values():
                os.replace(Path(stage, name), folder / name)
    except OSError as error:
        raise fail("V603", path=folder, reason=error.strerror or error, text=f"--out {folder}") from None
    return {key: str(folder / name) for key, name in names.items()}


def _as_json(
    course: Course, report: CourseReport, known: Provenance, files: dict[str, str], seconds: float
) -> dict[str, Any]:
    """The object of `--json`; week 12 is null where the course is shorter."""
    whole = report.days >= LAST_DAY
    outcomes = {
        outcome.key: {
            "baseline": _plain(outcome.baseline),
            "day_1": _plain(outcome.day_1),
            "week_3": _plain(outcome.week_3),
            "week_12": _plain(outcome.week_12 if whole else None),
            "untreated_week_12": _plain(outcome.untreated_week_12 if whole else None),
            "placebo_week_12": _plain(outcome.placebo_week_12 if whole else None),
        }
        for outcome in report.outcomes
    }
    acute = {
        one.key.partition(".")[2]: {
            "baseline": _plain(one.baseline),
            "peak": _plain(one.peak),
            "minutes_to_peak": _plain(one.minutes_to_peak),
            "unit": one.unit,
        }
        for one in report.acute
    }
    return {
        "outcomes": outcomes,
        "acute": acute,
        "worst_grade": known.worst,
        "grade_counts": dict(known.counts),
        "files": files,
        "seconds": seconds,
        "conditions": list(course.patient.conditions),
        "treatment": course.treatment.key,
        "days": report.days,
        "n": report.people,
        "response_shares": response_shares(course.companions or course),
        "response_shares_of": (course.companions or course).run.people,
        "failed": [list(row) for row in report.failed],
        "clock": report.clock,
        "samples": sample_rows(course.run),
        "seed": report.seed,
        "rtol": report.rtol,
        "model": course.run.facts["model"],
        "version": report.version,
        "notes": list(course.notes),
        "warnings": [text for text, _ in course.treatment.warnings_for(course.patient)],
    }


def _plain(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


class Bar:
    """A progress bar on the terminal, or nothing when hidden or when nobody looks."""

    def __init__(self, hidden: bool) -> None:
        columns = (TextColumn("{task.description:16}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
        console = Console(stderr=True)
        hidden = hidden or not console.is_terminal
        self.progress = Progress(
            *columns, TimeElapsedColumn(), console=console, disable=hidden, transient=True
        )
        self.tasks: dict[str, Any] = {}

    def __enter__(self) -> "Bar":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def tell(self, what: str, part: float) -> None:
        """Show how far one kind of work has come."""
        if what not in self.tasks:
            self.tasks[what] = self.progress.add_task(what, total=1.0)
        self.progress.update(self.tasks[what], completed=part)
