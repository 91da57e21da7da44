"""`follow`: one person's file in; what the data say, a fit, forecasts of plans and an explanation out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..body.model import Model
from ..body.run import package_version
from .bank import DAY, Bank
from .composites import NAMES, composite_outputs, composites_of, reference_of
from .diary import Diary
from .explanation import Explanation, explain_person
from .fit import Posterior, Setting, Size, fit
from .forecast import (
    DIASTOLIC,
    SYSTOLIC,
    Ahead,
    Difference,
    band_of,
    differences,
    forecast,
    hidden_of,
    sample_hours,
)
from .measure import asked_of, needed_outputs
from .plan import past_of, plan_of, without_drug
from .prior import prior_of
from .surprise import Checks, check_fit
from .voice import Voice, voices
from .weights import Hidden

DEFAULT_PLANS = ("none", "ketamine-monthly")


@dataclass(frozen=True)
class Follow:
    """Everything about one person.

    Attributes:
        diary: what was read.
        voices: what the data say by themselves.
        posterior: the fit.
        checks: whether it can be trusted.
        bank, hidden: its samples.
        aheads: the forecast under each plan.
        differences: every plan against the first.
        explanation: what holds the state up; None when it was not asked for.
        model_key, version: which model and package.
        seed: of all random numbers.
        record: what the prior rests on.
    """

    diary: Diary
    voices: tuple[Voice, ...]
    posterior: Posterior
    checks: Checks
    bank: Bank
    hidden: Hidden
    aheads: tuple[Ahead, ...]
    differences: tuple[Difference, ...]
    explanation: Explanation | None
    model_key: str
    version: str
    seed: int
    record: str


def setting_of(model: Model, diary: Diary, seed: int) -> Setting:
    """Prior, past and readings of a person, ready to be fitted."""
    readings = (*diary.scores, *diary.vitals)
    keys = [*diary.keys(), *dict.fromkeys(one.key for one in diary.vitals)]
    names = dict.fromkeys([*needed_outputs(keys), *composite_outputs(), SYSTOLIC, DIASTOLIC])
    times = np.union1d(np.arange(0.0, diary.end + 1e-9, DAY), [diary.end, *(one.hour for one in readings)])
    return Setting(
        prior_of(model, diary.patient, seed),
        past_of(diary, diary.end),
        diary.happenings,
        times,
        tuple(names),
        asked_of(readings),
    )


def follow(
    model: Model,
    diary: Diary,
    plans: Sequence[str] = DEFAULT_PLANS,
    weeks: float = 12,
    *,
    seed: int = 1,
    size: Size | None = None,
    explain: bool = True,
    progress: Callable[[str, float], None] | None = None,
) -> Follow:
    """Fit a person and forecast plans.

    Args:
        model: the body.
        diary: of `read_diary`.
        plans: names, parts joined by +, or treatment files; the others are compared with the first.
        weeks: length of the forecast.
        seed: of all random numbers.
        size: how many virtual people.
        explain: whether to ask which loops hold the state up.
        progress: called with what is being done and the part of it that is done.

    Raises:
        VagusError: V493 an unknown plan, V494 a length that makes no sense, V495 nobody like this person, V505.
    """
    chosen = [plan_of(diary, name, weeks) for name in dict.fromkeys(plans)]
    posterior = fit(setting_of(model, diary, seed), seed, size, progress)
    return read_fit(model, diary, posterior, chosen, weeks, seed, explain, progress)


def read_fit(
    model: Model,
    diary: Diary,
    posterior: Posterior,
    plans: Sequence,
    weeks: float,
    seed: int,
    explain: bool,
    progress: Callable[[str, float], None] | None = None,
) -> Follow:
    """What a fit says: checks, forecasts, differences, explanation. Arguments as of `follow`."""
    tell = progress or (lambda what, part: None)
    checks = check_fit(posterior, seed + 11)
    hours = sample_hours(diary, weeks)
    bank, hidden = hidden_of(posterior, hours, seed + 12)
    reference = reference_of(posterior.setting.prior, seed + 13)
    aheads, bare = [], {}
    for k, plan in enumerate(plans):
        tell("plans", k / len(plans))
        ahead = forecast(model, diary, posterior, bank, hidden, plan, hours, seed + 14)
        samples = composites_of(reference, ahead.lives, hidden, posterior.found.asked, hours, seed + 15)
        bands = {name: band_of(samples[name]) for name in NAMES}
        aheads.append(replace(ahead, composites=bands, composite_samples=samples))
        if k and (alone := without_drug(plan)) is not None:
            bare[plan.key] = forecast(model, diary, posterior, bank, hidden, alone, hours, seed + 14)
    tell("what holds it up", 0.0)
    reason = explain_person(model, diary, posterior, bank, hidden, seed + 16) if explain else None
    return Follow(
        diary,
        tuple(voices(diary)),
        posterior,
        checks,
        bank,
        hidden,
        tuple(aheads),
        tuple(differences(aheads, bare)),
        reason,
        model.key,
        package_version(),
        seed,
        posterior.setting.prior.record,
    )
