"""What is raced in `vagus bench`: a model, people, doses and times that both engines get alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import libsbml
import numpy as np
from numpy.typing import NDArray

from ..body.clock import LIGHT, enter, light_changes, started
from ..body.model import Model, lean_equations, load_model
from ..body.patient import Patient
from ..body.resting import Resting
from ..body.treatment import dose_changes, load_treatment
from ..kernel.drive import drive
from ..kernel.kernel import Kernel, build_kernel
from ..language.compose import compose
from ..language.equations import Equations, text_hash
from ..language.sbml import read_sbml
from ..people.draw import draw_accepted
from ..solve.events import Change, Events
from ..solve.integrate import Control, Journey
from ..tables import atlas_path, read_toml

Array = NDArray[np.float64]
REFERENCE = Control(rtol=1e-10, atol=1e-13, most_steps=5_000_000)
DUST = 1e-30  # what rounding leaves of a state at rest at zero, in any unit of the tables


@dataclass(frozen=True)
class Contest:
    """One race.

    Attributes:
        name: of the model.
        kernel: our machine code.
        sbml: the same model for the other engine.
        ids: SBML ids of states and of the parameters that are set, by our names.
        y, p: start values and parameters (rows, people).
        changes: of each person.
        times: output times in hours.
        select: states that are compared.
        fixed: values of SBML parameters that are plain numbers in our code.
        equations: what the kernel was made of.
    """

    name: str
    kernel: Kernel
    sbml: str
    ids: dict[str, str]
    y: Array
    p: Array
    changes: Sequence[Sequence[Change]]
    times: Array
    select: NDArray[np.int64]
    fixed: dict[str, float]
    equations: Callable[[], Equations]

    def run(
        self, control: Control, people: int | None = None, threads: int = 1, ends: bool = False
    ) -> Journey:
        """Our engine; `ends` records the first and the last time only."""
        count = self.y.shape[1] if people is None else people
        who = np.arange(count) % self.y.shape[1]
        events = Events([self.changes[i] for i in who])
        y, p = self.y[:, who], self.p[:, who]
        times = self.times[[0, -1]] if ends else self.times
        return drive(self.kernel, y, p, events, times, control, self.select, threads=threads)

    def daily(self) -> "Contest":
        """The same with outputs once a day."""
        return replace(self, times=np.arange(self.times[0], self.times[-1] + 1e-9, 24.0))

    def error(self, got: Array, reference: Array) -> Array:
        """Largest error over times and observables of each person, |y - ref| / max(|ref|, 1e-3 max |ref|)."""
        size = np.maximum(np.abs(reference), 1e-3 * np.abs(reference).max(axis=0))
        part = np.divide(np.abs(got - reference), size, out=np.zeros_like(reference), where=size > 0)
        return np.asarray(part.max(axis=(0, 1)))


def with_values(text: str, values: Mapping[str, float]) -> str:
    """An SBML text with the values of its parameters set: the composed body has none, they stand in the tables."""
    document = libsbml.readSBMLFromString(text)
    for parameter in document.getModel().getListOfParameters():
        if parameter.getId() in values:
            parameter.setValue(values[parameter.getId()])
    return str(libsbml.writeSBMLToString(document))


def standin(people: int, seed: int = 0) -> Contest:
    """The 90-state stand-in: eight infusions, 84 days, 1,457 output times, 20 observables."""
    course = read_toml(atlas_path("bench", "standin.toml"))
    text = compose(atlas_path("bench", "standin.ant"))
    equations = partial(read_sbml, text, "standin.ant")
    kernel = build_kernel(text_hash(text), equations)
    names = list(kernel.parameters)
    rng = np.random.default_rng(seed)
    p = kernel.values[:, None] * np.exp(course["spread"] * rng.standard_normal((len(names), people)))
    row, dose, duration = (names.index(course[key]) for key in ("input", "dose", "duration"))
    for held in (row, dose, duration):
        p[held] = kernel.values[held]
    rate = kernel.values[dose] / kernel.values[duration]
    changes = [
        change
        for start in course["starts"]
        for change in (
            Change(start, False, row, rate),
            Change(start + kernel.values[duration], False, row, 0.0),
        )
    ]
    times = np.linspace(0.0, 24.0 * course["days"], course["times"])
    select = np.arange(course["observables"])
    ids = {name: name for name in (*kernel.states, *names)}
    y = np.repeat(kernel.start[:, None], people, axis=1)
    return Contest("standin", kernel, text, ids, y, p, [changes] * people, times, select, {}, equations)


def body(people: int, seed: int = 0) -> Contest:
    """The body in day means: people with depression, six infusions, 84 days, 1,457 output times, 20 observables."""
    return _body("body_averaged", people, seed, full=False)


def body_with_clock(people: int, seed: int = 0) -> Contest:
    """The same people and infusions with the 24-hour clock running and the light of every day."""
    return _body("body", people, seed, full=True)


def _body(name: str, people: int, seed: int, full: bool) -> Contest:
    course = read_toml(atlas_path("bench", "standin.toml"))
    model: Model = load_model()
    crowd, rest, _ = draw_accepted(model, Patient(conditions=("mdd",)), people, seed + 1)
    p, y = (crowd.p, rest.y) if not full else _running(model, crowd.p, rest)
    # Rounding dust of the resting state: CVODE takes it for the size of the state and stands still where it wakes.
    y = np.where(np.abs(y) < DUST, 0.0, y)
    free = [model.places[name] for name in model.lean.parameters]
    place = {row: number for number, row in enumerate(free)}
    hours = 24.0 * course["days"]
    light = _light(model, hours) if full else []
    treatment = load_treatment("ketamine-iv-6")
    changes = [
        [
            change if change.jump else Change(change.time, False, place[change.index], change.value)
            for change in (*light, *dose_changes(treatment, model, float(weight), hours))
        ]
        for weight in crowd.weight
    ]
    times = np.linspace(0.0, hours, course["times"])
    wanted = [name for name in model.states if name.partition(".")[0] in ("mood", "pain", "sleep", "hpa")]
    select = np.array([model.state(name) for name in wanted[: course["observables"]]])
    ids = {name: name.replace(".", "_", 1) for name in (*model.states, *model.parameters)}
    fixed = {
        name: model.entries[name].value for name in model.parameters if name not in model.lean.parameters
    }
    values = {ids[name]: model.entries[name].value for name in (*model.states, *model.parameters)}
    sbml = with_values(model.text, values)
    equations = partial(lean_equations, model.text, model.entries)
    return Contest(name, model.lean, sbml, ids, y, p[free], changes, times, select, fixed, equations)


def _running(model: Model, p: Array, rest: Resting) -> tuple[Array, Array]:
    """Parameters and states of the same people at 08:00 with the clock running."""
    return started(model, p, True), enter(model, p, rest, Control()).y


def _light(model: Model, hours: float) -> list[Change]:
    """The light of every day, as changes of its input."""
    row = model.parameter(LIGHT)
    return [
        Change(float(at), False, row, float(lux)) for at, lux in zip(*light_changes(0.0, hours), strict=True)
    ]
