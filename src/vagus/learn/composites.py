"""The mental and the physical composite of a person: how far from the middle of healthy and ill people together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..body.patient import Patient
from ..body.treatment import Treatment
from ..observe import MENTAL, PHYSICAL, composite, composite_parts, list_instruments
from .bank import live
from .measure import Asked, needed_outputs
from .prior import Prior, draw_people, prior_of
from .scored import Lives, measured, unknown_person
from .weights import Hidden

Array = NDArray[np.float64]
NAMES = (MENTAL, PHYSICAL)
_PEOPLE = 120  # healthy people the reference holds, and as many with the conditions


@dataclass(frozen=True)
class Reference:
    """Healthy and ill people at rest: the parts of both composites (people,) by name."""

    parts: Mapping[str, Array]


def part_names() -> list[str]:
    """Every score and output a composite is made of."""
    return list(dict.fromkeys(name for one in NAMES for name in composite_parts(one)))


def composite_outputs() -> list[str]:
    """The outputs that have to be kept for the composites."""
    keys = [name for name in part_names() if name in list_instruments()]
    return [*needed_outputs(keys), *(name for name in part_names() if name not in keys)]


def reference_of(prior: Prior, seed: int) -> Reference:
    """Healthy people and people with the conditions of the person, as they are before anything is done."""
    model, nothing, now = prior.model, Treatment("", "", "", "strong", ()), np.array([0.0])
    names = composite_outputs()
    found: dict[str, list[Array]] = {name: [] for name in part_names()}
    for own in (prior_of(model, Patient(), seed, sets=1), prior):
        some = draw_people(own, _PEOPLE, seed)
        bank = live(model, some.people, some.rest, some.sets, nothing, (), now, names)
        lives = Lives(now, {name: bank.of(name) for name in names})
        rng = np.random.default_rng(seed)
        hidden = unknown_person(bank.count, now, rng)
        for name in part_names():
            found[name].append(_part(name, lives, hidden, None, now, rng)[:, 0])
    return Reference({name: np.concatenate(parts) for name, parts in found.items()})


def composites_of(
    reference: Reference, lives: Lives, hidden: Hidden, asked: Asked, hours: Array, seed: int
) -> dict[str, Array]:
    """Samples (samples, times) of both composites; higher is better."""
    rng = np.random.default_rng(seed)
    parts = {name: _part(name, lives, hidden, asked, hours, rng) for name in part_names()}
    flat = {name: value.ravel() for name, value in parts.items()}
    shape = next(iter(parts.values())).shape
    return {name: composite(name, flat, reference.parts).reshape(shape) for name in NAMES}


def _part(
    name: str, lives: Lives, hidden: Hidden, asked: Asked | None, hours: Array, rng: np.random.Generator
) -> Array:
    """One part (samples, times), without the noise of visits."""
    if name in list_instruments():
        return measured(name, lives, hidden, asked, hours, rng)[1]
    left = np.clip(np.searchsorted(lives.times, hours, side="right") - 1, 0, lives.times.size - 1)
    return lives.outputs[name][:, left][hidden.person]
