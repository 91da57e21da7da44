"""Every file of the atlas held against the others: what one names, another has to hold."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import isclose
from pathlib import Path
from typing import Any

from ..body.background import load_background
from ..body.caution import drug_cautions
from ..body.condition import Condition, Trait, load_condition
from ..body.route import load_routes
from ..body.treatment import load_treatment
from ..errors import VagusError, did_you_mean, fail
from ..language.check import check_model
from ..language.compose import compose
from ..language.dimension import show
from ..language.sbml import rename_with
from ..observe.domain import load_domains
from ..observe.instrument import list_instruments, load_instrument
from ..tables import (
    GRADES,
    Entry,
    Place,
    Row,
    Source,
    atlas_names,
    atlas_path,
    check_tables,
    read_rows,
    read_sources,
    read_text,
    read_toml,
)
from ..units import parse_unit
from .book import Book
from .provenance import Record, uses

Problems = Iterator[VagusError]
_OUTPUT_COLUMNS = ("name", "unit", "shown", "better", "low", "high", "decimals")


@dataclass(frozen=True)
class Shelf:
    """What the files are held against: the quantities of the body and the list of sources."""

    book: Book
    sources: Mapping[str, Source]

    @property
    def settable(self) -> dict[str, Entry]:
        """The rows a condition or a dose may set: everything but states and what a command recomputes."""
        states = set(self.book.states)
        rows = self.book.entries.values()
        return {row.name: row for row in rows if row.name not in states and row.kind != "reference"}


def check_atlas() -> list[VagusError]:
    """Every problem of the shipped atlas; empty when all is well. Never raises a `VagusError`.

    Looked at: the parameter tables, the modules composed anew against tables and units, the shipped composed model,
    and every file that names a quantity, a unit, a grade, a source or another file.
    """
    problems = check_tables()
    try:
        text = compose(atlas_path("systems", "body.ant"))
        problems += _shipped_model(text)
        shelf = Shelf(Book(text), read_sources())
        problems += check_body(shelf.book.entries, text=text)
    except VagusError as error:  # nothing can be held against tables or a model that cannot be read
        return [*problems, *([] if str(error) in map(str, problems) else [error])]
    for check in (
        _symbols,
        _outputs,
        _conditions,
        _treatments,
        _instruments,
        _domains,
        _drugs,
        _people,
        _reporting,
    ):
        problems += collected(partial(check, shelf))
    return problems


def collected(check: Callable[[], Iterable[VagusError]]) -> list[VagusError]:
    """What a check gives back and what it raises, in one list."""
    found: list[VagusError] = []
    try:  # one by one, because what was found before an error counts as well
        for problem in check():
            found.append(problem)
    except VagusError as error:
        found.append(error)
    return found


def check_body(
    entries: Mapping[str, Entry], systems: Path | None = None, text: str | None = None
) -> list[VagusError]:
    """Every problem of the modules of a body and its tables.

    Arguments: `systems`, the folder of the modules, that of the atlas by default; `text`, what they were composed to.
    Raises V201 when the modules cannot be composed, V206 for a circle of assignments.
    """
    systems = systems or atlas_path("systems")
    text = text or compose(systems / "body.ant")
    rename = rename_with(dict.fromkeys(entry.system for entry in entries.values()))
    return check_model(text, entries, systems, rename)


def _shipped_model(text: str) -> Problems:
    path = atlas_path("body.sbml")
    if read_text(path) != text:
        yield fail("V213", path=path.name, file=path)


def _symbols(shelf: Shelf) -> Problems:
    seen: dict[tuple[str, str], Row] = {}
    for row in shelf.book.symbols:
        if row["name"] not in shelf.book.names:
            yield _unknown(row["name"], shelf.book.names, Place(file=row.file, line=row.line, text=None))
        first = seen.setdefault((row["symbol"], row["name"]), row)
        if first is not row:
            yield fail("V308", name=row["symbol"], other=f"line {first.line}", file=row.file, line=row.line)


def _outputs(shelf: Shelf) -> Problems:
    for row in read_rows(atlas_path("outputs.csv"), _OUTPUT_COLUMNS):
        place = Place(file=row.file, line=row.line, text=None)
        for column in ("low", "high", "decimals"):
            try:
                float(row[column])
            except ValueError:
                yield fail("V305", column=column, name=row["name"], value=row[column], **place)
        for column, known in (
            ("shown", ("vital", "biomarker", "acute", "detail")),
            ("better", ("lower", "higher", "none")),
        ):
            if row[column] not in known:
                yield fail("V413", key=column, value=row[column], known=", ".join(known), **place)
        if row["name"] not in shelf.book.names:
            yield _unknown(row["name"], shelf.book.names, place)
        else:
            yield from _output_unit(shelf, row, place)


def _output_unit(shelf: Shelf, row: Row, place: Place) -> Problems:
    """The unit a reader is shown has to be the one that follows from the equation."""
    told, follows = parse_unit(row["unit"]), shelf.book.dimensions.get(row["name"])
    if follows is None:
        return
    facts = {"name": row["name"], "left": show(follows), "right": show(told)}
    hint = f"the equation gives {shelf.book.unit_text(follows)}; write that in the column unit"
    if not told.measures_like(follows):
        yield fail("V207", hint=hint, **facts, **place)
    elif not isclose(told.factor, follows.factor, rel_tol=1e-9):
        yield fail("V208", hint=hint, factor=f"{follows.factor / told.factor:.6g}", **facts, **place)


def _conditions(shelf: Shelf) -> Problems:
    for key in atlas_names("conditions"):
        path = atlas_path("conditions", f"{key}.toml")
        try:
            one = load_condition(key)
        except VagusError as error:
            yield error
            continue
        yield from check_evidence(path, [one], shelf.sources)
        yield from check_condition(path, one, shelf)


def check_condition(path: Path, one: Condition, shelf: Shelf) -> Problems:
    """What a condition names that is not there, or sets outside its range."""
    settable = shelf.settable
    for name, value in _set_values(one):
        place = place_of_text(path, name)
        if name not in settable:
            yield _unknown(name, settable, place)
        elif not settable[name].low <= value <= settable[name].high:
            entry = settable[name]
            yield fail("V306", name=name, value=value, low=entry.low, high=entry.high, **place)
    for name, (low, high) in [*one.check.items(), *one.check_alone.items()]:
        if name not in shelf.book.states:
            yield _unknown(name, shelf.book.states, place_of_text(path, name))
        if low > high:
            yield fail("V307", name=name, low=low, high=high, **place_of_text(path, name))
    for member in one.mixture:
        if member not in atlas_names("conditions"):
            known = ", ".join(atlas_names("conditions"))
            yield fail("V402", name=member, known=known, **place_of_text(path, member))
    for scale in one.instruments:
        if scale not in list_instruments():
            known = ", ".join(list_instruments())
            yield fail("V405", name=scale, known=known, **place_of_text(path, scale))


def _set_values(one: Condition) -> Iterator[tuple[str, float]]:
    """The values a condition sets that have to lie in the range of their row; tails of a distribution are cut there."""
    for name, trait in one.traits.items():
        yield from ((name, value) for value in _sure_values(trait))
    for episode in one.history:
        yield from episode.inputs


def _sure_values(trait: Trait) -> tuple[float, ...]:
    sure = {"fixed": trait.numbers, "uniform": trait.numbers, "beta": (0.0, 1.0), "bernoulli": (0.0, 1.0)}
    values = sure.get(trait.shape, trait.numbers[:1])
    return values if trait.typical is None else (*values, trait.typical)


def _treatments(shelf: Shelf) -> Problems:
    for key in atlas_names("treatments"):
        path = atlas_path("treatments", f"{key}.toml")
        try:
            one = load_treatment(key)
        except VagusError as error:
            yield error
            continue
        limits = read_toml(path).get("limits", {})
        named = [(str(limits["source"]), "")] if "source" in limits else []
        yield from check_evidence(path, [one, *named], shelf.sources)


def _instruments(shelf: Shelf) -> Problems:
    for key in list_instruments():
        try:
            one = load_instrument(key)
        except VagusError as error:
            yield error
            continue
        yield from check_evidence(atlas_path("instruments", f"{key}.toml"), [one], shelf.sources)


def _domains(shelf: Shelf) -> Problems:
    path = atlas_path("domains.toml")
    for domain in load_domains().values():
        if domain.observable not in (*shelf.book.states, *shelf.book.assigned):
            known = (*shelf.book.states, *shelf.book.assigned)
            yield _unknown(domain.observable, known, place_of_text(path, domain.observable))
        yield from check_evidence(path, [domain], shelf.sources)


def _drugs(shelf: Shelf) -> Problems:
    path = atlas_path("drugs.toml")
    known = {"input": tuple(shelf.settable), "state": shelf.book.states}
    drugs = read_toml(path)
    for drug in drugs.values():
        yield from check_evidence(path, [(str(key), "") for key in drug.get("sources", [])], shelf.sources)
        if drug.get("as") not in (None, *drugs):
            yield _unknown(str(drug["as"]), drugs, place_of_text(path, str(drug["as"])))
        for part in _parts(drug):
            for word, names in known.items():
                if word in part and part[word] not in names:
                    yield _unknown(part[word], names, place_of_text(path, part[word]))


def _people(shelf: Shelf) -> Problems:
    """Medicines beside a treatment, warnings and measured curves: sources, and the numbers that are multiplied."""
    path = atlas_path("interactions.toml")
    for one in load_background().values():
        yield from check_evidence(path, [one], shelf.sources)
        for name in one.multiply:
            if name not in shelf.settable:
                yield _unknown(name, shelf.settable, place_of_text(path, name))
    pairs = [(caution.source, "") for caution in drug_cautions()]
    yield from check_evidence(atlas_path("warnings.toml"), [*pairs], shelf.sources)
    studied = [
        (seen.source, "")
        for drug in load_routes().values()
        for ways in drug.values()
        for seen in (ways.studied, ways.studied_rate)
        if seen
    ]
    routes = [
        (key, way.grade) for drug in load_routes().values() for way in drug.values() for key in way.sources
    ]
    yield from check_evidence(atlas_path("drugs.toml"), [*studied, *routes], shelf.sources)


def _parts(drug: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every place a dose of the drug goes to, and every input the drug changes while it is taken."""
    ways = drug.get("routes", {}).values()
    parts = [part for way in ways for key in ("infusion", "bolus") for part in way.get(key, [])]
    return [*parts, *drug.get("holds", [])]


def _reporting(shelf: Shelf) -> Problems:
    path = atlas_path("reporting.toml")
    pairs = [(str(entry["source"]), str(entry["grade"])) for entry in read_toml(path).values()]
    yield from check_evidence(path, [*pairs], shelf.sources)


def check_evidence(path: Path, records: Iterable[Record], sources: Mapping[str, Source]) -> Problems:
    """Grades and sources of records that are none."""
    told = set()
    for use in uses(records):
        if use.grade and use.grade not in GRADES and use.grade not in told:
            hint = did_you_mean(use.grade, GRADES)
            yield fail("V310", name=use.name, grade=use.grade, hint=hint, **place_of_text(path, use.grade))
        if use.source not in sources and use.source not in told:
            hint, place = did_you_mean(use.source, sources), place_of_text(path, use.source)
            yield fail("V309", name=use.name, source=use.source, hint=hint, **place)
        told |= {use.grade, use.source}


def place_of_text(path: Path, text: str) -> Place:
    """The first line of a file that holds a text in quotes; the line is None when no line does."""
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if f'"{text}"' in line or f"'{text}'" in line:
            return Place(file=str(path), line=number, text=line.strip())
    return Place(file=str(path), line=None, text=None)


def _unknown(name: str, known: Iterable[str], place: Place) -> VagusError:
    return fail("V315", name=name, hint=did_you_mean(name, known), **place)
