"""Everything the page of a person shows, made ready from the entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from ...observe import Instrument
from ..chart import Chart, Mark, Panel
from ..clinic_rules import plausible
from .finding import current
from .kinds import CONSENTS
from .models import Entry, Person
from .scores import Point, Series, series_of
from .writing import raised_by

_VITALS = ("systolic", "heart_rate")
_DIARY = ("sleep_hours", "energy")
_SHAPES = {"better": "better", "worse": "worse"}


@dataclass(frozen=True)
class Overview:
    """One person at one look.

    Attributes:
        entries: what stands in the record, in order of time.
        series: scores by scale.
        chart: everything on one time axis; None when nothing can be drawn.
        table: the same numbers: (when, what, value, meaning), the newest first.
        known: conditions, medicines and cautions that hold.
        consents: (to what, how it stands).
        doses: the doses, the newest last.
    """

    entries: list[Entry]
    series: dict[str, Series]
    chart: Chart | None
    table: list[tuple[datetime, str, str, str]]
    known: list[Entry]
    consents: list[tuple[str, str]]
    doses: list[Entry]


def overview_of(person: Person) -> Overview:
    """The overview of one person; opens every entry of the record."""
    entries = current(person)
    series = series_of(entries)
    doses = [row for row in entries if row.kind == "dose"]
    today = timezone.localdate().isoformat()
    return Overview(
        entries,
        series,
        chart_of(person, entries, series),
        _table(entries, series),
        [
            row
            for row in entries
            if row.kind in ("condition", "medical", "background")
            and (not row.content.get("until") or row.content["until"] >= today)
        ],
        consents_of(entries),
        doses,
    )


def consents_of(entries: list[Entry]) -> list[tuple[str, str]]:
    """How each consent stands: the last word counts."""
    last = {row.content["what"]: row for row in entries if row.kind == "consent"}
    told = []
    for key, label in CONSENTS.items():
        row = last.get(key)
        when = timezone.localtime(row.at).strftime("%d %b %Y") if row else ""
        state = "not asked" if row is None else ("given" if row.content["given"] == "yes" else "refused")
        told.append((label, f"{state} {when}".strip()))
    return told


def missing_consent(person: Person) -> str:
    """What is missing of the consent to treatment, in words; '' where it was given and not taken back since."""
    state = dict(consents_of(current(person, ["consent"])))[CONSENTS["treatment"]]
    if state.startswith("given"):
        return ""
    return f"No consent to treatment stands in this record: {state}."


def dose_words(row: Entry) -> str:
    """One dose in words."""
    content = row.content
    took = f" over {content['minutes']:g} min" if content.get("minutes") else ""
    return f"{content['drug']} {content['amount']:g} {content.get('unit', 'mg')} {content['route']}{took}"


def chart_of(
    person: Person, entries: list[Entry], series: dict[str, Series], plain: Mapping[str, str] | None = None
) -> Chart | None:
    """Scores, vital signs and diary of a person on one axis.

    Argument: `plain`, what the person calls each scale; what only a clinic reads is then left out.
    """
    panels = [_score_panel(one, (plain or {}).get(key)) for key, one in series.items()]
    vitals = [
        row
        for row in entries
        if row.kind == "vitals" and row.content.get("moment", "before") in ("before", "other")
    ]
    diary = [row for row in entries if row.kind == "diary"]
    panels += [] if plain is not None else [panel for key in _VITALS if (panel := _panel(key, vitals))]
    keys = ("pain", *_DIARY) if "nrs_pain" not in series else _DIARY
    panels += [panel for key in keys if (panel := _panel(key, diary))]
    times = [row.at for row in entries if row.kind in ("score", "vitals", "dose", "diary")]
    if not panels:
        return None
    doses = [
        (timezone.localtime(row.at), f"{row.at:%d %b %Y}: {dose_words(row)}")
        for row in entries
        if row.kind == "dose"
    ]
    start, end = timezone.localtime(min(times)), timezone.localtime(max(times))
    room = max((end - start) * 0.03, timedelta(days=1))
    names = ", ".join(panel.label for panel in panels)
    return Chart(
        f"Course of {person.name}" if plain is None else "Your course",
        f"{names} from {start:%d %b %Y} to {end:%d %b %Y}; {len(doses)} doses. The table below has every number.",
        start - room,
        end + room,
        panels,
        doses,
        timezone.localtime(),
    )


def _score_panel(one: Series, label: str | None) -> Panel:
    scale = one.instrument
    return Panel(
        label or scale.abbreviation,
        "points",
        scale.total_low,
        scale.total_high,
        [Mark(timezone.localtime(p.at), p.total, _words(scale, p), _shape(p)) for p in one.points],
        bands=scale.bands if len(scale.bands) > 1 else (),
    )


def _shape(point: Point) -> str:
    return "alert" if raised_by(point.entry.content) else _SHAPES.get(point.since_first, "dot")


def _words(scale: Instrument, point: Point) -> str:
    change = f", {point.since_first} than at first" if point.since_first in _SHAPES else ""
    return f"{point.at:%d %b %Y}: {scale.abbreviation} {point.total:g}, {point.band}{change}"


def _panel(key: str, rows: list[Entry]) -> Panel | None:
    """A panel of one quantity, its axis as wide as the values ask for."""
    one = plausible()[key]
    dots = [
        (timezone.localtime(row.at), float(row.content[key]))
        for row in rows
        if row.content.get(key) is not None
    ]
    if not dots:
        return None
    values = [value for _, value in dots]
    whole = one.high <= 14  # a rating or hours: the whole range
    room = max(0.25 * (max(values) - min(values)), 0.05 * (one.high - one.low))
    low, high = (one.low, one.high) if whole else (round(min(values) - room), round(max(values) + room))
    marks = [
        Mark(at, value, f"{at:%d %b %Y}: {one.label} {value:g} {one.shown_unit}".strip())
        for at, value in dots
    ]
    return Panel(one.label, one.shown_unit, min(low, *values), max(high, *values), marks)


def _table(entries: list[Entry], series: dict[str, Series]) -> list[tuple[datetime, str, str, str]]:
    rows = []
    for one in series.values():
        for p in one.points:
            meaning = p.band + (f"; {p.since_first} since the first" if p.since_first in _SHAPES else "")
            rows.append((p.at, one.instrument.abbreviation, f"{p.total:g}", meaning))
    for row in entries:
        if row.kind == "dose":
            rows.append((row.at, "Dose", dose_words(row), ""))
        elif row.kind in ("vitals", "diary"):
            for key, quantity in plausible().items():
                if row.content.get(key) is not None:
                    told = f"{row.content[key]:g} {quantity.shown_unit}".strip()
                    rows.append((row.at, quantity.label, told, ""))
    return sorted(rows, key=lambda row: row[0], reverse=True)
