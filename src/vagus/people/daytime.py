"""Outcomes that depend on the time of the day: the people of an arm once more, with the 24-hour clock running.

Everything else of a trial is read in day means, in which a level "now" is that of the whole day.
"""

from collections.abc import Sequence

import numpy as np

from ..body.model import Array, Model
from ..body.resting import Resting
from ..body.simulate import simulate
from ..solve.integrate import Control
from .population import Group
from .regimen import Stretch, clock_shift, regimen
from .study_record import Arm

MOMENT = "_now"  # ending of outputs that mean this moment
MOST_DAYS = 14.0  # of a study that is simulated with the clock
EVERY = 1.0 / 3.0  # hours between two looks on the first day
_HOUR = 1e-6


def of_the_moment(names: Sequence[str]) -> tuple[str, ...]:
    """The outputs that depend on the time of the day."""
    return tuple(name for name in names if name.endswith(MOMENT))


def read_with_clock(
    model: Model, arm: Arm, group: Group, names: Sequence[str], hours: Array, control: Control
) -> dict[str, Array]:
    """Outputs by name (people, times), at hours after the first dose at its time of the day.

    Args:
        model: the body.
        arm: what is given, and when the first dose is.
        group: to whom.
        names: of the outputs.
        hours: rising from 0.
        control: tolerances.

    Raises:
        VagusError: V505 for people whose days do not become alike.
    """
    shift = clock_shift(arm)
    at = np.unique(np.round(np.concatenate([[0.0], shift + hours]), 9))
    size = group.size
    still = np.zeros(size, dtype=np.int64)
    rest = Resting(group.y, still, np.zeros(size), np.ones(size, dtype=bool), still)
    treatment = regimen((Stretch(arm),))
    days = (float(at[-1]) + _HOUR) / 24.0
    run = simulate(
        model,
        group.people,
        [treatment],
        days,
        list(names),
        times=at,
        control=control,
        resting=rest,
        clock="full",
    )
    place = np.searchsorted(at, np.round(shift + hours, 9))
    return {name: run.values[name][0][:, place] for name in names}
