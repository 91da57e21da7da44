"""`vagus calibrate`: the population fitted once and openly to the calibration studies; record, sample and tables."""

import json
import shutil
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ..body.model import load_model
from ..errors import fail
from ..learn.between import FITTED, MODEL, Spread, spread_table
from ..learn.calibrate import Calibration, calibrate, record_of
from ..learn.comparison import reference_spread
from ..learn.gather import study_files
from ..learn.population_set import SAMPLE, as_set, read_fitted, sample_table
from ..learn.problem import CALIBRATE, EVALUATIONS, Method, Problem, check_split, read_method
from ..learn.reference import fit_references
from ..learn.write_back import written
from ..people.study import read_study
from ..people.study_record import Study
from ..tables import atlas_path
from .asked import AtCluster, asked_cluster
from .show import AsJson, Quiet, show, write_whole

STUDIES = atlas_path("studies")
RECORD, TAU, PAGE = "record.json", "tau.csv", "calibration.md"
BEGIN = "<!-- written by `vagus calibrate`: change nothing between these two lines -->"
END = "<!-- end of what `vagus calibrate` writes -->"
Studies = Annotated[
    Path,
    typer.Option(
        "--studies",
        help="folder of study files; only the split calibrate is read",
        show_default="those of the atlas",
    ),
]
OutFolder = Annotated[
    Path, typer.Option("--out", help="folder for the state, the record, the sample and tau")
]


def calibrate_command(
    studies: Studies = STUDIES,
    out: OutFolder = Path("out/calibration"),
    resume: Annotated[
        bool, typer.Option("--resume", help="continue from the evaluations kept in the folder")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="write the fitted numbers to the tables of the atlas")
    ] = False,
    people: Annotated[int | None, typer.Option("--n", help="virtual people per arm; see fitted.toml")] = None,
    workers: Annotated[
        int | None, typer.Option(help="processes on this machine; one per core by default")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="seed of all random numbers; see fitted.toml")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    cluster: AtCluster = None,
) -> None:
    """Fit the population to the calibration studies and report what moved and what remains unknown."""
    began = time.perf_counter()
    method = vars(read_method()) | {k: v for k, v in (("people", people), ("seed", seed)) if v is not None}
    for key, value, least in (("n", people, 2), ("workers", workers, 1)):
        if value is not None and value < least:
            raise fail("V413", key=key, value=value, hint=f"give {least} or more", text=f"--{key} {value}")
    chosen = asked_studies(studies)
    model = load_model()
    say = (lambda words: None) if quiet or as_json else (lambda words: typer.echo(words, err=True))
    with asked_cluster(cluster) as there:
        _folder(out, resume)
        problem = Problem(model, chosen, read_fitted(model), Method(**method), out, workers, there)
        found = calibrate(problem, say)
    record = record_of(found, model)
    write_results(found, record, out)
    if write:
        write_atlas(found, out)
    told = record | ({} if there is None else {"cluster": there.told()})
    show(text(record, time.perf_counter() - began), told, as_json=as_json, quiet=quiet, out=None)


def asked_studies(where: Path) -> list[Study]:
    """The studies that may be fitted: of a folder those of the split calibrate; a file must be one.

    Raises:
        VagusError: V472 when there is none, V473 for a file of another split, what reading a study raises.
    """
    if not where.is_dir():
        chosen = [read_study(where)]
        check_split(chosen)
        return chosen
    found = [study for study in map(read_study, study_files(where)) if study.split == CALIBRATE]
    if not found:
        raise fail("V472", where=where, split=f" of the split '{CALIBRATE}'", text=f"--studies {where}")
    return found


def _folder(out: Path, resume: bool) -> None:
    """The folder of the run, there and writable; without `resume`, without earlier evaluations."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fail("V601", path=out, reason=error.strerror) from None
    if not resume:
        (out / EVALUATIONS).unlink(missing_ok=True)


def write_results(found: Calibration, record: dict[str, Any], out: Path) -> None:
    """Record, uncertainty sample, frozen spreads and the page of a calibration into a folder."""
    write_whole(out / RECORD, json.dumps(record, indent=1) + "\n")
    write_whole(out / SAMPLE, sample_table(found.fitted, found.sets()))
    spreads: dict[str, Spread] = {MODEL: found.spread, FITTED: found.seen_spread}
    table = list(found.after)
    for name, predictor in fit_references(table).items():
        spreads[name] = reference_spread(table, [predictor(row) for row in table])
    write_whole(out / TAU, spread_table(spreads))
    write_whole(out / PAGE, page(record, spreads))


def write_atlas(found: Calibration, out: Path) -> None:
    """The fitted numbers into the tables of the atlas, record, sample and spreads beside them, the page into docs/."""
    for path, new in written(as_set(found.fitted, found.x)).items():
        write_whole(path, new)
    for name in (RECORD, SAMPLE, TAU):
        shutil.copyfile(out / name, atlas_path("calibration", name))
    docs = Path("docs", PAGE)
    if docs.exists() and BEGIN in (old := docs.read_text(encoding="utf-8")):
        before, rest = old.partition(BEGIN)[0], old.partition(END)[2]
        new = (out / PAGE).read_text(encoding="utf-8").strip()
        write_whole(docs, f"{before}{BEGIN}\n\n{new}\n\n{END}{rest}")


def text(record: dict[str, Any], seconds: float | None = None) -> str:
    """What a calibration did, in lines."""
    loss = record["loss"]
    took = "" if seconds is None else f", {seconds / 60:.1f} minutes"
    lines = [
        f"{record['rows_predicted']} of {record['rows']} published numbers of {len(record['studies'])} studies; "
        f"{record['simulated']} simulated trials{took}",
        f"loss {loss['before']['misfit']:.1f} before, {loss['after']['misfit']:.1f} after "
        f"({loss['after']['with_prior']:.1f} with the prior)",
    ]
    for one in record["parameters"]:
        known = "" if one["identifiable"] else "; not identifiable"
        lines.append(
            f"  {one['key']}: {one['prior']:g} -> {one['fitted']:g} [{one['low']:g}, {one['high']:g}], moved "
            f"{one['moved_by_prior_sd']:+.2f} SD, uncertainty {one['sd_over_prior']:.2f} of before{known}"
        )
    lines += [f"  not simulated: {name}: {why}" for name, why in record["failed"].items()]
    return "\n".join(lines)


def page(record: dict[str, Any], spreads: dict[str, Spread]) -> str:
    """The tables of docs/calibration.md."""
    lines = [
        "| number | expected | fitted [90 %] | moved, SD | uncertainty left | which numbers speak of it |",
        "|---|---|---|---|---|---|",
    ]
    for one in record["parameters"]:
        lines.append(
            f"| `{one['key']}` | {one['prior']:.4g} | {one['fitted']:.4g} [{one['low']:.4g}, {one['high']:.4g}] | "
            f"{one['moved_by_prior_sd']:+.2f} | {one['sd_over_prior']:.2f} | {one['why']} |"
        )
    loss = record["loss"]
    lines += [
        "",
        f"Misfit before {loss['before']['misfit']:.1f}, after {loss['after']['misfit']:.1f}, with the prior "
        f"{loss['after']['with_prior']:.1f}; {record['rows_predicted']} published numbers of {len(record['studies'])} "
        f"studies, {record['simulated']} simulated trials. Not identifiable: "
        f"{', '.join(f'`{key}`' for key in record['not_identifiable']) or 'none'}.",
        "",
        "| study | numbers | typical miss before | after (yardsticks of `scales.csv`) |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {one['rows']} | {one['missed_before']} | {one['missed_after']} |"
        for name, one in record["studies"].items()
    ]
    names = list(spreads)
    lines += ["", f"| tau of | numbers | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    model = spreads["model"]
    for group in sorted(group for group, many in model.rows.items() if many):
        cells = [f"{spreads[name].tau.get(group, float('nan')):.3g}" for name in names]
        lines.append(f"| {group} | {model.rows[group]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
