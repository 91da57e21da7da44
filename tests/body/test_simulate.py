"""`simulate` is a pure function: same people, doses and times give the same numbers, alone or in a crowd."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.resting import Resting, resting_state
from vagus.body.run import Run
from vagus.body.simulate import People, output_times, simulate
from vagus.body.treatment import Dose, Treatment, load_treatment
from vagus.errors import VagusError
from vagus.people.draw import draw, typical
from vagus.solve.integrate import Control

OUTPUTS = ("mood.depression", "pain.perceived", "esketamine.central", "biomarker.systolic")
KETAMINE, UNTREATED = load_treatment("ketamine-iv-6"), load_treatment("untreated")
SINGLE = load_treatment("ketamine-iv-single")
DAYS = 18.0


@pytest.fixture(scope="module")
def crowd(model: Model) -> People:
    return draw(model, Patient(conditions=("mdd", "pain"), weight=62.0), 11, seed=3)


@pytest.fixture(scope="module")
def rest(model: Model, crowd: People) -> Resting:
    return resting_state(model, crowd.p, crowd.history, crowd.check)


@pytest.fixture(scope="module")
def run(model: Model, crowd: People, rest: Resting) -> Run:
    return simulate(model, crowd, [KETAMINE, UNTREATED], DAYS, OUTPUTS, resting=rest)


def only(people: People, who: list[int]) -> People:
    return replace(
        people,
        p=people.p[:, who].copy(),
        weight=people.weight[who],
        history=[people.history[i] for i in who],
        check=[people.check[i] for i in who],
        condition=[people.condition[i] for i in who],
    )


def of(rest: Resting, who: list[int]) -> Resting:
    return Resting(rest.y[:, who], rest.reason[who], rest.drift[who], rest.checks[who])


def test_twice_is_the_same_bit_for_bit(model: Model, crowd: People, rest: Resting, run: Run) -> None:
    before = crowd.p.copy(), rest.y.copy()
    again = simulate(model, crowd, [KETAMINE, UNTREATED], DAYS, OUTPUTS, resting=rest)
    for name in OUTPUTS:
        assert np.array_equal(again.values[name], run.values[name])
    # What it was given is as it was.
    assert np.array_equal(before[0], crowd.p) and np.array_equal(before[1], rest.y)


@pytest.mark.parametrize("person", [0, 4, 10])
def test_alone_is_as_in_the_crowd_bit_for_bit(
    person: int, model: Model, crowd: People, rest: Resting, run: Run
) -> None:
    alone = simulate(model, only(crowd, [person]), [KETAMINE], DAYS, OUTPUTS, resting=of(rest, [person]))
    for name in OUTPUTS:
        assert np.array_equal(alone.values[name][0, 0], run.values[name][0, person])


def test_a_resting_state_alone_is_as_in_the_crowd_bit_for_bit(
    model: Model, crowd: People, rest: Resting
) -> None:
    for person in (2, 7):
        one = only(crowd, [person])
        alone = resting_state(model, one.p, one.history, one.check)
        assert np.array_equal(alone.y[:, 0], rest.y[:, person])


def test_the_order_of_people_changes_nothing(model: Model, crowd: People, rest: Resting, run: Run) -> None:
    turned = list(range(11))[::-1]
    other = simulate(model, only(crowd, turned), [KETAMINE], DAYS, OUTPUTS, resting=of(rest, turned))
    for name in OUTPUTS:
        assert np.array_equal(other.values[name][0], run.values[name][0, turned])


def test_arms_share_their_people(run: Run) -> None:
    assert run.arms == ("ketamine-iv-6", "untreated") and run.people == 11
    for name in OUTPUTS:
        treated, untreated = run.values[name][:, run.sound, 0]
        assert np.array_equal(treated, untreated)  # the same people at the same rest
    assert not np.array_equal(*run.values["mood.depression"][:, run.sound, -1])
    assert not run.values["esketamine.central"][1].any()


def test_an_arm_does_not_depend_on_the_others(model: Model, crowd: People, rest: Resting, run: Run) -> None:
    times = run.times
    alone = simulate(model, crowd, [UNTREATED], DAYS, OUTPUTS, times=times, resting=rest)
    assert np.array_equal(alone.values["pain.perceived"][0], run.values["pain.perceived"][1])


def test_doses_go_by_weight(model: Model) -> None:
    """Central amounts at the end of the infusion, for two people who differ in nothing but their weight."""
    peaks = []
    for weight in (50.0, 100.0):
        people = typical(model, Patient(weight=weight))
        seen = simulate(
            model, people, [SINGLE], 1.0, ["esketamine.central"], times=np.array([0.0, 2 / 3, 24.0])
        )
        peaks.append(seen.values["esketamine.central"][0, 0, 1])
    assert peaks[1] > 1.5 * peaks[0] > 0.0


def test_given_drug_is_conserved(model: Model) -> None:
    """With nothing cleared in the first seconds, half of the racemic dose is in the central compartment."""
    bolus = replace(KETAMINE, doses=(Dose(1.0, "ketamine", 40.0, "mg", "iv", 0.0),), visits=())
    times = np.array([0.0, 1.0, 1.0 + 1e-6])
    seen = simulate(model, typical(model, Patient()), [bolus], 1.0, ["esketamine.central"], times=times)
    assert seen.values["esketamine.central"][0, 0] == pytest.approx([0.0, 0.0, 20.0], rel=1e-4)


FINE = Control(rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("names", [("healthy",), ("mdd",), ("pain",), ("mdd", "pain")], ids="+".join)
def test_a_tighter_tolerance_changes_the_typical_person_little(names: tuple[str, ...], model: Model) -> None:
    people = typical(model, Patient(conditions=names))
    coarse = simulate(model, people, [KETAMINE, UNTREATED], DAYS, OUTPUTS)
    fine = simulate(model, people, [KETAMINE, UNTREATED], DAYS, OUTPUTS, control=FINE)
    for name in OUTPUTS:
        size = np.abs(fine.values[name]).max() + 1e-3
        assert np.abs(fine.values[name] - coarse.values[name]).max() < 1e-3 * size, name


def test_a_tighter_tolerance_changes_drawn_people_little(
    model: Model, crowd: People, rest: Resting, run: Run
) -> None:
    """A person at the edge of falling ill or well goes over it a little earlier or later; nobody goes elsewhere."""
    fine = simulate(model, crowd, [KETAMINE, UNTREATED], DAYS, OUTPUTS, resting=rest, control=FINE)
    for name in OUTPUTS:
        size = np.abs(fine.values[name]).max()
        worst = np.abs(fine.values[name] - run.values[name]).max(axis=(0, 2)) / size
        assert np.median(worst) < 1e-3 and worst.max() < 2e-2, name


def test_unknown_outputs_are_refused_before_anything_is_computed(model: Model) -> None:
    people = typical(model, Patient())
    with pytest.raises(VagusError, match=r"V315 .*did you mean 'mood.depression'\?"):
        simulate(model, people, [UNTREATED], 1.0, ["mood.depresion"])


@pytest.mark.parametrize("days", [0.0, -1.0, float("nan"), float("inf")])
def test_there_has_to_be_time(days: float, model: Model) -> None:
    with pytest.raises(VagusError, match="V410"):
        simulate(model, typical(model, Patient()), [UNTREATED], days, OUTPUTS)


def test_a_dose_after_the_end_is_refused_in_any_arm(model: Model) -> None:
    with pytest.raises(VagusError, match="V408"):
        simulate(model, typical(model, Patient()), [UNTREATED, KETAMINE], 10.0, OUTPUTS)


@pytest.mark.parametrize(
    "times", [[0.0], [1.0, 2.0], [0.0, 2.0, 1.0], [0.0, np.nan], [0.0, 25.0], [[0.0, 1.0]]]
)
def test_times_rise_from_the_start_to_the_end(times: list, model: Model) -> None:
    with pytest.raises(VagusError, match="V445"):
        simulate(model, typical(model, Patient()), [UNTREATED], 1.0, OUTPUTS, times=np.array(times))


@given(st.floats(1e-6, 4000.0), st.floats(0.0, 100.0))
def test_output_times_rise_from_zero_to_the_end(days: float, first: float) -> None:
    course = Treatment("c", "", "", "assumed", (), (Dose(first, "ketamine", 1.0, "mg", "iv", 1.0),))
    times = output_times(course, days)
    assert times[0] == 0.0 and times[-1] == 24.0 * days and (np.diff(times) > 0.0).all()
    inside = [24.0 * day for day in range(int(min(days, 50)))]
    assert np.isin(np.round(inside, 6), np.round(times, 6)).all()


@pytest.mark.parametrize("days", [1e-6, 0.1234567890123456, 1 / 3, 6.999999999999])
def test_any_length_of_course_can_be_run(days: float, model: Model) -> None:
    seen = simulate(model, typical(model, Patient()), [UNTREATED], days, OUTPUTS)
    assert seen.sound.all() and all(np.isfinite(value).all() for value in seen.values.values())
    assert seen.stopped == pytest.approx(24.0 * days)
