"""Explore's small simulation: the typical person, what the sliders do to them, and beside it the same without.

The averaged clock and one person under two arms take a few milliseconds, so a page answers while a slider moves.
"""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from threading import Event, Lock, Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.dose import Dose, Visit
from ..body.hold import Hold
from ..body.model import Model, load_model
from ..body.output import load_outputs
from ..body.patient import Patient
from ..body.resting import Resting, resting_state
from ..body.simulate import People
from ..body.travel import travel
from ..body.treatment import Treatment, dose_changes, load_treatment
from ..errors import VagusError, fail
from ..evidence.coupling import Coupling, System, coupling_of, read_systems
from ..evidence.moved import part_of_way
from ..observe import administer, domains, load_domains, load_instrument
from ..people.draw import typical
from ..solve.events import Change, Events
from ..solve.integrate import Control
from ..solve.reasons import Reason
from ..tables import atlas_path, read_toml

_CONTROL = Control(rtol=1e-5, atol=1e-8)
_log = logging.getLogger("vagus.web.explore")
WAIT_SECONDS = 8.0  # for a page, until it says that the model is still being made ready
_FINDING, _STARTING, _READY = Lock(), Lock(), Event()
_SEEN = 0.02  # of its size: a smaller move is not shown
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Slider:
    """One control of the page; see `atlas/clinic/explore.toml`."""

    key: str
    label: str
    way: str
    name: str
    low: float
    high: float
    step: float
    neutral: float
    unit: str
    to_day: float = 0.0
    dose_days: tuple[float, ...] = ()
    minutes: float = 0.0

    @property
    def is_switch(self) -> bool:
        """On or off."""
        return self.way == "treatment"


@dataclass(frozen=True)
class Moved:
    """One system after the change: label, lead state, its values without and with, its way at every frame (1 all the
    way to health, -1 as far away; 0 still), and the first day it moved (None: never)."""

    name: str
    label: str
    lead: str
    without: float
    changed: float
    way: tuple[float, ...]
    first_day: float | None


@dataclass(frozen=True)
class Curve:
    """One quantity over the weeks without and with the change."""

    key: str
    label: str
    unit: str
    low: float
    high: float
    days: tuple[float, ...]
    without: tuple[float, ...]
    changed: tuple[float, ...]


@dataclass(frozen=True)
class Played:
    """What came out: settings as they were taken, the systems, the curves, days of the frames."""

    condition: str
    settings: Mapping[str, float]
    systems: tuple[Moved, ...]
    curves: tuple[Curve, ...]
    frames: tuple[float, ...]


@lru_cache(maxsize=1)
def table() -> Mapping[str, Any]:
    """`atlas/clinic/explore.toml`."""
    return read_toml(atlas_path("clinic", "explore.toml"))


@lru_cache(maxsize=1)
def sliders() -> tuple[Slider, ...]:
    """The controls in order."""
    rows: list[dict[str, Any]] = [
        {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        for row in table()["control"]
    ]
    return tuple(Slider(**row) for row in rows)


def taken(given: Mapping[str, Any]) -> tuple[str, dict[str, float]]:
    """Condition and settings from what a browser sent; what makes no sense is the neutral value.

    A number outside its slider stands at the nearest end.
    """
    condition = str(given.get("condition", ""))
    if condition not in table()["conditions"]:
        condition = table()["start"]
    settings = {}
    for one in sliders():
        try:
            value = float(given.get(one.key, one.neutral))
        except (TypeError, ValueError, OverflowError):
            value = one.neutral
        value = one.neutral if not np.isfinite(value) else min(max(value, one.low), one.high)
        settings[one.key] = round(value, 4)
    return condition, settings


def play(condition: str, settings: Mapping[str, float]) -> Played:
    """Simulate the typical person with the settings and, beside it, with none.

    Arguments: `condition`, one of the table's (several joined by +); `settings` by key, as `taken` gives them.
    Raises VagusError V5xx when the person cannot be simulated.
    """
    return _play(condition, tuple(sorted(settings.items())))


@lru_cache(maxsize=512)
def _play(condition: str, chosen: tuple[tuple[str, float], ...]) -> Played:
    settings = dict(chosen)
    model = load_model()
    people, rest = _person(condition)
    days = float(table()["days"])
    times = np.unique(np.concatenate([np.arange(0.0, days + 1), table()["frames"]])) * 24.0
    systems = [one for one in read_systems() if one.lead]
    keys = list(table()["curves"])
    scales = [key for key in keys if "." not in key]
    needed = [load_domains()[name].observable for key in scales for name in load_instrument(key).domains]
    names = list(dict.fromkeys([*(s.lead for s in systems), *(k for k in keys if "." in k), *needed]))
    values = _travel(model, people, rest, settings, times, names)
    grid = times / 24.0
    healthy = _healthy()
    frames = tuple(float(day) for day in table()["frames"])
    rows = np.searchsorted(grid, frames)
    moved = tuple(_moved(one, values[one.lead], healthy[one.lead], grid, rows) for one in systems)
    curves = tuple(_curve(key, values, grid) for key in keys)
    return Played(condition, settings, moved, curves, frames)


@lru_cache(maxsize=32)
def _person(condition: str) -> tuple[People, Resting]:
    model = load_model()
    people = typical(model, Patient(conditions=tuple(condition.split("+"))))
    return people, resting_state(model, people.p, people.history, people.check, _CONTROL)


@lru_cache(maxsize=1)
def _healthy() -> dict[str, float]:
    model = load_model()
    _, rest = _person("healthy")
    return {one.lead: float(rest.y[model.state(one.lead), 0]) for one in read_systems() if one.lead}


def _travel(
    model: Model,
    people: People,
    rest: Resting,
    settings: Mapping[str, float],
    times: Array,
    names: list[str],
) -> dict[str, Array]:
    """Outputs by name (2, times): without and with the settings."""
    end = float(times[-1])
    weight = float(people.weight[0])
    changes = [[], _changes(model, settings, weight, end, people.p[:, 0])]
    known = [*model.states, *model.outputs]
    places = {name: row for row, name in enumerate(known)}
    rows = np.array([places[name] for name in names], dtype=np.int64)
    y, p = np.tile(rest.y, (1, 2)), np.tile(people.p, (1, 2))
    journey = travel(model, y, p, Events(changes), times, _CONTROL, rows, None)
    if journey.reason.any():
        raise fail("V506", n=1, reason=Reason(int(journey.reason.max())).code)
    return {name: journey.outputs[:, row, :].T for row, name in enumerate(names)}


def _changes(
    model: Model, settings: Mapping[str, float], weight: float, end: float, own: Array
) -> list[Change]:
    doses: list[Dose] = []
    visits: list[Visit] = []
    holds: list[Hold] = []
    changes: list[Change] = []
    for one in sliders():
        value = settings[one.key]
        if value == one.neutral:
            continue
        if one.way == "hold":
            holds.append(Hold(one.name, "value", value, 0.0, 24.0 * one.to_day))
        elif one.way == "jump":
            changes.append(Change(0.0, True, model.state(one.name), value))
        elif one.way == "dose":
            doses += [
                Dose(24.0 * day, one.name, value, "mg/kg", "iv", one.minutes / 60.0) for day in one.dose_days
            ]
        elif one.way == "visits":
            visits += [Visit(24.0 * day, 1.0, value) for day in one.dose_days]
        elif value > 0:
            part = load_treatment(one.name)
            doses, visits, holds = [*doses, *part.doses], [*visits, *part.visits], [*holds, *part.holds]
    doses.sort(key=lambda dose: dose.hour)
    whole = Treatment("explore", "", "", "assumed", (), tuple(doses), tuple(visits), tuple(holds))
    return [*changes, *dose_changes(whole, model, weight, end, own)]


def _moved(one: System, pair: Array, healthy: float, grid: Array, rows: NDArray[np.int64]) -> Moved:
    """How far one system went at every frame; a system whose health is neither way counts by size alone."""
    without, changed = pair
    size = max(abs(healthy), float(np.abs(without).max()), 0.05)
    apart = np.abs(changed - without)
    away = np.flatnonzero(apart > _SEEN * size)
    way = []
    for row in rows:
        if apart[row] <= _SEEN * size:
            way.append(0.0)
            continue
        part = part_of_way(float(without[row]), float(changed[row]), healthy)
        way.append(
            float(np.clip((changed[row] - without[row]) / size, -1, 1)) if part is None else float(part)
        )
    first = float(grid[away[0]]) if away.size else None
    return Moved(
        one.name, one.label, one.lead_label, float(without[-1]), float(changed[-1]), tuple(way), first
    )


def _curve(key: str, values: Mapping[str, Array], grid: Array) -> Curve:
    if "." in key:
        output = load_outputs()[key]
        label, unit, low, high = output.label, output.unit, output.low, output.high
        pair = values[key]
    else:
        scale = load_instrument(key)
        z = domains(values, scale.domains)
        short = scale.short_form_days is not None
        pair = administer(scale, grid, z, at_days=grid, short_form=short, rounded=False).total
        label, unit, low, high = scale.abbreviation, "points", scale.total_low, scale.total_high
    weekly = np.flatnonzero(np.isclose(grid, np.round(grid)))
    shown = [tuple(float(v) for v in row[weekly]) for row in pair]
    return Curve(key, label, "" if unit == "1" else unit, low, high, tuple(grid[weekly].tolist()), *shown)


def the_coupling() -> Coupling:
    """The coupling map; found once in a process, however many ask at the same time."""
    with _FINDING:
        return _coupling()


@lru_cache(maxsize=1)
def _coupling() -> Coupling:
    return coupling_of(load_model())


def ready() -> bool:
    """Whether the model is ready, after waiting for it a while; begins to make it ready when nobody did yet."""
    if not _READY.is_set() and _STARTING.acquire(blocking=False):
        Thread(target=warm, daemon=True).start()
    return _READY.wait(WAIT_SECONDS)


def warm(alone: AbstractContextManager[None] | None = None) -> None:
    """Load the model and make the people ready, so that the first visitor does not wait.

    Argument: `alone`, held while the model is loaded: the first process makes it, the others find it made.
    """
    _STARTING.acquire(blocking=False)
    try:
        with alone or nullcontext():
            load_model()
        the_coupling()
        play(*taken(table()["example"]))
    except VagusError as error:
        _log.warning("Explore cannot be made ready: %s", error)
    finally:
        _READY.set()  # whoever opens the page is told what is wrong
    for condition in table()["conditions"]:
        try:
            play(condition, taken({})[1])
        except VagusError as error:
            _log.warning("%s cannot be simulated: %s", condition, error)
