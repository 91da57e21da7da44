"""A followed person in plain sentences. No plan is called best, and no number is printed for suicidality."""

from collections.abc import Sequence

import numpy as np

from ..learn.diary import follow_table
from ..learn.explanation import Contribution
from ..learn.follow import Follow
from ..learn.forecast import LEVELS, Chances, Difference
from ..learn.plan import DAY
from ..learn.surprise import SAFETY, OddReading
from ..learn.voice import Voice
from ..observe import load_instrument
from .numerals import DASH, count_of, join_words, show_number, show_plain


def brief_lines(found: Follow) -> list[tuple[str, str]]:
    """The lines of the first screen."""
    lines = [("The scores", " ".join(voice_words(one) for one in found.voices[:3]))]
    if found.explanation is not None:
        lines.append(("What maintains it", _strongest(found)))
    lines.append(("Trust", _trust(found)))
    return lines


def voice_words(one: Voice) -> str:
    """What the scores of one scale say by themselves."""
    many = count_of(len(one.readings), "score")
    text = f"{one.label} went from {show_plain(one.first)} to {show_plain(one.last)} ({many}, {one.band})"
    if one.reliable == "no reliable change":
        text += ", which is within what an unchanged person shows"
    elif one.reliable:
        text += f", reliably {one.reliable}"
    if one.responding is True:
        text += "; this is a response"
    elif one.responded_day is not None:
        text += "; an earlier response was lost"
    return text + "."


def hundred(share: float) -> str:
    """A share as so many of 100; a sample cannot tell never from seldom."""
    number = 100 * share
    return "<1" if number < 1 else ">99" if number > 99 else show_number(number, 0)


LEAST_SHOWN = 0.05  # points; less would print as nothing
LEAST_RESPONSE = 0.01  # share of people with a response below which nothing can be said of losing it
SAID = {
    "cannot tell": "the data cannot tell these apart",
    "too small": "too small to matter",
    "lower": "lower, according to the model",
    "higher": "higher, according to the model",
}
"""What an interval of a difference between two plans allows to say."""


def difference_rows(found: Follow) -> list[list[str]]:
    """Each plan against the first: pair, scale, mean difference over all weeks, the part of visits, what to say."""
    titles = {ahead.plan.key: ahead.plan.title for ahead in found.aheads}
    rows = []
    for one in found.differences:
        low, _, middle, _, high = (show_number(float(v), 1, sign=True) for v in one.quantiles)
        pair = f"{titles[one.plan]} against {titles[one.against].lower()}"
        cells = [pair, load_instrument(one.key).abbreviation, f"{middle} ({low} to {high})"]
        rows.append([*cells, _visit_words(one), SAID[one.verdict]])
    return rows


def _visit_words(one: Difference) -> str:
    """The part of a difference that visits and belief make without the drug."""
    if one.visits is None:
        return DASH
    low, _, middle, _, high = (show_number(float(v), 1, sign=True) for v in one.visits)
    return f"{middle} ({low} to {high})"


def plan_rows(found: Follow) -> list[list[str]]:
    """The plans at a glance: the two scales most asked, weeks well, relapse, and pressure at a dose."""
    keys = found.diary.keys()[:2]
    rows = []
    for ahead in found.aheads:
        cells = [ahead.plan.title]
        for key in keys:
            digits = 0 if load_instrument(key).total == "sum" else 1
            mean = np.nanquantile(ahead.under[key][:, 1:].mean(axis=1), LEVELS)
            low, _, middle, _, high = (show_number(float(v), digits) for v in mean)
            cells.append(f"{middle} ({low} to {high})")
        chances = ahead.chances[keys[0]]
        for part in (chances.response, chances.remission):
            cells.append(DASH if part is None else show_number(float(part[1:].sum()), 1))
        cells.append(relapse_words(chances))
        rises = [float(one.rise[2]) for one in ahead.peaks]
        cells.append(f"+{show_number(max(rises), 0)} mmHg" if rises else DASH)
        rows.append(cells)
    return rows


def plan_head(found: Follow) -> list[str]:
    """What stands above `plan_rows`."""
    names = [load_instrument(key).abbreviation for key in found.diary.keys()[:2]]
    week = found.aheads[0].hours.size - 1
    scores = [f"{name}, mean of weeks 1 to {week} (90 %)" for name in names]
    rest = (
        "Weeks in response",
        "Weeks in remission",
        f"Relapse by week {week}, of those who respond",
        "Pressure at a dose",
    )
    return ["Plan", *scores, *rest]


def relapse_words(chances: Chances) -> str:
    """Who relapses of who responds, of 100: without those who respond, few relapses would look like a good plan."""
    if chances.relapse is None or chances.had is None:
        return DASH
    if chances.had[-1] < LEAST_RESPONSE:
        return "no response"
    return f"{hundred(float(chances.relapse[-1]))} of {hundred(float(chances.had[-1]))}"


def contribution_words(one: Contribution) -> str:
    """What a loop adds to a scale, in words."""
    if float(np.abs(one.quantiles).max()) < LEAST_SHOWN:
        return "not affected"
    low, _, middle, _, high = (show_number(float(v), 1, sign=True) for v in one.quantiles)
    interval = f"{middle} points (90 %: {low} to {high})"
    return {
        "raises": f"higher by it, {interval}",
        "lowers": f"lower by it, {interval}",
        "cannot tell": f"no certain direction, {interval}",
    }[one.sure]


def _strongest(found: Follow) -> str:
    """The two loops that raise the first scale most, as far as they are sure."""
    assert found.explanation is not None
    key = found.diary.keys()[0]
    own = [
        one
        for one in found.explanation.contributions
        if one.key == key and one.sure == "raises" and one.quantiles[2] >= LEAST_SHOWN
    ]
    own.sort(key=lambda one: -float(one.quantiles[2]))
    label = load_instrument(key).abbreviation
    if not own:
        return f"According to the model, no loop clearly raises {label}."
    parts = [
        f"{one.title.lower()} ({show_number(float(one.quantiles[0]), 1)} to "
        f"{show_number(float(one.quantiles[4]), 1)} points)"
        for one in own[:2]
    ]
    return f"According to the model, {label} is raised most by {join_words(parts)}; what that means is explained below."


def _trust(found: Follow) -> str:
    words = {
        "like": "These scores are like those of people the model knows",
        "unusual": "These scores are unusual among people the model knows",
        "unlike": "This person is unlike the people the model knows: do not rely on the forecast",
    }[found.checks.verdict]
    return (
        f"{words}; {found.posterior.effective:.0f} virtual people carry the fit. Every entry is listed below."
    )


def warning_words(found: Follow) -> str:
    """What has to be said loudly; '' when there is nothing."""
    if found.checks.verdict == "unlike":
        return (
            "This person is unlike the people the model knows. Check the entries and the conditions; if they are "
            "right, trust the scores themselves and not the forecast."
        )
    if found.posterior.effective < 50:
        return "Few virtual people come near these scores, so all intervals are rough: read the forecast as a sketch."
    return ""


def odd_words(found: Follow) -> list[str]:
    """Readings that stand out, in sentences."""
    return [
        f"{_name_of(one)} {show_plain(one.value)} on day {one.hour / DAY:.0f}: the other entries lead to expect "
        f"{show_plain(round(one.expected, 1))} ({show_plain(round(one.low, 1))} to {show_plain(round(one.high, 1))})."
        for one in found.checks.odd
    ]


def _name_of(one: OddReading) -> str:
    """The scale, the item of it, or the vital sign."""
    if one.key in follow_table()["vital"]:
        return one.key.replace("_", " ")
    scale = load_instrument(one.key)
    if one.item < 0:
        return scale.abbreviation
    return f"{scale.abbreviation} item {scale.items[one.item].number} ({scale.items[one.item].topic})"


def caution_words(found: Follow) -> list[str]:
    """What to watch for: marks on an item about safety, then what the plans bring."""
    words = [*_safety(found)]
    for ahead in found.aheads:
        words += [text for text, _ in ahead.plan.treatment.warnings_for(found.diary.patient)]
    return list(dict.fromkeys(words))


def _safety(found: Follow) -> Sequence[str]:
    """The last mark of an item about suicidality, told as the fact it is."""
    told = []
    for key in found.diary.keys():
        scale = load_instrument(key)
        places = [k for k, item in enumerate(scale.items) if item.topic == SAFETY]
        marked = [one for one in found.diary.of(key) if one.items]
        if places and marked and marked[-1].items[places[0]] > scale.low[places[0]]:
            told.append(
                f"On day {marked[-1].hour / DAY:.0f} the item of {scale.abbreviation} about suicidal thoughts was "
                "marked: ask about it."
            )
    return told
