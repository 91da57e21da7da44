"""The body with arrows cut and states that can be held, as a model of its own: the same people travel in both.

A cut arrow carries the healthy resting value; a held state stays where it is as long as its `hold` is 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from ..body.model import Array, Model
from ..errors import did_you_mean, fail
from ..language.cut import Link, links, system_of
from ..language.rules import Rules
from ..tables import Entry
from .coupling import read_systems, renaming
from .matrix import healthy_values, with_cuts

HOLD = "hold."


def bundle(model: Model, table: Mapping[str, Any]) -> list[Link]:
    """The arrows of one cut of `experiments.toml`.

    Raises:
        VagusError: V485 when a row of the table names no arrow.
    """
    rules, rename = Rules(model.text), renaming(model)
    known = links(rules)
    if "groups" in table:
        giver, receiver = table["groups"]
        group = {system.name: system.group for system in read_systems()}
        return [k for k in known if group.get(k.giver) == giver and group.get(k.receiver) == receiver]
    found = []
    for quantity, reader in table.get("links", ()):
        identifier = quantity.replace(".", "_")
        readers = tuple(
            one
            for one, names in rules.reads.items()
            if identifier in names and reader in (rename(one), system_of(one))
        )
        if not readers:
            hint = did_you_mean(quantity, [*model.states, *model.outputs]) or None
            raise fail(
                "V485", table="experiments.toml", problem=f"{reader} does not read {quantity}", hint=hint
            )
        found.append(Link(system_of(identifier), identifier, system_of(readers[0]), readers))
    return found


def variant(model: Model, arrows: Sequence[Link], held: Sequence[str]) -> Model:
    """The model with arrows cut and holds for some states; the model itself where there are neither."""
    if not arrows and not held:
        return model
    kernel = with_cuts(model, arrows, held)
    extra = [name for name in kernel.declared if name not in model.places]
    entries = {**model.entries, **{name: _entry(name) for name in extra}}
    key = f"{model.key} {[(a.parameter, a.readers) for a in arrows]!r} {list(held)!r}"
    return replace(model, lean=kernel, parameters=kernel.declared, entries=entries, key=key)


def parameters_in(model: Model, changed: Model, p: Array, arrows: Sequence[Link]) -> Array:
    """Parameters of people (parameters, people) in the rows of a variant: cut arrows at health, nothing held."""
    if changed is model:
        return p
    constant = healthy_values(model, arrows)
    out = np.empty((len(changed.parameters), p.shape[1]))
    for row, name in enumerate(changed.parameters):
        out[row] = p[model.places[name]] if name in model.places else constant.get(name, 0.0)
    return out


@lru_cache(maxsize=512)
def _entry(name: str) -> Entry:
    kind = "input" if name.startswith(HOLD) else "trait"
    words = "1 holds the state" if kind == "input" else "what a cut arrow carries"
    far = float("inf")
    return Entry(name, 0.0, "1", -far, far, 0.0, "fixed", "vagus_models", "assumed", kind, words, "", 0)
