"""Plans: what a person got until now, and what they would get from now on, as one treatment on one axis of time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from pathlib import Path

from ..body.caution import cautions_of
from ..body.dose import Dose, Visit
from ..body.hold import Hold
from ..body.treatment import Treatment, load_treatment
from ..errors import did_you_mean, fail
from ..tables import atlas_names, atlas_path, read_toml
from ..units import as_quantity
from .diary import Diary, Given, follow_table

DAY = 24.0
SHORTEST, LONGEST = 1, 26  # weeks of a forecast


@dataclass(frozen=True)
class Plan:
    """One way to go on.

    Attributes:
        key: as asked for, such as ketamine-monthly+ssri.
        title, meaning: in words.
        treatment: all the person got and would get, hours after day 0 of the file.
        doses: hours of the single doses to come.
        grade: of the treatments it adds.
        bare: the same with the visits it adds and nothing given or done at them; None when it adds no visit.
    """

    key: str
    title: str
    meaning: str
    treatment: Treatment
    doses: tuple[float, ...]
    grade: str
    bare: Treatment | None = None


def plan_names() -> list[str]:
    """The plans that can be asked for by name."""
    return list(_table())


def past_of(diary: Diary, end: float) -> Treatment:
    """Everything a person got until an hour, as a treatment: doses, care, holds; daily medicines go on until then."""
    doses: list[Dose] = []
    visits: list[Visit] = []
    holds: list[Hold] = [one.hold for one in diary.happenings if one.hold is not None]
    for one in diary.given:
        hours = _daily(one, end) if one.until is not None else [one.hour]
        doses += [Dose(hour, one.drug, one.amount, one.unit, one.route, one.hours) for hour in hours]
        care = _care("session" if one.until is None else "tablet")
        visits += [Visit(hour, care, _care("belief")) for hour in hours]
        if one.until is not None:
            holds += [replace(hold, start=one.hour, end=one.until) for hold in _holds_of(one.drug)]
    parts = [
        shifted(load_treatment(one.name), one.hour, min(one.until, end), go_on=one.until > end)
        for one in diary.begun
    ]
    return _joined("own", "what this person got", [_treatment(doses, visits, holds), *parts])


def plan_of(diary: Diary, name: str, weeks: float) -> Plan:
    """A plan by its name, parts joined by +, or a treatment file.

    Args:
        diary: what came before.
        name: as asked for.
        weeks: how long it goes on after the last day of the diary.

    Raises:
        VagusError: V493 an unknown plan, V494 a length that makes no sense, those of `load_treatment`.
    """
    if not SHORTEST <= weeks <= LONGEST:
        raise fail("V494", weeks=f"{weeks:g}", low=SHORTEST, high=LONGEST, text=f"--weeks {weeks:g}")
    start, end = plan_start(diary), plan_start(diary) + 7 * DAY * weeks
    words = [name] if name.endswith(".toml") else [word.strip() for word in name.split("+")]
    titles, meanings, parts, grades = [], [], [], []
    for word in words:
        title, meaning, part = _part(diary, word, start, end)
        titles.append(title)
        meanings.append(meaning)
        parts.append(part)
        grades.append(part.grade)
    past = past_of(diary, end)
    whole = _joined(name, " and ".join(titles), [past, *parts])
    new = sorted(dose.hour for part in parts for dose in part.doses if dose.listed)
    worst, bare = max(grades, key=_rank), None
    if any(visit.care * visit.belief for part in parts for visit in part.visits):
        bare = _joined(name, "", [past, *(replace(part, doses=(), holds=()) for part in parts)])
    return Plan(name, " + ".join(titles), "; ".join(meanings), whole, tuple(new), worst, bare)


def plan_start(diary: Diary) -> float:
    """The hour a plan begins: 08:00 of the day after the last entry."""
    return DAY * (int(diary.end // DAY) + 1)


def _rank(grade: str) -> int:
    order = ("strong", "moderate", "weak", "contradicted", "assumed")
    return order.index(grade) if grade in order else -1


def _part(diary: Diary, word: str, start: float, end: float) -> tuple[str, str, Treatment]:
    """Title, meaning and treatment of one word of a plan, on the axis of the diary."""
    table = _table()
    if word.endswith(".toml"):
        own = _visited(load_treatment(Path(word)))
        return own.title, own.meaning, shifted(own, start, end)
    if word not in table:
        hint = did_you_mean(word, table) or f"the plans are: {', '.join(table)}"
        raise fail("V493", name=word, known=", ".join(table), hint=hint, text=f"--plan {word}")
    row = table[str(table[word].get("same_as", word))]
    if "treatment" in row:
        own = load_treatment(row["treatment"])
        return row["title"], row["meaning"], shifted(own, start, end, go_on=True)
    if "dose" not in row:
        return row["title"], row["meaning"], _treatment((), (), (), grade="strong")
    given = row["dose"]
    last = max(
        (one.hour for one in diary.given if one.drug == given["drug"] and one.until is None), default=-inf
    )
    every = DAY * float(row["every"])
    hour = max(start, DAY * (last // DAY) + every)
    hours = []
    while hour < end:
        hours.append(hour)
        hour += every
    length = as_quantity(given["duration"], "h")
    doses = [
        Dose(at, given["drug"], float(given["amount"]), given["unit"], given["route"], length) for at in hours
    ]
    visits = [Visit(at, _care("session"), _care("belief")) for at in hours]
    return row["title"], row["meaning"], _treatment(doses, visits, (), grade="moderate")


def _visited(own: Treatment) -> Treatment:
    """An own plan with the visits that named plans have, where its file says nothing of care and belief.

    Otherwise two plans of the same doses would differ by what belief does.
    """
    if own.visits:
        return own
    visits = [Visit(dose.hour, _care("session"), _care("belief")) for dose in own.doses if dose.listed]
    return replace(own, visits=tuple(visits))


def without_drug(plan: Plan) -> Plan | None:
    """The same plan with its visits and nothing given or done at them; None when it adds no visit."""
    return None if plan.bare is None else replace(plan, treatment=plan.bare, doses=(), bare=None)


def shifted(treatment: Treatment, start: float, end: float, go_on: bool = False) -> Treatment:
    """A treatment whose day 0 is at `start` and that ends at `end` (hours).

    With `go_on`, a daily medicine and what is held with it last to the end, however long the file says.
    """
    doses = [replace(dose, hour=dose.hour + start) for dose in treatment.doses]
    holds = [replace(h, start=h.start + start, end=h.end + start) for h in treatment.holds]
    daily = [dose for dose in doses if not dose.listed]
    if go_on and daily:
        last = daily[-1]
        every = last.hour - daily[-2].hour if len(daily) > 1 else DAY
        old, hour = last.hour + every, last.hour + every
        while hour < end:
            doses.append(replace(last, hour=hour))
            hour += every
        holds = [replace(h, end=inf) if h.end >= old else h for h in holds]
    return replace(
        treatment,
        doses=tuple(dose for dose in doses if dose.hour < end),
        visits=tuple(replace(v, hour=v.hour + start) for v in treatment.visits if v.hour + start < end),
        holds=tuple(replace(h, end=min(h.end, end)) for h in holds if h.start < end),
    )


def _daily(one: Given, end: float) -> list[float]:
    last = min(one.until if one.until is not None else end, end)
    return (
        [one.hour + DAY * day for day in range(int((last - one.hour) // DAY) + 1)] if last >= one.hour else []
    )


def _care(name: str) -> float:
    return float(follow_table()["care"][name])


@lru_cache(maxsize=1)
def _table() -> dict:
    return read_toml(atlas_path("plans.toml"))


@lru_cache(maxsize=32)
def _holds_of(drug: str) -> tuple[Hold, ...]:
    """What a medicine without kinetics holds in the treatment that consists of it."""
    for key in atlas_names("treatments"):
        treatment = load_treatment(key)
        if treatment.holds and {dose.drug for dose in treatment.doses} == {drug}:
            return treatment.holds
    return ()


def _treatment(
    doses: Sequence[Dose], visits: Sequence[Visit], holds: Sequence[Hold], grade: str = "strong"
) -> Treatment:
    return Treatment("", "", "", grade, (), tuple(doses), tuple(visits), tuple(holds))


def _joined(key: str, title: str, parts: Sequence[Treatment]) -> Treatment:
    """Several treatments on one axis as one."""
    return Treatment(
        key=key,
        title=title,
        meaning="; ".join(part.meaning for part in parts if part.meaning),
        grade=max((part.grade for part in parts), key=_rank),
        sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
        doses=tuple(sorted((dose for part in parts for dose in part.doses), key=lambda dose: dose.hour)),
        visits=tuple(
            sorted((visit for part in parts for visit in part.visits), key=lambda visit: visit.hour)
        ),
        holds=tuple(hold for part in parts for hold in part.holds),
        cautions=cautions_of([dose for part in parts for dose in part.doses]),
    )
