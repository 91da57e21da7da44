"""Cautions: what to watch for with a treatment, and which of it applies to one person and plan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..errors import did_you_mean, fail
from ..tables import atlas_names, atlas_path, read_toml
from .background import load_background, load_medical
from .dose import Dose, is_per_kg
from .patient import Patient
from .route import Studied, load_routes
from .section import Section

_KEYS = (
    "when", "text", "source", "background", "medical", "conditions", "beside", "doses", "within_days", "daily_mg",
    "hours",
)  # fmt: skip
_OF_DRUGS = ("drugs", "routes", *_KEYS)
_LONGEST = 36_600.0  # days
_LONG_INFUSION = 4.0  # hours; the ranges of amounts are of single sessions
_DAY = 24.0  # hours
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Caution:
    """One thing to watch for.

    Attributes:
        text: the sentence.
        source: key of the list of sources.
        when: for whom, in words; '' when it is for everybody.
        background, medical, conditions: it applies to a person with one of these.
        beside: it applies to a plan that gives one of these drugs beside the one it is about.
        doses: it applies to a plan with so many doses or more ...
        within_days: ... within so many days; 0 doses: the plan does not matter.
        hours: of infusions, only those that run at least so long count.
        daily_mg: it applies to a plan with more than so many mg within a day; 0: the amount does not matter.
        drugs, routes: whose doses it is about; () for all of the treatment.
    """

    text: str
    source: str
    when: str = ""
    background: tuple[str, ...] = ()
    medical: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    doses: int = 0
    within_days: float = _LONGEST
    drugs: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    daily_mg: float = 0.0
    hours: float = 0.0

    def of(self, doses: Iterable[Dose]) -> list[Dose]:
        """The doses it is about: those that give something, of its drugs and routes."""
        return [
            dose
            for dose in doses
            if dose.amount > 0
            and (not self.drugs or dose.drug in self.drugs)
            and (not self.routes or dose.route in self.routes)
        ]

    def applies(self, doses: Sequence[Dose], patient: Patient) -> bool:
        """Whether it is for this person with this plan."""
        pairs = (
            (self.background, patient.background),
            (self.medical, patient.medical),
            (self.conditions, patient.conditions),
            (self.beside, self._others(doses)),
        )
        if any(named for named, _ in pairs) and not any(set(named) & set(has) for named, has in pairs):
            return False
        given = self.of(doses)
        if self.drugs and not given:
            return False
        if self.daily_mg and not _most_in_a_day(given, patient.weight) > self.daily_mg * (1 + _ROUNDING):
            return False
        sessions = [start for start, length in _sessions(given) if length >= self.hours]
        if not sessions and self.hours:
            return False
        return self.doses == 0 or _most_within(sessions, self.within_days) >= self.doses

    def _others(self, doses: Sequence[Dose]) -> tuple[str, ...]:
        """Drugs of the plan that stand beside one it is about; a drug does not stand beside itself."""
        given = {dose.drug for dose in doses if dose.amount > 0}
        about = given & set(self.drugs) if self.drugs else given
        return tuple(drug for drug in given if about - {drug})


def _sessions(doses: Sequence[Dose]) -> list[tuple[float, float]]:
    """Day and length in hours of each session; the steps of one titrated infusion are one."""
    found: list[tuple[float, float]] = []
    over = -_LONGEST
    for dose in sorted(doses, key=lambda dose: dose.hour):
        if dose.hours and dose.hour <= over * (1 + _ROUNDING):
            day, length = found[-1]
            found[-1] = (day, max(length, dose.hour + dose.hours - 24.0 * day))
        else:
            found.append((dose.day, dose.hours))
        over = dose.hour + dose.hours
    return found


def _most_within(starts: Sequence[float], days: float) -> int:
    """The largest number of sessions, by their rising days, in any stretch of so many days."""
    most = first = 0
    for last, day in enumerate(starts):
        while day - starts[first] >= days:
            first += 1
        most = max(most, last - first + 1)
    return most


def _most_in_a_day(doses: Sequence[Dose], weight: float) -> float:
    """The largest mg within 24 hours; of a long infusion what runs in a day."""
    parts = sorted(
        (dose.hour, dose.milligrams(weight) * min(1.0, _DAY / max(dose.hours, _DAY))) for dose in doses
    )
    most = total = 0.0
    first = 0
    for hour, milligrams in parts:
        total += milligrams
        while hour - parts[first][0] >= _DAY * (1 - _ROUNDING):
            total -= parts[first][1]
            first += 1
        most = max(most, total)
    return most


def read_caution(row: Section, of_drugs: bool = False) -> Caution:
    """A caution from its table; raises V401 and V411-V413 for a mistake."""
    row.allow(_OF_DRUGS if of_drugs else _KEYS, needed=("text", "source", *(("drugs",) if of_drugs else ())))
    return Caution(
        text=row.text("text"),
        source=row.text("source"),
        when=row.text("when"),
        background=_known(row, "background", load_background()),
        medical=_known(row, "medical", load_medical()),
        conditions=_known(row, "conditions", atlas_names("conditions")),
        doses=int(row.quantity("doses", "1", 0.0, 0.0, 10_000.0)),
        within_days=row.quantity("within_days", "d", _LONGEST, 0.0, _LONGEST),
        drugs=_known(row, "drugs", load_routes()),
        routes=row.names("routes"),
        beside=_known(row, "beside", load_routes()),
        daily_mg=row.quantity("daily_mg", "1", 0.0, 0.0, 100_000.0),
        hours=row.quantity("hours", "h", 0.0, 0.0, _LONGEST),
    )


def _known(row: Section, key: str, known: Iterable[str]) -> tuple[str, ...]:
    names = row.names(key)
    for name in names:
        if name not in known:
            facts = {"known": ", ".join(known), "hint": did_you_mean(name, known)}
            raise fail("V413", key=key, value=name, **facts, **row.place(key))
    return names


@lru_cache(maxsize=1)
def drug_cautions() -> tuple[Caution, ...]:
    """Everything there is to watch for with the drugs of the atlas."""
    path = atlas_path("warnings.toml")
    page = Section("the warnings", read_toml(path), path)
    return tuple(read_caution(row, of_drugs=True) for row in page.tables("warning", "a warning"))


def cautions_of(doses: Sequence[Dose]) -> tuple[Caution, ...]:
    """What there is to watch for with the drugs of these doses, whoever gets them."""
    return tuple(caution for caution in drug_cautions() if caution.of(doses))


def outside_studied(
    doses: Sequence[Dose], weight: float, limits: Studied | None = None
) -> list[tuple[str, str]]:
    """A sentence and its source for each kind of dose that lies outside the range with evidence.

    Args:
        doses: of the plan; infusions of more than four hours are compared by their rate.
        weight: kg, to compare doses in mg with ranges in mg/kg and the other way round.
        limits: the range that stands in the treatment itself, beside those of the drugs.
    """
    told: dict[str, str] = {}
    for dose in doses:
        route, long = load_routes()[dose.drug][dose.route], dose.hours > _LONG_INFUSION
        ranges = (route.studied_rate,) if long else (route.studied, limits)
        for studied in dict.fromkeys(ranges):
            if studied is None or not dose.amount > 0:
                continue
            milligrams = dose.milligrams(weight)
            amount = milligrams / weight if long or is_per_kg(studied.unit) else milligrams
            amount /= dose.hours if long else 1.0
            if not studied.low * (1 - _ROUNDING) <= amount <= studied.high * (1 + _ROUNDING):
                side = "below" if amount < studied.low else "above"
                sentence = (
                    f"{dose.drug} {dose.route} {amount:.3g} {studied.unit} lies {side} the range with evidence, "
                    f"{studied.low:g} to {studied.high:g} {studied.unit}: {studied.meaning}."
                )
                told.setdefault(sentence, studied.source)
    return list(told.items())


def warnings_for(
    cautions: Sequence[Caution], doses: Sequence[Dose], patient: Patient, limits: Studied | None = None
) -> list[tuple[str, str]]:
    """Sentence and source of what applies to one person and plan.

    Args:
        cautions: of the treatment.
        doses: of the treatment.
        patient: the person.
        limits: the range of doses that stands in the treatment itself.
    """
    told = [(caution.text, caution.source) for caution in cautions if caution.applies(doses, patient)]
    return [*told, *outside_studied(doses, patient.weight, limits)]
