"""One person's time axis as SVG: panels above one another, doses through all of them.

Drawn by hand, since what a clinic has is dots and not curves, a page must not wait for a chart library, and the page's
own style sheet can then colour it for light, dark and print. Everything a colour says is said by a shape as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import escape

LEFT, RIGHT = 118, 52
PANEL, GAP, TOP, FOOT = 92, 34, 48, 26
COLOURS = {"none": "#5b626a", "model": "#0072b2", "plan": "#a3527d", "past": "#5b626a"}
_MOST_TICKS = 8
NARROW = 400  # a telephone: fewer dates, names of bands inside the plot
_NEAR = 28  # a date nearer to the edge than this is written inwards
Place = Callable[[datetime], float]
Height = Callable[[float], float]


@dataclass(frozen=True)
class Mark:
    """One dot: when, its value, its words for screen readers and hover; shape "dot", "better", "worse", "alert"."""

    at: datetime
    value: float
    words: str
    shape: str = "dot"


@dataclass(frozen=True)
class Line:
    """A computed line with its band: times, middle, and edges (or none); style "model", "plan", "none" or "past"."""

    at: Sequence[datetime]
    middle: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    style: str = "model"
    label: str = ""


@dataclass(frozen=True)
class Panel:
    """One quantity: name, unit, the range of its axis, the starts and names of severity bands, dots and lines."""

    label: str
    unit: str
    low: float
    high: float
    marks: Sequence[Mark] = ()
    lines: Sequence[Line] = ()
    bands: Sequence[tuple[float, str]] = ()
    joined: bool = True


@dataclass(frozen=True)
class Chart:
    """Panels on one time axis; doses are (when, words)."""

    title: str
    description: str
    start: datetime
    end: datetime
    panels: Sequence[Panel]
    doses: Sequence[tuple[datetime, str]] = ()
    now: datetime | None = None
    ticks: Sequence[tuple[datetime, str]] = field(default=())
    width: int = 820
    tall: int = PANEL

    @property
    def is_narrow(self) -> bool:
        """Whether it is drawn for a telephone."""
        return self.width <= NARROW

    @property
    def left(self) -> int:
        """Room for the names of severity bands, where there are some."""
        return LEFT if not self.is_narrow and any(panel.bands for panel in self.panels) else 14

    @property
    def right(self) -> int:
        """Where the plots end."""
        return self.width - RIGHT


def draw_both(chart: Chart, key: str) -> str:
    """The chart twice, for a wide and for a narrow screen; the style sheet shows one of them."""
    narrow = draw(replace(chart, width=NARROW), f"{key}-narrow")
    return f'<span class="only-wide">{draw(chart, key)}</span><span class="only-narrow">{narrow}</span>'


def draw(chart: Chart, key: str = "chart") -> str:
    """The chart as SVG text; `key` makes its ids unique in a page."""
    height = TOP + len(chart.panels) * (chart.tall + GAP) + FOOT
    span = max((chart.end - chart.start).total_seconds(), 1.0)

    def across(when: datetime) -> float:
        part = (when - chart.start).total_seconds() / span
        return chart.left + min(max(part, 0.0), 1.0) * (chart.right - chart.left)

    most = _MOST_TICKS // 2 if chart.is_narrow else _MOST_TICKS
    ticks = chart.ticks or time_ticks(chart.start, chart.end, most)
    ticks = ticks[:: 1 + (len(ticks) - 1) // (most + 1)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {chart.width} {height}" class="chart" role="img" '
        f'aria-labelledby="{key}-title {key}-desc" font-family="Arial, Helvetica, sans-serif" font-size="13">',
        f'<title id="{key}-title">{escape(chart.title)}</title>',
        f'<desc id="{key}-desc">{escape(chart.description)}</desc>',
    ]
    bottom = TOP + len(chart.panels) * (chart.tall + GAP) - GAP
    parts += _doses(chart, across, bottom)
    for place, panel in enumerate(chart.panels):
        parts += _panel(
            panel, TOP + place * (chart.tall + GAP), chart.tall, across, (chart.left, chart.right)
        )
    if chart.now is not None and chart.start < chart.now < chart.end:
        x = across(chart.now)
        parts.append(
            f'<path class="now" d="M{x:.1f} {TOP - 8}V{bottom}" fill="none" stroke="#1f2328" stroke-dasharray="2 3"/>'
        )
        late = x > chart.width - _NEAR  # beside the marks of the doses, above the names of the plots
        anchor, beside = ("end", x - 8) if late else ("start", x + 8)
        parts.append(_text("today", beside, 17, "quiet", anchor=anchor, size=11))
    for when, words in ticks:
        x = across(when)
        anchor = "start" if x < _NEAR else "end" if x > chart.width - _NEAR else "middle"
        x = {"start": 2.0, "end": chart.width - 2.0}.get(anchor, x)
        parts.append(_text(words, x, bottom + 20, "quiet", anchor=anchor, size=12))
    return "".join([*parts, "</svg>"])


def time_ticks(start: datetime, end: datetime, most: int = _MOST_TICKS) -> list[tuple[datetime, str]]:
    """A few round dates between two times, about `most` of them."""
    days = max((end - start).total_seconds() / 86_400.0, 1.0)
    steps = (1, 2, 7, 14, 28, 56, 91, 182, 365, 730, 1826, 3652)
    step = next((each for each in steps if days / each <= most), steps[-1])
    first = start.replace(hour=0, minute=0, second=0, microsecond=0)
    if first < start:
        first += timedelta(days=1)
    shown = "%d %b" if days < 300 else "%b %Y"
    count = int((end - first).total_seconds() / 86_400.0 / step) + 1
    return [
        (first + timedelta(days=step * k), (first + timedelta(days=step * k)).strftime(shown))
        for k in range(count)
    ]


def _doses(chart: Chart, across: Place, bottom: float) -> list[str]:
    parts = []
    if chart.doses:
        if not chart.is_narrow and chart.left == LEFT:
            parts.append(_text("Doses", chart.left - 12, 18, "ink", anchor="end", bold=True))
    for when, words in chart.doses:
        x = across(when)
        parts.append(
            f'<g class="dose"><title>{escape(words)}</title>'
            f'<path d="M{x:.1f} 14V{bottom}" stroke="#a3527d" stroke-width="1" opacity=".45" fill="none"/>'
            f'<path d="M{x - 5:.1f} 8H{x + 5:.1f}L{x:.1f} 19Z" fill="#a3527d"/></g>'
        )
    return parts


def _panel(panel: Panel, top: float, tall: float, across: Place, ends: tuple[float, float]) -> list[str]:
    left, right = ends

    def height(value: float) -> float:
        part = (value - panel.low) / ((panel.high - panel.low) or 1.0)
        return top + tall * (1.0 - min(max(part, 0.0), 1.0))

    parts = [
        f'<rect class="plot" x="{left}" y="{top}" width="{right - left}" height="{tall}" fill="none" '
        'stroke="#d5d9de"/>',
        f'<text class="ink" x="{left}" y="{top - 7}" fill="#1f2328"><tspan font-weight="bold">'
        f'{escape(panel.label)}</tspan> <tspan font-size="11.5">{escape(panel.unit)}</tspan></text>',
    ]
    parts += _bands(panel, height, left, right)
    for edge in (panel.low, panel.high):
        parts.append(_text(f"{edge:g}", right + 6, height(edge) + 4, "quiet", size=11))
    for line in panel.lines:
        parts += _line(line, across, height)
    dots = sorted(panel.marks, key=lambda mark: mark.at)
    if panel.joined and len(dots) > 1:
        way = "L".join(f"{across(mark.at):.1f} {height(mark.value):.1f}" for mark in dots)
        parts.append(f'<path class="way" d="M{way}" fill="none" stroke="#0072b2" stroke-width="1.4"/>')
    parts += [_mark(mark, across(mark.at), height(mark.value)) for mark in dots]
    if dots:
        last = dots[-1]
        x = min(across(last.at) + 9, right - 26)
        y = height(last.value) - 7 if height(last.value) > top + 16 else height(last.value) + 17
        parts.append(_text(f"{last.value:g}", x, y, "value", bold=True, size=13))
    return parts


def _bands(panel: Panel, height: Height, left: float, right: float) -> list[str]:
    """Where severity bands begin, and their names left of the plot where there is room for them."""
    parts = []
    starts = [start for start, _ in panel.bands] + [panel.high]
    for place, (start, name) in enumerate(panel.bands):
        low, high = height(start), height(starts[place + 1])
        if place:
            parts.append(f'<path class="band" d="M{left} {low:.1f}H{right}" stroke="#d5d9de" fill="none"/>')
        if low - high >= 11:
            beside = left >= LEFT
            anchor, x = ("end", left - 8) if beside else ("start", left + 4)
            parts.append(_text(name, x, (low + high) / 2 + 4, "quiet", anchor=anchor, size=10.5))
    return parts


def _line(line: Line, across: Place, height: Height) -> list[str]:
    xs = [across(when) for when in line.at]
    colour = COLOURS.get(line.style, COLOURS["model"])  # on paper; a page has its own
    parts = []
    if len(line.low) == len(xs) and len(line.high) == len(xs) and xs:
        up = "L".join(f"{x:.1f} {height(v):.1f}" for x, v in zip(xs, line.high, strict=True))
        down = "L".join(
            f"{x:.1f} {height(v):.1f}" for x, v in zip(reversed(xs), reversed(line.low), strict=True)
        )
        parts.append(
            f'<path class="area {escape(line.style)}" d="M{up}L{down}Z" fill="{colour}" opacity=".14"/>'
        )
    dash = {"none": ' stroke-dasharray="6 4"', "past": ' stroke-dasharray="2 2"'}.get(line.style, "")
    way = "L".join(f"{x:.1f} {height(v):.1f}" for x, v in zip(xs, line.middle, strict=True))
    if way:
        parts.append(
            f'<path class="line {escape(line.style)}" d="M{way}" fill="none" stroke="{colour}" stroke-width="2"{dash}>'
            f"<title>{escape(line.label)}</title></path>"
        )
    return parts


def _mark(mark: Mark, x: float, y: float) -> str:
    shapes = {
        "better": f'<path d="M{x - 5:.1f} {y - 4:.1f}H{x + 5:.1f}L{x:.1f} {y + 6:.1f}Z" fill="#1b7f5c"/>',
        "worse": f'<path d="M{x - 5:.1f} {y + 4:.1f}H{x + 5:.1f}L{x:.1f} {y - 6:.1f}Z" fill="#c46210"/>',
        "alert": f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="#b3261e"/>',
    }
    drawn = shapes.get(mark.shape, f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#0072b2"/>')
    return f'<g class="mark {escape(mark.shape)}"><title>{escape(mark.words)}</title>{drawn}</g>'


def _text(
    words: str,
    x: float,
    y: float,
    style: str,
    *,
    anchor: str = "start",
    bold: bool = False,
    size: float = 13,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}"{weight} '
        f'fill="#1f2328">{escape(words)}</text>'
    )


def interval(effect: float, low: float, high: float, sign: str) -> str:
    """An effect with its interval on a line through zero; the side the claim points to is shaded.

    Arguments: all in one unit; `sign` is "+", "-" or "0" (no difference: nothing is shaded).
    """
    width, height, middle = 220.0, 26.0, 110.0
    scale = 0.92 * middle / (max(abs(low), abs(high), abs(effect)) or 1.0)
    ends = [middle + scale * value for value in (low, effect, high)]
    shade = {"+": middle, "-": 0.0}.get(sign)
    side = (
        ""
        if shade is None
        else f'<rect class="side" x="{shade:g}" y="0" width="{middle:g}" height="{height:g}"/>'
    )
    words = f"{effect:.3g}, 95 % interval {low:.3g} to {high:.3g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" class="interval" role="img" '
        f'aria-label="{escape(words)}">{side}<path class="zero" d="M{middle:g} 0V{height:g}"/>'
        f'<path class="range" d="M{ends[0]:.1f} 13H{ends[2]:.1f}"/><circle cx="{ends[1]:.1f}" cy="13" r="5"/></svg>'
    )
