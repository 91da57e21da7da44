"""A small run of the ledger whose numbers are kept with the verdicts.

Verdicts can be kept by hand, and a model is more than its tables: whoever changes it, by a table or by code, and does
not run the claims again, moves these numbers. A test runs them and compares.
"""

from collections.abc import Mapping, Sequence

from ..body.model import Model
from .claims import check_claims

#: Claims that together touch most systems, scores, a drug, a placebo and every kind of illness, and are quick to run.
PROBED = ("P02", "P05", "D05", "T01", "C05", "S04", "K01", "K09")
PEOPLE, SEED = 8, 1
_PART = 0.02  # of a number: solvers of two processors differ by far less, a change of a constant rarely
_LEAST = 1e-9


def probe(model: Model) -> dict[str, list[float]]:
    """The effects of the first contrast of every test of some claims, in a few people of one seed, by claim.

    Raises ValueError when one of them cannot be run.
    """
    found = {}
    for claim in check_claims(model, PROBED, count=PEOPLE, seed=SEED, seeds=1, most=PEOPLE).claims:
        if claim.failures:
            raise ValueError(f"{claim.statement.id} cannot run: {claim.failures[0]}")
        found[claim.statement.id] = [
            sum(float(f"{one.effect.difference:.4g}") for one in test.contrasts) for test in claim.tests
        ]
    return found


def probe_problems(kept: Mapping[str, Sequence[float]], now: Mapping[str, Sequence[float]]) -> list[str]:
    """Which claims no longer give the numbers that were kept; empty when all do."""
    if set(kept) != set(now):
        return ["the numbers of the small run were not kept with the verdicts: run `make claims`"]
    moved = [
        key
        for key in now
        if len(kept[key]) != len(now[key])
        or any(
            abs(a - b) > _PART * max(abs(a), abs(b)) + _LEAST
            for a, b in zip(kept[key], now[key], strict=True)
        )
    ]
    return (
        [f"{', '.join(moved)} no longer give the numbers that were kept: run `make claims`"] if moved else []
    )
