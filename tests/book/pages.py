"""What stands in the pages of the book: files to save, commands to type, Python to run."""

import re
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(?P<kind>[^\n`]*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_SAVED = re.compile(r"Save\s+this\s+as\s+`([\w.-]+)`[^`]*\Z")


def pages() -> list[Path]:
    """Every page of the book."""
    return sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)


def blocks(page: Path) -> Iterator[tuple[str, str, str]]:
    """Kind, text and the words before each block of a page."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        yield found["kind"].strip(), found["text"], text[: found.start()]


def saved_files(page: Path) -> dict[str, str]:
    """The files a page asks its reader to save, by name."""
    files = {}
    for kind, text, before in blocks(page):
        found = _SAVED.search(before)
        if found and kind in ("toml", "text"):
            files[found[1]] = text
    return files


def commands(page: Path) -> list[str]:
    """The lines of a page that call vagus in a shell; what installs is left out."""
    lines = [line for kind, text, _ in blocks(page) if kind == "sh" for line in text.splitlines()]
    return [line.partition(" #")[0].strip() for line in lines if line.startswith("vagus ")]


def python(page: Path) -> list[str]:
    """The Python of a page, without the lines that tell a notebook how to show it."""
    kinds = ("python", "{code-cell} ipython3")
    found = [text for kind, text, _ in blocks(page) if kind in kinds]
    return [re.sub(r"^:tags:.*\n", "", text, flags=re.MULTILINE) for text in found]
