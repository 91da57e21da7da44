"""What a laboratory adds: one sample of an unchanged person differs from the next.

`atlas/assays.csv` gives for each measured quantity the coefficient of variation of the assay and that of a person from
one visit to the next. Both make one factor with median 1, log-normal, independent from sample to sample.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import fail
from ..tables import Row, atlas_path, read_rows

_COLUMNS = ("name", "assay_cv", "within_cv", "source", "grade", "meaning")


@dataclass(frozen=True)
class Assay:
    """One measured quantity.

    Attributes:
        name: full name of the output.
        assay_cv: coefficient of variation of the measurement itself.
        within_cv: coefficient of variation of an unchanged person from one visit to the next.
        source, grade: where the two numbers come from.
        meaning: in words.
    """

    name: str
    assay_cv: float
    within_cv: float
    source: str
    grade: str
    meaning: str

    @property
    def log_sd(self) -> float:
        """Standard deviation of the log of one sample around what the person has on average."""
        return float(np.sqrt(np.log1p(self.assay_cv**2) + np.log1p(self.within_cv**2)))


@lru_cache(maxsize=1)
def load_assays() -> Mapping[str, Assay]:
    """Every measured quantity of `atlas/assays.csv` by full name.

    Raises:
        VagusError: V305 for a coefficient that is no number from 0 to 1.
    """
    return {row["name"]: _read(row) for row in read_rows(atlas_path("assays.csv"), _COLUMNS)}


def _read(row: Row) -> Assay:
    assay_cv, within_cv = (_coefficient(row, column) for column in ("assay_cv", "within_cv"))
    return Assay(row["name"], assay_cv, within_cv, row["source"], row["grade"], row["meaning"])


def _coefficient(row: Row, column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = np.nan
    if not 0.0 <= value <= 1.0:
        raise fail("V305", column=column, name=row["name"], value=row[column], file=row.file, line=row.line)
    return value


def assay_noise(name: str, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factors on the values of one quantity, as many as `z`, independent standard normal numbers (any shape).

    All 1 where the table has no row: a score, or a state that nobody can measure.
    """
    assay = load_assays().get(name)
    return np.ones_like(z) if assay is None else np.exp(assay.log_sd * z)
