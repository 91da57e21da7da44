"""A backup put into an empty folder."""

import getpass
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import transaction

from .....errors import fail
from ....backup import check_database, check_folder, erased_by_all, open_backup, place_key, restore_rows
from ....folder import read_erased_list
from ....record.erasing import erase_again
from ...models import Audit


class Command(BaseCommand):
    """The restore."""

    help = (
        "Put a backup into an empty data folder; the passphrase is asked for, or read from VAGUS_PASSPHRASE."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and who was erased since it was made."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--erased", type=Path, action="append", default=[])
        parser.add_argument("--no-later-erasures", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore it without whoever was erased: nobody of them is ever seen, and the audit keeps what was said."""
        path, lists = Path(str(options["file"])), [Path(one) for one in options["erased"]]
        if not lists and not options["no_later_erasures"]:
            raise fail("V710")
        brought = [read_erased_list(one) for one in lists]
        passphrase = os.environ.get("VAGUS_PASSPHRASE") or getpass.getpass("Passphrase: ")
        content = open_backup(path, passphrase)
        erased = erased_by_all(content, brought)
        if os.environ.get("VAGUS_MASTER_KEY") and settings.MASTER_KEY.hex() != content["key"]:
            raise fail("V703")  # the key of the environment wins over the folder's, and would open nothing
        check_folder(settings.DATA)
        call_command("migrate", verbosity=0, interactive=False)
        check_database()
        place_key(settings.DATA, content, erased)
        with transaction.atomic():
            count = restore_rows(content)
            told = f"lists of erased records: {len(lists)}" if lists else "told: nobody was erased since"
            Audit.objects.create(role="machine", action="restored", place=told)
            again = erase_again(settings.DATA)
        self.stdout.write(
            f"{count} rows were restored into {settings.DATA}; {again} records were erased again."
        )
