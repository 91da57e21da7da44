"""NONMEM-style tables out: a course of doses, or what is known of real people, in the columns NONMEM reads."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..body.dose import Dose
from ..errors import fail
from .nonmem import RESERVED, usual_compartments
from .nonmem_events import Event, Single, compact


@dataclass(frozen=True)
class Row:
    """One person for the table.

    Attributes:
        number: ID.
        doses: of the person.
        weight: kg; doses by weight are written in mg.
        observed: (hour, name, value); a value of None is a time at which a value is wanted.
        covariates: numbers that stand in every line of the person.
    """

    number: int
    doses: Sequence[Dose]
    weight: float
    observed: Sequence[tuple[float, str, float | None]] = ()
    covariates: Mapping[str, float] = field(default_factory=dict)


def nonmem_text(rows: Sequence[Row], comments: bool = True) -> str:
    """The table of some people; hours and mg.

    Args:
        rows: one for each person.
        comments: say above the header what CMT and DVID mean; `read_nonmem` reads these lines, NONMEM skips them with
            IGNORE=#.

    Raises:
        VagusError: V646 a dose no compartment stands for.
    """
    numbers = {pair: number for number, pair in usual_compartments().items()}
    names = list(dict.fromkeys(name for row in rows for _, name, _ in row.observed))
    covariates = list(dict.fromkeys(name for row in rows for name in row.covariates))
    stream = io.StringIO()
    if comments:
        used = {
            numbers[key] for row in rows for dose in row.doses if (key := (dose.drug, dose.route)) in numbers
        }
        stream.writelines(f"# CMT {n} = {' '.join(usual_compartments()[n])}\n" for n in sorted(used))
        stream.writelines(f"# DVID {nth} = {name}\n" for nth, name in enumerate(names, start=1))
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*RESERVED, *covariates])
    for row in rows:
        behind = [_cell(row.covariates[name]) if name in row.covariates else "." for name in covariates]
        for _, _, cells in sorted(_lines(row, numbers, names), key=lambda line: line[:2]):
            writer.writerow([str(row.number), *cells, *behind])
    return stream.getvalue()


def _lines(
    row: Row, numbers: Mapping[tuple[str, str], int], names: Sequence[str]
) -> Iterable[tuple[float, int, list[str]]]:
    """(hour, doses behind observations of the same hour, cells without ID and covariates)."""
    plain = []
    for dose in row.doses:
        number = numbers.get((dose.drug, dose.route))
        if number is None:
            raise fail("V646", reason=f"no compartment stands for {dose.drug} {dose.route}")
        milligrams = dose.milligrams(row.weight)
        if milligrams > 0:
            plain.append(Single(dose.hour, number, milligrams, dose.hours))
    for event in compact(plain):
        yield event.time, 1, _dose(event)
    for hour, name, value in row.observed:
        dv, missing = (".", "1") if value is None else (_cell(value), "0")
        cells = [_cell(hour), ".", ".", ".", ".", ".", "0", ".", dv, str(names.index(name) + 1), missing]
        yield hour, 0, cells


def _dose(event: Event) -> list[str]:
    extra = [_cell(event.ii), str(event.addl)] if event.addl else ["0", "0"]
    return [
        _cell(event.time), _cell(event.amt), _cell(event.rate), *extra,
        "0", "1", str(event.cmt), ".", ".", "1",
    ]  # fmt: skip


def _cell(number: float) -> str:
    return repr(round(number, 12)).removesuffix(".0")
