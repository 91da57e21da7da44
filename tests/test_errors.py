"""Errors: every code is explained, used, formatted, and survives a journey."""

import ast
import pickle
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import vagus.errors
from vagus.errors import Explanation, VagusError, did_you_mean, explanations, fail
from vagus.solve.reasons import Reason

SOURCE = Path(vagus.errors.__file__).parent
CODE = re.compile(r"V[1-7]\d\d")
PLACE = {"file", "line", "text", "hint"}


def codes_in_source() -> dict[str, str]:
    """Every code that stands as a text of its own in the source, with the place where it stands first."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                found.setdefault(node.value, f"{path.relative_to(SOURCE)}:{node.lineno}")
    return found


def calls_of_fail() -> Iterator[tuple[str, str, set[str]]]:
    """Place, code and fact names of every `fail("V...", ...)` whose facts all stand there by name."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fail"
            ):
                continue
            first = node.args[0] if node.args else None
            # `**place` gives file, line and text; anything else in two stars cannot be read from here.
            starred = [ast.unparse(word.value) for word in node.keywords if word.arg is None]
            if isinstance(first, ast.Constant) and all("place" in text for text in starred):
                words = {word.arg for word in node.keywords if word.arg}
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", str(first.value), words


def facts_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("entry", explanations().values(), ids=lambda entry: entry.code)
def test_every_code_is_explained_and_formats(entry: Explanation) -> None:
    assert CODE.fullmatch(entry.code)
    assert all((entry.title, entry.message, entry.why, entry.hint))
    facts = {name: f"<{name}>" for name in facts_of(entry.message) | facts_of(entry.hint)}
    error = fail(entry.code, file="person.toml", line=4, text=" age = 900 ", **facts)
    assert str(error).startswith(entry.code + " ")
    assert "(person.toml, line 4: age = 900). Try: " in str(error)
    assert "?" not in error.message and "{" not in str(error)
    assert all(fact in error.message + str(error.hint) for fact in facts.values())


def test_codes_in_the_source_and_in_the_table_are_the_same() -> None:
    # The solver knows numbers only; its reasons carry their codes.
    raised = codes_in_source() | {reason.code: "solve/reasons.py" for reason in Reason if reason}
    explained = set(explanations())
    assert {code: raised[code] for code in set(raised) - explained} == {}, "raised, but not in errors.toml"
    assert sorted(explained - set(raised)) == [], "in errors.toml, but never raised"


def test_the_table_is_sorted_by_code() -> None:
    codes = list(explanations())
    assert codes == sorted(codes)


def test_every_call_gives_the_facts_of_its_message() -> None:
    missing = [
        f"{place} {code} needs {sorted(facts_of(explanations()[code].message) - words)}"
        for place, code, words in calls_of_fail()
        if code in explanations() and not facts_of(explanations()[code].message) <= words
    ]
    assert missing == []


def test_the_sentence_holds_code_message_place_and_hint() -> None:
    hint = did_you_mean("mddd", ["mdd", "healthy", "pain"])
    error = fail("V402", name="mddd", file="person.toml", line=4, text='conditions = ["mddd"]', hint=hint)
    place = '(person.toml, line 4: conditions = ["mddd"])'
    assert str(error) == f"V402 there is no condition 'mddd' {place}. Try: did you mean 'mdd'?"
    assert isinstance(error, VagusError) and error.as_dict()["line"] == 4


def test_an_empty_hint_falls_back_to_the_table() -> None:
    error = fail("V402", name="x", known="mdd, pain", hint=did_you_mean("x", ["mdd", "pain"]))
    assert str(error) == "V402 there is no condition 'x'. Try: known conditions are: mdd, pain"


def test_a_fact_left_out_does_not_hide_the_error() -> None:
    assert fail("V402").message == "there is no condition '?'"


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        fail("V999")


def test_an_error_survives_pickling() -> None:
    error = fail("V305", name="pain.windup_gain", column="value", value="high", file="pain.csv", line=7)
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, VagusError)
    assert str(again) == str(error) and again.as_dict() == error.as_dict()


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("mddd", ["mdd", "pain"], "mdd"),
        ("Ketamine IV 6", ["ketamine-iv-6", "ketamine-iv-single"], "ketamine-iv-6"),
        ("ketamine_iv_6", ["ketamine-iv-6", "ketamine-iv-6-mwf"], "ketamine-iv-6"),
        ("weigth", ["age", "sex", "weight"], "weight"),
        ("zebra", ["mdd", "pain"], None),
        ("", ["mdd"], None),
        ("mdd", [], None),
    ],
)
def test_the_near_name_is_suggested(word: str, known: list[str], near: str | None) -> None:
    assert did_you_mean(word, known) == (f"did you mean '{near}'?" if near else "")
