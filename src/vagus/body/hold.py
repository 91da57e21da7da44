"""Holds: an input of the body kept at another value for some time, which is what a treatment without a drug is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf

from ..errors import did_you_mean, fail
from ..solve.events import Change
from ..tables import atlas_path, read_parameters, read_toml
from .dose import Dose
from .model import Array, Model
from .section import Section

WAYS = ("value", "factor", "plus")
_KEYS = ("input", *WAYS, "from_day", "to_day", "days", "duration", "meaning")
_KINDS = ("input", "trait")  # what can differ between people and times
_LAST_DAY = 36_600.0
_LONGEST = 8784.0  # hours of one session


@dataclass(frozen=True)
class Hold:
    """One stretch of time in which an input is changed.

    Attributes:
        name: full name of the input.
        way: "value" sets it, "factor" multiplies what the person has, "plus" adds to it.
        amount: by how much.
        start, end: hours after day 0 08:00; the end may be infinite.
    """

    name: str
    way: str
    amount: float
    start: float
    end: float


@dataclass(frozen=True)
class Jump:
    """A state that is raised at once by what is no drug of a treatment, such as endotoxin given to volunteers.

    Attributes:
        hour: hours after day 0 08:00.
        state: full name of the state.
        amount: in the unit of the state.
    """

    hour: float
    state: str
    amount: float


def read_holds(row: Section) -> list[Hold]:
    """The holds of one [[hold]] table: from one day to another, or a session on each of some days.

    Raises:
        VagusError: V401, V411-V413 keys and kinds, V315 an unknown input, V306 a value outside its range, V407 a time
            outside its range, V410 no time between start and end.
    """
    row.allow(_KEYS, needed=("input",))
    ways = [way for way in WAYS if way in row.data]
    if len(ways) != 1:
        hint = "give one of value, factor and plus"
        if not ways:
            raise fail("V411", what="a hold", key="value", hint=hint, **row.place("input"))
        raise fail("V401", what="a hold", key=ways[1], hint=hint, **row.place(ways[1]))
    name, way = row.text("input"), ways[0]
    entries = {key: entry for key, entry in read_parameters().items() if entry.kind in _KINDS}
    if name not in entries:
        raise fail("V315", name=name, hint=did_you_mean(name, entries), **row.place("input"))
    entry = entries[name]
    amount = row.quantity(way, "1" if way == "factor" else entry.unit)
    if way == "value" and not entry.low <= amount <= entry.high:
        raise fail("V306", name=name, value=amount, low=entry.low, high=entry.high, **row.place(way))
    return [Hold(name, way, amount, start, end) for start, end in _times(row)]


def _times(row: Section) -> list[tuple[float, float]]:
    """Start and end of each stretch in hours."""
    if "days" not in row.data:
        start = row.quantity("from_day", "d", 0.0, 0.0, _LAST_DAY)
        end = row.quantity("to_day", "d", 0.0, 0.0, _LAST_DAY) if "to_day" in row.data else inf
        if not end > start:
            raise fail("V410", days=f"{end - start:g}", **row.place("to_day"))
        return [(24.0 * start, 24.0 * end)]
    for key in ("from_day", "to_day"):
        if key in row.data:
            raise fail("V401", what="a hold on a list of days", key=key, **row.place(key))
    row.allow(_KEYS, needed=("duration",))
    hours = row.quantity("duration", "h", 0.0, 1.0 / 60.0, _LONGEST)
    days = row.data["days"] if isinstance(row.data["days"], list) else [row.data["days"]]
    starts = [24.0 * row.checked("days", day, "d", 0.0, _LAST_DAY) for day in days]
    return [(start, start + hours) for start in starts]


@lru_cache(maxsize=1)
def _carried() -> Mapping[str, str]:
    """Every drug that goes through the equations of another one, and that other one with itself."""
    drugs = read_toml(atlas_path("drugs.toml"))
    like = {name: str(drug["as"]) for name, drug in drugs.items() if "as" in drug}
    return {**like, **{name: name for name in like.values()}}


@lru_cache(maxsize=64)
def _own(drug: str) -> tuple[Mapping[str, float], ...]:
    return tuple(read_toml(atlas_path("drugs.toml"))[drug].get("holds", ()))


def drug_holds(doses: Sequence[Dose]) -> list[Hold]:
    """What drugs change that go through the equations of another drug, such as naproxen through those of ibuprofen.

    One of them is carried at a time: from its first dose to the first dose of another of the same equations.

    Args:
        doses: of the treatment.
    """
    carried = _carried()
    found: list[Hold] = []
    for equations in dict.fromkeys(carried.values()):
        taken = sorted(
            (dose.hour, dose.drug)
            for dose in doses
            if carried.get(dose.drug) == equations and dose.amount > 0
        )
        starts = [(hour, drug) for k, (hour, drug) in enumerate(taken) if k == 0 or taken[k - 1][1] != drug]
        for (start, drug), (end, _) in pairwise([*starts, (inf, "")]):
            found += [
                Hold(str(one["input"]), "factor", float(one["factor"]), start, end) for one in _own(drug)
            ]
    return found


def hold_changes(holds: Iterable[Hold], model: Model, own: Array, end: float) -> list[Change]:
    """The changes of one person.

    Where holds of one input overlap, the last `value` counts, then all factors, then all that is added; after them the
    person has what they had before. What would leave the range of the table stays at its edge.

    Args:
        holds: of the treatment.
        model: for rows and ranges.
        own: the person's parameters (parameters,).
        end: hours; what starts later is left out.
    """
    changes: list[Change] = []
    by_name: dict[str, list[Hold]] = {}
    for hold in holds:
        by_name.setdefault(hold.name, []).append(hold)
    for name, group in by_name.items():
        row, entry = model.parameter(name), model.entries[name]
        for hour in sorted({edge for hold in group for edge in (hold.start, hold.end) if edge < end}):
            level = _level([hold for hold in group if hold.start <= hour < hold.end], float(own[row]))
            changes.append(Change(hour, False, row, min(max(level, entry.low), entry.high)))
    return changes


def _level(active: list[Hold], base: float) -> float:
    for hold in active:
        base = hold.amount if hold.way == "value" else base
    for hold in active:
        base *= hold.amount if hold.way == "factor" else 1.0
    return base + sum(hold.amount for hold in active if hold.way == "plus")
