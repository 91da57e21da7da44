"""The driver in machine code: the numbers of the NumPy reference on any number of threads, an honest end for all."""

from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model, load_model
from vagus.kernel.drive import drive
from vagus.kernel.kernel import Kernel, build_kernel
from vagus.language.compose import compose
from vagus.language.equations import text_hash
from vagus.language.sbml import read_sbml
from vagus.solve.events import Change, Events
from vagus.solve.integrate import Control, integrate
from vagus.solve.reasons import Reason

DOSED = """
model *dosed()
  amount' = rate - amount/turnover;
  effect' = (amount - effect)/lag;
  seen := 2*effect + amount;
  amount = 0; effect = 0; rate = 0; turnover = 2; lag = 0.5;
end
"""
FRAGILE = """
model *fragile()
  grown' = speed*grown^2;
  other' = 1 - other;
  grown = 1; other = 0; speed = 1;
end
"""


def kernel_of(text: str, folder: Path) -> Kernel:
    """The kernel of a model written in Antimony."""
    path = folder / "model.ant"
    path.write_text(text)
    sbml = compose(path)
    return build_kernel(text_hash(sbml), lambda: read_sbml(sbml, "model.sbml"))


@pytest.fixture(scope="module")
def dosed(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    return kernel_of(DOSED, tmp_path_factory.mktemp("dosed"))


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    return kernel_of(FRAGILE, tmp_path_factory.mktemp("fragile"))


def many(kernel: Kernel, people: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, Events]:
    """People with spread parameters and doses of their own."""
    rng = np.random.default_rng(seed)
    y = np.repeat(kernel.start[:, None], people, axis=1)
    p = kernel.values[:, None] * np.exp(0.3 * rng.standard_normal((kernel.values.size, people)))
    row = kernel.parameters.index("rate")
    changes = []
    for _ in range(people):
        start = float(rng.uniform(0, 5))
        infusion = [
            Change(start, False, row, 3.0),
            Change(start + float(rng.uniform(0.1, 2)), False, row, 0.0),
        ]
        changes.append([*infusion, Change(float(rng.uniform(0, 10)), True, 0, 1.0)])
    return y, p, Events(changes)


def test_an_infusion_and_a_bolus_have_exact_edges(dosed: Kernel) -> None:
    row = dosed.parameters.index("rate")
    events = Events([[Change(1.0, False, row, 2.0), Change(3.0, False, row, 0.0), Change(5.0, True, 0, 4.0)]])
    times = np.array([0, 1, 2, 3, 4, 5, 6.0])
    start, p = dosed.start[:, None], dosed.values[:, None]
    got = drive(dosed, start, p, events, times, Control(1e-10, 1e-13), np.array([0])).outputs[:, 0, 0]
    at3 = 4 * (1 - np.exp(-1.0))
    at5 = at3 * np.exp(-1.0)
    want = [0, 0, 4 * (1 - np.exp(-0.5)), at3, at3 * np.exp(-0.5), at5, (at5 + 4) * np.exp(-0.5)]
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-9)


def test_the_same_numbers_as_the_reference(dosed: Kernel) -> None:
    y, p, events = many(dosed, 37)
    times = np.linspace(0, 12, 61)
    control = Control(1e-8, 1e-11)
    fast = drive(dosed, y, p, events, times, control)
    slow = integrate(dosed, y, p, events, times, control)
    np.testing.assert_allclose(fast.outputs, slow.outputs, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(fast.y, slow.y, rtol=1e-7, atol=1e-9)
    assert (fast.reason == Reason.FINISHED).all() and (fast.stopped == 12).all()


def test_threads_order_and_company_change_no_digit(dosed: Kernel) -> None:
    y, p, events = many(dosed, 53)
    times = np.linspace(0, 12, 13)
    whole = drive(dosed, y, p, events, times, Control(), threads=1)
    for threads in (2, 3, 5):
        again = drive(dosed, y, p, events, times, Control(), threads=threads)
        assert np.array_equal(whole.outputs, again.outputs) and np.array_equal(whole.y, again.y)
    for i in (0, 7, 52):
        entries = slice(events.first[i], events.first[i + 1])
        fields = (events.time, events.jump, events.index, events.value)
        own = Events([[Change(*one) for one in zip(*(f[entries] for f in fields), strict=True)]])
        alone = drive(dosed, y[:, [i]], p[:, [i]], own, times, Control())
        assert np.array_equal(alone.outputs[:, :, 0], whole.outputs[:, :, i])


def test_one_person_fails_alone_and_says_why(fragile: Kernel) -> None:
    y = np.repeat(fragile.start[:, None], 20, axis=1)
    p = np.full((1, 20), 0.1)
    p[0, [3, 11]] = 2.0  # reaches infinity after half an hour
    p[0, 17] = np.nan
    got = drive(fragile, y, p, Events([[]] * 20), np.array([0.0, 1.0, 2.0]), Control())
    bad = got.reason != Reason.FINISHED
    assert np.flatnonzero(bad).tolist() == [3, 11, 17]
    assert {Reason(int(r)) for r in got.reason[bad]} <= {Reason.STEP_TOO_SMALL, Reason.NOT_FINITE}
    assert got.stopped[[3, 11]] == pytest.approx(0.5, abs=1e-3)
    assert np.isnan(got.outputs[1:, :, bad]).all() if got.outputs.shape[1] else True
    alone = drive(fragile, y[:, :1], p[:, :1], Events([[]]), np.array([0.0, 1.0, 2.0]), Control())
    assert np.array_equal(alone.y[:, 0], got.y[:, 0])


def test_too_many_steps_and_too_small_a_step_are_reasons(dosed: Kernel) -> None:
    y, p, events = many(dosed, 9)
    times = np.array([0.0, 500.0])
    few = drive(dosed, y, p, events, times, Control(1e-10, 1e-13, most_steps=30))
    assert (few.reason == Reason.TOO_MANY_STEPS).all() and (few.steps == 30).all()


def test_progress_is_told_and_ends_at_one(dosed: Kernel) -> None:
    y, p, events = many(dosed, 40)
    told: list[float] = []
    drive(dosed, y, p, events, np.array([0.0, 12.0]), Control(), progress=told.append)
    assert told[-1] == 1.0 and told == sorted(told)


@pytest.mark.slow
def test_nobody_of_20000_hangs_or_is_silently_wrong(cache: Path) -> None:
    """The body with spreads beyond all bounds and some singular people: each ends right, or with a reason."""
    model: Model = load_model()
    people, rng = 20_000, np.random.default_rng(5)
    entries = [model.entries[name] for name in model.lean.parameters]
    low, high = (np.array([getattr(entry, side) for entry in entries])[:, None] for side in ("low", "high"))
    low, high = low - 0.2 * (high - low), high + 0.2 * (high - low)
    p = rng.uniform(low, high, (len(entries), people))
    p[model.lean.parameters.index("sleep.clock_runs")] = 0.0
    broken = np.arange(0, people, 50)  # one number of each of these is nothing, endless or none at all
    p[rng.integers(0, len(entries), broken.size), broken] = rng.choice(
        [0.0, np.inf, np.nan, 1e300], broken.size
    )
    y = np.repeat(model.start()[:, None], people, axis=1)
    times, select = np.array([0.0, 24.0, 24.0 * 14]), np.arange(len(model.states))
    got = drive(model.lean, y, p, Events([[]] * people), times, Control(most_steps=20_000), select)
    sound = got.reason == Reason.FINISHED
    assert np.isfinite(got.outputs[:, :, sound]).all()
    assert np.isnan(got.outputs[-1][:, ~sound]).all()
    assert (got.stopped[sound] == times[-1]).all() and (got.stopped[~sound] < times[-1]).all()
    some = rng.choice(np.flatnonzero(sound), 400, replace=False)
    fine = drive(model.lean, y[:, some], p[:, some], Events([[]] * 400), times, Control(1e-9, 1e-12), select)
    there = fine.reason == Reason.FINISHED
    size = np.maximum(np.abs(fine.outputs), 1e-3 * np.nanmax(np.abs(fine.outputs), axis=0) + 1e-6)
    wrong = (np.abs(got.outputs[:, :, some] - fine.outputs) / size).max(axis=(0, 1))[there]
    assert (wrong < 5e-3).mean() > 0.99 and np.median(wrong) < 5e-5
