"""Outputs that people are shown: label, unit and range of each, from `atlas/outputs.csv`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..tables import atlas_path, read_rows

_COLUMNS = ("name", "label", "unit", "shown", "better", "low", "high", "decimals", "meaning")


@dataclass(frozen=True)
class Output:
    """One output of the model.

    Attributes:
        name: full name of the state or assignment.
        label: what people call it.
        unit: its unit.
        shown: vital, biomarker or acute; detail: recorded only when asked for.
        better: lower, higher or none.
        low, high: the range a figure shows.
        decimals: digits that mean something.
        meaning: in words.
    """

    name: str
    label: str
    unit: str
    shown: str
    better: str
    low: float
    high: float
    decimals: int
    meaning: str


@lru_cache(maxsize=1)
def load_outputs() -> Mapping[str, Output]:
    """Every output of the table by its full name."""
    rows = read_rows(atlas_path("outputs.csv"), _COLUMNS)
    return {
        row["name"]: Output(
            row["name"],
            row["label"],
            row["unit"],
            row["shown"],
            row["better"],
            float(row["low"]),
            float(row["high"]),
            int(row["decimals"]),
            row["meaning"],
        )
        for row in rows
    }
