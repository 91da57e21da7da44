"""The resting state: where a person settles after their history, with their traits held.

Start at the healthy point, apply the history, then hold the traits for two simulated years (models.md B.19). A person
is accepted when the resting check of the condition holds and no state still moves by more than one percent a week.
What is recent (bad nights, say) comes after that rest and ends on day 0; what is tested is tried and forgotten.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import fail
from ..kernel.machine import cache_key, read_cache, write_cache
from ..solve.events import Change, Events
from ..solve.integrate import Control
from ..solve.reasons import Reason
from .condition import Episode
from .model import Array, Model
from .travel import travel

HOLD_DAYS = 730.0
WEEK = 168.0
DRIFT_PER_WEEK = 0.01
#: Held off while a person settles, on again in the course (models.md B.25).
QUIET = ("load.fluctuation_on",)
#: What happens after the rest.
LAST = ("recent", "tested")


@dataclass(frozen=True)
class Resting:
    """Where people settled.

    Attributes:
        y: states (states, people).
        reason: (people,) 0 or the solver's reason code.
        drift: (people,) largest change of a state in the last week of rest, as a part of its size.
        checks: (people,) whether the resting check of the condition holds.
        mover: (people,) row of the state with that largest change.
    """

    y: Array
    reason: NDArray[np.int64]
    drift: Array
    checks: NDArray[np.bool_]
    mover: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def take(self, who: NDArray[np.int64]) -> "Resting":
        """The same of some of the people."""
        return Resting(self.y[:, who], self.reason[who], self.drift[who], self.checks[who], self.mover[who])

    @property
    def accepted(self) -> NDArray[np.bool_]:
        """(people,) whether this is a resting state a clinic could meet."""
        return (self.reason == Reason.FINISHED) & (self.drift <= DRIFT_PER_WEEK) & self.checks


def resting_state(
    model: Model,
    p: Array,
    history: Sequence[Sequence[Episode]],
    check: Sequence[Mapping[str, tuple[float, float]]],
    control: Control | None = None,
    progress: Callable[[float], None] | None = None,
    hold_days: float = HOLD_DAYS,
    keep: bool = True,
) -> Resting:
    """Where each person settles; kept on disk, because the same person is asked for often.

    Args:
        model: the body.
        p: parameters (parameters, people).
        history: the episodes of each person, in order.
        check: bounds of outputs at rest for each person.
        control: tolerances.
        progress: called with the part that is done.
        hold_days: how long the traits are held after the history.
        keep: keep it on disk; not where each person is asked for once.
    """
    control = control or Control()
    people = p.shape[1]
    digest = hashlib.sha256(p.tobytes())
    digest.update(repr((model.key, [list(h) for h in history], control, hold_days, "mover")).encode())
    key = cache_key("resting", digest.hexdigest())
    kept = read_cache("resting", key) if keep else None
    if kept is not None:
        numbers = np.frombuffer(kept[1]).reshape(-1, people)
    else:
        numbers = _settle_all(model, p, history, control, progress, hold_days)
        if keep:
            write_cache("resting", key, {}, numbers.tobytes())
    drift, reason, passed, mover = numbers[-4:]
    y = numbers[:-4].copy()
    checks = _checks(model, y, p, check) & (passed > 0)
    return Resting(y, reason.astype(np.int64), drift.copy(), checks, mover.astype(np.int64))


def _settle_all(
    model: Model,
    p: Array,
    history: Sequence[Sequence[Episode]],
    control: Control,
    progress: Callable[[float], None] | None,
    hold_days: float,
) -> Array:
    """What `_settle` gives, for people whose histories differ in length.

    Each travels with those whose history is as long: waiting for a longer one would move a person's steps, and the
    numbers of a person must not depend on who else is asked for.
    """
    lengths = [_lengths(episodes) for episodes in history]
    numbers = np.empty((len(model.states) + 4, p.shape[1]))
    done = 0
    for length in sorted(set(lengths)):
        who = [i for i, own in enumerate(lengths) if own == length]

        def tell(part: float, before: int = done, size: int = len(who)) -> None:
            if progress is not None:
                progress((before + part * size) / len(lengths))

        episodes = [history[i] for i in who]
        numbers[:, who] = _settle(model, p[:, who], episodes, control, tell, hold_days)
        done += len(who)
    return numbers


def _lengths(episodes: Sequence[Episode]) -> tuple[float, ...]:
    """Hours of the past, and of what happens after the rest."""
    past = _hours([e for e in episodes if e.phase not in LAST])
    return past, *(_hours([e for e in episodes if e.phase == phase]) for phase in LAST)


def _settle(
    model: Model,
    p: Array,
    history: Sequence[Sequence[Episode]],
    control: Control,
    progress: Callable[[float], None] | None,
    hold_days: float,
) -> Array:
    """States, then drift, reason, whether the tests were passed, and the state that moves most: one column each."""
    quiet = p.copy()
    for name in QUIET:
        quiet[model.parameter(name)] = 0.0
    past = [[e for e in episodes if e.phase not in LAST] for episodes in history]
    recent, tested = ([[e for e in episodes if e.phase == phase] for episodes in history] for phase in LAST)
    longest = max((_hours(episodes) for episodes in past), default=0.0)
    end = longest + 24.0 * hold_days
    times = np.array([0.0, end - WEEK, end])
    y = np.repeat(model.start()[:, None], p.shape[1], axis=1)
    nothing = np.array([], dtype=np.int64)
    events = _changes_of(model, quiet, past, longest)
    week_before = travel(model, y, quiet, events, times[:2], control, nothing, progress)
    still = Events([[]] * p.shape[1])
    last = travel(model, week_before.y, week_before.p, still, times[1:], control, nothing)
    reason = np.where(week_before.reason != 0, week_before.reason, last.reason)
    moved = np.abs(last.y - week_before.y) / np.maximum(np.abs(last.y), 1e-2)
    y, passed = last.y, np.ones(p.shape[1])
    for episodes in (recent, tested):
        hours = max((_hours(own) for own in episodes), default=0.0)
        if not hours:
            continue
        span = np.array([end, end + hours])
        after = travel(
            model, y, quiet, _changes_of(model, quiet, episodes, end + hours), span, control, nothing
        )
        reason = np.where(reason != 0, reason, after.reason)
        if episodes is recent:
            y, end = after.y, end + hours
        else:
            passed = _left(model, y, after.y, episodes)
    return np.concatenate(
        [y, moved.max(axis=0)[None], reason[None], passed[None], moved.argmax(axis=0)[None]]
    )


def recent_changes(model: Model, p: Array, history: Sequence[Sequence[Episode]], end: float) -> Events:
    """What is recent in the history of each person, once more, so that it ends at an hour."""
    return _changes_of(model, p, [[e for e in own if e.phase == LAST[0]] for own in history], end)


def _hours(episodes: Sequence[Episode]) -> float:
    return sum(episode.hours for episode in episodes)


def _changes_of(model: Model, p: Array, history: Sequence[Sequence[Episode]], end: float) -> Events:
    """Each episode sets its inputs and gives them back; all histories end at the same hour."""
    return Events([_episode_changes(model, p[:, i], episodes, end) for i, episodes in enumerate(history)])


def _episode_changes(model: Model, p: Array, episodes: Sequence[Episode], end: float) -> list[Change]:
    hour = end - _hours(episodes)
    changes = []
    for episode in episodes:
        for name, value in episode.inputs:
            row = model.parameter(name)
            changes += [
                Change(hour, False, row, value),
                Change(hour + episode.hours, False, row, float(p[row])),
            ]
        hour += episode.hours
    return changes


def _left(model: Model, before: Array, after: Array, tested: Sequence[Sequence[Episode]]) -> Array:
    """1 for everybody in whom what was tested left as much as it had to, else 0."""
    passed = np.ones(before.shape[1])
    for i, episodes in enumerate(tested):
        for episode in episodes:
            if episode.left is not None:
                row = model.state(episode.left[0])
                passed[i] = min(passed[i], float(after[row, i] >= episode.left[1] * before[row, i]))
    return passed


def _checks(
    model: Model, y: Array, p: Array, check: Sequence[Mapping[str, tuple[float, float]]]
) -> NDArray[np.bool_]:
    rows = {name: model.state(name) for bounds in check for name in bounds}
    good = np.ones(y.shape[1], dtype=bool)
    for i, bounds in enumerate(check):
        for name, (low, high) in bounds.items():
            good[i] &= low <= y[rows[name], i] <= high
    return good


def require_rest(
    resting: Resting,
    who: str,
    model: Model | None = None,
    check: Sequence[Mapping[str, tuple[float, float]]] = (),
) -> None:
    """Nothing when everybody came to rest.

    Args:
        resting: where people settled.
        who: what to call them.
        model: to name the state that moves.
        check: the bounds that had to hold, to name the one that does not.

    Raises:
        VagusError: V505 for the first person who did not, with the reason.
    """
    if resting.accepted.all():
        return
    first = int(np.flatnonzero(~resting.accepted)[0])
    if resting.reason[first]:
        reason = Reason(int(resting.reason[first])).code
    elif resting.drift[first] > DRIFT_PER_WEEK:
        name = "a state" if model is None else model.states[int(resting.mover[first])]
        reason = f"{name} still moves by {100 * resting.drift[first]:.1f} % a week"
    else:
        reason = "the traits do not lead to the state this condition means"
        if model is not None and check:
            for name, (low, high) in check[first].items():
                value = float(resting.y[model.state(name), first])
                if not low <= value <= high:
                    reason += f"; {name} is {value:.3g} and not between {low:g} and {high:g}"
    raise fail("V505", who=who, reason=reason)
