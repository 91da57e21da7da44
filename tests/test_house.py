"""The house: floors, sizes, imports, docstrings; each rule is also shown to catch a planted fault."""

import ast
import graphlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "vagus"

# Each room uses only rooms of lower floors. The ground floor is in an order of its own.
FLOORS = {
    "errors": 0.0,
    "extras": 0.1,
    "files": 0.15,
    "units": 0.2,
    "tables": 0.3,
    "language": 1,
    "solve": 1,
    "kernel": 2,
    "body": 3,
    "observe": 4,
    "people": 5,
    "learn": 6,
    "evidence": 7,
    "exchange": 7,
    "report": 7,
    "cli": 8,
    "web": 8,
    "": 9,
    "__main__": 9.5,
}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
EXTRAS = "extras.py"  # the one file that may import inside a function
VAGUE = {"utils", "helpers", "misc", "common", "base"}

Modules = dict[str, ast.Module]  # by dotted name below the package; the package itself is ''
Import = tuple[int, str]  # line and dotted name of what is imported


def read_modules(root: Path) -> Modules:
    """The parsed files below a package folder, by dotted name: 'body.patient', 'body' for its __init__.py."""
    modules = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return modules


def is_room(name: str, root: Path) -> bool:
    return root.joinpath(*name.split("."), "__init__.py").exists()


def imports_of(name: str, root: Path, modules: Modules) -> list[Import]:
    """What a module imports from the package itself, one entry per imported module."""
    package = name.split(".") if is_room(name, root) or not name else name.split(".")[:-1]
    package = [part for part in package if part]
    found = []
    for node in ast.walk(modules[name]):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = package[: len(package) - node.level + 1]
        target = [*base, *(node.module.split(".") if node.module else [])]
        for alias in node.names:
            inner = ".".join([*target, alias.name])
            found.append((node.lineno, inner if inner in modules else ".".join(target)))
    return found


def floors_broken(root: Path) -> Iterator[str]:
    modules = read_modules(root)
    for name in modules:
        room = name.split(".")[0]
        if room not in FLOORS:
            yield f"{name}: the room '{room}' stands on no floor"
            continue
        for line, target in imports_of(name, root, modules):
            other = target.split(".")[0]
            if other != room and FLOORS.get(other, 99) >= FLOORS[room]:
                yield f"{name}:{line} imports {target or 'the package itself'}, which is not below it"


def absolute_imports(root: Path) -> Iterator[str]:
    for name, tree in read_modules(root).items():
        for node in ast.walk(tree):
            words = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                words = [node.module]
            if any(word.split(".")[0] == root.name for word in words):
                yield f"{name}:{node.lineno} imports the package by its name; use a relative import"


def circles(root: Path) -> Iterator[str]:
    modules = read_modules(root)
    needs = {name: {target for _, target in imports_of(name, root, modules)} for name in modules}
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as error:
        yield "a circle: " + " -> ".join(part or "the package itself" for part in error.args[1])


def long_files(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE:
            yield f"{path.relative_to(root)}: {lines} lines"


def long_functions(root: Path) -> Iterator[str]:
    for name, tree in read_modules(root).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    yield f"{name}:{node.lineno} {node.name}: {lines} lines"


def hidden_imports(root: Path) -> Iterator[str]:
    for name, tree in read_modules(root).items():
        if f"{name}.py" == EXTRAS:
            continue
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        yield f"{name}:{node.lineno} an import inside {function.name}"


def star_imports(root: Path) -> Iterator[str]:
    for name, tree in read_modules(root).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                yield f"{name}:{node.lineno} import *"


def missing_docstrings(root: Path) -> Iterator[str]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for name, tree in read_modules(root).items():
        if ast.get_docstring(tree) is None and tree.body:
            yield f"{name or '__init__'}: the file says nothing about itself"
        for node in tree.body:
            if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node):
                yield f"{name}:{node.lineno} {node.name}: no docstring"


def vague_names(root: Path) -> Iterator[str]:
    for name in read_modules(root):
        if VAGUE & set(name.split(".")):
            yield f"{name}: the name does not say what is in it"


def python_in_atlas(root: Path) -> Iterator[str]:
    for path in sorted((root / "atlas").rglob("*.py")):
        yield f"{path.relative_to(root)}: the atlas holds text and tables only"


RULES: tuple[Callable[[Path], Iterator[str]], ...] = (
    floors_broken,
    absolute_imports,
    circles,
    long_files,
    long_functions,
    hidden_imports,
    star_imports,
    missing_docstrings,
    vague_names,
    python_in_atlas,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Callable[[Path], Iterator[str]]) -> None:
    assert list(rule(ROOT)) == []


DOC = '"""A file."""\n'
# One bad tree per fault: the rule that must see it, words of its finding, and the files.
PLANTED = {
    "upwards": (
        floors_broken,
        "solve.method:2 imports body.patient",
        {"solve/method.py": "from ..body import patient"},
    ),
    "beside": (
        floors_broken,
        "report.page:2 imports evidence",
        {"report/page.py": "from ..evidence import claims"},
    ),
    "cli and web": (floors_broken, "cli.main:2 imports web", {"cli/main.py": "from ..web import page"}),
    "solve and language": (floors_broken, "imports language", {"solve/method.py": "from .. import language"}),
    "the door": (floors_broken, "the package itself", {"cli/main.py": "from .. import __version__"}),
    "ground floor": (floors_broken, "errors:2 imports tables", {"errors.py": "from .tables import Entry"}),
    "no floor": (floors_broken, "'attic' stands on no floor", {"attic/box.py": ""}),
    "by name": (absolute_imports, "use a relative import", {"cli/main.py": "from vagus.body import patient"}),
    "circle": (
        circles,
        "body.one",
        {"body/one.py": "from . import two", "body/two.py": "from .one import x"},
    ),
    "circle through the room": (
        circles,
        "body",
        {"body/__init__.py": "from .one import x", "body/one.py": "from . import x"},
    ),
    "long file": (long_files, "401 lines", {"body/long.py": "x = 1\n" * 400}),
    "long function": (
        long_functions,
        "grow: 61 lines",
        {"body/long.py": "def grow():\n" + "    x = 1\n" * 60},
    ),
    "hidden import": (hidden_imports, "inside load", {"body/load.py": "def load():\n    import json\n"}),
    "star": (star_imports, "import *", {"body/load.py": "from .patient import *"}),
    "no docstring": (
        missing_docstrings,
        "load: no docstring",
        {"body/load.py": "def load():\n    return 1\n"},
    ),
    "vague": (vague_names, "body.utils", {"body/utils.py": ""}),
    "python in the atlas": (python_in_atlas, "numbers.py", {"atlas/numbers.py": ""}),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_seen(fault: str, tmp_path: Path) -> None:
    rule, words, files = PLANTED[fault]
    root = tmp_path / "vagus"
    present = {
        f"{room}/__init__.py": ""
        for room in ("body", "cli", "evidence", "language", "report", "solve", "web")
    }
    present |= {
        "errors.py": "",
        "tables.py": "",
        "body/patient.py": "",
        "web/page.py": "",
        "evidence/claims.py": "",
    }
    for name, text in (present | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DOC + text)
    findings = list(rule(root))
    assert len(findings) == 1 and words in findings[0]


def test_a_sound_tree_passes(tmp_path: Path) -> None:
    root = tmp_path / "vagus"
    files = {
        "errors.py": "",
        "extras.py": 'def need():\n    """A library."""\n    import json\n    return json\n',
        "tables.py": "from .errors import fail",
        "body/__init__.py": "from .patient import Patient",
        "body/patient.py": "from ..tables import Entry\nclass Patient:\n    'A person.'",
        "report/__init__.py": "from ..body import Patient\nfrom ..errors import fail",
        "__init__.py": "from .body import Patient",
        "__main__.py": "from .body.patient import Patient",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DOC + text)
    assert [finding for rule in RULES for finding in rule(root)] == []
