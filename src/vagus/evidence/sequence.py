"""The steps of the cycle after an injury in one person.

In which order they begin, what goes when a way between them is cut, and whether other numbers would bring the order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.model import Array, Model
from ..body.travel import travel
from ..language.rules import Rules
from ..people.stream import stream
from ..solve.events import Change, Events
from ..solve.integrate import Control
from .experiment import settings
from .matrix import with_cuts
from .onset import DAY, WELL, WORSE, Step, agreement, begins, by_step, cycle_steps, early
from .statement import load_ledger
from .variant import HOLD, parameters_in, variant

STUDY = "cycle"
INJURY = "pain.injury"


@dataclass(frozen=True)
class Case:
    """What happens to the person: an injury of a size for some days (inf: it does not heal), and what is cut.

    Attributes:
        size, days: of the injury; 0: none.
        alone: whether nothing of the cycle follows: the states of `alone` stay at rest.
        numbers: what is set to cut a way, by full name.
        kept: states that stay at rest to cut a way.
    """

    size: float = 0.0
    days: float = np.inf
    alone: bool = False
    numbers: Mapping[str, float] = field(default_factory=dict)
    kept: tuple[str, ...] = ()

    def changes(self, body: Model, end: float) -> list[Change]:
        """As changes of the body until an hour."""
        row = body.parameter(INJURY)
        found = [Change(0.0, False, body.parameter(name), value) for name, value in self.numbers.items()]
        found += [Change(0.0, False, row, self.size)] if self.size else []
        found += [Change(DAY * self.days, False, row, 0.0)] if self.size and DAY * self.days < end else []
        held = dict.fromkeys((*self.kept, *(settings()["cycle"]["alone"] if self.alone else ())))
        return found + [Change(0.0, False, body.parameter(HOLD + name), 1.0) for name in held]


@lru_cache(maxsize=1)
def _general(model: "_Same") -> Model:
    """The model with holds and with every number a parameter: one machine code for all that is asked here."""
    kept = tuple(settings()["cycle"]["alone"])
    kernel = with_cuts(model.model, [], kept, lean=False)
    return replace(variant(model.model, [], kept), lean=kernel, parameters=kernel.declared)


@dataclass(frozen=True)
class _Same:
    """A model that is told from another by its key."""

    key: str
    model: Model = field(compare=False)


def general(model: Model) -> Model:
    """The model in which the states of `alone` can be held and every number is a parameter."""
    return _general(_Same(model.key, model))


def courses(model: Model, p: Array, y: Array, cases: Sequence[Case], times: Array) -> Array:
    """The observables of the cycle in each case (times, steps, cases).

    Args:
        model: the body.
        p: parameters of the person (parameters,).
        y: states before the injury (states,).
        cases: what happens.
        times: hours.
    """
    body, count = general(model), len(cases)
    numbers = parameters_in(model, body, np.repeat(p[:, None], count, axis=1), [])
    numbers[body.parameter("load.fluctuation_on")] = 0.0
    known = [*body.states, *body.outputs]
    rows = np.array([known.index(step.output) for step in cycle_steps()], dtype=np.int64)
    events = Events([case.changes(body, float(times[-1])) for case in cases])
    start = np.repeat(y[:, None], count, axis=1)
    return travel(body, start, numbers, events, times, Control(), rows).outputs


def _moved(without: Array, injured: Array, alone: Array) -> Array:
    """Departures from where it would be without the injury, positive the way that is said; each (times, steps).

    Of the last step, what goes beyond the same injury alone.
    """
    steps = cycle_steps()
    against = [alone if step.observable == WORSE else without for step in steps]
    return np.array(
        [s.sign * (injured[:, i] - a[:, i]) for i, (s, a) in enumerate(zip(steps, against, strict=True))]
    )


def departures(
    model: Model, p: Array, y: Array, injuries: Sequence[tuple[float, float]], times: Array
) -> Array:
    """How far each observable of the cycle is from where it would be without an injury (injuries, steps, times).

    Arguments: as of `courses`; `injuries`, size and days of each, inf days for one that does not heal.
    """
    cases = [Case(), *(Case(size, days, alone) for size, days in injuries for alone in (False, True))]
    got = courses(model, p, y, cases, times)
    return np.array(
        [_moved(got[:, :, 0], got[:, :, 1 + 2 * k], got[:, :, 2 + 2 * k]) for k in range(len(injuries))]
    )


def hours_of(days: float) -> Array:
    """Half hours of the first two days, then half days."""
    return np.unique(np.concatenate([np.arange(0.0, 48.0, 0.5), np.arange(48.0, DAY * days + 1.0, 12.0)]))


def direct_ways(model: Model) -> list[tuple[int, int]]:
    """The pairs of steps (from, to) with an arrow from one to the other that passes through no other state."""
    rules = Rules(model.text)
    steps = cycle_steps()
    found = set()
    for to in steps:
        waiting, seen = set(rules.reads[to.output.replace(".", "_")]), set()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                # A state is where a way ends: what it hangs on acts through it and takes its time.
                waiting |= rules.reads[name] if name in rules.assigned else set()
        found |= {(a.place, to.place) for a in steps if a.decides and a.output.replace(".", "_") in seen}
    return sorted(pair for pair in found if pair[0] != pair[1])


# ---- what the page tells ---------------------------------------------------------------------------------------------


def orders(
    model: Model, p: Array, y: Array, spread: Mapping[str, float], of_model: Mapping[str, float]
) -> dict[str, Any]:
    """When the steps begin by several rules and after several injuries, in days, and how well that fits the claim.

    Arguments: as of `departures`; `spread` the SD of the mixed group by output, `of_model` that of the model's people.
    """
    rules, steps = settings()["cycle"], cycle_steps()
    injuries = [(float(size), float(rules["injury_d"])) for size in rules["injuries"]]
    injuries.append((float(rules["injury"]), np.inf))
    times = hours_of(365.0)
    moved = departures(model, p, y, injuries, times)
    sd = np.array([spread[step.output] for step in steps])
    rows = [_order(steps, times, one, rules["onset_sd"] * sd, "sd", rules["onset_sd"], injury)
            for injury, one in zip(injuries, moved, strict=True)]  # fmt: skip
    usual, injury = (
        moved[list(rules["injuries"]).index(rules["injury"])],
        (rules["injury"], rules["injury_d"]),
    )
    own = usual.max(axis=1)
    rows.append(_order(steps, times, usual, rules["onset_sd"] * sd, "every", rules["onset_sd"], injury))
    hardly = rules["onset_sd"] * np.array([of_model[step.output] for step in steps])
    rows.append(_order(steps, times, usual, hardly, "model", rules["onset_sd"], injury))
    rows += [_order(steps, times, usual, amount * sd, "sd", amount, injury) for amount in rules["other_sd"]]
    rows += [_order(steps, times, usual, part * own, "part", part, injury) for part in rules["other_parts"]]
    curves = [
        {
            "step": step.place,
            "observable": step.observable,
            "meaning": load_ledger().observables[step.observable]["meaning"],
            "decides": step.decides,
            "sd": float(one),
            "largest": float(course.max() / one),
            "year": float(course[-1] / one),
            "curve": [[float(t) / DAY, float(v / one)] for t, v in zip(times[::8], course[::8], strict=True)],
        }
        for step, one, course in zip(steps, sd, usual, strict=True)
    ]
    return {"observables": curves, "rows": rows}


def _order(
    steps: Sequence[Step],
    times: Array,
    moved: Array,
    least: Array,
    rule: str,
    amount: float,
    injury: tuple[float, float],
) -> dict[str, Any]:
    # Nothing begins by a least departure of nothing.
    onset = begins(times, moved.T, np.maximum(least, 1e-9)) / DAY
    found = by_step(steps, onset, rule == "every")
    return {
        "rule": rule,
        "amount": float(amount),
        "injury": float(injury[0]),
        "days": float(injury[1]) if np.isfinite(injury[1]) else None,
        "onset_d": {s.observable: _known(when) for s, when in zip(steps, onset, strict=True)},
        "steps": {str(place): _known(when) for place, when in found.items()},
        "early": [[b, a] for b, a in early(found)],
        "never": [place for place, when in found.items() if not np.isfinite(when)],
        "agreement": agreement(found),
    }


def _known(value: float) -> float | None:
    """A day, None for never."""
    return float(value) if np.isfinite(value) else None


def cut_ways(model: Model, p: Array, y: Array, spread: Mapping[str, float]) -> list[dict[str, Any]]:
    """What is left of each step when a way of the cycle is cut before the injury.

    Each row the largest departure within the year of the injury and the last one of five years, in SD, by observable.
    """
    rules, steps = settings()["cycle"], cycle_steps()
    times = np.unique(np.concatenate([np.arange(0.0, 365.0, 1.0), np.arange(365.0, 1826.0, 30.0)])) * DAY
    sd = np.array([spread[step.output] for step in steps])[:, None]
    ways: list[tuple[str, Mapping[str, Any]]] = [("nothing", {}), *rules["ways"].items()]
    cases = [
        Case(size, float(rules["injury_d"]), alone, row.get("numbers", {}), tuple(row.get("keep", ())))
        for _, row in ways
        for size, alone in ((0.0, False), (float(rules["injury"]), False), (float(rules["injury"]), True))
    ]
    got, found, year = courses(model, p, y, cases, times), [], times <= DAY * 365.0
    for k, (name, row) in enumerate(ways):
        moved = _moved(*(got[:, :, 3 * k + side] for side in range(3))) / sd
        found.append(
            {
                "cut": name,
                "way": list(row.get("way", [])),
                "most": {s.observable: float(m[year].max()) for s, m in zip(steps, moved, strict=True)},
                "lasts": {s.observable: float(m[-1]) for s, m in zip(steps, moved, strict=True)},
            }
        )
    return found


# ---- whether other numbers would bring the order that is said --------------------------------------------------------


def other_numbers(
    model: Model, p: Array, y: Array, spread: Mapping[str, float], seed: int = 1
) -> dict[str, Any]:
    """The order in people whose assumed constants of the cycle are drawn at random within their bounds.

    Each constant of grade `assumed` of the systems of the cycle is drawn by a factor of up to `factor` either way,
    inside its bounds in the tables. Told are those who are well before the injury and still ill a year after it.
    Arguments: as of `orders`; `seed` of the draws.
    """
    rules, steps = settings()["cycle"], cycle_steps()
    body = general(model)
    people = _drawn(model, p, int(rules["draws"]), float(rules["factor"]), seed)
    p_all = parameters_in(model, body, people, [])
    p_all[body.parameter("load.fluctuation_on")] = 0.0
    count = people.shape[1]
    none = np.array([], dtype=np.int64)
    years = np.array([0.0, DAY * 365.0 * 3.0])
    start = np.repeat(y[:, None], count, axis=1)
    rest = travel(body, start, p_all, Events([[]] * count), years, Control(), none)
    well = (rest.reason == 0) & _well(model, rest.y)
    rest_y, p_all = rest.y[:, well], p_all[:, well]
    injury = (float(rules["injury"]), float(rules["injury_d"]))
    moved, end, good = _cases(body, rest_y, p_all, injury, hours_of(365.0))
    ill = good & ~_well(model, end)
    sd = np.array([spread[step.output] for step in steps])
    tau, ahead, whole = [], dict.fromkeys(range(3, 8), 0), [0, 0]
    for k in np.flatnonzero(ill):
        onset = begins(hours_of(365.0), moved[:, :, k].T, rules["onset_sd"] * sd)
        for every in (False, True):
            found = by_step(steps, onset, every)
            whole[every] += not early(found) and all(np.isfinite(when) for when in found.values())
        first = by_step(steps, onset)
        tau.append(agreement(first))
        for later_step, _ in early(first):
            ahead[later_step] += 1
    return {
        "drawn": count,
        "well_before": int(well.sum()),
        "ill_after": int(ill.sum()),
        "in_order": whole[0],
        "in_order_every": whole[1],
        "early": {str(step): number for step, number in ahead.items()},
        "agreement": [float(v) for v in np.quantile(tau, [0.05, 0.5, 0.95])] if tau else [],
    }


def _well(model: Model, y: Array) -> NDArray[np.bool_]:
    return np.all([y[model.state(name)] <= most for name, most in WELL.items()], axis=0)


def _drawn(model: Model, p: Array, count: int, factor: float, seed: int) -> Array:
    """Parameters of people (parameters, count): the person's own, with the assumed constants of the cycle drawn."""
    systems = tuple(f"{name}." for name in settings()["cycle"]["systems"])
    found = np.repeat(p[:, None], count, axis=1)
    names = [
        name
        for name in model.parameters
        if name.startswith(systems)
        and model.entries[name].grade == "assumed"
        and model.entries[name].kind == "constant"
        and model.entries[name].value > 0.0
    ]
    draws = np.log(factor) * (2.0 * stream(seed, STUDY, 0, "constants").random((len(names), count)) - 1.0)
    for name, way in zip(names, np.exp(draws), strict=True):
        row, entry = model.parameter(name), model.entries[name]
        found[row] = np.clip(p[row] * way, entry.low, entry.high)
    return found


def _cases(
    body: Model, y: Array, p: Array, injury: tuple[float, float], times: Array
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Departures (steps, times, people) after an injury, states at its end (states, people), and who got there."""
    known = [*body.states, *body.outputs]
    rows = np.array([known.index(step.output) for step in cycle_steps()], dtype=np.int64)
    cases = (Case(), Case(*injury), Case(*injury, alone=True))
    got = [
        travel(
            body, y, p, Events([case.changes(body, float(times[-1]))] * y.shape[1]), times, Control(), rows
        )
        for case in cases
    ]
    moved = [_moved(*(one.outputs[:, :, k] for one in got)) for k in range(y.shape[1])]
    good = np.all([one.reason == 0 for one in got], axis=0)
    return np.stack(moved, axis=-1), got[1].y, good
