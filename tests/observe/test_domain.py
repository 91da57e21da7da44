"""Domains: 0 in health, 1 in illness, above 1 when worse, never below 0."""

import numpy as np
import pytest

from vagus.errors import VagusError
from vagus.observe import domains, load_domains


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
    assert z[0] == pytest.approx(2) and z[1] == 0 and np.isnan(z[2])


@pytest.mark.parametrize(("values", "names"), [({}, ["pain"]), ({"pain.perceived": 0.1}, ["pian"])])
def test_what_is_missing_is_named(values, names):
    with pytest.raises(VagusError) as caught:
        domains(values, names)
    assert caught.value.code == "V440"
