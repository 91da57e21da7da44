"""How long one waits for `vagus follow`: a fresh process, from its start to the written files, in wall time."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ..body.model import Model
from ..learn.diary import Diary, Reading
from ..learn.prior import draw_people, prior_of
from ..learn.proof import Regimen
from ..learn.virtual import measure_people, with_readings, written

DAY = 24.0
EACH = 2  # people of every regimen whose fits are timed
_ASKED = ("--plan", "none", "--plan", "ketamine-monthly", "--weeks", "12", "--quiet")


@dataclass(frozen=True)
class Waits:
    """Seconds of wall time of the command, one for each person.

    Attributes:
        cold: a new person with two plans: Python, the model, fit, forecast, explanation, report and files.
        update: the same person with one more score, carried on.
        first: a new person where nothing was ever run: the engine of the model is compiled first.
    """

    cold: tuple[float, ...]
    update: tuple[float, ...]
    first: float

    def words(self) -> str:
        """What the two numbers of the proof mean, and what stands beside them."""
        slowest = f"slowest {max(self.cold):.1f} and {max(self.update):.1f} s"
        return (
            f"`seconds_cold` and `seconds_update` are medians of {len(self.cold)} people: wall time of a fresh\n"
            f"process of the command with two plans, from its start to the written files ({slowest}). Where nothing\n"
            f"was ever run the engine is compiled first: {self.first:.1f} s, once."
        )


def waits(model: Model, regimens: Sequence[Regimen], seed: int) -> Waits:
    """The command timed on virtual people of every regimen, one after the other."""
    colds, updates, first = [], [], 0.0
    for regimen in regimens:
        drawn = draw_people(prior_of(model, regimen.patient, seed), EACH, seed + 50)
        days = regimen.schedule.days
        true = measure_people(model, drawn, regimen.diary, regimen.schedule, seed, [days + 7])
        key = next(iter(regimen.schedule.visits))
        for person in range(EACH):
            diary = with_readings(regimen.diary, regimen.schedule, true.readings, person)
            more = Reading(DAY * (days + 7), key, float(true.ahead[key][person, 0]))
            later = replace(diary, scores=(*diary.scores, more))
            with TemporaryDirectory() as stage:
                colds.append(run(diary, Path(stage)))
                updates.append(run(later, Path(stage), "--update", str(Path(stage, "out", "posterior.nc"))))
                if not first:
                    first = run(diary, Path(stage), cache=str(Path(stage, "cache")))
    return Waits(tuple(colds), tuple(updates), first)


def run(diary: Diary, folder: Path, *more: str, cache: str = "") -> float:
    """Seconds of one run of the command on a diary written down; raises CalledProcessError when it fails."""
    path = folder / "person.csv"
    path.write_text(written(diary), encoding="utf-8")
    environment = os.environ | ({"VAGUS_CACHE": cache} if cache else {})
    command = [
        sys.executable,
        "-m",
        "vagus",
        "follow",
        str(path),
        *_ASKED,
        "--out",
        str(folder / "out"),
        *more,
    ]
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    return time.perf_counter() - began


def middle(seconds: Sequence[float]) -> float:
    """The median."""
    return float(np.median(seconds))
