"""Duloxetine, venlafaxine, milnacipran, ibuprofen, midazolam: levels as published, and what the usual dose does."""

import numpy as np
import pytest

from vagus.body.dose import Dose
from vagus.body.model import Array, Model
from vagus.body.patient import Patient
from vagus.body.route import levels_of, systems_entered
from vagus.body.travel import travel
from vagus.body.treatment import Treatment, dose_changes, load_treatment
from vagus.people.draw import typical
from vagus.solve.events import Events
from vagus.solve.integrate import Control

SINGLE = np.linspace(0.0, 96.0, 9601)
STEADY = np.concatenate([np.arange(0.0, 240.0, 8.0), np.linspace(240.0, 264.0, 481)])
DAY = slice(30, None)  # of STEADY: the eleventh day


def run(model: Model, plan: Treatment, times: Array, *names: str, weight: float = 70.0) -> list[Array]:
    """Quantities of the typical healthy person over times in hours."""
    people = typical(model, Patient(weight=weight, sex="male"))
    known = [*model.states, *model.outputs]
    rows = np.array([known.index(name) for name in names])
    changes = dose_changes(plan, model, weight, float(times[-1]), people.p[:, 0])
    control = Control(rtol=1e-7, atol=1e-10)
    journey = travel(model, model.start()[:, None], people.p, Events([changes]), times, control, rows)
    return [journey.outputs[:, k, 0] for k in range(len(names))]


def one(drug: str, amount: float, unit: str, route: str, hours: float = 0.0) -> Treatment:
    given = (Dose(0.0, drug, amount, unit, route, hours),)
    return Treatment("plan", "A plan", "for a test", "assumed", ("vagus_models",), given)


def daily(drug: str, amount: float, every: int) -> Treatment:
    """A tablet every so many hours for eleven days."""
    doses = tuple(Dose(float(hour), drug, amount, "mg", "oral", 0.0) for hour in range(0, 264, every))
    return Treatment("plan", "A plan", "for a test", "assumed", ("vagus_models",), doses)


def last_half_life(level: Array, start: float, end: float) -> float:
    a, b = (level[np.searchsorted(SINGLE, hour)] for hour in (start, end))
    return float((end - start) * np.log(2.0) / np.log(a / b))


def test_a_capsule_of_duloxetine_peaks_at_six_hours_and_halves_in_twelve(model: Model) -> None:
    (level,) = run(model, one("duloxetine", 60, "mg", "oral"), SINGLE, "medicine.duloxetine_concentration")
    assert SINGLE[level.argmax()] == pytest.approx(6, abs=0.3)
    assert last_half_life(level, 48, 72) == pytest.approx(12.5, abs=1)  # sharma2000
    clearance = 60_000 / (np.trapezoid(level, SINGLE) + level[-1] * last_half_life(level, 72, 96) / np.log(2))
    assert clearance == pytest.approx(114, rel=0.01)


def test_a_tablet_of_ibuprofen_has_the_published_area_and_nearly_its_peak(model: Model) -> None:
    (level,) = run(model, one("ibuprofen", 400, "mg", "oral"), SINGLE, "medicine.ibuprofen_concentration")
    assert np.trapezoid(level, SINGLE) == pytest.approx(108, rel=0.02)  # loetsch2001: 107 and 109
    assert 0.75 < SINGLE[level.argmax()] < 1.5
    assert 27 < level.max() < 38
    assert 1.4 < last_half_life(level, 6, 12) < 2.1


def test_midazolam_falls_as_published_and_follows_the_dose_by_weight(model: Model) -> None:
    plan = one("midazolam", 0.1, "mg/kg", "iv")
    (level,) = run(model, plan, SINGLE, "medicine.midazolam_concentration")
    assert last_half_life(level, 8, 12) == pytest.approx(2.9, abs=0.7)  # pecking2002, 18 men
    assert 7000 / np.trapezoid(level, SINGLE) / 70 / 0.06 == pytest.approx(4.4, abs=1.0)
    (heavy,) = run(model, plan, SINGLE, "medicine.midazolam_concentration", weight=100)
    assert heavy[0] == pytest.approx(level[0])  # at once, by the volume alone
    slow = one("midazolam", 0.045, "mg/kg", "iv", 40 / 60)
    (level,) = run(model, slow, SINGLE, "medicine.midazolam_concentration")
    assert SINGLE[level.argmax()] == pytest.approx(40 / 60, abs=0.02)
    assert 40 < level.max() < 90


def test_duloxetine_holds_as_much_as_was_held_without_kinetics(model: Model) -> None:
    names = "serotonin.known_inhibition", "catecholamine.reuptake_held"
    drive, held = run(model, load_treatment("snri"), STEADY, *names)
    assert drive[DAY].mean() == pytest.approx(4.0, rel=0.01)  # 80 %, meyer2007
    assert held[DAY].mean() == pytest.approx(0.40, abs=0.01)
    at_six = drive[np.searchsorted(STEADY, 246.0)]
    assert at_six / (1 + at_six) == pytest.approx(0.843, abs=0.02)  # takano2006, not fitted


def test_venlafaxine_and_its_metabolite_peak_and_halve_as_told(model: Model) -> None:
    names = "medicine.venlafaxine_amount", "medicine.desvenlafaxine_amount"
    parent, metabolite = run(model, one("venlafaxine", 75, "mg", "oral"), SINGLE, *names)
    assert SINGLE[parent.argmax()] == pytest.approx(6, abs=0.5)  # venlafaxine_compendium
    assert 8 < SINGLE[metabolite.argmax()] < 14  # 8.8 there; later here
    assert last_half_life(metabolite, 60, 84) == pytest.approx(11, abs=2)  # effexor_label
    plan = daily("venlafaxine", 75, 24)
    level, drive, held = run(
        model, plan, STEADY, "medicine.venlafaxine_concentration", "serotonin.known_inhibition",
        "catecholamine.reuptake_held",
    )  # fmt: skip
    assert np.trapezoid(level[DAY], STEADY[DAY]) / 24 == pytest.approx(
        146, rel=0.02
    )  # ng/mL of both together
    assert np.trapezoid(drive[DAY], STEADY[DAY]) / 24 == pytest.approx(4.0, rel=0.02)  # 80 %, meyer2004
    assert held[DAY].mean() < 0.2  # noradrenaline only at high doses
    (held,) = run(model, daily("venlafaxine", 225, 24), STEADY, "catecholamine.reuptake_held")
    assert held[DAY].mean() == pytest.approx(0.4, abs=0.02)


def test_milnacipran_has_the_published_peak_and_half_life_and_holds_both_transporters(model: Model) -> None:
    (level,) = run(model, one("milnacipran", 50, "mg", "oral"), SINGLE, "medicine.milnacipran_concentration")
    assert 1.2 < SINGLE[level.argmax()] < 4.3  # ruan2016
    assert last_half_life(level, 12, 24) == pytest.approx(7.15, abs=0.3)  # ruan2016: 7.0 to 7.3
    assert level.max() == pytest.approx(120, rel=0.1)  # milnacipran_compendium; not fitted
    names = "serotonin.known_inhibition", "catecholamine.reuptake_held"
    for dose, serotonin, noradrenaline in (
        (50, 0.39, 0.40),
        (100, 0.62, 0.57),
    ):  # nogami2013: 100 and 200 mg a day
        drive, held = run(model, daily("milnacipran", dose, 12), STEADY, *names)
        mean = np.trapezoid(drive[DAY], STEADY[DAY]) / 24
        assert mean / (1 + mean) == pytest.approx(serotonin, abs=0.07)
        assert held[DAY].mean() == pytest.approx(noradrenaline, abs=0.03)


def test_ibuprofen_takes_a_tenth_of_nociception_on_the_mean_of_a_day(model: Model) -> None:
    (held,) = run(model, load_treatment("nsaid"), STEADY, "pain.cyclooxygenase_held")
    mean = held[DAY].mean()
    assert mean == pytest.approx(0.755, abs=0.005)
    assert model.entries["pain.cyclooxygenase_gain"].value * mean == pytest.approx(0.10, abs=0.001)


@pytest.mark.parametrize("name", ["snri", "nsaid", "midazolam"])
def test_nothing_is_held_beside_the_drug(name: str) -> None:
    assert not load_treatment(name).holds  # or the same person on placebo would have its effect


def test_the_levels_of_what_is_given_are_known_by_name(model: Model) -> None:
    assert systems_entered(["ketamine", "saline"]) == {"esketamine", "arketamine"}
    assert levels_of(["midazolam"], model.outputs) == ["medicine.midazolam_concentration"]
    assert sorted(levels_of(["escitalopram", "opioid", "placebo"], model.outputs)) == [
        "escitalopram.concentration",
        "opioid.concentration",
    ]


NSAID = {  # usual dose in mg, hours between doses, half-life in hours
    "naproxen": (500, 12, 14.0),  # naproxen_label: 12 to 17
    "diclofenac": (50, 8, 1.8),  # willis1979
    "celecoxib": (200, 24, 11.2),  # celebrex_label
}


@pytest.mark.parametrize("drug", NSAID)
def test_another_anti_inflammatory_has_its_own_half_life_and_at_its_usual_dose_the_same_block(
    model: Model, drug: str
) -> None:
    amount, every, half_life = NSAID[drug]
    (level,) = run(model, one(drug, amount, "mg", "oral"), SINGLE, "medicine.ibuprofen_concentration")
    start = 5 * min(half_life, 4)
    assert last_half_life(level, start, start + half_life) == pytest.approx(half_life, rel=0.03)
    (block,) = run(model, daily(drug, amount, every), STEADY, "pain.cyclooxygenase_held")
    mean = np.trapezoid(block[DAY], STEADY[DAY]) / 24.0
    assert mean == pytest.approx(0.755, abs=0.006)  # 600 mg of ibuprofen three times a day


def test_a_change_of_the_anti_inflammatory_changes_how_fast_it_leaves_from_then_on(model: Model) -> None:
    both = (Dose(0.0, "naproxen", 500, "mg", "oral", 0.0), Dose(240.0, "ibuprofen", 600, "mg", "oral", 0.0))
    plan = Treatment("plan", "A plan", "for a test", "assumed", ("vagus_models",), both)
    assert [(hold.name, hold.start, hold.end) for hold in plan.all_holds] == [
        ("medicine.ibuprofen_clearance", 0.0, 240.0)
    ]
    own = typical(model, Patient()).p[:, 0]
    row = model.parameter("medicine.ibuprofen_clearance")
    held = [(c.time, c.value) for c in dose_changes(plan, model, 70.0, 480.0, own) if c.index == row]
    assert held == [(0.0, pytest.approx(0.1084 * own[row])), (240.0, pytest.approx(own[row]))]
