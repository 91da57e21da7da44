"""From a trial with virtual people to the finished tables of its report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..body.run import package_version
from ..learn.between import MODEL, Spread, read_spread
from ..learn.comparison import Row, Verdict, judge_model
from ..learn.gather import rows_of
from ..observe import load_instrument
from ..people.endpoint import Prediction
from ..people.power import Power
from ..people.repeated import Repeated
from ..people.study_record import Outcome
from ..people.study_unit import PLAIN
from ..people.summary import WAYS, flows, summaries
from ..people.trial import Trial
from .headline import ills
from .numerals import show_plain
from .trial_record import (
    ArmCurve,
    EndpointRow,
    FlowBox,
    ForestRow,
    SummaryRow,
    TrialCurve,
    TrialReport,
)

_NOTHING = 1e-9  # what the solver leaves of a number that is 0
SHOWN_PEOPLE = 25  # single people drawn in each arm
BAND = (5.0, 95.0)
NORMAL90 = 1.6448536269514722  # half of a 90 % interval in standard deviations


def trial_report(
    trial: Trial,
    predictions: Sequence[Prediction],
    powers: Sequence[tuple[Outcome, Power, Power | None]] = (),
    repeated: Sequence[tuple[Outcome, Repeated]] = (),
) -> TrialReport:
    """The report of a trial.

    Args:
        trial: what `run_trial` gave.
        predictions: of its outcomes, in order.
        powers: endpoints with the power of the study and the size for the wanted power.
        repeated: endpoints with their repeated-measures difference.
    """
    study = trial.study
    recruited: Mapping[str, int] = next(iter(trial.arms.values())).group.counts
    facts = [
        ("Days", f"{study.duration_d:g}"),
        ("People", "; ".join(f"{arm.name} {arm.n}" for arm in study.arms)),
        ("Conditions", ills(study.population.conditions) or "healthy"),
        ("Virtual people", f"{trial.count} in each arm"),
    ]
    facts += [(arm.name, arm.treatment.meaning) for arm in trial.arms.values()]
    facts += [(name, f"not simulated: {why}") for name, why in trial.unrun.items()]
    lines = summaries(trial)
    return TrialReport(
        title=study.title,
        citation=study.citation,
        link=f"https://doi.org/{study.doi}" if study.doi.startswith("10.") else "",
        facts=facts,
        recruited=list(recruited.items()),
        flow=_flow(trial),
        curves=_curves(trial),
        ways=WAYS,
        summary_day=float(trial.visits[-1] / 24.0),
        summary=_summary(lines),
        forest=forest_rows(trial, predictions),
        endpoints=[_endpoint(*one) for one in powers],
        repeated=[(label_of(one), _told(found)) for one, found in repeated],
        recipe=trial.recipe,
        version=package_version(),
        seed=trial.seed,
        people=trial.count,
    )


def _flow(trial: Trial) -> list[FlowBox]:
    """Arms in the order of their phases; those of a later phase with who went on into it."""
    rescue = trial.study.dropout.rescue_below is not None
    phases = {24.0 * phase.start_d: phase for phase in trial.study.phases if phase.start_d > 0}
    found = []
    for flow in flows(trial):
        arm = trial.arms[flow.arm]
        phase = phases.get(arm.entered) if arm.entered else None
        stage = ""
        if phase is not None:
            who = {"all": "everybody"}.get(phase.enter_if, f"those with {phase.enter_if}")
            stage = f"day {phase.start_d:g}, {phase.name}: {who}, {arm.size} of {trial.count} virtual people"
        found.append(replace(FlowBox(*vars(flow).values()), stage=stage, rescue=rescue))
    return sorted(found, key=lambda box: trial.arms[box.arm].entered)


def label_of(outcome: Outcome) -> str:
    """An outcome in words: "MADRS change, day 1: ketamine against midazolam"."""
    when = "" if outcome.time_d is None else f", day {show_plain(round(outcome.time_d, 2))}"
    if outcome.time_h is not None:
        when = f", hour {show_plain(round(outcome.time_h, 2))}"
    who = outcome.arm + (f" against {outcome.versus}" if outcome.versus else "")
    what = " ".join(part for part in (outcome.instrument, outcome.quantity.replace("_", " ")) if part)
    unit = "" if outcome.unit in ("", "1") or outcome.quantity in PLAIN else f" ({outcome.unit})"
    return f"{what}{unit}{when}: {who}"


def judged(trial: Trial, predictions: Sequence[Prediction]) -> list[tuple[Outcome, Row, Verdict | None]]:
    """Every published number with its row and how the prediction fared, the spread between studies counted."""
    spread = read_spread().get(MODEL, Spread({}, 200.0, {}, {}))
    given = [one for one in trial.study.outcomes if one.value is not None]
    rows = rows_of(trial.study, predictions)
    return [(one, row, judge_model(row, spread)) for one, row in zip(given, rows, strict=True)]


def forest_rows(trial: Trial, predictions: Sequence[Prediction]) -> list[ForestRow]:
    """Every published number beside its prediction, with intervals that count the spread between studies as well."""
    return [_forest_row(*one) for one in judged(trial, predictions)]


def _forest_row(outcome: Outcome, row: Row, verdict: Verdict | None) -> ForestRow:
    label, _, detail = label_of(outcome).partition(": ")
    half = NORMAL90 * row.seen.se
    low, high = sorted(row.scale.back(row.seen.place + step) for step in (-half, half))
    told = f"{_short(low)} to {_short(high)}" + _BY.get(row.seen.by, "")
    if verdict is None:
        return ForestRow(label, detail, _short(row.value), told, "", "", f"not predicted: {row.reason}", ())
    ends = verdict.interval90
    inside = "inside" if verdict.inside90 else "outside"
    every = np.array([row.value, low, high, verdict.predicted, *ends])
    span = float(np.ptp(every)) or 1.0
    bars = ((every - every.min() + 0.05 * span) / (1.1 * span)).tolist()
    expected = f"{_short(ends[0])} to {_short(ends[1])}"
    return ForestRow(
        label, detail, _short(row.value), told, _short(verdict.predicted), expected, inside, bars
    )


#: Where the interval of a published number is from, when the study does not tell it.
_BY = {"counts": " (from the counts)", "default": " (usual width)"}


def _short(value: float) -> str:
    value = 0.0 if abs(value) < _NOTHING else value
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def _curves(trial: Trial) -> list[TrialCurve]:
    found = []
    keys = dict.fromkeys(key for arm in trial.arms.values() for key in arm.totals)
    for key in keys:
        scale = load_instrument(key)
        arms = []
        for arm in (one for one in trial.arms.values() if one.size):
            totals = np.where(arm.leaving.seen, arm.totals[key], np.nan)
            good = np.isfinite(totals).sum(axis=0) > 1
            full = np.where(good, totals, 0.0)
            low, high = np.nanpercentile(full, BAND, axis=0)
            mean, low, high = (np.where(good, part, np.nan) for part in (np.nanmean(full, axis=0), low, high))
            arms.append(ArmCurve(arm.name, mean, low, high, totals[:SHOWN_PEOPLE]))
        days = trial.visits / 24.0
        found.append(TrialCurve(key, scale.abbreviation, days, scale.total_low, scale.total_high, arms))
    return found


def _summary(lines: Sequence) -> list[SummaryRow]:
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for line in lines:
        told = f"{_short(line.mean)} (SD {line.sd:.1f}, n {line.n})"
        rows.setdefault((line.instrument, line.arm), {})[line.way] = told
    return [
        SummaryRow(arm, load_instrument(key).abbreviation, [cells.get(way, "") for way in WAYS])
        for (key, arm), cells in rows.items()
    ]


def _endpoint(outcome: Outcome, power: Power, needed: Power | None) -> EndpointRow:
    size = "more than the search allows" if needed is None else f"{needed.sizes[0]} in each arm"
    return EndpointRow(
        label_of(outcome),
        _short(power.difference),
        f"{power.power:.0%} (±{NORMAL90 * power.se:.1%})",
        f"{power.sizes[0]} and {power.sizes[1]}",
        size,
        power.test,
    )


def _told(found: Repeated) -> str:
    return (
        f"{_short(found.difference)} (95 % {_short(found.low)} to {_short(found.high)}, p {found.p:.3g}), "
        f"{found.people} people, {found.visits} visits; {found.method}"
    )
