"""diffrax among the other engines of `vagus bench`: an implicit method in JAX on the same expressions as ours."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..language.equations import TIME, Equations
from .contest import Contest
from .legs import Stuck, absolute, legs, outputs_of

Array = NDArray[np.float64]
_MOST_STEPS = 200_000  # between two changes; who needs more is stuck
_MOMENT = 1e-6  # hours: a leg that is only there to have the code built


class Diffrax:
    """diffrax: Kvaerno5 with its own control of steps, code of XLA, derivatives by JAX; one person after another."""

    name = "diffrax"

    def __init__(self, contest: Contest, diffrax: ModuleType, jax: ModuleType) -> None:
        jax.config.update("jax_enable_x64", True)
        self.contest, self.diffrax, self.jax = contest, diffrax, jax
        self.room = max(len(points) for _, points, _ in legs(contest, 0))
        self._solve = jax.jit(self._leg(rates_in_jax(contest.equations(), jax.numpy)))

    def _leg(self, rates: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
        """One stretch between changes: states at all times asked for, and whether it came to its end."""
        diffrax = self.diffrax

        def solve(y: Any, p: Any, times: Any, rtol: Any, atol: Any) -> Any:
            found = diffrax.diffeqsolve(
                diffrax.ODETerm(rates),
                diffrax.Kvaerno5(),
                times[0],
                times[-1],
                None,
                y,
                args=p,
                saveat=diffrax.SaveAt(ts=times),
                stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol),
                max_steps=_MOST_STEPS,
                throw=False,
            )
            return found.ys, found.result == diffrax.RESULTS.successful

        return solve

    def load(self, people: Sequence[int]) -> None:
        """Build the code, so that it is not timed."""
        begin = float(self.contest.times[0])
        person = people[0]
        times = np.linspace(begin, begin + _MOMENT, self.room)
        y, p = self.contest.y[:, person], self.contest.p[:, person]
        self.jax.block_until_ready(self._solve(y, p, times, 1e-3, 1e-6))

    def run(self, people: Sequence[int], rtol: float) -> Array:
        """Outputs (times, observables, people) at one tolerance; raises `Stuck`."""

        def solve(points: Array, y: Array, p: Array) -> Array:
            padded = np.concatenate([points, np.full(max(self.room - len(points), 0), points[-1])])
            ys, whole = self._solve(y, p, padded, rtol, absolute(rtol))
            if not bool(whole):
                raise Stuck(f"the solution stopped between hour {points[0]:.4g} and {points[-1]:.4g}")
            return np.asarray(ys)[: len(points)]

        return outputs_of(self.contest, people, solve)


def rates_in_jax(equations: Equations, numpy: Any) -> Callable[[Any, Any, Any], Any]:
    """The rates (states,) as a function of time, states and parameters, written with the functions of JAX.

    Args:
        equations: the model.
        numpy: `jax.numpy`.
    """
    graph = equations.graph
    order = graph.below(equations.rates)
    rows = {name: row for row, name in enumerate(equations.states)}
    columns = {name: column for column, name in enumerate(equations.parameters)}
    named = {
        "neg": "negative", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
        "atanh": "arctanh", "sub": "subtract", "mul": "multiply", "div": "divide", "pow": "power", "max": "maximum",
        "min": "minimum", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
        "ne": "not_equal", "and": "logical_and", "or": "logical_or", "not": "logical_not",
    }  # fmt: skip

    def rates(t: Any, y: Any, p: Any) -> Any:
        values: dict[int, Any] = {}
        for node in order:
            op, *rest = graph.nodes[node]
            if op == "num":
                values[node] = float(rest[0])
            elif op == "sym":
                name = rest[0]
                values[node] = t if name == TIME else y[rows[name]] if name in rows else p[columns[name]]
            elif op == "select":
                values[node] = numpy.where(*(values[child] for child in rest))
            else:
                found = getattr(numpy, named.get(op, op))(*(values[child] for child in rest))
                values[node] = numpy.asarray(found, dtype=float)
        return numpy.stack([numpy.asarray(values[node], dtype=float) for node in equations.rates])

    return rates
