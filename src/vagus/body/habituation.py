"""Habituation: how many doses of ketamine a person has had before the one that runs now (models.md B.20, CADSS)."""

from collections.abc import Iterable
from functools import lru_cache

from ..solve.events import Change
from ..tables import atlas_path, read_toml
from .dose import Dose
from .model import Array, Model

EARLIER = "biomarker.earlier_doses"


@lru_cache(maxsize=1)
def dissociating_drugs() -> frozenset[str]:
    """The drugs whose doses are felt as dissociation, by their keys in `atlas/drugs.toml`."""
    drugs = read_toml(atlas_path("drugs.toml"))
    return frozenset(name for name, drug in drugs.items() if drug.get("dissociates", False))


def habituation_changes(doses: Iterable[Dose], model: Model, own: Array, end: float) -> list[Change]:
    """The count of earlier doses rises by one at the start of every dose but the first.

    It changes at the next dose and not at the end of the last one, so that a dose keeps its own effect to its last
    minute. The steps of one titrated infusion are one dose.

    Args:
        doses: in order of time.
        model: for the row of the count.
        own: the person's parameters (parameters,), with the doses they had before day 0.
        end: hours; what starts later is left out.
    """
    row = model.parameter(EARLIER)
    count, over = float(own[row]), None
    felt, changes = dissociating_drugs(), []
    for dose in doses:
        if dose.drug not in felt or dose.hour >= end:
            continue
        if over is not None and dose.hour > over:
            count += 1.0
            changes.append(Change(dose.hour, False, row, count))
        over = max(dose.hour + dose.hours, dose.hour if over is None else over)
    return changes
