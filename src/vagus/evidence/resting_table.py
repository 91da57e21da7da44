"""How the resting body of each condition differs from health, next to what studies found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.resting import require_rest, resting_state
from ..body.simulate import simulate
from ..body.treatment import load_treatment
from ..errors import fail
from ..observe import load_observables
from ..observe.assay import assay_noise
from ..people.draw import draw_accepted, typical
from ..people.stream import normals
from ..tables import Row, atlas_path, read_rows

CONDITIONS = (
    "stressed", "sleep-deprived", "gad", "ptsd", "mdd", "pain-neuropathic", "pain-fibromyalgia", "pain-musculoskeletal",
    "pain-refractory", "mdd+pain", "mdd+ptsd",
)  # fmt: skip
#: The typical person of each is told: all conditions alone, and combinations.
TYPICAL = (
    "healthy", "susceptible", "resilient", *CONDITIONS, "gad+ptsd", "mdd+gad", "gad+pain", "ptsd+pain", "stressed+pain",
    "mdd+ptsd+pain",
)  # fmt: skip
_TOLD = {
    "mood.depression": "depression", "pain.perceived": "pain", "mood.anxiety": "anxiety",
    "mood.hyperarousal": "hyperarousal", "sleep.quality": "sleep", "hpa.cortisol_slow": "cortisol",
    "autonomic.vagal": "vagal tone", "autonomic.heart_rate": "pulse",
}  # fmt: skip
_COLUMNS = ("condition", "name", "published", "low", "high", "sign", "row", "citation", "doi")
#: Read beside the observables of the ledger, because studies measured them.
_MORE = (
    "biomarker.crp_mg", "biomarker.diastolic", "biomarker.acth", "biomarker.free_t4", "gut.permeability",
    "biomarker.plasma_tryptophan", "biomarker.plasma_kynurenine",
)  # fmt: skip
#: A part of the mean below which people do not differ, so that no spread can be taken.
_SAME = 1e-3
_RESAMPLES = 400
_HITS = ("within the interval", "near", "as published", "direction as published")
_MOST = 9.99
#: A difference larger than this says that the model lets people differ too little in an output, not how ill they are.
_SIZABLE = 3.0


@dataclass(frozen=True)
class Difference:
    """A condition against health, in standard deviations of people: `d` and its 95 % interval; `ratio` of means.

    `d` is None where people of both groups hardly differ from one another: there is no spread to measure in.
    """

    d: float | None
    low: float
    high: float
    ratio: float


def published() -> list[Row]:
    """The rows of `atlas/resting.csv`: what studies found at rest, for calibration."""
    return read_rows(atlas_path("resting.csv"), _COLUMNS)


def outputs() -> list[str]:
    """The outputs that are compared: all of the ledger, and those of the studies."""
    ledger = [one.name for one in load_observables().values() if one.kind == "output"]
    return list(dict.fromkeys([*ledger, *_MORE, *(row["name"] for row in published())]))


def at_rest(model: Model, condition: str, count: int, seed: int) -> dict[str, Array]:
    """Values (people,) of every compared output in people drawn with a condition, before any treatment."""
    patient = Patient(conditions=tuple(condition.split("+")))
    people, rest, _ = draw_accepted(model, patient, count, seed, study="resting")
    names = outputs()
    run = simulate(
        model, people, [load_treatment("untreated")], 1.0, names, times=np.array([0.0, 1.0]), resting=rest
    )
    return {name: run.values[name][0, :, 0] * _assayed(name, count, seed) for name in names}


def _assayed(name: str, count: int, seed: int) -> Array:
    """What one sample in the laboratory makes of the values of people (people,); 1 for what nobody measures.

    The same in every condition, as all that a person has of their own: that adds spread and no chance difference.
    """
    return assay_noise(name, normals(seed, "resting", range(count), f"assay {name}", 1)[:, 0])


def difference(ill: Array, well: Array) -> Difference:
    """Two groups of the same drawn people (people,) compared; the interval by resampling people."""
    size = max(abs(float(np.mean(well))), abs(float(np.mean(ill))), 1e-9)
    ratio = float(np.mean(ill)) / float(np.mean(well)) if abs(float(np.mean(well))) > 1e-9 else np.inf
    if _pooled(ill, well) < _SAME * size:
        return Difference(None, np.nan, np.nan, ratio)
    who = np.random.default_rng(0).integers(0, ill.size, (_RESAMPLES, ill.size))
    gap = ill[who].mean(axis=1) - well[who].mean(axis=1)
    spread = np.sqrt((ill[who].var(axis=1, ddof=1) + well[who].var(axis=1, ddof=1)) / 2.0)
    low, high = np.percentile(gap / np.maximum(spread, _SAME * size), [2.5, 97.5])
    return Difference(
        (float(ill.mean()) - float(well.mean())) / _pooled(ill, well), float(low), float(high), ratio
    )


def _pooled(ill: Array, well: Array) -> float:
    return float(np.sqrt((ill.var(ddof=1) + well.var(ddof=1)) / 2.0))


def resting_differences(
    model: Model, count: int = 200, seed: int = 1, conditions: Sequence[str] = CONDITIONS
) -> dict[str, dict[str, Difference]]:
    """Every condition against health, by condition and output.

    Arguments: `count` people of each kind, `seed` of their draw. Raises V505 when a condition does not come to rest.
    """
    well = at_rest(model, "healthy", count, seed)
    found = {}
    for condition in conditions:
        ill = at_rest(model, condition, count, seed)
        found[condition] = {name: difference(ill[name], well[name]) for name in well}
    return found


def typical_rows(model: Model) -> list[str]:
    """The typical person of each condition at rest, one Markdown row each. Raises V505 for one who does not rest."""
    rows = []
    for condition in TYPICAL:
        person = typical(model, Patient(conditions=tuple(condition.split("+"))))
        rest = resting_state(model, person.p, person.history, person.check)
        require_rest(rest, condition, model, person.check)
        rows.append(
            f"| {condition} | "
            + " | ".join(f"{rest.y[model.state(name), 0]:.2f}".replace("-0.00", "0.00") for name in _TOLD)
            + " |"
        )
    return rows


def verdict(row: Row, one: Difference) -> str:
    """What the model says to one published row, in words."""
    if one.d is None:
        return "no spread"
    if row["sign"] == "0":
        return "as published" if abs(one.d) < 0.2 else "not as published"
    toward = one.d if row["sign"] == "+" else -one.d
    if toward <= 0:
        return "wrong direction"
    if not row["published"]:
        return "direction as published"
    if toward > _SIZABLE:
        return "direction as published; no size, people differ too little here"
    size = abs(float(row["published"]))
    if row["low"] and min(abs(float(row["low"])), abs(float(row["high"]))) <= toward:
        ends = sorted((abs(float(row["low"])), abs(float(row["high"]))))
        return "within the interval" if toward <= ends[1] else "too large"
    return "too small" if toward < 0.5 * size else "too large" if toward > 1.5 * size else "near"


def reason(row: Row, told: str) -> str:
    """Why the model misses one published row, from `atlas/resting_misses.csv`; '' where it does not miss.

    Raises V485 for a miss that nobody explained.
    """
    if told in _HITS:
        return ""
    rows = read_rows(atlas_path("resting_misses.csv"), ("condition", "name", "verdict", "why"))
    own = [r for r in rows if (r["condition"], r["name"]) == (row["condition"], row["name"])]
    for one in (*own, *(r for r in rows if not r["name"])):
        if told.startswith(one["verdict"]):
            return one["why"]
    raise fail(
        "V485", table="resting_misses.csv", problem=f"{row['condition']} {row['name']}: {told}, and no reason"
    )


def page(found: Mapping[str, Mapping[str, Difference]], people: Sequence[str], count: int, seed: int) -> str:
    """The whole page as Markdown; `people` are the rows of `typical_rows`."""
    lines = [
        "# The resting body against health",
        "",
        f"Written by `vagus resting --people {count} --seed {seed} --out docs/resting.md`; change nothing by hand.",
        f"{count} people were drawn for each condition and brought to rest; health is the same draw without it.",
        "d is the difference of means in pooled standard deviations of people, with the 95 % interval by resampling of",
        "people: it holds the chance of the draw, not the doubt about the model. All of it rests on grade `assumed`.",
        "Outputs without a person factor of their own vary with the illness only: there d grows without meaning, and",
        "only its sign and the ratio of means are to be read. Persons with a known factor: pulse, pressure, RMSSD,",
        "cortisol, CRP, cytokines, BDNF, hormones, pain threshold, natural killer cells. One sample of each differs",
        "from the next by the assay and by the day (`atlas/assays.csv`).",
        "",
        "## The typical person at rest",
        "",
        "| condition | " + " | ".join(_TOLD.values()) + " |",
        "|---" * (len(_TOLD) + 1) + "|",
        *people,
        "",
        "## Next to what studies found",
        "",
        "Studies that may be used for calibration (`atlas/resting.csv`). Sign only where a study gives no size.",
        "",
        "| condition | output | published | model d (95 %) | verdict | source | why it misses |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in published():
        one = found[row["condition"]][row["name"]]
        told = row["published"] or row["sign"]
        told += f" ({row['low']} to {row['high']})" if row["low"] else ""
        source = f"{row['citation']} {row['doi']}".strip()
        lines.append(
            f"| {row['condition']} | {row['name']} | {told} | {_told(one, True)} | {verdict(row, one)} | {source} "
            f"| {reason(row, verdict(row, one))} |"
        )
    lines += [
        "",
        "## Every output",
        "",
        "d of each condition; in brackets the ratio of means where nobody differs.",
        "",
    ]
    lines.append("| output | " + " | ".join(found) + " |")
    lines.append("|---" * (len(found) + 1) + "|")
    for name in outputs():
        lines.append(f"| {name} | " + " | ".join(_told(found[c][name], False) for c in found) + " |")
    return "\n".join(lines) + "\n"


def _told(one: Difference, interval: bool) -> str:
    if one.d is None:
        return f"(x{one.ratio:.2f})" if np.isfinite(one.ratio) else "(none in health)"
    if abs(one.d) > _MOST:
        return f"{'+' if one.d > 0 else '-'}over {_MOST:.0f}"
    return f"{one.d:+.2f}" + (f" ({one.low:+.2f} to {one.high:+.2f})" if interval else "")
