"""From a followed person to the finished tables of the report, and to one self-contained HTML file."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from ..files import whole_file
from ..learn.diary import Diary, follow_table
from ..learn.follow import Follow
from ..learn.forecast import Ahead
from ..learn.plan import DAY
from ..observe import MENTAL, PHYSICAL, load_instrument
from ..tables import GRADE_MEANINGS, GRADES
from .follow_figure import loops_svg, scale_svg
from .follow_record import Fan, FollowReport, Loop, ScalePanel
from .follow_words import (
    LEAST_RESPONSE,
    brief_lines,
    caution_words,
    contribution_words,
    difference_rows,
    hundred,
    odd_words,
    plan_head,
    plan_rows,
    warning_words,
)
from .headline import ills
from .map import map_svg
from .numerals import DASH, show_number, show_plain
from .page import page_html
from .record import BodyMap, SourceLine
from .rows import source_link

WEEKS_SHOWN = (1, 2, 4, 8, 12, 16, 20, 26)
COMPOSITE_LABELS = {MENTAL: "Mental composite", PHYSICAL: "Physical composite"}
LOOPS_NOTE = (
    "What each loop adds to the score in {weeks:g} weeks if nothing new is given: the difference in {people} virtual "
    "people who fit, with and without its arrows. It says what the model's arrows do in people with these scores; "
    "it is not a cause shown in this person, contributions overlap, and they do not add up to the score."
)


VOICE_HEAD = (
    "Scale", "First", "Last", "Best", "Band now", "Change", "It matters", "Response", "Trend a week",
)  # fmt: skip


def follow_report(
    found: Follow,
    sources: Sequence[SourceLine],
    grades: Mapping[str, int],
    worst: str,
    body: BodyMap | None = None,
    calibration: str = "",
) -> FollowReport:
    """The report of a followed person.

    Args:
        found: of `follow`.
        sources: what the numbers of the model rest on.
        grades: how many numbers carry each grade.
        worst: the worst of them.
        body: the map of the body, where it stands now.
        calibration: what is known of how often forecasts like these come true, in words.
    """
    diary = found.diary
    return FollowReport(
        title=diary.patient.name,
        virtual=diary.virtual,
        person=_person(found),
        brief=brief_lines(found),
        warning=warning_words(found),
        voice_head=VOICE_HEAD,
        voice=[_voice_row(found, k) for k in range(len(found.voices))],
        panels=_panels(found),
        weeks_head=("Scale", "Plan", "Week", "Middle", "50 of 100", "90 of 100"),
        weeks=[row for key in diary.keys() for ahead in found.aheads for row in _week_rows(ahead, key)],
        chances_head=(
            "Scale",
            "Plan",
            *(f"Week {w}: response · remission · relapse" for w in _shown(found.aheads[0])),
        ),
        chances=[row for key in diary.keys() for ahead in found.aheads for row in _chance_rows(ahead, key)],
        differences=difference_rows(found),
        plans_head=plan_head(found),
        plans=plan_rows(found),
        loops=_loops(found),
        loops_note=""
        if found.explanation is None
        else LOOPS_NOTE.format(weeks=found.explanation.weeks, people=found.explanation.people),
        peaks=[_peak_row(ahead, k) for ahead in found.aheads for k in range(len(ahead.peaks))],
        composites_head=("Composite", "Plan", "Now", *(f"Week {week}" for week in _shown(found.aheads[0]))),
        composites=[_composite_row(ahead, name) for name in COMPOSITE_LABELS for ahead in found.aheads],
        basis=_basis(found, worst, calibration),
        inputs=_inputs(found),
        odd=odd_words(found),
        cautions=caution_words(found),
        sources=sources,
        grades=grades,
        worst=worst,
        version=found.version,
        body=body,
    )


def _person(found: Follow) -> list[tuple[str, str]]:
    who = found.diary.patient
    lines = [("Conditions", ills(who.conditions) or "none"), ("Age and sex", f"{who.age:g} years, {who.sex}")]
    return [*lines, ("Weight", f"{who.weight:.0f} kg")]


def when(found: Follow, hour: float) -> str:
    """A day as the file counts it: its date, or its number."""
    day = int(hour // DAY)
    first = found.diary.first
    return f"day {day}" if first is None else (first + timedelta(days=day)).isoformat()


def _voice_row(found: Follow, k: int) -> list[str]:
    one = found.voices[k]
    size = "" if one.reliable_size is None else f" (needs {show_plain(one.reliable_size)})"
    change = (
        f"{show_number(one.last - one.first, 1, sign=True)}: {one.reliable}{size}" if one.reliable else DASH
    )
    response = DASH
    if one.responding is not None:
        response = (
            "not reached" if one.responded_day is None else f"from {when(found, DAY * one.responded_day)}"
        )
        if one.lost_day is not None:
            response += f", lost {when(found, DAY * one.lost_day)}"
        if one.responding and one.lost_day is not None:
            response += ", now again"
    return [
        one.label,
        show_plain(one.first),
        show_plain(one.last),
        f"{show_plain(one.best)} ({when(found, DAY * one.best_day)})",
        one.band,
        change,
        one.important or DASH,
        response,
        DASH if one.slope is None else show_number(one.slope, 1, sign=True),
    ]


def _panels(found: Follow) -> list[ScalePanel]:
    diary = found.diary
    given = tuple(one.hour / DAY for one in diary.given if one.until is None)
    panels = []
    for key in diary.keys():
        scale = load_instrument(key)
        fans = [
            Fan(
                ahead.plan.key,
                ahead.plan.title,
                (ahead.hours / DAY).tolist(),
                ahead.scores[key].quantiles.tolist(),
                tuple(hour / DAY for hour in ahead.plan.doses if hour < ahead.hours[-1]),
            )
            for ahead in found.aheads
        ]
        readings = [(one.hour / DAY, one.value) for one in diary.of(key)]
        start = float(found.aheads[0].hours[0] / DAY)
        panels.append(
            ScalePanel(
                key, scale.abbreviation, scale.total_low, scale.total_high, readings, given, start, fans
            )
        )
    return panels


def _shown(ahead: Ahead) -> list[int]:
    """The weeks that tables show: some, and the last."""
    last = ahead.hours.size - 1
    return sorted({week for week in WEEKS_SHOWN if week <= last} | {last})


def _week_rows(ahead: Ahead, key: str) -> list[list[str]]:
    rows, values = [], ahead.scores[key].quantiles
    digits = 0 if load_instrument(key).total == "sum" else 1
    for week in _shown(ahead):
        low, first, middle, third, high = (show_number(float(v), digits) for v in values[:, week])
        label = load_instrument(key).abbreviation
        rows.append([label, ahead.plan.title, str(week), middle, f"{first} to {third}", f"{low} to {high}"])
    return rows


def _chance_rows(ahead: Ahead, key: str) -> list[list[str]]:
    found = ahead.chances[key]
    parts = (found.response, found.remission, found.relapse)
    if all(part is None for part in parts):
        return []
    cells = []
    for week in _shown(ahead):
        told = [_hundred(part, week) for part in parts]
        if found.had is not None and found.had[week] < LEAST_RESPONSE:
            told[2] = DASH
        cells.append(" · ".join(told))
    return [[load_instrument(key).abbreviation, ahead.plan.title, *cells]]


def _hundred(part: np.ndarray | None, week: int) -> str:
    return DASH if part is None else hundred(float(part[week]))


def _interval(quantiles: np.ndarray, digits: int) -> str:
    low, middle, high = (show_number(float(quantiles[k]), digits) for k in (0, 2, 4))
    return f"{middle} ({low} to {high})"


def _peak_row(ahead: Ahead, k: int) -> list[str]:
    one = ahead.peaks[k]
    numbers = [_interval(part, 0) for part in (one.before, one.peak, one.rise)]
    return [ahead.plan.title, f"{one.hour / DAY:.0f}", *numbers]


def _composite_row(ahead: Ahead, name: str) -> list[str]:
    values = ahead.composites[name].quantiles
    cells = [_interval(values[:, week], 2) for week in (0, *_shown(ahead))]
    return [COMPOSITE_LABELS[name], ahead.plan.title, *cells]


def _loops(found: Follow) -> list[Loop]:
    if found.explanation is None:
        return []
    loops: dict[str, list] = {}
    for one in found.explanation.contributions:
        loops.setdefault(one.loop, []).append(one)
    return [
        Loop(
            parts[0].title,
            parts[0].words,
            parts[0].grade,
            [
                (load_instrument(p.key).abbreviation, p.quantiles.tolist(), contribution_words(p))
                for p in parts
            ],
        )
        for parts in loops.values()
    ]


def _inputs(found: Follow) -> list[list[str]]:
    diary = found.diary
    rows = [
        (one.hour, [str(one.line or DASH), when(found, one.hour), one.key, show_plain(one.value)])
        for one in (*diary.scores, *diary.vitals)
    ]
    rows += [
        (
            one.hour,
            [DASH, when(found, one.hour), one.drug, f"{show_plain(one.amount)} {one.unit} {one.route}"],
        )
        for one in diary.given
    ]
    rows += [(one.start, [DASH, when(found, one.start), one.title, "event"]) for one in diary.happenings]
    rows += [(one.hour, [DASH, when(found, one.hour), one.name, "treatment"]) for one in diary.begun]
    return [cells for _, cells in sorted(rows, key=lambda row: row[0])]


def _basis(found: Follow, worst: str, calibration: str) -> list[tuple[str, str]]:
    posterior, diary = found.posterior, found.diary
    moved = (
        "none were moved"
        if not posterior.steps
        else (f"let in over {posterior.steps} steps along {len(posterior.directions)} directions")
    )
    lines = [
        ("Entries", _entries(diary)),
        *_person(found),
        ("Not given", "; ".join(diary.assumed) or "nothing"),
        ("Model", f"vagus {found.version}, model {found.model_key}, day means"),
        ("People before the scores", found.record),
        ("Virtual people", f"{posterior.drawn} tried; {posterior.effective:.0f} carry the fit ({moved})"),
        ("Similarity to people the model knows", _likeness(found)),
        ("Variation from week to week", f"unexplained spread of {_unexplained()} % of a scale"),
        ("Worst grade", worst or DASH),
        ("Calibration", calibration or "no record of how often such forecasts hold is shipped"),
        ("Seed", str(found.seed)),
    ]  # fmt: skip
    return lines


def _entries(diary: Diary) -> str:
    return (
        f"{len(diary.scores)} scores, {len(diary.vitals)} vital signs, {len(diary.given)} doses or medicines"
    )


def _unexplained() -> str:
    return show_plain(100 * float(follow_table()["unexplained"]["share"]))


def _likeness(found: Follow) -> str:
    same = "with the same conditions, doses and visits have scores as unusual"
    return f"{found.checks.verdict}: {100 * found.checks.share:.0f} of 100 virtual people {same}"


def follow_html(report: FollowReport) -> str:
    """The whole report as HTML text: no script, nothing loaded from outside."""
    facts = {
        "report": report,
        "figures": [(panel.label, scale_svg(panel, f"scale-{panel.key}")) for panel in report.panels],
        "loops_svg": loops_svg(list(report.loops), "loops") if report.loops else "",
        "body_map": map_svg(report.body) if report.body is not None else "",
        "grades": [(grade, report.grades.get(grade, 0), GRADE_MEANINGS[grade]) for grade in GRADES],
        "sources": report.sources,
        "link": source_link,
    }
    return page_html("follow.html", ("course.css", "tables.css", "follow.css"), facts)


def write_follow(report: FollowReport, path: str | Path) -> Path:
    """The path of the report written: one HTML file, put in place whole or not at all.

    Raises VagusError V603 when it cannot be written.
    """
    text = follow_html(report)
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)
