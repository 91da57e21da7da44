"""A made-up course with the shape of a real one; no number in it means anything."""

from dataclasses import replace

import numpy as np

from vagus.report import Acute, CourseReport, Curve, Dose, Outcome, SourceLine

DAYS = np.linspace(0, 84, 1009)
SCALES = {
    "madrs": (
        "Depression (MADRS)",
        "mental",
        60,
        32,
        [(0, "none"), (7, "mild"), (20, "moderate"), (35, "severe")],
    ),
    "phq9": (
        "Depression (PHQ-9)",
        "mental",
        27,
        18,
        [(0, ""), (5, "mild"), (10, "moderate"), (15, "high"), (20, "severe")],
    ),
    "gad7": ("Anxiety (GAD-7)", "mental", 21, 13, [(0, ""), (5, "mild"), (10, "moderate"), (15, "severe")]),
    "isi": ("Insomnia (ISI)", "mental", 28, 17, [(0, ""), (8, "mild"), (15, "moderate"), (22, "severe")]),
    "nrs_pain": ("Pain now (NRS)", "physical", 10, 6.5, [(0, "mild"), (4, "moderate"), (7, "severe")]),
    "bpi_severity": (
        "Pain severity (BPI)",
        "physical",
        10,
        6.1,
        [(1, "mild"), (5, "moderate"), (7, "severe")],
    ),
    "bpi_interference": ("Pain interference (BPI)", "physical", 10, 6.8, []),
    "fatigue": ("Fatigue (FSS)", "physical", 7, 5.4, []),
}
VITALS = {
    "heart_rate": ("Heart rate", "1/min", 40, 120, 72.0),
    "systolic": ("Systolic pressure", "mmHg", 80, 180, 126.0),
    "rmssd": ("RMSSD", "ms", 0, 80, 31.0),
    "cortisol": ("Cortisol", "ng/mL", 0, 200, 92.0),
    "crp": ("CRP", "mg/L", 0, 10, 3.2),
    "il6": ("IL-6", "pg/mL", 0, 8, 2.4),
}


def curve(key: str, way: float, *, people: bool = False) -> Curve:
    """A score that falls (way 1), stays (0) or rises (-1) with treatment; the scale looks back seven days or none."""
    label, kind, top, start, bands = SCALES[key]
    effect = way * 0.45 * start * (1 - np.exp(-DAYS / 6)) * np.exp(-np.maximum(DAYS - 20, 0) / 60)
    untreated = start * (1 - 0.03 * DAYS / 84)
    treated = np.clip(untreated - effect, 0, top)
    valid = np.ones(len(DAYS), dtype=bool)
    if key in ("phq9", "isi", "gad7"):
        valid = (DAYS == 0) | (DAYS >= 14)
    spread = 0.08 * top if people else None
    band = (
        {}
        if spread is None
        else {
            "treated_low": np.clip(treated - spread, 0, top),
            "treated_high": np.clip(treated + spread, 0, top),
            "untreated_low": np.clip(untreated - spread, 0, top),
            "untreated_high": np.clip(untreated + spread, 0, top),
        }
    )
    return Curve(
        key=key,
        label=label,
        unit="points",
        kind=kind,
        low=0,
        high=top,
        better="lower",
        days=DAYS,
        treated=treated,
        untreated=untreated,
        valid=valid,
        bands=bands,
        worst_grade="assumed",
        **band,
    )


def vital(key: str) -> Curve:
    label, unit, low, high, start = VITALS[key]
    bump = sum(0.15 * start * np.exp(-np.abs(DAYS - day) / 0.2) for day in (0, 3, 7, 10, 14, 17))
    return Curve(
        key=key,
        label=label,
        unit=unit,
        kind="vital",
        low=low,
        high=high,
        better="none",
        days=DAYS,
        treated=start + bump - 0.02 * start * (1 - np.exp(-DAYS / 9)),
        untreated=np.full(len(DAYS), start),
    )


def acute_curve(key: str, label: str, unit: str, low: float, high: float, start: float, rise: float) -> Curve:
    days = np.concatenate([np.arange(0, 240, 2), np.arange(240, 2881, 30)]) / 1440
    minutes = days * 1440
    shape = np.minimum(minutes / 40, 1) * np.exp(-np.maximum(minutes - 40, 0) / 45)
    return Curve(
        key=key,
        label=label,
        unit=unit,
        kind="vital",
        low=low,
        high=high,
        better="none",
        days=days,
        treated=start + rise * shape,
        untreated=np.full(len(days), float(start)),
    )


def outcome(line: Curve, treated: bool = True) -> Outcome:
    def at(day: float, column: np.ndarray) -> float | None:
        place = int(np.argmin(np.abs(DAYS - day)))
        return float(column[place]) if line.valid is None or line.valid[place] else None

    times = [at(day, line.treated) for day in (0, 1, 21, 84)]
    note = "The scale looks back 14 days and cannot be asked after 24 hours." if None in times else ""
    return Outcome(
        *(line.key, line.label, line.unit, line.kind, *times, at(84, line.untreated), note),
        untreated_week_3=at(21, line.untreated),
    )


def course(way: float = 1.0, *, people: int = 1, **changes: object) -> CourseReport:
    """A whole made-up report; way 1 helps, 0 does nothing, -1 harms."""
    curves = [curve(key, way, people=people > 1) for key in SCALES]
    made = CourseReport(
        title="Pain and depression, six ketamine infusions",
        person=[
            ("Name", "Made-up person"),
            ("Age", "46 years"),
            ("Sex", "female"),
            ("Weight", "70 kg"),
            ("Conditions", "major depression, chronic pain"),
        ],
        people=people,
        treatment_title="ketamine-iv-6",
        treatment_meaning="Ketamine 0.5 mg/kg over 40 minutes by vein on days 0, 3, 7, 10, 14 and 17.",
        clock="averaged",
        rtol=2e-5,
        version="0.1.0",
        seed=1,
        days=84,
        curves=[*curves, *(vital(key) for key in VITALS)],
        doses=[Dose(day, "ketamine", 35, "mg", "iv", 40) for day in (0, 3, 7, 10, 14, 17)],
        outcomes=[outcome(line) for line in curves],
        acute=[
            Acute("systolic", "Systolic pressure", "mmHg", 126, 144.2, 42),
            Acute("heart_rate", "Heart rate", "1/min", 72, 80.5, 38),
            Acute("dissociation", "Dissociation (CADSS)", "points", 0, 19.4, 40),
        ],
        acute_curves=[
            acute_curve("systolic", "Systolic pressure", "mmHg", 90, 170, 126, 18.2),
            acute_curve("heart_rate", "Heart rate", "1/min", 50, 110, 72, 8.5),
            acute_curve("dissociation", "Dissociation (CADSS)", "points", 0, 92, 0, 19.4),
            acute_curve("venous", "Ketamine, venous", "ng/mL", 0, 250, 0, 180),
        ],
        sources=[
            SourceLine(
                "simons2022",
                "Simons P et al. Adult population pharmacokinetics of ketamine. 2022.",
                "10.1000/made.up",
                "moderate",
                31,
            ),
            SourceLine("vagus_models", "Structure and priors of the coupled model.", "", "assumed", 212),
            SourceLine(
                "bangsgaard2016",
                "Bangsgaard EO. HPA axis model. 2016.",
                "https://example.org/paper",
                "strong",
                14,
            ),
        ],
        worst_grade="assumed",
        grade_counts={"strong": 14, "moderate": 61, "weak": 22, "contradicted": 3, "assumed": 212},
        band_meaning="the middle 90 % of people" if people > 1 else "",
    )
    return replace(made, **changes)
