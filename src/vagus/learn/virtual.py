"""Virtual people with a diary: drawn from the prior of `follow`, measured as a clinic would, to test and to show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..body.model import Model
from ..observe import load_instrument
from .bank import DAY, Bank, live
from .diary import Diary, Given, Reading, follow_table
from .measure import needed_outputs
from .plan import past_of
from .prior import Drawn
from .scored import Lives, measured, unknown_person, vital_measured

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Schedule:
    """When what is asked: days of the visits by instrument or vital sign, and how many days the past has."""

    visits: Mapping[str, Sequence[float]]
    days: float

    @property
    def hours(self) -> Array:
        """Every hour at which anything is asked."""
        return np.unique([DAY * day for days in self.visits.values() for day in days])


@dataclass(frozen=True)
class Measured:
    """What was measured in virtual people, and what is true of them.

    Attributes:
        readings: by name (people, visits), as they would be written down.
        ahead: by instrument (people, after), later totals as they would be written down.
        under: by instrument (people, 1 + after), what they report on average at the end of the past and later.
        severity: (people,) the factor on all symptoms with which they report.
        sound: (people,) who came through.
    """

    readings: Mapping[str, Array]
    ahead: Mapping[str, Array]
    under: Mapping[str, Array]
    severity: Array
    sound: NDArray[np.bool_]

    def take(self, who: NDArray[np.int64]) -> "Measured":
        """Some of the people."""
        readings, ahead, under = (
            {key: value[who] for key, value in part.items()}
            for part in (self.readings, self.ahead, self.under)
        )
        return Measured(readings, ahead, under, self.severity[who], self.sound[who])


def measure_people(
    model: Model, drawn: Drawn, diary: Diary, schedule: Schedule, seed: int, after: Sequence[float] = ()
) -> Measured:
    """What would be written down for each of some people.

    Args:
        model: the body.
        drawn: who.
        diary: doses and events that all of them have; its readings are not looked at.
        schedule: when what is asked.
        seed: of everything that is hidden in them.
        after: days on which the instruments are asked once more after the past, nothing new being given.
    """
    end, later = DAY * schedule.days, DAY * np.asarray(after, dtype=float)
    bank = lived_on(model, drawn, diary, schedule, later)
    lives = Lives(bank.times, {name: bank.of(name) for name in bank.names})
    hours = np.union1d(schedule.hours, [end, *later])
    rng = np.random.default_rng(seed)
    hidden = unknown_person(bank.count, hours, rng)
    readings, ahead, under = {}, {}, {}
    for key, days in schedule.visits.items():
        own = DAY * np.asarray(days, dtype=float)
        if key in follow_table()["vital"]:
            row = follow_table()["vital"][key]
            entry = model.entries[row["factor"]]
            factor = bank.people.p[model.parameter(row["factor"])]
            readings[key] = vital_measured(
                key, lives, factor, entry.value, entry.spread, hidden, None, own, rng
            )[0]
            continue
        total, plain = measured(key, lives, hidden, None, hours, rng)
        readings[key] = total[:, np.searchsorted(hours, own)]
        ahead[key] = total[:, np.searchsorted(hours, later)]
        under[key] = plain[:, np.searchsorted(hours, [end, *later])]
    return Measured(readings, ahead, under, hidden.severity, bank.sound)


def lived_on(model: Model, drawn: Drawn, diary: Diary, schedule: Schedule, later: Array) -> Bank:
    """People through the doses and events of a diary, until the last of the later hours, nothing new being given."""
    end = DAY * schedule.days
    last = float(max(end, later.max() if later.size else 0.0))
    times = np.union1d(np.arange(0.0, last + 1e-9, DAY), [*schedule.hours, end, *later])
    names = needed_outputs(list(schedule.visits))
    past = past_of(diary, last)
    return live(model, drawn.people, drawn.rest, drawn.sets, past, diary.happenings, times, names)


def with_readings(diary: Diary, schedule: Schedule, readings: Mapping[str, Array], person: int) -> Diary:
    """The diary of one of the people of `measure_people`."""
    found = []
    for key, days in schedule.visits.items():
        digits = 0 if key not in follow_table()["vital"] and load_instrument(key).total == "sum" else 2
        found += [
            Reading(DAY * day, key, round(float(readings[key][person, k]), digits))
            for k, day in enumerate(days)
        ]
    vitals = follow_table()["vital"]
    found.sort(key=lambda one: one.hour)
    scores = tuple(one for one in found if one.key not in vitals)
    return replace(
        diary, scores=scores, vitals=tuple(one for one in found if one.key in vitals), virtual=True
    )


def six_doses(days: Sequence[float] = (0, 3, 7, 10, 14, 17)) -> tuple[Given, ...]:
    """Six infusions of 0.5 mg/kg ketamine over 40 minutes at nine o'clock of some days."""
    return tuple(Given(DAY * day + 1.0, "ketamine", 0.5, "mg/kg", "iv", 2.0 / 3.0) for day in days)


def written(diary: Diary, notes: Sequence[str] = ()) -> str:
    """A diary as the long CSV table that `read_diary` reads."""
    patient = diary.patient
    lines = ["kind,day,time,name,value,unit,route,duration,until,note"]
    lines += [f"person,,,note,,,,,,{_cell(note)}" for note in notes[:1]]
    facts = {"name": patient.name, "conditions": ", ".join(patient.conditions), "sex": patient.sex}
    lines += [f"person,,,{key},{_cell(value)},,,,," for key, value in facts.items()]
    lines += [f"person,,,age,{patient.age:g},year,,,,", f"person,,,weight,{patient.weight:g},kg,,,,"]
    lines += [f"person,,,virtual,{'true' if diary.virtual else 'false'},,,,,"]
    rows = [(one.hour, _reading(one)) for one in (*diary.scores, *diary.vitals)]
    rows += [(one.hour, _given(one)) for one in diary.given]
    return "\n".join([*lines, *(text for _, text in sorted(rows, key=lambda row: row[0]))]) + "\n"


def _cell(text: str) -> str:
    return f'"{text}"' if "," in text else text


def _when(hour: float) -> str:
    minutes = round(60 * (hour % DAY))
    return f"{hour // DAY:g},{(8 + minutes // 60) % 24:02d}:{minutes % 60:02d}"


def _reading(one: Reading) -> str:
    vital = follow_table()["vital"].get(one.key)
    unit = "" if vital is None else vital["unit"]
    return f"{'score' if vital is None else 'vital'},{_when(one.hour)},{one.key},{one.value:g},{unit},,,,"


def _given(one: Given) -> str:
    if one.until is None:
        length = f"{60 * one.hours:g} min" if one.hours else ""
        return f"dose,{_when(one.hour)},{one.drug},{one.amount:g},{one.unit},{one.route},{length},,"
    until = "" if one.until == float("inf") else f"{one.until / DAY:g}"
    return f"drug,{_when(one.hour)},{one.drug},{one.amount:g},{one.unit},{one.route},,{until},"
