"""The ledger as text: every statement of the founding article as a claim with its tests, read from `claims.yaml`.

The header of that file says what each word means; here they are only read and checked.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from ..errors import VagusError, did_you_mean, fail
from ..tables import Place, atlas_path, read_text

HOURS = 24.0
SIGNS = ("+", "-", "0")
GRADES = ("strong", "moderate", "weak", "contradicted", "untested", "definition", "structural")
#: What is true by how the model is made: such tests take no part in a verdict.
BY_CONSTRUCTION = ("definition", "structural")
WORDS = ("conditions", "arms", "steps", "cuts")
_TIMES = ("at_d", "at_h", "window")
_CLAIM_KEYS = ("claim", "groups", "at_d", "at_h", "window", "stop_d", "test")
_TEST_KEYS = ("observable", "sign", "evidence", "at_d", "at_h", "window", "site", "mcid", "groups")
_GROUP_KEYS = ("a", "b", "arms", "times_d", "cut", "step", "with")
#: Words of groups by the part of the vocabulary they come from; those of `with` from any but the conditions.
_PARTS = {"a": "conditions", "b": "conditions", "arms": "arms", "cut": "cuts", "step": "steps"}


@dataclass(frozen=True)
class Groups:
    """What is compared: the keys of `groups` in the file, each a tuple (empty where it does not stand)."""

    a: tuple[str, ...]
    b: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    times_d: tuple[float, ...] = ()
    cut: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assertion:
    """One test of a claim.

    Attributes:
        observable: what is read, a key of `observables`.
        sign: + the first side is higher, - it is lower, 0 no difference.
        evidence: how well the record backs the direction.
        groups: what is compared.
        hour: when it is read, after day 0 08:00; None where only the window counts.
        window: first and last hour, for what is read off a course.
        stop: hour at which all arms end; None: they run on.
        site: where a sample is taken, or ''.
        mcid: least difference that matters, in the natural unit; None where none is given.
        on_the_hour: whether the time was written in hours, so that the time of the day matters at rest.
    """

    observable: str
    sign: str
    evidence: str
    groups: Groups
    hour: float | None
    window: tuple[float, float] | None = None
    stop: float | None = None
    site: str = ""
    mcid: float | None = None
    on_the_hour: bool = False


@dataclass(frozen=True)
class Statement:
    """One claim: its id, section, sentence and tests."""

    id: str
    section: str
    claim: str
    tests: tuple[Assertion, ...]


@dataclass(frozen=True)
class Ledger:
    """The whole file: claims in its order, the vocabulary (meaning by word), observables (unit, meaning and from)."""

    statements: tuple[Statement, ...]
    vocabulary: Mapping[str, Mapping[str, str]]
    observables: Mapping[str, Mapping[str, str]]

    def kind(self, word: str) -> str:
        """The part of the vocabulary a word stands in."""
        return next(part for part in WORDS if word in self.vocabulary[part])


@lru_cache(maxsize=1)
def load_ledger() -> Ledger:
    """The ledger of the atlas; raises what `read_ledger` raises."""
    return read_ledger(atlas_path("claims.yaml"))


def read_ledger(path: str | Path) -> Ledger:
    """A ledger from a YAML file.

    Raises:
        VagusError: V101-V105 the file cannot be read, V480 it is no YAML or lacks a part, V481 a word that is not in
            the vocabulary, V482 a claim that does not say what a claim has to.
    """
    text = read_text(path)
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        _keys_once(node)
        data: Any = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        reason = getattr(error, "problem", None) or "it cannot be read"
        raise fail("V480", reason=reason, file=path, line=line) from None
    if not isinstance(data, dict) or not {"vocabulary", "observables"} <= data.keys():
        raise fail("V480", reason="it has no vocabulary or no observables", file=path)
    for name in (*(f"vocabulary.{part}" for part in WORDS), *(name for name in data if name != "vocabulary")):
        part: Any = data
        for key in str(name).split("."):
            part = part.get(key) if isinstance(part, dict) else None
        if not isinstance(part, dict):
            raise fail("V480", reason=f"'{name}' is no table", file=path)
    reader = _Reader(str(path), text.splitlines(), data)
    return reader.ledger()


def _keys_once(node: Any) -> None:
    """Nothing when no table has a key twice: YAML would let the later claim of one name win in silence."""
    waiting, seen = [node], {id(node)}
    while waiting:
        one = waiting.pop()
        pairs = one.value if isinstance(one, yaml.MappingNode) else []
        known: set[str] = set()
        for key, _ in pairs:
            if str(key.value) in known:
                raise yaml.MarkedYAMLError(problem=f"'{key.value}' stands twice", problem_mark=key.start_mark)
            known.add(str(key.value))
        parts = [value for _, value in pairs] + (one.value if isinstance(one, yaml.SequenceNode) else [])
        # A part may be named again elsewhere, even inside itself.
        waiting += [part for part in parts if id(part) not in seen]
        seen |= {id(part) for part in parts}


class _Reader:
    """Everything that is needed to read one file and to say where a mistake stands."""

    def __init__(self, path: str, lines: Sequence[str], data: Mapping[str, Any]) -> None:
        self.path, self.lines, self.data = path, lines, data
        self.known = {part: dict(data["vocabulary"][part]) for part in WORDS}
        shifts = [word for word in self.known["steps"] if word.startswith("shift-")]
        for word in shifts:
            self.known["steps"][word] = f"lead state held off rest: {self.known['steps'][word]}"

    def ledger(self) -> Ledger:
        """The whole file."""
        sections = {
            name: rows for name, rows in self.data.items() if name not in ("vocabulary", "observables")
        }
        found: dict[str, Statement] = {}
        for section, rows in sections.items():
            for name, row in rows.items():
                key = str(name)
                if key in found:
                    raise self.wrong(key, f"it stands in '{found[key].section}' and in '{section}'")
                found[key] = self.statement(section, key, row)
        return Ledger(tuple(found.values()), self.known, self.data["observables"])

    def place(self, claim: str) -> Place:
        """The line on which a claim begins."""
        for number, line in enumerate(self.lines, start=1):
            if line.strip() == f"{claim}:":
                return Place(file=self.path, line=number, text=line.strip())
        return Place(file=self.path, line=None, text=claim)

    def statement(self, section: str, key: str, row: Any) -> Statement:
        """One claim with its tests."""
        self.allow(key, row, _CLAIM_KEYS, needed=("claim", "test"))
        tests = []
        if not isinstance(row["test"], list) or not row["test"]:
            raise self.wrong(key, "'test' is no list of tests")
        for test in row["test"]:
            self.allow(key, test, _TEST_KEYS, needed=("observable", "sign", "evidence"))
            tests.append(self.assertion(key, row, test))
        return Statement(key, section, str(row["claim"]), tuple(tests))

    def assertion(self, key: str, row: Mapping[str, Any], test: Mapping[str, Any]) -> Assertion:
        """One test; what it says wins over what its claim says."""
        self.one_of(key, test["observable"], self.data["observables"], "observable")
        self.one_of(key, test["sign"], SIGNS, "sign")
        self.one_of(key, test["evidence"], GRADES, "evidence")
        groups = test.get("groups", row.get("groups"))
        if groups is None:
            raise self.wrong(key, "it does not say which groups are compared")
        own = [name for name in _TIMES if name in test]
        timed = test if own else row
        hour, on_the_hour = self.hour(key, timed)
        window = self.window(key, timed.get("window", row.get("window")))
        parsed = self.groups(key, groups)
        if hour is None and window is None and not parsed.times_d:
            raise self.wrong(key, "it does not say when")
        return Assertion(
            observable=test["observable"],
            sign=test["sign"],
            evidence=test["evidence"],
            groups=parsed,
            hour=hour,
            window=window,
            stop=None if row.get("stop_d") is None else HOURS * self.number(key, "stop_d", row["stop_d"]),
            site=str(test.get("site", "")),
            mcid=None if test.get("mcid") is None else self.number(key, "mcid", test["mcid"]),
            on_the_hour=on_the_hour,
        )

    def groups(self, key: str, row: Any) -> Groups:
        """What is compared, every word of it known."""
        self.allow(key, row, _GROUP_KEYS, needed=("a",))
        parts: dict[str, tuple[Any, ...]] = {name: _tuple(row.get(name)) for name in _GROUP_KEYS}
        for name, part in _PARTS.items():
            for words in parts[name]:
                for word in str(words).split("+") if name in ("a", "b", "arms") else (words,):
                    self.one_of(key, word, self.known[part], name)
        for word in parts["with"]:
            self.one_of(key, word, [w for part in WORDS[1:] for w in self.known[part]], "with")
        for name in ("arms", "times_d"):
            if parts[name] and len(parts[name]) != 2:
                raise self.wrong(key, f"{name} are not two")
        parts["times_d"] = tuple(self.number(key, "times_d", day) for day in parts["times_d"])
        shared = parts.pop("with")
        return Groups(**parts, shared=shared)

    def allow(self, key: str, row: Any, known: Sequence[str], needed: Sequence[str]) -> None:
        """Nothing when a table has the keys it needs and no other."""
        if not isinstance(row, dict):
            raise self.wrong(key, "a table is expected here")
        for name in needed:
            if name not in row:
                raise self.wrong(key, f"'{name}' is missing")
        for name in row:
            if name not in known:
                raise self.wrong(key, f"'{name}' is no key here", did_you_mean(str(name), known))

    def hour(self, key: str, row: Mapping[str, Any]) -> tuple[float | None, bool]:
        """The hour at which something is read, if there is one, and whether it was written in hours."""
        if "at_h" in row:
            return self.number(key, "at_h", row["at_h"]), True
        return (HOURS * self.number(key, "at_d", row["at_d"]) if "at_d" in row else None), False

    def window(self, key: str, days: Any) -> tuple[float, float] | None:
        """First and last hour of a window given in days; None where there is none."""
        if days is None:
            return None
        if not isinstance(days, list) or len(days) != 2:
            raise self.wrong(key, "a window has a first and a last day")
        first, last = (HOURS * self.number(key, "window", day) for day in days)
        if first >= last:
            raise self.wrong(key, "the window ends before it begins")
        return first, last

    def number(self, key: str, name: str, value: Any) -> float:
        """A number that a claim gives."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(key, f"'{name}' is no number")
        return float(value)

    def wrong(self, key: str, problem: str, hint: str = "") -> VagusError:
        """What is wrong with a claim, with its line."""
        return fail("V482", claim=key, problem=problem, hint=hint or None, **self.place(key))

    def one_of(self, key: str, word: Any, known: Mapping[str, Any] | Sequence[str], where: str) -> None:
        """Nothing when a word is known."""
        if str(word) not in known:
            hint = did_you_mean(str(word), list(map(str, known))) or None
            raise fail("V481", claim=key, word=word, where=where, hint=hint, **self.place(key))


def _tuple(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def chosen_statements(ledger: Ledger, ids: Sequence[str]) -> tuple[Statement, ...]:
    """The claims with these ids, in small or capital letters, in the order of the file; all when none is named.

    Raises:
        VagusError: V483 for an id that no claim has.
    """
    known = {statement.id: statement for statement in ledger.statements}
    wanted = [one.strip().upper() for one in ids]
    for one in wanted:
        if one not in known:
            raise _unknown(one, known)
    return tuple(s for s in ledger.statements if not ids or s.id in wanted)


def _unknown(one: str, known: Mapping[str, Statement]) -> VagusError:
    hint = did_you_mean(one, known) or f"the claims are: {', '.join(known)}"
    return fail("V483", id=one, hint=hint)
