"""One system of the body as SVG: what reaches it at the left, what changes in it, what reads it at the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .look import FONT, INK, QUIET, RULE

WIDTH = 940
SIDE, MIDDLE = 292, 260
_LINE, _HEAD, _PAD, _GAP, _TOP = 17, 22, 9, 10, 34
_FILLS = {"brain": "#EEF3FA", "body": "#F6F1E7", "outside": "#F1F1F1"}


@dataclass(frozen=True)
class Neighbour:
    """A system beside the one that is drawn: its name for people, its group, and the quantities that pass between."""

    label: str
    group: str
    quantities: tuple[str, ...]


def system_svg(
    label: str, group: str, states: Sequence[str], givers: Sequence[Neighbour], readers: Sequence[Neighbour]
) -> str:
    """The drawing as SVG text, described for screen readers.

    Arguments: `label` and `group` of the system; `states`, what changes in it with time; `givers`, what it reads of
    others; `readers`, what others read of it. Names may have underscores; they are drawn as spaces.
    """
    left, right = _column(givers), _column(readers)
    centre = _HEAD + _LINE * max(len(states), 1) + 2 * _PAD
    height = max(left[-1][1] if left else 0, right[-1][1] if right else 0, centre, 120) + _TOP + 14
    middle = (height + _TOP) / 2
    x = (WIDTH - MIDDLE) / 2
    top = middle - centre / 2
    words = f"{label}: reads {_listed(givers)}; is read by {_listed(readers)}."
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-labelledby="system-title system-desc" font-family="{escape(FONT)}" width="100%">',
        f'<title id="system-title">{escape(label)}</title><desc id="system-desc">{escape(words)}</desc>',
        f'<rect width="{WIDTH}" height="{height:g}" fill="white"/>',
        _text("reads", SIDE / 2, 20, 14, QUIET, middle=True),
        _text("what changes in it", WIDTH / 2, 20, 14, QUIET, middle=True),
        _text("is read by", WIDTH - SIDE / 2, 20, 14, QUIET, middle=True),
    ]
    shift = (height - _TOP - (left[-1][1] if left else 0)) / 2 + _TOP - 4
    parts += [_side(one, 4, y + shift, (SIDE + 4, x - 2, middle), True) for one, y in _tops(givers, left)]
    shift = (height - _TOP - (right[-1][1] if right else 0)) / 2 + _TOP - 4
    ends = (WIDTH - SIDE - 4, x + MIDDLE + 2, middle)
    parts += [_side(one, WIDTH - SIDE - 4, y + shift, ends, False) for one, y in _tops(readers, right)]
    parts += _box(label, group, [state.replace("_", " ") for state in states], (x, top, MIDDLE, centre), 2)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _listed(neighbours: Sequence[Neighbour]) -> str:
    told = (f"{one.label} ({', '.join(one.quantities)})" for one in neighbours)
    return "; ".join(told).replace("_", " ") or "nothing"


def _rows(one: Neighbour) -> list[str]:
    """The quantities in lines that fit into a box at the side."""
    lines: list[str] = []
    for name in (quantity.replace("_", " ") for quantity in one.quantities):
        if lines and len(lines[-1]) + len(name) + 2 <= 40:
            lines[-1] += f", {name}"
        else:
            lines.append(name)
    return lines


def _column(neighbours: Sequence[Neighbour]) -> list[tuple[float, float]]:
    """Top and bottom of each box, from 0 down."""
    found: list[tuple[float, float]] = []
    y = 0.0
    for one in neighbours:
        height = _HEAD + _LINE * len(_rows(one)) + _PAD
        found.append((y, y + height))
        y += height + _GAP
    return found


def _tops(
    neighbours: Sequence[Neighbour], column: Sequence[tuple[float, float]]
) -> list[tuple[Neighbour, float]]:
    return [(one, top) for one, (top, _) in zip(neighbours, column, strict=True)]


def _side(one: Neighbour, x: float, y: float, ends: tuple[float, float, float], giver: bool) -> str:
    """A box at the side with its arrow to or from the middle."""
    rows = _rows(one)
    height = _HEAD + _LINE * len(rows) + _PAD
    outer, inner, aim = ends
    centre = y + height / 2
    begin, end = ((outer, centre), (inner, aim)) if giver else ((inner, aim), (outer, centre))
    bend = (begin[0] + end[0]) / 2
    # The last bit of an arrow is straight, so that its head lies on the line.
    path = f"M{begin[0]:g} {begin[1]:g}C{bend:g} {begin[1]:g} {bend:g} {end[1]:g} {end[0] - 6:g} {end[1]:g}"
    head = f"M{end[0]:g} {end[1]:g}l-8 -4v8z"
    arrow = (
        f'<path d="{path}" fill="none" stroke="{QUIET}" stroke-width="1.3"/><path d="{head}" fill="{QUIET}"/>'
    )
    return arrow + "".join(_box(one.label, one.group, rows, (x, y, SIDE, height), 1))


def _box(
    label: str, group: str, rows: Sequence[str], place: tuple[float, float, float, float], line: int
) -> list[str]:
    x, y, width, height = place
    fill = _FILLS.get(group, "white")
    border = INK if line > 1 else RULE
    parts = [
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" fill="{fill}" '
        f'stroke="{border}" stroke-width="{line}"/>',
        _text(label, x + width / 2, y + 18, 14, INK, bold=True, middle=True),
    ]
    for place_in, row in enumerate(rows):
        parts.append(
            _text(row, x + width / 2, y + _HEAD + 13 + _LINE * place_in, 12.5, "#3F454D", middle=True)
        )
    return parts


def _text(
    words: str, x: float, y: float, size: float, colour: str, *, bold: bool = False, middle: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text x="{x:g}" y="{y:g}"{anchor} font-size="{size:g}" fill="{colour}"{weight}>{escape(words)}</text>'
