"""The atlas opened: text files, parameter tables and the list of sources, each record with its file and line.

Everything read here is checked while it is read; a mistake is a `VagusError` that names the place.
"""

import csv
import io
import math
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from .errors import VagusError, did_you_mean, fail
from .units import parse_unit

SIZE_LIMIT = 5_000_000  # bytes
COLUMNS = ("name", "kind", "value", "unit", "low", "high", "spread", "shape", "source", "grade", "meaning")
#: Grades of evidence, best first, and what each says.
GRADE_MEANINGS = {
    "strong": "measured well and repeatedly",
    "moderate": "measured, but not often or not directly",
    "weak": "from few people, animals, or a secondary report",
    "contradicted": "good studies disagree",
    "assumed": "chosen by the modellers, not measured",
}
GRADES = tuple(GRADE_MEANINGS)
KINDS = ("state", "constant", "trait", "input", "reference")
SHAPES = ("fixed", "lognormal", "normal", "logitnormal", "bernoulli")

_ATLAS = Path(__file__).parent / "atlas"
_BARE_POINT = re.compile(r"[=\[,]\s*[+-]?(\.\d|\d+\.(?!\d))")
_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_BIB_ENTRY = re.compile(r"^[ \t]*@(\w+)\s*\{[ \t]*([^\s,{}=]*)", re.MULTILINE)
_BIB_FIELD = re.compile(r"\s*,?\s*([A-Za-z][\w-]*)\s*=\s*")


class Row(dict[str, str]):
    """One line of a table, by column name, with the `file` and `line` it stands in."""

    def __init__(self, cells: dict[str, str], file: str, line: int) -> None:
        super().__init__(cells)
        self.file = file
        self.line = line


class Place(TypedDict):
    """Where something stands; give it to `fail` as `**place`."""

    file: str
    line: int | None
    text: str | None


@dataclass(frozen=True)
class Entry:
    """One number of the model with all that is known of it.

    Fields: `name` in full ("pain.windup_gain"), `value`, `low` and `high` in `unit`, `spread` between people
    (SD of the logarithm for lognormal, of the logit for logitnormal, in `unit` for normal, 0 for fixed; for bernoulli,
    where a person has it (1) or not (0), the share of people who have it; `value` is then that of the typical person),
    `shape`, `source` (key of `sources.bib`), `grade`, `kind`, `meaning`, `file` and `line` of its row.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    spread: float
    shape: str
    source: str
    grade: str
    kind: str
    meaning: str
    file: str
    line: int

    @property
    def system(self) -> str:
        """The body system it belongs to: "pain" of "pain.windup_gain"."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Source:
    """One entry of `sources.bib`; what it does not say is ''."""

    key: str
    kind: str
    title: str
    author: str
    year: str
    doi: str
    url: str
    note: str
    file: str
    line: int


def atlas_path(*parts: str) -> Path:
    """The path of a file or folder of the atlas: atlas_path("systems", "pain.ant"). It need not exist."""
    return _ATLAS.joinpath(*parts)


def atlas_names(folder: str) -> tuple[str, ...]:
    """The names a folder of the atlas offers, in order of the alphabet: "mdd" for conditions/mdd.toml."""
    return tuple(sorted(path.stem for path in atlas_path(folder).glob("*.toml")))


def read_text(path: str | Path, limit: int = SIZE_LIMIT) -> str:
    """The text of a file of at most `limit` bytes.

    Raises V101 (missing), V102 (unreadable), V103 (too large), V105 (not UTF-8).
    """
    path = Path(path)
    try:
        if not path.exists():
            raise fail("V101", path=path)
        if not path.is_file():
            raise fail("V102", path=path, reason="it is not a regular file", file=path)
        with path.open("rb") as stream:
            # The size told by the file system can be wrong; what is read cannot.
            content = stream.read(limit + 1)
            size = max(path.stat().st_size, len(content))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise fail("V102", path=path, reason=getattr(error, "strerror", None) or error, file=path) from None
    if len(content) > limit:
        raise fail("V103", path=path, size=f"{size / 1e6:.1f}", limit=f"{limit / 1e6:g}", file=path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise fail("V105", path=path, reason=error.reason, file=path, line=line) from None


def read_toml(path: str | Path) -> dict[str, Any]:
    """The content of a TOML file; raises what `read_text` raises, and V104 with the line of a mistake."""
    text = read_text(path)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise fail("V104", path=path, reason="lists inside lists without end", file=path) from None
    except ValueError as error:
        reason = str(error)
        match = _LINE.search(reason)
        lines = text.splitlines() or [""]
        number = None if match is None else int(match[1] or len(lines))
        shown = lines[number - 1] if number is not None and number <= len(lines) else None
        reason = _LINE.sub("", reason)
        place: dict[str, Any] = {"file": path, "line": number, "text": shown}
        if _BARE_POINT.search(shown or ""):
            place["hint"] = "a number has a digit on each side of its point: 0.5, 2.0"
        raise fail("V104", path=path, reason=reason, **place) from None


def place_of(path: str | Path, key: str, nth: int = 1) -> Place:
    """Where a key (or a table of that name) stands in a TOML file, for the error that refuses it.

    Arguments: `key` as written, `nth` 2 for the second time it stands there. `line` is None when not found.
    """
    wanted = re.compile(rf"""\s*(?:["']?{re.escape(key)}["']?\s*=|\[+\s*["']?{re.escape(key)}["']?\s*\]+)""")
    for number, text in enumerate(read_text(path).splitlines(), start=1):
        if wanted.match(text):
            nth -= 1
            if nth == 0:
                return Place(file=str(path), line=number, text=text.strip())
    return Place(file=str(path), line=None, text=None)


def read_rows(path: str | Path, required: Sequence[str]) -> list[Row]:
    """The rows of a CSV table; its first line names the columns, empty lines are left out.

    Raises what `read_text` raises, V106 (a required column is missing), V107 (a row too short or too long),
    V308 (a column twice).
    """
    reader = csv.reader(io.StringIO(read_text(path)), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(header, required, path)
        rows = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise fail("V107", found=len(cells), wanted=len(header), file=path, line=reader.line_num)
            named = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
            rows.append(Row(named, str(path), reader.line_num))
    except csv.Error as error:
        raise fail("V102", path=path, reason=error, file=path, line=reader.line_num) from None
    return rows


def read_parameters(folder: Path | None = None) -> dict[str, Entry]:
    """Every number of the model by its full name, from the tables of `atlas/parameters` (or of `folder`).

    Raises the first problem: V101-V107, V304-V308, V310-V314. Units and sources are left to `check_tables`
    and to the unit check of the equations.
    """
    entries, problems = _collect(folder)
    if problems:
        raise problems[0]
    return entries


def check_tables(folder: Path | None = None, sources: Path | None = None) -> list[VagusError]:
    """Every problem of the parameter tables and the list of sources; an empty list when all is well.

    Arguments: `folder` of the tables and `sources`, the BibTeX file, those of the atlas by default.
    Beyond what `read_parameters` refuses: V301 (unknown unit), V309 (unknown source), V108 (source list).
    """
    entries, problems = _collect(folder)
    try:
        known = read_sources(sources)
    except VagusError as error:
        return [*problems, error]
    for entry in entries.values():
        try:
            parse_unit(entry.unit)
        except VagusError as error:
            problems.append(fail("V301", unit=entry.unit, hint=error.hint, **_place(entry)))
        if entry.source not in known:
            hint = did_you_mean(entry.source, known)
            problems.append(fail("V309", name=entry.name, source=entry.source, hint=hint, **_place(entry)))
    return problems


def read_sources(path: Path | None = None) -> dict[str, Source]:
    """Every source by its key, from `sources.bib` of the atlas (or another `path`).

    Raises what `read_text` raises, V108 (not BibTeX), V308 (a key twice).
    """
    path = path or atlas_path("sources.bib")
    text = read_text(path)
    sources: dict[str, Source] = {}
    for match in _BIB_ENTRY.finditer(text):
        kind, key = match[1].lower(), match[2]
        if kind in ("comment", "preamble", "string"):
            continue
        line = text.count("\n", 0, match.start()) + 1
        if not key:
            raise fail("V108", reason="an entry has no key", file=path, line=line)
        if key in sources:
            raise fail("V308", name=key, other=f"line {sources[key].line}", file=path, line=line)
        try:
            fields = dict(_bib_fields(text, match.end()))
        except ValueError as error:
            raise fail("V108", reason=f"{error} in the entry '{key}'", file=path, line=line) from None
        told = {name: fields.get(name, "") for name in ("title", "author", "year", "doi", "url", "note")}
        sources[key] = Source(key=key, kind=kind, file=str(path), line=line, **told)
    return sources


def _collect(folder: Path | None) -> tuple[dict[str, Entry], list[VagusError]]:
    folder = folder or atlas_path("parameters")
    entries: dict[str, Entry] = {}
    problems: list[VagusError] = []
    if not folder.is_dir():
        return {}, [fail("V101", path=folder)]
    for path in sorted(folder.glob("*.csv")):
        try:
            rows = read_rows(path, COLUMNS)
        except VagusError as error:
            problems.append(error)
            continue
        for row in rows:
            try:
                entry = _entry(row, path.stem)
            except VagusError as error:
                problems.append(error)
                continue
            first = entries.setdefault(entry.name, entry)
            if first is not entry:
                other = f"{Path(first.file).name}, line {first.line}"
                problems.append(fail("V308", name=entry.name, other=other, **_place(entry)))
    return entries, problems


def _entry(row: Row, system: str) -> Entry:
    name = f"{system}.{row['name']}"
    for column in ("name", "unit", "source", "meaning"):
        if not row[column]:
            raise fail("V314", column=column, name=name, **_place(row))
    entry = Entry(
        name=name,
        value=_number(row, "value", name),
        unit=row["unit"],
        low=_number(row, "low", name),
        high=_number(row, "high", name),
        spread=_number(row, "spread", name),
        shape=row["shape"],
        source=row["source"],
        grade=row["grade"],
        kind=row["kind"],
        meaning=row["meaning"],
        file=row.file,
        line=row.line,
    )
    _check_entry(entry)
    return entry


def _check_entry(entry: Entry) -> None:
    place = _place(entry)
    for code, word, known in (
        ("V310", "grade", GRADES),
        ("V311", "kind", KINDS),
        ("V312", "shape", SHAPES),
    ):
        found = getattr(entry, word)
        if found not in known:
            raise fail(code, name=entry.name, hint=did_you_mean(found, known), **{word: found}, **place)
    if entry.low > entry.high:
        raise fail("V307", name=entry.name, low=entry.low, high=entry.high, **place)
    if not entry.low <= entry.value <= entry.high:
        raise fail("V306", name=entry.name, value=entry.value, low=entry.low, high=entry.high, **place)
    fits = {
        "fixed": entry.spread == 0,
        "normal": entry.spread > 0,
        "lognormal": entry.spread > 0 and entry.value > 0,
        "logitnormal": entry.spread > 0 and entry.low < entry.value < entry.high,
        "bernoulli": 0 < entry.spread < 1 and entry.value in (0, 1) and (entry.low, entry.high) == (0, 1),
    }
    if not fits[entry.shape]:
        raise fail(
            "V313", name=entry.name, shape=entry.shape, value=entry.value, spread=entry.spread, **place
        )


def _number(row: Row, column: str, name: str) -> float:
    try:
        number = float(row[column])
    except ValueError:
        raise fail("V305", name=name, column=column, value=row[column], **_place(row)) from None
    if not math.isfinite(number):
        raise fail("V304", name=f"{column} of '{name}'", value=row[column], **_place(row))
    return number


def _check_header(header: list[str], required: Sequence[str], path: str | Path) -> None:
    for column in required:
        if column not in header:
            wanted = ", ".join(required)
            near = did_you_mean(column, [cell for cell in header if cell not in required])
            hint = f"the columns needed are: {wanted}" + (
                f" (a column is called otherwise: {near})" if near else ""
            )
            raise fail("V106", column=column, wanted=wanted, hint=hint, file=path, line=1)
    for column in header:
        if header.count(column) > 1:
            raise fail("V308", name=column, other="the same line", file=path, line=1)


def _place(record: Row | Entry) -> Place:
    return Place(file=record.file, line=record.line, text=None)


def _bib_fields(text: str, at: int) -> Iterator[tuple[str, str]]:
    """The fields of one BibTeX entry, from the place behind its key; ValueError when it does not end."""
    while True:
        match = _BIB_FIELD.match(text, at)
        if match is None:
            if re.compile(r"\s*,?\s*\}").match(text, at):
                return
            raise ValueError("a field is not of the form name = {text}, or a brace is missing")
        value, at = _bib_value(text, match.end())
        yield match[1].lower(), " ".join(value.split())


def _bib_value(text: str, at: int) -> tuple[str, int]:
    """One value, {in braces}, "in quotes" or bare, without its inner braces, and the place behind it."""
    opening = text[at : at + 1]
    if opening not in ("{", '"'):
        bare = re.compile(r"[\w.-]+").match(text, at)
        if bare is None:
            raise ValueError("a field has no value")
        return bare[0], bare.end()
    depth = 0
    for here in range(at, len(text)):
        character = text[here]
        depth += (character == "{") - (character == "}")
        if depth == 0 and here > at and character == ("}" if opening == "{" else '"'):
            return text[at + 1 : here].replace("{", "").replace("}", ""), here + 1
    raise ValueError("a brace or quote is never closed")
