"""`gradient`: how the course of one person changes with numbers of the model, all of them in one simulation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import fail
from ..kernel.gradient import STEP, shifted, slopes
from ..solve.integrate import Control
from .model import Array, Model
from .resting import Resting, resting_state
from .simulate import People, simulate
from .treatment import Treatment

#: Ten times and more below what slopes are wanted at: differences magnify the error of the solver.
EXACT = Control(rtol=1e-8, atol=1e-11)


@dataclass(frozen=True)
class Gradient:
    """Slopes of outputs by parameters.

    Attributes:
        names: of the parameters.
        outputs: names of the outputs.
        times: hours (times,).
        value: the outputs of the person (outputs, times).
        slope: d output / d parameter (parameters, outputs, times), in the unit of the output per unit of the parameter.
        doubt: how much of a slope the last refinement changed, same shape.
    """

    names: tuple[str, ...]
    outputs: tuple[str, ...]
    times: Array
    value: Array
    slope: Array
    doubt: Array


def gradient(
    model: Model,
    people: People,
    treatment: Treatment,
    days: float,
    outputs: Sequence[str],
    names: Sequence[str],
    *,
    times: Array | None = None,
    control: Control = EXACT,
    step: float = STEP,
    from_rest: bool = True,
) -> Gradient:
    """Slopes of a course by traits, inputs or constants of the model.

    Args:
        model: the body.
        people: one person (`people.draw.typical` gives one).
        treatment: what is given.
        days: length of the course in days from day 0 08:00.
        outputs: names of states and outputs.
        names: of the parameters.
        times: hours at which the outputs are read; as `simulate` when None.
        control: tolerances; slopes are a few hundred times less exact than `rtol`.
        step: of each parameter's value (or of its range, where it is 0).
        from_rest: whether the person's resting state follows the parameter (True), or all start from the same one.

    Raises:
        VagusError: V315 an unknown name, V510 a shifted person who did not come to the end, and as `simulate`.
    """
    rows = np.array([model.parameter(name) for name in names], dtype=np.int64)
    spans = np.array([max(model.entries[name].high - model.entries[name].low, 1e-12) for name in names])
    crowd = shifted(people.p[:, 0], rows, step, np.where(np.isfinite(spans), spans, 1.0))
    count = crowd.p.shape[1]
    many = replace(
        people,
        p=crowd.p,
        weight=np.repeat(people.weight[:1], count),
        history=[people.history[0]] * count,
        check=[people.check[0]] * count,
        condition=[people.condition[0]] * count,
    )
    rest = _rest(model, many, control, from_rest)
    run = simulate(model, many, [treatment], days, outputs, times=times, control=control, resting=rest)
    if not run.sound.all():
        who, _, why, hour = run.failures()[0]
        name = names[(who - 1) // 4] if who else "nothing shifted"
        raise fail("V510", name=name, reason=why, hour=f"{hour:.1f}")
    wanted = tuple(dict.fromkeys(outputs))
    values = np.stack([run.values[name][0] for name in wanted]).transpose(0, 2, 1)  # outputs, times, lanes
    slope, doubt = (part.transpose(2, 0, 1) for part in slopes(values, crowd.widths))
    return Gradient(tuple(names), wanted, run.times, values[..., 0], slope, doubt)


def _rest(model: Model, many: People, control: Control, from_rest: bool) -> Resting:
    """Where the person and the shifted ones rest; checks of the condition do not matter for a small shift."""
    if from_rest:
        return resting_state(model, many.p, many.history, many.check, control, keep=False)
    one = resting_state(model, many.p[:, :1], many.history[:1], many.check[:1], control)
    return one.take(np.zeros(many.p.shape[1], dtype=np.int64))
