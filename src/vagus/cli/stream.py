"""`vagus simulate --stream FILE`: a crowd too large for memory, written block by block to Parquet or Zarr."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from ..body.model import load_model
from ..body.output import load_outputs
from ..body.patient import Patient
from ..body.treatment import Treatment, load_treatment
from ..errors import fail
from ..exchange import write_blocks
from ..people.course import UNTREATED
from ..people.crowd import crowd
from ..report.numerals import count_of
from ..solve.integrate import Control
from .asked import asked_cluster

MOST_STREAMED = 100_000_000


def stream_people(
    patient: Patient,
    treatment: Treatment,
    days: float,
    count: int,
    path: Path,
    names: Sequence[str],
    *,
    seed: int,
    control: Control,
    as_json: bool,
    quiet: bool,
    cluster: str | None = None,
) -> None:
    """Simulate `count` people with a treatment and without, and write their daily outputs as they come.

    Raises:
        VagusError: V315 an unknown output, V110 another ending than .parquet or .zarr, V603, V505, and V120-V126 for
            what goes wrong on the cluster whose address is given.
    """
    if count > MOST_STREAMED:
        raise fail("V417", what="n", value=count, limit=MOST_STREAMED, text=f"--n {count}")
    began, worked = time.perf_counter(), time.process_time()
    outputs = list(names) or [name for name, one in load_outputs().items() if one.shown != "detail"]
    arms = [treatment, load_treatment(UNTREATED)] if treatment.key != UNTREATED else [treatment]
    with asked_cluster(cluster) as there:
        ways: dict[str, Any] = {"seed": seed, "control": control, "cluster": there}
        told = write_blocks(crowd(load_model(), patient, arms, days, outputs, count, **ways), path, count)
        told |= {} if there is None else {"cluster": there.told()}
    told["seconds"] = round(time.perf_counter() - began, 3)
    told["processor_seconds"] = round(time.process_time() - worked, 3)  # of this process
    if as_json:
        print(json.dumps(told))
    elif not quiet:
        failed = f", {len(told['failed'])} did not finish" if told["failed"] else ""
        people = count_of(told["people"], "person", "people")
        drawn = f"{told['drawn']:,} were drawn, a block at a time, until there were enough"
        words = f"{people}{failed}: {told['path']}; {drawn}"
        Console().print(words, highlight=False, soft_wrap=True)
