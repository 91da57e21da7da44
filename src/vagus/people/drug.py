"""Drugs of studies: what a name in a study file is in the model, from `atlas/drug_equivalents.csv`.

A drug may be one of the model, be counted as another one by published equivalents, work through inputs that are held
while it is taken (`atlas/drug_holds.csv`), do nothing (saline, placebo), or have no model at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..body.route import load_routes
from ..tables import atlas_path, read_rows
from .measure import near, plain

_COLUMNS = (
    "name", "also", "kind", "like", "mg", "like_mg", "route", "unit", "minutes", "background", "source",
    "grade", "meaning",
)  # fmt: skip
_HOLD_COLUMNS = (
    "drug", "input", "way", "amount", "scale", "at_mg_day", "least_mg_day", "source", "grade", "meaning",
)  # fmt: skip
KINDS = ("kinetics", "hold", "jump", "inert", "control", "absent")
#: What nobody comes to give: nothing at all, and the care people have anyway.
NOTHING, USUAL_CARE = "none", "usual care"
#: Short and other words for routes of `drugs.toml`.
ROUTES = {
    "in": "nasal", "intranasal": "nasal", "sl": "sublingual", "po": "oral", "intravenous": "iv", "intramuscular": "im",
    "subcutaneous": "sc",
}  # fmt: skip
ORAL_ONLY = "oral"
#: Words behind the name of a drug that say how it is made up, not which it is.
_FORMS = (
    "er", "xr", "sr", "xl", "cr", "dr", "ir", "hcl", "hydrochloride", "oxalate", "hydrobromide", "mesylate", "tablet",
    "tablets", "capsule", "capsules", "spray", "nasal", "infusion", "injection", "oral", "iv",
)  # fmt: skip
#: What is nothing but a placebo; a drug without effect that has a way of its own (midazolam) is none.
PLACEBOS = ("placebo", "saline")


@dataclass(frozen=True)
class Drug:
    """One drug as studies name it.

    Attributes:
        name: of the table; the name in the file where the table knows none.
        kind: kinetics, hold, jump (a state that is raised), inert, control (felt, acts on the body for minutes in ways
            that are not told, and on nothing of the mind later) or absent.
        like: key of `drugs.toml` (kinetics) or of `drug_holds.csv` (hold), or name of a state (jump).
        factor: mg of what it is like in one mg of it.
        route, unit, minutes: where the file does not say; minutes is the length of an infusion by vein.
        background: the treatment of the atlas that stands for it where people stay on it; '' where none does.
        source, grade, meaning: what the reading rests on.
    """

    name: str
    kind: str
    like: str = ""
    factor: float = 1.0
    route: str = "oral"
    unit: str = "mg"
    minutes: float = 0.0
    background: str = ""
    source: str = "vagus_models"
    grade: str = "assumed"
    meaning: str = ""

    def reason(self, route: str) -> str | None:
        """Why a dose by this route cannot be simulated; None when it can."""
        if self.kind == "absent":
            return f"the model has no {self.name}"
        if self.kind == "jump" and route != self.route:
            return f"the model has no {self.name} by the route {route}"
        if self.kind != "kinetics":
            return None
        if route not in load_routes()[self.like]:
            return f"the model has no {self.name} by the route {route}"
        if self.factor != 1.0 and route != ORAL_ONLY:
            return f"the equivalent doses of {self.name} are those by mouth, not {route}"
        return None

    def silent_on(self, kind: str) -> str | None:
        """Why a measure of a kind ("mental" or another) is not told after this drug; None when it is."""
        if self.kind != "control" or kind == "mental":
            return None
        return f"the model does not know what {self.name} does to the body"


@dataclass(frozen=True)
class DrugHold:
    """One input a drug holds while it is taken.

    Attributes:
        input, way, amount: as in a treatment.
        scale: "fixed"; "linear", the amount follows the daily dose; or "occupancy", its odds follow the daily dose.
        at_mg_day: the daily dose of the amount. least_mg_day: below it the drug does nothing here.
    """

    input: str
    way: str
    amount: float
    scale: str
    at_mg_day: float
    least_mg_day: float

    def at(self, mg_day: float) -> float:
        """The amount at a daily dose in mg; 0 where the dose is too small to do anything here."""
        if mg_day <= 0.0 or mg_day < self.least_mg_day:
            return 0.0
        if self.scale == "fixed":
            return self.amount
        times = mg_day / self.at_mg_day
        if self.scale == "linear":
            return self.amount * times
        odds = times * self.amount / (1.0 - self.amount)
        return odds / (1.0 + odds)


@lru_cache(maxsize=1)
def load_drugs() -> Mapping[str, Drug]:
    """Every drug of the table by its name."""
    return {
        row["name"]: Drug(
            name=row["name"],
            kind=row["kind"],
            like=row["like"],
            factor=float(row["like_mg"]) / float(row["mg"]),
            route=row["route"] or "oral",
            unit=row["unit"],
            minutes=float(row["minutes"]),
            background=row["background"],
            source=row["source"],
            grade=row["grade"],
            meaning=row["meaning"],
        )
        for row in read_rows(atlas_path("drug_equivalents.csv"), _COLUMNS)
    }


@lru_cache(maxsize=1)
def drug_names() -> Mapping[str, str]:
    """Every name a study file may use, without case and punctuation, and the drug of the table it means."""
    names: dict[str, str] = {}
    for row in read_rows(atlas_path("drug_equivalents.csv"), _COLUMNS):
        for word in (row["name"], *row["also"].split("|")):
            if word:
                names.setdefault(plain(word), row["name"])
    return names


@lru_cache(maxsize=1)
def load_drug_holds() -> Mapping[str, tuple[DrugHold, ...]]:
    """The inputs that drugs without kinetics hold, by the word under `like` of the drug."""
    holds: dict[str, tuple[DrugHold, ...]] = {}
    for row in read_rows(atlas_path("drug_holds.csv"), _HOLD_COLUMNS):
        one = DrugHold(
            row["input"],
            row["way"],
            float(row["amount"]),
            row["scale"],
            float(row["at_mg_day"]),
            float(row["least_mg_day"]),
        )
        holds[row["drug"]] = (*holds.get(row["drug"], ()), one)
    return holds


def find_drug(name: str) -> Drug:
    """The drug a study file means by a name; one of kind "absent" when the table knows none of that name."""
    known = drug_names().get(_known_word(name))
    if known is None:
        return Drug(name, "absent")
    drug = load_drugs()[known]
    return drug if drug.kind != "absent" else Drug(name, "absent", route=drug.route, unit=drug.unit)


def _known_word(name: str) -> str:
    """The name in plain letters, without words of its make-up where only so it is known."""
    words = name.split()
    for length in range(len(words), 0, -1):
        word = plain(" ".join(words[:length]))
        if word in drug_names():
            return word
        if words[length - 1].casefold().strip("().,") not in _FORMS:
            break
    return plain(name)


def route_of(study: Mapping[str, Any], dose: Mapping[str, Any], drug: Drug) -> str:
    """The route of a dose: as the file says, else the usual one of the drug.

    A placebo that names no route goes the way of the drugs it is compared with, where they share one.

    Args:
        study: the file.
        dose: one of its dose blocks. drug: of it.
    """
    if "route" in dose:
        return ROUTES.get(dose["route"], str(dose["route"]))
    if drug.kind == "inert" and drug.name in PLACEBOS:
        every = [one for arm in study["arm"] for one in arm.get("dose", ())]
        active = [(one, find_drug(one["drug"])) for one in every]
        routes = {route_of(study, one, other) for one, other in active if other.kind != "inert"}
        if len(routes) == 1:
            return routes.pop()
    return drug.route


def slip_of(name: str) -> str | None:
    """The drug with a model that an unknown name is most likely a slip of; None when there is none."""
    if _known_word(name) in drug_names():
        return None
    known = [plain_name for plain_name, key in drug_names().items() if load_drugs()[key].kind != "absent"]
    found = near(name, known)
    return None if found is None else drug_names()[found]
