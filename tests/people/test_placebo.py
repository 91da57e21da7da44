"""The third arm: the same visits without the drug, and the belief that is left then."""

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.treatment import load_treatment
from vagus.people.adjust import blinding_numbers
from vagus.people.course import follow_course, response_shares
from vagus.people.placebo import placebo_of


def test_an_infusion_that_is_not_felt_leaves_little_belief() -> None:
    treatment, made = load_treatment("ketamine-iv-6"), placebo_of(load_treatment("ketamine-iv-6"))
    assert made is not None and made.doses == () and made.key == "placebo"
    assert [visit.hour for visit in made.visits] == [visit.hour for visit in treatment.visits]
    assert {visit.belief for visit in made.visits} == {blinding_numbers("control")["saline"]}
    assert {visit.belief for visit in load_treatment("placebo").visits} == {
        blinding_numbers("control")["saline"]
    }, "the same as the placebo course"


def test_a_tablet_that_is_not_felt_leaves_the_belief() -> None:
    treatment, made = load_treatment("ssri"), placebo_of(load_treatment("ssri"))
    assert made is not None and made.doses == () and made.visits == treatment.visits


@pytest.mark.parametrize("name", ["untreated", "placebo"])
def test_without_a_drug_there_is_no_placebo(name: str) -> None:
    assert placebo_of(load_treatment(name)) is None


def test_the_third_arm_lies_between_the_two(model: Model) -> None:
    course = follow_course(
        model,
        Patient(conditions=("mdd",)),
        load_treatment("ketamine-iv-6"),
        28.0,
        count=20,
        seed=5,
        placebo=True,
    )
    assert course.run.arms == ("ketamine-iv-6", "untreated", "placebo") and course.placebo_arm == 2
    treated, untreated, placebo = (np.nanmean(course.at_day("madrs", 18.0, arm)) for arm in range(3))
    assert treated < placebo < untreated
    shares = response_shares(course)["madrs"]
    assert shares["week_3"] > shares["placebo_week_3"] >= shares["untreated_week_3"]


def test_the_arm_is_there_only_when_asked_for(model: Model) -> None:
    course = follow_course(model, Patient(), load_treatment("ketamine-iv-6"), 21.0, also=["gut.dysbiosis"])
    assert course.placebo_arm is None and "gut.dysbiosis" in course.run.values
