"""Bad input: a coded error with place and hint, exit code 2, no traceback, and nothing half-written."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vagus.body.treatment import load_treatment
from vagus.errors import VagusError, explanations
from vagus.tables import SIZE_LIMIT, atlas_path, read_parameters

from .command import Command

BAD_MODELS = Path(__file__).parents[1] / "data" / "bad_models"
TREATMENT = 'title = "t"\nmeaning = "m"\ngrade = "assumed"\nsources = ["vagus_models"]\n'
DOSE = 'drug = "ketamine"\namount = 0.5\nunit = "mg/kg"\nduration = "40 min"\ndays = [0]\n'
PERSON, COURSE = "person.toml", "course.toml"


@dataclass(frozen=True)
class Bad:
    """One mistake: what is written into which file, the words of the command, the code, and what the place names."""

    code: str
    words: tuple[str, ...] = (PERSON,)
    files: dict[str, str | bytes] = field(default_factory=dict)
    place: str = ""


def person(text: str, code: str, line: int | None = 1) -> Bad:
    """A mistake in a person file."""
    return Bad(code, (PERSON,), {PERSON: text}, f"{PERSON}, line {line}" if line else PERSON)


def dose(old: str, new: str, code: str) -> Bad:
    """A mistake in a dose of a treatment file."""
    assert old in DOSE
    text = f"{TREATMENT}[[dose]]\n{DOSE.replace(old, new)}"
    line = next(
        n
        for n, (one, two) in enumerate(
            zip(text.splitlines(), (TREATMENT + "[[dose]]\n" + DOSE).splitlines(), strict=True), start=1
        )
        if one != two
    )
    return Bad(code, ("--treatment", COURSE), {COURSE: text}, f"{COURSE}, line {line}")


def option(code: str, *words: str) -> Bad:
    """A mistake in the words of the command."""
    return Bad(code, words, place=words[0])


SIMULATE = {
    # The list of the issue, in its order.
    "unknown condition": option("V402", "--condition", "mddd"),
    "unknown condition in a file": person('conditions = ["mddd"]', "V402"),
    "unknown drug": dose('"ketamine"', '"ketamin"', "V404"),
    "unknown unit": person('weight = "70 kgg"', "V301"),
    "unknown unit of a dose": dose('"mg/kg"', '"mgg/kg"', "V301"),
    "unit of another kind": person('weight = "70 L"', "V302"),
    "unknown instrument": person("[scores]\nmadr = 30", "V405", 2),
    "unknown treatment": option("V403", "--treatment", "ketamine-iv6"),
    "negative dose": dose("0.5", "-0.5", "V406"),
    "weight 0": person("weight = 0", "V407"),
    "dose after the end": option("V408", "--treatment", "ketamine-iv-6", "--days", "14"),
    "NaN in a person": person("weight = nan", "V304"),
    "NaN in a dose": dose("0.5", "nan", "V304"),
    "NaN in a score": person("[scores]\nmadrs = nan", "V304", 2),
    "NaN as a day": dose("[0]", "[nan]", "V304"),
    "huge file": person("#" * (SIZE_LIMIT + 1), "V103", None),
    "huge treatment": Bad("V103", ("--treatment", COURSE), {COURSE: "#" * (SIZE_LIMIT + 1)}, COURSE),
    "number without a digit before its point": person('name = "Ada"\nage = .5', "V104", 2),
    "TOML syntax error": person('name = "Ada"\nage = = 3', "V104", 2),
    "output is a file": Bad("V602", ("--out", "taken"), {"taken": "in the way"}, "--out taken"),
    "output below a file": Bad("V601", ("--out", "taken/out"), {"taken": "in the way"}, "--out taken/out"),
    "output with a name too long": Bad("V601", ("--out", "x" * 300), place="--out"),
    "output with a folder in the way": Bad(
        "V601", ("--out", "out"), {"out/run.nc/mine": "in the way"}, "--out out"
    ),
    # Beyond it.
    "missing person": Bad("V101", ("nobody.toml",), place="nobody.toml"),
    "missing treatment": option("V101", "--treatment", "nothing.toml"),
    "folder as a person": Bad("V102", ("folder.toml",), {"folder.toml/x": ""}, "folder.toml"),
    "folder as a treatment": Bad("V102", ("--treatment", "f.toml"), {"f.toml/x": ""}, "f.toml"),
    "binary as a person": Bad("V105", (PERSON,), {PERSON: bytes(range(256)) * 4}, PERSON),
    "no text of this code": Bad("V105", (PERSON,), {PERSON: "name = 'Zoë'".encode("latin-1")}, PERSON),
    "empty person": person("", "V411", None),
    "empty treatment": Bad("V411", ("--treatment", COURSE), {COURSE: ""}, COURSE),
    "deep nesting": person("a = " + "[" * 100_000, "V104", None),
    "deep key": person("a." * 1000 + "b = 1", "V401", None),
    "number of thousands of digits": person("age = " + "9" * 10_000, "V104", None),
    "unknown key": person("wieght = 70", "V401"),
    "key twice": person("age = 40\nage = 41", "V104", 2),
    "sick and healthy": person('conditions = ["healthy", "mdd"]', "V414"),
    "score outside its scale": person("[scores]\nmadrs = 61", "V415", 2),
    "score that does not fit": person("[scores]\nmadrs = 50", "V442", 2),
    "unknown trait": person('[traits]\n"mood.treshold" = 3', "V315", 2),
    "trait outside its range": person('[traits]\n"mood.threshold" = 99', "V306", 2),
    "doses beyond counting": Bad(
        "V417",
        ("--treatment", COURSE),
        {COURSE: f"{TREATMENT}[[dose]]\n{DOSE.replace('days = [0]', 'for_days = 100000')}every = '1 h'\n"},
        f"{COURSE}, line",
    ),
    "days nan": option("V410", "--days", "nan"),
    "days inf": option("V410", "--days", "inf"),
    "days -1": option("V410", "--days", "-1"),
    "days 0": option("V410", "--days", "0"),
    "days huge": option("V417", "--days", "1e9"),
    "n 0": option("V409", "--n", "0"),
    "n -5": option("V409", "--n", "-5"),
    "n huge": option("V417", "--n", "1000000000"),
    "rtol 0": option("V413", "--rtol", "0"),
    "rtol nan": option("V413", "--rtol", "nan"),
    "rtol huge": option("V413", "--rtol", "1"),
    "cluster without a port": option("V120", "--cluster", "somewhere"),
    "cluster of no process": option("V120", "--cluster", "local:0"),
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Bad], Path]:
    """Writes the files of a mistake into an empty folder and goes there."""

    def lay(bad: Bad) -> Path:
        for name, content in bad.files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return lay


def everything(folder: Path) -> dict[str, int]:
    """Every file below a folder with its size, and every folder."""
    return {str(path): path.stat().st_size if path.is_file() else -1 for path in folder.rglob("*")}


@pytest.mark.parametrize("name", SIMULATE)
def test_bad_input_is_told_and_leaves_nothing(name: str, desk: Callable[[Bad], Path], vagus: Command) -> None:
    bad = SIMULATE[name]
    folder = desk(bad)
    before = everything(folder)
    words = bad.words if "--out" in bad.words else (*bad.words, "--out", "result")
    done = vagus("simulate", *words)
    assert (done.code, done.out) == (2, ""), done
    first, *rest = done.err.splitlines()
    assert first.startswith(f"{bad.code} ") and "Traceback" not in done.err
    assert any(line.startswith("  at ") and bad.place in line for line in rest), done.err
    assert any(line.startswith("  try: ") and len(line) > 10 for line in rest), done.err
    assert everything(folder) == before and len(done.err) < 3000


@pytest.mark.parametrize("name", SIMULATE)
def test_programs_get_the_same_as_one_object(name: str, desk: Callable[[Bad], Path], vagus: Command) -> None:
    bad = SIMULATE[name]
    desk(bad)
    done = vagus("simulate", *bad.words, "--json")
    assert (done.code, done.err) == (2, "")
    error = done.data["error"]
    assert set(error) == {"code", "message", "file", "line", "text", "hint"}
    assert error["code"] == bad.code and error["message"] and error["hint"]
    assert error["file"] or error["text"]
    assert error["code"] in explanations()


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_printed_report_needs_a_folder(words: tuple[str, ...], tmp_path: Path, vagus: Command) -> None:
    done = vagus("simulate", "--pdf", *words)
    assert done.code == 2
    if words:
        assert done.data["error"]["code"] == "V604" and done.data["error"]["text"] == "--pdf"
    else:
        assert done.out == "" and done.err.startswith("V604 report.pdf ") and "--out FOLDER" in done.err


def test_a_person_who_cannot_rest_is_a_failed_run(desk: Callable[[Bad], Path], vagus: Command) -> None:
    text = 'conditions = ["mdd"]\n[traits]\n"mood.threshold" = 6\n"load.persistent" = 0\n'
    folder = desk(Bad("V505", (), {PERSON: text}))
    done = vagus("simulate", PERSON, "--out", "result")
    assert done.code == 3 and done.err.startswith("V505 ") and done.out == ""
    assert [path.name for path in folder.iterdir()] == [PERSON]


@pytest.mark.parametrize("words", [("--days", "many"), ("--n", "1.5"), ("--colour", "red"), ("--seed", "x")])
def test_words_that_are_no_options_end_with_two(words: tuple[str, ...], vagus: Command) -> None:
    done = vagus("simulate", *words)
    assert done.code == 2 and done.out == "" and words[0] in done.err and "Traceback" not in done.err


HEADER = (atlas_path("parameters") / "opioid.csv").read_text().splitlines()[0]


def spoil_table(folder: Path, change: Callable[[list[str]], None]) -> Path:
    """A copy of the shipped tables in which one is spoilt; gives back that one."""
    shutil.copytree(atlas_path("parameters"), folder / "parameters")
    shutil.copy(atlas_path("sources.bib"), folder / "sources.bib")
    path = folder / "parameters" / "opioid.csv"
    lines = path.read_text().splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n")
    return path


def cell(lines: list[str], row: int, column: str, value: str) -> None:
    cells = lines[row].split(",")
    cells[HEADER.split(",").index(column)] = value
    lines[row] = ",".join(cells)


TABLES: dict[str, tuple[Callable[[list[str]], None], str, bool]] = {
    # what is changed, the code, and whether reading the tables refuses it (else only the check of the model does)
    "missing column": (lambda lines: cell(lines, 0, "unit", "units"), "V106", True),
    "row too short": (lambda lines: lines.insert(2, "one,two"), "V107", True),
    "value NaN": (lambda lines: cell(lines, 1, "value", "nan"), "V304", True),
    "value no number": (lambda lines: cell(lines, 1, "value", "many"), "V305", True),
    "value outside its range": (lambda lines: cell(lines, 1, "value", "1e9"), "V306", True),
    "row twice": (lambda lines: lines.append(lines[1]), "V308", True),
    "unknown unit": (lambda lines: cell(lines, 1, "unit", "mgg"), "V301", False),
    "wrong unit": (lambda lines: cell(lines, 1, "unit", "mmHg"), "V207", False),
    "unknown source": (lambda lines: cell(lines, 1, "source", "nobody1900"), "V309", False),
    "unknown grade": (lambda lines: cell(lines, 1, "grade", "good"), "V310", True),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_spoilt_table_is_told_by_check_and_refused_by_reading(
    name: str, tmp_path: Path, vagus: Command
) -> None:
    change, code, refused = TABLES[name]
    path = spoil_table(tmp_path, change)
    done = vagus("check", path, "--json")
    assert done.code != 0 and "Traceback" not in done.err
    told = [problem for problem in done.data["problems"] if problem["code"] == code]
    assert told and told[0]["hint"] and Path(told[0]["file"]).name == "opioid.csv" and told[0]["line"], (
        done.out
    )
    if refused:
        with pytest.raises(VagusError) as caught:
            read_parameters(path.parent)
        assert caught.value.code == code


def test_the_unspoilt_table_has_nothing_wrong(tmp_path: Path, vagus: Command) -> None:
    done = vagus("check", spoil_table(tmp_path, lambda lines: None), "--json")
    assert (done.code, done.data["problems"]) == (0, [])


def test_a_circular_assignment_is_told_by_check(tmp_path: Path, vagus: Command) -> None:
    path = tmp_path / "model.ant"
    shutil.copy(BAD_MODELS / "V206_circle.ant", path)
    done = vagus("check", path, "--json")
    (problem,) = done.data["problems"]
    assert (
        done.code != 0 and (problem["code"], problem["file"]) == ("V206", str(path)) and problem["line"] == 4
    )


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("person.toml", b"\x00\x01\xff", "V105"),
        ("table.csv", b"\xff\xfe\x00", "V105"),
        ("model.ant", b"\xff\xfe\x00", "V105"),
        ("model.xml", b"<sbml", "V202"),
        ("model.sbml", b"", "V202"),
        ("person.toml", b"", "V411"),
        ("person.toml", b"a = [", "V104"),
    ],
)
def test_check_takes_any_file(name: str, content: bytes, code: str, tmp_path: Path, vagus: Command) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = vagus("check", path, "--json")
    assert done.code != 0 and code in [problem["code"] for problem in done.data["problems"]]


def test_the_shipped_treatments_fit_the_default_course() -> None:
    assert load_treatment("ketamine-iv-6").doses[-1].day < 84


def test_an_error_survives_as_plain_data() -> None:
    with pytest.raises(VagusError) as caught:
        load_treatment("ketamine-iv6")
    assert json.loads(json.dumps(caught.value.as_dict()))["code"] == "V403"
