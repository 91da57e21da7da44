"""Scores of simulated people as Parquet, Zarr or NetCDF, with units and what they rest on inside."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..body.run import package_version
from ..errors import fail
from ..extras import later, needed
from ..files import whole_file
from ..observe import load_instrument
from ..people.course import Course

if TYPE_CHECKING:
    import xarray
else:
    xarray = later("xarray")

ENDINGS = (".parquet", ".zarr", ".nc")


def scores_dataset(course: Course) -> "xarray.Dataset":
    """Totals as xarray, dimensions (arm, person, day): units in attributes, provenance in those of the whole."""
    data: dict[str, Any] = {}
    for key, totals in course.scores.items():
        scale = load_instrument(key)
        words = {
            "units": "1",
            "long_name": scale.title,
            "valid_min": scale.total_low,
            "valid_max": scale.total_high,
        }
        data[key] = (("arm", "person", "day"), np.asarray(totals, dtype=np.float64), words)
    run = course.run
    coordinates = {
        "arm": list(run.arms),
        "person": np.arange(run.people),
        "day": ("day", course.days, {"units": "d", "long_name": "days after day 0 08:00"}),
    }
    facts = {"title": "vagus scores", "vagus_version": package_version(), "seed": course.seed, **run.facts}
    return xarray.Dataset(data, coords=coordinates, attrs=facts | {"treatment": course.treatment.title})


def write_score_table(course: Course, path: str | Path) -> Path:
    """Write the scores of a course; the file appears under its name only when it is complete.

    Args:
        course: simulated people.
        path: a name that ends in .parquet (one row for each arm, person, day and instrument), .zarr or .nc.

    Raises:
        VagusError: V110 for another ending, V109 when the library for it is not installed, V603 when it cannot be
            written.
    """
    path = check_ending(path)
    data = scores_dataset(course)
    with whole_file(path) as part:
        if path.suffix == ".nc":
            data.to_netcdf(part, engine="h5netcdf")
        elif path.suffix == ".zarr":
            _zarr(data, part)
        else:
            _parquet(data, part)
    return path


def check_ending(path: str | Path) -> Path:
    """The path when its ending names a format for scores; raises V110."""
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise fail("V110", path=path, hint=f"use a name that ends in {', '.join(ENDINGS)}", file=path)
    return path


def _zarr(data: "xarray.Dataset", path: Path) -> None:
    """As `blocks.py` writes runs, so that one reader reads both."""
    root = needed("zarr", "writing Zarr").open_group(str(path), mode="w")
    for name, array in data.data_vars.items():
        made = root.create_array(
            str(name),
            shape=array.shape,
            dtype="float64",
            fill_value=np.nan,
            dimension_names=("arm", "person", "day"),
        )
        made[:] = array.values
        made.attrs.update({key: _plain(value) for key, value in array.attrs.items()})
    day = root.create_array("day", shape=data["day"].shape, dtype="float64", dimension_names=("day",))
    day[:] = data["day"].values
    day.attrs.update(data["day"].attrs)
    facts = {str(key): _plain(value) for key, value in data.attrs.items()}
    root.attrs.update({"arms": [str(arm) for arm in data["arm"].values], **facts, "whole": True})


def _parquet(data: "xarray.Dataset", path: Path) -> None:
    arrow, parquet = needed("pyarrow", "writing Parquet"), needed("pyarrow.parquet", "writing Parquet")
    arms, people, days = (data.sizes[name] for name in ("arm", "person", "day"))
    shape = (arms, people, days)
    columns: dict[str, list[Any]] = {name: [] for name in ("arm", "person", "day", "instrument", "total")}
    for key, array in data.data_vars.items():
        known = np.isfinite(array.values)
        a, p, d = np.nonzero(known.reshape(shape))
        columns["arm"] += [str(data["arm"].values[k]) for k in a]
        columns["person"] += p.tolist()
        columns["day"] += data["day"].values[d].tolist()
        columns["instrument"] += [str(key)] * len(a)
        columns["total"] += array.values[known].tolist()
    facts = {str(key): str(value) for key, value in data.attrs.items()}
    units = '{"day": "d", "total": "1"}'
    table = arrow.table(columns).replace_schema_metadata({"units": units, **facts})
    parquet.write_table(table, path, compression="zstd")


def _plain(value: Any) -> str | int | float:
    return value if isinstance(value, str | int | float) else float(value)
