"""The prior of one person: the population of their conditions, with the uncertainty of the calibrated population.

Where a calibration has left a sample of population sets (`atlas/calibration/sample.csv`), people come in equal
parts from several of its rows, so that what is not known of the population is not known of the person either. Without
one, they come from the tables as they stand.
"""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ..body.condition import Condition
from ..body.model import Model
from ..body.patient import Patient
from ..body.resting import Resting, resting_state
from ..body.simulate import People
from ..errors import fail
from ..people.adjust import Numbers, adjustable, numbers_of
from ..people.draw import draw_persons, take_people
from ..tables import atlas_path, read_text
from .bank import FIT

Index = NDArray[np.int64]
SETS = 20  # rows of the sample that one prior is drawn from
_ROUNDS = 12


@dataclass(frozen=True)
class Prior:
    """Where virtual people come from.

    Attributes:
        model: the body.
        patient: conditions and covariates they share with the person.
        sets: population sets; empty mappings stand for the tables.
        record: what the sets rest on, in words.
    """

    model: Model
    patient: Patient
    sets: tuple[Mapping[str, float], ...]
    record: str

    @cached_property
    def numbers(self) -> tuple[Numbers, ...]:
        """The numbers of each set."""
        return tuple(numbers_of(self.model, own) for own in self.sets)

    @cached_property
    def kinds(self) -> dict[tuple[str, int], Condition]:
        """Kinds of people that were looked up already, by the key of their conditions and the population set."""
        return {}


@dataclass(frozen=True)
class Drawn:
    """Accepted people: who, where they rest, the population set of each, how many were drawn in all."""

    people: People
    rest: Resting
    sets: Index
    tried: int


def prior_of(model: Model, patient: Patient, seed: int, sets: int = SETS) -> Prior:
    """The prior of a person; the rows of the sample are chosen by the seed.

    Raises:
        VagusError: V460, V461 a key or number of the sample that the population does not have, V102-V107.
    """
    rows = calibration_sample()
    if not rows:
        return Prior(model, patient, ({},), "the population as the tables have it; no calibration record")
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(rows), size=min(sets, len(rows)), replace=False)
    known = adjustable(model)
    clipped = [
        {key: float(np.clip(value, *known[key])) if key in known else value for key, value in rows[k].items()}
        for k in sorted(chosen)
    ]
    words = f"calibrated population: {len(chosen)} of {len(rows)} rows of the sample {_digest()}"
    return Prior(model, patient, tuple(clipped), words)


@lru_cache(maxsize=1)
def calibration_sample() -> tuple[Mapping[str, float], ...]:
    """The rows of the calibration's uncertainty sample; () when there is none."""
    path = atlas_path("calibration", "sample.csv")
    if not path.exists():
        return ()
    rows = csv.DictReader(line for line in read_text(path).splitlines() if not line.startswith("#"))
    found = []
    for row in rows:
        try:
            keep = {key: float(value) for key, value in row.items() if ":" in key or "." in key}
        except (TypeError, ValueError) as error:
            raise fail("V102", path=path, reason=error, file=path) from None
        found.append(keep)
    return tuple(found)


def _digest() -> str:
    return hashlib.sha256(atlas_path("calibration", "sample.csv").read_bytes()).hexdigest()[:12]


def draw_people(prior: Prior, count: int, seed: int) -> Drawn:
    """So many people who came to rest as their conditions mean, in equal parts from every population set.

    Raises:
        VagusError: V505 when too few pass.
    """
    parts: list[Drawn] = []
    have = tried = 0
    while have < count:
        each = max(1, int(np.ceil(1.1 * (count - have) / len(prior.sets))))
        batches = [
            draw_persons(numbers, prior.patient, range(tried, tried + each), seed, f"follow {k}")
            for k, numbers in enumerate(prior.numbers)
        ]
        people = join_people(batches)
        rest = settle(prior.model, people)
        kept = np.flatnonzero(rest.accepted)
        tried += each
        sets = np.repeat(np.arange(len(prior.sets)), each)
        # Every set in turn, so that the first ones kept are as mixed as all of them.
        kept = kept[np.lexsort((sets[kept], kept % each))]
        parts.append(Drawn(take_people(people, kept), rest.take(kept), sets[kept], people.weight.size))
        have += kept.size
        if have < count and len(parts) >= _ROUNDS:
            who = f"people with {' and '.join(prior.patient.conditions)}"
            raise fail("V505", who=who, reason=f"only {have} came to rest within the check of the condition")
    whole = join_drawn(parts)
    return take_drawn(whole, np.arange(count))


def settle(model: Model, people: People) -> Resting:
    """Where people settle; only the accepted ones are people of their condition."""
    return resting_state(model, people.p, people.history, people.check, FIT)


def join_people(parts: Sequence[People]) -> People:
    """Several batches as one."""
    return replace(
        parts[0],
        p=np.concatenate([part.p for part in parts], axis=1),
        weight=np.concatenate([part.weight for part in parts]),
        history=[h for part in parts for h in part.history],
        check=[c for part in parts for c in part.check],
        condition=[k for part in parts for k in part.condition],
    )


def join_drawn(parts: Sequence[Drawn]) -> Drawn:
    """Several batches as one."""
    rests = [part.rest for part in parts]
    rest = Resting(
        np.concatenate([one.y for one in rests], axis=1),
        np.concatenate([one.reason for one in rests]),
        np.concatenate([one.drift for one in rests]),
        np.concatenate([one.checks for one in rests]),
        np.concatenate([one.mover for one in rests]),
    )
    sets = np.concatenate([part.sets for part in parts])
    return Drawn(join_people([p.people for p in parts]), rest, sets, sum(p.tried for p in parts))


def take_drawn(drawn: Drawn, who: Index) -> Drawn:
    """Some of the people, perhaps several times."""
    return replace(
        drawn, people=take_people(drawn.people, who), rest=drawn.rest.take(who), sets=drawn.sets[who]
    )
