"""Timed samples of a run, as rows for JSON and as lines for the terminal."""

from typing import Any

import numpy as np

from ..body.legs import CORTISOL, cortisol_slopes
from ..body.run import Run


def sample_rows(run: Run) -> list[dict[str, Any]]:
    """One row for each sample: day, clock time, what, its unit, and the middle person's value in each arm."""
    slopes = cortisol_slopes(run.samples)
    rows = []
    for sample, value in run.samples:
        row: dict[str, Any] = {
            "day": sample.day,
            "clock": sample.clock,
            "name": sample.name,
            "unit": run.units[sample.name],
            **_arms(run, value),
        }
        if sample.name == CORTISOL and sample.day in slopes and sample.clock == "08:00":
            row["slope_per_hour"] = _arms(run, slopes[sample.day])
        rows.append(row)
    return rows


def sample_lines(run: Run) -> list[str]:
    """The same in words; none when nothing was sampled."""
    lines = []
    for row in sample_rows(run):
        values = ", ".join(f"{arm} {row[arm]:.4g} {row['unit']}" for arm in run.arms if row[arm] is not None)
        slope = row.get("slope_per_hour", {}).get(run.arms[0])
        more = f"; falls by {100 * slope:.1f} % an hour until 22:00" if slope is not None else ""
        lines.append(f"Day {row['day']} {row['clock']} {row['name']}: {values}{more}")
    return lines


def _arms(run: Run, value: np.ndarray) -> dict[str, float | None]:
    middle = [float(np.nanmedian(one)) if np.isfinite(one).any() else None for one in value]
    return {
        arm: None if one is None else float(f"{one:.6g}") for arm, one in zip(run.arms, middle, strict=True)
    }
