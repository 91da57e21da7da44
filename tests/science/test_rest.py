"""A healthy person at rest stays healthy (issue House, point 5; models.md C.4: the healthy point must be exact)."""

import numpy as np
import pytest

from vagus.body.model import Model

from .experiment import DAY, Array, Course, part_b, people, run

WEEKS = 12
#: Not part of the rest: the clock stands still when only day means are simulated.
CLOCK = ("sleep.clock", "sleep.clock_partner", "sleep.photoreceptor", "sleep.pressure")
#: Counted in cells, not as a ratio; it starts at 28200 as in the source and fills up to its ceiling of 30000.
COUNTED = ("immune.monocytes_resting", "immune.monocytes_active")


def constants(model: Model, which: str) -> Array:
    return part_b(model) if which == "part B" else model.defaults()


@pytest.fixture(scope="module", params=["B.25", "part B"])
def course(request: pytest.FixtureRequest, model: Model) -> Course:
    """Every week of twelve, then where the person settles in six years."""
    times = [*np.arange(WEEKS + 1) * 7 * DAY, 2000 * DAY]
    return run(model, people(model, constants(model, request.param), [{}]), times, rtol=1e-8)


def ratios(model: Model) -> list[str]:
    """States that are 1 in health."""
    return [n for n in model.kernel.states if model.unit(n) == "1" and model.entries[n].value == 1.0]


def parts(model: Model) -> list[str]:
    """States that count from 0 (none) to 1 (all)."""
    skip = (*CLOCK, *COUNTED)
    return [
        n for n in model.kernel.states if model.unit(n) == "1" and n not in skip and n not in ratios(model)
    ]


def test_after_twelve_weeks_every_ratio_is_within_two_percent_of_one(model: Model, course: Course) -> None:
    assert len(ratios(model)) > 35
    off = {name: course.path(name)[WEEKS, 0] for name in ratios(model)}
    assert {name: value for name, value in off.items() if abs(value - 1.0) > 0.02} == {}


def test_in_the_last_week_nothing_drifts_by_one_percent(model: Model, course: Course) -> None:
    moved = {}
    for name in model.kernel.states:
        before, after = course.path(name)[WEEKS - 1 : WEEKS + 1, 0]
        moved[name] = abs(after - before) / max(
            abs(after), 1e-2
        )  # below a hundredth a part of it says nothing
    assert {name: part for name, part in moved.items() if part >= 0.01} == {}


def test_what_runs_from_none_to_all_has_settled_to_a_thousandth(model: Model, course: Course) -> None:
    assert len(parts(model)) > 20
    off = {name: course.path(name)[WEEKS, 0] - course.last(name)[0] for name in parts(model)}
    assert {name: value for name, value in off.items() if abs(value) > 1e-3} == {}


def test_the_two_states_that_start_elsewhere_end_where_they_should(model: Model, course: Course) -> None:
    # The share asleep starts at 0 and reaches its day mean within days; resting monocytes fill up in five weeks.
    asleep = model.entries["sleep.asleep_reference"].value
    assert course.path("sleep.asleep")[WEEKS, 0] == pytest.approx(asleep, rel=0.002)
    ceiling = model.entries["immune.monocyte_ceiling"].value
    assert course.path("immune.monocytes_resting")[WEEKS, 0] == pytest.approx(ceiling, rel=0.001)
    assert course.path("immune.monocytes_active")[WEEKS, 0] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("which", ["B.25", "part B"])
def test_who_starts_at_rest_stays_within_two_percent_all_the_time(model: Model, which: str) -> None:
    p = people(model, constants(model, which), [{}])
    start = model.start()[:, None]
    start[model.state("sleep.asleep")] = model.entries["sleep.asleep_reference"].value
    start[model.state("immune.monocytes_resting")] = model.entries["immune.monocyte_ceiling"].value
    course = run(model, p, np.arange(WEEKS * 7 + 1) * DAY, start=start)
    off = {name: np.max(np.abs(course.path(name) - 1.0)) for name in ratios(model)}
    assert {name: value for name, value in off.items() if value > 0.02} == {}


def test_a_resting_body_has_the_vital_signs_of_a_healthy_adult(course: Course) -> None:
    assert 55 < course.last("biomarker.heart_rate")[0] < 70
    assert 110 < course.last("biomarker.systolic")[0] < 125
    assert 70 < course.last("biomarker.diastolic")[0] < 85
    assert course.last("autonomic.temperature")[0] == pytest.approx(36.85, abs=0.05)
    assert 35 < course.last("biomarker.rmssd")[0] < 50
    assert 55 < course.last("biomarker.cortisol")[0] < 80
    assert course.last("mood.depression")[0] < 0.10
    assert course.last("pain.perceived")[0] < 0.001


def test_nobody_is_poisoned_by_drugs_nobody_gave(model: Model, course: Course) -> None:
    drugs = ("esketamine", "arketamine", "escitalopram", "opioid", "medicine", "expectancy")
    for name in model.kernel.states:
        if name.split(".")[0] in drugs:
            assert not course.path(name).any(), name
