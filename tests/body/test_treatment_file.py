"""Treatment files: every mistake is told with its code, file and line; nothing is ignored in silence."""

from pathlib import Path

import pytest

from vagus.body.treatment import load_treatment
from vagus.errors import VagusError
from vagus.tables import atlas_path, read_toml

HEAD = {"title": '"A course"', "meaning": '"for a test"', "grade": '"assumed"', "sources": '["vagus_models"]'}
DOSE = {
    "drug": '"ketamine"',
    "amount": "0.5",
    "unit": '"mg/kg"',
    "route": '"iv"',
    "duration": '"40 min"',
    "days": "[0, 7]",
    "clock": '"08:00"',
}


def table(entries: dict[str, str]) -> str:
    return "".join(f"{key} = {value}\n" for key, value in entries.items())


def text(
    head: dict[str, str] | None = None, dose: dict[str, str] | None = None, drop: tuple[str, ...] = ()
) -> str:
    """A sound treatment with some entries changed, added or left out."""
    top = {key: value for key, value in (HEAD | (head or {})).items() if key not in drop}
    row = {key: value for key, value in (DOSE | (dose or {})).items() if key not in drop}
    return f"{table(top)}\n[[dose]]\n{table(row)}"


def refused(folder: Path, content: str) -> VagusError:
    path = folder / "course.toml"
    path.write_text(content)
    with pytest.raises(VagusError) as caught:
        load_treatment(path)
    assert caught.value.file == str(path) and caught.value.hint
    return caught.value


def line_of(content: str, key: str) -> int:
    lines = content.splitlines()
    return next(n for n, line in enumerate(lines, start=1) if line.startswith(f"{key} ="))


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    path.write_text(text({"care": "1.0", "belief": "0.5"}))
    course = load_treatment(path)
    assert (course.key, [dose.hour for dose in course.doses]) == ("course", [0.0, 168.0])
    assert [(visit.care, visit.belief) for visit in course.visits] == [(1.0, 0.5)] * 2


def test_belief_may_be_that_of_a_control(tmp_path: Path) -> None:
    """The number of a control stands in one table only, so that a calibration moves every treatment with it."""
    path = tmp_path / "course.toml"
    path.write_text(text({"care": "1.0", "belief": '"midazolam"'}))
    told = read_toml(atlas_path("blinding.toml"))["control"]["midazolam"]["value"]
    assert {visit.belief for visit in load_treatment(path).visits} == {told}


def test_an_unknown_treatment_is_refused_with_the_near_name() -> None:
    with pytest.raises(VagusError, match=r"V403 .*did you mean 'ketamine-iv-6'\?"):
        load_treatment("ketamine-iv6")
    with pytest.raises(VagusError, match=r"V403 .*the treatments are: analgesic, "):
        load_treatment("zebra")
    with pytest.raises(VagusError, match="V403"):
        load_treatment("")
    with pytest.raises(VagusError, match="V101"):
        load_treatment("nowhere.toml")


# One entry of the dose, and the code it is refused with.
WRONG_DOSES = [
    ("drug", '"ketamin"', "V404"),
    ("drug", '["ketamine"]', "V412"),
    ("amount", "-0.5", "V406"),
    ("amount", '"-1 mg/kg"', "V406"),
    ("amount", "nan", "V304"),
    ("amount", "inf", "V304"),
    ("amount", '"half"', "V303"),
    ("amount", "true", "V303"),
    ("amount", '"1 L"', "V302"),
    ("unit", '"mgg"', "V301"),
    ("unit", '"L"', "V302"),
    ("unit", '"mg/kg/h"', "V302"),
    ("unit", '"1"', "V302"),
    ("unit", '"%"', "V302"),
    ("unit", "5", "V412"),
    ("route", '"by balloon"', "V413"),
    ("route", "1", "V412"),
    ("duration", "-1", "V407"),
    ("duration", "1e-20", "V407"),
    ("duration", "1e9", "V407"),
    ("duration", '"3 kg"', "V302"),
    ("duration", "inf", "V304"),
    ("days", "[-1]", "V416"),
    ("days", "[nan]", "V304"),
    ("days", "[1e308]", "V407"),
    ("days", "[]", "V412"),
    ("days", '["0"]', "V412"),
    ("days", "[true]", "V412"),
    ("days", "[1" + "0" * 400 + "]", "V304"),
    ("days", str(list(range(10_001))), "V417"),
    ("clock", '"07:59"', "V416"),
    ("clock", '"25:00"', "V412"),
    ("clock", '"nan:00"', "V412"),
    ("clock", '"8"', "V412"),
    ("clock", "8", "V412"),
    ("visit", "3", "V412"),
    ("care", "-1", "V407"),
    ("care", "nan", "V304"),
    ("every", '"24 h"', "V401"),
    ("day", "[0]", "V401"),
]


@pytest.mark.parametrize(("key", "value", "code"), WRONG_DOSES, ids=lambda word: word[:14])
def test_a_wrong_entry_of_a_dose_is_placed(key: str, value: str, code: str, tmp_path: Path) -> None:
    content = text({"care": "1.0"}, {key: value})
    error = refused(tmp_path, content)
    dose = content.index("[[dose]]")
    place = "days" if code == "V416" else key
    wanted = content[:dose].count("\n") + line_of(content[dose:], place)
    assert (error.code, error.line) == (code, wanted), str(error)


WRONG_SCHEDULES = [
    ({"every": "0"}, "V407"),
    ({"every": '"-1 h"'}, "V407"),
    ({"every": '"1 kg"'}, "V302"),
    ({"for_days": "0"}, "V410"),
    ({"for_days": "-3"}, "V410"),
    ({"for_days": "nan"}, "V304"),
    ({"for_days": '"long"'}, "V303"),
    ({"every": '"1 h"', "for_days": "100_000"}, "V417"),
    ({"start_day": "-1"}, "V416"),
    ({"start_day": "1e308"}, "V407"),
]


@pytest.mark.parametrize(("entries", "code"), WRONG_SCHEDULES, ids=str)
def test_a_wrong_schedule_is_placed(entries: dict[str, str], code: str, tmp_path: Path) -> None:
    content = text(dose=entries, drop=("days",))
    error = refused(tmp_path, content)
    assert (error.code, error.line) == (code, line_of(content, [*entries][-1])), str(error)


@pytest.mark.parametrize("key", ["title", "meaning", "grade", "sources", "drug", "amount", "unit"])
def test_a_missing_entry_is_told(key: str, tmp_path: Path) -> None:
    error = refused(tmp_path, text(drop=(key,)))
    assert error.code == "V411" and f"needs '{key}'" in error.message


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({"grade": '"good"'}, "V310"),
        ({"title": "5"}, "V412"),
        ({"meaning": "[]"}, "V412"),
        ({"sources": '"vagus_models"'}, "V412"),
        ({"sources": "[1]"}, "V412"),
        ({"belief": "1.2"}, "V407"),
        ({"belief": '"midazolan"'}, "V413"),
        ({"care": '"much"'}, "V303"),
        ({"limits": "3"}, "V412"),
        ({"doses": "3"}, "V401"),
        ({"visit": "3"}, "V412"),
        ({"limits": '{warnings = "x"}'}, "V412"),
    ],
    ids=str,
)
def test_a_wrong_entry_of_the_treatment_is_placed(head: dict[str, str], code: str, tmp_path: Path) -> None:
    content = text(head)
    error = refused(tmp_path, content)
    assert (error.code, error.line) == (code, line_of(content, next(iter(head)))), str(error)


@pytest.mark.parametrize("entry", ["dose = 5", "dose = [1, 2]", '[dose]\ndrug = "ketamine"'])
def test_doses_are_tables(entry: str, tmp_path: Path) -> None:
    assert refused(tmp_path, f"{table(HEAD)}{entry}\n").code == "V412"


@pytest.mark.parametrize(
    ("visit", "code"),
    [
        ("days = [0]", "V411"),
        ("care = 1", "V411"),
        ("days = [-1]\ncare = 1", "V407"),
        ("days = [0]\ncare = -1", "V407"),
        ("days = [0]\ncare = 1\nbelief = 2", "V407"),
        ("days = [0]\ncare = 1\nwhen = 2", "V401"),
    ],
)
def test_a_wrong_visit_is_placed(visit: str, code: str, tmp_path: Path) -> None:
    content = f"{text()}\n[[visit]]\n{visit}\n"
    error = refused(tmp_path, content)
    head = content[: content.index("[[visit]]")].count("\n") + 1
    assert error.code == code and error.line is not None and error.line >= head


def test_a_warning_has_words(tmp_path: Path) -> None:
    error = refused(tmp_path, f'{text()}[limits]\nwarnings = [{{when = "x", source = "y"}}]\n')
    assert error.code == "V411" and "needs 'text'" in error.message


def test_a_pill_has_no_duration(tmp_path: Path) -> None:
    content = text(dose={"drug": '"escitalopram"', "unit": '"mg"', "route": '"oral"'})
    error = refused(tmp_path, content)
    assert (error.code, error.line) == ("V413", line_of(content, "duration"))


def test_the_second_dose_is_placed_in_the_second_table(tmp_path: Path) -> None:
    content = f"{text()}\n[[dose]]\n{table(DOSE | {'amount': '-3'})}"
    error = refused(tmp_path, content)
    assert (error.code, content.splitlines()[(error.line or 0) - 1]) == ("V406", "amount = -3")


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('control = "open"', 'control = "opne"', "V413", "control"),
        ("days = [0, 7]", "days = [7, 0, 7]", "V412", "days"),
        ("amount_low = 0.5", "amount_low = 2.5", "V407", "amount_high"),
        ("amount_low = 0.5", "amount_low = -0.5", "V407", "amount_low"),
        ('high = 1.0\nunit = "mg/kg"', 'high = 1.0\nunit = "mL"', "V302", "unit"),
    ],
)
def test_a_plan_that_contradicts_itself_is_placed(
    old: str, new: str, code: str, line: str, tmp_path: Path
) -> None:
    sound = (
        'title = "x"\nmeaning = "y"\ncontrol = "open"\ngrade = "weak"\nsources = []\n'
        '[[dose]]\ndrug = "ketamine"\namount = 0.5\nunit = "mg/kg"\ndays = [0, 7]\n'
        '[limits]\namount_low = 0.5\namount_high = 1.0\nunit = "mg/kg"\nsource = "s"\nmeaning = "m"\n'
    )
    path = tmp_path / "plan.toml"
    path.write_text(sound, encoding="utf-8")
    assert load_treatment(path).limits is not None
    assert old in sound
    path.write_text(sound.replace(old, new), encoding="utf-8")
    with pytest.raises(VagusError) as caught:
        load_treatment(path)
    assert caught.value.code == code and caught.value.text.startswith(line) and caught.value.hint
