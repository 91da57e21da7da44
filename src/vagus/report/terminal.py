"""The printed summary of a course: the same tables as the report, for the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .effect import difference_of, effect_of
from .figure import KIND_TITLES
from .numerals import DASH, decimals_for, is_number, name_unit, show_minutes, show_number
from .record import CourseReport
from .words import balance, given, missing, rests_on

SCORE_DECIMALS = 1
VERDICT_STYLES = {"better": "green", "worse": "bold red", "same": "dim", "": ""}


def print_course(course: CourseReport, console: Console) -> None:
    """Prints the course: what was given, outcomes, first hours, balance at the end, evidence, warnings.

    Names come from files people wrote, so all text is printed as plain text, never as markup.
    """
    console.print(Text(course.title, style="bold"))
    console.print(Text(given(course)))
    for table in (outcome_table(course), acute_table(course)):
        if table.row_count:
            console.print(table)
    for reason in dict.fromkeys(outcome.note for outcome in course.outcomes if outcome.note):
        console.print(Text(f"{DASH} {reason}", style="dim"))
    effects = [effect for curve in course.curves if curve.kind != "vital" and (effect := effect_of(curve))]
    for sentence in (*balance(effects), rests_on(course), *missing(course)):
        console.print(Text(sentence))
    for label, words in course.headline:
        if label in ("People like this", "How sure"):
            console.print(Text(f"{label}: {words}"))
    concern = [
        caution for caution in course.cautions if caution.startswith("Concerns")
    ]  # the rest: in the report
    for warning in (*course.warnings, *concern):
        console.print(Text(f"Note: {warning}", style="yellow"))


def outcome_table(course: CourseReport) -> Table:
    """Outcomes at the asked times, grouped into mind, body and vital signs."""
    table = Table(
        box=box.SIMPLE_HEAD, title="Outcomes", title_justify="left", title_style="bold", padding=(0, 1, 0, 0)
    )
    table.add_column("", no_wrap=True)
    for name in (
        "before",
        "24 h",
        "week 3",
        course.last_time,
        f"{course.last_time}\nuntreated",
        "difference   ",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for kind, title in KIND_TITLES.items():
        outcomes = [outcome for outcome in course.outcomes if outcome.kind == kind]
        if outcomes:
            table.add_row(Text(title, style="bold"))
        for outcome in outcomes:
            values = (
                outcome.baseline,
                outcome.day_1,
                outcome.week_3,
                outcome.week_12,
                outcome.untreated_week_12,
            )
            places = SCORE_DECIMALS if outcome.unit == "points" else decimals_for(values)
            difference = difference_of(outcome, course.curves)
            unit = name_unit(outcome.unit)
            label = f" {outcome.label}" + (f" [{unit}]" if unit and unit != "points" else "")
            table.add_row(
                Text(label),
                *(Text(show_number(value if is_number(value) else None, places)) for value in values),
                Text(
                    f"{show_number(difference.size, places, sign=True)} {difference.verdict:<6}",
                    style=VERDICT_STYLES[difference.verdict],
                ),
            )
    return table


def acute_table(course: CourseReport) -> Table:
    """The vital signs around the first dose: before, furthest, and the time to that."""
    table = Table(box=box.SIMPLE_HEAD, title=course.acute_title, title_justify="left", title_style="bold")
    table.add_column("", no_wrap=True)
    for name in ("before", "furthest", "after"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in course.acute:
        places = decimals_for([line.baseline, line.peak])
        unit = name_unit(line.unit)
        table.add_row(
            Text(f"  {line.label}" + (f" [{unit}]" if unit else "")),
            show_number(line.baseline, places),
            show_number(line.peak, places),
            show_minutes(line.minutes_to_peak),
        )
    return table
