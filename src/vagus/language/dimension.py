"""Units of every equation, checked before anything is computed.

The unit of each state and parameter comes from its table; those of assignments follow from their formulas. A rate must
have the unit of its state per hour. Plain literals (0, 1, 2) are plain numbers, and 0 fits everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

import libsbml

from ..units import PLAIN, Dimension, parse_unit
from .formula import Definition, Formula, children, walk

HOUR = parse_unit("h")

_SYMBOLS = {libsbml.AST_NAME_TIME, libsbml.AST_NAME_AVOGADRO}  # names of SBML, not of the model
_SAME = {
    libsbml.AST_PLUS,
    libsbml.AST_MINUS,
    libsbml.AST_FUNCTION_MAX,
    libsbml.AST_FUNCTION_MIN,
    libsbml.AST_FUNCTION_ABS,
    libsbml.AST_FUNCTION_FLOOR,
    libsbml.AST_FUNCTION_CEILING,
}
_PLAIN_ONLY = {
    libsbml.AST_FUNCTION_EXP,
    libsbml.AST_FUNCTION_LN,
    libsbml.AST_FUNCTION_LOG,
    libsbml.AST_FUNCTION_SIN,
    libsbml.AST_FUNCTION_COS,
    libsbml.AST_FUNCTION_TAN,
    libsbml.AST_FUNCTION_TANH,
}


@dataclass(frozen=True)
class Misfit(Exception):
    """Units of one equation that do not fit: the code, both sides and the part of the formula.

    `ratio` is what one of the sides would have to be multiplied by, as a unit; it leads to the row at fault.
    """

    code: str
    left: str
    right: str
    formula: str
    names: frozenset[str]
    factor: float = 1.0
    ratio: Dimension = PLAIN


Known = Mapping[str, Dimension]


def dimension_of(tree: Formula, known: Known, functions: Mapping[str, Definition]) -> Dimension | None:
    """The unit of a formula; None for the literal 0, which fits everywhere.

    Raises:
        Misfit: when two parts of it do not fit.
    """
    kind = tree.getType()
    if tree.isNumber():
        return None if tree.getValue() == 0 else PLAIN
    if kind == libsbml.AST_NAME_TIME:
        return HOUR
    if kind in (libsbml.AST_CONSTANT_PI, libsbml.AST_CONSTANT_E):
        return PLAIN
    if tree.isName():
        return known[tree.getName()]
    if kind == libsbml.AST_FUNCTION:
        definition = functions[tree.getName()]
        arguments = [dimension_of(child, known, functions) for child in children(tree)]
        names = [definition.getArgument(i).getName() for i in range(definition.getNumArguments())]
        bound = {name: PLAIN if a is None else a for name, a in zip(names, arguments, strict=True)}
        return _inside(tree, definition, bound, functions)
    parts = [(child, dimension_of(child, known, functions)) for child in children(tree)]
    return _combine(tree, kind, parts)


def _inside(
    tree: Formula,
    definition: Definition,
    bound: dict[str, Dimension],
    functions: Mapping[str, Definition],
) -> Dimension | None:
    """The unit of a call; a misfit inside the function is told with the call, which is what the reader sees."""
    try:
        return dimension_of(definition.getBody(), bound, functions)
    except Misfit as found:
        formula = libsbml.formulaToL3String(tree)
        raise Misfit(
            found.code, found.left, found.right, formula, names_in(tree), found.factor, found.ratio
        ) from None


def _combine(tree: Formula, kind: int, parts: list[tuple[Formula, Dimension | None]]) -> Dimension | None:
    if kind == libsbml.AST_TIMES:
        product = PLAIN
        for _, part in parts:
            product = product * (part or PLAIN)
        return product
    if kind == libsbml.AST_DIVIDE:
        return (parts[0][1] or PLAIN) / (parts[1][1] or PLAIN)
    if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
        return _power(tree, parts)
    if kind == libsbml.AST_FUNCTION_ROOT:
        degree = parts[0][0].getValue() if len(parts) == 2 else 2.0
        return (parts[-1][1] or PLAIN) ** (1.0 / degree)
    if kind in _PLAIN_ONLY:
        for child, part in parts:
            _require_plain(child, part)
        return PLAIN
    if kind == libsbml.AST_FUNCTION_PIECEWISE:
        return _agree([part for i, part in enumerate(parts) if i % 2 == 0])
    if kind in _SAME:
        return _agree(parts)
    return PLAIN  # comparisons and logic


def _power(tree: Formula, parts: list[tuple[Formula, Dimension | None]]) -> Dimension:
    (_, base), (exponent_tree, exponent) = parts
    _require_plain(exponent_tree, exponent)
    if base is None or base == PLAIN:
        return PLAIN
    if exponent_tree.isNumber():
        return base ** exponent_tree.getValue()
    raise Misfit("V209", show(base), "a power", libsbml.formulaToL3String(tree), names_in(tree), ratio=base)


def _require_plain(tree: Formula, part: Dimension | None) -> None:
    if part is not None and not (part.is_plain and isclose(part.factor, 1.0, rel_tol=1e-9)):
        raise Misfit(
            "V209", show(part), "1", libsbml.formulaToL3String(tree), names_in(tree), part.factor, part
        )


def _agree(parts: list[tuple[Formula, Dimension | None]]) -> Dimension | None:
    first_tree, first = None, None
    for tree, part in parts:
        if part is None:
            continue
        if first is None or first_tree is None:
            first_tree, first = tree, part
            continue
        compare(first, part, libsbml.formulaToL3String(tree), names_in(tree) | names_in(first_tree))
    return first


def compare(left: Dimension, right: Dimension, formula: str, names: frozenset[str]) -> None:
    """Nothing when two units are one; raises `Misfit` V207 (another kind) or V208 (another size)."""
    if not left.measures_like(right):
        raise Misfit("V207", show(left), show(right), formula, names, ratio=left / right)
    if not isclose(left.factor, right.factor, rel_tol=1e-9):
        raise Misfit(
            "V208", show(left), show(right), formula, names, left.factor / right.factor, left / right
        )


def names_in(tree: Formula) -> frozenset[str]:
    """All names a formula reads."""
    return frozenset(
        node.getName() for node in walk(tree) if node.isName() and node.getType() not in _SYMBOLS
    )


def show(dimension: Dimension) -> str:
    """A unit in base units, for messages: 'metre^-3 g h'."""
    bases = ("metre", "gram", "second", "ampere", "kelvin", "mole", "candela", "IU")
    parts = [
        base if power == 1 else f"{base}^{power:g}"
        for base, power in zip(bases, dimension.exponents, strict=True)
        if power
    ]
    factor = "" if isclose(dimension.factor, 1.0, rel_tol=1e-9) else f"{dimension.factor:.6g} "
    return f"[{factor}{' '.join(parts) or '1'}]"
