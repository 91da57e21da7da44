"""Gates: open they change nothing, closed they are a cut."""

import numpy as np

from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.resting import resting_state
from vagus.kernel.drive import drive
from vagus.learn.bank import FIT
from vagus.learn.explanation import loop_kernel
from vagus.people.draw import typical
from vagus.solve.events import Events


def test_open_gates_change_nothing_and_closed_ones_cut(model: Model) -> None:
    loops, kernel = loop_kernel(model)
    assert all(loop.arrows for loop in loops)
    named = [(a.parameter) for loop in loops for a in loop.arrows]
    assert len(named) == len(set(named))  # each arrow belongs to one loop
    people = typical(model, Patient(conditions=("mdd", "pain-musculoskeletal")))
    rest = resting_state(model, people.p, people.history, people.check)
    lanes = 1 + len(loops)
    p = np.array(
        [
            np.full(lanes, people.p[model.places[n], 0]) if n in model.places else np.ones(lanes)
            for n in kernel.parameters
        ]
    )
    for k, loop in enumerate(loops, start=1):
        p[kernel.parameters.index(loop.gate), k] = 0.0
    rows = np.array([model.state("mood.depression"), model.state("pain.perceived")])
    times = np.array([0.0, 24.0 * 28])
    y = np.repeat(rest.y, lanes, axis=1)
    end = drive(kernel, y, p, Events([[]] * lanes), times, FIT, rows).outputs[-1]
    # At rest and with every gate open, four weeks change nothing: the gated equations are those of the body.
    np.testing.assert_allclose(end[:, 0], rest.y[rows, 0], rtol=0.02, atol=0.003)
    keys = [loop.key for loop in loops]
    to_mood, to_pain = end[:, 1 + keys.index("pain_to_mood")], end[:, 1 + keys.index("mood_to_pain")]
    assert to_mood[0] < end[0, 0] - 1e-4  # without pain's pull, less depression
    assert to_pain[1] < end[1, 0] - 1e-3  # without mood's pull, less pain
