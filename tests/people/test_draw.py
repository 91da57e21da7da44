"""Drawn people: medians and bounds of the tables, kinds of a mixture in turn, and only those a clinic could meet."""

import numpy as np
import pytest
from scipy.stats import beta

from vagus.body.condition import load_condition
from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.simulate import People
from vagus.errors import VagusError
from vagus.people.draw import draw, draw_accepted, typical

MANY = 400
WEIGHT = "ketamine.weight"


@pytest.fixture(scope="module")
def healthy(model: Model) -> People:
    return draw(model, Patient(weight=81.0), MANY, seed=5)


@pytest.fixture(scope="module")
def depressed(model: Model) -> People:
    return draw(model, Patient(conditions=("mdd",)), MANY, seed=5)


def test_medians_are_those_of_the_tables(model: Model, healthy: People) -> None:
    """Within four standard errors of a median, on the scale on which the trait is spread."""
    error = 4 * 1.2533 / np.sqrt(MANY)
    spread = [entry for entry in model.entries.values() if entry.shape in ("lognormal", "normal")]
    assert len(spread) > 5
    for entry in spread:
        if entry.name == WEIGHT:
            continue
        median = np.median(healthy.p[model.parameter(entry.name)])
        if entry.shape == "lognormal":
            assert abs(np.log(median / entry.value)) < error * entry.spread, entry.name
        else:
            assert abs(median - entry.value) < error * entry.spread, entry.name


def test_bounds_are_kept_and_fixed_values_stay(model: Model, healthy: People, depressed: People) -> None:
    for people in (healthy, depressed):
        for name in model.parameters:
            entry, values = model.entries[name], people.p[model.parameter(name)]
            assert (entry.low <= values).all() and (values <= entry.high).all(), name
    for entry in model.entries.values():
        if entry.shape == "fixed" and entry.name in model.parameters:
            assert (healthy.p[model.parameter(entry.name)] == entry.value).all(), entry.name


def test_the_traits_of_a_condition_have_its_medians(model: Model, depressed: People) -> None:
    traits = load_condition("mdd").traits
    gain = depressed.p[model.parameter("mood.rumination_gain")]
    median, spread = traits["mood.rumination_gain"].numbers
    assert abs(np.log(np.median(gain) / median)) < 4 * 1.2533 / np.sqrt(MANY) * spread
    load = depressed.p[model.parameter("load.persistent")]
    alpha, beta = traits["load.persistent"].numbers
    assert np.mean(load) == pytest.approx(alpha / (alpha + beta), abs=0.05)
    assert (depressed.p[model.parameter("load.fluctuation_on")] == 1.0).all()


def test_the_weight_is_that_of_the_patient(model: Model, healthy: People) -> None:
    assert (healthy.weight == 81.0).all() and (healthy.p[model.parameter(WEIGHT)] == 81.0).all()


def test_a_seed_gives_the_same_people_and_another_seed_others(model: Model, depressed: People) -> None:
    again = draw(model, Patient(conditions=("mdd",)), 20, seed=5)
    assert np.array_equal(
        again.p, depressed.p[:, :20]
    )  # the first twenty are the same, however many there are
    other = draw(model, Patient(conditions=("mdd",)), 20, seed=6)
    row = model.parameter("mood.threshold")
    assert not np.isin(other.p[row], again.p[row]).any()
    trial = draw(model, Patient(conditions=("mdd",)), 20, seed=5, study="trial")
    assert not np.isin(trial.p[row], again.p[row]).any()


def test_known_traits_are_those_of_everybody(model: Model) -> None:
    patient = Patient(conditions=("mdd",), traits={"mood.threshold": 2.9})
    for people in (draw(model, patient, 5, seed=1), typical(model, patient)):
        assert (people.p[model.parameter("mood.threshold")] == 2.9).all()


def test_pain_is_three_kinds_in_turn(model: Model) -> None:
    people = draw(model, Patient(conditions=("pain",)), 9, seed=1)
    kinds = ["pain-neuropathic", "pain-fibromyalgia", "pain-musculoskeletal"]
    assert list(people.condition) == kinds * 3
    assert all(kind in people.recipe for kind in kinds)
    both = draw(model, Patient(conditions=("mdd", "pain")), 3, seed=1)
    assert list(both.condition) == [f"mdd+{kind}" for kind in kinds]
    one = typical(model, Patient(conditions=("pain",)))
    assert list(one.condition) == [kinds[0]] and not one.drawn


def test_the_typical_person_has_every_trait_at_its_median(model: Model) -> None:
    people = typical(model, Patient())
    defaults = model.defaults()
    defaults[model.parameter(WEIGHT)] = 70.0
    assert np.array_equal(people.p[:, 0], defaults)
    mdd = typical(model, Patient(conditions=("mdd",))).p[:, 0]
    traits = load_condition("mdd").traits
    (median, _), (alpha, load) = (
        traits[name].numbers for name in ("mood.rumination_gain", "load.persistent")
    )
    assert mdd[model.parameter("mood.rumination_gain")] == median
    assert mdd[model.parameter("load.persistent")] == pytest.approx(beta(alpha, load).median())
    assert mdd[model.parameter("load.fluctuation_on")] == 0.0


def test_only_accepted_people_come_and_the_recipe_says_how_many(model: Model) -> None:
    people, rest, drawn = draw_accepted(model, Patient(conditions=("mdd", "pain")), 12, seed=4)
    assert people.p.shape[1] == len(people.condition) == len(people.history) == 12
    assert rest.accepted.all() and rest.y.shape == (len(model.states), 12)
    assert drawn >= 12 and f"12 of {drawn} drawn were accepted" in people.recipe
    fewer, _, _ = draw_accepted(model, Patient(conditions=("mdd", "pain")), 5, seed=4)
    assert np.array_equal(fewer.p, people.p[:, :5])


def test_a_condition_nobody_meets_is_refused(model: Model) -> None:
    high = model.entries["mood.threshold"].high
    patient = Patient(conditions=("mdd",), traits={"mood.threshold": high, "load.persistent": 0.0})
    with pytest.raises(VagusError, match=r"V505 .*2 people with mdd.*only 0 of \d+ drawn"):
        draw_accepted(model, patient, 2, seed=1)


@pytest.mark.parametrize("count", [0, -3])
def test_there_has_to_be_somebody(count: int, model: Model) -> None:
    for ask in (draw, draw_accepted):
        with pytest.raises(VagusError, match="V409"):
            ask(model, Patient(), count, 1)


@pytest.mark.parametrize(
    ("patient", "code"),
    [
        (Patient(traits={"mood.treshold": 3.0}), "V315"),
        (Patient(traits={"mood.depression": 0.5}), "V315"),  # a state is no trait
        (Patient(traits={"mood.threshold": 99.0}), "V306"),
        (Patient(traits={"mood.threshold": float("nan")}), "V306"),
        (Patient(traits={WEIGHT: 80.0}), "V401"),
        (Patient(weight=0.0), "V306"),
        (Patient(weight=float("nan")), "V306"),
        (Patient(conditions=("mddd",)), "V402"),
    ],
)
def test_a_person_made_in_python_is_checked_too(patient: Patient, code: str, model: Model) -> None:
    with pytest.raises(VagusError) as caught:
        typical(model, patient)
    assert caught.value.code == code
