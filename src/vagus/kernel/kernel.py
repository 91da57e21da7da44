"""`Kernel`: the compiled right-hand side of one model, for any number of people at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..language.equations import Equations
from .generate import generate
from .machine import Library, cache_key, compile_text, host, read_cache, write_cache

Array = NDArray[np.float64]
FUNCTIONS = {"prepare": 2, "rates": 5, "observe": 5, "factor": 8, "solve": 3}


@dataclass(frozen=True)
class Kernel:
    """Names, default values and machine code of one model.

    The methods take and give arrays (quantity, people), float64; the number of people is a multiple of `width`.
    Inside, arrays are in blocks of `width` people. These methods serve tests and single looks; whole journeys run in
    `drive`, which never leaves machine code.
    """

    name: str
    states: tuple[str, ...]
    start: Array
    parameters: tuple[str, ...]
    declared: tuple[str, ...]
    values: Array
    outputs: tuple[str, ...]
    hoisted: int
    factor_rows: int
    width: int
    code: Library
    turning: int = 0
    turning_rows: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        arrays = FUNCTIONS | ({"corners": 3} if self.turning else {})
        calls = {name: self.code.function(name, count) for name, count in arrays.items()}
        object.__setattr__(self, "_calls", calls)

    def _call(self, name: str, rows: int, *arrays: Array) -> Array:
        """The result array (rows, people) of one function: the last argument is made here."""
        people = arrays[0].shape[-1]
        if people % self.width or any([array.shape[-1] != people for array in arrays]):
            raise ValueError(f"{name}: give the same number of people everywhere, a multiple of {self.width}")
        blocks = people // self.width
        inside = [self._blocked(array, blocks) for array in arrays]
        out = inside.pop() if name == "solve" else np.empty((blocks, max(rows, 1), self.width))
        self._calls[name](blocks, *[a.ctypes.data for a in (*inside, out)])  # type: ignore[attr-defined]
        return self._flat(out[:, :rows])

    def _blocked(self, array: Array, blocks: int) -> Array:
        """(rows, people) as (blocks, rows, width)."""
        if blocks == 1:  # a single block lies in memory as the rows do
            return np.ascontiguousarray(array, dtype=np.float64).reshape(1, -1, self.width)
        rows = np.atleast_2d(np.asarray(array, dtype=np.float64))
        return np.ascontiguousarray(rows.reshape(rows.shape[0], blocks, self.width).transpose(1, 0, 2))

    def prepare(self, p: Array) -> Array:
        """Per-person terms (hoisted, people) that depend on the parameters (parameters, people) only."""
        return self._call("prepare", max(self.hoisted, 1), p)

    def rates(self, t: Array, y: Array, p: Array, q: Array) -> Array:
        """Time derivatives (states, people), per hour, at times t (people,) in hours."""
        return self._call("rates", len(self.states), t, y, p, q)

    def observe(self, t: Array, y: Array, p: Array, q: Array) -> Array:
        """Outputs (outputs, people): every assignment of the model."""
        return self._call("observe", len(self.outputs), t, y, p, q)

    def corners(self, t: Array, p: Array) -> Array:
        """Terms that turn at times known beforehand, then their slopes in time (looks, 2 turning, people).

        Args:
            t: hours (looks, people); any number of people.
            p: the parameters `turning_rows` (rows, people).
        """
        people = p.shape[1]
        blocks = -(-people // self.width)
        column = np.minimum(np.arange(blocks * self.width), people - 1)
        inside, moments = self._blocked(p[:, column], blocks), np.ascontiguousarray(t[:, column])
        out = np.empty((len(t), blocks, 2 * self.turning, self.width))
        call = self._calls["corners"]  # type: ignore[attr-defined]
        first, place, given = moments.ctypes.data, out.ctypes.data, inside.ctypes.data
        for number in range(len(t)):
            call(blocks, first + number * moments.strides[0], given, place + number * out.strides[0])
        return out.transpose(0, 2, 1, 3).reshape(len(t), 2 * self.turning, -1)[:, :, :people]

    def begin(self, t: Array, y: Array, p: Array, q: Array, d: Array) -> tuple[Array, Array, Array]:
        """What a step begins with.

        Args:
            t, y, p, q: as of `rates`.
            d: the diagonal (people,) of `d - J`.

        Returns:
            The rates, their partial derivatives by time (states, people), and the factors of `d - J`; the last row of
            these is the smallest |pivot|/d.
        """
        people = t.shape[-1]
        blocks = people // self.width
        inside = [self._blocked(array, blocks) for array in (t, y, p, q, d)]
        rows = (len(self.states), len(self.states), self.factor_rows)
        out = [np.empty((blocks, count, self.width)) for count in rows]
        self._calls["factor"](blocks, *[a.ctypes.data for a in (*inside, *out)])  # type: ignore[attr-defined]
        rate, slope, lu = (self._flat(array) for array in out)
        return rate, slope, lu

    def _flat(self, array: Array) -> Array:
        """(blocks, rows, width) as (rows, people)."""
        if array.shape[0] == 1:
            return array[0]
        return np.ascontiguousarray(array.transpose(1, 0, 2)).reshape(array.shape[1], -1)

    def solve(self, lu: Array, b: Array) -> Array:
        """The solution x (states, people) of (d - J) x = b."""
        return self._call("solve", len(self.states), lu, np.zeros_like(b), b)


def build_kernel(text_key: str, equations: Callable[[], Equations]) -> Kernel:
    """The kernel of a model, from the cache when it was built before on this machine.

    Args:
        text_key: hash of everything the equations come from.
        equations: makes the equations; called only when the kernel is not in the cache.
    """
    key = cache_key(text_key)
    kept = read_cache("kernels", key)
    if kept is None:
        kept = _build(equations())
        write_cache("kernels", key, *kept)
    header, code = kept
    return Kernel(
        name=header["name"],
        states=tuple(header["states"]),
        start=np.array(header["start"]),
        parameters=tuple(header["parameters"]),
        declared=tuple(header["declared"]),
        values=np.array(header["values"]),
        outputs=tuple(header["outputs"]),
        hoisted=header["hoisted"],
        factor_rows=header["factors"],
        width=header["width"],
        code=Library(code),
        turning=header["turning"],
        turning_rows=tuple(header["turning_rows"]),
    )


def _build(equations: Equations) -> tuple[dict, bytes]:
    width = host().width
    module = generate(equations, width)
    header = {
        "name": equations.name,
        "states": equations.states,
        "start": equations.start,
        "parameters": equations.parameters,
        "declared": equations.declared,
        "values": equations.values,
        "outputs": module.outputs,
        "hoisted": module.hoisted,
        "factors": module.factors,
        "width": width,
        "turning": module.corners,
        "turning_rows": module.corner_rows,
    }
    return header, compile_text(module.text, tidy=False)
