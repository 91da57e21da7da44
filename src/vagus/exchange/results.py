"""Result files that vagus wrote, read back: Parquet, Zarr and NetCDF as columns with units and what they rest on."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import VagusError, fail
from ..extras import later, needed

if TYPE_CHECKING:
    import xarray
else:
    xarray = later("xarray")

LARGEST = 4_000_000_000  # bytes of a file or folder
MOST_VALUES = 200_000_000
_MOST_FILES = 100_000


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
    root = needed("zarr", "reading Zarr").open_group(str(path), mode="r")
    if not root.attrs.get("whole"):
        raise fail("V655", reason="it was not written to its end", file=path)
    columns, units = {}, {}
    for name, array in root.arrays():
        _room(int(np.prod(array.shape)), path)
        columns[name] = np.asarray(array[...])
        if "units" in array.attrs:
            units[name] = str(array.attrs["units"])
    facts = {str(key): str(value) for key, value in root.attrs.items() if key not in ("whole", "arms")}
    columns["arm"] = np.array(list(root.attrs.get("arms", [])), dtype=str)
    return Results(columns, units, facts, "zarr")


def _netcdf(path: Path) -> Results:
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        _room(sum(variable.size for variable in data.variables.values()), path)
        columns = {str(name): np.asarray(variable.values) for name, variable in data.variables.items()}
        units = {str(n): str(v.attrs["units"]) for n, v in data.variables.items() if "units" in v.attrs}
        return Results(columns, units, {str(k): str(v) for k, v in data.attrs.items()}, "nc")
