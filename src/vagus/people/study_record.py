"""The records of a study file, one to one as the file says them; times are days after the first dose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..tables import Place
from .form import Form
from .measure import Measure


@dataclass(frozen=True)
class Spread:
    """A number that differs between people; what the study does not say is None.

    Attributes:
        mean, sd: of the people who took part.
        low, high: bounds of inclusion.
    """

    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Severity:
    """A score at the start: mean and SD at baseline, and the bounds that screening kept to.

    Attributes:
        instrument: as the file calls it.
        measure: what that is in the model.
        score: mean, SD and bounds in points of the published scale.
    """

    instrument: str
    measure: Measure
    score: Spread


@dataclass(frozen=True)
class Population:
    """Who takes part.

    Attributes:
        conditions: keys of the atlas; the words of the file where the model lacks all of them.
        traits: what else they share, by the names of `atlas/traits`.
        age: years. weight_kg: kg. female: share of women. What the file leaves out is that of `study_defaults.toml`.
        severity: scores at the start.
        background: treatments everybody stays on, by keys of `treatments` or `interactions.toml`: sertraline is "ssri".
        kind: bistable, loaded or resilient; None for the mixture of the condition.
        left_out: words of the file that change nothing in the model, with the reason.
        reason: why such people cannot be made; None when they can.
    """

    conditions: tuple[str, ...]
    traits: tuple[str, ...] = ()
    age: Spread = field(default_factory=Spread)
    weight_kg: Spread = field(default_factory=Spread)
    female: float = 0.5
    severity: tuple[Severity, ...] = ()
    background: tuple[str, ...] = ()
    kind: str | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class Step:
    """A stretch of an infusion: from so many hours after its start, at a rate in the unit of the dose."""

    from_h: float
    rate: float


@dataclass(frozen=True)
class DoseBlock:
    """A regimen of one drug.

    Attributes:
        drug: its name in `drug_equivalents.csv`, or as the file says it where that knows none.
        route: key of the routes of `drugs.toml`, or as the file says it.
        amount: in `unit` (a rate where the unit is one); None for no drug, steps and flexible doses.
        unit: of amount, flexible and rates.
        duration_min: of an infusion; 0 is at once.
        days: start of every dose, days after the first dose of the study, rising.
        steps: of an infusion that changes its rate.
        flexible: amounts of which each person gets one.
        reason: why it cannot be simulated; None when it can.
    """

    drug: str
    route: str
    amount: float | None
    unit: str
    duration_min: float
    days: tuple[float, ...]
    steps: tuple[Step, ...] = ()
    flexible: tuple[float, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Activity:
    """What is done that is not a drug.

    Attributes:
        kind: a row of `activities.csv`.
        days: start of each, days after the first dose, rising.
        duration_h: length of each in hours; None for the usual one.
        intensity: 1 is usual.
    """

    kind: str
    days: tuple[float, ...]
    duration_h: float | None = None
    intensity: float = 1.0


@dataclass(frozen=True)
class Blinding:
    """What people can know: the control of the study, and an expectancy from 0 to 1 that wins over the model."""

    control: str | None = None
    expectancy: float | None = None


@dataclass(frozen=True)
class Arm:
    """People who get the same.

    Attributes:
        name, n: name and number of people.
        doses, activities, blinding: what they get and can know.
        population: who they are: that of the study with what the arm says otherwise.
        first_dose_clock: time of the day of the first dose.
        own_population: the arm has a population of its own, so it cannot share its people with the other arms.
        reason: why the arm cannot be simulated; None when it can.
    """

    name: str
    n: int
    doses: tuple[DoseBlock, ...]
    activities: tuple[Activity, ...]
    blinding: Blinding
    population: Population
    first_dose_clock: str = "08:00"
    own_population: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class Phase:
    """A stretch of the study.

    Attributes:
        name: its name.
        start_d, until_d: days after the first dose.
        enter_if: response, remission, nonresponse or all.
        instrument, measure: the scale that decides it; None where the file names none.
        randomise: arms people are drawn to again; () where everybody stays in the own arm.
        cutoff: where response and remission are counted from.
    """

    name: str
    start_d: float
    until_d: float
    enter_if: str = "all"
    instrument: str | None = None
    measure: Measure | None = None
    randomise: tuple[str, ...] = ()
    cutoff: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Crossover:
    """Sequences of arms people are drawn to, and the days from the last dose of one period to the next period."""

    order: tuple[tuple[str, ...], ...]
    washout_d: float


@dataclass(frozen=True)
class Outcome:
    """One published number, or (value None) one that a planned study will look at.

    Attributes:
        arm, versus: arm minus versus; versus is None for a number of one arm.
        instrument: as the file calls it. measure: what that is in the model.
        time_d: days after the first dose, also where the file says hours; None for a quantity of the whole course.
        time_h: hours, as written; None where the file says days.
        quantity, value, se, sd, ci, ci_level, n: as the file says; n is that of the arm where it says none.
        unit: of the value; that of the measure where the file says none.
        scale: the value times this is in the unit of the measure (auc: times h; tmax: h; median_time: d).
        percent: the value is a change in percent of the start.
        site, contrast, statistic, cutoff, from_screening: as the file says.
        alpha: of an endpoint.
        reason: why the model cannot predict it; None when it can.
        evidence, note: where it is from, and what a reader should know.
        line: of the file.
    """

    arm: str
    quantity: str
    instrument: str | None
    measure: Measure | None
    versus: str | None = None
    time_d: float | None = None
    time_h: float | None = None
    value: float | None = None
    se: float | None = None
    sd: float | None = None
    ci: tuple[float, float] | None = None
    ci_level: float = 0.95
    n: int = 1
    unit: str = "1"
    scale: float = 1.0
    percent: bool = False
    site: str | None = None
    contrast: str | None = None
    statistic: str = "mean"
    cutoff: Mapping[str, float] = field(default_factory=dict)
    from_screening: bool = False
    alpha: float = 0.05
    reason: str | None = None
    evidence: str = ""
    note: str = ""
    line: int | None = None


#: An endpoint of a planned study is an outcome without a value.
Endpoint = Outcome


@dataclass(frozen=True)
class Dropout:
    """People who leave.

    Attributes:
        rate_per_week: share who leave each week.
        log_odds_per_point: what each point of non-improvement adds to the log odds of leaving.
        rescue_below: part of the score at the start that must be gone at the weekly looks; who has lost less is given
            another treatment and leaves. None: nobody is rescued by a rule.
        rescue_from_d: day of the first such look.
    """

    rate_per_week: float = 0.0
    log_odds_per_point: float = 0.0
    rescue_below: float | None = None
    rescue_from_d: float = 14.0

    @property
    def happens(self) -> bool:
        """Whether anybody can leave."""
        return self.rate_per_week > 0 or self.rescue_below is not None


@dataclass(frozen=True)
class Study:
    """One published or planned study; what `read_study` gives.

    Attributes:
        id, title, citation, doi, split: as the file says.
        duration_d: days simulated after the first dose; of each period of a cross-over.
        population: who takes part, without what single arms say otherwise.
        arms, phases, crossover, outcomes, endpoints, dropout: see their records.
        file: where it was read from.
        notes: what a reader of a result should know: defaults that were taken, words that change nothing.
        form: the file as it was read, for the places of errors.
    """

    id: str
    title: str
    citation: str
    doi: str
    split: str
    duration_d: float
    population: Population
    arms: tuple[Arm, ...]
    phases: tuple[Phase, ...]
    crossover: Crossover | None
    outcomes: tuple[Outcome, ...]
    endpoints: tuple[Endpoint, ...]
    dropout: Dropout
    file: Path
    notes: tuple[str, ...] = ()
    form: Form | None = field(default=None, repr=False, compare=False)

    def arm(self, name: str) -> Arm:
        """The arm of that name; KeyError when there is none, which the reader has ruled out for names of the file."""
        return {arm.name: arm for arm in self.arms}[name]

    def place(self, *where: str | int) -> Place:
        """Where an entry stands: place("outcome", 3, "time_d"); for errors."""
        if self.form is None:
            return Place(file=str(self.file), line=None, text=None)
        return self.form.place(*where)
