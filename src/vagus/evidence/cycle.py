"""The cycle of pain and depression: its steps in order, its two lasting states, and what carries a person across.

Everything is computed on the typical susceptible and resilient person of the averaged body, with the slow swing of the
load switched off. Lasting states are found by continuation, and tried by runs of five years: after one year a slow
passage still looks like an illness.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.resting import require_rest, resting_state
from ..body.simulate import People
from ..body.travel import travel
from ..people.draw import typical
from ..solve.continuation import Traced, newton, trace
from ..solve.events import Change, Events
from ..solve.integrate import Control
from .course import Bodies
from .experiment import Branch, changes_of, treatments_of
from .field import Person, person_of, sizes
from .onset import DEPRESSION, PAIN, WELL
from .sequence import cut_ways, direct_ways, orders, other_numbers

YEAR = 365.0
FIVE_YEARS = 24.0 * 5.0 * YEAR
SUSCEPTIBLE, RESILIENT = "susceptible", "resilient"
ILL = "pain+mdd"  # ill by the disposition and the load of both conditions, not by the injury alone
KINDS = (SUSCEPTIBLE, RESILIENT, ILL)
SEED = 1
#: Along which the two states are followed: a residual input, rumination, ongoing activity of the sensitized cord.
ALONG = {
    "pain.resting_nociception": (0.0, 0.5),
    "mood.rumination_gain": (1.0, 6.0),
    "pain.ongoing_activity": (0.2, 0.7),
}
#: What sets a susceptible person apart from a resilient one.
TRAITS = ("mood.rumination_gain", "mood.threshold", "pain.ongoing_activity")
PLANS: tuple[tuple[str, ...], ...] = (
    (),
    ("analgesic",),
    ("ssri",),
    ("analgesic", "ssri"),
    ("ketamine-iv-6",),
    ("analgesic", "ketamine-iv-6"),
)
STOP_DAY = 84.0
_BASIN = 25  # starts along each side of the basin map
_HALVINGS = 6  # of the separatrix, each in 16 parts
_PARTS = 16


@dataclass(frozen=True)
class Bench:
    """The typical person of one kind: parameters, health at rest, and where the injury leaves them after five years."""

    model: Model
    kind: str
    people: People
    well: Array
    after: Array

    @cached_property
    def p(self) -> Array:
        """Parameters (parameters,)."""
        return np.asarray(self.people.p[:, 0])

    def state(self, y: Array) -> dict[str, float]:
        """Depression and pain of states (states,)."""
        return {name: float(y[self.model.state(name)]) for name in (DEPRESSION, PAIN)}


def is_well(model: Model, y: Array) -> Array:
    """(people,) who is neither depressed nor in pain; `y` (states, people)."""
    return np.all([y[model.state(name)] <= most for name, most in WELL.items()], axis=0)


def bench(model: Model, kind: str) -> Bench:
    """The typical person of a kind, before and five years after the injury of the ledger; who is ill, at rest.

    Raises V505 when the person does not come to rest.
    """
    people = typical(model, Patient(conditions=tuple(kind.split("+"))))
    rest = resting_state(model, people.p, people.history, people.check)
    require_rest(rest, kind, model, people.check)
    if kind == ILL:
        return Bench(model, kind, people, rest.y[:, 0], rest.y[:, 0])
    changes = changes_of(
        Branch(kind, steps=("injury",)), [], model, people.p[:, 0], rest.y[:, 0], 70.0, {}, FIVE_YEARS
    )
    after = run_on(model, rest.y, people.p, [changes])
    return Bench(model, kind, people, rest.y[:, 0], after[:, 0])


def run_on(model: Model, y: Array, p: Array, changes: Sequence[Sequence[Change]] | None = None) -> Array:
    """States (states, people) after five years; `p` (parameters, people), `changes` of each."""
    events = Events(changes if changes is not None else [[]] * y.shape[1])
    quiet = p.copy()
    quiet[model.parameter("load.fluctuation_on")] = 0.0
    none = np.array([], dtype=np.int64)
    return travel(model, y, quiet, events, np.array([0.0, FIVE_YEARS]), Control(), none).y


# ---- the steps in order ----------------------------------------------------------------------------------------------


def steps_in_order(one: Bench) -> dict[str, Any]:
    """The seven steps after the injury, by `onset` and `sequence`.

    Their order by several rules and injuries, the ways between them that there are, what is left when one is cut, and
    the order under other numbers.
    """
    bodies = Bodies(one.model, Control(), SEED)
    given = (one.model, one.p, one.well, bodies.mixed_spread)
    return {
        "order": orders(*given, bodies.model_spread),
        "direct": [list(pair) for pair in direct_ways(one.model)],
        "cut": cut_ways(*given),
        "other_numbers": other_numbers(*given, seed=SEED),
    }


# ---- two states ------------------------------------------------------------------------------------------------------


def diagram(one: Bench, name: str, low: float, high: float) -> dict[str, Any]:
    """Both lasting states of a person along one number, with folds: curves of (value, depression, pain, stable)."""
    curves, folds = [], []
    own = float(one.p[one.model.parameter(name)])
    for label, start in (("well", one.well), ("ill", one.after)):
        if label == "ill" and bool(is_well(one.model, start[:, None])[0]):
            continue
        person = person_of(one.model, one.p, start)
        field, size = person.field(name), sizes(start[person.moving])
        y, good = newton(field, start[person.moving], own, size)
        if not good:
            continue
        for upwards in (True, False):
            traced = trace(field, y, own, size, low, high, upwards=upwards)
            curves.append({"from": label, "points": _points(one.model, person, traced)})
            folds += [_point(one.model, person, traced, fold) for fold in traced.folds]
    return {"parameter": name, "own": own, "low": low, "high": high, "curves": curves, "folds": folds}


def _points(model: Model, person: Person, traced: Traced) -> list[dict[str, Any]]:
    return [_point(model, person, traced, place) for place in range(traced.values.size)]


def _point(model: Model, person: Person, traced: Traced, place: int) -> dict[str, Any]:
    rows = list(person.moving)
    y = traced.states[place]
    return {
        "value": float(traced.values[place]),
        "depression": float(y[rows.index(model.state(DEPRESSION))]),
        "pain": float(y[rows.index(model.state(PAIN))]),
        "stable": bool(traced.leading[place] < 0.0),
    }


def separatrix(one: Bench, name: str, values: Sequence[float]) -> list[dict[str, Any]]:
    """How far from health to illness a person can be moved before they fall ill, at some values of one number.

    By halving: sixteen starts at once on the straight way between the two states, each run five years.
    """
    found = []
    for value in values:
        p = one.p.copy()
        p[one.model.parameter(name)] = value
        ends = run_on(one.model, np.stack([one.well, one.after], axis=1), np.repeat(p[:, None], 2, axis=1))
        good = is_well(one.model, ends)
        row: dict[str, Any] = {
            "value": float(value),
            "well_stays": bool(good[0]),
            "ill_stays": not bool(good[1]),
        }
        if row["well_stays"] and row["ill_stays"]:
            row |= _edge(one.model, p, ends[:, 0], ends[:, 1])
        found.append(row)
    return found


def _edge(model: Model, p: Array, well: Array, ill: Array) -> dict[str, Any]:
    low, high = 0.0, 1.0
    numbers = np.repeat(p[:, None], _PARTS, axis=1)
    for _ in range(_HALVINGS):
        parts = np.linspace(low, high, _PARTS + 2)[1:-1]
        good = is_well(model, run_on(model, well[:, None] + (ill - well)[:, None] * parts, numbers))
        edge = int(np.argmin(good)) if not good.all() else _PARTS
        low, high = (parts[edge - 1] if edge else low), (parts[edge] if edge < _PARTS else high)
    at = well + (ill - well) * (low + high) / 2.0
    return {
        "part": float((low + high) / 2.0),
        "width": float(high - low),
        "depression": float(at[model.state(DEPRESSION)]),
        "pain": float(at[model.state(PAIN)]),
    }


def basins(one: Bench) -> dict[str, Any]:
    """Who ends well: starts that are some part of the way to illness in the pain system and in all the rest."""
    parts = np.linspace(0.0, 1.0, _BASIN)
    model = one.model
    in_pain = np.array([name.startswith("pain.") for name in model.states])
    starts = []
    for rest, pain in product(parts, parts):
        starts.append(one.well + (one.after - one.well) * np.where(in_pain, pain, rest))
    ends = run_on(model, np.array(starts).T, np.repeat(one.p[:, None], len(starts), axis=1))
    good = is_well(model, ends).reshape(_BASIN, _BASIN)
    return {"parts": [float(part) for part in parts], "well": [[bool(v) for v in row] for row in good]}


# ---- what carries a person across, and what brings them back ---------------------------------------------------------


def carried(well: Bench, ill: Bench) -> list[dict[str, Any]]:
    """The injury in a resilient person given some of the traits of a susceptible one: where they are in five years."""
    model, found = well.model, []
    choices = list(product((False, True), repeat=len(TRAITS)))
    p = np.repeat(well.p[:, None], len(choices), axis=1)
    for column, chosen in enumerate(choices):
        for name, taken in zip(TRAITS, chosen, strict=True):
            if taken:
                p[model.parameter(name), column] = ill.p[model.parameter(name)]
    rest = run_on(model, np.repeat(well.well[:, None], len(choices), axis=1), p)
    step = Branch(well.kind, steps=("injury",))
    changes = [
        changes_of(step, [], model, p[:, k], rest[:, k], 70.0, {}, FIVE_YEARS) for k in range(len(choices))
    ]
    after = run_on(model, rest, p, changes)
    good = is_well(model, after)
    for column, chosen in enumerate(choices):
        given = [name for name, held in zip(TRAITS, chosen, strict=True) if held]
        found.append({"traits": given, "ill": not bool(good[column]), **well.state(after[:, column])})
    return found


def interventions(one: Bench) -> list[dict[str, Any]]:
    """Each plan given for twelve weeks to a person who is ill, then stopped; followed for five years."""
    model = one.model
    days = np.unique(np.concatenate([np.arange(0.0, 200.0, 1.0), np.arange(200.0, 5 * YEAR + 1.0, 7.0)]))
    rows = np.array([model.state(DEPRESSION), model.state(PAIN)], dtype=np.int64)
    end = 24.0 * float(days[-1])
    changes = []
    for plan in PLANS:
        branch = Branch(one.kind, arms=plan, stop=24.0 * STOP_DAY)
        given = treatments_of(branch, end)
        changes.append(
            changes_of(branch, given, model, one.p, one.after, float(one.people.weight[0]), {}, end)
        )
    start, p = (np.repeat(part[:, None], len(PLANS), axis=1) for part in (one.after, one.p))
    outputs = travel(model, start, p, Events(changes), 24.0 * days, Control(), rows).outputs
    found = []
    for place, plan in enumerate(PLANS):
        curve = outputs[:, :, place]
        at = {day: int(np.argmin(np.abs(days - day))) for day in (28.0, STOP_DAY, YEAR, 5 * YEAR)}
        told = {
            f"day_{day:g}": {DEPRESSION: float(curve[k, 0]), PAIN: float(curve[k, 1])}
            for day, k in at.items()
        }
        well = bool(curve[-1, 0] <= WELL[DEPRESSION] and curve[-1, 1] <= WELL[PAIN])
        points = [[float(d), float(a), float(b)] for d, (a, b) in zip(days[::2], curve[::2], strict=True)]
        found.append(
            {"plan": list(plan) or ["nothing"], "well_after_five_years": well, **told, "curve": points}
        )
    return found


def record_of_cycle(
    model: Model, ranking: Sequence[Mapping[str, Any]], benches: Mapping[str, Bench]
) -> dict[str, Any]:
    """Everything of this page as plain data; `ranking` as `crossing.rank` gives it."""
    ill, well = benches[SUSCEPTIBLE], benches[RESILIENT]
    return {
        "model": model.key,
        "states": {
            one.kind: {"before": one.state(one.well), "after": one.state(one.after)} for one in (ill, well)
        },
        "steps": steps_in_order(ill),
        "diagrams": [diagram(ill, name, *ends) for name, ends in ALONG.items()],
        "resilient": [diagram(well, name, *ends) for name, ends in ALONG.items()],
        "separatrix": separatrix(ill, "pain.resting_nociception", [0.0, 0.05, 0.1, 0.15, 0.2]),
        "basins": basins(ill),
        "carried": carried(well, ill),
        "ranking": list(ranking),
        "interventions": {one.kind: interventions(one) for one in (ill, benches[ILL])},
    }
