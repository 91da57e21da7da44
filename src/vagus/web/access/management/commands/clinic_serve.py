"""Make the database ready and serve."""

import logging
import os
import sys

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import OperationalError, connection

from .....body.model import load_model
from .....errors import fail
from ....demo import COUNT, fill_accounts, fill_people, made
from ....record.erasing import erase_again
from ....server import Server, alone
from ...models import User


class Command(BaseCommand):
    """The server."""

    help = "Serve the clinic on this machine."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        """Migrate, tell where to go, serve until stopped."""
        address, port, processes, workers = os.environ["VAGUS_SERVE"].split()
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            raise fail("V708", reason=str(error).strip()) from None
        erase_again(settings.DATA)
        scheme = "https" if settings.SECURE and not settings.PROXY else "http"
        place = f"{scheme}://{address}:{port}"
        self.stdout.write(f"The clinic is kept in {settings.DATA}")
        filler = 0
        if settings.DEMO:
            for line in fill_accounts():
                self.stdout.write(line)
            filler = _fill_beside() if made() < COUNT else 0
        if User.objects.exists():
            self.stdout.write(f"Open {place}/")
        else:
            self.stdout.write(f"First start: open {place}/first/?code={os.environ['VAGUS_CODE']}")
        self.stdout.write(
            "For research, teaching and record keeping. Not a medical device. Stop with Ctrl-C."
        )
        self.stdout.flush()
        connection.close()
        Server(address, int(port), int(processes), int(workers), filler).run()


def _fill_beside() -> int:
    """Make the virtual people in a process beside the server, so that it answers at once; the number of the process."""
    connection.close()
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        with alone():
            load_model()
        print(f"{fill_people()} virtual people are here.", flush=True)
        code = 0
    except Exception:
        logging.getLogger("vagus.web.demo").exception("the virtual people could not all be made")
    finally:
        os._exit(code)
