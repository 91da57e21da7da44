"""The seven steps of the cycle in words: when each begins, in which order, and what hangs on which."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..evidence.onset import Seen, seen_onsets

_LASTS = 0.5  # of the SD of the mixed group: a step that has begun
_WIRING = (
    "So the order is no matter of one constant but of the wiring: pain itself sensitizes the cord, within days to",
    "weeks, and wears dopamine down over weeks; depression needs weeks of it too; and transmitters feed pain control,",
    "not the other way. What the model keeps of the claim is the loop, which the cuts break, not the sequence.",
)

_STUDIES = (
    "So in animals the cord is sensitized first, within days; pain control has failed after three weeks; behaviour",
    "like depression comes after one to four weeks, with or before the loss of transmitters (two to five weeks).",
    "**Sensitivity before depression is what studies see: there the article has it the wrong way round.** In people,",
    "too, a painful stimulus alone brings touch-evoked pain within the hour",
    "([Woolf 2011](https://doi.org/10.1016/j.pain.2010.09.030)), and pain and depression foretell each other over",
    "months ([Kroenke 2011][kroenke]); no study has followed the seven steps.",
    "To let noradrenaline be worn down by lasting sensitization only, over weeks, was tried and not kept: the study",
    "of 2013 tells of the firing of neurons and not of the level, and the order stayed as it is.",
    "",
    "[kroenke]: https://experts.umn.edu/en/publications/reciprocal-relationship-between-pain-and-depression-a-12-month-lo",
)


def steps_text(record: Mapping[str, Any]) -> str:
    """The part `steps` of what `vagus map --cycle --json` prints, as Markdown."""
    parts = [
        _begins(record["order"]),
        _orders(record["order"]["rows"]),
        _seen(record["order"]),
        _cut(record),
        _others(record["other_numbers"]),
    ]
    return "\n\n".join(parts)


def order_words(row: Mapping[str, Any]) -> str:
    """Which steps begin before the one they are said to follow, and which never begin."""
    told = [f"{b} before {a}" for b, a in row["early"]]
    told += [f"{step} never" for step in row["never"]]
    return ", ".join(told) or "as said"


def _begins(order: Mapping[str, Any]) -> str:
    usual = order["rows"][_usual(order["rows"])]
    lines = [
        "## When each of the seven steps begins",
        "",
        "The injury is step 1, on day 0. Rule, its size set before it was tried: a step has begun when it has moved,",
        "the way the claim says, half a standard deviation of a mixed group of healthy and ill people from where the",
        "same person would be without the injury (about what people notice,",
        "[Norman 2003](https://doi.org/10.1097/01.MLR.0000062554.74615.4C)), and keeps to it for a week. A",
        "step with several observables begins with the first of them; what the claim puts in brackets goes beside it.",
        "Worse pain is pain beyond what the same injury brings when nothing of the cycle follows it. Within a group",
        "people differ as the ledger assumes of all its numbers (a fifth of health for ratios). At first the rule took",
        "the people of the model, who hardly differ in transmitters; that was changed after its result had been seen,",
        "which stands among the other rules.",
        "",
        f"**{_verdict(usual)}**",
        "",
        "| step | observable | half an SD | begins on day | largest in a year, SD | after a year, SD |",
        "|---|---|---|---|---|---|",
    ]
    for row in order["observables"]:
        name = row["observable"] if row["decides"] else f"({row['observable']})"
        day = _day(usual["onset_d"][row["observable"]])
        told = f"{row['largest']:.1f} | {row['year']:.1f}".replace("-0.0", "0.0")
        lines.append(f"| {row['step']} | {name} | {row['sd'] / 2:.2g} | {day} | {told} |")
    return "\n".join(lines)


def _usual(rows: Sequence[Mapping[str, Any]]) -> int:
    """The row of the rule that was stated, after the injury of the ledger."""
    other = next(row for row in rows if row["rule"] == "every")
    keys = ("injury", "days", "amount")
    return next(
        k for k, row in enumerate(rows) if row["rule"] == "sd" and all(row[x] == other[x] for x in keys)
    )


def _verdict(row: Mapping[str, Any]) -> str:
    if not row["early"] and not row["never"]:
        return "By this rule they begin in the order that is said."
    days = {step: day for step, day in row["steps"].items() if day is not None}
    found = ", ".join(sorted(days, key=lambda step: days[step]))
    return f"By this rule they do not all begin in the order that is said: {order_words(row)}. They begin {found}."


def _orders(rows: Sequence[Mapping[str, Any]]) -> str:
    steps = sorted(rows[0]["steps"])
    lines = [
        "### Other rules and other injuries",
        "",
        "Days on which the steps begin; agreement is Kendall's tau with the order that is said, 1 when it is kept.",
        "",
        f"| rule | injury | {' | '.join(steps)} | against the order | agreement |",
        "|---|---|" + "---|" * (len(steps) + 2),
    ]
    for row in rows:
        injury = f"{row['injury']:g}, " + ("does not heal" if row["days"] is None else f"{row['days']:g} d")
        days = " | ".join(_day(row["steps"][step]) for step in steps)
        lines.append(f"| {_rule(row)} | {injury} | {days} | {order_words(row)} | {row['agreement']:.2f} |")
    return "\n".join(lines)


def _rule(row: Mapping[str, Any]) -> str:
    if row["rule"] == "part":
        return f"{row['amount']:g} of its own largest departure"
    if row["rule"] == "model":
        return f"{row['amount']:g} SD of the people of the model, who hardly differ"
    return f"{row['amount']:g} SD" + (", all observables of a step" if row["rule"] == "every" else "")


def _seen(order: Mapping[str, Any]) -> str:
    """What studies saw of the steps and when, beside the days of the model by the rule that was stated."""
    onset = order["rows"][_usual(order["rows"])]["onset_d"]
    lines = [
        "### When studies saw the steps",
        "",
        "Days after an injury; of the model by the rule above. Most of it is known from animals, whose weeks are not",
        "those of people, and each study looked on few days: the order can be compared, the days hardly.",
        "",
        "| step | observable | in whom | not yet on day | there on day | model, day | what was seen |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in seen_onsets():
        not_by = "-" if row.not_by is None else f"{row.not_by:g}"
        told = f"{row.finding} ([{row.citation}](https://doi.org/{row.doi}))"
        day = onset[row.observable]
        words = f"{_day(day)}, {_when(day, row)}"
        lines.append(
            f"| {row.place} | {row.observable} | {row.who} | {not_by} | {row.by:g} | {words} | {told} |"
        )
    return "\n".join([*lines, "", *_STUDIES])


def _when(day: float | None, row: Seen) -> str:
    """How a day of the model compares with what a study saw."""
    if day is not None and row.not_by is not None and day < row.not_by:
        return "earlier"
    return "later" if day is None or day > row.by else "alike"


def _cut(record: Mapping[str, Any]) -> str:
    have = {(a, b) for a, b in record["direct"]}
    said = [f"{a} to {b}" for a, b in pairwise(range(2, 8)) if (a, b) in have]
    lack = [f"{a} to {b}" for a, b in pairwise(range(2, 8)) if (a, b) not in have]
    observables = [
        name for name in record["cut"][0]["most"] if name not in ("sleep_quality", "physical_function")
    ]
    lines = [
        "### What hangs on which",
        "",
        "The order may also be meant as a chain of causes. Of ways from one step straight to the next the model",
        f"has {', '.join(said) or 'none'}; it lacks {', '.join(lack) or 'none'}, where the influence goes round or the",
        "other way. Each way cut before the same injury: the largest departure within a year, in SD of the mixed",
        "group, and how the person is after five years.",
        "",
        f"| cut | steps | {' | '.join(observables)} | five years on |",
        "|---|---|" + "---|" * (len(observables) + 1),
    ]
    for row in record["cut"]:
        most = " | ".join(f"{row['most'][name]:.1f}".replace("-0.0", "0.0") for name in observables)
        ill = row["lasts"]["madrs"] >= _LASTS or row["lasts"]["sensitization"] >= _LASTS
        way = " to ".join(map(str, row["way"])) or "-"
        lines.append(f"| {row['cut']} | {way} | {most} | {'ill' if ill else 'well'} |")
    return "\n".join(lines)


def _others(row: Mapping[str, Any]) -> str:
    told = ", ".join(
        f"{step} before {int(step) - 1} in {number}" for step, number in row["early"].items() if number
    )
    low, middle, high = row["agreement"] or (float("nan"),) * 3
    lines = [
        "### Would other numbers bring the order?",
        "",
        f"{row['drawn']} people whose assumed constants of the cycle are each drawn up to twofold either way within",
        f"their bounds: {row['ill_after']} are well before the injury and ill a year after it. The seven steps come in",
        f"order in {row['in_order']} of them ({row['in_order_every']} when a step waits for all of its observables).",
        f"Early are {told or 'none'}. Agreement {middle:.2f} (90 % {low:.2f} to {high:.2f}).",
    ]
    if row["ill_after"] and not row["in_order"]:
        lines += ["", *_WIRING]
    return "\n".join(lines)


def _day(value: float | None) -> str:
    return "never" if value is None else f"{value:.3g}"
