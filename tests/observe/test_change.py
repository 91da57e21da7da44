"""Bands, change, response, remission, and the severity that fits a known total."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vagus.errors import VagusError
from vagus.observe import (
    important_change,
    list_instruments,
    load_instrument,
    reliable_change,
    remitted,
    responded,
    score,
    severity_band,
    severity_for,
)


@pytest.mark.parametrize(
    ("key", "totals", "names"),
    [
        (
            "madrs",
            [0, 6, 7, 19, 20, 34, 35, 60],
            ["none", "none", "mild", "mild", "moderate", "moderate", "severe", "severe"],
        ),
        ("phq9", [4, 5, 10, 15, 20], ["minimal", "mild", "moderate", "moderately severe", "severe"]),
        ("gad7", [4, 5, 10, 15], ["minimal", "mild", "moderate", "severe"]),
        ("isi", [7, 8, 15, 22], ["none", "subthreshold", "moderate", "severe"]),
        ("nrs_pain", [0, 3, 4, 7], ["none", "mild", "moderate", "severe"]),
        ("bpi_severity", [0.5, 4.9, 5, 7], ["none or minimal", "mild", "moderate", "severe"]),
        ("fatigue", [1, 3.9, 4], ["below the cut-off", "below the cut-off", "fatigued"]),
    ],
)
def test_bands_at_their_edges(key, totals, names):
    assert severity_band(np.array(totals), load_instrument(key)).tolist() == names


def test_a_missing_total_has_no_band():
    assert severity_band(np.nan, load_instrument("madrs")) == "no score"


def test_a_total_off_the_scale_is_refused():
    with pytest.raises(VagusError) as caught:
        severity_band(61, load_instrument("madrs"))
    assert caught.value.code == "V415"


def test_reliable_and_important_change_of_the_madrs():
    madrs = load_instrument("madrs")
    earlier, later = np.array([30, 30, 30, 30, np.nan]), np.array([24, 25, 36, 35, 10])
    assert reliable_change(earlier, later, madrs).tolist() == [
        "better",
        "no reliable change",
        "worse",
        "no reliable change",
        "no score",
    ]
    assert important_change(30, 24, madrs) == "better"
    assert important_change(30, 25, madrs) == "no important change"


def test_response_is_a_fraction_or_points():
    madrs, isi, pain = (load_instrument(key) for key in ("madrs", "isi", "nrs_pain"))
    assert responded(np.array([30, 30, 0, np.nan]), np.array([15, 16, 0, 3]), madrs).tolist() == [
        True,
        False,
        False,
        False,
    ]
    assert responded(18, 12, isi) and not responded(18, 13, isi)
    assert responded(10, 7, pain) and not responded(7, 5, pain)


def test_remission():
    assert remitted(np.array([10, 11, np.nan]), load_instrument("madrs")).tolist() == [True, False, False]
    assert remitted(np.array([4, 5]), load_instrument("phq9")).tolist() == [True, False]
    assert remitted(np.array([7, 8]), load_instrument("isi")).tolist() == [True, False]


@pytest.mark.parametrize("call", [lambda one: remitted(2, one), lambda one: responded(5, 2, one)])
def test_what_nobody_has_defined_is_not_invented(call):
    with pytest.raises(VagusError) as caught:
        call(load_instrument("fatigue"))
    assert caught.value.code == "V443"


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(list_instruments()), seed=st.integers(0, 10**6))
def test_severity_round_trip(key, seed):
    one, rng = load_instrument(key), np.random.default_rng(seed)
    z = {name: 0.3 + rng.random(5) for name in one.domains}
    grid = {name: value[:, None] for name, value in z.items()}
    known = score(one, grid, severity=0.4 + 2.5 * rng.random(5), rounded=False).total[:, 0]
    factor = severity_for(one, z, known)
    assert np.allclose(score(one, grid, severity=factor, rounded=False).total[:, 0], known, atol=1e-6)


def test_severity_by_hand():
    madrs = load_instrument("madrs")
    ill = {name: np.ones(3) for name in madrs.domains}
    assert severity_for(madrs, ill, np.array([35.0, 17.5, np.nan])).tolist()[:2] == pytest.approx([1, 0.5])
    assert np.isnan(severity_for(madrs, ill, np.nan)).all()
    healthy = {name: np.zeros(1) for name in madrs.domains}
    assert severity_for(madrs, healthy, 0.0).tolist() == [1]


@pytest.mark.parametrize(
    ("z", "total", "code"),
    [(1.0, 61, "V415"), (1.0, -1, "V415"), (0.0, 30, "V442"), (1.0, 1, "V442"), (0.02, 40, "V442")],
)
def test_a_total_that_does_not_fit_the_person(z, total, code):
    madrs = load_instrument("madrs")
    with pytest.raises(VagusError) as caught:
        severity_for(madrs, {name: np.full(1, z) for name in madrs.domains}, np.array([float(total)]))
    assert caught.value.code == code
