"""Every treatment of the atlas: what is given, what is held, and that a course with it runs."""

from pathlib import Path

import numpy as np
import pytest

from vagus.body.hold import Hold, hold_changes
from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.treatment import check_fits, dose_changes, load_treatment
from vagus.errors import VagusError
from vagus.people.course import Course, follow_course
from vagus.tables import atlas_names, atlas_path, read_sources, read_toml

DAYS = 84.0
HEAD = 'title = "A"\nmeaning = "b"\ngrade = "assumed"\nsources = ["vagus_models"]\n'
NAMED = {
    "untreated", "placebo", "midazolam", "ketamine-iv-single", "ketamine-iv-low", "ketamine-iv-6",
    "ketamine-iv-6-monthly", "crps-infusion", "ssri", "analgesic", "esketamine-nasal", "ketamine-im", "ketamine-sc",
    "ketamine-sl", "ketamine-oral", "snri", "nsaid", "opioid", "exercise", "sleep-treatment", "stress-reduction",
    "exposure",
}  # fmt: skip


def follow(model: Model, treatment: str, *conditions: str, days: float = DAYS) -> Course:
    return follow_course(
        model, Patient(conditions=conditions), load_treatment(treatment), days, instruments=SCALES
    )


SCALES = ["madrs", "nrs_pain"]


def test_every_treatment_that_was_asked_for_is_there() -> None:
    assert set(atlas_names("treatments")) >= NAMED


@pytest.mark.parametrize("name", atlas_names("treatments"))
def test_a_treatment_names_its_sources_and_runs_for_twelve_weeks(model: Model, name: str) -> None:
    treatment, known = load_treatment(name), read_sources()
    limits = read_toml(atlas_path("treatments", f"{name}.toml")).get("limits", {})
    cited = {
        *treatment.sources,
        *(source for _, source in treatment.warnings),
        limits.get("source", "vagus_models"),
    }
    assert treatment.title and treatment.meaning and cited <= set(known)
    check_fits(treatment, DAYS)
    course = follow(model, name, "pain-neuropathic", "mdd")
    assert course.run.sound.all() and np.isfinite(course.scores["madrs"]).all()


@pytest.mark.parametrize(
    ("name", "drug", "milligrams", "days"),
    [
        ("ketamine-iv-low", "ketamine", 7.0, [0]),
        ("ketamine-im", "ketamine", 35.0, [0, 3, 7, 10, 14, 17]),
        ("ketamine-sc", "ketamine", 35.0, [0, 3, 7, 10, 14, 17, 21, 24]),
        ("ketamine-oral", "ketamine", 140.0, [0, 3, 7, 10, 14, 17, 21, 24, 28, 31, 35, 38]),
        ("midazolam", "midazolam", 3.15, [0, 3, 7, 10, 14, 17]),
    ],
)
def test_doses_and_days(name: str, drug: str, milligrams: float, days: list[int]) -> None:
    doses = load_treatment(name).doses
    assert [dose.day for dose in doses] == days and {dose.drug for dose in doses} == {drug}
    assert [dose.milligrams(70.0) for dose in doses] == pytest.approx([milligrams] * len(days))


def test_six_infusions_and_one_a_month_to_the_end_of_a_year() -> None:
    days = [dose.day for dose in load_treatment("ketamine-iv-6-monthly").doses]
    assert days[:6] == [0, 3, 7, 10, 14, 17] and days[6:] == [45 + 28 * k for k in range(12)]


def test_the_nasal_schedule_is_that_of_the_label() -> None:
    doses = load_treatment("esketamine-nasal").doses
    assert [dose.amount for dose in doses[:2]] == [56, 84] and {dose.amount for dose in doses[1:]} == {84}
    in_weeks = [sum(7 * k <= dose.day < 7 * (k + 1) for dose in doses) for k in range(12)]
    assert in_weeks == [2] * 4 + [1] * 4 + [1, 0, 1, 0]


def test_the_long_infusion_is_titrated_without_a_gap(model: Model) -> None:
    treatment = load_treatment("crps-infusion")
    row = model.parameter("esketamine.infusion")
    edges = [
        (c.time, c.value)
        for c in dose_changes(treatment, model, 70.0, 200.0)
        if c.index == row and not c.jump
    ]
    assert [hour for hour, _ in edges] == [0.0, 12.0, 24.0, 48.0, 100.0]
    assert [rate for _, rate in edges] == [
        pytest.approx(rate, abs=1e-3) for rate in (5.0, 10.0, 15.0, 22.0, 0.0)
    ]
    heavier = [c.value for c in dose_changes(treatment, model, 105.0, 200.0) if c.index == row and not c.jump]
    assert heavier[3] == pytest.approx(33.0, abs=1e-3)


def test_each_control_has_the_visits_of_its_treatment() -> None:
    pairs = [
        ("placebo", "ketamine-iv-6"),
        ("midazolam", "ketamine-iv-6"),
        ("placebo-single", "ketamine-iv-single"),
        ("midazolam-single", "ketamine-iv-single"),
        ("placebo-nasal", "esketamine-nasal"),
        ("placebo-infusion-100h", "crps-infusion"),
        ("placebo-tablet", "ssri"),
    ]
    for control, treatment in pairs:
        one, other = load_treatment(control), load_treatment(treatment)
        assert [visit.hour for visit in one.visits] == [visit.hour for visit in other.visits], control
        assert [visit.care for visit in one.visits] == [visit.care for visit in other.visits], control


def test_treatments_do_what_they_are_for(model: Model) -> None:
    """Directions after eight weeks, against the course without the drug or without treatment."""
    pain = {
        name: follow(model, name, "pain-musculoskeletal")
        for name in ("nsaid", "snri", "ssri", "placebo-tablet")
    }
    after = {name: float(course.at_day("nrs_pain", 56.0)[0]) for name, course in pain.items()}
    assert (
        after["snri"] < after["ssri"] < after["placebo-tablet"] and after["nsaid"] < after["placebo-tablet"]
    )
    assert 0.2 < after["placebo-tablet"] - after["nsaid"] < 0.6  # 0.33 (0.13 to 0.53) in back pain
    for name in ("exercise", "sleep-treatment", "stress-reduction"):
        course = follow(model, name, "mdd")
        assert course.at_day("madrs", 56.0)[0] < course.at_day("madrs", 56.0, arm=1)[0] - 0.5, name


def test_the_routes_of_one_dose_differ_in_the_blood_and_agree_in_direction(model: Model) -> None:
    first = {
        name: follow(model, name, "mdd", days=40.0)
        for name in ("ketamine-iv-6", "ketamine-im", "ketamine-oral")
    }
    assert all(
        course.at_day("madrs", 1.0)[0] < course.at_day("madrs", 0.0)[0] - 3 for course in first.values()
    )


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ('input = "pain.injry"\nvalue = 1', "V315"),
        ('input = "pain.injury"\nvalue = 2', "V306"),
        ('input = "pain.injury"', "V411"),
        ('input = "pain.injury"\nvalue = 0.1\nfactor = 2', "V401"),
        ('input = "pain.injury"\nvalue = 0.1\nfrom_day = 5\nto_day = 5', "V410"),
        ('input = "pain.injury"\nvalue = 0.1\nfrom_day = -1', "V407"),
        ('input = "pain.injury"\nvalue = 0.1\ndays = [1]', "V411"),
        ('input = "pain.injury"\nvalue = 0.1\ndays = [1]\nduration = "1 h"\nto_day = 3', "V401"),
        ('input = "pain.windup_gain"\nvalue = 0.1', "V315"),
        ("value = 1", "V411"),
        ('input = "pain.injury"\nvalue = "much"', "V303"),
    ],
)
def test_a_wrong_hold_is_told_with_its_line(tmp_path: Path, rows: str, code: str) -> None:
    path = tmp_path / "course.toml"
    path.write_text(f"{HEAD}[[hold]]\n{rows}\n")
    with pytest.raises(VagusError) as caught:
        load_treatment(path)
    assert caught.value.code == code and caught.value.file == str(path) and caught.value.line


def test_a_hold_is_given_back_and_overlapping_ones_combine(model: Model) -> None:
    own = model.defaults()
    name = "load.persistent"
    own[model.parameter(name)] = 0.4
    holds = [Hold(name, "factor", 0.5, 24.0, 96.0), Hold(name, "plus", 0.3, 48.0, 72.0)]
    changes = hold_changes(holds, model, own, 1000.0)
    assert [(c.time, pytest.approx(c.value)) for c in changes] == [
        (24.0, 0.2),
        (48.0, 0.5),
        (72.0, 0.2),
        (96.0, 0.4),
    ]
    top = hold_changes([Hold(name, "plus", 5.0, 0.0, float("inf"))], model, own, 1000.0)
    assert [(c.time, c.value) for c in top] == [(0.0, model.entries[name].high)]


def test_two_treatments_at_once(model: Model) -> None:
    both = load_treatment("analgesic+ketamine-iv-6")
    one, other = load_treatment("analgesic"), load_treatment("ketamine-iv-6")
    assert both.key == "analgesic+ketamine-iv-6" and both.grade == "assumed"
    assert len(both.doses) == len(one.doses) + len(other.doses)
    assert len(both.visits) == len(one.visits) + len(other.visits)
    assert follow(model, both.key, "pain-neuropathic", "mdd").run.sound.all()
    with pytest.raises(VagusError, match="V403"):
        load_treatment("analgesic+ketamin")


def test_sessions_are_holds_on_some_days(model: Model) -> None:
    exposure = load_treatment("exposure")
    assert [hold.start for hold in exposure.holds] == [168.0 * k for k in range(12)]
    assert {hold.end - hold.start for hold in exposure.holds} == {24.0}
    changes = hold_changes(exposure.holds, model, model.defaults(), 200.0)
    assert [(c.time, c.value) for c in changes] == [(0.0, 1.0), (24.0, 0.0), (168.0, 1.0), (192.0, 0.0)]
