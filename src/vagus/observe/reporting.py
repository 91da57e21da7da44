"""The numbers of the score model that belong to no one scale: `atlas/reporting.toml`."""

from functools import lru_cache

from ..tables import atlas_path, read_toml


def reporting(name: str) -> float:
    """One number of `atlas/reporting.toml`, such as "severity_spread"."""
    return _reporting()[name]


@lru_cache(maxsize=1)
def _reporting() -> dict[str, float]:
    return {name: float(entry["value"]) for name, entry in read_toml(atlas_path("reporting.toml")).items()}
