"""Scores: from domains over time to marked items and totals, with floor, ceiling, noise and recall."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import fail
from .instrument import Instrument
from .reporting import reporting

RELIEF = "expectancy.reported_relief"  # the output that says which part of what is felt is not told
_HALF_A_MINUTE = 0.5 / 1440  # days; a visit "at 24 h" may be written a rounding error earlier


@dataclass(frozen=True, eq=False)
class Scores:
    """Marks of one instrument.

    `total` (people, times) and `items` (people, times, items) in points; `valid` (times,) is False where
    the scale has no meaning (the time asked about began before the treatment did): there both are NaN.
    """

    instrument: str
    total: np.ndarray
    items: np.ndarray
    valid: np.ndarray


def score(
    instrument: Instrument,
    domain_values: Mapping[str, np.ndarray],
    *,
    severity: np.ndarray | None = None,
    item_traits: np.ndarray | None = None,
    visit_noise: np.ndarray | None = None,
    told: np.ndarray | None = None,
    valid: np.ndarray | None = None,
    rounded: bool = True,
) -> Scores:
    """Mark every item of every person at every time.

    item = low + range * (told * severity * sum(loading * z) + item_traits + visit_noise), rounded
    to whole marks and kept inside the item's range; the total is their sum or mean.

    Arguments: `domain_values`, z of every domain of the instrument, each (people, times); `severity`
    (people,), factor on all symptoms of a person (default 1); `item_traits` (people, items) and `visit_noise`
    (people, times, items), shares of an item's range (default none); `told` (people, times), the part of what
    is felt that goes into the report (default all; see `told_part`); `valid` (times,), where the
    scale may be asked (default everywhere); `rounded` False gives the expected
    marks of a typical person, without rounding.
    Raises V440 for a missing domain, V441 for shapes that do not fit together.
    """
    marks = expected_marks(instrument, domain_values, severity=severity, told=told)
    people, times, count = marks.shape
    span = instrument.high - instrument.low
    if item_traits is not None:
        marks = marks + span * _shaped(item_traits, (people, count), "item_traits")[:, None, :]
    if visit_noise is not None:
        marks = marks + span * _shaped(visit_noise, (people, times, count), "visit_noise")
    if rounded:
        marks = np.floor(marks + 0.5)
    marks = np.clip(marks, instrument.low, instrument.high)
    asked = np.ones(times, dtype=bool) if valid is None else _shaped(valid, (times,), "valid").astype(bool)
    marks[:, ~asked, :] = np.nan
    return Scores(instrument.key, instrument.total_of(marks), marks, asked)


def expected_marks(
    instrument: Instrument,
    domain_values: Mapping[str, np.ndarray],
    *,
    severity: np.ndarray | None = None,
    told: np.ndarray | None = None,
) -> np.ndarray:
    """What each item would show before anything personal to it, noise, rounding and its bounds: (people, times, items).

    Arguments as of `score`. Raises V440 for a missing domain, V441 for shapes that do not fit together.
    """
    z = _stack(instrument, domain_values)
    people, times, _ = z.shape
    span = instrument.high - instrument.low
    factor = np.ones(people) if severity is None else _shaped(severity, (people,), "severity")
    part = np.ones((people, times)) if told is None else _shaped(told, (people, times), "told")
    return np.asarray(
        instrument.low + span * ((factor[:, None] * part)[..., None] * (z @ instrument.loadings.T))
    )


def told_part(
    instrument: Instrument,
    times_days: np.ndarray,
    relief: np.ndarray,
    at_days: np.ndarray,
    *,
    short_form: bool = False,
) -> np.ndarray:
    """The part of what is felt that people put into a report: (people, times).

    A clinician is told as the person feels about being treated at that hour. A form filled in alone leaves out less
    (source: rief2009) and looks back on all days alike, the last no more than the first (source: baryshnikov2023), so
    what is left out there is averaged like the rest. All is told on scales of the body: relief of pain by belief is
    part of the pain itself.

    Arguments: `times_days` (grid,), rising; `relief` (people, grid), the part that hope leaves out (the output
    `RELIEF`, 0 to 1); `at_days` (times,), when the scale is asked; `short_form` as of `recalled`.
    """
    grid, at = np.asarray(times_days, dtype=float), np.asarray(at_days, dtype=float)
    if instrument.kind != "mental":
        return np.ones((relief.shape[0], at.size))
    if instrument.rater == "clinician":
        return 1.0 - _at(grid, relief, at)
    return 1.0 - reporting("self_left_out") * _looked_back(grid, relief, at, _window(instrument, short_form))


def recalled(
    times_days: np.ndarray,
    domain_values: Mapping[str, np.ndarray],
    instrument: Instrument,
    *,
    at_days: np.ndarray | None = None,
    short_form: bool = False,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What a person looks back on: each domain averaged over the recall time, and where that has a meaning.

    Arguments: `times_days` (grid,), rising, day 0 is the first dose; `domain_values`, z by domain, each
    (people, grid); `at_days` (times,), when the scale is asked (default: at every grid time); `short_form`
    uses the version for shorter times. Returns z by domain, each (people, times), and `valid` (times,).
    A scale that asks about at most one day is read at the moment itself. Up to day 0 the person is at rest,
    so the first value stands for the time before the grid; after day 0 a scale is not valid until its recall
    time has passed.
    Raises V443 when there is no short form, V445 for times that do not rise or lie after the grid.
    """
    grid = np.asarray(times_days, dtype=float)
    at = grid if at_days is None else np.atleast_1d(np.asarray(at_days, dtype=float))
    if grid.ndim != 1 or grid.size == 0 or not np.all(np.isfinite(grid)) or np.any(np.diff(grid) <= 0):
        raise fail("V445", problem="the times of the run do not rise")
    if at.ndim != 1 or not np.all(np.isfinite(at)):
        raise fail("V445", problem="the times of the visits are not numbers in one row")
    if np.any(at > grid[-1] + _HALF_A_MINUTE):
        raise fail("V445", problem=f"a score is asked for after day {grid[-1]:g}, where the run ends")
    window = _window(instrument, short_form)
    at = np.minimum(at, grid[-1])
    rest = at <= 0
    known = at - window >= grid[0] - _HALF_A_MINUTE if window > 1 else at >= grid[0] - _HALF_A_MINUTE
    valid = rest | ((at >= window - _HALF_A_MINUTE) & known)
    past = {}
    for name in instrument.domains:
        value = _domain(instrument, domain_values, name)
        if value.ndim != 2 or value.shape[1] != grid.size:
            raise fail("V441", what=f"domain '{name}'", shape=value.shape, wanted=f"(people, {grid.size})")
        past[name] = _looked_back(grid, value, at, window)
    return past, valid


def administer(
    instrument: Instrument,
    times_days: np.ndarray,
    domain_values: Mapping[str, np.ndarray],
    *,
    at_days: np.ndarray | None = None,
    short_form: bool = False,
    severity: np.ndarray | None = None,
    item_traits: np.ndarray | None = None,
    visit_noise: np.ndarray | None = None,
    told: np.ndarray | None = None,
    rounded: bool = True,
) -> Scores:
    """Ask a scale at visits: `recalled`, then `score`; NaN where the scale has no meaning yet.

    Arguments as there: `visit_noise` and `told` stand at `at_days`. Raises as both do.
    """
    past, valid = recalled(times_days, domain_values, instrument, at_days=at_days, short_form=short_form)
    return score(
        instrument,
        past,
        severity=severity,
        item_traits=item_traits,
        visit_noise=visit_noise,
        told=told,
        valid=valid,
        rounded=rounded,
    )


def _window(instrument: Instrument, short_form: bool) -> float:
    """Days a scale asks about. Raises V443 for the short form of a scale that has none."""
    if not short_form:
        return instrument.recall_days
    if instrument.short_form_days is None:
        raise fail("V443", instrument=instrument.abbreviation, what="version for shorter times")
    return instrument.short_form_days


def _domain(instrument: Instrument, values: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    if name not in values:
        raise fail("V440", instrument=instrument.abbreviation, name=name)
    return np.asarray(values[name], dtype=float)


def _shaped(value: np.ndarray, wanted: tuple[int, ...], what: str) -> np.ndarray:
    array = np.asarray(value)
    if array.shape != wanted:
        raise fail("V441", what=what, shape=array.shape, wanted=wanted)
    return array


def _stack(instrument: Instrument, domain_values: Mapping[str, np.ndarray]) -> np.ndarray:
    """z of the instrument's domains as (people, times, domains), the bounding domain applied."""
    parts = [_domain(instrument, domain_values, name) for name in instrument.domains]
    for name, part in zip(instrument.domains, parts, strict=True):
        if part.ndim != 2 or part.shape != parts[0].shape:
            wanted = f"(people, times), {parts[0].shape}"
            raise fail("V441", what=f"domain '{name}'", shape=part.shape, wanted=wanted)
    z = np.stack(parts, axis=-1)
    if instrument.bounded_by is None:
        return z
    return np.minimum(z, z[..., instrument.domains.index(instrument.bounded_by), None])


def _looked_back(grid: np.ndarray, value: np.ndarray, at: np.ndarray, window: float) -> np.ndarray:
    """Values (people, times) as recalled: averaged over the window, or of the moment where it is a day at most."""
    return _mean_over(grid, value, at - window, at) if window > 1 else _at(grid, value, at)


def _at(grid: np.ndarray, value: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values (people, times) at times on or between grid points; before the grid the first value."""
    if grid.size == 1:
        return np.repeat(value, at.size, axis=1)
    left = np.clip(np.searchsorted(grid, at, side="right") - 1, 0, grid.size - 2)
    part = np.clip((at - grid[left]) / (grid[left + 1] - grid[left]), 0.0, 1.0)
    # At a grid point the neighbour must not enter: 0 * NaN is NaN.
    before = np.where(part < 1, value[:, left], 0.0) * (1 - part)
    after = np.where(part > 0, value[:, left + 1], 0.0) * part
    return before + after


def _mean_over(grid: np.ndarray, value: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Time average of piecewise linear values over [start, end], shape (people, times)."""
    area = np.zeros_like(value)
    area[:, 1:] = np.cumsum(0.5 * (value[:, 1:] + value[:, :-1]) * np.diff(grid), axis=1)

    def area_to(when: np.ndarray) -> np.ndarray:
        left = np.clip(np.searchsorted(grid, when, side="right") - 1, 0, grid.size - 1)
        # Before the grid the step is negative and the first value stands on both sides: a constant past.
        return area[:, left] + 0.5 * (value[:, left] + _at(grid, value, when)) * (when - grid[left])

    return (area_to(end) - area_to(start)) / (end - start)
