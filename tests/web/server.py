"""A real server for the tests that need one: its own folder, its own port, ended by its own process id."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 400.0


@dataclass
class Served:
    """A running server: where it is, its process, its log."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def code(self) -> str:
        """The code of the first start."""
        found = re.search(r"code=(\w+)", self.log.read_text())
        return found[1] if found else ""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def serving(
    folder: Path, *options: str, port: int = 0, module: str = "vagus.web", **environment: str
) -> Iterator[Served]:
    """A server in a process of its own, until the block is left."""
    port = port or free_port()
    log = folder.parent / f"{folder.name}.log"
    command = [
        sys.executable,
        "-m",
        module,
        "serve",
        "--data",
        str(folder),
        "--port",
        str(port),
        *options,
    ]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=os.environ | environment
        )
    served = Served(f"http://127.0.0.1:{port}", process, log)
    try:
        wait_for(served, port)
        yield served
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def wait_for_people(served: Served) -> None:
    """Until the demonstration has all of its virtual people; they are made beside the server."""
    end = time.monotonic() + START_SECONDS
    while "virtual people are here" not in served.log.read_text():
        if served.process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"the virtual people were not made:\n{served.log.read_text()}")
        time.sleep(0.2)


def wait_for(served: Served, port: int) -> None:
    """Until the server answers; its log is the reason when it never does."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if served.process.poll() is not None:
            break
        with socket.socket() as trial:
            trial.settimeout(0.5)
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{served.log.read_text()}")
