"""The data folder: made on first start, closed to others, with the master key; what the settings read from it."""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from platformdirs import user_data_dir

from ..errors import fail

DATABASE = "clinic.sqlite3"
KEY = "master.key"
ERASED = "erased.txt"
"""Record numbers that were erased: a restored backup loses them again."""


def default_folder(demo: bool) -> Path:
    """Where a clinic is kept when no folder is named; a demo has its own."""
    return Path(user_data_dir("vagus")) / ("demo" if demo else "clinic")


def safe_folder(path: Path) -> Path:
    """The folder, made when it is not there, usable by its owner alone, with a master key in it.

    Raises:
        VagusError: V700 others may open it, V702 it cannot be made or written to.
    """
    try:
        made = not path.exists()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = path.stat()
        if hasattr(os, "getuid") and facts.st_uid != os.getuid():
            raise fail("V700", path=path, reason="it belongs to another user")
        if os.name == "posix" and not made and stat.S_IMODE(facts.st_mode) & 0o077:
            raise fail("V700", path=path, reason="group or others have rights on it")
        _master_key(path)
    except OSError as error:
        raise fail("V702", path=path, reason=error.strerror or error) from None
    return path


def _master_key(folder: Path) -> bytes:
    path = folder / KEY
    if not path.exists():
        # Made whole or not at all: half a key would lock everything away.
        stage = folder / f".{KEY}-{secrets.token_hex(4)}"
        handle = os.open(stage, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(stage, path)  # the first of two servers starting at once wins
        except FileExistsError:
            pass
        finally:
            stage.unlink()
    return bytes.fromhex(path.read_text().strip())


def master_key(folder: Path) -> bytes:
    """The 32 bytes everything is sealed with; VAGUS_MASTER_KEY (64 hex digits) wins over the file.

    Raises:
        VagusError: V702 when there is none, V703 when it is damaged.
    """
    given = os.environ.get("VAGUS_MASTER_KEY")
    try:
        key = bytes.fromhex(given) if given else _master_key(folder)
    except OSError as error:
        raise fail("V702", path=folder, reason=error.strerror or error) from None
    except ValueError:
        raise fail("V703", file=folder / KEY) from None
    if len(key) != 32:
        raise fail("V703", file=folder / KEY)
    return key


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, from which the master key cannot be found (HMAC-SHA256 as in HKDF-expand)."""
    return hmac.new(key, f"vagus {purpose}\x01".encode(), hashlib.sha256).digest()


def erased_numbers(folder: Path) -> set[str]:
    """The record numbers that were erased here."""
    path = folder / ERASED
    return set(path.read_text().split()) if path.exists() else set()


def remember_erased(folder: Path, identity: str) -> None:
    """Write down that a record was erased, before anything else happens, and safely."""
    handle = os.open(folder / ERASED, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(identity + "\n")
        file.flush()
        os.fsync(file.fileno())
