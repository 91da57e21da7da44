"""The body composed: all Antimony modules wired into one SBML text.

The package ships the result as `atlas/body.sbml`. It carries the hash of the modules it came from; when a module was
edited, the body is composed anew, so that nobody ever simulates yesterday's equations.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import VagusError, fail
from ..extras import later
from ..tables import Place, atlas_path, read_text

antimony = later("antimony")

_MARK = re.compile(r"<!-- composed from modules ([0-9a-f]{64}) -->")
_LINE = re.compile(r"in file '(?P<file>[^']*)', line (?P<line>\d+):\s*(?P<reason>.*)", re.DOTALL)
_LOOPS = (
    re.compile(r"Loop detected:\s*(?P<name>\S+)'s definition \((?P<needs>.*?)\) either includes itself"),
    re.compile(r"Loop detected:\s*'(?P<name>\S+)' may not be set to be equal to '(?P<needs>\S+)'"),
)
_NO_FUNCTION = re.compile(
    r"uses '(?P<name>\w+)' which is not a function definition id|^'(?P<other>\w+)' was used as a function, but no"
)


def body_text() -> str:
    """The SBML text of the body: the shipped one when it is current, else composed from the modules."""
    shipped = atlas_path("body.sbml")
    wanted = modules_hash(atlas_path("systems"))
    if shipped.is_file():
        text = read_text(shipped)
        mark = _MARK.search(text)
        if mark and mark[1] == wanted:
            return text
    return compose(atlas_path("systems", "body.ant"))


def modules_hash(folder: Path) -> str:
    """One hash for all Antimony files of a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.ant")):
        digest.update(f"{path.name}\0{read_text(path)}\0".encode())
    return digest.hexdigest()


def compose(path: Path) -> str:
    """The SBML text of an Antimony file and everything it imports.

    Raises:
        VagusError: V101 when the file is missing; with file and line V206 when assignments need one another in a
            circle, V210 for an unknown function, V201 when Antimony refuses it for another reason.
    """
    text = flatten(path)
    mark = f"<!-- composed from modules {modules_hash(path.parent)} -->"
    head, _, rest = text.partition("\n")
    rest = re.sub(r"<!-- Created by .*?-->\s*", "", rest, count=1)
    return f"{head}\n{mark}\n{rest}"


def flatten(path: Path) -> str:
    """The SBML text of the main module of an Antimony file; raises what `compose` raises."""
    read_text(path)
    antimony.clearPreviousLoads()
    antimony.clearDirectories()  # else a module is taken from the folder of an earlier call
    if antimony.loadAntimonyFile(str(path)) < 0:
        raise _refused(antimony.getLastError(), path)
    return str(antimony.getSBMLString(antimony.getMainModuleName()))


def _whole(lines: list[str]) -> str:
    """One equation on one line: a backslash at the end carries it on."""
    parts = []
    for line in lines:
        parts.append(line.strip().removesuffix("\\").strip())
        if not line.rstrip().endswith("\\"):
            break
    return " ".join(parts)


def _refused(message: str, path: Path) -> VagusError:
    found = _LINE.search(message)
    if found is None:
        return fail("V201", file=path, reason=message.strip())
    place = path.parent / found["file"]
    place = place if place.is_file() else path
    lines = read_text(place).splitlines()
    number = int(found["line"])
    shown = lines[number - 1] if number <= len(lines) else None
    reason = _first_cause(found["reason"])
    for loop in filter(None, (pattern.search(reason) for pattern in _LOOPS)):
        circle = f"{loop['name']} <- {loop['needs']} <- {loop['name']}"
        return fail("V206", file=place, line=number, text=shown, circle=circle)
    unknown = _NO_FUNCTION.search(reason)
    if unknown:  # Antimony names the end of the model; the reader needs the line of the call
        function = unknown["name"] or unknown["other"]
        called = _first_line(rf"\b{function}\s*\(", (place, path, *sorted(path.parent.glob("*.ant"))))
        return fail("V210", function=function, **called)
    return fail("V201", file=place, line=number, text=shown, reason=reason)


def _first_cause(reason: str) -> str:
    """The one sentence that helps, of the pages that libSBML prints for each mistake."""
    lines = [line.strip() for line in reason.strip().splitlines()]
    formulas = [line for line in lines if line.startswith("The formula")]
    return formulas[0] if formulas else lines[0]


def function_place(folder: Path, name: str) -> Place:
    """Where a function of the modules is defined."""
    return _first_line(rf"\bfunction\s+{re.escape(name)}\s*\(", sorted(folder.glob("*.ant")))


def _first_line(pattern: str, files: Sequence[Path]) -> Place:
    """The first line that fits and is not a comment."""
    for path in files:
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            if re.search(pattern, line.partition("//")[0]):
                return Place(file=str(path), line=number, text=line.strip())
    return Place(file=str(files[0]) if files else "", line=None, text=None)


def equation_place(folder: Path, name: str) -> tuple[str | None, int | None, str | None]:
    """File, line and text of the equation of one quantity, such as `pain.windup`, in the modules."""
    system, _, local = name.partition(".")
    pattern = re.compile(rf"^\s*{re.escape(local)}\s*('|:=)")
    for path, first, last in _blocks(folder, system):
        lines = read_text(path).splitlines()
        for number, line in enumerate(lines[first:last], start=first + 1):
            if pattern.match(line):
                return str(path), number, _whole(lines[number - 1 :])
    return None, None, None


def equation_comment(file: str, line: int) -> str:
    """What the comment above an equation says; '' when there is none. One comment may stand above several equations.

    Arguments: `file` and `line` as `equation_place` gives them.
    """
    above = [text.strip() for text in read_text(file).splitlines()[: line - 1]]
    while above and above[-1] and not above[-1].startswith("//"):
        above.pop()
    words: list[str] = []
    while above and above[-1].startswith("//"):
        words.insert(0, above.pop().removeprefix("//").strip())
    return " ".join(words)


def _blocks(folder: Path, system: str) -> Iterator[tuple[Path, int, int]]:
    """Where the equations of a system may stand, the likeliest first: file, first line (from 0), line behind the last.

    The module a system is made of need not have its name: esketamine and arketamine are one model, used twice.
    """
    files = sorted(folder.glob("*.ant"))
    body = folder / "body.ant"
    made = (
        re.search(rf"^\s*{re.escape(system)}\s*:\s*(\w+)", read_text(body), re.MULTILINE)
        if body in files
        else None
    )
    for path in files if made else ():
        lines = read_text(path).splitlines()
        for first, line in enumerate(lines):
            if made and re.match(rf"\s*model\s+\*?{made[1]}\b", line):
                ends = (n for n in range(first, len(lines)) if re.match(r"\s*end\b", lines[n]))
                yield path, first, next(ends, len(lines))
    for path in (folder / f"{system}.ant", *files):
        if path.is_file():
            yield path, 0, len(read_text(path).splitlines())
