"""REDCap tables: dictionary and records, there and back, other names through annotations, mistakes by line."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from vagus.cli import app
from vagus.errors import VagusError
from vagus.exchange.clinical_record import Administration, ClinicalRecord, Diagnosis, Rating, Someone, Vital
from vagus.exchange.redcap import DICTIONARY, read_redcap, redcap_texts

from .test_fhir import DAY, RECORD, sorted_parts

ZONE = DAY.tzinfo
assert ZONE is not None


def saved(folder: Path, records: str, dictionary: str = "") -> tuple[Path, Path | None]:
    (folder / "records.csv").write_text(records, encoding="utf-8")
    if not dictionary:
        return folder / "records.csv", None
    (folder / "dictionary.csv").write_text(dictionary, encoding="utf-8")
    return folder / "records.csv", folder / "dictionary.csv"


def plain() -> ClinicalRecord:
    """What a flat table can hold of a record."""
    return ClinicalRecord(
        Someone("1", 'Ånna, "B"', date(1985, 5, 17), "female", True),
        ratings=tuple(Rating(r.at, r.instrument, r.total, r.answers) for r in RECORD.ratings),
        vitals=tuple(Vital(v.at, v.key, v.value, v.unit) for v in RECORD.vitals),
        doses=(Administration(DAY, "ketamine", "iv", 0.5, "mg/kg", 40.0),),
        diagnoses=(Diagnosis("mdd"), Diagnosis("ptsd")),
    )


def test_records_go_out_and_come_back(tmp_path: Path) -> None:
    dictionary, records, left = redcap_texts([plain(), ClinicalRecord(Someone("2", "x"))])
    assert left == []
    first, second = read_redcap(*saved(tmp_path, records, dictionary), ZONE)
    assert sorted_parts(first) == sorted_parts(plain())
    assert second.someone.name == "x" and first.kept == ()


def test_the_dictionary_is_one(tmp_path: Path) -> None:
    dictionary, records, _ = redcap_texts([plain()])
    lines = dictionary.splitlines()
    assert lines[0].split(",")[0] == DICTIONARY[0] and lines[1].startswith("record_id,person")
    fields = {line.split(",")[0] for line in lines[1:]}
    system = {"redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"}
    assert set(records.splitlines()[0].split(",")) - system == fields
    assert any(line.startswith("phq9_total") and ",number,0,27," in line for line in lines)


def test_what_has_no_field_is_told() -> None:
    _, records, left = redcap_texts([RECORD])
    assert "2 agreements" in left and "1 papers" in left and "diagnosis: Gout" in left
    assert "PDF" not in records


def test_a_project_with_names_of_its_own(tmp_path: Path) -> None:
    dictionary = ",".join(f'"{name}"' for name in DICTIONARY) + "\n"
    dictionary += 'base_dep,f,,text,x,,,,,,,,,,,,,"@VAGUS=""phq9_total"" @HIDDEN"\n'
    dictionary += 'when_seen,f,,text,x,,,,,,,,,,,,,"@VAGUS=""moment"""\n'
    records = "record_id,when_seen,base_dep,shoe_size\nA,2026-07-01 10:00,14,43\n"
    (record,) = read_redcap(*saved(tmp_path, records, dictionary), ZoneInfo("Europe/Berlin"))
    (rating,) = record.ratings
    assert (rating.total, rating.at.isoformat()) == (14.0, "2026-07-01T10:00:00+02:00")
    assert (
        record.kept == ({"redcap": {"record_id": "A", "shoe_size": "43"}},) and "shoe_size" in record.notes[0]
    )


@pytest.mark.parametrize(
    ("records", "code", "line"),
    [
        ("", "V650", None),
        ("record_id\n", "V650", None),
        ("moment,phq9_total\n2026-01-01,3\n", "V650", 1),
        ("record_id,Bad Name\n1,3\n", "V650", 1),
        ("record_id,phq9_total,phq9_total\n1,3,3\n", "V650", 1),
        ("record_id,phq9_total\n1,3,3\n", "V107", 2),
        ("record_id,moment,phq9_total\n1,2026-01-01,many\n", "V650", 2),
        ("record_id,moment,phq9_total\n1,yesterday,3\n", "V650", 2),
        ("record_id,moment,phq9_total\n1,2026-02-30,3\n", "V650", 2),
        ("record_id,moment,phq9_total\n,2026-02-03,3\n", "V650", 2),
        ("record_id,born\n1,17.5.85\n", "V650", 2),
        ("record_id,moment,dose_drug\n1,2026-02-03,ketamine\n", "V650", 2),
        ('record_id,name\n1,"x\n', "V650", 2),
    ],
)
def test_mistakes_are_told_by_line(tmp_path: Path, records: str, code: str, line: int | None) -> None:
    with pytest.raises(VagusError) as caught:
        read_redcap(*saved(tmp_path, records))
    assert (caught.value.code, caught.value.line) == (code, line)


def test_a_dictionary_with_a_short_row_is_told_by_line(tmp_path: Path) -> None:
    """The annotation may stand before the name; a row that ends there has no field to be about."""
    dictionary = f'{DICTIONARY[-1]},{DICTIONARY[0]}\n"@VAGUS=""phq9_total"""\n'
    with pytest.raises(VagusError) as caught:
        read_redcap(*saved(tmp_path, "record_id,x\n1,3\n", dictionary))
    assert (caught.value.code, caught.value.line) == ("V107", 2)


CELLS = st.sampled_from(["record_id", "moment", "phq9_total", "phq9_9", "systolic", "dose_drug", "born", "1",
                         "2026-01-01", "", '"', "x y", "-1e9", "nan", "é", "\x00", "dose_amount", "il6"])  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=4), st.booleans())
def test_no_table_makes_it_crash(tmp_path: Path, rows: list[list[str]], good: bool) -> None:
    head = "record_id,moment,phq9_total\n" if good else ""
    path, _ = saved(tmp_path, head + "\n".join(",".join(row) for row in rows))
    try:
        read_redcap(path, path if not good else None)
    except VagusError as error:
        assert error.code in ("V650", "V107")


def test_the_commands(tmp_path: Path) -> None:
    run = CliRunner().invoke
    person, folder, back = tmp_path / "p.csv", tmp_path / "redcap", tmp_path / "back.csv"
    person.write_text(
        "kind,date,time,name,value,unit,route,duration\nperson,,,conditions,mdd,,,\nscore,2026-01-05,09:00,phq9,19,,,\n"
        "dose,2026-01-05,10:00,ketamine,0.5,mg/kg,iv,40 min\n",
        encoding="utf-8",
    )
    found = run(app, ["export", "redcap", str(person), "--out", str(folder)])
    assert found.exit_code == 0, found.output
    asked = [str(folder / "records.csv"), "--dictionary", str(folder / "dictionary.csv"), "--out", str(back)]
    found = run(app, ["import", "redcap", *asked])
    assert found.exit_code == 0, found.output
    assert "dose,2026-01-05,10:00,ketamine,0.5,mg/kg,,iv,40 min" in back.read_text()
    assert run(app, ["import", "redcap", *asked, "--zone", "No/Where"]).exit_code == 1
