"""FHIR bundles: valid by the R4B models and the R4 schema, there and back, and records of other systems."""

import json
import os
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from vagus.cli import app
from vagus.errors import VagusError
from vagus.exchange.clinical_record import (
    Administration,
    Agreement,
    Appointment,
    Caution,
    CheckIn,
    ClinicalRecord,
    Diagnosis,
    Happening,
    Medicine,
    Paper,
    Rating,
    Remark,
    Someone,
    Vital,
)
from vagus.exchange.fhir_codes import loinc
from vagus.exchange.fhir_in import records_of, records_of_text
from vagus.exchange.fhir_out import fhir_bundle

DAY = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=1)))
RECORD = ClinicalRecord(
    Someone(
        "p-1", "Ånna <b>", date(1985, 5, 17), "female", True, "+1 555 0100, Elm Street 3", 71.5, 168.0, DAY
    ),
    (
        Appointment("v1", DAY, DAY + timedelta(hours=2), "closed", "dose", "came <late>"),
        Appointment("v2", DAY, status="planned"),
    ),
    (
        Rating(DAY, "phq9", 17.0, {n: 1.0 if n == 9 else 2.0 for n in range(1, 10)}, "v1", by="patient"),
        Rating(DAY, "madrs", 31.0, note="rated by <telephone>"),
        Rating(DAY, "peg", 5.5, {1: 5.0, 2: 6.0, 3: 5.5}),
        Rating(DAY, "gad7", None, dict.fromkeys(range(1, 8), 1.0), by="clinic"),
    ),
    (
        Vital(DAY, "systolic", 124.0, "mmHg", "v1", "left arm", "before"),
        Vital(DAY, "diastolic", 81.0, "mmHg", "v1", moment="before"),
        Vital(DAY, "systolic", 151.0, "mmHg", "v1", moment="minutes_40"),
        Vital(DAY, "weight", 72.0, "kg", "v1"),
        Vital(DAY, "heart_rate", 71.0, "1/min", "v1", "regular"),
        Vital(DAY, "crp", 3.4, "mg/L"),
        Vital(DAY, "oxygen", 98.0, "%"),
    ),
    (
        Administration(DAY, "ketamine", "iv", 0.5, "mg/kg", 40.0, visit="v1", note="slept", lot="A-77"),
        Administration(
            DAY,
            "ketamine",
            "im",
            35.0,
            waste=15.0,
            witness="N. Example",
            override="calm again",
            gate="150/95 mmHg",
        ),
        Administration(DAY, "ketamine", "im", 35.0, waste=0.0),
        Administration(DAY, "", "", None, text="something else"),
    ),
    (Diagnosis("mdd", since=date(2020, 1, 1)), Diagnosis("", "Gout", over=True)),
    (Agreement("treatment", True, DAY, "signed paper", "M. Example"), Agreement("research", False, DAY)),
    (Paper("Visit report", DAY, b"%PDF-1.7 x", conclusion="better"),),
    medicines=(
        Medicine(DAY, "lamotrigine", "Lamotrigine", "100 mg in the evening"),
        Medicine(DAY, "", "Ramipril", until=date(2026, 2, 1)),
    ),
    cautions=(Caution(DAY, "hypertension", "high pressure"), Caution(DAY, "", "a fall last year")),
    happenings=(
        Happening(DAY, "nausea", "mild", action="ondansetron 4 mg", visit="v1"),
        Happening(DAY, "fainted", serious=True),
    ),
    remarks=(Remark(DAY, "Slept badly.\nWants to go on: <yes>, änd søon.", "v1"), Remark(DAY, "called")),
    diary=(
        CheckIn(DAY, {"pain": 3.0, "sleep_hours": 6.5, "energy": 4.0}, "a good day"),
        CheckIn(DAY, {"pain": 0.0}),
    ),
    left=("2 × forecast", "who wrote each entry"),
)


def sorted_parts(record: ClinicalRecord) -> dict[str, Any]:
    """Every list of a record in an order of its own: FHIR bundles have none."""
    care = ("medicines", "cautions", "happenings", "remarks", "diary")
    names = ("visits", "ratings", "vitals", "doses", "diagnoses", "agreements", "papers", *care)
    return {"someone": record.someone, "left": record.left} | {
        name: sorted(map(repr, getattr(record, name))) for name in names
    }


def test_a_record_goes_out_and_comes_back() -> None:
    (back,) = records_of_text(json.dumps(fhir_bundle(RECORD)))
    assert sorted_parts(back) == sorted_parts(RECORD)
    assert back.kept == () and back.notes == ()
    assert fhir_bundle(RECORD) == fhir_bundle(RECORD)


def test_the_r4b_models_take_every_resource() -> None:
    fhir = pytest.importorskip("fhir.resources.R4B")
    bundle = fhir_bundle(RECORD)
    kinds = set()
    for entry in bundle["entry"]:
        resource = entry["resource"]
        kinds.add(resource["resourceType"])
        model = fhir.get_fhir_model_class(resource["resourceType"])
        model.model_validate(resource)  # unknown or missing fields and wrong types raise
    fhir.get_fhir_model_class("Bundle").model_validate(bundle)
    assert kinds == {
        "Patient", "Encounter", "QuestionnaireResponse", "Observation", "MedicationAdministration", "Condition",
        "Consent", "Provenance", "DiagnosticReport", "MedicationStatement", "Flag", "AdverseEvent", "DocumentReference",
    }  # fmt: skip


def test_the_r4_schema_takes_the_bundle() -> None:
    """The published schema (fhir.schema.json, 4.0.1) is an optional download of 3 MB, named by VAGUS_FHIR_SCHEMA."""
    path = os.environ.get("VAGUS_FHIR_SCHEMA", "")
    if not Path(path).is_file():
        pytest.skip(
            "VAGUS_FHIR_SCHEMA does not name fhir.schema.json of hl7.org/fhir/R4/fhir.schema.json.zip"
        )
    schema = json.loads(Path(path).read_text(encoding="utf-8"))
    definitions = schema["definitions"]
    bundle = fhir_bundle(RECORD)
    kinds = {e["resource"]["resourceType"] for e in bundle["entry"]}
    for kind in sorted(kinds):
        # One kind at a time: the schema's own choice among 150 resource types tells nothing when it fails.
        check = jsonschema.Draft6Validator({**schema, "oneOf": [{"$ref": f"#/definitions/{kind}"}]})
        for entry in bundle["entry"]:
            if entry["resource"]["resourceType"] == kind:
                assert [e.message for e in check.iter_errors(entry["resource"])] == []
    assert "Bundle" in definitions


def test_pressures_share_a_panel_and_scores_name_their_answers() -> None:
    resources = [entry["resource"] for entry in fhir_bundle(RECORD)["entry"]]
    codes = [r["code"]["coding"][0]["code"] for r in resources if r["resourceType"] == "Observation"]
    assert codes.count("85354-9") == 2 and "8480-6" not in codes
    phq9 = next(r for r in resources if r.get("code", {}).get("coding", [{}])[0].get("code") == "44261-6")
    answered = next(r for r in resources if r["resourceType"] == "QuestionnaireResponse")
    assert phq9["derivedFrom"][0]["reference"].endswith(answered["id"])
    assert answered["item"][8]["linkId"] == "/44260-8"


def test_no_code_is_guessed() -> None:
    """PCL-5, BPI and the PHQ-2 are not settled: they carry our own names alone."""
    assert {c.key for c in loinc().values()}.isdisjoint({"pcl5", "bpi_severity", "bpi_interference", "phq2"})
    record = ClinicalRecord(Someone("x"), ratings=(Rating(DAY, "pcl5", 40.0),))
    codes = fhir_bundle(record)["entry"][1]["resource"]["code"]["coding"]
    assert codes == [{"system": "urn:vagus:instrument", "code": "pcl5"}]


def other_system() -> dict[str, Any]:
    """A bundle as Synthea makes them."""
    me = {"reference": "urn:uuid:me"}

    def loinc_of(code: str) -> dict[str, Any]:
        return {"coding": [{"system": "http://loinc.org", "code": code, "display": "x"}]}

    def observed(code: str, **more: Any) -> dict[str, Any]:
        return {"resourceType": "Observation", "status": "final", "code": loinc_of(code), "subject": me,
                "encounter": {"reference": "urn:uuid:visit"}, "effectiveDateTime": "2026-01-05T10:00:00.000-05:00",
                **more}  # fmt: skip

    def quantity(value: float, unit: str) -> dict[str, Any]:
        return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}

    rows: list[tuple[str, dict[str, Any]]] = [
        ("me", {"resourceType": "Patient", "id": "me", "gender": "male", "birthDate": "1970-02-03",
                "name": [{"use": "official", "family": "Kuhn96", "given": ["Al", "B"]}]}),
        ("visit", {"resourceType": "Encounter", "id": "visit", "status": "finished", "class": {"code": "AMB"},
                   "type": [{"text": "Follow-up"}], "subject": me,
                   "period": {"start": "2026-01-05T10:00:00-05:00", "end": "2026-01-05T10:15:00-05:00"}}),
        ("o1", observed("44261-6", valueQuantity=quantity(19, "{score}"))),
        ("o2", observed("85354-9", component=[
            {"code": loinc_of("8462-4"), "valueQuantity": quantity(77, "mm[Hg]")},
            {"code": loinc_of("8480-6"), "valueQuantity": quantity(118, "mm[Hg]")}])),
        ("o3", observed("2160-0", valueQuantity=quantity(1.0, "mg/dL"))),
        ("m1", {"resourceType": "MedicationAdministration", "status": "completed", "subject": me,
                "medicationCodeableConcept": {"text": "10 ML Esketamine 28 MG/ML nasal spray"},
                "effectiveDateTime": "2026-01-05T10:00:00-05:00",
                "dosage": {"route": {"text": "Nasal route"}, "dose": quantity(56, "mg")}}),
        ("c1", {"resourceType": "Condition", "subject": me, "onsetDateTime": "2019-06-01T00:00:00Z",
                "clinicalStatus": {"coding": [{"code": "active"}]},
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "370143000",
                                     "display": "Major depressive disorder (disorder)"}]}}),
        ("b1", {"resourceType": "Claim", "patient": me, "status": "active"}),
    ]  # fmt: skip
    entries = [{"fullUrl": f"urn:uuid:{n}", "resource": r, "request": {"method": "POST"}} for n, r in rows]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def test_a_bundle_of_another_system() -> None:
    (record,) = records_of(other_system())
    assert (record.someone.name, record.someone.sex) == ("Al B Kuhn96", "male")
    assert [(r.instrument, r.total, r.visit) for r in record.ratings] == [("phq9", 19.0, "visit")]
    assert sorted((v.key, v.value, v.unit) for v in record.vitals) == [
        ("diastolic", 77, "mmHg"),
        ("systolic", 118, "mmHg"),
    ]
    (dose,) = record.doses
    assert (dose.drug, dose.route, dose.amount, dose.unit) == ("esketamine", "nasal", 56.0, "mg")
    assert record.diagnoses[0].key == "mdd"
    kinds = sorted(one["resource"]["resourceType"] for one in record.kept)
    assert kinds == ["Claim", "Observation"] and len(record.notes) == 2
    again = fhir_bundle(record)
    assert sum(e["resource"]["resourceType"] == "Claim" for e in again["entry"]) == 1


def test_care_of_another_system_is_read_or_kept() -> None:
    """What says the same is taken; what does not happen, is over without a day, or is no text, is kept as it came."""
    me, at = {"reference": "urn:uuid:me"}, "2026-01-05T10:00:00Z"
    taken = {"resourceType": "MedicationStatement", "status": "active", "subject": me, "effectiveDateTime": at,
             "medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                                                       "code": "1", "display": "Sertraline 50 MG"}]}}  # fmt: skip
    event = {"resourceType": "AdverseEvent", "actuality": "actual", "event": {"text": "Fall"}, "subject": me,
             "detected": at, "seriousness": {"coding": [{"code": "SeriousResultsInHospitalization"}]}}  # fmt: skip
    flag = {"resourceType": "Flag", "status": "active", "subject": me, "code": {"text": "Latex"},
            "category": [{"coding": [{"code": "safety"}]}], "period": {"start": "2020-01-01"}}  # fmt: skip
    file = {"contentType": "application/pdf", "data": "JVBERg=="}
    paper = {"resourceType": "DocumentReference", "status": "current", "subject": me, "date": at,
             "content": [{"attachment": file}]}  # fmt: skip
    kept = [
        taken | {"status": "not-taken"},
        taken | {"status": "completed"},
        event | {"actuality": "potential"},
        flag | {"status": "inactive"},
        flag | {"category": [{"coding": [{"code": "admin"}]}]},
        paper,
    ]
    entries = [
        {"resource": one} for one in (other_system()["entry"][0]["resource"], taken, event, flag, *kept)
    ]
    (record,) = records_of({"resourceType": "Bundle", "entry": entries})
    assert [(one.key, one.text, one.until) for one in record.medicines] == [("", "Sertraline 50 MG", None)]
    assert [(one.what, one.serious, one.severity) for one in record.happenings] == [("Fall", True, "")]
    assert [(one.key, one.text) for one in record.cautions] == [("", "Latex")] and record.remarks == ()
    assert [one["resource"] for one in record.kept] == kept and len(record.notes) == 5


def test_two_people_in_one_bundle() -> None:
    one = fhir_bundle(RECORD)
    other = fhir_bundle(ClinicalRecord(Someone("q"), vitals=(Vital(DAY, "weight", 80.0, "kg"),)))
    both = {**one, "entry": [*one["entry"], *other["entry"]]}
    first, second = records_of(both)
    assert sorted_parts(first) == sorted_parts(RECORD) and second.vitals[0].value == 80.0


@pytest.mark.parametrize(
    "reference", [{"reference": {"a": 1}}, {"reference": ["a"]}, ["a"], "Patient/1", 3, None]
)
def test_a_reference_that_is_none_names_nobody(reference: Any) -> None:
    """With two Patients nobody can tell whose it is; found by fuzzing: an object for a name ended in a traceback."""
    for key, value in (("subject", reference), ("target", [reference])):
        parts = [{"resourceType": "Patient", "id": "1"}, {"resourceType": "Patient", "id": "2"}]
        bundle = bundle_with([*parts, {"resourceType": "Basic", key: value}])
        with pytest.raises(VagusError, match="nothing tells which of the Patients"):
            records_of(bundle)


def bundle_with(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """A bundle of these resources."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"resourceType": "Patient"}', '{"resourceType": "Bundle"}',
     '{"resourceType": "Bundle", "entry": [3]}', '{"resourceType": "Bundle", "entry": {}}',
     '{"resourceType": "Bundle", "resourceType": "Bundle"}', '{"a": NaN}', "[" * 100_000,
     '{"a":' * 300 + "1" + "}" * 300,
     "1" * 10_000],
)  # fmt: skip
def test_what_is_no_bundle_is_told(text: str) -> None:
    with pytest.raises(VagusError) as caught:
        records_of_text(text)
    assert caught.value.code == "V645"


def test_a_time_without_a_zone_is_refused() -> None:
    record = ClinicalRecord(Someone("x"), ratings=(Rating(datetime(2026, 1, 1), "phq9", 4.0),))
    with pytest.raises(VagusError) as caught:
        fhir_bundle(record)
    assert caught.value.code == "V646"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_bundle_makes_it_crash(data: st.DataObject) -> None:
    """A good bundle in which something is another thing."""
    bundle = json.loads(json.dumps(data.draw(st.sampled_from([other_system(), fhir_bundle(RECORD)]))))
    for _ in range(data.draw(st.integers(1, 4))):
        place: Any = bundle
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or data.draw(st.integers(0, 4)) == 0:
                place[key] = data.draw(JSON)
                break
            place = place[key]
    try:
        records_of(bundle)
    except VagusError as error:
        assert error.code == "V645"


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0, fold=0)
)
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 4) + 0.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(MOMENTS, st.sampled_from(["phq9", "madrs", "pcl5"]), NUMBERS), max_size=4),
    st.lists(st.tuples(MOMENTS, st.sampled_from(["systolic", "crp", "bmi", "x y"]), NUMBERS), max_size=4),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
)
def test_any_record_comes_back(ratings: list, vitals: list, name: str) -> None:
    units = {"systolic": "mmHg", "crp": "mg/L", "bmi": "kg/m**2", "x y": "furlong"}
    record = ClinicalRecord(
        Someone("k", name),
        ratings=tuple(Rating(*row) for row in ratings),
        vitals=tuple(Vital(at, key, value, units[key]) for at, key, value in vitals),
    )
    (back,) = records_of_text(json.dumps(fhir_bundle(record)))
    assert sorted_parts(back) == sorted_parts(record)


def test_the_commands(tmp_path: Path) -> None:
    run = CliRunner().invoke
    bundle, person, again = tmp_path / "b.json", tmp_path / "p.csv", tmp_path / "c.json"
    bundle.write_text(json.dumps(other_system()), encoding="utf-8")
    found = run(app, ["import", "fhir", str(bundle), "--out", str(person), "--json"])
    assert found.exit_code == 0, found.output
    assert "score,2026-01-05,10:00,phq9,19" in person.read_text()
    found = run(app, ["export", "fhir", str(person), "--out", str(again)])
    assert found.exit_code == 0, found.output
    (record,) = records_of_text(again.read_text(encoding="utf-8"))
    assert record.ratings[0].total == 19.0 and record.doses[0].drug == "esketamine"


def test_medicines_and_cautions_reach_the_file_of_a_person_and_come_back(tmp_path: Path) -> None:
    """`vagus follow` reads them; what its file has no place for is told."""
    run = CliRunner().invoke
    bundle, person, again = tmp_path / "b.json", tmp_path / "p.csv", tmp_path / "c.json"
    bundle.write_text(json.dumps(fhir_bundle(RECORD)), encoding="utf-8")
    found = run(app, ["import", "fhir", str(bundle), "--out", str(person)])
    assert found.exit_code == 0, found.output
    for words in (
        "medicine: Ramipril",
        "caution: a fall last year",
        "2 × event",
        "2 × note",
        "2 × diary entry",
        "a second dose of ketamine",
        "3 × remark, witness or waste of a dose",
        "left out by the sender: 2 × forecast",
    ):
        assert words in found.output
    lines = person.read_text(encoding="utf-8").splitlines()
    assert any("background" in line and "lamotrigine" in line for line in lines)
    assert any("medical" in line and "hypertension" in line for line in lines)
    assert run(app, ["export", "fhir", str(person), "--out", str(again)]).exit_code == 0
    (record,) = records_of_text(again.read_text(encoding="utf-8"))
    assert [one.key for one in record.medicines] == ["lamotrigine"]
    assert [one.key for one in record.cautions] == ["hypertension"]


def test_a_daily_medicine_of_a_file_is_a_statement_and_the_rest_is_told(tmp_path: Path) -> None:
    run = CliRunner().invoke
    person, bundle = tmp_path / "p.csv", tmp_path / "b.json"
    person.write_text(
        "kind,date,time,name,value,unit,route,duration,until\nperson,,,conditions,mdd,,,,\n"
        "score,2026-01-05,09:00,phq9,19,,,,\ndrug,2026-01-06,08:00,escitalopram,10,mg,oral,,2026-02-06\n"
        "drug,2026-01-06,08:00,ibuprofen,400,mg,oral,,\ntreatment,2026-01-07,09:00,sleep-treatment,,,,,2026-03-07\n",
        encoding="utf-8",
    )
    found = run(app, ["export", "fhir", str(person), "--out", str(bundle)])
    assert found.exit_code == 0, found.output
    assert "sleep-treatment: a treatment without single doses" in found.output
    (record,) = records_of_text(bundle.read_text(encoding="utf-8"))
    assert [(one.text, one.dose, one.until) for one in record.medicines] == [
        ("escitalopram", "10 mg oral daily since 2026-01-06", date(2026, 2, 6)),
        ("ibuprofen", "400 mg oral daily since 2026-01-06", None),
    ]
    assert record.left == ("sleep-treatment: a treatment without single doses",)


def test_the_first_weight_is_kept_and_an_age_without_a_birthday_is_told(tmp_path: Path) -> None:
    """The weight of the first day stands with the person, so it is not left out; years of age have no place in R4."""
    run = CliRunner().invoke
    person, bundle, again = tmp_path / "p.csv", tmp_path / "b.json", tmp_path / "c.csv"
    person.write_text(
        "kind,date,time,name,value,unit\nperson,,,conditions,mdd,\nperson,,,age,38,year\nperson,,,weight,82,kg\n"
        "score,2026-01-05,09:00,phq9,19,\n",
        encoding="utf-8",
    )
    found = run(app, ["export", "fhir", str(person), "--out", str(bundle)])
    assert found.exit_code == 0 and "age of 38 years" in found.output
    found = run(app, ["import", "fhir", str(bundle), "--out", str(again)])
    assert found.exit_code == 0 and "weight of" not in found.output
    assert "person,,,weight,82,kg" in again.read_text(encoding="utf-8")
