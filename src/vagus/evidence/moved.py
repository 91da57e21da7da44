"""What a course moved: the lead state of every system with and without treatment, seen against the healthy person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..body.model import Model
from ..body.patient import Patient
from ..body.resting import resting_state
from ..body.simulate import simulate
from ..body.treatment import load_treatment
from ..people.course import Course
from ..people.draw import typical
from .coupling import Coupling, System

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
        part = None if system.better == "neither" else part_of_way(without, treated, well)
        found.append(Moved(system.name, without, treated, well, part))
    return found


def quantities(coupling: Coupling) -> list[str]:
    """What the arrows of a map read, each once, to be recorded in a course."""
    return list(dict.fromkeys(arrow.quantity for arrow in coupling.arrows))


def shifts_of(course: Course, names: Sequence[str], day: float) -> dict[str, float]:
    """How far each recorded quantity lies from its course without treatment on a day, in its unit (medians)."""
    at = int(np.argmin(np.abs(course.run.times - 24.0 * day)))
    found = {}
    for name in names:
        if name in course.run.values:
            treated, without = (np.nanmedian(row) for row in course.run.level(name)[:2, :, at])
            found[name] = float(treated - without)
    return found


def shifts_at_rest(model: Model, names: Sequence[str], conditions: Sequence[str]) -> dict[str, float]:
    """How far each quantity of the typical person with these conditions lies from that of the healthy one, at rest.

    Raises:
        VagusError: V505 when one of them does not come to rest.
    """
    levels = []
    for own in ((), tuple(conditions)):
        person = typical(model, Patient(conditions=own) if own else Patient())
        rest = resting_state(model, person.p, person.history, person.check)
        day = np.array([0.0, 1.0])
        run = simulate(
            model, person, [load_treatment("untreated")], 1.0, list(names), times=day, resting=rest
        )
        levels.append({name: float(run.values[name][0, 0, 0]) for name in names})
    return {name: levels[1][name] - levels[0][name] for name in names}


def weights(coupling: Coupling, shifts: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """For each pair of systems, its share of all that reaches the receiver: strength times shift, without sign.

    Empty when nothing is known of any shift.
    """
    size = {
        pair: sum(abs(a.gain * shifts.get(a.quantity, 0.0)) for a in arrows)
        for pair, arrows in coupling.pairs().items()
    }
    total: dict[str, float] = {}
    for (_, receiver), one in size.items():
        total[receiver] = total.get(receiver, 0.0) + one
    return {pair: one / total[pair[1]] for pair, one in size.items() if total[pair[1]] > 0.0}


def part_of_way(without: float, treated: float, healthy: float) -> float | None:
    """How far a value went from where it stood without treatment: 1 to the healthy value, -1 as far away from it.

    None where it stood near health and stays there.
    """
    size = max(abs(healthy), 0.2)  # states that rest near 0 run up to 1
    gap = healthy - without
    if abs(gap) < _NEAR * size:
        away = abs(treated - healthy) - abs(gap)
        return -min(1.0, away / size) if away > _NEAR * size else None
    return float(np.clip((treated - without) / gap, -1.0, 1.0))
