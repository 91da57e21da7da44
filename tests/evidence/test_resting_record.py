"""What the record says of the resting body and the model may not break: PTSD, pain thresholds, and lasting load."""

from pathlib import Path

import pytest

from vagus.body.model import Model
from vagus.errors import VagusError
from vagus.evidence.resting_table import Difference, at_rest, difference, reason
from vagus.tables import Row

PEOPLE = 150
CORTISOL, THRESHOLD = "biomarker.cortisol", "biomarker.pressure_pain_threshold"
STETLER_D = 0.33  # cortisol in depression, better studies (Stetler and Miller 2011)


@pytest.fixture(scope="module")
def against_health(model: Model, cache: Path) -> dict[str, dict[str, Difference]]:
    well = at_rest(model, "healthy", PEOPLE, 1)
    found = {}
    for condition in ("ptsd", "mdd", "stressed"):
        ill = at_rest(model, condition, PEOPLE, 1)
        found[condition] = {name: difference(ill[name], well[name]) for name in (CORTISOL, THRESHOLD)}
    return found


def test_ptsd_does_not_raise_cortisol(against_health: dict[str, dict[str, Difference]]) -> None:
    assert (against_health["ptsd"][CORTISOL].d or 0.0) <= 0.0


def test_depression_does_not_lower_the_pain_threshold(
    against_health: dict[str, dict[str, Difference]],
) -> None:
    assert (against_health["mdd"][THRESHOLD].d or 0.0) >= 0.0


def test_lasting_load_does_not_raise_cortisol_beyond_depression(
    against_health: dict[str, dict[str, Difference]],
) -> None:
    assert (against_health["stressed"][CORTISOL].d or 0.0) <= STETLER_D


def test_every_kind_of_miss_has_a_reason() -> None:
    row = Row({"condition": "mdd", "name": "biomarker.none"}, "resting.csv", 2)
    assert reason(row, "near") == ""
    for told in ("no spread", "too small", "too large", "wrong direction", "not as published"):
        assert reason(row, told)
    own = Row({"condition": "gad", "name": "biomarker.rmssd"}, "resting.csv", 2)
    assert "sympathetic" in reason(own, "too small")
    with pytest.raises(VagusError) as caught:
        reason(row, "unheard of")
    assert caught.value.code == "V485"
