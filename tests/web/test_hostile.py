"""Markup, SQL and nonsense in every field of every form: words stay words, numbers are refused, nothing breaks."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection

from vagus.web.record.models import Entry, Person

from .test_rules import targets  # noqa: F401 - a fixture

EVIL = "<img src=x onerror=alert(1)>'\"; DROP TABLE record_entry; --{{7*7}}<script>alert(2)</script>"
LEAVE_ALONE = {"logout", "password", "factor-off", "job-cancel", "first", "login"}
ROLES = ("clinician", "patient", "administrator")


class Fields(HTMLParser):
    """The fields of the forms of a page: name to (type, values it offers)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, list[str]]] = {}
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        name = given.get("name", "")
        if tag == "option" and self._select:
            self.found[self._select][1].append(given.get("value", ""))
        elif tag == "select":
            self._select = name
            self.found[name] = ("select", [])
        elif tag in ("input", "textarea", "button") and name:
            kind = given.get("type", "text") if tag == "input" else tag
            self.found.setdefault(name, (kind, []))[1].append(given.get("value", ""))


def filled(text: str, evil_numbers: bool) -> dict[str, Any]:
    """The forms of a page filled in with what nobody should write."""
    data: dict[str, Any] = {}
    for name, (kind, values) in Fields(text).found.items():
        if name == "csrfmiddlewaretoken" or kind in ("button", "file"):
            continue
        if evil_numbers or kind in ("text", "textarea", "password"):
            data[name] = EVIL
        elif kind in ("select", "radio"):
            data[name] = next((value for value in values if value), "")
        elif kind == "checkbox":
            data[name] = values[-1] or "on"
        else:
            data[name] = {"date": "1980-05-04", "datetime-local": "2026-01-05T08:00"}.get(kind, "80")
    return data


def test_every_field_of_every_form(targets: Any, people: Any, signed_in: Any) -> None:  # noqa: F811
    wrote = 0
    for role in ROLES:
        client = signed_in(role)
        for name, address in sorted(targets.items()):
            if name in LEAVE_ALONE or address.startswith(("/api/", "/explore/")):
                continue
            page = client.get(address)
            if page.status_code != 200 or b'method="post"' not in page.content:
                continue
            for evil_numbers in (True, False):
                data = filled(page.content.decode(), evil_numbers) | {"confirm": "on"}
                before = Entry.objects.count()
                status = client.post(address, data).status_code
                assert status in (200, 302, 404, 405), (role, name, status)
                wrote += Entry.objects.count() - before
    assert wrote >= 6, wrote
    assert "record_entry" in connection.introspection.table_names()
    assert Person.objects.get(pk=people["own"].pk).name == EVIL


def test_no_page_shows_it_as_markup(targets: Any, people: Any, signed_in: Any) -> None:  # noqa: F811
    own, doctor = people["own"], signed_in("clinician")
    facts = {"born": "1980-05-04", "sex": "female", "weight": "70", "contact": EVIL, "name": EVIL}
    doctor.post(f"/people/{own.pk}/edit/", facts)
    for page in ("condition", "background", "medical", "consent", "note", "answer/phq9"):
        text = doctor.get(f"/people/{own.pk}/{page}/").content.decode()
        doctor.post(f"/people/{own.pk}/{page}/", filled(text, False) | {"confirm": "on", "key": ""})
    assert Entry.objects.filter(person=own).count() >= 5
    seen = 0
    for role in ("clinician", "staff", "patient"):
        client = signed_in(role)
        for name, address in targets.items():
            if "pdf" in name or address.startswith("/explore/"):
                continue
            answer = client.get(address)
            if "html" not in answer.headers.get("Content-Type", ""):
                continue
            text = answer.content.decode()
            seen += "&lt;img src=x" in text
            assert "<img src=x" not in text and "<script>alert" not in text, (role, name)
            assert not re.search(r"[^{]\b49\b&lt;script", text), (role, name)
    assert seen > 10
    assert doctor.get(f"/people/{own.pk}/pdf/").content.startswith(b"%PDF")


@pytest.mark.parametrize(
    "query",
    [
        "/people/?q=%00%FF%27%3B--",
        "/people/?page=99999999999999999999",
        "/people/?page=-1",
        "/explore/?condition=%3Cscript%3E&stress=nan&ketamine=1e999",
        "/explore/run/?stress=inf&injury=--",
        "/login/?next=//evil.example/",
        "/first/?code=%3Cscript%3E",
    ],
)
def test_odd_addresses_are_answered(people: Any, signed_in: Any, query: str) -> None:
    answer = signed_in("clinician").get(query)
    assert answer.status_code in (200, 302, 400)
    assert b"<script>" not in answer.content and "evil.example" not in answer.headers.get("Location", "")


def test_odd_audit_filters_are_answered(people: Any, signed_in: Any) -> None:
    boss = signed_in("administrator")
    for query in ("user=%27%20OR%201=1--", "person_id=%00", "page=x", "user=" + "a" * 5000):
        assert boss.get(f"/manage/audit/?{query}").status_code in (200, 400)


def test_a_job_of_somebody_else_cannot_be_stopped(targets: Any, signed_in: Any) -> None:  # noqa: F811
    for role in ("patient", "administrator", "researcher"):
        assert signed_in(role).post(targets["job-cancel"]).status_code == 403
    assert signed_in("staff").post(targets["job-cancel"]).status_code in (302, 403)
