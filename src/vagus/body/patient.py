"""`Patient`: one person as a clinic writes them down, read from a TOML file or made from names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import VagusError, did_you_mean, fail
from ..tables import Place, place_of, read_toml
from .background import load_background, load_medical
from .condition import load_condition
from .section import Section

#: What a person file may say, with the unit and the range of each quantity.
_QUANTITIES = {"age": ("year", 18.0, 100.0), "weight": ("kg", 30.0, 250.0), "height": ("cm", 120.0, 220.0)}
_KEYS = (
    "name", "age", "sex", "weight", "height", "conditions", "background", "medical", "scores", "traits", "note",
)  # fmt: skip
SEXES = ("female", "male")


@dataclass(frozen=True)
class Patient:
    """One person.

    Attributes:
        name: what to call them in the report.
        age: years.
        sex: "female" or "male".
        weight: kg.
        height: cm.
        conditions: keys of the atlas; ("healthy",) when there is none.
        background: medicines taken beside the treatment, keys of `interactions.toml`.
        medical: what else the person has, keys of `medical.toml`; it decides which warnings apply.
        scores: known totals at baseline by instrument key.
        traits: parameters of this person by full name, in the unit of their table; they win over the conditions.
        file: where the person was read from.
    """

    name: str = "typical person"
    age: float = 40.0
    sex: str = "female"
    weight: float = 70.0
    height: float = 168.0
    conditions: tuple[str, ...] = ("healthy",)
    scores: Mapping[str, float] = field(default_factory=dict)
    traits: Mapping[str, float] = field(default_factory=dict)
    file: str | None = None
    background: tuple[str, ...] = ()
    medical: tuple[str, ...] = ()

    def place(self, key: str) -> Place:
        """Where an entry of this person stands, for an error; nowhere for a person who was not read from a file."""
        try:
            return place_of(self.file, key) if self.file else Place(file=self.name, line=None, text=None)
        except VagusError:  # the file is gone since
            return Place(file=self.file or self.name, line=None, text=None)


def read_patient(path: str | Path) -> Patient:
    """The person of a TOML file.

    Raises:
        VagusError: V1xx the file cannot be read, V401 an unknown key, V402 an unknown condition, V407 a quantity
            outside its range, V301-V304 a quantity or unit that makes no sense, V412/V413 a value of the wrong kind
            or an unknown medicine or finding, V411 an empty file, V414 conditions that exclude each other.
    """
    page = Section("a person", read_toml(path), path)
    page.allow(_KEYS)
    if not page.data:  # an empty file is a file that was not written, not a healthy person
        raise fail("V411", what="a person", key="conditions", file=path)
    quantities = {
        key: page.quantity(key, unit, low=low, high=high)
        for key, (unit, low, high) in _QUANTITIES.items()
        if key in page.data
    }
    conditions = page.data.get("conditions", ["healthy"])
    if isinstance(conditions, str):
        conditions = [conditions]
    if not isinstance(conditions, list) or not conditions or not all(isinstance(c, str) for c in conditions):
        raise page.wrong("conditions", 'a list of names, such as ["mdd", "pain"]')
    page.text("note")
    return Patient(
        name=page.text("name", Path(path).stem),
        sex=page.text("sex", "female", choices=SEXES),
        conditions=check_conditions(tuple(conditions), path),
        scores=_numbers(page, "scores"),
        traits=_numbers(page, "traits"),
        file=str(path),
        background=_words(page, "background", load_background()),
        medical=_words(page, "medical", load_medical()),
        **quantities,
    )


def check_conditions(names: tuple[str, ...], path: str | Path | None = None) -> tuple[str, ...]:
    """The same names when all of them exist and fit together.

    Raises:
        VagusError: V402 unknown, V414 'healthy' together with an illness.
    """
    place: dict[str, Any] = dict(place_of(path, "conditions")) if path else {}
    for name in names:
        try:
            load_condition(name)
        except VagusError as error:
            if error.code != "V402" or not place:
                raise
            raise fail("V402", name=name, hint=error.hint, **place) from None
    if "healthy" in names and len(names) > 1:
        other = next(name for name in names if name != "healthy")
        raise fail("V414", first="healthy", second=other, **place)
    return tuple(dict.fromkeys(names))


def _words(page: Section, key: str, known: Collection[str]) -> tuple[str, ...]:
    """A list of names that are all known."""
    names = page.names(key)
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"choose from: {', '.join(known)}"
            raise fail("V413", key=key, value=name, known=", ".join(known), hint=hint, **page.place(key))
    return tuple(dict.fromkeys(names))


def _numbers(page: Section, key: str) -> dict[str, float]:
    """A table of names and plain numbers."""
    rows = page.table(key, f"the {key} of a person")
    return {name: rows.quantity(name, "1") for name in rows.data}
