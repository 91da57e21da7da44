"""A full disk and a read-only database give a clear page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from .world import now

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own way to run out of room")


@contextmanager
def pragma(name: str, value: int) -> Iterator[None]:
    """A pragma for a while, set below Django: an error inside must not keep it from being set back."""
    raw = connection.connection
    before = raw.execute(f"PRAGMA {name}").fetchone()[0]
    raw.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA {name} = {before}")


FAULTS = {
    "read-only": ("query_only", 1, 503, "is read-only"),
    "full": ("max_page_count", 1, 507, "The disk is full"),  # no less than there are: none can be added
}


@pytest.mark.parametrize(
    ("fault", "way"), [("read-only", "form"), ("read-only", "page"), ("read-only", "api"), ("full", "form")]
)
def test_a_clear_page_and_nothing_written(people: Any, signed_in: Any, fault: str, way: str) -> None:
    """One request a test: SQLite gives the whole transaction up, that of the test as well."""
    name, value, status, words = FAULTS[fault]
    doctor, own = signed_in("clinician"), people["own"]
    doctor.raise_request_exception = False  # as a server does: the page, not the error
    doctor.get("/account/")
    form = {"at": now(), "text": "long words " * 1500}
    with pragma(name, value):
        if way == "form":
            answer = doctor.post(f"/people/{own.pk}/note/", form)
        else:
            answer = doctor.get("/people/" if way == "page" else "/api/people")
    assert answer.status_code == status and words in answer.content.decode()
    assert "Nothing was saved" in answer.content.decode()
