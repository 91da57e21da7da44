"""An encrypted backup."""

import getpass
import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management import BaseCommand

from ....backup import write_backup


class Command(BaseCommand):
    """The backup."""

    help = "Write an encrypted backup; the passphrase is asked for, or read from VAGUS_PASSPHRASE."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, **options: object) -> None:
        """Write it."""
        passphrase = os.environ.get("VAGUS_PASSPHRASE") or getpass.getpass("Passphrase: ")
        path = Path(str(options["file"]))
        count = write_backup(path, passphrase)
        self.stdout.write(f"{count} rows were written into {path}, encrypted.")
