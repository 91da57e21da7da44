"""The ledger of claims as one self-contained HTML page: one figure a claim, in plain words, with its sources.

A small script filters by system and verdict; without it the page shows everything. Nothing is loaded from outside.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from .forest import forest_svg
from .page import TEMPLATES, content_hash, page_html
from .record import SourceLine
from .rows import source_link

VERDICTS = ("shown", "weaker than said", "not supported", "contradicted", "by construction", "failed")
_MEANINGS = {
    "shown": "strong or moderate evidence, and the model does it with a clear size",
    "weaker than said": "strong or moderate evidence, but the model does it less clearly, or not at all",
    "not supported": "weak or no evidence: what the model does is only its assumption",
    "contradicted": "studies point the other way, and the model follows them",
    "by construction": "true by definition or by how the model is built",
    "failed": "the experiment could not be run",
}
_SCALE = re.compile(r"0\.\.(\d+)")
_UNITLESS = ("r", "0..1", "0..", "share", "count", "fraction", "-1..1", "0..1.5")
#: How a difference in a unit is told in a sentence: by how much it is multiplied, and what stands behind it.
_TOLD_AS = {
    "r": (100.0, " % of the healthy mean"),
    "share": (100.0, " in 100 people"),
    "fraction": (100.0, " percentage points"),
    "0..1": (1.0, " on a scale of 0 to 1"),
}
_SIGNS = {"+": "higher", "-": "lower", "0": "no different"}
_HARDLY = 0.05  # standard deviations that nobody would notice
_AGREEMENT, _KEPT = "-1..1", 0.995  # the unit of a rank agreement, and from where on it is whole
_MOST = 10.0  # standard deviations beyond which a number says no more than "very large"


def ledger_html(record: Mapping[str, Any]) -> str:
    """The page as HTML text.

    Arguments: `record`, what `vagus claims --json` prints.
    """
    script = (TEMPLATES / "ledger.js").read_text(encoding="utf-8")
    claims = [_claim(one) for one in record["claims"]]
    sections: dict[str, list[dict[str, Any]]] = {}
    for one in claims:
        sections.setdefault(one["section"], []).append(one)
    verdicts = [(word, record["verdicts"].get(word, 0), _MEANINGS[word]) for word in VERDICTS]
    facts = {
        "script": Markup(script),
        "script_hash": content_hash(script),
        "sections": [(name.replace("_", " "), rows) for name, rows in sections.items()],
        "verdicts": [row for row in verdicts if row[1]],
        "systems": sorted({system for one in claims for system in one["systems"]}),
        "count": len(claims),
        **{name: record[name] for name in ("seconds", "seeds", "model", "flatters", "failures")},
    }
    return page_html("ledger.html", ["ledger.css"], facts)


def _claim(one: Mapping[str, Any]) -> dict[str, Any]:
    """One claim as the page shows it."""
    rows = [test for test in one["tests"] if test["contrasts"]]
    drawn = [test for test in rows if test["verdict"] != "by construction"]
    several = len({contrast["groups"] for test in rows for contrast in test["contrasts"]}) > 1
    return {
        "id": one["id"],
        "section": one["section"],
        "systems": one["systems"],
        "says": one["claim"][:1].upper() + one["claim"][1:],
        "verdict": one["verdict"],
        "slug": one["verdict"].replace(" ", "-"),
        "flatters": one["flatters"],
        "sure": one["sure"],
        "known": _known(one["tests"]),
        "why": _why(one),
        "found": _found(one["tests"]),
        "does": [_sentence(test, several) for test in rows],
        "failures": one["failures"],
        "figure": Markup(forest_svg(one["id"], one["claim"], drawn)) if drawn else "",
        "arrows": one["arrows"],
        "worst": one["worst_arrow"],
        "tests": [_row(test) for test in rows],
    }


def _known(tests: Sequence[Mapping[str, Any]]) -> str:
    """How well studies know what is said: grades in words, with how many tests have each where they differ."""
    each = [test["grade_words"] for test in tests]
    words = list(dict.fromkeys(each))
    told = (
        words if len(words) == 1 else [f"{text} ({each.count(text)} of {len(each)} tests)" for text in words]
    )
    return "; ".join(told)


def _why(one: Mapping[str, Any]) -> list[str]:
    """Why a claim has its verdict: what keeps its tests from being shown; tests with the same reasons share a line."""
    said: dict[str, list[str]] = {}
    for test in one["tests"]:
        if test["why"]:
            name = _name(test) + ("" if test["time"] == "rest" else f" at {test['time']}")
            said.setdefault("; ".join(test["why"]), []).append(name)
    if said:
        return [f"{_joined(names)}: {reasons}." for reasons, names in said.items()]
    if one["verdict"] == "shown":
        return ["Every test goes the way that is said, clearly and by at least the size the rule asks."]
    return []


def _joined(names: Sequence[str]) -> str:
    """Names as a list of a sentence, with a capital."""
    each = list(dict.fromkeys(names))
    text = ", ".join(each[:-1]) + (" and " if len(each) > 1 else "") + each[-1]
    return text[:1].upper() + text[1:]


def _found(tests: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What studies found, each once beside its source and the link to it; where none was read, what the grades say."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for test in tests:
        for study in test["studies"]:
            line = SourceLine(study["row"], study["citation"], study["doi"], "", 0)
            text = study["finding"][:1].upper() + study["finding"][1:] + "."
            kept = " (kept for validation, shown only)" if study["split"] == "validate" else ""
            told = {"text": text, "source": study["citation"], "link": source_link(line), "kept": kept}
            found.setdefault((study["finding"], study["citation"]), told)
    if found:
        return list(found.values())
    words = list(dict.fromkeys(f"{test['meaning']}: {test['grade_words']}" for test in tests))
    text = "No study is quoted here. By what is known: " + "; ".join(words[:4]) + "."
    return [{"text": text, "source": "", "link": "", "kept": ""}]


def unit_words(unit: str) -> str:
    """A unit as it stands behind a number, with the blank before it; '' where a bare number says it all."""
    if unit in _UNITLESS:
        return ""
    scale = _SCALE.fullmatch(unit)
    return f" points of {scale[1]}" if scale else f" {unit}"


def _amount(size: float, unit: str) -> str:
    """A difference with its unit, as it stands in a sentence."""
    times, words = _TOLD_AS.get(unit, (1.0, unit_words(unit)))
    return f"{times * size:.3g}{words}"


def _name(test: Mapping[str, Any]) -> str:
    """What a test looks at, without the note which way is better: the sentence says which way it went."""
    name: str = test["meaning"].removesuffix(", higher is better")
    return name


def _sentence(test: Mapping[str, Any], several: bool) -> str:
    """What the model does in one test, in plain words; `several` when the claim compares more than one pair."""
    size, effect = abs(test["standardised"] or 0.0), test["effect"]
    name = _name(test)[:1].upper() + _name(test)[1:]
    if test["verdict"] == "by construction":
        return f"{name}: {test['means'][0]:.3g} by construction."
    if test["unit"] == _AGREEMENT:
        found = test["means"][0]
        kept = "it is kept" if found >= _KEPT else "it is not kept (1 would be that order)"
        return f"The order: rank agreement with the one that is said {found:.2f}; {kept}."
    where = f", {test['groups']}" if several else ""
    at = "" if test["time"] == "rest" else f" at {test['time']}"
    worst = "; the least of these comparisons" if len(test["contrasts"]) > 1 else ""
    if size < _HARDLY or effect == 0:
        return f"{name}{where}: hardly any difference{at}{worst}."
    way = "higher" if effect > 0 else "lower"
    told = "very large" if size >= _MOST else f"{size:.2f} standard deviations"
    agree = "" if test["sign"] == "0" or (effect > 0) == (test["sign"] == "+") else ", against what is said"
    return f"{name}{where}: {way} by {_amount(abs(effect), test['unit'])}{at} ({told}){agree}{worst}."


def _row(test: Mapping[str, Any]) -> dict[str, str]:
    low, high = test["ci"]
    return {
        "observable": test["meaning"],
        "groups": test["groups"],
        "time": test["time"],
        "sign": _SIGNS[test["sign"]],
        "grade": test["grade"],
        "effect": f"{test['effect']:+.3g} ({low:+.3g} to {high:+.3g})",
        "unit": test["unit"],
        "s": _standardised(test),
        "spread": "of the model" if test["spread"] is None else f"{test['spread']:g}, assumed",
        "people": str(test["n"]),
        "verdict": test["verdict"],
    }


def _standardised(test: Mapping[str, Any]) -> str:
    value, (low, high) = test["standardised"], test["standardised_ci"]
    if value is None or abs(value) >= _MOST:
        return "over 10" if (value or 0) > 0 else "under -10"
    return f"{value:+.2f} ({low:+.2f} to {high:+.2f})"
