"""Experiments: what a claim compares, made of branches, and a branch of people run.

A branch is people with a condition, under arms, steps and cuts. A contrast sets two sides against each other, each a
sum of readings of branches. The same people are in every branch of a condition, so sides of one condition are paired.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from ..body.habituation import EARLIER
from ..body.hold import hold_changes
from ..body.model import Array, Model
from ..body.treatment import Treatment, dose_changes, load_treatment
from ..people.placebo import placebo_of
from ..solve.events import Change
from ..tables import atlas_path, read_toml
from .statement import Assertion, Groups, Ledger

PLACEBO = "placebo"
_GIVEN: dict[tuple[object, ...], list[Change]] = {}
_MOST_KEPT = 4096
_OF = " of "


@dataclass(frozen=True)
class Branch:
    """People under one set of circumstances.

    Attributes:
        condition: who, conditions joined by +.
        arms: treatments given together; a placebo is written "placebo of X".
        steps: inputs from day 0 on.
        cuts: bundles of arrows that are cut from day 0 on.
        stop: hour at which arms end; None: they run on.
        full: whether the 24-hour clock runs.
        kept: states that stay where they are from day 0 on.
    """

    condition: str
    arms: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    cuts: tuple[str, ...] = ()
    stop: float | None = None
    full: bool = False
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One observable of one branch: at an hour, over a window, and next to which other conditions (`study`)."""

    branch: Branch
    observable: str
    hour: float
    window: tuple[float, float] | None = None
    study: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contrast:
    """Two sides, each readings with a factor; `paired` when both are of the same people."""

    label: str
    first: tuple[tuple[float, Reading], ...]
    second: tuple[tuple[float, Reading], ...]
    paired: bool

    @property
    def readings(self) -> list[Reading]:
        """All of them."""
        return [reading for _, reading in (*self.first, *self.second)]


@lru_cache(maxsize=1)
def settings() -> Mapping[str, Any]:
    """The content of `experiments.toml`."""
    return read_toml(atlas_path("experiments.toml"))


def contrasts_of(ledger: Ledger, test: Assertion) -> list[Contrast]:
    """What a test compares, one contrast for each entry of a list; of a structural one the single group."""
    groups = test.groups
    kinds = {word: ledger.kind(word) for word in groups.shared}
    shared = Branch(
        condition="",
        arms=tuple(word for word, kind in kinds.items() if kind == "arms"),
        steps=tuple(word for word, kind in kinds.items() if kind == "steps"),
        cuts=tuple(word for word, kind in kinds.items() if kind == "cuts"),
        stop=test.stop,
        full=_needs_clock(test),
    )
    found = []
    lists = (groups.a, groups.b or ("",), groups.step or ("",), groups.cut or ("",))
    for a, *words in product(*lists):
        b, step, cut = ((word,) if word else () for word in words)
        one = replace(groups, a=(a,), b=b, step=step, cut=cut)
        found.append(_contrast(test, one, replace(shared, condition=a)))
    return found


def _needs_clock(test: Assertion) -> bool:
    """Whether the time of the day matters: some observables, and a resting comparison at an hour of the day."""
    groups = test.groups
    resting = bool(groups.b) and not (groups.arms or groups.step or groups.cut or groups.shared)
    return test.observable in settings()["readings"]["full_clock"] or (resting and test.on_the_hour)


def plain(branch: Branch) -> Branch:
    """The same circumstances in the shortest words, so that branches that are alike are run once."""
    arms = tuple(sorted(arm for arm in branch.arms if arm != "untreated"))
    stop = branch.stop
    if stop is not None:
        runs_on = any(settings()["arms"].get(arm, {}).get("throughout") for arm in arms)
        given = [_arm(arm, 0.0) for arm in arms]
        ends = [dose.hour for one in given for dose in one.doses]
        ends += [visit.hour for one in given for visit in one.visits]
        ends += [hold.end for one in given for hold in one.holds]
        stop = stop if runs_on or max(ends, default=0.0) > stop else None
    return replace(
        branch, arms=arms, steps=tuple(sorted(branch.steps)), cuts=tuple(sorted(branch.cuts)), stop=stop
    )


def _contrast(test: Assertion, groups: Groups, base: Branch) -> Contrast:
    study = tuple(dict.fromkeys([*groups.a, *groups.b]))
    hour = test.hour if test.hour is not None else (test.window[1] if test.window else 0.0)
    if base.full and not (groups.arms or base.arms):
        hour = hour % 24.0 if test.on_the_hour else 0.0  # at rest any day does

    def read(branch: Branch, at: float = hour) -> Reading:
        return Reading(plain(branch), test.observable, at, test.window, study)

    def with_step(branch: Branch) -> Branch:
        return replace(branch, steps=(*branch.steps, *groups.step))

    def treated(branch: Branch) -> tuple[tuple[float, Reading], ...]:
        given, control = _arm_pair(groups.arms)
        return (
            (1.0, read(replace(branch, arms=(*branch.arms, *given)))),
            (-1.0, read(replace(branch, arms=(*branch.arms, *control)))),
        )

    who = base.condition
    if groups.arms and groups.b:
        other = replace(base, condition=groups.b[0])
        return Contrast(_label(groups), treated(base), treated(other), False)
    if groups.arms and groups.step:
        return Contrast(_label(groups), treated(with_step(base)), treated(base), True)
    if groups.arms:
        (_, first), (_, second) = treated(base)
        return Contrast(_label(groups), ((1.0, first),), ((1.0, second),), True)
    if groups.b:
        return Contrast(
            _label(groups), ((1.0, read(base)),), ((1.0, read(replace(base, condition=groups.b[0]))),), False
        )
    if groups.times_d:
        early, late = (read(base, 24.0 * float(day)) for day in groups.times_d)
        return Contrast(_label(groups), ((1.0, late),), ((1.0, early),), True)
    if groups.cut:
        whole, without = base, replace(base, cuts=(*base.cuts, *groups.cut))
        return Contrast(_label(groups), ((1.0, read(without)),), ((1.0, read(whole)),), True)
    if groups.step:
        return Contrast(_label(groups), ((1.0, read(with_step(base))),), ((1.0, read(base)),), True)
    return Contrast(who, ((1.0, read(base)),), (), True)


def _arm_pair(arms: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both arms as treatments; a placebo is that of the other arm."""
    given, control = arms
    pair = []
    for own, other in ((given, control), (control, given)):
        pair.append(tuple(f"{PLACEBO}{_OF}{other}" if w == PLACEBO else w for w in own.split("+")))
    return pair[0], pair[1]


def _label(groups: Groups) -> str:
    """What is compared, in a few words."""
    a = groups.a[0]
    if groups.arms:
        words = f"{a}: {groups.arms[0]} against {groups.arms[1]}"
        words += f", beside the same in {groups.b[0]}" if groups.b else ""
        words += f", with {groups.step[0]} beside without" if groups.step else ""
    elif groups.b:
        words = f"{a} against {groups.b[0]}"
    elif groups.times_d:
        words = f"{a}: day {groups.times_d[1]:g} against day {groups.times_d[0]:g}"
    elif groups.cut:
        words = f"{a}: {groups.cut[0]} cut against whole"
    elif groups.step:
        words = f"{a}: with {groups.step[0]} against without"
    else:
        words = a
    shared = [f"{word} cut" if word in settings()["cuts"] else word for word in groups.shared]
    return words + (f"; both with {', '.join(shared)}" if shared else "")


# ---- what a branch changes in one person -----------------------------------------------------------------------------


def treatments_of(branch: Branch, end: float) -> list[Treatment]:
    """The treatments of a branch, drawn out and stopped as the ledger wants; raises V403 for an unknown one."""
    stop = branch.stop
    if branch.full:  # a run with the clock refuses what comes after its end
        stop = end if stop is None else min(stop, end)
    return [_stopped(_arm(word, end), stop) for word in branch.arms]


@lru_cache(maxsize=64)
def _loaded(name: str) -> Treatment:
    return load_treatment(name)


def _arm(word: str, end: float) -> Treatment:
    if word.startswith(PLACEBO + _OF):
        found = placebo_of(_arm(word.removeprefix(PLACEBO + _OF), end))
        return found if found is not None else _loaded("untreated")
    table = settings()["arms"].get(word, {})
    treatment = _loaded(table.get("treatment", word))
    return _throughout(treatment, end) if table.get("throughout") else treatment


def _throughout(treatment: Treatment, end: float) -> Treatment:
    """The last interval between doses goes on to the end."""
    doses = list(treatment.doses)
    every = doses[-1].hour - doses[-2].hour
    last = doses[-1]
    more = max(int((end - last.hour) / every), 0)
    doses += [replace(last, hour=last.hour + every * k) for k in range(1, more + 1)]
    return replace(treatment, doses=tuple(doses))


def _stopped(treatment: Treatment, stop: float | None) -> Treatment:
    if stop is None:
        return treatment
    return replace(
        treatment,
        doses=tuple(dose for dose in treatment.doses if dose.hour < stop),
        visits=tuple(visit for visit in treatment.visits if visit.hour < stop),
        holds=tuple(replace(h, end=min(h.end, stop)) for h in treatment.holds if h.start < stop),
    )


def held_states(steps: Sequence[str]) -> tuple[str, ...]:
    """The states that some steps hold."""
    rows = [settings()["steps"][step] for step in steps]
    return tuple(
        dict.fromkeys(name for row in rows for name in (*row.get("shift", ()), *row.get("level", ())))
    )


def changes_of(
    branch: Branch,
    treatments: Sequence[Treatment],
    model: Model,
    p: Array,
    y: Array,
    weight: float,
    spread: Mapping[str, float],
    end: float,
) -> list[Change]:
    """Everything that happens to one person of a branch.

    Args:
        branch: who and what.
        treatments: what `treatments_of` gives.
        model: the body, or the variant of it that the branch needs.
        p: the person's parameters (parameters,), in the rows of that model.
        y: the person's states at day 0 (states,).
        weight: kg.
        spread: SD of healthy people by state, for shifts.
        end: hours.
    """
    changes = given_to(treatments, model, p, weight, end)
    for step in branch.steps:
        changes += _step(settings()["steps"][step], model, p, y, spread, end)
    changes += [Change(0.0, False, model.parameter(f"hold.{name}"), 1.0) for name in branch.kept]
    for cut in branch.cuts:
        for name in settings()["cuts"][cut].get("table", ()):
            changes.append(Change(0.0, False, model.parameter(name), model.entries[name].value))
    return changes


def given_to(
    treatments: Sequence[Treatment], model: Model, p: Array, weight: float, end: float
) -> list[Change]:
    """What treatments change in one person: the same list again for the next person who does not differ in it."""
    names = [EARLIER, *(hold.name for one in treatments for hold in one.holds)]
    own = tuple(float(p[model.parameter(name)]) for name in names)
    key = (model.key, tuple(one.key for one in treatments), _length(treatments), own, weight, end)
    if key not in _GIVEN:
        if len(_GIVEN) > _MOST_KEPT:
            _GIVEN.clear()
        _GIVEN[key] = [change for one in treatments for change in dose_changes(one, model, weight, end, p)]
    return list(_GIVEN[key])


def _length(treatments: Sequence[Treatment]) -> tuple[object, ...]:
    """What tells two lengths of one treatment apart, and a placebo from that of another drug."""
    return tuple((len(t.doses), t.title, tuple(v.hour for v in t.visits[-1:]), t.holds) for t in treatments)


def _step(
    row: Mapping[str, Any], model: Model, p: Array, y: Array, spread: Mapping[str, float], end: float
) -> list[Change]:
    lasts = 24.0 * row["days"] if "days" in row else row.get("hours", np.inf)
    changes = []
    for way in ("set", "plus"):
        for name, amount in row.get(way, {}).items():
            place, entry = model.parameter(name), model.entries[name]
            own = float(p[place])
            value = float(amount) if way == "set" else own + float(amount)
            changes.append(Change(0.0, False, place, min(max(value, entry.low), entry.high)))
            if lasts < end:
                changes.append(Change(float(lasts), False, place, own))
    for name, amount in row.get("jump", {}).items():
        changes.append(Change(0.0, True, model.state(name), float(amount)))
    held = [(name, spread[name]) for name in row.get("shift", ())]
    held += [
        (name, float(level) - float(y[model.state(name)])) for name, level in row.get("level", {}).items()
    ]
    for name, amount in held:
        changes.append(Change(0.0, True, model.state(name), amount))
        changes.append(Change(0.0, False, model.parameter(f"hold.{name}"), 1.0))
    if "holds_of" in row:
        changes += hold_changes(_loaded(row["holds_of"]).holds, model, p, end)
    return changes
