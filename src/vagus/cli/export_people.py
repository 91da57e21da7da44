"""`vagus export nonmem|fhir`: courses and what is known of people, as the files of other tools."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ..body.dose import Dose
from ..body.model import load_model
from ..errors import fail
from ..exchange.fhir_out import fhir_bundle
from ..exchange.nonmem_out import Row, nonmem_text
from ..exchange.record_diary import record_of
from ..exchange.redcap import redcap_texts
from ..learn.diary import Diary
from ..learn.diary_files import read_diary
from ..observe import load_instrument
from ..people.draw import typical
from ..report.numerals import count_of
from .asked import asked_patient, asked_treatment, check_days, said
from .import_files import made_folder
from .show import AsJson, Out, Quiet, Seed, show, write_whole

_YEARS = (1900, 2199)  # of the date of day 0
_MOST_RATINGS = 100_000
_LAST = 24.0  # hours; a daily medicine goes on to the day of the last reading


def export_nonmem(
    files: Annotated[
        list[Path] | None, typer.Argument(help="files of people, as read by vagus follow")
    ] = None,
    treatment: Annotated[str, typer.Option(help="without files: the treatment of a typical person")] = "",
    condition: Annotated[str, typer.Option(help="conditions of the typical person")] = "",
    days: Annotated[float, typer.Option(help="length of that course in days")] = 84.0,
    observe: Annotated[str, typer.Option(help="rating scales asked during that course")] = "",
    every: Annotated[float, typer.Option(help="days between two ratings")] = 7.0,
    comments: Annotated[bool, typer.Option(help="explain CMT and DVID in comments above the header")] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Write a NONMEM-style table of real people, or of a planned course with the times of its ratings."""
    if files:
        rows = [_diary_row(nth, read_diary(path)) for nth, path in enumerate(files, start=1)]
    else:
        check_days(days)
        check_days(every, "--every")
        person, course = asked_patient(None, condition), asked_treatment(treatment or "untreated", days)
        names = [name.strip() for name in observe.split(",") if name.strip()]
        for name in names:
            with said(f"--observe {observe}"):
                load_instrument(name)
        weight = float(typical(load_model(), person).weight[0])
        count = int(days / every) if names else 0
        if (count + 1) * len(names) > _MOST_RATINGS:
            words = f"--every {every:g}"
            raise fail(
                "V417",
                what="the number of ratings",
                value=count * len(names),
                limit=_MOST_RATINGS,
                text=words,
            )
        wanted = [(24.0 * every * k, name, None) for k in range(count + 1) for name in names]
        doses = [dose for dose in course.doses if dose.day < days]
        rows = [Row(1, doses, weight, wanted, {"WT": weight, "AGE": person.age})]
        if not doses and not wanted:
            hint = "name a course with --treatment, scales with --observe, or files of people"
            raise fail("V411", what="a table of a planned course", key="doses or ratings", hint=hint)
    text = nonmem_text(rows, comments)
    if out is not None:
        write_whole(out, text)
    if out is None and not as_json:
        typer.echo(text, nl=False)
        return
    doses_told = sum(len(row.doses) for row in rows)
    counts = ((len(rows), "person", "people"), (doses_told, "dose", "doses"))
    seen = sum(len(row.observed) for row in rows)
    told = f"{out}: {', '.join(count_of(*one) for one in counts)}, {count_of(seen, 'observation')}"
    data = {"people": len(rows), "doses": doses_told, "file": None if out is None else str(out)}
    show(told, data | ({"table": text} if out is None else {}), as_json=as_json, quiet=quiet, out=None)


def _diary_row(number: int, diary: Diary) -> Row:
    """What is known of one person, daily medicines as single doses."""
    doses = []
    for one in diary.given:
        end = one.hour if one.until is None else min(one.until, diary.end + _LAST)
        hour = one.hour
        while hour <= end:
            doses.append(Dose(hour, one.drug, one.amount, one.unit, one.route, one.hours))
            hour += 24.0
    patient = diary.patient
    observed = [(one.hour, one.key, one.value) for one in (*diary.scores, *diary.vitals)]
    return Row(number, doses, patient.weight, observed, {"WT": patient.weight, "AGE": patient.age})


def export_fhir(
    file: Annotated[Path, typer.Argument(help="file of a person, as read by vagus follow")],
    first: Annotated[str, typer.Option(help="date of day 0, for a file that counts in days")] = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Write the record of a person as a FHIR R4 bundle."""
    record = record_of(read_diary(file), _first(first))
    bundle = fhir_bundle(record)
    text = json.dumps(bundle, indent=1, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    write_whole(out, text + "\n")
    counts = Counter(entry["resource"]["resourceType"] for entry in bundle["entry"])
    told = f"{out}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items())
    data = {"file": str(out), "resources": dict(counts), "notes": list(record.left)}
    show("\n".join([told, *record.left]), data, as_json=as_json, quiet=quiet, out=None)


def _first(text: str) -> date | None:
    if not text:
        return None
    with said(f"--first {text}"):
        try:
            found = date.fromisoformat(text)
        except ValueError:
            raise fail("V487", value=text, reason="a date is written 2026-03-31") from None
        if not _YEARS[0] <= found.year <= _YEARS[1]:
            raise fail("V487", value=text, reason=f"the years are {_YEARS[0]} to {_YEARS[1]}")
        return found


def export_redcap(
    files: Annotated[list[Path], typer.Argument(help="files of people, as read by vagus follow")],
    first: Annotated[str, typer.Option(help="date of day 0, for files that count in days")] = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Annotated[Path, typer.Option("--out", help="folder for dictionary.csv and records.csv")] = Path(
        "redcap"
    ),
    seed: Seed = 1,
) -> None:
    """Write the records of people as a REDCap data dictionary and its records."""
    records = [record_of(read_diary(path), _first(first)) for path in files]
    dictionary, table, left = redcap_texts(records)
    made_folder(out)
    write_whole(out / "dictionary.csv", dictionary)
    write_whole(out / "records.csv", table)
    notes = [*(note for record in records for note in record.left), *(f"left out: {one}" for one in left)]
    rows, fields = table.count("\n") - 1, dictionary.count("\n") - 1
    people = count_of(len(records), "person", "people")
    told = f"{out}: {people}, {count_of(rows, 'row')}, {count_of(fields, 'field')}"
    data = {"out": str(out), "people": len(records), "rows": rows, "fields": fields, "notes": notes}
    show("\n".join([told, *notes]), data, as_json=as_json, quiet=quiet, out=None)
