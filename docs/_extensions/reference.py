"""The reference of the package: every public function and class of a room, from the docstrings.

`.. room:: body` in a page becomes an entry for each module of that room. Whatever is public and stands on no page is a
warning, and every warning ends the build.
"""

import ast
import re
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

PACKAGE = Path(__file__).parents[2] / "src" / "vagus"
#: The command line and the web application are used as programs; their functions are nobody's to call.
PROGRAMS = ("cli", "web")
_LOG = logging.getLogger(__name__)
_CODE = re.compile(r"(`[^`]*`)")
_UNIT = re.compile(r"(: [a-z]+)\.$")  # "height: cm." is not the beginning of list number 900
_ITEM = re.compile(r"\s*- ")


def rooms() -> dict[str, list[Path]]:
    """The modules of every room but the programs, in order of their names; a single file is a room too."""
    found: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in PROGRAMS and not room.startswith("__"):
            found.setdefault(room, []).append(path)
    return found


def dotted(path: Path) -> str:
    """The name a module is imported by."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def public(path: Path) -> list[str]:
    """The public functions and classes a module defines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def passed_on(path: Path) -> list[str]:
    """The names a room hands on at its own door, from `__all__`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


class Room(Directive):
    """`.. room:: body`: an entry for every module of a room."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        lines: list[str] = []
        for path in rooms()[self.arguments[0]]:
            if path.name == "__init__.py":
                names = ", ".join(f"``{name}``" for name in passed_on(path))
                lines += [f"``from {dotted(path)} import`` also gives: {names}.", ""] if names else []
            elif public(path):
                lines += [
                    f".. rubric:: {dotted(path)}",
                    "",
                    f".. automodule:: {dotted(path)}",
                    "   :members:",
                    "   :ignore-module-all:",
                    "",
                ]
        holder = nodes.container()
        self.state.nested_parse(
            StringList(lines, source=f"room {self.arguments[0]}"), self.content_offset, holder
        )
        return holder.children


def plain(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Our docstrings are plain text with `code`: outside of it bars and stars mean themselves."""
    found: list[str] = []
    inside = False  # a list
    for line in lines:
        parts = _CODE.split(line)
        parts[::2] = [part.replace("|", "\\|").replace("*", "\\*") for part in parts[::2]]
        # A letter right behind a closing sign, as in `Step`s, has to be told apart from it.
        parts[2::2] = ["\\ " + part if part[:1].isalnum() else part for part in parts[2::2]]
        if found and found[-1].strip() and _ITEM.match(line) and not _ITEM.match(found[-1]) and not inside:
            found.append("")
        parts[-1] = _UNIT.sub(r"\1\\.", parts[-1])
        inside = bool(_ITEM.match(line)) or (bool(found and line.strip()) and inside)
        found.append("".join(parts))
    lines[:] = found


def missing(known: set[str]) -> list[str]:
    """Public functions and classes that are not among the names the reference has."""
    everything = {
        f"{dotted(path)}.{name}" for paths in rooms().values() for path in paths for name in public(path)
    }
    return sorted(everything - known)


def complain(app: Sphinx, env: BuildEnvironment) -> None:
    """Before anything is written: what the reference has not."""
    known = {name for name, *_ in env.domains["py"].get_objects()}
    for name in missing(known):
        _LOG.warning("the reference has no entry for %s", name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive, the plain docstrings and the check."""
    app.add_directive("room", Room)
    app.connect("autodoc-process-docstring", plain, priority=400)  # before napoleon makes fields of them
    app.connect("env-check-consistency", complain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
