"""From a simulated course to the finished tables of its report: medians, bands and labels, no science."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from ..body.output import Output, load_outputs
from ..body.run import package_version
from ..errors import explanations
from ..observe import load_instrument
from ..people.course import OUTCOME_DAYS, Course
from .effect import STILL_SHARE
from .headline import headline, ills
from .record import Acute, BodyMap, CourseReport, Curve, Dose, Numbers, Outcome, SourceLine

BAND = (5.0, 95.0)
BAND_MEANING = "the middle 90 % of people"
ACUTE_HOURS = 6.0
DAY = 24.0
ORDER = ("madrs", "phq9", "gad7", "pcl5", "nrs_pain", "bpi_severity", "bpi_interference", "isi", "fatigue")
NOT_ASKED = "the scale looks back over more days than have passed, or the course is shorter"


def course_report(
    course: Course,
    sources: Sequence[SourceLine],
    grades: Mapping[str, int],
    worst: str,
    body: BodyMap | None = None,
) -> CourseReport:
    """The report of a course.

    Args:
        course: the simulated course.
        sources: what its numbers rest on.
        grades: how many numbers carry each grade.
        worst: the worst of them.
        body: the map of the body with what moved.
    """
    name, ill = course.patient.name, ills(course.patient.conditions)
    return CourseReport(
        title=f"{name[:1].upper()}{name[1:]}{f' ({ill})' if ill else ''}: {course.treatment.title}",
        person=_person(course),
        people=course.run.people,
        treatment_title=course.treatment.title,
        treatment_meaning=course.treatment.meaning,
        clock=str(course.run.facts["clock"]),
        rtol=float(course.run.facts["rtol"]),
        version=package_version(),
        seed=course.seed,
        days=float(course.run.facts["days"]),
        curves=[*_score_curves(course, worst), *_output_curves(course, worst)],
        doses=_doses(course),
        visits=_visits(course),
        outcomes=[_outcome(course, key) for key in in_order(course.scores)],
        acute=_acute(course),
        acute_curves=_acute_curves(course, worst),
        acute_of=_acute_of(course),
        acute_day=(_first_dose(course) or 0.0) / 24.0,
        sources=sources,
        worst_grade=worst,
        grade_counts=grades,
        warnings=[*course.notes],
        cautions=_cautions(course),
        failed=_failed(course),
        band_meaning=_band_meaning(course),
        headline=headline(course, grades, worst),
        body=body,
    )


def in_order(keys: Iterable[str]) -> list[str]:
    """Instruments in the order a clinician reads them; those not named here follow by name."""
    return sorted(keys, key=lambda key: (ORDER.index(key) if key in ORDER else len(ORDER), key))


def _cautions(course: Course) -> list[str]:
    """What there is to watch for: what concerns this person first, then when the rest would."""
    here = course.treatment.warnings_for(course.patient)
    told = [f"Applies to this person: {text} [{source}]" for text, source in here]
    for caution in course.treatment.cautions:
        if (caution.text, caution.source) not in here:
            whom = f"With {caution.when}: " if caution.when else ""
            told.append(f"{whom}{caution.text} [{caution.source}]")
    return told


def _band_meaning(course: Course) -> str:
    if course.companions is not None:
        return f"{BAND_MEANING}, of {course.companions.run.people} drawn with the same conditions"
    return BAND_MEANING if course.run.people > 1 else ""


def _person(course: Course) -> list[tuple[str, str]]:
    patient = course.patient
    lines = [
        ("conditions", ills(patient.conditions) or "none"),
        ("age", f"{patient.age:g} years"),
        ("sex", patient.sex),
        ("weight", f"{patient.weight:.3g} kg"),
    ]
    for label, names in (("takes", patient.background), ("also has", patient.medical)):
        if names:
            lines.append((label, ", ".join(names)))
    for key, value in patient.scores.items():
        lines.append((f"known {load_instrument(key).abbreviation}", f"{value:g}"))
    for name, value in patient.traits.items():
        lines.append((name, f"{value:g}"))
    return lines


def _middle(values: Numbers) -> Numbers:
    """Median over people (times,); NaN where nobody has a value."""
    if np.isfinite(values).all():
        return np.asarray(np.median(values, axis=0))
    known = np.isfinite(values).any(axis=0)
    out = np.full(values.shape[1], np.nan)
    out[known] = np.nanmedian(values[:, known], axis=0)
    return out


def _band(values: Numbers) -> tuple[Numbers | None, Numbers | None]:
    """Lower and upper edge of the band between people; nothing for one person."""
    if values.shape[0] < 2:
        return None, None
    if np.isfinite(values).all():  # the way that is quick in NumPy
        edges = np.percentile(values, BAND, axis=0)
        return edges[0], edges[1]
    known = np.isfinite(values).any(axis=0)
    edges = np.full((2, values.shape[1]), np.nan)
    edges[:, known] = np.nanpercentile(values[:, known], BAND, axis=0)
    return edges[0], edges[1]


class _Lines(TypedDict):
    """What `Curve` draws over the days."""

    days: Numbers
    treated: Numbers
    treated_low: Numbers | None
    treated_high: Numbers | None
    untreated: Numbers
    untreated_low: Numbers | None
    untreated_high: Numbers | None
    placebo: Numbers | None
    valid: NDArray[np.bool_]


def _lines(days: Numbers, arms: Numbers, others: Numbers | None) -> _Lines:
    """The lines of all arms (treated, untreated, placebo); the band is that of the people drawn beside one person, else
    that of the people themselves."""
    treated, untreated = arms[0], arms[1]
    low, high = _band(treated if others is None else others[0])
    without_low, without_high = _band(untreated if others is None else others[1])
    middle = _middle(treated)
    return {
        "days": days,
        "treated": middle,
        "treated_low": low,
        "treated_high": high,
        "untreated": _middle(untreated),
        "untreated_low": without_low,
        "untreated_high": without_high,
        "placebo": _middle(arms[2]) if len(arms) > 2 else None,
        "valid": np.isfinite(middle),
    }


def _score_curves(course: Course, worst: str) -> list[Curve]:
    curves = []
    for key in in_order(course.scores):
        scale = load_instrument(key)
        others = course.companions.scores[key] if course.companions else None
        curves.append(
            Curve(
                key=key,
                label=scale.abbreviation,
                unit="points",
                kind=scale.kind,
                low=scale.total_low,
                high=scale.total_high,
                better=scale.better,
                bands=scale.bands,
                worst_grade=worst,
                **_lines(course.days, course.scores[key], others),
            )
        )
    return curves


def _output_curve(
    course: Course, output: Output, rows: NDArray[np.int64], start: float, worst: str, *, close: bool = False
) -> Curve:
    days = (course.run.times[rows] - start) / 24.0
    values = course.run.values[output.name]
    shown = values[:, :, rows]
    drawn = shown.ravel()
    if course.companions:  # the band between people has to fit into the panel as well
        edges = [_band(arm[:, rows]) for arm in course.companions.run.values[output.name][:2]]
        drawn = np.concatenate([drawn, *(edge for pair in edges for edge in pair if edge is not None)])
    low, high = _axis(output, drawn, close)
    others = course.companions.run.values[output.name][:, :, rows] if course.companions else None
    return Curve(
        key=output.name,
        label=output.label,
        unit=output.unit,
        kind="vital",
        low=low,
        high=high,
        better=output.better,
        worst_grade=worst,
        **_lines(days, shown, others),
    )


def _axis(output: Output, values: Numbers, close: bool) -> tuple[float, float]:
    """The range a figure shows: that of the table, or close around the values for the first hours."""
    known = values[np.isfinite(values)]
    bottom, top = (float(known.min()), float(known.max())) if known.size else (output.low, output.high)
    if not close:
        return min(output.low, bottom), max(output.high, top)
    room = max(0.25 * (top - bottom), 0.05 * (output.high - output.low))
    return max(bottom - room, min(output.low, bottom)), top + room


def _output_curves(course: Course, worst: str) -> list[Curve]:
    """Vital signs and blood once a day at 08:00, before the dose of that day."""
    times = course.run.times
    daily = np.flatnonzero((np.abs(times % 24.0) < 1e-6) | (times == times[-1]))
    shown = [output for output in load_outputs().values() if output.shown in ("vital", "biomarker")]
    return [_output_curve(course, output, daily, 0.0, worst) for output in shown]


def _first_dose(course: Course) -> float | None:
    """Hour of the first dose that moves something within the day, by whatever route; None when nothing moves.

    Of each drug the first one is looked at, so that an infusion is found behind the tablets of the first day.
    """
    first = {dose.drug: dose.hour for dose in reversed(course.treatment.doses) if dose.amount > 0}
    return next((hour for hour in sorted(set(first.values())) if _moves(course, hour)), None)


def _acute_of(course: Course) -> str:
    """The drug whose first dose moves something, where another one was given before it; '' otherwise."""
    start = _first_dose(course)
    given = [dose for dose in course.treatment.doses if dose.amount > 0]
    if start is None or start <= min(dose.hour for dose in given):
        return ""
    return next(dose.drug for dose in given if dose.hour == start)


def _moves(course: Course, start: float) -> bool:
    """Whether something acute moves in the day after an hour."""
    times = course.run.times
    rows = np.flatnonzero((times >= start) & (times <= start + 24.0))
    for output in load_outputs().values():
        if output.shown == "acute" and rows.size > 1:
            middle = _middle(course.run.values[output.name][0][:, rows])
            still = STILL_SHARE * (output.high - output.low)
            if np.isfinite(middle).any() and np.nanmax(np.abs(middle - middle[0])) > still:
                return True
    return False


def _acute_rows(course: Course, start: float, hours: float) -> NDArray[np.int64]:
    """The times shown of a dose: so many hours, or all of one that runs for more than a day, and a day more."""
    until = course.treatment.runs_until(start)
    last = until + DAY if until - start > DAY else start + hours
    return np.flatnonzero((course.run.times >= start) & (course.run.times <= last))


def _acute_curves(course: Course, worst: str) -> list[Curve]:
    start = _first_dose(course)
    if start is None:
        return []
    rows = _acute_rows(course, start, ACUTE_HOURS)
    shown = [output for output in load_outputs().values() if output.shown in ("vital", "acute")]
    return [_output_curve(course, output, rows, start, worst, close=True) for output in shown]


def _acute(course: Course) -> list[Acute]:
    """The value furthest from where it began, within a day of the first dose or of its end; medians over people."""
    start = _first_dose(course)
    if start is None:
        return []
    times = course.run.times
    rows = _acute_rows(course, start, DAY)
    found = []
    for output in load_outputs().values():
        if output.shown not in ("vital", "acute") or rows.size < 2:
            continue
        middle = _middle(course.run.values[output.name][0][:, rows])
        if not np.isfinite(middle).any():
            found.append(Acute(output.name, output.label, output.unit, None, None, None))
            continue
        far = int(np.nanargmax(np.abs(middle - middle[0])))
        minutes = float(times[rows[far]] - start) * 60.0
        found.append(
            Acute(output.name, output.label, output.unit, float(middle[0]), float(middle[far]), minutes)
        )
    return found


def _doses(course: Course) -> list[Dose]:
    end = 24.0 * float(course.run.facts["days"])
    return [
        Dose(dose.day, dose.drug, dose.amount, dose.unit, dose.route, dose.hours * 60.0)
        for dose in course.treatment.doses
        if dose.hour < end
    ]


def _visits(course: Course) -> list[float]:
    """Days of the visits of a course without doses: those of a course with doses are those of the doses."""
    end = DAY * float(course.run.facts["days"])
    given = [visit.hour / DAY for visit in course.treatment.visits if visit.hour < end]
    return [] if course.treatment.doses else sorted(set(given))


def _outcome(course: Course, key: str) -> Outcome:
    scale, last = load_instrument(key), float(course.run.facts["days"])

    def middle(name: str, arm: int = 0) -> float | None:
        values = course.at_day(
            key, min(OUTCOME_DAYS[name], last) if name == "week_12" else OUTCOME_DAYS[name], arm
        )
        return float(np.nanmedian(values)) if np.isfinite(values).any() else None

    values = {name: middle(name) for name in OUTCOME_DAYS}
    placebo = course.placebo_arm
    return Outcome(
        key=key,
        label=scale.abbreviation,
        unit="points",
        kind=scale.kind,
        untreated_week_3=middle("week_3", 1),
        untreated_week_12=middle("week_12", 1),
        placebo_week_3=None if placebo is None else middle("week_3", placebo),
        placebo_week_12=None if placebo is None else middle("week_12", placebo),
        note=NOT_ASKED if None in values.values() else "",
        reliable=None if scale.reliable_change is None else scale.reliable_change.value,
        important=None if scale.minimal_important_change is None else scale.minimal_important_change.value,
        **values,
    )


def _failed(course: Course) -> list[tuple[str, str, str]]:
    table = explanations()
    return [
        (f"person {person + 1}, {arm}", code, f"{table[code].title}, stopped at hour {hour:.4g}")
        for person, arm, code, hour in course.run.failures()
    ]
