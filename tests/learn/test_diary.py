"""The file of a person: three ways to write it, and every mistake told with its code and line."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.learn.diary import follow_table
from vagus.learn.diary_files import read_diary

HEAD = "kind,day,time,name,value,unit,items,route,duration,until\n"
WHO = "person,,,conditions,mdd,,,,,\nperson,,,weight,70,kg,,,,\n"
SCORE = "score,0,,madrs,33,,,,,\n"


def written(folder: Path, text: str, name: str = "person.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_days_in_any_order_units_and_missing_values(tmp_path: Path) -> None:
    rows = "score,14,,madrs,20,,,,,\nscore,7,,phq9,,,,,,\nvital,0,07:30,systolic,16,kPa,,,,\n"
    rows += "dose,0,09:00,ketamine,35,mg,,iv,40 min,\n"
    diary = read_diary(written(tmp_path, HEAD + WHO.replace("70,kg", "154.3 lb,") + rows + SCORE))
    assert [(one.hour, one.key, one.value) for one in diary.scores] == [(0, "madrs", 33), (336, "madrs", 20)]
    assert diary.vitals[0].value == pytest.approx(
        120.0, abs=0.1
    )  # a reading before 08:00 of day 0 belongs to day 0
    assert diary.vitals[0].hour == 0
    assert diary.given[0].hours == pytest.approx(2 / 3) and diary.given[0].hour == 1
    assert diary.patient.weight == pytest.approx(70.0, abs=0.05)
    assert diary.end == 336 and diary.assumed == ("age was not given", "sex was not given")


def test_dates_and_days_before_the_first(tmp_path: Path) -> None:
    head = HEAD.replace("day", "date")
    text = head + WHO + "score,2026-03-09,,madrs,20,,,,,\nscore,2026-03-02,,madrs,30,,,,,\n"
    diary = read_diary(written(tmp_path, text))
    assert str(diary.first) == "2026-03-02" and [one.hour for one in diary.scores] == [0, 168]
    counted = read_diary(written(tmp_path, HEAD + WHO + "score,-7,,madrs,30,,,,,\n" + SCORE, "other.csv"))
    assert [one.hour for one in counted.scores] == [0, 168]


def test_items_give_the_total_and_events_and_medicines_are_read(tmp_path: Path) -> None:
    rows = (
        "score,0,,madrs,,,4 4 3 4 3 4 4 3 3 1,,,\n"
        "drug,0,,escitalopram,10,mg,,oral,,14\n"
        "event,3,,stress,0.4,,,,10 d,\n"
        "treatment,5,,sleep-treatment,,,,,,\n"
    )
    diary = read_diary(written(tmp_path, HEAD + WHO + rows))
    assert diary.scores[0].value == 33 and len(diary.scores[0].items) == 10
    assert diary.given[0].until == 14 * 24
    assert diary.happenings[0].hold is not None and diary.happenings[0].hold.name == "load.acute"
    assert diary.happenings[0].end - diary.happenings[0].start == 240
    assert diary.begun[0].name == "sleep-treatment"


def test_toml_and_nonmem_say_the_same(tmp_path: Path) -> None:
    table = read_diary(written(tmp_path, HEAD + WHO + SCORE + "dose,0,09:00,ketamine,35,mg,,iv,40 min,\n"))
    toml = 'conditions = ["mdd"]\nweight = "70 kg"\n[[score]]\nday = 0\nname = "madrs"\nvalue = 33\n'
    toml += '[[dose]]\nday = 0\ntime = "09:00"\nname = "ketamine"\nvalue = 35\nunit = "mg"\n'
    toml += 'route = "iv"\nduration = "40 min"\n'
    own = read_diary(written(tmp_path, toml, "person.toml"))
    nonmem = "# conditions = mdd\n# DVID 1 = madrs\n# CMT 1 = ketamine iv\nID,TIME,AMT,RATE,EVID,DV,DVID,WT\n"
    nonmem += "1,0,.,.,0,33,1,70\n1,1,35,52.5,1,.,.,70\n"
    third = read_diary(written(tmp_path, nonmem, "nonmem.csv"))
    for other in (own, third):
        assert [(one.hour, one.key, one.value) for one in other.scores] == [(0, "madrs", 33)]
        assert other.given[0].drug == "ketamine" and other.given[0].amount == 35
        assert other.given[0].hours == pytest.approx(table.given[0].hours)
        assert other.patient.conditions == ("mdd",) and other.patient.weight == pytest.approx(70)


BAD = {
    "unknown instrument": ("V486", HEAD + WHO + "score,0,,madr,33,,,,,\n", 4, "madrs"),
    "unknown kind": ("V486", HEAD + WHO + "scores,0,,madrs,33,,,,,\n", 4, "score"),
    "unknown vital sign": ("V486", HEAD + WHO + SCORE + "vital,0,,sistolic,120,mmHg,,,,\n", 5, "systolic"),
    "unknown event": ("V486", HEAD + WHO + SCORE + "event,0,,infectoin,1,,,,,\n", 5, "infection"),
    "unknown entry of a person": ("V486", HEAD + WHO + "person,,,wieght,70,kg,,,,\n" + SCORE, 4, "weight"),
    "unknown column": ("V401", HEAD.replace("route", "rout") + WHO + SCORE, 1, "route"),
    "unknown condition": ("V402", HEAD + WHO.replace("mdd", "mddd") + SCORE, 2, "mdd"),
    "no day": ("V487", HEAD + WHO + "score,,,madrs,33,,,,,\n", 4, ""),
    "day that is no number": ("V487", HEAD + WHO + "score,monday,,madrs,33,,,,,\n", 4, ""),
    "time that is none": ("V487", HEAD + WHO + "score,0,25:10,madrs,33,,,,,\n", 4, ""),
    "date that is none": ("V487", HEAD.replace("day", "date") + WHO + "score,31/3/2026,,madrs,33,,,,,\n", 4, "2026"),
    "ends before it begins": ("V487", HEAD + WHO + SCORE + "drug,7,,escitalopram,10,mg,,oral,,3\n", 5, ""),
    "the same twice": ("V488", HEAD + WHO + SCORE + "score,0,,madrs,31,,,,,\n", 5, ""),
    "the same dose twice": (
        "V488", HEAD + WHO + SCORE + 2 * "dose,0,09:00,ketamine,35,mg,,iv,40 min,\n", 6, "",
    ),
    "score off its scale": ("V489", HEAD + WHO + "score,0,,madrs,61,,,,,\n", 4, ""),
    "pressure that cannot be": ("V489", HEAD + WHO + SCORE + "vital,0,,systolic,1200,mmHg,,,,\n", 5, ""),
    "dose that cannot be": ("V489", HEAD + WHO + SCORE + "dose,0,,ketamine,500,mg/kg,,iv,40 min,\n", 5, ""),
    "weight that cannot be": ("V489", HEAD + WHO.replace("70", "700") + SCORE, 3, ""),
    "too many items": ("V489", HEAD + WHO + "score,0,,phq9,,,1 1 1,,,\n", 4, ""),
    "items that do not add up": ("V490", HEAD + WHO + "score,0,,phq9,20,,1 1 1 1 1 1 1 1 1,,,\n", 4, ""),
    "negative dose": ("V406", HEAD + WHO + SCORE + "dose,0,,ketamine,-35,mg,,iv,40 min,\n", 5, ""),
    "unknown drug": ("V404", HEAD + WHO + SCORE + "dose,0,,ketamin,35,mg,,iv,40 min,\n", 5, "ketamine"),
    "unknown route": ("V413", HEAD + WHO + SCORE + "dose,0,,ketamine,35,mg,,ivv,40 min,\n", 5, "iv"),
    "unit of a dose": ("V302", HEAD + WHO + SCORE + "dose,0,,ketamine,35,h,,iv,40 min,\n", 5, ""),
    "unit of a vital sign": ("V302", HEAD + WHO + SCORE + "vital,0,,systolic,120,kg,,,,\n", 5, ""),
    "a word for a number": ("V303", HEAD + WHO + "score,0,,madrs,high,,,,,\n", 4, ""),
    "unknown treatment": ("V403", HEAD + WHO + SCORE + "treatment,0,,sleeping,,,,,,\n", 5, ""),
    "no score": ("V491", HEAD + WHO, None, ""),
    "no condition": ("V411", HEAD + SCORE, None, ""),
    "no day column": ("V106", "kind,name,value\nscore,madrs,33\n", 1, ""),
    "row too short": ("V107", HEAD + WHO + "score,0,,madrs\n", 4, ""),
    "NONMEM without names": ("V492", "ID,TIME,DV,DVID\n1,0,33,1\n", 2, ""),
    "NONMEM with two people": (
        "V492", "# DVID 1 = madrs\nID,TIME,DV,DVID\n1,0,33,1\n2,0,30,1\n", None, "",
    ),
    "NONMEM with a strange column": ("V492", "ID,TIME,DV,DVIDD\n1,0,33,1\n", 1, "DVID"),
    "NONMEM time": ("V492", "# DVID 1 = madrs\nID,TIME,DV,DVID\n1,first,33,1\n", 3, ""),
    "NONMEM dose of nothing": ("V492", "# DVID 1 = madrs\nID,TIME,AMT,DV,DVID\n1,0,35,.,1\n", 3, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_every_mistake_is_told_with_code_and_line(case: str, tmp_path: Path) -> None:
    code, text, line, hint = BAD[case]
    with pytest.raises(VagusError) as raised:
        read_diary(written(tmp_path, text))
    assert (raised.value.code, raised.value.line) == (code, line)
    assert hint in (raised.value.hint or "") + raised.value.message


@pytest.mark.parametrize("dated", [False, True])
def test_a_medicine_of_years_begins_shortly_before_everything_else(dated: bool, tmp_path: Path) -> None:
    drug, score = ("2024-01-01", "2026-03-02") if dated else ("-700", "91")
    head = HEAD.replace("day", "date") if dated else HEAD
    rows = f"drug,{drug},,escitalopram,10,mg,,oral,,\nscore,{score},,madrs,30,,,,,\n"
    diary = read_diary(written(tmp_path, head + WHO + rows))
    lead = follow_table()["medicine"]["lead_d"]
    assert diary.scores[0].hour == 24 * lead and diary.given[0].hour == 0
    assert diary.first == (date(2026, 3, 2) - timedelta(days=lead) if dated else None)
    ended = "2025-01-01" if dated else "-600"
    rows = rows.replace(",oral,,\n", f",oral,,{ended}\n")
    assert (
        read_diary(written(tmp_path, head + WHO + rows)).scores[0].hour > 24 * 365
    )  # over long ago: kept as it was


def test_a_key_that_toml_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(VagusError) as raised:
        read_diary(written(tmp_path, 'conditions = ["mdd"]\n[[score]]\nday = 0\nnaem = "madrs"\n', "p.toml"))
    assert (raised.value.code, raised.value.line) == ("V401", 4)
