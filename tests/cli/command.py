"""The command line called inside this process, as a shell calls it."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vagus.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object that was printed; NaN and infinity are no JSON."""
        return json.loads(self.out, parse_constant=_refuse)


class Command:
    """`vagus`, with what it prints kept."""

    def __init__(self, patch: pytest.MonkeyPatch, screen: pytest.CaptureFixture[str]) -> None:
        self.patch, self.screen = patch, screen

    def __call__(self, *words: str | Path | float) -> Done:
        self.patch.setattr(sys, "argv", ["vagus", *map(str, words)])
        self.screen.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = self.screen.readouterr()
        code = ended.value.code
        return Done(code if isinstance(code, int) else int(bool(code)), told.out, told.err)


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")
