"""`check_everything`: what is wrong in the shipped atlas, or in files a person wrote, each with place and hint."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..body.condition import load_condition
from ..body.patient import read_patient
from ..body.treatment import load_treatment
from ..errors import VagusError, did_you_mean, fail
from ..language.compose import compose
from ..language.sbml import read_sbml
from ..learn.diary_files import read_diary
from ..learn.diary_nonmem import is_nonmem
from ..observe.instrument import list_instruments, load_instrument, read_instrument
from ..people.study import read_study
from ..tables import (
    atlas_names,
    atlas_path,
    check_tables,
    place_of,
    read_parameters,
    read_sources,
    read_text,
    read_toml,
)
from .atlas import Problems, Shelf, check_atlas, check_body, check_condition, check_evidence, collected
from .book import open_book

#: What a file that could not even be read is told with; the command line ends with 2 then.
UNREADABLE = frozenset({"V101", "V102", "V103", "V105"})
_KINDS = (".toml", ".csv", ".ant", ".xml", ".sbml")
_OF_TREATMENTS = frozenset(
    {"title", "meaning", "control", "belief", "care", "dose", "visit", "hold", "limits"}
)
_OF_CONDITIONS = frozenset({"history", "check", "check_alone", "mixture", "leads"})
_OF_INSTRUMENTS = frozenset({"item", "total", "bands", "recall_days"})
_OF_STUDIES = frozenset({"arm", "population", "outcome", "endpoint", "duration_d"})
_OF_DIARIES = frozenset({"score", "vital", "drug", "event", "treatment"})


@dataclass(frozen=True)
class Inventory:
    """How much there is in the atlas: equations, numbers of the tables, sources."""

    equations: int
    numbers: int
    sources: int


def inventory() -> Inventory:
    """The size of the shipped atlas; raises the first problem of its tables, model or source list."""
    book = open_book()
    return Inventory(len(book.rules.reads), len(book.entries), len(read_sources()))


def check_everything(files: Sequence[str | Path] = ()) -> list[VagusError]:
    """Every problem found; an empty list when nothing is wrong.

    Arguments: `files`, persons, diaries, treatments, studies, instruments (.toml), parameter tables or diaries (.csv),
    models (.ant, .xml, .sbml); the whole shipped atlas when none is given. A table named like a system of the body and
    a module beside a body.ant are checked as parts of that body.
    Raises V412 for a file of another kind, before anything is read.
    """
    paths = [Path(file) for file in files]
    for path in paths:
        if path.suffix.lower() not in _KINDS:
            wanted = f"a file ending in {', '.join(_KINDS[:-1])} or {_KINDS[-1]}"
            raise fail("V412", key="the file", value=path.name, wanted=wanted, hint=f"give {wanted}")
    if not paths:
        return check_atlas()
    return [problem for path in paths for problem in _check_file(path)]


def _check_file(path: Path) -> list[VagusError]:
    checks = {".toml": _toml, ".csv": _table, ".ant": _module, ".xml": _sbml, ".sbml": _sbml}
    check = checks[path.suffix.lower()]
    return collected(lambda: check(path))


def _toml(path: Path) -> Problems:
    """A person, unless the keys are those of something else."""
    keys = set(read_toml(path))
    if keys & _OF_STUDIES:
        read_study(path)
    elif keys & _OF_DIARIES:
        read_diary(path)
    elif keys & _OF_INSTRUMENTS:
        yield from check_evidence(path, [read_instrument(path)], read_sources())
    elif keys & _OF_CONDITIONS or path.resolve().parent == atlas_path("conditions"):
        yield from _condition(path)
    elif keys & _OF_TREATMENTS:
        yield from check_evidence(path, [load_treatment(path)], read_sources())
    else:
        yield from _person(path)


def _condition(path: Path) -> Problems:
    """Conditions are read from the atlas only, so a file elsewhere is told so."""
    if path.resolve().parent != atlas_path("conditions"):
        known = ", ".join(atlas_names("conditions"))
        yield fail("V402", name=path.stem, known=known, hint="put the file into atlas/conditions", file=path)
        return
    shelf = Shelf(open_book(), read_sources())
    one = load_condition(path.stem)
    yield from check_evidence(path, [one], shelf.sources)
    yield from check_condition(path, one, shelf)


def _person(path: Path) -> Problems:
    person = read_patient(path)
    for key, value in person.scores.items():
        if key not in list_instruments():
            hint = did_you_mean(key, list_instruments())
            yield fail(
                "V405", name=key, known=", ".join(list_instruments()), hint=hint, **place_of(path, key)
            )
            continue
        scale = load_instrument(key)
        if not scale.total_low <= value <= scale.total_high:
            ends = {"low": f"{scale.total_low:g}", "high": f"{scale.total_high:g}"}
            yield fail(
                "V415", instrument=scale.abbreviation, value=f"{value:g}", **ends, **place_of(path, key)
            )
    settable = Shelf(open_book(), {}).settable if person.traits else {}
    for name, value in person.traits.items():
        place = place_of(path, name)
        if name not in settable:
            yield fail("V315", name=name, hint=did_you_mean(name, settable), **place)
        elif not settable[name].low <= value <= settable[name].high:
            yield fail(
                "V306", name=name, value=value, low=settable[name].low, high=settable[name].high, **place
            )


def _table(path: Path) -> Problems:
    """A parameter table by itself, then in place of the shipped one of that name; the diary of a person by its head."""
    written = read_text(path)  # a file that is not there is not merely missing from its folder
    head = {cell.strip() for cell in written.partition("\n")[0].split(",")}
    if is_nonmem(path) or ("kind" in head and head & {"day", "date"}):
        read_diary(path)
        return
    found = [problem for problem in check_tables(path.parent) if _same_file(problem.file, path)]
    yield from found
    shipped = read_parameters()
    if found or path.stem not in {entry.system for entry in shipped.values()}:
        return
    with_this = {name: entry for name, entry in shipped.items() if entry.system != path.stem}
    with_this |= {
        name: entry for name, entry in read_parameters(path.parent).items() if entry.system == path.stem
    }
    yield from check_body(with_this)


def _module(path: Path) -> Problems:
    """A module beside a body.ant as part of that body, with the tables beside it; any other as a model of its own."""
    read_text(path)
    folder = path.resolve().parent
    if not (folder / "body.ant").is_file():
        _read_alone(compose(path), path)
        return
    tables = folder.parent / "parameters"
    yield from check_body(read_parameters(tables if tables.is_dir() else None), folder)


def _sbml(path: Path) -> Iterator[VagusError]:
    text = read_text(path)
    if path.resolve() == atlas_path("body.sbml"):
        yield from check_body(read_parameters())
    else:
        _read_alone(text, path)


def _read_alone(text: str, path: Path) -> None:
    """Nothing when the model can be run; raises V202-V206, V210 or V211 when it cannot."""
    read_sbml(text, str(path))


def _same_file(named: str | None, path: Path) -> bool:
    return named is not None and Path(named).resolve() == path.resolve()
