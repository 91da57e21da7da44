"""How large what comes from elsewhere may be."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..tables import atlas_path, read_toml


@lru_cache(maxsize=1)
def exchange_table() -> Mapping[str, Any]:
    """The table `atlas/exchange/exchange.toml`."""
    return read_toml(atlas_path("exchange", "exchange.toml"))
