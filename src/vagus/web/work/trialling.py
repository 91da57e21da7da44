"""A trial from a form: the study file it makes, the run, and what a page shows of it."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...body.model import load_model
from ...observe import load_instrument, responded
from ...people.study import read_study
from ...people.trial import Trial, TrialArm, run_trial

Progress = Callable[[str, float], None]
_NINETY = 1.645  # standard errors of a 90 % interval


def study_text(facts: dict[str, Any]) -> str:
    """The study file (TOML) of what a form says.

    Argument: `facts` with id, title, conditions, people (per arm), days, instrument, visits (days) and arms, each with
    name, drug, route, amount, unit, minutes, dose_days and control.
    """
    text = [
        f"id = {_quoted(facts['id'])}",
        f"title = {_quoted(facts['title'])}",
        'split = "planned"',
        f"duration_d = {facts['days']:g}",
        "",
        "[population]",
        f"conditions = [{', '.join(_quoted(each) for each in facts['conditions'])}]",
        "",
    ]
    for arm in facts["arms"]:
        text += _arm_text(arm, facts)
    names = [arm["name"] for arm in facts["arms"]]
    for day in facts["visits"]:
        text += [
            "[[endpoint]]",
            f"instrument = {_quoted(load_instrument(facts['instrument']).abbreviation)}",
            f"time_d = {day:g}",
            'quantity = "change"',
            f"arm = {_quoted(names[0])}",
            *([f"versus = {_quoted(names[1])}"] if len(names) > 1 else []),
            "",
        ]
    return "\n".join(text)


def _arm_text(arm: dict[str, Any], facts: dict[str, Any]) -> list[str]:
    text = ["[[arm]]", f"name = {_quoted(arm['name'])}", f"n = {facts['people']}", ""]
    if arm["drug"] != "none":
        days = ", ".join(f"{day:g}" for day in arm["dose_days"])
        text += ["[[arm.dose]]", f"drug = {_quoted(arm['drug'])}", f"route = {_quoted(arm['route'])}"]
        if arm["drug"] not in ("saline", "placebo"):
            text += [f"amount = {arm['amount']:g}", f"unit = {_quoted(arm['unit'])}"]
        text += [f"duration_min = {arm['minutes']:g}"] if arm["minutes"] else []
        text += [f"days = [{days}]", ""]
    if arm["control"]:
        text += ["[arm.blinding]", f"control = {_quoted(arm['control'])}", ""]
    return text


def _quoted(words: str) -> str:
    """A TOML string; nothing a person writes can end it early."""
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def run_study(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Run the study of a job and give back what its page shows."""
    with tempfile.TemporaryDirectory(prefix="vagus-") as folder:
        path = Path(folder, "study.toml")
        path.write_text(request["toml"], encoding="utf-8")
        study = read_study(path)
    trial = run_trial(
        load_model(),
        study,
        count=request["people"],
        seed=request["seed"],
        progress=lambda part: progress("virtual people", part),
    )
    return told(trial, request["instrument"])


def told(trial: Trial, key: str) -> dict[str, Any]:
    """A trial as plain data: totals by arm and visit, response, who left, belief, and the difference of two arms."""
    scale = load_instrument(key)
    days = [float(hour) / 24 for hour in trial.visits]
    arms = [_arm(arm, key, days) for arm in trial.arms.values()]
    return {
        "instrument": key,
        "low": scale.total_low,
        "high": scale.total_high,
        "days": [float(f"{day:.4g}") for day in days],
        "arms": arms,
        "differences": [_difference(list(trial.arms.values()), key, visit) for visit in range(len(days))],
        "recipe": list(trial.recipe),
        "unrun": dict(trial.unrun),
        "count": trial.count,
        "seed": trial.seed,
        "model": trial.model,
    }


def _arm(arm: TrialArm, key: str, days: list[float]) -> dict[str, Any]:
    totals = np.asarray(arm.totals[key])
    known = np.isfinite(totals)
    middle, low, high, left = [], [], [], []
    for visit in range(totals.shape[1]):
        here = totals[known[:, visit], visit]
        middle.append(_number(here.mean()) if here.size else None)
        low.append(_number(np.quantile(here, 0.05)) if here.size else None)
        high.append(_number(np.quantile(here, 0.95)) if here.size else None)
        left.append(int(totals.shape[0] - here.size))
    scale = load_instrument(key)
    share = None
    if scale.response is not None or scale.response_points is not None:
        last, first = totals[:, -1], totals[:, 0]
        both = np.isfinite(last) & np.isfinite(first)
        share = _number(responded(first[both], last[both], scale).mean()) if both.any() else None
    return {
        "name": arm.name,
        "treatment": arm.treatment.title,
        "size": arm.size,
        "mean": middle,
        "low": low,
        "high": high,
        "missing": left,
        "responded": share,
        "belief": _number(np.nanmean(arm.belief)) if np.size(arm.belief) else None,
    }


def _difference(arms: list[TrialArm], key: str, visit: int) -> dict[str, Any] | None:
    """Change from the first rating to one visit, first arm minus second, with the 90 % interval of its mean."""
    if len(arms) < 2 or visit == 0:
        return None
    changes = []
    for arm in arms[:2]:
        totals = np.asarray(arm.totals[key])
        change = totals[:, visit] - totals[:, 0]
        changes.append(change[np.isfinite(change)])
    if min(map(len, changes)) < 2:
        return None
    mean = float(changes[0].mean() - changes[1].mean())
    error = float(np.sqrt(sum(change.var(ddof=1) / len(change) for change in changes)))
    pooled = float(np.sqrt(np.mean([change.var(ddof=1) for change in changes])))
    return {
        "mean": _number(mean),
        "low": _number(mean - _NINETY * error),
        "high": _number(mean + _NINETY * error),
        "d": _number(mean / pooled) if pooled > 0 else None,
    }


def _number(value: Any) -> float | None:
    number = float(value)
    return float(f"{number:.4g}") if np.isfinite(number) else None
