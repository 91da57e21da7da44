"""A plain drawing of a few curves, for a page or a notebook."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .drawing import complete, draw_svg

_POINTS = 240  # of one curve at most


def lines_svg(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    axes: tuple[str, str],
    title: str,
    key: str = "lines",
    *,
    width: int = 520,
    height: int = 240,
) -> str:
    """Curves as SVG text, told apart by colour and by dash, with a legend below.

    Arguments: `curves`, (x, y) by name, both (points,); what is no number is left out. `axes`, what the two axes are
    called, with units. `title` and `key`, for screen readers; a page with several drawings needs a key for each.
    `width` and `height` in pixels.
    """
    rows: list[dict[str, Any]] = []
    for name, (x, y) in curves.items():
        across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        kept = np.isfinite(across) & np.isfinite(up)
        across, up = across[kept], up[kept]
        places = np.unique(np.linspace(0, across.size - 1, min(_POINTS, across.size)).round().astype(int))
        rows += [{"x": float(f"{across[k]:.4g}"), "y": float(f"{up[k]:.4g}"), "what": name} for k in places]
    legend = {"title": None, "orient": "bottom", "labelFontSize": 12, "labelLimit": 420, "columns": 3,
              "columnPadding": 22, "symbolType": "stroke", "symbolSize": 600, "symbolStrokeWidth": 2}  # fmt: skip
    names = list(curves)
    told = {"field": "what", "type": "nominal", "sort": None, "legend": legend if len(names) > 1 else None}
    chart = {
        "width": width,
        "height": height,
        "data": {"values": rows},
        "mark": {"type": "line"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": axes[0]},
            "y": {"field": "y", "type": "quantitative", "title": axes[1]},
            "color": told,
            "strokeDash": told,
        },
    }
    words = f"{title}: {axes[1]} over {axes[0]}; {', '.join(names)}."
    return draw_svg(complete(chart), key, title, words)
