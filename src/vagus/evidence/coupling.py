"""The coupling map: which system acts on which, through what, in which direction, and how well that is known.

The arrows come from the equations, never from a list. The sign of an arrow is what happens to the lead state of the
receiver when what it reads rises a little and everything outside the receiver is held: the receiver settles by its
own Jacobian. It is taken in an ill person, where hardly anything rests on a threshold, and in a healthy one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.resting import require_rest, resting_state
from ..kernel.machine import cache_key, read_cache, write_cache
from ..language.cut import Link, cut, links, strengths
from ..language.equations import TIME, Equations
from ..language.expression import BINARY, UNARY, Graph
from ..language.rules import Rules
from ..language.sbml import read_sbml, rename_with
from ..people.draw import typical
from ..tables import atlas_path, read_toml
from .provenance import worst

#: The people whose rest the signs are read at: the first who shows one counts.
SEEN_AT = (("mdd", "pain"), ("healthy",))
OUTPUTS = "biomarker"  # a system that is read off, and acts on nothing but what is measured
_STEP = 1e-5
_SILENT = 1e-7


@dataclass(frozen=True)
class System:
    """One system as the map shows it: what it is called, its group, its lead state, which way is health, its place."""

    name: str
    label: str
    group: str
    lead: str
    lead_label: str
    better: str
    place: tuple[float, float]
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Arrow:
    """One quantity of one system that acts on another.

    Attributes:
        giver, receiver: the systems.
        quantity: full name of what is read.
        readers: full names of the equations that read it.
        parameters: the receiver's constants that set its strength.
        moved: what of the receiver the sign is about: its lead state, or where that stays, what moves most.
        sign: 1 raises it, -1 lowers it, 0 silent at rest.
        gain: change of it for a unit of change of the quantity.
        grade: worst grade of the parameters; '' without any.
    """

    giver: str
    receiver: str
    quantity: str
    readers: tuple[str, ...]
    parameters: tuple[str, ...]
    moved: str
    sign: int
    gain: float
    grade: str


@dataclass(frozen=True)
class Coupling:
    """The coupling map: the systems and every arrow between two of them."""

    systems: tuple[System, ...]
    arrows: tuple[Arrow, ...]

    def pairs(self) -> dict[tuple[str, str], list[Arrow]]:
        """The arrows by giver and receiver."""
        found: dict[tuple[str, str], list[Arrow]] = {}
        for arrow in self.arrows:
            found.setdefault((arrow.giver, arrow.receiver), []).append(arrow)
        return found


def read_systems() -> tuple[System, ...]:
    """The systems of `atlas/map.toml`."""
    rows = read_toml(atlas_path("map.toml"))
    return tuple(
        System(
            name,
            row["label"],
            row["group"],
            row.get("lead", ""),
            row.get("lead_label", ""),
            row.get("better", "none"),
            tuple(row["place"]),
            tuple(row.get("parts", ())),
        )
        for name, row in rows.items()
    )


def renaming(model: Model) -> Callable[[str], str]:
    """SBML id to full name for the body's systems."""
    return rename_with(dict.fromkeys(entry.system for entry in model.entries.values()))


def coupling_of(model: Model) -> Coupling:
    """The coupling map of the body; parts of one drug count as that drug. Kept on disk by the key of the model.

    Raises:
        VagusError: V505 when a person whose rest the signs are read at has none.
    """
    key = cache_key("coupling", model.key)
    kept = read_cache("coupling", key)
    if kept is None:
        arrows = _arrows(model, read_systems())
        write_cache("coupling", key, {"arrows": [astuple(arrow) for arrow in arrows]}, b"")
        return Coupling(read_systems(), arrows)
    rows: list[list[Any]] = [
        [tuple(part) if isinstance(part, list) else part for part in row] for row in kept[0]["arrows"]
    ]
    return Coupling(read_systems(), tuple(Arrow(*row) for row in rows))


def _arrows(model: Model, systems: Sequence[System]) -> tuple[Arrow, ...]:
    """Every arrow of the equations with its sign and grade."""
    rules, rename = Rules(model.text), renaming(model)
    whole = {part: system.name for system in systems for part in system.parts}
    found = [
        link
        for link in links(rules)
        if whole.get(link.giver, link.giver) != whole.get(link.receiver, link.receiver)
    ]
    gains, moved = _gains(model, found, rename, {system.name: system.lead for system in systems})
    arrows = []
    for link, gain, what in zip(found, gains, moved, strict=True):
        names = tuple(rename(name) for name in strengths(rules, link))
        grades = [model.entries[name].grade for name in names if name in model.entries]
        arrows.append(
            Arrow(
                whole.get(link.giver, link.giver),
                whole.get(link.receiver, link.receiver),
                rename(link.quantity),
                tuple(rename(reader) for reader in link.readers),
                names,
                what,
                int(np.sign(gain)),
                float(gain),
                worst(grades),
            )
        )
    return tuple(arrows)


def _gains(
    model: Model, found: Sequence[Link], rename: Callable[[str], str], leads: Mapping[str, str]
) -> tuple[list[float], list[str]]:
    """What a unit of each link moves in its receiver, and how far: of the first person who shows any."""
    opened = read_sbml(cut(model.text, found), "body.sbml", rename)
    gains, moved = [0.0] * len(found), [""] * len(found)
    for conditions, large in ((who, large) for large in (False, True) for who in SEEN_AT):
        patient = Patient(conditions=conditions)
        people = typical(model, patient)
        rest = resting_state(model, people.p, people.history, people.check)
        require_rest(rest, patient.name)
        values = _values(model, people.p[:, 0], rest.y[:, 0], found, rename)
        for k, (gain, what) in enumerate(_local_gains(opened, found, values, leads, large)):
            if not gains[k] and abs(gain) > _SILENT:
                gains[k], moved[k] = gain, what
    return gains, moved


def _values(
    model: Model, p: Array, y: Array, found: Sequence[Link], rename: Callable[[str], str]
) -> dict[str, float]:
    """Every symbol at rest: states, parameters, time, and what each link reads."""
    width = model.kernel.width
    columns = [np.repeat(column[:, None], width, axis=1) for column in (y, p)]
    kernel = model.kernel
    inside = columns[1][[model.places[name] for name in kernel.parameters]]
    seen = kernel.observe(np.zeros(width), columns[0], inside, kernel.prepare(inside))[:, 0]
    values = dict(zip(model.states, map(float, y), strict=True))
    values |= dict(zip(model.parameters, map(float, p), strict=True))
    known = values | dict(zip(kernel.outputs, map(float, seen), strict=True))
    return {TIME: 0.0, **values, **{rename(link.parameter): known[rename(link.quantity)] for link in found}}


def _local_gains(
    opened: Equations,
    found: Sequence[Link],
    values: Mapping[str, float],
    leads: Mapping[str, str],
    large: bool,
) -> list[tuple[float, str]]:
    """The settled answer of each receiver to its links: -J^-1 df/dlink, J among the receiver's own states only.

    An answer is its size and the name of what moves: the lead state, or what moves most where that stays. A large step
    (a drug that is not there yet, a threshold) is as large as the quantity, or 1 in its unit.
    """
    symbols = [link.parameter for link in found]
    moves = [*opened.states, *symbols]
    size = {name: _STEP * max(abs(values[name]), 1e-2) for name in moves}
    if large:
        size |= {name: max(abs(values[name]), 1.0) for name in symbols}
    rates, outputs = _slopes(opened, values, size)
    answers = []
    for k, link in enumerate(found):
        column = len(opened.states) + k
        own = [i for i, state in enumerate(opened.states) if state.partition(".")[0] == link.receiver]
        settled: Any = (
            np.linalg.lstsq(rates[np.ix_(own, own)], -rates[own, column], rcond=1e-12)[0] if own else []
        )
        told = {opened.states[i]: float(answer) for i, answer in zip(own, settled, strict=True)}
        if max(map(abs, told.values()), default=0.0) <= _SILENT:  # no state answers: what follows at once may
            told = {
                n: float(row[column]) for n, row in outputs.items() if n.partition(".")[0] == link.receiver
            }
        lead = leads.get(link.receiver, "")
        what = lead if abs(told.get(lead, 0.0)) > _SILENT else max(told, key=lambda name: abs(told[name]))
        answers.append((told[what], what))
    return answers


def _slopes(
    equations: Equations, values: Mapping[str, float], size: Mapping[str, float]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Slopes of every rate (states, moves) and of every assignment (moves,) by a step of each symbol of `size`."""
    # Column 0 is the state itself; each other column holds one symbol a step higher.
    batch = {name: np.full(1 + len(size), value) for name, value in values.items()}
    for k, (name, step) in enumerate(size.items(), start=1):
        batch[name][k] += step
    nodes = [*equations.rates, *equations.outputs.values()]
    found = evaluate(equations.graph, nodes, batch)
    steps = np.array(list(size.values()))
    slopes = np.array([(row[1:] - row[0]) / steps for row in (found[node] for node in nodes)])
    count = len(equations.rates)
    return slopes[:count], dict(zip(equations.outputs, slopes[count:], strict=True))


def evaluate(
    graph: Graph, roots: Sequence[int], values: Mapping[str, NDArray[np.float64]]
) -> dict[int, NDArray[np.float64]]:
    """The value of every node below some roots, for a whole batch of symbol values (batch,) at once."""
    size = len(next(iter(values.values())))
    found: dict[int, NDArray[np.float64]] = {}
    with np.errstate(all="ignore"):
        for node in graph.below(roots):
            op, *rest = graph.nodes[node]
            if op == "num":
                found[node] = np.full(size, rest[0])
            elif op == "sym":
                found[node] = values[rest[0]]
            elif op == "select":
                found[node] = np.where(found[rest[0]] != 0, found[rest[1]], found[rest[2]])
            elif len(rest) == 1:
                found[node] = _of_one(op, found[rest[0]])
            else:
                found[node] = _of_two(op, found[rest[0]], found[rest[1]])
    return found


def _of_one(op: str, a: NDArray[np.float64]) -> NDArray[np.float64]:
    known = {"neg": np.negative, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan}
    known |= {"tanh": np.tanh, "sqrt": np.sqrt, "abs": np.abs, "floor": np.floor, "ceil": np.ceil}
    return known[op](a) if op in known else np.array([UNARY[op](each) for each in a])


def _of_two(op: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    known = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power}
    known |= {"max": np.maximum, "min": np.minimum}
    return known[op](a, b) if op in known else np.array([BINARY[op](x, y) for x, y in zip(a, b, strict=True)])
