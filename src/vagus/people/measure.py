"""Measures of studies: what a name in a study file is in the model, from `atlas/measures.csv` and the observables.

Names are compared without case and punctuation: "HAM-D17", "HDRS-17" and "hamd 17" are one scale.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache

from ..body.output import load_outputs
from ..errors import VagusError
from ..observe import load_instrument, load_observables
from ..tables import atlas_path, read_parameters, read_rows
from ..units import conversion_factor, parse_unit

_COLUMNS = (
    "name", "also", "kind", "key", "sites", "unit", "factor", "offset", "low", "high", "molar", "source", "grade",
    "meaning",
)  # fmt: skip
KINDS = ("score", "output", "none")
NEAR = 0.8  # likeness of two words from which one is taken for a slip of the other


@dataclass(frozen=True)
class Measure:
    """What is measured.

    Attributes:
        name: of the table; the name in the file where the table knows none.
        kind: "score" of an instrument, "output" of the model, or "none" where the model lacks it.
        key: of the instrument or output; '' for none.
        sites: other keys by site of the sample, (("arterial", "ketamine.arterial"), ...).
        unit: of the published number where the study does not say another.
        factor, offset: published number = offset + factor x number of the model.
        low, high: range of the published number.
        molar: grams per mole of what is measured, where moles make sense; else None.
        source, grade, meaning: what the reading rests on.
    """

    name: str
    kind: str
    key: str = ""
    unit: str = "1"
    factor: float = 1.0
    offset: float = 0.0
    low: float = 0.0
    high: float = 1.0
    molar: float | None = None
    source: str = "vagus_models"
    grade: str = "assumed"
    meaning: str = ""
    sites: tuple[tuple[str, str], ...] = ()

    def at(self, site: str | None) -> "Measure":
        """The same measure at a site ("arterial", "venous", "effect"); itself where it knows no such site."""
        return replace(self, key=dict(self.sites).get(site or "", self.key))

    @property
    def sort(self) -> str:
        """Whether it is a scale of the mind ("mental"), of the body ("physical"), or no scale ("output")."""
        return load_instrument(self.key).kind if self.kind == "score" else "output"

    @property
    def reason(self) -> str | None:
        """Why the model cannot say it; None when it can."""
        if self.kind == "none":
            return f"the model has no {self.name.replace('_', ' ')}" + (
                f" ({self.meaning})" if self.meaning else ""
            )
        return None

    def scale(self, unit: str) -> float | None:
        """The number a published value in `unit` is multiplied by to be in the unit of the table.

        None where the two do not measure the same thing, such as a change in percent.
        """
        try:
            unit = usual_unit(unit)
            have, want = parse_unit(unit), parse_unit(self.unit)
            if have.measures_like(want):
                return have.factor / want.factor
            if self.molar is None:
                return None
            for moles, mass in (("mol/L", "g/L"), ("mol", "g")):
                if have.measures_like(parse_unit(moles)) and want.measures_like(parse_unit(mass)):
                    return conversion_factor(unit, moles) * self.molar * conversion_factor(mass, self.unit)
                if have.measures_like(parse_unit(mass)) and want.measures_like(parse_unit(moles)):
                    return conversion_factor(unit, mass) / self.molar * conversion_factor(moles, self.unit)
        except VagusError:  # points, SD, percent points
            return None
        return None


@lru_cache(maxsize=1)
def load_measures() -> Mapping[str, Measure]:
    """Every measure of the table by its name."""
    found = {}
    for row in read_rows(atlas_path("measures.csv"), _COLUMNS):
        found[row["name"]] = Measure(
            name=row["name"],
            kind=row["kind"],
            key=row["key"],
            unit=row["unit"],
            factor=float(row["factor"]),
            offset=float(row["offset"]),
            low=float(row["low"]),
            high=float(row["high"]),
            molar=float(row["molar"]) if row["molar"] else None,
            source=row["source"],
            grade=row["grade"],
            meaning=row["meaning"],
            sites=tuple(
                (site, key) for site, _, key in (one.partition("=") for one in row["sites"].split("|")) if key
            ),
        )
    names = {plain(word) for word in _words_of_table()}
    for claim, seen in load_observables().items():
        if plain(claim) not in names:
            found[claim] = _observable(claim, seen.kind, seen.name, seen.meaning)
    return found


def _observable(claim: str, kind: str, name: str, meaning: str) -> Measure:
    """What the ledger observes beyond the table: outputs; what it derives from several of them is left to it."""
    if kind != "output":
        return Measure(claim, "none", meaning=meaning)
    if name in load_outputs():
        shown = load_outputs()[name]
        return Measure(claim, kind, name, shown.unit, low=shown.low, high=shown.high, meaning=meaning)
    entry = read_parameters().get(name)
    low, high, unit = (entry.low, entry.high, entry.unit) if entry else (0.0, 1.0, "1")
    return Measure(claim, kind, name, unit, low=low, high=high, meaning=meaning)


def _words_of_table() -> Mapping[str, str]:
    """Every word of the table as written, and the measure it stands for."""
    words: dict[str, str] = {}
    for row in read_rows(atlas_path("measures.csv"), _COLUMNS):
        for word in (row["name"], *row["also"].split("|")):
            if word:
                words.setdefault(word, row["name"])
    return words


@lru_cache(maxsize=1)
def measure_names() -> Mapping[str, str]:
    """Every name a study file may use, without case and punctuation, and the measure of the table it means."""
    names: dict[str, str] = {}
    for word, name in (*_words_of_table().items(), *((name, name) for name in load_measures())):
        names.setdefault(plain(word), name)
    return names


def find_measure(name: str) -> Measure | None:
    """The measure a study file means by a name; None when the table knows none of that name."""
    known = measure_names().get(plain(name))
    if known is None:
        return None
    measure = load_measures()[known]
    if measure.kind == "none" and plain(name) != plain(measure.name):
        return Measure(name, "none", unit=measure.unit, low=measure.low, high=measure.high)
    return measure


def usual_unit(unit: str) -> str:
    """A unit as the tables write it: "bpm" is "1/min", "ng·hr/mL" is "ng*h/mL"; itself when it is no such word."""
    plain_unit = re.sub(r"\b(hrs?|hours?)\b", "h", re.sub("[·⋅×∙]", "*", unit.strip()))
    return _unit_words().get(unit.strip(), _unit_words().get(plain_unit, plain_unit))


@lru_cache(maxsize=1)
def _unit_words() -> Mapping[str, str]:
    return {row["word"]: row["unit"] for row in read_rows(atlas_path("unit_words.csv"), ("word", "unit"))}


def plain(word: str) -> str:
    """A name without case and punctuation: "HAM-D17" is "hamd17"."""
    return re.sub(r"[\W_]+", "", word.casefold())


def near(word: str, known: Iterable[str]) -> str | None:
    """The known name that a word is most likely a slip of; None when none is that near."""
    by_plain = {plain(name): name for name in known}
    found = get_close_matches(plain(word), list(by_plain), n=1, cutoff=NEAR)
    return by_plain[found[0]] if found else None
