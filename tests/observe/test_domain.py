"""Domains: 0 in health, 1 in illness, above 1 when worse, never below 0."""

from importlib import import_module

import numpy as np
import pytest

from vagus.errors import VagusError
from vagus.observe import domains, load_domains
from vagus.observe.reporting import reporting
from vagus.tables import read_parameters


def test_ends_and_directions():
    table = load_domains()
    healthy = {one.observable: np.full((2, 3), one.healthy) for one in table.values()}
    ill = {one.observable: np.full((2, 3), one.ill) for one in table.values()}
    for name in table:
        assert np.allclose(domains(healthy)[name], 0)
        assert np.allclose(domains(ill)[name], 1)


def test_worse_than_ill_and_better_than_healthy():
    sleep = load_domains()["sleep"]
    twice = 2 * sleep.ill - sleep.healthy
    z = domains({sleep.observable: np.array([twice, sleep.healthy + 0.1, np.nan])}, ["sleep"])["sleep"]
    most = reporting("beyond_illness")
    assert z[0] == pytest.approx(1 + most * (1 - np.exp(-1 / most))) and z[1] == 0 and np.isnan(z[2])


def test_beyond_illness_a_scale_sees_less_and_less():
    anxiety = load_domains()["anxiety"]
    value = anxiety.ill * np.array([0.5, 0.999, 1.001, 2.0, 10.0])
    z = domains({anxiety.observable: value}, ["anxiety"])["anxiety"]
    assert z[0] == 0.5 and np.all(np.diff(z) > 0)
    assert z[2] - z[1] == pytest.approx(0.002, rel=0.01)  # no corner at the resting ill person
    assert z[-1] < 1 + reporting("beyond_illness")


@pytest.mark.parametrize(("values", "names"), [({}, ["pain"]), ({"pain.perceived": 0.1}, ["pian"])])
def test_what_is_missing_is_named(values, names):
    with pytest.raises(VagusError) as caught:
        domains(values, names)
    assert caught.value.code == "V440"


def test_residual_symptoms_are_a_part_of_the_way_to_what_a_scale_calls_ill() -> None:
    """The body and the scales name the same typical depression; each table has its own copy of the number."""
    entries, table = read_parameters(), load_domains()
    copies = {
        name.removeprefix("biomarker.").removesuffix("_in_illness"): entry.value
        for name, entry in entries.items()
        if name.endswith("_in_illness")
    }
    assert len(copies) == 7
    assert copies == {name: table[name].ill for name in copies}


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [("ill = 0.3", "needs 'healthy'"), ("healthy = 0.3\nill = 0.3", "two different numbers")],
)
def test_a_domain_that_cannot_be_read_is_told_with_its_line(monkeypatch, tmp_path, numbers, problem):
    path, rest = tmp_path / "domains.toml", "grade = 'assumed'\nsource = 'vagus_models'"
    good = f"[calm]\nobservable = 'x.y'\nhealthy = 1\nill = 2\n{rest}\n"
    path.write_text(f"{good}[joy]\nobservable = 'x.z'\n{numbers}\n{rest}\n")
    monkeypatch.setattr(import_module("vagus.observe.domain"), "atlas_path", lambda *parts: path)
    load_domains.cache_clear()
    try:
        with pytest.raises(VagusError, match=problem) as caught:
            load_domains()
    finally:
        load_domains.cache_clear()
    assert (caught.value.code, caught.value.file, caught.value.line) == ("V444", str(path), 7)
