"""No tuning to please: the model changes only with its claims run again and the changelog saying what moved."""

from pathlib import Path
from typing import Any

from vagus.body.model import load_model
from vagus.cli.claims_docs import PAGE, page
from vagus.evidence.kept import (
    MODEL_FILES,
    MODEL_FOLDERS,
    SHORT,
    asked_hash,
    changelog_line,
    model_hash,
    read_verdicts,
    verdicts_of,
)
from vagus.evidence.probe import probe
from vagus.evidence.statement import load_ledger
from vagus.tables import atlas_path

from .changelog_check import changelog_problems, probe_problems

ROOT = Path(__file__).parents[1]


def test_changelog_tells_of_the_model_as_it_is() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog_problems(changelog, read_verdicts(), model_hash(), asked_hash()) == []


def test_page_of_the_ledger_is_current() -> None:
    assert (ROOT / "docs" / PAGE).read_text(encoding="utf-8") == page(read_verdicts()), "run `make claims`"


def test_kept_verdicts_are_those_of_every_claim() -> None:
    assert list(read_verdicts()["claims"]) == [statement.id for statement in load_ledger().statements]


def small_atlas(folder: Path, value: str = "1") -> Path:
    for name in ("systems", "parameters", "conditions", "treatments"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "parameters" / "pain.csv").write_text(f"name,value\ngain,{value}\n")
    (folder / "claims.yaml").write_text("no part of the model")
    return folder


def test_hash_changes_with_a_number_and_with_nothing_else(tmp_path: Path) -> None:
    first = model_hash(small_atlas(tmp_path / "a"))
    assert model_hash(small_atlas(tmp_path / "b")) == first
    assert model_hash(small_atlas(tmp_path / "b", "1.1")) != first
    (tmp_path / "a" / "claims.yaml").write_text("other words")
    (tmp_path / "a" / "parameters" / "pain.csv").write_bytes(b"name,value\r\ngain,1\r\n")
    assert model_hash(tmp_path / "a") == first


def test_hash_covers_everything_that_moves_results() -> None:
    """Each of these tables once changed results without the claims being asked for again."""
    for folder in MODEL_FOLDERS:
        assert any(atlas_path(folder).iterdir())
    for name in MODEL_FILES:
        assert atlas_path(name).is_file(), name
    assert {"traits", "instruments"} <= set(MODEL_FOLDERS)
    assert {"activities.csv", "drug_holds.csv", "interactions.toml", "schedule.toml"} <= set(MODEL_FILES)


def test_claims_that_ask_something_else_have_to_be_run_again(tmp_path: Path) -> None:
    folder = small_atlas(tmp_path / "a")
    first = asked_hash(folder)
    kept = {**verdicts_of(record("shown"), {}), "asked": first}
    (folder / "claims.yaml").write_text("a claim with another sign")
    told = changelog_problems(filled_in(kept), kept, kept["hash"], asked_hash(folder))
    assert told and "make claims" in told[0]
    assert changelog_problems(filled_in(kept), kept, kept["hash"], first) == []


def filled_in(kept: dict[str, Any]) -> str:
    line = changelog_line(kept).replace("<what changed, why>", "the gain of pain, by a study")
    return line.replace("<figures that moved>", "none") + "\n- Model anothe: what came before."


def record(verdict: str) -> dict[str, object]:
    claim = {
        "id": "X01", "section": "part", "claim": "it rises", "verdict": verdict, "counts": {verdict: 1},
        "flatters": False, "failures": [], "tests": [],
    }  # fmt: skip
    return {"seeds": [1, 2, 3], "seconds": 1.0, "claims": [claim]}


def test_changelog_without_the_model_or_what_moved_is_refused() -> None:
    before = {**verdicts_of(record("shown"), {}), "hash": "anothe"}
    kept = verdicts_of(record("weaker than said"), before)
    assert kept["moved"] == {"X01": "shown -> weaker than said"}
    assert kept["before"] == "anothe"
    name = kept["hash"][:SHORT]
    assert changelog_problems("", kept, "another")[0].endswith("run `make claims`")
    older = "\n- Model anothe: first."
    for line in (
        "- Model: better.",
        f"- Model {name}: better. Validation: none.",
        f"- Model {name}: better. X01 moved.",
        f"- Model {name}: better. X01 moved. Validation: see there.",
        changelog_line(kept),
    ):
        assert changelog_problems(line + older, kept, kept["hash"]), line
    assert changelog_problems(filled_in(kept), kept, kept["hash"]) == []


def test_changelog_has_to_name_the_model_from_which_moves_were_counted() -> None:
    kept = verdicts_of(record("shown"), {**verdicts_of(record("shown"), {}), "hash": "anothe"})
    line = filled_in(kept).splitlines()[0]
    assert "anothe" in changelog_problems(line, kept, kept["hash"])[0]


def test_verdicts_are_those_of_this_model_and_this_code(cache: Path) -> None:
    """A hash can be typed by hand, and code moves results without moving a table: a few claims are run again."""
    kept = read_verdicts()
    assert kept.get("before") and kept["before"] != kept["hash"], "run `make claims`"
    assert probe_problems(kept["probe"], probe(load_model())) == []


def test_numbers_that_are_no_longer_those_kept_are_refused() -> None:
    kept = {"X01": [1.0, 0.0], "X02": [3.0]}
    assert probe_problems(kept, {"X01": [1.001, 0.0], "X02": [3.0]}) == []
    assert "X01" in probe_problems(kept, {"X01": [1.1, 0.0], "X02": [3.0]})[0]
    assert "X01" in probe_problems(kept, {"X01": [1.0], "X02": [3.0]})[0]
    assert "make claims" in probe_problems({}, kept)[0]


def test_second_run_on_one_model_forgets_nothing_that_moved() -> None:
    before = {**verdicts_of(record("shown"), {}), "hash": "another"}
    kept = verdicts_of(record("weaker than said"), before)
    assert verdicts_of(record("weaker than said"), kept)["moved"] == kept["moved"]
