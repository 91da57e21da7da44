"""A backup put into an empty folder."""

import getpass
import os
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, call_command

from ....backup import check_database, check_folder, open_backup, place_key, restore_rows
from ....record.erasing import erase_again


class Command(BaseCommand):
    """The restore."""

    help = (
        "Put a backup into an empty data folder; the passphrase is asked for, or read from VAGUS_PASSPHRASE."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, **options: object) -> None:
        """Restore it, and erase again whoever was erased."""
        passphrase = os.environ.get("VAGUS_PASSPHRASE") or getpass.getpass("Passphrase: ")
        content = open_backup(Path(str(options["file"])), passphrase)
        check_folder(settings.DATA)
        call_command("migrate", verbosity=0, interactive=False)
        check_database()
        place_key(settings.DATA, content)
        count = restore_rows(content)
        again = erase_again(settings.DATA)
        self.stdout.write(
            f"{count} rows were restored into {settings.DATA}; {again} records were erased again."
        )
