"""Observables of the ledger, read off recorded branches: one number for each person.

What is an output or a score is read at its hour. What the ledger calls `run` is read off the course of each person:
new cases, relapses, the time to half of an effect, the order in which the steps of the cycle begin.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from ..body.legs import CORTISOL, slope_hours
from ..body.model import Array
from ..body.treatment import DAY_ZERO_CLOCK
from ..observe import (
    MENTAL,
    PHYSICAL,
    RELIEF,
    administer,
    composite,
    composite_parts,
    cortisol_slope,
    domains,
    list_instruments,
    load_domains,
    load_instrument,
    load_observables,
    pain_days,
    responded,
    score,
    told_part,
)
from .course import Population, Recorded, lead_states
from .experiment import PLACEBO, Branch, Reading, settings, treatments_of
from .onset import WORSE, agreement, begins, by_step, cycle_steps

DAY = 24.0
_PAIN = "pain.perceived"
_MADRS, _GAD, _NRS = "madrs", "gad7", "nrs_pain"
_SCALES = {
    "madrs_response": (_MADRS,), "depression_incidence": (_MADRS,), "time_to_relapse": (_MADRS,),
    "time_to_half_effect": (_MADRS,), "anxiety_incidence": (_GAD,), "both_remission": (_MADRS, _NRS),
}  # fmt: skip
Span = tuple[float, float]


@dataclass(frozen=True)
class Need:
    """What has to be recorded for a reading: output names, spans of hours read daily, and single hours."""

    names: tuple[str, ...]
    spans: tuple[Span, ...]
    hours: tuple[float, ...]


def need_of(reading: Reading) -> list[tuple[Branch, Need]]:
    """What a reading needs, by branch: its own, and where it looks at another one, that as well."""
    kind, rules = load_observables()[reading.observable], settings()["readings"]
    name, hour, branch = reading.observable, reading.hour, reading.branch
    if name in (MENTAL, PHYSICAL):
        parts = composite_parts(name)
        scales = [part for part in parts if part in list_instruments()]
        spans = tuple((hour - DAY * _recall(scale), hour) for scale in scales)
        own = tuple(part for part in parts if part not in scales)
        return [(branch, Need((*own, *_score_names(scales)), spans, (hour,)))]
    if name == "pain_days":
        return [(branch, Need((_PAIN,), ((hour - DAY * 28.0, hour),), (hour,)))]
    if name == "chronic_pain":
        return [(branch, Need((_PAIN,), ((hour - DAY * rules["chronic_days"], hour),), (hour,)))]
    if name == "cortisol_slope":
        first, last = (clock - DAY_ZERO_CLOCK for clock in slope_hours())
        return [(branch, Need((CORTISOL,), (), (first, last)))]
    if name == "systems_moved":
        need = Need(tuple(lead_states()), (), (hour,))
        return [(branch, need), (replace(branch, steps=()), need)]
    if name == "cycle_order":
        # Beside the person without the injury, and with the injury but nothing of the cycle after it.
        need = Need(_cycle_names(), ((0.0, hour),), (*_FINE, hour))
        return [(branch, need), (replace(branch, steps=()), need), (_alone(branch), need)]
    if name == "shared_routes":
        return []
    if name == "time_to_half_effect":
        start, end = reading.window or (0.0, hour)
        need = Need(_score_names([_MADRS]), ((start, end),), (*_FINE, end))
        return [(branch, need), (_own_placebo(branch), need)]
    if name in ("depression_incidence", "anxiety_incidence", "time_to_relapse"):
        span = reading.window or (0.0, hour)
        return [(branch, Need(_score_names(_SCALES[name]), (span,), (0.0, hour)))]
    scales = list(_SCALES.get(name, ())) or ([kind.name] if kind.kind == "score" else [])
    if scales:
        spans = tuple((hour - DAY * _recall(scale), hour) for scale in scales)
        return [(branch, Need(_score_names(scales), spans, (0.0, hour)))]
    return [(branch, Need((measured_as(name),), (), (hour,)))]


def measured_as(observable: str) -> str:
    """The output an observable is read from: what studies measure."""
    measured = settings()["measured"].get(observable)
    return measured["name"] if measured else load_observables()[observable].name


#: Hours of the first day at which a fast effect is followed.
_FINE = (0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0)


def grid_of(needs: Sequence[Need]) -> Array:
    """The hours at which a branch is recorded, from 0 to the last that is needed."""
    hours = {0.0}
    for need in needs:
        hours |= set(need.hours)
        for start, end in need.spans:
            hours |= {float(h) for h in np.arange(max(start, 0.0), end + 1e-9, DAY)} | {max(start, 0.0), end}
    grid = np.unique(np.round([hour for hour in hours if hour >= 0.0], 6))
    # The first hour after a rise starts the journey: there must be one.
    return grid if grid.size > 1 else np.array([0.0, 1.0])


def _recall(scale: str) -> float:
    one = load_instrument(scale)
    return one.short_form_days if one.short_form_days is not None else one.recall_days


def _score_names(scales: Sequence[str]) -> tuple[str, ...]:
    table = load_domains()
    names = [table[domain].observable for scale in scales for domain in load_instrument(scale).domains]
    return tuple(dict.fromkeys([*names, RELIEF]))


def _cycle_names() -> tuple[str, ...]:
    return tuple(step.output for step in cycle_steps())


def _alone(branch: Branch) -> Branch:
    """The injury without anything of the cycle that follows it."""
    return replace(branch, kept=tuple(settings()["cycle"]["alone"]))


def _own_placebo(branch: Branch) -> Branch:
    return replace(branch, arms=tuple(f"{PLACEBO} of {arm}" for arm in branch.arms))


class Reader:
    """Reads what is asked of the branches of one population.

    Arguments of the constructor: the population, its branches as recorded, and the resting parts of other conditions
    for composites: (condition, part) to values (people,).
    """

    def __init__(
        self,
        population: Population,
        recorded: Mapping[Branch, Recorded],
        resting: Callable[[str], Mapping[str, Array]],
        shared_routes: Callable[[], int],
    ) -> None:
        self.people, self.recorded, self.resting, self.routes = population, recorded, resting, shared_routes
        self.rules = settings()["readings"]

    def read(self, reading: Reading) -> Array:
        """One observable (people,); NaN for who cannot be read."""
        name = reading.observable
        special = {
            MENTAL: self._composite,
            PHYSICAL: self._composite,
            "pain_days": self._pain_days,
            "chronic_pain": self._chronic_pain,
            "cortisol_slope": self._slope,
            "madrs_response": self._response,
            "depression_incidence": self._incidence,
            "anxiety_incidence": self._incidence,
            "both_remission": self._remission,
            "time_to_half_effect": self._half_effect,
            "time_to_relapse": self._relapse,
            "systems_moved": self._systems_moved,
            "cycle_order": self._cycle_order,
            "shared_routes": self._shared_routes,
            "temporal_summation": self._summation,
        }.get(name)
        if special is not None:
            return special(reading)
        kind = load_observables()[name]
        if kind.kind == "score":
            return self.totals(reading.branch, kind.name, [reading.hour])[:, 0]
        measured = measured_as(name)
        value = self.recorded[reading.branch].at(measured, reading.hour)
        return value * self.people.assay(measured, reading.hour) + self.people.own(name, measured)

    def totals(self, branch: Branch, scale: str, hours: Sequence[float]) -> Array:
        """Totals of a scale at visits (people, visits), with rater noise and what is only reported."""
        got, one = self.recorded[branch], load_instrument(scale)
        days = np.asarray(hours) / DAY
        z = domains(got.values, one.domains)
        told = None
        reported = all(settings()["cuts"][cut].get("report", True) for cut in branch.cuts)
        if reported:
            short = one.short_form_days is not None
            told = told_part(one, got.hours / DAY, got.values[RELIEF], days, short_form=short)
        return administer(
            one,
            got.hours / DAY,
            z,
            at_days=days,
            short_form=one.short_form_days is not None,
            severity=self.people.severity,
            item_traits=self.people.traits(scale),
            visit_noise=self.people.noise(scale, hours),
            told=told,
        ).total

    def _summation(self, reading: Reading) -> Array:
        """The growth from the first pulse of a train to the last; one without a train."""
        name = load_observables()[reading.observable].name
        value = self.recorded[reading.branch].at(name, reading.hour)
        if not any(settings()["steps"][step].get("train") for step in reading.branch.steps):
            value = np.where(np.isfinite(value), 1.0, np.nan)
        return value + self.people.own(reading.observable, name)

    def _composite(self, reading: Reading) -> Array:
        parts = composite_parts(reading.observable)
        got = self.recorded[reading.branch]
        values = {}
        for part in parts:
            scored = part in list_instruments()
            values[part] = (
                self.totals(reading.branch, part, [reading.hour])[:, 0]
                if scored
                else got.at(part, reading.hour)
            )
        others = [self.resting(condition) for condition in dict.fromkeys(["healthy", *reading.study])]
        reference = {part: np.concatenate([other[part] for other in others]) for part in parts}
        return composite(reading.observable, values, reference)

    def _pain_days(self, reading: Reading) -> Array:
        got = self.recorded[reading.branch]
        return pain_days(got.hours / DAY, got.values[_PAIN], np.array([reading.hour / DAY]))[:, 0]

    def _chronic_pain(self, reading: Reading) -> Array:
        got = self.recorded[reading.branch]
        rows = got.between(reading.hour - DAY * self.rules["chronic_days"], reading.hour)
        rating = 10.0 * got.values[_PAIN][:, rows]
        share = (rating >= self.rules["chronic_rating"]).mean(axis=1)
        return np.where(np.isfinite(rating).all(axis=1), share > self.rules["chronic_share"], np.nan).astype(
            float
        )

    def _slope(self, reading: Reading) -> Array:
        got = self.recorded[reading.branch]
        return cortisol_slope(got.hours, got.values[CORTISOL])

    def _response(self, reading: Reading) -> Array:
        both = self.totals(reading.branch, _MADRS, [0.0, reading.hour])
        found = responded(both[:, 0], both[:, 1], load_instrument(_MADRS))
        return np.where(np.isfinite(both).all(axis=1), found, np.nan).astype(float)

    def _visits(self, reading: Reading) -> list[float]:
        start, end = reading.window or (0.0, reading.hour)
        every = DAY * self.rules["visit_every_d"]
        return [float(hour) for hour in np.arange(start, end + 1e-9, every)]

    def _incidence(self, reading: Reading) -> Array:
        scale, mark = (
            (_MADRS, "new_depression") if reading.observable.startswith("dep") else (_GAD, "new_anxiety")
        )
        totals = self.totals(reading.branch, scale, self._visits(reading))
        least = self.rules[mark]
        new = (totals[:, 0] < least) & (np.nanmax(totals[:, 1:], axis=1) >= least)
        return np.where(np.isfinite(totals[:, 0]), new, np.nan).astype(float)

    def _remission(self, reading: Reading) -> Array:
        mood = self.totals(reading.branch, _MADRS, [reading.hour])[:, 0]
        pain = self.totals(reading.branch, _NRS, [reading.hour])[:, 0]
        well = (mood <= self.rules["remission_madrs"]) & (pain <= self.rules["remission_pain"])
        return np.where(np.isfinite(mood + pain), well, np.nan).astype(float)

    def _moments(self, branch: Branch, hours: Array) -> Array:
        """Expected madrs of the moment (people, hours): no recall, no noise, what is reported included."""
        got, one = self.recorded[branch], load_instrument(_MADRS)
        rows = [int(np.argmin(np.abs(got.hours - hour))) for hour in hours]
        z = {name: value[:, rows] for name, value in domains(got.values, one.domains).items()}
        days = got.hours / DAY
        told = told_part(one, days, got.values[RELIEF], days[rows])
        return score(one, z, severity=self.people.severity, told=told, rounded=False).total

    def _half_effect(self, reading: Reading) -> Array:
        """Hours until half of the largest difference to the own placebo; NaN for who has no effect to speak of."""
        got = self.recorded[reading.branch]
        start, end = reading.window or (0.0, reading.hour)
        hours = got.hours[got.between(start, end)]
        gain = self._moments(_own_placebo(reading.branch), hours) - self._moments(reading.branch, hours)
        most = gain.max(axis=1)
        first = hours[np.argmax(gain >= most[:, None] / 2.0, axis=1)]
        return np.where(most >= self.rules["least_effect"], first, np.nan)

    def _relapse(self, reading: Reading) -> Array:
        """Days from the last dose to madrs 20 after a response; the end of the run if none; NaN without a response."""
        doses = [dose.hour for one in treatments_of(reading.branch, reading.hour) for dose in one.doses]
        last = max(doses, default=0.0)
        within = DAY * self.rules["response_within_d"]
        visits = [last + k * DAY for k in range(1, int(within / DAY) + 1)]
        totals = self.totals(reading.branch, _MADRS, [0.0, *visits])
        one = load_instrument(_MADRS)
        good = np.array([responded(totals[:, 0], totals[:, k], one) for k in range(1, totals.shape[1])])
        later = [
            float(h)
            for h in np.arange(last + DAY, reading.hour + 1e-9, DAY * self.rules["visit_every_d"] / 2)
        ]
        after = self.totals(reading.branch, _MADRS, later)
        since = np.array(later) - last
        # Only what comes after the response counts as its end.
        reached = after >= self.rules["relapse"]
        reached[:, since <= 0] = False
        day = np.where(reached.any(axis=1), since[np.argmax(reached, axis=1)], reading.hour - last) / DAY
        return np.where(good.any(axis=0), day, np.nan)

    def _systems_moved(self, reading: Reading) -> Array:
        with_step, without = self.recorded[reading.branch], self.recorded[replace(reading.branch, steps=())]
        stepped = set(reading.branch.steps)
        moved = np.zeros(self.people.count)
        for state, step in lead_states().items():
            if step in stepped:
                continue
            change = with_step.at(state, reading.hour) - without.at(state, reading.hour)
            moved += np.abs(change) >= self.rules["moved_sd"] * self.people.bodies.spread[state]
        return moved

    def _cycle_order(self, reading: Reading) -> Array:
        if not reading.branch.steps:
            return np.zeros(self.people.count)
        steps, onset = cycle_steps(), self.onsets(reading.branch)
        lost = np.any(np.isnan(onset), axis=0)
        found = [agreement(by_step(steps, one)) for one in np.where(np.isnan(onset), np.inf, onset).T]
        return np.where(lost, np.nan, np.array(found))

    def onsets(self, branch: Branch) -> Array:
        """Hours at which each observable of the cycle begins (observables, people): inf never, NaN for who was lost."""
        three = [self.recorded[one] for one in (branch, replace(branch, steps=()), _alone(branch))]
        # Each was recorded for other claims as well, at hours of their own.
        hours = reduce(np.intersect1d, [one.hours for one in three])
        rows = [np.searchsorted(one.hours, hours) for one in three]
        least, found = settings()["cycle"]["onset_sd"], []
        for step in cycle_steps():
            got, without, alone = (
                one.values[step.output][:, at] for one, at in zip(three, rows, strict=True)
            )
            moved = step.sign * (got - (alone if step.observable == WORSE else without))
            begun = begins(hours, moved.T, least * self.people.bodies.mixed_spread[step.output])
            found.append(np.where(np.isfinite(moved).all(axis=1), begun, np.nan))
        return np.array(found)

    def _shared_routes(self, reading: Reading) -> Array:
        return np.full(self.people.count, float(self.routes()))
