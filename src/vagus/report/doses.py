"""Doses on the time axis: the strip above the panels, and the lines or shaded spans through them."""

from collections.abc import Sequence

from .labels import heading
from .look import DOSE, LEFT, PLOT_HEIGHT, PLOT_WIDTH, STRIP_ROW
from .numerals import count_of, show_minutes, show_plain, show_unit
from .record import Dose
from .timeline import Spec, TimeAxis

MOST_RULES = 24
"""A drug given more often than this is marked in the dose strip only, not by a line through every panel."""


def dose_strip(doses: Sequence[Dose], axis: TimeAxis) -> Spec:
    """The strip above the panels: one row per drug, one mark per dose."""
    rows = [(dose.day, dose.drug, dose_words(dose)) for dose in doses]
    return _strip("Doses", rows, axis, wide=len(ruled_doses(doses)) == len(doses))


def visit_strip(days: Sequence[float], axis: TimeAxis) -> Spec:
    """The strip above the panels of a course without doses: one mark per visit."""
    rows = [(day, "visit", f"day {show_plain(day)}: visit") for day in days]
    return _strip("Visits", rows, axis, wide=len(days) <= MOST_RULES)


def strip_words(doses: Sequence[Dose], visits: Sequence[float]) -> str:
    """What the strip marks, in words: 'Doses marked on the time axis: 6.'"""
    if visits and not doses:
        return f"{count_of(len(visits), 'visit')} marked on the time axis, no doses."
    return f"Doses marked on the time axis: {len(doses)}." if doses else "No doses are given."


def _strip(title: str, given: Sequence[tuple[float, str, str]], axis: TimeAxis, *, wide: bool) -> Spec:
    """A strip of marks: (day, row, words) of each; wide marks where they are few."""
    names = list(dict.fromkeys(name for _, name, _ in given))
    rows = [
        {"x": day * axis.factor, "drug": name, "words": words}
        for day, name, words in given
        if day * axis.factor <= axis.end
    ]
    marks = {
        "data": {"values": rows},
        "mark": {
            "type": "tick",
            "color": DOSE,
            "opacity": 1,
            "thickness": 2.5 if wide else 1.2,
            "size": STRIP_ROW - 6,
            "aria": True,
        },
        "encoding": {
            "x": axis.channel(labels=False),
            "y": {
                "field": "drug",
                "type": "nominal",
                "sort": names,
                "axis": {
                    "title": None,
                    "ticks": False,
                    "domain": False,
                    "grid": False,
                    "labelLimit": LEFT - 20,
                    "labelPadding": 8,
                },
            },
            "description": {"field": "words"},
            "tooltip": {"field": "words"},
        },
    }
    return {
        "width": PLOT_WIDTH,
        "height": STRIP_ROW * len(names),
        "layer": [marks, *heading(title)],
    }


def dose_marks(doses: Sequence[Dose], axis: TimeAxis, across: Spec) -> list[Spec]:
    """Doses on the time axis: a shaded span where the infusion is wide enough to see, else a thin line."""
    if not doses:
        return []
    rows = [
        {"x": dose.day * axis.factor, "end": min(axis.end, (dose.day + dose.minutes / 1440) * axis.factor)}
        for dose in doses
        if dose.day * axis.factor <= axis.end
    ]
    wide = any(row["end"] - row["x"] > axis.end / 200 for row in rows)
    mark: Spec = {"type": "rule", "color": DOSE, "opacity": 0.45, "strokeWidth": 1}
    encoding: Spec = {"x": across}
    if wide:
        mark = {"type": "rect", "color": DOSE, "opacity": 0.16}
        encoding = {"x": across, "x2": {"field": "end"}, "y": {"value": 0}, "y2": {"value": PLOT_HEIGHT}}
    return [{"data": {"values": rows}, "mark": mark, "encoding": encoding}]


def ruled_doses(doses: Sequence[Dose]) -> list[Dose]:
    """The doses drawn as lines through the panels: those of drugs given at most MOST_RULES times."""
    given: dict[str, int] = {}
    for dose in doses:
        given[dose.drug] = given.get(dose.drug, 0) + 1
    return [dose for dose in doses if given[dose.drug] <= MOST_RULES]


def dose_words(dose: Dose) -> str:
    """One dose in words: 'day 3: ketamine 35 mg, iv over 40 min'."""
    took = f" over {show_minutes(dose.minutes)}" if dose.minutes else ""
    amount = f"{show_plain(dose.amount)} {show_unit(dose.unit)}".strip()
    return f"day {show_plain(dose.day)}: {dose.drug} {amount}, {dose.route}{took}"
