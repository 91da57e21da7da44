"""The compiled kernel: the right numbers, the right Jacobian, and a cache that cannot hurt."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import libsbml
import numpy as np
import pytest
import roadrunner
from numpy.typing import NDArray

import vagus
from vagus.body.model import Model, load_model
from vagus.kernel import kernel as kernel_module
from vagus.language.compose import body_text

from . import small

Array = NDArray[np.float64]
HOURS = 1000.0
#: Inputs that are 0 at rest, so that every term has a say.
BUSY = {
    "load.fluctuation_on": 1.0,
    "load.acute": 0.3,
    "pain.injury": 0.4,
    "mood.trauma": 0.1,
    "esketamine.infusion": 20.0,
    "arketamine.infusion": 15.0,
    "opioid.infusion": 1.0,
}


@pytest.fixture(scope="module")
def model(cache: Path) -> Model:
    return load_model()


def anybody(model: Model, seed: int) -> tuple[float, Array, Array]:
    """A time, states and parameters of nobody in particular: every system at work, also clock, drugs and waves."""
    rng = np.random.default_rng(seed)
    y = model.start() * np.exp(0.4 * rng.standard_normal(len(model.kernel.states)))
    y += 0.1 * rng.random(y.size)
    entries = [model.entries[name] for name in model.kernel.parameters]
    value = np.array([entry.value for entry in entries])
    value *= np.exp(0.1 * rng.standard_normal(value.size))
    p = np.clip(value, [entry.low for entry in entries], [entry.high for entry in entries])
    p[model.parameter("sleep.clock_runs")] = seed % 2
    for name, number in BUSY.items():
        p[model.parameter(name)] = number
    return float(rng.uniform(0.0, HOURS)), y, p


def crowd(model: Model, seeds: range) -> tuple[Array, Array, Array]:
    who = [anybody(model, seed) for seed in seeds]
    t, y, p = (np.array([one[k] for one in who]) for k in range(3))
    return t, np.ascontiguousarray(y.T), np.ascontiguousarray(p.T)


@pytest.fixture(scope="module")
def judge(model: Model) -> roadrunner.RoadRunner:
    """libroadrunner with the composed body and the values of the tables."""
    document = libsbml.readSBMLFromString(body_text())
    for entry in model.entries.values():
        parameter = document.getModel().getParameter(entry.name.replace(".", "_"))
        if parameter is not None:
            parameter.setValue(entry.value)
    return roadrunner.RoadRunner(libsbml.writeSBMLToString(document))


def test_rates_and_outputs_are_those_of_libroadrunner(model: Model, judge: roadrunner.RoadRunner) -> None:
    t, y, p = crowd(model, range(16))
    kernel = model.kernel
    q = kernel.prepare(p)
    rates, outputs = kernel.rates(t, y, p, q), kernel.observe(t, y, p, q)
    flat = {name: name.replace(".", "_") for name in (*kernel.states, *kernel.parameters, *kernel.outputs)}
    for i in range(t.size):
        judge.model.setTime(t[i])
        for names, values in ((kernel.parameters, p), (kernel.states, y)):
            for name, value in zip(names, values[:, i], strict=True):
                judge.model[flat[name]] = value
        their_rates = [judge.getValue(f"{flat[name]}'") for name in kernel.states]
        their_outputs = [judge.getValue(flat[name]) for name in kernel.outputs]
        assert rates[:, i] == pytest.approx(their_rates, rel=1e-9, abs=1e-13)
        assert outputs[:, i] == pytest.approx(their_outputs, rel=1e-9, abs=1e-13)


def by_differences(f: Callable[[Array], Array], y: Array, step: Array) -> Array:
    """Slopes (rows, columns, people) of f at y by central differences."""
    columns = []
    for j in range(y.shape[0]):
        up, down = y.copy(), y.copy()
        up[j] += step[j]
        down[j] -= step[j]
        columns.append((f(up) - f(down)) / (up[j] - down[j]))
    return np.stack(columns, axis=1)


def test_factor_and_solve_use_the_true_jacobian(model: Model) -> None:
    t, y, p = crowd(model, range(16, 32))
    kernel = model.kernel
    q = kernel.prepare(p)
    jacobian = by_differences(lambda z: kernel.rates(t, z, p, q), y, 3e-7 * np.maximum(np.abs(y), 1e-2))
    count = y.shape[0]
    size = np.maximum(np.abs(y), 1e-2)
    for diagonal in (50.0, 1.0, 0.05):  # 1/(step times gamma): from steps of minutes to steps of days
        d = np.full(t.size, diagonal)
        lu = kernel.begin(t, y, p, q, d)[2]
        assert (lu[-1] > 0.0).all()
        for j in range(count):
            column = -jacobian[:, j, :]
            column[j] += d
            back = kernel.solve(lu, np.ascontiguousarray(column))
            back[j] -= 1.0
            assert np.max(np.abs(back * size[j] / size)) < 1e-5, kernel.states[j]


def test_time_slopes_are_those_of_the_rates(model: Model) -> None:
    t, y, p = crowd(model, range(32, 48))
    p[model.parameter("load.fluctuation_on")] = 1.0
    p[model.parameter("load.persistent")] = 1.0  # away from the corner at no load
    q = model.kernel.prepare(p)
    step = 1e-3
    around = [model.kernel.rates(t + sign * step, y, p, q) for sign in (1.0, -1.0)]
    slopes = model.kernel.begin(t, y, p, q, np.ones_like(t))[1]
    assert slopes == pytest.approx((around[0] - around[1]) / (2 * step), abs=1e-7)
    assert np.abs(slopes).max() > 1e-6  # the slow waves of the load depend on time


def test_a_person_does_not_feel_who_sits_beside(model: Model) -> None:
    t, y, p = crowd(model, range(16))
    kernel = model.kernel
    together = kernel.rates(t, y, p, kernel.prepare(p))
    turned = [np.ascontiguousarray(np.roll(a, 5, axis=-1)) for a in (t, y, p)]
    apart = kernel.rates(*turned, kernel.prepare(turned[2]))
    assert np.array_equal(np.roll(apart, -5, axis=-1), together)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAGUS_CACHE", str(tmp_path))
    return tmp_path


def flip(raw: bytes) -> bytes:
    return raw[:-20] + bytes([raw[-20] ^ 0xFF]) + raw[-19:]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: b"",
    "cut short": lambda raw: raw[: len(raw) // 2],
    "one byte changed": flip,
    "something else": lambda raw: b"not a kernel at all " * 50,
    "only the checksum": lambda raw: raw[:32],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_file_is_built_anew(own_cache: Path, damage: str) -> None:
    assert small.rates(small.build()) == pytest.approx(small.RATES)
    (file,) = (own_cache / "kernels").iterdir()
    whole = file.read_bytes()
    file.write_bytes(DAMAGE[damage](whole))
    assert small.rates(small.build()) == pytest.approx(small.RATES)
    assert file.read_bytes() == whole


def test_what_is_in_the_cache_is_not_built_again(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small.build()

    def never(equations: object) -> tuple[dict, bytes]:
        raise AssertionError("built again")

    monkeypatch.setattr(kernel_module, "_build", never)
    assert small.rates(small.build()) == pytest.approx(small.RATES)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = tmp_path / "a file, not a folder"
    taken.write_text("")
    monkeypatch.setenv("VAGUS_CACHE", str(taken))
    assert small.rates(small.build()) == pytest.approx(small.RATES)


def test_processes_that_build_at_once_do_not_clash(own_cache: Path) -> None:
    source = str(Path(vagus.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, str(Path(small.__file__))]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ended = [(process.communicate(timeout=120), process.returncode) for process in started]
    for (out, error), code in ended:
        assert code == 0, error
        assert out.strip() == str(list(small.RATES))
    assert len(list((own_cache / "kernels").iterdir())) == 1  # and nothing half-written beside it
