"""The finished tables of a report on one person: plain frozen records, worded and rounded, no science."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .record import BodyMap, SourceLine


@dataclass(frozen=True)
class Fan:
    """The forecast of one scale under one plan: days, and the values at 5, 25, 50, 75 and 95 percent."""

    plan: str
    title: str
    days: Sequence[float]
    quantiles: Sequence[Sequence[float]]
    doses: Sequence[float] = ()


@dataclass(frozen=True)
class ScalePanel:
    """One scale: readings (day, value), the day the forecast begins, its fans, and the range of the scale."""

    key: str
    label: str
    low: float
    high: float
    readings: Sequence[tuple[float, float]]
    given: Sequence[float]
    start: float
    fans: Sequence[Fan]


@dataclass(frozen=True)
class Loop:
    """One loop: title, what it is in words, and for each scale its label, quantiles (5) in points and verdict."""

    title: str
    words: str
    grade: str
    parts: Sequence[tuple[str, Sequence[float], str]]


@dataclass(frozen=True, kw_only=True)
class FollowReport:
    """All tables of the report on one person.

    title: heading. virtual: the person is made up. person: (label, value) lines. brief: (label, sentence) lines of the
    first screen. warning: said loudly when the person is unlike the people the model knows, else ''. voice_head,
    voice: the table of the scores themselves. panels: figures. weeks_head, weeks: the forecast week by week, a row for
    each scale, plan and week. chances_head, chances: shares that respond, remit and relapse. differences: rows (plans,
    scale, difference, what it allows to say). plans_head, plans: the plans at a glance.
    loops: what holds the state up. loops_note: how to read it. body: the map. peaks: (plan, day, before, peak, rise).
    composites_head, composites: rows. basis: (label, value) lines. inputs: (line, when, what, value). sources, grades:
    what the numbers rest on. cautions: what to watch for with what is planned. odd: sentences on odd readings.
    """

    title: str
    virtual: bool
    person: Sequence[tuple[str, str]]
    brief: Sequence[tuple[str, str]]
    warning: str
    voice_head: Sequence[str]
    voice: Sequence[Sequence[str]]
    panels: Sequence[ScalePanel]
    weeks_head: Sequence[str]
    weeks: Sequence[Sequence[str]]
    chances_head: Sequence[str]
    chances: Sequence[Sequence[str]]
    differences: Sequence[Sequence[str]]
    plans_head: Sequence[str]
    plans: Sequence[Sequence[str]]
    loops: Sequence[Loop]
    loops_note: str
    peaks: Sequence[Sequence[str]]
    composites_head: Sequence[str]
    composites: Sequence[Sequence[str]]
    basis: Sequence[tuple[str, str]]
    inputs: Sequence[Sequence[str]]
    odd: Sequence[str] = ()
    cautions: Sequence[str] = ()
    sources: Sequence[SourceLine] = ()
    grades: Mapping[str, int] = field(default_factory=dict)
    worst: str = ""
    version: str = ""
    body: BodyMap | None = None
