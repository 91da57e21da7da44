"""The finished tables a report is drawn from: plain frozen records, no science.

Whoever fills these records has done all computing. The report only draws, counts and words what stands here, so the
same records serve the HTML report, the terminal and the web page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LAST_DAY = 84.0  # of the last outcomes, where the course is long enough (people.course.OUTCOME_DAYS)


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One quantity over the course, with treatment and without, on one grid of days.

    key, label: short name and name to show. unit: as in the tables ("1" for none). kind: mental, physical or vital.
    low, high: bounds of the drawn axis. better: which way is good (lower, higher, none).
    days, treated, untreated: shape (t,); for many people the middle value. placebo: the same visits without the drug,
    or None. *_low, *_high: band between people, shape (t,), or None. valid: shape (t,), False where the scale cannot
    be asked; None = everywhere.
    bands: (from, name) of the severity bands, rising. worst_grade: worst grade of evidence behind the curve.
    """

    key: str
    label: str
    unit: str
    kind: str
    low: float
    high: float
    better: str
    days: Numbers
    treated: Numbers
    treated_low: Numbers | None = None
    treated_high: Numbers | None = None
    untreated: Numbers
    untreated_low: Numbers | None = None
    untreated_high: Numbers | None = None
    placebo: Numbers | None = None
    valid: NDArray[np.bool_] | None = None
    bands: Sequence[tuple[float, str]] = ()
    worst_grade: str = ""

    def __post_init__(self) -> None:
        for name in (
            "treated",
            "treated_low",
            "treated_high",
            "untreated",
            "untreated_low",
            "untreated_high",
            "placebo",
            "valid",
        ):
            column = getattr(self, name)
            if column is not None and np.shape(column) != np.shape(self.days):
                raise ValueError(
                    f"curve {self.key}: {name} has shape {np.shape(column)}, days {np.shape(self.days)}"
                )
        if not self.low < self.high:
            raise ValueError(f"curve {self.key}: the axis needs low < high, got {self.low} and {self.high}")


@dataclass(frozen=True)
class Dose:
    """One dose given: day since the first dose, drug, amount in unit, route, and the minutes it took (0 = at once)."""

    day: float
    drug: str
    amount: float
    unit: str
    route: str
    minutes: float


@dataclass(frozen=True)
class Outcome:
    """One score at the times people ask for; None where the scale cannot be asked, with the reason in `note`.

    week_12 and what is beside it: at the end of the course where that comes before week 12 (`CourseReport.last_time`).
    reliable, important: least change that is more than the scale varies by itself, and that matters to people.
    """

    key: str
    label: str
    unit: str
    kind: str
    baseline: float | None
    day_1: float | None
    week_3: float | None
    week_12: float | None
    untreated_week_12: float | None
    note: str = ""
    untreated_week_3: float | None = None
    placebo_week_3: float | None = None
    placebo_week_12: float | None = None
    reliable: float | None = None
    important: float | None = None


@dataclass(frozen=True)
class Acute:
    """One vital sign around the first dose: value before, value furthest from it, and minutes from start to that."""

    key: str
    label: str
    unit: str
    baseline: float | None
    peak: float | None
    minutes_to_peak: float | None


@dataclass(frozen=True)
class SourceLine:
    """One source: key, citation, DOI or address, its worst grade here, and how many numbers rest on it."""

    key: str
    text: str
    doi_or_url: str
    grade: str
    used_for: int


@dataclass(frozen=True)
class MapNode:
    """One system on the map: label, group (brain, body, outside), middle of its box, and the state that stands for it.

    before, after: words of its value without and with treatment. tone: how far it moved, 1 all the way to health,
    -1 as far away from it, None where there is no way to go. given: a drug of this treatment.
    """

    name: str
    label: str
    group: str
    place: tuple[float, float]
    lead: str = ""
    before: str = ""
    after: str = ""
    tone: float | None = None
    given: bool = False


@dataclass(frozen=True)
class MapArrow:
    """One arrow of the map: sign (1 raises, -1 lowers, 2 both, 0 silent at rest), its worst grade, and in words.

    weight: its share of all that reaches the receiver, 0 to 1; None where that is not known.
    """

    giver: str
    receiver: str
    sign: int
    grade: str
    words: str
    weight: float | None = None


@dataclass(frozen=True)
class BodyMap:
    """The map of the body: systems and the arrows between them; moved: the nodes carry a change, that of `day`.

    between: what the two values of a node are called. weighing: between what the weights of the arrows were taken.
    """

    nodes: Sequence[MapNode]
    arrows: Sequence[MapArrow]
    moved: bool = False
    day: float = 0.0
    between: tuple[str, str] = ("without", "with treatment")
    weighing: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class CourseReport:
    """All tables of one simulated course.

    title: heading of the report. person: (label, value) lines. people: how many were simulated (n).
    treatment_title, treatment_meaning: name and plain meaning of the treatment. clock: averaged or full.
    rtol: relative tolerance of the solver. days: length of the course. acute_curves: curves of the first hours, days
    counted from the dose they are about. acute_of, acute_day: its drug and day, where it is not the first dose of the
    course. grade_counts: grade -> how many numbers of the model carry it.
    failed: (person, code, sentence) of each person left out. band_meaning: what the shaded band between people holds.
    visits: days on which somebody is seen, told where no dose is given. since: what day 0 is.
    sentences: the course in words; left empty, the report words it itself. headline: (label, sentence) lines of the
    first screen. cautions: what there is to watch for with this treatment. body: the map of the body, or None.
    """

    title: str
    person: Sequence[tuple[str, str]]
    people: int
    treatment_title: str
    treatment_meaning: str
    clock: str
    rtol: float
    version: str
    seed: int
    days: float
    curves: Sequence[Curve]
    doses: Sequence[Dose]
    outcomes: Sequence[Outcome]
    acute: Sequence[Acute] = ()
    acute_curves: Sequence[Curve] = ()
    acute_of: str = ""
    acute_day: float = 0.0
    sources: Sequence[SourceLine] = ()
    worst_grade: str = ""
    grade_counts: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    failed: Sequence[tuple[str, str, str]] = ()
    band_meaning: str = ""
    sentences: Sequence[str] = ()
    headline: Sequence[tuple[str, str]] = ()
    cautions: Sequence[str] = ()
    body: BodyMap | None = None
    visits: Sequence[float] = ()

    @property
    def last_time(self) -> str:
        """When the last outcomes are read: "week 12", or the day on which a shorter course ends."""
        return "week 12" if self.days >= LAST_DAY else f"day {self.days:g}"

    @property
    def since(self) -> str:
        """What time is counted from: the first dose, the first visit where none is given, else the start."""
        return "the first dose" if self.doses else "the first visit" if self.visits else "the start"

    @property
    def acute_title(self) -> str:
        """What the first hours are about: "Around the first dose", of another drug and day where need be."""
        of = f" of {self.acute_of} (day {self.acute_day:.3g})" if self.acute_of else ""
        return f"Around the first dose{of}"

    @property
    def acute_heading(self) -> str:
        """The heading over them: of a day, or of the days through which an infusion runs."""
        long = any(float(curve.days[-1]) > 2 for curve in self.acute_curves)
        return "The days of the infusion" if long else "The dosing day"

    @property
    def has_placebo(self) -> bool:
        """True when the same visits without the drug were followed beside it."""
        return any(curve.placebo is not None for curve in self.curves)
