"""The seven steps of the cycle in words: when each begins, in which order, and what hangs on which."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

_LASTS = 0.5  # of the SD of the mixed group: a step that has begun
_WIRING = (
    "So the order is no matter of one constant but of the wiring: pain itself sensitizes the cord, within days to",
    "weeks, and wears dopamine down over weeks; depression needs weeks of it too; and transmitters feed pain control,",
    "not the other way. Where studies tell, they go with the wiring: a painful stimulus alone brings touch-evoked pain",
    "in healthy volunteers ([Woolf 2011](https://doi.org/10.1016/j.pain.2010.09.030)), a new pain releases dopamine",
    "and only a lasting one blunts that release",
    "([Martikainen 2015](https://pmc.ncbi.nlm.nih.gov/articles/PMC4495244),",
    "[Kato 2016](https://doi.org/10.1016/j.neulet.2016.06.060)), and pain and depression foretell each other over",
    "months ([Kroenke 2011][kroenke]); none has shown the seven steps. What the model keeps of the claim is the loop,",
    "which the cuts break, not the sequence.",
    "",
    "[kroenke]: https://experts.umn.edu/en/publications/reciprocal-relationship-between-pain-and-depression-a-12-month-lo",
)


def steps_text(record: Mapping[str, Any]) -> str:
    """The part `steps` of what `vagus map --cycle --json` prints, as Markdown."""
    parts = [
        _begins(record["order"]),
        _orders(record["order"]["rows"]),
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
        "The injury is step 1, on day 0. Rule, stated before it was tried: a step has begun when it has moved, the",
        "way the claim says, half a standard deviation of a mixed group of healthy and ill people from where the same",
        "person would be without the injury (about what people notice,",
        "[Norman 2003](https://doi.org/10.1097/01.MLR.0000062554.74615.4C)), and keeps to it for a week. A",
        "step with several observables begins with the first of them; what the claim puts in brackets goes beside it.",
        "Worse pain is pain beyond what the same injury brings when nothing of the cycle follows it.",
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
    return f"By this rule they do not all begin in the order that is said: {order_words(row)}."


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
    return f"{row['amount']:g} SD" + (", all observables of a step" if row["rule"] == "every" else "")


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
