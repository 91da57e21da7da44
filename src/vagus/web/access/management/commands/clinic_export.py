"""Everything as CSV, in one command."""

import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management import BaseCommand

from .....errors import fail
from ....record.export import everything, zipped


class Command(BaseCommand):
    """The export of everything."""

    help = "Write every person's whole record as CSV files into one zip."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, **options: object) -> None:
        """Write it, readable by its owner alone."""
        path = Path(str(options["file"]))
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(zipped(everything()))
        except OSError as error:
            raise fail("V603", path=path, reason=error.strerror or error) from None
        self.stdout.write(f"Everything was written into {path}. It is not encrypted.")
