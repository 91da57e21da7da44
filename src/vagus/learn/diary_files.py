"""`read_diary`: the file of one person. A long CSV table, TOML, or a CSV table as NONMEM reads it; one meaning."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..body.section import Section
from ..errors import VagusError, did_you_mean, fail
from ..tables import Place, read_rows, read_text, read_toml
from .diary import Diary, Line
from .diary_lines import COLUMNS, KINDS, PERSON, build_diary
from .diary_nonmem import is_nonmem, nonmem_lines

_NEEDED = ("kind", "name")
#: Keys of the tables of a TOML file: those of the columns, but for the kind, which is the name of the table.
_TABLES = tuple(kind for kind in KINDS if kind != "person")


def read_diary(path: str | Path) -> Diary:
    """What a file tells of one person.

    Raises:
        VagusError: V101-V107 the file cannot be read, V308 a column twice, V401 an unknown column or key, V404, V406,
            V413 doses, V486 an unknown name, V487 what is no day or lies in the future (of a real person), V488 the
            same twice, V489 an impossible value, V490 items that do not add up, V491 no score at all, V492 what is
            wrong in a NONMEM table.
    """
    path = Path(path)
    if path.suffix.casefold() == ".toml":
        lines = list(_toml_lines(path))
    elif is_nonmem(path):
        lines = nonmem_lines(path)
    else:
        lines = _csv_lines(path)
    return build_diary(lines, str(path), date.today())


def _csv_lines(path: Path) -> list[Line]:
    written = read_text(path).splitlines()
    try:
        rows = read_rows(path, _NEEDED)
    except VagusError as error:
        if error.code == "V106" and (hint := _shape_hint(written)):
            error.hint = hint
        raise
    for column in rows[0] if rows else ():
        if column not in COLUMNS:
            hint = did_you_mean(column, COLUMNS)
            facts = {"what": "the table of a person", "key": column, "known": ", ".join(COLUMNS)}
            raise fail("V401", file=path, line=1, text=written[0], hint=hint, **facts)
    if rows and not {"day", "date"} & rows[0].keys():
        raise fail("V106", column="day' or 'date", path=path, file=path, line=1)
    lines = []
    for row in rows:
        text = written[row.line - 1] if row.line <= len(written) else None
        lines.append(Line(row, Place(file=str(path), line=row.line, text=text)))
    return lines


def _shape_hint(written: list[str]) -> str:
    """What to change in a table whose columns cannot be told; '' when nothing is known."""
    head = next((text for text in written if text.strip() and not text.startswith("#")), "")
    for mark, word in ((";", "semicolons"), ("\t", "tabs")):
        if mark in head:
            return f"the columns stand between {word}: save the table with commas, and decimals with a point"
    if "time" in head.casefold().replace(",", " ").split():
        return "a NONMEM table names its columns in capitals, between commas: ID,TIME,AMT,DV"
    return ""


def _toml_lines(path: Path) -> Iterator[Line]:
    page = Section("a person", read_toml(path), path)
    page.allow((*PERSON, *_TABLES))
    for key in page.data:
        if key in PERSON:
            yield Line({"kind": "person", "name": key, "value": _plain(page, key)}, page.place(key))
    for kind in _TABLES:
        for row in page.tables(kind, f"a {kind}"):
            row.allow(COLUMNS)
            cells = {key: _plain(row, key) for key in row.data}
            place = row.place(
                next((key for key in ("name", "value", "day", "date") if key in row.data), kind)
            )
            yield Line({**cells, "kind": kind}, place)


def _plain(section: Section, key: str) -> str:
    """An entry of TOML as a cell of a table would have it."""
    value: Any = section.data[key]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping | list):
        raise section.wrong(key, "a number, a text or a list of them")
    return str(value)
