"""Which row of the tables is at fault when the units of an equation do not fit.

An equation that does not fit says that something is wrong, not what. The row at fault is the one that makes every
equation it reaches fit when its unit, and nothing else, is changed by what is missing.
"""

from collections.abc import Collection, Mapping
from math import isclose

from ..units import PLAIN, Dimension
from .dimension import Misfit
from .rules import Rules


def find_suspects(
    misfit: Misfit, rules: Rules, rows: Mapping[str, Dimension], known: Mapping[str, Dimension]
) -> dict[str, Dimension]:
    """The rows that may be at fault, most likely ones only, each with the unit that would make all of it fit.

    One row left is a finding, several are a doubt, none means that more than one unit is wrong.

    Arguments: `rows`, the unit of every state and parameter by SBML id, as the tables write it; `known`, the same
    with the units of the assignments that could be worked out.
    """
    found: dict[str, Dimension] = {}
    for name in rules.rows_behind(misfit.names):
        if name not in rows:
            continue
        for unit in (rows[name] * misfit.ratio, rows[name] / misfit.ratio):
            if name not in found and not rules.misfits({**known, name: unit}, rules.affected(name)):
                found[name] = unit
    return _likeliest(found, rules, rows)


def _likeliest(
    found: dict[str, Dimension], rules: Rules, rows: Mapping[str, Dimension]
) -> dict[str, Dimension]:
    """Those of the suspects that the clearest reason speaks for; a reason that speaks against all is no reason."""
    usual = {unit for name, unit in rows.items() if name not in found and not unit.is_plain} | {PLAIN}
    reasons = (
        # L/h is a unit that other rows have too; a factor of 60 on a plain number is none.
        [name for name, unit in found.items() if is_among(unit, usual)],
        # A state is read in many places and rarely the one that is wrong.
        [name for name in found if name not in rules.rates],
        [name for name in found if len(rules.readers(name)) == 1],
    )
    for kept in reasons:
        left = [name for name in kept if name in found]
        if left:
            found = {name: found[name] for name in left}
    return found


def is_among(unit: Dimension, units: Collection[Dimension]) -> bool:
    """True when one of the units is the same, up to rounding of its factor."""
    return any(
        unit.measures_like(other) and isclose(unit.factor, other.factor, rel_tol=1e-9) for other in units
    )
