"""Population sets: numbers changed by name, refused when unknown or out of range, applied where people are drawn."""

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.treatment import load_treatment
from vagus.errors import VagusError
from vagus.people.adjust import adjustable, numbers_of
from vagus.people.course import follow_course
from vagus.people.draw import draw, typical

MDD = Patient(conditions=("mdd",))


def test_nothing_asked_changes_nothing(model: Model) -> None:
    assert np.array_equal(draw(model, MDD, 5, 1).p, draw(model, MDD, 5, 1, adjust={}).p)


def test_a_value_of_the_table_moves_its_median_and_nothing_else(model: Model) -> None:
    row = model.parameter("expectancy.suggestibility")
    before, after = (
        draw(model, MDD, 50, 1).p,
        draw(model, MDD, 50, 1, adjust={"expectancy.suggestibility": 2.0}).p,
    )
    usual = model.entries["expectancy.suggestibility"].value
    inside = (after[row] < model.entries["expectancy.suggestibility"].high) & (
        before[row] > model.entries["expectancy.suggestibility"].low
    )
    assert np.allclose(after[row, inside] / before[row, inside], 2.0 / usual)
    others = np.arange(before.shape[0]) != row
    assert np.array_equal(before[others], after[others])


def test_a_spread_of_nothing_makes_people_alike(model: Model) -> None:
    p = draw(model, MDD, 20, 1, adjust={"ketamine.clearance_multiplier:spread": 0.0}).p
    assert np.ptp(p[model.parameter("ketamine.clearance_multiplier")]) == 0.0


def test_a_constant_is_changed_in_everybody(model: Model) -> None:
    p = draw(model, MDD, 3, 1, adjust={"expectancy.reporting_share": 0.3}).p
    assert (p[model.parameter("expectancy.reporting_share")] == 0.3).all()


def test_a_number_of_a_condition(model: Model) -> None:
    row = model.parameter("load.persistent")
    usual = draw(model, MDD, 200, 1).p[row].mean()
    more = draw(model, MDD, 200, 1, adjust={"condition/mdd:load.persistent:alpha": 9.0}).p[row].mean()
    assert more > usual + 0.1
    one = typical(model, MDD, adjust={"condition/mdd:mood.threshold:mean": 2.5})
    assert one.p[model.parameter("mood.threshold"), 0] == 2.5


def test_a_course_takes_it(model: Model) -> None:
    ways = {"instruments": ["madrs"], "seed": 2}
    plain = follow_course(model, MDD, load_treatment("placebo-single"), 2.0, **ways)
    silent = follow_course(
        model, MDD, load_treatment("placebo-single"), 2.0, adjust={"expectancy.reporting_share": 0.0}, **ways
    )
    assert silent.at_day("madrs", 1.0)[0] > plain.at_day("madrs", 1.0)[0]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("expectancy.sugestibility", 1.0, "V460"),
        ("condition/mdd:load.persistent:alfa", 1.0, "V460"),
        ("mood.depression", 0.5, "V460"),
        ("blinding:salin", 0.5, "V460"),
        ("blinding:saline", 1.5, "V461"),
        ("expectancy.suggestibility", float("nan"), "V461"),
        ("expectancy.suggestibility:spread", -1.0, "V461"),
        ("care:session", 1e9, "V461"),
    ],
)
def test_what_cannot_be_is_refused(model: Model, key: str, value: float, code: str) -> None:
    with pytest.raises(VagusError) as told:
        draw(model, MDD, 1, 1, adjust={key: value})
    assert told.value.code == code
    if key == "expectancy.sugestibility":
        assert "expectancy.suggestibility" in told.value.hint


def test_every_key_that_is_offered_is_taken_at_both_ends(model: Model) -> None:
    known = adjustable(model)
    assert {"blinding:saline", "blinding:slope", "care:session", "reporting:retest"} <= set(known)
    for end in (0, 1):
        numbers = numbers_of(model, {key: ends[end] for key, ends in known.items()})
        assert numbers.belief("saline") == end
