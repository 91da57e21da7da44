"""What is known of one person, as records: scores, vital signs, doses, events, and who they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from ..body.hold import Hold
from ..body.patient import Patient
from ..errors import VagusError, fail
from ..tables import Place, atlas_path, read_toml


@dataclass(frozen=True)
class Line:
    """One line of a person's file: its cells by column as written, and where it stands."""

    cells: Mapping[str, str]
    place: Place

    def get(self, column: str) -> str:
        """A cell without blanks around it; '' when it is empty or not there."""
        return self.cells.get(column, "").strip()

    def error(self, code: str, hint: str | None = None, **facts: object) -> VagusError:
        """The error of this line."""
        return fail(code, hint=hint, **self.place, **facts)


@dataclass(frozen=True)
class Reading:
    """One score or vital sign.

    Attributes:
        hour: hours after 08:00 of the first day of the file.
        key: the instrument or vital sign.
        value: points of the total, or the value in the unit of `atlas/follow.toml`.
        items: marks of the items, where they are known.
        line: of the file.
    """

    hour: float
    key: str
    value: float
    items: tuple[float, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Given:
    """A dose given once, or a medicine taken daily from one day until another (infinite: it goes on)."""

    hour: float
    drug: str
    amount: float
    unit: str
    route: str
    hours: float
    until: float | None = None


@dataclass(frozen=True)
class Happening:
    """A hold of an input of the body, or a daily amount added to a state, from `start` to `end` in hours."""

    title: str
    start: float
    end: float
    hold: Hold | None = None
    state: str = ""
    amount: float = 0.0


@dataclass(frozen=True)
class Begun:
    """A treatment of the atlas (or a file) that began at an hour and ended at another; infinite: it goes on."""

    hour: float
    name: str
    until: float


@dataclass(frozen=True)
class Diary:
    """All that is known of one person.

    Attributes:
        patient: conditions, covariates and background medicines.
        first: the date of day 0; None when the file counts days.
        scores, vitals: readings in order of time.
        given: doses and daily medicines in order of time.
        happenings: events.
        begun: treatments without single doses.
        virtual: whether the file says that this person is made up.
        file: where it was read from.
        assumed: what the file does not say and is taken to be usual, in words.
    """

    patient: Patient
    first: date | None
    scores: tuple[Reading, ...]
    vitals: tuple[Reading, ...]
    given: tuple[Given, ...] = ()
    happenings: tuple[Happening, ...] = ()
    begun: tuple[Begun, ...] = ()
    virtual: bool = False
    file: str = ""
    assumed: tuple[str, ...] = field(default=())

    @property
    def end(self) -> float:
        """The hour of the last thing that is known: a reading, or the start of a dose."""
        hours = [one.hour for one in (*self.scores, *self.vitals)]
        hours += [one.hour for one in self.given] + [one.hour for one in self.begun]
        return max(hours, default=0.0)

    def of(self, key: str) -> list[Reading]:
        """The readings of one instrument or vital sign in order of time."""
        return [one for one in (*self.scores, *self.vitals) if one.key == key]

    def keys(self) -> list[str]:
        """The instruments that were asked, most often asked first."""
        counts = {key: len(self.of(key)) for key in dict.fromkeys(one.key for one in self.scores)}
        return sorted(counts, key=lambda key: -counts[key])


@lru_cache(maxsize=1)
def follow_table() -> Mapping[str, Any]:
    """The table `atlas/follow.toml`."""
    return read_toml(atlas_path("follow.toml"))
