"""A wrong unit in a table is told at its row, with the equation it spoils in the hint."""

import shutil
from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.language.check import check_model, dimensions
from vagus.language.compose import body_text
from vagus.language.sbml import rename_with
from vagus.tables import Entry, atlas_path, read_parameters
from vagus.units import parse_unit

# Row, the unit planted in it, and the equation that is named.
PLANTED = [
    ("pain.windup_gain", "h", "pain.dorsal_horn_input"),
    ("pain.peripheral_time", "min", "pain.peripheral_drive"),
    ("pain.acute_relief_c50", "mg/L", "pain.acute_relief"),
    ("pain.resting_nociception", "%", "pain.nociception"),
    ("ketamine.typical_clearance", "L/min", "esketamine.central"),
    ("ketamine.typical_deep_volume", "kg", "esketamine.deep_exchange"),
    ("esketamine.central", "g", "esketamine.shallow_exchange"),
    ("immune.tnf_clearance", "1/min", "immune.tnf"),
    ("immune.tnf_secretion", "pg/mL", "immune.tnf"),
    ("plasticity.nmda_half", "ng/mL", "plasticity.nmda_block"),
    ("plasticity.formation_time", "1/h", "plasticity.spines_new"),
    ("opioid.gut_amount", "g", "opioid.gut_amount"),
    (
        "ketamine.weight",
        "lb",
        "ketamine.volume_scale",
    ),  # systems that read it beside rows of their own clear those rows
]


def with_unit(folder: Path, name: str, unit: str) -> Entry:
    """A copy of the shipped tables in which one row has another unit; gives back the row as shipped."""
    shipped = read_parameters()[name]
    tables = folder / "parameters"
    if not tables.exists():
        shutil.copytree(atlas_path("parameters"), tables)
    path = tables / Path(shipped.file).name
    lines = path.read_text().splitlines()
    cells = lines[shipped.line - 1].split(",")
    cells[3] = unit
    lines[shipped.line - 1] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    return shipped


def problems_of(folder: Path) -> list[VagusError]:
    entries = read_parameters(folder / "parameters")
    rename = rename_with(dict.fromkeys(entry.system for entry in entries.values()))
    return check_model(body_text(), entries, atlas_path("systems"), rename)


@pytest.mark.parametrize(("name", "unit", "equation"), PLANTED, ids=[row[0] for row in PLANTED])
def test_a_wrong_unit_is_told_at_its_row(name: str, unit: str, equation: str, tmp_path: Path) -> None:
    shipped = with_unit(tmp_path, name, unit)
    problems = problems_of(tmp_path)
    assert len(problems) == 1
    told = problems[0]
    assert told.code in ("V207", "V208", "V209")
    assert told.file == str(tmp_path / "parameters" / Path(shipped.file).name) and told.line == shipped.line
    assert (told.text or "").startswith(name.partition(".")[2] + ",")
    assert f"write {shipped.unit} for {unit}" in (told.hint or "")
    assert f"'{equation}'" in (told.hint or "") and ".ant, line " in (told.hint or "")


def test_two_rows_that_may_both_be_wrong_are_told_at_the_equation(tmp_path: Path) -> None:
    """Nothing else reads either row, so nothing says which of the two is wrong."""
    with_unit(tmp_path, "immune.tnf_on_activation_half", "kg")
    (problem,) = problems_of(tmp_path)
    assert Path(problem.file or "").name == "immune.ant"
    assert "immune.tnf_on_activation_half [kg]" in (problem.hint or "")
    assert "immune.tnf_on_activation_steepness [1]" in (problem.hint or "")


def test_wrong_units_in_two_systems_are_both_told(tmp_path: Path) -> None:
    rows = [
        with_unit(tmp_path, "pain.peripheral_time", "min"),
        with_unit(tmp_path, "immune.low_grade_time", "d"),
    ]
    problems = problems_of(tmp_path)
    assert {(Path(p.file or "").name, p.line) for p in problems} == {
        (Path(r.file).name, r.line) for r in rows
    }


def test_units_of_assignments_follow_from_the_tables() -> None:
    entries = read_parameters()
    rename = rename_with(dict.fromkeys(entry.system for entry in entries.values()))
    known = dimensions(body_text(), entries, rename)
    assert known["ketamine.arterial"].measures_like(parse_unit("ng/mL"))
    assert known["biomarker.rmssd"] == parse_unit("ms") and known["pain.perceived"].is_plain
