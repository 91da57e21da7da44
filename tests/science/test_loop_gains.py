"""Gains of the loops of the body (models.md B.16 'Method' and C.4; new loops of B.20).

A loop whose gain is below 1 calms down by itself; above 1 it can hold a second state. Two ways to measure it:
 - inside a module: cut one arrow, let the other members of the loop settle, everything outside stays at health;
 - of the whole person: hold depression and pain as all other systems see them, let the rest settle for 1500 days, and
   read what they would become: the return map F(D, P). Its gain is the spectral radius of its slopes.
Held is what has an endless time constant: the state then stays where it is put, and nothing else changes.
"""

import numpy as np
import pytest

from vagus.body.model import Model

from .experiment import DAY, INJURY, Array, episode, now, part_b, people, run, settle, slopes_of

D, P = "mood.depression", "pain.perceived"
TIME = {D: "mood.depression_time", P: "pain.perception_time"}
RUMINATION, ONGOING, THRESHOLD = "mood.rumination_gain", "pain.ongoing_activity", "mood.threshold"
ENDLESS = 1e15  # hours: a held state moves by less than 1e-9 in a lifetime
GUT = ("gut.dysbiosis", "gut.permeability", "gut.gut_serotonin")
NERVES = ("autonomic.sympathetic", "autonomic.vagal", "autonomic.mean_pressure", "autonomic.set_point")


def return_map(
    model: Model, traits: dict[str, float], held: list[dict[str, float]], injured: bool = False
) -> tuple[Array, Array]:
    """What depression and pain would become while some of them are held.

    Returns:
        F (2, points) and the settled states (states, points).
    """
    p = people(model, part_b(model), [traits] * len(held))
    start = np.repeat(model.start()[:, None], len(held), axis=1)
    frozen = p.copy()
    for i, point in enumerate(held):
        for name, value in point.items():
            start[model.state(name), i] = value
            frozen[model.parameter(TIME[name]), i] = ENDLESS
    changes = [episode(model, **INJURY)] * len(held) if injured else None
    y = run(model, frozen, [0.0, (90 + 1500) * DAY], changes, start, rtol=1e-8).y
    rates = now(model, y, p)[0]
    rows = [model.state(D), model.state(P)]
    times = np.array([p[model.parameter(TIME[name])] for name in (D, P)])
    return y[rows] + times * rates[rows], y


def gain(model: Model, rumination: float, depression: float, pain: float, forward: float = 0.0) -> float:
    """Spectral radius of the slopes of the return map; true slopes, or differences over a step forward."""
    up, down = (forward, 0.0) if forward else (1e-3, 1e-3)
    points = [(up, 0), (-down, 0), (0, up), (0, -down)]
    held = [{D: depression + d, P: pain + q} for d, q in points]
    f, _ = return_map(model, {RUMINATION: rumination, ONGOING: 0.32}, held)
    slopes = np.stack([f[:, 0] - f[:, 1], f[:, 2] - f[:, 3]], axis=1) / (up + down)
    return float(np.max(np.abs(np.linalg.eigvals(slopes))))


def healthy_depression(model: Model) -> float:
    return float(1.0 / (1.0 + np.exp(part_b(model)[model.parameter(THRESHOLD)])))


@pytest.mark.parametrize(("rumination", "printed"), [(3.0, 0.18), (5.0, 0.26)])
def test_gain_of_the_whole_person_at_health(model: Model, rumination: float, printed: float) -> None:
    # The printed numbers are differences over a step of .02 forward; the slopes themselves are .17 and .24.
    health = healthy_depression(model)
    assert gain(model, rumination, health, 0.0, forward=0.02) == pytest.approx(printed, abs=0.01)
    assert gain(model, rumination, health, 0.0) == pytest.approx(printed, abs=0.02)


@pytest.mark.parametrize(("rumination", "printed"), [(3.0, 1.20), (5.0, 1.81)])
def test_gain_of_the_whole_person_half_way_to_depression(
    model: Model, rumination: float, printed: float
) -> None:
    # B.16 does not print the pain that goes with D .45. At P .15 both numbers come out; without pain rumination 3
    # has 1.02 and rumination 5 has 1.80: above 1 as well.
    assert gain(model, rumination, 0.45, 0.15) == pytest.approx(printed, abs=0.02)
    assert gain(model, rumination, 0.45, 0.0) > 1.0


@pytest.mark.parametrize(("rumination", "printed"), [(3.0, [0.08, 0.31, 0.68]), (5.0, [0.11, 0.53, 0.91])])
def test_what_a_held_depression_would_become_without_pain(
    model: Model, rumination: float, printed: list[float]
) -> None:
    traits = {RUMINATION: rumination, ONGOING: 0.32}
    f, y = return_map(model, traits, [{D: value} for value in (0.2, 0.5, 0.8)])
    assert f[0] == pytest.approx(printed, abs=0.02)
    assert y[model.state(P)] == pytest.approx([0.0] * 3, abs=1e-3)


@pytest.mark.parametrize(
    ("rumination", "injured", "printed"),
    [
        (3.0, True, [0.94, 0.96]),
        (3.0, False, [0.78, 0.83]),
        (5.0, True, [0.99, 0.99]),
        (5.0, False, [0.95, 0.97]),
    ],
)
def test_what_a_held_deep_depression_would_become_with_and_without_an_injury_in_the_past(
    model: Model, rumination: float, injured: bool, printed: list[float]
) -> None:
    traits = {RUMINATION: rumination, ONGOING: 0.48}
    f, y = return_map(model, traits, [{D: value} for value in (0.9, 0.97)], injured)
    assert f[0] == pytest.approx(printed, abs=0.02)
    assert y[model.state(P)] == pytest.approx([0.45, 0.54] if injured else [0.0, 0.0], abs=0.02)


def loop(slopes: Array, model: Model, cut: str, *members: str) -> float:
    """Gain of the loop through `cut` and the members: what comes back when it is moved by one and they settle."""
    rows = [model.state(name) for name in (cut, *members)]
    own = -np.diag(slopes)[rows]
    answer = slopes[np.ix_(rows, rows)] / own[:, None]
    np.fill_diagonal(answer, 0.0)
    inner = np.eye(len(members)) - answer[1:, 1:]
    return float(answer[0, 1:] @ np.linalg.solve(inner, answer[1:, 0]))


@pytest.fixture(scope="module", params=["B.25", "part B"])
def at_health(request: pytest.FixtureRequest, model: Model) -> Array:
    """Slopes of all rates of the healthy person."""
    p = people(model, part_b(model) if request.param == "part B" else model.defaults(), [{}])
    return slopes_of(model, settle(model, p)[:, 0], p[:, 0])


def test_loops_inside_modules_have_the_printed_gain(model: Model, at_health: Array) -> None:
    synapse = ("plasticity.ampa_throughput", "plasticity.bdnf_released", "plasticity.translation")
    assert loop(at_health, model, *synapse) == pytest.approx(0.3 * 1.0 * 0.8, abs=0.005)
    energy = ("energy.mitochondria", "energy.oxidative_stress")
    assert loop(at_health, model, *energy) == pytest.approx(0.3 * 0.5, abs=0.005)


def test_the_loop_from_mood_by_the_gut_and_its_vagus_back_to_mood_is_weak(
    model: Model, at_health: Array
) -> None:
    by_mood = loop(at_health, model, "gut.vagal_signal", D, *GUT)
    by_nerves = loop(at_health, model, "gut.vagal_signal", *NERVES, *GUT)
    assert 0.0 <= by_mood < 0.05 and 0.0 <= by_nerves < 0.05


def test_the_gut_stays_weak_where_mood_is_most_sensitive(model: Model) -> None:
    # Depression held at .45, where the answer of mood is steepest: what it sends through the gut comes back as .07.
    held = people(model, model.defaults(), [{RUMINATION: 4.0, THRESHOLD: 3.0, TIME[D]: ENDLESS}])
    start = model.start()[:, None]
    start[model.state(D)] = 0.45
    y = settle(model, held, start=start)[:, 0]
    held[model.parameter(TIME[D])] = model.entries[TIME[D]].value
    slopes = slopes_of(model, y, held[:, 0])
    slopes[model.state(D), model.state(D)] = -1.0 / model.entries[TIME[D]].value  # rumination held
    assert 0.0 < loop(slopes, model, D, "gut.vagal_signal", *GUT, *NERVES) < 0.15


def test_belief_and_fat_are_no_loops_nothing_comes_back(model: Model, at_health: Array) -> None:
    rows = {
        name: model.state(name) for name in ("expectancy.care", "expectancy.belief", "metabolism.fat_mass")
    }
    heard = {name: np.flatnonzero(at_health[row]) for name, row in rows.items()}
    assert set(heard["expectancy.care"]) == {rows["expectancy.care"]}
    assert set(heard["expectancy.belief"]) <= {rows["expectancy.care"], rows["expectancy.belief"]}
    assert set(np.flatnonzero(at_health[:, rows["metabolism.fat_mass"]])) == {rows["metabolism.fat_mass"]}
    assert loop(at_health, model, "expectancy.belief", "expectancy.care", D, P) == 0.0
    assert loop(at_health, model, "metabolism.appetite", "metabolism.fat_mass") == 0.0


def test_the_whole_healthy_body_is_calm(model: Model, at_health: Array) -> None:
    # The standing clock contributes four zeros; everything else must fall back to health.
    moving = [i for i, name in enumerate(model.kernel.states) if np.diag(at_health)[i] < 0.0]
    assert len(moving) == len(model.kernel.states) - 4
    falling_back = np.linalg.eigvals(at_health[np.ix_(moving, moving)]).real
    assert falling_back.max() < 0.0
    slowest = 1.0 / np.abs(falling_back).min()  # months (C.1)
    assert 60 * DAY < slowest < 120 * DAY


def test_synapses_have_one_level_they_return_to(model: Model) -> None:
    # C.4: the loop of AMPA, BDNF and translation once had a second, false low state. Held at any level, AMPA comes
    # back in the direction of 1.
    levels = np.array([0.2, 0.5, 0.8, 0.95, 1.05, 1.3, 2.0, 4.0])
    p = people(
        model, model.defaults(), [{TIME[D]: ENDLESS, TIME[P]: ENDLESS, "plasticity.ampa_time": ENDLESS}] * 8
    )
    start = np.repeat(settle(model, people(model, model.defaults(), [{}])), 8, axis=1)
    start[model.state("plasticity.ampa_throughput")] = levels
    y = run(model, p, [0.0, 14 * DAY], start=start).y
    p[model.parameter("plasticity.ampa_time")] = model.entries["plasticity.ampa_time"].value
    moves = now(model, y, p)[0][model.state("plasticity.ampa_throughput")]
    assert (np.sign(moves) == np.sign(1.0 - levels)).all()
