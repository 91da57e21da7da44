"""Files written whole: they appear under their name when they are complete, or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import fail

_MOST_LETTERS = 40  # of the name a file has while it is being written


@contextmanager
def whole_file(path: str | Path, hint: str | None = None) -> Iterator[Path]:
    """A path to write to, which takes the name asked for when the block ends well.

    When the block raises, what it wrote is removed, and what had the name before is as it was. A link stays a link,
    and a file that is replaced keeps its permissions.

    Arguments: `path`, a file (or a folder, as Zarr writes) in a folder that exists; `hint`, what to try when it cannot
    be written.
    Raises V603 when it cannot be written, and what the block raises.
    """
    try:
        target = Path(path).resolve()
        if target.exists() and not (target.is_file() or target.is_dir()):  # a device or a pipe
            raise fail("V603", path=path, reason="it is not a regular file", file=path, hint=hint)
        # It keeps its ending: some libraries choose the format by it.
        part = target.with_name(f".{target.stem[:_MOST_LETTERS]}-{secrets.token_hex(4)}{target.suffix}")
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the name; links in a circle
        reason = getattr(error, "strerror", None) or error
        raise fail("V603", path=path, reason=reason, file=path, hint=hint) from None
    try:
        yield part
        if target.is_file():
            part.chmod(target.stat().st_mode & 0o777)
        if part.is_dir() and target.is_dir():
            shutil.rmtree(target)
        os.replace(part, target)
    except OSError as error:
        raise fail("V603", path=path, reason=error.strerror or error, file=path, hint=hint) from None
    finally:
        with suppress(OSError):  # it is there only when writing was broken off
            shutil.rmtree(part) if part.is_dir() else part.unlink()
