"""Every command that the book and the README name exists, with its options; every block is sound in its language."""

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from vagus.cli import app

from .pages import DOCS, blocks, pages

ROOT = DOCS.parent
ALL = [*pages(), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
_INLINE = re.compile(r"(?<!`)`(vagus [^`\n]+)`(?!`)")
_INDENTED = re.compile(r"^    (vagus .*)$", re.MULTILINE)
#: What a reader puts in, and what stands for more of the same: such a line is checked by names only.
_HOLDER = re.compile(r"\b[A-Z][A-Z0-9-]+\b|\.\.\.|[$|\[\]<]")
COMMANDS = typer.main.get_command(app)


def shown(page: Path) -> Iterator[str]:
    """Every command line of a page: in blocks, indented, and within sentences."""
    text = page.read_text(encoding="utf-8")
    for kind, block, _ in blocks(page):
        if kind in ("", "sh", "console", "text"):
            joined = re.sub(r"\\\n\s*", " ", block)
            yield from (line for line in joined.splitlines() if line.startswith("vagus "))
    yield from _INDENTED.findall(text)
    yield from _INLINE.findall(text)


def test_every_command_is_one_of_ours() -> None:
    wrong, whole = [], 0
    for page in ALL:
        for line in shown(page):
            try:
                whole += ask(line.partition(" #")[0].strip())
            except Exception as error:  # typer has errors of its own, not those of click
                wrong.append(f"{page.name}: {line}: {getattr(error, 'message', error)}")
    assert wrong == []
    assert whole > 60  # most are checked to the last word


def ask(line: str) -> bool:
    """Whether a line could be checked whole; raises when no such command or option exists."""
    words = shlex.split(line)[1:]
    command: Any = COMMANDS
    while inner := getattr(command, "commands", None):
        if not words or words[0].startswith("-") or _HOLDER.search(words[0]):
            assert not words or words == ["--help"] or _HOLDER.search(words[0]), words
            return False
        assert words[0] in inner, f"no command {words[0]}"
        command, words = inner[words[0]], words[1:]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
    given = {word.partition("=")[0] for word in words if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word)}
    assert given <= options, f"no option {given - options}"
    if _HOLDER.search(line) or not words:
        return False
    command.make_context("vagus", words)
    return True


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_are_sound(page: Path) -> None:
    for kind, text, _ in blocks(page):
        if kind == "toml":
            tomllib.loads(text)
        elif kind == "json":
            json.loads(text)
        elif kind == "yaml":
            assert list(yaml.safe_load_all(text))
        elif kind in ("python", "{code-cell} ipython3"):
            ast.parse(re.sub(r"^:tags:.*\n", "", text, flags=re.MULTILINE))


def test_every_target_of_make_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = {
        name for page in ALL for name in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))
    }
    assert told <= targets, told - targets


def test_every_module_that_is_run_exists() -> None:
    for page in ALL:
        for name in re.findall(r"python -m vagus\.([a-z_.]+)", page.read_text(encoding="utf-8")):
            place = ROOT / "src" / "vagus" / Path(*name.split("."))
            assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), (
                f"{page.name}: {name}"
            )


def test_pictures_and_files_that_are_linked_exist() -> None:
    """Links to pages are looked at in test_pages.py; these are all others, in the README too."""
    for page in ALL:
        text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path = target.partition("#")[0]
            if path and "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / path).exists(), f"{page.name}: {target}"


def test_every_library_is_in_the_notice() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(one for group in project["optional-dependencies"].values() for one in group),
    ]
    names = {re.split(r"[^\w.-]", one)[0].lower() for one in asked} - {project["name"]}
    told = (ROOT / "NOTICE").read_text(encoding="utf-8").lower()
    assert [name for name in sorted(names) if name not in told] == []
