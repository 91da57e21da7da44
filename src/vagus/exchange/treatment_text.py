"""A course and a person as the TOML files that `vagus simulate` reads."""

import json
from collections.abc import Iterable
from itertools import groupby

from ..body.dose import Dose
from ..body.patient import Patient
from ..body.treatment import Treatment


def treatment_toml(treatment: Treatment) -> str:
    """The text of a treatment file with the doses of a course; `load_treatment` reads it.

    Doses that differ only in their day stand together. Visits and holds are not written.
    """
    parts = [
        f"title = {_quoted(treatment.title)}",
        f"meaning = {_quoted(treatment.meaning)}",
        f"grade = {_quoted(treatment.grade)}",
        f"sources = [{', '.join(map(_quoted, treatment.sources))}]",
    ]
    for like, group in groupby(sorted(treatment.doses, key=_like), key=_like):
        drug, route, unit, amount, hours = like
        lines = ["", "[[dose]]", f"drug = {_quoted(drug)}", f"route = {_quoted(route)}"]
        lines += [f"amount = {amount!r}", f"unit = {_quoted(unit)}"]
        if hours > 0:
            lines.append(f'duration = "{hours!r} h"')
        lines.append(f"days = [{', '.join(repr(dose.hour / 24.0) for dose in group)}]")
        parts += lines
    return "\n".join(parts) + "\n"


def patient_toml(patient: Patient, known: Iterable[str]) -> str:
    """The text of a person file; of age, sex, weight and height only those that are `known`."""
    known = set(known)
    lines = [f"name = {_quoted(patient.name)}"]
    lines += [f"{key} = {getattr(patient, key)!r}" for key in ("age", "weight", "height") if key in known]
    if "sex" in known:
        lines.append(f"sex = {_quoted(patient.sex)}")
    for key in ("conditions", "background", "medical"):
        words = getattr(patient, key)
        if words:
            lines.append(f"{key} = [{', '.join(map(_quoted, words))}]")
    if patient.scores:
        lines += ["", "[scores]", *(f"{key} = {value!r}" for key, value in patient.scores.items())]
    return "\n".join(lines) + "\n"


def _like(dose: Dose) -> tuple[str, str, str, float, float]:
    return dose.drug, dose.route, dose.unit, float(dose.amount), float(dose.hours)


def _quoted(text: str) -> str:
    """A TOML string; what JSON escapes, TOML escapes the same way, but for DEL and marks beyond the first plane."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
