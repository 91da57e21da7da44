"""Where in a step something discontinuous changes first: looked for in places, in dips between them, then closer.

A condition is true or false in every place looked at. That it turned and turned back between two places shows in the
gap between the sides of its comparison: a gap that shrinks and grows again is followed to its least.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
LOOKS = 8  # places in a step at which the watched rows are looked at
_PARTS = 8  # in which the time between two places is cut, again and again, to come closer
_NARROWS = 8  # times a dip is narrowed down before it counts as none
_NEAR = 0.5  # a dip is followed when a parabola foresees less than this part of the gap at the nearest place


@dataclass(frozen=True)
class Look:
    """The first change in the step of each person.

    Attributes: `changed`, whether there is one; `before` and `after`, neighbouring times around it; `switched`, whether
    the rates change there; `turned`, whether anything but a trigger does.
    """

    changed: Mask
    before: Array
    after: Array
    switched: Mask
    turned: Mask


@dataclass(frozen=True)
class Rows:
    """What is looked at, as rows of `observe`.

    Attributes:
        whole: rows of whole numbers: first those on which the rates depend, then parts of triggers, then triggers.
        switches: how many of them are of the first kind.
        loose: how many are of the first two kinds: they are not looked at for who slides along a border.
        gaps: differences between the sides of comparisons; they change their sign where the comparison changes.
    """

    whole: Index
    switches: int
    loose: int
    gaps: Index


#: All rows at times of people within their steps (rows, times): the times, and whose they are.
Observe = Callable[[Array, Index], Array]


@dataclass(frozen=True)
class _Span:
    """One step of each person, to look into."""

    rows: Rows
    known: Array
    sliding: Mask
    observe: Observe

    def differs(self, seen: Array, who: Index) -> Mask:
        """Whether a watched row of these people is no longer what it was."""
        other = seen[self.rows.whole] != self.known[:, who]
        other[: self.rows.loose] &= ~self.sliding[who]
        return np.asarray(other.any(axis=0))


def find_change(
    rows: Rows, known: Array, sliding: Mask, observe: Observe, start: Array, end: Array, good: Mask
) -> Look:
    """The first change of a watched row between two times of each person.

    Args:
        rows: what is watched.
        known: what the rows of whole numbers are at the start (rows, people).
        sliding: people who switch again and again at one place: their switches do not count.
        observe: what is looked at.
        start, end: of the step of each person.
        good: the people whose step is looked into.
    """
    none = np.zeros(start.size, dtype=bool)
    if not rows.whole.size or not good.any():
        return Look(none, end, end, none, none)
    span = _Span(rows, known, sliding, observe)
    places = start + np.arange(LOOKS + 1)[:, None] / LOOKS * (end - start)
    places[-1] = end
    everybody = np.tile(np.arange(start.size), LOOKS + 1)
    seen = observe(places.ravel(), everybody)
    differs = good & span.differs(seen, everybody).reshape(places.shape)
    differs[0] = False
    changed = np.asarray(differs.any(axis=0))
    first = np.maximum(differs.argmax(axis=0), 1)
    low = np.where(
        changed, np.take_along_axis(places, first[None] - 1, axis=0)[0], np.where(good, end, start)
    )
    high = np.where(changed, np.take_along_axis(places, first[None], axis=0)[0], end)
    if rows.gaps.size:
        gaps = seen[rows.gaps].reshape(-1, *places.shape).swapaxes(0, 1)
        _find_dips(span, places, gaps, good, low, high, changed)
    who, switched, turned = np.flatnonzero(changed), none.copy(), none.copy()
    if who.size:
        _come_closer(span, who, low, high)
        other = observe(high[who], who)[rows.whole[: rows.loose]] != known[: rows.loose, who]
        switched[who], turned[who] = other[: rows.switches].any(axis=0), other.any(axis=0)
    return Look(changed, low, high, switched, turned)


def _come_closer(span: _Span, who: Index, low: Array, high: Array) -> None:
    """Until `low` and `high` of some people are neighbouring numbers around the first change, in place."""
    parts = np.arange(1, _PARTS)[:, None] / _PARTS
    while True:
        width = high[who] - low[who]
        middle = low[who] + 0.5 * width
        between = (middle > low[who]) & (middle < high[who])
        who, width = who[between], width[between]
        if not who.size:
            return
        edges = np.concatenate([low[who][None], low[who] + parts * width, high[who][None]])
        whose = np.tile(who, _PARTS - 1)
        seen = span.observe(edges[1:-1].ravel(), whose)
        differs = span.differs(seen, whose).reshape(_PARTS - 1, -1)
        first = np.where(differs.any(axis=0), differs.argmax(axis=0), _PARTS - 1)
        low[who], high[who] = np.take_along_axis(edges, np.array([first, first + 1]), axis=0)


def _find_dips(
    span: _Span, places: Array, gaps: Array, good: Mask, low: Array, high: Array, changed: Mask
) -> None:
    """Changes that are undone before the next place, in place on `low`, `high` and `changed`."""
    found = np.zeros(good.shape, dtype=bool)
    for middle in range(1, len(places) - 1):
        before = good & ~found & (~changed | (places[middle] <= low))
        if not before.any():
            break
        near = dips(gaps[middle - 1 : middle + 2], middle == 1, middle == len(places) - 2)
        near = np.where(before, near, np.inf)
        row = np.argmin(near, axis=0)
        who = np.flatnonzero(before & (near[row, np.arange(row.size)] < _NEAR))
        if who.size:
            x = [place[who] for place in places[middle - 1 : middle + 2]]
            f = [gap[row[who], who] for gap in gaps[middle - 1 : middle + 2]]
            found[_follow(span, x, f, row[who], who, low, high)] = True
    changed |= found


def dips_in_time(observe: Callable[[Array], Array], grid: Array, gaps: Array) -> Array:
    """Times between the places of a grid at which a gap that depends on time alone has changed its sign.

    Arguments: `observe` gives the gaps at some times (gaps, times); `gaps`, what they are on the grid.
    """
    near = dips(np.array([gaps[:, :-2], gaps[:, 1:-1], gaps[:, 2:]]), False, False)
    row, middle = np.nonzero(near < _NEAR)
    if not row.size:
        return np.zeros(0)
    x, f = [grid[middle + i] for i in range(3)], [gaps[row, middle + i] for i in range(3)]
    sign, found = np.sign(f[1]), np.full(row.size, np.nan)
    for _ in range(_NARROWS):
        at = least(x, f)
        value = observe(at)[row, np.arange(row.size)]
        found = np.where(np.isnan(found) & (value * sign <= 0.0), at, found)
        x, f = narrow(x, f, at, value)
    return found[np.isfinite(found)]


def dips(gap: Array, first: bool, last: bool) -> Array:
    """How deep a gap dips around the middle of three evenly spaced places, by a parabola through them.

    Gives:
        What is left of the gap at the least place as a part of it; below zero where its sign changes; infinite where
        it does not shrink and grow again nearer to the middle than to its neighbours (or beyond those at either end).
    """
    a, b, c = gap
    with np.errstate(all="ignore"):
        curve = a - 2.0 * b + c
        offset = 0.5 * (a - c) / curve
        left = (b - 0.25 * (a - c) * offset) / np.minimum(np.minimum(np.abs(a), np.abs(b)), np.abs(c))
        same = (a * b > 0.0) & (b * c > 0.0) & (curve * b > 0.0)
        inside = (offset >= (-1.0 if first else -0.5)) & (offset <= (1.0 if last else 0.5))
        return np.where(same & inside & np.isfinite(left), left * np.sign(b), np.inf)


def _follow(
    span: _Span, x: list[Array], f: list[Array], row: Index, who: Index, low: Array, high: Array
) -> Index:
    """Narrow a dip of some people down until a watched row changes in it.

    Returns:
        Those in whom one does; their `low` and `high` are set.
    """
    found, each = np.zeros(who.size, dtype=bool), np.arange(who.size)
    going = ~found
    for _ in range(_NARROWS):
        at = np.where(going, least(x, f), x[1])
        seen = span.observe(at, who)
        hit = going & span.differs(seen, who)
        earlier = np.where(at > x[1], x[1], x[0])
        low[who[hit]], high[who[hit]] = earlier[hit], at[hit]
        found |= hit
        going = going & ~hit & (at > x[0]) & (at < x[2]) & (at != x[1])
        if not going.any():
            break
        x, f = narrow(x, f, at, seen[span.rows.gaps][row, each])
    return who[found]


def least(x: list[Array], f: list[Array]) -> Array:
    """Where a parabola through three places has its extreme, within them."""
    with np.errstate(all="ignore"):
        left, right = (x[1] - x[0]) * (f[1] - f[2]), (x[1] - x[2]) * (f[1] - f[0])
        at = x[1] - 0.5 * ((x[1] - x[0]) * left - (x[1] - x[2]) * right) / (left - right)
    return np.where(np.isfinite(at), np.clip(at, x[0], x[2]), x[1])


def narrow(x: list[Array], f: list[Array], at: Array, value: Array) -> tuple[list[Array], list[Array]]:
    """Three places around the least of a gap, one of them new."""
    nearer = np.abs(value) < np.abs(f[1])
    on_left = at < x[1]
    keep_left, keep_right = nearer & on_left, nearer & ~on_left
    x0 = np.where(keep_right, x[1], np.where(~nearer & on_left, at, x[0]))
    f0 = np.where(keep_right, f[1], np.where(~nearer & on_left, value, f[0]))
    x2 = np.where(keep_left, x[1], np.where(~nearer & ~on_left, at, x[2]))
    f2 = np.where(keep_left, f[1], np.where(~nearer & ~on_left, value, f[2]))
    return [x0, np.where(nearer, at, x[1]), x2], [f0, np.where(nearer, value, f[1]), f2]
