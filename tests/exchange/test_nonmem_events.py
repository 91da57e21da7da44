"""The event algebra against a machine that takes the records one by one through a linear body with exact solutions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vagus.errors import VagusError
from vagus.exchange.nonmem_events import (
    DOSE,
    OTHER,
    RESET,
    RESET_AND_DOSE,
    Event,
    Occasion,
    Single,
    compact,
    expand,
)

Array = NDArray[np.float64]
FAST, SLOW = 0.9, 0.15  # 1/h: out of the depot (compartment 1), out of the blood (compartment 2)
RUN_IN = 300.0  # h: e^-45 of a transient is left


def over(hours: float) -> Array:
    """What is left of each compartment after some hours, exactly."""
    a, b = np.exp(-FAST * hours), np.exp(-SLOW * hours)
    return np.array([[a, 0.0], [FAST / (SLOW - FAST) * (a - b), b]])


def infused(rate: Array, hours: float) -> Array:
    """What a rate has filled an empty body with after some hours, exactly."""
    flow = np.array([[-FAST, 0.0], [FAST, -SLOW]])
    return np.linalg.solve(flow, (over(hours) - np.eye(2)) @ rate)


def after_dose(cmt: int, amt: float, hours: float, since: float) -> Array:
    """What one dose has left in the body `since` hours after its start."""
    where = np.eye(2)[cmt - 1]
    if since < 0:
        return np.zeros(2)
    if hours == 0:
        return over(since) @ (amt * where)
    rate = amt / hours * where
    if since <= hours:
        return infused(rate, since)
    return over(since - hours) @ infused(rate, hours)


def by_sum(occasion: Occasion, time: float) -> Array:
    """The body after plain doses: each by itself, added up."""
    return sum((after_dose(d.cmt, d.amt, d.hours, time - d.time) for d in occasion.doses), np.zeros(2))


class Machine:
    """Takes records one by one, as a program for NONMEM tables does; no expansion, steady states in closed form."""

    def __init__(self) -> None:
        self.body, self.now = np.zeros(2), 0.0
        self.running: list[tuple[float, float, Array]] = []  # (from, until, rate)
        self.waiting: list[tuple[float, Event]] = []

    def go(self, until: float) -> None:
        for time, event in sorted((w for w in self.waiting if w[0] <= until), key=lambda w: w[0]):
            self._flow(time)
            self._give(event)
        self.waiting = [w for w in self.waiting if w[0] > until]
        self._flow(until)

    def _flow(self, until: float) -> None:
        while self.now < until:
            ends = [end for start, end, _ in self.running if start <= self.now < end]
            stop = min([until, *ends])
            rate = sum((r for start, end, r in self.running if start <= self.now < end), np.zeros(2))
            self.body = over(stop - self.now) @ self.body + infused(rate, stop - self.now)
            self.now = stop

    def take(self, event: Event) -> None:
        self.go(event.time)
        if event.evid in (RESET, RESET_AND_DOSE) or event.ss == 1:
            self.body, self.running, self.waiting = np.zeros(2), [], []
        if event.evid not in (DOSE, RESET_AND_DOSE):
            return
        where = np.eye(2)[event.cmt - 1]
        if event.ss and event.amt == 0:
            self.body = self.body + infused(event.rate * where, 1e4)
            return
        if event.ss:
            one = after_dose(event.cmt, event.amt, event.hours, event.ii)
            self.body = self.body + np.linalg.solve(np.eye(2) - over(event.ii), one)
        self._give(event)
        plain = replace(event, evid=DOSE, ss=0, addl=0)
        self.waiting += [(event.time + k * event.ii, plain) for k in range(1, event.addl + 1)]

    def _give(self, event: Event) -> None:
        where = np.eye(2)[event.cmt - 1]
        if event.rate:
            self.running.append((self.now, self.now + event.hours, event.rate * where))
        else:
            self.body = self.body + event.amt * where


def by_machine(events: list[Event], time: float) -> Array:
    machine = Machine()
    for event in events:
        machine.take(event)
    machine.go(time)
    return machine.body


@st.composite
def records(draw: st.DrawFn) -> list[Event]:
    time, found = 0.0, []
    for _ in range(draw(st.integers(1, 6))):
        time += draw(st.sampled_from([0.0, 1.0, 5.5, 12.0, 30.0]))
        evid = draw(st.sampled_from([DOSE, DOSE, DOSE, OTHER, RESET, RESET_AND_DOSE]))
        if evid in (OTHER, RESET):
            found.append(Event(time, evid))
            continue
        ss = draw(st.sampled_from([0, 0, 1, 2]))
        rate = draw(st.sampled_from([0.0, 0.0, 10.0, 40.0]))
        cmt = draw(st.integers(1, 2))
        if ss and rate and draw(st.booleans()):
            found.append(Event(time, evid, 0.0, rate, cmt, 0.0, 0, ss))
            continue
        addl = draw(st.integers(0, 3))
        ii = draw(st.sampled_from([6.0, 8.0, 24.0])) if ss or addl else 0.0
        found.append(Event(time, evid, draw(st.sampled_from([10.0, 50.0])), rate, cmt, ii, addl, ss))
    return found


@settings(max_examples=150, deadline=None)
@given(records(), st.sampled_from([0.0, 0.7, 9.0, 31.0]))
def test_plain_doses_do_what_the_records_say(events: list[Event], later: float) -> None:
    time = events[-1].time + later
    found = by_sum(expand(events, RUN_IN)[-1], time)
    np.testing.assert_allclose(found, by_machine(events, time), rtol=1e-9, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(1.0, 200.0), st.floats(1.0, 100.0), st.floats(0.05, 0.95), st.floats(0.0, 20.0))
def test_an_infusion_in_two_parts_is_the_same(amt: float, rate: float, share: float, later: float) -> None:
    whole = [Event(3.0, DOSE, amt, rate, 2)]
    first = share * amt
    parts = [Event(3.0, DOSE, first, rate, 2), Event(3.0 + first / rate, DOSE, amt - first, rate, 2)]
    time = 3.0 + later
    one, two = (by_sum(expand(events, RUN_IN)[0], time) for events in (whole, parts))
    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.sampled_from([4.0, 12.0, 24.0]), st.sampled_from([0.0, 5.0]))
def test_addl_is_so_many_rows(addl: int, ii: float, rate: float) -> None:
    short = [Event(2.0, DOSE, 30.0, rate, 1, ii, addl)]
    rows = [Event(2.0 + k * ii, DOSE, 30.0, rate, 1) for k in range(addl + 1)]
    assert expand(short, RUN_IN) == expand(rows, RUN_IN)


@pytest.mark.parametrize("rate", [0.0, 20.0, 2.0])  # the last one runs longer than the interval
def test_steady_state_is_where_a_long_run_ends(rate: float) -> None:
    doses = 60
    long = [Event(0.0, DOSE, 30.0, rate, 2, 12.0, doses)]
    steady = [Event(0.0, DOSE, 30.0, rate, 2, 12.0, 0, 1)]
    for later in (0.0, 1.5, 11.9):
        one = by_sum(expand(steady, RUN_IN)[-1], later)
        many = by_sum(expand(long, RUN_IN)[0], doses * 12.0 + later)
        np.testing.assert_allclose(one, many, rtol=1e-9)


def test_a_reset_takes_everything_back() -> None:
    events = [Event(0.0, DOSE, 60.0, 10.0, 2, 4.0, 5), Event(3.0, RESET), Event(8.0, DOSE, 5.0)]
    before, after = expand(events, RUN_IN)
    assert before.doses == (Single(0.0, 2, 30.0, 3.0),)  # half of the infusion had run; nothing was repeated
    assert after.start == 3.0 and after.doses == (Single(8.0, 1, 5.0, 0.0),)


def test_reset_and_dose_is_reset_then_dose() -> None:
    first = Event(0.0, DOSE, 60.0)
    both = expand([first, Event(5.0, RESET_AND_DOSE, 7.0, 2.0)], RUN_IN)
    apart = expand([first, Event(5.0, RESET), Event(5.0, DOSE, 7.0, 2.0)], RUN_IN)
    assert both == apart


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 40), st.integers(1, 2), st.sampled_from([5.0, 10.0]), st.sampled_from([0.0, 0.5])
        ),
        max_size=25,
        unique=True,
    )
)
def test_records_of_doses_say_the_doses(raw: list[tuple[int, int, float, float]]) -> None:
    doses = sorted(
        (Single(2.0 * t, c, a, h) for t, c, a, h in raw), key=lambda d: (d.time, d.cmt, d.amt, d.hours)
    )
    found = expand(compact(doses), RUN_IN)[0].doses
    assert sorted(found, key=lambda d: (d.time, d.cmt, d.amt, d.hours)) == doses
    assert len(compact(doses)) <= max(len(doses), 0)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (Event(0.0, 8, 10.0), "V624"),
        (Event(0.0, 9), "V621"),
        (Event(0.0, DOSE), "V621"),
        (Event(0.0, DOSE, 0.0, 5.0), "V621"),
        (Event(0.0, DOSE, 10.0, -2.0), "V624"),
        (Event(0.0, DOSE, -10.0), "V621"),
        (Event(0.0, DOSE, 10.0, addl=2), "V621"),
        (Event(0.0, DOSE, 10.0, ss=1), "V621"),
        (Event(0.0, DOSE, 10.0, ss=3, ii=1.0), "V621"),
        (Event(0.0, DOSE, 0.0, 5.0, ss=1, ii=4.0), "V621"),
        (Event(0.0, RESET, 10.0), "V621"),
        (Event(float("nan")), "V621"),
        (Event(0.0, DOSE, 10.0, addl=10**9, ii=1.0), "V417"),
        (Event(0.0, DOSE, 10.0, ss=1, ii=1e-9), "V417"),
    ],
)
def test_records_nobody_agrees_on_are_refused(event: Event, code: str) -> None:
    with pytest.raises(VagusError) as caught:
        expand([event], RUN_IN)
    assert caught.value.code == code
