"""`vagus simulate --clock` and `--sample`, and `vagus check --reference`."""

import pytest

from .command import Command

COURSE = ("simulate", "--condition", "mdd", "--treatment", "ketamine-iv-single", "--days", "8", "--json")


@pytest.mark.parametrize("clock", ["averaged", "full", "auto"])
def test_the_clock_that_was_used_is_told(vagus: Command, clock: str) -> None:
    data = vagus(*COURSE, "--clock", clock).data
    assert data["clock"] == clock and data["failed"] == []


def test_a_sample_is_what_a_laboratory_would_find_at_that_hour(vagus: Command) -> None:
    words = (
        "--sample",
        "day 1 08:00 cortisol",
        "--sample",
        "day 1 22:00 cortisol",
        "--sample",
        "day 7 08:00 il6",
    )
    rows = vagus(*COURSE, "--clock", "auto", *words).data["samples"]
    assert [(row["day"], row["clock"]) for row in rows] == [(1, "08:00"), (1, "22:00"), (7, "08:00")]
    assert [row["name"] for row in rows] == ["biomarker.cortisol_now"] * 2 + ["biomarker.il6"]
    morning, evening = rows[0]["ketamine-iv-single"], rows[1]["ketamine-iv-single"]
    assert 100 < morning < 160 and 30 < evening < 70 and rows[0]["unit"] == "ng/mL"
    assert 0.05 < rows[0]["slope_per_hour"]["untreated"] < 0.09 and "slope_per_hour" not in rows[1]


def test_auto_samples_cortisol_on_the_outcome_days(vagus: Command) -> None:
    done = vagus(*COURSE[:-1], "--clock", "auto")
    assert done.code == 0 and "Day 1 08:00 biomarker.cortisol_now" in done.out
    assert "falls by" in done.out and "day means" not in done.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--clock", "fulll"), "V412"),
        (("--sample", "noon"), "V413"),
        (("--sample", "day 1 08:00 cortisole"), "V315"),
        (("--sample", "day 9 08:00 cortisol"), "V445"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(
    vagus: Command, words: tuple[str, str], code: str
) -> None:
    done = vagus(*COURSE, *words)
    error = done.data["error"]
    assert done.code == 2 and error["code"] == code and words[0] in error["text"]


def test_the_reference_constants_can_be_checked(vagus: Command) -> None:
    done = vagus("check", "--reference", "--json")
    assert done.code == 0 and done.data["ok"] and done.data["written"] == []
    assert "hpa.drive_mean_full" in done.data["reference"]
