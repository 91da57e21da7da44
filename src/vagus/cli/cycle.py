"""`vagus map --cycle`: the cycle of pain and depression in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..body.model import Model
from ..evidence.crossing import rank
from ..evidence.cycle import KINDS, STOP_DAY, SUSCEPTIBLE, bench, record_of_cycle
from ..evidence.onset import DEPRESSION, PAIN
from .cycle_steps import steps_text

_SHOWN = 14  # of the ranking


def cycle_record(model: Model) -> dict[str, Any]:
    """Everything about the cycle as plain data; raises V505 when a typical person does not come to rest."""
    benches = {kind: bench(model, kind) for kind in KINDS}
    return record_of_cycle(model, rank(benches[SUSCEPTIBLE]), benches)


def cycle_text(record: Mapping[str, Any]) -> str:
    """The record in words, as Markdown that also reads well in a terminal."""
    parts = [_states(record), steps_text(record["steps"]), _folds(record), _separatrix(record["separatrix"])]
    parts += [_carried(record["carried"]), _ranking(record["ranking"])]
    parts += [_plans(kind, rows) for kind, rows in record["interventions"].items()]
    return "\n\n".join(parts)


def _states(record: Mapping[str, Any]) -> str:
    lines = [
        "## After the same injury, five years on",
        "",
        "| person | before: depression, pain | five years after |",
        "|---|---|---|",
    ]
    for kind, row in record["states"].items():
        lines.append(f"| {kind} | {_pair(row['before'])} | {_pair(row['after'])} |")
    return "\n".join(lines)


def _pair(state: Mapping[str, float]) -> str:
    return f"{_two(state[DEPRESSION])}, {_two(state[PAIN])}"


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")


def _folds(record: Mapping[str, Any]) -> str:
    lines = [
        "## Two lasting states, and where each ends",
        "",
        "| along | own value | folds (depression, pain) | resilient person |",
        "|---|---|---|---|",
    ]
    for one, other in zip(record["diagrams"], record["resilient"], strict=True):
        folds = "; ".join(
            f"{f['value']:.3g} ({_two(f['depression'])}, {_two(f['pain'])})" for f in one["folds"]
        )
        theirs = "; ".join(f"{f['value']:.3g}" for f in other["folds"])
        lines.append(
            f"| {one['parameter']} | {one['own']:.3g} | {folds or 'none'} | {theirs or 'no fold in this range'} |"
        )
    return "\n".join(lines)


def _separatrix(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "## The edge between the two",
        "",
        "How far a susceptible person can be moved on the straight way from health to illness and still come back.",
    ]
    lines += [
        "",
        "| residual input | healthy state | ill state | edge, part of the way | depression, pain there |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        ends = " | ".join("lasts" if row[key] else "gone" for key in ("well_stays", "ill_stays"))
        edge = (
            f"{row['part']:.2f} | {_two(row['depression'])}, {_two(row['pain'])}"
            if "part" in row
            else "- | -"
        )
        lines.append(f"| {row['value']:g} | {ends} | {edge} |")
    return "\n".join(lines)


def _carried(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "## What carries a resilient person across",
        "",
        "The same injury in a resilient person who is given traits of a susceptible one.",
    ]
    lines += ["", "| traits taken over | five years on | depression, pain |", "|---|---|---|"]
    for row in rows:
        words = ", ".join(row["traits"]) or "none"
        lines.append(f"| {words} | {'ill' if row['ill'] else 'well'} | {_pair(row)} |")
    return "\n".join(lines)


def _ranking(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = ["## What brings a susceptible person back, ranked", ""]
    if not rows:
        return "\n".join([*lines, "There is no ill state to come back from."])
    lines += [
        "The smallest change of one number, made in the ill state and kept, after which the person is well."
    ]
    lines += ["", "| number | what it is | change needed | linear estimate at the fold | grade |"]
    lines += ["|---|---|---|---|---|"]
    for row in rows[:_SHOWN]:
        tried = "none up to the limit" if row["tried"] is None else f"{100 * row['tried']:+.0f} %"
        lines.append(
            f"| {row['parameter']} | {row['meaning']} | {tried} | {100 * row['linear']:+.0f} % | {row['grade']} |"
        )
    return "\n".join(lines)


def _plans(kind: str, rows: Sequence[Mapping[str, Any]]) -> str:
    who = (
        "the susceptible person whom the injury left ill"
        if kind == SUSCEPTIBLE
        else f"the typical person with {kind}"
    )
    lines = [f"## Twelve weeks of treatment, then stop: {who}", "", "Depression, pain."]
    days = ("day_28", f"day_{STOP_DAY:g}", "day_365", "day_1825")
    lines += ["", "| plan | day 28 | day 84 | one year | five years | |", "|---|---|---|---|---|---|"]
    for row in rows:
        told = " | ".join(_pair(row[day]) for day in days)
        end = "well" if row["well_after_five_years"] else "ill"
        lines.append(f"| {' + '.join(row['plan'])} | {told} | {end} |")
    return "\n".join(lines)
