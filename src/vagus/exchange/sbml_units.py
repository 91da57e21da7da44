"""Unit definitions of an SBML model, made from the units of the tables."""

import re
from collections.abc import Iterable
from math import isclose

import libsbml

from ..units import BASES, PLAIN, Dimension, parse_unit

HOUR_ID = "hour"
_KINDS = {
    "[length]": libsbml.UNIT_KIND_METRE,
    "[mass]": libsbml.UNIT_KIND_GRAM,
    "[time]": libsbml.UNIT_KIND_SECOND,
    "[current]": libsbml.UNIT_KIND_AMPERE,
    "[temperature]": libsbml.UNIT_KIND_KELVIN,
    "[substance]": libsbml.UNIT_KIND_MOLE,
    "[luminosity]": libsbml.UNIT_KIND_CANDELA,
    "[international_unit]": libsbml.UNIT_KIND_ITEM,  # SBML has no international units; counted as items
}


class UnitList:
    """The unit definitions of one model: one for each unit of the tables, and one for each that equations lead to."""

    def __init__(self, model: libsbml.Model, texts: Iterable[str]) -> None:
        """Start with the hour; `texts` are the units of the tables, whose names are taken over."""
        self._model = model
        self._texts = {self._key(parse_unit(text)): text for text in sorted(set(texts), reverse=True)}
        self._ids: dict[tuple, str] = {self._key(PLAIN): "dimensionless"}
        hour = parse_unit("h")
        self._ids[self._key(hour)] = HOUR_ID
        self._define(hour, HOUR_ID, "h")

    def __len__(self) -> int:
        return int(self._model.getNumUnitDefinitions())

    def of(self, unit: Dimension) -> str:
        """The id of a unit; defined when it is asked for the first time."""
        key = self._key(unit)
        if key not in self._ids:
            text = self._texts.get(key, "")
            identifier = _identifier(text) if text else f"derived_{len(self)}"
            self._ids[key] = identifier
            self._define(unit, identifier, text)
        return self._ids[key]

    @staticmethod
    def _key(unit: Dimension) -> tuple:
        return (*unit.exponents, f"{unit.factor:.9g}")

    def _define(self, unit: Dimension, identifier: str, text: str) -> None:
        definition = self._model.createUnitDefinition()
        definition.setId(identifier)
        if text:
            definition.setName(text)
        factor = unit.factor
        for base, exponent in zip(BASES, unit.exponents, strict=True):
            if exponent:
                _add(definition, _KINDS[base], exponent, factor ** (1.0 / exponent))
                factor = 1.0
        if not definition.getNumUnits():
            _add(definition, libsbml.UNIT_KIND_DIMENSIONLESS, 1.0, factor)


def _add(definition: libsbml.UnitDefinition, kind: int, exponent: float, multiplier: float) -> None:
    """One factor (multiplier x kind)^exponent; the size of the whole unit stands in its first factor."""
    unit = definition.createUnit()
    unit.setKind(kind)
    unit.setExponent(exponent)
    unit.setScale(0)
    near = round(multiplier)
    unit.setMultiplier(float(near) if near and isclose(multiplier, near, rel_tol=1e-12) else multiplier)


def _identifier(text: str) -> str:
    """A name SBML allows: 'ng*L/mL/mg' is 'ng_L_per_mL_per_mg', '1/h' is 'per_h'."""
    words = f"per_{text[2:]}" if text.startswith("1/") else text
    words = words.replace("/", "_per_").replace("%", "percent")
    words = re.sub(r"[^A-Za-z0-9_]+", "_", words).strip("_")
    known = libsbml.UnitKind_forName(words) != libsbml.UNIT_KIND_INVALID  # SBML keeps its own names to itself
    return f"unit_{words}" if known or not words[:1].isalpha() else words
