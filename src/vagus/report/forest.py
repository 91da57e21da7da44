"""The figure of one claim: a row for each comparison, its effect in standard deviations with the 95 % interval.

Drawn by hand, as the map is: a few dots and lines need no chart library. The side the article asserts is tinted; a
grey bar is the published interval. Form as well as colour says the verdict.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite
from typing import Any

from .look import FONT, INK, QUIET, RULE

WIDTH = 440.0  # narrow, with the words above each line: it has to be read on a telephone as well
LEFT, RIGHT = 14.0, 14.0
ROW = 50.0
LINE = 38.0  # of a row: where the line is drawn, below two lines of words
TALL = 16.0  # of the tint
TOP, BOTTOM = 4.0, 40.0
EDGE = 2.0  # standard deviations; what lies beyond is drawn at the edge as an arrow
TINT = "#E4EFF8"
COLOURS = {
    "shown": "#0072B2",
    "weaker than said": "#C46210",
    "not supported": "#5F6670",
    "contradicted": "#A3527D",
    "by construction": "#1F2328",
}
_TICKS = (-2.0, -1.0, 0.0, 1.0, 2.0)
_LEAST = 0.2


def forest_svg(key: str, title: str, tests: Sequence[Mapping[str, Any]]) -> str:
    """The figure as SVG text, named and described for screen readers; `key` makes its ids unique in the page."""
    rows = [(test, one) for test in tests for one in test["contrasts"]]
    height = TOP + ROW * len(rows) + BOTTOM
    words = "; ".join(
        f"{one['groups']}, {test['meaning']}: {_told(one)}, {one['verdict']}" for test, one in rows
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc" font-family="{escape(FONT)}" font-size="13" width="100%">',
        f'<title id="{key}-title">{escape(key)}: {escape(title)}</title>',
        f'<desc id="{key}-desc">{escape(words)}</desc>',
    ]
    for place, (test, one) in enumerate(rows):
        lines += _row(test, one, TOP + ROW * place)
    lines += _axis(len(rows))
    return "\n".join([*lines, "</svg>"])


def _x(value: float) -> float:
    part = (min(max(value, -EDGE), EDGE) + EDGE) / (2.0 * EDGE)
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def _row(test: Mapping[str, Any], one: Mapping[str, Any], top: float) -> list[str]:
    """Words, tint, published interval, interval and mark of one comparison."""
    y = top + LINE
    start, end = {"+": (0.0, EDGE), "-": (-EDGE, 0.0), "0": (-_LEAST, _LEAST)}[test["sign"]]
    lines = [_rect(_x(start), y - TALL / 2, _x(end) - _x(start), TALL, TINT)]
    found = one["published"]
    if found and found["scale"] == "standardised":
        low, high = _x(found["low"]), _x(found["high"])
        lines.append(_rect(low, y - 5, max(high - low, 2.0), 10, "#B9BEC5"))
    colour = COLOURS.get(one["verdict"], INK)
    value = one["standardised"]
    name, who = test["meaning"], one["groups"]
    lines.append(_text(4.0, top + 13, _cut(f"{name}, {test['time']}", 62), INK, 13, "start"))
    lines.append(_text(4.0, top + 26, _cut(who, 74), QUIET, 11.5, "start"))
    if value is None:
        return lines
    low, high = one["standardised_ci"]
    if isfinite(low) and isfinite(high):
        lines.append(
            f'<line x1="{_x(low):.1f}" y1="{y:.1f}" x2="{_x(high):.1f}" y2="{y:.1f}" stroke="{colour}" '
            'stroke-width="2"/>'
        )
    return [*lines, _mark(_x(value), y, value, one["verdict"], colour)]


def _mark(x: float, y: float, value: float, verdict: str, colour: str) -> str:
    """A form for each verdict; an arrow where the value lies beyond the edge."""
    if abs(value) > EDGE:
        back, tip = (x - 8, x + 3) if value > 0 else (x + 8, x - 3)
        path = f"M{back:.1f} {y - 6:.1f}L{tip:.1f} {y:.1f}L{back:.1f} {y + 6:.1f}z"
        return f'<path d="{path}" fill="{colour}"/>'
    if verdict == "shown":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    if verdict == "weaker than said":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="white" stroke="{colour}" stroke-width="2"/>'
    if verdict == "contradicted":
        path = f"M{x - 5:.1f} {y - 5:.1f}L{x + 5:.1f} {y + 5:.1f}M{x - 5:.1f} {y + 5:.1f}L{x + 5:.1f} {y - 5:.1f}"
        return f'<path d="{path}" stroke="{colour}" stroke-width="2.5"/>'
    path = f"M{x:.1f} {y - 6:.1f}L{x + 6:.1f} {y:.1f}L{x:.1f} {y + 6:.1f}L{x - 6:.1f} {y:.1f}z"
    return f'<path d="{path}" fill="{colour}"/>'


def _axis(rows: int) -> list[str]:
    """The line of no difference beside each row, and the scale below them."""
    y = TOP + ROW * rows
    lines = [
        f'<line x1="{_x(0):.1f}" y1="{TOP + ROW * k + LINE - TALL / 2:g}" x2="{_x(0):.1f}" '
        f'y2="{TOP + ROW * k + LINE + TALL / 2:g}" stroke="{INK}"/>'
        for k in range(rows)
    ]
    lines.append(f'<line x1="{_x(-EDGE):.1f}" y1="{y:g}" x2="{_x(EDGE):.1f}" y2="{y:g}" stroke="{RULE}"/>')
    for tick in _TICKS:
        lines.append(_text(_x(tick), y + 16, f"{tick:+g}".replace("+0", "0"), QUIET, 12, "middle"))
    lines.append(_text(_x(0), y + 32, "standard deviations of people", QUIET, 12, "middle"))
    return lines


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'


def _text(x: float, y: float, words: str, fill: str, size: float, anchor: str = "end") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size:g}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _told(one: Mapping[str, Any]) -> str:
    return "no spread" if one["standardised"] is None else f"{one['standardised']:+.2f} SD"
