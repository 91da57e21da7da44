"""Fitted numbers into the tables they came from, with where they are from; everything else of a file stays as it is."""

import re
from collections.abc import Mapping
from pathlib import Path

from ..errors import fail
from ..tables import atlas_path, read_text

SOURCE = "vagus_calibration"
GRADE = "assumed"
_TABLE = re.compile(r"^\s*\[([^\]]+)\]")


def written(adjust: Mapping[str, float], atlas: Path | None = None) -> dict[Path, str]:
    """The new text of every table that a population set changes; nothing is written yet.

    A number that is fitted is marked with the source `vagus_calibration` and stays graded `assumed`: it is what makes
    the model meet the studies, not what anybody measured.

    Args:
        adjust: the population set.
        atlas: folder of the atlas.

    Raises:
        VagusError: V475 for a key whose table cannot be found.
    """
    atlas = atlas or atlas_path()
    texts: dict[Path, str] = {}
    for key, value in adjust.items():
        path = _file(atlas, key)
        text = texts.get(path) or read_text(path)
        kind, _, rest = key.partition("/")
        head, _, name = key.partition(":")
        if kind == "condition":
            _, _, trait_number = rest.partition(":")
            trait, _, number = trait_number.rpartition(":")
            new = _inline(text, trait, number, value)
        elif kind == "trait":
            new = _factor(text, rest.partition(":")[2], value)
        elif head == "blinding":
            table = "guessing.slope" if name == "slope" else f"control.{name}"
            new = _toml_value(text, table, value)
        elif head == "care":
            new = _toml_value(text, f"care.{name}", value)
        elif head == "reporting":
            new = _toml_value(text, name, value)
        else:
            new = _cell(text, head.partition(".")[2], "spread" if name else "value", value)
        if new is None:
            raise fail("V475", key=key, file=path)
        texts[path] = new
    return texts


def _file(atlas: Path, key: str) -> Path:
    head, _, _ = key.partition(":")
    if head.startswith("condition/"):
        return atlas / "conditions" / f"{head.partition('/')[2]}.toml"
    if head.startswith("trait/"):
        return atlas / "traits" / f"{head.partition('/')[2]}.toml"
    if head in ("blinding", "care"):
        return atlas / "blinding.toml"
    if head == "reporting":
        return atlas / "reporting.toml"
    return atlas / "parameters" / f"{head.partition('.')[0]}.csv"


def _number(value: float) -> str:
    return f"{value:.4g}"


def _cell(text: str, name: str, column: str, value: float) -> str | None:
    """A parameter table with one number changed; cells before the meaning hold no commas."""
    lines = text.splitlines(keepends=True)
    header = lines[0].strip().split(",")
    for place, line in enumerate(lines):
        cells = line.rstrip("\r\n").split(",", len(header) - 1)
        if cells[0] != name or len(cells) != len(header):
            continue
        cells[header.index(column)] = _number(value)
        cells[header.index("source")], cells[header.index("grade")] = SOURCE, GRADE
        lines[place] = ",".join(cells) + "\n"
        return "".join(lines)
    return None


def _toml_value(text: str, table: str, value: float) -> str | None:
    """A TOML file with `value` of one table changed, and its sources told."""
    lines, inside, done = text.splitlines(keepends=True), False, False
    for place, line in enumerate(lines):
        header = _TABLE.match(line)
        if header:
            inside = header[1].strip() == table
        elif inside and re.match(r"value\s*=", line):
            lines[place] = re.sub(r"(value\s*=\s*)[^\s#]+", rf"\g<1>{_number(value)}", line)
            done = True
        elif inside and re.match(r"sources?\s*=", line):
            lines[place] = _with_source(line)
    return "".join(lines) if done else None


def _inline(text: str, trait: str, number: str, value: float) -> str | None:
    """A condition file with one number of an inline trait changed, and its sources told."""
    pattern = re.compile(
        rf'^("{re.escape(trait)}"\s*=\s*\{{[^}}\n]*\b{re.escape(number)}\s*=\s*)[-+.\w]+', re.M
    )
    return _replaced(text, pattern, value)


def _factor(text: str, name: str, value: float) -> str | None:
    """A file of a trait of study people with one factor changed, and its sources told."""
    return _replaced(text, re.compile(rf'^("{re.escape(name)}"\s*=\s*)[-+.\w]+', re.M), value)


def _replaced(text: str, pattern: re.Pattern[str], value: float) -> str | None:
    new, count = pattern.subn(rf"\g<1>{_number(value)}", text)
    if not count:
        return None
    return re.sub(r"^sources = \[.*\]$", lambda found: _with_source(found[0]), new, count=1, flags=re.M)


def _with_source(line: str) -> str:
    """A line of sources with that of calibration among them, or in place of a single one."""
    if SOURCE in line:
        return line
    if "[" in line:
        return line.replace("]", f', "{SOURCE}"]', 1)
    return re.sub(r'=\s*"[^"]*"', f'= "{SOURCE}"', line)
