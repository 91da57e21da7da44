"""JSON from elsewhere: bounded in size and depth, every name of an object once, no numbers that are none."""

import json
from pathlib import Path
from typing import Any

from ..errors import VagusError, fail
from ..tables import read_text

LARGEST = 100_000_000  # bytes
_DEEPEST = 100


def read_json(path: str | Path, code: str) -> Any:
    """The content of a JSON file; raises what `read_text` raises, and `code` with the line of a mistake."""
    return parse_json(read_text(path, LARGEST), str(path), code)


def parse_json(text: str, file: str, code: str) -> Any:
    """The content of JSON text; raises `code` with `reason` and the line of a mistake."""

    def constant(word: str) -> None:
        raise fail(code, reason=f"{word} is not a number", file=file)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise fail(code, reason=f"'{twice}' appears twice in one object", file=file)
        return found

    try:
        found = json.loads(text, parse_constant=constant, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise fail(code, reason=error.msg, file=file, line=error.lineno) from None
    except (RecursionError, ValueError) as error:
        if isinstance(error, VagusError):
            raise
        raise fail(
            code, reason="it is nested too deep, or has a number of thousands of digits", file=file
        ) from None
    if _too_deep(found):
        raise fail(code, reason="it is nested too deep", file=file)
    return found


def _too_deep(found: Any) -> bool:
    level = [found]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
