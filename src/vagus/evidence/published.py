"""What studies found next to the claims: intervals the model has to overlap, findings, and the arrows of a claim.

Rows that were only recalled never enter `claim_evidence.csv`; studies kept for validation may be shown, and say so.
"""

from dataclasses import dataclass
from functools import lru_cache

from ..body.model import Model
from ..errors import fail
from ..tables import Place, atlas_path, read_rows
from .coupling import Arrow, coupling_of
from .statement import Assertion, load_ledger
from .verdict import Interval

_COLUMNS = (
    "claim",
    "test",
    "observable",
    "group",
    "finding",
    "scale",
    "low",
    "high",
    "split",
    "row",
    "citation",
    "doi",
)
_SCALES = ("standardised", "natural", "")


@dataclass(frozen=True)
class Published:
    """One finding of studies.

    Attributes:
        claim, test: which test of which claim it is about, counted from 1; 0 stands for the whole claim.
        group: words that the label of the contrast has to begin with; '' fits any.
        finding: in words and numbers.
        interval: published interval, or None.
        split: calibrate, validate or context.
        row: id in the tables of evidence.
        citation, doi: the study.
    """

    claim: str
    test: int
    group: str
    finding: str
    interval: Interval | None
    split: str
    row: str
    citation: str
    doi: str

    def about(self, label: str) -> bool:
        """Whether it is about a contrast."""
        return label.startswith(self.group)


@lru_cache(maxsize=1)
def published() -> tuple[Published, ...]:
    """The rows of `claim_evidence.csv`.

    Raises:
        VagusError: V485 for a row that fits no test, or an interval without its scale.
    """
    tests = {s.id: s.tests for s in load_ledger().statements}
    found = []
    for row in read_rows(atlas_path("claim_evidence.csv"), _COLUMNS):
        place = Place(file=row.file, line=row.line, text=None)
        number = int(row["test"])
        known = tests.get(row["claim"], ())
        if not 0 <= number <= len(known) or (number and known[number - 1].observable != row["observable"]):
            problem = f"{row['claim']} has no test {number} of {row['observable']}"
            raise fail("V485", table="claim_evidence.csv", problem=problem, **place)
        if row["scale"] not in _SCALES or bool(row["scale"]) != bool(row["low"] and row["high"]):
            raise fail("V485", table="claim_evidence.csv", problem="an interval needs its scale", **place)
        interval = None
        if row["scale"]:
            interval = Interval(float(row["low"]), float(row["high"]), row["scale"] == "standardised")
        words = (
            row["group"],
            row["finding"],
            interval,
            row["split"],
            row["row"],
            row["citation"],
            row["doi"],
        )
        found.append(Published(row["claim"], number, *words))
    return tuple(found)


def published_for(claim: str, number: int, test: Assertion) -> tuple[Published, ...]:
    """What studies found about one test; where nothing is about it alone, what is about the whole claim."""
    own = tuple(one for one in published() if one.claim == claim and one.test == number)
    return own or tuple(one for one in published() if one.claim == claim and one.test == 0)


def arrows_of(model: Model) -> dict[str, list[Arrow]]:
    """The arrows each claim rests on, by claim, from `claim_arrows.csv` and the coupling map.

    Raises:
        VagusError: V485 for an arrow that the coupling map does not have, or a claim that the ledger does not.
    """
    claims = {statement.id for statement in load_ledger().statements}
    known: dict[tuple[str, str], Arrow] = {(a.quantity, a.receiver): a for a in coupling_of(model).arrows}
    found: dict[str, list[Arrow]] = {}
    for row in read_rows(atlas_path("claim_arrows.csv"), ("claim", "quantity", "receiver")):
        arrow = known.get((row["quantity"], row["receiver"]))
        if arrow is None or row["claim"] not in claims:
            problem = f"{row['claim']} rests on {row['quantity']} -> {row['receiver']}, which is not there"
            raise fail("V485", table="claim_arrows.csv", problem=problem, file=row.file, line=row.line)
        found.setdefault(row["claim"], []).append(arrow)
    return found
