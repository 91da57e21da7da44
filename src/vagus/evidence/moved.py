"""What a course moved: the lead state of every system with and without treatment, seen against the healthy person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..body.model import Model
from ..body.patient import Patient
from ..body.resting import resting_state
from ..people.course import Course
from ..people.draw import typical
from .coupling import System

_NEAR = 0.05  # of its size: so close to health nothing is left to go


@dataclass(frozen=True)
class Moved:
    """One system at one day: its lead state without and with treatment (medians of the people), and in health.

    `part` is how far it went: 1 all the way to the healthy value, -1 as far away from it; None where it stood near
    health without treatment and stays there, and for what is no part of health.
    """

    system: str
    without: float
    treated: float
    healthy: float
    part: float | None


def leads(systems: Sequence[System]) -> list[str]:
    """The lead states, to be recorded in a course."""
    return [system.lead for system in systems if system.lead]


def moved_by(course: Course, model: Model, systems: Sequence[System], day: float) -> list[Moved]:
    """What the treatment of a course moved by a day; the course must have recorded `leads`.

    Raises:
        VagusError: V505 when the healthy person does not come to rest.
    """
    healthy = typical(model, Patient())
    rest = resting_state(model, healthy.p, healthy.history, healthy.check).y[:, 0]
    at = int(np.argmin(np.abs(course.run.times - 24.0 * day)))
    found = []
    for system in systems:
        if not system.lead:
            continue
        values = course.run.level(system.lead)[:2, :, at]
        if not np.isfinite(values).any(axis=1).all():
            continue
        treated, without = (float(np.nanmedian(row)) for row in values)
        well = float(rest[model.state(system.lead)])
        part = None if system.better == "neither" else _part(without, treated, well)
        found.append(Moved(system.name, without, treated, well, part))
    return found


def _part(without: float, treated: float, healthy: float) -> float | None:
    size = max(abs(healthy), 0.2)  # states that rest near 0 run up to 1
    gap = healthy - without
    if abs(gap) < _NEAR * size:
        away = abs(treated - healthy) - abs(gap)
        return -min(1.0, away / size) if away > _NEAR * size else None
    return float(np.clip((treated - without) / gap, -1.0, 1.0))
