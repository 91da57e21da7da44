"""What is seen of the people of an arm for one outcome: numbers at a time and at the start, events, times to them."""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from ..body.model import Array
from ..observe import Instrument, load_instrument
from ..observe.assay import assay_noise
from .daytime import MOST_DAYS, of_the_moment
from .drug import find_drug
from .rating import observables_of
from .stream import normals
from .study_record import Outcome
from .study_unit import slope_unit
from .trial import Trial, TrialArm, read_direct
from .watch import relapses, watch_begins

_MINUTE = 1.0 / 60.0
_DAY = 24.0
#: Quantities of the time to an event.
TIMES = ("hazard_ratio", "median_time")
_WEEK = 7.0
_PEAKS = ("cmax", "tmax", "auc", "bioavailability")


@dataclass(frozen=True)
class Seen:
    """People's numbers for one outcome, in the unit of the outcome.

    Attributes:
        value, start: at the time and at the start (people,).
        event: 1 for who had it, 0 for who had not (people,); None where no rule says so.
        time: days to the event or the last look, and whether it was one (2, people); None likewise.
        score: whether it is a score. later: whether the time is after the start.
        note: how it was counted.
        until: days on the clock of `time` at which the outcome is asked.
    """

    value: Array
    start: Array
    event: Array | None = None
    time: Array | None = None
    score: bool = False
    later: bool = True
    note: str = ""
    until: float = inf

    def stack(self) -> Array:
        """Value and start (2, people) of everybody who has both."""
        both = np.stack([self.value, self.start])
        return both[:, np.isfinite(both).all(axis=0)]

    def events(self) -> Array:
        """Events (1, people) of everybody of whom it is known."""
        assert self.event is not None
        return self.event[None, np.isfinite(self.event)]

    def times(self) -> Array:
        """Times and events (2, people)."""
        assert self.time is not None
        return self.time[:, np.isfinite(self.time).all(axis=0)]


def seen_of(trial: Trial, outcome: Outcome, name: str) -> Seen | str:
    """What is seen of one arm, or why nothing is."""
    hour = _DAY * (trial.study.duration_d if outcome.time_d is None else outcome.time_d)
    if hour <= 0.0 and outcome.quantity in _PEAKS:
        hour = min(_DAY, _DAY * trial.study.duration_d)  # "on day 0" is after its dose
    arm = trial.at(name, hour)
    if arm is None:
        return f"nobody is in the arm '{name}' at that time"
    if arm.size < 2:
        return f"too few virtual people come into the arm '{name}'"
    if outcome.quantity == "dropout_rate":
        return _left(trial, arm, hour)
    if outcome.quantity == "correct_guess_rate":
        active = any(
            find_drug(dose.drug).kind not in ("inert", "control", "absent") for dose in arm.arm.doses
        )
        right = arm.belief if active else 1.0 - arm.belief
        return Seen(right, right, event=right, note="the chance of each person to guess right")
    if outcome.quantity == "correlation":
        return "the file does not say what it is correlated with"
    if outcome.measure is None:
        return "the outcome names no instrument"
    if outcome.measure.kind == "score":
        return _score(trial, outcome, arm, hour)
    return _output(trial, outcome, arm, hour)


def _left(trial: Trial, arm: TrialArm, hour: float) -> Seen | str:
    if not trial.study.dropout.happens:
        return "the file says nothing about people who leave"
    gone = (arm.leaving.hour <= hour).astype(float)
    return Seen(gone, gone, event=gone)


def _published(outcome: Outcome, value: Array) -> Array:
    """Numbers of the model in the unit of the outcome."""
    assert outcome.measure is not None
    return np.asarray((outcome.measure.offset + outcome.measure.factor * value) / outcome.scale)


def _score(trial: Trial, outcome: Outcome, arm: TrialArm, hour: float) -> Seen | str:
    assert outcome.measure is not None
    scale = load_instrument(outcome.measure.key)
    totals = arm.totals.get(scale.key)
    if totals is None:
        return f"{scale.abbreviation} was not asked in this trial"
    if outcome.quantity in _PEAKS:
        return _peak(trial, outcome, arm, scale, hour)
    if not np.isfinite(totals[:, 0]).any():
        return f"nobody in the arm '{arm.arm.name}' could be followed to the end"
    stays = trial.study.dropout.happens
    carried = carried_forward(totals, arm.leaving.seen) if stays else totals
    at = int(np.argmin(np.abs(trial.visits - hour)))
    if abs(trial.visits[at] - hour) > 1.0:
        return f"nobody is rated on day {hour / _DAY:g}"
    before = arm.screening[scale.key] if outcome.from_screening else totals[:, 0]
    value = carried[:, at]
    if not np.isfinite(value).any():
        return f"{scale.abbreviation} asks about a longer time than has passed by day {hour / _DAY:g}"
    event, time, note, until = None, None, "", inf
    kind = _event_kind(outcome, arm.entered > 0.0)
    if kind in ("response", "remission") and outcome.quantity in TIMES:
        time = _better(trial, outcome, arm, scale, totals, before, kind)
        note = f"time to the first visit with a {kind}"
    elif kind == "response":
        event = responded_by(scale, before, totals[:, at], outcome.cutoff.get("response"))
    elif kind == "remission":
        limit = _limit(outcome, "remission", scale.remission.value if scale.remission else None)
        event = None if limit is None else np.where(np.isfinite(value), totals[:, at] <= limit, np.nan)
    elif kind == "relapse":
        begin = watch_begins(trial, outcome, arm)
        if outcome.quantity in ("relapse", "odds_ratio", "risk_ratio") and hour <= begin:
            return f"people are watched for relapse from day {begin / _DAY:g} on, after what they were given"
        time = _relapses(trial, outcome, arm, scale, totals, before, begin)
        if time is None and outcome.quantity in TIMES:
            return (
                "what is given goes on to the end, so nobody is watched for relapse after it; a time to a response "
                "says so with cutoff = {response = 0.5}"
            )
        if time is not None:
            until = (hour - begin) / _DAY
            event = np.where(time[1] > 0, (time[0] <= until).astype(float), 0.0)
            event = np.where(np.isfinite(time[0]), event, np.nan)
            note = f"relapse of those who had responded by day {begin / _DAY:g}, counted from then"
    elif kind == "prevalence":
        limit = _limit(outcome, "prevalence", None)
        event = None if limit is None else np.where(np.isfinite(value), value >= limit, np.nan)
    if event is not None and stays and kind in ("response", "remission"):
        event = np.where(arm.leaving.seen[:, at], event, 0.0)
        note = "who had left counts as not having it"
    if outcome.quantity == "slope":
        return _slope(trial, outcome, totals, hour, arm)
    now, then = _published(outcome, value), _published(outcome, before)
    return Seen(now, then, event, time, True, hour > _MINUTE, note, until)


def _peak(trial: Trial, outcome: Outcome, arm: TrialArm, scale: Instrument, hour: float) -> Seen | str:
    """The highest total and its time, of a scale that follows the moment."""
    if not read_direct(scale) or outcome.quantity not in ("cmax", "tmax"):
        return f"a {outcome.quantity} of {scale.abbreviation} is not told: people are rated at visits only"
    inside = trial.hours <= hour + _MINUTE
    rows = _published(outcome, arm.values[observables_of(scale)[0]][:, inside])
    if outcome.quantity == "cmax":
        return Seen(rows.max(axis=1), rows[:, 0], score=True)
    when = trial.hours[inside][np.argmax(rows, axis=1)]
    return Seen(when / outcome.scale, np.zeros(when.size), score=True)


def _event_kind(outcome: Outcome, again: bool = False) -> str:
    """Which event an outcome counts; `again`, whether people were randomised again because they were better."""
    if outcome.quantity in ("response", "remission", "relapse", "prevalence"):
        return outcome.quantity
    if outcome.quantity in ("hazard_ratio", "median_time"):
        if "relapse" in outcome.cutoff or again:
            return "relapse"
        return next((name for name in ("remission", "response") if name in outcome.cutoff), "relapse")
    if outcome.quantity in ("odds_ratio", "risk_ratio"):
        kinds = ("relapse", "remission", "response", "prevalence")
        return next((name for name in kinds if name in outcome.cutoff), "response")
    return ""


def _limit(outcome: Outcome, name: str, usual: float | None) -> float | None:
    """A limit of the outcome in points of the instrument."""
    assert outcome.measure is not None
    own = outcome.cutoff.get(name)
    return usual if own is None else (own - outcome.measure.offset) / outcome.measure.factor


def responded_by(scale: Instrument, before: Array, after: Array, share: float | None) -> Array:
    """1 for who responded, 0 for who did not, NaN where a total is missing (people,)."""
    fall = before - after
    if share is None and scale.response_points is not None:
        hit = fall >= scale.response_points.value
    else:
        part = share if share is not None else (scale.response.value if scale.response else 0.5)
        hit = (fall >= part * (before - scale.total_low) - 1e-9) & (before > scale.total_low)
    return np.where(np.isfinite(fall), hit.astype(float), np.nan)


def carried_forward(totals: Array, seen: NDArray[np.bool_]) -> Array:
    """Totals (people, visits) with the last one that was seen in place of those that were not."""
    last = np.maximum.accumulate(np.where(seen & np.isfinite(totals), np.arange(totals.shape[1]), 0), axis=1)
    return np.take_along_axis(totals, last, axis=1)


def _relapses(
    trial: Trial,
    outcome: Outcome,
    arm: TrialArm,
    scale: Instrument,
    totals: Array,
    before: Array,
    begin: float,
) -> Array | None:
    """Days to relapse of everybody who had responded when the watch began; None where nobody is watched.

    A relapse is a total at or above the limit the outcome names, or else the loss of the person's own response.
    """
    share = outcome.cutoff.get("response")
    responded = np.stack(
        [responded_by(scale, before, totals[:, k], share) for k in range(totals.shape[1])], axis=1
    )
    limit = _limit(outcome, "relapse", None)
    ill = np.where(np.isfinite(totals), responded < 1, False) if limit is None else totals >= limit
    return relapses(trial, arm, totals, responded, ill, begin)


def _better(
    trial: Trial,
    outcome: Outcome,
    arm: TrialArm,
    scale: Instrument,
    totals: Array,
    before: Array,
    kind: str,
) -> Array | None:
    """Days to the first visit with a response or remission, or watched, and whether there was one (2, people)."""
    later = np.flatnonzero(trial.visits > _MINUTE)
    if later.size == 0:
        return None
    if kind == "response":
        share = outcome.cutoff["response"]
        hit = np.stack([responded_by(scale, before, totals[:, k], share) > 0 for k in later], axis=1)
    else:
        limit = _limit(outcome, "remission", None)
        hit = totals[:, later] <= (np.nan if limit is None else limit)
    hit &= arm.leaving.seen[:, later]
    days = trial.visits[later] / _DAY
    last = np.minimum(days[-1], arm.leaving.hour / _DAY)
    when = np.where(hit.any(axis=1), days[np.argmax(hit, axis=1)], last)
    return np.stack([np.where(np.isfinite(before), when, np.nan), hit.any(axis=1).astype(float)])


def _slope(trial: Trial, outcome: Outcome, totals: Array, hour: float, arm: TrialArm) -> Seen | str:
    """Change of the score per unit of time, by least squares of each person over weekly and told visits."""
    _, days = slope_unit(outcome.unit)
    if days is None:
        return "the unit does not say per what time the slope is"
    told = [_DAY * one.time_d for one in trial.study.outcomes if one.time_d is not None]
    own = np.isclose(trial.visits % (_WEEK * _DAY), 0.0) | np.isin(trial.visits, np.round(told, 6))
    use = own & (trial.visits <= hour + _MINUTE) & np.isfinite(totals).all(axis=0)
    x = trial.visits[use] / _DAY / days
    if x.size < 2:
        return "a slope needs two visits"
    slope = ((x - x.mean()) * (totals[:, use] - totals[:, use].mean(axis=1, keepdims=True))).sum(axis=1)
    slope /= ((x - x.mean()) ** 2).sum()
    value = slope * (outcome.measure.factor if outcome.measure else 1.0) / outcome.scale
    return Seen(value, np.zeros(value.size), score=True)


def _output(trial: Trial, outcome: Outcome, arm: TrialArm, hour: float) -> Seen | str:
    assert outcome.measure is not None
    rows = arm.values.get(outcome.measure.key)
    if rows is None:
        return f"{outcome.measure.name} was not recorded in this trial"
    if of_the_moment([outcome.measure.key]) and trial.study.duration_d > MOST_DAYS:
        return f"{outcome.measure.name} depends on the time of the day, which is not followed for so long"
    inside = trial.hours <= hour + _MINUTE
    at = int(np.flatnonzero(inside)[-1]) if inside.any() else 0
    published = _published(outcome, rows)
    start = published[:, 0]
    if outcome.quantity in _PEAKS:
        hours = trial.hours[inside]
        own = published[:, inside]
        if outcome.quantity == "cmax":
            return Seen(own.max(axis=1), start)
        if outcome.quantity == "tmax":
            return Seen(hours[np.argmax(own, axis=1)] / outcome.scale, start)
        raw = outcome.measure.offset + outcome.measure.factor * rows[:, inside]
        area = np.asarray(np.trapezoid(raw, hours, axis=1)) / outcome.scale
        if outcome.quantity == "bioavailability":
            area = area / max(_milligrams(arm), 1e-12)
        return Seen(area, start)
    value, start = (_sampled(trial, outcome, arm, rows, when) for when in (hour, 0.0))
    event = None
    if outcome.quantity in ("prevalence", "odds_ratio", "risk_ratio"):
        limit = outcome.cutoff.get("prevalence")
        event = None if limit is None else (value >= limit).astype(float)
    if outcome.quantity == "slope":
        return "slopes are only told of scores"
    if outcome.quantity in ("response", "remission", "relapse"):
        return f"nothing says what a {outcome.quantity} of {outcome.measure.name} is"
    return Seen(value, start, event, None, False, at > 0)


def _sampled(trial: Trial, outcome: Outcome, arm: TrialArm, rows: Array, hour: float) -> Array:
    """One sample of everybody (people,) at an hour, in the unit of the outcome, with what the laboratory adds."""
    assert outcome.measure is not None
    key, study = outcome.measure.key, trial.study.id
    level = np.array([np.interp(hour, trial.hours, row) for row in rows])
    who, when = arm.group.who[arm.rows], arm.start + hour
    z = np.empty(level.size)
    for taken in np.unique(when):  # one sample at one time, whichever arm its person is in
        mine = np.flatnonzero(when == taken)
        z[mine] = normals(trial.seed, study, who[mine].tolist(), f"assay {key} {taken:g}", 1)[:, 0]
    return _published(outcome, level * assay_noise(key, z))


def _milligrams(arm: TrialArm) -> float:
    """The amount an arm gives to a person of the mean weight, in mg."""
    weight = float(arm.group.people.weight.mean())
    return sum(dose.milligrams(weight) for dose in arm.treatment.doses)
