"""Zip archives from elsewhere: bounded in number and size of entries, names that stay inside, nothing unpacked."""

import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ..errors import fail
from .bounds import exchange_table

_CHUNK = 1 << 16
_SMALL = 1_000_000  # bytes; below, a high ratio is harmless
_LINK = 0xA000


def read_archive(path: str | Path) -> dict[str, bytes]:
    """The entries of a zip file by their names, in its order; folders are left out.

    Raises:
        VagusError: V101, V102 the file cannot be read, V630 what is broken or looks made to harm: too large, too many,
            a name that leads outside, a link, a name twice, encrypted.
    """
    path = Path(path)
    limits = exchange_table()["archive"]
    if not path.is_file():
        raise fail("V101", path=path)
    try:
        if path.stat().st_size > limits["bytes"]:
            raise fail("V630", reason=f"it is larger than {limits['bytes'] / 1e6:g} MB", file=path)
        content = path.read_bytes()
    except OSError as error:
        raise fail("V102", path=path, reason=error.strerror or error, file=path) from None
    return read_entries(content, str(path))


def read_entries(content: bytes, file: str) -> dict[str, bytes]:
    """The same of an archive in memory; `file` is its name for errors."""
    limits = exchange_table()["archive"]
    found: dict[str, bytes] = {}
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > limits["entries"]:
                raise fail("V630", reason=f"it has more than {limits['entries']} entries", file=file)
            for info in archive.infolist():
                if info.is_dir():
                    continue
                name = _inside(info, file)
                if name in found:
                    raise fail("V630", reason=f"the entry {name!r} appears twice", file=file)
                found[name] = _entry(
                    archive, info, int(limits["unpacked"]) - total, int(limits["ratio"]), file
                )
                total += len(found[name])
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, OSError, EOFError) as error:
        raise fail("V630", reason=error, file=file) from None
    except (NotImplementedError, RuntimeError, ValueError, UnicodeError, OverflowError) as error:
        raise fail("V630", reason=error or type(error).__name__, file=file) from None
    return found


def _inside(info: zipfile.ZipInfo, file: str) -> str:
    """The name, when it stays inside the archive."""
    name = info.filename.removeprefix("./")
    parts = PurePosixPath(name).parts
    bad = not parts or name.startswith("/") or ".." in parts or "\\" in name or ":" in name or "\x00" in name
    if bad or len(name) > 500 or not name.isprintable():
        raise fail("V630", reason=f"the entry {name!r} has a name that leads outside", file=file)
    if (info.external_attr >> 16) & 0xF000 == _LINK:
        raise fail("V630", reason=f"the entry {name!r} is a link", file=file)
    return name


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int, ratio: int, file: str) -> bytes:
    """One entry, read in pieces: what its header says of its size is not believed."""
    pieces, size = [], 0
    with archive.open(info) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > room:
                raise fail("V630", reason="what is in it is too large", file=file)
            if size > _SMALL and size > ratio * max(info.compress_size, 1):
                raise fail("V630", reason=f"the entry {info.filename!r} grows too much", file=file)
            pieces.append(piece)
    return b"".join(pieces)


def write_archive(entries: dict[str, bytes]) -> bytes:
    """Entries as one zip file; the same entries give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()
