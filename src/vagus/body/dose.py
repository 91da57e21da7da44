"""`Dose` and `Visit`: one thing that is given, and one contact that feeds expectancy."""

from dataclasses import dataclass

from ..units import convert, parse_unit


@dataclass(frozen=True)
class Dose:
    """One dose.

    Attributes:
        hour: start, hours after day 0 08:00.
        drug: key of `drugs.toml`.
        amount: in `unit`; per kg of body weight when the unit says so.
        unit: mg or mg/kg.
        route: how it is given.
        hours: how long the infusion runs; 0 for a single dose.
        listed: its day stands in the treatment; a dose of a schedule without end is not listed.
    """

    hour: float
    drug: str
    amount: float
    unit: str
    route: str
    hours: float
    listed: bool = True

    @property
    def day(self) -> float:
        """Days after day 0 08:00."""
        return self.hour / 24.0

    def milligrams(self, weight: float) -> float:
        """The dose in mg for a person of a weight in kg."""
        if is_per_kg(self.unit):
            return convert(self.amount, self.unit, "mg/kg") * weight
        return convert(self.amount, self.unit, "mg")


@dataclass(frozen=True)
class Visit:
    """Care and belief a person receives at one time: what expectancy is made of."""

    hour: float
    care: float
    belief: float


def is_per_kg(unit: str) -> bool:
    """Mass by mass of body: a plain number, but one that is written as the two."""
    return "/" in unit and parse_unit(unit).is_plain
