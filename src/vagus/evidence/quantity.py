"""One quantity of the body in words: its number, where that is from, and the equations it stands in."""

from math import exp
from pathlib import Path

from ..body.condition import Trait, load_condition
from ..body.output import load_outputs
from ..observe.domain import load_domains
from ..tables import GRADE_MEANINGS, Entry, Source, atlas_names, atlas_path, read_sources
from .book import Book, Equation
from .provenance import address, citation

Facts = list[tuple[str, str]]

_KINDS = {
    "state": "state: it changes with time by an equation of its own; the value is where the healthy person starts",
    "constant": "constant: the same in everybody",
    "trait": "trait: differs between people, or is set by a condition",
    "input": "input: set from outside, as by a dose or an event; the value is that of no input",
    "reference": "reference: worked out again from the model by a command",
    "": "assignment: follows from other quantities at every moment",
}


def quantity_facts(book: Book, name: str) -> Facts:
    """What is known of a state, parameter or assignment as (label, value) pairs."""
    entry = book.entries.get(name)
    facts = _number(entry) if entry else [("unit", book.unit(name))]
    own = book.equation(name)
    meaning = entry.meaning if entry else _output_meaning(name) or (own.comment if own else "")
    facts = [("meaning", meaning), ("kind", _KINDS[entry.kind if entry else ""]), *facts]
    if entry:
        facts += [*source_facts(entry.source), ("grade", graded(entry.grade))]
        facts += [("table", f"{shown(entry.file)}, line {entry.line}")]
    facts += [("symbol", ", ".join(row["symbol"] for row in book.symbols if row["name"] == name))]
    facts += [("equation", place(own) if own else ""), ("read by", ", ".join(book.readers(name)))]
    facts += [("set by", "; ".join(_set_by(name))), ("seen as", "; ".join(_seen_as(name)))]
    return [(label, value) for label, value in facts if value]


def quantity_text(book: Book, name: str) -> str:
    """The equation that gives a quantity and all equations that read it, each with the sentence that explains it."""
    own = book.equation(name)
    others = [book.equation(reader) for reader in book.readers(name) if reader != name]
    parts = [_written(own)] if own else []
    parts += [_written(equation) for equation in others if equation]
    return "\n\n".join(parts)


def source_facts(key: str) -> Facts:
    """A source as (label, value) pairs; the key alone when the list of sources does not hold it."""
    source = read_sources().get(key)
    if source is None:
        return [("source", key)]
    return [("source", f"{citation(source)} ({key})"), ("doi", source.doi), ("address", _web(source))]


def graded(grade: str) -> str:
    """A grade with what it says."""
    return f"{grade}: {GRADE_MEANINGS[grade]}" if grade in GRADE_MEANINGS else grade


def place(equation: Equation) -> str:
    """File and line of an equation."""
    return f"{shown(equation.file)}, line {equation.line}"


def shown(file: str) -> str:
    """A file of the atlas as it stands in the package; any other path as it is."""
    try:
        return f"atlas/{Path(file).relative_to(atlas_path())}"
    except ValueError:
        return file


def amount(value: float, unit: str) -> str:
    """A number with its unit; plain numbers stand alone."""
    return f"{value:.6g}" if unit == "1" else f"{value:.6g} {unit}"


def _rounded(value: float, unit: str) -> str:
    return amount(float(f"{value:.3g}"), unit)


def spread_words(entry: Entry) -> str:
    """How a number differs between people."""
    value, spread, unit = entry.value, entry.spread, entry.unit
    if entry.shape == "bernoulli":
        return f"{spread:.0%} of people have it (1), the others do not (0)"
    if entry.shape == "lognormal":
        low, high = max(value * exp(-spread), entry.low), min(value * exp(spread), entry.high)
        return f"two in three people lie between {low:.3g} and {_rounded(high, unit)} (SD of the logarithm {spread:g})"
    if entry.shape == "normal":
        low, high = max(value - spread, entry.low), min(value + spread, entry.high)
        return f"two in three people lie between {low:.3g} and {_rounded(high, unit)} (SD {spread:g})"
    if entry.shape == "logitnormal":
        return f"between the ends of its range, SD of the logit {spread:g}"
    return "none in the tables"


def trait_words(trait: Trait) -> str:
    """How a condition sets a parameter."""
    numbers = tuple(f"{number:.4g}" for number in trait.numbers)
    words = {
        "fixed": "fixed at {}",
        "lognormal": "lognormal, median {}, SD of the logarithm {}",
        "normal": "normal, mean {}, SD {}",
        "beta": "beta({}, {})",
        "uniform": "anywhere from {} to {}",
        "bernoulli": "1 in a share of {} of people, else 0",
        "table": "as in everybody",
    }[trait.shape].format(*numbers)
    return words + (f", typical person {trait.typical:.4g}" if trait.typical is not None else "")


def _number(entry: Entry) -> Facts:
    return [
        ("value", amount(entry.value, entry.unit)),
        ("unit", "1 (a plain number)" if entry.unit == "1" else entry.unit),
        ("range", f"{entry.low:.6g} to {amount(entry.high, entry.unit)}"),
        ("between people", spread_words(entry)),
    ]


def _output_meaning(name: str) -> str:
    return load_outputs()[name].meaning if name in load_outputs() else ""


def _set_by(name: str) -> list[str]:
    conditions = [load_condition(key) for key in atlas_names("conditions")]
    return [f"{one.key} ({trait_words(one.traits[name])})" for one in conditions if name in one.traits]


def _seen_as(name: str) -> list[str]:
    found = [f"the domain '{domain.name}'" for domain in load_domains().values() if domain.observable == name]
    if name in load_outputs():
        found.append(f"the output '{load_outputs()[name].label}'")
    return found


def _web(source: Source) -> str:
    return "" if source.doi else address(source)


def _written(equation: Equation) -> str:
    said = f"\n  // {equation.comment}" if equation.comment else ""
    return f"{equation.name} ({place(equation)}){said}\n  {equation.text}"
