"""What a study does that is not a drug, from `atlas/activities.csv`: which input of the body is held, and how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..tables import atlas_path, read_parameters, read_rows

_COLUMNS = ("kind", "input", "way", "amount", "hours", "span", "care", "source", "grade", "meaning")


@dataclass(frozen=True)
class Kind:
    """One kind of activity.

    Attributes:
        key: its name in a study file.
        input, way, amount: what is held, as in a treatment, at intensity 1.
        hours: length of one session.
        span: "session" holds it for each, "course" from the first to one interval after the last, "onward" from the
            first on.
        care: people are met at each.
        neutral, low, high: of the input, from its table.
        source, grade: what it rests on.
    """

    key: str
    input: str
    way: str
    amount: float
    hours: float
    span: str
    care: bool
    neutral: float
    low: float
    high: float
    source: str
    grade: str

    def level(self, intensity: float) -> float:
        """What is held at an intensity: 0 is nothing, 1 the amount of the table, more goes further to its bounds."""
        if self.way == "factor":
            return max(1.0 + (self.amount - 1.0) * intensity, 0.0)
        neutral = self.neutral if self.way == "value" else 0.0
        return min(max(neutral + (self.amount - neutral) * intensity, self.low), self.high)


@lru_cache(maxsize=1)
def load_activities() -> Mapping[str, Kind]:
    """Every kind of activity by its name."""
    entries = read_parameters()
    return {
        row["kind"]: Kind(
            key=row["kind"],
            input=row["input"],
            way=row["way"],
            amount=float(row["amount"]),
            hours=float(row["hours"]),
            span=row["span"],
            care=row["care"] == "yes",
            neutral=entries[row["input"]].value,
            low=entries[row["input"]].low,
            high=entries[row["input"]].high,
            source=row["source"],
            grade=row["grade"],
        )
        for row in read_rows(atlas_path("activities.csv"), _COLUMNS)
    }
