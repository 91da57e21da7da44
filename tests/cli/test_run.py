"""`vagus run` from the outside: the table, the forms, people, JSON, and errors that are sentences."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODEL = "model m()\n  species S in C, P in C; C = 2; S = 4; P = 0; k = 0.5; r: S -> P; k*S*C;\nend\n"


def vagus(*words: str, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "vagus", "run", *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=dict(os.environ), timeout=120
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.ant").write_text(MODEL)
    return tmp_path


def test_the_table_has_the_form_of_the_test_suite(folder: Path) -> None:
    done = vagus("model.ant", "--end", "2", "--steps", "4", "--select", "P,S", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head == "time,P,S" and len(rows) == 5
    for row in rows:
        time, _, s = map(float, row.split(","))
        assert s == pytest.approx(4 * math.exp(-0.5 * time), rel=1e-7)


def test_forms_files_and_people(folder: Path) -> None:
    words = ["--amount", "S", "--concentration", "P", "--n", "3", "--spread", "0.2", "--steps", "2"]
    done = vagus("model.ant", *words, "--out", "out.csv", "--json", folder=folder)
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["people"] == 3 and told["failed"] == []
    head, first, *rows = (folder / "out.csv").read_text().splitlines()
    assert head == "person,time,S,P" and len(rows) == 8 and first.split(",")[:3] == ["1", "0.0", "8.0"]


def test_settings_of_the_test_suite(folder: Path) -> None:
    lines = "start: 0\nduration: 2\nsteps: 4\nvariables: P, S, k\nabsolute: 1e-7\nrelative: 0.0001\n"
    (folder / "settings.txt").write_text(lines + "amount: S\nconcentration: P\n")
    done = vagus("model.ant", "--settings", "settings.txt", folder=folder)
    head, first, *rows = done.stdout.splitlines()
    assert head == "time,P,S,k" and len(rows) == 4 and first == "0.0,0.0,8.0,0.5"
    beside = ["--settings", "settings.txt", "--amount", "P"]  # names beside the file count instead of its own
    assert vagus("model.ant", *beside, folder=folder).stdout.splitlines()[0] == "time,P"
    words = ["--start", "1", "--duration", "2", "--steps", "4", "--variables", "P, S"]
    told = vagus("model.ant", *words, folder=folder).stdout.splitlines()
    assert told[0] == "time,P,S" and [line.split(",")[0] for line in told[1:]] == [
        "1.0",
        "1.5",
        "2.0",
        "2.5",
        "3.0",
    ]
    for wrong in (
        "duration: 0\n",
        "steps: 2.5\n",
        "colour: red\n",
        lines + "amount: T\n",
        lines + "steps: 4\n",
        "?",
    ):
        (folder / "settings.txt").write_text(wrong)
        done = vagus("model.ant", "--settings", "settings.txt", folder=folder)
        assert done.returncode == 2 and "V111" in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["missing.xml"], "V101"),
        (["model.ant", "--end", "-1"], "V413"),
        (["model.ant", "--seed", "-1"], "V413"),
        (["model.ant", "--end", "nan"], "V413"),
        (["model.ant", "--steps", "0"], "V413"),
        (["model.ant", "--n", "0"], "V409"),
        (["model.ant", "--n", "1000000"], "V417"),
        (["model.ant", "--rtol", "0"], "V413"),
        (["model.ant", "--spread", "-1"], "V413"),
        (["model.ant", "--select", "T"], "V214"),
        (["model.ant", "--amount", "S", "--concentration", "S"], "V413"),
        (["."], "V102"),
    ],
)
def test_bad_input_is_a_sentence(words: list[str], code: str, folder: Path) -> None:
    done = vagus(*words, folder=folder)
    assert done.returncode == 2 and code in done.stderr and "Traceback" not in done.stderr and not done.stdout


def test_a_run_that_fails_says_where(folder: Path) -> None:
    (folder / "model.ant").write_text("model m()\n  x = 1; x' = x*x;\nend\n")
    done = vagus("model.ant", folder=folder)
    assert done.returncode == 3 and "V50" in done.stderr and "Traceback" not in done.stderr
