"""The ways to fit: on a made-up population problem whose truth is known."""

import numpy as np
import pytest

from vagus.learn.search import Target, jacobian_at, posterior
from vagus.learn.search_contest import contest, gauss_newton, made_up_problem


@pytest.fixture(scope="module")
def standing() -> dict[str, float]:
    return contest(budget=170, seeds=4)


def test_gauss_newton_wins_at_the_price_of_a_calibration(standing) -> None:
    assert standing["gauss_newton"] < standing["covariance_adaptation"] < standing["start"]
    assert standing["gauss_newton"] < standing["ensemble_kalman"]
    # The x that made the numbers is not the one of least loss: the fit may be a little better, not much.
    assert standing["gauss_newton"] < standing["truth"]


def test_a_number_far_off_does_not_pull_the_fit_away() -> None:
    matrix = np.array([[1.0], [1.0], [1.0], [1.0]])
    numbers = np.array([0.5, 0.52, 0.48, 50.0])
    target = Target(numbers, np.full(4, 0.05), np.ones(4))
    found = gauss_newton(lambda many: [matrix @ x for x in many], target, np.zeros(1), 60)
    assert found.x[0] == pytest.approx(0.5, abs=0.03)


def test_the_budget_is_kept_and_the_loss_never_rises() -> None:
    evaluate, target, truth = made_up_problem(3)
    asked = []

    def counted(many):
        asked.append(len(many))
        return evaluate(many)

    found = gauss_newton(counted, target, np.zeros(truth.size), 120)
    assert sum(asked) <= 120 and found.evaluations == sum(asked)
    assert all(later <= earlier for earlier, later in zip(found.loss, found.loss[1:], strict=False))


def test_what_no_number_speaks_of_keeps_its_prior() -> None:
    matrix = np.array([[2.0, 0.0], [1.0, 0.0]])
    target = Target(np.array([1.0, 0.5]), np.full(2, 0.1), np.ones(2))
    x = np.array([0.5, 0.0])
    jacobian = jacobian_at(lambda many: [matrix @ one for one in many], x, matrix @ x)
    assert jacobian == pytest.approx(matrix)
    width = np.sqrt(np.diag(posterior(target, matrix @ x, jacobian)))
    assert width[1] == pytest.approx(1.0)
    # (4 + 1) / 0.01 of squared errors, times the 5/4 of the Student weight in the middle
    assert width[0] == pytest.approx(1 / np.sqrt(1 + 1.25 * 500), rel=1e-6)


def test_numbers_that_cannot_be_predicted_do_not_count() -> None:
    target = Target(np.array([1.0, 9.0]), np.full(2, 0.1), np.ones(2))
    found = gauss_newton(lambda many: [np.array([x[0], np.nan]) for x in many], target, np.zeros(1), 40)
    assert found.x[0] == pytest.approx(1.0, abs=0.05)
    assert target.misfit(np.array([1.0, np.nan])) == 0.0
