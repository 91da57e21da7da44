"""`vagus follow`: files, JSON and what the report may not say."""

import csv
import re
from pathlib import Path

import pytest

from vagus.learn.fit import Size

from .command import Command

PERSON = Path(__file__).parents[2] / "examples" / "people" / "follow-depression-pain.csv"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few virtual people: what is written does not depend on how many there are."""
    for name, value in (("first", 250), ("moved", 80)):
        monkeypatch.setattr(Size, name, value)
    monkeypatch.setattr("vagus.learn.fit.Size.__init__", lambda self, **_: None)


def test_the_files_of_a_person(vagus: Command, tmp_path: Path) -> None:
    plans = ("--plan", "none", "--plan", "ketamine-monthly", "--weeks", "4")
    done = vagus("follow", PERSON, *plans, "--out", tmp_path / "out", "--json")
    assert done.code == 0, done.err
    data = done.data
    assert data["virtual"] is True and set(data["forecasts"]) == {"none", "ketamine-monthly"}
    assert {"model", "version", "prior", "worst_grade", "seed"} <= set(data)
    rows = list(csv.DictReader((tmp_path / "out" / "forecast.csv").read_text().splitlines()))
    assert {row["plan"] for row in rows} == {"none", "ketamine-monthly"}
    assert all(float(row["low90"]) <= float(row["middle"]) <= float(row["high90"]) for row in rows)
    report = (tmp_path / "out" / "report.html").read_text()
    assert "a virtual person" in report and "<script" not in report
    assert "http-equiv" in report and "What this rests on" in report
    words = re.sub(r"<[^>]+>", " ", report).casefold()
    assert "suicidality" not in words and "best plan" not in words and "we recommend" not in words
    assert (tmp_path / "out" / "posterior.nc").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--plan", "ketamin-monthly"), "V493"),
        (("--weeks", "60"), "V494"),
        (("--plan", "nowhere.toml"), "V101"),
        (("--update", "nowhere.nc"), "V101"),
    ],
)
def test_what_cannot_be_asked(vagus: Command, words: tuple[str, ...], code: str) -> None:
    done = vagus("follow", PERSON, *words, "--json")
    assert done.code == 2 and done.data["error"]["code"] == code


def test_a_file_with_a_mistake(vagus: Command, tmp_path: Path) -> None:
    path = tmp_path / "person.csv"
    path.write_text(PERSON.read_text().replace("madrs,", "madr,", 1))
    done = vagus("follow", path, "--json")
    assert done.code == 2
    assert done.data["error"]["code"] == "V486" and done.data["error"]["line"]
    assert not list(tmp_path.glob("*.html"))
