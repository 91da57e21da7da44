"""The command line for the tests of this folder."""

import pytest

from .command import Command


@pytest.fixture
def vagus(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command `vagus`, to be called with words."""
    return Command(monkeypatch, capsys)
