"""What is raced in `vagus bench`: a model, people, doses and times that both engines get alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libsbml
import numpy as np
from numpy.typing import NDArray

from ..body.model import Model, load_model
from ..body.patient import Patient
from ..body.treatment import dose_changes, load_treatment
from ..kernel.drive import drive
from ..kernel.kernel import Kernel, build_kernel
from ..language.compose import compose
from ..language.equations import text_hash
from ..language.sbml import read_sbml
from ..people.draw import draw_accepted
from ..solve.events import Change, Events
from ..solve.integrate import Control, Journey
from ..tables import atlas_path, read_toml

Array = NDArray[np.float64]
REFERENCE = Control(rtol=1e-10, atol=1e-13, most_steps=5_000_000)


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

    def run(self, control: Control, people: int | None = None, threads: int = 1) -> Journey:
        """Our engine."""
        count = self.y.shape[1] if people is None else people
        who = np.arange(count) % self.y.shape[1]
        events = Events([self.changes[i] for i in who])
        y, p = self.y[:, who], self.p[:, who]
        return drive(self.kernel, y, p, events, self.times, control, self.select, threads=threads)

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
    kernel = build_kernel(text_hash(text), lambda: read_sbml(text, "standin.ant"))
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
    return Contest("standin", kernel, text, ids, y, p, [changes] * people, times, select, {})


def body(people: int, seed: int = 0) -> Contest:
    """The body in day means: people with depression, six infusions, 84 days, 1,457 output times, 20 observables."""
    course = read_toml(atlas_path("bench", "standin.toml"))
    model: Model = load_model()
    crowd, rest, _ = draw_accepted(model, Patient(conditions=("mdd",)), people, seed + 1)
    treatment = load_treatment("ketamine-iv-6")
    free = [model.places[name] for name in model.lean.parameters]
    place = {row: number for number, row in enumerate(free)}
    changes = [
        [
            change if change.jump else Change(change.time, False, place[change.index], change.value)
            for change in dose_changes(treatment, model, float(weight), 24.0 * course["days"])
        ]
        for weight in crowd.weight
    ]
    times = np.linspace(0.0, 24.0 * course["days"], course["times"])
    wanted = [name for name in model.states if name.partition(".")[0] in ("mood", "pain", "sleep", "hpa")]
    select = np.array([model.state(name) for name in wanted[: course["observables"]]])
    ids = {name: name.replace(".", "_", 1) for name in (*model.states, *model.parameters)}
    fixed = {
        name: model.entries[name].value for name in model.parameters if name not in model.lean.parameters
    }
    values = {ids[name]: model.entries[name].value for name in (*model.states, *model.parameters)}
    sbml = with_values(model.text, values)
    return Contest(
        "body_averaged", model.lean, sbml, ids, rest.y, crowd.p[free], changes, times, select, fixed
    )
