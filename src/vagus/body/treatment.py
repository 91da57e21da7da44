"""`Treatment`: a course of doses and visits as data, and what it changes in one person's simulation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import did_you_mean, fail
from ..solve.events import Change
from ..tables import GRADES, atlas_names, atlas_path, read_toml
from ..units import parse_unit
from .caution import Caution, cautions_of, read_caution, warnings_for
from .dose import Dose, Visit, is_per_kg
from .habituation import habituation_changes
from .hold import Hold, Jump, drug_holds, hold_changes, read_holds
from .model import Array, Model
from .patient import Patient
from .route import Studied, load_routes
from .section import Section

DAY_ZERO_CLOCK = 8.0  # hours; day 0 08:00 is the first dose and time 0 of every simulation
_DOSE_KEYS = (
    "drug", "amount", "unit", "route", "duration", "days", "every", "for_days", "start_day", "clock", "visit", "care",
)  # fmt: skip
_KEYS = (
    "title", "meaning", "control", "belief", "care", "grade", "sources", "dose", "visit", "hold", "limits",
)  # fmt: skip
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MOST_DOSES = 10_000  # of one table
_MOST_CARE = 10.0  # visits at once
_LAST_DAY = 36_600.0
_PAUSE = 1e-6  # hours; less is rounding
_SHORTEST, _LONGEST = 1.0 / 3600.0, 8784.0  # hours of an infusion, and between two doses


@dataclass(frozen=True)
class Treatment:
    """A course of treatment.

    Attributes:
        key: its name.
        doses: in order of time.
        visits: contacts that feed expectancy.
        holds: inputs that are changed for some time.
        cautions: what there is to watch for, whoever is treated.
        limits: the range of single doses that has evidence, as the file tells it.
        jumps: states that are raised at once; only studies of challenges have them.
    """

    key: str
    title: str
    meaning: str
    grade: str
    sources: tuple[str, ...]
    doses: tuple[Dose, ...] = ()
    visits: tuple[Visit, ...] = ()
    holds: tuple[Hold, ...] = ()
    cautions: tuple[Caution, ...] = ()
    limits: Studied | None = None
    jumps: tuple[Jump, ...] = ()

    @property
    def all_holds(self) -> tuple[Hold, ...]:
        """The inputs that are changed, with those that its drugs bring along."""
        return (*drug_holds(self.doses), *self.holds)

    def runs_until(self, hour: float) -> float:
        """Hour at which all is given that begins at an hour, with the infusions that follow without a pause.

        Arguments: `hour` of a dose. Returns that hour itself for what is given at once.
        """
        end = hour
        for dose in self.doses:
            if dose.amount > 0 and hour <= dose.hour <= end + _PAUSE:
                end = max(end, dose.hour + dose.hours)
        return end

    @property
    def warnings(self) -> tuple[tuple[str, str], ...]:
        """Sentence and source of everything there is to watch for, whoever is treated."""
        return tuple((caution.text, caution.source) for caution in self.cautions)

    def warnings_for(self, patient: Patient) -> list[tuple[str, str]]:
        """Sentence and source of what applies to this person and this plan."""
        return warnings_for(self.cautions, self.doses, patient, self.limits)


def load_treatment(name: str | Path) -> Treatment:
    """A treatment of the atlas by its key (or several, joined by +), or of a TOML file by its path.

    Raises:
        VagusError: V403 unknown treatment, V404 unknown drug, V406 negative dose, V401 unknown key, V411 a key is
            missing, V412/V413 a value of the wrong kind, V301-V304 a unit or number that makes no sense, V407 a number
            outside its range, V416 a dose before the start, V417 too many doses.
    """
    known = atlas_names("treatments")
    if "+" in str(name) and not str(name).endswith(".toml"):
        return _together([load_treatment(part.strip()) for part in str(name).split("+")])
    if str(name) in known:
        path = atlas_path("treatments", f"{name}.toml")
    elif str(name).endswith(".toml"):
        path = Path(name)
    else:
        hint = did_you_mean(str(name), known) or f"the treatments are: {', '.join(known)}"
        raise fail("V403", name=name, hint=hint)
    page = Section("a treatment", read_toml(path), path)
    page.allow(_KEYS, needed=("title", "meaning", "grade", "sources"))
    page.text("control", "open", choices=(*_controls(), "blinded"))
    if page.text("grade") not in GRADES:
        hint = did_you_mean(page.text("grade"), GRADES)
        raise fail("V310", name=path.stem, grade=page.text("grade"), hint=hint, **page.place("grade"))
    care, belief = page.quantity("care", "1", 0.0, 0.0, _MOST_CARE), _belief(page)
    doses: list[Dose] = []
    visits: list[Visit] = []
    for row in page.tables("dose", "a dose"):
        found = _doses(row)
        doses += found
        if row.flag("visit", True) and "care" in page.data:
            here = row.quantity("care", "1", care, 0.0, _MOST_CARE)
            visits += [Visit(dose.hour, here, belief) for dose in found]
    for row in page.tables("visit", "a visit"):
        visits += _visits(row, belief)
    doses.sort(key=lambda dose: dose.hour)
    limits = page.table("limits", "the limits of a treatment")
    return Treatment(
        key=path.stem,
        title=page.text("title"),
        meaning=page.text("meaning"),
        grade=page.text("grade"),
        sources=page.names("sources"),
        doses=tuple(doses),
        visits=tuple(sorted(visits, key=lambda visit: visit.hour)),
        holds=tuple(hold for row in page.tables("hold", "a hold") for hold in read_holds(row)),
        cautions=(*cautions_of(doses), *_cautions(limits)),
        limits=_limits(limits),
    )


def _belief(page: Section) -> float:
    """How sure people are to get something that works: a number, or what a control of `blinding.toml` leaves."""
    if isinstance(page.data.get("belief"), str) and page.data["belief"][:1].isalpha():
        controls = _controls()
        return float(controls[page.text("belief", choices=tuple(controls))]["value"])
    return page.quantity("belief", "1", 0.0, 0.0, 1.0)


def _controls() -> Mapping[str, Mapping[str, Any]]:
    """What people may think they get, by name."""
    controls: Mapping[str, Mapping[str, Any]] = read_toml(atlas_path("blinding.toml"))["control"]
    return controls


def _together(parts: list[Treatment]) -> Treatment:
    """Treatments one person gets at the same time."""
    return Treatment(
        key="+".join(part.key for part in parts),
        title=" and ".join(part.title for part in parts),
        meaning="; ".join(part.meaning for part in parts),
        grade=max((part.grade for part in parts), key=GRADES.index),
        sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
        doses=tuple(sorted((dose for part in parts for dose in part.doses), key=lambda dose: dose.hour)),
        visits=tuple(
            sorted((visit for part in parts for visit in part.visits), key=lambda visit: visit.hour)
        ),
        holds=tuple(hold for part in parts for hold in part.holds),
        cautions=tuple(dict.fromkeys(caution for part in parts for caution in part.cautions)),
        jumps=tuple(jump for part in parts for jump in part.jumps),
    )


def _limits(limits: Section) -> Studied | None:
    if "amount_low" not in limits.data or "amount_high" not in limits.data:
        return None
    unit = _unit_of_dose(limits)
    low = limits.quantity("amount_low", unit, low=0.0)
    high = limits.quantity("amount_high", unit, low=low)
    return Studied(low, high, unit, limits.text("source"), limits.text("meaning").rstrip("."))


def _cautions(limits: Section) -> list[Caution]:
    return [read_caution(row) for row in limits.tables("warnings", "a warning")]


def _visits(row: Section, belief: float) -> list[Visit]:
    """The visits of one [[visit]] table."""
    row.allow(("days", "care", "belief"), needed=("days", "care"))
    care = row.quantity("care", "1", 0.0, 0.0, _MOST_CARE)
    belief = row.quantity("belief", "1", belief, 0.0, 1.0)
    return [Visit(24.0 * day, care, belief) for day in _days(row, 0.0)]


def _doses(row: Section) -> list[Dose]:
    """The doses of one [[dose]] table."""
    row.allow(_DOSE_KEYS, needed=("drug", "amount", "unit"))
    drugs = load_routes()
    drug = row.text("drug")
    if drug not in drugs:
        hint = did_you_mean(drug, drugs) or f"the drugs are: {', '.join(drugs)}"
        raise fail("V404", name=drug, hint=hint, **row.place("drug"))
    routes = drugs[drug]
    route = row.text("route", next(iter(routes)), choices=tuple(routes))
    unit = _unit_of_dose(row)
    amount = row.quantity("amount", unit)
    if amount < 0:
        raise fail("V406", drug=drug, amount=f"{amount:g} {unit}", **row.place("amount"))
    hours = row.quantity("duration", "h", 0.0, 0.0, _LONGEST)
    if 0 < hours < _SHORTEST:
        facts = {"value": f"{hours:g}", "low": f"{_SHORTEST:.3g}", "high": f"{_LONGEST:g}"}
        raise fail("V407", what="duration", unit="h", **facts, **row.place("duration"))
    if hours > 0 and routes[route].infusion is None:
        hint = f"{drug} {route} has no duration"
        raise fail("V413", key="duration", value=row.data["duration"], hint=hint, **row.place("duration"))
    listed = "days" in row.data
    return [Dose(hour, drug, amount, unit, route, hours, listed) for hour in _hours(row, drug)]


def _unit_of_dose(row: Section) -> str:
    """The unit of an amount: a mass, or a mass by mass of body. Raises V301, V302, V412."""
    unit = row.unit("unit")
    if not is_per_kg(unit) and not parse_unit(unit).measures_like(parse_unit("mg")):
        raise fail("V302", unit=unit, wanted="mg or mg/kg", **row.place("unit"))
    return unit


def _hours(row: Section, drug: str) -> list[float]:
    """Start times of a [[dose]] table in hours after day 0 08:00."""
    clock = _CLOCK.fullmatch(row.text("clock", "08:00"))
    if clock is None:
        raise row.wrong("clock", "a time of the day such as '08:00'")
    shift = int(clock[1]) + int(clock[2]) / 60.0 - DAY_ZERO_CLOCK
    if "days" in row.data:
        for key in ("every", "for_days", "start_day"):
            if key in row.data:
                raise fail(
                    "V401",
                    what="a dose with a list of days",
                    key=key,
                    hint="leave one of them out",
                    **row.place(key),
                )
        hours = [24.0 * day + shift for day in _days(row, -_LAST_DAY)]
    else:
        every = row.quantity("every", "h", 24.0, 1.0 / 60.0, _LONGEST)
        start = row.quantity("start_day", "d", 0.0, -_LAST_DAY, _LAST_DAY)
        length = row.quantity("for_days", "d", 1.0)
        if not length > 0:
            raise fail("V410", days=f"{length:g}", **row.place("for_days"))
        if length * 24.0 / every > _MOST_DOSES:
            many = f"{length:g} d / {every:g} h"
            raise fail(
                "V417", what="the number of doses", value=many, limit=_MOST_DOSES, **row.place("for_days")
            )
        count = int(length * 24.0 / every + 1e-9)
        hours = [24.0 * start + shift + every * k for k in range(max(count, 1))]
    for hour in hours:
        if hour < 0:
            raise fail(
                "V416",
                drug=drug,
                day=f"{hour / 24.0:g}",
                **row.place("days" if "days" in row.data else "start_day"),
            )
    return hours


def _days(row: Section, low: float) -> list[float]:
    """The list of days of a table; one number is a list of one."""
    days = row.data["days"] if isinstance(row.data["days"], list) else [row.data["days"]]
    if not days or not all(isinstance(day, int | float) and not isinstance(day, bool) for day in days):
        raise row.wrong("days", "a list of numbers")
    if len(days) > _MOST_DOSES:
        raise fail("V417", what="the number of days", value=len(days), limit=_MOST_DOSES, **row.place("days"))
    if len(set(days)) < len(days):
        raise row.wrong("days", "a list of different days; two doses of one day stand in two tables")
    return [row.checked("days", day, "d", low, _LAST_DAY) for day in days]


def check_fits(treatment: Treatment, days: float) -> None:
    """Nothing when every listed dose lies inside the simulated time.

    Raises:
        VagusError: V408 for a dose after the end; the doses of a daily schedule just stop there.
    """
    for dose in treatment.doses:
        if dose.day >= days and (dose.listed or dose is treatment.doses[0]):
            raise fail("V408", drug=dose.drug, day=f"{dose.day:g}", end=f"{days:g}")


def dose_changes(
    treatment: Treatment, model: Model, weight: float, end: float, own: Array | None = None
) -> list[Change]:
    """What the doses, holds and visits of a treatment change in the simulation of one person.

    Args:
        treatment: the course.
        model: for the rows of states and inputs.
        weight: kg.
        end: hours; what starts later is left out.
        own: the person's parameters (parameters,); those of the tables when None.
    """
    own = model.defaults() if own is None else own
    held = hold_changes(treatment.all_holds, model, own, end)
    return held + given_changes(treatment, model, weight, end, own)


def given_changes(treatment: Treatment, model: Model, weight: float, end: float, own: Array) -> list[Change]:
    """What the doses and visits alone change; arguments as of `dose_changes`."""
    routes = load_routes()
    changes = habituation_changes(treatment.doses, model, own, end)
    edges: dict[str, list[tuple[float, float]]] = {}
    for dose in treatment.doses:
        if dose.hour >= end:
            continue
        route = routes[dose.drug][dose.route]
        for effect, amount, hours in route.amounts(dose.milligrams(weight), dose.hours):
            if effect.held:
                edges.setdefault(effect.target, []).extend(
                    [(dose.hour, amount / hours), (dose.hour + hours, -amount / hours)]
                )
            else:
                changes.append(Change(dose.hour, True, model.state(effect.target), amount))
    for name, steps in edges.items():
        changes += _levels(model.parameter(name), steps)
    changes += [Change(j.hour, True, model.state(j.state), j.amount) for j in treatment.jumps if j.hour < end]
    for visit in treatment.visits:
        if visit.hour < end:
            changes += care_jumps(model, visit, visit.care >= _care_of_session())
    return changes


def care_jumps(model: Model, visit: Visit, fresh: bool) -> list[Change]:
    """What one contact raises: care, and where it leaves a fresh impression (`atlas/blinding.toml`) that as well."""
    names = ["expectancy.care", "expectancy.impression"] if fresh else ["expectancy.care"]
    return [Change(visit.hour, True, model.state(name), visit.care * visit.belief) for name in names]


@lru_cache(maxsize=1)
def _care_of_session() -> float:
    return float(read_toml(atlas_path("blinding.toml"))["care"]["session"]["value"])


def _levels(row: int, steps: list[tuple[float, float]]) -> list[Change]:
    """Infusion rates that add up where infusions overlap; exactly zero when none runs."""
    changes = []
    running = 0
    level = 0.0
    for hour in sorted({hour for hour, _ in steps}):
        here = [rate for at, rate in steps if at == hour]
        level += sum(here)
        running += sum(1 if rate > 0 else -1 for rate in here if rate)
        changes.append(Change(hour, False, row, level if running else 0.0))
    return changes
