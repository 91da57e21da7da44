"""Encrypted backup and restore: database, keys and the list of erased records in one file.

Scrypt makes the key from a passphrase, AES-256-GCM seals the whole. The database goes in as rows (Django's own
serialisation), so that a backup of SQLite can be restored into PostgreSQL and the other way round.
"""

import gzip
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.management.color import no_style
from django.db import connection, transaction

from ..errors import fail
from .access.models import User
from .folder import DATABASE, ERASED, KEY, extend_erased_list, ids_in
from .record.models import Person

MAGIC = b"vagus-backup-1\n"
LEAST_PASSPHRASE = 12
_SALT, _NONCE = 16, 12
_LEFT_OUT = {
    "sessions.session",
    "axes.accessattempt",
    "axes.accesslog",
    "axes.accessfailurelog",
    "admin.logentry",
}
_MADE_BY_MIGRATE = {"contenttypes.contenttype", "auth.permission"}


def write_backup(path: Path, passphrase: str) -> int:
    """Write everything into a file readable by its owner; how many rows there are.

    Raises:
        VagusError: V706 a short passphrase, V603 it cannot be written.
    """
    _check(passphrase)
    inside = connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and not inside:  # one moment in time; SQLite has no other
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        rows = [row for model in _models() for row in model._default_manager.order_by("pk")]
        text = serializers.serialize("json", rows)
    erased = settings.DATA / ERASED
    content = {
        "rows": text,
        "key": settings.MASTER_KEY.hex(),
        "erased": erased.read_text() if erased.exists() else "",
    }
    packed = gzip.compress(json.dumps(content).encode())
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    sealed = AESGCM(_stretched(passphrase, salt)).encrypt(nonce, packed, MAGIC)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(MAGIC + salt + nonce + sealed)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise fail("V603", path=path, reason=error.strerror or error) from None
    return len(rows)


def open_backup(path: Path, passphrase: str) -> dict[str, str]:
    """The content of a backup: rows, key, erased.

    Raises:
        VagusError: V101/V102 the file, V705 a wrong passphrase or a damaged file.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise fail("V102", path=path, reason=error.strerror or error) from None
    head = len(MAGIC)
    if not raw.startswith(MAGIC):
        raise fail("V705", path=path)
    salt, nonce = raw[head : head + _SALT], raw[head + _SALT : head + _SALT + _NONCE]
    try:
        packed = AESGCM(_stretched(passphrase, salt)).decrypt(nonce, raw[head + _SALT + _NONCE :], MAGIC)
    except (InvalidTag, ValueError):
        raise fail("V705", path=path) from None
    content: dict[str, str] = json.loads(gzip.decompress(packed))
    return content


def restore_rows(content: dict[str, str]) -> int:
    """Put the rows of a backup into an empty database; how many there were."""
    count = 0
    with transaction.atomic(), connection.constraint_checks_disabled():
        for row in serializers.deserialize("json", io.StringIO(content["rows"])):
            row.save()
            count += 1
        # PostgreSQL counts rows by itself; it has to go on after the last one that came with its number.
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
                cursor.execute(statement)
    connection.check_constraints()
    return count


def check_folder(folder: Path) -> None:
    """Nothing when a folder holds no database; raises V707 when it does: a restore never writes over records."""
    if (folder / DATABASE).exists():
        raise fail("V707", path=folder)


def check_database() -> None:
    """Nothing when the database holds no clinic; raises V707 when it does."""
    if User.objects.exists() or Person.objects.exists():
        raise fail("V707", path=connection.settings_dict["NAME"])


def erased_by_all(content: dict[str, str], given: Iterable[set[str]]) -> set[str]:
    """Everybody whom a list that was brought along names, or the backup's own.

    Raises:
        VagusError: V712 the lists given lack somebody who was erased before the backup was made: a list only grows,
            so these are older than the backup, or of another clinic.
    """
    own, brought = ids_in(content["erased"]), list(given)
    together: set[str] = set().union(*brought)
    if brought and own - together:
        raise fail("V712", count=len(own - together))
    return own | together


def place_key(folder: Path, content: dict[str, str], erased: Iterable[str]) -> None:
    """Put the key of a backup and the list of erased records into a folder; only once folder and database were found
    empty, since the key that was there opens nothing any more."""
    extend_erased_list(folder / ERASED, erased)
    if os.environ.get("VAGUS_MASTER_KEY"):  # it is kept elsewhere, and stays there
        return
    handle = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(content["key"] + "\n")
        file.flush()
        os.fsync(file.fileno())


def _models() -> list[Any]:
    order = serializers.sort_dependencies(
        [(config, None) for config in apps.get_app_configs()], allow_cycles=True
    )
    skip = _LEFT_OUT | _MADE_BY_MIGRATE
    return [model for model in order if model._meta.label_lower not in skip and model._meta.managed]


def _check(passphrase: str) -> None:
    if len(passphrase) < LEAST_PASSPHRASE:
        raise fail("V706", length=len(passphrase), least=LEAST_PASSPHRASE)


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(passphrase.encode())
