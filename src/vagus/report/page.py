"""One self-contained HTML page from a template: its style inside it, no script, nothing loaded from outside."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .words import DISCLAIMER

TEMPLATES = Path(__file__).parent / "templates"
WORDY = 26  # letters of a cell that is no number any more: "-0.85 (-1.03 to -0.65)" has 22


def page_html(
    template: str,
    styles: Sequence[str],
    facts: Mapping[str, object],
    filters: Mapping[str, Callable[..., Any]] | None = None,
) -> str:
    """The page as HTML text; the hash of its style stands in its content security policy.

    Arguments: `template` and `styles`, names of files in the folder templates; `facts`, what the template shows, text
    escaped; `filters` of the template, beside `drawing`, which takes an SVG text as it is, and `wordy` of plain tables.
    """
    style = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in styles)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"drawing": Markup, "wordy": _wordy, **(filters or {})}
    return environment.get_template(template).render(
        disclaimer=DISCLAIMER, style=Markup(style), style_hash=content_hash(style), **facts
    )


def _wordy(rows: Sequence[Sequence[str]]) -> list[bool]:
    """Which columns of a table hold words, and stand at the left, all cells of a column alike."""
    return [
        any(len(cell) > WORDY or cell[:1].isalpha() for cell in column) for column in zip(*rows, strict=True)
    ]


def content_hash(text: str) -> str:
    """The SHA-256 of an inline style or script as a content security policy names it, in base 64."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
