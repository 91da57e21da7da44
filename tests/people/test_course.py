"""Courses: scores where a scale can be asked, known scores at baseline, and nothing that moves without treatment."""

from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import Model
from vagus.body.patient import Patient, read_patient
from vagus.body.treatment import load_treatment
from vagus.errors import VagusError
from vagus.observe import load_instrument, usual_instruments
from vagus.people.course import Course, follow_course

KETAMINE = load_treatment("ketamine-iv-6")
DEPRESSED = Patient(name="Ada", conditions=("mdd",), scores={"madrs": 32.0, "phq9": 19.0})


@pytest.fixture(scope="module")
def course(model: Model) -> Course:
    return follow_course(model, DEPRESSED, KETAMINE, 84.0)


@pytest.fixture(scope="module")
def crowd(model: Model) -> Course:
    return follow_course(model, Patient(conditions=("mdd", "pain")), KETAMINE, 42.0, count=7, seed=3)


def test_every_instrument_is_asked_every_day_in_both_arms(course: Course) -> None:
    assert set(course.scores) == set(usual_instruments())
    assert course.days.tolist() == list(range(85))
    assert course.run.arms == ("ketamine-iv-6", "untreated")
    assert all(total.shape == (2, 1, 85) for total in course.scores.values())


@pytest.mark.parametrize("key", usual_instruments())
def test_a_scale_that_looks_back_is_not_asked_before_its_time_has_passed(key: str, course: Course) -> None:
    scale, total = load_instrument(key), course.scores[key][0, 0]
    looks_back = scale.recall_days if scale.short_form_days is None else scale.short_form_days
    missing = np.isnan(total)
    assert not missing[0], "at baseline the past is the resting state"
    for day in range(1, 85):
        assert missing[day] == (looks_back > 1 and day < looks_back), day


def test_the_phq9_cannot_be_asked_on_day_one_and_the_madrs_can(course: Course) -> None:
    assert np.isnan(course.at_day("phq9", 1.0)[0]) and np.isfinite(course.at_day("phq9", 14.0)[0])
    assert np.isfinite(course.at_day("madrs", 1.0)[0])
    assert np.isnan(course.at_day("madrs", 85.0)).all()


def test_known_scores_are_those_at_baseline(course: Course) -> None:
    assert course.at_day("madrs", 0.0)[0] == pytest.approx(32.0, abs=0.1)
    assert course.at_day("phq9", 0.0)[0] == pytest.approx(19.0, abs=0.1)


def test_without_treatment_nothing_moves(course: Course) -> None:
    for key, total in course.scores.items():
        untreated = total[1, 0]
        untreated = untreated[np.isfinite(untreated)]
        assert np.ptp(untreated) < 0.01 * load_instrument(key).total_high, key


def test_ketamine_moves_the_depression_scores(course: Course) -> None:
    treated, untreated = course.at_day("madrs", 21.0), course.at_day("madrs", 21.0, arm=1)
    assert treated[0] < untreated[0] - 2.0


def test_both_arms_begin_with_the_same_scores(course: Course, crowd: Course) -> None:
    for one in (course, crowd):
        for total in one.scores.values():
            assert np.array_equal(total[0, :, 0], total[1, :, 0])


def test_the_untreated_course_is_the_same_beside_itself(model: Model) -> None:
    one = follow_course(model, DEPRESSED, load_treatment("untreated"), 21.0)
    for total in one.scores.values():
        assert np.array_equal(total[0], total[1], equal_nan=True)


def test_drawn_people_have_whole_scores_inside_their_scales(crowd: Course) -> None:
    assert crowd.people.drawn and crowd.run.people == 7
    for key, total in crowd.scores.items():
        scale = load_instrument(key)
        seen = total[np.isfinite(total)]
        assert seen.min() >= scale.total_low and seen.max() <= scale.total_high
        marks = seen * scale.items_per_total
        assert np.allclose(marks, np.round(marks)), key
    assert len({float(score) for score in crowd.at_day("madrs", 0.0)}) > 1


def test_a_seed_gives_the_same_course_and_another_seed_another(model: Model, crowd: Course) -> None:
    patient = Patient(conditions=("mdd", "pain"))
    again = follow_course(model, patient, KETAMINE, 42.0, count=7, seed=3, instruments=["madrs"])
    assert np.array_equal(again.scores["madrs"], crowd.scores["madrs"], equal_nan=True)
    other = follow_course(model, patient, KETAMINE, 42.0, count=7, seed=4, instruments=["madrs"])
    assert not np.array_equal(other.scores["madrs"], crowd.scores["madrs"], equal_nan=True)


def test_the_first_of_many_are_the_few(model: Model, crowd: Course) -> None:
    few = follow_course(
        model,
        Patient(conditions=("mdd", "pain")),
        KETAMINE,
        42.0,
        count=3,
        seed=3,
        instruments=["madrs", "isi"],
    )
    for key in ("madrs", "isi"):
        assert np.array_equal(few.scores[key], crowd.scores[key][:, :3], equal_nan=True)


def test_a_short_course_has_its_own_end(model: Model) -> None:
    one = follow_course(model, DEPRESSED, load_treatment("ketamine-iv-single"), 2.5)
    assert one.days.tolist() == [0.0, 1.0, 2.0, 2.5]
    assert np.isfinite(one.at_day("madrs", 2.5)[0]) and np.isnan(one.at_day("madrs", 21.0)[0])
    assert any("ends on day 2.5" in note for note in one.notes)


@pytest.mark.parametrize("days", [1e-5, 0.3333333333, 6.99999999999, 7.00000000001])
def test_a_course_of_any_length_is_scored(days: float, model: Model) -> None:
    one = follow_course(model, DEPRESSED, load_treatment("untreated"), days)
    assert one.days[-1] == pytest.approx(days) and np.isfinite(one.scores["madrs"][:, :, 0]).all()


def test_only_the_instruments_asked_for_are_scored(model: Model) -> None:
    one = follow_course(model, Patient(), load_treatment("untreated"), 1.0, instruments=["nrs_pain"])
    assert list(one.scores) == ["nrs_pain"]


def test_progress_is_told_and_comes_to_its_end(model: Model) -> None:
    told: dict[str, list[float]] = {}
    patient = Patient(conditions=("mdd",), weight=77.7)
    follow_course(
        model,
        patient,
        load_treatment("untreated"),
        1.0,
        progress=lambda what, part: told.setdefault(what, []).append(part),
    )
    assert set(told) == {"resting state", "course"}
    for parts in told.values():
        assert parts == sorted(parts) and 0.0 <= parts[0] and parts[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("scores", "code", "words"),
    [
        ({"madr": 32.0}, "V405", "did you mean 'madrs'?"),
        ({"madrs": 61.0}, "V415", "0 to 60"),
        ({"madrs": -1.0}, "V415", "0 to 60"),
        ({"nrs_pain": float("nan")}, "V415", "nan"),
    ],
)
def test_a_wrong_score_is_refused_before_anything_is_computed(
    scores: dict[str, float], code: str, words: str, model: Model
) -> None:
    with pytest.raises(VagusError) as caught:
        follow_course(model, Patient(name="Ada", scores=scores), KETAMINE, 84.0)
    assert caught.value.code == code and words in str(caught.value) and caught.value.hint


def test_a_score_this_person_cannot_have_is_placed_in_the_file(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "ada.toml"
    path.write_text('conditions = ["healthy"]\n[scores]\nmadrs = 50\n')
    with pytest.raises(VagusError) as caught:
        follow_course(model, read_patient(path), KETAMINE, 84.0)
    error = caught.value
    assert (error.code, error.file, error.line, error.text) == ("V442", str(path), 3, "madrs = 50")


def test_an_unknown_instrument_to_ask_is_refused(model: Model) -> None:
    with pytest.raises(VagusError, match=r"V405 .*did you mean 'madrs'\?"):
        follow_course(model, Patient(), KETAMINE, 84.0, instruments=["madr"])
