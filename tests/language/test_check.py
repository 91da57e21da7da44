"""The check of model and tables: what it finds beyond the bad models, and that the shipped body passes."""

import shutil
from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.language.check import check_model, dimensions
from vagus.language.compose import body_text, compose
from vagus.language.sbml import rename_with
from vagus.tables import atlas_path, read_parameters
from vagus.units import parse_unit

SOUND = Path(__file__).parents[1] / "data" / "bad_models"
PAIN = rename_with({"pain": None})


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small body without a mistake: systems/pain.ant with its table."""
    shutil.copytree(SOUND / "parameters", tmp_path / "parameters")
    (tmp_path / "systems").mkdir()
    shutil.copy(SOUND / "body.ant", tmp_path / "systems" / "body.ant")
    shutil.copy(SOUND / "sound.ant", tmp_path / "systems" / "pain.ant")
    return tmp_path


def problems(folder: Path) -> list[VagusError]:
    systems = folder / "systems"
    return check_model(compose(systems / "body.ant"), read_parameters(folder / "parameters"), systems, PAIN)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_shipped_body_has_no_problem() -> None:
    entries = read_parameters()
    rename = rename_with(dict.fromkeys(entry.system for entry in entries.values()))
    assert list(map(str, check_model(body_text(), entries, atlas_path("systems"), rename))) == []


def test_a_number_in_a_function_is_found(small: Path) -> None:
    module = small / "systems" / "pain.ant"
    module.write_text("function part(a, b)\n  a/(a + 1.5*b)\nend\n" + module.read_text())
    edit(module, "level / (level + half_level)", "part(level, half_level)")
    (found,) = problems(small)
    assert (found.code, found.line) == ("V205", 1) and "'part' holds the number 1.5" in found.message


@pytest.mark.parametrize("number", ["0", "1", "2", "-1", "1/2", "2.0"])
def test_the_plain_numbers_are_allowed(number: str, small: Path) -> None:
    edit(small / "systems" / "pain.ant", "(1 + held_back)", f"({number} + held_back)")
    assert list(map(str, problems(small))) == []


@pytest.mark.parametrize("number", ["3", "0.5", "1e-3", "-1.5"])
def test_other_numbers_are_not(number: str, small: Path) -> None:
    edit(small / "systems" / "pain.ant", "(1 + held_back)", f"({number} + held_back)")
    assert [problem.code for problem in problems(small)] == ["V205"]


def test_a_row_for_what_an_equation_gives_is_found(small: Path) -> None:
    """The value in such a row would count for nothing."""
    table = small / "parameters" / "pain.csv"
    with table.open("a") as rows:
        rows.write("held_back,constant,1,1,0,2,0,fixed,vagus_models,assumed,given by its equation\n")
    (found,) = problems(small)
    assert (found.code, found.line) == ("V212", 8) and Path(found.file or "").name == "pain.csv"


def test_a_reference_value_needs_no_equation(small: Path) -> None:
    with (small / "parameters" / "pain.csv").open("a") as rows:
        rows.write("mean_drive,reference,1,1,0,2,0,fixed,vagus_models,assumed,recomputed\n")
    assert problems(small) == []


def test_a_near_name_is_suggested(small: Path) -> None:
    edit(small / "systems" / "pain.ant", "-gain *", "-gain * gian *")
    (found,) = problems(small)
    assert found.code == "V204" and found.hint == "did you mean 'pain.gain'?"


def test_an_unknown_unit_is_told_at_its_row(small: Path) -> None:
    edit(small / "parameters" / "pain.csv", "gain,constant,1,1,", "gain,constant,1,mgg/L,")
    (found,) = problems(small)
    assert (found.code, found.line) == ("V301", 4) and Path(found.file or "").name == "pain.csv"


def test_every_problem_is_told_not_only_the_first(small: Path) -> None:
    module = small / "systems" / "pain.ant"
    edit(module, "(1 + held_back)", "(3 + held_back)")
    edit(module, "-level / wash_out", "-level * 7 / wash_out")
    assert sorted((problem.code, problem.line) for problem in problems(small)) == [("V205", 4), ("V205", 5)]


def test_broken_text_is_one_problem(tmp_path: Path) -> None:
    assert [problem.code for problem in check_model("no SBML", {}, tmp_path, PAIN)] == ["V202"]


def test_units_of_assignments_follow_from_their_equations(small: Path) -> None:
    systems = small / "systems"
    edit(
        systems / "pain.ant",
        "held_back := level / (level + half_level);",
        "exposure := level * wash_out;\n  held_back := exposure / (half_level * wash_out);",
    )
    found = dimensions(compose(systems / "body.ant"), read_parameters(small / "parameters"), PAIN)
    assert found["pain.exposure"].measures_like(parse_unit("mg*h/L"))
    assert found["pain.held_back"] == parse_unit("1") and found["pain.level"] == parse_unit("mg/L")
