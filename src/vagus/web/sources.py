"""Where a number is from, in words and with an address, as pages show it."""

from collections.abc import Mapping
from functools import lru_cache

from ..report.record import SourceLine
from ..report.rows import source_link
from ..tables import Source, read_sources


@lru_cache(maxsize=1)
def _known() -> Mapping[str, Source]:
    return read_sources()


def source_words(key: str, grade: str = "") -> tuple[str, str]:
    """A source of the atlas in words and its address ('' for none)."""
    one = _known().get(key)
    if one is None:
        return key, ""
    text = ", ".join(part for part in (one.author, one.title, one.year) if part)
    return text, source_link(SourceLine(key, text, one.doi or one.url, grade, 1))
