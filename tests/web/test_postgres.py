"""The same record on PostgreSQL: the tests of record, safety and jobs once more, on a real server."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from . import postgres
from .server import serving

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(900)]
if not postgres.found():
    pytest.skip("no PostgreSQL server on this system", allow_module_level=True)
FILES = ("test_record.py", "test_safety.py", "test_jobs.py")


def test_the_record_on_postgresql(tmp_path: Path) -> None:
    here = Path(__file__).parent
    with postgres.running() as address:
        environment = os.environ | {"DATABASE_URL": address, "VAGUS_DATA": str(tmp_path / "data")}
        (tmp_path / "data").mkdir(mode=0o700)
        # What simulates asks the database for nothing else than the rest does.
        command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-k", "not trial_from_form"]
        command += ["-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *(str(here / name) for name in FILES)],
            env=environment,
            cwd=here.parents[1],
            capture_output=True,
            text=True,
            timeout=800,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        with serving(
            tmp_path / "served", "--processes", "1", "--workers", "0", DATABASE_URL=address
        ) as server:
            with urllib.request.urlopen(f"{server.address}/alive/", timeout=20) as answer:
                assert answer.status == 200
            assert not (tmp_path / "served" / "clinic.sqlite3").exists()


MAKE = """
from vagus.web.record.writing import new_person, write_entry
from vagus.web.access.models import Audit, Clinic, Role, User
clinic = Clinic.suggested(); clinic.name = "From SQLite"; clinic.crisis_text = "Call 112."; clinic.save()
nurse = User.objects.create_user("nurse", password="x", role=Role.STAFF)
person = new_person({"name": "Carried Over", "born": "1980-05-04", "sex": "female"})
person.team.add(nurse)
write_entry(person, "note", {"text": "sealed words"}, by=nurse)
for k in range(3): Audit.objects.create(user="u", role="staff", action="look", place="person")
"""
LOOK = """
from vagus.web.record.models import Entry, Person
from vagus.web.access.models import Audit, Clinic
person = Person.objects.get()
Audit.objects.create(user="u", role="staff", action="look", place="person")
words = Entry.objects.select_related("person").get().content["text"]
print("|".join([person.name, words, person.team.get().username, Clinic.objects.get().name, str(Audit.objects.count())]))
"""


def run(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Code inside the application of a data folder, or one of its commands."""
    start = (
        "import sys; from vagus.web.start import parser, prepare\n"
        "prepare(parser().parse_intermixed_args(['migrate', '--data', sys.argv[1]]))\n"
        "import django; django.setup()\n"
    )
    command = [sys.executable, "-c", start + code, str(folder)]
    return told(command, **environment)


def told(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=300)


def test_a_backup_of_sqlite_is_restored_into_postgresql(tmp_path: Path) -> None:
    """And only into an empty one: neither rows nor the key of a clinic are written over."""
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "backup"
    web = [sys.executable, "-m", "vagus.web"]
    phrase = {"VAGUS_PASSPHRASE": "a long enough passphrase"}
    assert told([*web, "migrate", "--data", str(old)]).returncode == 0
    made = run(MAKE, old)
    assert made.returncode == 0, made.stderr
    assert told([*web, "backup", str(file), "--data", str(old)], **phrase).returncode == 0
    with postgres.running() as address:
        restore = [*web, "restore", str(file), "--data", str(new), "--no-later-erasures"]
        done = told(restore, DATABASE_URL=address, **phrase)
        assert done.returncode == 0, done.stderr
        seen = run(LOOK, new, DATABASE_URL=address)
        assert seen.stdout.strip() == "Carried Over|sealed words|nurse|From SQLite|5", seen.stderr
        key = (new / "master.key").read_text()
        again = told(restore, DATABASE_URL=address, **phrase)
        assert again.returncode == 2 and "V707" in again.stderr and "Traceback" not in again.stderr
        assert (new / "master.key").read_text() == key == (old / "master.key").read_text()


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vagus.web", "serve", "--data", str(tmp_path / "x"), "--port", "0"]
    environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "V708" in done.stderr and "Traceback" not in done.stderr
