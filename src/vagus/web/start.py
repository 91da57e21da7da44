"""`python -m vagus.web`: prepare folder and settings, then run one of the commands.

serve   the server with its worker       backup, restore   encrypted, with a passphrase
export  everything as CSV                 worker            one worker by itself
"""

import argparse
import ipaddress
import os
import secrets
import socket
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from ..errors import VagusError, fail
from .folder import default_folder, safe_folder

OWN = ("serve", "backup", "restore", "export", "worker")
OF_DJANGO = ("migrate", "makemigrations", "check")


def parser() -> argparse.ArgumentParser:
    """The options every command shares, and those of serve."""
    found = argparse.ArgumentParser(prog="python -m vagus.web", description=__doc__)
    found.add_argument("command", choices=(*OWN, *OF_DJANGO))
    found.add_argument("file", nargs="*", help="file for backup, restore and export")
    found.add_argument("--data", type=Path, help="folder of the database and its key")
    found.add_argument(
        "--demo", action="store_true", help="a clinic of virtual people in a folder of its own"
    )
    found.add_argument("--port", type=int, default=8030)
    found.add_argument("--address", default="127.0.0.1")
    found.add_argument(
        "--host", action="append", default=[], help="a host name that browsers may use for this server"
    )
    found.add_argument(
        "--behind-proxy", action="store_true", help="another server on this machine ends TLS and forwards"
    )
    found.add_argument("--certificate", type=Path)
    found.add_argument("--key", type=Path)
    found.add_argument("--enable-forecast", action="store_true")
    found.add_argument(
        "--erased-copy", type=Path, help="second copy of the list of erased records, kept off this machine"
    )
    since = found.add_mutually_exclusive_group()
    since.add_argument(
        "--erased",
        type=Path,
        action="append",
        default=[],
        help="restore: the newest list of erased records; repeat for several",
    )
    since.add_argument("--no-later-erasures", action="store_true", help="restore: nobody was erased since")
    found.add_argument("--processes", type=int, default=2)
    found.add_argument("--workers", type=int, default=1)
    return found


def main() -> None:
    """Run a command; errors are sentences, never a traceback."""
    try:
        asked = parser().parse_intermixed_args()
        prepare(asked)
        name = f"clinic_{asked.command}" if asked.command in OWN else asked.command
        execute_from_command_line(["python -m vagus.web", name, *asked.file, *_since(asked)])
    except VagusError as error:
        print(error, file=sys.stderr)
        sys.exit(3 if error.code.startswith("V5") else 2)
    except KeyboardInterrupt:
        sys.exit(130)


def _since(asked: argparse.Namespace) -> list[str]:
    """What a restore is told about erasures after the backup."""
    if asked.command != "restore":
        return []
    told = ["--no-later-erasures"] if asked.no_later_erasures else []
    return told + [word for path in asked.erased for word in ("--erased", str(path))]


def prepare(asked: argparse.Namespace) -> None:
    """Folder, key and environment of the settings.

    Raises:
        VagusError: V700 and V702 the folder, V701 an address without TLS, V709 a port that cannot be opened.
    """
    os.umask(0o077)  # whatever is made from here on is for its owner alone
    folder = safe_folder((asked.data or default_folder(asked.demo)).absolute())
    secure = asked.certificate is not None and asked.key is not None
    os.environ["DJANGO_SETTINGS_MODULE"] = "vagus.web.settings"
    os.environ["VAGUS_DATA"] = str(folder)
    os.environ["VAGUS_DEMO"] = "1" if asked.demo else "0"
    os.environ["VAGUS_FORECAST"] = "1" if asked.enable_forecast else "0"
    os.environ["VAGUS_TLS"] = "1" if secure or asked.behind_proxy else "0"
    os.environ["VAGUS_PROXY"] = "1" if asked.behind_proxy else "0"
    if asked.erased_copy is not None:
        os.environ["VAGUS_ERASED_COPY"] = str(asked.erased_copy.absolute())
    if asked.command == "serve":
        _check_address(asked, secure)
        names = [asked.address, "127.0.0.1", "localhost", *asked.host]
        os.environ["VAGUS_HOSTS"] = ",".join(dict.fromkeys(names))
        os.environ["VAGUS_CODE"] = secrets.token_hex(4)
        os.environ["VAGUS_SERVE"] = f"{asked.address} {asked.port} {asked.processes} {asked.workers}"
        if secure:
            os.environ["VAGUS_CERTIFICATE"], os.environ["VAGUS_KEY"] = str(asked.certificate), str(asked.key)


def _check_address(asked: argparse.Namespace, secure: bool) -> None:
    """Nothing when the address may be served; others than this machine itself only with a certificate."""
    try:
        inside = ipaddress.ip_address(asked.address).is_loopback
    except ValueError:
        inside = asked.address == "localhost"
    if not inside and not secure:
        raise fail("V701", address=asked.address)
    for file in (asked.certificate, asked.key):
        if file is not None and not file.is_file():
            raise fail("V101", path=file)
    family = socket.AF_INET6 if ":" in asked.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((asked.address, asked.port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise fail("V709", port=asked.port, address=asked.address, reason=reason) from None
