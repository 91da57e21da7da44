"""Tables: the shipped atlas is sound, and every fault of a table is found with its code, file and line."""

import os
from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.tables import (
    COLUMNS,
    GRADES,
    SIZE_LIMIT,
    atlas_names,
    atlas_path,
    check_tables,
    place_of,
    read_parameters,
    read_rows,
    read_sources,
    read_text,
    read_toml,
)

HEADER = ",".join(COLUMNS)
GOOD = "windup_gain,trait,1.2,1,0.5,3,0.2,lognormal,KAR,moderate,how much each pulse adds"
SOURCES = "@article{KAR, title = {Long {HPA} time}, author = {Karin}, year = 2020, doi = {10.1/x}}\n"


def table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    parameters = folder / "parameters"
    parameters.mkdir(exist_ok=True)
    (parameters / "pain.csv").write_text("\n".join([header, *rows]) + "\n")
    (folder / "sources.bib").write_text(SOURCES)
    return parameters


def with_cell(column: str, text: str) -> str:
    cells = GOOD.split(",")
    cells[COLUMNS.index(column)] = text
    return ",".join(cells)


def test_the_shipped_tables_have_no_problem() -> None:
    assert [str(problem) for problem in check_tables()] == []


def test_the_shipped_numbers_all_have_grade_and_source() -> None:
    entries, sources = read_parameters(), read_sources()
    assert len(entries) > 100
    assert {entry.grade for entry in entries.values()} <= set(GRADES)
    assert {entry.source for entry in entries.values()} <= set(sources)
    assert all(name.startswith(entry.system + ".") for name, entry in entries.items())


def test_the_shipped_conditions_are_listed() -> None:
    assert {"mdd", "pain"} <= set(atlas_names("conditions"))
    assert atlas_path("conditions", "mdd.toml").is_file()


def test_a_good_row_is_read_whole(tmp_path: Path) -> None:
    parameters = table(tmp_path, "", GOOD)
    entry = read_parameters(parameters)["pain.windup_gain"]
    assert (entry.value, entry.unit, entry.low, entry.high, entry.spread) == (1.2, "1", 0.5, 3.0, 0.2)
    assert (entry.kind, entry.shape, entry.source, entry.grade) == ("trait", "lognormal", "KAR", "moderate")
    assert (entry.system, entry.line, Path(entry.file).name) == ("pain", 3, "pain.csv")
    assert check_tables(parameters, tmp_path / "sources.bib") == []


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (with_cell("unit", "mgg/L"), "V301"),
        (with_cell("value", "nan"), "V304"),
        (with_cell("high", "inf"), "V304"),
        (with_cell("value", "high"), "V305"),
        (with_cell("value", ""), "V305"),
        (with_cell("value", "3.1"), "V306"),
        (with_cell("low", "5"), "V307"),
        (with_cell("source", "KARIN"), "V309"),
        (with_cell("grade", "good"), "V310"),
        (with_cell("kind", "parameter"), "V311"),
        (with_cell("shape", "log-normal"), "V312"),
        (with_cell("spread", "0"), "V313"),
        (with_cell("shape", "fixed"), "V313"),
        (with_cell("meaning", ""), "V314"),
        (with_cell("source", ""), "V314"),
        (GOOD + ",more", "V107"),
        (GOOD + "\n" + GOOD, "V308"),
    ],
)
def test_a_bad_row_is_found_with_its_place(row: str, code: str, tmp_path: Path) -> None:
    problems = check_tables(table(tmp_path, row), tmp_path / "sources.bib")
    assert [problem.code for problem in problems] == [code]
    assert problems[0].file is not None and problems[0].file.endswith("pain.csv")
    assert problems[0].line == (3 if code == "V308" else 2)


YES_OR_NO = "slow_responder,trait,1,1,0,1,0.67,bernoulli,KAR,weak,whether slow relief works in this person"


def test_a_share_of_people_can_have_it_or_not(tmp_path: Path) -> None:
    entry = read_parameters(table(tmp_path, YES_OR_NO))["pain.slow_responder"]
    assert (entry.value, entry.spread, entry.shape) == (1.0, 0.67, "bernoulli")
    shipped = read_parameters()["pain.slow_responder"]
    assert (shipped.shape, shipped.spread, shipped.source) == ("bernoulli", 0.67, "dahan2011")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (",0.67,", ",0,"),
        (",0.67,", ",1,"),
        (",trait,1,1,0,1,", ",trait,0.5,1,0,1,"),
        (",0,1,0.67", ",0,2,0.67"),
    ],
)
def test_a_share_needs_yes_or_no_and_a_part_of_the_people(old: str, new: str, tmp_path: Path) -> None:
    parameters = table(tmp_path, YES_OR_NO.replace(old, new))
    assert [problem.code for problem in check_tables(parameters, tmp_path / "sources.bib")] == ["V313"]


def test_every_problem_is_collected_and_the_first_is_raised(tmp_path: Path) -> None:
    other = with_cell("name", "other")
    parameters = table(
        tmp_path, with_cell("grade", "good"), other.replace("KAR", "X"), with_cell("value", "9")
    )
    codes = [problem.code for problem in check_tables(parameters, tmp_path / "sources.bib")]
    assert sorted(codes) == ["V306", "V309", "V310"]
    with pytest.raises(VagusError, match="V310"):
        read_parameters(parameters)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    parameters = table(tmp_path, GOOD, header=HEADER.replace("low", "lowest"))
    with pytest.raises(VagusError, match=r"V106 the table has no column 'low' .*did you mean 'lowest'\?"):
        read_parameters(parameters)


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("day,score,score\n0,20,21\n")
    with pytest.raises(VagusError, match="V308"):
        read_rows(path, ["day", "score"])


def test_a_table_with_an_open_quote_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text('day,score\n0,"20\n')
    with pytest.raises(VagusError, match="V102"):
        read_rows(path, ["day", "score"])


def test_a_table_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_bytes(b'\xef\xbb\xbfday,score\r\n0,20\r\n\r\n7,"12,5"\r\n')
    rows = read_rows(path, ["day", "score"])
    assert [dict(row) for row in rows] == [{"day": "0", "score": "20"}, {"day": "7", "score": "12,5"}]
    assert [row.line for row in rows] == [2, 4]


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    latin, large = tmp_path / "latin.toml", tmp_path / "large.toml"
    latin.write_bytes(b"a = 1\nb = '\xe9'\n")
    with large.open("wb") as stream:
        stream.truncate(SIZE_LIMIT + 1)
    for path, code in (
        (tmp_path / "none.toml", "V101"),
        (tmp_path, "V102"),
        (Path(os.devnull), "V102"),
        (tmp_path / "a\x00b", "V101"),
        (large, "V103"),
        (latin, "V105"),
    ):
        with pytest.raises(VagusError) as caught:
            read_text(path)
        assert caught.value.code == code
    with pytest.raises(VagusError, match="line 2"):
        read_text(latin)


MISTAKES = {
    "age = 47\nsex = female\n": 2,
    "age = 47\nage = 48\n": 2,
    "a = [1,\n": 1,
    "a = " + "[" * 100_000: None,
    "n = " + "9" * 10_000: None,
}


@pytest.mark.parametrize(("text", "line"), MISTAKES.items(), ids=lambda value: str(value)[:12])
def test_a_toml_mistake_is_placed(text: str, line: int | None, tmp_path: Path) -> None:
    path = tmp_path / "person.toml"
    path.write_text(text)
    with pytest.raises(VagusError, match="V104") as caught:
        read_toml(path)
    assert caught.value.line == line


def test_a_key_is_found_again_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "person.toml"
    path.write_text('age = 47\n\n"weight" = 80\n[scores]\nmadrs = 30\n[[dose]]\nday = 0\n[[dose]]\nday = 3\n')
    assert place_of(path, "weight") == {"file": str(path), "line": 3, "text": '"weight" = 80'}
    assert place_of(path, "scores")["line"] == 4
    assert place_of(path, "day", nth=2)["line"] == 9
    assert place_of(path, "sex") == {"file": str(path), "line": None, "text": None}


def test_sources_are_read_with_their_fields(tmp_path: Path) -> None:
    path = tmp_path / "sources.bib"
    path.write_text(
        "Words between entries.\n@comment{none}\n@article{KAR,\n  title = {Long {HPA}\n    time},\n"
        '  year = 2020, doi = "10.1/x",\n}\n@misc{vagus_models, note={a = {b}, c}}\n'
    )
    sources = read_sources(path)
    assert list(sources) == ["KAR", "vagus_models"]
    source = sources["KAR"]
    assert (source.kind, source.title, source.year, source.doi) == (
        "article",
        "Long HPA time",
        "2020",
        "10.1/x",
    )
    assert source.line == 3 and sources["vagus_models"].note == "a = b, c"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("@article{KAR, title = {open", "V108"),
        ("@article{KAR, title {none}}", "V108"),
        ("@article{KAR, title = }", "V108"),
        ("@article{KAR", "V108"),
        ("@article{, title = {x}}", "V108"),
        ("@article{KAR, year = 1}\n@misc{KAR, year = 2}", "V308"),
    ],
)
def test_a_bad_source_list_is_refused(text: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.bib"
    path.write_text(text)
    with pytest.raises(VagusError) as caught:
        read_sources(path)
    assert caught.value.code == code
    parameters = table(tmp_path, GOOD)
    path.write_text(text)
    assert [problem.code for problem in check_tables(parameters, path)] == [code]


def test_a_missing_folder_is_one_problem(tmp_path: Path) -> None:
    (tmp_path / "sources.bib").write_text(SOURCES)
    problems = check_tables(tmp_path / "nowhere", tmp_path / "sources.bib")
    assert [problem.code for problem in problems] == ["V101"]
