"""Codes of FHIR bundles: LOINC where it is settled, names of our own where it is not. Nothing is guessed.

LOINC is copyright Regenstrief Institute, Inc. and the LOINC Committee and available at no cost under its licence; the
notice stands in NOTICE.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..tables import atlas_path, read_rows

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
OURS = "urn:vagus:"  # followed by instrument, vital, drug, route, condition, consent


@dataclass(frozen=True)
class Code:
    """One LOINC code: kind is panel, total, item or vital; item the number of the item; unit ours, ucum theirs."""

    code: str
    kind: str
    key: str
    item: int
    display: str
    unit: str
    ucum: str


@lru_cache(maxsize=1)
def loinc() -> Mapping[str, Code]:
    """Every settled code."""
    rows = read_rows(
        atlas_path("exchange", "loinc.csv"), ("code", "kind", "key", "item", "display", "unit", "ucum")
    )
    return {
        row["code"]: Code(row["code"], row["kind"], row["key"], int(row["item"] or 0), row["display"],
                          row["unit"], row["ucum"])
        for row in rows
    }  # fmt: skip


def code_of(kind: str, key: str, item: int = 0) -> Code | None:
    """The LOINC code of a total, item, panel or vital sign; None where there is none that is settled."""
    return next((c for c in loinc().values() if (c.kind, c.key, c.item) == (kind, key, item)), None)


@lru_cache(maxsize=1)
def units() -> Mapping[str, str]:
    """Our unit by UCUM unit, as far as both are known."""
    found = {c.ucum: c.unit for c in loinc().values() if c.unit}
    return found | {
        "mg": "mg",
        "mg/kg": "mg/kg",
        "ug": "ug",
        "g": "g",
        "h": "h",
        "min": "min",
        "[lb_av]": "lb",
    }
