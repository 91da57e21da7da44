"""`vagus validate`: published numbers beside what virtual people did, for one study file or a folder of them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ..body.model import Model, load_model
from ..errors import VagusError, fail
from ..evidence.validate import SPLITS, Simulate, Validation, as_data, simulate_with, validate
from ..learn.comparison import Row, Summary, Verdict
from ..learn.gather import study_files
from ..people.cluster import Cluster
from ..people.endpoint import Prediction
from ..people.study import read_study
from ..people.study_record import Study
from ..report.numerals import count_of
from .asked import MOST_PEOPLE, AtCluster, RandomSeed, asked_cluster
from .show import AsJson, Out, Quiet, check_out, show

#: What `--must` asks for: the bars of the project for studies that were never fitted.
COVERAGE90, COVERAGE50, SKILL, SURE = (0.80, 0.97), (0.38, 0.62), 0.10, 0.90


def validate_command(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE|FOLDER", help="study files or folders of them")
    ],
    split: Annotated[
        str | None, typer.Option(help=f"only studies of this split: {', '.join(SPLITS)}")
    ] = None,
    n: Annotated[
        int | None,
        typer.Option(help="virtual people per arm; by default as many as in the study, but at least 200"),
    ] = None,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going", help="files that cannot be read are counted and are no mistake (exit 0)"
        ),
    ] = False,
    must: Annotated[
        bool, typer.Option("--must", help="exit 1 unless coverage and skill meet the bars")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: RandomSeed = 1,
    cluster: AtCluster = None,
) -> None:
    """Compare the published numbers of study files with those of virtual people."""
    _check(split, n)
    check_out(out)
    with asked_cluster(cluster) as there, _Progress(quiet or as_json) as tell:
        found = validate(
            paths,
            simulate_with(load_model(), n, seed) if there is None else ahead(there, paths, split, n, seed),
            split=split,
            count=n,
            seed=seed,
            keep_going=keep_going or any(path.is_dir() for path in paths),
            progress=tell,
        )
    show(text(found, quiet), as_data(found), as_json=as_json, quiet=quiet, out=out)
    broken = {one.study for one in found.failed} - {row.study for row in found.rows}
    if broken and not keep_going:  # of a folder: all of them are told, and the others compared
        told = [one.message for one in found.failed if one.study in broken and quiet and not as_json]
        typer.echo("\n".join(told), err=True, nl=bool(told))
        raise typer.Exit(2)
    if found.studies and len({one.study for one in found.failed} - broken) >= found.studies:
        raise typer.Exit(3)
    if must and not meets(found.summary):
        raise typer.Exit(1)


@dataclass(frozen=True)
class OneStudy:
    """A study that is simulated on a worker (a job of `people.cluster.Cluster.each`); `who` are its people."""

    study: Study
    count: int | None
    seed: int
    who: range

    def work(self, model: Model) -> Sequence[Prediction | None] | VagusError:
        """Its predictions, or the error that says why there are none: the other studies go on."""
        try:
            return simulate_with(model, self.count, self.seed)(self.study)
        except VagusError as error:
            return error


def ahead(
    cluster: Cluster, paths: Sequence[Path], split: str | None, count: int | None, seed: int
) -> Simulate:
    """All studies on the workers of a cluster at once, told one after the other; arguments as of `validate`."""
    files = [file for path in paths for file in (study_files(path) if path.is_dir() else [path])]
    studies = []
    for file in files:
        with suppress(VagusError):  # `validate` reads it again, and tells or counts what is wrong with it
            studies.append(read_study(file))
    wanted = [study for study in studies if split is None or study.split == split]
    jobs = [
        OneStudy(study, count, seed, range(count or max(arm.n for arm in study.arms))) for study in wanted
    ]
    made = dict(zip([study.file for study in wanted], cluster.each(jobs), strict=True))

    def simulate(study: Study) -> Sequence[Prediction | None]:
        found: Sequence[Prediction | None] | VagusError = made[study.file]
        if isinstance(found, VagusError):
            raise found
        return found

    return simulate


def meets(summary: Summary) -> bool:
    """Whether coverage and skill meet the bars for studies that were never fitted."""
    if summary.coverage90 is None or summary.coverage50 is None:
        return False
    inside = COVERAGE90[0] <= summary.coverage90 <= COVERAGE90[1]
    inside &= COVERAGE50[0] <= summary.coverage50 <= COVERAGE50[1]
    better = [value is None or value >= SKILL for value in summary.skill.values()]
    sure = [value is None or value >= SURE for value in summary.p_better.values()]
    return inside and all(better) and all(sure)


def _check(split: str | None, n: int | None) -> None:
    if split is not None and split not in SPLITS:
        raise fail("V413", key="split", value=split, known=", ".join(SPLITS), text=f"--split {split}")
    if n is not None and n < 2:
        raise fail("V409", n=n, hint="give 2 or more", text=f"--n {n}")
    if n is not None and n > MOST_PEOPLE:
        raise fail("V417", what="n", value=n, limit=MOST_PEOPLE, text=f"--n {n}")


class _Progress:
    """One line on the terminal that says which study runs; nothing when quiet."""

    def __init__(self, silent: bool) -> None:
        self.silent = silent
        self.status = Console(stderr=True).status("studies")

    def __enter__(self) -> "_Progress":
        if not self.silent:
            self.status.start()
        return self

    def __call__(self, study: str, part: float) -> None:
        self.status.update(f"{study} ({part:.0%})")

    def __exit__(self, *_: object) -> None:
        self.status.stop()


def text(found: Validation, quiet: bool = False) -> str:
    """The comparison in words: the summary, every row, what was not predicted."""
    lines = [summary_line("all rows", found.summary), *skill_lines(found.summary)]
    if quiet:
        return "\n".join(lines)
    for axis, parts in found.by_axis.items():
        lines += ["", f"by {axis}", *(f"  {summary_line(name, one)}" for name, one in parts.items())]
    study = ""
    for row, verdict in zip(found.rows, found.verdicts, strict=True):
        if row.study != study:
            study = row.study
            lines += ["", f"{study} ({row.split})"]
        lines.append(f"  {row_line(row, verdict)}")
    lines += [f"{one.study}: {one.code} {one.message}" for one in found.failed]
    return "\n".join([*lines, *found.notes])


def summary_line(name: str, one: Summary) -> str:
    """Rows, coverage, score and z of one summary in a line."""
    if one.coverage50 is None or one.coverage90 is None:
        return f"{name}: no row was predicted"
    rows = f"{count_of(one.rows, 'row')} of {count_of(one.studies, 'study', 'studies')}"
    return (
        f"{name}: {rows}; inside 50 %: {one.coverage50:.0%}, inside 90 %: "
        f"{one.coverage90:.0%}; interval score {one.interval_score:.2f}; median |z| {one.median_abs_z:.2f} "
        f"({one.median_abs_z_without_tau:.2f} without tau)"
    )


def skill_lines(one: Summary) -> list[str]:
    """How the interval score compares with each reference."""
    return [
        f"against {name.replace('_', ' ')}: {value:+.0%} better, sure by {one.p_better[name]:.0%}"
        for name, value in one.skill.items()
        if value is not None
    ]


def row_line(row: Row, verdict: Verdict | None) -> str:
    """One published number beside its prediction, in a line."""
    what = f"{row.arm}{f' - {row.versus}' if row.versus else ''}, {row.instrument} {row.quantity}, day {row.time_d:g}"
    seen = f"{what}: observed {row.value:.3g}{' (default tolerance)' if row.seen.by == 'default' else ''}"
    if verdict is None:
        return f"{seen}; not predicted: {row.reason}"
    low, high = verdict.interval90
    mark = "inside" if verdict.inside90 else "OUTSIDE"
    return f"{seen}, predicted {row.predicted:.3g} [{low:.3g}, {high:.3g}], z {verdict.z:+.2f}, {mark}"
