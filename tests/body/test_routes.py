"""Routes of ketamine: each dose arrives where and when its row of the atlas says, and the published curves come out."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from vagus.body.background import factors, load_background
from vagus.body.dose import Dose
from vagus.body.model import Array, Model
from vagus.body.patient import Patient
from vagus.body.route import load_routes
from vagus.body.travel import travel
from vagus.body.treatment import Treatment, dose_changes
from vagus.cli import ketamine_docs
from vagus.evidence.curves import Point, courses, predicted, read_points
from vagus.people.draw import draw, typical
from vagus.solve.events import Events
from vagus.solve.integrate import Control
from vagus.tables import atlas_path

DOCS = Path(__file__).parents[2] / "docs"
HOURS = 48.0
TIMES = np.unique(np.concatenate([np.arange(0.0, 4.0, 1.0 / 60.0), np.arange(4.0, HOURS + 0.1, 0.1)]))


def plan(*doses: Dose) -> Treatment:
    return Treatment("plan", "A plan", "for a test", "assumed", ("vagus_models",), doses)


def dose(drug: str, amount: float, route: str, hours: float = 0.0) -> Dose:
    return Dose(0.0, drug, amount, "mg", route, hours)


def course(model: Model, given: Dose, person: Patient | None = None) -> dict[str, Array]:
    """Concentrations over time after one dose."""
    people = typical(model, person or Patient(weight=70.0, sex="male"))
    names = ["ketamine.venous", "ketamine.arterial", "ketamine.norketamine"]
    known = [*model.states, *model.outputs]
    rows = np.array([known.index(name) for name in names])
    changes = dose_changes(plan(given), model, float(people.weight[0]), HOURS, people.p[:, 0])
    journey = travel(
        model,
        model.start()[:, None],
        people.p,
        Events([changes]),
        TIMES,
        Control(rtol=1e-7, atol=1e-10),
        rows,
    )
    return {name: journey.outputs[:, k, 0] for k, name in enumerate(names)}


def area(values: Array) -> float:
    return float(np.trapezoid(values, TIMES))


@pytest.fixture(scope="module")
def points() -> list[Point]:
    return read_points()


@pytest.fixture(scope="module")
def computed(model: Model, points: list[Point]) -> list[float]:
    found = courses(model, points)
    return [predicted(model, found, point) for point in points]


def rows_of_the_table() -> list[dict[str, str]]:
    with atlas_path("validation", "ketamine_curves.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_curve_is_what_the_parameter_set_was_published_with(computed: list[float]) -> None:
    """Within 3 % and the rounding of the printed number; two points that leave a delay out are told in their note."""
    rows = rows_of_the_table()
    assert len(rows) == len(computed) > 70
    missed = []
    for row, value in zip(rows, computed, strict=True):
        if row["expected"]:
            decimals = len(row["expected"].partition(".")[2])
            room = float(row["tolerance"]) * float(row["expected"]) + 0.5 * 10.0**-decimals
            if abs(value - float(row["expected"])) > room:
                missed.append((row["id"], row["at"], row["expected"], value))
    assert missed == []


def test_what_was_only_compared_lies_where_the_page_says(points: list[Point], computed: list[float]) -> None:
    compared = [(p, v / p.observed) for p, v in zip(points, computed, strict=True) if p.split == "validate"]
    assert len(compared) >= 10
    outside = {p.key for p, ratio in compared if not 0.85 < ratio < 1.17}
    assert outside == {
        "curve.prk.iv.NKK"
    }  # norketamine after a small infusion: a known gap, in docs/ketamine.md


def test_every_curve_has_a_source_that_is_listed(points: list[Point]) -> None:
    listed = atlas_path("sources.bib").read_text(encoding="utf-8")
    assert all(f"{{{point.source}," in listed for point in points)


def test_the_page_and_the_figure_are_current(model: Model) -> None:
    written, drawing = ketamine_docs.render(model)
    page = (DOCS / ketamine_docs.PAGE).read_text(encoding="utf-8")
    assert ketamine_docs.page_with(page, written) == page, "run `make docs-pk`"
    assert (DOCS / ketamine_docs.FIGURE).read_text(encoding="utf-8") == drawing, "run `make docs-pk`"


@pytest.mark.parametrize(
    ("milligrams", "share"), [(28.0, 0.380), (56.0, 0.296), (84.0, 0.267), (14.0, 0.380)]
)
def test_the_nose_takes_up_less_of_the_second_and_third_device(milligrams: float, share: float) -> None:
    route = load_routes()["esketamine"]["nasal"]
    assert route.taken_up(milligrams) / milligrams == pytest.approx(share, abs=6e-4)
    nose, swallowed = route.amounts(milligrams, 0.0)
    assert nose[1] + swallowed[1] == pytest.approx(milligrams) and swallowed[2] == 0.53


def test_a_zero_order_input_is_an_infusion_into_a_depot(model: Model) -> None:
    changes = dose_changes(plan(dose("ketamine", 40.0, "oral")), model, 70.0, HOURS)
    for hand in ("esketamine", "arketamine"):
        row = model.parameter(f"{hand}.stomach_loading")
        edges = [(c.time, c.value) for c in changes if not c.jump and c.index == row]
        assert edges == [(0.0, pytest.approx(20.0 / 0.32)), (0.32, 0.0)]


@pytest.mark.parametrize(
    ("route", "share"),
    [
        ("im", 0.93),
        ("sc", 0.93),
        ("nasal", 0.296 + 0.704 * 0.179),
        ("sublingual", 0.263),
        ("buccal", 0.263),
        ("oral", 0.179),
    ],
)
@pytest.mark.parametrize("drug", ["ketamine", "esketamine"])
def test_the_share_that_arrives(model: Model, drug: str, route: str, share: float) -> None:
    """Absolute bioavailability: area after the route over area after a vein."""
    vein = area(course(model, dose(drug, 56.0, "iv", 0.5))["ketamine.venous"])
    other = area(course(model, dose(drug, 56.0, route))["ketamine.venous"])
    assert other / vein == pytest.approx(share, rel=0.01)


def test_routes_in_the_order_of_their_speed(model: Model) -> None:
    peak = {
        route: TIMES[np.argmax(course(model, dose("ketamine", 35.0, route))["ketamine.arterial"])]
        for route in ("iv", "im", "sublingual", "nasal", "oral")
    }
    assert peak["iv"] < peak["im"] < peak["nasal"] < peak["sublingual"] < peak["oral"]
    vein = TIMES[np.argmax(course(model, dose("esketamine", 56.0, "nasal"))["ketamine.venous"])]
    assert peak["im"] < 0.25 and 20 / 60 <= vein <= 40 / 60  # the label gives 20 to 40 minutes


def test_what_is_swallowed_becomes_norketamine_first(model: Model) -> None:
    def metabolite(route: str, hours: float = 0.0) -> float:
        found = course(model, dose("ketamine", 50.0, route, hours))
        return area(found["ketamine.norketamine"]) / area(found["ketamine.venous"])

    assert metabolite("iv", 0.5) < 1.5 < metabolite("nasal") < metabolite("sublingual") < metabolite("oral")


@pytest.mark.parametrize(
    ("drug", "oral", "vein"),
    [
        ("ticlopidine", 2.4, 1.0),
        ("grapefruit", 3.0, 1.0),
        ("itraconazole", 1.0, 1.0),
        ("st-johns-wort", 0.42, 1.0),
        ("rifampicin", 0.14, 0.88),
    ],
)
def test_another_medicine_changes_swallowed_drug_and_hardly_an_infusion(
    model: Model, drug: str, oral: float, vein: float
) -> None:
    alone, both = Patient(sex="male"), Patient(sex="male", background=(drug,))
    for given, wanted in (
        (dose("esketamine", 20.0, "oral"), oral),
        (dose("esketamine", 20.0, "iv", 0.5), vein),
    ):
        before = area(course(model, given, alone)["ketamine.venous"])
        after = area(course(model, given, both)["ketamine.venous"])
        assert after / before == pytest.approx(wanted, rel=0.02)


def test_rifampicin_halves_norketamine(model: Model) -> None:
    given = dose("esketamine", 20.0, "iv", 2.0)
    before, after = (
        area(course(model, given, Patient(background=names))["ketamine.norketamine"])
        for names in ((), ("rifampicin",))
    )
    assert after / before == pytest.approx(0.5, rel=0.03)


def test_two_medicines_multiply_and_nothing_more_arrives_than_was_swallowed(model: Model) -> None:
    assert factors(("ticlopidine", "grapefruit"))["ketamine.interaction_first_pass"] == pytest.approx(7.2)
    assert all(
        math.isfinite(f) and f > 0 for one in load_background().values() for f in one.multiply.values()
    )
    given = dose("esketamine", 20.0, "oral")
    vein = area(course(model, dose("esketamine", 20.0, "iv", 0.5))["ketamine.venous"])
    both = area(course(model, given, Patient(background=("ticlopidine", "grapefruit")))["ketamine.venous"])
    assert both / vein == pytest.approx(1.0, rel=0.01)


def test_age_and_sex_change_nothing_until_their_switch_is_on(model: Model) -> None:
    given = dose("ketamine", 35.0, "iv", 2.0 / 3.0)

    def cleared(**facts: object) -> float:
        return area(course(model, given, Patient(**facts))["ketamine.venous"])  # type: ignore[arg-type]

    young = cleared(age=30.0, sex="male")
    assert cleared(age=80.0, sex="female") == pytest.approx(young, rel=1e-9)
    old = cleared(age=80.0, sex="male", traits={"ketamine.age_effect": 1.0})
    assert old / young == pytest.approx(1.0 / (1.0 - 20.0 * 2.19 / 151.0), rel=0.02)
    woman = cleared(age=30.0, sex="female", traits={"ketamine.sex_effect": 1.0})
    assert woman / young == pytest.approx(1.0 / 1.2, rel=0.02)


def test_patients_differ_more_than_volunteers(model: Model) -> None:
    """The level at the end of 0.5 mg/kg over 40 minutes: the volunteers of the source differ by 8 %."""
    given = plan(Dose(0.0, "ketamine", 0.5, "mg/kg", "iv", 2.0 / 3.0))
    people = draw(model, Patient(weight=70.0), 200, 1)
    known = [*model.states, *model.outputs]
    rows = np.array([known.index("ketamine.venous")])
    changes = [dose_changes(given, model, 70.0, 2.0, people.p[:, i]) for i in range(200)]
    y = np.repeat(model.start()[:, None], 200, axis=1)
    journey = travel(model, y, people.p, Events(changes), np.array([0.0, 2.0 / 3.0, 2.0]), Control(), rows)
    level = journey.outputs[1, 0, :]
    assert 0.09 < level.std() / level.mean() < 0.30 and 170.0 < np.median(level) < 205.0
