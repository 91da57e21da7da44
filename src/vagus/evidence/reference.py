"""The reference constants: numbers of the healthy person that the equations divide by, computed and never typed.

A healthy person lives `DAYS` days with the clock running and as long in day means; the means become the `reference`
rows of the tables, and the run is repeated with them until they stay. They must be recomputed whenever an equation or
number of the clock or of the stress-hormone axis changes: `vagus check --reference`, and with `--write` to keep them.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..body.clock import DAY, started, with_light
from ..body.model import Array, Model, load_model
from ..body.travel import travel
from ..errors import fail
from ..solve.events import Events
from ..solve.integrate import Control
from ..solve.reasons import Reason
from ..tables import atlas_path

DAYS, MORE_DAYS = 720, 120  # the glands take a year to settle; of the first round, and of the others
POINTS = 480  # of the last day
DIGITS = 5  # significant, in the tables
TOLERANCE = 2e-4  # of a value, between the tables and a new computation
_ROUNDS = 6
_SETTLED = 2e-5
_CONTROL = Control(rtol=1e-5, atol=1e-8)
#: Whether the clock runs, the quantities whose product is averaged, and whether it is relative to the present value.
_MEANS: Mapping[str, tuple[bool, tuple[str, ...], bool]] = {
    "sleep.asleep_reference": (True, ("sleep.asleep",), False),
    "hpa.drive_mean_full": (True, ("hpa.clock_drive", "hpa.awakened"), True),
    "hpa.slow_reference_full": (True, ("hpa.cortisol",), False),
    "hpa.acth_reference_full": (True, ("hpa.acth",), False),
    "hpa.slow_reference_averaged": (False, ("hpa.cortisol",), False),
}


def recompute(model: Model, changed: Mapping[str, float] | None = None) -> dict[str, float]:
    """The reference constants that the equations and numbers of a model lead to, by full name.

    Args:
        model: the body.
        changed: other parameters that differ from the tables; computed is what belongs to them.

    Raises:
        VagusError: V506 when the healthy person does not get through these days.
    """
    p = model.defaults()[:, None]
    ends = dict.fromkeys((True, False), model.start()[:, None])
    for name, value in (changed or {}).items():
        p[model.parameter(name)] = value
    for turn in range(_ROUNDS):
        before = {name: float(p[model.parameter(name), 0]) for name in _MEANS}
        now = _one_round(model, p, ends, MORE_DAYS if turn else DAYS)
        for name, value in now.items():
            p[model.parameter(name)] = value
        if max(abs(now[name] / before[name] - 1.0) for name in now) < _SETTLED:
            break
    return now


def compare(model: Model) -> dict[str, tuple[float, float]]:
    """Value of the tables and recomputed value of each reference constant."""
    return {name: (model.entries[name].value, value) for name, value in recompute(model).items()}


def differs(shipped: float, computed: float) -> bool:
    """Whether a table holds another number than the equations give."""
    return abs(shipped - computed) > TOLERANCE * abs(computed)


def write(values: Mapping[str, float], folder: Path | None = None) -> list[Path]:
    """Put recomputed values into the `reference` rows of the tables; the files that changed.

    Args:
        values: by full name.
        folder: of the tables; the shipped one when None.
    """
    folder = folder or atlas_path("parameters")
    changed = []
    for path in sorted(folder.glob("*.csv")):
        text = path.read_text(encoding="utf-8")
        new = "".join(_line(line, path.stem, values) for line in text.splitlines(keepends=True))
        if new != text:
            path.write_text(new, encoding="utf-8")
            changed.append(path)
    return changed


def _line(line: str, system: str, values: Mapping[str, float]) -> str:
    name, _, rest = line.partition(",")
    full = f"{system}.{name}"
    if full not in values or not rest.startswith("reference,"):
        return line
    cells = next(csv.reader([line.rstrip("\n")]))
    cells[2] = f"{values[full]:.{DIGITS}g}"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _one_round(model: Model, p: Array, ends: dict[bool, Array], days: int) -> dict[str, float]:
    """The means of the last of some days; `ends` holds where the person stands, with and without the clock."""
    seen = {}
    for full in ends:
        seen[full], ends[full] = _last_day(model, p, ends[full], full, days)
    found = {}
    for name, (full, quantities, relative) in _MEANS.items():
        product = np.prod([seen[full][quantity] for quantity in quantities], axis=0)
        mean = float(product[:-1].mean())
        found[name] = mean * float(p[model.parameter(name), 0]) if relative else mean
    return found


def _last_day(model: Model, p: Array, y: Array, full: bool, days: int) -> tuple[dict[str, Array], Array]:
    """The last day of the healthy person, by quantity (points,), and the states at its end."""
    names = [*model.states, *model.outputs]
    wanted = list(dict.fromkeys(q for one in _MEANS.values() for q in one[1]))
    rows = np.array([names.index(name) for name in wanted], dtype=np.int64)
    end = DAY * days
    times = np.concatenate([[0.0], np.linspace(end - DAY, end, POINTS + 1)])
    events = with_light(model, Events([[]]), 0.0, end) if full else Events([[]])
    ride = travel(model, y, started(model, p, full), events, times, _CONTROL, rows)
    if ride.reason.any():
        raise fail("V506", n=1, reason=Reason(int(ride.reason[0])).code)
    return {name: ride.outputs[1:, k, 0] for k, name in enumerate(wanted)}, ride.y


if __name__ == "__main__":
    for constant, (shipped, computed) in compare(load_model()).items():
        print(f"{constant}: table {shipped:.6g}, computed {computed:.6g}")
