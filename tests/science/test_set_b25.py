"""The set of constants to start from: resting states, grading, hysteresis and injury (models.md B.25).

Expected: tests/data/resting_b25.csv, heart_rate_b25.csv and injury_b25.csv; the rest stands above its test. The column
`here` holds what this body does where it is not what is printed, with the reason beside it: such a row is checked
against `here`, so that it cannot move unseen, and never against a wider tolerance.
"""

import numpy as np
import pytest

from vagus.body.condition import Episode
from vagus.body.model import Model
from vagus.body.patient import Patient
from vagus.body.resting import resting_state
from vagus.people.draw import draw, draw_accepted, typical

from .experiment import DAY, INJURY, Array, episode, now, people, run, settle, table

TOLERANCE = 0.02
RUMINATION, THRESHOLD, ONGOING = "mood.rumination_gain", "mood.threshold", "pain.ongoing_activity"
RESTING, D, P = "pain.resting_nociception", "mood.depression", "pain.perceived"
CONDITIONS = ("healthy", "pain-neuropathic", "pain-fibromyalgia", "pain-musculoskeletal", "mdd")
BOTH = "mdd and pain-neuropathic"
COUNT = 200
#: Kinds whose conditions come with a later issue: their traits as B.25 'Population' prints them.
PTSD = {
    RUMINATION: 1.5,
    THRESHOLD: 3.8,
    "catecholamine.hyperarousal_gain": 1.0,
    "mood.reencoding_gain": 5.0,
    "hpa.receptor_set_point": 1.5,
    "hpa.set_point": 0.8,
}
TRAUMA = Episode("trauma", (("mood.trauma", 0.25),), 6.0)
STRESS = Episode("stress", (("load.acute", 0.6),), 84 * DAY)
BY_TRAITS: dict[str, tuple[dict[str, float], list[Episode]]] = {
    "loaded": ({"load.persistent": 0.3}, []),
    "loaded after stress": ({"load.persistent": 0.3}, [STRESS]),
    "gad": ({RUMINATION: 2.0, THRESHOLD: 3.8, "mood.anxiety_drive": 2.8}, []),
    "ptsd": (PTSD, [TRAUMA]),
    "gad and ptsd": (PTSD | {"mood.anxiety_drive": 2.8}, [TRAUMA]),
}


def settled(model: Model, p: Array, history: list[list[Episode]]) -> Array:
    """States and outputs (names, people) 730 days after the history; all of them really at rest."""
    rest = resting_state(model, p, history, [{}] * p.shape[1])
    assert not rest.reason.any() and (rest.drift < 0.01).all()
    return np.concatenate([rest.y, now(model, rest.y, p)[1]])


def row_of(model: Model, name: str) -> int:
    return (*model.kernel.states, *model.kernel.outputs).index(name)


@pytest.fixture(scope="module")
def one_of_each(model: Model) -> dict[str, Array]:
    """The typical person of each kind at rest: all states and outputs."""
    found = {}
    for kind in (*CONDITIONS, BOTH):
        person = typical(model, Patient(conditions=tuple(kind.split(" and "))))
        found[kind] = settled(model, person.p, list(map(list, person.history)))[:, 0]
    traits, histories = zip(*BY_TRAITS.values(), strict=True)
    others = settled(model, people(model, model.defaults(), list(traits)), list(histories))
    return found | {kind: others[:, i] for i, kind in enumerate(BY_TRAITS)}


@pytest.mark.parametrize("row", table("resting_b25.csv"), ids=lambda r: f"{r['kind']}: {r['quantity']}")
def test_resting_state_of_the_typical_person(
    model: Model, one_of_each: dict[str, Array], row: dict[str, str]
) -> None:
    place = row_of(model, row["quantity"])
    value = one_of_each[row["kind"]][place]
    if row["against"] == "health":
        value /= one_of_each["healthy"][place]
    assert bool(row["here"]) == bool(row["reason"])
    assert value == pytest.approx(float(row["here"] or row["printed"]), abs=TOLERANCE)


@pytest.mark.parametrize("row", table("heart_rate_b25.csv"), ids=lambda r: r["kind"])
def test_heart_rate_above_health_is_less_than_printed(
    model: Model, one_of_each: dict[str, Array], row: dict[str, str]
) -> None:
    # Printed +8 in depression, where studies find d .16 (one to two beats): load, worry and pain reach the nerves of
    # the heart less, and vagal tone moves the pulse less.
    pulse = row_of(model, "autonomic.heart_rate")
    rise = (one_of_each[row["kind"]] - one_of_each["healthy"])[pulse]
    assert rise == pytest.approx(float(row["here"]), abs=0.1)
    assert 0.0 < rise < 0.6 * float(row["printed"])


def test_mild_lasting_inflammation_does_not_drive_the_stress_hormones(model: Model) -> None:
    # Pain with depression had cortisol x1.48 by the cytokine term alone; with its threshold at IL-6 x3.3 it is x1.12
    # with and without that term.
    both = Patient(conditions=("mdd", "pain-neuropathic"), traits={"hpa.il6_gain": 0.0})
    person = typical(model, both)
    quiet = settled(model, person.p, list(map(list, person.history)))
    assert quiet[row_of(model, "hpa.cortisol_slow"), 0] == pytest.approx(1.12, abs=TOLERANCE)


@pytest.fixture(scope="module")
def populations(model: Model) -> dict[str, Array]:
    """200 people of each kind at rest (names, people); in chronic pain alone without those it has made depressed."""
    found = {}
    for kind in (*CONDITIONS, BOTH):
        patient = Patient(conditions=tuple(kind.split(" and ")))
        alone = kind.startswith("pain")
        drawn = (
            draw_accepted(model, patient, COUNT, seed=1)[0] if alone else draw(model, patient, COUNT, seed=1)
        )
        found[kind] = settled(model, drawn.p, list(map(list, drawn.history)))
    return found


BANDS = [r for r in table("resting_b25.csv") if r["low"] and r["kind"] in (*CONDITIONS, BOTH)]


@pytest.mark.parametrize("row", BANDS, ids=lambda r: f"{r['kind']}: {r['quantity']}")
def test_drawn_people_spread_as_printed(
    model: Model, populations: dict[str, Array], row: dict[str, str]
) -> None:
    low, middle, high = np.percentile(populations[row["kind"]][row_of(model, row["quantity"])], [10, 50, 90])
    wanted = [float(row[f"here_{end}"] or row[end]) for end in ("low", "high")]
    assert wanted[0] - 0.005 <= middle <= wanted[1] + 0.005
    assert middle == pytest.approx(
        float(row["here"] or row["printed"]), abs=0.03
    )  # two samples of 100 to 200 people
    assert [low, high] == pytest.approx(wanted, abs=0.04)


def test_one_illness_alone_is_no_depression_unless_it_is_depression(
    model: Model, populations: dict[str, Array]
) -> None:
    depression = {kind: values[row_of(model, D)] for kind, values in populations.items()}
    assert depression["healthy"].max() < 0.10 and populations["healthy"][row_of(model, P)].max() < 0.05
    for kind in CONDITIONS[1:4]:
        assert depression[kind].max() < 0.35, kind
    for kind in ("mdd", BOTH):
        assert np.mean(depression[kind] > 0.6) >= 0.99, kind  # the printed share is 1.0


# B.25, Results 2: MDD minus healthy in SD of people; SD as printed there (log, log, log, CV, CV).
DIFFERENCE = {
    "biomarker.rmssd": (-0.52, 0.47, "log"),
    "immune.crp": (0.64, 0.9, "log"),
    "immune.il6": (0.76, 0.9, "log"),
    # Printed .33 and -.49; here less since the load of depressed people swings for months (third calibration).
    "hpa.cortisol_slow": (0.19, 0.275, "part"),
    "bdnf": (-0.39, 0.35, "part"),
}


@pytest.mark.parametrize("name", DIFFERENCE)
def test_depressed_people_differ_from_healthy_ones_by_the_printed_number_of_standard_deviations(
    model: Model, populations: dict[str, Array], name: str
) -> None:
    printed, deviation, kind = DIFFERENCE[name]

    def median(group: str) -> float:
        values = populations[group]
        if name == "bdnf":  # (BDP BDS)^.5 as B.25 defines it
            pair = [values[row_of(model, f"plasticity.{part}")] for part in ("bdnf_pool", "bdnf_released")]
            return float(np.median(np.sqrt(pair[0] * pair[1])))
        return float(np.median(values[row_of(model, name)]))

    ill, well = median("mdd"), median("healthy")
    shift = np.log(ill / well) if kind == "log" else ill / well - 1.0
    assert shift / deviation == pytest.approx(printed, abs=0.10)


def test_depression_alone_does_not_lower_the_pressure_that_hurts(
    model: Model, populations: dict[str, Array]
) -> None:
    # The same people in both groups (same stream), so that their own thresholds cancel: printed x1.04.
    row = row_of(model, "biomarker.pressure_pain_threshold")
    ratio = np.median(populations["mdd"][row]) / np.median(populations["healthy"][row])
    assert ratio == pytest.approx(1.04, abs=0.03)


def test_graded_nociception_gives_graded_pain_and_no_depression(model: Model) -> None:
    # B.25, Results 1: traits of CRPS, nociception 0, .1, .2, .35, .5, .7; printed 0, .01, .08, .28, .42, .57 (the
    # effect of little depression on the pain pathways begins earlier here, and pain breaks sleep more).
    traits = [{ONGOING: 0.42, RESTING: value} for value in (0.0, 0.1, 0.2, 0.35, 0.5, 0.7)]
    y = settle(model, people(model, model.defaults(), traits), days=1800)
    assert y[model.state(P)] == pytest.approx([0.0, 0.01, 0.10, 0.33, 0.51, 0.68], abs=TOLERANCE)
    assert y[model.state(D)] == pytest.approx([0.02, 0.02, 0.03, 0.07, 0.12, 0.23], abs=TOLERANCE)


SUSCEPTIBLE = {RUMINATION: 4.0, THRESHOLD: 3.3}
NARROW = {"immune.low_grade_pain": 0.12, "autonomic.pain_gain": 0.02, "hpa.pain_gain": 0.04}


def hysteresis(model: Model, extra: dict[str, float]) -> Array:
    """Pain and depression (2, 6) of a susceptible person with nociception .1, .2, .3: never injured, then injured."""
    traits = [SUSCEPTIBLE | extra | {ONGOING: 0.38, RESTING: value} for value in (0.1, 0.2, 0.3)] * 2
    changes = [[]] * 3 + [episode(model, **INJURY)] * 3
    end = run(model, people(model, model.defaults(), traits), [0.0, (90 + 5 * 365) * DAY], changes)
    return np.stack([end.last(P), end.last(D)])


def test_the_same_person_is_well_or_ill_by_whether_there_was_an_injury(model: Model) -> None:
    # B.25, Results 5: pain .01 .06 .23 with D below .10; after the injury .44 .59 .69 with D .97 to .98.
    pain, depression = hysteresis(model, {})
    # With the third nociception a person this susceptible falls ill without an injury: pain breaks sleep more here.
    assert pain == pytest.approx([0.01, 0.11, 0.58, 0.32, 0.47, 0.58], abs=TOLERANCE)
    assert (depression[:2] < 0.10).all() and depression[2] > 0.9
    assert depression[3:] == pytest.approx([0.92, 0.94, 0.96], abs=TOLERANCE)


def five_years_after_an_injury(model: Model, traits: list[dict[str, float]]) -> tuple[Array, Array]:
    p = people(model, model.defaults(), traits)
    end = run(model, p, [0.0, (90 + 5 * 365) * DAY], [episode(model, **INJURY)] * len(traits))
    return end.last(P), end.last(D)


def test_outcome_of_a_sixty_day_injury_five_years_later(model: Model) -> None:
    rows = table("injury_b25.csv")
    names = {"rumination_gain": RUMINATION, "threshold": THRESHOLD, "ongoing_activity": ONGOING}
    traits = [{full: float(row[short]) for short, full in names.items()} for row in rows]
    pain, depression = five_years_after_an_injury(model, traits)
    felt = [float(row["pain_here"] or row["pain"]) for row in rows]
    assert pain == pytest.approx(felt, abs=TOLERANCE)
    expected = [float(row["depression_here"] or row["depression"]) for row in rows]
    assert depression == pytest.approx(expected, abs=TOLERANCE)


def test_the_window_is_wider_than_printed(model: Model) -> None:
    # B.25, Results 5: weaker arms of pain to cytokines, nerves and hormones "lose both the chronic state and the
    # hysteresis". They do not here: the effect of depression on pain levels off, so it needs less of everything else.
    pain, depression = five_years_after_an_injury(model, [SUSCEPTIBLE | NARROW | {ONGOING: 0.58}])
    assert (pain[0], depression[0]) == pytest.approx((0.29, 0.90), abs=TOLERANCE)
    for extra in ({THRESHOLD: 3.6}, NARROW | {THRESHOLD: 3.5}):
        never, injured = hysteresis(model, extra)[0].reshape(2, 3)
        assert (injured - never > 0.25).all()
