"""Proof of calibration: forecasts of virtual people whose future is known, ranked, counted and compared.

One bank per regimen serves all people of it: they share their doses and the days of their visits, so the virtual people
are simulated once and weighted anew for everybody. That is the first stage of `fit`; its moves only add people where a
bank of everyday size has too few.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ..body.model import Model
from ..body.patient import Patient
from .bank import DAY, Bank
from .baseline import Training, last_value, mean_curve, mixed_effects
from .diary import Diary, Given, Reading
from .measure import Asked, asked_of
from .prior import Prior, draw_people, prior_of
from .rank import covered, crps, ranks
from .scored import Lives, measured
from .surprise import log_of_many
from .virtual import Measured, Schedule, lived_on, measure_people, six_doses
from .weights import Hidden, Likelihood, draw_hidden, effective, likelihood, normalised

Array = NDArray[np.float64]
WEEKS = (1, 4, 8)
SAMPLES = 400
_AFTER = tuple(7.0 * week for week in WEEKS)


@dataclass(frozen=True)
class Regimen:
    """People of one kind under one course: their conditions, what they get, and when they are asked."""

    key: str
    patient: Patient
    given: tuple[Given, ...]
    schedule: Schedule

    @property
    def diary(self) -> Diary:
        """The past all of them share, without readings."""
        return Diary(self.patient, None, (), (), self.given, virtual=True)


def regimens() -> tuple[Regimen, ...]:
    """The two regimens of the proof."""
    visits = (0, 1, 7, 14, 21, 28)
    both = Patient("virtual", conditions=("mdd", "pain-musculoskeletal"))
    alone = Patient("virtual", conditions=("mdd",))
    return (
        Regimen("depression", alone, six_doses(), Schedule({"madrs": visits, "phq9": (0, 14, 28)}, 28)),
        Regimen("both", both, six_doses(), Schedule({"madrs": visits, "nrs_pain": visits}, 28)),
    )


@dataclass
class Tally:
    """What was counted: by (instrument, week) or by quantity, one entry for each person."""

    truth: dict[tuple[str, str, int], list[float]] = field(default_factory=dict)
    inside50: dict[tuple[str, str, int], list[bool]] = field(default_factory=dict)
    inside90: dict[tuple[str, str, int], list[bool]] = field(default_factory=dict)
    pit: dict[tuple[str, str, int], list[float]] = field(default_factory=dict)
    score: dict[tuple[str, str, int], list[float]] = field(default_factory=dict)
    rank: dict[str, list[float]] = field(default_factory=dict)
    effective: list[float] = field(default_factory=list)

    def part(self, what: str, week: int | None = None) -> list[float]:
        """All entries of one count, of one week ahead or of all."""
        table: Mapping[tuple[str, str, int], list[float]] = getattr(self, what)
        return [value for (_, _, own), values in table.items() if week in (None, own) for value in values]


@dataclass(frozen=True)
class Baselines:
    """Mean scores of the comparisons (lower is better), by the key of `Tally.score`."""

    last: Mapping[tuple[str, str, int], float]
    last_dressed: Mapping[tuple[str, str, int], float]
    curve: Mapping[tuple[str, str, int], float]
    mixed: Mapping[tuple[str, str, int], float]


def prove(
    model: Model,
    regimen: Regimen,
    people: int,
    bank_size: int,
    seed: int,
    perturbed: bool = False,
    tell: Callable[[str], None] = print,
) -> tuple[Tally, Baselines | None]:
    """Forecast many virtual people of one regimen whose future is known.

    Args:
        model: the body.
        regimen: who they are and what they get.
        people: how many.
        bank_size: virtual people in the bank.
        seed: of all random numbers; the people are never those of the bank.
        perturbed: take them from models with other constants than the bank.
        tell: told what is being done.
    """
    prior = prior_of(model, regimen.patient, seed)
    tell(f"{regimen.key}: bank of {bank_size}")
    drawn = draw_people(prior, bank_size, seed)
    later = DAY * (regimen.schedule.days + np.array(_AFTER))
    bank = lived_on(model, drawn, regimen.diary, regimen.schedule, later)
    other = prior_of(model, regimen.patient, seed + 1) if not perturbed else perturbed_prior(prior, seed)
    tell(f"{regimen.key}: {people} people{' of other models' if perturbed else ''}")
    after = [regimen.schedule.days + day for day in _AFTER]
    some = draw_people(other, people, seed + 1000)
    true = _sound(measure_people(model, some, regimen.diary, regimen.schedule, seed + 2, after))
    tally = _forecast_all(model, regimen, bank, true, seed + 3)
    if perturbed:
        return tally, None
    train = draw_people(other, max(people, 200), seed + 2000)
    others = _sound(measure_people(model, train, regimen.diary, regimen.schedule, seed + 4, after))
    return tally, _baselines(regimen, others, true)


def perturbed_prior(prior: Prior, seed: int, sets: int = 12) -> Prior:
    """Populations whose assumed constants differ from those of the prior, each in its own way."""
    rng = np.random.default_rng(seed)
    names = [
        entry.name
        for entry in prior.model.entries.values()
        if entry.kind == "constant"
        and entry.grade == "assumed"
        and entry.system in _PERTURBED
        and entry.value > 0
    ]
    found = []
    for _ in range(sets):
        own = {}
        for name in names:
            entry = prior.model.entries[name]
            value = entry.value * float(np.exp(_PERTURBED_SD * rng.standard_normal()))
            own[name] = float(np.clip(value, entry.low, entry.high))
        found.append(own)
    return Prior(prior.model, prior.patient, tuple(found), "perturbed models")


#: Systems whose assumed constants are changed in perturbed models: those a score depends on most.
_PERTURBED = ("mood", "plasticity", "pain", "load", "sleep", "expectancy")
_PERTURBED_SD = 0.15  # of the logarithm


def _sound(true: Measured) -> Measured:
    return true.take(np.flatnonzero(true.sound))


def _asked(regimen: Regimen) -> tuple[Asked, list[tuple[str, int]]]:
    """The readings of the regimen in order, with empty values, and where each stands in `Measured.readings`."""
    rows = [
        (DAY * day, key, place)
        for key, days in regimen.schedule.visits.items()
        for place, day in enumerate(days)
    ]
    rows.sort(key=lambda row: row[0])
    asked = asked_of([Reading(hour, key, 1.0) for hour, key, _ in rows])
    return asked, [(key, place) for _, key, place in rows]


def _forecast_all(model: Model, regimen: Regimen, bank: Bank, true: Measured, seed: int) -> Tally:
    asked, places = _asked(regimen)
    values = np.stack([true.readings[key][:, place] for key, place in places], axis=1)
    found = likelihood(model, bank, asked)
    logs = log_of_many(found, values)
    tally, rng = Tally(), np.random.default_rng(seed)
    end = DAY * regimen.schedule.days
    hours = end + DAY * np.array([0.0, *_AFTER])
    for person in range(len(values)):
        rows = tuple((*row[:3], float(v)) for row, v in zip(asked.rows, values[person], strict=True))
        own = Likelihood(logs[:, :, person], found.expected, replace(asked, rows=rows))
        weights = normalised(logsumexp(own.log, axis=1))
        tally.effective.append(effective(weights))
        hidden = draw_hidden(own, weights, SAMPLES, hours, rng)
        who, at = np.unique(hidden.person, return_inverse=True)
        lives = Lives(bank.times, {name: bank.of(name)[who] for name in bank.names})
        here = replace(hidden, person=at.astype(np.int64))
        _count(tally, regimen, lives, here, own.asked, hours, true, person, rng)
    return tally


def _count(
    tally: Tally,
    regimen: Regimen,
    lives: Lives,
    hidden: Hidden,
    asked: Asked,
    hours: Array,
    true: Measured,
    person: int,
    rng: np.random.Generator,
) -> None:
    """Add one person to what is counted."""

    def rank(name: str, samples: Array, value: float) -> None:
        tally.rank.setdefault(name, []).append(float(ranks(samples[None], np.array([value]), rng)[0]))

    rank("severity", hidden.severity, float(true.severity[person]))
    for key in regimen.schedule.visits:
        total, under = measured(key, lives, hidden, asked, hours, rng)
        rank(f"{key} now", under[:, 0], float(true.under[key][person, 0]))
        rank(
            f"{key} in 4 weeks",
            under[:, 1 + WEEKS.index(4)],
            float(true.under[key][person, 1 + WEEKS.index(4)]),
        )
        for k, week in enumerate(WEEKS):
            value, samples = np.array([true.ahead[key][person, k]]), total[None, :, 1 + k]
            entry = (regimen.key, key, week)
            tally.truth.setdefault(entry, []).append(float(value[0]))
            tally.inside50.setdefault(entry, []).append(bool(covered(samples, value, 0.5)[0]))
            tally.inside90.setdefault(entry, []).append(bool(covered(samples, value, 0.9)[0]))
            tally.pit.setdefault(entry, []).append(float(ranks(samples, value, rng)[0]))
            tally.score.setdefault(entry, []).append(float(crps(samples, value)[0]))


def _baselines(regimen: Regimen, others: Measured, true: Measured) -> Baselines:
    """The comparisons on the same people, taught by others of the same kind."""
    found: tuple[dict, dict, dict, dict] = ({}, {}, {}, {})
    for key, days in regimen.schedule.visits.items():
        after = [regimen.schedule.days + day for day in _AFTER]
        training = Training(days, others.readings[key], after, others.ahead[key])
        past, later = true.readings[key], true.ahead[key]
        alone, dressed = last_value(training, past, later)
        parts = (alone, dressed, mean_curve(training, later), mixed_effects(training, past, later))
        for table, scores in zip(found, parts, strict=True):
            for k, week in enumerate(WEEKS):
                table[regimen.key, key, week] = float(scores[:, k].mean())
    return Baselines(*found)


def skill(
    tally: Tally,
    reference: Mapping[tuple[str, str, int], float],
    spans: Mapping[str, float],
) -> float:
    """1 less the mean score over that of a reference, each instrument counted in parts of its range."""
    own = sum(float(np.mean(tally.score[key])) / spans[key[1]] for key in reference)
    return float(1.0 - own / sum(value / spans[key[1]] for key, value in reference.items()))
