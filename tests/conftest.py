"""What every test gets: a cache folder of its own, so that no test sees what an earlier run left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from vagus.people.cluster import Cluster, open_cluster


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty cache folder for the whole run, named by VAGUS_CACHE (kernels and resting states go there)."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAGUS_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Two worker processes for the tests of one file; what that file defines goes to them as code, for it is not
    installed there."""
    cloudpickle = pytest.importorskip("cloudpickle")
    pytest.importorskip("distributed")
    request.getfixturevalue("model")  # built once here, found in the cache by the workers
    cloudpickle.register_pickle_by_value(request.module)
    with open_cluster("local:2") as found:
        yield found
