"""The body, loaded once for the tests of this folder."""

from pathlib import Path

import pytest
from hypothesis import settings

from vagus.body.model import Model, load_model

# The same examples every time, however slow the machine: a failure here can be repeated anywhere.
settings.register_profile("vagus", deadline=None, derandomize=True)
settings.load_profile("vagus")


@pytest.fixture(scope="session")
def model(cache: Path) -> Model:
    """The body of the atlas; asks for the cache folder first, so that the compiled body goes there."""
    return load_model()
