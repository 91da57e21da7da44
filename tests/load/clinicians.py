"""Fifty clicking clinicians: `python -m tests.load.clinicians [--postgres] [--seconds 120] [--people 50]`.

Each looks at a page, thinks for a second or two, and goes on; one click in seven writes something down. Prints the
times of pages by kind (milliseconds) and the number of answers that were not as they should be.
"""

import argparse
import http.client
import json
import random
import re
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from ..web import postgres
from ..web.server import Served, serving, wait_for_people

THINK = (0.8, 2.2)
KINDS = {"clinic": 2, "people": 3, "person": 5, "visit": 2, "entry": 1, "alerts": 1}


class Browser:
    """One person's browser: one connection, cookies, a form token."""

    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=60)
        self.cookies: dict[str, str] = {}
        self.token = ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str, float]:
        """Status, text, place it sends on to, milliseconds."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except (http.client.HTTPException, OSError):
            self.connection.close()
            self.connection = http.client.HTTPConnection(self.host, timeout=60)
            return 0, "", "", 1000 * (time.perf_counter() - began)
        took = 1000 * (time.perf_counter() - began)
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return answer.status, text, answer.getheader("Location", ""), took

    def send(self, path: str, form: dict[str, str]) -> tuple[int, str, str, float]:
        """Fill a form in: its token first."""
        status, text, _, _ = self.ask("GET", path)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        if status != 200 or found is None:
            return status, text, "", 0.0
        return self.ask("POST", path, form | {"csrfmiddlewaretoken": found[1]})

    def sign_in(self, name: str, secret: str) -> None:
        """As a person does."""
        status, text, _, _ = self.send("/login/", {"username": name, "password": secret})
        assert status == 302, (status, text[:300])


def secrets_of(served: Served) -> dict[str, str]:
    """Accounts and passwords a demo printed."""
    return dict(re.findall(r"^  (\w+) +([\w-]{23})$", served.log.read_text(), re.MULTILINE))


def click(
    served: Served, secret: str, end: float, times: dict[str, list[float]], wrong: list[str], seed: int
) -> None:
    """One clinician until the end."""
    rng = random.Random(seed)
    browser = Browser(served.address)
    browser.sign_in("clinician", secret)
    _, text, _, _ = browser.ask("GET", "/people/")
    people = re.findall(r'href="(/people/[0-9a-f-]{36}/)"', text)
    visits: list[str] = []
    entries: list[str] = []
    time.sleep(rng.uniform(0, THINK[1]))
    while time.monotonic() < end:
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        where = {
            "clinic": "/clinic/",
            "people": "/people/",
            "alerts": "/alerts/",
            "person": rng.choice(people),
        }
        where |= {"visit": rng.choice(visits or people), "entry": rng.choice(entries or people)}
        if rng.random() < 1 / 7:
            kind = "write"
            now = time.strftime("%Y-%m-%dT%H:%M", time.gmtime())
            form = {"at": now, "text": f"note {seed} {rng.random()}"}
            status, text, _, took = browser.send(f"{rng.choice(people)}note/", form)
        else:
            status, text, _, took = browser.ask("GET", where[kind])
        if status not in (200, 302):
            wrong.append(f"{kind}: {status}")
        else:
            times[kind].append(took)
            visits = re.findall(r'href="(/visits/[0-9a-f-]{36}/)"', text) or visits
            entries = re.findall(r'href="(/entries/[0-9a-f-]{36}/)"', text) or entries
        time.sleep(rng.uniform(*THINK))


def main() -> None:
    """Serve a demo, let them click, print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--postgres", action="store_true")
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--people", type=int, default=50)
    options.add_argument("--processes", default="2")
    asked = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vagus-load-")))
        environment = {"DATABASE_URL": stack.enter_context(postgres.running())} if asked.postgres else {}
        flags = ("--demo", "--processes", asked.processes)
        served = stack.enter_context(serving(folder / "clinic", *flags, **environment))
        wait_for_people(served)
        secret = secrets_of(served)["clinician"]
        time.sleep(15)  # the first minute belongs to the model being made ready
        times: dict[str, list[float]] = defaultdict(list)
        wrong: list[str] = []
        end = time.monotonic() + asked.seconds
        hands = [
            threading.Thread(target=click, args=(served, secret, end, times, wrong, k))
            for k in range(asked.people)
        ]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
    whole = sorted(took for list_ in times.values() for took in list_)
    rows = {**{kind: sorted(list_) for kind, list_ in sorted(times.items())}, "all": whole}
    for kind, list_ in rows.items():
        middle, high = list_[len(list_) // 2], list_[int(0.95 * (len(list_) - 1))]
        print(f"{kind:<8}{len(list_):>7} answers  median {middle:7.1f} ms  p95 {high:7.1f} ms")
    print(
        json.dumps(
            {
                "database": "PostgreSQL" if asked.postgres else "SQLite",
                "wrong": wrong[:5],
                "count": len(wrong),
            }
        )
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
