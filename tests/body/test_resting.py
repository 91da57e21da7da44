"""The resting state: where a person settles, kept on disk, refused when there is none."""

import time
from pathlib import Path

import numpy as np
import pytest

from vagus.body.condition import Episode
from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.resting import DRIFT_PER_WEEK, Resting, require_rest, resting_state
from vagus.errors import VagusError
from vagus.people.draw import typical
from vagus.solve.integrate import Control
from vagus.solve.reasons import Reason


def settle(model: Model, patient: Patient) -> Resting:
    people = typical(model, patient)
    return resting_state(model, people.p, people.history, people.check)


@pytest.mark.parametrize("names", [("healthy",), ("mdd",), ("pain",), ("mdd", "pain")], ids="+".join)
def test_the_typical_person_comes_to_rest(names: tuple[str, ...], model: Model) -> None:
    rest = settle(model, Patient(conditions=names))
    assert rest.accepted.all() and rest.drift[0] <= DRIFT_PER_WEEK and rest.checks.all()
    require_rest(rest, "the typical person")


def test_a_kept_resting_state_is_the_same_and_fast(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGUS_CACHE", str(tmp_path))
    patient = Patient(conditions=("mdd",), weight=81.0)
    first = settle(model, patient)
    kept = list((tmp_path / "resting").iterdir())
    began = time.perf_counter()
    again = settle(model, patient)
    assert time.perf_counter() - began < 0.1
    assert len(kept) == 1 and list((tmp_path / "resting").iterdir()) == kept
    for one, other in zip(
        (first.y, first.reason, first.drift, first.checks),
        (again.y, again.reason, again.drift, again.checks),
        strict=True,
    ):
        assert np.array_equal(one, other) and one.dtype == other.dtype


def test_a_damaged_file_is_computed_anew(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGUS_CACHE", str(tmp_path))
    first = settle(model, Patient(weight=82.0))
    (kept,) = (tmp_path / "resting").iterdir()
    for damage in (b"", b"x" * 50, kept.read_bytes()[:-8], kept.read_bytes()[:-1] + b"?"):
        kept.write_bytes(damage)
        assert np.array_equal(settle(model, Patient(weight=82.0)).y, first.y)


def test_a_folder_that_cannot_be_written_is_no_error(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VAGUS_CACHE", str(tmp_path / "file"))
    assert settle(model, Patient(weight=83.0)).accepted.all()


def test_another_person_history_or_tolerance_is_another_resting_state(model: Model) -> None:
    people = typical(model, Patient(conditions=("mdd",)))
    first = resting_state(model, people.p, people.history, people.check)
    never = resting_state(model, people.p, [()], people.check)
    fine = resting_state(model, people.p, people.history, people.check, Control(rtol=1e-7, atol=1e-10))
    assert not np.array_equal(first.y, never.y) and not np.array_equal(first.y, fine.y)
    np.testing.assert_allclose(first.y, fine.y, rtol=1e-3, atol=1e-4)


def test_a_check_that_cannot_hold_is_refused(model: Model) -> None:
    people = typical(model, Patient())
    rest = resting_state(model, people.p, people.history, [{"mood.depression": (0.9, 1.0)}])
    assert not rest.accepted.any() and rest.reason[0] == Reason.FINISHED
    with pytest.raises(VagusError, match=r"V505 .*Ada.*the traits do not lead to the state") as caught:
        require_rest(rest, "Ada")
    assert caught.value.hint


def test_traits_that_contradict_the_condition_have_no_rest(model: Model) -> None:
    """A threshold for depression so high that the history passes without leaving one."""
    high = model.entries["mood.threshold"].high
    rest = settle(model, Patient(conditions=("mdd",), traits={"mood.threshold": high}))
    with pytest.raises(VagusError, match="V505"):
        require_rest(rest, "Ada")


def test_who_still_drifts_is_refused(model: Model) -> None:
    """Held for a week only, the person who just went through 120 days of stress still moves."""
    people = typical(model, Patient(conditions=("mdd",)))
    rest = resting_state(model, people.p, people.history, people.check, hold_days=7.0)
    assert rest.drift[0] > DRIFT_PER_WEEK
    with pytest.raises(VagusError, match=r"V505 .*still moves by \d+\.\d % a week"):
        require_rest(rest, "Ada")


def test_who_cannot_be_computed_is_refused_with_the_reason(model: Model) -> None:
    people = typical(model, Patient())
    p = np.repeat(people.p, 2, axis=1)
    p[model.parameter("mood.threshold"), 1] = np.nan
    rest = resting_state(model, p, [()] * 2, [{}] * 2)
    assert list(rest.accepted) == [True, False] and rest.reason[1] != Reason.FINISHED
    with pytest.raises(VagusError, match=r"V505 .*V50"):
        require_rest(rest, "two people")


def test_a_history_does_not_depend_on_a_longer_one_beside_it(model: Model) -> None:
    people = typical(model, Patient(conditions=("mdd",)))
    short = (Episode("injury", (("pain.injury", 0.4),), 240.0),)
    p = np.repeat(people.p, 2, axis=1)
    both = resting_state(model, p, [people.history[0], short], [{}] * 2)
    for person, history in enumerate((people.history[0], short)):
        alone = resting_state(model, people.p, [history], [{}])
        assert np.array_equal(both.y[:, person], alone.y[:, 0])
    assert not np.array_equal(both.y[:, 0], both.y[:, 1])


def test_the_fluctuation_of_load_is_held_off(model: Model) -> None:
    people = typical(model, Patient(conditions=("mdd",)))
    waves = people.p.copy()
    waves[model.parameter("load.fluctuation_on")] = 1.0
    still = resting_state(model, people.p, people.history, people.check)
    moved = resting_state(model, waves, people.history, people.check)
    assert np.array_equal(still.y, moved.y)
