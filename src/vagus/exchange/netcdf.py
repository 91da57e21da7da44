"""A run as a NetCDF file: dimensions arm, person and time, units in the attributes."""

import os
from contextlib import suppress
from pathlib import Path

from ..body.run import Run
from ..errors import fail


def write_run(run: Run, path: str | Path) -> Path:
    """Write a run as NetCDF 4; the file appears under its name only when it is complete.

    Raises:
        VagusError: V603 when it cannot be written.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        run.dataset().to_netcdf(part, engine="h5netcdf")
        os.replace(part, path)
    except OSError as error:
        raise fail("V603", path=path, reason=error.strerror or error, file=path) from None
    finally:
        with suppress(OSError):  # it is there only when writing was broken off
            part.unlink()
    return path
