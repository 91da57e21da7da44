"""What a researcher writes and what is meant: routes, controls, words for people, ranges and units, what is watched."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.errors import VagusError
from vagus.evidence.validate import simulate_with
from vagus.people.blinding import control_of, encounters_of
from vagus.people.drug import Drug
from vagus.people.endpoint import predict
from vagus.people.regimen import Stretch
from vagus.people.study_record import Arm, Outcome, Study
from vagus.people.trial import run_trial
from vagus.people.watch import course_end

from .studies import study_of

KETAMINE = 'dose = [{drug = "ketamine", route = "iv", amount = 0.5, unit = "mg/kg"}]'
TRAINING = 'activity = [{kind = "exercise", every_d = 2, count = 14}]'
TABLETS = 'dose = [{drug = "escitalopram", amount = 10, every_d = 1}]'


def study(folder: Path, *arms: str, people: str = 'conditions = ["mdd"]', more: str = "") -> Study:
    """A study of four weeks; the arms are called a, b, c."""
    blocks = [f'[[arm]]\nname = "{name}"\nn = 10\n{arm}\n' for name, arm in zip("abc", arms, strict=False)]
    return study_of(folder, f"duration_d = 28\n[population]\n{people}\n{''.join(blocks)}{more}")


def controls(found: Study) -> list[str]:
    return [control_of(found, arm) for arm in found.arms]


def outcome(folder: Path, text: str, arm: str = KETAMINE, people: str = 'conditions = ["mdd"]') -> Outcome:
    more = f'[[outcome]]\narm = "a"\nvalue = 1\n{text}\n'
    return study(folder, arm, people=people, more=more).outcomes[0]


@pytest.mark.parametrize(
    ("active", "placebo", "route", "control"),
    [
        (KETAMINE, 'drug = "placebo"', "iv", "saline"),
        ('dose = [{drug = "esketamine", route = "in", amount = 84}]', 'drug = "placebo"', "nasal", "spray"),
        ('dose = [{drug = "ketamine", route = "im", amount = 40}]', 'drug = "saline"', "im", "saline"),
        (TABLETS, 'drug = "saline", every_d = 1', "oral", "tablet"),
        (KETAMINE, 'drug = "placebo", route = "oral"', "oral", "tablet"),
        (KETAMINE, 'drug = "midazolam", amount = 2, unit = "mg"', "iv", "midazolam"),
    ],
)
def test_a_placebo_goes_the_way_of_what_it_is_compared_with(
    tmp_path: Path, active: str, placebo: str, route: str, control: str
) -> None:
    found = study(tmp_path, active, f"dose = [{{{placebo}}}]")
    assert found.arms[1].doses[0].route == route
    assert controls(found) == [control, control]


WAITS, OPEN, CARED = (f'blinding = {{control = "{name}"}}' for name in ("waitlist", "open", "active-care"))


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        ((f"{TRAINING}\n{WAITS}", WAITS), ["open", "waitlist"]),  # the control of the study, in both arms
        ((f"{KETAMINE}\nblinding = {{control = 'none'}}",), ["open"]),  # there is no control
        ((TRAINING, ""), ["open", "waitlist"]),
        ((f"{TRAINING}\n{CARED}", ""), ["active-care", "active-care"]),
        ((f"{TRAINING}\n{OPEN}", ""), ["open", "waitlist"]),
        ((KETAMINE, 'dose = [{drug = "none"}]'), ["open", "waitlist"]),
        (
            (f"{KETAMINE}\nblinding = {{control = 'anaesthesia'}}", 'dose = [{drug = "saline"}]'),
            ["anaesthesia", "anaesthesia"],
        ),
        (
            ('dose = [{drug = "endotoxin", amount = 1, unit = "ng/kg"}]\nblinding = {control = "none"}',),
            ["none"],
        ),
    ],
)
def test_the_control_of_an_arm_is_what_its_people_can_know(
    tmp_path: Path, arms: Sequence[str], expected: list[str]
) -> None:
    assert controls(study(tmp_path, *arms)) == expected


def hours(found: Study, arm: Arm, control: str) -> list[tuple[float, str]]:
    met = encounters_of((Stretch(arm),), (), control, 28 * 24.0, found.arms)
    return [(one.hour, one.kind) for one in met]


def test_who_is_cared_for_as_much_is_met_as_often(tmp_path: Path) -> None:
    found = study(tmp_path, f"{TRAINING}\n{CARED}", CARED, WAITS)
    training, care, wait = found.arms
    assert (
        len(hours(found, training, "active-care")) == 4
    )  # sessions every two days, of which one a week is a visit
    assert hours(found, care, "active-care") == hours(found, training, "active-care")
    assert hours(found, wait, "waitlist") == []
    both = study(tmp_path, f"{TRAINING}\n{TABLETS}\n{CARED}", f"{TABLETS}\n{CARED}")
    assert hours(both, both.arms[1], "active-care") == hours(both, both.arms[0], "active-care")
    assert len(hours(both, both.arms[1], "open")) == len(hours(both, both.arms[0], "open")) - 4


def test_training_against_as_much_care_differs_by_the_training_alone(model: Model, tmp_path: Path) -> None:
    found = study(
        tmp_path,
        f"{TRAINING}\n{CARED}",
        CARED,
        'activity = [{kind = "exercise", every_d = 2, count = 14, intensity = 0}]',
    )
    trial = run_trial(model, found, count=30, pilot=40)
    training, care, nothing = (trial.arms[name] for name in "abc")
    np.testing.assert_array_equal(care.totals["madrs"], nothing.totals["madrs"])
    assert training.totals["madrs"][:, -1].mean() < care.totals["madrs"][:, -1].mean()


@pytest.mark.parametrize(
    ("words", "conditions", "traits"),
    [
        ('conditions = ["social anxiety disorder"]', ("gad",), ()),
        ('conditions = ["Post-traumatic stress disorder"]', ("ptsd",), ()),
        ('conditions = ["late-life depression"]', ("mdd",), ("elderly",)),
        ('conditions = ["complex regional pain syndrome", "MDD"]', ("pain-neuropathic", "mdd"), ()),
        ('conditions = ["mdd"]\ntraits = ["veterans", "hospitalised"]', ("mdd",), ("veteran", "inpatient")),
    ],
)
def test_words_for_people(
    tmp_path: Path, words: str, conditions: tuple[str, ...], traits: tuple[str, ...]
) -> None:
    people = study(tmp_path, KETAMINE, people=words).population
    assert people.conditions == conditions and people.traits == traits and people.reason is None


def test_an_illness_without_a_model_is_not_predicted_and_stops_nothing(model: Model, tmp_path: Path) -> None:
    more = '[[outcome]]\narm = "a"\ninstrument = "HAM-A"\nquantity = "change"\ntime_d = 1\nvalue = -5\n'
    found = study(tmp_path, KETAMINE, people='conditions = ["OCD"]', more=more)
    assert found.outcomes[0].reason == found.arms[0].reason == "the model has no OCD"
    assert simulate_with(model)(found) == [None]
    beside = study(tmp_path, KETAMINE, people='conditions = ["mdd", "alcohol use disorder"]', more=more)
    assert beside.outcomes[0].reason is None and "alcohol use disorder" in beside.population.left_out
    assert any("alcohol use disorder" in note for note in beside.notes)
    with pytest.raises(VagusError, match="V402"):
        study(tmp_path, KETAMINE, people='conditions = ["veterans"]')  # a trait is no illness
    with pytest.raises(VagusError, match="V402"):
        study(tmp_path, KETAMINE, people='conditions = ["mddd"]')


SCALE = 'instrument = "{name}"\nquantity = "mean"\ntime_d = 1\n{unit}'


@pytest.mark.parametrize(
    ("name", "unit", "measure", "scale"),
    [
        ("VAS pain", 'unit = "mm"', "vas_pain", 1.0),
        ("VAS pain", 'unit = "cm"', "vas_pain", 10.0),
        ("NRS", 'unit = "0-10"', "nrs_pain", 1.0),
        ("NRS", 'unit = "/100"', "nrs_pain", 0.1),
        ("MADRS", 'unit = "scores"', "madrs", 1.0),
        ("PHQ-8", "", "phq8", 1.0),
    ],
)
def test_points_and_lines(tmp_path: Path, name: str, unit: str, measure: str, scale: float) -> None:
    found = outcome(tmp_path, SCALE.format(name=name, unit=unit))
    assert found.measure is not None and found.measure.name == measure
    assert found.scale == pytest.approx(scale) and found.reason is None


@pytest.mark.parametrize(("mean", "name"), [(6.2, "nrs_pain"), (62, "vas_pain")])
def test_the_scores_at_the_start_say_how_long_a_line_is(tmp_path: Path, mean: float, name: str) -> None:
    people = f'conditions = ["crps"]\nseverity = [{{instrument = "VAS", mean = {mean}, sd = {mean / 5}}}]'
    found = outcome(tmp_path, SCALE.format(name="VAS", unit=""), people=people)
    assert found.measure is not None and found.measure.name == name
    millimetres = outcome(tmp_path, SCALE.format(name="VAS", unit='unit = "mm"'), people=people)
    assert millimetres.scale == pytest.approx(1.0 if name == "vas_pain" else 0.1)


def test_cortisol_at_an_hour_is_that_of_the_sample(tmp_path: Path) -> None:
    text = 'instrument = "plasma cortisol"\nquantity = "change"\n{when}\nunit = "nmol/L"'
    names = [outcome(tmp_path, text.format(when=when)).measure for when in ("time_h = 2", "time_d = 28")]
    assert [one.name for one in names if one] == ["cortisol_now", "cortisol"]


@pytest.mark.parametrize(("unit", "scale"), [("µg·h/L", 1e-3), ("ng·hr/mL", 1e-3), ("ng × hours/mL", 1e-3)])
def test_areas_as_journals_print_them(tmp_path: Path, unit: str, scale: float) -> None:
    found = outcome(tmp_path, f'instrument = "esketamine"\nquantity = "auc"\nunit = "{unit}"')
    assert found.reason is None and found.scale == pytest.approx(scale)


def test_doses_in_other_words(tmp_path: Path) -> None:
    arm = 'dose = [{drug = "ketamine", route = "intravenous", amount = 10, unit = "mcg/kg/min", duration_min = 50}]'
    block = study(tmp_path, arm).arms[0].doses[0]
    assert (block.route, block.unit) == ("iv", "ug/kg/min")


def test_an_active_control_is_told_of_the_mind_only() -> None:
    fentanyl = Drug("fentanyl", "control")
    assert fentanyl.reason("iv") is None and fentanyl.silent_on("mental") is None
    assert "fentanyl" in str(fentanyl.silent_on("physical")) and fentanyl.silent_on("output")
    assert Drug("midazolam", "inert").silent_on("output") is None


def test_tablets_of_every_day_are_no_part_of_a_course_of_infusions(tmp_path: Path) -> None:
    both = KETAMINE.replace("}]", ', days = [0, 3]}, {drug = "escitalopram", amount = 10, every_d = 1}]')
    assert course_end(study(tmp_path, both).arms[0]) == 3
    assert course_end(study(tmp_path, TABLETS).arms[0]) == 27


def test_a_time_to_response_is_told_where_the_cutoff_names_it(model: Model, tmp_path: Path) -> None:
    rows = [
        ('quantity = "median_time"\nunit = "d"', "response = 0.5"),
        ('quantity = "median_time"\nunit = "week"', "response = 0.5"),
        ('quantity = "median_time"\nunit = "d"', "remission = 10"),
        ('quantity = "hazard_ratio"\nversus = "b"', "response = 0.5"),
        ('quantity = "median_time"\nunit = "d"', ""),
    ]
    more = "".join(
        f'[[outcome]]\narm = "a"\ninstrument = "MADRS"\nvalue = 3\n{row}\ncutoff = {{{cutoff}}}\n'
        for row, cutoff in rows
    )
    found = study(tmp_path, TABLETS, 'dose = [{drug = "placebo", every_d = 1}]', more=more)
    trial = run_trial(model, found, count=60, pilot=60)
    days, weeks, remission, ratio, relapse = (predict(trial, one) for one in found.outcomes)
    assert 0 < days.mean == pytest.approx(7 * weeks.mean) and days.mean < remission.mean
    assert ratio.mean > 1 and "response" in days.note
    assert "goes on to the end" in str(relapse.reason)
    totals = trial.arms["a"].totals["madrs"]
    fell = (totals[:, 1:] <= totals[:, :1] / 2).any(axis=1)
    assert fell.mean() > 0.5 or days.mean > 28


def test_a_peak_on_day_0_is_that_after_the_dose(model: Model, tmp_path: Path) -> None:
    asked = '[[outcome]]\narm = "a"\nvalue = 90\ninstrument = "plasma_ketamine"\nquantity = "cmax"\n'
    found = study(tmp_path, KETAMINE, people='conditions = ["healthy"]', more=f"{asked}time_d = 0\n{asked}")
    trial = run_trial(model, found, count=20)
    at_day_0, whole = (predict(trial, one).mean for one in found.outcomes)
    assert at_day_0 == whole > 50.0


def test_low_mood_on_a_line_has_the_length_of_the_line(tmp_path: Path) -> None:
    text = 'instrument = "VAS mood"\ntime_d = 1\nquantity = "mean"\nunit = "cm"'
    found = outcome(tmp_path, text)
    assert found.reason is None and found.scale == 10.0


def test_what_has_no_unit_is_told_without_one(tmp_path: Path) -> None:
    text = 'instrument = "plasma_ketamine"\nquantity = "{}"'
    assert outcome(tmp_path, text.format("bioavailability")).unit == "1"
    assert outcome(tmp_path, text.format("cmax")).unit not in ("", "1")
