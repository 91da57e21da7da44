"""`travel`: people of the body through time, with the machine code that fits them.

Who differs from the tables only in traits and inputs travels with the lean code, in which all constants are plain
numbers; a person with another constant (a sensitivity, a printed set, a cut arrow) needs the general one.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..kernel.drive import drive
from ..solve.events import Events
from ..solve.integrate import Control, Journey
from .model import Array, Model


def travel(
    model: Model,
    y: Array,
    p: Array,
    events: Events,
    times: Array,
    control: Control,
    select: NDArray[np.int64],
    progress: Callable[[float], None] | None = None,
) -> Journey:
    """Integrate from times[0] to times[-1].

    Args:
        model: the body.
        y: start values (states, people).
        p: parameters (parameters, people), rows as `model.parameters`.
        events: changes at known times, by rows of states and parameters.
        times: output times in hours, rising.
        control: tolerances and limits.
        select: what to record: rows of the states followed by the outputs.
        progress: called with the part that is done.
    """
    lean = _fits_lean(model, p, events)
    if lean.all() or not lean.any():
        return _together(model, bool(lean.all()), y, p, events, times, control, select, progress)
    # One by one, so that nobody's numbers depend on who else is asked for.
    both = Journey(
        np.empty((len(times), len(select), len(lean))),
        np.empty(y.shape),
        np.empty(p.shape),
        np.empty(len(lean), dtype=np.int64),
        np.empty(len(lean), dtype=np.int64),
        np.empty(len(lean)),
    )
    for fits in (True, False):
        who = np.flatnonzero(lean == fits)
        part = _together(
            model, fits, y[:, who], p[:, who], _of(events, who), times, control, select, progress
        )
        both.outputs[:, :, who], both.y[:, who], both.p[:, who] = part.outputs, part.y, part.p
        both.reason[who], both.steps[who], both.stopped[who] = part.reason, part.steps, part.stopped
    return both


def _together(
    model: Model,
    lean: bool,
    y: Array,
    p: Array,
    events: Events,
    times: Array,
    control: Control,
    select: NDArray[np.int64],
    progress: Callable[[float], None] | None,
) -> Journey:
    """The journey of people whom one machine code fits."""
    kernel = model.lean if lean else model.kernel
    rows = np.array([model.places[name] for name in kernel.parameters], dtype=np.int64)
    inside = drive(
        kernel, y, p[rows], _moved(events, rows, len(model.parameters)), times, control, select, progress
    )
    last = np.array(p, dtype=np.float64)
    last[rows] = inside.p
    return replace(inside, y=np.ascontiguousarray(inside.y), p=last)


def _fits_lean(model: Model, p: Array, events: Events) -> NDArray[np.bool_]:
    """(people,) who has the constants of the tables, and keeps them."""
    free = {model.places[name] for name in model.lean.parameters}
    fixed = np.array([row for row in range(len(model.parameters)) if row not in free], dtype=np.int64)
    lean = (p[fixed] == model.defaults()[fixed, None]).all(axis=0)
    owner = np.repeat(np.arange(lean.size), np.diff(events.first))
    lean[owner[~events.jump & np.isin(events.index, fixed)]] = False
    return lean


def _of(events: Events, who: NDArray[np.int64]) -> Events:
    """The events of some of the people."""
    kept = [np.arange(events.first[i], events.first[i + 1]) for i in who]
    part = Events([])
    entries = np.concatenate(kept).astype(np.int64)
    part.first = np.cumsum([0, *map(len, kept)])
    part.time, part.jump = events.time[entries], events.jump[entries]
    part.index, part.value = events.index[entries], events.value[entries]
    return part


def _moved(events: Events, rows: NDArray[np.int64], count: int) -> Events:
    """The same events with parameter rows counted among those that the code reads."""
    place = np.full(count, -1, dtype=np.int64)
    place[rows] = np.arange(rows.size)
    moved = Events([])
    moved.first, moved.time, moved.jump, moved.value = events.first, events.time, events.jump, events.value
    moved.index = np.where(events.jump, events.index, place[np.where(events.jump, 0, events.index)])
    return moved
