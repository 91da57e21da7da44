"""Following a person from file to forecast, with few virtual people: what must hold whatever the model says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray

from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.errors import VagusError
from vagus.learn.bank import DAY
from vagus.learn.diary import Diary, Reading
from vagus.learn.fit import Size
from vagus.learn.follow import Follow, follow
from vagus.learn.prior import draw_people, prior_of
from vagus.learn.stored import write_fit
from vagus.learn.update import update
from vagus.learn.virtual import Schedule, measure_people, six_doses, with_readings

SMALL = Size(first=300, moved=100)
VISITS = (0, 1, 7, 14, 21, 28)


@pytest.fixture(scope="module")
def diary(model: Model) -> Diary:
    """A virtual person whose scores come from the model itself."""
    patient = Patient("virtual", conditions=("mdd", "pain-musculoskeletal"))
    empty = Diary(patient, None, (), (), six_doses(), virtual=True)
    drawn = draw_people(prior_of(model, patient, 9), 5, 9)
    schedule = Schedule({"madrs": VISITS, "nrs_pain": VISITS, "systolic": (0, 28)}, 28)
    true = measure_people(model, drawn, empty, schedule, 4)
    return with_readings(empty, schedule, true.readings, int(np.flatnonzero(true.sound)[0]))


@pytest.fixture(scope="module")
def found(model: Model, diary: Diary) -> Follow:
    return follow(model, diary, ["none", "ketamine-monthly"], 6, size=SMALL)


def test_a_person_of_the_model_is_fitted_and_forecast(found: Follow, diary: Diary) -> None:
    assert found.checks.verdict != "unlike"
    assert found.posterior.effective > 5
    assert ((found.checks.chance > 0.001) & (found.checks.chance < 0.999)).mean() > 0.7
    for ahead in found.aheads:
        assert ahead.hours.size == 7 and ahead.hours[0] == 29 * DAY
        for key, band in ahead.scores.items():
            assert (np.diff(band.quantiles, axis=0) >= 0).all(), key  # the ends of the bands stand in order
            assert band.quantiles.min() >= 0
        for part in (ahead.chances["madrs"].response, ahead.chances["madrs"].relapse):
            if part is not None:
                assert ((part >= 0) & (part <= 1)).all()
        relapse = ahead.chances["madrs"].relapse
        assert relapse is None or (np.diff(relapse) >= 0).all()  # by each week, so it cannot fall
    none, monthly = found.aheads
    assert none.peaks == () and len(monthly.peaks) == 1
    assert monthly.peaks[0].rise[2] > 0
    # The forecast begins where the scores are: nearer to the last one than everybody's spread.
    last = diary.of("madrs")[-1].value
    assert abs(none.scores["madrs"].median[0] - last) < 15


def test_plans_differ_by_nothing_but_what_is_given(found: Follow) -> None:
    none, monthly = found.aheads
    first = monthly.peaks[0].hour
    before = none.hours < first
    np.testing.assert_allclose(none.under["madrs"][:, before], monthly.under["madrs"][:, before], atol=0.2)
    assert {one.verdict for one in found.differences} <= {"cannot tell", "too small", "lower", "higher"}
    # What the visits do without the drug stands beside what both do.
    assert all(one.visits is not None and np.isfinite(one.visits).all() for one in found.differences)


def test_loops_are_explained_with_intervals(found: Follow) -> None:
    assert found.explanation is not None
    for one in found.explanation.contributions:
        assert (np.diff(one.quantiles) >= 0).all()
        assert one.key in ("madrs", "nrs_pain")
        if one.sure == "raises":
            assert one.quantiles[2] > 0
    assert {one.loop for one in found.explanation.contributions} >= {"pain_to_mood", "sleep", "inflammation"}


def test_both_branches_of_a_bistable_person_are_covered(model: Model) -> None:
    """One score before six infusions: two weeks after them such a person is ill or well, seldom between."""
    patient = Patient("virtual", conditions=("mdd",))
    before = Diary(patient, None, (Reading(0.0, "madrs", 34.0),), (), six_doses(), virtual=True)
    ahead = follow(model, before, ["none"], 6, size=SMALL, explain=False).aheads[0]
    there = ahead.under["madrs"][:, 2]
    well, ill = (there < 14).mean(), (there > 24).mean()
    assert well > 0.15 and ill > 0.15
    assert 1 - well - ill < min(well, ill)  # between lie those who keep symptoms after recovery
    low, high = ahead.scores["madrs"].quantiles[[0, -1], 2]
    assert low < 14 and high > 24  # the band reaches over both


def test_same_seed_same_numbers(model: Model, diary: Diary, found: Follow) -> None:
    again = follow(model, diary, ["none"], 6, size=SMALL, explain=False)
    np.testing.assert_array_equal(
        again.aheads[0].scores["madrs"].quantiles, found.aheads[0].scores["madrs"].quantiles
    )


def test_a_fit_is_stored_and_carried_on(model: Model, diary: Diary, found: Follow, tmp_path: Path) -> None:
    path = write_fit(found, tmp_path / "posterior.nc")
    with xarray.open_dataset(path, group="posterior_predictive") as data:
        assert data["madrs"].dims == ("chain", "draw", "plan", "day")
        assert list(data["plan"].values) == ["none", "ketamine-monthly"]
    with xarray.open_dataset(path, group="observed_data") as data:
        assert data.sizes["reading"] == 14
    guess = round(float(found.aheads[0].scores["madrs"].median[1]))
    more = replace(diary, scores=(*diary.scores, Reading(36 * DAY, "madrs", float(guess))))
    later, carried = update(model, more, path, ["none"], 4, size=SMALL, explain=False)
    assert carried
    now = later.aheads[0].scores["madrs"]
    before = found.aheads[0].scores["madrs"]
    assert abs(now.median[0] - guess) < 8
    assert now.quantiles[4, 0] - now.quantiles[0, 0] <= before.quantiles[4, 1] - before.quantiles[0, 1] + 3
    anew = follow(model, more, ["none"], 4, size=SMALL, explain=False).aheads[0]
    for key in ("madrs", "nrs_pain"):  # carried on or fitted anew: the same answer but for the draw
        one, other = later.aheads[0].under[key][:, 1:].mean(axis=1), anew.under[key][:, 1:].mean(axis=1)
        assert abs(one.mean() - other.mean()) < 0.6 * other.std() + 0.3
        assert 0.5 < one.std() / other.std() < 2.0
    changed = replace(more, scores=tuple(replace(s, value=1.0) for s in more.scores))
    for other, reason in ((changed, "entries"), (replace(more, scores=diary.scores[:3]), "entries")):
        with pytest.raises(VagusError) as raised:
            update(model, other, path, ["none"], 4, size=SMALL, explain=False)
        assert raised.value.code == "V496" and reason in raised.value.message
    broken = tmp_path / "broken.nc"
    broken.write_text("nothing")
    with pytest.raises(VagusError) as raised:
        update(model, more, broken, ["none"], 4, size=SMALL, explain=False)
    assert raised.value.code == "V496"


def test_someone_the_model_does_not_know_is_said_to_be_so(model: Model, diary: Diary) -> None:
    """Depression that comes and goes every week and pain against it: no virtual person does that."""
    scores = tuple(
        Reading(DAY * day, key, value)
        for day, mood, pain in (
            (0, 2.0, 10.0),
            (7, 58.0, 0.0),
            (14, 2.0, 10.0),
            (21, 58.0, 0.0),
            (28, 2.0, 10.0),
        )
        for key, value in (("madrs", mood), ("nrs_pain", pain))
    )
    strange = replace(diary, scores=scores, vitals=())
    found = follow(model, strange, ["none"], 2, size=SMALL, explain=False)
    assert found.checks.verdict == "unlike" and found.checks.odd


def test_nobody_comes_near_at_all(model: Model, diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vagus.learn.fit.LEAST_LOG", 1e4)
    with pytest.raises(VagusError) as raised:
        follow(model, diary, ["none"], 2, size=SMALL, explain=False)
    assert raised.value.code == "V495"
