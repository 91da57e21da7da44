"""Slopes by many lanes: exact on polynomials of the fourth degree, and those of a solution that is known."""

import numpy as np
import pytest

from vagus.kernel.gradient import shifted, slopes


def test_the_crowd_is_the_person_and_four_shifts_of_each_number() -> None:
    crowd = shifted(np.array([2.0, 0.0, 5.0]), np.array([2, 1]), 0.1, np.array([1.0, 4.0]))
    assert crowd.p.shape == (3, 9) and crowd.widths == pytest.approx([0.5, 0.4])
    assert crowd.p[:, 0].tolist() == [2.0, 0.0, 5.0]
    assert crowd.p[2, 1:5] == pytest.approx([4.0, 4.5, 5.5, 6.0])
    assert crowd.p[1, 5:] == pytest.approx([-0.8, -0.4, 0.4, 0.8])
    assert (crowd.p[0] == 2.0).all()


def test_slopes_of_polynomials_are_exact() -> None:
    crowd = shifted(np.array([1.5, -0.7]), np.array([0, 1]), 0.2)
    a, b = crowd.p
    outputs = np.stack([a**4 * b**2, a - 3 * b**3])
    slope, doubt = slopes(outputs, crowd.widths)
    want = np.array([[4 * 1.5**3 * 0.49, 2 * 1.5**4 * -0.7], [1.0, -9 * 0.49]])
    np.testing.assert_allclose(slope, want, rtol=1e-12)
    assert doubt[0, 0] > 0 and doubt[1, 0] == pytest.approx(0.0, abs=1e-12)


def test_the_slope_of_an_exponential_is_as_exact_as_promised() -> None:
    crowd = shifted(np.array([0.8]), np.array([0]))
    times = np.array([1.0, 3.0, 10.0])
    slope, doubt = slopes(np.exp(-crowd.p[0] * times[:, None]), crowd.widths)
    want = -times * np.exp(-0.8 * times)
    assert (np.abs(slope[:, 0] / want - 1) < 1e-7).all()
    assert (np.abs(slope[:, 0] - want) <= doubt[:, 0] + 1e-15).all()


def test_a_lane_that_failed_gives_no_number() -> None:
    slope, _ = slopes(np.array([[1.0, np.nan, 1.0, 2.0, 3.0]]), np.array([0.1]))
    assert np.isnan(slope).all()


@pytest.mark.parametrize("step", [0.0, 0.5, float("nan")])
def test_a_step_that_is_none_is_refused(step: float) -> None:
    with pytest.raises(ValueError, match="step"):
        shifted(np.ones(2), np.array([0]), step)
