"""Scales whose items are components, each made of several answers by a rule of its table (PSQI)."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import did_you_mean, fail
from ..tables import atlas_path, read_toml
from .instrument import load_instrument


def components(key: str, answers: Mapping[str, float]) -> np.ndarray:
    """The marks (components,) of a scale from the answers a person gave, by number of the question.

    Arguments: `key` of the instrument; `answers` in the unit its rule names (marks, minutes, hours, percent).
    Raises V405 for an unknown scale, V443 for a scale without components, V440 for a missing answer.
    """
    scale = load_instrument(key)
    rules = read_toml(atlas_path("instruments", f"{key}.toml")).get("component", [])
    if not rules:
        raise fail("V443", instrument=scale.abbreviation, what="rule of components")
    marks = [_mark(scale.abbreviation, rule, answers) for rule in rules]
    return np.clip(np.array(marks, dtype=float), scale.low, scale.high)


def _mark(name: str, rule: Mapping, answers: Mapping[str, float]) -> float:
    """One component: each answer by its own steps where it has some, then added up, then by the steps of the rule."""
    total = 0.0
    for question in rule["answers"]:
        if question not in answers:
            raise fail("V440", instrument=name, name=question, hint=did_you_mean(question, answers))
        value = float(answers[question])
        total += _steps(rule["first"][question], value) if question in rule.get("first", {}) else value
    return _steps(rule["steps"], total) if "steps" in rule else total


def _steps(steps: Sequence[float], value: float) -> float:
    """How many steps a value has passed: rising steps when it is at or above, falling ones when it is below."""
    rising = steps[0] < steps[-1]
    return float(sum(value >= step if rising else value < step for step in steps))
