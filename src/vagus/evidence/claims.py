"""`check_claims`: every statement of the ledger as an experiment, its verdict by rule.

Each claim runs on at least 500 people a group in three seeds. Where the seeds do not come to one verdict the groups
double. Branches that several claims need are run once; a claim that cannot be run is a failure and is told as one.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..body.model import Array, Model
from ..errors import VagusError
from ..observe import MENTAL, PHYSICAL, composite_parts, domains, list_instruments, load_instrument, score
from ..solve.integrate import Control
from .coupling import coupling_of
from .course import Bodies, Population
from .experiment import Branch, Contrast, Reading, contrasts_of, settings
from .published import Published, published_for
from .reading import Need, Reader, grid_of, need_of
from .statement import Assertion, Statement, chosen_statements, load_ledger
from .verdict import ORDER, Effect, Interval, effect_of, flatters, verdict_of, worst_of

LEAST = 500  # people a group, of the brief of the ledger
SEEDS = 3
FEWEST, MOST_ASKED = 2, 20_000  # people a group that may be asked for: nobody waits for more
MOST = 2000  # people a group: where the seeds still differ then, the worst of them counts
COMPOSITES = (MENTAL, PHYSICAL)


@dataclass(frozen=True)
class Compared:
    """One contrast as it came out: effect over all seeds, verdict, that of each seed, published interval if any."""

    label: str
    effect: Effect
    verdict: str
    seeds: tuple[str, ...]
    flatters: bool
    interval: Interval | None = None


@dataclass(frozen=True)
class TestResult:
    """One test: its contrasts, the worst of them first; `n` people a group and seed; what studies found."""

    __test__ = False  # not one of pytest's

    test: Assertion
    contrasts: tuple[Compared, ...]
    n: int
    published: tuple[Published, ...] = ()
    failure: str = ""

    @property
    def verdict(self) -> str:
        """The verdict of its worst contrast."""
        return "failed" if self.failure else self.contrasts[0].verdict

    @property
    def agreed(self) -> bool:
        """Whether all seeds came to the verdict."""
        return all(set(one.seeds) == {one.verdict} for one in self.contrasts)


@dataclass(frozen=True)
class ClaimResult:
    """One claim with all its tests and its verdict."""

    statement: Statement
    tests: tuple[TestResult, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """Why tests could not be run."""
        return tuple(dict.fromkeys(one.failure for one in self.tests if one.failure))

    @property
    def verdict(self) -> str:
        """The worst of its tests; failed when one could not be run."""
        return "failed" if self.failures else worst_of(one.verdict for one in self.tests)

    @property
    def counts(self) -> dict[str, int]:
        """How many tests have each verdict, the best first."""
        found = [one.verdict for one in self.tests]
        return {word: found.count(word) for word in dict.fromkeys([*ORDER, *found]) if word in found}

    @property
    def flatters(self) -> bool:
        """Whether the model agrees with the article where the record does not."""
        return any(one.flatters for test in self.tests for one in test.contrasts)


@dataclass(frozen=True)
class Checked:
    """What `check_claims` gives: claims in the order of the file, the seeds, and how long it took in seconds."""

    claims: tuple[ClaimResult, ...]
    seeds: tuple[int, ...]
    seconds: float
    model_key: str

    @property
    def good(self) -> bool:
        """Whether every claim could be run and none is flattered."""
        return not any(claim.failures or claim.flatters for claim in self.claims)


@dataclass
class _Asked:
    """One test on its way: its contrasts, and values of each side by seed."""

    claim: str
    number: int
    test: Assertion
    contrasts: list[Contrast]
    result: TestResult | None = None
    failure: str = ""


@dataclass
class _Values:
    """Readings of one seed, and why those that failed did."""

    values: dict[Reading, Array] = field(default_factory=dict)
    failed: dict[Reading, str] = field(default_factory=dict)


def check_claims(
    model: Model,
    ids: Sequence[str] = (),
    *,
    count: int = LEAST,
    seed: int = 1,
    seeds: int = SEEDS,
    most: int = MOST,
    progress: Callable[[str, float], None] | None = None,
) -> Checked:
    """Run the claims of the ledger and give their verdicts.

    Args:
        model: the body.
        ids: which claims; all when empty.
        count: people a group in each seed, to begin with.
        seed: the first of the seeds.
        seeds: how many have to agree.
        most: people a group at which doubling ends.
        progress: called with what is being done and the part of it that is done.

    Raises:
        VagusError: V480-V483 a ledger that cannot be read or an unknown id, V485 tables that do not fit it.
    """
    start = time.monotonic()
    ledger = load_ledger()
    statements = chosen_statements(ledger, ids)
    asked = [
        _Asked(statement.id, number, test, contrasts_of(ledger, test))
        for statement in statements
        for number, test in enumerate(statement.tests, start=1)
    ]
    bodies = Bodies(model, Control(), seed)
    waiting, size = asked, count
    numbers = tuple(range(seed, seed + seeds))
    while waiting:
        readings = list(dict.fromkeys(r for one in waiting for c in one.contrasts for r in c.readings))
        runs = [_read_all(bodies, readings, size, number, progress) for number in numbers]
        for one in waiting:
            one.result = _result(one, runs, size)
        waiting = [one for one in waiting if one.result and not (one.result.failure or one.result.agreed)]
        size *= 2
        if size > most:
            break
    by_claim: dict[str, list[TestResult]] = {}
    for one in asked:
        by_claim.setdefault(one.claim, []).append(one.result)  # type: ignore[arg-type]
    claims = tuple(ClaimResult(statement, tuple(by_claim[statement.id])) for statement in statements)
    return Checked(claims, numbers, time.monotonic() - start, model.key)


def _result(asked: _Asked, runs: Sequence[_Values], size: int) -> TestResult:
    published = published_for(asked.claim, asked.number, asked.test)
    compared = []
    try:
        for contrast in asked.contrasts:
            interval = next((p.interval for p in published if p.interval and p.about(contrast.label)), None)
            effects = [_effect([run], contrast) for run in runs]
            whole = _effect(runs, contrast)
            verdicts = tuple(verdict_of(asked.test, effect, interval) for effect in effects)
            verdict = verdict_of(asked.test, whole, interval)
            last = worst_of([verdict, *verdicts]) if set(verdicts) != {verdict} else verdict
            compared.append(
                Compared(contrast.label, whole, last, verdicts, flatters(asked.test, whole), interval)
            )
    except (KeyError, ValueError) as problem:
        failed = next(
            (run.failed[r] for run in runs for c in asked.contrasts for r in c.readings if r in run.failed),
            str(problem),
        )
        return TestResult(asked.test, (), size, published, failed)
    compared.sort(key=lambda one: _rank(one, asked.test))
    return TestResult(asked.test, tuple(compared), size, published)


def _rank(one: Compared, test: Assertion) -> tuple[bool, int, float]:
    """The worst contrast first: by flattery, verdict, then by how little it goes the asserted way."""
    place = ORDER.index(one.verdict) if one.verdict in ORDER else 0
    toward = {"+": one.effect.s, "-": -one.effect.s, "0": -abs(one.effect.s)}[test.sign]
    return not one.flatters, -place, toward


def _effect(runs: Sequence[_Values], contrast: Contrast) -> Effect:
    """The effect over the people of some seeds together."""
    sides = []
    for side in (contrast.first, contrast.second):
        parts = [sum((factor * run.values[reading] for factor, reading in side), np.zeros(1)) for run in runs]
        sides.append(np.concatenate(parts) if side else np.zeros(0))
    first, second = sides
    return effect_of(first, second if second.size else np.zeros_like(first), contrast.paired)


def _read_all(
    bodies: Bodies,
    readings: Sequence[Reading],
    count: int,
    seed: int,
    progress: Callable[[str, float], None] | None,
) -> _Values:
    """Every reading of one seed, condition by condition, so that courses can be let go of."""
    found = _Values()
    populations: dict[str, Population] = {}

    def people(condition: str) -> Population:
        if condition not in populations:
            populations[condition] = Population(bodies, condition, count, seed)
        return populations[condition]

    resting: dict[str, Mapping[str, Array]] = {}

    def at_rest(condition: str) -> Mapping[str, Array]:
        if condition not in resting:
            resting[condition] = _resting_parts(people(condition))
        return resting[condition]

    conditions = list(dict.fromkeys(reading.branch.condition for reading in readings))
    for place, condition in enumerate(conditions):
        own = [reading for reading in readings if reading.branch.condition == condition]
        if progress is not None:
            progress(f"seed {seed}, {count} people: {condition}", place / len(conditions))
        try:
            _read_condition(people(condition), own, at_rest, found, bodies.model)
        except VagusError as error:
            found.failed |= {reading: str(error) for reading in own if reading not in found.values}
        if condition not in ("healthy",):
            populations.pop(condition, None)
    return found


def _read_condition(
    population: Population,
    readings: Sequence[Reading],
    at_rest: Callable[[str], Mapping[str, Array]],
    found: _Values,
    model: Model,
) -> None:
    needs: dict[Branch, list[Need]] = {}
    for reading in readings:
        for branch, need in need_of(reading):
            needs.setdefault(branch, []).append(need)
    recorded, lost = {}, {}
    for branch, wanted in needs.items():
        names = list(dict.fromkeys(name for need in wanted for name in need.names))
        try:
            recorded[branch] = population.run(branch, names, grid_of(wanted))
        except VagusError as error:
            lost[branch] = str(error)
    reader = Reader(population, recorded, at_rest, lambda: shared_routes(model))
    for reading in readings:
        missing = next((lost[branch] for branch, _ in need_of(reading) if branch in lost), None)
        if missing is None:
            found.values[reading] = reader.read(reading)
        else:
            found.failed[reading] = missing


def _resting_parts(population: Population) -> dict[str, Array]:
    """The parts of the composites before anything is done (people,), as a reference to measure in."""
    values = population.resting_values()
    parts = list(dict.fromkeys(part for name in COMPOSITES for part in composite_parts(name)))
    found = {}
    for part in parts:
        if part not in list_instruments():
            found[part] = values[part]
            continue
        one = load_instrument(part)
        z = domains({name: value[:, None] for name, value in values.items()}, one.domains)
        found[part] = score(
            one,
            z,
            severity=population.severity,
            item_traits=population.traits(part),
            visit_noise=population.noise(part, [0.0]),
        ).total[:, 0]
    return found


def shared_routes(model: Model) -> int:
    """How many mediators have an arrow both to pain and to mood in the coupling map."""
    arrows = coupling_of(model).arrows
    reach = {target: {a.quantity for a in arrows if a.receiver == target} for target in ("pain", "mood")}
    table: Mapping[str, Iterable[str]] = settings()["mediators"]
    return sum(all(set(names) & reach[target] for target in reach) for names in table.values())
