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
        command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider"]
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


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vagus.web", "serve", "--data", str(tmp_path / "x"), "--port", "0"]
    environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "V708" in done.stderr and "Traceback" not in done.stderr
