"""Which numbers of a person decide whether an illness lasts, ranked by how little of each it takes.

At the fold where the ill state ends, a change of any number moves the fold; how far follows from the left null vector
of the derivatives, for all numbers at once. What ranks first is then tried: the smallest change after which a person
who was ill is well in five years.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..solve.continuation import newton, trace
from .cycle import Bench, is_well, run_on
from .field import person_of, sizes

ALONG = "pain.ongoing_activity"
TRIED = 30  # numbers whose smallest change is looked for
_KINDS = ("constant", "trait")
_LEVELS = 24
_MOST = 0.8  # of a number: a larger change of one number is no answer
_LEFT_OUT = (
    "biomarker.",
    "ketamine.",
    "esketamine.",
    "arketamine.",
    "escitalopram.",
    "opioid.",
    "medicine.",
    "expectancy.",
)


def rank(one: Bench, count: int = TRIED) -> list[dict[str, Any]]:
    """The numbers whose change of a few percent ends the ill state, the strongest first.

    Each with the linear estimate of the change that it takes, and the smallest change tried in runs that did.
    Raises nothing for a person without an ill state: the list is then empty.
    """
    model = one.model
    if bool(is_well(model, one.after[:, None])[0]):
        return []
    names = [
        name
        for name in model.kernel.parameters
        if name in model.entries
        and model.entries[name].kind in _KINDS
        and model.entries[name].value != 0.0
        and not name.startswith(_LEFT_OUT)
    ]
    moves = _fold_moves(one, names)
    own = float(one.p[model.parameter(ALONG)])
    fold = moves.pop("fold")
    rows = []
    for name in names:
        if name == ALONG:
            change = fold / own - 1.0
        else:
            change = (own - fold) / moves[name] if abs(moves[name]) > 1e-9 else np.inf
        rows.append((abs(change), name, change))
    rows.sort()
    chosen = [(name, change) for _, name, change in rows[:count]]
    tried = _smallest(one, chosen)
    found = [
        {
            "parameter": name,
            "meaning": model.entries[name].meaning,
            "kind": model.entries[name].kind,
            "grade": model.entries[name].grade,
            "own": float(one.p[model.parameter(name)]),
            "linear": float(change),
            "tried": least,
        }
        for (name, change), least in zip(chosen, tried, strict=True)
    ]
    return sorted(found, key=lambda row: np.inf if row["tried"] is None else abs(row["tried"]))


def _fold_moves(one: Bench, names: Sequence[str]) -> dict[str, float]:
    """By how much a rise of each number by its own size moves the fold of the ill state; and where the fold is."""
    model = one.model
    person = person_of(model, one.p, one.after, every_number=True)
    field, start = person.field(ALONG), one.after[person.moving]
    size = sizes(start)
    own = float(one.p[model.parameter(ALONG)])
    y, _ = newton(field, start, own, size)
    traced = trace(field, y, own, size, 0.0, own + 1e-3, upwards=False, most=200)
    at = traced.folds[0] if traced.folds else int(np.argmin(traced.values))
    y, fold = traced.states[at - 1], float(traced.values[: at + 1].min())
    _, jacobian, slope = field(y, fold)
    weight = np.maximum(np.abs(jacobian * size[None, :]).max(axis=1), 1e-300)
    left = np.linalg.svd((jacobian * size[None, :]) / weight[:, None])[0][:, -1] / weight
    numbers = np.array([one.p[model.parameter(name)] for name in names])
    pulls = (left @ person.slopes(y, names)) * numbers
    moved = -pulls / float(left @ slope)
    return {**dict(zip(names, map(float, moved), strict=True)), "fold": fold}


def _smallest(one: Bench, chosen: Sequence[tuple[str, float]]) -> list[float | None]:
    """The smallest change of each number, as a part of it, that ends the ill state in five years; None: none does."""
    model = one.model
    found: list[float | None] = []
    for name, linear in chosen:
        row, entry = model.parameter(name), model.entries[name]
        way = 1.0 if linear > 0 else -1.0
        edge = min(max(4.0 * abs(linear), 0.05), _MOST)
        levels = way * np.linspace(edge / _LEVELS, edge, _LEVELS)
        p = np.repeat(one.p[:, None], _LEVELS, axis=1)
        p[row] = np.clip(p[row] * (1.0 + levels), min(entry.low, entry.high), entry.high)
        good = is_well(model, run_on(model, np.repeat(one.after[:, None], _LEVELS, axis=1), p))
        inside = np.abs(p[row] / one.p[row] - 1.0 - levels) < 1e-9
        where = np.flatnonzero(good & inside)
        found.append(float(levels[where[0]]) if where.size else None)
    return found
