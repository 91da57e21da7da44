"""A fit as a file: NetCDF groups as ArviZ names them, and the virtual people, so that a fit can be carried on.

Groups: `posterior` (what is hidden now, as predictions), `posterior_predictive` (what is to come under each plan),
`log_likelihood`, `observed_data`, and `bank`, which `vagus follow --update` reads.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..body.model import Model
from ..body.resting import Resting
from ..body.simulate import People
from ..errors import fail
from ..extras import later
from ..files import whole_file
from .bank import DAY, Bank
from .composites import NAMES
from .diary import Diary
from .direction import kind_of
from .follow import Follow
from .prior import Prior
from .weights import drawn

if TYPE_CHECKING:
    import xarray
else:
    xarray = later("xarray")

KEPT = 800  # people kept at most
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Stored:
    """A fit read back: people equally likely given the readings up to its end, and what it rests on.

    Attributes:
        bank: the people.
        facts: the attributes of the file.
    """

    bank: Bank
    facts: Mapping[str, Any]


def past_key(diary: Diary, end: float) -> str:
    """A hash of everything a person went through before an hour: who has another past cannot be carried on."""
    given = [one for one in diary.given if one.hour < end]
    events = [one for one in diary.happenings if one.start < end]
    begun = [one for one in diary.begun if one.hour < end]
    seen = [
        (one.hour, one.key, one.value, one.items) for one in (*diary.scores, *diary.vitals) if one.hour <= end
    ]
    who = diary.patient
    facts = (
        who.conditions,
        who.weight,
        who.age,
        who.sex,
        who.height,
        who.background,
        sorted(who.traits.items()),
    )
    return hashlib.sha256(repr((facts, given, events, begun, seen)).encode()).hexdigest()[:16]


def write_fit(found: Follow, path: str | Path) -> Path:
    """Write a fit with its forecasts; the file appears under its name only when it is complete.

    Raises:
        VagusError: V603 when it cannot be written.
    """
    with whole_file(path) as part:
        mode: Literal["w", "a"] = "w"
        for group, data in _groups(found).items():
            packed = {str(n): {"zlib": True, "complevel": 2} for n in data.data_vars if data[n].ndim > 1}
            data.to_netcdf(part, mode=mode, group=group, engine="h5netcdf", encoding=packed)
            mode = "a"
    return Path(path)


def _groups(found: Follow) -> "dict[str, xarray.Dataset]":
    facts = {
        "vagus_version": found.version,
        "model": found.model_key,
        "seed": found.seed,
        "prior": found.record,
        "effective": found.checks.effective,
        "verdict": found.checks.verdict,
    }
    asked = found.posterior.found.asked
    rows = {"reading": [f"{key} {hour / DAY:g}" for key, hour, *_ in asked.rows]}
    observed = xarray.Dataset(
        {"value": ("reading", asked.values, {"long_name": "points, or the logarithm of a vital sign"})},
        coords={**rows, "day": ("reading", asked.hours / DAY)},
        attrs=facts,
    )
    log = found.posterior.found.of_people[None]
    likely = xarray.Dataset({"all_readings": (("chain", "draw"), np.where(np.isfinite(log), log, -1e300))})
    return {
        "posterior": _hidden(found).assign_attrs(facts),
        "posterior_predictive": _predictive(found).assign_attrs(facts),
        "log_likelihood": likely,
        "observed_data": observed,
        "bank": _bank(found, facts),
    }


def _mixed(found: Follow) -> NDArray[np.int64]:
    """The order the samples are written in: not by person, or what comes one after the other would look like a
    chain that hardly moves."""
    return np.random.default_rng(found.seed).permutation(found.hidden.person.size)


def _hidden(found: Follow) -> "xarray.Dataset":
    """What the person would report now on average, and both composites: predictions, no parameters."""
    first, mixed = found.aheads[0], _mixed(found)
    data: dict[str, Any] = {
        f"{key}_now": (("chain", "draw"), value[None, mixed, 0], {"units": "points"})
        for key, value in first.under.items()
    }
    data |= {name: (("chain", "draw"), first.composite_samples[name][None, mixed, 0]) for name in NAMES}
    return xarray.Dataset(data)


def _predictive(found: Follow) -> "xarray.Dataset":
    days = found.aheads[0].hours / DAY
    data: dict[str, Any] = {}
    for key in found.aheads[0].under:
        values = np.stack([ahead.under[key][_mixed(found)] for ahead in found.aheads], axis=1)
        data[key] = (("chain", "draw", "plan", "day"), values[None].astype(np.float32), {"units": "points"})
    return xarray.Dataset(data, coords={"plan": [ahead.plan.key for ahead in found.aheads], "day": days})


def _bank(found: Follow, facts: Mapping[str, Any]) -> "xarray.Dataset":
    posterior = found.posterior
    who = np.unique(drawn(posterior.weights, KEPT, np.random.default_rng(found.seed)))
    weights = posterior.weights[who]
    bank = posterior.bank.take(who)
    return xarray.Dataset(
        {
            "p": (("parameter", "person"), bank.people.p),
            "p_now": (("parameter", "person"), bank.p),
            "y_start": (("state", "person"), bank.rest.y),
            "y_now": (("state", "person"), bank.y),
            "values": (("kept", "person", "hour"), bank.values.astype(np.float32)),
            "sets": ("person", bank.sets),
            "weight": ("person", weights / weights.sum()),
        },
        coords={"hour": bank.times},
        attrs={
            **facts,
            "kept": _SEPARATOR.join(bank.names),
            "conditions": _SEPARATOR.join(bank.people.condition),
            "recipe": bank.people.recipe,
            "readings": len(posterior.found.asked.rows),
            "past": past_key(found.diary, float(bank.times[-1])),
            "drawn": posterior.drawn,
        },
    )


def read_fit_file(model: Model, diary: Diary, prior: Prior, path: str | Path) -> Stored:
    """A fit of the same person, to be carried on with new readings.

    Raises:
        VagusError: V101, V102 the file cannot be read, V496 it is of another person, model or past.
    """
    path = Path(path)
    if not path.exists():
        raise fail("V101", path=path)
    if not path.is_file():
        raise fail("V102", path=path, reason="it is not a regular file", file=path)
    try:
        with xarray.open_dataset(path, group="bank", engine="h5netcdf") as data:
            data.load()
    except (OSError, ValueError, KeyError) as error:
        raise fail("V496", path=path, reason=str(error) or "it holds no fit", file=path) from None
    facts = data.attrs
    if facts.get("model") != model.key:
        raise fail("V496", path=path, reason="the model has changed since", file=path)
    if facts.get("prior") != prior.record:
        raise fail("V496", path=path, reason="the population it was drawn from has changed since", file=path)
    end = float(data["hour"].values[-1])
    if diary.end < end or facts.get("past") != past_key(diary, end):
        reason = f"the entries up to day {end / DAY:g} are not those of the file"
        raise fail("V496", path=path, reason=reason, file=path)
    return Stored(_people(data, prior), facts)


def _people(data: "xarray.Dataset", prior: Prior) -> Bank:
    count = data.sizes["person"]
    weights = data["weight"].values
    pick = drawn(weights, count, np.random.default_rng(0))
    nothing = np.zeros(count)
    rest = Resting(
        data["y_start"].values, nothing.astype(np.int64), nothing, nothing == 0, nothing.astype(np.int64)
    )
    conditions = str(data.attrs["conditions"]).split(_SEPARATOR)
    sets = data["sets"].values.astype(np.int64)
    kinds = [kind_of(prior, key, own) for key, own in zip(conditions, map(int, sets), strict=True)]
    past, check = [kind.history for kind in kinds], [kind.check for kind in kinds]
    weight = np.full(count, prior.patient.weight)
    people = People(data["p"].values, weight, past, check, conditions, str(data.attrs["recipe"]), drawn=True)
    bank = Bank(
        people,
        rest,
        sets,
        data["hour"].values,
        tuple(str(data.attrs["kept"]).split(_SEPARATOR)),
        data["values"].values.astype(np.float64),
        data["y_now"].values,
        data["p_now"].values,
        np.ones(count, dtype=bool),
    )
    return bank.take(pick)
