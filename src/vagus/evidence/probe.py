"""A small run of the ledger whose numbers are kept with the verdicts.

Verdicts can be kept by hand, and a model is more than its tables: whoever changes it, by a table or by code, and does
not run the claims again, moves these numbers. A test runs them and compares.
"""

from ..body.model import Model
from .claims import check_claims

#: Claims that together touch most systems, scores, a drug, a placebo and every kind of illness, and are quick to run.
PROBED = ("P02", "P05", "D05", "T01", "C05", "S04", "K01", "K09")
PEOPLE, SEED = 8, 1


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
