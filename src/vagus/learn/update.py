"""Carry a fit on: the virtual people of an earlier fit live through the new entries and are weighted anew."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ..body.model import Model
from .bank import extended
from .diary import Diary
from .fit import Posterior, Setting, Size, approach, fit
from .follow import Follow, read_fit, setting_of
from .measure import asked_of
from .plan import plan_of
from .stored import Stored, read_fit_file
from .weights import effective, likelihood, normalised

ENOUGH = 100.0  # people who must carry the weight; with fewer, people are moved
LEAST = 25.0  # with fewer than this in the end the person is fitted anew
MOVED = Size(moved=400)


def update(
    model: Model,
    diary: Diary,
    path: str | Path,
    plans: Sequence[str],
    weeks: float,
    *,
    seed: int = 1,
    size: Size | None = None,
    explain: bool = True,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[Follow, bool]:
    """A fit with new entries, and whether the earlier one could be carried on (else it was made anew).

    Arguments as of `follow`; `path` is the posterior.nc of the earlier fit.

    Raises:
        VagusError: V496 when the file is not an earlier fit of this person; those of `follow`.
    """
    chosen = [plan_of(diary, name, weeks) for name in dict.fromkeys(plans)]
    setting = setting_of(model, diary, seed)
    stored = read_fit_file(model, diary, setting.prior, path)
    posterior = _carried(model, diary, stored, setting)
    if posterior is not None and posterior.effective < ENOUGH:
        end = float(stored.bank.times[-1])
        known = asked_of([one for one in (*diary.scores, *diary.vitals) if one.hour <= end])
        tell = progress or (lambda what, part: None)
        posterior = approach(posterior, MOVED, np.random.default_rng(seed + 1), tell, known)
    carried = posterior is not None and posterior.effective >= LEAST
    if posterior is None or not carried:
        posterior = fit(setting, seed, size, progress)
    return read_fit(model, diary, posterior, chosen, weeks, seed, explain, progress), carried


def _carried(model: Model, diary: Diary, stored: Stored, setting: Setting) -> Posterior | None:
    """The posterior of the stored people; None when an output is wanted that they do not carry."""
    bank = stored.bank
    if set(setting.names) - set(bank.names):
        return None
    start = float(bank.times[-1])
    later = setting.times[setting.times > start]
    if later.size:
        bank = extended(model, bank, setting.past, diary.happenings, later)
    before = [one for one in (*diary.scores, *diary.vitals) if one.hour <= start]
    old = likelihood(model, bank, asked_of(before)).of_people
    found = likelihood(model, bank, setting.asked)
    log = np.where(np.isfinite(found.of_people), found.of_people - old, -np.inf)
    if not np.isfinite(log).any():
        return None
    weights = normalised(log)
    return Posterior(setting, bank, found, weights, effective(weights), 0, 1.0, (), 0, bank, found)
