"""What sharing people is worth: the numbers of the table, on scores made by hand, and the page they stand in."""

from pathlib import Path

import numpy as np
import pytest

from vagus.cli import trial_docs
from vagus.people.study import read_study
from vagus.tables import atlas_path

PAGE = Path(__file__).parents[2] / "docs" / trial_docs.PAGE


def scores(now: list[float]) -> np.ndarray:
    return np.array([now, [30.0] * len(now)])


def test_people_without_an_effect_do_not_differ_and_a_split_effect_does() -> None:
    same = scores([10.0, 20.0, 30.0, 40.0])
    assert trial_docs.ratios(same, same) == (0.0, 0.0)
    shifted = scores([5.0, 15.0, 25.0, 35.0])  # the same effect in everybody
    assert trial_docs.ratios(shifted, same) == (0.0, 0.0)
    level, change = trial_docs.ratios(scores([10.0, 30.0, 10.0, 30.0]), scores([30.0, 30.0, 30.0, 30.0]))
    assert level == change == 1.0  # nothing that is shared can tell who responds


def test_who_responds_in_which_arm() -> None:
    found, between = trial_docs.groups(scores([10.0, 30.0, 10.0, 28.0]), scores([30.0, 30.0, 12.0, 30.0]))
    assert [share for _, share, _ in found] == [0.25, 0.5, 0.25, 0.0]
    assert [mean for _, _, mean in found][:3] == [-20.0, -1.0, -2.0]
    assert between == pytest.approx(1.0, abs=0.02)


def test_the_studies_of_the_table_are_those_of_the_atlas() -> None:
    for key, _, arms, days in trial_docs.CONTRASTS:
        study = read_study(atlas_path("studies") / f"{key}.toml")
        assert set(arms) <= {arm.name for arm in study.arms} and max(days) <= study.duration_d
        assert f"({key})" in PAGE.read_text(encoding="utf-8")


def test_the_page_keeps_what_stands_around_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / trial_docs.PAGE).write_text(
        f"before\n{trial_docs.BEGIN}\nold\n{trial_docs.END}\nafter\n", encoding="utf-8"
    )
    monkeypatch.setattr(trial_docs, "render", lambda model: "| new |")
    monkeypatch.setattr(trial_docs, "load_model", lambda: None)
    trial_docs.main(str(tmp_path))
    page = (tmp_path / trial_docs.PAGE).read_text(encoding="utf-8")
    assert page == f"before\n{trial_docs.BEGIN}\n\n| new |\n\n{trial_docs.END}\nafter\n"
