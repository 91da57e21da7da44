"""The body, loaded once for all tests of evidence."""

from pathlib import Path

import pytest

from vagus.body.model import Model, load_model


@pytest.fixture(scope="session")
def model(cache: Path) -> Model:
    """The body of the atlas; asks for the cache folder first, so that the compiled body goes there."""
    return load_model()
