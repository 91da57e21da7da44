"""Conditions: what an illness changes in a person, and the history that created it. All of it is data of the atlas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..errors import did_you_mean, fail
from ..tables import GRADES, atlas_names, atlas_path, place_of, read_toml

#: Histories of combined conditions happen in this order (models.md B.19): the first three lie years back, the recent
#: one ends on day 0, and what is tested is tried on the resting person and leaves no trace.
PHASES = ("trauma", "injury", "stress", "recent", "tested")
#: The numbers each shape of a trait needs, by the names its file gives them.
SHAPES = {
    "fixed": ("value",),
    "lognormal": ("median", "spread"),
    "normal": ("mean", "spread"),
    "beta": ("alpha", "beta"),
    "uniform": ("low", "high"),
    "bernoulli": ("share",),
    "table": (),  # as in everybody; only the typical person differs
}


@dataclass(frozen=True)
class Trait:
    """How one parameter is distributed among people with a condition.

    Attributes:
        shape: fixed, lognormal (median, SD of the log), normal, beta, uniform, bernoulli or table (as in everybody).
        numbers: the numbers the shape needs.
        typical: value of the one typical person; None: the median.
    """

    shape: str
    numbers: tuple[float, ...]
    typical: float | None = None


@dataclass(frozen=True)
class Episode:
    """One stretch of a history: an input held at a value for some hours.

    Attributes:
        phase: one of `PHASES`.
        inputs: names and values.
        hours: how long.
        left: only of a tested one: a state, and the least part of it that must be left for a person to be accepted.
    """

    phase: str
    inputs: tuple[tuple[str, float], ...]
    hours: float
    left: tuple[str, float] | None = None


@dataclass(frozen=True)
class Condition:
    """One condition of the atlas.

    Attributes:
        key: its name on the command line.
        traits: distributions by full parameter name.
        leads: rank; the traits of the condition with the higher one win over those it is combined with.
        history: what happened, before the traits were held to rest.
        check: bounds of outputs at rest; who does not meet them is not a person with this condition.
        check_alone: bounds that hold besides when the person has this condition and no other.
        mixture: conditions it is an equal mixture of; empty for a plain one.
        instruments: keys of the scales that people with it are asked besides the usual ones.
    """

    key: str
    title: str
    meaning: str
    grade: str
    sources: tuple[str, ...]
    traits: Mapping[str, Trait] = field(default_factory=dict)
    leads: int = 0
    history: tuple[Episode, ...] = ()
    check: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    check_alone: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    mixture: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def load_condition(name: str) -> Condition:
    """A condition of the atlas by its key.

    Raises:
        VagusError: V402 when there is none of that name.
    """
    known = atlas_names("conditions")
    if name not in known:
        raise fail(
            "V402", name=name, hint=did_you_mean(name, known) or f"the conditions are: {', '.join(known)}"
        )
    path = atlas_path("conditions", f"{name}.toml")
    data = read_toml(path)
    try:
        return Condition(
            key=name,
            title=data["title"],
            meaning=data["meaning"],
            grade=data["grade"],
            sources=tuple(data["sources"]),
            traits={key: _trait(value) for key, value in data.get("traits", {}).items()},
            leads=int(data.get("leads", 0)),
            history=tuple(_episode(row) for row in data.get("history", [])),
            check={key: (low, high) for key, (low, high) in data.get("check", {}).items()},
            check_alone={key: (low, high) for key, (low, high) in data.get("check_alone", {}).items()},
            mixture=tuple(data.get("mixture", ())),
            instruments=tuple(data.get("instruments", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise fail("V411", what=f"the condition '{name}'", key=error, **place_of(path, "title")) from None


def combine(conditions: Sequence[Condition]) -> Condition:
    """One condition from several: the union of their traits, their histories in the order of `PHASES`.

    Where two set the same trait, the one that leads by the higher rank wins, else the later one.
    """
    traits: dict[str, Trait] = {}
    for condition in sorted(conditions, key=lambda c: c.leads):
        traits |= condition.traits
    episodes = sorted((e for c in conditions for e in c.history), key=lambda e: PHASES.index(e.phase))
    checks: dict[str, tuple[float, float]] = {}
    for condition in sorted(conditions, key=lambda c: c.leads):
        checks |= condition.check
    if len(conditions) == 1:
        checks |= conditions[0].check_alone
    return Condition(
        key="+".join(c.key for c in conditions),
        title=" and ".join(c.title for c in conditions),
        meaning=" ".join(c.meaning for c in conditions),
        grade=max((c.grade for c in conditions), key=GRADES.index),  # the worst stands last
        sources=tuple(dict.fromkeys(s for c in conditions for s in c.sources)),
        traits=traits,
        history=tuple(episodes),
        check=checks,
        instruments=tuple(dict.fromkeys(key for c in conditions for key in c.instruments)),
    )


def _trait(value: Mapping[str, Any]) -> Trait:
    shape = value["shape"]
    return Trait(shape, tuple(float(value[key]) for key in SHAPES[shape]), value.get("typical"))


def _episode(row: Mapping[str, Any]) -> Episode:
    if row["phase"] not in PHASES:
        raise ValueError(row["phase"])
    inputs = tuple((name, float(value)) for name, value in row["inputs"].items())
    hours = float(row.get("hours", 0.0)) + 24.0 * float(row.get("days", 0.0))
    left = (str(row["output"]), float(row["left"])) if "left" in row else None
    return Episode(row["phase"], inputs, hours, left)
