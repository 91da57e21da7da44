"""The study files of the atlas: every number, unit, source and side against the row it was taken from.

The rows that are used stand in tests/data/study_rows.csv, so that this holds without the list of published numbers.
Where that list lies beside the project, the table is compared with it and each of its rows must be accounted for.
"""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from vagus.cli import studies_docs
from vagus.evidence.studies import (
    LeftOut,
    StudyFile,
    read_left_out,
    read_studies,
    study_paths,
)
from vagus.people.study import read_study
from vagus.people.study_record import Outcome
from vagus.people.study_unit import PLAIN
from vagus.tables import atlas_path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / studies_docs.PAGE
EVIDENCE = TESTS.parents[1] / "shared" / "evidence"
LISTS = ("mental", "body", "pk")
SIDES = ("calibrate", "validate")
FACTS = {
    row["row"]: row
    for row in csv.DictReader((TESTS / "data" / "study_rows.csv").read_text(encoding="utf-8").splitlines())
}
#: How the list writes a unit, and how a file does where it is not the same.
UNITS = {
    "%": "percent",
    "percent (approx)": "percent",
    "bpm": "1/min",
    "N/cm2": "N/cm^2",
    "days (median)": "d",
    "h:min": "h",
    "mmHg (approx)": "mmHg",
}
#: Units of scores and plain numbers: a file leaves them out.
WITHOUT = re.compile(
    r"(LS )?(mean difference )?\(?(NRS )?points\b.*|LS mean difference|fraction.*|SD|SMD|Cohen d.*|Hedges g.*|%"
    r"|(odds|risk|hazard) ratio.*|relative risk"
)
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def files() -> list[StudyFile]:
    return read_studies()


@pytest.fixture(scope="module")
def left() -> list[LeftOut]:
    return read_left_out()


def row_of(outcome: Outcome) -> str:
    return re.match(r"row ([^;]+)", outcome.note)[1]


def numbers(*texts: str) -> set[float]:
    return {float(found) for text in texts for found in NUMBER.findall(text)}


def test_there_are_enough_of_each_list(files: list[StudyFile]) -> None:
    of = Counter("mental" if FACTS[one.rows[0]]["list"] == "mental" else "body" for one in files)
    assert of["mental"] >= 40
    assert of["body"] >= 15


def test_every_file_says_what_it_is(files: list[StudyFile]) -> None:
    for path, one in zip(study_paths(), files, strict=True):
        assert one.study.id == path.stem
        assert one.study.title and one.study.citation
        assert one.study.split in SIDES
        assert one.study.outcomes and not one.study.endpoints


def test_every_outcome_is_the_number_of_its_row(files: list[StudyFile]) -> None:
    for one in files:
        for outcome in one.study.outcomes:
            fact = FACTS[row_of(outcome)]
            turned, percent = "sign turned" in outcome.note, "printed in percent" in outcome.note
            scale = 100.0 if percent else 1.0
            printed = numbers(fact["value"])
            if "clock time" in outcome.note:
                hours, minutes = map(float, fact["value"].split(":"))
                printed = {round(hours + minutes / 60.0, 4)}
            assert round(abs(outcome.value) * scale, 6) in printed, (one.study.id, outcome.note)
            if re.fullmatch(r"-?\d+(\.\d+)?", fact["value"]):
                want = float(fact["value"]) * (-1.0 if turned else 1.0)
                assert outcome.value * scale == pytest.approx(want, abs=1e-9), (one.study.id, outcome.note)
            spread = numbers(fact["spread"])
            given = [outcome.se, outcome.sd, *(outcome.ci or ())]
            for number in given:
                assert number is None or round(abs(number) * scale, 6) in spread, (one.study.id, outcome.note)


def test_every_outcome_has_the_unit_and_source_of_its_row(files: list[StudyFile]) -> None:
    for one in files:
        for outcome in one.study.outcomes:
            fact = FACTS[row_of(outcome)]
            if outcome.quantity in PLAIN or WITHOUT.fullmatch(fact["unit"]):
                assert WITHOUT.fullmatch(fact["unit"])
            else:
                assert outcome.unit == UNITS.get(fact["unit"], fact["unit"]), (one.study.id, outcome.note)
            said = f"{one.study.citation} {outcome.note}"
            assert fact["citation"] in said or fact["citation"] == "see url"
            assert fact["doi"] in f"{one.study.doi} {outcome.note}"


def test_the_rows_of_a_study_are_on_one_side(files: list[StudyFile]) -> None:
    for one in files:
        assert {FACTS[key]["split"] for key in (*one.rows, *one.baseline)} == {one.study.split}


def test_a_row_stands_in_one_file_or_is_left_out_with_a_reason(
    files: list[StudyFile], left: list[LeftOut]
) -> None:
    used = [key for one in files for key in (*one.rows, *one.baseline)]
    assert max(Counter(used).values()) == 1
    assert set(used) == set(FACTS)
    out = Counter(one.row for one in left)
    assert max(out.values()) == 1
    assert not set(out) & set(used)
    assert all(one.kind and one.reason and one.split in SIDES for one in left)


def test_a_baseline_row_is_the_baseline_of_its_population(files: list[StudyFile]) -> None:
    for one in files:
        people = [one.study.population, *(arm.population for arm in one.study.arms)]
        stated = {
            number
            for each in people
            for score in each.severity
            for number in (score.score.mean, score.score.sd)
        }
        for key in one.baseline:
            wanted = numbers(FACTS[key]["value"]) | numbers(FACTS[key]["spread"])
            assert wanted & stated, (one.study.id, key)


def test_what_the_model_can_not_say_has_a_reason_and_most_it_can(files: list[StudyFile]) -> None:
    reasons = [outcome.reason for one in files for outcome in one.study.outcomes]
    said = sum(reason is None for reason in reasons)
    assert said > 0.9 * len(reasons)
    assert any("ect" in (reason or "") for reason in reasons)  # a comparator without a model, never guessed


def test_the_page_is_current(files: list[StudyFile], left: list[LeftOut]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert studies_docs.page_with(page, studies_docs.render(files, left)) == page


def test_the_page_command_writes_only_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / studies_docs.PAGE
    page.write_text(f"before\n{studies_docs.BEGIN}\nold\n{studies_docs.END}\nafter\n", encoding="utf-8")
    studies_docs.main(str(tmp_path))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith("after\n") and "\nold\n" not in text


@pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the list of published numbers is not beside the project")
def test_every_row_of_the_list_is_accounted_for(files: list[StudyFile], left: list[LeftOut]) -> None:
    yaml = pytest.importorskip("yaml", reason="the list of published numbers is YAML")
    may, sides = set(), {}
    for name in LISTS:
        for row in yaml.safe_load((EVIDENCE / f"{name}.yaml").read_text(encoding="utf-8")):
            key = row["id"]
            sides[key] = (name, row["split"])
            if row["split"] in SIDES and row["status"] != "recalled":
                may.add(key)
            if key in FACTS:
                check_fact(FACTS[key], row)
    used = {key for one in files for key in (*one.rows, *one.baseline)}
    assert used | {one.row for one in left} == may
    assert all(sides[one.row] == (one.file.removesuffix(".yaml"), one.split) for one in left)


def check_fact(fact: dict[str, str], row: dict[str, object]) -> None:
    """A row of the shipped table says what the list says."""
    spread = [str(row["spread"])] if row.get("spread") not in (None, "") else []
    spread += [f"{key} {row[key]}" for key in ("sd", "se", "ci_low", "ci_high") if row.get(key) is not None]
    want = [str(row.get(key, "")) for key in ("value", "unit", "citation", "doi", "split")]
    assert [fact[key] for key in ("value", "unit", "citation", "doi", "split")] == want
    assert fact["spread"] == "; ".join(spread)


def test_one_file_is_read_like_any_other() -> None:
    study = read_study(atlas_path("studies", "murrough2013a.toml"))
    assert [arm.name for arm in study.arms] == ["ketamine", "midazolam"]
    assert {arm.blinding.control for arm in study.arms} == {"midazolam"}
