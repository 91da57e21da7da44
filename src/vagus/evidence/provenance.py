"""What a result rests on: every number that was read, its source and its grade, the worst grade first."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..body.background import Background, load_background
from ..body.condition import Condition, load_condition
from ..body.model import Model
from ..body.route import load_routes
from ..body.treatment import Treatment, load_treatment
from ..observe.domain import Domain, load_domains
from ..observe.instrument import Fact, Instrument, list_instruments, load_instrument
from ..tables import (
    GRADES,
    Entry,
    Source,
    atlas_names,
    atlas_path,
    read_parameters,
    read_sources,
    read_toml,
)

Record = Entry | Condition | Treatment | Background | Instrument | Domain | tuple[str, str]
"""What can rest on sources; a pair is (source key, grade)."""

_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303"}
_ACCENT = re.compile(r"""\\(['`^"~])([A-Za-z])""")
_LETTERS = {
    "\\O": "Ø",
    "\\o": "ø",
    "\\ss": "ß",
    "\\ae": "æ",
    "\\aa": "å",
    "---": "—",
    "--": "–",
    "\\&": "&",
    "\\_": "_",
}


@dataclass(frozen=True)
class Use:
    """One number that rests on a source: the key of the source, the grade ('' when none was given), what it is."""

    source: str
    grade: str
    name: str


@dataclass(frozen=True)
class SourceUse:
    """One source and what rests on it.

    Fields: `key` in `sources.bib`; `text`, the citation; `doi_or_url`, '' when it has neither; `grade`, the worst
    of the numbers that rest on it, '' when it is only cited; `used_for`, how many numbers those are.
    """

    key: str
    text: str
    doi_or_url: str
    grade: str
    used_for: int


@dataclass(frozen=True)
class Provenance:
    """What one result rests on: its sources, worst first; how many numbers of the model have each grade; the worst
    grade of all that was read."""

    sources: tuple[SourceUse, ...]
    counts: Mapping[str, int]
    worst: str


def provenance_of(
    model: Model,
    conditions: Iterable[str],
    treatment: Treatment | None,
    instruments: Iterable[str],
    background: Iterable[str] = (),
) -> Provenance:
    """What one run rests on: the numbers of the model, the conditions, the treatment, the instruments read.

    Arguments: `conditions`, the keys of the people simulated ("mdd", or "mdd+pain-neuropathic" for one person with
    both); `instruments`, the keys of the scales that were scored; `background`, medicines taken beside the treatment.
    """
    keys = dict.fromkeys(key for joined in conditions for key in joined.split("+"))
    scales = [load_instrument(key) for key in instruments]
    seen = dict.fromkeys(name for scale in scales for name in scale.domains)
    records: list[Record] = [load_condition(key) for key in keys]
    records += [treatment] if treatment is not None else []
    records += [load_background()[key] for key in background]
    records += [*scales, *(load_domains()[name] for name in seen)]
    sources = tuple(source_lines(model, records))
    return Provenance(sources, grade_counts(model), worst(source.grade for source in sources))


def provenance_of_atlas() -> Provenance:
    """What everything that is shipped rests on: all tables, conditions, treatments, instruments, domains and drugs."""
    entries = read_parameters()
    sources = tuple(source_lines(entries, atlas_records()))
    return Provenance(sources, grade_counts(entries), worst(source.grade for source in sources))


def atlas_records() -> list[Record]:
    """Every condition, treatment, instrument and domain of the atlas, and the sources its drugs name."""
    drugs = read_toml(atlas_path("drugs.toml"))
    return [
        *(load_condition(name) for name in atlas_names("conditions")),
        *(load_treatment(name) for name in atlas_names("treatments")),
        *(load_instrument(name) for name in list_instruments()),
        *load_domains().values(),
        *load_background().values(),
        *((str(source), "") for drug in drugs.values() for source in drug["sources"]),
    ]


def entries_read(model: Model | Mapping[str, Entry]) -> list[Entry]:
    """The rows of the tables that the equations of a model read; of tables alone, all rows."""
    if isinstance(model, Model):
        return [model.entries[name] for name in (*model.states, *model.parameters)]
    return list(model.values())


def grade_counts(model: Model | Mapping[str, Entry]) -> dict[str, int]:
    """How many numbers of the model have each grade, best grade first; grades that nothing has are left out."""
    counts = Counter(entry.grade for entry in entries_read(model))
    return {grade: counts[grade] for grade in GRADES if counts[grade]}


def worst(grades: Iterable[str]) -> str:
    """The worst of some grades (strong, moderate, weak, contradicted, assumed: the last is the worst); '' of none."""
    given = [grade for grade in grades if grade]
    return max(given, key=GRADES.index, default="")


def uses(records: Iterable[Record]) -> list[Use]:
    """Every number of the records with the source it rests on and its grade, in the order of the records."""
    return [use for record in records for use in _uses_of(record)]


def source_lines(
    model: Model | Mapping[str, Entry],
    records: Iterable[Record] = (),
    sources: Mapping[str, Source] | None = None,
) -> list[SourceUse]:
    """The sources that a model and some records rest on: worst grade first, then those that carry most.

    Arguments: `model`, or the parameter tables alone; `records`, conditions, treatments, instruments, domains or
    pairs of source key and grade; `sources`, the list of sources (of the atlas by default).
    """
    known = read_sources() if sources is None else sources
    found: dict[str, list[Use]] = {}
    for use in uses([*entries_read(model), *records]):
        found.setdefault(use.source, []).append(use)
    lines = [_line(key, rests, known) for key, rests in found.items()]
    return sorted(lines, key=lambda line: (-_rank(line.grade), -line.used_for, line.key))


def citation(source: Source) -> str:
    """A source as a reader knows it: "Dahan and others 2011. Population pharmacokinetic..."."""
    people = [name.partition(",")[0] for name in re.split(r"\s+and\s+", source.author) if name]
    who = f"{people[0]} and others" if len(people) > 2 else " and ".join(people)
    head = " ".join(part for part in (who.replace("others and others", "and others"), source.year) if part)
    return plain_letters(
        ". ".join(part for part in (head, source.title) if part) or source.note or source.key
    )


def address(source: Source) -> str:
    """The DOI of a source, else its address, else ''."""
    return source.doi or source.url


def plain_letters(text: str) -> str:
    """BibTeX text as it is read: accents, letters and dashes in place of their commands."""
    text = _ACCENT.sub(lambda found: unicodedata.normalize("NFC", found[2] + _ACCENTS[found[1]]), text)
    for command, letter in _LETTERS.items():
        text = text.replace(command, letter)
    return text


def _uses_of(record: Record) -> Iterator[Use]:
    match record:
        case (str(source), str(grade)):
            yield Use(source, grade, source)
        case Entry() | Domain():
            yield Use(record.source, record.grade, record.name)
        case Condition():
            numbers = [*record.traits, *(episode.phase for episode in record.history)] or [record.key]
            yield from (
                Use(s, record.grade, f"{record.key}: {name}") for s in record.sources for name in numbers
            )
        case Treatment():
            yield from (Use(source, record.grade, record.key) for source in record.sources)
            yield from (Use(source, "", f"{record.key}: warning") for _, source in record.warnings)
            yield from _uses_of_routes(record)
        case Background():
            yield from (Use(source, record.grade, record.title) for source in record.sources)
        case Instrument():
            yield from _uses_of_scale(record)


def _uses_of_routes(treatment: Treatment) -> Iterator[Use]:
    for drug, way in dict.fromkeys((dose.drug, dose.route) for dose in treatment.doses):
        route = load_routes()[drug][way]
        yield from (Use(source, route.grade, f"{drug} {way}") for source in route.sources)
        for seen in (route.studied, route.studied_rate):
            if seen is not None:
                yield Use(seen.source, "", f"{drug} {way}: studied doses")


def _uses_of_scale(scale: Instrument) -> Iterator[Use]:
    """Facts of scoring carry no grade of their own: they are what the scale is, not a finding."""
    yield from (Use(source, "", scale.key) for source in scale.sources)
    for item in scale.items:
        yield Use(scale.loading_source, scale.loading_grade, f"{scale.key}: loadings of item {item.number}")
    for name in vars(scale):
        fact = getattr(scale, name)
        if isinstance(fact, Fact):
            yield Use(fact.source, fact.grade, f"{scale.key}: {name}")


def _line(key: str, rests: Sequence[Use], known: Mapping[str, Source]) -> SourceUse:
    graded = [use for use in rests if use.grade]
    text, where = (citation(known[key]), address(known[key])) if key in known else (key, "")
    return SourceUse(key, text, where, worst(use.grade for use in graded), len(graded))


def _rank(grade: str) -> int:
    return GRADES.index(grade) if grade else -1
