"""What the book tells its reader to type works: in a folder of their own, page by page, made quick."""

import re
import shlex
from pathlib import Path

import pytest

from vagus.learn.fit import Size

from ..cli.command import Command
from .pages import DOCS, commands, python, saved_files

#: What is made smaller, so that a page takes seconds; a reader types what stands in the page.
QUICK = (
    (r"--n 200\b", "--n 8"),
    (r"--n 1000\b", "--n 8"),
    (r"(vagus trial \S+) --n \S+", r"\1 --n 24 --replicates 50"),
    (r"--weeks 12\b", "--weeks 2"),
    (r"--plan none --plan ketamine-monthly", "--plan none"),
)
SLOW = ("vagus validate", "vagus calibrate", "vagus serve", "vagus map", "vagus run", "vagus export")
#: Pages whose commands need what a test has not: other machines, or the file of another tool.
ELSEWHERE = ("cluster", "pharmacometrician")
#: A trial with few people has no screening to speak of; exit 1 is the study that is off, not the command.
FINE = (0, 1)
PAGES = sorted(page for page in DOCS.rglob("*.md") if commands(page) and page.stem not in ELSEWHERE)


@pytest.fixture
def few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forecast with few virtual people: whether it runs, not how good it is."""
    monkeypatch.setattr(Size.__init__, "__defaults__", (80, 40, 0.5))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    few_people: None,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in saved_files(page).items():
        Path(name).write_text(text, encoding="utf-8")
    vagus = Command(monkeypatch, capsys)
    for line in commands(page):
        if line.startswith(SLOW):
            continue
        for what, by in QUICK:
            line = re.sub(what, by, line)
        done = vagus(*shlex.split(line)[1:])
        assert done.code in FINE, f"{line}\n{done.out}\n{done.err}"


def test_the_python_of_the_instrument_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = DOCS / "howto" / "instrument.md"
    monkeypatch.chdir(tmp_path)
    for name, text in saved_files(page).items():
        Path(name).write_text(text, encoding="utf-8")
    names: dict[str, object] = {}
    for code in python(page):
        exec(compile(code, str(page), "exec"), names)
    assert capsys.readouterr().out == "MOOD-3: 0 to 9 points\na total of 5 counts as 'some'\n"


def test_the_files_of_ten_minutes_are_those_its_python_reads() -> None:
    """The page writes the files its cells read out of sight; they have to be the ones the reader is shown."""
    page = DOCS / "ten-minutes.md"
    hidden = "".join(python(page))
    for name, text in saved_files(page).items():
        assert text.strip() in hidden or repr(text) in hidden, name


def test_every_command_is_told_in_ten_minutes_or_elsewhere() -> None:
    told = {line.split()[1] for page in DOCS.rglob("*.md") for line in re.findall(r"vagus [a-z]+", page.read_text())
            for line in [line]}  # fmt: skip
    assert {"simulate", "trial", "follow", "explain", "validate", "export", "import", "serve"} <= told
