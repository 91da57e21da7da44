"""`vagus claims`: exit codes, JSON, and the folder it fills."""

from pathlib import Path
from typing import Any

import pytest

from vagus.cli import claims

from .command import Command


def test_one_claim_as_json_and_as_a_page(vagus: Command, tmp_path: Path) -> None:
    done = vagus("claims", "--id", "P06", "--n", 4, "--json", "--out", tmp_path / "new")
    assert done.code == 0
    (claim,) = done.data["claims"]
    assert (claim["id"], claim["verdict"]) == ("P06", "by construction")
    assert {"observable", "effect", "ci", "grade", "verdict"} <= claim["tests"][0].keys()
    assert done.data["seconds"] > 0
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["claims.json", "ledger.html"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--id", "C99"), "V483"),
        (("--n", "1"), "V407"),
        (("--id", "P06", "--n", "0"), "V407"),
        (("--id", "P06", "--n", "99999999999"), "V407"),  # was tried, and took all memory
    ],
)
def test_bad_input_ends_with_2_and_a_sentence(words: tuple[str, ...], code: str, vagus: Command) -> None:
    done = vagus("claims", *words)
    assert done.code == 2
    assert code in done.err


def test_folder_that_cannot_be_made_is_told_before_anything_is_run(vagus: Command, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    done = vagus("claims", "--out", tmp_path / "taken")  # all claims: minutes, were they run
    assert done.code == 2
    assert "V602" in done.err and "choose another folder" in done.err


def test_what_falls_short_is_told_beside_the_test(vagus: Command) -> None:
    done = vagus("claims", "--id", "P02", "--n", 4)
    assert "because: " in done.out
    assert done.out.rstrip().splitlines()[-1].startswith("1 claim in ")


def test_model_that_flatters_ends_with_1(vagus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = claims.record_of

    def flattered(*given: Any) -> dict[str, Any]:
        record = whole(*given)
        record["claims"][0]["flatters"] = True
        return {**record, "good": False, "flatters": ["P06"]}

    monkeypatch.setattr(claims, "record_of", flattered)
    done = vagus("claims", "--id", "P06", "--n", 4)
    assert done.code == 1
    assert "the model flatters, doing what is said although studies point the other way: P06" in done.out
    assert "THE MODEL FLATTERS" in done.out
