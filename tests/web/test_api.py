"""The JSON API: the same rules as the pages, and no 500 whatever is sent (schemathesis)."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from vagus.web.record.models import Alert, Entry
from vagus.web.wsgi import application

from .world import score_for

EXAMPLES = 25  # of each operation and mode
schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")


def test_the_description_says_it_all() -> None:
    told = Client().get("/openapi.json").json()
    assert set(told["paths"]) >= {"/api/people", "/api/people/{person}/scores", "/api/me"}
    assert "not a medical device" in told["info"]["description"]


def test_reading(people: Any, accounts: Any, signed_in: Any) -> None:
    own = people["own"]
    score_for(own, accounts["staff"], [1] * 9)
    nurse = signed_in("staff")
    assert nurse.get("/api/me").json() == {"account": "staff", "role": "staff"}
    assert {one["name"] for one in nurse.get("/api/people").json()} == {"Own Person", "Other Person"}
    assert nurse.get(f"/api/people/{own.pk}/scores").json()[0]["total"] == 9.0
    assert nurse.get(f"/api/people/{people['secret'].pk}").status_code == 404
    scale = nurse.get("/api/instruments/phq9").json()
    assert len(scale["items"]) == 9 and "better off dead" in scale["items"][8]["text"]
    assert "text" not in nurse.get("/api/instruments/madrs").json()["items"][0]


def test_writing(people: Any, signed_in: Any) -> None:
    nurse, own = signed_in("staff"), people["own"]
    address = f"/api/people/{own.pk}/scores/new"

    def send(**body: Any) -> Any:
        return nurse.post(address, body, content_type="application/json")

    told = send(instrument="phq9", answers=[0] * 8 + [1])
    assert told.status_code == 201 and len(told.json()["alerts"]) == 1 and Alert.objects.count() == 1
    assert send(instrument="phq9", answers=[9] * 9).status_code == 400
    assert send(instrument="phq9", answers=[1]).status_code == 400
    assert send(instrument="none", answers=[1]).status_code == 400
    assert send(instrument="phq9", answers=[0] * 9, more=1).status_code == 422
    again = send(instrument="phq9", answers=[0] * 8 + [1])
    assert again.status_code == 409 and "already" in again.json()["questions"][0]
    assert send(instrument="phq9", answers=[0] * 8 + [1], confirm=True).status_code == 201
    vitals = f"/api/people/{own.pk}/vitals/new"
    assert nurse.post(vitals, {"systolic": 260}, content_type="application/json").status_code == 409
    assert nurse.post(vitals, {"systolic": 120}, content_type="application/json").status_code == 201
    assert Entry.objects.count() == 3


@pytest.mark.slow
def test_no_500(people: Any, accounts: Any) -> None:
    """Schemathesis makes the requests from the description, in shape and out of shape."""
    client = Client()
    client.force_login(accounts["clinician"], backend="django.contrib.auth.backends.ModelBackend")
    client.get("/account/")
    token = client.cookies["csrftoken"].value
    cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": token}
    seen: set[tuple[str, int]] = set()
    schema = schemathesis.openapi.from_wsgi("/openapi.json", application)
    operations = [one.ok() for one in schema.get_all_operations()]
    for operation in operations:
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode), own=st.booleans())
            def ask(case: Any, own: bool) -> None:
                if own and "person" in (case.path_parameters or {}):
                    case.path_parameters["person"] = str(people["own"].pk)
                answer = case.call(headers={"X-CSRFToken": token}, cookies=cookies)
                seen.add((case.path, answer.status_code))
                assert answer.status_code < 500, f"{case.method} {case.path}: {answer.text}"

            try:
                ask()
            except Unsatisfiable:  # an operation without parameters cannot be asked wrongly
                assert mode is schemathesis.GenerationMode.NEGATIVE
    assert {path for path, _ in seen} == {one.path for one in operations}
    assert {status for _, status in seen} >= {200, 404, 422}
