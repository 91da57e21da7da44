"""`explain`: what one name means: a quantity of the body, a file of the atlas, a source, an error code."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

from ..body.caution import Caution
from ..body.condition import Condition, load_condition
from ..body.hold import Hold
from ..body.route import Effect, load_routes
from ..body.treatment import Treatment, load_treatment
from ..errors import did_you_mean, explanations, fail
from ..observe.domain import load_domains
from ..observe.instrument import Fact, Instrument, list_instruments, load_instrument
from ..tables import atlas_names, atlas_path, read_parameters, read_sources, read_toml
from .book import open_book
from .provenance import atlas_records, citation, uses, worst
from .quantity import Facts, graded, quantity_facts, quantity_text, shown, source_facts, trait_words

_CODE = re.compile(r"[Vv]\d{3}")
_FACT = re.compile(r"(?<!\{)\{(\w+)[^{}]*\}(?!\})")


@dataclass(frozen=True)
class Explanation:
    """What one name means.

    Fields: `kind` (quantity, condition, treatment, instrument, domain, drug, source, error), `title`, one line;
    `facts`, (label, value) pairs, each label once; `text`, what does not fit on a line, such as the equations.
    """

    kind: str
    title: str
    facts: tuple[tuple[str, str], ...]
    text: str

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {"kind": self.kind, "title": self.title, "facts": dict(self.facts), "text": self.text}


def explain(name: str) -> Explanation:
    """What a name means.

    Arguments: `name`, the full name of a state, parameter or output ("pain.windup_gain"), its symbol in the written
    model ("wwu"), its bare local name where only one quantity has it ("windup_gain"); the key of a condition,
    treatment, instrument, domain, drug or source; an error code ("V402"). Where two kinds share a key, the kind in
    front of a colon chooses ("drug:ketamine").
    Raises V315 for a name that nothing has.
    """
    wanted, colon, rest = name.strip().partition(":")
    kinds = _kinds()
    word = rest.strip() if colon and wanted in kinds else name.strip()
    if colon and wanted in kinds:
        kinds = {wanted: kinds[wanted]}
    having = [kind for kind, (names, _) in kinds.items() if word in names]
    if having:
        found = kinds[having[0]][1](word)
        return _with_others(found, word, having[1:])
    if "error" in kinds and _CODE.fullmatch(word) and word.upper() in explanations():
        return _error(word.upper())
    full = open_book().full_name(word) if "quantity" in kinds and word else None
    if full is not None:
        return _quantity(full)
    raise fail("V315", name=word, hint=did_you_mean(word, _everything(kinds)))


_Kind = tuple[Iterable[str], Callable[[str], Explanation]]


def _kinds() -> dict[str, _Kind]:
    """Every kind of name with its names and the function that explains one, in order of precedence."""
    return {
        "quantity": (open_book().names, _quantity),
        "error": (explanations(), _error),
        "condition": (atlas_names("conditions"), _condition),
        "treatment": (atlas_names("treatments"), _treatment),
        "instrument": (list_instruments(), _instrument),
        "drug": (read_toml(atlas_path("drugs.toml")), _drug),
        "domain": (load_domains(), _domain),
        "source": (read_sources(), _source),
    }


def _everything(kinds: dict[str, _Kind]) -> list[str]:
    names = [name for known, _ in kinds.values() for name in known]
    if "quantity" in kinds:
        local = [name.partition(".")[2] for name in open_book().names]
        names += [name for name in local if local.count(name) == 1]
    return names


def _with_others(found: Explanation, word: str, kinds: list[str]) -> Explanation:
    if not kinds:
        return found
    others = ", ".join(f"{kind}:{word}" for kind in kinds)
    return Explanation(found.kind, found.title, (*found.facts, ("also", others)), found.text)


def _made(kind: str, title: str, facts: Facts, text: str = "") -> Explanation:
    return Explanation(kind, title, tuple((label, value) for label, value in facts if value), text)


def _quantity(name: str) -> Explanation:
    book = open_book()
    return _made("quantity", name, quantity_facts(book, name), quantity_text(book, name))


def _error(code: str) -> Explanation:
    entry = explanations()[code]
    facts = [("says", _open(entry.message)), ("why", entry.why), ("try", _open(entry.hint))]
    return _made("error", f"{code} {entry.title}", facts)


def _open(message: str) -> str:
    """A message before its facts are known: "there is no condition '<name>'"."""
    return _FACT.sub(r"<\1>", message).replace("{{", "{").replace("}}", "}")


def _condition(key: str) -> Explanation:
    one = load_condition(key)
    facts = [("meaning", one.meaning), ("grade", graded(one.grade)), ("sources", _citations(one.sources))]
    facts += [("mixture", f"in equal parts of {', '.join(one.mixture)}" if one.mixture else "")]
    facts += [("history", "; ".join(_history(one))), ("at rest", "; ".join(_checks(one)))]
    facts += [("file", shown(str(atlas_path("conditions", f"{key}.toml"))))]
    traits = [f"{name}: {trait_words(trait)}" for name, trait in one.traits.items()]
    return _made("condition", f"{key}: {one.title}", facts, "\n".join(traits))


def _history(one: Condition) -> list[str]:
    told = []
    for episode in one.history:
        inputs = ", ".join(f"{name} = {value:g}" for name, value in episode.inputs)
        told.append(f"{episode.phase} for {episode.hours / 24.0:g} days ({inputs})")
    return told


def _checks(one: Condition) -> list[str]:
    return [f"{name} from {low:g} to {high:g}" for name, (low, high) in one.check.items()]


def _treatment(key: str) -> Explanation:
    one = load_treatment(key)
    facts = [("meaning", one.meaning), ("grade", graded(one.grade)), ("sources", _citations(one.sources))]
    facts += [("doses", "; ".join(_doses(one))), ("changes", "; ".join(_holds(one)))]
    facts += [("visits", str(len(one.visits)) if one.visits else "none")]
    facts += [("file", shown(str(atlas_path("treatments", f"{key}.toml"))))]
    return _made("treatment", f"{key}: {one.title}", facts, "\n".join(map(_caution, one.cautions)))


def _caution(one: Caution) -> str:
    return f"{one.when}: {one.text} ({one.source})" if one.when else f"{one.text} ({one.source})"


def _holds(one: Treatment) -> list[str]:
    """What is held, sessions of equal length together."""
    found: dict[str, list[Hold]] = {}
    for hold in one.holds:
        how = {"value": "held at", "factor": "times", "plus": "plus"}[hold.way]
        found.setdefault(f"{hold.name} {how} {hold.amount:g}", []).append(hold)
    told = []
    for what, holds in found.items():
        first, days = holds[0], ", ".join(f"{hold.start / 24.0:g}" for hold in holds)
        until = "on" if first.end == inf else f"to day {first.end / 24.0:g}"
        sessions = f"for {first.end - first.start:g} h on days {days}"
        told.append(f"{what} " + (sessions if len(holds) > 1 else f"from day {first.start / 24.0:g} {until}"))
    return told


def _doses(one: Treatment) -> list[str]:
    """The doses of a course, equal ones together."""
    days: dict[str, list[float]] = {}
    for dose in one.doses:
        over = f" over {60.0 * dose.hours:g} min" if dose.hours else ""
        days.setdefault(f"{dose.drug} {dose.amount:g} {dose.unit} {dose.route}{over}", []).append(dose.day)
    return [
        f"{len(when)} of {what}, day{'s' if len(when) > 1 else ''} "
        + (", ".join(f"{day:g}" for day in when) if len(when) <= 12 else f"{when[0]:g} to {when[-1]:g}")
        for what, when in days.items()
    ]


def _instrument(key: str) -> Explanation:
    one = load_instrument(key)
    recall = f"the last {one.recall_days:g} days" if one.recall_days else "now"
    facts = [
        ("abbreviation", one.abbreviation),
        ("kind", f"{one.kind}, {one.better} is better"),
        (
            "total",
            f"{one.total} of {_count(len(one.items), 'item')}, {one.total_low:g} to {one.total_high:g}",
        ),
        ("marked by", "the person alone" if one.rater == "self" else "a clinician"),
        ("asks about", recall),
        ("bands", ", ".join(f"{word} from {start:g}" for start, word in one.bands)),
        ("reads", ", ".join(one.domains)),
    ]
    facts += [(name.replace("_", " "), _fact(getattr(one, name))) for name in _fact_names(one)]
    loadings = f"{one.loading_source}, {graded(one.loading_grade)}"
    facts += [("loadings from", loadings), ("sources", _citations(one.sources))]
    facts += [("file", shown(str(atlas_path("instruments", f"{key}.toml"))))]
    items = [
        f"{item.number}. {item.topic} ({item.low:g} to {item.high:g}): {', '.join(name for name, _ in item.loadings)}"
        for item in one.items
    ]
    return _made("instrument", f"{key}: {one.title}", facts, "\n".join(items))


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _fact_names(one: Instrument) -> list[str]:
    return [name for name in vars(one) if isinstance(getattr(one, name), Fact)]


def _fact(fact: Fact) -> str:
    return f"{fact.value:g} ({fact.source}, {fact.grade})" + (f"; {fact.note}" if fact.note else "")


def _drug(key: str) -> Explanation:
    drug = read_toml(atlas_path("drugs.toml"))[key]
    lines = []
    for name, route in load_routes()[key].items():
        ways = (("infusion", route.infusion), ("bolus", route.bolus))
        lines += [
            f"{name}, {way}: {', '.join(map(_into, effects)) or 'nothing'}"
            for way, effects in ways
            if effects is not None
        ]
        lines += [
            f"{name}, studied: {seen.low:g} to {seen.high:g} {seen.unit}, {seen.meaning} ({seen.source})"
            for seen in (route.studied, route.studied_rate)
            if seen
        ]
    lines += [f"while it is taken: {one['input']} times {one['factor']:g}" for one in drug.get("holds", ())]
    facts = [("given", ", ".join(drug["routes"])), ("sources", _citations(drug["sources"]))]
    return _made("drug", f"{key}: {drug['title']}", [*facts, ("file", "atlas/drugs.toml")], "\n".join(lines))


def _into(effect: Effect) -> str:
    over = f" over {60.0 * effect.hours:g} min" if effect.hours else ""
    what = {"dose": "it", "absorbed": "what the lining absorbs", "rest": "the rest"}[effect.of]
    return f"{effect.share:g} of {what} to {effect.target}{over}"


def _domain(key: str) -> Explanation:
    one = load_domains()[key]
    scales = [load_instrument(scale) for scale in list_instruments()]
    facts = [("read from", one.observable), ("healthy", f"{one.healthy:g}"), ("ill", f"{one.ill:g}")]
    facts += [*source_facts(one.source), ("grade", graded(one.grade))]
    facts += [("read by", ", ".join(scale.key for scale in scales if key in scale.domains))]
    return _made(
        "domain", f"{key}: 0 in health, 1 in the resting ill person", [*facts, ("file", "atlas/domains.toml")]
    )


def _source(key: str) -> Explanation:
    source = read_sources()[key]
    resting = [use for use in uses([*read_parameters().values(), *atlas_records()]) if use.source == key]
    numbers = [use for use in resting if use.grade]
    cited = dict.fromkeys(use.name for use in resting if not use.grade and use.name != key)
    facts = [
        ("citation", citation(source)),
        ("doi", source.doi),
        ("address", source.url),
        ("note", source.note),
    ]
    facts += [("worst grade", graded(worst(use.grade for use in numbers)))]
    facts += [("used for", _count(len(numbers), "number")), ("cited for", ", ".join(cited))]
    facts += [("list", f"{shown(source.file)}, line {source.line}")]
    return _made("source", key, facts, "\n".join(f"{use.name} ({use.grade})" for use in numbers))


def _citations(keys: Iterable[str]) -> str:
    known = read_sources()
    return "; ".join(f"{citation(known[key])} ({key})" if key in known else key for key in keys)
