"""The cross-response of the body: what twelve weeks of a step in one system do to every other.

A step holds the lead state of a system one healthy standard deviation above its rest; the rest of the body follows.
Arrows can be cut: the receiver then reads the healthy rest of what it read from the giver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..body.model import FIXED_KINDS, Array, Model
from ..body.patient import Patient
from ..body.resting import require_rest, resting_state
from ..errors import did_you_mean, fail
from ..kernel.drive import drive
from ..kernel.kernel import Kernel, build_kernel
from ..language.cut import Link, cut, links
from ..language.equations import Equations, specialise, text_hash
from ..language.rules import Rules
from ..language.sbml import read_sbml
from ..people.draw import draw_accepted, typical
from ..people.healthy import healthy_rest
from ..solve.events import Events
from ..solve.integrate import Control
from .coupling import System, read_systems, renaming

WEEKS = 12.0
_HOURS = WEEKS * 168.0
DRAWN = 100
#: Where healthy people hardly differ in a lead state, the step is this part of the state's size.
LEAST_STEP = 0.05
_HOLD = "hold."


@dataclass(frozen=True)
class Matrix:
    """Responses [row, column]: change of the row's lead state, in its own healthy SD, for one SD of the column's.

    Attributes:
        systems: of both rows and columns, with their lead states.
        response: (systems, systems); the diagonal is 1, the step itself.
        step: size of the step of each system, in the unit of its lead state.
        drawn: (systems,) whether the step is the healthy SD; else people hardly differ, and it is 5 % of the size.
        cuts: the arrows that were cut, such as ("pain", "mood").
    """

    systems: tuple[System, ...]
    response: Array
    step: Array
    drawn: NDArray[np.bool_]
    cuts: tuple[tuple[str, str], ...]


def matrix_of(
    model: Model,
    conditions: tuple[str, ...] = ("healthy",),
    cuts: Sequence[tuple[str, str]] = (),
    seed: int = 1,
) -> Matrix:
    """The cross-response matrix of the typical person with some conditions.

    Args:
        model: the body.
        conditions: who is stepped.
        cuts: arrows that are cut, as (giver, receiver) or (giver, one equation of the receiver).
        seed: of the healthy people whose spread is the step.

    Raises:
        VagusError: V315 for a system without arrows, V505 when a person has no resting state.
    """
    systems = tuple(system for system in read_systems() if system.lead)
    arrows = chosen(model, cuts)
    held = [system.lead for system in systems]
    kernel = with_cuts(model, arrows, held)
    spread, drawn = healthy_spread(model, held, seed)
    people = typical(model, Patient(conditions=conditions))
    rest = resting_state(model, people.p, people.history, people.check)
    require_rest(rest, " and ".join(conditions))
    rows = [model.state(lead) for lead in held]
    # Person 0 takes no step; with an arrow cut the body moves by itself, and that is taken off.
    y = np.repeat(rest.y, len(held) + 1, axis=1)
    p = np.repeat(values_for(model, kernel, people.p, arrows), len(held) + 1, axis=1)
    for k, (row, lead) in enumerate(zip(rows, held, strict=True), start=1):
        y[row, k] += spread[k - 1]
        p[kernel.parameters.index(_HOLD + lead), k] = 1.0
    journey = drive(
        kernel,
        y,
        p,
        Events([[]] * y.shape[1]),
        np.array([0.0, _HOURS]),
        Control(rtol=1e-6, atol=1e-9),
        np.array(rows, dtype=np.int64),
    )
    end = journey.outputs[-1]  # (rows, people)
    response = (end[:, 1:] - end[:, :1]) / spread[:, None]
    response[:, journey.reason[1:] != 0] = np.nan
    np.fill_diagonal(response, 1.0)
    return Matrix(systems, response, spread, drawn, tuple(cuts))


def chosen(model: Model, cuts: Sequence[tuple[str, str]]) -> list[Link]:
    """The arrows between each pair: from a system to another, or to one equation of it, such as ("pain", "mood.drive").

    Raises:
        VagusError: V315 when there is no such arrow.
    """
    rename = renaming(model)
    known = links(Rules(model.text))
    ends = {(link.giver, end) for link in known for end in (link.receiver, *map(rename, link.readers))}
    for pair in cuts:
        if pair not in ends:
            name = "->".join(pair)
            raise fail("V315", name=name, hint=did_you_mean(name, ["->".join(each) for each in sorted(ends)]))
    found = []
    for link in known:
        whole = (link.giver, link.receiver) in cuts
        readers = tuple(r for r in link.readers if whole or (link.giver, rename(r)) in cuts)
        found += [replace(link, readers=readers)] if readers else []
    return found


def with_cuts(model: Model, arrows: Sequence[Link], held: Sequence[str] = (), lean: bool = True) -> Kernel:
    """Machine code of the body with arrows cut and some states that can be held, by parameters `hold.<state>`.

    Lean code has the constants of the tables built in; without it all numbers are parameters.
    """
    text = cut(model.text, arrows) if arrows else model.text
    key = "\n".join([model.key, text_hash(text), str(lean), *held])
    kinds = FIXED_KINDS if lean else ()
    return build_kernel(text_hash(key), lambda: _equations(model, text, held, kinds))


def _equations(model: Model, text: str, held: Sequence[str], kinds: Sequence[str]) -> Equations:
    full = read_sbml(text, "body.sbml", renaming(model))
    entries = model.entries
    fixed = {n: entries[n].value for n in full.parameters if n in entries and entries[n].kind in kinds}
    lean = specialise(full, fixed)
    graph, rates = lean.graph, list(lean.rates)
    names = [_HOLD + state for state in held]
    for name, state in zip(names, held, strict=True):
        place = lean.states.index(state)
        free = graph.binary("sub", graph.number(1.0), graph.symbol(name))
        rates[place] = graph.binary("mul", rates[place], free)
    return replace(
        lean,
        rates=tuple(rates),
        parameters=(*lean.parameters, *names),
        values=(*lean.values, *(0.0 for _ in names)),
        declared=(*lean.declared, *names),
    )


def values_for(model: Model, kernel: Kernel, p: Array, arrows: Sequence[Link]) -> Array:
    """Parameters of `with_cuts` (parameters, people): those of the people, links at healthy rest, nothing held."""
    constant = healthy_values(model, arrows)
    rows = []
    for name in kernel.parameters:
        if name in model.places:
            rows.append(p[model.places[name]])
        else:
            rows.append(np.full(p.shape[1], constant.get(name, 0.0)))
    return np.array(rows)


def healthy_values(model: Model, arrows: Sequence[Link]) -> Mapping[str, float]:
    """What each cut arrow carries in the healthy typical person, by the name of its parameter."""
    if not arrows:
        return {}
    known, rename = healthy_rest(model), renaming(model)
    return {arrow.parameter: known[rename(arrow.quantity)] for arrow in arrows}


def healthy_spread(model: Model, states: Sequence[str], seed: int) -> tuple[Array, NDArray[np.bool_]]:
    """The SD of each state among healthy people at rest, or a least step, and which of them is an SD."""
    _, rest, _ = draw_accepted(model, Patient(), DRAWN, seed)
    values = rest.y[[model.state(name) for name in states]]
    least = LEAST_STEP * np.maximum(np.abs(np.median(values, axis=1)), 1.0)
    spread = values.std(axis=1, ddof=1)
    drawn = spread > 0.1 * least
    return np.where(drawn, spread, least), drawn
