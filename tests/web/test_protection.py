"""What keeps outsiders and lost sessions out: headers, cookies, forged forms, rates, passwords, logs, the audit."""

import logging
import time
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django_otp.plugins.otp_totp.models import TOTPDevice

from vagus.web import rate
from vagus.web.access.models import Audit, User
from vagus.web.record.models import Entry, Person
from vagus.web.record.writing import write_entry
from vagus.web.rules import rule_of

from .conftest import PASSWORD, ROLES
from .test_accounts import sign_in
from .test_rules import targets  # noqa: F401 - a fixture
from .world import now

SECRET = "UNMISTAKABLE"


def test_no_page_stays_in_a_cache(targets: dict[str, str], signed_in: Any) -> None:  # noqa: F811
    for role in ("nobody", *ROLES):
        client = signed_in(role)
        for name, address in sorted(targets.items()):
            if name == "logout" or address.startswith("/explore/"):
                continue
            headers = client.get(address).headers
            assert headers["Cache-Control"] == "no-store", (role, name)
            assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["Referrer-Policy"] == "same-origin"


def test_nobody_writes_where_the_role_may_not(targets: dict[str, str], signed_in: Any) -> None:  # noqa: F811
    before = Entry.objects.count(), Person.objects.count(), User.objects.count()
    for role in ("nobody", *ROLES):
        client = signed_in(role)
        for name, address in sorted(targets.items()):
            rule = rule_of(name)
            if rule.public or role in rule.roles:
                continue
            for method in ("post", "put", "patch", "delete"):
                status = getattr(client, method)(address, {}, content_type="application/json").status_code
                assert status in ((401, 302) if role == "nobody" else (403,)), (role, name, method, status)
    assert (Entry.objects.count(), Person.objects.count(), User.objects.count()) == before


@pytest.mark.parametrize("secure", [False, True])
def test_cookies(accounts: Any, secure: bool) -> None:
    with override_settings(SESSION_COOKIE_SECURE=secure, CSRF_COOKIE_SECURE=secure):
        client = Client()
        sign_in(client, "staff")
        client.get("/people/new/")
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Strict" and bool(cookie["secure"]) is secure


def test_a_forged_form_is_refused_by_pages_and_by_the_api(people: Any, accounts: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(accounts["staff"], backend="django.contrib.auth.backends.ModelBackend")
    own = people["own"].pk
    body = {"instrument": "phq9", "answers": [0] * 9}
    sent = client.post(f"/api/people/{own}/scores/new", body, content_type="application/json")
    assert sent.status_code == 403 and not Entry.objects.exists()
    assert client.post(f"/people/{own}/condition/", {"key": "mdd", "at": now()}).status_code == 403
    assert Client(enforce_csrf_checks=True).post("/login/", {}).status_code == 403


def test_behind_a_server_of_ours(accounts: Any) -> None:
    """Its https and its word about the address count; without the option neither does."""
    page = {
        "HTTP_HOST": "localhost",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "9.9.9.9, 192.0.2.5",
    }
    form = {"username": "staff", "password": PASSWORD, "HTTP_ORIGIN": "https://localhost"}

    def tried() -> int:
        client = Client(enforce_csrf_checks=True, **page)
        client.get("/login/")
        token = client.cookies["csrftoken"].value
        origin = {"HTTP_ORIGIN": form["HTTP_ORIGIN"], "HTTP_REFERER": "https://localhost/login/"}
        data = {"username": "staff", "password": PASSWORD, "csrfmiddlewaretoken": token}
        return int(client.post("/login/", data, **origin).status_code)

    assert tried() == 403
    with override_settings(PROXY=True, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        assert tried() == 302


def test_the_address_of_a_browser(rf: Any) -> None:
    request = rf.get("/", HTTP_X_FORWARDED_FOR="9.9.9.9, 192.0.2.5", REMOTE_ADDR="127.0.0.1")
    assert rate.address_of(request) == "127.0.0.1"
    with override_settings(PROXY=True):
        assert rate.address_of(request) == "192.0.2.5"  # the first is what the browser says of itself


def test_sign_ins_of_one_address_are_limited(accounts: Any, monkeypatch: Any) -> None:
    """Also when every try takes another account, which no lock of an account sees."""
    monkeypatch.setattr(rate, "SIGN_INS", 3)
    client = Client(REMOTE_ADDR="192.0.2.9")
    assert [sign_in(client, f"name {k}", "x").status_code for k in range(5)] == [200, 200, 200, 429, 429]
    assert sign_in(Client(REMOTE_ADDR="192.0.2.10"), "staff").status_code == 302


def test_an_unknown_account_takes_as_long(accounts: Any, monkeypatch: Any) -> None:
    """A password is hashed for it as well, so that the time does not tell which accounts there are."""
    hashed: list[str] = []
    plain = User.set_password
    monkeypatch.setattr(User, "set_password", lambda self, raw: (hashed.append(raw), plain(self, raw))[1])
    assert "account or the password is wrong" in sign_in(Client(), "staff", "wrong").content.decode()
    assert hashed == []  # what is kept is compared
    assert "account or the password is wrong" in sign_in(Client(), "nobody-here", "wrong").content.decode()
    assert hashed == ["wrong"]


def test_a_session_ends_after_a_working_day(accounts: Any) -> None:
    client = Client()
    sign_in(client, "staff")
    assert client.get("/people/").status_code == 200
    session = client.session
    session["began"] = time.time() - 13 * 3600
    session.save()
    assert "ended=1" in client.get("/people/").headers["Location"]


def test_a_page_that_asks_by_itself_keeps_no_session_alive(targets: Any, signed_in: Any) -> None:  # noqa: F811
    client = signed_in("clinician")
    session = client.session
    session["seen"] = before = time.time() - 300
    session.save()
    assert client.get(targets["job-state"]).status_code == 200 and client.session["seen"] == before
    client.get("/people/")
    assert client.session["seen"] > before


def test_without_the_second_factor_nothing_is_open(accounts: Any) -> None:
    TOTPDevice.objects.create(user=accounts["staff"], confirmed=True, name="x")
    client = Client()
    sign_in(client, "staff")
    change = {
        "old_password": PASSWORD,
        "new_password1": "another long one",
        "new_password2": "another long one",
    }
    for address in ("/password/", "/account/", "/account/factor/", "/account/factor/off/", "/people/"):
        assert client.post(address, change | {"password": PASSWORD}).headers["Location"] == "/second-factor/"
    accounts["staff"].refresh_from_db()
    assert accounts["staff"].check_password(PASSWORD) and TOTPDevice.objects.exists()


@pytest.mark.parametrize("weak", ["short", "password1234", "493827160528", "clinician1234"])
def test_weak_passwords(accounts: Any, signed_in: Any, weak: str) -> None:
    form = {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
    assert signed_in("clinician").post("/password/", form).status_code == 200
    accounts["clinician"].refresh_from_db()
    assert accounts["clinician"].check_password(PASSWORD)


def test_refused_sign_ins_keep_no_password(accounts: Any) -> None:
    sign_in(Client(), "staff", SECRET)
    assert AccessAttempt.objects.exists() and SECRET not in repr(list(AccessAttempt.objects.values()))


def test_nothing_clinical_in_logs_and_audit(people: Any, signed_in: Any, caplog: Any) -> None:
    own, doctor = people["own"].pk, signed_in("clinician")
    doctor.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        doctor.post(f"/people/{own}/note/", {"at": now(), "text": SECRET})
        doctor.post(f"/people/{own}/condition/", {"at": now(), "words": SECRET, "key": "no such"})
        doctor.get(f"/people/?q={SECRET}")
        doctor.get(f"/people/{own}/nothing/?q={SECRET}")
        doctor.post("/people/import/", {"bundle": SimpleUploadedFile("../../x.json", SECRET.encode())})
        Person.objects.filter(pk=own).update(
            sealed=b"not what was sealed"
        )  # its page cannot be opened any more
        assert doctor.get(f"/people/{own}/").status_code == 500
    written = [line for line in caplog.text.splitlines() if "django.db" not in line]
    assert SECRET not in "\n".join(written) and "Own Person" not in "\n".join(written)
    assert SECRET not in repr(list(Audit.objects.values())) and Audit.objects.exists()


def test_what_was_written_is_a_change_in_the_audit(people: Any, signed_in: Any) -> None:
    """Also when the answer is a page of its own: the crisis text, a password shown once."""
    signed_in("patient").post("/diary/phq9/", {f"item_{k}": "1" for k in range(1, 10)})
    doctor, boss = signed_in("clinician"), signed_in("administrator")
    doctor.post(f"/people/{people['other'].pk}/account/")
    boss.post("/manage/accounts/new/", {"username": "fresh", "role": "staff"})
    made = User.objects.get(username="fresh")
    boss.post(f"/manage/accounts/{made.pk}/", {"password": "1"})
    rows = list(Audit.objects.order_by("pk").values_list("action", "place"))
    places = ("diary-answer", "person-account", "user-new", "user")
    assert rows == [("change", place) for place in places]


def test_what_came_from_elsewhere_is_for_clinicians(people: Any, signed_in: Any) -> None:
    content = {"resources": [{"resource": {"resourceType": "DocumentReference"}}]}
    kept, _ = write_entry(people["own"], "foreign", content, by=None)
    assert signed_in("clinician").get(f"/entries/{kept.pk}/").status_code == 200
    assert signed_in("staff").get(f"/entries/{kept.pk}/").status_code == 404


@pytest.mark.parametrize(
    "path", ["../settings.py", "%2e%2e/settings.py", "..%2fsettings.py", "....//settings.py"]
)
def test_no_file_outside_is_served(clinic: Any, path: str) -> None:
    for start in ("/static/", "/"):
        answer = Client().get(start + path)
        assert answer.status_code == 404 and b"SECRET_KEY" not in answer.getvalue()
