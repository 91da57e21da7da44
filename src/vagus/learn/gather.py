"""From a study file and what the virtual people did to the rows of a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..people.drug import find_drug
from ..people.endpoint import Prediction
from ..people.study import read_study
from ..people.study_record import Arm, Outcome, Population, Study
from ..tables import atlas_path
from .comparison import Given, Row
from .reference import facts
from .scale import SHARES, Scale, observed, of_difference, scale_of

#: Kinds of what is given that are no treatment: the control a study compares with, or nothing at all.
CONTROLS = ("inert", "control")
#: Scales whose divisor is in the unit of the measure.
UNITS = ("per", "asinh")
#: Quantities with `versus` that are ratios of two arms, and so may be compared as logarithms.
OF_TWO = ("odds_ratio", "risk_ratio", "hazard_ratio")
_KETAMINE = ("ketamine", "esketamine", "arketamine")


def rows_of(study: Study, predictions: Sequence[Prediction | None] | None = None) -> list[Row]:
    """The published numbers of a study on their scales, beside their predictions where there are any.

    Args:
        study: the study.
        predictions: one for each outcome of the study, in order; None where nothing was simulated.
    """
    found = []
    for number, outcome in enumerate(study.outcomes, start=1):
        if outcome.value is None:
            continue
        row = _row(study, number, outcome)
        if predictions is not None:
            row = with_prediction(row, predictions[number - 1])
        found.append(row)
    return found


def with_prediction(row: Row, prediction: Prediction | None) -> Row:
    """The row with what was predicted for it; a prediction that is not a number is none."""
    if row.reason:
        return row
    if prediction is None:
        return replace(row, reason="not simulated")
    if prediction.reason is not None or not np.isfinite(prediction.mean):
        return replace(row, reason=prediction.reason or "the prediction is not a number")
    mean, se_mc, sampling = (
        float(value) if np.isfinite(value) else 0.0
        for value in (prediction.mean, prediction.se_mc, prediction.sd_sampling)
    )
    return replace(row, predicted=mean, se_mc=se_mc, sampling=sampling, reason="")


def _row(study: Study, number: int, outcome: Outcome) -> Row:
    assert outcome.value is not None
    arm = study.arm(outcome.arm)
    versus = study.arm(outcome.versus) if outcome.versus else None
    instrument = _instrument(outcome)
    scale = _scale(outcome, instrument)
    sizes = [float(outcome.n)] if versus is None else _both(outcome, arm, versus)
    seen = observed(
        scale,
        outcome.quantity,
        outcome.value,
        sizes=sizes,
        se=outcome.se,
        sd=outcome.sd,
        ci=outcome.ci,
        ci_level=outcome.ci_level,
    )
    drug, route = _drug(arm)
    return Row(
        study=study.id,
        split=study.split,
        file=study.file.name,
        number=number,
        arm=outcome.arm,
        versus=outcome.versus or "",
        instrument=instrument,
        quantity=outcome.quantity,
        time_d=study.duration_d if outcome.time_d is None else outcome.time_d,
        unit=outcome.unit,
        conditions=arm.population.conditions,
        drug=drug,
        route=route,
        n=float(sum(sizes)),
        value=outcome.value,
        scale=scale,
        seen=seen,
        baseline=_baseline(arm.population, instrument),
        given=given(arm),
        against=None if versus is None else given(versus),
        reason=outcome.reason or _without_scale(outcome, scale),
    )


def _without_scale(outcome: Outcome, scale: Scale) -> str:
    """Why a number has no scale to be compared on; '' where it has one."""
    if outcome.versus is None or scale.kind != "log" or outcome.quantity in OF_TWO:
        return ""
    told = f"{outcome.quantity} of {outcome.instrument}".replace("_", " ")
    return f"a difference of two is not compared where levels are compared as ratios: give the {told} of each arm"


def _scale(outcome: Outcome, instrument: str) -> Scale:
    """The scale of an outcome, for its number in the unit of the file."""
    if outcome.percent:
        return scale_of("percent_change", instrument)
    if outcome.versus is not None and outcome.quantity in SHARES:
        return of_difference(scale_of(outcome.quantity, instrument))
    measure = outcome.measure
    if measure is not None and measure.kind == "score":
        scale = scale_of(outcome.quantity, measure.key)
        if scale.kind != "share":
            return scale
        # Another form of the scale: its range is that of the model's own, stretched.
        return replace(scale, divisor=scale.divisor * abs(measure.factor) / outcome.scale)
    scale = scale_of(outcome.quantity, instrument)
    return replace(scale, divisor=scale.divisor / outcome.scale) if scale.kind in UNITS else scale


def _instrument(outcome: Outcome) -> str:
    """The name of what is measured: that of the table of measures where it has one, else that of the file."""
    if outcome.measure is not None:
        return outcome.measure.name
    return (outcome.instrument or outcome.quantity).lower()


def _both(outcome: Outcome, arm: Arm, versus: Arm) -> list[float]:
    """People in the two arms of a difference; what the outcome counts is shared out as the arms are.

    Within people both arms are all of them.
    """
    if outcome.contrast == "within":
        return [float(outcome.n), float(outcome.n)]
    sizes = np.array([arm.n, versus.n], dtype=float)
    if outcome.n != arm.n and outcome.n > 1:
        sizes *= outcome.n / sizes.sum()
    return [float(size) for size in sizes]


def _baseline(population: Population, instrument: str) -> float | None:
    for severity in population.severity:
        if severity.measure.name == instrument and severity.score.mean is not None:
            return float(severity.score.mean)
    return None


def _drug(arm: Arm) -> tuple[str, str]:
    """What the arm is about: its first drug that does something, else its first block, else nothing."""
    active = [block for block in arm.doses if find_drug(block.drug).kind not in CONTROLS]
    for block in [*active, *arm.doses]:
        return block.drug, block.route
    return (arm.activities[0].kind, "") if arm.activities else ("none", "")


def given(arm: Arm) -> Given:
    """What an arm gets, as far as a simple predictor looks at it."""
    numbers, doses, other = facts(), [], False
    weight = arm.population.weight_kg.mean or 80.0
    for block in arm.doses:
        if find_drug(block.drug).kind in CONTROLS:
            continue
        if block.drug not in _KETAMINE:
            other = True
            continue
        milligrams = _milligrams(block.amount, block.unit, block.duration_min, block.flexible, weight)
        reach = float(numbers["reach"].get(block.route, 1.0))
        racemate = float(numbers["esketamine"]) if block.drug == "esketamine" else 1.0
        strength = milligrams * racemate * reach / weight / float(numbers["unit_dose"])
        doses += [(day, strength) for day in block.days]
    return Given(tuple(sorted(doses)), other, arm.blinding.control or "")


def _milligrams(
    amount: float | None, unit: str, minutes: float, flexible: Sequence[float], weight: float
) -> float:
    """A dose in mg; of a flexible one the middle, of a rate what its duration gives."""
    size = amount if amount is not None else (float(np.mean(flexible)) if flexible else 0.0)
    mass, *per = unit.split("/")
    size *= {"mg": 1.0, "ug": 1e-3, "g": 1e3}.get(mass, 1.0)
    size *= weight if "kg" in per else 1.0
    hours = {"h": minutes / 60.0, "min": minutes, "d": minutes / 1440.0}
    for part in per:
        size *= hours.get(part, 1.0)
    return float(size)


def study_files(folder: Path) -> list[Path]:
    """The study files of a folder, in the order of their names; [] when it holds none."""
    return sorted(path for path in folder.glob("*.toml") if path.is_file())


def shipped_rows(split: str, folder: Path | None = None) -> list[Row]:
    """The published numbers of the shipped studies of one split, without predictions."""
    found: list[Row] = []
    for path in study_files(folder or atlas_path("studies")):
        study = read_study(path)
        if study.split == split:
            found += rows_of(study)
    return found


def by_study(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """Rows by the study they come from."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.study, []).append(row)
    return found
