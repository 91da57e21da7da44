"""A PostgreSQL server of one's own for a while: made, started and ended by the tests, on a socket of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NOBODY = 65534
_WAIT_SECONDS = 60.0


def program(name: str) -> str | None:
    """A program of the server: on the path, or where Debian keeps it."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(kept[-1]) if kept else None)


def found() -> bool:
    """Whether the programs of a server are here."""
    return program("postgres") is not None and program("initdb") is not None


def _user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; then it runs as nobody."""
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


@contextmanager
def running() -> Iterator[str]:
    """The DATABASE_URL of a new server, until the block is left."""
    folder = Path(tempfile.mkdtemp(prefix="vagus-pg-"))
    if os.getuid() == 0:
        os.chown(folder, _NOBODY, _NOBODY)
    data = folder / "data"
    make = [
        str(program("initdb")),
        "-D",
        str(data),
        "-U",
        "vagus",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
        "--locale=C",
    ]
    subprocess.run(make, check=True, capture_output=True, timeout=120, cwd="/", **_user())
    start = [
        str(program("postgres")),
        "-D",
        str(data),
        "-k",
        str(folder),
        "-c",
        "listen_addresses=",
        "-p",
        "54329",
    ]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(start, stdout=log, stderr=log, cwd="/", **_user())
    try:
        end = time.monotonic() + _WAIT_SECONDS
        while not (folder / ".s.PGSQL.54329").exists():
            if server.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
            time.sleep(0.1)
        time.sleep(1.0)
        yield f"postgres://vagus@:54329/postgres?host={folder}"
    finally:
        server.terminate()
        server.wait(30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)
