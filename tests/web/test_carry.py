"""Records to and from other systems: the round trip, questions before anything is written, broken bundles."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from vagus.web.record.finding import current
from vagus.web.record.leaving import clinical_record
from vagus.web.record.models import Alert, Entry, Person, Visit
from vagus.web.record.writing import write_entry

from .world import score_for, visit_for

VITALS = {
    "moment": "minutes_40",
    "systolic": 121.0,
    "diastolic": 79.0,
    "heart_rate": 66.0,
    "temperature": 36.8,
}
DOSE = {"drug": "ketamine", "route": "iv", "amount": 35.0, "unit": "mg", "minutes": 40.0, "lot": "A77"}
BESIDE = {"waste": 15.0, "witness": "N. Example", "override": "calm again", "gate": "150/95 mmHg"}
KNOWN = ("weight", "height", "contact", "sex")
CARE = (
    ("background", {"key": "lamotrigine", "amount": "100 mg", "until": "2026-01-05"}),
    ("background", {"words": "Ramipril"}),
    ("medical", {"key": "hypertension"}),
    ("event", {"what": "nausea", "severity": "mild", "serious": False, "action": "ondansetron"}),
    ("note", {"text": "Only for clinicians: äöü.\nSecond line."}),
    ("diary", {"pain": 3.0, "sleep_hours": 6.5, "energy": 4.0, "words": "a good day"}),
)


def full(person: Person, by: Any) -> None:
    """A record with one of everything FHIR has a place for."""
    visit = visit_for(person, by)
    for kind, content in (
        ("vitals", VITALS | {"note": "left arm"}),
        ("dose", DOSE | {"note": "slept"} | BESIDE),
        ("condition", {"key": "mdd", "since": 2015}),
        ("condition", {"words": "a rare one"}),
        ("consent", {"what": "research", "given": "yes", "way": "signed paper", "witness": "M. Example"}),
        *CARE,
    ):
        write_entry(person, kind, content, by=by, at=visit.at, visit=visit)
    score_for(person, by, [2] * 8 + [0], 3)


def sent(bundle: Any, **more: str) -> dict[str, Any]:
    text = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    return {"bundle": SimpleUploadedFile("bundle.json", text), **more}


def told(person: Person) -> list[tuple[str, str]]:
    rows = [(row.kind, {k: v for k, v in row.content.items() if k != "by"}) for row in current(person)]
    return sorted((kind, json.dumps(content, sort_keys=True)) for kind, content in rows)


def test_a_record_goes_out_and_comes_back(people: Any, accounts: Any, signed_in: Any) -> None:
    own, doctor = people["own"], signed_in("clinician")
    full(own, accounts["clinician"])
    answer = doctor.get(f"/people/{own.pk}/fhir/")
    assert answer.headers["Content-Type"] == "application/fhir+json"
    bundle = answer.json()
    kinds = {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle["entry"]}
    left = [one["valueString"] for one in kinds["Provenance"]["extension"]]
    assert left == ["who wrote each entry, and when it was written"]
    before = told(own)
    again = doctor.post("/people/import/", sent(bundle)).content.decode()
    assert "is here already, record 1" in again and "are there already" in again
    assert " 0 entries and" in again

    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["name"] = [{"text": "Another Name"}]
    shown = doctor.post("/people/import/", sent(bundle)).content.decode()
    assert "to a new record" in " ".join(shown.split()) and not Person.objects.filter(number=4).exists()
    assert doctor.post("/people/import/", sent(bundle, confirm="on")).status_code == 302
    fresh = Person.objects.get(number=4)
    assert fresh.name == "Another Name" and fresh.facts["born"] == own.facts["born"]
    assert told(fresh) == before
    assert {key: fresh.facts.get(key) for key in KNOWN} == {key: own.facts.get(key) for key in KNOWN}
    assert Visit.objects.filter(person=fresh).count() == 1
    assert {row.visit_id for row in current(fresh, ("dose", "vitals"))} == {
        Visit.objects.get(person=fresh).pk
    }


def patient(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"text": "New One"}],
        "birthDate": "1975-03-02",
    } | more


def bundle_of(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [{"fullUrl": f"urn:uuid:{k}", "resource": one} for k, one in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def reading(code: str, value: float, unit: str, at: str = "2026-01-05T08:00:00Z") -> dict[str, Any]:
    coding = [{"system": "http://loinc.org", "code": code}]
    amount = {"value": value, "code": unit, "unit": unit}
    return {"resourceType": "Observation", "status": "final", "code": {"coding": coding}, "effectiveDateTime": at,
            "valueQuantity": amount, "subject": {"reference": "urn:uuid:0"}}  # fmt: skip


def test_implausible_values_and_what_has_no_place_are_told(accounts: Any, signed_in: Any) -> None:
    doctor = signed_in("clinician")
    allergy = {"resourceType": "AllergyIntolerance", "note": [{"text": "<b>peanut</b>"}]}
    bundle = bundle_of(
        patient(),
        reading("8480-6", 290, "mm[Hg]"),
        reading("44261-6", 99, "{score}"),
        reading("8867-4", 70, "/min", "2999-01-01T00:00:00Z"),
        allergy,
    )
    text = doctor.post("/people/import/", sent(bundle)).content.decode()
    assert "Systolic pressure 290 mmHg lies above 230" in text
    assert "PHQ-9 without a total that can be" in text and "lies in the future" in text
    assert "AllergyIntolerance" in text and not Person.objects.exists() and not Entry.objects.exists()
    doctor.post("/people/import/", sent(bundle, confirm="on"))
    rows = current(Person.objects.get())
    assert sorted(row.kind for row in rows) == ["foreign", "vitals"]
    assert "290" in next(row for row in rows if row.kind == "vitals").content["questioned"][0]
    kept = next(row for row in rows if row.kind == "foreign")
    assert b"peanut" not in bytes(kept.sealed)
    page = doctor.get(f"/entries/{kept.pk}/").content.decode()
    assert "<b>peanut" not in page and "peanut" in page
    assert doctor.get(f"/entries/{kept.pk}/correct/").status_code == 404
    out = doctor.get(f"/people/{Person.objects.get().pk}/fhir/").json()
    assert any(entry["resource"]["resourceType"] == "AllergyIntolerance" for entry in out["entry"])


def test_an_answer_from_elsewhere_raises_its_alert(accounts: Any, signed_in: Any) -> None:
    items = [{"linkId": str(n), "answer": [{"valueInteger": int(n == 9)}]} for n in range(1, 10)]
    response = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": items,
                "questionnaire": "urn:vagus:instrument:phq9", "authored": "2026-01-05T08:00:00Z"}  # fmt: skip
    signed_in("clinician").post("/people/import/", sent(bundle_of(patient(), response), confirm="on"))
    assert Alert.objects.get().owner == accounts["clinician"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "not text"),
        (b"not json", "cannot be read"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a": 1' + b"0" * 6000 + b"}", "cannot be read"),
        (b'{"resourceType": "Bundle", "resourceType": "Bundle"}', "appears twice"),
        (json.dumps(bundle_of()).encode(), "no Patient"),
        (json.dumps(bundle_of(patient(birthDate="2999-01-01"))).encode(), "lies in the future"),
        (json.dumps(bundle_of(patient(name=[]))).encode(), "no name"),
        (json.dumps(bundle_of(*(patient(id=str(k)) for k in range(60)))).encode(), "At most 50"),
    ],
    ids=["empty", "bytes", "words", "deep", "digits", "twice", "nobody", "future", "nameless", "many"],
)
def test_broken_bundles_are_told_and_write_nothing(
    accounts: Any, signed_in: Any, content: bytes, words: str
) -> None:
    answer = signed_in("clinician").post("/people/import/", sent(content, confirm=""))
    assert answer.status_code == 200 and words in answer.content.decode()
    signed_in("clinician").post("/people/import/", sent(content, confirm="on"))
    assert not Person.objects.exists() and not Entry.objects.exists()


def test_a_body_too_large_is_not_read(accounts: Any, signed_in: Any) -> None:
    answer = signed_in("clinician").post("/people/import/", sent(b" " * 6_000_000))
    assert answer.status_code == 413 and "at most 5 megabytes" in answer.content.decode().lower()


def test_the_notes_can_stay(people: Any, accounts: Any, signed_in: Any) -> None:
    own, doctor = people["own"], signed_in("clinician")
    full(own, accounts["clinician"])
    kinds = [
        [entry["resource"]["resourceType"] for entry in doctor.get(address).json()["entry"]]
        for address in (f"/people/{own.pk}/fhir/", f"/people/{own.pk}/fhir/?notes=no")
    ]
    assert kinds[0].count("DocumentReference") == 1 and "DocumentReference" not in kinds[1]
    assert len(kinds[0]) == len(kinds[1]) + 1


def test_only_what_stands_goes_out(people: Any, accounts: Any) -> None:
    own = people["own"]
    old = score_for(own, accounts["staff"], [1] * 9, 3)
    Entry.objects.filter(pk=old.pk).update(withdrawn=True)
    assert clinical_record(own).ratings == ()
