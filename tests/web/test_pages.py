"""What every page keeps to: headers, no inline script or style, nothing from outside, hostile words harmless."""

import re
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, OperationalError
from django.test import Client
from django.utils.html import escape

from vagus.web.guard import POLICY
from vagus.web.record.models import Entry, Person
from vagus.web.trouble import broken, page_of
from vagus.web.work.queue import ask

from .test_rules import targets  # noqa: F401 - a fixture
from .world import now, score_for, visit_for

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE record_person; --",
    "{{ 7*7 }}{% debug %}",
    "\u202eevil\u0000",
)


def test_headers_of_every_answer(signed_in: Any) -> None:
    for client, page in ((Client(), "/about/"), (Client(), "/nonsense/"), (signed_in("staff"), "/clinic/")):
        response = client.get(page)
        assert response.headers["Content-Security-Policy"] == POLICY
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in POLICY and "*" not in POLICY


def test_no_inline_script_or_style_and_nothing_from_outside(targets: Any, signed_in: Any) -> None:  # noqa: F811
    bad = []
    for role in ("clinician", "patient", "administrator", "researcher"):
        client = signed_in(role)
        for name, address in targets.items():
            response = client.get(address)
            if response.status_code != 200 or "html" not in response.headers["Content-Type"]:
                continue
            text = response.content.decode()
            scripts = re.findall(r"<script([^>]*)>", text)
            if any('src="/static/' not in each and 'type="application/json"' not in each for each in scripts):
                bad.append((name, "inline script"))
            if re.search(r"<style|\sstyle=|\son\w+=|javascript:", text):
                bad.append((name, "inline style or handler"))
            for tag in re.findall(
                r'<(?:link|script|img|iframe|form)[^>]*(?:src|href|action)="(https?:[^"]*)"', text
            ):
                bad.append((name, tag))
    assert bad == []


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_shown_as_words(people: Any, signed_in: Any, words: str) -> None:
    doctor, own = signed_in("clinician"), people["own"]
    name = words.replace("\u0000", "")
    base = {"born": "1990-02-03", "sex": "male", "weight": "80", "contact": name}
    doctor.post(f"/people/{own.pk}/edit/", base | {"name": name})
    doctor.post(f"/people/{own.pk}/note/", {"at": now(), "text": name})
    doctor.post(f"/people/{own.pk}/condition/", {"at": now(), "words": name})
    visit = visit_for(own, None)
    doctor.post(f"/visits/{visit.pk}/event/", {"at": now(), "what": name, "severity": "mild", "action": name})
    assert Entry.objects.count() == 3 and Person.objects.get(pk=own.pk).name == name
    for page in ("", "print/"):
        text = doctor.get(f"/people/{own.pk}/{page}").content.decode()
        assert (
            "<script>alert" not in text
            and "<img src=x" not in text
            and "49" not in re.findall("{{.*?}}", text)
        )
        assert escape(name) in text
    assert doctor.get(f"/people/?q={words}").status_code == 200
    assert doctor.get(f"/people/{own.pk}/pdf/").content.startswith(b"%PDF")


def test_a_null_byte_is_refused(people: Any, signed_in: Any) -> None:
    doctor = signed_in("clinician")
    doctor.post(f"/people/{people['own'].pk}/note/", {"at": now(), "text": "a\u0000b"})
    assert not Entry.objects.exists()


def test_a_form_from_elsewhere_is_refused(people: Any, accounts: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(accounts["clinician"], backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/people/{people['own'].pk}/note/", {"at": now(), "text": "forged"})
    assert answer.status_code == 403 and not Entry.objects.exists()
    body = {"instrument": "phq2", "answers": [1, 1]}
    answer = client.post(f"/api/people/{people['own'].pk}/scores/new", body, content_type="application/json")
    assert answer.status_code == 403 and not Entry.objects.exists()


def test_a_bomb_of_an_upload_is_refused(people: Any, signed_in: Any) -> None:
    doctor, own = signed_in("clinician"), people["own"]
    assert doctor.post(f"/people/{own.pk}/note/", {"at": now(), "text": "x" * 2_000_000}).status_code in (
        400,
        413,
    )
    fields = {f"f{k}": "1" for k in range(1000)}
    assert doctor.post(f"/people/{own.pk}/note/", fields).status_code == 400
    assert not Entry.objects.exists() and RequestDataTooBig


def test_another_host_name_is_refused(accounts: Any) -> None:
    assert Client(headers={"host": "evil.example"}).get("/login/").status_code == 400


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OperationalError("database or disk is full"), 507, "The disk is full"),
        (OSError(28, "No space left on device"), 507, "The disk is full"),
        (OperationalError("attempt to write a readonly database"), 503, "is read-only"),
        (OperationalError("database is locked"), 503, "The database is busy"),
        (OperationalError("connection refused"), 503, "cannot be reached"),
    ],
)
def test_storage_trouble_has_a_clear_page(rf: Any, error: Exception, status: int, words: str) -> None:
    answer = page_of(rf.get("/people/"), error)
    assert answer is not None and answer.status_code == status and words in answer.content.decode()
    assert "Nothing was saved" in answer.content.decode()
    told = page_of(rf.get("/api/people"), error)
    assert told is not None and told.headers["Content-Type"] == "application/json"


def test_other_trouble_is_not_hidden(rf: Any) -> None:
    for error in (DatabaseError("syntax error"), OSError(5, "else"), ValueError()):
        assert page_of(rf.get("/"), error) is None
    assert "went wrong on our side" in broken(rf.get("/")).content.decode()


def test_pdfs_are_made_without_help_from_outside(people: Any, accounts: Any, signed_in: Any) -> None:
    own = people["own"]
    score_for(own, accounts["staff"], [2] * 9, 10)
    answer = signed_in("clinician").get(f"/people/{own.pk}/pdf/")
    assert (
        answer.content.startswith(b"%PDF") and b"attachment" in answer.headers["Content-Disposition"].encode()
    )


def test_forecasts_are_off_until_they_are_signed_for(
    people: Any, accounts: Any, signed_in: Any, clinic: Any
) -> None:
    doctor, boss, own = signed_in("clinician"), signed_in("administrator"), people["own"]
    page = f"/people/{own.pk}/forecast/"
    assert doctor.get(page).status_code == 200
    assert "Not a medical device" in doctor.get(page).content.decode()
    boss.post("/manage/notice/", {})
    assert doctor.get(page).status_code == 404
    assert "forecast" not in doctor.get(f"/people/{own.pk}/").content.decode()
    boss.post("/manage/notice/", {"read": "yes"})
    assert doctor.get(page).status_code == 200
    ask("forecast", {}, accounts["clinician"], own)


def test_forecasts_are_off_without_the_switch(people: Any, signed_in: Any, settings_: Any) -> None:
    settings_.FORECAST = False
    assert signed_in("clinician").get(f"/people/{people['own'].pk}/forecast/").status_code == 404
    signed_in("administrator").post("/manage/notice/", {"read": "yes"})
    settings_.FORECAST = True
    assert signed_in("clinician").get(f"/people/{people['own'].pk}/forecast/").status_code == 404
