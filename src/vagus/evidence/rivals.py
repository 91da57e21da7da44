"""The other engines of `vagus bench`, each on the same people, doses and output times as ours.

Each is used as its own documents say, one person after another, with legs between the changes or with the changes as
events. `Rival.run` raises `Stuck` with the engine's own words where it does not get through.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Protocol

import libsbml
import numpy as np
from numpy.typing import NDArray

from ..extras import optional
from ..solve.events import Change
from .contest import Contest
from .legs import Stuck, absolute, legs, outputs_of
from .rival_diffrax import Diffrax

Array = NDArray[np.float64]
NAMES = ("libRoadRunner", "scipy LSODA", "COPASI", "diffrax", "AMICI")
_MOST_STEPS = 50_000  # between two output times; who needs more is stuck
_MOST_EVENTS = 100  # that an engine is asked to watch for at once


class Rival(Protocol):
    """Another engine on the people of a contest."""

    name: str

    def run(self, people: Sequence[int], rtol: float) -> Array:
        """Outputs (times, observables, people) at one tolerance; raises `Stuck`."""
        ...


def rivals(contest: Contest) -> Iterator[Rival | tuple[str, str]]:
    """Every engine that is installed and can take the contest; else its name and why not."""
    roadrunner = optional("roadrunner")
    if roadrunner is None:
        yield "libRoadRunner", "not installed"
    else:
        yield RoadRunner(contest, roadrunner)
        yield RoadRunner(contest, roadrunner, best=True)
    integrate = optional("scipy.integrate")
    yield Scipy(contest, integrate) if integrate is not None else ("scipy LSODA", "not installed")
    copasi = optional("basico")
    if copasi is None:
        yield "COPASI", "not installed"
    elif len(contest.changes[0]) > _MOST_EVENTS:
        yield (
            "COPASI",
            f"{len(contest.changes[0])} changes of light and doses are more events than it can watch for",
        )
    else:
        yield Copasi(contest, copasi)
    diffrax, jax = optional("diffrax"), optional("jax")
    yield (
        Diffrax(contest, diffrax, jax)
        if diffrax is not None and jax is not None
        else ("diffrax", "not installed")
    )
    yield "AMICI", "installed, but vagus bench does not drive it" if optional("amici") else "not installed"


class RoadRunner:
    """libRoadRunner: CVODE on machine code of its own, a dense Jacobian by differences.

    `best` compiles with the strongest optimisation it offers and gives every state the absolute tolerance of our
    engine. A single number, the ordinary use, is multiplied by what each state is at the start of every leg: a state
    that decays towards zero drags its tolerance along, in the end below the smallest numbers there are, and CVODE
    stops there.
    """

    def __init__(self, contest: Contest, roadrunner: ModuleType, best: bool = False) -> None:
        self.name = "libRoadRunner, best settings" if best else "libRoadRunner"
        self.contest, self.best = contest, best
        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
        config = roadrunner.Config
        before = config.getValue(config.LLVM_BACKEND)
        if best:
            config.setValue(config.LLVM_BACKEND, config.LLJIT)
            config.setValue(config.LLJIT_OPTIMIZATION_LEVEL, 3)
        self.engine = roadrunner.RoadRunner(contest.sbml)
        config.setValue(config.LLVM_BACKEND, before)
        self.engine.integrator.maximum_num_steps = _MOST_STEPS
        self.names = [contest.ids[contest.kernel.states[row]] for row in contest.select]

    def run(self, people: Sequence[int], rtol: float) -> Array:
        """Outputs (times, observables, people) at one tolerance; raises `Stuck`."""
        self.engine.integrator.relative_tolerance = rtol
        count = len(self.contest.kernel.states)
        self.engine.integrator.absolute_tolerance = [absolute(rtol)] * count if self.best else absolute(rtol)
        try:
            return np.stack([self._one(person) for person in people], axis=2)
        except RuntimeError as error:
            raise Stuck(f"{str(error).split(';')[0]} at hour {self.engine.model.getTime():.4g}") from None

    def _one(self, person: int) -> Array:
        contest, engine = self.contest, self.engine
        engine.resetToOrigin()
        for name, value in contest.fixed.items():
            engine[contest.ids[name]] = value
        for names, values in ((contest.kernel.parameters, contest.p), (contest.kernel.states, contest.y)):
            for name, value in zip(names, values[:, person], strict=True):
                engine[contest.ids[name]] = value
        engine.timeCourseSelections = self.names
        parts = [np.array([[engine[name] for name in self.names]])]
        for changes, points, wanted in legs(contest, person):
            for change in changes:
                self._apply(change)
            parts.append(np.asarray(engine.simulate(times=points.tolist()))[wanted])
        return np.concatenate(parts)

    def _apply(self, change: Change) -> None:
        kernel, ids = self.contest.kernel, self.contest.ids
        if change.jump:
            name = ids[kernel.states[change.index]]
            self.engine[name] = self.engine[name] + change.value
        else:
            self.engine[ids[kernel.parameters[change.index]]] = change.value


class Scipy:
    """LSODA of scipy on the rates of our machine code, which spares it compiling; a Jacobian by differences."""

    name = "scipy LSODA"

    def __init__(self, contest: Contest, integrate: ModuleType) -> None:
        self.contest, self.solve = contest, integrate.solve_ivp

    def run(self, people: Sequence[int], rtol: float) -> Array:
        """Outputs (times, observables, people) at one tolerance; raises `Stuck`."""

        def solve(points: Array, y: Array, p: Array) -> Array:
            ends = points[0], points[-1]
            got = self.solve(self._rates(p), ends, y, "LSODA", points, rtol=rtol, atol=absolute(rtol))
            if not got.success:
                raise Stuck(f"{got.message} at hour {got.t[-1] if got.t.size else points[0]:.4g}")
            return np.asarray(got.y.T)

        return outputs_of(self.contest, people, solve)

    def _rates(self, p: Array) -> Callable[[float, Array], Array]:
        """The rates of one person with as little between as Python allows."""
        kernel, width = self.contest.kernel, self.contest.kernel.width
        many = np.ascontiguousarray(np.repeat(p[:, None], width, axis=1))
        q = kernel.prepare(many)
        t, y, out = (
            np.empty(width),
            np.empty((len(kernel.states), width)),
            np.empty((len(kernel.states), width)),
        )
        run = kernel.code.function("rates", 5)
        places = [array.ctypes.data for array in (t, y, many, q, out)]

        def rates(now: float, state: Array) -> Array:
            t[:], y[:] = now, state[:, None]
            run(1, *places)
            held = many, q  # machine code reads them
            del held
            return out[:, 0].copy()

        return rates


class Copasi:
    """COPASI by basico: LSODA, the changes as events of the model."""

    name = "COPASI"

    def __init__(self, contest: Contest, basico: ModuleType) -> None:
        self.contest, self.basico = contest, basico
        self.seconds_loading = 0.0
        self.loaded: dict[int, object] = {}
        self.names = [f"Values[{contest.ids[contest.kernel.states[row]]}]" for row in contest.select]

    def run(self, people: Sequence[int], rtol: float) -> Array:
        """Outputs (times, observables, people) at one tolerance; raises `Stuck`."""
        return np.stack([self._one(person, rtol) for person in people], axis=2)

    def load(self, people: Sequence[int]) -> None:
        """Read the models of these people, so that it is not timed."""
        for person in people:
            if person not in self.loaded:
                self.loaded[person] = self.basico.load_model_from_string(with_events(self.contest, person))

    def _one(self, person: int, rtol: float) -> Array:
        self.load([person])
        times = self.contest.times
        table = None
        with contextlib.suppress(ValueError):
            table = self.basico.run_time_course_with_output(
                self.names,
                duration=float(times[-1]),
                intervals=len(times) - 1,
                r_tol=rtol,
                a_tol=absolute(rtol),
                max_steps=_MOST_STEPS,
                use_initial_values=True,
                update_model=False,
                model=self.loaded[person],
            )
        if table is None or len(table) != len(times):
            raise Stuck("the time course did not come to its end")
        return np.asarray(table.to_numpy(dtype=np.float64))


def with_events(contest: Contest, person: int) -> str:
    """The SBML of a contest for one person: their numbers, and the changes as events."""
    document = libsbml.readSBMLFromString(contest.sbml)
    model = document.getModel()
    numbers = {contest.ids[name]: value for name, value in contest.fixed.items()}
    for names, values in ((contest.kernel.parameters, contest.p), (contest.kernel.states, contest.y)):
        numbers |= {contest.ids[name]: float(v) for name, v in zip(names, values[:, person], strict=True)}
    for parameter in model.getListOfParameters():
        if parameter.getId() in numbers:
            parameter.setValue(numbers[parameter.getId()])
    for number, change in enumerate(sorted(contest.changes[person], key=lambda one: one.time)):
        rows = contest.kernel.states if change.jump else contest.kernel.parameters
        name = contest.ids[rows[change.index]]
        if not change.jump:
            model.getParameter(name).setConstant(False)
        if change.time <= contest.times[0]:
            parameter = model.getParameter(name)
            parameter.setValue(change.value + (parameter.getValue() if change.jump else 0.0))
            continue
        event = model.createEvent()
        event.setId(f"change_{number}")
        event.setUseValuesFromTriggerTime(True)
        trigger = event.createTrigger()
        trigger.setInitialValue(True)
        trigger.setPersistent(True)
        trigger.setMath(libsbml.parseL3Formula(f"time >= {float(change.time)!r}"))
        assignment = event.createEventAssignment()
        assignment.setVariable(name)
        formula = f"{name} + {float(change.value)!r}" if change.jump else f"{float(change.value)!r}"
        assignment.setMath(libsbml.parseL3Formula(formula))
    return str(libsbml.writeSBMLToString(document))
