"""A clinic of its own for every run: folder, key, database, one account of each role, two people.

Where the extra `web` is not installed, or no browser or database server is there, the tests that need it are skipped
with the reason; nothing is skipped silently.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

django = pytest.importorskip("django", reason="the extra 'web' is not installed")

_FOLDER = Path(tempfile.mkdtemp(prefix="vagus-web-tests-"))
os.environ.setdefault("VAGUS_DATA", str(_FOLDER))
os.environ.setdefault("VAGUS_CODE", "0123abcd")
os.environ.setdefault("VAGUS_FORECAST", "1")
os.environ["DJANGO_SETTINGS_MODULE"] = "vagus.web.settings"
os.environ["VAGUS_HOSTS"] = "127.0.0.1,localhost,testserver"

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment, teardown_test_environment  # noqa: E402

from vagus.web import play, rate  # noqa: E402

rate.SIGN_INS = 100_000  # the tests sign in more often than people do
play.WAIT_SECONDS = 250.0  # a test waits for the model instead of a page that says so

PASSWORD = "long enough for a test"
ROLES = ("administrator", "clinician", "staff", "patient", "researcher")


@pytest.fixture(scope="session")
def database() -> Iterator[None]:
    """An empty database with all tables."""
    # Argon2 is slow on purpose; what is tested here is not the hash.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    yield
    connection.creation.destroy_test_db(str(settings.DATABASES["default"]["NAME"]), verbosity=0)
    teardown_test_environment()


@pytest.fixture
def rolled_back(database: None) -> Iterator[None]:
    """What a test writes is gone after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def clinic(rolled_back: None) -> Any:
    """The settings of a clinic whose forecasts are signed for."""
    from django.utils import timezone

    from vagus.web.access.models import Clinic

    found = Clinic.suggested()
    found.name, found.crisis_text = "Test clinic", "Call 112 now. You are not alone."
    found.forecast_signed_at = timezone.now()
    found.save()
    return found


@pytest.fixture
def accounts(clinic: Any) -> dict[str, Any]:
    """One account of each role."""
    from vagus.web.access.models import User

    return {role: User.objects.create_user(role, password=PASSWORD, role=role) for role in ROLES}


@pytest.fixture
def people(accounts: dict[str, Any]) -> dict[str, Any]:
    """`own`, the person the patient's account belongs to, `other`, and `secret`, restricted to nobody here."""
    from vagus.web.access.models import User
    from vagus.web.record.writing import new_person

    facts = {"born": "1980-05-04", "sex": "female", "weight": 70.0, "height": 170.0}
    found = {
        "own": new_person({"name": "Own Person", **facts}, account=accounts["patient"]),
        "other": new_person({"name": "Other Person", **facts}),
        "secret": new_person({"name": "Secret Person", **facts}, restricted=True),
    }
    elsewhere = User.objects.create_user("elsewhere", password=PASSWORD, role="clinician")
    found["secret"].team.add(elsewhere)
    return found


@pytest.fixture
def signed_in(accounts: dict[str, Any]) -> Callable[[str], Client]:
    """A browser signed in as a role; "nobody" is not signed in."""

    def make(role: str) -> Client:
        client = Client()
        if role != "nobody":
            client.force_login(accounts[role], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def rf() -> Any:
    """Requests without a server."""
    from django.test import RequestFactory

    return RequestFactory()


@pytest.fixture
def settings_() -> Iterator[Any]:
    """The settings, as they were after the test."""
    before = {name: getattr(settings, name) for name in ("FORECAST", "DEMO", "ERASED_COPY")}
    yield settings
    for name, value in before.items():
        setattr(settings, name, value)
