"""`validate`: study files in, the comparison of every published number with what virtual people did out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..body.model import Model
from ..errors import VagusError, fail
from ..learn.between import FITTED, MODEL, Spread, read_spread
from ..learn.comparison import (
    Row,
    Summary,
    Verdict,
    judge_model,
    judge_reference,
    reference_spread,
    skill_against,
    summarise,
)
from ..learn.gather import rows_of, shipped_rows, study_files
from ..learn.reference import NAMES, Predictor, fit_references
from ..people.endpoint import Prediction, predict
from ..people.study import read_study
from ..people.study_record import Study
from ..people.trial import run_trial
from ..solve.integrate import Control

#: What a study is simulated with: given the study, one prediction (or None) for each of its outcomes.
Simulate = Callable[[Study], Sequence[Prediction | None]]
SPLITS = ("calibrate", "validate", "context", "planned")
AXES = ("drug", "route", "condition", "instrument", "time")
_TIMES = ((0.25, "first 6 hours"), (2.0, "to day 2"), (8.0, "day 3 to 8"), (30.0, "day 9 to 30"))


@dataclass(frozen=True)
class Failed:
    """A study that could not be read or simulated: its name and the error."""

    study: str
    code: str
    message: str


@dataclass(frozen=True)
class Validation:
    """What `validate` gives.

    Attributes:
        rows: every published number.
        verdicts: how the model fared with each; None for one that was not predicted.
        references: the same of each simple predictor, by name.
        summary: of all predicted rows, with skill and p_better by reference.
        by_axis: summaries by axis and by what stands on it.
        spread: the between-study spreads that were used, of the model and of the references.
        failed: studies that could not be read or simulated.
        studies: how many files were read.
        people, seed, split: as asked for.
        notes: what a reader should know.
    """

    rows: tuple[Row, ...]
    verdicts: tuple[Verdict | None, ...]
    references: Mapping[str, tuple[Verdict | None, ...]]
    summary: Summary
    by_axis: Mapping[str, Mapping[str, Summary]]
    spread: Mapping[str, Spread]
    failed: tuple[Failed, ...]
    studies: int
    people: int | None
    seed: int
    split: str | None
    notes: tuple[str, ...]


def simulate_with(
    model: Model,
    count: int | None = None,
    seed: int = 1,
    adjust: Mapping[str, float] | None = None,
    control: Control | None = None,
) -> Simulate:
    """How a study is simulated: `run_trial`, then `predict` for each outcome."""

    def simulate(study: Study) -> Sequence[Prediction | None]:
        if all(outcome.reason for outcome in study.outcomes):
            return [None] * len(study.outcomes)
        trial = run_trial(model, study, count=count, seed=seed, adjust=adjust, control=control)
        return [predict(trial, outcome) for outcome in study.outcomes]

    return simulate


def validate(
    paths: Sequence[Path],
    simulate: Simulate,
    *,
    split: str | None = None,
    count: int | None = None,
    seed: int = 1,
    keep_going: bool = False,
    table: Sequence[Row] | None = None,
    spread: Spread | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Validation:
    """Compare every published number of some study files with what virtual people did.

    Args:
        paths: study files and folders of them.
        simulate: see `simulate_with`.
        split: only studies of this split; all when None.
        count: people per arm, as told to `simulate`; only repeated in the result.
        seed: of the bootstrap.
        keep_going: count a file that cannot be read instead of stopping at it.
        table: calibration rows the model and the references are fitted to; those of the shipped studies when None.
        spread: the model's between-study spread; when None the frozen ones of the atlas, that of the fitted studies
            for those.
        progress: called with the study and the part that is done.

    Raises:
        VagusError: what reading a study raises unless `keep_going`; V472 when there is no study at all.
    """
    studies, failed = _read(paths, split, keep_going)
    rows: list[Row] = []
    for place, study in enumerate(studies):
        if progress is not None:
            progress(study.id, place / len(studies))
        try:
            found = rows_of(study, simulate(study))
        except VagusError as error:
            failed.append(Failed(study.id, error.code, error.message))
            reason = f"the study could not be simulated: {error.code} {error.message}"
            found = [replace(row, reason=reason) for row in rows_of(study)]
        rows += found
    table = shipped_rows("calibrate") if table is None else table
    own = read_spread() if spread is None else {MODEL: spread}
    notes = (
        ()
        if MODEL in own
        else ("Nothing is calibrated yet: the between-study spread is what was expected before.",)
    )
    own = {name: own[name] for name in (MODEL, FITTED) if name in own} or {MODEL: Spread({}, 5.0, {}, {})}
    return _judged(rows, own, table, _Asked(tuple(failed), len(studies), count, seed, split, notes))


@dataclass(frozen=True)
class _Asked:
    failed: tuple[Failed, ...]
    studies: int
    people: int | None
    seed: int
    split: str | None
    notes: tuple[str, ...]


def _read(paths: Sequence[Path], split: str | None, keep_going: bool) -> tuple[list[Study], list[Failed]]:
    files = [file for path in paths for file in (study_files(path) if path.is_dir() else [path])]
    studies: list[Study] = []
    failed: list[Failed] = []
    for file in files:
        try:
            study = read_study(file)
        except VagusError as error:
            if not keep_going:
                raise
            failed.append(Failed(file.stem, error.code, str(error)))
            continue
        if split is None or study.split == split:
            studies.append(study)
    if not studies and not failed:
        where = ", ".join(str(path) for path in paths)
        raise fail("V472", where=where, split=f" of the split '{split}'" if split else "", file=where)
    return studies, failed


def _judged(
    rows: Sequence[Row], own: Mapping[str, Spread], table: Sequence[Row], asked: _Asked
) -> Validation:
    fitted = {_number(row) for row in table} if FITTED in own else set()
    verdicts = [judge_model(row, own[FITTED if _number(row) in fitted else MODEL]) for row in rows]
    references: dict[str, tuple[Verdict | None, ...]] = {}
    spreads = dict(own)
    for name, predictor in fit_references(table).items():
        spreads[name] = reference_spread(table, [predictor(row) for row in table])
        references[name] = tuple(_reference(row, predictor, spreads[name]) for row in rows)
    whole = _summary(range(len(rows)), rows, verdicts, references, asked.seed)
    axes = {
        axis: {
            name: _summary(at, rows, verdicts, references, asked.seed)
            for name, at in _places(rows, verdicts, axis).items()
        }
        for axis in AXES
    }
    return Validation(tuple(rows), tuple(verdicts), references, whole, axes, spreads, **vars(asked))


def _number(row: Row) -> tuple[str, int, float]:
    """Which published number a row is; a file that was changed since the fit has not been fitted."""
    return row.study, row.number, row.value


def _reference(row: Row, predictor: Predictor, spread: Spread) -> Verdict | None:
    return None if row.predicted is None else judge_reference(row, predictor(row), spread)


def _summary(
    at: Sequence[int],
    rows: Sequence[Row],
    verdicts: Sequence[Verdict | None],
    references: Mapping[str, Sequence[Verdict | None]],
    seed: int,
) -> Summary:
    pairs = [(place, verdict) for place in at if (verdict := verdicts[place]) is not None]
    mine = [(rows[place], verdict) for place, verdict in pairs]
    against = {
        name: skill_against(mine, [others[place] for place, _ in pairs], seed)
        for name, others in references.items()
    }
    return replace(
        summarise(mine),
        skill={name: found[0] for name, found in against.items()},
        p_better={name: found[1] for name, found in against.items()},
    )


def _places(rows: Sequence[Row], verdicts: Sequence[Verdict | None], axis: str) -> dict[str, list[int]]:
    """Which predicted rows stand where on an axis."""
    found: dict[str, list[int]] = {}
    for place, (row, verdict) in enumerate(zip(rows, verdicts, strict=True)):
        if verdict is not None:
            found.setdefault(_on_axis(row, axis), []).append(place)
    return dict(sorted(found.items()))


def _on_axis(row: Row, axis: str) -> str:
    if axis == "condition":
        return "+".join(row.conditions) or "none told"
    if axis == "time":
        return next((name for end, name in _TIMES if row.time_d <= end), "after day 30")
    return str(getattr(row, axis)) or "none"


def as_data(found: Validation) -> dict[str, Any]:
    """The comparison as plain data, as `--json` prints it; its form stands in `atlas/schema/validate.schema.json`."""
    return {
        **_plain(found.summary),
        "by_axis": {
            axis: {name: _plain(summary) for name, summary in parts.items()}
            for axis, parts in found.by_axis.items()
        },
        "table": [
            _line(row, verdict, {name: found.references[name][place] for name in NAMES})
            for place, (row, verdict) in enumerate(zip(found.rows, found.verdicts, strict=True))
        ],
        "not_predicted": sum(verdict is None for verdict in found.verdicts),
        "studies_read": found.studies,
        "failed": [vars(one) for one in found.failed],
        "tau": {
            name: {group: _short(tau) for group, tau in spread.tau.items()}
            for name, spread in found.spread.items()
        },
        "split": found.split,
        "people": found.people,
        "seed": found.seed,
        "notes": list(found.notes),
    }


def _plain(summary: Summary) -> dict[str, Any]:
    return {
        name: {key: _short(one) for key, one in value.items()}
        if isinstance(value, Mapping)
        else _short(value)
        for name, value in vars(summary).items()
    }


def _line(row: Row, verdict: Verdict | None, references: Mapping[str, Verdict | None]) -> dict[str, Any]:
    """One row of the table: what was published, what was predicted, how it fared."""
    seen = row.seen
    told = [row.scale.back(seen.place + side * 1.959964 * seen.se) for side in (-1, 1)]
    line: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "study", "split", "file", "number", "arm", "versus", "instrument", "quantity", "time_d", "unit", "n"
        )
    }  # fmt: skip
    line |= {
        "conditions": list(row.conditions),
        "drug": row.drug,
        "route": row.route,
        "observed": row.value,
        "observed_interval": [_short(end) for end in told],
        "observed_by": seen.by,
        "default_tolerance": seen.by == "default",
        "predicted": None if row.predicted is None else _short(row.predicted),
        "mc_se": None if row.predicted is None else _short(row.se_mc),
        "reason": row.reason,
    }
    names = ("interval50", "interval90", "inside50", "inside90", "z", "z_without_tau", "score", "tau")
    line |= {name: None if verdict is None else _short(getattr(verdict, name)) for name in names}
    line["references"] = {
        name: None
        if one is None
        else {key: _short(getattr(one, key)) for key in ("predicted", "interval90", "score")}
        for name, one in references.items()
    }
    return line


def _short(value: Any) -> Any:
    """Six digits of a number, each of a pair; anything else as it is."""
    if isinstance(value, tuple):
        return [_short(one) for one in value]
    if isinstance(value, bool | int) or value is None:
        return value
    return float(f"{value:.6g}") if np.isfinite(value) else None
