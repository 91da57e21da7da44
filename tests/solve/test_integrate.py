import numpy as np
import pytest
from scipy.integrate import solve_ivp

from vagus.solve.events import Change, Events
from vagus.solve.integrate import Control, integrate
from vagus.solve.reasons import Reason

from .textbook import Textbook, blow_up, decay, forced, robertson, van_der_pol

NOTHING = Events([[]])


def run(system, y0, times, p=(1.0,), events=NOTHING, **control):
    people = len(events.first) - 1
    y = np.tile(np.array(y0, dtype=float)[:, None], people)
    par = np.tile(np.array(p, dtype=float)[:, None], people)
    return integrate(system, y, par, events, np.array(times, dtype=float), Control(**control))


@pytest.mark.parametrize(("rtol", "bound"), [(1e-4, 1e-4), (1e-6, 1e-6), (1e-8, 1e-8)])
def test_decay_at_every_output(rtol, bound):
    times = np.linspace(0, 5, 41)
    got = run(decay(), [1.0], times, rtol=rtol, atol=rtol * 1e-3).outputs[:, 0, 0]
    assert np.max(np.abs(got - np.exp(-times))) < bound


def test_time_dependent_rate_keeps_its_order():
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        times = np.linspace(0, 3, 31)
        got = run(forced(), [1.0], times, rtol=rtol, atol=rtol).outputs[:, 0, 0]
        exact = (2500 * np.cos(times) + 50 * np.sin(times)) / 2501 + np.exp(-50 * times) / 2501
        errors.append(np.max(np.abs(got - exact)))
    assert errors[0] < 1e-3
    assert errors[2] < 1e-7
    assert errors[2] < errors[1] < errors[0]


@pytest.mark.parametrize(
    ("problem", "y0", "end"), [(van_der_pol, [2.0, 0.0], 150.0), (robertson, [1.0, 0, 0], 1e4)]
)
def test_stiff_problems_against_radau(problem, y0, end):
    system, times = problem(), np.linspace(0, end, 21)
    got = run(system, y0, times, rtol=1e-8, atol=1e-12).outputs[:, : len(y0), 0]
    ref = solve_ivp(
        lambda t, y: system.rate(t, y, [1.0]), (0, end), y0, "Radau", times, rtol=1e-10, atol=1e-14,
        jac=lambda t, y: system.jacobian(t, y, [1.0]),
    ).y.T  # fmt: skip
    assert np.max(np.abs(got - ref) / np.max(np.abs(ref), axis=0)) < 1e-5


def test_an_infusion_has_exact_edges():
    # y' = rate - k y with the rate switched on at 1 h and off at 3 h: the closed form holds on both sides.
    system = decay()
    system = type(system)(lambda t, y, p: p[1:2] - p[:1] * y, system.jacobian)
    events = Events([[Change(1.0, False, 1, 2.0), Change(3.0, False, 1, 0.0), Change(5.0, True, 0, 4.0)]])
    times = np.array([0, 1, 2, 3, 4, 5, 5.5, 6])
    got = run(system, [0.0], times, p=(0.5, 0.0), events=events, rtol=1e-9, atol=1e-12).outputs[:, 0, 0]
    at3 = 4 * (1 - np.exp(-1.0))
    at5 = at3 * np.exp(-1.0)
    after = [(at5 + 4) * np.exp(-0.5 * s) for s in (0.5, 1.0)]
    want = [0, 0, 4 * (1 - np.exp(-0.5)), at3, at3 * np.exp(-0.5), at5, *after]
    assert np.allclose(got, want, rtol=0, atol=1e-8)


def test_each_person_is_the_same_alone_and_in_a_crowd():
    system, times = van_der_pol(), np.linspace(0, 20, 5)
    starts = np.random.default_rng(1).uniform(-2, 2, (2, 9))
    ones = np.ones((1, 9))
    crowd = integrate(system, starts, ones, Events([[]] * 9), times, Control(lanes=4)).outputs
    for i in range(9):
        alone = integrate(system, starts[:, i : i + 1], ones[:, :1], NOTHING, times, Control()).outputs
        assert np.array_equal(crowd[:, :, i], alone[:, :, 0])


def test_one_person_fails_alone_and_says_why():
    y = np.array([[1.0, 1.0, 1.0]])
    p = np.array([[0.1, 2.0, 0.2]])
    got = integrate(blow_up(), y, p, Events([[]] * 3), np.array([0.0, 1.0, 2.0]), Control())
    assert list(got.reason) == [Reason.FINISHED, got.reason[1], Reason.FINISHED]
    assert Reason(got.reason[1]) in (Reason.STEP_TOO_SMALL, Reason.NOT_FINITE)
    assert np.isnan(got.outputs[1:, 0, 1]).all()
    assert got.stopped[1] == pytest.approx(0.5, abs=1e-3)
    assert got.outputs[-1, 0, 0] == pytest.approx(1 / (1 - 0.2), rel=1e-3)


def test_a_rate_without_a_value_is_v503():
    """y' = sqrt(1 - 2t): real for half an hour only."""
    system = Textbook(lambda t, y, p: np.sqrt(1.0 - 2.0 * t + 0.0 * y), lambda t, y, p: np.array([[0.0]]))
    got = run(system, [1.0], [0.0, 1.0])
    assert Reason(got.reason[0]).code == "V503"
    assert got.stopped[0] == pytest.approx(0.5, abs=1e-6)


def test_equations_that_cannot_be_solved_are_v504():
    """A factorisation that finds no pivot to trust, from a quarter of an hour on."""

    class Singular(Textbook):
        def begin(self, t, y, p, q, d):
            rates, slopes, factors = super().begin(t, y, p, q, d)
            factors[-1] = np.where(t > 0.25, 0.0, 1.0)
            return rates, slopes, factors

    sound = decay()
    got = run(Singular(sound.rate, sound.jacobian), [1.0], [0.0, 1.0])
    assert Reason(got.reason[0]).code == "V504"
    assert np.isnan(got.outputs[1, 0, 0]) and 0.25 < got.stopped[0] < 1.0


def test_too_many_steps_is_a_reason():
    got = run(van_der_pol(1e3), [2.0, 0.0], [0.0, 3000.0], rtol=1e-8, atol=1e-10, most_steps=50)
    assert got.reason[0] == Reason.TOO_MANY_STEPS
    assert got.steps[0] == 50
