"""Persons: every key is read, and every mistake is told with its code, file and line."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from vagus.body.patient import Patient, check_conditions, read_patient
from vagus.errors import VagusError

EXAMPLES = Path(__file__).parents[2] / "examples" / "people"


def person(folder: Path, text: str) -> Path:
    path = folder / "person.toml"
    path.write_text(text)
    return path


def refused(folder: Path, text: str) -> VagusError:
    with pytest.raises(VagusError) as caught:
        read_patient(person(folder, text))
    return caught.value


def test_every_key_is_read(tmp_path: Path) -> None:
    path = person(
        tmp_path,
        'name = "Ada"\nage = 47\nsex = "male"\nweight = "159 lb"\nconditions = ["mdd", "pain"]\nnote = "new"\n'
        '[scores]\nmadrs = 32\nphq9 = "19"\n[traits]\n"mood.threshold" = 2.9\n',
    )
    ada = read_patient(path)
    assert (ada.name, ada.age, ada.sex, ada.conditions) == ("Ada", 47.0, "male", ("mdd", "pain"))
    assert ada.weight == pytest.approx(72.12, abs=0.01)
    assert ada.scores == {"madrs": 32.0, "phq9": 19.0} and ada.traits == {"mood.threshold": 2.9}
    assert ada.file == str(path)


def test_what_is_left_out_is_typical(tmp_path: Path) -> None:
    someone = read_patient(person(tmp_path, "weight = 80"))
    assert someone == Patient(name="person", weight=80.0, file=str(tmp_path / "person.toml"))
    assert (someone.age, someone.sex, someone.conditions) == (40.0, "female", ("healthy",))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_people_are_read(path: Path) -> None:
    someone = read_patient(path)
    assert someone.name and someone.conditions


def test_one_condition_may_stand_without_a_list(tmp_path: Path) -> None:
    assert read_patient(person(tmp_path, 'conditions = "mdd"')).conditions == ("mdd",)


def test_a_condition_named_twice_counts_once(tmp_path: Path) -> None:
    assert read_patient(person(tmp_path, 'conditions = ["mdd", "pain", "mdd"]')).conditions == ("mdd", "pain")


def test_a_person_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Patient().age = 20.0  # type: ignore[misc]


# Text of the line that is wrong, and the code it is refused with.
WRONG = {
    "wieght = 70": "V401",
    'conditions = ["mddd"]': "V402",
    "age = 17": "V407",
    "age = 101": "V407",
    "age = -3": "V407",
    "weight = 0": "V407",
    "weight = -70": "V407",
    'weight = "70 g"': "V407",
    "weight = 2000": "V407",
    'weight = "70 L"': "V302",
    'weight = "70 kgg"': "V301",
    'weight = "heavy"': "V303",
    "weight = true": "V303",
    "weight = [70]": "V303",
    "age = 1990-01-01": "V303",
    "age = nan": "V304",
    "age = inf": "V304",
    "age = 0x" + "f" * 5000: "V304",
    'sex = "femal"': "V413",
    "sex = 1": "V412",
    "name = 7": "V412",
    "note = 7": "V412",
    "conditions = 5": "V412",
    "conditions = []": "V412",
    "conditions = [1]": "V412",
    'conditions = ["healthy", "mdd"]': "V414",
    'scores = "high"': "V412",
    "traits = [1]": "V412",
    "conditions = 0x" + "f" * 5000: "V412",
}


@pytest.mark.parametrize(("line", "code"), WRONG.items(), ids=lambda text: text[:24])
def test_a_wrong_entry_is_placed(line: str, code: str, tmp_path: Path) -> None:
    before = "# a person\n" + ('name = "Ada"\n' if not line.startswith("name") else "")
    error = refused(tmp_path, f"{before}{line}\n")
    assert error.code == code, str(error)
    assert (error.file, error.line) == (str(tmp_path / "person.toml"), before.count("\n") + 1)
    assert error.hint and len(str(error)) < 2000


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ('[scores]\nmadrs = "many"', "V303"),
        ("[scores]\nmadrs = nan", "V304"),
        ("[scores]\nmadrs = [30]", "V303"),
        ('[scores]\nmadrs = "30 kg"', "V302"),
        ("[traits]\n'mood.threshold' = inf", "V304"),
        ("[traits]\n'mood.threshold' = {value = 3}", "V303"),
    ],
)
def test_a_wrong_number_in_a_table_is_placed(table: str, code: str, tmp_path: Path) -> None:
    error = refused(tmp_path, f'name = "madrs"\n{table}\n')
    assert (error.code, error.line) == (code, 3)


def test_the_near_word_is_suggested(tmp_path: Path) -> None:
    assert refused(tmp_path, "wieght = 70").hint == "did you mean 'weight'?"
    assert refused(tmp_path, 'sex = "femal"').hint == "did you mean 'female'?"


def test_an_empty_file_is_no_person(tmp_path: Path) -> None:
    for text in ("", "# nothing yet\n"):
        error = refused(tmp_path, text)
        assert (error.code, error.file) == ("V411", str(tmp_path / "person.toml"))


def test_a_nested_key_is_a_table_where_a_value_is_wanted(tmp_path: Path) -> None:
    assert refused(tmp_path, "conditions." + "a." * 1500 + "b = 1").code == "V412"


def test_very_many_entries_are_read_at_once(tmp_path: Path) -> None:
    rows = "".join(f'"a{n}" = {n}\n' for n in range(50_000))
    assert len(read_patient(person(tmp_path, f"[traits]\n{rows}")).traits) == 50_000


def test_conditions_are_checked_without_a_file_too() -> None:
    assert check_conditions(("mdd", "pain", "mdd")) == ("mdd", "pain")
    for names, code in ((("mddd",), "V402"), (("pain", "healthy"), "V414")):
        with pytest.raises(VagusError) as caught:
            check_conditions(names)
        assert (caught.value.code, caught.value.file) == (code, None)


def test_a_person_knows_where_its_entries_stand(tmp_path: Path) -> None:
    someone = read_patient(person(tmp_path, "weight = 80\n[scores]\nmadrs = 30\n"))
    assert someone.place("madrs")["line"] == 3
    (tmp_path / "person.toml").unlink()
    assert someone.place("madrs") == {"file": someone.file, "line": None, "text": None}
    assert Patient(name="Ada").place("madrs")["file"] == "Ada"
