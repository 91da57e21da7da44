"""A TOML file read by a JSON Schema of the atlas: every mistake is told with its code, its file and its line.

The schema that ships is the one the reader works by, so the two cannot differ. Of JSON Schema the reader knows a part;
a test walks the shipped schemas for anything else. A word of a list may be written as papers do: without regard to case
and punctuation, and by the other words of `atlas/study_words.csv`.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from ..errors import VagusError, did_you_mean, fail
from ..tables import Place, atlas_path, read_rows, read_text, read_toml
from .measure import plain

Path_ = tuple[str | int, ...]
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?")
_PART = re.compile(r"""\s*("[^"]*"|'[^']*'|[^.\s]+)\s*(?:\.|$)""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")  # no page can show them
_HEAD = 200  # letters of a line a key or header stands in; in a longer one the search would take too long
_KIND = {
    "string": "a text in quotes",
    "number": "a number",
    "integer": "a whole number",
    "array": "a list",
    "object": "a table",
    "boolean": "true or false",
}


@dataclass(frozen=True)
class Form:
    """The content of one file that passed its schema.

    Attributes:
        path: the file.
        data: its content.
    """

    path: Path
    data: Mapping[str, Any]

    @cached_property
    def _lines(self) -> dict[Path_, tuple[int, str]]:
        return _lines_of(read_text(self.path))

    def place(self, *where: str | int) -> Place:
        """Where an entry stands: place("arm", 1, "dose", 0, "unit"); what holds it when it is not found."""
        try:
            lines = self._lines
        except VagusError:  # the file is gone since
            lines = {}
        for length in range(len(where), 0, -1):
            if where[:length] in lines:
                number, text = lines[where[:length]]
                return Place(file=str(self.path), line=number, text=text)
        return Place(file=str(self.path), line=None, text=None)


def read_form(path: str | Path, schema: str, first: Callable[[Form], None] | None = None) -> Form:
    """A TOML file that fits a schema of `atlas/schema`.

    Args:
        path: the file.
        schema: name of the schema, such as "study".
        first: looks at the file before the schema does, for mistakes that have a code of their own.

    Raises:
        VagusError: V101-V105 the file cannot be read, V401 an unknown key, V411 a key that is missing, V412 a value of
            the wrong kind, V413 a word that is none of the choices, V407 a number outside its range, V304 one that is
            not finite, V417 a list or text that is too long.
    """
    form = Form(Path(path), read_toml(path))
    if first is not None:
        first(form)
    rule = load_schema(schema)
    form = Form(form.path, _as_listed(form.data, rule, rule, ""))
    _check(form, form.data, rule, rule, ())
    return form


@lru_cache(maxsize=8)
def load_schema(name: str) -> Mapping[str, Any]:
    """A JSON Schema of the atlas by its name: load_schema("study")."""
    schema: Mapping[str, Any] = json.loads(read_text(atlas_path("schema", f"{name}.schema.json")))
    return schema


@lru_cache(maxsize=1)
def _other_words() -> Mapping[tuple[str, str], tuple[str, str]]:
    """What a word of a key means, or a hint where it means nothing here, by key and plain word."""
    rows = read_rows(atlas_path("study_words.csv"), ("key", "word", "meant", "hint"))
    return {(row["key"], plain(row["word"])): (row["meant"], row["hint"]) for row in rows}


def _as_listed(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any], key: str) -> Any:
    """The value with each word that means one of a list written as the list does; what fits no rule stays."""
    rule = _pointed(rule, root)
    kind = rule.get("type")
    if kind == "object" and isinstance(value, dict):
        known = rule["properties"]
        return {k: _as_listed(v, known[k], root, k) if k in known else v for k, v in value.items()}
    if kind == "array" and isinstance(value, list):
        return [_as_listed(one, rule["items"], root, key) for one in value]
    if "enum" in rule and isinstance(value, str) and value not in rule["enum"]:
        meant = _other_words().get((key, plain(value)), ("", ""))[0]
        same = (one for one in rule["enum"] if one == meant or _bare(one) == _bare(value))
        return next(same, value)
    return value


def _bare(word: str) -> str:
    """A word without case, blanks, dots and dashes; the stroke of a unit stays."""
    return re.sub(r"[\s._-]+", "", word.casefold())


def _pointed(rule: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rule itself, or the one of the schema it points to."""
    found: Mapping[str, Any] = root["$defs"][rule["$ref"].rpartition("/")[2]] if "$ref" in rule else rule
    return found


def _check(form: Form, value: Any, rule: Mapping[str, Any], root: Mapping[str, Any], at: Path_) -> None:
    """Nothing when the value fits the rule, which may point to another of the schema."""
    rule = _pointed(rule, root)
    if "anyOf" in rule:
        fitting = [one for one in rule["anyOf"] if _is(value, one["type"])]
        if not fitting:
            wanted = " or ".join(_KIND[one["type"]] for one in rule["anyOf"])
            raise fail("V412", key=_name(at), value=value, wanted=wanted, **form.place(*at))
        rule = fitting[0]
    kind = rule["type"]
    if kind in ("number", "integer") and _is(value, "number") and not _finite(value):
        raise fail("V304", name=_name(at), value=value, **form.place(*at))
    if not _is(value, kind):
        raise fail("V412", key=_name(at), value=value, wanted=_KIND[kind], **form.place(*at))
    if kind == "object":
        _check_table(form, value, rule, root, at)
    elif kind == "array":
        _check_size(form, len(value), rule, "Items", at)
        for index, each in enumerate(value):
            _check(form, each, rule["items"], root, (*at, index))
    elif kind == "string":
        _check_word(form, value, rule, at)
    elif kind in ("number", "integer"):
        _check_number(form, value, rule, at)


def _check_table(
    form: Form, value: Mapping[str, Any], rule: Mapping[str, Any], root: Mapping[str, Any], at: Path_
) -> None:
    known: Mapping[str, Any] = rule["properties"]
    for key in value:
        if key not in known:
            facts = {"what": _table(at), "key": key, "known": ", ".join(known)}
            hint = _other_words().get(("key", plain(key)), ("", ""))[1] or did_you_mean(key, known)
            raise fail("V401", hint=hint, **facts, **form.place(*at, key))
    for key in rule.get("required", ()):
        if key not in value:
            raise fail("V411", what=_table(at), key=key, **form.place(*at))
    for key, each in value.items():
        _check(form, each, known[key], root, (*at, key))


def _check_word(form: Form, value: str, rule: Mapping[str, Any], at: Path_) -> None:
    _check_size(form, len(value), rule, "Length", at)
    if "enum" in rule and value not in rule["enum"]:
        known = ", ".join(rule["enum"])
        hint = _other_words().get((_name(at), plain(value)), ("", ""))[1]
        hint = hint or did_you_mean(value, rule["enum"]) or f"choose one of: {known}"
        raise fail("V413", key=_name(at), value=value, known=known, hint=hint, **form.place(*at))
    if _CONTROL.search(value):
        wanted = "a text without control characters"
        raise fail("V412", key=_name(at), value=ascii(value), wanted=wanted, **form.place(*at))
    if "pattern" in rule and re.search(rule["pattern"], value) is None:
        raise fail("V412", key=_name(at), value=value, wanted=rule["description"], **form.place(*at))


def _check_size(form: Form, size: int, rule: Mapping[str, Any], what: str, at: Path_) -> None:
    """`what` is "Items" or "Length", as the words of JSON Schema end."""
    most, least = rule.get(f"max{what}"), rule.get(f"min{what}", 0)
    if most is not None and size > most:
        raise fail("V417", what=f"the length of {_name(at)}", value=size, limit=most, **form.place(*at))
    if size < least:
        empty: tuple[Any, str] = (
            ("", "a text of a letter or more") if what == "Length" else ([], "a list of one or more")
        )
        value, wanted = (size, f"at least {least} long") if size else empty
        raise fail("V412", key=_name(at), value=value, wanted=wanted, **form.place(*at))


def _check_number(form: Form, value: float, rule: Mapping[str, Any], at: Path_) -> None:
    low, high = rule.get("minimum", -math.inf), rule.get("maximum", math.inf)
    above, below = rule.get("exclusiveMinimum", -math.inf), rule.get("exclusiveMaximum", math.inf)
    if low <= value <= high and above < value < below:
        return
    lowest = f"{low:g}" if low > above else _open_end(above)
    highest = f"{high:g}" if high < below else _open_end(below)
    facts = {"value": f"{float(value):g}", "unit": "", "low": lowest, "high": highest}
    raise fail("V407", what=_name(at), **facts, **form.place(*at))


def _open_end(end: float) -> str:
    """An end that does not belong to its range, in words."""
    if math.isinf(end):
        return "infinity" if end > 0 else "minus infinity"
    return f"{end:g} (left out)"


def _is(value: Any, kind: str) -> bool:
    """Whether a value is of a kind of JSON Schema; true and false are no numbers, and 3.0 is a whole one."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int)
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "number": (int, float),
        "array": (list,),
        "object": (dict,),
    }
    return kind in kinds and isinstance(value, kinds[kind])


def _finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:  # a whole number too long for a float
        return False


def _name(at: Path_) -> str:
    """The entry as a person calls it: "amount", or "severity" for the first of its list."""
    return next((part for part in reversed(at) if isinstance(part, str)), "the file")


def _table(at: Path_) -> str:
    name = _name(at)
    return "a study file" if not at else f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _lines_of(text: str) -> dict[Path_, tuple[int, str]]:
    """The line of every key and table by its path; inside an inline table, that of the key it belongs to."""
    lines: dict[Path_, tuple[int, str]] = {}
    counts: dict[Path_, int] = {}
    here: Path_ = ()
    quoted = ""
    for number, line in enumerate(text.splitlines(), start=1):
        inside = bool(quoted)
        for mark in ('"""', "'''"):
            if quoted in ("", mark) and line.count(mark) % 2:
                quoted = "" if quoted else mark
        if inside:
            continue
        start = line[:_HEAD]
        header, key = _HEADER.match(start), _KEY.match(start)
        if header and not key:
            here = _table_path(_parts(header[2]), header[1] == "[[", counts)
            lines.setdefault(here, (number, line.strip()))
        elif key:
            lines.setdefault((*here, *_parts(key[1])), (number, line.strip()))
    return lines


def _table_path(parts: Sequence[str], many: bool, counts: dict[Path_, int]) -> Path_:
    """The path of a header; of tables that come several times, the last one that was opened is meant."""
    path: Path_ = ()
    for index, part in enumerate(parts):
        path = (*path, part)
        if many and index == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]
