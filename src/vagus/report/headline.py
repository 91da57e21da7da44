"""The first screen of a report: who, what, the main effect, how many respond, how sure; one sentence or two each."""

from collections.abc import Iterable, Mapping

import numpy as np

from ..body.condition import load_condition
from ..observe import load_instrument
from ..people.course import Course, response_shares
from ..tables import GRADE_MEANINGS
from .effect import STILL_SHARE
from .numerals import join_words, show_number, show_plain

WEEK_3 = 21.0  # week 3, when a course of six infusions has just ended
_LEAST = 0.1  # of the scale: a score that begins below this has no illness to tell of
_PLAIN = 0.35  # from here on the scales everybody knows go first; below it the one that stands highest
_ARMS = ("with treatment", "untreated", "with placebo")
_BAND = (5.0, 95.0)


def headline(course: Course, grades: Mapping[str, int], worst: str) -> list[tuple[str, str]]:
    """The lines of the first screen as (label, sentences)."""
    lines = [("Who", _who(course)), ("What", _what(course))]
    leading = leading_scales(course)
    day = min(WEEK_3, float(course.days[-1]))
    if leading:
        lines.append(("Main effect", " ".join(_effect(course, key, day) for key in leading)))
        lines.append(("People like this", _respond(course, leading, day)))
    else:
        lines.append(
            ("Main effect", "No score stands above health at the start, so there is nothing to lower.")
        )
    lines.append(("How sure", _sure(course, leading, day, grades, worst)))
    return [(label, words) for label, words in lines if words]


def leading_scales(course: Course) -> list[str]:
    """The scale that tells most of the mind and the one of the body: furthest up its range at the start."""
    found = []
    for kind in ("mental", "physical"):
        share = {}
        for key, totals in course.scores.items():
            scale = load_instrument(key)
            ruled = scale.response is not None or scale.response_points is not None
            if scale.kind == kind and ruled and np.isfinite(totals[0, :, 0]).any():
                part = (np.nanmedian(totals[0, :, 0]) - scale.total_low) / (
                    scale.total_high - scale.total_low
                )
                share[key] = float(part)
        first = [key for key in ("madrs", "pcl5", "nrs_pain") if share.get(key, 0.0) >= _PLAIN]
        best = first or [key for key, part in share.items() if part >= _LEAST and part == max(share.values())]
        found += best[:1]
    return found


def ills(conditions: Iterable[str]) -> str:
    """Conditions in words: 'major depression and chronic pain'; '' for none but health."""
    return join_words(_named(key) for key in conditions if key != "healthy")


def _who(course: Course) -> str:
    patient, ill = course.patient, ills(course.patient.conditions)
    name = f"{patient.name[:1].upper()}{patient.name[1:]}"
    facts = f"{patient.sex}, {show_plain(patient.age)} years, {show_plain(round(patient.weight, 1))} kg"
    words = f"{name}: {facts}, "
    words += f"with {ill}." if ill else "healthy."
    known = [
        f"{load_instrument(key).abbreviation} {show_plain(value)}" for key, value in patient.scores.items()
    ]
    if known:
        words += f" Known: {join_words(known)}."
    return words if course.run.people == 1 else f"{course.run.people:,} people like this one. {words}"


def _named(condition: str) -> str:
    """The title of a condition inside a sentence; abbreviations keep their capitals."""
    title = load_condition(condition).title
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _what(course: Course) -> str:
    days = show_plain(float(course.run.facts["days"]))
    words = f"{course.treatment.meaning.rstrip('.')}. Followed for {days} days."
    beside = "without any treatment and with placebo (same visits, no drug)"
    if course.placebo_arm is None:
        beside = "without any treatment"
    return (
        words if course.treatment.key == "untreated" else f"{words} For comparison, the same person {beside}."
    )


def _effect(course: Course, key: str, day: float) -> str:
    """'MADRS falls from 32 to 18 at week 3; untreated 31, with placebo 28.'"""
    scale = load_instrument(key)
    arms = len(course.run.arms)
    before = float(np.nanmedian(course.scores[key][0, :, 0]))
    after = [_middle(course.at_day(key, day, arm)) for arm in range(arms)]
    if after[0] is None:
        return ""
    way = after[0] - before
    still = STILL_SHARE * (scale.total_high - scale.total_low)
    verb = "stays at" if abs(way) < still else ("falls" if way < 0 else "rises")
    told = f"{scale.abbreviation} {verb} "
    told += (
        show_number(after[0], 1)
        if verb == "stays at"
        else f"from {show_number(before, 1)} to {show_number(after[0], 1)}"
    )
    told += f" (of {show_plain(scale.total_high)}) on day {show_plain(day)}"
    if course.treatment.key == "untreated":
        return told + "."
    beside = [
        f"{_ARMS[arm]} {show_number(after[arm], 1)}" for arm in range(1, arms) if after[arm] is not None
    ]
    return f"{told}; {join_words(beside)}."


def _respond(course: Course, leading: list[str], day: float) -> str:
    """'Of 100 people like this 46 respond by week 3 (MADRS falls by half); untreated 0, with placebo 11.'"""
    many = course.companions or course
    shares = response_shares(many)
    if many.run.people < 2 or course.treatment.key == "untreated":
        return ""
    parts = []
    for key in leading:
        here = shares.get(key, {})
        if "week_3" not in here or day < WEEK_3:
            continue
        scale = load_instrument(key)
        rule = (
            f"down by {scale.response.value:.0%}"
            if scale.response is not None
            else f"down by {scale.response_points.value:g} points"
            if scale.response_points is not None
            else ""
        )
        beside = [
            f"{show_number(100 * here[f'{arm}_week_3'], 0)} {words}"
            for arm, words in (("untreated", "untreated"), ("placebo", "with placebo"))
            if f"{arm}_week_3" in here
        ]
        later = f", {show_number(100 * here['week_12'], 0)} at week 12" if "week_12" in here else ""
        part = f"{show_number(100 * here['week_3'], 0)} respond on the {scale.abbreviation} at week 3 ({rule}){later}"
        parts.append(f"{part}; {join_words(beside)}")
    return f"Of 100 people with the same conditions: {'. '.join(parts)}." if parts else ""


def _sure(course: Course, leading: list[str], day: float, grades: Mapping[str, int], worst: str) -> str:
    """How far people differ, and the grade of what this rests on."""
    words = []
    many = course.companions or course
    if leading and many.run.people > 1 and course.treatment.key != "untreated":
        key = leading[0]
        change = many.at_day(key, day) - many.scores[key][0, :, 0]
        if np.isfinite(change).any():
            low, high = np.nanpercentile(change, _BAND)
            words.append(
                f"People differ: in nine of ten the {load_instrument(key).abbreviation} changes by "
                f"{show_number(low, 0, sign=True)} to {show_number(high, 0, sign=True)} points."
            )
    total = sum(grades.values())
    if total and worst:
        share = grades.get("assumed", 0) / total
        words.append(
            f"{share:.0%} of the {total:,} numbers of the model are assumed ({GRADE_MEANINGS['assumed']}); "
            "read directions and comparisons, not exact values."
        )
    return " ".join(words)


def _middle(values: np.ndarray) -> float | None:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else None
