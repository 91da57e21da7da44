"""NONMEM-style tables: columns, comments, occasions, mistakes told by line, and back through our own files."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from vagus.body.dose import Dose
from vagus.body.treatment import load_treatment
from vagus.cli import app
from vagus.errors import VagusError
from vagus.exchange.nonmem import read_nonmem, treatment_of
from vagus.exchange.nonmem_out import Row, nonmem_text
from vagus.exchange.treatment_text import treatment_toml

HEAD = "ID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV,DVID,MDV,WT\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_two_people(tmp_path: Path) -> None:
    text = (
        "# CMT 1 = esketamine nasal\n# DVID 2 = madrs\n"
        + HEAD
        + "1,0,56,0,72,2,0,1,1,.,.,1,70\n1,24,.,.,.,.,.,0,.,21,2,0,70\n1,48,.,.,.,.,.,0,.,.,2,1,72\n"
        + "2,5,35,52.5,0,0,0,1,8,.,.,1,80\n2,30,0,0,0,0,0,3,.,.,.,1,80\n2,31,.,.,.,.,.,0,.,9,2,0,80\n"
    )
    table = read_nonmem(written(tmp_path, text))
    one, two = table.subjects
    assert table.compartments == {1: ("esketamine", "nasal"), 8: ("esketamine", "iv")}
    doses = treatment_of(one.stretches[0], table.compartments, "x").doses
    assert [(d.hour, d.amount, d.route, d.hours) for d in doses] == [
        (h, 56.0, "nasal", 0.0) for h in (0, 72, 144)
    ]
    assert [(o.time, o.name, o.value) for o in one.stretches[0].observed] == [
        (24, "madrs", 21),
        (48, "madrs", None),
    ]
    assert one.covariates == {"WT": 70.0} and one.changing == ("WT",)
    assert len(two.stretches) == 2 and two.stretches[1].observed[0].value == 9
    assert treatment_of(two.stretches[0], table.compartments, "x").doses[0].hours == pytest.approx(35 / 52.5)
    assert any("WT changes" in note for note in table.notes)


def test_small_letters_days_and_no_evid(tmp_path: Path) -> None:
    text = "# TIME = d\nID,time,amt,cmt,dv\na,0,30,1,\na,1,.,.,4\n"
    one = read_nonmem(written(tmp_path, text)).subjects[0]
    assert one.stretches[0].occasion.doses[0].amt == 30.0
    assert one.stretches[0].observed[0].time == 24.0


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "V620", None),
        ("ID,TIME,AMT\n", "V620", None),
        ("ID,AMT\n1,2\n", "V620", 1),
        ("ID,TIME,amt\n1,0,2\n", "V620", 1),
        ("ID,Time\n1,0\n", "V620", 1),
        ("ID,TIME,TIME\n1,0,0\n", "V620", 1),
        ("ID,TIME,=cmd()\n1,0,0\n", "V620", 1),
        (HEAD + "1,0,1\n", "V107", 2),
        ("ID,TIME,AMT\n1,0,nan\n", "V621", 2),
        ("ID,TIME,AMT\n1,0,1_0\n", "V621", 2),
        ("ID,TIME,AMT\n1,-1,1\n", "V621", 2),
        ("ID,TIME,AMT,EVID\n1,0,5,0\n", "V621", 2),
        ("ID,TIME,AMT,EVID\n1,0,5,1.5\n", "V621", 2),
        ("ID,TIME,AMT\n../x,0,5\n", "V621", 2),
        ("ID,TIME,AMT\n1,5,5\n1,4,5\n", "V622", 3),
        ("ID,TIME,AMT\n1,0,5\n2,0,5\n1,1,5\n", "V622", 4),
        ("ID,TIME,AMT,CMT\n1,0,5,99\n", "V623", 2),
        ("ID,TIME,AMT,RATE\n1,0,5,-2\n", "V624", 2),
        ("ID,TIME,AMT,RATE,CMT\n1,0,5,2,2\n", "V624", 2),
        ("# CMT 1 = aspirin oral\nID,TIME,AMT\n1,0,5\n", "V404", 1),
        ("# CMT 1 = ketamine rectal\nID,TIME,AMT\n1,0,5\n", "V413", 1),
        ('ID,TIME,AMT\n1,0,"5\n', "V620", 2),
    ],
)
def test_mistakes_are_told_by_line(tmp_path: Path, text: str, code: str, line: int | None) -> None:
    with pytest.raises(VagusError) as caught:
        read_nonmem(written(tmp_path, text))
    assert (caught.value.code, caught.value.line) == (code, line)


def test_a_course_goes_out_and_comes_back(tmp_path: Path) -> None:
    course = load_treatment("ketamine-iv-6")
    table = read_nonmem(written(tmp_path, nonmem_text([Row(7, course.doses, 80.0, (), {"WT": 80.0})])))
    assert table.subjects[0].name == "7"
    back = treatment_of(table.subjects[0].stretches[0], table.compartments, "back")
    file = tmp_path / "back.toml"
    file.write_text(treatment_toml(back), encoding="utf-8")
    again = load_treatment(file)
    assert len(again.doses) == len(course.doses)
    for one, two in zip(course.doses, again.doses, strict=True):
        assert (two.drug, two.route) == (one.drug, one.route)
        assert two.hour == pytest.approx(one.hour) and two.hours == pytest.approx(one.hours)
        assert two.milligrams(1.0) == pytest.approx(one.milligrams(80.0))


def test_a_daily_medicine_is_one_record() -> None:
    doses = [Dose(24.0 * day, "escitalopram", 10.0, "mg", "oral", 0.0) for day in range(84)]
    lines = nonmem_text([Row(1, doses, 70.0)], comments=False).splitlines()
    assert lines[1:] == ["1,0,10,0,24,83,0,1,17,.,.,1"]


def test_a_dose_without_a_compartment_is_not_dropped() -> None:
    with pytest.raises(VagusError) as caught:
        nonmem_text([Row(1, [Dose(0.0, "ketamine", 10.0, "mg", "rectal", 0.0)], 70.0)])
    assert caught.value.code == "V646"


CELL = st.one_of(
    st.sampled_from(
        ["", ".", "0", "1", "2", "3", "4", "24", "-1", "nan", "1e308", "1e999", '"', "#", "ID", "é", "\x00"]
    ),
    st.text(max_size=5),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELL, min_size=8, max_size=8), max_size=4), st.booleans())
def test_no_table_makes_it_crash(tmp_path: Path, cells: list[list[str]], plain: bool) -> None:
    head = "ID,TIME,AMT,RATE,II,ADDL,SS,EVID\n" if plain else ""
    text = head + "\n".join(",".join(row) for row in cells)
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read_nonmem(path)
    except VagusError as error:
        assert error.code[:2] in ("V1", "V4", "V6")


def test_the_commands(tmp_path: Path) -> None:
    run = CliRunner().invoke
    data, folder = tmp_path / "out.csv", tmp_path / "in"
    asked = ["--treatment", "ketamine-iv-6", "--days", "42", "--observe", "madrs"]
    assert run(app, ["export", "nonmem", *asked, "--out", str(data)]).exit_code == 0
    found = run(app, ["import", "nonmem", str(data), "--out", str(folder), "--json"])
    assert found.exit_code == 0, found.output
    assert '"doses": 6' in found.output
    assert len(load_treatment(folder / "1-1.treatment.toml").doses) == 6
