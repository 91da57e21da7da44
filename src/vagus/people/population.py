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

import numpy as np
from numpy.typing import NDArray

from ..body.model import Array
from ..body.simulate import People
from ..body.treatment import Treatment
from ..errors import fail
from ..observe import Instrument
from ..solve.integrate import Control
from .adjust import Numbers
from .candidate import (
    Candidacy,
    Candidates,
    background_of,
    join_candidates,
    kinds_of,
    study_defaults,
)
from .cluster import Cluster
from .draw import take_people
from .kind import Kind
from .piece import BLOCK as PIECE
from .piece import cut
from .rating import Raters
from .severity import Match, match_severity
from .study_record import Population, Severity

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
    cluster: Cluster | None = None,
) -> Group:
    """So many people of a population who pass its screening.

    Args:
        numbers: the tables, as adjusted.
        population, count: who takes part, and how many.
        seed, study: key of the random streams.
        control: tolerances.
        progress: called with the part that is done.
        pilot: people with whom the distribution of severity is found; the usual number when None.
        cluster: where candidates are found; here when None.

    Raises:
        VagusError: V409 no people, V402 an unknown condition, V464 an unknown trait, V462 a severity that cannot be,
            V463 when fewer than one of a thousand pass.
    """
    if count < 1:
        raise fail("V409", n=count)
    control = control or Control()
    search = _Search(numbers, population, seed, study, control, cluster)
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
    return search.group(join_candidates(kept), matches, counts)


@dataclass(frozen=True)
class _Search:
    """How candidates are found; the same for every batch."""

    numbers: Numbers
    population: Population
    seed: int
    study: str
    control: Control
    cluster: Cluster | None = None

    @property
    def raters(self) -> Raters:
        return Raters(self.numbers, self.seed, self.study)

    @property
    def screening(self) -> tuple[Severity, ...]:
        return self.population.severity

    def candidates(self, who: range) -> Candidates:
        """The candidates of a range: found here, or piece by piece on the workers of the cluster."""
        adjust = self.numbers.adjust
        job = Candidacy(self.population, self.seed, self.study, self.control, who, adjust)
        if self.cluster is None:
            return job.work(self.numbers.model)
        parts = self.cluster.each([replace(job, who=piece) for piece in cut(who, PIECE)])
        return join_candidates(parts)

    def passing(self, found: Candidates, matches: Sequence[Match]) -> NDArray[np.bool_]:
        good = np.ones(found.size, dtype=bool)
        screening = found.screened()
        for match in matches:
            good &= match.passes(screening, self.raters)
        return good

    def group(self, found: Candidates, matches: Sequence[Match], counts: Mapping[str, int]) -> Group:
        usual = Match.usual(self.numbers)
        kinds, background = kinds_of(self.population), background_of(self.population)
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
            background,
            counts,
            _recipe(self.population, kinds, background, matches, counts, found.people.recipe),
        )


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
    said = f"{match.wanted[0]:.1f}"
    if np.isfinite(match.wanted[1]):
        said += f" (SD {match.wanted[1]:.1f})"
    return f"{words}; {how}, so that baseline is {mean:.1f} (SD {sd:.1f}); the study says {said}."
