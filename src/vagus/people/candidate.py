"""Candidates of a study: people of some indices, drawn and brought to rest, who have the condition and the traits.

Nobody's numbers depend on who else is asked for, so candidates can be found anywhere: with a population, a seed and the
name of a study, a range of indices says who they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ..body.background import load_background
from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.resting import resting_state
from ..body.simulate import People
from ..body.travel import travel
from ..body.treatment import Treatment, dose_changes, load_treatment
from ..observe import load_instrument
from ..solve.events import Events
from ..solve.integrate import Control
from ..tables import atlas_names, atlas_path, read_toml
from .adjust import numbers_of
from .draw import draw_persons, take_people
from .kind import Kind, load_kind
from .rating import observables_of
from .severity import Screening
from .stream import normals
from .study_record import Population, Severity, Spread

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """People at rest who have the condition and the traits, before screening."""

    people: People
    y: Array
    who: Index
    outputs: Mapping[str, Array]
    rested: Index

    @property
    def size(self) -> int:
        return int(self.who.size)

    def take(self, keep: Index) -> "Candidates":
        outputs = {name: value[keep] for name, value in self.outputs.items()}
        return Candidates(
            take_people(self.people, keep), self.y[:, keep], self.who[keep], outputs, self.rested
        )

    def screened(self) -> "Screening":
        """What the severity is matched on."""
        return Screening(self.who, {name: value[:, None] for name, value in self.outputs.items()})


@dataclass(frozen=True)
class Candidacy:
    """A range of candidates that is to be found, here or on a worker (a job of `cluster.Cluster.each`).

    Attributes:
        population: who takes part.
        seed: base seed.
        study: name that keys the random streams.
        control: tolerances.
        who: indices of the candidates.
        adjust: numbers of the population, see `adjust`.
    """

    population: Population
    seed: int
    study: str
    control: Control
    who: range
    adjust: Mapping[str, float] = field(default_factory=dict)

    def work(self, model: Model) -> Candidates:
        """Those of the range who come to rest with the condition and have the traits."""
        numbers, kinds = numbers_of(model, self.adjust), kinds_of(self.population)
        background = background_of(self.population)
        patients = _patients(self.population, kinds, self.seed, self.study, list(self.who))
        people = draw_persons(
            numbers, lambda person: patients[person], self.who, self.seed, self.study, kinds
        )
        rest = resting_state(model, people.p, people.history, people.check, self.control)
        at_rest = np.flatnonzero(rest.accepted)
        people, y = take_people(people, at_rest), rest.y[:, at_rest]
        if background and at_rest.size:
            y = _lead_in(model, people, y, background, self.control)
        checks = [(name, bounds) for kind in kinds for name, bounds in kind.check.items()]
        names = [name for one in self.population.severity for name in _observables(one)]
        outputs = outputs_at(model, people.p, y, names + [name for name, _ in checks], self.control)
        good = np.ones(at_rest.size, dtype=bool)
        for name, (low, high) in checks:
            good &= (outputs[name] >= low) & (outputs[name] <= high)
        for value in outputs.values():
            good &= np.isfinite(value)
        index = np.asarray(self.who, dtype=np.int64)[at_rest]
        return Candidates(people, y, index, outputs, index).take(np.flatnonzero(good))


def kinds_of(population: Population) -> list[Kind]:
    """What the traits and the kind of a population change and ask for."""
    own = (population.kind,) if population.kind else ()
    return [load_kind(key) for key in (*population.traits, *own)]


def background_of(population: Population) -> tuple[Treatment, ...]:
    """Treatments of the atlas that everybody stays on; medicines that only change the drug are in the person."""
    known = atlas_names("treatments")
    return tuple(load_treatment(key) for key in population.background if key in known)


def outputs_at(model: Model, p: Array, y: Array, names: Sequence[str], control: Control) -> dict[str, Array]:
    """States and assignments by name (people,) of people who stand at given states.

    Args:
        model: the body.
        p: parameters (parameters, people).
        y: states (states, people).
        names: what to read.
        control: tolerances.
    """
    names = list(dict.fromkeys(names))
    if not names or p.shape[1] == 0:
        return {name: np.empty(p.shape[1]) for name in names}
    known = {name: row for row, name in enumerate([*model.states, *model.outputs])}
    rows = np.array([known[name] for name in names], dtype=np.int64)
    instant = np.array([0.0, 1.0 / 60.0])
    journey = travel(model, y, p, Events([[]] * p.shape[1]), instant, control, rows)
    return {name: journey.outputs[0, k] for k, name in enumerate(names)}


@lru_cache(maxsize=1)
def study_defaults() -> Mapping[str, Any]:
    """What people of a study are like where its file does not say (`study_defaults.toml`, `study_people.toml`)."""
    return {**read_toml(atlas_path("study_defaults.toml")), **read_toml(atlas_path("study_people.toml"))}


def _observables(severity: Severity) -> tuple[str, ...]:
    measure = severity.measure
    return observables_of(load_instrument(measure.key)) if measure.kind == "score" else ()


def _lead_in(
    model: Model, people: People, y: Array, background: Sequence[Treatment], control: Control
) -> Array:
    """Where people stand after some weeks on a background treatment: its doses, without the visits of a trial of it.

    The visits of such a trial would leave relief that raters see at baseline, gone some weeks later.
    """
    background = [replace(one, visits=()) for one in background]
    hours = 24.0 * study_defaults()["lead_in"]["days"]
    changes = [
        [change for one in background for change in dose_changes(one, model, weight, hours, people.p[:, i])]
        for i, weight in enumerate(people.weight.tolist())
    ]
    nothing = np.array([], dtype=np.int64)
    return travel(model, y, people.p, Events(changes), np.array([0.0, hours]), control, nothing).y


def _patients(
    population: Population, kinds: Sequence[Kind], seed: int, study: str, who: Sequence[int]
) -> dict[int, Patient]:
    """Age, sex and weight of each person, with the conditions of the study."""
    usual = study_defaults()
    drawn = normals(seed, study, who, "covariates", 4)
    low = max([population.age.low or 0.0, *(kind.age[0] for kind in kinds)])
    high = min([population.age.high or 200.0, *(kind.age[1] for kind in kinds)])
    age = _truncated(population.age, usual["age"], drawn[:, 0], low, high)
    weight = _truncated(population.weight_kg, usual["weight_kg"], drawn[:, 1])
    female = ndtr(drawn[:, 2]) < population.female
    taken = tuple(key for key in population.background if key in load_background())
    found = {}
    for k, person in enumerate(who):
        sex = "female" if female[k] else "male"
        height = usual["height_cm"][sex] + usual["height_cm"]["sd"] * drawn[k, 3]
        found[person] = Patient(
            name=f"person {person}",
            age=float(age[k]),
            sex=sex,
            weight=float(weight[k]),
            height=float(np.clip(height, 120.0, 220.0)),
            conditions=population.conditions,
            background=taken,
        )
    return found


def _truncated(
    spread: Spread, usual: Mapping[str, float], z: Array, low: float = 0.0, high: float = np.inf
) -> Array:
    """Normal numbers kept inside bounds by moving the quantiles, so that nobody has to be drawn again."""
    low = max(low, usual["low"])
    high = max(min(high, usual["high"]), low)
    mean = spread.mean if spread.mean is not None else usual["mean"]
    sd = spread.sd if spread.sd is not None else usual["sd"]
    if sd <= 0:
        return np.full(z.shape, min(max(mean, low), high))
    first, last = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    return np.clip(mean + sd * ndtri(first + ndtr(z) * (last - first)), low, high)


def join_candidates(parts: Sequence[Candidates]) -> Candidates:
    """Candidates of several ranges together, in order."""
    first = parts[0]
    people = People(
        np.concatenate([part.people.p for part in parts], axis=1),
        np.concatenate([part.people.weight for part in parts]),
        [one for part in parts for one in part.people.history],
        [one for part in parts for one in part.people.check],
        [one for part in parts for one in part.people.condition],
        first.people.recipe,
        drawn=True,
    )
    outputs = {name: np.concatenate([part.outputs[name] for part in parts]) for name in first.outputs}
    y = np.concatenate([part.y for part in parts], axis=1)
    who = np.concatenate([part.who for part in parts])
    return Candidates(people, y, who, outputs, np.concatenate([part.rested for part in parts]))
