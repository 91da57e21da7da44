"""The event algebra of NONMEM-style tables: records of doses become plain doses, and plain doses become records.

A record says more than one dose: RATE makes an infusion of it, ADDL and II repeat it, SS puts a long run of it before
its time, EVID 3 and 4 begin anew. `expand` writes all of this out. Meaning as in the NONMEM help (data items EVID, AMT,
RATE, II, ADDL, SS) and in mrgsolve's page on data sets; where these leave something open, docs/exchange.md says what is
done. Times are hours, amounts mg.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import ceil, isfinite

from ..errors import fail
from ..tables import Place

OBSERVATION, DOSE, OTHER, RESET, RESET_AND_DOSE, REPLACE = 0, 1, 2, 3, 4, 8
MOST_DOSES = 20_000  # of one person


def _nowhere() -> Place:
    return Place(file="", line=None, text=None)


@dataclass(frozen=True)
class Event:
    """One record that is no observation.

    Attributes:
        time: h. evid: 1 dose, 2 other, 3 reset, 4 reset and dose.
        amt: mg. rate: mg/h, 0 for a dose given at once. cmt: compartment.
        ii: h between doses. addl: doses after this one. ss: 0, 1 (everything before is gone) or 2 (it is added).
        place: where it stands in a file.
    """

    time: float
    evid: int = DOSE
    amt: float = 0.0
    rate: float = 0.0
    cmt: int = 1
    ii: float = 0.0
    addl: int = 0
    ss: int = 0
    place: Place = field(default_factory=_nowhere, compare=False)

    @property
    def hours(self) -> float:
        """How long it is infused."""
        return self.amt / self.rate if self.rate > 0 else 0.0

    @property
    def opens(self) -> bool:
        """Whether the body begins anew with it."""
        return self.evid in (RESET, RESET_AND_DOSE) or self.ss == 1


@dataclass(frozen=True)
class Single:
    """One plain dose: at a time in hours, into a compartment, mg, over hours (0: at once)."""

    time: float
    cmt: int
    amt: float
    hours: float

    @property
    def end(self) -> float:
        """When all of it is given."""
        return self.time + self.hours


@dataclass(frozen=True)
class Occasion:
    """A stretch of time that begins with a body nothing was given to.

    Attributes:
        start: h, of the reset that opens it; that of the first record for the first one.
        doses: in order of time; those before `start` bring the steady state about.
    """

    start: float
    doses: tuple[Single, ...]

    @property
    def begins(self) -> float:
        """The hour from which it must be simulated."""
        return min([self.start, *(dose.time for dose in self.doses)])


def check_event(event: Event) -> None:
    """Nothing when a record is one that all programs understand alike; raises V621 and V624."""
    numbers = {"TIME": event.time, "AMT": event.amt, "RATE": event.rate, "II": event.ii}
    for what, value in numbers.items():
        if not isfinite(value) or abs(value) > 1e12:
            raise fail("V621", what=what, value=f"{value:g}", reason="no such number", **event.place)
    if event.evid == REPLACE:
        raise fail("V624", what="EVID", value=8, reason="a body's amounts cannot be replaced", **event.place)
    if event.evid not in (DOSE, OTHER, RESET, RESET_AND_DOSE):
        raise fail("V621", what="EVID", value=event.evid, reason="0 to 4 are known", **event.place)
    if event.rate < 0:
        reason = "a rate or duration that the model estimates has no meaning here"
        raise fail("V624", what="RATE", value=f"{event.rate:g}", reason=reason, **event.place)
    for what, value in (("TIME", event.time), ("AMT", event.amt), ("II", event.ii), ("ADDL", event.addl)):
        if value < 0:
            raise fail("V621", what=what, value=f"{value:g}", reason="it is negative", **event.place)
    if event.ss not in (0, 1, 2):
        raise fail("V621", what="SS", value=event.ss, reason="0, 1 and 2 are known", **event.place)
    given = event.evid in (DOSE, RESET_AND_DOSE)
    if not given and (event.amt or event.rate or event.addl or event.ss):
        raise fail("V621", what="EVID", value=event.evid, reason="it gives no dose", **event.place)
    if given:
        _check_dose(event)


def _check_dose(event: Event) -> None:
    constant = event.ss > 0 and event.amt == 0
    if event.amt == 0 and event.rate == 0:
        raise fail("V621", what="AMT", value=0, reason="a dose needs an amount", **event.place)
    if event.amt == 0 and not constant:
        raise fail("V621", what="AMT", value=0, reason="an infusion needs an amount to end", **event.place)
    if constant and (event.ii or event.addl):
        reason = "a steady infusion without end has no II and no ADDL"
        raise fail("V621", what="II", value=f"{event.ii:g}", reason=reason, **event.place)
    if event.addl and event.ii <= 0:
        raise fail("V621", what="ADDL", value=event.addl, reason="it needs II above 0", **event.place)
    if event.ss and not constant and event.ii <= 0:
        raise fail("V621", what="SS", value=event.ss, reason="it needs II above 0", **event.place)
    if event.addl > MOST_DOSES:
        raise fail("V417", what="ADDL", value=event.addl, limit=MOST_DOSES, **event.place)


def expand(events: Sequence[Event], run_in: float) -> tuple[Occasion, ...]:
    """All plain doses of one person.

    Args:
        events: in order of time.
        run_in: hours that a steady state is given to come about.

    Returns:
        One occasion, and one more for each record that opens one (`Event.opens`: EVID 3, EVID 4, and SS 1, which gives
        up what was before), with or without doses. A reset ends running infusions and takes back additional doses to
        come.

    Raises:
        VagusError: V621, V624 a record that cannot be, V622 out of order, V417 too many doses.
    """
    occasions: list[Occasion] = []
    start, doses = (events[0].time if events else 0.0), list[Single]()
    last = start
    for event in events:
        check_event(event)
        if event.time < last:
            reason = f"TIME {event.time:g} comes after TIME {last:g}"
            raise fail("V622", reason=reason, **event.place)
        last = event.time
        if event.opens:
            occasions.append(Occasion(start, tuple(_until(doses, event.time))))
            start, doses = event.time, []
        if event.evid in (DOSE, RESET_AND_DOSE):
            doses += _doses_of(event, run_in)
        if len(doses) > MOST_DOSES:
            raise fail("V417", what="the number of doses", value=len(doses), limit=MOST_DOSES, **event.place)
    occasions.append(Occasion(start, tuple(sorted(doses, key=_order))))
    return tuple(occasions)


def _order(dose: Single) -> tuple[float, int]:
    return dose.time, dose.cmt


def _until(doses: Sequence[Single], time: float) -> list[Single]:
    """The doses before a reset; an infusion that runs is cut off with what it had given."""
    kept = []
    for dose in sorted(doses, key=_order):
        if dose.time >= time:
            continue
        if dose.end > time:
            hours = time - dose.time
            dose = replace(dose, amt=dose.amt * hours / dose.hours, hours=hours)
        kept.append(dose)
    return kept


def _doses_of(event: Event, run_in: float) -> list[Single]:
    if event.amt == 0:  # a steady infusion that ends with its record
        return [Single(event.time - run_in, event.cmt, event.rate * run_in, run_in)]
    before = ceil(run_in / event.ii) if event.ss else 0
    if before > MOST_DOSES:
        raise fail("V417", what="doses of a steady state", value=before, limit=MOST_DOSES, **event.place)
    return [
        Single(event.time + k * event.ii, event.cmt, event.amt, event.hours)
        for k in range(-before, event.addl + 1)
    ]


def compact(doses: Sequence[Single]) -> list[Event]:
    """Records of plain doses, a regular series as one record with ADDL and II, in order of time.

    What `expand` makes of them is what was given, to rounding of times.
    """
    events = []
    ordered = sorted(doses, key=lambda dose: (dose.cmt, dose.amt, dose.hours, dose.time))
    for (cmt, amt, hours), group in groupby(ordered, key=lambda dose: (dose.cmt, dose.amt, dose.hours)):
        times = [dose.time for dose in group]
        at = 0
        while at < len(times):
            length = _regular(times[at:])
            ii = times[at + 1] - times[at] if length > 1 else 0.0
            rate = amt / hours if hours > 0 else 0.0
            events.append(Event(times[at], DOSE, amt, rate, cmt, ii, length - 1))
            at += length
    return sorted(events, key=lambda event: (event.time, event.cmt))


def _regular(times: Sequence[float]) -> int:
    """How many times from the first on have one distance; 1 unless there are at least three."""
    if len(times) < 3 or times[1] - times[0] <= 0:
        return 1
    step, length = times[1] - times[0], 2
    while length < len(times) and abs(times[length] - times[0] - length * step) <= 1e-9 * (1 + times[length]):
        length += 1
    return length if length > 2 else 1
