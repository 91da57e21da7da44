"""Which day and which dose a report tells: a short course by its last day, an infusion behind the tablets before it."""

from types import SimpleNamespace

import numpy as np
import pytest

from vagus.body.dose import Dose
from vagus.body.output import load_outputs
from vagus.body.simulate import output_times
from vagus.body.treatment import Treatment
from vagus.people.course import OUTCOME_DAYS
from vagus.report import describe
from vagus.report.course import _acute, _acute_curves, _acute_of, _first_dose
from vagus.report.headline import ills
from vagus.report.html import report_html
from vagus.report.record import LAST_DAY
from vagus.report.record import Dose as Given
from vagus.report.terminal import outcome_table
from vagus.report.words import doses_in_words

from . import made_up

TABLETS = [Dose(12.0 * k, "naproxen", 500.0, "mg", "oral", 0.0) for k in range(40)]
INFUSION = Dose(169.0, "ketamine", 0.5, "mg/kg", "iv", 0.67)


def plan(*doses: Dose) -> Treatment:
    ordered = tuple(sorted(doses, key=lambda dose: dose.hour))
    return Treatment("plan", "A plan", "for a test", "assumed", ("vagus_models",), ordered)


def followed(treatment: Treatment, moving: float) -> SimpleNamespace:
    """A course in which the arterial level stands above nothing for two hours after `moving`."""
    times = output_times(treatment, 20.0)
    shown = [output for output in load_outputs().values() if output.shown == "acute"]
    values = {output.name: np.zeros((1, 1, times.size)) for output in shown}
    level = next(output for output in shown if output.name == "ketamine.arterial")
    values[level.name][0, 0, (times > moving) & (times < moving + 2.0)] = level.high
    return SimpleNamespace(treatment=treatment, run=SimpleNamespace(times=times, values=values))


def test_hours_after_the_first_dose_of_every_drug_are_read_from_its_start_on() -> None:
    times = output_times(plan(*TABLETS, INFUSION), 20.0)
    assert {169.0, 169.5, 170.0} <= set(times.tolist()) and {0.25, 0.5} <= set(times.tolist())
    assert (np.diff(times) > 0.0).all()
    one = output_times(plan(INFUSION), 20.0)
    assert set(one.tolist()) < set(times.tolist())


def test_an_infusion_is_found_behind_the_tablets_of_the_first_day() -> None:
    course = followed(plan(*TABLETS, INFUSION), 169.0)
    assert _first_dose(course) == 169.0 and _acute_of(course) == "ketamine"  # type: ignore[arg-type]
    alone = followed(plan(INFUSION), 169.0)
    assert _first_dose(alone) == 169.0 and _acute_of(alone) == ""  # type: ignore[arg-type]
    still = followed(plan(*TABLETS), 1e9)
    assert _first_dose(still) is None and _acute_of(still) == ""  # type: ignore[arg-type]


def test_the_dosing_day_says_whose_it_is() -> None:
    later = made_up.course(acute_of="ketamine", acute_day=7.0417)
    assert later.acute_title == "Around the first dose of ketamine (day 7.04)"
    assert "Around the first dose of ketamine (day 7.04), hour by hour" in report_html(later)
    assert any(line.startswith("Around the first dose of ketamine (day 7.04): ") for line in describe(later))
    assert "Around the first dose, hour by hour" in report_html(made_up.course())


@pytest.mark.parametrize(("days", "name"), [(84.0, "week 12"), (180.0, "week 12"), (56.0, "day 56")])
def test_the_last_outcomes_are_those_of_week_twelve_or_of_the_end_of_a_shorter_course(
    days: float, name: str
) -> None:
    course = made_up.course(days=days)
    assert course.last_time == name and OUTCOME_DAYS["week_12"] == LAST_DAY
    assert [str(column.header) for column in outcome_table(course).columns][4:6] == [
        name,
        f"{name}\nuntreated",
    ]
    page = report_html(course)
    assert f">{name.capitalize()}</th>" in page
    assert f"Difference {'on' if days < LAST_DAY else 'at'} {name}" in page
    assert ("on day 56" in "\n".join(describe(course))) == (days == 56.0)


def test_the_steps_of_a_titrated_infusion_are_told_as_one() -> None:
    steps = [(0.0, 720.0, 0.9), (0.5, 720.0, 1.7), (1.0, 1440.0, 5.1), (2.0, 3168.0, 16.3)]
    given = [Given(day, "esketamine", amount, "mg/kg", "iv", minutes) for day, minutes, amount in steps]
    assert (
        doses_in_words(given)
        == "1 infusion of esketamine (24 mg/kg in all, iv over 100.8 hours in 4 steps, on day 0)"
    )
    apart = [Given(7.0 * k, "ketamine", 0.5, "mg/kg", "iv", 40.0) for k in range(3)]
    assert doses_in_words(apart) == "3 doses of ketamine (0.5 mg/kg, iv over 40 min, days 0 to 14)"
    twice = [Given(7.0 + day, "esketamine", amount, "mg/kg", "iv", minutes) for day, minutes, amount in steps]
    assert doses_in_words([*given, *twice]).startswith(
        "2 infusions of esketamine (24 mg/kg in all, iv over 100.8"
    )


def test_an_infusion_of_days_is_followed_to_a_day_after_its_end() -> None:
    steps = plan(
        *(
            Dose(hour, "esketamine", 1.0, "mg/kg", "iv", hours)
            for hour, hours in ((0.0, 12.0), (12.0, 36.0), (48.0, 52.0))
        ),
        Dose(101.0, "esketamine", 0.5, "mg/kg", "iv", 1.0),
    )
    assert steps.runs_until(0.0) == 100.0 and steps.runs_until(101.0) == 102.0
    times = output_times(steps, 20.0)
    assert {50.0, 98.0, 100.25, 106.0} <= set(times.tolist())
    outputs = [output for output in load_outputs().values() if output.shown in ("vital", "acute")]
    level = np.repeat(np.where(times <= 100.0, times, 0.0)[None, None], 2, axis=0)
    values = {output.name: level * (output.high - output.low) / 100.0 for output in outputs}
    course = SimpleNamespace(
        treatment=steps, run=SimpleNamespace(times=times, values=values), companions=None
    )
    assert {line.minutes_to_peak for line in _acute(course)} == {6000.0}  # type: ignore[arg-type]
    curves = _acute_curves(course, "assumed")  # type: ignore[arg-type]
    assert {float(curve.days[-1]) for curve in curves} == {124.0 / 24.0}
    shown = made_up.course(acute_curves=curves, acute=_acute(course))  # type: ignore[arg-type]
    page = report_html(shown)
    assert "The days of the infusion" in page and "hours since the first dose began" in page
    assert "100 hours" in page


def test_visits_are_marked_where_no_dose_is_given() -> None:
    seen = made_up.course(doses=[], visits=[0.0, 7.0, 14.0])
    page = report_html(seen)
    assert "day 14: visit" in page and "weeks since the first visit" in page
    assert "3 visits marked on the time axis, no doses." in page
    assert "weeks since the start" in report_html(made_up.course(doses=[]))
    assert ">Visits<" not in report_html(made_up.course(visits=[0.0]))


def test_conditions_are_named_in_words_and_health_is_not_one() -> None:
    assert ills(("mdd", "pain-fibromyalgia")) == "major depression and " + ills(("pain-fibromyalgia",))
    assert ills(("healthy",)) == ""
    assert ills(("healthy", "mdd")) == "major depression"
