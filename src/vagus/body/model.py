"""The body, loaded: equations from the modules, numbers from the tables, machine code from the cache."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import did_you_mean, fail
from ..kernel.kernel import Kernel, build_kernel
from ..kernel.machine import cache_key, read_cache, write_cache
from ..language.check import check_model
from ..language.compose import body_text
from ..language.equations import Equations, specialise, text_hash
from ..language.sbml import read_sbml, rename_with
from ..tables import Entry, atlas_path, read_parameters
from .output import load_outputs

Array = NDArray[np.float64]
#: Kinds of numbers that are the same for everybody: machine code may hold them as plain numbers.
FIXED_KINDS = ("constant", "reference")


@dataclass(frozen=True, eq=False)
class Model:
    """The compiled body with its parameter tables; kept apart by identity, so that what is made of one can be cached.

    Attributes:
        lean: machine code with the constants of the tables built in; its parameters are traits and inputs.
        parameters: names of all parameters, in the order of every parameter array.
        entries: every number by full name, with unit, bounds, spread, source and grade.
        text: the composed SBML.
        key: hash of equations and tables; two results with one key come from the same model.
    """

    lean: Kernel
    parameters: tuple[str, ...]
    entries: Mapping[str, Entry]
    text: str
    key: str

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states, in the order of every state array."""
        return self.lean.states

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the assignments."""
        return self.lean.outputs

    @cached_property
    def kernel(self) -> Kernel:
        """Machine code in which every number is a parameter; built when first asked for."""
        return build_kernel(text_hash(self.text), lambda: _equations(self.text, self.entries))

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Row of each parameter."""
        return {name: row for row, name in enumerate(self.parameters)}

    @cached_property
    def state_places(self) -> Mapping[str, int]:
        """Row of each state."""
        return {name: row for row, name in enumerate(self.states)}

    def state(self, name: str) -> int:
        """Row of a state; raises V315 for a name that is none."""
        return _row(name, self.state_places)

    def parameter(self, name: str) -> int:
        """Row of a parameter; raises V315 for a name that is none."""
        return _row(name, self.places)

    def start(self) -> Array:
        """Start values (states,) from the tables."""
        return np.array([self.entries[name].value for name in self.states])

    def defaults(self) -> Array:
        """Parameter values (parameters,) from the tables."""
        return np.array([self.entries[name].value for name in self.parameters])

    def unit(self, name: str) -> str:
        """Unit of a state, parameter or output as its table writes it; '1' for outputs without a row."""
        if name in self.entries:
            return self.entries[name].unit
        return load_outputs()[name].unit if name in load_outputs() else "1"


def _row(name: str, places: Mapping[str, int]) -> int:
    if name not in places:
        raise fail("V315", name=name, hint=did_you_mean(name, places))
    return places[name]


@lru_cache(maxsize=1)
def load_model() -> Model:
    """The body of the atlas, checked and compiled.

    Raises:
        VagusError: V1xx-V3xx, the first problem of the text or the tables, with file and line.
    """
    entries = read_parameters()
    text = body_text()
    units = "\n".join(f"{entry.name} {entry.unit}" for entry in entries.values())
    checked = cache_key("checked", text_hash(text), text_hash(units))
    if read_cache("checked", checked) is None:
        for problem in check_model(text, entries, atlas_path("systems"), _rename(entries)):
            raise problem
        write_cache("checked", checked, {}, b"")
    values = "\n".join(f"{entry.name} {entry.kind} {entry.value!r}" for entry in entries.values())
    lean = build_kernel(text_hash(text + values), lambda: lean_equations(text, entries))
    return Model(lean, lean.declared, entries, text, text_hash(text + values))


def _rename(entries: Mapping[str, Entry]) -> Callable[[str], str]:
    return rename_with(dict.fromkeys(entry.system for entry in entries.values()))


def _equations(text: str, entries: Mapping[str, Entry]) -> Equations:
    return read_sbml(text, "body.sbml", _rename(entries))


def lean_equations(text: str, entries: Mapping[str, Entry]) -> Equations:
    """The equations of a composed body with the constants of the tables built in as plain numbers."""
    full = _equations(text, entries)
    fixed = {name: entries[name].value for name in full.parameters if entries[name].kind in FIXED_KINDS}
    return specialise(full, fixed)
