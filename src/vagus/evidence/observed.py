"""The published values of `atlas/behaviour.csv`, each with the band the model is held to."""

from dataclasses import dataclass

from ..errors import did_you_mean, fail
from ..tables import atlas_path, read_rows

_COLUMNS = ("key", "what", "unit", "observed", "low", "high", "use", "source", "note")
USES = ("fitted", "compared", "shape", "gap")


@dataclass(frozen=True)
class Observed:
    """One row of `behaviour.csv`.

    Attributes:
        key: experiment and value, such as endotoxin.tnf.
        what: in words.
        unit: of the value.
        observed: as published, in words.
        low, high: the band the model is held to.
        use: fitted (a number of the model was set on it), compared, shape (a direction or order), gap (not reached).
        source: key of `sources.bib`.
        note: what to know; for a gap the reason.
    """

    key: str
    what: str
    unit: str
    observed: str
    low: float
    high: float
    use: str
    source: str
    note: str


def read_observed() -> list[Observed]:
    """The rows of `behaviour.csv`; raises V101-V105 for a table that cannot be read, V485 for a use that is none."""
    rows = read_rows(atlas_path("behaviour.csv"), _COLUMNS)
    for row in rows:
        if row["use"] not in USES:
            problem = f"{row['key']}: '{row['use']}' is no use of a value"
            hint = did_you_mean(row["use"], USES) or f"it is one of {', '.join(USES)}"
            raise fail(
                "V485", table="behaviour.csv", problem=problem, hint=hint, file=row.file, line=row.line
            )
    return [
        Observed(
            **{name: row[name] for name in ("key", "what", "unit", "observed", "use", "source", "note")},
            low=float(row["low"]),
            high=float(row["high"]),
        )
        for row in rows
    ]
