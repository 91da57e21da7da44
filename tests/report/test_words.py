"""The words follow the numbers: also when a treatment does nothing or harms."""

from dataclasses import replace

import numpy as np

from vagus.report import SourceLine, describe
from vagus.report.effect import difference_of, effect_of
from vagus.report.numerals import show_amount, show_minutes, show_number
from vagus.report.rows import worst_first
from vagus.report.words import balance, moved

from . import made_up


def test_improvement_is_told_with_day_and_what_is_left() -> None:
    text = "\n".join(describe(made_up.course(1)))
    assert "all 8 scores are better" in text
    assert "points better; 36% of that is left on day 84" in text
    assert "worse" not in text


def test_no_effect_is_told_plainly() -> None:
    text = "\n".join(describe(made_up.course(0)))
    assert "none of the 8 scores differs" in text
    assert "stay within 2% of the scale" in text
    assert "better" not in text and "worse" not in text


def test_harm_is_told_as_harm() -> None:
    text = "\n".join(describe(made_up.course(-0.6)))
    assert "all 8 scores are worse" in text
    assert "points worse" in text
    assert "better" not in text


def test_mixed_result_names_what_got_worse() -> None:
    effects = [
        effect_of(made_up.curve(key, way)) for key, way in (("madrs", 1), ("isi", 0), ("nrs_pain", -1))
    ]
    [text] = balance([effect for effect in effects if effect])
    assert "of 3 scores 1 is better, 1 is the same and 1 is worse" in text
    assert text.endswith("Worse: Pain now (NRS).")


def test_gain_that_turns_into_loss() -> None:
    line = made_up.curve("madrs", 0)
    shape = np.interp(made_up.DAYS, [0, 20, 50, 84], [0, -12, 0, 6])
    effect = effect_of(replace(line, treated=line.untreated + shape))
    assert effect is not None and effect.end == -1
    assert "12.0 points better; on day 84 it is 6.0 points worse than untreated" in moved(effect, None)


def test_gain_that_fades_to_nothing_and_early_harm() -> None:
    line = made_up.curve("madrs", 0)
    shape = np.interp(made_up.DAYS, [0, 5, 20, 60, 84], [0, 4, -12, 0, 0])
    effect = effect_of(replace(line, treated=line.untreated + shape))
    assert effect is not None
    text = moved(effect, None)
    assert "nothing of that is left on day 84" in text
    assert "on day 5 it was 4.0 points worse" in text


def test_scale_where_higher_is_better() -> None:
    line = replace(made_up.curve("madrs", 1), better="higher")
    effect = effect_of(line)
    assert effect is not None and effect.end == -1
    assert difference_of(made_up.outcome(line), [line]).verdict == "worse"


def test_assumed_numbers_and_missing_people_are_said() -> None:
    course = made_up.course(1, people=100, failed=[("7", "V502", "The step became too small.")])
    text = "\n".join(describe(course))
    assert "'assumed'" in text and "212 of the 312 numbers" in text
    assert "1 person of 100 could not be computed" in text


def test_given_sentences_win() -> None:
    assert describe(made_up.course(1, sentences=["Only this."])) == ("Only this.",)


def test_numbers_as_readers_want_them() -> None:
    assert show_number(None) == "–" and show_number(float("nan")) == "–"
    assert show_number(-0.01, 1) == "0.0" and show_number(-1.5, 1) == "−1.5"
    assert show_number(0, 1, sign=True) == "0.0" and show_number(2.0, 1, sign=True) == "+2.0"
    assert show_amount(72.0, "1/min") == "72.0/min" and show_amount(0.5, "1") == "0.50"


def test_a_change_is_judged_by_what_the_scale_can_tell() -> None:
    shown = made_up.course()
    madrs = next(one for one in shown.outcomes if one.key == "madrs")
    judged = [replace(madrs, reliable=5.3, important=20.0)]
    text = " ".join(describe(replace(shown, outcomes=judged)))
    assert (
        "By week 3 it changes by −14.0: reliable (5.3 or more) and not important to people (20 or more)."
        in text
    )
    assert "By week 3" not in " ".join(describe(shown))


def test_a_length_is_told_in_minutes_or_hours() -> None:
    lengths = [show_minutes(minutes) for minutes in (40.0, 7.5, 600.0, 5880.0, None)]
    assert lengths == ["40 min", "7.5 min", "600 min", "98 hours", "–"]


def test_sources_stand_worst_first_and_those_without_a_number_last() -> None:
    lines = [
        SourceLine(grade or "none", "", "", grade, len(grade)) for grade in ("", "strong", "assumed", "weak")
    ]
    assert [line.grade for line in worst_first(lines)] == ["assumed", "weak", "strong", ""]
