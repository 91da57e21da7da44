"""The look of every figure: colours, sizes and type, kept in one place.

Colours are from the Okabe-Ito set, told apart by the common kinds of colour blindness and in grey print; treated and
untreated differ by dash and by a written label as well, never by colour alone.
"""

from typing import Any

TREATED = "#0072B2"
UNTREATED = "#5B5B5B"
PLACEBO = "#9A6500"
DOSE = "#A3527D"
INK = "#1F2328"
QUIET = "#5F6670"
RULE = "#E3E6EA"
FONT = "Arial, Helvetica, Liberation Sans, DejaVu Sans, sans-serif"

TEXT = 14
HEADING = 16
"""Type in pixels; on A4 with two columns 14 px print at 7 points."""
ROW_GAP = 74
"""Room between two plots, for the heading of the lower one."""
PLOT_WIDTH = 272
PLOT_HEIGHT = 120
LEFT = 140
RIGHT = 126
STRIP_ROW = 20
LABEL_GAP = 16
"""Smallest distance in pixels between two written labels."""

BAND_LEFT = 32
"""From the axis to the end of the severity names: room for the tick labels."""
BAND_LETTERS = 16
"""Letters of a severity name that fit between there and the edge of the figure."""
BAND_LINE = 15
"""From line to line of a severity name in two lines."""

TICK_GAP = 13.5
"""Smallest distance in pixels between two tick labels of the upright axis."""

UNTREATED_DASH = [5, 4]
PLACEBO_DASH = [2, 2]


def configuration() -> dict[str, Any]:
    """The Vega-Lite configuration shared by all figures."""
    return {
        "font": FONT,
        "background": "white",
        "view": {"stroke": None},
        "aria": False,
        "axis": {
            "labelFontSize": TEXT,
            "titleFontSize": TEXT,
            "titleFontWeight": "normal",
            "labelColor": INK,
            "titleColor": QUIET,
            "gridColor": RULE,
            "domainColor": "#8A9099",
            "tickColor": "#8A9099",
            "tickSize": 4,
            "labelPadding": 4,
            "titlePadding": 6,
        },
    }
