"""The three small commands: what they print, the JSON they give, the file they write, and how they end."""

import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from vagus.cli import app as whole
from vagus.cli.check import check_command
from vagus.cli.explain import explain_command
from vagus.cli.show import printable, write_whole
from vagus.cli.sources import sources_command
from vagus.errors import VagusError

app = typer.Typer()
app.command("explain")(explain_command)
app.command("check")(check_command)
app.command("sources")(sources_command)


def run(*words: str) -> Any:
    return CliRunner().invoke(app, [*words])


def told(*words: str) -> VagusError:
    result = run(*words)
    assert isinstance(result.exception, VagusError) and result.output == ""
    return result.exception


def test_explain_prints_a_number_with_its_source() -> None:
    result = run("explain", "ketamine.typical_clearance")
    assert result.exit_code == 0
    for words in ("88.8 L/h", "74 to 116 L/h", "10.3389/fpain.2022.946486", "moderate", "s_clearance :="):
        assert words in result.output


def test_version_is_that_of_the_installed_package() -> None:
    result = CliRunner().invoke(whole, ["--version"])
    assert (result.exit_code, result.output) == (0, f"vagus {version('vagus')}\n")


def test_explain_gives_json() -> None:
    data = json.loads(run("explain", "V402", "--json", "--seed", "3").output)
    assert data["kind"] == "error" and data["title"] == "V402 unknown condition"


def test_explain_refuses_what_nobody_knows() -> None:
    error = told("explain", "pain.windup_gian")
    assert error.code == "V315" and "pain.windup_gain" in (error.hint or "")


def test_sources_come_worst_first() -> None:
    data = json.loads(run("sources", "--json").output)
    assert data["worst_grade"] == data["sources"][0]["grade"] == "assumed"
    assert sum(data["grade_counts"].values()) > 700
    text = run("sources").output
    assert text.index("vagus_models") < text.index("dahan2011") < text.index("iupac2021")
    assert "Of the " in text


def test_sources_can_be_the_worst_only() -> None:
    data = json.loads(run("sources", "--worst", "--json").output)
    assert {line["grade"] for line in data["sources"]} == {"assumed"}
    assert "iupac2021" not in run("sources", "--worst", "--quiet").output


def test_check_says_that_nothing_is_wrong() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert result.output.startswith("nothing wrong: ") and result.output.rstrip().endswith(" sources")
    data = json.loads(run("check", "--json").output)
    assert data["ok"] is True and data["equations"] > 250
    assert run("check", "--quiet").output == ""


def test_check_lists_problems_with_place_and_hint(tmp_path: Path) -> None:
    person = tmp_path / "person.toml"
    person.write_text("age = 47\nconditions = ['mddd']\n")
    result = run("check", str(person))
    assert result.exit_code == 1
    assert "V402 there is no condition 'mddd'" in result.output
    assert f"at {person}, line 2: conditions = ['mddd']" in result.output
    assert "try: did you mean 'mdd'?" in result.output
    data = json.loads(run("check", str(person), "--json").output)
    assert data["ok"] is False and data["problems"][0]["line"] == 2
    person.write_text("age = 47\n")
    assert run("check", str(person)).output == "nothing wrong: 1 file\n"


def test_check_ends_with_2_when_a_file_cannot_be_read(tmp_path: Path) -> None:
    result = run("check", str(tmp_path / "none.toml"))
    assert result.exit_code == 2 and "V101" in result.output


def test_the_same_is_written_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "told.txt"
    printed = run("explain", "mdd", "--out", str(path)).output
    assert path.read_text() == printed
    assert run("explain", "mdd", "--json", "--quiet", "--out", str(path)).output == ""
    assert json.loads(path.read_text())["kind"] == "condition"
    assert [each.name for each in tmp_path.iterdir()] == ["told.txt"]


@pytest.mark.parametrize("place", ["none/told.txt", "", "x" * 300])
def test_a_file_that_cannot_be_written_is_an_error(place: str, tmp_path: Path) -> None:
    assert told("explain", "mdd", "--out", str(tmp_path / place)).code == "V603"
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole_and_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("before\n")
    os.chmod(target, 0o600)
    link.symlink_to(target)
    write_whole(link, "after\n")
    assert link.is_symlink() and target.read_text() == "after\n"
    assert target.stat().st_mode & 0o777 == 0o600


def test_marks_that_a_terminal_obeys_are_left_out() -> None:
    assert printable("a\x1b[31mb\tc\nd\x07") == "a[31mb\tc\nd"
