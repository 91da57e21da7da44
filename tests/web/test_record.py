"""The record: what is written, questioned, gated, alerted, corrected and withdrawn."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from vagus.observe import load_instrument
from vagus.web.clinic_rules import plausible, wording_of
from vagus.web.record.answer_forms import answerable
from vagus.web.record.finding import current
from vagus.web.record.models import Alert, Entry, Person, Visit
from vagus.web.record.scores import series_of

from .world import now, score_for, visit_for

PERSON = {
    "name": "New One",
    "born": "1990-02-03",
    "sex": "male",
    "weight": "80",
    "height": "180",
    "contact": "x",
}


def test_a_person_is_written_down_sealed(accounts: Any, signed_in: Any) -> None:
    response = signed_in("staff").post("/people/new/", PERSON)
    person = Person.objects.get()
    assert response.headers["Location"] == f"/people/{person.pk}/"
    assert person.name == "New One" and person.age() is not None
    assert b"New One" not in bytes(person.sealed) and b"New One" not in bytes(person.key)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight": "300"}, "lies above 220"),
        ({"height": "120"}, "lies below 130"),
        ({"born": "1920-01-01"}, "lies above 100"),
    ],
)
def test_an_implausible_person_is_asked_about(
    accounts: Any, signed_in: Any, change: dict[str, str], words: str
) -> None:
    nurse = signed_in("staff")
    assert words in nurse.post("/people/new/", PERSON | change).content.decode()
    assert not Person.objects.exists()
    nurse.post("/people/new/", PERSON | change | {"confirm": "on"})
    assert Person.objects.count() == 1


def test_the_same_person_twice_is_asked_about(accounts: Any, signed_in: Any) -> None:
    nurse = signed_in("staff")
    nurse.post("/people/new/", PERSON)
    assert "is here already: record 1" in nurse.post("/people/new/", PERSON).content.decode()
    assert Person.objects.count() == 1


def test_changing_who_it_is_keeps_what_stood_there(people: Any, signed_in: Any) -> None:
    own = people["own"]
    signed_in("staff").post(f"/people/{own.pk}/edit/", PERSON)
    changed = Person.objects.get(pk=own.pk)
    assert changed.name == "New One" and changed.facts["before"][0]["name"] == "Own Person"


def vitals(**changes: str) -> dict[str, str]:
    return {"at": now(), "moment": "before", "systolic": "125", "diastolic": "80"} | changes


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"systolic": "260"}, "Systolic pressure 260 mmHg lies above 230"),
        ({"diastolic": "130", "systolic": "120"}, "Have the two been swapped"),
        ({"heart_rate": "20"}, "Heart rate 20 per min lies below 35"),
        ({"temperature": "50"}, "lies above 41"),
    ],
)
def test_implausible_vital_signs_are_asked_about(
    people: Any, signed_in: Any, change: dict[str, str], words: str
) -> None:
    nurse, visit = signed_in("staff"), visit_for(people["own"], None)
    address = f"/visits/{visit.pk}/vitals/"
    assert words in nurse.post(address, vitals(**change)).content.decode()
    assert not Entry.objects.exists()
    nurse.post(address, vitals(**change, confirm="on"))
    kept = Entry.objects.get()
    assert kept.content["questioned"] and float(next(iter(change.values()))) in kept.content.values()


def test_the_same_twice_is_asked_about(people: Any, signed_in: Any) -> None:
    nurse, visit = signed_in("staff"), visit_for(people["own"], None)
    address = f"/visits/{visit.pk}/vitals/"
    nurse.post(address, vitals())
    assert "stands in the record already" in nurse.post(address, vitals()).content.decode()
    assert Entry.objects.count() == 1
    assert nurse.post(address, vitals(systolic="126")).status_code == 302


def test_the_future_is_refused(people: Any, signed_in: Any) -> None:
    visit = visit_for(people["own"], None)
    later = (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    text = signed_in("staff").post(f"/visits/{visit.pk}/vitals/", vitals(at=later)).content.decode()
    assert "is in the future" in text and not Entry.objects.exists()


def dose(**changes: str) -> dict[str, str]:
    base = {"at": now(), "drug": "ketamine", "route": "iv", "amount": "35", "minutes": "40"}
    return base | {"lot": "A1", "waste": "15", "witness": "W. Witness"} | changes


def test_the_gate_asks_for_a_reason(people: Any, signed_in: Any) -> None:
    nurse, visit = signed_in("staff"), visit_for(people["own"], None)
    given = f"/visits/{visit.pk}/dose/"
    assert "No pressure before the dose" in nurse.post(given, dose()).content.decode()
    nurse.post(f"/visits/{visit.pk}/vitals/", vitals(systolic="152", diastolic="88"))
    assert "above this clinic&#x27;s gate of 140/90" in nurse.post(given, dose()).content.decode()
    assert not Entry.objects.filter(kind="dose").exists()
    assert nurse.post(given, dose(override="Discussed with the physician on duty")).status_code == 302
    kept = Entry.objects.get(kind="dose").content
    assert "Discussed" in kept["override"] and "152/88" in kept["gate"]


def test_a_missing_consent_is_told_and_stops_nobody(people: Any, signed_in: Any) -> None:
    nurse, one = signed_in("staff"), people["own"]
    visit = visit_for(one, None)
    pages = [f"/visits/{visit.pk}/", f"/visits/{visit.pk}/dose/"]

    def told() -> list[str]:
        return [nurse.get(page).content.decode() for page in pages]

    assert all("No consent to treatment stands in this record: not asked." in page for page in told())
    for given, words in (("yes", ""), ("no", "No consent to treatment stands in this record: refused ")):
        form = {"at": now(), "what": "treatment", "given": given, "way": "signed paper", "confirmed": "on"}
        assert nurse.post(f"/people/{one.pk}/consent/", form).status_code == 302
        assert all(words in page and ("No consent" in page) == bool(words) for page in told())
    assert nurse.post(pages[1], dose(override="Discussed with the physician on duty")).status_code == 302
    assert Entry.objects.filter(kind="dose").count() == 1


def test_older_people_have_a_gate_of_their_own(people: Any, signed_in: Any) -> None:
    own = people["own"]
    own.facts = own.facts | {"born": "1950-01-01"}
    own.save()
    nurse, visit = signed_in("staff"), visit_for(own, None)
    nurse.post(f"/visits/{visit.pk}/vitals/", vitals(systolic="148", diastolic="88"))
    assert nurse.post(f"/visits/{visit.pk}/dose/", dose()).status_code == 302


def test_the_clinic_sets_its_own_gate(people: Any, signed_in: Any, clinic: Any) -> None:
    clinic.gate_systolic = 120
    clinic.save()
    nurse, visit = signed_in("staff"), visit_for(people["own"], None)
    nurse.post(f"/visits/{visit.pk}/vitals/", vitals())
    assert "gate of 120/90" in nurse.post(f"/visits/{visit.pk}/dose/", dose()).content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": "200"}, "outside the range with evidence"),
        ({"amount": "400"}, "lies above 300"),
        ({"witness": ""}, "Waste needs a witness"),
        ({"drug": "escitalopram", "route": "iv"}, "escitalopram is given: oral"),
    ],
)
def test_odd_doses_are_asked_about_or_refused(
    people: Any, signed_in: Any, change: dict[str, str], words: str
) -> None:
    nurse, visit = signed_in("staff"), visit_for(people["own"], None)
    nurse.post(f"/visits/{visit.pk}/vitals/", vitals())
    assert words in nurse.post(f"/visits/{visit.pk}/dose/", dose(**change)).content.decode()
    assert not Entry.objects.filter(kind="dose").exists()


def answers(marks: list[int], **more: str) -> dict[str, str]:
    return {"at": now()} | {f"item_{k}": str(mark) for k, mark in enumerate(marks, start=1)} | more


def test_item_nine_raises_an_alert(people: Any, accounts: Any, signed_in: Any, clinic: Any) -> None:
    own, nurse = people["own"], signed_in("staff")
    nurse.post(f"/people/{own.pk}/answer/phq9/", answers([0] * 8 + [0]))
    assert not Alert.objects.exists()
    nurse.post(f"/people/{own.pk}/answer/phq9/", answers([0] * 8 + [1]))
    alert = Alert.objects.get()
    assert alert.owner == accounts["staff"]
    waits = alert.escalate_at - alert.raised_at
    assert abs(waits - timedelta(minutes=clinic.escalation_minutes)) < timedelta(seconds=5)
    address = f"/alerts/{alert.pk}/"
    assert "not acknowledged without it" in nurse.post(address, {"note": ""}).content.decode()
    nurse.post(address, {"own": "1", "owner": "clinician"})
    assert Alert.objects.get().owner == accounts["clinician"]
    nurse.post(address, {"note": "Spoke with her; safety plan."})
    alert = Alert.objects.get()
    assert alert.acknowledged_by == accounts["staff"] and b"safety" not in bytes(alert.sealed)
    nurse.post(address, {"note": "Another word"})
    assert Alert.objects.get().content["note"] == "Spoke with her; safety plan."


def test_a_patient_who_answers_item_nine_reads_the_crisis_text(
    people: Any, signed_in: Any, clinic: Any
) -> None:
    patient = signed_in("patient")
    text = patient.post("/diary/phq9/", answers([1] * 8 + [2])).content.decode()
    assert clinic.crisis_text in text
    alert = Alert.objects.get()
    assert alert.owner is None and not alert.escalated
    Alert.objects.update(escalate_at=timezone.now() - timedelta(minutes=1))
    assert "overdue" in signed_in("staff").get("/clinic/").content.decode()
    assert clinic.crisis_text in patient.get("/diary/").content.decode()


def test_an_alert_of_a_patient_goes_to_the_team(people: Any, accounts: Any, signed_in: Any) -> None:
    people["own"].team.add(accounts["staff"], accounts["clinician"])
    signed_in("patient").post("/diary/phq9/", answers([0] * 8 + [1]))
    assert Alert.objects.get().owner == accounts["clinician"]


def test_the_check_in_writes_all_of_it(people: Any, signed_in: Any) -> None:
    data = {f"{scale}-item_{k}": "1" for scale in ("phq2", "gad2") for k in (1, 2)}
    data |= {"day-pain": "3", "day-sleep_hours": "7", "day-energy": "5", "day-words": "fine"}
    assert signed_in("patient").post("/diary/new/", data).headers["Location"] == "/diary/"
    rows = current(people["own"])
    assert sorted(row.kind for row in rows) == ["diary", "score", "score"]
    assert {row.content["by"] for row in rows if row.kind == "score"} == {"patient"}


def test_forecasts_never_reach_a_patient(people: Any, signed_in: Any) -> None:
    text = signed_in("patient").get("/diary/").content.decode()
    assert "orecast" not in text and "drives" not in text


def test_words_are_shown_only_where_they_are_free(people: Any, signed_in: Any) -> None:
    nurse = signed_in("staff")
    for scale in answerable():
        if not scale.usual and scale.key not in ("cadss", "pcl5", "phq2", "gad2"):
            continue
        text = nurse.get(f"/people/{people['own'].pk}/answer/{scale.key}/").content.decode()
        assert len(re.findall("<fieldset", text)) == len(scale.items)
        wording = wording_of(scale.key)
        if wording is None:
            assert "Item 1" in text and "is copyrighted" in text
        else:
            assert load_instrument(scale.key).wording == "free"
            assert len(wording.items) == len(scale.items)


def test_a_total_is_that_of_the_instrument(people: Any, signed_in: Any) -> None:
    signed_in("staff").post(f"/people/{people['own'].pk}/answer/bpi_severity/", answers([2, 4, 6, 8]))
    assert Entry.objects.get().content["total"] == 5.0


def test_a_correction_keeps_the_old_entry(people: Any, accounts: Any, signed_in: Any) -> None:
    nurse, own = signed_in("staff"), people["own"]
    old = score_for(own, accounts["staff"], [1] * 8 + [0])
    nurse.post(f"/entries/{old.pk}/correct/", answers([2] * 8 + [0]))
    assert [row.content["total"] for row in current(own)] == [16.0]
    new = Entry.objects.get(replaces=old)
    assert "What stood here before" in nurse.get(f"/entries/{new.pk}/").content.decode()
    assert nurse.get(f"/entries/{old.pk}/correct/").status_code == 404
    nurse.post(f"/entries/{new.pk}/withdraw/")
    assert current(own) == [] and Entry.objects.count() == 2


def test_a_note_is_for_clinicians(people: Any, signed_in: Any) -> None:
    doctor, nurse, own = signed_in("clinician"), signed_in("staff"), people["own"]
    doctor.post(f"/people/{own.pk}/note/", {"at": now(), "text": "Private thoughts"})
    entry = Entry.objects.get()
    assert "Private thoughts" in doctor.get(f"/people/{own.pk}/").content.decode()
    assert "Private thoughts" not in nurse.get(f"/people/{own.pk}/").content.decode()
    assert nurse.get(f"/entries/{entry.pk}/").status_code == 404
    assert nurse.post(f"/entries/{entry.pk}/withdraw/").status_code == 404


def test_reliable_change_is_told(people: Any) -> None:
    score_for(people["own"], None, [3] * 8 + [0], 21)
    score_for(people["own"], None, [2] * 8 + [0], 14)
    score_for(people["own"], None, [1] * 8 + [0], 7)
    score_for(people["own"], None, [3] * 8 + [0], 1)
    found = series_of(current(people["own"]))["phq9"]
    assert [point.since_first for point in found.points] == ["", "better", "better", "no reliable change"]
    assert found.worse_from == 8.0


def test_the_page_of_a_person_has_chart_and_table(people: Any, accounts: Any, signed_in: Any) -> None:
    own = people["own"]
    score_for(own, accounts["staff"], [3] * 9, 21)
    score_for(own, accounts["staff"], [1] * 8 + [0], 1)
    text = signed_in("staff").get(f"/people/{own.pk}/").content.decode()
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in text and "reliably better than at first" in text
    assert text.count("<tr>") >= 3 and " style=" not in text


def test_visits_are_opened_and_closed(people: Any, signed_in: Any) -> None:
    nurse, own = signed_in("staff"), people["own"]
    nurse.post(f"/people/{own.pk}/visits/new/", {"at": now(), "purpose": "dosing", "note": ""})
    visit = Visit.objects.get()
    nurse.post(f"/visits/{visit.pk}/status/", {"status": "closed"})
    assert Visit.objects.get().status == "closed"
    assert nurse.post(f"/visits/{visit.pk}/status/", {"status": "nonsense"}).status_code == 404


def test_every_quantity_says_what_it_is() -> None:
    for one in plausible().values():
        assert one.low < one.high and one.label and one.unit
