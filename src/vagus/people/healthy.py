"""What the healthy typical person has at rest: what a receiver reads where an arrow of the body is cut or replaced."""

import numpy as np

from ..body.model import Model
from ..body.patient import Patient
from ..body.resting import resting_state
from .draw import typical


def healthy_rest(model: Model) -> dict[str, float]:
    """Every state and output of the healthy typical person at rest, by name, in day means."""
    healthy = typical(model, Patient())
    rest = resting_state(model, healthy.p, healthy.history, healthy.check)
    width = model.lean.width
    y = np.repeat(rest.y, width, axis=1)
    p = np.repeat(healthy.p[[model.places[name] for name in model.lean.parameters]], width, axis=1)
    seen = model.lean.observe(np.zeros(width), y, p, model.lean.prepare(p))[:, 0]
    known = dict(zip(model.states, map(float, rest.y[:, 0]), strict=True))
    return known | dict(zip(model.outputs, map(float, seen), strict=True))
