"""Scores as a flat table: one line for each arm, person, day and instrument."""

import csv
import os
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..errors import fail
from ..people.course import Course

COLUMNS = ("arm", "person", "day", "instrument", "total")


def write_scores(course: Course, path: str | Path) -> Path:
    """Write every score of a course as CSV; a score that cannot be asked for is left out, not written as a number.

    Raises:
        VagusError: V603 when it cannot be written.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            for a, arm in enumerate(course.run.arms):
                for key, totals in course.scores.items():
                    for person, row in enumerate(totals[a]):
                        kept = np.flatnonzero(np.isfinite(row))
                        writer.writerows(
                            (arm, person, f"{course.days[k]:g}", key, f"{row[k]:.4g}") for k in kept
                        )
        os.replace(part, path)
    except OSError as error:
        raise fail("V603", path=path, reason=error.strerror or error, file=path) from None
    finally:
        with suppress(OSError):  # it is there only when writing was broken off
            part.unlink()
    return path
