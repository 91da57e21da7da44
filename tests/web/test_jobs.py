"""The queue: nothing is lost, nothing runs twice, a stop is heard, results are sealed; follow-ups and trials."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from vagus.errors import VagusError
from vagus.people.study import read_study
from vagus.web.record.models import Job
from vagus.web.record.writing import write_entry
from vagus.web.work import worker
from vagus.web.work.following import diary_of, problem_of
from vagus.web.work.queue import Cancelled, ask, beat, cancel, claim, finish, request_of, result_of
from vagus.web.work.trialling import study_text

from .world import score_for

STUDY = {
    "id": "planned",
    "title": 'Ketamine "against" midazolam \\ two',
    "conditions": ["mdd"],
    "people": 20,
    "days": 7,
    "instrument": "madrs",
    "visits": [1, 7],
    "seed": 1,
    "arms": [
        {
            "name": drug,
            "drug": drug,
            "route": "iv",
            "amount": amount,
            "unit": "mg/kg",
            "minutes": 40,
            "dose_days": [0],
            "control": "midazolam",
        }
        for drug, amount in (("ketamine", 0.5), ("midazolam", 0.045))
    ],
}


def test_a_job_goes_through_the_queue(people: Any, accounts: Any) -> None:
    job = ask("forecast", {"weeks": 4}, accounts["clinician"], people["own"])
    assert b"weeks" not in bytes(job.request)
    found = claim()
    assert found is not None and found.pk == job.pk and request_of(found) == {"weeks": 4}
    assert claim() is None
    beat(found, "half way", 0.5)
    finish(found, {"answer": 42})
    done = Job.objects.select_related("person").get()
    assert done.state == "done" and result_of(done) == {"answer": 42} and b"answer" not in bytes(done.result)


def test_a_lost_worker_loses_no_job(people: Any, accounts: Any) -> None:
    job = ask("forecast", {}, accounts["clinician"], people["own"])
    for _ in range(3):
        assert claim() is not None
        assert claim() is None  # still beating
        Job.objects.update(beat_at=timezone.now() - timedelta(minutes=5))
    assert claim() is None
    job.refresh_from_db()
    assert job.state == "failed" and "three times" in job.stage


def test_a_stop_is_heard(people: Any, accounts: Any, signed_in: Any) -> None:
    waiting = ask("trial", {"title": "x"}, accounts["clinician"])
    cancel(waiting)
    assert Job.objects.get().state == "cancelled" and claim() is None
    job = ask("forecast", {}, accounts["clinician"], people["own"])
    found = claim()
    assert found is not None
    assert signed_in("clinician").post(f"/jobs/{job.pk}/cancel/").status_code == 302
    with pytest.raises(Cancelled):
        beat(found, "x", 0.1)


def test_a_job_that_fails_says_why(accounts: Any, monkeypatch: Any) -> None:
    def wrong(*_: Any) -> dict[str, Any]:
        raise VagusError("V403", "there is no treatment 'x'")

    def broken(*_: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    for run, words in ((wrong, "V403"), (broken, "could not be computed")):
        monkeypatch.setattr(worker, "run_study", run)
        monkeypatch.setattr(worker._Pulse, "start", lambda self: None)
        monkeypatch.setattr(worker._Pulse, "end", lambda self: None)
        ask("trial", {"title": "x"}, accounts["clinician"])
        found = claim()
        assert found is not None
        worker.do(found)
        found.refresh_from_db()
        assert found.state == "failed" and words in found.stage


def test_the_state_of_a_job_is_told(accounts: Any, signed_in: Any) -> None:
    job = ask("trial", {"title": "x"}, accounts["clinician"])
    doctor = signed_in("clinician")
    told = doctor.get(f"/jobs/{job.pk}/state/").json()
    assert told == {"state": "queued", "stage": "", "progress": 0.0, "next": ""}
    assert "queued" in doctor.get(f"/jobs/{job.pk}/").content.decode()
    assert signed_in("staff").get(f"/jobs/{job.pk}/").status_code == 403


def test_a_record_becomes_a_diary(people: Any, accounts: Any) -> None:
    own, nurse = people["own"], accounts["staff"]
    assert problem_of(own)  # nothing to follow yet
    now = timezone.now()
    write_entry(own, "condition", {"key": "mdd"}, by=nurse)
    score_for(own, nurse, [2] * 9, 30)
    score_for(own, nurse, [1] * 9, 2)
    dose = {"drug": "ketamine", "route": "iv", "amount": 35.0, "unit": "mg", "minutes": 40.0}
    write_entry(own, "dose", dose, by=nurse, at=now - timedelta(days=20))
    vitals = {"moment": "before", "systolic": 128.0, "diastolic": 80.0, "heart_rate": 70.0}
    write_entry(own, "vitals", vitals, by=nurse, at=now - timedelta(days=20, minutes=30))
    diary = diary_of(own)
    assert diary.patient.conditions == ("mdd",) and diary.patient.weight == 70
    assert [one.value for one in diary.scores] == [18.0, 9.0] and len(diary.scores[0].items) == 9
    assert [(one.drug, one.amount) for one in diary.given] == [("ketamine", 35.0)]
    assert {one.key for one in diary.vitals} == {"systolic", "diastolic", "heart_rate"}
    assert problem_of(own) == ""


def test_the_form_makes_a_study_the_program_reads(tmp_path: Any) -> None:
    path = tmp_path / "study.toml"
    path.write_text(study_text(STUDY))
    study = read_study(path)
    assert study.title == STUDY["title"] and [arm.name for arm in study.arms] == ["ketamine", "midazolam"]
    assert study.arms[0].n == 20 and study.duration_d == 7


def test_a_trial_from_form_to_page(accounts: Any, signed_in: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(worker._Pulse, "start", lambda self: None)
    monkeypatch.setattr(worker._Pulse, "end", lambda self: None)
    doctor = signed_in("clinician")
    data = {
        "title": "A small one", "conditions": "mdd", "people": "20", "days": "7", "instrument": "madrs",
        "visits": "1, 7", "first_drug": "ketamine", "first_amount": "0.5", "first_unit": "mg/kg",
        "first_minutes": "40", "first_days": "0", "first_control": "midazolam", "second_drug": "midazolam",
        "second_amount": "0.045", "second_unit": "mg/kg", "second_minutes": "40", "second_days": "0",
        "second_control": "midazolam", "seed": "1",
    }  # fmt: skip
    assert "Days from 0 to 7" in doctor.post("/trials/new/", data | {"visits": "99"}).content.decode()
    assert doctor.post("/trials/new/", data).status_code == 302
    found = claim()
    assert found is not None
    worker.do(found)
    found.refresh_from_db()
    assert found.state == "done", found.stage
    text = doctor.get(f"/trials/{found.pk}/").content.decode()
    assert "ketamine" in text and "virtual people" in text and "<svg" in text
    assert doctor.get(f"/trials/{found.pk}/file/").content.decode().startswith("id = ")


@pytest.mark.slow
def test_a_forecast_from_record_to_page(people: Any, accounts: Any, signed_in: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(worker._Pulse, "start", lambda self: None)
    monkeypatch.setattr(worker._Pulse, "end", lambda self: None)
    own, nurse, doctor = people["own"], accounts["staff"], signed_in("clinician")
    write_entry(own, "condition", {"key": "mdd"}, by=nurse)
    for days, mark in ((28, 2), (21, 2), (14, 1), (7, 1)):
        score_for(own, nurse, [mark] * 8 + [0], days)
    asked = {"plans": ["none", "ketamine-monthly"], "weeks": 4, "seed": 1, "size": [120, 60, 0.5]}
    ask("forecast", asked, accounts["clinician"], own)
    found = claim()
    assert found is not None
    worker.do(found)
    found.refresh_from_db()
    assert found.state == "done", found.stage
    text = doctor.get(f"/people/{own.pk}/forecast/").content.decode()
    assert "Not a medical device" in text and "No more doses" in text and "virtual people" in text
    assert "Rests on" in text and "no plan is called best" in text
    assert doctor.get(f"/people/{own.pk}/forecast/pdf/").content.startswith(b"%PDF")
    assert "each loop was cut" in doctor.get(f"/people/{own.pk}/drives/").content.decode()
    assert doctor.get(f"/jobs/{found.pk}/").headers["Location"] == f"/people/{own.pk}/forecast/"
