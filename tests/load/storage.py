"""A full and a write-protected disk under a running server: `python -m tests.load.storage` (Linux, as root).

The data folder lies on a small file system of its own. It is filled up and emptied while the server runs; then the
server is started on it read-only. What is answered is printed. At the end every acknowledged note has to be there.
A database that turns read-only under a running server is in `tests/web/test_faults.py`.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from ..web.server import serving, wait_for_people
from .clinicians import Browser, secrets_of

SIZE = "64m"
MOST_NOTES = 600


def write(browser: Browser, person: str, words: str) -> tuple[int, str]:
    """Write a note; the status and the heading of what came back."""
    form = {"at": "2026-01-05T08:00", "text": words, "confirm": "on"}
    status, text, _, _ = browser.ask("POST", f"{person}note/", form | {"csrfmiddlewaretoken": browser.token})
    heading = re.search(r"<h1>([^<]*)</h1>", text)
    return status, heading[1] if heading else ""


def main() -> None:
    """Fill, empty, protect, open again; tell."""
    told: dict[str, tuple[int, str]] = {}
    with tempfile.TemporaryDirectory(prefix="vagus-storage-") as folder:
        disk = Path(folder, "disk")
        disk.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(disk)], check=True
        )
        try:
            with serving(disk / "clinic", "--demo", "--workers", "0", "--processes", "1") as served:
                browser = Browser(served.address)
                wait_for_people(served)
                browser.sign_in("clinician", secrets_of(served)["clinician"])
                _, text, _, _ = browser.ask("GET", "/people/")
                person = re.findall(r'href="(/people/[0-9a-f-]{36}/)"', text)[0]
                _, text, _, _ = browser.ask("GET", f"{person}note/")
                browser.token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)[0]
                told["before"] = write(browser, person, "before")
                filler = disk / "filler"
                with filler.open("wb") as file:
                    try:
                        while True:
                            file.write(b"x" * 65_536)
                            file.flush()
                    except OSError:
                        pass
                for _ in range(MOST_NOTES):  # the log of the database may have room left from before
                    told["disk full"] = write(browser, person, "full " * 3000)
                    if told["disk full"][0] != 302:
                        break
                filler.unlink()
                told["room again"] = write(browser, person, "room again")
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            command = [
                sys.executable,
                "-m",
                "vagus.web",
                "serve",
                "--data",
                str(disk / "clinic"),
                "--port",
                "0",
            ]
            started = subprocess.run([*command, "--demo"], capture_output=True, text=True, timeout=120)
            told["start on a read-only disk"] = (started.returncode, started.stderr.strip())
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
            with serving(disk / "clinic", "--demo", "--workers", "0", "--processes", "1") as served:
                browser = Browser(served.address)
                browser.sign_in("clinician", secrets_of(served)["clinician"])
                _, text, _, _ = browser.ask("GET", person)
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=True)
    kept = [words for words in ("before", "room again") if f">{words}<" in text]
    print(json.dumps({"answers": told, "notes there": kept}, indent=1))
    refused = told["start on a read-only disk"]
    good = (
        told["disk full"][0] == 507 and refused[0] == 2 and "Traceback" not in refused[1] and len(kept) == 2
    )
    sys.exit(not good)


if __name__ == "__main__":
    main()
