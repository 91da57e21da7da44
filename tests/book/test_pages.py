"""The pages of the book say what the package says: made pages are current, lists are complete, links lead somewhere."""

import ast
import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

import vagus
from vagus.cli import body_docs, errors_docs, readme_docs
from vagus.errors import explanations
from vagus.language.rules import Rules
from vagus.language.typeset import equation_latex
from vagus.language.written import modules
from vagus.tables import atlas_path, read_parameters, read_sources

from .pages import DOCS, blocks, pages, python

_IMPORT = re.compile(r"^from (vagus[\w.]*) import (?:\(([^)]*)\)|(.*))$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+?\.md)(?:#([\w-]+))?\)")
#: Used by the cells that make tables of this book; nobody is asked to call them.
INSIDE = ("vagus.cli", "vagus.tables", "vagus.errors", "vagus.solve.reasons", "vagus.report.map", "vagus.evidence.kept",
          "vagus.evidence.lint", "vagus.people.trial")  # fmt: skip


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return body_docs.render()


def test_the_pages_of_the_body_are_current(written: dict[str, str]) -> None:
    old = [name for name, text in written.items() if (DOCS / name).read_text(encoding="utf-8") != text]
    assert old == [], "run `make docs-body`"


def test_no_page_of_the_body_is_left_over(written: dict[str, str]) -> None:
    there = {path.relative_to(DOCS).as_posix() for path in (DOCS / "body").glob("*.md")}
    assert there == {name for name in written if name.startswith("body/")}


def test_every_equation_of_the_body_stands_on_a_page() -> None:
    body = body_docs.Body()
    told = {
        f"{system}_{one.name}"
        for system, made in body.made.items()
        for found in body.modules.values()
        for module in found
        if module.name == made
        for passage in module.passages
        for one in passage.equations
    }
    rules = Rules(atlas_path("body.sbml").read_text(encoding="utf-8"))
    aliases = {f"{wire.receiver}_{wire.alias}" for wire in body.wires}
    assert {*rules.rates, *rules.assigned} - aliases == told


def test_every_number_and_source_stands_on_a_page(written: dict[str, str]) -> None:
    body = body_docs.Body()
    listed = [entry.name for page in body.modules for entry in body.numbers(page)]
    assert sorted(listed) == sorted(read_parameters())
    assert all(f"## {key}\n" in written["body/sources.md"] for key in read_sources())


def test_the_numbers_of_the_readme_are_those_of_the_pages() -> None:
    text = (DOCS.parent / readme_docs.PAGE).read_text(encoding="utf-8")
    told = text.partition(readme_docs.BEGIN)[2].partition(readme_docs.END)[0].strip()
    assert told == readme_docs.render(DOCS.parent), "run `make docs-readme`"


def test_the_page_of_errors_has_every_code() -> None:
    page = (DOCS / errors_docs.PAGE).read_text(encoding="utf-8")
    assert [code for code in explanations() if f"### {code}: " not in page] == [], "run `make docs-body`"
    assert page == errors_docs.page(), "run `make docs-body`"


def test_the_reference_has_every_door_and_every_room() -> None:
    """What is in the rooms comes from the code; the build of the book ends when a public name is missing there."""
    api = (DOCS / "api.md").read_text(encoding="utf-8")
    doors = set(re.findall(r"^\.\. auto\w+:: ([\w.]+)", api, re.MULTILINE))
    assert set(vagus.__all__) <= doors, sorted(set(vagus.__all__) - doors)
    pages_of_rooms = (DOCS / "reference").glob("*.md")
    shown = [
        room
        for page in pages_of_rooms
        for room in re.findall(r"^\.\. room:: (\w+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(shown) == sorted(_reference().rooms())


def test_the_reference_leaves_nothing_public_out() -> None:
    """Autodoc shows what has a docstring."""
    reference = _reference()
    for paths in reference.rooms().values():
        for path in paths:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            bare = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)
                    and not node.name.startswith("_") and not ast.get_docstring(node)]  # fmt: skip
            assert bare == [], path


def test_what_the_book_imports_is_public() -> None:
    reference = _reference()
    known = {reference.dotted(path): {*reference.public(path), *reference.passed_on(path)}
             for paths in reference.rooms().values() for path in paths}  # fmt: skip
    known["vagus"] = set(vagus.__all__)
    wrong = set()
    for page in pages():
        for code in python(page):
            for module, several, one in _IMPORT.findall(code):
                if not module.startswith(INSIDE):
                    names = {name for name in re.split(r"[,\s]+", (several or one).strip()) if name}
                    wrong |= {f"{module}.{name} ({page.name})" for name in names - known.get(module, set())}
    assert sorted(wrong) == []


def _reference() -> ModuleType:
    """The extension of the book that makes the reference."""
    pytest.importorskip("sphinx", reason="the book is built with the extra `book`")
    spec = importlib.util.spec_from_file_location("reference", DOCS / "_extensions" / "reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target, place in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        other = (page.parent / target).resolve()
        assert other.is_file(), target
        if place and DOCS in other.parents:
            headings = re.findall(r"^#+ (.*)$", other.read_text(encoding="utf-8"), re.MULTILINE)
            assert place in {body_docs.slug(heading) for heading in headings}, f"{target}#{place}"


def test_every_page_is_in_the_book() -> None:
    listed = set()
    for page in pages():
        for kind, text, _ in blocks(page):
            if kind == "{toctree}":
                names = [line.strip() for line in text.splitlines() if line.strip() and line[0] != ":"]
                listed |= {found.resolve() for name in names for found in page.parent.glob(f"{name}.md")}
    assert {page.resolve() for page in pages()} - listed == {(DOCS / "index.md").resolve()}


def test_no_number_of_the_model_is_pasted_as_output() -> None:
    """Pages that are run show their results; a result written into the page would go stale."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        assert "{code-cell}" not in text or "{code-output}" not in text


def test_long_equations_are_broken() -> None:
    found = [
        equation_latex(one.name, one.rate, one.text)
        for path in sorted(atlas_path("systems").glob("*.ant"))
        if path.stem not in body_docs.SKIPPED
        for module in modules(path)
        for passage in module.passages
        for one in passage.equations
    ]
    longest = max(
        (re.sub(r"\\[a-z]+|[{}\\ ]", "", line) for tex in found for line in tex.split(r"\\" + "\n")), key=len
    )
    assert len(longest) < 180, longest


def test_the_latex_of_an_equation() -> None:
    assert (
        equation_latex("level", True, "-rate*level")
        == r"\frac{d\,\mathrm{level}}{dt} = -\mathrm{rate} \cdot \mathrm{level}"
    )
    assert equation_latex("x", False, "(a + b)*c^2/d") == (
        r"\mathrm{x} = \frac{(\mathrm{a} + \mathrm{b}) \cdot {\mathrm{c}}^{2}}{\mathrm{d}}"
    )
    assert equation_latex("x", False, "a - (b - c)").endswith(r"\mathrm{a} - \mathrm{b} + \mathrm{c}")
    with pytest.raises(vagus.VagusError, match="V201"):
        equation_latex("x", False, "a +* b")


def test_nothing_of_a_build_is_kept() -> None:
    done = subprocess.run(
        ["git", "ls-files", "docs"], cwd=DOCS.parent, capture_output=True, text=True, check=False
    )
    assert [name for name in done.stdout.splitlines() if name.endswith((".html", ".pyc"))] == []


def test_no_two_signs_stand_side_by_side() -> None:
    doubled = re.compile(r"\\cdot\s*(\\quad|\{\}|\s)*\\cdot|[+-]\s*(\\quad|\{\}|\s)*[+-] ")
    for path in sorted((DOCS / "body").glob("*.md")):
        found = [
            line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(("& ", "\\"))
        ]
        assert [line for line in found if doubled.search(line)] == [], path.name
