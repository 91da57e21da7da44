"""Any SBML or Antimony model, run: from its file to a table of what was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..kernel.drive import drive
from ..kernel.kernel import Kernel, build_kernel
from ..language.compose import flatten
from ..language.equations import TIME, Equations
from ..language.evaluate import evaluate
from ..language.foreign import Foreign, Form, read_foreign
from ..language.outline import Outline, outline
from ..language.rescale import rescale
from ..solve.events import Events
from ..solve.integrate import Control, Journey
from ..solve.trigger import FLOOR, OWN, Trigger, Watch, Write, follow
from ..tables import read_text

Array = NDArray[np.float64]
LARGEST_FILE = 20_000_000  # bytes
MOST_STEPS = 2_000_000
TOGETHER = 512  # people under watch at a time: what Python costs a step is shared among them
SCOUT = 1e-5  # relative tolerance of the first traveller


@dataclass(frozen=True)
class Order:
    """What to run.

    Attributes:
        start, end, steps: output times, in the time of the model.
        wanted: names and forms of what is given out; the usual when empty.
        people: how many; more than one differ in their parameters.
        spread: standard deviation of the logarithm of each constant parameter between people.
        seed: of that spread and of the order of events that are equally urgent.
        rtol: relative tolerance.
        at: output times, rising, in place of start, end and steps.
    """

    start: float = 0.0
    end: float = 10.0
    steps: int = 50
    wanted: tuple[tuple[str, Form], ...] = ()
    people: int = 1
    spread: float = 0.0
    seed: int = 1
    rtol: float = 1e-9
    at: tuple[float, ...] = ()


@dataclass(frozen=True)
class Result:
    """What comes back.

    Attributes:
        names: of the columns, without time.
        times: (times,).
        values: (times, columns, people); NaN from the failure of a person on.
        reason: (people,) 0 or why the person's run ended early.
        stopped: (people,) the time reached.
        steps: (people,) steps taken.
    """

    names: tuple[str, ...]
    times: Array
    values: Array
    reason: NDArray[np.int64]
    stopped: Array
    steps: NDArray[np.int64]


def model_text(path: Path) -> str:
    """The SBML text of a model file, Antimony or SBML; raises V101-V105, V2xx."""
    if path.suffix == ".ant":
        read_text(path, LARGEST_FILE)
        return flatten(path)
    return read_text(path, LARGEST_FILE)


def run_foreign(path: Path, order: Order) -> Result:
    """Run a model file.

    Raises:
        VagusError: V1xx and V2xx when the model cannot be read or run.
    """
    return run_text(model_text(path), str(path), order)


def run_text(text: str, file: str, order: Order) -> Result:
    """Run SBML text; `file` is its name for errors. Raises V2xx when the model cannot be read or run."""
    model = read_foreign(text, file, order.wanted)
    plan = outline(model)
    if order.at:
        order = replace(order, start=order.at[0], end=order.at[-1], steps=len(order.at) - 1)
    times = np.array(order.at) if order.at else _times(order)
    p, y = _beginning(model, order)
    journey = _travel(model, plan, order, times, y, p)
    return Result(
        tuple(model.equations.outputs), times, journey.outputs, journey.reason, journey.stopped, journey.steps
    )


def _times(order: Order) -> Array:
    """Output times as one would write them, 0.3 and not 0.30000000000000004: an event at 0.3 is then seen there."""
    even = np.linspace(order.start, order.end, order.steps + 1)
    written = np.array([float(f"{time:.15g}") for time in even])
    written[[0, -1]] = order.start, order.end
    return written if (np.diff(written) > 0).all() else even


def _travel(model: Foreign, plan: Outline, order: Order, times: Array, y: Array, p: Array) -> Journey:
    """Everybody through time: in machine code where all is smooth, else under watch.

    A first traveller goes at a low tolerance and shows how large each state becomes; in machine code the states are
    counted in these sizes, so that one absolute tolerance fits them all.
    """
    kernel = _kernel(plan.equations, order.wanted)
    rows = _rows(model, kernel)
    control = Control(rtol=order.rtol, atol=0.0, least_step=0.0, most_steps=MOST_STEPS, lanes=TOGETHER)
    watch = _watch(plan, model, kernel, order.seed)
    if watch.triggers or watch.switches:
        return follow(kernel, y, p, watch, times, control, rows)
    scout = replace(control, rtol=max(order.rtol, SCOUT))
    everything = np.arange(len(kernel.outputs), dtype=np.int64)
    first = follow(kernel, y[:, :1], p[:, :1], watch, times, scout, everything)
    sizes = _sizes(first.largest[:, 0])
    if first.reason[0] or not np.isfinite(sizes).all():
        return follow(kernel, y, p, watch, times, control, rows)
    sized = rescale(plan.equations, dict(zip(kernel.states, sizes.tolist(), strict=True)))
    fast = _kernel(sized, order.wanted)
    largest = (order.end - order.start) / max(
        order.steps, 20
    )  # as `follow`: no pulse between outputs is stepped over
    control = replace(control, atol=OWN * order.rtol, largest_step=largest)
    select = len(kernel.states) + rows
    journey = drive(fast, y / sizes[:, None], p, Events([[]] * order.people), times, control, select)
    return replace(journey, y=journey.y * sizes[:, None])


def _sizes(largest: Array) -> Array:
    """Powers of two near the largest value of each state, so that dividing by them changes no digit."""
    top = float(np.max(largest, initial=0.0)) or 1.0
    return np.asarray(2.0 ** np.round(np.log2(np.maximum(largest, FLOOR / OWN * top))))


def _kernel(equations: Equations, wanted: Sequence[tuple[str, Form]]) -> Kernel:
    """The compiled model; what is given out, and in what form, is part of its key."""
    key = "\0".join(["foreign 4", equations.text_hash, repr(tuple(wanted)), *equations.outputs])
    return build_kernel(key, lambda: equations)


def _beginning(model: Foreign, order: Order) -> tuple[Array, Array]:
    """Parameters and states of all people at the start."""
    equations = model.equations
    p = np.repeat(np.array(equations.values, dtype=np.float64)[:, None], order.people, axis=1)
    if order.spread > 0.0 and order.people > 1:
        random = np.random.default_rng(order.seed)
        for row, name in enumerate(equations.parameters):
            if name in model.drawn:
                p[row] *= np.exp(order.spread * random.standard_normal(order.people))
    given: dict[str, Array | float] = dict(zip(equations.parameters, p, strict=True))
    given[TIME] = order.start
    found = evaluate(equations.graph, dict(model.start), given)
    for row, name in enumerate(equations.parameters):
        if name in model.start:
            p[row] = found[name]
    y = np.zeros((len(equations.states), order.people))
    for row, name in enumerate(equations.states):
        if name in model.start:
            y[row] = found[name]
    return p, y


def _rows(model: Foreign, kernel: Kernel) -> NDArray[np.int64]:
    row = {name: i for i, name in enumerate(kernel.outputs)}
    return np.array([row[name] for name in model.equations.outputs], dtype=np.int64)


def _watch(plan: Outline, model: Foreign, kernel: Kernel, seed: int) -> Watch:
    """Events and discontinuities as rows of what the kernel computes."""
    row = {node: i for i, node in enumerate(plan.equations.outputs.values())}
    states = {name: i for i, name in enumerate(kernel.states)}
    places = {name: i for i, name in enumerate(kernel.parameters)}
    triggers = tuple(
        Trigger(
            row=row[one.trigger],
            true_before=one.true_before,
            persistent=one.persistent,
            delay=None if one.delay is None else row[one.delay],
            priority=None if one.priority is None else row[one.priority],
            early=one.early,
            writes=tuple(
                Write(
                    setting.name in states,
                    states.get(setting.name, places.get(setting.name, -1)),
                    row[setting.value],
                    None if setting.size is None else row[setting.size],
                )
                for setting in one.settings
            ),
        )
        for one in model.happenings
    )
    return Watch(
        triggers,
        tuple(row[node] for node in plan.switches),
        tuple(row[node] for node in plan.moments),
        tuple(row[node] for node in plan.clocked),
        tuple(row[node] for node in plan.hinges),
        tuple(row[node] for node in plan.gaps),
        tuple(row[node] for node in plan.clock_gaps),
        seed,
    )
