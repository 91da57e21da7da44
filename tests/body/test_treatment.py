"""Treatments: names mean what the design says, and doses become exact changes in one person's simulation."""

from pathlib import Path

import pytest

from vagus.body.model import Model
from vagus.body.treatment import Dose, Treatment, Visit, check_fits, dose_changes, load_treatment
from vagus.errors import VagusError
from vagus.tables import GRADES, atlas_names

END = 84 * 24.0


def course(*doses: Dose, visits: tuple[Visit, ...] = ()) -> Treatment:
    return Treatment("course", "A course", "for a test", "assumed", ("vagus_models",), doses, visits)


def infusion(hour: float, amount: float = 35.0, hours: float = 2.0, drug: str = "ketamine") -> Dose:
    return Dose(hour, drug, amount, "mg", "iv", hours)


def levels(model: Model, treatment: Treatment, name: str, weight: float = 70.0) -> list[tuple[float, float]]:
    """Time and new value of every change of one input."""
    row = model.parameter(name)
    changes = dose_changes(treatment, model, weight, END)
    return [(change.time, change.value) for change in changes if not change.jump and change.index == row]


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("ketamine-iv-single", [0]),
        ("ketamine-iv-6", [0, 3, 7, 10, 14, 17]),
        ("ketamine-iv-6-mwf", [0, 2, 4, 7, 9, 11]),
    ],
)
def test_ketamine_is_half_a_milligram_in_forty_minutes_on_its_days(name: str, days: list[int]) -> None:
    treatment = load_treatment(name)
    assert [dose.day for dose in treatment.doses] == days
    assert {(dose.drug, dose.route, dose.listed) for dose in treatment.doses} == {("ketamine", "iv", True)}
    assert [dose.hours for dose in treatment.doses] == pytest.approx([2 / 3] * len(days))
    assert {dose.milligrams(70.0) for dose in treatment.doses} == {35.0}
    assert {dose.milligrams(100.0) for dose in treatment.doses} == {50.0}
    assert [visit.hour for visit in treatment.visits] == [24.0 * day for day in days]


def test_the_other_courses() -> None:
    ssri, analgesic = load_treatment("ssri"), load_treatment("analgesic")
    assert [dose.day for dose in ssri.doses] == list(range(84))
    assert {dose.milligrams(70.0) for dose in ssri.doses} == {20.0} and not ssri.doses[3].listed
    assert [dose.hour for dose in analgesic.doses] == [12.0 * n for n in range(120)]
    placebo, ketamine = load_treatment("placebo"), load_treatment("ketamine-iv-6")
    assert [dose.hour for dose in placebo.doses] == [dose.hour for dose in ketamine.doses]
    assert {dose.milligrams(70.0) for dose in placebo.doses} == {0.0}
    untreated = load_treatment("untreated")
    assert untreated.doses == () and untreated.visits == ()


@pytest.mark.parametrize("name", atlas_names("treatments"))
def test_a_shipped_treatment_is_whole_and_in_order(name: str) -> None:
    treatment = load_treatment(name)
    assert treatment.key == name and treatment.grade in GRADES and treatment.sources
    assert [dose.hour for dose in treatment.doses] == sorted(dose.hour for dose in treatment.doses)
    assert [visit.hour for visit in treatment.visits] == sorted(visit.hour for visit in treatment.visits)
    assert all(text and source for text, source in treatment.warnings)


@pytest.mark.parametrize(
    ("amount", "unit", "milligrams"),
    [(0.5, "mg/kg", 40.0), (500, "ug/kg", 40.0), (0.1, "g", 100.0), (35, "mg", 35.0), (35_000, "mcg", 35.0)],
)
def test_a_dose_is_in_milligrams_for_a_weight(amount: float, unit: str, milligrams: float) -> None:
    dose = Dose(0.0, "ketamine", amount, unit, "iv", 0.0)
    assert dose.milligrams(80.0) == pytest.approx(milligrams, rel=1e-12)


def test_racemic_ketamine_is_split_in_two_halves(model: Model) -> None:
    treatment = load_treatment("ketamine-iv-single")
    for hand in ("esketamine", "arketamine"):
        edges = levels(model, treatment, f"{hand}.infusion")
        assert edges == [(0.0, pytest.approx(0.5 * 35.0 / (2 / 3))), (pytest.approx(2 / 3), 0.0)]
    esketamine = course(infusion(0.0, 35.0, drug="esketamine"))
    assert levels(model, esketamine, "esketamine.infusion")[0] == (0.0, 17.5)
    assert levels(model, esketamine, "arketamine.infusion") == []


def test_a_dose_without_duration_is_given_at_once(model: Model) -> None:
    changes = dose_changes(course(infusion(24.0, 30.0, 0.0)), model, 70.0, END)
    rows = {model.state("esketamine.central"), model.state("arketamine.central")}
    assert [(c.time, c.jump, c.value) for c in changes] == [(24.0, True, 15.0)] * 2
    assert {c.index for c in changes} == rows


def test_overlapping_infusions_add_and_end_exactly_at_zero(model: Model) -> None:
    third = 1.0 / 3.0  # rates that binary fractions cannot hold
    treatment = course(*(infusion(0.1 * n, third * 0.7, 1.1) for n in range(7)))
    edges = levels(model, treatment, "esketamine.infusion")
    one = 0.5 * third * 0.7 / 1.1
    assert edges[6][1] == pytest.approx(7 * one) and edges[7][1] == pytest.approx(6 * one)
    assert edges[-1][1] == 0.0 and all(value > 0.0 for _, value in edges[:-1])
    assert [hour for hour, _ in edges] == sorted(hour for hour, _ in edges)


def test_an_infusion_that_follows_at_once_leaves_no_gap(model: Model) -> None:
    edges = levels(model, course(infusion(0.0), infusion(2.0, 70.0)), "esketamine.infusion")
    assert edges == [(0.0, 8.75), (2.0, 17.5), (4.0, 0.0)]


def test_an_infusion_of_nothing_changes_nothing(model: Model) -> None:
    edges = levels(model, course(infusion(0.0, 0.0), infusion(1.0, 35.0, 0.5)), "esketamine.infusion")
    assert edges[-1][1] == 0.0 and max(value for _, value in edges) == pytest.approx(35.0)


def test_a_visit_is_care_times_belief(model: Model) -> None:
    changes = dose_changes(course(visits=(Visit(0.0, 1.0, 0.12), Visit(48.0, 0.5, 1.0))), model, 70.0, END)
    care, impression = model.state("expectancy.care"), model.state("expectancy.impression")
    assert [(c.time, c.jump, c.index, c.value) for c in changes] == [
        (0.0, True, care, 0.12),
        (0.0, True, impression, 0.12),  # a session leaves one, a short visit does not
        (48.0, True, care, 0.5),
    ]


def test_what_starts_after_the_end_is_left_out(model: Model) -> None:
    treatment = course(infusion(0.0), infusion(48.0), visits=(Visit(48.0, 1.0, 1.0),))
    assert {change.time for change in dose_changes(treatment, model, 70.0, 48.0)} == {0.0, 2.0}


@pytest.mark.parametrize(
    ("name", "days", "fits"),
    [
        ("ketamine-iv-6", 84, True),
        ("ketamine-iv-6", 17, False),
        ("ketamine-iv-6", 17.01, True),
        ("ketamine-iv-6", 14, False),
        ("ssri", 28, True),  # a daily schedule just stops
        ("untreated", 0.1, True),
    ],
)
def test_a_listed_dose_lies_inside_the_course(name: str, days: float, fits: bool) -> None:
    if fits:
        return check_fits(load_treatment(name), days)
    with pytest.raises(VagusError) as caught:
        check_fits(load_treatment(name), days)
    assert caught.value.code == "V408" and caught.value.hint


def test_a_schedule_that_starts_after_the_end_does_not_fit() -> None:
    late = course(Dose(480.0, "escitalopram", 20.0, "mg", "oral", 0.0, listed=False))
    with pytest.raises(VagusError, match="V408"):
        check_fits(late, 10)


def test_the_clock_moves_a_dose_within_its_day(tmp_path: Path) -> None:
    path = tmp_path / "evening.toml"
    path.write_text(
        'title = "t"\nmeaning = "m"\ngrade = "assumed"\nsources = ["vagus_models"]\n'
        '[[dose]]\ndrug = "ketamine"\namount = 35\nunit = "mg"\ndays = [0, 1]\nclock = "20:30"\n'
        '[[dose]]\ndrug = "escitalopram"\namount = 10\nunit = "mg"\nevery = "12 h"\nfor_days = 1.5\nstart_day = 1\n'
    )
    hours = [(dose.drug, dose.hour) for dose in load_treatment(path).doses]
    assert hours == [
        ("ketamine", 12.5),
        ("escitalopram", 24.0),
        ("escitalopram", 36.0),
        ("ketamine", 36.5),
        ("escitalopram", 48.0),
    ]
    assert load_treatment(path).visits == ()
