"""Fit one person: virtual people of their kind, weighted by the scores, and moved towards them where few come near.

1. A bank: people drawn from the prior live through the person's own doses and events.
2. Each is weighted by how well they explain all readings together (`weights`).
3. Where too few carry the weight, the scores are let in step by step: people are drawn again by weight and moved along
   at most four directions, a move being kept as often as the scores allow (a sequential Monte Carlo sampler). The prior
   of everything else stays as it is, and people on both branches of a bistable illness stay in as long as they fit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..body.model import Array, Model
from ..body.resting import Resting
from ..body.simulate import People
from ..body.treatment import Treatment
from ..errors import fail
from .bank import Bank, Index, live
from .diary import Happening
from .direction import directions_of, moved, waves_of
from .measure import Asked
from .prior import Prior, draw_people, settle
from .weights import Likelihood, drawn, effective, likelihood, normalised

ENOUGH = 0.10  # of the bank must carry the weight, else people are moved
KEPT = 0.35  # effective part of the people after each step by which the scores are let in
MOST_STEPS = 10
WANTED = 150.0  # effective number of different people at the end
MOST_MORE = 3  # rounds of moves to have them
LEAST_STEP = 0.02
LEAST_LOG = -1e4


@dataclass(frozen=True)
class Size:
    """How many virtual people: drawn at first, and moved in each step; and how far a move goes."""

    first: int = 1600
    moved: int = 640
    step: float = 0.5


@dataclass(frozen=True)
class Setting:
    """What all virtual people share: where they come from, and what the person went through."""

    prior: Prior
    past: Treatment
    happenings: tuple[Happening, ...]
    times: Array
    names: tuple[str, ...]
    asked: Asked

    @property
    def model(self) -> Model:
        """The body."""
        return self.prior.model


@dataclass(frozen=True)
class Posterior:
    """What is known of the person: virtual people and their weights.

    Attributes:
        setting: what they share.
        bank: the people.
        found: their likelihood.
        weights: (people,) sum 1.
        first_effective: effective number of people before any were moved.
        steps: in how many steps the scores were let in after that.
        taken: part of the moves that was kept.
        directions: what was moved.
        drawn: people who were tried in all.
        first: the people as they were drawn, before any were moved.
        first_found: their likelihood.
    """

    setting: Setting
    bank: Bank
    found: Likelihood
    weights: Array
    first_effective: float
    steps: int
    taken: float
    directions: tuple[str, ...]
    drawn: int
    first: Bank
    first_found: Likelihood

    @property
    def effective(self) -> float:
        """Effective number of different people: those who are copies of one another count once."""
        return different(self.bank, self.weights)


def different(bank: Bank, weights: Array) -> float:
    """Effective number of different people: those who are copies of one another count once."""
    _, who = np.unique(bank.people.p, axis=1, return_inverse=True)
    return effective(np.bincount(who.ravel(), weights=weights).astype(np.float64))


def fit(
    setting: Setting,
    seed: int,
    size: Size | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Posterior:
    """The posterior of one person.

    Args:
        setting: prior, past and readings.
        seed: of all random numbers.
        size: how many virtual people.
        progress: called with what is being done and the part of it that is done.

    Raises:
        VagusError: V495 when nobody comes near the readings, V505 when too few people come to rest.
    """
    size = size or Size()
    tell = progress or (lambda what, part: None)
    tell("virtual people", 0.0)
    first = draw_people(setting.prior, size.first, seed)
    tell("their past", 0.0)
    bank = _lived(setting, first.people, first.rest, first.sets)
    found = likelihood(setting.model, bank, setting.asked)
    log = found.of_people
    if not np.isfinite(log).any() or log.max() < LEAST_LOG:
        raise fail("V495", count=size.first, reason="the readings are too far from all of them")
    weights = normalised(log)
    start = Posterior(setting, bank, found, weights, effective(weights), 0, 1.0, (), first.tried, bank, found)
    tell("their past", 1.0)
    if start.first_effective >= ENOUGH * size.first:
        return start
    return approach(start, size, np.random.default_rng(seed + 1), tell)


def _lived(setting: Setting, people: People, rest: Resting, sets: Index) -> Bank:
    return live(
        setting.model, people, rest, sets, setting.past, setting.happenings, setting.times, setting.names
    )


def approach(
    start: Posterior,
    size: Size,
    rng: np.random.Generator,
    tell: Callable[[str, float], None],
    known: Asked | None = None,
) -> Posterior:
    """Let the readings in step by step, moving people after each.

    Args:
        start: people, equally likely but for `known`, and their likelihood.
        size: how many people are moved.
        rng: random numbers.
        tell: told what is being done and how far.
        known: the readings these people were drawn by already; None for people as they come from the prior.
    """
    setting = start.setting
    crowd = _Crowd(setting, known, start.bank, start.found.of_people, _of_known(setting, start.bank, known))
    names = directions_of(setting.prior, crowd.bank.people, crowd.bank.sets)
    waves = waves_of(setting.prior, crowd.bank.people, crowd.bank.sets)
    blocks = [_Block(part, size.step) for part in (names, waves) if part]
    power, steps, more = 0.0, 0, 0
    while power < 1.0 or (more < MOST_MORE and crowd.different() < WANTED):
        if power < 1.0:
            further = (
                1.0 if steps == MOST_STEPS - 1 else _next_power(crowd.gain, power, crowd.size(steps, size))
            )
            who = drawn(normalised((further - power) * crowd.gain), size.moved, rng)
            power, steps = further, steps + 1
            crowd.take(who)
        else:
            more += 1
        for block in blocks:
            crowd.move(block, power, rng)
        tell("nearer to the scores", power)
    found = likelihood(setting.model, crowd.bank, setting.asked)
    weights = np.full(crowd.bank.count, 1.0 / crowd.bank.count)
    tried = sum(block.tried for block in blocks)
    kept = sum(block.kept for block in blocks) / max(tried, 1)
    told = replace(start, steps=steps, taken=kept, directions=tuple(names), drawn=start.drawn + tried)
    return replace(told, bank=crowd.bank, found=found, weights=weights)


@dataclass
class _Block:
    """Traits that are moved together: how far they go in one move, and how many moves were tried and kept."""

    names: Sequence[str]
    step: float
    tried: int = 0
    kept: int = 0


@dataclass
class _Crowd:
    """People on their way to the readings: their likelihoods of all readings and of those known before."""

    setting: Setting
    known: Asked | None
    bank: Bank
    log: Array
    old: Array

    @property
    def gain(self) -> Array:
        """What the new readings add (people,); minus infinity for who did not come through."""
        return np.where(np.isfinite(self.log), self.log - self.old, -np.inf)

    def size(self, steps: int, size: Size) -> float:
        """How many people the next step may count on."""
        return float(self.bank.count if steps else size.moved / KEPT)

    def different(self) -> float:
        """Effective number of different people."""
        return different(self.bank, np.full(self.bank.count, 1.0 / self.bank.count))

    def take(self, who: Index) -> None:
        """Go on with some of them, perhaps several times."""
        self.bank, self.log, self.old = self.bank.take(who), self.log[who], self.old[who]

    def move(self, block: _Block, power: float, rng: np.random.Generator) -> None:
        """One move of everybody, kept as often as the readings let in so far allow."""
        setting, bank = self.setting, self.bank
        people = moved(setting.prior, bank.people, bank.sets, block.names, block.step, rng)
        other = _lived(setting, people, settle(setting.model, people), bank.sets)
        new = likelihood(setting.model, other, setting.asked).of_people
        was = _of_known(setting, other, self.known)
        better = (was + power * (new - was)) - (self.old + power * (self.log - self.old))
        good = np.log(rng.uniform(size=bank.count)) < np.where(np.isfinite(new), better, -np.inf)
        self.bank = merged(bank, other, good)
        self.log, self.old = np.where(good, new, self.log), np.where(good, was, self.old)
        block.tried, block.kept = block.tried + good.size, block.kept + int(good.sum())
        block.step = float(np.clip(block.step * np.exp(good.mean() - 0.3), 0.1, 0.9))


def _of_known(setting: Setting, bank: Bank, known: Asked | None) -> Array:
    """Log-likelihood (people,) of the readings that are known already; 0 without any."""
    if known is None:
        return np.zeros(bank.count)
    return np.where(bank.sound, likelihood(setting.model, bank, known).of_people, 0.0)


def merged(bank: Bank, other: Bank, good: NDArray[np.bool_]) -> Bank:
    """A bank in which some people are replaced by those of another."""
    places = np.where(good, np.arange(bank.count) + bank.count, np.arange(bank.count))
    both = [bank, other]
    people = replace(
        bank.people, p=np.where(good, other.people.p, bank.people.p)
    )  # weight, history and check belong to the kind, which no move changes
    rests = [one.rest for one in both]
    rest = replace(
        bank.rest,
        y=np.where(good, other.rest.y, bank.rest.y),
        reason=np.concatenate([r.reason for r in rests])[places],
        drift=np.concatenate([r.drift for r in rests])[places],
        checks=np.concatenate([r.checks for r in rests])[places],
        mover=np.concatenate([r.mover for r in rests])[places],
    )
    return replace(
        bank,
        people=people,
        rest=rest,
        values=np.where(good[None, :, None], other.values, bank.values),
        y=np.where(good, other.y, bank.y),
        p=np.where(good, other.p, bank.p),
        sound=np.where(good, other.sound, bank.sound),
    )


def _next_power(log: Array, power: float, count: float) -> float:
    """How far the readings can be let in so that enough people still carry the weight."""
    log = log[np.isfinite(log)]
    wanted = KEPT * min(count, log.size)
    if effective(normalised((1.0 - power) * log)) >= wanted:
        return 1.0
    low, high = power, 1.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        if effective(normalised((middle - power) * log)) >= wanted:
            low = middle
        else:
            high = middle
    return min(1.0, max(low, power + LEAST_STEP))
