"""Domains: what a scale can see of a person, as 0 in health and 1 in the resting ill person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from ..errors import did_you_mean, fail
from ..tables import atlas_path, place_of, read_toml
from .reporting import reporting


@dataclass(frozen=True)
class Domain:
    """One domain of suffering.

    `observable` is the full name of the model output it is read from; `healthy` and `ill` are its values
    (in the unit of that output) at z = 0 and z = 1; `grade` and `source` say how well the two are known.
    """

    name: str
    observable: str
    healthy: float
    ill: float
    grade: str
    source: str


@lru_cache(maxsize=1)
def load_domains() -> Mapping[str, Domain]:
    """All domains of `atlas/domains.toml`, by name, in the order of the table.

    Raises V444 with the line of the domain when it lacks a key or its healthy and ill values are the same.
    """
    path = atlas_path("domains.toml")
    found = {}
    for name, entry in read_toml(path).items():
        try:
            domain = Domain(
                name,
                str(entry["observable"]),
                float(entry["healthy"]),
                float(entry["ill"]),
                str(entry["grade"]),
                str(entry["source"]),
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise fail(
                "V444", table=name, problem=f"a domain needs {problem}", **place_of(path, name)
            ) from None
        if not np.isfinite(domain.ill - domain.healthy) or domain.ill == domain.healthy:
            wrong = "healthy and ill must be two different numbers"
            raise fail("V444", table=name, problem=wrong, **place_of(path, name))
        found[name] = domain
    return MappingProxyType(found)


def domains(values: Mapping[str, np.ndarray], names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """How ill a person is in each domain: 0 healthy, 1 as the resting ill person, above 1 worse than that.

    Beyond the resting ill person a scale sees less and less of what more there is: its steps are made for illness, and
    `beyond_illness` of `atlas/reporting.toml` is the most that it can show above 1.

    Arguments: `values`, model outputs by full name ("mood.depression"), each in the unit of that output and
    all of one shape; `names`, the domains wanted (default: all of them). What comes back has the same shape.
    NaN stays NaN, so a failed person is never read as healthy.
    Raises V440 when a domain or the output it is read from is not there.
    """
    table, most = load_domains(), reporting("beyond_illness")
    scaled = {}
    for name in table if names is None else names:
        if name not in table:
            raise fail("V440", instrument="a score", name=name, hint=did_you_mean(name, table))
        domain = table[name]
        if domain.observable not in values:
            hint = did_you_mean(domain.observable, values)
            raise fail("V440", instrument=f"the domain '{name}'", name=domain.observable, hint=hint)
        value = np.asarray(values[domain.observable], dtype=float)
        z = np.maximum((value - domain.healthy) / (domain.ill - domain.healthy), 0.0)
        scaled[name] = np.minimum(z, 1.0) + most * -np.expm1(-np.maximum(z - 1.0, 0.0) / most)
    return scaled
