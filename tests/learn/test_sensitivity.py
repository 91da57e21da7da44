"""Sensitivity: on a function whose answer is known, and on the body."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from vagus.body.model import load_model
from vagus.cli import app
from vagus.errors import VagusError
from vagus.learn.population_set import Fitted, read_fitted
from vagus.learn.sensitivity import REACH, ranges, sensitivity

pytest.importorskip("SALib")


def linear(key: str) -> Fitted:
    return Fitted(key, "linear", 0.0, 1.0, -9.0, 9.0, "made up")


@pytest.fixture(scope="module")
def numbers() -> list[Fitted]:
    return [linear("mood.spine_gain"), linear("blinding:saline"), linear("pain.windup_gain")]


@pytest.mark.parametrize(("method", "runs"), [("morris", 8), ("sobol", 256)])
def test_a_known_function_is_ranked_as_it_is(numbers, method: str, runs: int) -> None:
    def outcome(sets) -> list[float]:
        return [3.0 * x["blinding:saline"] + 1.0 * x["mood.spine_gain"] for x in sets]

    found, failed = sensitivity(outcome, load_model(), numbers, method=method, runs=runs)
    assert [one.key for one in found] == ["blinding:saline", "mood.spine_gain", "pain.windup_gain"]
    assert failed == 0 and found[2].strength == pytest.approx(0.0, abs=1e-9)
    if method == "morris":
        assert found[0].strength == pytest.approx(3.0 * 2 * REACH)
    else:
        assert found[0].strength == pytest.approx(0.9, abs=0.08)
        assert found[0].detail == pytest.approx(0.9, abs=0.12)
    assert (found[1].source, found[1].grade) == ("vagus_models", "assumed")


def test_a_population_without_a_resting_state_is_counted(numbers) -> None:
    def outcome(sets) -> list[float]:
        return [float("nan") if x["pain.windup_gain"] > 1.5 else x["blinding:saline"] for x in sets]

    found, failed = sensitivity(outcome, load_model(), numbers, runs=6)
    assert failed > 0 and np.isfinite([one.strength for one in found]).all()


def test_what_is_moved() -> None:
    model = load_model()
    assert len(ranges(model, read_fitted(model), [])) == len(read_fitted(model))
    for one in ranges(model, [], ["pain"]):
        entry = model.entries[one.key]
        assert entry.low <= one.value(-REACH) < one.value(REACH) <= entry.high
        assert one.value(REACH) == pytest.approx(min(1.2 * entry.value, entry.high))
    with pytest.raises(VagusError, match="V476"):
        ranges(model, [], ["payn"])


def test_the_command_ranks_with_sources_and_grades() -> None:
    words = ["sensitivity", "--output", "madrs", "--time", "2", "--treatment", "ketamine-iv-single"]
    result = CliRunner().invoke(app, [*words, "--people", "6", "--runs", "2", "--of", "expectancy", "--json"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    strengths = [one["strength"] for one in data["effects"]]
    assert strengths == sorted(strengths, reverse=True) and strengths[0] > 0
    assert all(one["grade"] and one["source"] for one in data["effects"])
    assert {one["key"].partition(".")[0] for one in data["effects"]} == {"expectancy"}


def test_a_day_within_the_course_is_asked_as_well() -> None:
    words = ["sensitivity", "--output", "mood.depression", "--time", "3", "--treatment", "ketamine-iv-6"]
    result = CliRunner().invoke(app, [*words, "--people", "2", "--runs", "2", "--of", "expectancy", "--json"])
    assert result.exit_code == 0, result.output  # doses follow on days 3 to 17
    assert json.loads(result.output)["day"] == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--output", "madrz"], "V476"),
        (["--output", "madrs", "--method", "guess"], "V413"),
        (["--output", "madrs", "--people", "1"], "V413"),
        (["--output", "madrs", "--people", "1000000000"], "V417"),
        (["--output", "madrs", "--runs", "3", "--method", "sobol"], "V413"),
        (["--output", "madrs", "--out", "."], "V603"),
        (["--output", "madrs", "--time", "-3"], "V410"),
    ],
)
def test_wrong_words_are_refused(words: list[str], code: str) -> None:
    result = CliRunner().invoke(app, ["sensitivity", "--runs", "2", "--people", "2", *words])
    assert isinstance(result.exception, VagusError) and result.exception.code == code


def test_a_ranking_of_nothing_is_refused(numbers) -> None:
    model = load_model()
    with pytest.raises(VagusError, match="V511"):
        sensitivity(lambda sets: [float("nan")] * len(sets), model, numbers, runs=2)
    _, failed = sensitivity(lambda sets: [1.0] + [float("nan")] * (len(sets) - 1), model, numbers, runs=2)
    assert failed == 2 * (len(numbers) + 1) - 1
