"""The course in plain words, computed from the numbers: the same rules whether it helps, does nothing or harms.

Order of the sentences: what was given, the balance at the end, each score that moved, those that did not, the first
hours, what the numbers rest on, who is missing.
"""

from collections.abc import Sequence

from ..tables import GRADE_MEANINGS
from .effect import STILL_SHARE, Effect, effect_of
from .numerals import (
    count_of,
    decimals_for,
    is_number,
    join_words,
    places_of,
    show_amount,
    show_minutes,
    show_number,
    show_plain,
    show_unit,
)
from .record import Acute, CourseReport, Dose, Outcome

DISCLAIMER = (
    "For research, teaching and record keeping. "
    "Not a medical device: it does not diagnose and recommends no dose."
)
_SAME_MINUTE = 1.0 / 1440.0  # days between the end of one step of an infusion and the start of the next


def describe(course: CourseReport) -> tuple[str, ...]:
    """The sentences of the report: those given with the course, or else worded here from its numbers."""
    if course.sentences:
        return tuple(course.sentences)
    effects = [effect for curve in course.curves if curve.kind != "vital" and (effect := effect_of(curve))]
    outcomes = {outcome.key: outcome for outcome in course.outcomes}
    sentences = [given(course), *balance(effects)]
    sentences += [
        moved(effect, outcomes.get(effect.curve.key), course.last_time) for effect in effects if effect.ever
    ]
    sentences += unmoved(effects)
    sentences += first_hours(course.acute, course.acute_title)
    sentences += [rests_on(course), *missing(course)]
    return tuple(sentence for sentence in sentences if sentence)


def given(course: CourseReport) -> str:
    """Who is simulated, for how long, and what is given."""
    who = "One person" if course.people == 1 else f"{course.people:,} people"
    middle = "" if course.people == 1 else " Every score below is the middle value of these people."
    start = f"{who} simulated for {show_plain(course.days)} days"
    if not course.doses:
        return f"{start}; no dose is given.{middle}"
    return f"{start} with {doses_in_words(course.doses)}.{middle}"


def doses_in_words(doses: Sequence[Dose]) -> str:
    """'6 doses of ketamine (35 mg, iv over 40 min, days 0 to 17)' for each drug, joined."""
    by_drug: dict[str, list[Dose]] = {}
    for dose in doses:
        by_drug.setdefault(dose.drug, []).append(dose)
    return join_words(_one_drug(drug, same) for drug, same in by_drug.items())


def _one_drug(drug: str, doses: Sequence[Dose]) -> str:
    courses = _infusions(doses)
    stepped = len(courses) < len(doses)
    amounts = [sum(step.amount for step in steps) for steps in courses]
    smallest, largest = min(amounts), max(amounts)
    amount = (
        show_plain(smallest) if smallest == largest else f"{show_plain(smallest)} to {show_plain(largest)}"
    )
    facts = [f"{amount} {show_unit(doses[0].unit)}".strip() + (" in all" if stepped else "")]
    minutes = sorted({round(sum(step.minutes for step in steps), 1) for steps in courses})
    took = f" over {show_minutes(minutes[0])}" if len(minutes) == 1 and minutes[0] else ""
    took += f" in {max(map(len, courses))} steps" if stepped else ""
    facts.append(join_words(dict.fromkeys(dose.route for dose in doses)) + took)
    days = [steps[0].day for steps in courses]
    shown = show_plain(round(days[0], 2))
    facts.append(
        f"on day {shown}" if len(days) == 1 else f"days {shown} to {show_plain(round(max(days), 2))}"
    )
    count = count_of(len(courses), "infusion" if stepped else "dose")
    return f"{count} of {drug} ({', '.join(fact for fact in facts if fact)})"


def _infusions(doses: Sequence[Dose]) -> list[list[Dose]]:
    """The doses of one drug, the steps of a titrated infusion together: a step begins when the one before it ends."""
    courses: list[list[Dose]] = []
    for dose in doses:
        last = courses[-1][-1] if courses else None
        goes_on = (
            last is not None
            and last.minutes > 0
            and dose.minutes > 0
            and (last.route, last.unit) == (dose.route, dose.unit)
            and abs(last.day + last.minutes / 1440 - dose.day) < _SAME_MINUTE
        )
        if goes_on:
            courses[-1].append(dose)
        else:
            courses.append([dose])
    return courses


def balance(effects: Sequence[Effect]) -> list[str]:
    """How many scores end better, the same and worse than without treatment; named when worse."""
    if not effects:
        return []
    better = [effect.curve.label for effect in effects if effect.end > 0]
    worse = [effect.curve.label for effect in effects if effect.end < 0]
    same = len(effects) - len(better) - len(worse)
    ends = sorted({effect.last_day for effect in effects})
    when = f"On day {show_plain(round(ends[0], 1))}" if len(ends) == 1 else "At the end"
    if same == len(effects):
        who = f"none of the {len(effects)} scores differs" if same > 1 else "the one score does not differ"
        return [f"{when}, {who} from the same course without treatment."]
    counts = ((len(better), "better"), (same, "the same"), (len(worse), "worse"))
    if len(effects) in (len(better), len(worse)):
        balance = f"all {len(effects)} scores are" if len(effects) > 1 else "the one score is"
        balance += f" {'better' if better else 'worse'}"
    else:
        parts = [f"{number} {'is' if number == 1 else 'are'} {word}" for number, word in counts if number]
        balance = f"of {len(effects)} scores {join_words(parts)}"
    text = f"{when}, compared with the same course without treatment, {balance}."
    return [text + (f" Worse: {join_words(worse)}." if worse and len(worse) < len(effects) else "")]


def moved(effect: Effect, outcome: Outcome | None, last: str = "week 12") -> str:
    """One score that moved: its values at the asked times, when the difference was largest, and what is left of it."""
    values = _values(outcome, last) if outcome else ""
    judged = _judged(outcome) if outcome else ""
    text = f"{values} {_largest(effect)}" if values else f"{effect.curve.label}: {_largest(effect)}"
    return f"{text} {judged}" if judged else text


def _judged(outcome: Outcome) -> str:
    """'By week 3 it changes by −22.0: reliable (5.3 or more) and important to people (6 or more).'"""
    if not (is_number(outcome.baseline) and is_number(outcome.week_3)):
        return ""
    change = round(outcome.week_3 - outcome.baseline, 1)
    limits = ((outcome.reliable, "reliable"), (outcome.important, "important to people"))
    judged = [
        f"{'' if abs(change) >= least else 'not '}{word} ({show_plain(least)} or more)"
        for least, word in limits
        if least is not None
    ]
    return (
        f"By week 3 it changes by {show_number(change, 1, sign=True)}: {join_words(judged)}."
        if judged
        else ""
    )


def _values(outcome: Outcome, last: str) -> str:
    """'Depression (MADRS) starts at 32.0; it is 29.8 after 24 hours and 18.0 at week 3.'"""
    values = (outcome.baseline, outcome.day_1, outcome.week_3, outcome.week_12, outcome.untreated_week_12)
    places = places_of(outcome.unit, values)
    later = [
        f"{show_number(value, places)} {when}"
        for value, when in zip(values[1:4], ("after 24 hours", "at week 3", _when(last)), strict=True)
        if is_number(value)
    ]
    if later and is_number(outcome.untreated_week_12):
        later[-1] += f" ({last} without treatment: {show_number(outcome.untreated_week_12, places)})"
    if not later:
        return ""
    start = f"starts at {show_number(outcome.baseline, places)}; it " if is_number(outcome.baseline) else ""
    return f"{outcome.label} {start}is {join_words(later)}."


def _when(last: str) -> str:
    """ "week 12" as "at week 12", "day 56" as "on day 56"."""
    return f"on {last}" if last.startswith("day") else f"at {last}"


def _largest(effect: Effect) -> str:
    """The larger of gain and loss first, what is left of it, then the other if it counts."""
    gain_first = effect.gain >= effect.loss
    size, day = (effect.gain, effect.gain_day) if gain_first else (effect.loss, effect.loss_day)
    other, other_day = (effect.loss, effect.loss_day) if gain_first else (effect.gain, effect.gain_day)
    word, opposite = ("better", "worse") if gain_first else ("worse", "better")
    way = 1 if gain_first else -1
    text = f"It differs most from the untreated course on day {_day(day)}, {_amount(effect, size)} {word}"
    text += _left(effect, size, day, way)
    if other >= effect.still and effect.end != -way:
        text += f"; on day {_day(other_day)} it was {_amount(effect, other)} {opposite}"
    return text + "."


def _left(effect: Effect, size: float, day: float, way: int) -> str:
    """How the largest difference lasts: still there, a share left, gone, or turned over."""
    if day >= effect.last_day:
        return ""
    end = f"on day {_day(effect.last_day)}"
    if effect.end == -way:
        return f"; {end} it is {_amount(effect, abs(effect.last))} {'worse' if way > 0 else 'better'} than untreated"
    if effect.end == 0:
        return f"; nothing of that is left {end}"
    return f"; {abs(effect.last) / size:.0%} of that is left {end}"


def _amount(effect: Effect, size: float) -> str:
    curve = effect.curve
    return show_amount(size, curve.unit, decimals_for([curve.high]) if curve.high < 100 else None)


def _day(day: float) -> str:
    return show_plain(round(day, 1) if day < 2 else round(day))


def unmoved(effects: Sequence[Effect]) -> list[str]:
    """The scores that never part from the untreated course, in one sentence."""
    names = [effect.curve.label for effect in effects if not effect.ever]
    if not names:
        return []
    verb = "stays" if len(names) == 1 else "stay"
    share = f"{STILL_SHARE:.0%}"
    return [
        f"{join_words(names)} {verb} within {share} of the scale of the course without treatment at all times."
    ]


def first_hours(acute: Sequence[Acute], title: str = "Around the first dose") -> list[str]:
    """The first dose minute by minute: each vital from its start to its furthest value and when."""
    parts = []
    for line in acute:
        if not (is_number(line.baseline) and is_number(line.peak)):
            continue
        places = decimals_for([line.baseline, line.peak])
        start, peak = show_number(line.baseline, places), show_amount(line.peak, line.unit, places)
        if start == show_number(line.peak, places):
            parts.append(f"{line.label} stays at {peak}")
            continue
        when = f" at {show_minutes(line.minutes_to_peak)}" if line.minutes_to_peak is not None else ""
        parts.append(f"{line.label} goes from {start} to {peak}{when}")
    return [f"{title}: {'; '.join(parts)}."] if parts else []


def rests_on(course: CourseReport) -> str:
    """The worst grade of evidence, and how many numbers are assumed."""
    total = sum(course.grade_counts.values())
    if not course.worst_grade and not total:
        return "The evidence behind these numbers was not graded."
    meaning = GRADE_MEANINGS.get(course.worst_grade)
    text = f"The weakest evidence grade behind these numbers is '{course.worst_grade}'"
    text += f" ({meaning})." if meaning else "."
    assumed = course.grade_counts.get("assumed", 0)
    if total:
        text += f" {assumed:,} of the {total:,} numbers in the model ({assumed / total:.0%}) are assumed."
    return text


def missing(course: CourseReport) -> list[str]:
    """Who could not be computed, and is therefore in none of the numbers."""
    if not course.failed:
        return []
    verb = "is" if len(course.failed) == 1 else "are"
    return [
        f"{count_of(len(course.failed), 'person', 'people')} of {course.people:,} could not be computed "
        f"and {verb} left out of every number here."
    ]
