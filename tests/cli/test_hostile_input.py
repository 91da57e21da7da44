"""What a user gets wrong at every command: a coded sentence before anything long is run, and nothing left behind."""

from pathlib import Path
from typing import Any

import pytest
import typer

from vagus.cli import app, matrix
from vagus.evidence.matrix import Matrix

from .command import Command

STUDY = 'duration_d = 1\n[population]\nconditions = ["mdd"]\n[[arm]]\nname = "a"\nn = 4\n'
DIARY = "kind,day,name,value\nperson,,conditions,mdd\nscore,0,madrs,30\n"
PERSON = 'conditions = ["mdd"]\n'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a study, a diary, a person, a file in the way and a folder in the way."""
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "diary.csv").write_text(DIARY)
    (tmp_path / "person.toml").write_text(PERSON)
    (tmp_path / "model.ant").write_text("model m()\n  x = 1; x' = -x;\nend\n")
    (tmp_path / "taken").write_text("in the way")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        # Told before the work: each of these ran for minutes, or took all memory, and failed at its end.
        ("follow diary.csv --out taken", "V602"),
        ("follow diary.csv --out taken/below", "V601"),
        ("follow diary.csv --update folder", "V102"),
        ("validate study.toml --out folder", "V603"),
        ("validate study.toml --n 100000000000", "V417"),
        ("matrix --out folder", "V603"),
        ("resting --out folder", "V603"),
        ("resting --people 10000000000", "V413"),
        ("resting --people 1", "V413"),  # has no spread, and came out as NaN
        ("sensitivity --output madrs --out nowhere/x.json", "V603"),
        ("sensitivity --output madrs --time nan", "V410"),
        ("calibrate --n 0", "V413"),
        ("calibrate --workers 0", "V413"),
        ("check --reference --out folder", "V603"),
        # Said and not done.
        ("check --write", "V411"),
        ("check person.toml --reference", "V413"),
        ("simulate --condition ,,", "V413"),
        ("matrix --condition ,", "V413"),
        ("export nonmem", "V411"),  # was a header and nothing else
        ("run model.ant --start nan", "V413"),
        ("export fhir diary.csv --first 9999-12-31", "V487"),  # was a traceback
        ("export scores --n 100000 --out x.txt", "V110"),  # told after all had been simulated
        ("export scores --n 100000 --out nowhere/x.parquet", "V603"),
        ("export nonmem --every 0 --observe madrs", "V410"),
        ("export nonmem --every 1e-9 --observe madrs", "V417"),  # took all memory
    ],
)
def test_it_is_told_at_once_and_leaves_nothing(words: str, code: str, desk: Path, vagus: Command) -> None:
    before = sorted(desk.rglob("*"))
    done = vagus(*words.split())
    assert (done.code, done.out) == (2, "") and done.err.startswith(f"{code} "), done
    assert "  try: " in done.err and sorted(desk.rglob("*")) == before


def test_check_knows_studies_and_diaries(desk: Path, vagus: Command) -> None:
    assert vagus("check", "study.toml", "diary.csv", "person.toml").out == "nothing wrong: 3 files\n"
    (desk / "study.toml").write_text(STUDY.replace("duration_d = 1", "duration_d = -1"))
    (desk / "diary.csv").write_text(DIARY.replace(",30", ",99"))
    (desk / "diary.toml").write_text('conditions = ["mdd"]\n[[score]]\nday = 0\nname = "madrz"\nvalue = 3\n')
    told = vagus("check", "study.toml", "diary.csv", "diary.toml", "--json").data["problems"]
    assert [(one["code"], Path(one["file"]).name) for one in told] == [
        ("V407", "study.toml"),
        ("V489", "diary.csv"),
        ("V486", "diary.toml"),
    ]
    assert (
        told[0]["message"] == "duration_d of -1 is outside 0 (left out) to 36600"
    )  # no gap where there is no unit


def test_no_option_has_a_no_that_does_nothing() -> None:
    """A flag that only switches something on has one name; the two that are on from the start can be switched off."""

    def negated(command: Any, name: str) -> list[str]:
        below = [
            no
            for key, one in getattr(command, "commands", {}).items()
            for no in negated(one, f"{name} {key}")
        ]
        return below + [f"{name} {word}" for one in command.params for word in one.secondary_opts]

    assert negated(typer.main.get_command(app), "vagus") == [
        "vagus export nonmem --no-comments",
        "vagus import omex --no-run",
    ]


def test_what_is_no_number_is_null_and_a_question_mark(
    desk: Path, vagus: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = matrix.matrix_of

    def spoilt(*given: object) -> Matrix:
        found = whole(*given)  # type: ignore[arg-type]
        found.response[0, 1] = float("nan")
        return found

    monkeypatch.setattr(matrix, "matrix_of", spoilt)
    names = list(vagus("matrix", "--json").data["response"])
    assert vagus("matrix", "--json").data["response"][names[0]][names[1]] is None
    assert "?" in vagus("matrix", "--quiet").out.splitlines()[1]
