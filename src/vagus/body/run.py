"""`Run`: what a simulation gives back, labelled and with units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..extras import later
from ..solve.reasons import Reason
from .legs import Sample

if TYPE_CHECKING:
    import xarray
else:
    xarray = later("xarray")

Array = NDArray[np.float64]


def package_version() -> str:
    """The version of vagus that is installed."""
    try:
        return version("vagus")
    except PackageNotFoundError:  # run from a source tree that was not installed
        return "0+source"


@dataclass(frozen=True)
class Run:
    """A simulation of one or many people under one or more arms.

    Attributes:
        times: hours after day 0 08:00 (times,).
        arms: names of the arms, the treatment first.
        values: by output name (arms, people, times); NaN after a person has failed. With the clock `full` they are
            the values of that hour, else day means.
        reason: (arms, people) 0 or the solver's reason code.
        stopped: (arms, people) hours reached.
        units: unit of each output.
        facts: what the result rests on (model key, clock, rtol, seed, people, treatment).
        levels: the values as day means, whatever the clock: what scores are read from.
        samples: each timed sample and its values (arms, people) at that time of the day.
    """

    times: Array
    arms: tuple[str, ...]
    values: Mapping[str, Array]
    reason: NDArray[np.int64]
    stopped: Array
    units: Mapping[str, str]
    facts: Mapping[str, str | int | float]
    levels: Mapping[str, Array] = field(default_factory=dict)
    samples: Sequence[tuple[Sample, Array]] = ()

    def level(self, name: str) -> Array:
        """An output as day means (arms, people, times)."""
        return self.levels.get(name, self.values[name])

    def at(self, times: Array, names: Sequence[str], samples: Sequence[Sample]) -> "Run":
        """This run at some of its times, with some of its outputs, and the samples taken out of the others.

        With the clock `auto` the values become day means; the samples stay what was measured at that hour.
        """
        measured = tuple((s, self.values[s.name][..., np.searchsorted(self.times, s.hour)]) for s in samples)
        values = self.levels if self.facts["clock"] == "auto" else self.values
        if times.size < self.times.size:
            kept = np.searchsorted(self.times, times)
            values = {name: values[name][..., kept] for name in names}
            levels = {name: self.levels[name][..., kept] for name in names}
        else:
            values, levels = ({name: part[name] for name in names} for part in (values, self.levels))
        return replace(self, times=times, values=values, levels=levels, samples=measured)

    @property
    def people(self) -> int:
        """Number of people."""
        return int(self.reason.shape[1])

    @property
    def sound(self) -> NDArray[np.bool_]:
        """(people,) who finished every arm."""
        return np.asarray((self.reason == Reason.FINISHED).all(axis=0))

    def failures(self) -> list[tuple[int, str, str, float]]:
        """Person, arm, code and hour of everybody who did not finish."""
        arms, people = np.nonzero(self.reason)
        return [
            (int(i), self.arms[a], Reason(int(self.reason[a, i])).code, float(self.stopped[a, i]))
            for a, i in zip(arms, people, strict=True)
        ]

    def dataset(self) -> "xarray.Dataset":
        """The run as xarray, dimensions (arm, person, time), units in attributes."""
        data: dict[str, Any] = {
            name.replace(".", "_"): (
                ("arm", "person", "time"),
                value,
                {"units": self.units[name], "long_name": name},
            )
            for name, value in self.values.items()
        }
        data["reason"] = (("arm", "person"), self.reason, {"long_name": "0 finished, else reason code"})
        coordinates = {
            "arm": list(self.arms),
            "person": np.arange(self.people),
            "time": ("time", self.times, {"units": "h", "long_name": "hours after day 0 08:00"}),
        }
        attributes = {"title": "vagus simulation", "vagus_version": package_version(), **self.facts}
        return xarray.Dataset(data, coords=coordinates, attrs=attributes)
