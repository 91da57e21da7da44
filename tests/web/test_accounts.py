"""First start, signing in, throttling, second factor, sessions, passwords."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from vagus.web.access.models import Audit, Clinic, User
from vagus.web.settings import PASSWORD_HASHERS

from .conftest import PASSWORD

FIRST = {
    "code": "0123abcd",
    "username": "boss",
    "password": PASSWORD,
    "again": PASSWORD,
    "name": "A clinic",
    "crisis_text": "Call 112, day and night.",
}


@pytest.fixture
def empty(rolled_back: None) -> Iterator[Client]:
    yield Client()


def test_the_first_start_makes_the_administrator(empty: Client) -> None:
    assert empty.get("/").headers["Location"] == "/first/"
    response = empty.post("/first/", FIRST)
    assert response.headers["Location"] == "/manage/"
    assert (
        User.objects.get().role == "administrator"
        and Clinic.objects.get().crisis_text == FIRST["crisis_text"]
    )
    assert empty.get("/manage/").status_code == 200
    assert Client().get("/first/").headers["Location"] == "/login/"
    assert Client().post("/first/", FIRST | {"username": "second"}).headers["Location"] == "/login/"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"crisis_text": ""},
        {"crisis_text": "          \n "},
        {"code": "wrong"},
        {"again": "something else entirely"},
        {"password": "short", "again": "short"},
        {"password": "password1234", "again": "password1234"},
    ],
    ids=["no crisis text", "blank crisis text", "wrong code", "differ", "short", "common"],
)
def test_the_first_start_refuses(empty: Client, change: dict[str, str]) -> None:
    assert empty.post("/first/", FIRST | change).status_code == 200
    assert not User.objects.exists()


def sign_in(client: Client, name: str, password: str = PASSWORD) -> Any:
    return client.post("/login/", {"username": name, "password": password})


def test_signing_in_and_out(accounts: dict[str, User]) -> None:
    client = Client()
    assert sign_in(client, "clinician").headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/clinic/"
    cookie = client.cookies["sessionid"].value
    assert client.post("/logout/").headers["Location"] == "/login/"
    thief = Client()
    thief.cookies["sessionid"] = cookie
    assert "/login" in thief.get("/clinic/").headers["Location"]


def test_five_wrong_passwords_lock_the_account(accounts: dict[str, User]) -> None:
    client = Client()
    answers = [sign_in(client, "clinician", f"wrong {k}").status_code for k in range(5)]
    assert answers[:4] == [200] * 4 and answers[4] == 429
    assert sign_in(client, "clinician").status_code == 429
    assert sign_in(Client(), "staff").status_code == 302


def test_after_signing_in_only_our_own_addresses_are_followed(accounts: dict[str, User]) -> None:
    for target in ("https://example.org/", "//example.org/x", "javascript:alert(1)"):
        client = Client()
        response = client.post(f"/login/?next={target}", {"username": "staff", "password": PASSWORD})
        assert response.headers["Location"] == "/"
    assert (
        Client()
        .post("/login/?next=/people/", {"username": "staff", "password": PASSWORD})
        .headers["Location"]
        == "/people/"
    )


def code_of(device: TOTPDevice) -> str:
    totp = TOTP(device.bin_key)
    totp.time = time.time()
    return f"{totp.token():06d}"


def test_the_second_factor(accounts: dict[str, User]) -> None:
    client = Client()
    sign_in(client, "clinician")
    client.get("/account/factor/")
    device = TOTPDevice.objects.get(user=accounts["clinician"])
    assert "wrong" in client.post("/account/factor/", {"code": "000000"}).content.decode()
    TOTPDevice.objects.filter(pk=device.pk).update(
        throttling_failure_count=0, throttling_failure_timestamp=None
    )
    assert client.post("/account/factor/", {"code": code_of(device)}).status_code == 302
    assert client.get("/clinic/").status_code == 200

    later = Client()
    sign_in(later, "clinician")
    for page in ("/clinic/", "/people/", "/account/"):
        assert later.get(page).headers["Location"] == "/second-factor/"
    assert later.get("/api/people").status_code == 401
    assert later.post("/second-factor/", {"code": "123456"}).status_code == 200
    TOTPDevice.objects.filter(pk=device.pk).update(
        throttling_failure_count=0, throttling_failure_timestamp=None, last_t=-1
    )
    assert later.post("/second-factor/", {"code": code_of(device)}).headers["Location"] == "/"
    assert later.get("/clinic/").status_code == 200


def test_a_session_ends_without_clicks(accounts: dict[str, User], clinic: Clinic) -> None:
    client = Client()
    sign_in(client, "clinician")
    session = client.session
    session["seen"] = time.time() - 60 * clinic.session_minutes - 5
    session.save()
    assert "ended=1" in client.get("/clinic/").headers["Location"]
    assert "/login" in client.get("/clinic/").headers["Location"]


def test_a_first_password_has_to_be_changed(accounts: dict[str, User]) -> None:
    User.objects.filter(username="staff").update(must_change_password=True)
    client = Client()
    sign_in(client, "staff")
    assert client.get("/clinic/").headers["Location"] == "/password/"
    new = "quite another long one"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/password/", data).headers["Location"] == "/"
    assert client.get("/clinic/").status_code == 200
    assert (
        sign_in(Client(), "staff").status_code == 200 and sign_in(Client(), "staff", new).status_code == 302
    )


def test_the_administrator_switches_an_account_off(accounts: dict[str, User]) -> None:
    nurse, boss = Client(), Client()
    sign_in(nurse, "staff")
    sign_in(boss, "administrator")
    address = f"/manage/accounts/{accounts['staff'].pk}/"
    boss.post(address, {"off": "1"})
    assert "/login" in nurse.get("/clinic/").headers["Location"]
    assert sign_in(Client(), "staff").status_code == 200
    own = f"/manage/accounts/{accounts['administrator'].pk}/"
    boss.post(own, {"off": "1"})
    assert User.objects.get(username="administrator").is_active


def test_new_accounts_get_a_password_of_their_own(accounts: dict[str, User], signed_in: Any) -> None:
    boss = signed_in("administrator")
    text = boss.post("/manage/accounts/new/", {"username": "new", "role": "staff"}).content.decode()
    secret = text.split('class="secret">')[1].split("<")[0]
    client = Client()
    assert sign_in(client, "new", secret).status_code == 302
    assert client.get("/clinic/").headers["Location"] == "/password/"
    assert (
        "There is already an account"
        in boss.post("/manage/accounts/new/", {"username": "NEW", "role": "staff"}).content.decode()
    )


def test_passwords_are_argon2() -> None:
    assert (
        PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"] or settings.PASSWORD_HASHERS
    )
    from django.contrib.auth.hashers import Argon2PasswordHasher

    encoded = Argon2PasswordHasher().encode(PASSWORD, "saltsaltsalt")
    assert encoded.startswith("argon2$argon2id$") and identify_hasher
    assert Argon2PasswordHasher().verify(PASSWORD, encoded)


def test_signing_in_is_written_down(accounts: dict[str, User]) -> None:
    client = Client()
    sign_in(client, "staff")
    assert [row.action for row in Audit.objects.filter(user=str(accounts["staff"].pk))] == ["signed in"]


def test_a_form_sent_after_the_end_of_a_session_leads_back_to_its_page(
    accounts: dict[str, User], clinic: Clinic
) -> None:
    client = Client()
    sign_in(client, "clinician")
    session = client.session
    session["seen"] = time.time() - 60 * clinic.session_minutes - 5
    session.save()
    sent = client.post(
        f"/visits/{uuid4()}/status/",
        {"status": "closed"},
        headers={"referer": "http://testserver/visits/of-somebody/"},
    )
    assert (
        "next=%2Fvisits%2Fof-somebody%2F" in sent.headers["Location"]
    )  # the address of the form takes no look
    assert "was not saved" in client.get(sent.headers["Location"]).content.decode()
    elsewhere = client.post("/logout/", headers={"referer": "http://evil.example/people/"})
    assert "next=%2F&" in elsewhere.headers["Location"]


def test_refusals_are_written_down(accounts: dict[str, User]) -> None:
    client = Client()
    sign_in(client, "staff", "not the password")
    sign_in(client, "nobody-here", "not the password")
    sign_in(client, "staff")
    missing = str(uuid4())
    client.get("/manage/audit/")
    client.get(f"/people/{missing}/")
    staff = str(accounts["staff"].pk)
    rows = list(Audit.objects.order_by("pk").values_list("user", "action", "place", "object_id"))
    assert rows == [
        ("", "refused", "login", staff),
        ("", "refused", "login", ""),
        (staff, "signed in", "login", staff),
        (staff, "refused", "audit", ""),
        (staff, "refused", "person", missing),
    ]
