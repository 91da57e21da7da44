"""From arms to treatments: how much, when, by which route, and what is held."""

from math import inf
from pathlib import Path

import numpy as np
import pytest

from vagus.body.dose import Visit
from vagus.body.model import Model
from vagus.body.treatment import Treatment, dose_changes
from vagus.people.activity import load_activities
from vagus.people.regimen import (
    Contact,
    Stretch,
    arm_regimen,
    clock_shift,
    contacts,
    crossover_stretches,
    medicines_of,
    phase_arms,
    phase_stretch,
    regimen,
)
from vagus.people.study import read_study
from vagus.people.study_record import Study
from vagus.tables import read_parameters

WEIGHT = 80.0  # kg, the mean of a study that does not tell it


def study(folder: Path, arms: str, head: str = "duration_d = 84", people: str = "") -> Study:
    path = folder / "study.toml"
    path.write_text(f'{head}\n[population]\nconditions = ["mdd"]\n{people}\n{arms}', encoding="utf-8")
    return read_study(path)


def one(folder: Path, dose: str, rest: str = "") -> Treatment:
    """The treatment of a study of one arm with one block of doses."""
    made = study(folder, f'[[arm]]\nname = "arm"\n{rest}\n[[arm.dose]]\n{dose}\n')
    assert made.arms[0].reason is None
    return arm_regimen(made.arms[0], made.duration_d)


def activity(folder: Path, entries: str) -> Treatment:
    made = study(folder, f'[[arm]]\nname = "arm"\n[[arm.activity]]\n{entries}\n')
    return arm_regimen(made.arms[0], made.duration_d)


@pytest.mark.parametrize(
    ("unit", "amount", "milligrams"),
    [
        ("mg", 40, 40),
        ("g", 0.04, 40),
        ("ug", 40_000, 40),
        ("mg/kg", 0.5, 40),
        ("ug/kg", 500, 40),
        ("mg/h", 40, 60),
        ("mg/min", 1, 90),
        ("mg/kg/h", 0.5, 60),
        ("ug/kg/min", 10, 72),
    ],
)
def test_every_unit_gives_milligrams(tmp_path: Path, unit: str, amount: float, milligrams: float) -> None:
    (dose,) = one(
        tmp_path, f'drug = "ketamine"\nroute = "iv"\namount = {amount}\nunit = "{unit}"\nduration_min = 90'
    ).doses
    assert dose.milligrams(WEIGHT) == pytest.approx(milligrams)
    assert dose.hours == 1.5


@pytest.mark.parametrize(
    ("written", "route"),
    [
        ("iv", "iv"),
        ("im", "im"),
        ("sc", "sc"),
        ("in", "nasal"),
        ("sl", "sublingual"),
        ("po", "oral"),
        ("buccal", "buccal"),
    ],
)
def test_every_route_of_the_format(tmp_path: Path, written: str, route: str) -> None:
    (dose,) = one(tmp_path, f'drug = "esketamine"\nroute = "{written}"\namount = 28\nunit = "mg"').doses
    assert (dose.drug, dose.route, dose.amount) == ("esketamine", route, 28)
    assert (dose.hours > 0) == (route == "iv")  # only a vein takes a drug over some time


def test_an_infusion_without_a_length_is_the_usual_one_and_zero_is_at_once(tmp_path: Path) -> None:
    (usual,) = one(tmp_path, 'drug = "ketamine"\namount = 0.5').doses
    assert (usual.unit, usual.hours) == ("mg/kg", pytest.approx(40 / 60))
    (once,) = one(tmp_path, 'drug = "ketamine"\namount = 0.5\nduration_min = 0').doses
    assert once.hours == 0


def test_steps_are_doses_end_to_end(tmp_path: Path) -> None:
    steps = "steps = [{from_h = 0, rate = 1.2}, {from_h = 24, rate = 3.6}]"
    low, high = one(tmp_path, f'drug = "esketamine"\nroute = "iv"\nunit = "ug/kg/min"\n{steps}').doses
    assert low.milligrams(WEIGHT) == pytest.approx(1.2e-3 * WEIGHT * 24 * 60)
    assert high.milligrams(WEIGHT) == pytest.approx(3.6e-3 * WEIGHT * 24 * 60)
    assert (low.hour, low.hours, high.hour, high.hours) == (0, 24, 24, 24)
    (_, longer) = one(
        tmp_path, f'drug = "esketamine"\nroute = "iv"\nunit = "ug/kg/min"\nduration_min = 6000\n{steps}'
    ).doses
    assert longer.hours == 76


def test_flexible_doses_take_what_was_chosen(tmp_path: Path) -> None:
    dose = 'drug = "esketamine"\nroute = "in"\nunit = "mg"\nflexible = [56, 84]\nevery_d = 3.5\ncount = 8'
    made = study(tmp_path, f'[[arm]]\nname = "arm"\n[[arm.dose]]\n{dose}\n')
    assert {given.amount for given in arm_regimen(made.arms[0]).doses} == {84}
    chosen = arm_regimen(made.arms[0], chosen={("arm", 0): 56.0})
    assert [given.amount for given in chosen.doses] == [56] * 8


@pytest.mark.parametrize(
    ("drug", "like", "milligrams"),
    [
        ("escitalopram", "escitalopram", 20),
        ("citalopram", "escitalopram", 10),
        ("sertraline", "escitalopram", 20 * 18 / 98.5),
        ("fluoxetine", "escitalopram", 9),
        ("paroxetine", "escitalopram", 20 * 18 / 34),
        ("duloxetine", "duloxetine", 20),
        ("Effexor XR", "venlafaxine", 20),
        ("desvenlafaxine", "venlafaxine", 30),
        ("savella", "milnacipran", 20),
        ("ibuprofen", "ibuprofen", 20),
        ("naproxen", "naproxen", 20),
        ("voltaren", "diclofenac", 20),
        ("morphine", "opioid", 20),
        ("oxycodone", "opioid", 30),
        ("tramadol", "opioid", 4),
    ],
)
def test_drugs_are_counted_as_others(tmp_path: Path, drug: str, like: str, milligrams: float) -> None:
    treatment = one(tmp_path, f'drug = "{drug}"\namount = 20\nunit = "mg"\nevery_d = 1\ncount = 3')
    assert [(dose.drug, dose.hour) for dose in treatment.doses] == [(like, 0), (like, 24), (like, 48)]
    assert treatment.doses[0].amount == pytest.approx(milligrams)


@pytest.mark.parametrize(
    ("drug", "amount", "held"),
    [
        ("vortioxetine", 8.5, {"serotonin.other_inhibition": 1.0}),
        ("vortioxetine", 17, {"serotonin.other_inhibition": 2.0}),
        ("nortriptyline", 65.9, {"catecholamine.reuptake_block": 0.5}),
        ("nortriptyline", 131.8, {"catecholamine.reuptake_block": 2 / 3}),
        ("etoricoxib", 60, {"pain.cyclooxygenase_block": 0.755}),
    ],
)
def test_drugs_without_kinetics_hold_inputs(
    tmp_path: Path, drug: str, amount: float, held: dict[str, float]
) -> None:
    treatment = one(tmp_path, f'drug = "{drug}"\namount = {amount}\nevery_d = 1\ncount = 56')
    assert not treatment.doses
    assert {hold.name: hold.amount for hold in treatment.holds} == pytest.approx(held)
    assert {(hold.start, hold.end) for hold in treatment.holds} == {(0.0, 56 * 24.0)}


def test_two_tablets_a_day_count_together(tmp_path: Path) -> None:
    twice = one(tmp_path, 'drug = "nortriptyline"\namount = 65.9\nevery_d = 0.5\ncount = 112')
    assert [hold.amount for hold in twice.holds] == pytest.approx([2 / 3])


@pytest.mark.parametrize("drug", ["saline", "placebo", "none", "midazolam"])
def test_no_drug_gives_nothing(tmp_path: Path, drug: str) -> None:
    treatment = one(tmp_path, f'drug = "{drug}"\ndays = [0, 3]')
    assert not treatment.doses and not treatment.holds and not treatment.jumps


@pytest.mark.parametrize(
    ("amount", "unit", "level"), [(0.8, "ng/kg", 0.8), (2e-3, "ug/kg", 2.0), (0.16, "ug", 2.0)]
)
def test_endotoxin_raises_its_state_at_once(
    tmp_path: Path, model: Model, amount: float, unit: str, level: float
) -> None:
    treatment = one(tmp_path, f'drug = "LPS"\namount = {amount}\nunit = "{unit}"')
    assert treatment.jumps[0].amount == pytest.approx(level)
    (change,) = dose_changes(treatment, model, WEIGHT, 24.0)
    assert (change.index, change.time) == (model.state("immune.endotoxin"), 0)
    assert change.value == pytest.approx(level)


def test_arketamine_goes_into_its_own_enantiomer(tmp_path: Path, model: Model) -> None:
    changes = dose_changes(one(tmp_path, 'drug = "arketamine"\namount = 0.5'), model, WEIGHT, 24.0)
    rates = [change.value for change in changes if change.index == model.parameter("arketamine.infusion")]
    assert rates == pytest.approx([0.5 * WEIGHT / (40 / 60), 0.0])


@pytest.mark.parametrize("kind", list(load_activities()))
def test_every_activity_holds_its_input_inside_the_range_of_the_table(tmp_path: Path, kind: str) -> None:
    low, usual, high = (
        activity(
            tmp_path, f'kind = "{kind}"\nstart_d = 7\nevery_d = 7\ncount = 4\nintensity = {intensity}'
        ).holds
        for intensity in (0, 1, 10)
    )
    known = load_activities()[kind]
    assert {hold.name for hold in usual} == {known.input} and {hold.amount for hold in usual} == {
        known.amount
    }
    assert min(hold.start for hold in usual) == 7 * 24
    for hold in (*low, *usual, *high):
        if hold.way == "value":
            assert known.low <= hold.amount <= known.high
    neutral = 1.0 if known.way == "factor" else read_parameters()[known.input].value
    assert {hold.amount for hold in low} == {neutral}


def test_how_long_activities_last(tmp_path: Path) -> None:
    train = activity(tmp_path, 'kind = "exercise"\nevery_d = 2\ncount = 36').holds
    assert [(hold.start, hold.end) for hold in train] == [(0, 72 * 24)]  # to one interval after the last
    assert [(hold.start, hold.end) for hold in activity(tmp_path, 'kind = "exercise"').holds] == [
        (0, 84 * 24)
    ]
    sessions = activity(tmp_path, 'kind = "exposure"\nevery_d = 7\ncount = 3').holds
    assert [(hold.start, hold.end) for hold in sessions] == [(0, 24), (168, 192), (336, 360)]
    (sleep,) = activity(tmp_path, 'kind = "sleep-treatment"\nevery_d = 7\ncount = 6').holds
    assert (sleep.start, sleep.end) == (0, 84 * 24)  # what was learned stays
    (injury,) = activity(tmp_path, 'kind = "injury"\ndays = [3]\nduration_h = 48').holds
    assert (injury.start, injury.end) == (72, 120)


def test_contacts_and_visits(tmp_path: Path) -> None:
    made = study(
        tmp_path,
        '[[arm]]\nname = "arm"\n[[arm.dose]]\ndrug = "esketamine"\nroute = "in"\namount = 56\n'
        'unit = "mg"\ndays = [0, 3]\n'
        '[[arm.dose]]\ndrug = "sertraline"\namount = 50\nevery_d = 1\ncount = 2\n[[arm.dose]]\ndrug = "none"\n'
        '[[arm.activity]]\nkind = "exposure"\ndays = [1]\n',
    )
    found = contacts([Stretch(made.arms[0], 0.0, 84.0)])
    assert [(c.hour, c.kind, c.what, c.nth) for c in found] == [
        (0, "session", "esketamine", 0),
        (0, "tablet", "sertraline", 0),
        (24, "activity", "exposure", 0),
        (24, "tablet", "sertraline", 1),
        (72, "session", "esketamine", 1),
    ]

    def visits(contact: Contact) -> Visit | None:
        return Visit(contact.hour, 1.0, 0.5) if contact.kind == "session" else None

    assert [visit.hour for visit in arm_regimen(made.arms[0], 84.0, visits=visits).visits] == [0, 72]
    assert arm_regimen(made.arms[0], 84.0).visits == ()


@pytest.mark.parametrize(("clock", "hours"), [("08:00", 0), ("20:00", 12), ("07:30", 23.5), ("8:30", 0.5)])
def test_the_clock_of_the_first_dose_moves_everything(tmp_path: Path, clock: str, hours: float) -> None:
    made = study(
        tmp_path,
        f'[[arm]]\nname = "arm"\nfirst_dose_clock = "{clock}"\ndose = [{{drug = "ketamine", amount = 0.5}}]\n',
    )
    assert clock_shift(made.arms[0]) == hours
    assert arm_regimen(made.arms[0]).doses[0].hour == hours


PHASES = (
    '[[arm]]\nname = "esketamine"\n[[arm.dose]]\ndrug = "esketamine"\nroute = "in"\namount = 84\n'
    'unit = "mg"\nevery_d = 7\n'
    '[[arm]]\nname = "placebo"\n[[arm.dose]]\ndrug = "placebo"\nroute = "in"\nevery_d = 7\n'
    '[[arm]]\nname = "tablets"\n[[arm.dose]]\ndrug = "sertraline"\namount = 50\nevery_d = 1\ncount = 10\n'
    '[[phase]]\nname = "induction"\nuntil_d = 28\n[[phase]]\nname = "withdrawal"\nenter_if = "remission"\n'
    'instrument = "MADRS"\nrandomise = ["placebo", "tablets"]\nuntil_d = 70\n[[phase]]\nname = "after"\nuntil_d = 84\n'
)


def test_phases_give_what_lies_in_them(tmp_path: Path) -> None:
    made = study(tmp_path, PHASES)
    assert phase_arms(made, 0) == ("esketamine",)  # the one no later phase names
    assert phase_arms(made, 1) == phase_arms(made, 2) == ("placebo", "tablets")
    induction, withdrawal = phase_stretch(made, 0, "esketamine"), phase_stretch(made, 1, "tablets")
    assert withdrawal.origin_d == 28  # its ten days are over before the phase: they count from its start
    treatment = regimen([induction, withdrawal])
    assert [dose.day for dose in treatment.doses] == [0, 7, 14, 21, *range(28, 38)]
    assert phase_stretch(made, 1, "placebo").origin_d == 0  # it goes on all the time
    assert treatment.key == "esketamine then tablets"


def test_a_first_phase_whose_arms_all_come_again_has_the_first_arm(tmp_path: Path) -> None:
    made = study(tmp_path, PHASES.replace('["placebo", "tablets"]', '["esketamine", "placebo", "tablets"]'))
    assert phase_arms(made, 0) == ("esketamine",)


def test_what_is_held_ends_with_its_stretch(tmp_path: Path) -> None:
    made = study(
        tmp_path, '[[arm]]\nname = "arm"\ndose = [{drug = "nortriptyline", amount = 100, every_d = 1}]\n'
    )
    (held,) = regimen([Stretch(made.arms[0], 0.0, 10.0)]).holds
    assert held.end == 240


def test_periods_of_a_crossover(tmp_path: Path) -> None:
    arms = (
        '[[arm]]\nname = "ketamine"\n[[arm.dose]]\ndrug = "ketamine"\namount = 0.5\ndays = [0, 2]\n'
        '[[arm]]\nname = "saline"\n[[arm.dose]]\ndrug = "saline"\ndays = [0, 2]\n'
    )
    head = 'duration_d = 14\nwashout_d = 7\norder = [["ketamine", "saline"], ["saline", "ketamine"]]'
    made = study(tmp_path, arms, head)
    first, second = crossover_stretches(made, ("saline", "ketamine"))
    assert (first.from_d, first.until_d, second.from_d, second.until_d) == (0, 9, 9, 23)
    assert [dose.day for dose in regimen([first, second]).doses] == [9, 11]
    assert [contact.hour / 24 for contact in contacts([first, second])] == [0, 2, 9, 11]


def test_medicines_everybody_stays_on(tmp_path: Path) -> None:
    made = study(
        tmp_path,
        '[[arm]]\nname = "arm"\n',
        people='background = ["rifampicin", "analgesic-as-needed", "ssri"]',
    )
    medicines = medicines_of(made.population)
    assert medicines.interactions == ("rifampicin",)
    assert [(hold.name, hold.amount) for hold in medicines.holds] == [("opioid.as_needed_offered", 1.0)]
    assert arm_regimen(made.arms[0]).holds == medicines.holds


def test_a_drug_without_a_model_gives_nothing(tmp_path: Path) -> None:
    made = study(
        tmp_path, '[[arm]]\nname = "arm"\ndose = [{drug = "quetiapine", amount = 300, every_d = 1}]\n'
    )
    treatment = arm_regimen(made.arms[0], inf)
    assert made.arms[0].reason == "the model has no quetiapine"
    assert not treatment.doses and "quetiapine 300 mg" in treatment.meaning


def test_overlapping_infusions_of_two_drugs_add_up(tmp_path: Path, model: Model) -> None:
    made = study(
        tmp_path,
        '[[arm]]\nname = "arm"\ndose = [{drug = "ketamine", amount = 40, unit = "mg"}, '
        '{drug = "esketamine", amount = 40, unit = "mg"}]\n',
    )
    row = model.parameter("esketamine.infusion")
    changes = [c for c in dose_changes(arm_regimen(made.arms[0]), model, WEIGHT, 24.0) if c.index == row]
    assert np.array([change.value for change in changes]) == pytest.approx([(20 + 40) / (40 / 60), 0.0])
