"""Explanation: which loops hold a person's state up, by closing each of them in the virtual people who fit.

For some of the people of a fit the coming weeks are simulated once as they are and once for each loop with its arrows
closed: the receivers then read what they would read in a healthy body. The difference is what the loop contributes, in
points of the person's own scales, with its interval. It is a property of the model in people who explain these scores;
it is not a cause shown in this person.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.model import FIXED_KINDS, Model
from ..kernel.drive import drive
from ..kernel.kernel import Kernel, build_kernel
from ..language.cut import Link, cut, links
from ..language.equations import Equations, specialise, text_hash
from ..language.gate import Gate, gated
from ..language.rules import Rules
from ..language.sbml import read_sbml, rename_with
from ..observe import load_instrument
from ..people.healthy import healthy_rest
from ..solve.events import Events
from .bank import DAY, FIT, Bank, events_of
from .diary import Diary, follow_table
from .fit import Posterior
from .forecast import LEVELS
from .plan import past_of
from .scored import Lives, measured
from .weights import Hidden

Array = NDArray[np.float64]
PEOPLE = 60  # of the fit
WEEKS = 4.0
SURE = 0.95  # part of the samples on one side, from which a contribution has a direction


@dataclass(frozen=True)
class Contribution:
    """What one loop adds to one scale after some weeks.

    Attributes:
        loop, title, words: which loop.
        key: the instrument.
        quantiles: (5,) points the loop adds (positive: it makes the score worse), at 5, 25, 50, 75 and 95 percent.
        sure: "raises", "lowers" or "cannot tell".
        grade: worst grade of the strengths of its arrows.
    """

    loop: str
    title: str
    words: str
    key: str
    quantiles: Array
    sure: str
    grade: str


@dataclass(frozen=True)
class Explanation:
    """The contributions of all loops, over how many weeks, from how many virtual people; nothing is given in them."""

    contributions: tuple[Contribution, ...]
    weeks: float
    people: int


def explain_person(
    model: Model, diary: Diary, posterior: Posterior, bank: Bank, hidden: Hidden, seed: int
) -> Explanation:
    """What each loop contributes to the person's most asked mental and physical scales in the coming weeks.

    Args:
        model: the body.
        diary: the past; medicines taken every day go on.
        posterior: the fit.
        bank, hidden: its samples.
        seed: of the choice of people.
    """
    loops, kernel = loop_kernel(model)
    keys = _scales(diary)
    rng = np.random.default_rng(seed)
    who = rng.choice(hidden.person.size, size=min(PEOPLE, hidden.person.size), replace=False)
    some = bank.take(hidden.person[who])
    own = Hidden(
        np.arange(who.size), hidden.severity[who], hidden.factors[who], hidden.weeks[who], hidden.hours
    )
    start = float(bank.times[-1])
    times = np.arange(start, start + 7 * DAY * WEEKS + 1, DAY)
    runs = _runs(model, kernel, loops, diary, some, times)
    hours = times[-1:]
    shown = Hidden(own.person, own.severity, own.factors, own.weeks[:, :, :1], hours)
    found = []
    for key in keys:
        under = [
            measured(
                key, Lives(times, run), shown, posterior.found.asked, hours, np.random.default_rng(seed)
            )[1]
            for run in runs
        ]
        for loop, closed in zip(loops, under[1:], strict=True):
            found.append(_contribution(model, loop, key, (under[0] - closed)[:, 0]))
    return Explanation(tuple(found), WEEKS, int(who.size))


def _scales(diary: Diary) -> list[str]:
    """The most asked scale of each kind."""
    chosen: dict[str, str] = {}
    for key in diary.keys():
        chosen.setdefault(load_instrument(key).kind, key)
    return list(chosen.values())


def _runs(
    model: Model, kernel: Kernel, loops: Sequence["Loop"], diary: Diary, some: Bank, times: Array
) -> list[dict[str, Array]]:
    """Outputs (people, times) of everybody as they are, then with each loop closed."""
    arms = 1 + len(loops)
    place = {name: row for row, name in enumerate(kernel.parameters)}
    p = np.array(
        [
            some.p[model.places[name]] if name in model.places else np.ones(some.count)
            for name in kernel.parameters
        ]
    )
    p = np.tile(p, (1, arms))
    for k, loop in enumerate(loops, start=1):
        p[place[loop.gate], k * some.count : (k + 1) * some.count] = 0.0
    weight, start, end = float(some.people.weight[0]), float(times[0]), float(times[-1])
    past = past_of(diary, end)
    events = _moved(
        events_of(model, some.people.p, weight, past, diary.happenings, start, end), model, place, arms
    )
    known = {name: row for row, name in enumerate([*kernel.states, *kernel.outputs])}
    rows = np.array([known[name] for name in some.names], dtype=np.int64)
    journey = drive(kernel, np.tile(some.y, (1, arms)), p, events, times, FIT, rows)
    values = journey.outputs.transpose(1, 2, 0).reshape(len(some.names), arms, some.count, times.size)
    return [dict(zip(some.names, values[:, arm], strict=True)) for arm in range(arms)]


def _moved(events: Events, model: Model, place: Mapping[str, int], arms: int) -> Events:
    """The same events for every arm, with parameter rows counted as the gated machine code counts them."""
    rows = np.array([place.get(name, -1) for name in model.parameters], dtype=np.int64)
    index = np.where(events.jump, events.index, rows[np.where(events.jump, 0, events.index)])
    many = Events([])
    count = events.time.size
    many.first = np.concatenate([events.first[:-1] + arm * count for arm in range(arms)] + [[arms * count]])
    many.time, many.jump = np.tile(events.time, arms), np.tile(events.jump, arms)
    many.index, many.value = np.tile(index, arms), np.tile(events.value, arms)
    return many


def _contribution(model: Model, loop: "Loop", key: str, added: Array) -> Contribution:
    added = added[np.isfinite(added)]
    above = float(np.mean(added > 0)) if added.size else 0.5
    sure = "raises" if above >= SURE else "lowers" if above <= 1 - SURE else "cannot tell"
    quantiles = np.quantile(added, LEVELS) if added.size else np.full(len(LEVELS), np.nan)
    return Contribution(loop.key, loop.title, loop.words, key, quantiles, sure, loop.grade)


@dataclass(frozen=True)
class Loop:
    """One loop: its arrows in the equations, and the parameter that closes them."""

    key: str
    title: str
    words: str
    arrows: tuple[Link, ...]
    gate: str
    grade: str


@lru_cache(maxsize=2)
def loop_kernel(model: Model) -> tuple[tuple[Loop, ...], Kernel]:
    """The loops of `atlas/follow.toml` and machine code in which each can be closed; built once for a model."""
    rules = Rules(model.text)
    rename = rename_with(dict.fromkeys(entry.system for entry in model.entries.values()))
    known, left, loops = links(rules), set(), []
    for row in follow_table()["loop"]:
        arrows = tuple(a for a in known if a.parameter not in left and _belongs(a, row))
        left |= {arrow.parameter for arrow in arrows}
        loops.append(Loop(row["key"], row["title"], row["words"], arrows, f"gate.{row['key']}", "assumed"))
    every = [arrow for loop in loops for arrow in loop.arrows]
    text = cut(model.text, every)
    healthy = healthy_rest(model)
    gates = {
        rename(arrow.parameter): Gate(
            rename(arrow.parameter), rename(arrow.quantity), healthy[rename(arrow.quantity)], loop.gate
        )
        for loop in loops
        for arrow in loop.arrows
    }
    key = text_hash("\n".join([model.key, text, repr(sorted(map(repr, gates.values())))]))
    return tuple(loops), build_kernel(key, lambda: _equations(model, text, rename, gates))


def _belongs(arrow: Link, row: Mapping[str, Any]) -> bool:
    if arrow.giver not in row["givers"] or arrow.receiver in ("biomarker", *row["givers"]):
        return False
    return "*" in row["receivers"] or arrow.receiver in row["receivers"]


def _equations(model: Model, text: str, rename: Callable[[str], str], gates: Mapping[str, Gate]) -> Equations:
    full = gated(read_sbml(text, "body.sbml", rename), gates)
    entries = model.entries
    fixed = {n: entries[n].value for n in full.parameters if n in entries and entries[n].kind in FIXED_KINDS}
    return specialise(full, fixed)
