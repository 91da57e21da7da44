"""What the clinic's record suggests and asks back about, from `atlas/clinic/rules.toml`, and wording that is free."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..tables import atlas_path, read_toml


@dataclass(frozen=True)
class Plausible:
    """One quantity a person writes down: its name and unit, and the range outside of which it is questioned."""

    key: str
    label: str
    unit: str
    low: float
    high: float
    decimals: int
    output: str

    @property
    def shown_unit(self) -> str:
        """The unit as people write it."""
        return {"1": "", "1/min": "per min", "degC": "°C", "year": "years"}.get(self.unit, self.unit)


@dataclass(frozen=True)
class AlertRule:
    """An answer that raises an alert: instrument, item, the least mark that counts, and what it is about."""

    instrument: str
    item: int
    least: float
    title: str


@dataclass(frozen=True)
class Gate:
    """The suggested pressure before a dose, mmHg; systolic_older above so many years; where it is from."""

    systolic: float
    systolic_older: float
    older_than: float
    diastolic: float
    source: str
    note: str


@dataclass(frozen=True)
class Wording:
    """The words of a scale that may be shown: stem, item texts, words of the answers from the lowest mark on."""

    notice: str
    stem: str
    answers: tuple[str, ...]
    items: tuple[str, ...]


@lru_cache(maxsize=1)
def _rules() -> Mapping[str, Any]:
    return read_toml(atlas_path("clinic", "rules.toml"))


def default(name: str) -> int:
    """A number a clinic starts with, such as "escalation_minutes"."""
    return int(_rules()["defaults"][name])


@lru_cache(maxsize=1)
def plausible() -> Mapping[str, Plausible]:
    """Every quantity with its plausible range, by key."""
    return {
        key: Plausible(
            key,
            row["label"],
            row["unit"],
            float(row["low"]),
            float(row["high"]),
            int(row["decimals"]),
            str(row.get("output", "")),
        )
        for key, row in _rules()["plausible"].items()
    }


@lru_cache(maxsize=1)
def alert_rules() -> tuple[AlertRule, ...]:
    """The answers that raise an alert."""
    return tuple(
        AlertRule(row["instrument"], int(row["item"]), float(row["least"]), row["title"])
        for row in _rules()["alert"]
    )


@lru_cache(maxsize=1)
def suggested_gate() -> Gate:
    """The gate a clinic is offered at first."""
    row = _rules()["gate"]
    numbers = {key: float(row[key]) for key in ("systolic", "systolic_older", "older_than", "diastolic")}
    return Gate(**numbers, source=row["source"], note=row["note"])


@lru_cache(maxsize=1)
def _wordings() -> Mapping[str, Any]:
    return read_toml(atlas_path("clinic", "wording.toml"))


def wording_of(key: str) -> Wording | None:
    """The words of a scale, None where they may not be shown: it is then answered by item numbers."""
    row = _wordings().get(key)
    if row is None:
        return None
    return Wording(row["notice"], row["stem"], tuple(row["answers"]), tuple(row["items"]))
