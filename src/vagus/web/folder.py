"""The data folder: made on first start, closed to others, with the master key; what the settings read from it."""

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_data_dir

from ..errors import fail

DATABASE = "clinic.sqlite3"
KEY = "master.key"
ERASED = "erased.txt"
"""Ids of the records that were erased: a restored backup loses them again."""
_HEAD = (
    "# Ids of the records erased in this clinic. Keep a copy apart from the machine: a restore needs it.\n"
)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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


def ids_in(text: str) -> set[str]:
    """The ids in the text of a list of erased records. What is no id is passed over: a line that was being written
    when the machine stopped names nobody who was erased."""
    return {word for word in _words(text) if _ID.fullmatch(word)}


def erased_ids(path: Path) -> set[str]:
    """The ids of a list of erased records; none when there is no such file."""
    return ids_in(path.read_text()) if path.exists() else set()


def read_erased_list(path: Path) -> set[str]:
    """The ids of a list that somebody brings along; a folder stands for the list in it.

    Raises:
        VagusError: V711 it cannot be read, is no such list, or is cut off.
    """
    path = path / ERASED if path.is_dir() else path
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise fail("V711", path=path, reason=error.strerror or error) from None
    except UnicodeDecodeError:
        raise fail("V711", path=path, reason="it is not text") from None
    words = _words(text)
    strange = next((word for word in words if not _ID.fullmatch(word)), "")
    if strange:
        raise fail("V711", path=path, reason=f"'{strange[:40]}' is no id of a record")
    if not words and not text.startswith("#"):
        raise fail("V711", path=path, reason="it is empty, without even the first line such a list has")
    return set(words)


def extend_erased_list(path: Path, ids: Iterable[str]) -> None:
    """Add to a list of erased records what it lacks, on the disk before this comes back; made where there is none.

    Raises:
        VagusError: V713 it cannot be written.
    """
    try:
        missing = sorted(set(ids) - erased_ids(path))
        if not missing and path.exists():
            return
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "r+") as file:
            before = file.read()
            start = _HEAD if not before else "" if before.endswith("\n") else "\n"  # half a line stands alone
            file.write(start + "".join(f"{one}\n" for one in missing))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise fail("V713", path=path, reason=error.strerror or error) from None


def _words(text: str) -> list[str]:
    return [word.lower() for line in text.splitlines() if not line.startswith("#") for word in line.split()]
