"""The 24-hour clock against day means: the same people, the same illness, the same course; and a day that is a day.

Day means may differ by 3 % (models.md B.24). What rests near zero is compared with a part of its scale instead.
"""

from itertools import pairwise

import numpy as np
import pytest

from vagus.body.clock import (
    CLOCK_STATES,
    CLOCKS,
    DAY,
    Entry,
    cycle_of,
    enter,
    light_changes,
    require_cycle,
    started,
    with_light,
)
from vagus.body.legs import Leg, Sample, cortisol_slopes, legs_of, read_sample
from vagus.body.model import Model
from vagus.body.output import load_outputs
from vagus.body.patient import Patient
from vagus.body.resting import resting_state
from vagus.body.run import Run
from vagus.body.simulate import People, simulate
from vagus.body.travel import travel
from vagus.body.treatment import load_treatment
from vagus.errors import VagusError
from vagus.evidence.reference import compare, differs, recompute, write
from vagus.people.course import follow_course
from vagus.people.draw import typical
from vagus.solve.events import Change, Events
from vagus.solve.integrate import Control
from vagus.solve.reasons import Reason
from vagus.tables import atlas_path

KINDS = {"healthy": ("healthy",), "mdd": ("mdd",), "pain and mdd": ("pain", "mdd")}
CONTROL = Control()
PART = 0.03  # of a day mean
SLEEP_PART = (
    0.05  # sleep lost to arousal is a straight line in day means and a matter of thresholds with the clock
)
SCALE, NEAR_ZERO = 0.025, 0.05  # of the whole scale, for what rests nearer to zero than that
QUARTERS = np.arange(0.0, DAY + 0.1, 0.25)


def person(model: Model, kind: str) -> People:
    return typical(model, Patient(name=kind, conditions=KINDS[kind]))


def measured(model: Model) -> list[str]:
    """Every biomarker that has a scale of its own, and what scores are read from."""
    shown = [name for name in load_outputs() if name in model.outputs]
    states = ("mood.depression", "mood.anhedonia", "mood.anxiety", "pain.perceived", "pain.sensitization")
    return [*shown, *states, "sleep.quality", "energy.fatigue", "plasticity.spines_mature"]


def one_day(model: Model, people: People, clock: str) -> Run:
    return simulate(
        model, people, [load_treatment("untreated")], 1.0, measured(model), times=QUARTERS, clock=clock
    )


@pytest.mark.parametrize("kind", KINDS)
def test_day_means_are_the_same_with_the_clock_and_without(model: Model, kind: str) -> None:
    people = person(model, kind)
    averaged, full = one_day(model, people, "averaged"), one_day(model, people, "full")
    assert (averaged.facts["clock"], full.facts["clock"]) == ("averaged", "full")
    scale = {name: one.high - one.low for name, one in load_outputs().items()}
    for name in measured(model):
        mean = averaged.values[name][0, 0].mean()
        day = full.values[name][0, 0][:-1].mean()
        whole = scale.get(name, 1.0)
        part = SLEEP_PART if name == "sleep.quality" else PART
        allowed = max(part * abs(mean), SCALE * whole if abs(mean) < NEAR_ZERO * whole else 0.0)
        assert day == pytest.approx(mean, abs=allowed), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_person_comes_to_a_daily_cycle_of_the_same_illness(model: Model, kind: str) -> None:
    people = person(model, kind)
    rest = resting_state(model, people.p, people.history, people.check, CONTROL)
    entry = enter(model, people.p, rest, CONTROL)
    assert entry.accepted.all()
    slow = [model.state(name) for name in ("mood.depression", "pain.perceived", "plasticity.spines_mature")]
    assert entry.y[slow] == pytest.approx(rest.y[slow], rel=PART, abs=0.005)
    again = enter(model, people.p, rest, CONTROL)  # from the disk
    assert (again.y == entry.y).all() and (again.ratio == entry.ratio).all()


def test_bad_nights_just_before_the_course_are_not_slept_off_on_the_way_in(model: Model) -> None:
    people = typical(model, Patient(name="tired", conditions=("sleep-deprived",)))
    names = ["sleep.quality"]
    arms = [load_treatment("untreated")]
    level = {c: simulate(model, people, arms, 7.0, names, clock=c).level(names[0])[0, 0] for c in CLOCKS}
    # With the clock sleep pressure makes up for part of the short nights, and for the rest within a few days.
    for clock, short in (("averaged", 0.85), ("full", 0.9), ("auto", 0.9)):
        assert level[clock][0] < short and level[clock][-1] > 0.95, clock


def healthy_day(model: Model) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    names = ("sleep.asleep", "hpa.cortisol", "biomarker.cortisol_now", "hpa.awakened")
    times = np.arange(0.0, DAY + 0.01, 0.05)
    run = simulate(model, person(model, "healthy"), [load_treatment("untreated")], 1.0, names, times=times,
                   clock="full")  # fmt: skip
    return (times + 8.0) % DAY, {name: run.values[name][0, 0] for name in names}


def test_the_healthy_night_and_the_daily_course_of_cortisol(model: Model) -> None:
    clock, day = healthy_day(model)
    asleep = day["sleep.asleep"] > 0.5
    fell, woke = clock[1:][asleep[1:] & ~asleep[:-1]], clock[1:][~asleep[1:] & asleep[:-1]]
    assert fell == pytest.approx([23.8], abs=0.4) and woke == pytest.approx([7.1], abs=0.4)
    cortisol = day["hpa.cortisol"]
    # Highest after waking, lowest soon after midnight (AND), three times as high. With one wave a day (models.md B.17)
    # it was lowest at 19 h.
    assert clock[cortisol.argmax()] == pytest.approx(8.25, abs=0.5)
    assert clock[cortisol.argmin()] == pytest.approx(1.0, abs=1.0)
    assert cortisol.max() / cortisol.min() == pytest.approx(3.1, abs=0.2)
    assert day["biomarker.cortisol_now"][:-1].mean() == pytest.approx(68.0, rel=PART)
    burst = day["hpa.awakened"]
    assert clock[burst.argmax()] == pytest.approx(float(woke[0]), abs=0.2) and burst.max() > 1.3
    assert burst[(clock > 12.0) & (clock < 23.0)].max() == pytest.approx(1.0, abs=1e-2)


def test_the_awakening_response_is_silent_in_day_means(model: Model) -> None:
    run = one_day_of(model, "hpa.awakened", "averaged")
    assert (run == 1.0).all()


def one_day_of(model: Model, name: str, clock: str) -> np.ndarray:
    people = person(model, "mdd")
    run = simulate(model, people, [load_treatment("untreated")], 1.0, [name], times=QUARTERS, clock=clock)
    return run.values[name][0, 0]


def test_ketamine_ends_at_the_same_scores_with_every_clock(model: Model) -> None:
    patient = Patient(name="typical", conditions=("mdd",))
    treatment = load_treatment("ketamine-iv-6")
    totals = {}
    for clock in ("averaged", "full", "auto"):
        course = follow_course(model, patient, treatment, 22.0, instruments=["madrs"], clock=clock)
        totals[clock] = [course.at_day("madrs", day)[0] for day in (0.0, 1.0, 21.0)]
    assert totals["full"] == pytest.approx(totals["averaged"], abs=2.0)
    assert totals["auto"] == pytest.approx(totals["averaged"], abs=2.0)


def test_auto_runs_the_clock_around_the_samples_only(model: Model) -> None:
    samples = [read_sample("day 0 08:00 cortisol", model, 40.0), Sample(24.0 * 30 + 14.0, "hpa.cortisol")]
    legs = legs_of("auto", 40.0, samples)
    assert legs == [
        Leg(0.0, 24.0, True),
        Leg(24.0, 24.0 * 29, False),
        Leg(24.0 * 29, 24.0 * 32, True),
        Leg(24.0 * 32, 24.0 * 40, False),
    ]
    assert samples[1].day == 30 and samples[1].clock == "22:00"


def test_legs_cover_the_course_without_a_gap() -> None:
    for clock, samples in (("full", []), ("averaged", []), ("auto", [Sample(500.3, ""), Sample(520.0, "")])):
        legs = legs_of(clock, 70.5, samples)
        assert legs[0].start == 0.0 and legs[-1].end == 24.0 * 70.5
        assert all(a.end == b.start for a, b in pairwise(legs))
        assert all(leg.start % DAY == 0.0 for leg in legs)


def test_an_untreated_person_does_not_notice_the_hand_over(model: Model) -> None:
    people = person(model, "pain and mdd")
    names = [
        "mood.depression",
        "pain.perceived",
        "sleep.quality",
        "hpa.cortisol_slow",
        "autonomic.heart_rate",
    ]
    samples = [Sample(hour, "biomarker.cortisol_now") for hour in (0.0, 14.0, 24.0 * 21, 24.0 * 21 + 14.0)]
    arms = [load_treatment("untreated")]
    auto = simulate(model, people, arms, 42.0, names, clock="auto", samples=samples)
    for name in names:
        course = auto.values[name][0, 0]
        assert course == pytest.approx(course[0], rel=PART), name
    first, last = auto.samples[0][1][0, 0], auto.samples[2][1][0, 0]
    assert last == pytest.approx(first, rel=PART)
    slopes = cortisol_slopes(auto.samples)
    assert sorted(slopes) == [0, 21]
    assert slopes[21][0, 0] == pytest.approx(np.log(last / auto.samples[3][1][0, 0]) / 14.0)
    assert slopes[0][0, 0] == pytest.approx(0.066, abs=0.01)


def test_the_light_of_a_day() -> None:
    hours, lux = light_changes(0.0, 24.0)
    assert (hours + 8.0) % DAY == pytest.approx([8.0, 19.0, 23.0, 5.5, 7.0])
    assert lux.tolist() == [700.0, 80.0, 0.0, 5.0, 700.0]
    assert light_changes(15.5, 16.0)[1].tolist() == [0.0]


def test_the_light_is_the_same_as_written_out_for_each_person(model: Model) -> None:
    own = [[Change(30.0, False, model.parameter("load.acute"), 0.5)], []]
    hours, lux = light_changes(0.0, 48.0)
    light = model.parameter("sleep.light")
    lamps = [Change(float(h), False, light, float(x)) for h, x in zip(hours, lux, strict=True)]
    written = Events([lamps + changes for changes in own])
    short = with_light(model, Events(own), 0.0, 48.0)
    for field in ("first", "time", "jump", "index", "value"):
        assert (getattr(short, field) == getattr(written, field)).all(), field
    part = written.between(20.0, 30.0, np.array([0]), closed=True)
    assert part.first.tolist() == [0, 3] and part.time.tolist() == [21.5, 23.0, 30.0]


def test_the_clock_takes_few_steps(model: Model) -> None:
    cycle = cycle_of(model, CONTROL)
    y = cycle.values[: len(model.states), :1].copy()
    p = started(model, model.defaults()[:, None], True)
    nothing = np.array([], dtype=np.int64)
    events = with_light(model, Events([[]]), 0.0, 10 * DAY)
    ride = travel(model, y, p, events, np.array([0.0, 10 * DAY]), CONTROL, nothing)
    assert ride.steps[0] / 10 < 320  # docs/clock.md: about 270
    assert ride.y[model.state("hpa.cortisol")] == pytest.approx(y[model.state("hpa.cortisol")], rel=1e-3)


def test_the_reference_constants_are_what_the_healthy_person_has(model: Model) -> None:
    found = compare(model)
    names = {name for name, entry in model.entries.items() if entry.kind == "reference"}
    assert set(found) == names
    assert [name for name, (table, computed) in found.items() if differs(table, computed)] == []


def test_with_one_wave_and_no_awakening_response_they_are_those_of_the_prototype(model: Model) -> None:
    # models.md B.0: 1.2026, .88982 and .31059 (mood and pain were held at health there; here they are free).
    one_wave = {"hpa.rhythm_gain": 0.9, "hpa.rhythm_angle": 2.35, "hpa.second_gain": 0.0}
    found = recompute(model, one_wave | {"hpa.awakening_gain": 0.0})
    assert found["hpa.drive_mean_full"] == pytest.approx(1.2026, rel=2e-3)
    assert found["hpa.slow_reference_full"] == pytest.approx(0.88982, rel=5e-3)
    assert found["sleep.asleep_reference"] == pytest.approx(0.31059, rel=1.5e-2)


def test_writing_changes_the_reference_rows_and_nothing_else(tmp_path, model: Model) -> None:  # type: ignore[no-untyped-def]
    source = atlas_path("parameters", "hpa.csv").read_text()
    (tmp_path / "hpa.csv").write_text(source)
    assert write({"hpa.drive_mean_full": 1.5, "hpa.set_point": 9.0}, tmp_path) == [tmp_path / "hpa.csv"]
    old, new = source.splitlines(), (tmp_path / "hpa.csv").read_text().splitlines()
    changed = [b for a, b in zip(old, new, strict=True) if a != b]
    assert len(changed) == 1 and changed[0].startswith("drive_mean_full,reference,1.5,1,")
    assert write({}, tmp_path) == []


def test_a_sample_and_a_clock_that_make_no_sense_are_refused(model: Model) -> None:
    for text, code in (
        ("at noon", "V413"),
        ("day 1 25:00 cortisol", "V413"),
        ("day 1 08:00 cortisole", "V315"),
        ("day 9 08:00 cortisol", "V445"),
        ("day 0 07:00 cortisol", "V445"),
    ):
        with pytest.raises(VagusError) as caught:
            read_sample(text, model, 8.0)
        assert caught.value.code == code, text
    with pytest.raises(VagusError) as caught:
        simulate(model, person(model, "healthy"), [], 1.0, [], clock="ful")
    assert caught.value.code == "V412" and "full" in str(caught.value)


def test_people_whose_days_do_not_become_alike_are_refused() -> None:
    y = np.ones((len(CLOCK_STATES), 1))
    for entry, words in (
        (Entry(y, y, np.zeros(1, dtype=np.int64), np.array([0.05])), "5.0 % from day to day"),
        (Entry(y, y, np.array([int(Reason.PIVOT)]), np.array([0.0])), "V5"),
    ):
        with pytest.raises(VagusError) as caught:
            require_cycle(entry, "somebody")
        assert caught.value.code == "V505" and words in str(caught.value)
