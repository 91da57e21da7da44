"""The reporting list: no point missing, none unanswered, every number counted now, and what answers point to exists."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from vagus.body.model import load_model
from vagus.cli import app
from vagus.evidence.network_list import DONE, Listing, network_list, reported_facts
from vagus.tables import atlas_path, read_toml

ROOT = Path(__file__).parents[2]
#: Points of each list where it was published: 3 of purpose, 12 of structure, the table of parameters and the two
#: quoted ones; fifteen criteria; thirteen rows.
PUBLISHED = {"table": 18, "checklist": 15, "framework": 13}


@pytest.fixture(scope="module")
def lists() -> dict[str, Listing]:
    return {one.key: one for one in network_list()}


def test_no_point_is_missing(lists: dict[str, Listing]) -> None:
    for key, one in lists.items():
        assert len(one.points) == one.published == PUBLISHED.get(key, one.published)
        assert len({point.asked for point in one.points}) == len(one.points)
    told = read_toml(atlas_path("network_list.toml"))["point"]
    assert Counter(point["list"] for point in told) == Counter(
        {key: len(one.points) for key, one in lists.items()}
    )


def test_every_point_is_answered(lists: dict[str, Listing]) -> None:
    for point in (point for one in lists.values() for point in one.points):
        assert point.done in DONE and point.step and point.answer.strip()
        assert "{" not in point.answer and " - " not in point.answer and "|" not in point.answer, point


def test_every_number_is_of_the_model_as_it_is(lists: dict[str, Listing]) -> None:
    """Answers hold no number that was typed in, but names of methods and what is asked."""
    told = read_toml(atlas_path("network_list.toml"))["point"]
    bare = [re.sub(r"\{\w+\}|Rodas5P|order \d|Apache-2\.0|80 %|`[^`]*`", "", one["answer"]) for one in told]
    assert [text for text in bare if re.search(r"\d", text)] == []
    asked = {name for one in told for name in re.findall(r"\{(\w+)\}", one["answer"])}
    assert asked == reported_facts().keys()
    model = load_model()
    assert reported_facts()["numbers"] == str(len(model.entries)) and reported_facts()["key"] == model.key
    record = json.loads(atlas_path("calibration", "record.json").read_text(encoding="utf-8"))
    assert reported_facts()["fitted"] == str(len(record["parameters"]))


def test_what_an_answer_points_to_exists(lists: dict[str, Listing]) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for point in (point for one in lists.values() for point in one.points):
        for page in re.findall(r"\]\(([^)#]+)\)", point.answer):
            assert (ROOT / "docs" / page).is_file(), page
        for shown in re.findall(r"`([^`]+)`", point.answer):
            first, _, rest = shown.partition(" ")
            if first == "vagus":
                assert rest.split()[0] in commands, shown
            elif first == "make":
                assert rest in targets, shown
            elif "/" in shown or "." in shown:
                assert (ROOT / shown).exists(), shown


def test_the_command_prints_the_same() -> None:
    done = CliRunner().invoke(app, ["reporting-list", "--json"])
    assert done.exit_code == 0
    told = json.loads(done.output)["lists"]
    assert [one["key"] for one in told] == ["table", "checklist", "framework", "further"]
    assert CliRunner().invoke(app, ["reporting-list"]).output.count("| asked |") == 4
