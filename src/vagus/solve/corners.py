"""When the rates of a person have a corner in time: a term of time and parameters alone crosses its border.

A step over such a moment may see nothing of it, for a load that is gone for some hours lies between the stages. So the
moments are looked for beforehand, on a grid and in the dips between its places, and every step ends at them.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .events import Array, Events

Index = NDArray[np.int64]
#: Times (looks, people) and parameters (rows, people) in; values and then slopes (looks, 2 corners, people) out.
Look = Callable[[Array, Array], Array]
SPACING = 6.0  # hours between two looks: a day has four
LOOKS = (256, 16_384)  # least and most on the way
_TOGETHER = 400_000  # looks at people at once
_BEHIND = 1e-9  # hours: the next step begins on the far side of a corner
_NEWTON = 14
_NARROWS = 30  # times the place of a dip is halved


def with_corners(events: Events, look: Look, p: Array, rows: Index, begin: float, end: float) -> Events:
    """The same changes with a mark wherever a corner of a person lies: a step ends there and nothing is changed.

    Args:
        events: changes of the people.
        look: tells the terms that may turn.
        p: parameters (parameters, people) at the start.
        rows: the parameters `look` reads, in its order.
        begin, end: hours.
    """
    owner, start, stop, held = _stretches(events, p, rows, begin, end)
    looks = int(np.clip(np.ceil((end - begin) / SPACING), *LOOKS))
    grid = np.linspace(begin, end, looks + 1)
    parts = np.array_split(np.arange(owner.size), -(-owner.size * looks // _TOGETHER))
    found = [_moments(look, held[:, part], grid, part) for part in parts if part.size]
    who = np.concatenate([one for one, _ in found])
    moment = np.concatenate([one for _, one in found])
    inside = (moment > start[who]) & (moment < stop[who])
    return events.with_marks(owner[who[inside]], moment[inside])


def _stretches(
    events: Events, p: Array, rows: Index, begin: float, end: float
) -> tuple[Index, Array, Array, Array]:
    """Stretches over which what the terms read is constant: whose, from, to, and the parameters (rows, stretches)."""
    people = p.shape[1]
    owner, start, stop = np.arange(people), np.full(people, begin), np.full(people, end)
    held = p[rows]
    sets = np.flatnonzero(~events.jump & np.isin(events.index, rows) & (events.time < end))
    if not sets.size:
        return owner, start, stop, held
    place = {int(row): number for number, row in enumerate(rows)}
    whose = np.repeat(np.arange(people), np.diff(events.first))
    last: dict[int, int] = {}
    more: list[tuple[int, float]] = []
    columns = list(held.T.copy())
    ends = stop.tolist()
    for entry in sets.tolist():
        who, at = int(whose[entry]), max(float(events.time[entry]), begin)
        column = last.get(who, who)
        if at > (start[who] if column == who else more[column - people][1]):
            ends[column] = at
            columns.append(columns[column].copy())
            ends.append(end)
            more.append((who, at))
            column = last[who] = len(columns) - 1
        columns[column][place[int(events.index[entry])]] = events.value[entry]
    owner = np.concatenate([owner, np.array([who for who, _ in more], dtype=np.int64)])
    start = np.concatenate([start, np.array([at for _, at in more])])
    return owner, start, np.array(ends), np.array(columns).T


def _moments(look: Look, p: Array, grid: Array, names: Index) -> tuple[Index, Array]:
    """Whose (by name) and when."""
    seen = look(np.repeat(grid[:, None], p.shape[1], axis=1), p)
    value, slope = np.split(seen, 2, axis=1)
    below = value < 0.0
    at, corner, who = np.nonzero(below[1:] != below[:-1])
    low, high = grid[at], grid[at + 1]
    dips = _dips(look, p, grid, value, slope)
    low, high = np.concatenate([low, *dips[0]]), np.concatenate([high, *dips[1]])
    corner, who = np.concatenate([corner, dips[2], dips[2]]), np.concatenate([who, dips[3], dips[3]])
    return names[who], _crossings(look, p[:, who], corner, low, high)


def _picked(look: Look, t: Array, p: Array, corner: Index) -> tuple[Array, Array]:
    """Value and slope of one term of each column."""
    if not t.size:
        return t, t
    value, slope = np.split(look(t[None], p)[0], 2)
    column = np.arange(t.size)
    return value[corner, column], slope[corner, column]


def _crossings(look: Look, p: Array, corner: Index, low: Array, high: Array) -> Array:
    """Where each term changes its sign between two times: Newton's steps; where they lead out, the middle or an end."""
    low, high = low.copy(), high.copy()
    under = _picked(look, low, p, corner)[0] < 0.0
    at = 0.5 * (low + high)
    for turn in range(_NEWTON):
        value, slope = _picked(look, at, p, corner)
        same = (value < 0.0) == under
        low, high = np.where(same, at, low), np.where(same, high, at)
        with np.errstate(all="ignore"):
            better = at - value / slope
        inside = (better >= low) & (better <= high)
        # A crossing may lie at an end, where every step leads out a little: from there it is found at once.
        other = np.where(better < low, low, high) if turn % 2 else 0.5 * (low + high)
        at = np.where(inside, better, other)
    return at + _BEHIND


def _dips(
    look: Look, p: Array, grid: Array, value: Array, slope: Array
) -> tuple[list[Array], list[Array], Index, Index]:
    """Both halves of the gaps of the grid in which a term turns and turns back: from, to; which term; whose."""
    side = np.where(value < 0.0, -1.0, 1.0)
    size, drift = value * side, slope * side
    step = np.diff(grid)[:, None, None]
    with np.errstate(all="ignore"):
        # Where the two tangents meet lies below every curve that is bent one way.
        part = (size[1:] - size[:-1] - drift[1:] * step) / (drift[:-1] - drift[1:])
        least = size[:-1] + drift[:-1] * part
    open_ = (side[1:] == side[:-1]) & (drift[:-1] < 0.0) & (drift[1:] > 0.0) & (least < 0.0)
    at, corner, who = np.nonzero(open_)
    begin, end = grid[at], grid[at + 1]
    low, high, above = begin.copy(), end.copy(), side[at, corner, who]
    middle = 0.5 * (low + high)
    held = p[:, who]
    crossed = np.zeros(at.size, dtype=bool)
    for _ in range(_NARROWS if at.size else 0):
        here, rise = _picked(look, middle, held, corner)
        crossed |= here * above < 0.0
        falling = rise * above < 0.0
        low, high = np.where(falling & ~crossed, middle, low), np.where(falling | crossed, high, middle)
        middle = np.where(crossed, middle, 0.5 * (low + high))
    middle, begin, end = middle[crossed], begin[crossed], end[crossed]
    return [begin, middle], [middle, end], corner[crossed], who[crossed]
