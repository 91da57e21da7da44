"""The finished tables a report of a trial is drawn from: plain frozen records, no science."""

from collections.abc import Sequence
from dataclasses import dataclass

from .record import Numbers


@dataclass(frozen=True)
class ArmCurve:
    """A score in one arm: mean, the middle 90 % of people, and single people (lines, days)."""

    arm: str
    mean: Numbers
    low: Numbers
    high: Numbers
    people: Numbers


@dataclass(frozen=True)
class TrialCurve:
    """One score over the study: key and label, days of the visits, lowest and highest total, its arms."""

    key: str
    label: str
    days: Numbers
    low: float
    high: float
    arms: Sequence[ArmCurve]


@dataclass(frozen=True)
class FlowBox:
    """One arm of the flow chart.

    stage: who goes on into the phase of the arm, in words; '' for arms that begin at the start.
    rescue: whether the study has a rule for rescue; without one `rescued` are those who left worse off than their arm.
    """

    arm: str
    entered: int
    rescued: int
    left: int
    missed: int
    completed: int
    stage: str = ""
    rescue: bool = False


@dataclass(frozen=True)
class ForestRow:
    """One published number beside its prediction; None where there is none.

    label: what it is. place: where the row's numbers lie from 0 (lowest drawn) to 1, as is every number of `bars`.
    observed, observed_low, observed_high, predicted, low, high: in the unit of the number, as text.
    verdict: inside, outside, or why it is not predicted.
    """

    label: str
    detail: str
    observed: str
    interval: str
    predicted: str
    expected: str
    verdict: str
    bars: Sequence[float] = ()


@dataclass(frozen=True)
class SummaryRow:
    """Change of a score in an arm by the last visit: cells of the ways of counting."""

    arm: str
    label: str
    cells: Sequence[str]


@dataclass(frozen=True)
class EndpointRow:
    """One endpoint of a planned study: words for the table."""

    label: str
    difference: str
    power: str
    sizes: str
    needed: str
    test: str


@dataclass(frozen=True)
class TrialReport:
    """Everything the report of a trial shows."""

    title: str
    citation: str
    link: str
    facts: Sequence[tuple[str, str]]
    recruited: Sequence[tuple[str, int]]
    flow: Sequence[FlowBox]
    curves: Sequence[TrialCurve]
    ways: Sequence[str]
    summary_day: float
    summary: Sequence[SummaryRow]
    forest: Sequence[ForestRow]
    endpoints: Sequence[EndpointRow]
    repeated: Sequence[tuple[str, str]]
    recipe: Sequence[str]
    version: str
    seed: int
    people: int
