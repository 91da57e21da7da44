"""Every claim of the ledger as a small experiment with its verdict. Public, nothing kept."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ...evidence.claim_record import GRADE_WORDS, sure_words
from ...evidence.kept import read_verdicts
from ...evidence.statement import Groups, Statement, load_ledger
from ...report.ledger import VERDICTS
from ..play import table
from ..rate import limited

_SIGNS = {"+": "higher", "-": "lower", "0": "no different"}


def kept() -> dict[str, Any]:
    """The verdicts of the ledger's last run by claim id; empty when none were kept."""
    claims: dict[str, Any] = read_verdicts().get("claims", {})
    return claims


@require_GET
@limited
def claims(request: HttpRequest) -> HttpResponse:
    """All claims with their verdicts."""
    record = kept()
    rows = [(one, record.get(one.id)) for one in load_ledger().statements]
    counts = [(word, sum(one["verdict"] == word for one in record.values())) for word in VERDICTS]
    return render(request, "claims.html", {"rows": rows, "counts": counts if record else []})


@require_GET
@limited
def claim(request: HttpRequest, claim: str) -> HttpResponse:
    """One claim: what is compared, what came out, what studies found."""
    ledger = load_ledger()
    one = next((each for each in ledger.statements if each.id == claim.upper()), None)
    if one is None:
        raise Http404
    record = kept().get(one.id)
    told = record["tests"] if record else [None] * len(one.tests)
    tests = [
        (
            ledger.observables[test.observable]["meaning"],
            ledger.observables[test.observable]["unit"],
            (test.sign, _SIGNS[test.sign]),
            GRADE_WORDS[test.evidence],
            found,
        )
        for test, found in zip(one.tests, told, strict=False)
    ]
    sure = sure_words(record["verdict"], record["flatters"]) if record else ""
    facts = {"claim": one, "record": record, "tests": tests, "sure": sure, "tries": tries(one)}
    return render(request, "claim.html", facts)


def tries(one: Statement) -> list[tuple[str, str]]:
    """What of a claim can be tried on the page Explore: (words, settings as they stand in an address)."""
    found: dict[str, str] = {}
    for groups in (test.groups for test in one.tests):
        for who in (*groups.a, *groups.b):
            for change in _changes(groups):
                settings = _settings(who, change)
                if settings:
                    words = " + ".join((who, *change))
                    found.setdefault(words, urlencode(settings))
    return list(found.items())


def _changes(groups: Groups) -> list[tuple[str, ...]]:
    """What is done to the people of a comparison: each arm, or the step, with what both sides share."""
    told = groups.arms or groups.step or ("",)
    words = [(each, *groups.shared) for each in told]
    return [tuple(part for word in row if word for part in word.split("+")) for row in words]


def _settings(who: str, change: tuple[str, ...]) -> dict[str, Any] | None:
    """The sliders of one side; None when they do not reach all of it, or nothing is done to anybody."""
    words = table()["words"]
    if who not in words["condition"] or not set(change) <= set(words["change"]):
        return None
    settings = dict(words["condition"][who])
    for part in change:
        settings |= words["change"][part]
    return settings if len(settings) > 1 else None
