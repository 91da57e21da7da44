"""The data's own voice: what a person's scores say by themselves, without any model."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..observe import Instrument, important_change, load_instrument, reliable_change, responded, severity_band
from .bank import DAY
from .diary import Diary, Reading

RECENT = 6  # readings the plain trend is taken from
LEAST = 3  # readings without which there is no trend


@dataclass(frozen=True)
class Voice:
    """What the scores of one instrument say.

    Attributes:
        key, label: the instrument.
        readings: (day, value) in order of time.
        first, last, best: values; best is the lowest.
        best_day: of the best value.
        band: severity band of the last value.
        reliable: better, worse, no reliable change, or '' where the scale has no reliable change.
        important: better, worse, no important change, or ''.
        reliable_size, important_size: points a change needs, None where nobody has defined them.
        responded_day: the first day on which the score counts as a response, None when it never did.
        responding: whether the last score counts as a response; None where the scale has no response.
        lost_day: the first day after a response on which it was lost.
        in_remission: whether the last score counts as remission; None where the scale has none.
        slope: points a week over the last readings (median of the slopes of all pairs); None with too few.
    """

    key: str
    label: str
    readings: tuple[tuple[float, float], ...]
    first: float
    last: float
    best: float
    best_day: float
    band: str
    reliable: str
    important: str
    reliable_size: float | None
    important_size: float | None
    responded_day: float | None
    responding: bool | None
    lost_day: float | None
    in_remission: bool | None
    slope: float | None


def voices(diary: Diary) -> list[Voice]:
    """What each instrument of a diary says, the most often asked first."""
    return [voice_of(diary.of(key), load_instrument(key)) for key in diary.keys()]


def voice_of(readings: Sequence[Reading], scale: Instrument) -> Voice:
    """What the readings of one instrument, in order of time, say."""
    values = np.array([one.value for one in readings])
    days = np.array([one.hour for one in readings]) / DAY
    first, last = float(values[0]), float(values[-1])
    best = int(values.argmin())
    answers = _responses(values, scale)
    when = next((k for k, yes in enumerate(answers) if yes), None)
    lost = None if when is None else next((k for k in range(when, values.size) if not answers[k]), None)
    several = values.size > 1
    return Voice(
        key=scale.key,
        label=scale.abbreviation,
        readings=tuple(zip(map(float, days), map(float, values), strict=True)),
        first=first,
        last=last,
        best=float(values[best]),
        best_day=float(days[best]),
        band=str(severity_band(last, scale)),
        reliable=str(reliable_change(first, last, scale)) if scale.reliable_change and several else "",
        important=str(important_change(first, last, scale))
        if scale.minimal_important_change and several
        else "",
        reliable_size=scale.reliable_change.value if scale.reliable_change else None,
        important_size=scale.minimal_important_change.value if scale.minimal_important_change else None,
        responded_day=None if when is None else float(days[when]),
        responding=answers[-1] if answers and several else None,
        lost_day=None if lost is None else float(days[lost]),
        in_remission=bool(last <= scale.remission.value) if scale.remission else None,
        slope=_slope(days[-RECENT:], values[-RECENT:]),
    )


def _responses(values: np.ndarray, scale: Instrument) -> list[bool]:
    """Whether each value is a response to the first one; [] where the scale has no rule."""
    if scale.response is None and scale.response_points is None:
        return []
    return [bool(responded(values[0], value, scale)) for value in values]


def _slope(days: np.ndarray, values: np.ndarray) -> float | None:
    """Points a week: the median of the slopes of all pairs (Theil and Sen), which one odd visit does not move."""
    if days.size < LEAST:
        return None
    pairs = [(j, k) for j, k in combinations(range(days.size), 2) if days[k] > days[j]]
    return float(np.median([7.0 * (values[k] - values[j]) / (days[k] - days[j]) for j, k in pairs]))
