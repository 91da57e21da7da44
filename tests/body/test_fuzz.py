"""Whatever a file says, reading it gives a sound record or a coded error with its place, and nothing else."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vagus.body.model import Model
from vagus.body.patient import SEXES, Patient, read_patient
from vagus.body.treatment import Treatment, dose_changes, load_treatment
from vagus.errors import VagusError
from vagus.tables import atlas_names

IN_A_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

WORDS = st.sampled_from(
    [
        "mdd",
        "pain",
        "healthy",
        "female",
        "ketamine",
        "iv",
        "oral",
        "mg",
        "mg/kg",
        "40 min",
        "24 h",
        "08:00",
        "159 lb",
    ]
)
TEXTS = WORDS | st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=8)
NUMBERS = (
    st.sampled_from([0, -1, 1, 0.5, 2, 7, 47, 70, 84, 1e-300, 1e300, -0.0, 10**30])
    | st.integers(-(10**6), 10**6)
    | st.floats()
)
LEAVES = NUMBERS | TEXTS | st.booleans()
KEYS = st.sampled_from(["madrs", "mood.threshold", "days", "care", "text", "source", "when", "x"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
PERSON_KEYS = ("name", "age", "sex", "weight", "conditions", "scores", "traits", "note")
DOSE_KEYS = (
    "drug",
    "amount",
    "unit",
    "route",
    "duration",
    "days",
    "every",
    "for_days",
    "start_day",
    "clock",
    "visit",
    "care",
)
SOUND_DOSE = {"drug": "ketamine", "amount": 0.5, "unit": "mg/kg", "duration": "40 min", "days": [0, 3]}
SOUND_HEAD = {"title": "t", "meaning": "m", "grade": "assumed", "sources": ["vagus_models"]}


def toml(value: Any) -> str:
    """A value as TOML writes it, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def lines(entries: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in entries.items())


def read(folder: Path, text: str, reader: Any) -> Any:
    """The record of a text, or None when it was refused with a code, a place and a hint of a length one can read."""
    path = folder / "file.toml"
    path.write_text(text, encoding="utf-8")
    try:
        return reader(path)
    except VagusError as error:
        assert error.code[:2] in ("V1", "V3", "V4") and error.file == str(path) and error.hint
        assert len(str(error)) < 3000
        return None


def check_person(one: Patient) -> None:
    assert 18 <= one.age <= 100 and 30 <= one.weight <= 250 and one.sex in SEXES and one.name is not None
    assert one.conditions and set(one.conditions) <= set(atlas_names("conditions"))
    assert all(map(math.isfinite, [*one.scores.values(), *one.traits.values()]))


def check_course(one: Treatment, model: Model) -> None:
    assert one.key == "file" and one.title is not None and isinstance(one.sources, tuple)
    for dose in one.doses:
        assert 0 <= dose.hour < math.inf and 0 <= dose.amount < math.inf and 0 <= dose.hours < math.inf
    for visit in one.visits:
        assert 0 <= visit.hour < math.inf and 0 <= visit.care <= 10 and 0 <= visit.belief <= 1
    changes = dose_changes(one, model, 70.0, 84 * 24.0)
    assert all(0 <= change.time < 84 * 24 + 8784 and not math.isnan(change.value) for change in changes)


@IN_A_FOLDER
@given(st.dictionaries(st.sampled_from(PERSON_KEYS) | TEXTS, VALUES, max_size=4))
@example({"weight": 1e400})
@example({"scores": {"madrs": 10**400}})
@example({"conditions": ["mdd", "mdd"]})
def test_any_person_is_read_or_refused(tmp_path: Path, entries: dict[str, Any]) -> None:
    one = read(tmp_path, lines(entries), read_patient)
    if one is not None:
        check_person(one)


@IN_A_FOLDER
@given(
    st.dictionaries(
        st.sampled_from(["care", "belief", "visit", "limits", "dose", "control", "x"]), VALUES, max_size=2
    ),
    st.dictionaries(st.sampled_from(DOSE_KEYS), VALUES, max_size=4),
    st.sets(st.sampled_from(["days", "duration", "amount"])),
)
@example({"care": 1.0}, {"clock": "23:59", "every": "1 h"}, {"days"})
@example({}, {"days": [1e308]}, set())
def test_any_treatment_is_read_or_refused(
    tmp_path: Path, model: Model, head: dict[str, Any], dose: dict[str, Any], drop: set[str]
) -> None:
    row = {key: value for key, value in (SOUND_DOSE | dose).items() if key not in drop - dose.keys()}
    text = lines(SOUND_HEAD | head) + ("" if "dose" in head else f"[[dose]]\n{lines(row)}")
    one = read(tmp_path, text, load_treatment)
    if one is not None:
        check_course(one, model)


SOUND_TEXTS = {
    "person": (
        'name = "Ada"\nage = 47\nsex = "female"\nweight = "159 lb"\nconditions = ["mdd", "pain"]\n'
        '[scores]\nmadrs = 32\n[traits]\n"mood.threshold" = 2.9\n'
    ),
    "treatment": lines(SOUND_HEAD)
    + f"care = 1.0\n[[dose]]\n{lines(SOUND_DOSE)}[[visit]]\ndays = [1]\ncare = 1\n",
}


@pytest.mark.parametrize("kind", SOUND_TEXTS)
@IN_A_FOLDER
@given(data=st.data())
def test_a_text_with_slips_is_read_or_refused(
    kind: str, tmp_path: Path, model: Model, data: st.DataObject
) -> None:
    """Letters left out, doubled, moved or replaced, as happens when a file is written by hand."""
    text = SOUND_TEXTS[kind]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 3))
        text = (
            text[:at]
            + data.draw(st.text("\n\t\"'=[]{}.,#-0123456789eainf_ \\", max_size=3))
            + text[at + cut :]
        )
    one = read(tmp_path, text, read_patient if kind == "person" else load_treatment)
    if isinstance(one, Patient):
        check_person(one)
    elif one is not None:
        check_course(one, model)


@IN_A_FOLDER
@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(content)
    for reader in (read_patient, load_treatment):
        try:
            reader(path)
        except VagusError as error:
            assert error.code[0] == "V"
