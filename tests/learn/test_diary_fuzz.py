"""Files that nobody should write: a diary with finite numbers comes back, or an error with its code; nothing else."""

import math
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vagus.errors import VagusError
from vagus.learn.diary import Diary
from vagus.learn.diary_files import read_diary
from vagus.learn.diary_lines import COLUMNS, KINDS
from vagus.learn.plan import past_of, plan_of
from vagus.learn.voice import voices

EXAMPLE = Path(__file__).parents[2] / "examples" / "people" / "follow-depression-pain.csv"
CELLS = {
    "kind": [*KINDS, "", "Score", "\N{SUPERSCRIPT TWO}"],
    "date": ["", "2026-03-02", "2.3.2026", "31.02.2026", "02/03/2026", "2126-01-01", "0001-01-01", "today"],
    "day": ["", "0", "7", "-3", "1e3", "nan", "inf", "9" * 400, "\N{ARABIC-INDIC DIGIT THREE}", "first"],
    "time": ["", "08:00", "24:00", "\N{SUPERSCRIPT TWO}:30", "8", ":", "-1:00", "14:30:10"],
    "name": [
        "conditions", "weight", "age", "sex", "virtual", "background", "name", "madrs", "phq9", "nrs_pain",
        "systolic", "diastolic", "ketamine", "escitalopram", "stress", "infection", "short-nights", "exercise",
        "ketamine-iv-6", "../../etc/passwd", "",
    ],
    "value": [
        "", "mdd", "mdd, ptsd", "pain", "70", "33", "3,5", "0", "-1", "nan", "1e400", "inf", "50%", "true", "female",
        "NA", "9" * 5000, "\x00", "33/60",
    ],
    "unit": ["", "mg", "mg/kg", "g", "ug", "mmHg", "kPa", "kg", "lb", "h", "mg*" * 50, "((((", "%", "1"],
    "items": ["", "4 4 3 4 3 4 4 3 3 1", "1;2", "nan 1", "1 1 1 1 1 1 1 1 1", "-1"],
    "route": ["", "iv", "oral", "im", "tea"],
    "duration": ["", "40 min", "40", "14 d", "-1 h", "nan h", "1e9 h"],
    "until": ["", "14", "2026-05-01", "-1", "nan", "never"],
    "note": ["", "a\nb", '"', "<script>"],
}  # fmt: skip
ROWS = st.lists(st.fixed_dictionaries({key: st.sampled_from(CELLS[key]) for key in COLUMNS}), max_size=6)
GOOD = [
    {"kind": "person", "name": "conditions", "value": "mdd"},
    {"kind": "score", "day": "0", "name": "madrs", "value": "33"},
]
SLOW = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def read(path: Path, content: bytes) -> Diary | VagusError:
    """What is read of a file, or why nothing is; anything else that is raised ends the test."""
    path.write_bytes(content)
    try:
        return read_diary(path)
    except VagusError as error:
        return error


def sound(found: Diary | VagusError, path: Path) -> bool:
    """An error names its file and what to try. In a diary every number is one, the scores are in order, and what is
    made of it without the model can be made."""
    if isinstance(found, VagusError):
        return error_is_whole(found, path)
    hours = [one.hour for one in (*found.scores, *found.vitals, *found.given, *found.begun)]
    numbers = [one.value for one in (*found.scores, *found.vitals)] + [one.amount for one in found.given]
    numbers += [one.end for one in found.happenings] + [one.amount for one in found.happenings]
    past_of(found, found.end)
    return (
        bool(found.scores)
        and all(map(math.isfinite, [*hours, *numbers]))
        and min(hours) >= 0
        and [one.hour for one in found.scores] == sorted(one.hour for one in found.scores)
        and {voice.key for voice in voices(found)} <= set(found.keys())
        and bool(plan_of(found, "ketamine-monthly", 4).doses)
    )


def error_is_whole(error: VagusError, path: Path) -> bool:
    return error.file == str(path) and bool(error.hint) and bool(error.message)


@SLOW
@given(rows=ROWS, good=st.booleans())
@example(rows=[{"kind": "score", "day": "0", "time": "\N{SUPERSCRIPT TWO}:30", "name": "phq9"}], good=True)
def test_any_table_is_read_or_refused(tmp_path: Path, rows: list[dict[str, str]], good: bool) -> None:
    lines = [",".join(COLUMNS)]
    for row in [*(GOOD if good else []), *rows]:
        lines.append(",".join(quoted(row.get(key, "")) for key in COLUMNS))
    path = tmp_path / "p.csv"
    assert sound(read(path, "\n".join(lines).encode()), path)


@SLOW
@given(cut=st.integers(0, 900), put=st.binary(max_size=6), end=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_any_damage_to_a_file_is_read_or_refused(tmp_path: Path, cut: int, put: bytes, end: bytes) -> None:
    content = EXAMPLE.read_bytes()
    damaged = content[:cut] + put + content[cut + len(put) :]
    path = tmp_path / "p.csv"
    assert sound(read(path, damaged.replace(b"\n", end)), path)


@SLOW
@given(rows=ROWS)
def test_any_toml_is_read_or_refused(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    text = 'conditions = ["mdd"]\n[[score]]\nday = 0\nname = "madrs"\nvalue = 33\n'
    for row in rows:
        kind = row["kind"] if row["kind"].isascii() and row["kind"] else "score"
        cells = [f"{key} = '{value}'" for key, value in row.items() if value and key not in ("kind", "note")]
        text += "\n".join([f"[[{kind}]]", *cells]) + "\n"
    path = tmp_path / "p.toml"
    assert sound(read(path, text.encode()), path)


NUMBERS = st.sampled_from(["0", "1", "24", "-200", ".", "", "nan", "inf", "x", "35", "1e400", "-2", "9"])


@SLOW
@given(
    columns=st.lists(
        st.sampled_from(["AMT", "RATE", "EVID", "DV", "DVID", "CMT", "MDV", "WT", "AGE", "SEX", "ADDL"]),
        max_size=8,
    ),
    cells=st.lists(st.lists(NUMBERS, min_size=10, max_size=10), min_size=1, max_size=4),
)
@example(columns=["EVID"], cells=[["1", "0", "1"] + 7 * ["."]])
def test_any_nonmem_table_is_read_or_refused(
    tmp_path: Path, columns: list[str], cells: list[list[str]]
) -> None:
    text = (
        "# conditions = mdd\n# DVID 1 = madrs\n# CMT 1 = ketamine iv\n"
        + ",".join(["ID", "TIME", *columns])
        + "\n"
    )
    text += "".join(",".join(row[: len(columns) + 2]) + "\n" for row in cells)
    path = tmp_path / "p.csv"
    assert sound(read(path, text.encode()), path)


HEAD = "kind,date,name,value,unit,route,duration\nperson,,conditions,mdd,,,\nperson,,weight,159,,,\n"


def test_a_medicine_by_its_own_name_counts_by_published_equivalents(tmp_path: Path) -> None:
    rows = "score,2026-03-02,madrs,33,,,\ndrug,2026-01-02,Zoloft,98.5,mg,oral,\n"
    diary = read(tmp_path / "p.csv", (HEAD + rows).encode())
    assert isinstance(diary, Diary)
    (taken,) = diary.given
    assert (taken.drug, taken.unit, taken.route) == ("escitalopram", "mg", "oral")
    assert taken.amount == pytest.approx(18.0)
    assert any("Zoloft" in words and "followed as escitalopram" in words for words in diary.assumed)
    wrong = read(tmp_path / "p.csv", (HEAD + rows.replace("oral", "iv")).encode())
    assert isinstance(wrong, VagusError) and wrong.code == "V404" and wrong.line == 5


def test_nothing_is_taken_to_be_usual_in_silence(tmp_path: Path) -> None:
    rows = "score,2.3.2026,madrs,33,,,\nvital,2026-03-09,systolic,120,,,\ndose,2026-03-09,ketamine,35,mg,,\n"
    diary = read(tmp_path / "p.csv", (HEAD + rows).encode())
    assert isinstance(diary, Diary) and str(diary.first) == "2026-03-02" and diary.vitals[0].hour == 168
    told = "; ".join(diary.assumed)
    for words in (
        "weight has no unit (line 3): read as kg",
        "systolic has no unit (line 5): read as mmHg",
        "ketamine has no route (line 6): taken as iv",
        "ketamine iv has no duration (line 6): taken as given at once",
    ):
        assert words in told


STRANGE = {
    "future": ("V487", f"score,{date.today().year + 2}-01-01,madrs,33,,,\n", "future"),
    "slashes": ("V487", "score,02/03/2026,madrs,33,,,\n", "slashes"),
    "before anybody lived": ("V487", "score,0202-03-02,madrs,33,,,\n", "1900"),
    "share of a score": ("V303", "score,2026-03-02,madrs,50%,,,\n", "plain number"),
    "decimal comma": ("V303", 'score,2026-03-02,nrs_pain,"3,5",,,\n', "3.5"),
    "unit of a score": ("V302", "score,2026-03-02,madrs,33,mg,,\n", "points"),
    "bare duration": ("V303", "dose,2026-03-02,ketamine,35,mg,iv,40\n", "40 min"),
    "event twice": ("V488", 2 * "event,2026-03-02,stress,0.5,,,\n", "line 5"),
    "pressures the wrong way round": (
        "V489", "vital,2026-03-02,systolic,80,mmHg,,\nvital,2026-03-02,diastolic,120,mmHg,,\n", "systolic",
    ),
    "perhaps virtual": ("V413", "person,,virtual,maybe,,,\n", "true"),
}  # fmt: skip


@pytest.mark.parametrize("case", STRANGE)
def test_what_could_be_read_in_two_ways_is_refused(case: str, tmp_path: Path) -> None:
    code, rows, words = STRANGE[case]
    path = tmp_path / "p.csv"
    path.write_text(HEAD + "score,2026-03-01,madrs,30,,,\n" + rows)
    with pytest.raises(VagusError) as raised:
        read_diary(path)
    assert raised.value.code == code and raised.value.line is not None and raised.value.line > 4
    assert words in f"{raised.value.message} {raised.value.hint}"


def test_a_virtual_person_may_live_in_any_year(tmp_path: Path) -> None:
    rows = f"person,,virtual,true,,,\nscore,{date.today().year + 2}-01-01,madrs,33,,,\n"
    diary = read(tmp_path / "p.csv", (HEAD + rows).encode())
    assert isinstance(diary, Diary) and diary.virtual


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("kind;date;name;value\n", "semicolons"),
        ("kind\tdate\tname\n", "tabs"),
        ("id,time,dv\n1,0,33\n", "ID,TIME"),
    ],
)
def test_other_separators_are_told(table: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(table)
    with pytest.raises(VagusError) as raised:
        read_diary(path)
    assert raised.value.code == "V106" and words in (raised.value.hint or "")
