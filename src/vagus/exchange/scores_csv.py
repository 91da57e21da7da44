"""Scores as a flat table: one line for each arm, person, day and instrument."""

import csv
from pathlib import Path

import numpy as np

from ..files import whole_file
from ..people.course import Course

COLUMNS = ("arm", "person", "day", "instrument", "total")


def write_scores(course: Course, path: str | Path) -> Path:
    """Write every score of a course as CSV; a score that cannot be asked for is left out, not written as a number.

    Raises:
        VagusError: V603 when it cannot be written.
    """
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for a, arm in enumerate(course.run.arms):
            for key, totals in course.scores.items():
                for person, row in enumerate(totals[a]):
                    kept = np.flatnonzero(np.isfinite(row))
                    writer.writerows((arm, person, f"{course.days[k]:g}", key, f"{row[k]:.4g}") for k in kept)
    return Path(path)
