"""The shipped atlas has no fault, and every planted fault is found with its code, file and line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from vagus import tables
from vagus.body.condition import load_condition
from vagus.body.output import load_outputs
from vagus.errors import VagusError
from vagus.evidence.book import open_book
from vagus.evidence.lint import UNREADABLE, check_everything, inventory
from vagus.observe.domain import load_domains
from vagus.observe.instrument import load_instrument

CACHES = (load_condition, load_outputs, load_domains, load_instrument, open_book)


@pytest.fixture
def atlas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the atlas that vagus takes for the shipped one."""
    copy = tmp_path / "atlas"
    shutil.copytree(tables.atlas_path(), copy)
    monkeypatch.setattr(tables, "_ATLAS", copy)
    for cache in CACHES:
        cache.cache_clear()
    yield copy
    for cache in CACHES:
        cache.cache_clear()


def edit(path: Path, old: str, new: str) -> int:
    """Replace a text that stands once in a file; gives back its line."""
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_atlas_is_in_order() -> None:
    assert [str(problem) for problem in check_everything()] == []
    size = inventory()
    assert size.equations > 250 and size.numbers > 700 and size.sources > 50


# File, what stands there, what is planted instead, and the code that has to be found at that line.
TABLES = [
    ("parameters/pain.csv", "assumed,time constant of wind-up", "good,time constant of wind-up", "V310"),
    ("parameters/pain.csv", "vagus_models,assumed,TNF to exc", "nobody,assumed,TNF to exc", "V309"),
    ("parameters/pain.csv", "windup_time,constant,1,h,", "windup_time,constant,1,min,", "V208"),
]
OTHERS = [
    ("names.csv", "wwu,pain.windup_gain", "wwu,pain.windup_gian", "V315"),
    ("outputs.csv", "biomarker.rmssd,", "biomarker.rmsdd,", "V315"),
    ("outputs.csv", ",Heart rate,1/min,", ",Heart rate,1/h,", "V208"),
    ("outputs.csv", ",C-reactive protein,mg/L,", ",C-reactive protein,1,", "V207"),
    ("outputs.csv", ",80,200,0,systolic", ",low,200,0,systolic", "V305"),
    ("outputs.csv", "ms,biomarker,higher", "ms,biomarker,upward", "V413"),
    ("conditions/mdd.toml", '"mood.rumination_gain"', '"mood.depression_excess"', "V315"),
    (
        "conditions/ptsd.toml",
        'rumination_gain" = { shape = "uniform", low = 1.0',
        'rumination_gain" = { shape = "uniform", low = -9.0',
        "V306",
    ),
    ("conditions/mdd.toml", '"load.acute" = 0.9', '"load.acut" = 0.9', "V315"),
    ("conditions/healthy.toml", '"mood.depression" =', '"mood.depresion" =', "V315"),
    ("conditions/healthy.toml", "[0.0, 0.05]", "[0.05, 0.0]", "V307"),
    ("conditions/pain.toml", '"pain-fibromyalgia"', '"fibromyalgia"', "V402"),
    ("treatments/ssri.toml", '"bose2008"', '"bose2009"', "V309"),
    ("treatments/analgesic.toml", 'drug = "opioid"', 'drug = "opiod"', "V404"),
    ("treatments/placebo.toml", 'grade = "assumed"', 'grade = "guess"', "V310"),
    ("instruments/isi.toml", 'loading_source = "vagus_models"', 'loading_source = "nobody"', "V309"),
    ("domains.toml", '"biomarker.fatigue_shown"', '"biomarker.fatige_shown"', "V315"),
    ("drugs.toml", '{ input = "opioid.infusion"', '{ input = "opioid.infusoin"', "V315"),
    ("drugs.toml", 'clearance", factor = 0.1084', 'clearence", factor = 0.1084', "V315"),
    ("drugs.toml", 'as = "ibuprofen"\nsources = ["nap', 'as = "ibuprofin"\nsources = ["nap', "V315"),
    ("reporting.toml", 'grade = "moderate"', 'grade = "modest"', "V310"),
]


@pytest.mark.parametrize("planted", TABLES, ids=lambda planted: planted[-1])
def test_a_fault_of_a_table_is_found(planted: tuple[str, str, str, str], atlas: Path) -> None:
    file, old, new, code = planted
    line = edit(atlas / file, old, new)
    problems = check_everything()
    assert [(p.code, p.file, p.line) for p in problems] == [(code, str(atlas / file), line)]


def test_every_fault_of_the_other_files_is_found(atlas: Path) -> None:
    wanted = {(code, atlas / file, edit(atlas / file, old, new)) for file, old, new, code in OTHERS}
    found = {(problem.code, Path(problem.file or ""), problem.line) for problem in check_everything()}
    assert found == wanted


def test_an_edit_of_a_module_makes_the_shipped_model_old(atlas: Path) -> None:
    edit(atlas / "systems" / "pain.ant", "windup_gain * windup)", "windup)")
    found = {problem.code: problem for problem in check_everything()}
    assert set(found) == {"V213", "V212"}
    assert found["V213"].file == str(atlas / "body.sbml")
    assert found["V212"].file == str(atlas / "parameters" / "pain.csv")


def test_a_module_that_cannot_be_read_is_one_problem(atlas: Path) -> None:
    edit(atlas / "systems" / "pain.ant", "windup_gain * windup)", "windup_gain windup)")
    problems = check_everything()
    assert {problem.code for problem in problems} == {"V201"}
    assert {Path(problem.file or "").name for problem in problems} == {"pain.ant"}


def test_a_table_that_cannot_be_read_is_told_once(atlas: Path) -> None:
    edit(atlas / "parameters" / "pain.csv", "name,kind,value,", "name,kind,valeu,")
    assert [problem.code for problem in check_everything()] == ["V106"]


FILES = {
    "person.toml": ("age = 47\nconditions = ['mdd']\n", []),
    "unknown-condition.toml": ("age = 47\nconditions = ['mddd']\n", [("V402", 2)]),
    "scores.toml": ("[scores]\nmadrs = 99\nmadrz = 3\n", [("V415", 2), ("V405", 3)]),
    "traits.toml": (
        "[traits]\n'mood.threshold' = 9\n'mood.treshold' = 3\n'pain.windup' = 0\n",
        [("V306", 2), ("V315", 3), ("V315", 4)],
    ),
    "not.toml": ("age = \n", [("V104", 1)]),
    "course.toml": (
        "title = 'x'\nmeaning = 'y'\ngrade = 'weak'\nsources = ['KAR2']\nbelief = 1\n"
        "[[dose]]\ndrug = 'ketamine'\namount = 35\nunit = 'mg'\n",
        [("V309", 4)],
    ),
    "negative.toml": (
        "title = 'x'\nmeaning = 'y'\ngrade = 'weak'\nsources = []\n"
        "[[dose]]\ndrug = 'ketamine'\namount = -35\nunit = 'mg'\n",
        [("V406", 7)],
    ),
    "kinds.toml": (
        "title = 'x'\nbelief = 'much'\nsources = 3\n[[visit]]\ndays = 7\n",
        [("V411", None)],
    ),
    "scale.toml": ("title = 'x'\ntotal = 'sum'\n[[item]]\nnumber = 1\n", [("V444", None)]),
    "condition.toml": ("title = 'x'\n[check]\n'mood.depression' = [0, 1]\n", [("V402", None)]),
    "model.ant": ("model m()\n  x = 1; k = 2;\n  x' = -k*x;\nend\n", []),
    "broken.ant": ("model m()\n  x = 1; k = 2\n  x' = -k*x k;\nend\n", [("V201", 3)]),
    "reaction.ant": ("model m()\n  S1 -> S2; k*S1;\n  S1 = 1; S2 = 0; k = 2;\nend\n", [("V203", None)]),
    "broken.xml": ("hello", [("V202", None)]),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_person_is_checked_by_its_reader(name: str, tmp_path: Path) -> None:
    text, wanted = FILES[name]
    path = tmp_path / name
    path.write_text(text)
    problems = check_everything([path])
    assert [problem.code for problem in problems] == [code for code, _ in wanted]
    lines = zip(problems, wanted, strict=True)
    assert all(line is None or problem.line == line for problem, (_, line) in lines)
    assert all(problem.file == str(path) for problem in problems)


def test_a_table_is_checked_against_the_equations(tmp_path: Path) -> None:
    path = tmp_path / "pain.csv"
    shutil.copy(tables.atlas_path("parameters", "pain.csv"), path)
    assert check_everything([path]) == []
    line = edit(path, "windup_time,constant,1,h,", "windup_time,constant,1,min,")
    assert [(problem.code, problem.file, problem.line) for problem in check_everything([path])] == [
        ("V208", str(path), line)
    ]
    path.write_text(
        path.read_text() + "leftover,constant,1,1,0,2,0,fixed,vagus_models,assumed,nothing reads it\n"
    )
    assert {problem.code for problem in check_everything([path])} == {"V212"}
    other = tmp_path / "liver.csv"
    other.write_text((tables.atlas_path("parameters", "gut.csv")).read_text())
    assert check_everything([other]) == []


@pytest.mark.parametrize(
    "parts",
    [("systems", "pain.ant"), ("body.sbml",), ("conditions", "mdd.toml"), ("instruments", "isi.toml")],
)
def test_a_file_of_the_atlas_is_checked_in_its_place(parts: tuple[str, ...]) -> None:
    assert check_everything([tables.atlas_path(*parts)]) == []


def test_many_files_are_all_checked(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("age = 7\n")
    problems = check_everything([tmp_path / "a.toml", tmp_path / "none.toml", tmp_path / "none.csv"])
    assert [problem.code for problem in problems] == ["V407", "V101", "V101"]
    assert "V101" in UNREADABLE


def test_a_file_of_another_kind_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(VagusError, match="V412"):
        check_everything([tmp_path / "none.toml", tmp_path / "notes.docx"])
