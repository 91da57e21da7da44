"""Scores worked by hand, floors and ceilings, the null rule, noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vagus.errors import VagusError
from vagus.observe import (
    administer,
    draw_severity,
    item_traits,
    list_instruments,
    load_instrument,
    recalled,
    score,
    told_part,
    visit_noise,
)
from vagus.observe.reporting import reporting

KEYS = list_instruments()


def all_at(key, z, people=1, times=1):
    return {name: np.full((people, times), float(z)) for name in load_instrument(key).domains}


@pytest.mark.parametrize("key", KEYS)
def test_perfect_health_stands_on_the_floor(key):
    one = load_instrument(key)
    found = score(one, all_at(key, 0))
    assert found.total[0, 0] == one.total_low
    assert np.array_equal(found.items[0, 0], one.low)


def test_fatigue_in_health_is_nine_ones():
    found = score(load_instrument("fatigue"), all_at("fatigue", 0))
    assert found.items[0, 0].tolist() == [1] * 9 and found.total[0, 0] == 1


@pytest.mark.parametrize("key", KEYS)
def test_all_domains_ill_give_the_total_of_the_table(key):
    one = load_instrument(key)
    expected = one.total_at_ill.value
    if one.crosswalk:  # the total at ill is that of the scale it is read off
        expected = np.interp(expected, *zip(*one.crosswalk, strict=True))
    assert score(one, all_at(key, 1), rounded=False).total[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize("key", KEYS)
def test_far_beyond_ill_stands_at_the_ceiling(key):
    one = load_instrument(key)
    highest = np.where(one.loadings.sum(axis=1) > 0, one.high, one.low)  # no domain moves insight (HAM-D17)
    assert score(one, all_at(key, 50)).total[0, 0] == pytest.approx(one.total_of(highest))
    assert one.total_of(one.high) == one.total_high


def test_madrs_by_hand():
    madrs = load_instrument("madrs")
    z = all_at("madrs", 0)
    z["depression"] = np.array([[1.0]])
    # Items 1, 2, 9 carry it whole, item 3 half: 3.5 of 6 points each at the whole.
    expected = score(madrs, z, rounded=False)
    assert expected.items[0, 0].tolist() == pytest.approx([3.5, 3.5, 1.75, 0, 0, 0, 0, 0, 3.5, 0])
    assert score(madrs, z).items[0, 0].tolist() == [4, 4, 2, 0, 0, 0, 0, 0, 4, 0]
    assert score(madrs, z).total[0, 0] == 14
    assert score(madrs, z, severity=np.array([0.5]), rounded=False).total[0, 0] == pytest.approx(6.125)
    up = score(madrs, z, item_traits=np.full((1, 10), 0.25), rounded=False).items[0, 0]
    assert up.tolist() == pytest.approx([5, 5, 3.25, 1.5, 1.5, 1.5, 1.5, 1.5, 5, 1.5])


def test_interference_is_what_the_model_says():
    one = load_instrument("bpi_interference")
    for z, total in ((0.0, 0.0), (0.35, 3.5), (1.0, 10.0), (1.4, 10.0)):
        got = score(one, {"interference": np.array([[z]])}, rounded=False).total[0, 0]
        assert got == pytest.approx(total)


def test_what_is_not_told_is_missing_in_proportion_on_scales_of_the_mind():
    madrs = load_instrument("madrs")
    z = all_at("madrs", 0)
    z["depression"] = np.array([[1.0]])
    now = np.array([0.0])
    part = told_part(madrs, now, np.array([[0.4]]), now)
    found = score(madrs, z, told=part, rounded=False)
    assert found.total[0, 0] == pytest.approx(0.6 * 12.25)
    assert found.items[0, 0, 0] == pytest.approx(0.6 * 3.5) and found.items[0, 0, 3] == 0
    assert score(madrs, all_at("madrs", 0), told=part, rounded=False).total[0, 0] == 0
    assert told_part(load_instrument("nrs_pain"), now, np.array([[0.4]]), now) == 1.0


def test_a_clinician_is_told_as_felt_now_and_a_form_as_felt_on_all_days_it_asks_about():
    days = np.arange(0.0, 29.0)
    relief = np.where(days % 7 == 1, 0.5, 0.0)[None]  # the day after a visit every week
    at = np.array([14.0, 15.0, 16.0])
    assert told_part(load_instrument("madrs"), days, relief, at).tolist() == [[1.0, 0.5, 1.0]]
    form = told_part(load_instrument("phq9"), days, relief, at)[0]
    # Two visits in any two weeks: a fourteenth of the time each, and of that a part.
    assert form[0] == pytest.approx(1 - reporting("self_left_out") * 0.5 * 2 / 14)
    assert np.ptp(form) < 0.02 and form[1] == pytest.approx(form[0], abs=0.02)
    at_once = told_part(load_instrument("stai_s"), days, relief, at)[0]
    assert at_once.tolist() == [1.0, 1 - reporting("self_left_out") * 0.5, 1.0]


def test_phq9_at_24_hours_is_null_and_the_short_madrs_is_not():
    days = np.linspace(-1, 28, 117)
    at = np.array([-1.0, 0.0, 1.0, 7.0, 13.9, 14.0, 28.0])
    phq9 = administer(load_instrument("phq9"), days, all_at("phq9", 1, times=117), at_days=at, rounded=False)
    assert phq9.valid.tolist() == [True, True, False, False, False, True, True]
    assert np.array_equal(np.isnan(phq9.total[0]), ~phq9.valid)
    assert np.array_equal(np.isnan(phq9.items[0]).all(axis=-1), ~phq9.valid)
    assert np.allclose(phq9.total[0][phq9.valid], 20)
    madrs, z = load_instrument("madrs"), all_at("madrs", 1, times=117)
    assert administer(madrs, days, z, at_days=at).valid.tolist() == [
        True,
        True,
        False,
        True,
        True,
        True,
        True,
    ]
    assert administer(madrs, days, z, at_days=at, short_form=True).valid.all()
    assert not administer(madrs, days, z, at_days=np.array([0.1]), short_form=True).valid.any()
    pain = administer(load_instrument("nrs_pain"), days, all_at("nrs_pain", 1, times=117), at_days=at)
    assert pain.valid.all()


def test_recall_averages_over_its_window():
    phq9, days = load_instrument("phq9"), np.arange(0.0, 29.0)
    falling = {name: np.clip(1 - days / 14, 0, None)[None, :] for name in phq9.domains}
    past, valid = recalled(days, falling, phq9, at_days=np.array([0.0, 14.0, 21.0, 28.0]))
    # From 1 to 0 over the first 14 days: mean 1/2; days 7 to 21: a triangle of 7 days from 1/2; then nothing.
    assert past["depression"][0].tolist() == pytest.approx([1, 0.5, 0.125, 0], abs=1e-12)
    assert valid.all()
    fine = np.array([15.3, 17.77])
    coarse, _ = recalled(days, falling, phq9, at_days=fine)
    dense_days = np.linspace(0, 28, 28 * 64 + 1)
    dense = {name: np.interp(dense_days, days, falling[name][0])[None, :] for name in phq9.domains}
    assert np.allclose(
        coarse["sleep"], recalled(dense_days, dense, phq9, at_days=fine)[0]["sleep"], atol=1e-4
    )


def test_a_scale_of_the_moment_reads_the_moment():
    pain, days = load_instrument("nrs_pain"), np.array([0.0, 1.0, 2.0])
    past, valid = recalled(
        days, {"pain": np.array([[0.0, 1.0, np.nan]])}, pain, at_days=np.array([0.25, 1.0])
    )
    assert past["pain"][0].tolist() == pytest.approx([0.25, 1.0]) and valid.all()


@pytest.mark.parametrize(
    ("days", "at", "short", "code"),
    [
        ([0, 2, 1], [1], False, "V445"),
        ([0, 1], [2], False, "V445"),
        ([0, 1], [np.nan], False, "V445"),
        ([0, 1], [1], True, "V443"),
    ],
)
def test_times_that_cannot_be(days, at, short, code):
    phq9 = load_instrument("phq9")
    with pytest.raises(VagusError) as caught:
        recalled(
            np.array(days), all_at("phq9", 1, times=len(days)), phq9, at_days=np.array(at), short_form=short
        )
    assert caught.value.code == code


def test_wrong_shapes_and_missing_domains_have_codes():
    madrs, z = load_instrument("madrs"), all_at("madrs", 1, people=2, times=3)
    for wrong in (
        {"severity": np.ones(3)},
        {"item_traits": np.ones((2, 9))},
        {"visit_noise": np.ones((2, 10))},
        {"told": np.ones((3, 2))},
        {"valid": np.ones(2)},
    ):
        with pytest.raises(VagusError) as caught:
            score(madrs, z, **wrong)
        assert caught.value.code == "V441"
    with pytest.raises(VagusError) as caught:
        score(madrs, {"depression": z["depression"]})
    assert caught.value.code == "V440"


def test_a_failed_person_has_no_score():
    z = all_at("madrs", 1, people=2)
    z["sleep"][1] = np.nan
    found = score(load_instrument("madrs"), z)
    assert np.isfinite(found.total[0, 0]) and np.isnan(found.total[1, 0])


def test_noise_gives_the_test_retest_sd():
    for key in ("madrs", "phq9", "bpi_severity", "fatigue"):
        one = load_instrument(key)
        rng = np.random.default_rng(1)
        drawn = score(
            one,
            all_at(key, 0.8, people=400, times=40),
            item_traits=item_traits(one, 400, rng),
            visit_noise=visit_noise(one, 400, 40, rng),
        )
        within = np.sqrt(drawn.total.var(axis=1, ddof=1).mean())
        # Trials are noisier than test-retest studies, by a factor that is fitted.
        assert within == pytest.approx(reporting("retest") * one.test_retest_sd.value, rel=0.1)


def test_people_differ_as_published_apart_from_the_noise_of_trials():
    madrs, rng = load_instrument("madrs"), np.random.default_rng(2)
    people = 4000
    found = score(
        madrs,
        all_at("madrs", 0.95, people=people),
        severity=draw_severity(people, rng),
        item_traits=item_traits(madrs, people, rng),
        visit_noise=visit_noise(madrs, people, 1, rng) / reporting("retest"),
    )
    assert found.total.mean() == pytest.approx(33, abs=1.5)
    assert found.total.std() == pytest.approx(6.1, abs=1.0)


def test_the_same_generator_gives_the_same_people():
    one = load_instrument("isi")
    first, second = (visit_noise(one, 3, 2, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(KEYS), seed=st.integers(0, 10**6), size=st.floats(0, 30), told=st.floats(0, 1))
def test_totals_stay_on_the_scale(key, seed, size, told):
    one, rng = load_instrument(key), np.random.default_rng(seed)
    z = {name: size * rng.random((3, 2)) for name in one.domains}
    found = score(
        one,
        z,
        severity=draw_severity(3, rng),
        item_traits=item_traits(one, 3, rng),
        visit_noise=visit_noise(one, 3, 2, rng),
        told=np.full((3, 2), told),
    )
    assert np.all((found.items >= one.low) & (found.items <= one.high))
    assert np.all(found.items == np.rint(found.items))
    assert np.all((found.total >= one.total_low) & (found.total <= one.total_high))


@settings(max_examples=40, deadline=None)
@given(key=st.sampled_from(KEYS), seed=st.integers(0, 10**6), more=st.floats(0, 3))
def test_more_illness_never_lowers_a_total(key, seed, more):
    one, rng = load_instrument(key), np.random.default_rng(seed)
    z = {name: 2 * rng.random((4, 1)) for name in one.domains}
    worse = {name: value + more * rng.random((4, 1)) for name, value in z.items()}
    assert np.all(score(one, worse, rounded=False).total >= score(one, z, rounded=False).total - 1e-12)
