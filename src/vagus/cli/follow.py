"""`vagus follow`: one person's scores, what they say, what holds them up, and what may come under each plan."""

import csv
import io
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ..body.model import Model, load_model
from ..body.patient import Patient
from ..body.resting import resting_state
from ..errors import fail
from ..evidence.coupling import coupling_of
from ..evidence.provenance import provenance_of
from ..learn.diary_files import read_diary
from ..learn.follow import DEFAULT_PLANS, Follow, follow
from ..learn.plan import DAY, LONGEST, SHORTEST, plan_of
from ..learn.stored import write_fit
from ..learn.update import update
from ..people.draw import typical
from ..report.follow import follow_report, write_follow
from ..report.follow_record import FollowReport
from ..report.record import BodyMap, MapNode, SourceLine
from ..tables import atlas_path, read_toml
from .asked import RandomSeed, said
from .map import body_map
from .show import AsJson, check_out_folder, printable
from .simulate import Bar

FILES = {"report": "report.html", "posterior": "posterior.nc", "forecast": "forecast.csv"}
COLUMNS = (
    "plan", "instrument", "day", "week", "low90", "low50", "middle", "high50", "high90",
    "response", "remission", "relapse",
)  # fmt: skip


def follow_command(
    person: Annotated[
        Path, typer.Argument(help="the person's diary: CSV, TOML, or a NONMEM-style CSV table")
    ],
    plan: Annotated[
        list[str] | None, typer.Option(help="a plan, several joined by +, or a plan file; may be repeated")
    ] = None,
    weeks: Annotated[float, typer.Option(help=f"length of the forecast, {SHORTEST} to {LONGEST}")] = 12,
    out: Annotated[
        Path | None, typer.Option(help="folder for report.html, posterior.nc and forecast.csv")
    ] = None,
    earlier: Annotated[
        Path | None, typer.Option("--update", help="posterior.nc of an earlier fit, to continue from")
    ] = None,
    seed: RandomSeed = 1,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="print nothing but errors")] = False,
) -> None:
    """Follow one person: what the scores say, what keeps them up, and what may come under each plan."""
    began = time.perf_counter()
    plans = list(dict.fromkeys(plan or DEFAULT_PLANS))
    diary = read_diary(person)
    for name in plans:
        with said(f"--plan {name}"):
            plan_of(diary, name, weeks)
    check_out_folder(out, FILES.values())
    model = load_model()
    with Bar(hidden=quiet or as_json) as bar:
        if earlier is None:
            found, carried = follow(model, diary, plans, weeks, seed=seed, progress=bar.tell), False
        else:
            found, carried = update(model, diary, earlier, plans, weeks, seed=seed, progress=bar.tell)
    report = reported(model, found)
    files = write_files(found, report, out) if out is not None else {}
    seconds = round(time.perf_counter() - began, 2)
    if as_json:
        print(json.dumps(_as_json(found, report, files, seconds, carried)))
    elif not quiet:
        _print(report, files, Console(), carried, earlier is not None)


def reported(model: Model, found: Follow) -> FollowReport:
    """The tables of the report, with sources, the calibration record and the map of the body."""
    keys = list(dict.fromkeys(found.bank.people.condition))
    treatment = found.aheads[0].plan.treatment
    known = provenance_of(model, keys, treatment, found.diary.keys(), found.diary.patient.background)
    lines = [SourceLine(s.key, s.text, s.doi_or_url, s.grade, s.used_for) for s in known.sources]
    return follow_report(
        found, lines, known.counts, known.worst, state_map(model, found), record_words(model)
    )


def record_words(model: Model) -> str:
    """How often forecasts like these came true in virtual people, in words; '' without a record."""
    path = atlas_path("calibration", "follow.toml")
    if not path.exists():
        return ""
    row = read_toml(path)
    shares = [
        f"{100 * float(row[name]):.0f}"
        for name in ("coverage90_4w", "coverage50_4w", "coverage90_4w_perturbed")
    ]
    words = (
        f"in {row['people']} virtual people, four weeks ahead, the 90 % bands held {shares[0]} of 100 scores and the "
        f"50 % bands {shares[1]}; in people of other models the 90 % bands held {shares[2]}. None in real people yet"
    )
    return words if row["model"] == model.key else f"{words}. Measured with another version of the model"


def state_map(model: Model, found: Follow) -> BodyMap:
    """The map with where each system stands now, against the healthy person."""
    coupling = coupling_of(model)
    healthy = typical(model, Patient())
    well = resting_state(model, healthy.p, healthy.history, healthy.check).y[:, 0]
    nodes = []
    for system in coupling.systems:
        plain = (system.name, system.label, system.group, system.place, system.lead_label)
        if system.lead not in model.states:
            nodes.append(MapNode(*plain))
            continue
        row = model.state(system.lead)
        values = found.bank.y[row][found.hidden.person]
        now = float(sorted(values)[len(values) // 2])
        away = abs(now - well[row]) / max(abs(well[row]), 0.2)
        tone = None if system.better == "neither" else -min(1.0, float(away))
        nodes.append(MapNode(*plain, f"{well[row]:.2f}", f"{now:.2f}", tone))
    whole = body_map(coupling, nodes)
    return BodyMap(
        whole.nodes, whole.arrows, True, found.diary.end / DAY, ("in health", "in this person now")
    )


def write_files(found: Follow, report: FollowReport, folder: Path) -> dict[str, str]:
    """All three files, or none: they are made in a folder beside and moved when all are whole.

    Raises V603 when they cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".vagus-", dir=folder) as stage:
            write_follow(report, Path(stage, FILES["report"]))
            write_fit(found, Path(stage, FILES["posterior"]))
            Path(stage, FILES["forecast"]).write_text(forecast_csv(found), encoding="utf-8")
            for name in FILES.values():
                os.replace(Path(stage, name), folder / name)
    except OSError as error:
        raise fail("V603", path=folder, reason=error.strerror or error, text=f"--out {folder}") from None
    return {key: str(folder / name) for key, name in FILES.items()}


def forecast_csv(found: Follow) -> str:
    """Every forecast as a table: plan, instrument, day, quantiles of the measured score, and shares of 0 to 1."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for ahead in found.aheads:
        for key, band in ahead.scores.items():
            chances = ahead.chances[key]
            for week, hour in enumerate(ahead.hours):
                shares = [
                    "" if part is None else f"{part[week]:.4f}"
                    for part in (chances.response, chances.remission, chances.relapse)
                ]
                values = [f"{value:.4g}" for value in band.quantiles[:, week]]
                writer.writerow([ahead.plan.key, key, f"{hour / DAY:g}", week, *values, *shares])
    return stream.getvalue()


def _print(report: FollowReport, files: dict[str, str], console: Console, carried: bool, asked: bool) -> None:
    console.print(f"[bold]{printable(report.title)}[/bold]", highlight=False)
    if report.virtual:
        console.print("A virtual person, made up by the model.", highlight=False)
    if report.warning:
        console.print(report.warning, style="bold red", highlight=False)
    for label, words in report.brief:
        line = f"{printable(label)}: {printable(words)}"
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    shown = Table(*report.plans_head, box=None, pad_edge=False)
    for row in report.plans:
        shown.add_row(*map(printable, row))
    console.print(shown)
    if asked:
        words = (
            "carried on from the earlier fit"
            if carried
            else "fitted anew: the earlier fit could not explain this"
        )
        console.print(words, highlight=False)
    for name, path in files.items():
        console.print(f"{name}: {path}", highlight=False, soft_wrap=True)


def _as_json(
    found: Follow, report: FollowReport, files: dict[str, str], seconds: float, carried: bool
) -> dict[str, Any]:
    """The object of `--json`."""
    forecasts = {
        ahead.plan.key: {
            key: {
                "day": [float(hour / DAY) for hour in ahead.hours],
                "low90": _list(band.quantiles[0]),
                "middle": _list(band.quantiles[2]),
                "high90": _list(band.quantiles[4]),
                "response": None if (part := ahead.chances[key].response) is None else _list(part),
                "relapse": None if (part := ahead.chances[key].relapse) is None else _list(part),
            }
            for key, band in ahead.scores.items()
        }
        for ahead in found.aheads
    }
    loops = [] if found.explanation is None else [
        {"loop": one.loop, "instrument": one.key, "points": _list(one.quantiles), "sure": one.sure}
        for one in found.explanation.contributions
    ]  # fmt: skip
    return {
        "person": report.title,
        "virtual": report.virtual,
        "verdict": found.checks.verdict,
        "effective": round(found.posterior.effective, 1),
        "forecasts": forecasts,
        "differences": [
            {
                "plan": d.plan,
                "against": d.against,
                "instrument": d.key,
                "points": _list(d.quantiles),
                "by_visits": None if d.visits is None else _list(d.visits),
                "verdict": d.verdict,
            }
            for d in found.differences
        ],
        "loops": loops,
        "worst_grade": report.worst,
        "model": found.model_key,
        "version": found.version,
        "prior": found.record,
        "seed": found.seed,
        "carried_on": carried,
        "files": files,
        "seconds": seconds,
    }


def _list(values: Any) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
