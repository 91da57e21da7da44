"""Directions: the few traits along which virtual people are moved towards one person's scores.

Each trait of a person is a standard normal number put through the distribution it was drawn from. A move mixes that
number with a new one so that the distribution stays what it was; the scores alone decide whether a move is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betainc, betaincinv, ndtr, ndtri

from ..body.background import factors
from ..body.condition import Condition, combine, load_condition
from ..body.model import Array
from ..body.simulate import People
from ..people.adjust import Numbers
from .bank import Index
from .diary import follow_table
from .prior import Prior

MOST = 4  # directions of one person (models.md C.3)
_EDGE = 1e-9
_WAVES = "load.wave_"


@dataclass(frozen=True)
class _Shape:
    """A distribution with its numbers, and the range its values are kept in."""

    shape: str
    numbers: tuple[float, ...]
    low: float
    high: float

    @property
    def moves(self) -> bool:
        """Whether people differ in it in a way that can be moved."""
        return (
            self.shape in ("lognormal", "normal", "beta", "uniform", "logitnormal") and self.numbers[-1] > 0
        )

    def normal(self, value: Array) -> Array:
        """The standard normal numbers behind values."""
        a, b = self.numbers
        if self.shape == "lognormal":
            return np.asarray(np.log(np.maximum(value, 1e-300) / a) / b)
        if self.shape == "normal":
            return np.asarray((value - a) / b)
        if self.shape == "logitnormal":
            return np.asarray((_logit(self._part(value)) - _logit(self._part(np.array(a)))) / b)
        part = betainc(a, b, np.clip(value, 0, 1)) if self.shape == "beta" else (value - a) / (b - a)
        return np.asarray(ndtri(np.clip(part, _EDGE, 1 - _EDGE)))

    def value(self, z: Array) -> Array:
        """The values of standard normal numbers."""
        a, b = self.numbers
        if self.shape == "lognormal":
            found = a * np.exp(b * z)
        elif self.shape == "normal":
            found = a + b * z
        elif self.shape == "logitnormal":
            inner = _logit(self._part(np.array(a))) + b * z
            found = self.low + (self.high - self.low) / (1.0 + np.exp(-inner))
        else:
            part = ndtr(z)
            found = betaincinv(a, b, part) if self.shape == "beta" else a + (b - a) * part
        return np.clip(found, self.low, self.high)

    def _part(self, value: Array) -> Array:
        return np.clip((value - self.low) / (self.high - self.low), _EDGE, 1 - _EDGE)


def _logit(part: Array) -> Array:
    return np.asarray(np.log(part / (1 - part)))


def directions_of(prior: Prior, people: People, sets: Index) -> list[str]:
    """The traits that are moved: the first four of the table in which people with these conditions differ."""
    table = follow_table()["fit"]
    fixed = set(prior.patient.traits) | set(factors(prior.patient.background))
    chosen: list[str] = []
    for name in (*table["directions"], *table["spare"]):
        if name in fixed or len(chosen) == MOST:
            continue
        shapes = [_shape(prior, key, int(own), name) for key, own in _kinds(people, sets)]
        if all(shape.moves for shape in shapes):
            chosen.append(name)
    return chosen


def waves_of(prior: Prior, people: People, sets: Index) -> list[str]:
    """What life did: phases of the swings of the load, where people have them. They are no traits of a person."""
    shapes = _kinds(people, sets)
    names = [name for name in prior.model.parameters if name.startswith(_WAVES)]
    return [name for name in names if all(_shape(prior, key, own, name).moves for key, own in shapes)]


def moved(
    prior: Prior, people: People, sets: Index, names: Sequence[str], step: float, rng: np.random.Generator
) -> People:
    """People with their traits moved along the directions, the distribution of each kept.

    Args:
        prior: where they come from.
        people: who.
        sets: the population set of each.
        names: of the traits.
        step: 0 no move, 1 a new draw.
        rng: random numbers.
    """
    p = people.p.copy()
    fresh = rng.standard_normal((len(names), people.weight.size))
    for key, own in _kinds(people, sets):
        here = np.array(
            [i for i, k in enumerate(people.condition) if k == key and sets[i] == own], dtype=np.int64
        )
        for row, name in enumerate(names):
            shape, place = _shape(prior, key, int(own), name), prior.model.parameter(name)
            z = shape.normal(p[place, here])
            p[place, here] = shape.value(np.sqrt(1 - step**2) * z + step * fresh[row, here])
    return replace(people, p=p)


def _kinds(people: People, sets: Index) -> list[tuple[str, int]]:
    return list(dict.fromkeys(zip(people.condition, map(int, sets), strict=True)))


def _shape(prior: Prior, key: str, own: int, name: str) -> _Shape:
    """How a trait is distributed among people of one kind in one population set."""
    numbers: Numbers = prior.numbers[own]
    entry = numbers.entries[name]
    trait = kind_of(prior, key, own).traits.get(name)
    if trait is None or trait.shape == "table":
        return _Shape(entry.shape, (entry.value, entry.spread), entry.low, entry.high)
    pair = (*trait.numbers, 0.0)[:2]
    return _Shape(trait.shape, pair, entry.low, entry.high)


def kind_of(prior: Prior, key: str, own: int) -> Condition:
    """One kind of people: its conditions, and what a mixture gives to all its kinds.

    Args:
        prior: where the people come from; a mixture among the conditions of its patient stands for several keys.
        key: of the conditions of these people, joined by +.
        own: their population set.
    """
    if (key, own) in prior.kinds:
        return prior.kinds[key, own]
    numbers = prior.numbers[own]
    whole = combine([numbers.condition(load_condition(name)) for name in key.split("+")])
    for name in prior.patient.conditions:
        mixed = numbers.condition(load_condition(name))
        if mixed.mixture:
            whole = replace(
                whole,
                traits={**whole.traits, **mixed.traits},
                history=(*whole.history, *mixed.history),
                check={**whole.check, **mixed.check},
            )
    prior.kinds[key, own] = whole
    return whole
