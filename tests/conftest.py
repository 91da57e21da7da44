"""What every test gets: a cache folder of its own, so that no test sees what an earlier run left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty cache folder for the whole run, named by VAGUS_CACHE (kernels and resting states go there)."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAGUS_CACHE", str(folder))
        yield folder
