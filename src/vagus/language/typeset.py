"""Equations as they are written in the modules, set as LaTeX for a page that people read.

Long equations are broken at the sums inside them, so that every line fits on a page.
"""

import libsbml

from ..errors import fail
from .formula import Formula
from .formula import children as children_of

LONGEST = 76  # letters of one line, with the name on its left
_FUNCTIONS = {
    libsbml.AST_FUNCTION_LN: r"\ln",
    libsbml.AST_FUNCTION_SIN: r"\sin",
    libsbml.AST_FUNCTION_COS: r"\cos",
    libsbml.AST_FUNCTION_TANH: r"\tanh",
    libsbml.AST_FUNCTION_EXP: r"\exp",
    libsbml.AST_FUNCTION_MAX: r"\max",
    libsbml.AST_FUNCTION_MIN: r"\min",
}
_SUM, _PRODUCT, _POWER, _ATOM = range(4)  # how tightly an expression holds together


def equation_latex(name: str, rate: bool, text: str) -> str:
    """One equation as LaTeX, several lines where it is long.

    Arguments: `name`, what it gives; `rate`, whether it gives its rate of change; `text`, the right side as Antimony
    writes it. Raises V201 when the right side cannot be read.
    """
    tree = libsbml.parseL3Formula(text)
    if tree is None:
        raise fail("V201", reason=libsbml.getLastParseL3Error().strip(), text=text)
    left = rf"\frac{{d\,{name_latex(name)}}}{{dt}}" if rate else name_latex(name)
    lines = _lines(tree, LONGEST - len(name))
    if len(lines) == 1:
        return f"{left} = {lines[0]}"
    rows = [f"{left} ={{}}& {lines[0]}", *(f"& {line}" for line in lines[1:])]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def name_latex(name: str) -> str:
    """A name upright, with its underscores, so that it is found again in tables and commands."""
    return r"\mathrm{" + name.replace("_", r"\_") + "}"


def _terms(node: Formula) -> list[tuple[str, Formula]]:
    """A sum as its terms with their signs."""
    kind, children = node.getType(), children_of(node)
    if kind == libsbml.AST_PLUS:
        return [pair for child in children for pair in _terms(child)]
    if kind == libsbml.AST_MINUS and len(children) == 2:
        first, second = children
        turned = [("-" if sign == "+" else "+", term) for sign, term in _terms(second)]
        return [*_terms(first), *(turned if _level(second) == _SUM else [("-", second)])]
    return [("+", node)]


def _factors(node: Formula) -> list[Formula]:
    """A product as its factors, those of products inside it too."""
    if node.getType() != libsbml.AST_TIMES:
        return [node]
    return [factor for child in children_of(node) for factor in _factors(child)]


def _level(node: Formula) -> int:
    kind = node.getType()
    if kind in (libsbml.AST_PLUS, libsbml.AST_MINUS):
        return _SUM if node.getNumChildren() > 1 else _PRODUCT
    if kind == libsbml.AST_TIMES:
        return _PRODUCT
    return _POWER if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER) else _ATOM


def _latex(node: Formula, least: int = _SUM) -> str:
    """An expression on one line, in brackets when it holds together less than its place asks for."""
    text = _bare(node)
    return _bracketed(text) if _level(node) < least else text


def _bracketed(text: str) -> str:
    """Brackets, as high as what is in them where that is more than a line."""
    return rf"\left({text}\right)" if r"\frac" in text else f"({text})"


def _bare(node: Formula) -> str:
    kind, children = node.getType(), children_of(node)
    if kind == libsbml.AST_MINUS and len(children) == 1:
        return "-" + _latex(children[0], _PRODUCT)
    if kind in (libsbml.AST_PLUS, libsbml.AST_MINUS):
        (_, first), *rest = _terms(node)
        return _latex(first) + "".join(f" {sign} {_latex(term, _PRODUCT)}" for sign, term in rest)
    if kind == libsbml.AST_TIMES:
        first, *others = _factors(node)
        return r" \cdot ".join([_latex(first, _PRODUCT), *map(_factor_latex, others)])
    if kind == libsbml.AST_DIVIDE:
        return rf"\frac{{{_latex(children[0])}}}{{{_latex(children[1])}}}"
    if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
        return f"{{{_powered(children[0])}}}^{{{_latex(children[1])}}}"
    if kind == libsbml.AST_FUNCTION_ROOT and len(children) <= 2:
        degree, radicand = children if len(children) == 2 else (None, children[0])
        order = "" if degree is None or _plain(degree) == "2" else f"[{_latex(degree)}]"
        return rf"\sqrt{order}{{{_latex(radicand)}}}"
    if kind == libsbml.AST_FUNCTION_ABS:
        return rf"\left|{_latex(children[0])}\right|"
    if kind in _FUNCTIONS or kind == libsbml.AST_FUNCTION:
        return _called(node) + _bracketed(", ".join(map(_latex, children)))
    return _plain(node)


def _factor_latex(node: Formula) -> str:
    """A factor behind another one: two signs must not stand side by side."""
    text = _latex(node, _PRODUCT)
    return f"({text})" if text.startswith("-") else text


def _powered(node: Formula) -> str:
    """What is raised to a power: all but names and numbers in brackets."""
    return _bracketed(_latex(node)) if node.getNumChildren() else _latex(node)


def _called(node: Formula) -> str:
    return _FUNCTIONS.get(node.getType()) or r"\operatorname{" + node.getName() + "}"


def _plain(node: Formula) -> str:
    kind = node.getType()
    if kind == libsbml.AST_CONSTANT_PI:
        return r"\pi"
    if kind == libsbml.AST_NAME_TIME:
        return "t"
    if node.isName():
        return name_latex(node.getName())
    if node.isNumber():
        return libsbml.formulaToL3String(node)
    raise fail("V201", reason="no way to write it on a page", text=libsbml.formulaToL3String(node))


def _width(node: Formula) -> int:
    """About how many letters wide a line becomes; a fraction is as wide as its wider half."""
    if node.getType() == libsbml.AST_DIVIDE:
        return max(map(_width, children_of(node)))
    if not node.getNumChildren():
        return len(libsbml.formulaToL3String(node))
    return sum(map(_width, children_of(node))) + 2 * node.getNumChildren()


def _lines(node: Formula, room: int) -> list[str]:
    """An expression on as many lines as it needs."""
    if _width(node) <= room or not node.getNumChildren():
        return [_latex(node)]
    if _level(node) == _SUM and node.getNumChildren() > 1:
        return _broken_sum(node, room)
    kind, children = node.getType(), children_of(node)
    if kind == libsbml.AST_TIMES:
        return _broken_product(_factors(node), room)
    if kind == libsbml.AST_DIVIDE:
        if _width(children[0]) < _width(children[1]):  # the lower half is the long one
            return _wrapped(rf"{_latex(children[0], _PRODUCT)} \Big/ (", children[1], ")", room)
        if _width(children[1]) > room // 3:  # both halves are long
            return [*_wrapped("(", children[0], ")", room), rf"\quad {{}} \Big/ {_latex(children[1], _ATOM)}"]
        left = _width(children[1])  # what the fraction takes of the first line
        return _wrapped(rf"\frac{{1}}{{{_latex(children[1])}}} \cdot (", children[0], ")", room - left)
    if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
        return _wrapped("(", children[0], f")^{{{_latex(children[1])}}}", room)
    if kind == libsbml.AST_MINUS:
        return _wrapped("-(", children[0], ")", room)
    if len(children) == 1:
        return _wrapped(rf"{_called(node)}(", children[0], ")", room)
    others = ", ".join(map(_latex, children[1:]))
    return [*_wrapped(rf"{_called(node)}(", children[0], ",", room), rf"\quad {others})"]


def _broken_sum(node: Formula, room: int) -> list[str]:
    """Terms one after another, a new line where the next one would not fit."""
    lines: list[str] = []
    filled = 0
    for place, (sign, term) in enumerate(_terms(node)):
        head = "" if place == 0 and sign == "+" else f"{sign} "
        width = _width(term) + 3
        if lines and filled + width <= room:
            lines[-1] += f" {head}{_latex(term, _PRODUCT)}"
            filled += width
            continue
        parts = _lines(term, room) if width > room and _level(term) != _SUM else [_latex(term, _PRODUCT)]
        lines += [("{} " if head else "") + head + parts[0], *parts[1:]]
        filled = width if len(parts) == 1 else room
    return lines


def _broken_product(factors: list[Formula], room: int) -> list[str]:
    widest = max(range(len(factors)), key=lambda place: _width(factors[place]))
    long = factors[widest]
    if _width(long) < room / 2:
        return _filled(factors, room)
    before = _filled(factors[:widest], room) if widest else []
    after = factors[widest + 1 :]
    lines = _wrapped("(", long, ")", room) if _level(long) == _SUM else _lines(long, room - 4)
    if sum(map(_width, factors[:widest])) > room / 3:  # the long factor gets lines of its own
        lines = [*before, rf"\quad {{}} \cdot {lines[0]}", *(rf"\quad {line}" for line in lines[1:])]
    elif before:
        lines[0] = rf"{before[0]} \cdot {lines[0]}"
    if sum(map(_width, after)) > room / 3:
        first, *rest = _filled(after, room)
        return [*lines, rf"\quad {{}} \cdot {first}", *rest]
    lines[-1] += "".join(rf" \cdot {_factor_latex(factor)}" for factor in after)
    return lines


def _filled(factors: list[Formula], room: int) -> list[str]:
    """Many short factors: as many on a line as fit."""
    lines = [_latex(factors[0], _PRODUCT)]
    filled = _width(factors[0])
    for factor in factors[1:]:
        width = _width(factor) + 3
        if filled + width <= room:
            lines[-1] += rf" \cdot {_factor_latex(factor)}"
            filled += width
        else:
            lines.append(rf"\quad {{}} \cdot {_factor_latex(factor)}")
            filled = width
    return lines


def _wrapped(before: str, node: Formula, after: str, room: int) -> list[str]:
    """What stands in front, the lines of an expression one step further in, what stands behind."""
    first, *rest = _lines(node, room - 4)
    lines = [before + first, *(rf"\quad {line}" for line in rest)]
    lines[-1] += after
    return lines
