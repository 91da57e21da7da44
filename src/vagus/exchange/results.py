"""Result files that vagus wrote, read back: Parquet, Zarr and NetCDF as columns with units and what they rest on."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import VagusError, fail
from ..extras import needed

LARGEST = 4_000_000_000  # bytes of a file or folder
MOST_VALUES = 200_000_000
_MOST_FILES = 100_000
_DOUBLE = 8  # bytes of one value, the usual
_PATIENCE = 20.0  # seconds for the words of a file, which take less than one
_LOOK = """
import sys, h5py
def look(name, found):
    for key in found.attrs:
        found.attrs[key]
with h5py.File(sys.argv[1], "r") as file:
    look("", file)
    file.visititems(look)
"""


@dataclass(frozen=True)
class Results:
    """A file of results.

    Attributes:
        columns: values by name: a row each in Parquet, (arm, person, time) else.
        units: by name, of those that have one.
        facts: what the result rests on: title, vagus_version and more.
        kind: parquet, zarr or nc.
    """

    columns: Mapping[str, NDArray[Any]]
    units: Mapping[str, str]
    facts: Mapping[str, str]
    kind: str


def read_results(path: str | Path) -> Results:
    """A file of runs or scores that vagus wrote.

    Raises:
        VagusError: V101 no such file, V103 too large, V110 another ending, V109 the library for it is not installed,
            V655 broken, or without units and provenance.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path], Results]] = {".parquet": _parquet, ".zarr": _zarr, ".nc": _netcdf}
    if path.suffix not in readers:
        raise fail("V110", path=path, hint=f"give a name that ends in {', '.join(readers)}", file=path)
    if not path.exists():
        raise fail("V101", path=path)
    size = _size(path)
    if size > LARGEST:
        raise fail("V103", path=path, size=f"{size / 1e6:.1f}", limit=f"{LARGEST / 1e6:g}", file=path)
    try:
        found = readers[path.suffix](path)
    except VagusError:
        raise
    except Exception as error:  # three libraries, each with errors of its own, fed with what may be anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise fail("V655", reason=reason, file=path) from None
    if "vagus_version" not in found.facts or not found.units:
        raise fail("V655", reason="it says neither units nor which vagus made it", file=path)
    return found


def _size(path: Path) -> int:
    """Bytes of a file or folder; links are not followed, a folder that has some is refused."""
    if path.is_file():
        return path.stat().st_size
    total = 0
    for count, (folder, _, names) in enumerate(os.walk(path)):
        for name in names:
            one = Path(folder, name)
            if one.is_symlink():
                raise fail("V655", reason=f"'{name}' is a link", file=path)
            total += one.stat().st_size
        if count > _MOST_FILES:
            raise fail("V655", reason="it has too many folders", file=path)
    return total


def _room(count: int, path: Path) -> None:
    if count > MOST_VALUES:
        raise fail("V417", what="the number of values", value=count, limit=MOST_VALUES, file=path)


def _parquet(path: Path) -> Results:
    parquet = needed("pyarrow.parquet", "reading Parquet")
    with parquet.ParquetFile(path) as file:
        _room(file.metadata.num_rows * file.metadata.num_columns, path)
        table = file.read()
    words = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    units = json.loads(words.pop("units", "{}"))
    words.pop("ARROW:schema", None)
    columns = {name: table[name].to_numpy() for name in table.column_names}
    return Results(columns, {str(k): str(v) for k, v in units.items()}, words, "parquet")


def _zarr(path: Path) -> Results:
    # The older format may ask for codecs that run what they read; vagus never wrote it.
    root = needed("zarr", "reading Zarr").open_group(str(path), mode="r", zarr_format=3)
    if not root.attrs.get("whole"):
        raise fail("V655", reason="it was not written to its end", file=path)
    columns, units = {}, {}
    for name, array in root.arrays():
        _room(int(np.prod(array.shape)) * max(1, np.dtype(array.dtype).itemsize // _DOUBLE), path)
        columns[name] = np.asarray(array[...])
        if "units" in array.attrs:
            units[name] = str(array.attrs["units"])
    facts = {str(key): str(value) for key, value in root.attrs.items() if key not in ("whole", "arms")}
    columns["arm"] = np.array(list(root.attrs.get("arms", [])), dtype=str)
    return Results(columns, units, facts, "zarr")


def _netcdf(path: Path) -> Results:
    h5py = needed("h5py", "reading NetCDF")
    _require_end(path)
    with h5py.File(path, "r") as file:
        _require_whole(file, h5py, path)
        found = {
            str(name): one for name, one in file.items() if isinstance(one, h5py.Dataset) and not _bare(one)
        }
        _room(sum(max(one.size or 0, one.nbytes // _DOUBLE) for one in found.values()), path)
        columns = {name: np.asarray((one if h5py.check_string_dtype(one.dtype) is None else one.asstr())[...])
                   for name, one in found.items()}  # fmt: skip
        units = {name: _word(one.attrs["units"]) for name, one in found.items() if "units" in one.attrs}
        facts = {str(key): _word(value) for key, value in file.attrs.items() if key != "_NCProperties"}
    return Results(columns, units, facts, "nc")


def _bare(dataset: Any) -> bool:
    """Whether it only says how long a dimension is, as NetCDF writes dimensions without values."""
    return _word(dataset.attrs.get("NAME", "")).startswith(
        "This is a netCDF dimension but not a netCDF variable"
    )


def _word(value: Any) -> str:
    """An attribute as text; a number comes as an array of one."""
    one = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    return one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)


def _require_end(path: Path) -> None:
    """Refuse a file that keeps HDF5 busy for ever or brings it down: its words are read in another process first."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _LOOK, str(path)], capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise fail("V655", reason="HDF5 does not get to its end", file=path) from None
    if done.returncode < 0:  # a signal; any other mistake is told when the file is read
        raise fail("V655", reason="it brings HDF5 down", file=path)


def _require_whole(file: Any, h5py: Any, path: Path) -> None:
    """Refuse a file that takes numbers from elsewhere: HDF5 knows links, raw storage and views into any other file."""

    # What a visitor returns ends the visit; it must not raise, because the library calls it from C.
    def link(name: str, found: object) -> str | None:
        return f"'{name}' is a link to another file" if isinstance(found, h5py.ExternalLink) else None

    def data(name: str, found: Any) -> str | None:
        elsewhere = isinstance(found, h5py.Dataset) and (found.external or found.is_virtual)
        return f"the numbers of '{name}' lie in another file" if elsewhere else None

    reason = file.visititems_links(link) or file.visititems(data)
    if reason:
        raise fail("V655", reason=reason, file=path)
