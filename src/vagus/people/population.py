"""The people of a study: drawn, brought to rest, and screened as the study did.

What happens, in order:
 1. age, sex and weight of each person from the study's numbers, traits from the tables, conditions and kinds of people;
 2. their resting state; who is not a person with this condition, or does not have a trait of the study, is left out;
 3. a background treatment everybody stays on is given for some weeks before the study, and continues in it;
 4. how strongly people report is so distributed that those who pass screening (a week before, with its own visit noise)
    have the mean and SD at baseline that the study reports; regression to the mean then comes out by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from ..errors import fail
from ..observe import Instrument, load_instrument
from ..solve.events import Events
from ..solve.integrate import Control
from ..tables import atlas_names, atlas_path, read_toml
from .adjust import Numbers
from .draw import draw_persons, take_people
from .kind import Kind, load_kind
from .rating import Raters, observables_of
from .severity import Match, Screening, match_severity
from .stream import normals
from .study_record import Population, Severity, Spread

Index = NDArray[np.int64]
_PILOT = 500  # people with whom the distribution of severity is found, however many are asked for
_BATCH = 4000  # drawn at once at most
_LEAST_ACCEPTED = 1e-3
_MOST_DRAWN = 200_000


@dataclass(frozen=True)
class Group:
    """People who pass the screening of a study, at rest.

    Attributes:
        people: who.
        y: where they stand at the start (states, people).
        who: index of each in the random streams (people,).
        severity: factor on all symptoms by key of the scale (people,), by kind "(mental)", and "" for every other.
        background: treatments they stay on.
        counts: how many were drawn, came to rest, have the traits, and passed screening.
        recipe: how they were made, in sentences.
    """

    people: People
    y: Array
    who: Index
    severity: Mapping[str, Array]
    background: tuple[Treatment, ...]
    counts: Mapping[str, int]
    recipe: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of people."""
        return int(self.who.size)

    def take(self, who: Index) -> "Group":
        """Some of the people."""
        severity = {key: value[who] for key, value in self.severity.items()}
        return replace(
            self,
            people=take_people(self.people, who),
            y=self.y[:, who],
            who=self.who[who],
            severity=severity,
        )

    def severity_on(self, scale: Instrument) -> Array:
        """The factor on all symptoms with which these people report on a scale (people,)."""
        if scale.key in self.severity:
            return self.severity[scale.key]
        return self.severity.get(f"({scale.kind})", self.severity[""])


def recruit(
    numbers: Numbers,
    population: Population,
    count: int,
    seed: int,
    study: str,
    control: Control | None = None,
    progress: Callable[[float], None] | None = None,
    pilot: int | None = None,
) -> Group:
    """So many people of a population who pass its screening.

    Args:
        numbers: the tables, as adjusted.
        population: who takes part.
        count: how many people.
        seed: base seed.
        study: name that keys the random streams.
        control: tolerances.
        progress: called with the part that is done.
        pilot: people with whom the distribution of severity is found; the usual number when None.

    Raises:
        VagusError: V409 no people, V402 an unknown condition, V464 an unknown trait, V462 a severity that cannot be,
            V463 when fewer than one of a thousand pass.
    """
    if count < 1:
        raise fail("V409", n=count)
    control = control or Control()
    search = _Search(numbers, population, seed, study, control)
    first = pilot or _PILOT
    tried = search.candidates(range(first))
    if tried.size == 0:
        raise fail("V463", who=_words(population), part=0, drawn=first, what="the condition and the traits")
    matches = match_severity(search.screening, tried.screened(), search.raters)
    kept, drawn, have = [], 0, 0
    rested, fitting = [], []
    while have < count:
        passing = have / drawn if have else 1.0
        more = first if not drawn else int(np.clip(1.2 * (count - have) / passing + 8, 16, _BATCH))
        found = tried if not drawn else search.candidates(range(drawn, drawn + more))
        drawn += more
        passed = np.flatnonzero(search.passing(found, matches))[: count - have]
        rested.append(found.rested)
        fitting.append(found.who)
        kept.append(found.take(passed))
        have += passed.size
        if progress is not None:
            progress(min(have / count, 1.0))
        if have < count and (have < _LEAST_ACCEPTED * drawn or drawn >= _MOST_DRAWN):
            what = "the condition, the traits and the screening"
            raise fail("V463", who=_words(population), part=f"{have / drawn:.2%}", drawn=drawn, what=what)
    last = int(kept[-1].who[-1])  # who was drawn after the last one taken was not needed
    counts = {
        "drawn": last + 1,
        "at rest": int(sum((one <= last).sum() for one in rested)),
        "with the traits": int(sum((one <= last).sum() for one in fitting)),
        "screened in": have,
    }
    return search.group(_join(kept), matches, counts)


@dataclass(frozen=True)
class _Candidates:
    """People at rest who have the condition and the traits, before screening."""

    people: People
    y: Array
    who: Index
    outputs: Mapping[str, Array]
    rested: Index

    @property
    def size(self) -> int:
        return int(self.who.size)

    def take(self, keep: Index) -> "_Candidates":
        outputs = {name: value[keep] for name, value in self.outputs.items()}
        return _Candidates(
            take_people(self.people, keep), self.y[:, keep], self.who[keep], outputs, self.rested
        )

    def screened(self) -> "Screening":
        """What the severity is matched on."""
        return Screening(self.who, {name: value[:, None] for name, value in self.outputs.items()})


@dataclass(frozen=True)
class _Search:
    """How candidates are found; the same for every batch."""

    numbers: Numbers
    population: Population
    seed: int
    study: str
    control: Control

    @property
    def raters(self) -> Raters:
        return Raters(self.numbers, self.seed, self.study)

    @property
    def screening(self) -> tuple[Severity, ...]:
        return self.population.severity

    @property
    def kinds(self) -> list[Kind]:
        own = (self.population.kind,) if self.population.kind else ()
        return [load_kind(key) for key in (*self.population.traits, *own)]

    @property
    def background(self) -> tuple[Treatment, ...]:
        """Treatments of the atlas that everybody stays on; medicines that only change the drug are in the person."""
        known = atlas_names("treatments")
        return tuple(load_treatment(key) for key in self.population.background if key in known)

    def candidates(self, who: range) -> _Candidates:
        model = self.numbers.model
        patients = _patients(self.population, self.kinds, self.seed, self.study, list(who))
        people = draw_persons(
            self.numbers, lambda person: patients[person], who, self.seed, self.study, self.kinds
        )
        rest = resting_state(model, people.p, people.history, people.check, self.control)
        at_rest = np.flatnonzero(rest.accepted)
        people, y = take_people(people, at_rest), rest.y[:, at_rest]
        if self.background and at_rest.size:
            y = _lead_in(model, people, y, self.background, self.control)
        checks = [(name, bounds) for kind in self.kinds for name, bounds in kind.check.items()]
        names = [name for one in self.screening for name in _observables(one)] + [name for name, _ in checks]
        outputs = outputs_at(model, people.p, y, names, self.control)
        good = np.ones(at_rest.size, dtype=bool)
        for name, (low, high) in checks:
            good &= (outputs[name] >= low) & (outputs[name] <= high)
        for value in outputs.values():
            good &= np.isfinite(value)
        index = np.asarray(who, dtype=np.int64)[at_rest]
        found = _Candidates(people, y, index, outputs, index)
        return found.take(np.flatnonzero(good))

    def passing(self, found: _Candidates, matches: Sequence[Match]) -> NDArray[np.bool_]:
        good = np.ones(found.size, dtype=bool)
        screening = found.screened()
        for match in matches:
            good &= match.passes(screening, self.raters)
        return good

    def group(self, found: _Candidates, matches: Sequence[Match], counts: Mapping[str, int]) -> Group:
        usual = Match.usual(self.numbers)
        people = found.screened()
        severity = {"": usual.factor(people, self.raters)}
        for match in reversed(matches):
            factor = match.factor(people, self.raters)
            severity[match.key] = factor
            if match.matched:
                severity[f"({match.kind})"] = factor
        return Group(
            found.people,
            found.y,
            found.who,
            severity,
            self.background,
            counts,
            _recipe(self.population, self.kinds, self.background, matches, counts, found.people.recipe),
        )


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
    """Where people stand after some weeks on a background treatment."""
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


def _words(population: Population) -> str:
    return " and ".join([" with ".join(population.conditions), *population.traits])


def _recipe(
    population: Population,
    kinds: Sequence[Kind],
    background: Sequence[Treatment],
    matches: Sequence[Match],
    counts: Mapping[str, int],
    drawn: str,
) -> tuple[str, ...]:
    """How the people were made, in sentences."""
    told = [drawn[:1].upper() + drawn[1:] + "."]
    told += [f"{kind.title}: {kind.meaning}" for kind in kinds]
    if background:
        days = study_defaults()["lead_in"]["days"]
        names = ", ".join(one.title for one in background)
        told.append(f"Everybody has taken {names} for {days:g} days before day 0 and goes on with it.")
    for match in matches:
        told.append(_told(match))
    told.append("Of " + ", ".join(f"{count} {what}" for what, count in counts.items()) + ".")
    return tuple(told)


def _told(match: Match) -> str:
    name = "" if match.scale is None else match.scale.abbreviation
    ends = [f"at least {match.low:g}"] * bool(np.isfinite(match.low))
    ends += [f"at most {match.high:g}"] * bool(np.isfinite(match.high))
    words = f"{name} {' and '.join(ends)} at a screening visit a week before day 0" if ends else f"{name}"
    if not match.matched:
        return f"{words}; no mean was given, so people report as the tables say."
    mean, sd = match.reached
    how = f"severity is lognormal with median {match.median:.2f} and spread {match.spread:.2f}"
    if match.spread < 0:
        how = f"severity evens out {-match.spread:.0%} of how states differ (median {match.median:.2f})"
    return (
        f"{words}; {how}, so that "
        f"baseline is {mean:.1f} (SD {sd:.1f}); the study says {match.wanted[0]:.1f} (SD {match.wanted[1]:.1f})."
    )


def _join(parts: Sequence[_Candidates]) -> _Candidates:
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
    return _Candidates(people, y, who, outputs, who)
