"""The ledger's results as plain data: printed as JSON, shown on the ledger page, kept in `verdicts.json`."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..body.model import Model
from .claims import Checked, ClaimResult, Compared, TestResult
from .coupling import Arrow
from .experiment import settings
from .provenance import worst
from .published import Published, arrows_of
from .statement import Assertion, load_ledger
from .verdict import CONTRADICTED, LEAST_SIZE, NOT_SUPPORTED, ORDER, SHOWN, WEAKER, against, shortfalls

_DIGITS = 4
#: What a grade of evidence says, in words.
GRADE_WORDS = {
    "strong": "many studies agree",
    "moderate": "several studies agree, with limits",
    "weak": "studies are few, small or mixed",
    "contradicted": "studies point the other way",
    "untested": "nobody has tested it in people",
    "definition": "true by how it is defined",
    "structural": "true by how the model is built",
}
_VERDICT_WORDS = {
    SHOWN: "the model shows it, and studies back the direction",
    WEAKER: "the model shows it less than the article says, or not at all",
    NOT_SUPPORTED: "the record is too thin: what the model does is only its assumption",
    CONTRADICTED: "the record points the other way, and the model follows the record",
}
_FLATTERS = "the record points the other way, but the model still agrees with the article: the model flatters"


def record_of(checked: Checked, model: Model) -> dict[str, Any]:
    """Everything the ledger found, ready for JSON; raises V485 when a table does not fit the ledger."""
    arrows = arrows_of(model)
    claims = [_claim(one, arrows.get(one.statement.id, [])) for one in checked.claims]
    counts = Counter(one["verdict"] for one in claims)
    return {
        "model": checked.model_key,
        "seeds": list(checked.seeds),
        "seconds": round(checked.seconds, 3),
        "good": checked.good,
        "verdicts": dict(counts),
        "failures": [{"id": one["id"], "reason": reason} for one in claims for reason in one["failures"]],
        "flatters": [one["id"] for one in claims if one["flatters"]],
        "claims": claims,
    }


def _claim(one: ClaimResult, arrows: Sequence[Arrow]) -> dict[str, Any]:
    statement = one.statement
    tests = [_test(test) for test in one.tests]
    grades = [arrow.grade for arrow in arrows]
    return {
        "id": statement.id,
        "section": statement.section,
        "systems": _systems([test.test.observable for test in one.tests]),
        "claim": statement.claim,
        "verdict": one.verdict,
        "counts": one.counts,
        "flatters": one.flatters,
        "failures": list(one.failures),
        "sure": sure_words(one.verdict, one.flatters),
        "groups": list(dict.fromkeys(contrast["groups"] for test in tests for contrast in test["contrasts"])),
        "tests": tests,
        "arrows": [
            {
                "from": a.quantity,
                "to": a.receiver,
                "sign": a.sign,
                "through": list(a.parameters),
                "grade": a.grade,
            }
            for a in arrows
        ],
        "worst_arrow": worst(grades),
    }


def sure_words(verdict: str, flatters: bool) -> str:
    """What a verdict says, in words; `flatters`, whether the model does what studies contradict."""
    return _FLATTERS if flatters else _VERDICT_WORDS.get(verdict, verdict)


def _systems(observables: Sequence[str]) -> list[str]:
    """The body systems that the observables of a claim belong to."""
    table: Mapping[str, Sequence[str]] = settings()["systems"]
    return [system for system, names in table.items() if set(names) & set(observables)]


def _test(one: TestResult) -> dict[str, Any]:
    test = one.test
    meaning = load_ledger().observables[test.observable]
    first = one.contrasts[0] if one.contrasts else None
    return {
        "observable": test.observable,
        "meaning": meaning["meaning"],
        "unit": settings()["measured"].get(test.observable, meaning)["unit"],
        "spread": settings()["spread"].get(test.observable),
        "time": time_words(test),
        "site": test.site,
        "mcid": test.mcid,
        "sign": test.sign,
        "grade": test.evidence,
        "grade_words": GRADE_WORDS[test.evidence],
        "verdict": one.verdict,
        "why": _why(one),
        "people": one.n,
        "seeds_agree": one.agreed if one.contrasts else None,
        "groups": first.label if first else "",
        **(_effect(first) if first else {}),
        "contrasts": [
            {"groups": c.label, "verdict": c.verdict, "flatters": c.flatters, **_effect(c)}
            for c in one.contrasts
        ],
        "studies": [_study(row) for row in one.published],
        "failure": one.failure,
    }


def _why(one: TestResult) -> list[str]:
    """Why a test has its verdict, in plain words; empty where it is shown, by construction or could not be run."""
    if not one.contrasts or one.verdict not in (WEAKER, NOT_SUPPORTED, CONTRADICTED):
        return []
    test, first = one.test, one.contrasts[0]
    why = shortfalls(test, first.effect, first.interval)
    if one.verdict == WEAKER and not one.agreed:
        why.append(f"the seeds do not agree, with {one.n} people a group in each")
    if one.verdict == WEAKER:
        return why
    if first.flatters:
        return [f"{GRADE_WORDS[test.evidence]}, and yet the model does it"]
    return [f"{GRADE_WORDS[test.evidence]}; {_beside(test, first)}"]


def _beside(test: Assertion, one: Compared) -> str:
    """What the model does where studies do not back a statement, as a part of a sentence."""
    s, small = one.effect.s, abs(one.effect.s) < LEAST_SIZE
    if test.evidence == CONTRADICTED:
        hardly = ", though hardly" if small else ""
        return (
            f"the model goes with them{hardly}"
            if against(test, one.effect)
            else "the model shows nothing clear"
        )
    if test.sign == "0":
        return "in the model there is hardly a difference" if small else "in the model there is a difference"
    if small or one.effect.s_low <= 0.0 <= one.effect.s_high:
        return "the model hardly does it"
    return (
        "the model does it, on its assumptions alone"
        if (s > 0) == (test.sign == "+")
        else "the model does the opposite"
    )


def _effect(one: Compared) -> dict[str, Any]:
    e = one.effect
    return {
        "effect": _number(e.difference),
        "ci": [_number(e.low), _number(e.high)],
        "standardised": _number(e.s),
        "standardised_ci": [_number(e.s_low), _number(e.s_high)],
        "means": [_number(e.first), _number(e.second)],
        "n": e.n,
        "published": _interval(one),
    }


def _interval(one: Compared) -> dict[str, Any] | None:
    """The published interval that was asked for, with the scale it is in."""
    if one.interval is None:
        return None
    scale = "standardised" if one.interval.standardised else "natural"
    return {"scale": scale, "low": one.interval.low, "high": one.interval.high}


def _study(row: Published) -> dict[str, str]:
    kept = ("row", "finding", "citation", "doi", "split")
    return {name: getattr(row, name) for name in kept}


def time_words(test: Assertion) -> str:
    """When a test is read, in words."""
    if test.groups.times_d:
        return f"days {test.groups.times_d[0]:g} and {test.groups.times_d[1]:g}"
    if test.hour is None:
        start, end = test.window or (0.0, 0.0)
        return f"days {start / 24.0:g} to {end / 24.0:g}"
    if test.hour == 0.0:
        return "rest"
    if test.hour < 1.0:
        return f"{60.0 * test.hour:.3g} min"
    return f"hour {test.hour:g}" if test.hour < 48.0 and test.on_the_hour else f"day {test.hour / 24.0:g}"


def _number(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def verdict_rows(record: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Claim, verdict and its counts in words, the table of the ledger page."""
    return [
        (one["id"], one["verdict"] + (" (flatters)" if one["flatters"] else ""), count_words(one["counts"]))
        for one in record["claims"]
    ]


def count_words(counts: Mapping[str, int]) -> str:
    """How many tests have each verdict, in words."""
    ordered = [*(word for word in ORDER if word in counts), *(word for word in counts if word not in ORDER)]
    return ", ".join(f"{counts[word]} {word}" for word in ordered)
