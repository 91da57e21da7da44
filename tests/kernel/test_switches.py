"""What is on for a short while is not stepped over: loads that are gone for hours, switches that close in a step."""

from pathlib import Path

import numpy as np
import pytest

from vagus.kernel.drive import drive
from vagus.kernel.kernel import Kernel
from vagus.solve.events import Change, Events
from vagus.solve.integrate import Control, Journey, integrate

from .test_drive import kernel_of

PEOPLE = 200
SWING = """
model *swing()
  load := max(0, level + sin(2*3.141592653589793*time/96 + phase));
  felt' = (load - felt)/20;
  felt = 0; level = 0.99; phase = 0;
end
"""
BURST = """
model *burst()
  glutamate' = (1 - glutamate)/0.25;
  signal := 1 + size*max(glutamate - 1, 0)^3/(1 + max(glutamate - 1, 0)^3);
  closing := 1/(1 + exp(-(made - signal)/0.02));
  made' = (signal - made)/(0.5 + 34*closing);
  glutamate = 1; made = 1; size = 6;
end
"""


def crowd(kernel: Kernel, **drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Start values and parameters of people who differ in the named parameters."""
    y = np.repeat(kernel.start[:, None], PEOPLE, axis=1)
    p = np.repeat(kernel.values[:, None], PEOPLE, axis=1)
    for name, values in drawn.items():
        p[kernel.parameters.index(name)] = values
    return y, p


@pytest.fixture(scope="module")
def swing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Kernel, np.ndarray, np.ndarray]:
    kernel = kernel_of(SWING, tmp_path_factory.mktemp("swing"))
    random = np.random.default_rng(1)
    return kernel, *crowd(kernel, level=random.uniform(0.9, 1, PEOPLE), phase=random.uniform(0, 6, PEOPLE))


def ride(
    case: tuple[Kernel, np.ndarray, np.ndarray],
    times: np.ndarray,
    events: Events,
    control: Control,
    **more: int,
) -> Journey:
    kernel, y, p = case
    return drive(kernel, y, p, events, times, control, np.arange(len(kernel.states)), **more)


def worst(got: Journey, reference: Journey) -> float:
    """Largest relative difference after the start."""
    return float(np.abs(got.outputs[1:] / reference.outputs[1:] - 1.0).max())


def test_hours_without_a_load_are_not_stepped_over(swing: tuple[Kernel, np.ndarray, np.ndarray]) -> None:
    times, nothing = np.linspace(0.0, 800.0, 5), Events([[] for _ in range(PEOPLE)])
    reference = ride(swing, times, nothing, Control(1e-12, 1e-15, largest_step=0.25))
    for rtol, bound in ((1e-4, 2e-4), (1e-6, 3e-6)):  # 3e-3 and 1e-4 when corners in time were not known
        got = ride(swing, times, nothing, Control(rtol, 1e-3 * rtol))
        assert worst(got, reference) < bound
        assert got.steps.mean() < 300


def test_corners_change_no_digit_with_the_crowd_or_the_threads(
    swing: tuple[Kernel, np.ndarray, np.ndarray],
) -> None:
    kernel, y, p = swing
    times, nothing = np.linspace(0.0, 800.0, 5), Events([[] for _ in range(PEOPLE)])
    together = ride(swing, times, nothing, Control(), threads=3)
    assert np.array_equal(together.outputs, ride(swing, times, nothing, Control(), threads=1).outputs)
    for person in (0, 33, 199):
        alone = (kernel, y[:, [person]], p[:, [person]])
        got = ride(alone, times, Events([[]]), Control())
        assert np.array_equal(got.outputs[:, :, 0], together.outputs[:, :, person])


def test_a_switch_that_closes_within_a_step_is_seen(tmp_path: Path) -> None:
    kernel = kernel_of(BURST, tmp_path)
    random = np.random.default_rng(1)
    case = kernel, *crowd(kernel, size=6.0 * np.exp(0.3 * random.standard_normal(PEOPLE)))
    surge = kernel.states.index("glutamate")
    doses = Events([[Change(1.0, True, surge, float(size))] for size in random.uniform(0.5, 2, PEOPLE)])
    times = np.linspace(0.0, 48.0, 25)
    reference = ride(case, times, doses, Control(1e-12, 1e-15))
    for rtol, bound in ((1e-5, 1e-4), (2e-7, 1e-6)):  # 7e-4 and 2e-6 by the embedded method alone
        assert worst(ride(case, times, doses, Control(rtol, 1e-3 * rtol)), reference) < bound
    few = slice(0, kernel.width)
    some = Events([[change] for change in _first(doses, kernel.width)])
    readable = integrate(kernel, case[1][:, few], case[2][:, few], some, times, Control())
    machine = drive(kernel, case[1][:, few], case[2][:, few], some, times, Control())
    np.testing.assert_array_equal(readable.steps, machine.steps)
    np.testing.assert_allclose(readable.outputs, machine.outputs, rtol=1e-9)


def _first(events: Events, count: int) -> list[Change]:
    """The only change of each of the first people."""
    rows = range(count)
    return [Change(float(events.time[i]), True, int(events.index[i]), float(events.value[i])) for i in rows]
