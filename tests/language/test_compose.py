"""Composing: the shipped body is what the modules give, and every mistake is placed in the module it stands in."""

import shutil
from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.language.compose import body_text, compose, equation_place, function_place, modules_hash
from vagus.language.sbml import read_sbml, rename_with
from vagus.tables import atlas_path, read_parameters

SYSTEMS = atlas_path("systems")


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A copy of the modules, to spoil."""
    return Path(shutil.copytree(SYSTEMS, tmp_path / "systems"))


def spoil(path: Path, old: str, new: str) -> int:
    """Replace a text that stands once; gives back its line."""
    text = path.read_text()
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_body_is_exactly_what_the_modules_give() -> None:
    assert atlas_path("body.sbml").read_text() == compose(SYSTEMS / "body.ant") == body_text()


def test_composing_twice_or_elsewhere_gives_the_same(modules: Path) -> None:
    first = compose(modules / "body.ant")
    assert first == compose(modules / "body.ant") == body_text()


def test_an_edited_module_changes_the_hash(modules: Path) -> None:
    before = modules_hash(modules)
    assert before == modules_hash(SYSTEMS)
    with (modules / "pain.ant").open("a") as module:
        module.write("// one more comment\n")
    assert modules_hash(modules) != before


def test_every_quantity_of_the_body_belongs_to_a_system_with_a_table() -> None:
    entries = read_parameters()
    equations = read_sbml(
        body_text(), "body.sbml", rename_with(dict.fromkeys(e.system for e in entries.values()))
    )
    names = {*equations.states, *equations.parameters}
    assert [name for name in names if name not in entries] == []
    assert [name for name in equations.outputs if "." not in name or name in entries] == []


def test_a_missing_file_is_told() -> None:
    with pytest.raises(VagusError, match="V101"):
        compose(Path("nowhere.ant"))


def test_a_slip_in_a_module_is_placed_in_it(modules: Path) -> None:
    line = spoil(modules / "pain.ant", "/ peripheral_time;", "/ (peripheral_time;")
    with pytest.raises(VagusError) as caught:
        compose(modules / "body.ant")
    assert (caught.value.code, caught.value.line) == ("V201", line)
    assert Path(caught.value.file or "").name == "pain.ant" and "peripheral_time" in (caught.value.text or "")


def test_a_module_that_is_missing_is_told_where_it_is_asked_for(modules: Path) -> None:
    (modules / "pain.ant").unlink()
    with pytest.raises(VagusError) as caught:
        compose(modules / "body.ant")
    assert caught.value.code == "V201" and Path(caught.value.file or "").name == "body.ant"
    assert "pain.ant" in (caught.value.text or "")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "body.ant"
    path.write_bytes(b"\xff\xfe\x00model")
    with pytest.raises(VagusError, match="V105"):
        compose(path)


@pytest.mark.parametrize(
    ("name", "file", "starts"),
    [
        ("pain.peripheral_drive", "pain.ant", "peripheral_drive' ="),
        ("pain.dorsal_horn", "pain.ant", "dorsal_horn :="),
        ("esketamine.central", "ketamine.ant", "central' ="),
        ("arketamine.central", "ketamine.ant", "central' ="),
    ],
)
def test_an_equation_is_found_in_its_module(name: str, file: str, starts: str) -> None:
    path, line, text = equation_place(SYSTEMS, name)
    assert path is not None and line is not None and Path(path).name == file
    assert text is not None and text.startswith(starts)
    assert Path(path).read_text().splitlines()[line - 1].strip().startswith(starts)


def test_an_equation_over_several_lines_is_shown_as_one() -> None:
    _, _, text = equation_place(SYSTEMS, "pain.dorsal_horn_input")
    assert text is not None and text.endswith(";") and "\\" not in text


def test_what_has_no_equation_has_no_place() -> None:
    assert equation_place(SYSTEMS, "pain.no_such_thing") == (None, None, None)


def test_a_function_is_found_where_it_is_defined() -> None:
    place = function_place(SYSTEMS, "hill")
    assert Path(place["file"]).name == "functions.ant"
    assert place["text"] is not None and place["text"].startswith("function hill(")
