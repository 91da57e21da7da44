"""`vagus trial`: a study, published or planned, with virtual people; `--new` writes the file of a newcomer."""

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from ..body.model import load_model
from ..body.run import package_version
from ..errors import fail
from ..extras import optional
from ..learn.population_set import read_sets
from ..observe import load_instrument
from ..people.endpoint import Prediction, predict, variance_ratio
from ..people.power import REPLICATES, Power, assurance, power_of, sample_size
from ..people.repeated import Repeated, repeated_difference
from ..people.study import read_study
from ..people.study_record import Outcome
from ..people.study_template import new_study
from ..people.summary import WAYS, flows, summaries
from ..people.trial import Trial, run_trial
from ..report.trial_html import trial_html
from ..report.trial_record import TrialReport
from ..report.trial_report import judged, label_of, trial_report
from .asked import MOST_PEOPLE, AtCluster, asked_cluster
from .show import AsJson, Quiet, check_out_folder, printable, write_whole

MOST_REPLICATES = 1_000_000
FILES = {"report": "report.html", "scores": "scores.csv", "result": "trial.json"}
Tested = Sequence[tuple[Outcome, Power, Power | None]]
Repeats = Sequence[tuple[Outcome, Repeated]]


def trial_command(
    study: Annotated[Path | None, typer.Argument(help="a study file (TOML)")] = None,
    new: Annotated[
        str | None, typer.Option("--new", help="write a commented study file NAME.toml and stop")
    ] = None,
    n: Annotated[
        int | None,
        typer.Option(
            "--n", help="virtual people in each arm; by default as many as in the study, but at least 200"
        ),
    ] = None,
    replicates: Annotated[
        int, typer.Option(help="simulated studies per endpoint, from which power is computed")
    ] = REPLICATES,
    power: Annotated[float, typer.Option(help="power for which the required size is sought")] = 0.8,
    sets: Annotated[int, typer.Option(help="population sets over which power is averaged (assurance)")] = 0,
    seed: Annotated[int, typer.Option(help="seed of all random numbers")] = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Annotated[
        Path | None, typer.Option(help="folder for report.html, scores.csv and trial.json")
    ] = None,
    cluster: AtCluster = None,
) -> None:
    """Run a study with virtual people and compare the results, or estimate the power of a planned one."""
    if new is not None:
        _write_new(new, as_json, quiet)
        return
    if study is None:
        raise fail(
            "V411", what="vagus trial", key="STUDY.toml", hint="name a study file, or write one with --new"
        )
    _check(n, replicates, power, sets, out)
    began = time.perf_counter()
    read = read_study(study)
    drawn = _sample(sets) if sets else ()
    with asked_cluster(cluster) as there, Console(stderr=True).status(f"{read.id}", spinner="dots") as status:
        if quiet or as_json:
            status.stop()
        ways: dict[str, Any] = {"seed": seed, "cluster": there}
        trial = run_trial(load_model(), read, count=n, **ways)
        tested, repeated = _endpoints(trial, replicates, power)
        assured = {
            id(one): assurance(load_model(), read, one, drawn, replicates=replicates, **ways)[0]
            for one, _, _ in tested
            if sets
        }
        where = {} if there is None else {"cluster": there.told()}
    predictions = [predict(trial, one) for one in read.outcomes]
    files = {} if out is None else {key: str(out / name) for key, name in FILES.items()}
    data = as_data(trial, predictions, tested, repeated)
    for one, row in zip(read.endpoints, data["endpoints"], strict=True):
        row |= {"assurance": _plain(assured[id(one)])} if id(one) in assured else {}
    data |= {"files": files, "seconds": round(time.perf_counter() - began, 3), **where}
    if out is not None:
        _write(data, trial_report(trial, predictions, tested, repeated), scores_csv(trial), out)
    if as_json:
        typer.echo(json.dumps(data, ensure_ascii=False))
    elif not quiet:
        typer.echo(printable(text_of(trial, data, tested, repeated)))


def _check(n: int | None, replicates: int, power: float, sets: int, out: Path | None) -> None:
    check_out_folder(out, FILES.values())
    if n is not None and n < 1:
        raise fail("V409", n=n, text=f"--n {n}")
    if n is not None and n > MOST_PEOPLE:
        raise fail("V417", what="n", value=n, limit=MOST_PEOPLE, text=f"--n {n}")
    for key, value, good, hint in (
        ("replicates", replicates, replicates >= 1, "give 1 or more"),
        ("sets", sets, sets >= 0, "give 0 or more"),
        ("power", power, 0.0 < power < 1.0, "give a share between 0 and 1, such as 0.8"),
    ):
        if not good:
            raise fail("V413", key=key, value=value, hint=hint, text=f"--{key} {value}")
    if replicates > MOST_REPLICATES:
        words = f"--replicates {replicates}"
        raise fail("V417", what="replicates", value=replicates, limit=MOST_REPLICATES, text=words)


def _sample(sets: int) -> Sequence[Mapping[str, float]]:
    """The first population sets of the uncertainty sample of the calibration."""
    found = read_sets()
    if sets > len(found):
        raise fail("V417", what="the number of sets", value=sets, limit=len(found), text=f"--sets {sets}")
    return found[:sets]


def _write_new(name: str, as_json: bool, quiet: bool) -> None:
    """Write a commented study file; it is never written over one that is there."""
    path = Path(f"{name}.toml")
    text = new_study(Path(name).name)
    reason = "it is there already" if path.exists() else "there is no such folder"
    if path.exists() or not path.parent.is_dir():
        raise fail("V603", path=path, reason=reason, hint="choose another name", text=f"--new {name}")
    write_whole(path, text)
    if as_json:
        typer.echo(json.dumps({"file": str(path)}))
    elif not quiet:
        typer.echo(f"{path}: a study to change; run it with: vagus trial {path}")


def _endpoints(trial: Trial, replicates: int, wanted: float) -> tuple[Tested, Repeats]:
    """Power of every endpoint that compares arms; the difference over repeated visits where statsmodels is there."""
    tested, repeated = [], []
    for one in trial.study.endpoints:
        if one.versus is None or predict(trial, one).reason is not None:
            continue
        found = power_of(trial, one, replicates=replicates)
        tested.append((one, found, sample_size(trial, one, wanted, replicates=replicates)))
        if found.test == "ANCOVA" and one.measure and one.measure.kind == "score" and optional("statsmodels"):
            repeated.append((one, repeated_difference(trial, one)))
    return tested, repeated


def as_data(
    trial: Trial, predictions: Sequence[Prediction], tested: Tested, repeated: Repeats
) -> dict[str, Any]:
    """The object of `--json`."""
    study = trial.study
    flow = {one.arm: one for one in flows(trial)}
    arms = [
        {
            "name": arm.name,
            "n": arm.arm.n,
            "virtual": arm.size,
            "control": arm.control,
            "belief": _plain(float(arm.belief.mean())) if arm.size else None,
            "gets": arm.treatment.meaning,
            **{key: getattr(flow[arm.name], key) for key in ("rescued", "left", "missed", "completed")},
        }
        for arm in trial.arms.values()
    ]
    return {
        "study": study.id,
        "title": study.title,
        "split": study.split,
        "days": study.duration_d,
        "arms": arms,
        "not_simulated": dict(trial.unrun),
        "recruited": dict(next(iter(trial.arms.values())).group.counts),
        "outcomes": _outcomes(trial, predictions),
        "endpoints": [_tested(trial, one, tested, repeated) for one in study.endpoints],
        "summaries": [
            {**vars(line), "mean": _plain(line.mean), "sd": _plain(line.sd)} for line in summaries(trial)
        ],
        "recipe": list(trial.recipe),
        "n": trial.count,
        "seed": trial.seed,
        "model": trial.model,
        "version": package_version(),
    }


def _named(one: Outcome) -> dict[str, Any]:
    words = ("arm", "versus", "instrument", "quantity", "time_d", "unit")
    return {word: getattr(one, word) for word in words}


def _outcomes(trial: Trial, predictions: Sequence[Prediction]) -> list[dict[str, Any]]:
    """Published numbers beside their predictions, with the interval in which nine of ten such studies should fall."""
    ends = {
        id(one): None if verdict is None else [_plain(end) for end in verdict.interval90]
        for one, _, verdict in judged(trial, predictions)
    }
    return [
        {**_outcome(trial, one, found), "interval90": ends.get(id(one))}
        for one, found in zip(trial.study.outcomes, predictions, strict=True)
    ]


def _outcome(trial: Trial, one: Outcome, found: Prediction) -> dict[str, Any]:
    numbers = {"predicted": found.mean, "mc_se": found.se_mc, "sd_person": found.sd_person}
    numbers["sd_sampling"] = found.sd_sampling
    told = {key: _plain(value) for key, value in numbers.items()}
    return {
        **_named(one),
        "observed": one.value,
        **told,
        "n": found.n,
        "reason": found.reason,
        "note": found.note,
        "variance_ratio": None if (ratio := variance_ratio(trial, one)) is None else _plain(ratio),
    }


def _tested(trial: Trial, one: Outcome, tested: Tested, repeated: Repeats) -> dict[str, Any]:
    found = predict(trial, one)
    data = {**_outcome(trial, one, found), "alpha": one.alpha}
    del data["observed"]
    for endpoint, power, needed in tested:
        if endpoint is one:
            data |= {"power": power.power, "power_se": _plain(power.se), "test": power.test}
            data |= {"sizes": list(power.sizes), "replicates": power.replicates}
            data["people_needed"] = None if needed is None else needed.sizes[0]
    for endpoint, over in repeated:
        if endpoint is one:
            data["repeated"] = {
                key: _plain(value) if isinstance(value, float) else value for key, value in vars(over).items()
            }
    return data


def _plain(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None


def text_of(
    trial: Trial,
    data: Mapping[str, Any],
    tested: Tested,
    repeated: Repeats,
) -> str:
    """The result in words for the terminal; `data` is the object of `--json`."""
    lines = [trial.study.title, ""]
    for arm in trial.arms.values():
        lines.append(f"{arm.name}: {arm.treatment.meaning} (n {arm.arm.n}, {arm.size} virtual people)")
    lines += [f"{name}: not simulated, {why}" for name, why in trial.unrun.items()]
    if data["outcomes"]:
        lines += ["", f"{'outcome':62} {'published':>10} {'predicted':>10} {'90 % of such studies':>24}"]
    for one, row in zip(trial.study.outcomes, data["outcomes"], strict=True):
        start = f"{label_of(one)[:62]:62} {_short(one.value):>10}"
        if row["predicted"] is None:
            lines.append(f"{start} not predicted: {row['reason']}")
            continue
        ends = "" if row["interval90"] is None else "{:.3g} to {:.3g}".format(*row["interval90"])
        lines.append(f"{start} {row['predicted']:>10.3g} {ends:>24}")
    for one, row in zip(trial.study.endpoints, data["endpoints"], strict=True):
        lines += ["", *_endpoint_lines(one, row, tested, repeated)]
    if not trial.study.outcomes and not trial.study.endpoints:
        lines += ["", "change from baseline, people who were seen"]
        lines += [
            f"  {load_instrument(line['instrument']).abbreviation}, day {line['day']:g}, {line['arm']}: "
            f"{line['mean']:.3g} (SD {line['sd']:.2g})"
            for line in data["summaries"]
            if line["way"] == WAYS[0]
        ]
    lines += ["", *trial.recipe]
    lines += [f"{key}: {path}" for key, path in data["files"].items()]
    return "\n".join(lines)


def _endpoint_lines(one: Outcome, row: Mapping[str, Any], tested: Tested, repeated: Repeats) -> list[str]:
    """What is expected of one endpoint; of one that compares arms also its power."""
    lines = [label_of(one)]
    if row["predicted"] is None:
        return [*lines, f"  not predicted: {row['reason']}"]
    for endpoint, strong, needed in tested:
        if endpoint is one:
            size = "more than 5000" if needed is None else str(needed.sizes[0])
            lines.append(f"  difference {strong.difference:.3g}; power {strong.power:.0%} ({strong.test})")
            lines.append(
                f"  with {strong.sizes[0]} and {strong.sizes[1]} people; {size} in each arm for the wanted power"
            )
    if row.get("assurance") is not None:
        lines.append(f"  assurance, over population sets: {row['assurance']:.0%}")
    if len(lines) == 1:
        lines.append(f"  {row['predicted']:.3g} (SD of studies of this size {row['sd_sampling'] or 0.0:.2g})")
    for endpoint, over in repeated:
        if endpoint is one:
            told = f"{over.difference:.3g} (95 % {over.low:.3g} to {over.high:.3g})"
            lines.append(f"  over repeated visits, one realised study: {told}; {over.method}")
    return lines


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _write(data: dict[str, Any], report: TrialReport, scores: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fail("V601", path=folder, reason=error.strerror or error, text=f"--out {folder}") from None
    write_whole(folder / FILES["report"], trial_html(report))
    write_whole(folder / FILES["scores"], scores)
    write_whole(folder / FILES["result"], json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def scores_csv(trial: Trial) -> str:
    """Every total that raters wrote down: arm, person, day, instrument, total; what nobody saw is left out."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["arm", "person", "day", "instrument", "total"])
    for arm in trial.arms.values():
        who = arm.group.who[arm.rows]
        for key, totals in arm.totals.items():
            for person in range(arm.size):
                for k in np.flatnonzero(arm.leaving.seen[person] & np.isfinite(totals[person])):
                    day = f"{trial.visits[k] / 24.0:g}"
                    writer.writerow([arm.name, int(who[person]), day, key, f"{totals[person, k]:g}"])
    return table.getvalue()
