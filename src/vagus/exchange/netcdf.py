"""A run as a NetCDF file: dimensions arm, person and time, units in the attributes."""

from pathlib import Path

from ..body.run import Run
from ..files import whole_file


def write_run(run: Run, path: str | Path) -> Path:
    """Write a run as NetCDF 4; the file appears under its name only when it is complete.

    Raises:
        VagusError: V603 when it cannot be written.
    """
    with whole_file(path) as part:
        run.dataset().to_netcdf(part, engine="h5netcdf")
    return Path(path)
