"""`draw`: people from the distributions of the tables and of their conditions.

One person without a draw is the typical person: every distribution at its median. A drawn person differs in every trait
that has a spread. Only people whose resting state a clinic could meet are accepted; the share that is not is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.special import betaincinv, ndtri

from ..body.background import factors
from ..body.condition import Condition, Trait, combine, load_condition
from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.resting import Resting, resting_state
from ..body.simulate import People
from ..errors import did_you_mean, fail
from ..solve.integrate import Control
from ..tables import Entry
from .adjust import Numbers, numbers_of
from .kind import Kind
from .stream import normal, stream

WEIGHT = "ketamine.weight"
AGE = "ketamine.age"
FEMALE = "ketamine.female"
HEIGHT = "biomarker.height"
_ROUNDS = 20
_TURNS = 60  # a whole number of turns of every mixture of up to six kinds
#: One patient for everybody, or the patient of each person by index.
Patients = Patient | Callable[[int], Patient]


def typical(model: Model, patient: Patient, adjust: Mapping[str, float] | None = None) -> People:
    """The typical person with this patient's conditions, weight and known traits: a batch of one.

    `adjust` changes numbers of the population (see `adjust`); raises V460, V461 for what it cannot change.
    """
    numbers = numbers_of(model, adjust)
    condition = combine(_members(patient.conditions, 0, numbers))
    p = numbers.defaults()
    for name, trait in condition.traits.items():
        p[model.parameter(name)] = _within(model.entries[name], _median(trait))
    _own(model, p, patient)
    recipe = f"one typical person with {condition.title}: every trait at its median"
    return People(
        p[:, None],
        np.array([patient.weight]),
        [condition.history],
        [condition.check],
        [condition.key],
        recipe,
    )


def draw(
    model: Model,
    patient: Patient,
    count: int,
    seed: int,
    study: str = "simulate",
    adjust: Mapping[str, float] | None = None,
) -> People:
    """People drawn around a patient: same conditions and covariates, traits from their distributions.

    Args:
        model: the body.
        patient: conditions, weight and traits that all of them share.
        count: how many.
        seed: base seed.
        study: name that keys the random streams.
        adjust: numbers of the population by key, see `adjust`.

    Raises:
        VagusError: V409 when count is less than 1, V460 or V461 for an adjustment that cannot be made.
    """
    if count < 1:
        raise fail("V409", n=count)
    return draw_persons(numbers_of(model, adjust), patient, range(count), seed, study)


def draw_accepted(
    model: Model,
    patient: Patient,
    count: int,
    seed: int,
    study: str = "simulate",
    control: Control | None = None,
    progress: Callable[[float], None] | None = None,
    adjust: Mapping[str, float] | None = None,
) -> tuple[People, Resting, int]:
    """Drawn people who came to a resting state that passes the check of their condition.

    Returns:
        The people, their resting states, and how many were drawn in all.

    Raises:
        VagusError: V505 when too few pass in twenty rounds, V460 or V461 for an adjustment that cannot be made.
    """
    numbers = numbers_of(model, adjust)
    people: list[People] = []
    rests: list[Resting] = []
    have = drawn = 0
    if count < 1:
        raise fail("V409", n=count)
    for _ in range(_ROUNDS):
        wanted = count - have
        more = wanted if not drawn else min(int(wanted * drawn / max(have, 1)) + 1, 20 * wanted)
        batch = draw_persons(numbers, patient, range(drawn, drawn + more), seed, study)
        rest = resting_state(model, batch.p, batch.history, batch.check, control, progress)
        keep = np.flatnonzero(rest.accepted)[:wanted]
        drawn += batch.p.shape[1] if keep.size < wanted else int(keep[-1]) + 1
        people.append(take_people(batch, keep))
        rests.append(rest.take(keep))
        have += keep.size
        if have == count:
            return join_people(people, drawn), _join_rests(rests), drawn
    who = f"{count} people with {' and '.join(patient.conditions)}"
    raise fail(
        "V505", who=who, reason=f"only {have} of {drawn} drawn came to rest within the check of the condition"
    )


def draw_persons(
    numbers: Numbers,
    patient: Patients,
    who: Sequence[int],
    seed: int,
    study: str,
    kinds: Sequence[Kind] = (),
    keep: bool = True,
) -> People:
    """The people of some indices; nobody's numbers depend on who else is asked for.

    Args:
        numbers: the tables, as adjusted.
        patient: conditions and covariates, of everybody or of each person.
        who: indices of the people.
        seed: base seed.
        study: name that keys the random streams.
        kinds: traits of study people, which change what was drawn.
        keep: keep their random numbers in memory; not where each person is asked for once.
    """
    model = numbers.model
    columns, weights, history, check, keys = [], [], [], [], []
    spread = [entry for entry in numbers.entries.values() if entry.shape != "fixed" and entry.name != WEIGHT]
    rows = np.array([model.parameter(entry.name) for entry in spread], dtype=np.int64)
    names = tuple(entry.name for entry in spread)
    combined: dict[tuple[tuple[str, ...], int], Condition] = {}
    defaults = numbers.defaults()
    standard = _standard if keep else _standard.__wrapped__
    for person in who:
        own = patient if isinstance(patient, Patient) else patient(person)
        turn = (own.conditions, person % _TURNS)
        if turn not in combined:
            combined[turn] = combine(_members(own.conditions, person, numbers))
        condition = combined[turn]
        p = defaults.copy()
        # each from its own stream, so that one more trait moves nobody
        drawn = standard(seed, study, person, names)
        p[rows] = [_from_table(entry, z) for entry, z in zip(spread, drawn, strict=True)]
        rng = stream(seed, study, person, f"condition {condition.key}")
        for name, trait in sorted(condition.traits.items()):
            if trait.shape != "table":
                p[model.parameter(name)] = _within(model.entries[name], _draw(trait, rng))
        for kind in kinds:
            _change(numbers, p, kind)
        _own(model, p, own)
        columns.append(p)
        weights.append(own.weight)
        history.append(condition.history)
        check.append(condition.check)
        keys.append(condition.key)
    recipe = f"drawn with seed {seed} from the tables and the conditions {', '.join(dict.fromkeys(keys))}"
    p = np.array(columns).T.copy() if columns else np.empty((len(model.parameters), 0))
    return People(p, np.array(weights, dtype=float), history, check, keys, recipe, drawn=True)


@lru_cache(maxsize=40_000)  # the same persons come again with every population set of a calibration
def _standard(seed: int, study: str, person: int, names: tuple[str, ...]) -> tuple[float, ...]:
    """A standard normal number of a person for each trait."""
    return tuple(normal(seed, study, person, f"trait {name}") for name in names)


def _change(numbers: Numbers, p: Array, kind: Kind) -> None:
    """What a trait of study people changes in one person."""
    model = numbers.model
    for name, usual in kind.multiply.items():
        row = model.parameter(name)
        p[row] = _within(model.entries[name], float(p[row]) * numbers.factor(kind.key, name, usual))
    for name, more in kind.add.items():
        row = model.parameter(name)
        p[row] = _within(model.entries[name], float(p[row]) + more)


def _members(names: Sequence[str], person: int, numbers: Numbers) -> list[Condition]:
    """The conditions of one person; a mixture gives each kind in turn."""
    members = []
    for name in names:
        condition = load_condition(name)
        if condition.mixture:
            own, kind = condition, load_condition(condition.mixture[person % len(condition.mixture)])
            own, kind = numbers.condition(own), numbers.condition(kind)
            members.append(
                replace(
                    kind,
                    title=f"{own.title} (here {kind.title})",
                    traits={**kind.traits, **own.traits},
                    history=(*kind.history, *own.history),
                    check={**kind.check, **own.check},
                )
            )
        else:
            members.append(numbers.condition(condition))
    return members


def _own(model: Model, p: Array, patient: Patient) -> None:
    """What is known of the person wins over tables and conditions; what they take multiplies it."""
    if WEIGHT in patient.traits:  # doses by weight would use another one
        raise fail("V401", what="a person", key=WEIGHT, hint="write weight = ...", **patient.place(WEIGHT))
    known = {
        WEIGHT: patient.weight,
        AGE: patient.age,
        FEMALE: float(patient.sex == "female"),
        HEIGHT: patient.height,
    }
    for name, value in {**known, **patient.traits}.items():
        if name not in model.parameters:
            hint = did_you_mean(name, model.parameters)
            raise fail("V315", name=name, hint=hint, **patient.place(name))
        entry = model.entries[name]
        if not entry.low <= value <= entry.high:
            key = "weight" if name == WEIGHT else name
            place = patient.place(key)
            raise fail("V306", name=key, value=value, low=entry.low, high=entry.high, **place)
        p[model.parameter(name)] = value
    for name, factor in factors(patient.background).items():
        entry = model.entries[name]
        p[model.parameter(name)] = _within(entry, float(p[model.parameter(name)]) * factor)


def _median(trait: Trait) -> float:
    if trait.typical is not None:
        return trait.typical
    first, *rest = trait.numbers
    if trait.shape == "beta":
        return float(betaincinv(first, rest[0], 0.5))
    if trait.shape == "uniform":
        return (first + rest[0]) / 2.0
    if trait.shape == "bernoulli":
        return float(first >= 0.5)
    return first


def _draw(trait: Trait, rng: np.random.Generator) -> float:
    a, b = (*trait.numbers, 0.0)[:2]
    return float(
        {
            "fixed": lambda: a,
            "lognormal": lambda: a * np.exp(b * rng.standard_normal()),
            "normal": lambda: rng.normal(a, b),
            # by the inverse of the distribution: other numbers of the shape move a person, and draw nobody else
            "beta": lambda: float(betaincinv(a, b, rng.uniform())),
            "uniform": lambda: rng.uniform(a, b),
            "bernoulli": lambda: float(rng.uniform() < a),
        }[trait.shape]()
    )


def _from_table(entry: Entry, z: float) -> float:
    if entry.shape == "lognormal":
        value = entry.value * np.exp(entry.spread * z)
    elif entry.shape == "normal":
        value = entry.value + entry.spread * z
    elif entry.shape == "bernoulli":  # the spread is the share of people who have it
        value = float(z < ndtri(entry.spread))
    else:  # logitnormal between the bounds
        part = (entry.value - entry.low) / (entry.high - entry.low)
        value = entry.low + (entry.high - entry.low) / (
            1.0 + np.exp(-np.log(part / (1 - part)) - entry.spread * z)
        )
    return _within(entry, float(value))


def _within(entry: Entry, value: float) -> float:
    return min(max(value, entry.low), entry.high)


def take_people(people: People, keep: np.ndarray) -> People:
    """Some of the people."""
    return replace(
        people,
        p=people.p[:, keep],
        weight=people.weight[keep],
        history=[people.history[i] for i in keep],
        check=[people.check[i] for i in keep],
        condition=[people.condition[i] for i in keep],
    )


def join_people(parts: Sequence[People], drawn: int) -> People:
    """People of several draws together, in order; `drawn` candidates were looked at for them."""
    kept = sum(part.p.shape[1] for part in parts)
    return People(
        np.concatenate([part.p for part in parts], axis=1),
        np.concatenate([part.weight for part in parts]),
        [h for part in parts for h in part.history],
        [c for part in parts for c in part.check],
        [k for part in parts for k in part.condition],
        f"{parts[0].recipe}; {kept} of {drawn} drawn were accepted",
        drawn=True,
    )


def _join_rests(parts: list[Resting]) -> Resting:
    return Resting(
        np.concatenate([part.y for part in parts], axis=1),
        np.concatenate([part.reason for part in parts]),
        np.concatenate([part.drift for part in parts]),
        np.concatenate([part.checks for part in parts]),
        np.concatenate([part.mover for part in parts]),
    )
