"""The server killed without warning, fifty times, while writes run: `python -m tests.load.killed [--times 50]`.

Writers send scores through the API and keep every id the server acknowledged. At the end each of them has to be there
and to open. Prints how many writes a second there were, and what is missing.
"""

import argparse
import json
import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from ..web.server import free_port, serving, wait_for_people
from .clinicians import Browser, secrets_of

WRITERS = 6


def group_of(process: int) -> list[int]:
    """A process and all below it."""
    found = [process]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent in found and int(entry.name) not in found:
                found.append(int(entry.name))
    return found


def write(address: str, secret: str, stop: threading.Event, kept: list[str], seed: int) -> None:
    """Send scores until told to stop; keep the ids of those that were acknowledged."""
    try:
        browser = Browser(address)
        browser.sign_in("clinician", secret)
        _, text, _, _ = browser.ask("GET", "/api/people")
        people = [one["id"] for one in json.loads(text)]
        browser.ask("GET", "/account/")
    except (AssertionError, ValueError):
        return
    cookies = "; ".join(f"{key}={value}" for key, value in browser.cookies.items())
    headers = {
        "Cookie": cookies,
        "X-CSRFToken": browser.cookies["csrftoken"],
        "Content-Type": "application/json",
    }
    k = 0
    while not stop.is_set():
        k += 1
        body = {"instrument": "phq2", "answers": [k % 4, seed % 4], "confirm": True}
        where = f"{address}/api/people/{people[(seed + k) % len(people)]}/scores/new"
        try:
            with urlopen(Request(where, json.dumps(body).encode(), headers), timeout=5) as answer:
                kept.append(json.loads(answer.read())["id"])
        except (OSError, ValueError, HTTPException):  # the last: killed in the middle of an answer
            continue


def main() -> None:
    """Kill, start again, count."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=50)
    options.add_argument("--seconds", type=float, default=1.5, help="of writing before each kill")
    asked = options.parse_args()
    kept: list[str] = []
    writing = 0.0
    with tempfile.TemporaryDirectory(prefix="vagus-killed-") as folder:
        place, port = Path(folder, "clinic"), free_port()
        for round_ in range(asked.times + 1):
            (Path(folder) / "clinic.log").unlink(missing_ok=True)
            with serving(place, "--demo", "--workers", "0", port=port) as served:
                if round_ == asked.times:
                    break
                while "clinician" not in secrets_of(served):  # the port of a dying process may still be open
                    time.sleep(0.2)
                if not round_:
                    wait_for_people(served)
                secret = secrets_of(served)["clinician"]
                stop = threading.Event()
                before, began = len(kept), time.monotonic()
                hands = [
                    threading.Thread(target=write, args=(served.address, secret, stop, kept, k))
                    for k in range(WRITERS)
                ]
                for hand in hands:
                    hand.start()
                while len(kept) == before and time.monotonic() - began < 30:
                    time.sleep(0.05)
                first = time.monotonic()
                time.sleep(asked.seconds)
                for process in group_of(
                    served.process.pid
                ):  # the first of them first: it would start new ones
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                writing += time.monotonic() - first
                stop.set()
                for hand in hands:
                    hand.join()
                served.process.wait()
        rows = sqlite3.connect(place / "clinic.sqlite3").execute("SELECT id FROM record_entry").fetchall()
        there = {row[0] for row in rows}
        missing = [one for one in kept if one.replace("-", "") not in there]
        sound = sqlite3.connect(place / "clinic.sqlite3").execute("PRAGMA integrity_check").fetchone()[0]
    rate = len(kept) / writing if writing else 0.0
    told = {
        "kills": asked.times,
        "acknowledged": len(kept),
        "per_second": round(rate, 1),
        "missing": len(missing),
    }
    print(json.dumps({**told, "integrity": sound}))
    sys.exit(bool(missing) or sound != "ok")


if __name__ == "__main__":
    main()
