"""Make the database ready and serve."""

import os

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import OperationalError, connection

from .....errors import fail
from ....demo import fill
from ....record.erasing import erase_again
from ....server import Server
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
        scheme = "https" if settings.SECURE else "http"
        place = f"{scheme}://{address}:{port}"
        self.stdout.write(f"The clinic is kept in {settings.DATA}")
        if settings.DEMO:
            for line in fill():
                self.stdout.write(line)
        if User.objects.exists():
            self.stdout.write(f"Open {place}/")
        else:
            self.stdout.write(f"First start: open {place}/first/?code={os.environ['VAGUS_CODE']}")
        self.stdout.write(
            "For research, teaching and record keeping. Not a medical device. Stop with Ctrl-C."
        )
        self.stdout.flush()
        connection.close()
        Server(address, int(port), int(processes), int(workers)).run()
