"""`vagus bench` says what is wrong with its options before it begins to measure."""

from pathlib import Path

import pytest

from .command import Command


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--only", "mind"), "V413"),
        (("--engines", "libRoadRunner,unheard-of"), "V413"),
        (("--people", 0), "V413"),
        (("--exact", -4), "V413"),
        (("--scaling", 99), "V413"),
        (("--out", "nowhere/bench.json"), "V603"),
        (("--out", "."), "V603"),
    ],
)
def test_a_wrong_option_is_told_at_once(
    vagus: Command, words: tuple[str | float, ...], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = vagus("bench", *words)
    assert done.code == 2 and code in done.err and not done.out
