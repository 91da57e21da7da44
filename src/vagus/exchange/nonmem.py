"""NONMEM-style tables in: who got what and when, and what was observed, as doses of this body.

Lines that begin with # before the header say what a table of numbers cannot:

    # CMT 1 = ketamine iv
    # DVID 1 = madrs
    # TIME = d

Without them compartments are those of `atlas/exchange/compartments.csv` and TIME is in hours.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ..body.dose import Dose
from ..body.route import load_routes
from ..body.treatment import Treatment
from ..errors import did_you_mean, fail
from ..tables import Place, atlas_path, read_rows
from .bounds import exchange_table
from .delimited import plain_number, read_cells
from .nonmem_events import DOSE, OBSERVATION, OTHER, Event, Occasion, check_event, expand

RESERVED = ("ID", "TIME", "AMT", "RATE", "II", "ADDL", "SS", "EVID", "CMT", "DV", "DVID", "MDV")
LAST_HOUR = 878_400.0
_COVARIATE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,39}")
_CMT = re.compile(r"#\s*CMT\s+(\d+)\s*=\s*(\S+)\s+(\S+)\s*", re.IGNORECASE)
_DVID = re.compile(r"#\s*DVID\s+(\d+)\s*=\s*(\S+)\s*", re.IGNORECASE)
_TIME = re.compile(r"#\s*TIME\s*=\s*(h|d)\s*", re.IGNORECASE)
_MISSING = ("", ".", "NA")


@dataclass(frozen=True)
class Observed:
    """One observation: h in the time of the table, what (`DVID`, its name when it has one), None when it is missing."""

    time: float
    name: str
    value: float | None
    line: int


@dataclass(frozen=True)
class Stretch:
    """One occasion of a person: the doses from its `begins` on, and what was observed in it."""

    occasion: Occasion
    observed: tuple[Observed, ...]

    @property
    def begins(self) -> float:
        """The hour of the table that is hour 0 of the simulation."""
        return self.occasion.begins


@dataclass(frozen=True)
class Subject:
    """One ID.

    Attributes:
        name: as written.
        stretches: one, and one more for each reset.
        covariates: of the first record of the person.
        changing: covariates that change later on; the body keeps the first value.
    """

    name: str
    stretches: tuple[Stretch, ...]
    covariates: Mapping[str, float]
    changing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A whole table.

    Attributes:
        subjects: in the order of the table.
        compartments: (drug, route) by CMT, of those that are dosed.
        notes: what a reader of a result should know.
        file: where it was read from.
    """

    subjects: tuple[Subject, ...]
    compartments: Mapping[int, tuple[str, str]]
    notes: tuple[str, ...] = ()
    file: str = ""


@dataclass
class _Settings:
    compartments: dict[int, tuple[str, str]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    hours: float = 1.0


@lru_cache(maxsize=1)
def usual_compartments() -> Mapping[int, tuple[str, str]]:
    """(drug, route) by the number of the compartment, of the atlas."""
    path = atlas_path("exchange", "compartments.csv")
    rows = read_rows(path, ("number", "drug", "route"))
    return {int(row["number"]): (row["drug"], row["route"]) for row in rows}


def compartment(drug: str, route: str, place: Place | None = None) -> tuple[str, str]:
    """The same when the drug has the route; raises V404 and V413."""
    where: Place = place or Place(file="", line=None, text=f"{drug} {route}")
    drugs = load_routes()
    if drug not in drugs:
        hint = did_you_mean(drug, drugs) or f"the drugs are: {', '.join(drugs)}"
        raise fail("V404", name=drug, hint=hint, **where)
    if route not in drugs[drug]:
        raise fail("V413", key="route", value=route, known=", ".join(drugs[drug]), **where)
    return drug, route


def read_nonmem(
    path: str | Path,
    compartments: Mapping[int, tuple[str, str]] | None = None,
    run_in: float | None = None,
) -> Table:
    """What a NONMEM-style table tells.

    Args:
        path: CSV with the columns ID and TIME, and any of AMT RATE II ADDL SS EVID CMT DV DVID MDV; every other column
            is a covariate. AMT is mg, RATE mg/h, TIME and II hours (or days, by a line # TIME = d).
        compartments: (drug, route) by CMT; wins over the lines of the table.
        run_in: hours a steady state is given to come about; None for those of `atlas/exchange/exchange.toml`.

    Raises:
        VagusError: V101-V105 the file cannot be read, V620 columns, V621 a record that cannot be, V622 out of order,
            V623 a compartment without a drug, V624 a record that cannot be simulated, V404, V413 an unknown drug or
            route.
    """
    run_in = float(exchange_table()["nonmem"]["run_in"]) if run_in is None else run_in
    if not 0.0 < run_in <= LAST_HOUR:
        raise fail("V410", days=f"{run_in / 24.0:g}")
    settings, header, rows = _read(path)
    settings.compartments |= dict(compartments or {})
    people: dict[str, list[tuple[Place, dict[str, str]]]] = {}
    last = ""
    for place, cells in rows:
        name = cells["ID"]
        if name != last and name in people:
            raise fail("V622", reason=f"ID {name} stands in two places of the table", **place)
        people.setdefault(name, []).append((place, cells))
        last = name
    columns = [column for column in header if column not in RESERVED]
    subjects = tuple(_subject(name, rows, columns, settings, run_in) for name, rows in people.items())
    if not subjects:
        raise fail("V620", reason="it has no records", file=path)
    used = {dose.cmt for one in subjects for s in one.stretches for dose in s.occasion.doses}
    return Table(subjects, {n: _drug(n, settings, None) for n in sorted(used)}, _notes(subjects), str(path))


def treatment_of(stretch: Stretch, compartments: Mapping[int, tuple[str, str]], title: str) -> Treatment:
    """The doses of a stretch as a course; hour 0 is the hour `stretch.begins` of the table."""
    doses = []
    for one in stretch.occasion.doses:
        drug, route = compartments[one.cmt]
        doses.append(Dose(one.time - stretch.begins, drug, one.amt, "mg", route, one.hours))
    return Treatment("nonmem", title, "doses of a NONMEM-style table", "assumed", (), tuple(doses))


def _read(path: str | Path) -> tuple[_Settings, list[str], Iterator[tuple[Place, dict[str, str]]]]:
    settings, header, rows = _Settings(), list[str](), []
    for place, cells in read_cells(path, "V620", comment="#"):
        if cells[0].startswith("#"):
            _setting(cells[0], place, settings)
        elif not header:
            header = _header(cells, place)
        elif len(cells) != len(header):
            raise fail("V107", found=len(cells), wanted=len(header), **place)
        else:
            rows.append((place, dict(zip(header, cells, strict=True))))
    if not header:
        raise fail("V620", reason="it is empty", file=path)
    return settings, header, iter(rows)


def _setting(text: str, place: Place, settings: _Settings) -> None:
    """What a comment says, when it says one of the three things."""
    if match := _CMT.fullmatch(text):
        settings.compartments[int(match[1][:6])] = compartment(match[2], match[3], place)
    elif match := _DVID.fullmatch(text):
        settings.names[int(match[1][:6])] = match[2]
    elif match := _TIME.fullmatch(text):
        settings.hours = 24.0 if match[1].casefold() == "d" else 1.0


def _header(cells: Sequence[str], place: Place) -> list[str]:
    known = [cell for cell in cells if cell.upper() in RESERVED and cell.upper() != "ID"]
    if any(cell.isupper() for cell in known) and not all(cell.isupper() for cell in known):
        raise fail("V620", reason="its columns are in upper and in lower case", **place)
    if known and not (all(map(str.isupper, known)) or all(map(str.islower, known))):
        raise fail("V620", reason=f"the column {known[0]} is in mixed case", **place)
    names = [cell.upper() if cell.upper() in RESERVED else cell for cell in cells]
    for name in names:
        if name not in RESERVED and not _COVARIATE.fullmatch(name):
            raise fail("V620", reason=f"'{name}' is not a column name", **place)
        if names.count(name) > 1:
            raise fail("V620", reason=f"the column {name} appears twice", **place)
    for name in ("ID", "TIME"):
        if name not in names:
            raise fail("V620", reason=f"the column {name} is missing", **place)
    return names


def _number(cells: Mapping[str, str], column: str, place: Place) -> float:
    """A cell as a number; what is not there or missing is 0."""
    text = cells.get(column, "")
    if text in _MISSING:
        return 0.0
    number = plain_number(text)
    if number is None:
        raise fail("V621", what=column, value=text, reason="it is not a number", **place)
    return number


def _whole(cells: Mapping[str, str], column: str, place: Place) -> int:
    number = _number(cells, column, place)
    if number != int(number) or abs(number) > 1e6:
        raise fail("V621", what=column, value=f"{number:g}", reason="it is no whole number", **place)
    return int(number)


def _subject(
    name: str,
    rows: Sequence[tuple[Place, dict[str, str]]],
    columns: Sequence[str],
    settings: _Settings,
    run_in: float,
) -> Subject:
    if plain_number(name) is None and not re.fullmatch(r"[\w.-]{1,60}", name):
        raise fail("V621", what="ID", value=name, reason="letters and digits name a person", **rows[0][0])
    events: list[Event] = []
    observed: list[list[Observed]] = [[]]
    last = 0.0
    for place, cells in rows:
        time = _number(cells, "TIME", place) * settings.hours
        if not 0.0 <= time <= LAST_HOUR:
            raise fail("V621", what="TIME", value=f"{time:g}", reason="it is not in 0 to 100 years", **place)
        if time < last:
            raise fail("V622", reason=f"TIME {time:g} comes after TIME {last:g}", **place)
        last = time
        evid = _evid(cells, place)
        if evid == OBSERVATION:
            _no_dose(cells, place)
            observed[-1].append(_observed(time, cells, place, settings))
            if not events:  # the occasion begins here
                events.append(Event(time, OTHER, place=place))
            continue
        event = _event(time, evid, cells, place, settings)
        check_event(event)
        if event.evid != OTHER and event.evid != 3:
            _drug(event.cmt, settings, place)
        if event.opens:
            observed.append([])
        events.append(event)
    pairs = zip(expand(events, run_in), observed, strict=True)
    stretches = tuple(Stretch(one, tuple(seen)) for one, seen in pairs if one.doses or seen)
    _check_infusions(stretches, settings, rows[0][0])
    covariates = {column: _number(rows[0][1], column, rows[0][0]) for column in columns
                  if rows[0][1][column] not in _MISSING}  # fmt: skip
    changing = tuple(c for c in columns if len({cells[c] for _, cells in rows} - set(_MISSING)) > 1)
    return Subject(name, stretches, covariates, changing)


def _evid(cells: Mapping[str, str], place: Place) -> int:
    """EVID; without that column a record with an amount or a rate is a dose."""
    if "EVID" in cells:
        return _whole(cells, "EVID", place)
    given = _number(cells, "AMT", place) or _number(cells, "RATE", place)
    return DOSE if given else OBSERVATION


def _event(time: float, evid: int, cells: Mapping[str, str], place: Place, settings: _Settings) -> Event:
    return Event(
        time=time,
        evid=evid,
        amt=_number(cells, "AMT", place),
        rate=_number(cells, "RATE", place),
        cmt=_whole(cells, "CMT", place) or 1,
        ii=_number(cells, "II", place) * settings.hours,
        addl=_whole(cells, "ADDL", place),
        ss=_whole(cells, "SS", place),
        place=place,
    )


def _no_dose(cells: Mapping[str, str], place: Place) -> None:
    for column in ("AMT", "RATE", "ADDL", "SS"):
        value = _number(cells, column, place)
        if value:
            reason = "an observation (EVID 0) gives no dose"
            raise fail("V621", what=column, value=f"{value:g}", reason=reason, **place)


def _observed(time: float, cells: Mapping[str, str], place: Place, settings: _Settings) -> Observed:
    number = _whole(cells, "DVID", place) or 1
    missing = _whole(cells, "MDV", place) != 0 or cells.get("DV", ".") in _MISSING
    value = None if missing else _number(cells, "DV", place)
    return Observed(time, settings.names.get(number, str(number)), value, place["line"] or 0)


def _drug(number: int, settings: _Settings, place: Place | None) -> tuple[str, str]:
    found = settings.compartments.get(number) or usual_compartments().get(number)
    if found is None:
        raise fail("V623", number=number, **(place or Place(file="", line=None, text=None)))
    return found


def _check_infusions(stretches: Sequence[Stretch], settings: _Settings, place: Place) -> None:
    for stretch in stretches:
        for dose in stretch.occasion.doses:
            drug, route = _drug(dose.cmt, settings, place)
            if dose.hours > 0 and load_routes()[drug][route].infusion is None:
                reason = f"{drug} {route} is not given over time"
                raise fail("V624", what="RATE", value=f"{dose.amt / dose.hours:g}", reason=reason, **place)


def _notes(subjects: Sequence[Subject]) -> tuple[str, ...]:
    notes = []
    for one in subjects:
        for name in one.changing:
            notes.append(f"ID {one.name}: {name} changes; the body keeps the value of the first record")
        early = [s for s in one.stretches if s.begins < s.occasion.start]
        if early:
            hours = max(s.occasion.start - s.begins for s in early)
            notes.append(f"ID {one.name}: a steady state is brought about by doses in the {hours:g} h before")
        if len(one.stretches) > 1:
            count = len(one.stretches)
            notes.append(f"ID {one.name}: {count} occasions, each with a body nothing was given to before")
    return tuple(notes)
