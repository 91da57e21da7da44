"""One worker of the simulations."""

from argparse import ArgumentParser

from django.core.management import BaseCommand

from ....work.worker import work


class Command(BaseCommand):
    """The worker."""

    help = "Run the simulations in the queue."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The process it belongs to."""
        parser.add_argument("parent", nargs="?", type=int, default=0)

    def handle(self, *args: object, **options: object) -> None:
        """Work until the server is gone."""
        try:
            work(parent=int(str(options["parent"] or 0)))
        except KeyboardInterrupt:
            return
