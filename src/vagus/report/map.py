"""The map of the body as SVG: brain above, body below, what comes from outside at the left, and all arrows.

Drawn by hand: twenty boxes and their arrows need no layout program, and a fixed place for each system lets a reader
compare two maps. Colour says the direction, and so does the head of the arrow: full raises, open lowers.
"""

from collections.abc import Sequence
from html import escape
from math import atan2, cos, hypot, sin

from .look import FONT, INK, QUIET
from .record import BodyMap, MapArrow, MapNode

WIDTH, HEIGHT = 1120.0, 856.0
CENTRE = (WIDTH / 2, 395.0)
BOX = (154.0, 44.0)
RAISES, LOWERS, BOTH, SILENT = "#B5482A", "#0072B2", "#6B4E9B", "#A0A6AD"
GIVEN = "#F0DCE6"
TOWARDS, AWAY = (27, 127, 92), (196, 98, 16)
GROUPS = {"brain": "#EEF3FA", "body": "#F6F1E7", "outside": "#F1F1F1"}
GROUP_NAMES = {"brain": "Brain", "body": "Body", "outside": "From outside"}
THIN, THICK = 0.7, 5.0
MOVED = 0.1  # below this part of the way a system counts as not moved
_COLOURS = {1: RAISES, -1: LOWERS, 2: BOTH, 0: SILENT}
Point = tuple[float, float]


def map_svg(body: BodyMap, key: str = "map") -> str:
    """The map as SVG text, named and described for screen readers; `key` makes its ids unique in a page."""
    places = {node.name: node.place for node in body.nodes}
    moved = {node.name for node in body.nodes if _stands_out(node)}
    arrows = [arrow for arrow in body.arrows if arrow.giver in places and arrow.receiver in places]
    if body.moved:  # what carried the change is drawn last, over the rest
        arrows.sort(key=lambda arrow: {arrow.giver, arrow.receiver} <= moved)
    lines = [
        _arrow(arrow, places, not body.moved or {arrow.giver, arrow.receiver} <= moved, body.moved)
        for arrow in arrows
    ]
    boxes = [_box(node, places[node.name], body) for node in body.nodes]
    title = "Map of the body" + (": what moved" if body.moved else "")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
            f'aria-labelledby="{key}-title {key}-desc" font-family="{escape(FONT)}" width="100%">',
            f'<title id="{key}-title">{title}</title>',
            f'<desc id="{key}-desc">{escape(_description(body))}</desc>',
            f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="white"/>',
            *_group_names(body.nodes),
            *lines,
            *boxes,
            *_legend(body.moved, body.weighing),
            "</svg>",
        ]
    )


def _stands_out(node: MapNode) -> bool:
    """A system that moved, or a drug that is given."""
    return node.given or (node.tone is not None and abs(node.tone) >= MOVED)


def _arrow(arrow: MapArrow, places: dict[str, Point], bold: bool, fading: bool) -> str:
    """A curve bent towards the middle, from the border of one box to that of the other."""
    (x0, y0), (x1, y1) = places[arrow.giver], places[arrow.receiver]
    # There and back must not lie on one another: the bend stands a little to the right of the way.
    length = hypot(x1 - x0, y1 - y0) or 1.0
    pull = 0.28 + 0.22 * min(1.0, length / 700)
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    bend = (
        middle[0] + pull * (CENTRE[0] - middle[0]) - 16 * (y1 - y0) / length,
        middle[1] + pull * (CENTRE[1] - middle[1]) + 16 * (x1 - x0) / length,
    )
    start, end = _border((x0, y0), bend, 2.0), _border((x1, y1), bend, 3.0)
    colour = _COLOURS[arrow.sign]
    opacity = (0.85 if bold else 0.13) if fading else 0.62
    width = (1.9 if bold else 1.0) if fading else 1.3
    if arrow.weight is not None:  # the share it has of all that reaches the receiver
        width = round(THIN + (THICK - THIN) * arrow.weight, 2)
    dash = ' stroke-dasharray="7 3"' if arrow.grade == "assumed" else ""
    path = f"M{start[0]:.1f} {start[1]:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    head = _head(end, atan2(end[1] - bend[1], end[0] - bend[0]))
    fill = "white" if arrow.sign == -1 else colour
    return (
        f'<g stroke="{colour}" stroke-width="{width}" opacity="{opacity}" '
        f'data-giver="{escape(arrow.giver)}" data-receiver="{escape(arrow.receiver)}">'
        f"<title>{escape(arrow.words)}</title>"
        f'<path d="{path}" fill="none"{dash}/><path d="{head}" fill="{fill}" stroke-width="1"/></g>'
    )


def _border(box: Point, towards: Point, gap: float) -> Point:
    """Where the line from the middle of a box to a point leaves the box."""
    dx, dy = towards[0] - box[0], towards[1] - box[1]
    if not dx and not dy:
        return box
    half = (BOX[0] / 2 + gap, BOX[1] / 2 + gap)
    share = min(half[0] / abs(dx) if dx else 9e9, half[1] / abs(dy) if dy else 9e9)
    return (box[0] + share * dx, box[1] + share * dy)


def _head(tip: Point, angle: float) -> str:
    left, right = angle + 2.75, angle - 2.75
    return (
        f"M{tip[0]:.1f} {tip[1]:.1f}L{tip[0] + 9 * cos(left):.1f} {tip[1] + 9 * sin(left):.1f}"
        f"L{tip[0] + 9 * cos(right):.1f} {tip[1] + 9 * sin(right):.1f}Z"
    )


def _box(node: MapNode, place: Point, body: BodyMap) -> str:
    moved = body.moved
    x, y = place[0] - BOX[0] / 2, place[1] - BOX[1] / 2
    fill = GROUPS[node.group] if not moved else "white"
    if moved and node.tone is not None and abs(node.tone) >= MOVED:
        fill = _tint(node.tone)
    elif moved and node.given:
        fill = GIVEN
    second = f"{node.before} → {node.after}" if moved and node.after else node.lead
    if moved and node.given:
        second = "given"
    rows = [
        f'<g data-system="{escape(node.name)}"><title>{escape(_node_words(node, body.between))}</title>'
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{BOX[0]:g}" '
        f'height="{BOX[1]:g}" rx="6" fill="{fill}" stroke="{INK}" stroke-width="1"/>'
    ]
    top = place[1] - 3 if second else place[1] + 5
    rows.append(_text(node.label, place[0], top, 14, INK, bold=True))
    if second:
        rows.append(_text(second, place[0], place[1] + 14, 12, INK if moved else QUIET))
    return "".join([*rows, "</g>"])


def _tint(tone: float) -> str:
    """White to the full colour, as far as the system went; both ends light enough for black writing."""
    end = TOWARDS if tone > 0 else AWAY
    share = 0.15 + 0.5 * min(abs(tone), 1.0)
    return "#" + "".join(f"{round(255 + share * (each - 255)):02X}" for each in end)


def _node_words(node: MapNode, between: tuple[str, str]) -> str:
    if not node.after:
        return f"{node.label}{': ' + node.lead if node.lead else ''}"
    words = f"{node.label}: {node.lead} {node.before} {between[0]}, {node.after} {between[1]}"
    return words if node.tone is None else f"{words}; {tone_words(node.tone)}"


def tone_words(tone: float | None) -> str:
    """How far a system went, in words."""
    if tone is None:
        return "no way to go"
    if abs(tone) < MOVED:
        return "hardly moved"
    return f"{tone:.0%} of the way to health" if tone > 0 else f"{-tone:.0%} further from health"


def _text(
    words: str, x: float, y: float, size: int, colour: str, *, bold: bool = False, anchor: str = "middle"
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"{weight}>'
        f"{escape(words)}</text>"
    )


def _group_names(nodes: Sequence[MapNode]) -> list[str]:
    """The name of each group, outside its arc."""
    where = {"brain": (562.0, 24.0), "body": (540.0, 790.0), "outside": (88.0, 232.0)}
    present = {node.group for node in nodes}
    return [
        _text(GROUP_NAMES[group], *where[group], 15, QUIET, bold=True) for group in where if group in present
    ]


def _legend(moved: bool, weighing: str) -> list[str]:
    y = HEIGHT - 18
    rows: list[str] = []
    if weighing:
        for x, width in ((20.0, THIN), (60.0, (THIN + THICK) / 2), (100.0, THICK)):
            rows.append(f'<path d="M{x:g} {y - 26:g}h34" stroke="{INK}" stroke-width="{width:g}"/>')
        words = f"the thicker, the larger its share of all that reaches a system ({weighing})"
        rows.append(_text(words, 142, y - 22, 13, INK, anchor="start"))
    lines = [
        (RAISES, RAISES, "raises"),
        (LOWERS, "white", "lowers"),
        (BOTH, BOTH, "does both"),
    ]
    x = 20.0
    for colour, fill, words in lines:
        rows.append(f'<path d="M{x:g} {y - 4:g}h34" stroke="{colour}" stroke-width="2"/>')
        rows.append(f'<path d="{_head((x + 40, y - 4), 0.0)}" fill="{fill}" stroke="{colour}"/>')
        rows.append(_text(words, x + 48, y, 13, INK, anchor="start"))
        x += 62 + 7.0 * len(words)
    rows.append(f'<path d="M{x:g} {y - 4:g}h40" stroke="{INK}" stroke-width="2" stroke-dasharray="7 3"/>')
    rows.append(_text("dashed: strength assumed", x + 48, y, 13, INK, anchor="start"))
    x += 70 + 7.0 * 24
    for tone, words in ((1.0, "towards health"), (-1.0, "away from it")) if moved else ():
        rows.append(
            f'<rect x="{x:g}" y="{y - 13:g}" width="26" height="17" rx="3" fill="{_tint(tone)}" stroke="{INK}"/>'
        )
        rows.append(_text(words, x + 33, y, 13, INK, anchor="start"))
        x += 50 + 7.0 * len(words)
    return rows


def _description(body: BodyMap) -> str:
    if not body.moved:
        return f"{len(body.nodes)} systems and {len(body.arrows)} arrows between them; the list below has them all."
    return "; ".join(_node_words(node, body.between) for node in body.nodes if node.after) + "."
