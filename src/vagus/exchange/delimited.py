"""Tables of text from elsewhere: cells with their lines, sizes kept in bounds, numbers that are plain numbers."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import fail
from ..tables import Place, read_text

LARGEST_TABLE = 50_000_000  # bytes
MOST_ROWS = 1_000_000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")

#: One row: where it stands, and its cells without blanks around them.
Cells = tuple[Place, list[str]]


def read_cells(path: str | Path, code: str, delimiter: str = ",", comment: str = "") -> Iterator[Cells]:
    """The rows of a table that are not empty; lines that begin with `comment` come as one cell.

    Arguments: `code` of the error for a mistake in quotes, with `reason`.
    Raises what `read_text` raises, V417 for too many rows.
    """
    text = read_text(path, LARGEST_TABLE)
    if comment:
        # Such lines are no part of the table; a quote in one opens no cell.
        lines = text.splitlines()
        for number, line in enumerate(lines, start=1):
            if line.startswith(comment):
                yield _place(path, number, line), [line.strip()]
        text = "\n".join("" if line.startswith(comment) else line for line in lines)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count, at = 0, 0
    try:
        for cells in reader:
            place = _place(path, at + 1, delimiter.join(cells))
            at = reader.line_num
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            count += 1
            if count > MOST_ROWS:
                raise fail("V417", what="the number of rows", value=count, limit=MOST_ROWS, file=path)
            yield place, stripped
    except csv.Error as error:
        raise fail(code, reason=error, file=path, line=reader.line_num) from None


def plain_number(text: str) -> float | None:
    """The number a cell holds, None when it holds none; words such as nan and 1_000 are no numbers."""
    if len(text) > 60 or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if abs(number) < 1e300 else None


def _place(path: str | Path, line: int, text: str) -> Place:
    return Place(file=str(path), line=line, text=text)
