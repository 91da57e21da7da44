"""The body's solver against scipy's Radau (issue House, point 4).

At rtol 1e-7 every state stays within 1e-5 of Radau at rtol 1e-9, scaled by the largest value of that state. Radau gets
only the rates; its Jacobian comes from finite differences of them, so that a wrong symbolic Jacobian cannot hide. It
starts anew at every edge of an infusion. (a) a healthy person for two weeks with one ketamine infusion; (b) chronic
pain with depression, from rest, under six infusions in three weeks.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.sparse import csc_matrix

from vagus.body.model import Model, load_model
from vagus.body.patient import Patient
from vagus.body.resting import resting_state
from vagus.body.treatment import dose_changes, load_treatment
from vagus.people.draw import typical
from vagus.solve.events import Change, Events
from vagus.solve.integrate import Control, integrate

Array = NDArray[np.float64]
BOUND = 1e-5


@pytest.fixture(scope="module")
def model(cache: Path) -> Model:
    return load_model()


class Reference:
    """The rates of one person, and their slopes by central differences, as scipy wants them."""

    def __init__(self, model: Model, p: Array) -> None:
        self.kernel, self.count = model.kernel, len(model.kernel.states)
        self.wide = -(-2 * self.count // self.kernel.width) * self.kernel.width
        self.p = np.repeat(p[:, None], self.wide, axis=1)
        self.q = self.kernel.prepare(self.p)
        self.p1 = np.ascontiguousarray(self.p[:, : self.kernel.width])
        self.q1 = np.ascontiguousarray(self.q[:, : self.kernel.width])

    def rate(self, t: float, y: Array) -> Array:
        copies = np.repeat(y[:, None], self.kernel.width, axis=1)
        return self.kernel.rates(np.full(self.kernel.width, t), copies, self.p1, self.q1)[:, 0]

    def jacobian(self, t: float, y: Array) -> csc_matrix:
        """Sparse, so that scipy's factors need no threads: these make small matrices slow on a busy machine."""
        step, each = 1e-6 * np.maximum(np.abs(y), 1e-3), np.arange(self.count)
        moved = np.repeat(y[:, None], self.wide, axis=1)
        moved[each, each] += step
        moved[each, self.count + each] -= step
        f = self.kernel.rates(np.full(self.wide, t), moved, self.p, self.q)
        return csc_matrix((f[:, : self.count] - f[:, self.count : 2 * self.count]) / (2.0 * step))


def by_radau(model: Model, y: Array, p: Array, changes: list[Change], times: Array) -> Array:
    """States (times, states); one leg of Radau between any two changes."""
    inner = {c.time for c in changes if times[0] < c.time < times[-1]}
    edges = sorted({float(times[0]), float(times[-1])} | inner)
    y, p, seen = y.copy(), p.copy(), [y.copy()]
    for begin, end in pairwise(edges):
        for change in (c for c in changes if c.time == begin):
            if change.jump:
                y[change.index] += change.value
            else:
                p[change.index] = change.value
        inside = times[(times > begin) & (times <= end)]
        person = Reference(model, p)
        tight = {"rtol": 1e-9, "atol": 1e-12, "jac": person.jacobian}
        leg = solve_ivp(person.rate, (begin, end), y, "Radau", np.union1d(inside, [end]), **tight)
        assert leg.success, leg.message
        seen.extend(leg.y[:, np.isin(leg.t, inside)].T)
        y = leg.y[:, -1]
    return np.array(seen)


class _States:
    """The kernel with its states as outputs."""

    def __init__(self, model: Model) -> None:
        kernel = model.kernel
        self.width, self.prepare = kernel.width, kernel.prepare
        self.rates, self.begin, self.solve = kernel.rates, kernel.begin, kernel.solve

    def observe(self, t: Array, y: Array, p: Array, q: Array) -> Array:
        return y.copy()


def worst(model: Model, patient: Patient, treatment: str, days: float) -> dict[str, float]:
    """The largest scaled difference of each state."""
    person = typical(model, patient)
    rest = resting_state(model, person.p, person.history, person.check)
    changes = dose_changes(load_treatment(treatment), model, patient.weight, 24.0 * days)
    around = [c.time + h for c in changes for h in (0.25, 0.5, 1.0, 2.0, 4.0) if c.time + h < 24.0 * days]
    times = np.union1d(np.arange(0.0, 24.0 * days + 1.0, 6.0), np.round(around, 6))
    control = Control(rtol=1e-7, atol=1e-10)
    journey = integrate(_States(model), rest.y, person.p, Events([changes]), times, control)
    assert not journey.reason.any()
    ours, reference = journey.outputs[:, :, 0], by_radau(model, rest.y[:, 0], person.p[:, 0], changes, times)
    size = np.abs(reference).max(axis=0)
    # What never rises above the absolute tolerance (endotoxin nobody gave, safety learned where nothing is feared) has
    # no digits to compare.
    there = size > control.atol
    assert np.all(np.abs(ours - reference)[:, ~there] < control.atol)
    off = np.abs(ours - reference).max(axis=0)[there] / size[there]
    return dict(zip(np.array(model.kernel.states)[there].tolist(), off.tolist(), strict=True))


def check(off: dict[str, float], awake: tuple[str, ...]) -> None:
    assert set(awake) <= off.keys()
    assert {name: value for name, value in off.items() if value >= BOUND} == {}


def test_a_healthy_person_with_one_ketamine_infusion_for_two_weeks(model: Model) -> None:
    off = worst(model, Patient(), "ketamine-iv-single", 14)
    check(off, ("esketamine.central", "arketamine.effect", "plasticity.glutamate", "plasticity.translation"))


def test_chronic_pain_with_depression_under_six_infusions_for_three_weeks(model: Model) -> None:
    patient = Patient(conditions=("mdd", "pain-neuropathic"))
    off = worst(model, patient, "ketamine-iv-6", 21)
    check(off, ("esketamine.central", "pain.perceived", "mood.depression", "expectancy.belief"))
