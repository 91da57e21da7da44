"""The population of a study file: who takes part, with documented defaults for what it leaves out."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ..body.background import load_background
from ..errors import did_you_mean, fail
from ..tables import atlas_names, atlas_path, read_rows, read_toml
from .drug import drug_names, find_drug
from .form import Form
from .kind import kind_names, load_kind
from .measure import Measure, find_measure, load_measures, measure_names, near, plain
from .study_check import check_severity, check_spread
from .study_record import Population, Severity, Spread

_CENTIMETRES = 10.0  # of a line on which pain is marked


@lru_cache(maxsize=1)
def load_defaults() -> Mapping[str, Any]:
    """What is taken where a study file says nothing: `atlas/study_defaults.toml`."""
    return read_toml(atlas_path("study_defaults.toml"))


def read_population(form: Form, data: Mapping[str, Any], *where: str | int) -> Population:
    """The people of one [population] table.

    Args:
        form: the file.
        data: entries of the table; of an arm, those of the study with what the arm says otherwise.
        where: path of the table, for errors.

    Raises:
        VagusError: V411 no conditions, V402 an unknown condition, V413 a slip in a trait or medicine, V453 an unknown
            instrument, V455 bounds or scores that nobody can have.
    """
    if "conditions" not in data:
        raise fail("V411", what="a population", key="conditions", **form.place(*where))
    conditions, traits, lacking = _conditions(form, data["conditions"], *where)
    left_out = {word: "the model has no such illness; people are drawn without it" for word in lacking}
    for word in data.get("traits", ()):
        meant = _words().get(plain(word), {}).get("trait")
        known = meant or _word(form, word, kind_names(), "traits", *where)
        if known is None:
            left_out[word] = "the model has no such trait; people are drawn without it"
        else:
            traits.append(known)
    background = []
    for word in data.get("background", ()):
        medicine = _medicine(form, word, *where)
        background += [medicine] if medicine else []
        if medicine is None:
            left_out[word] = "the model has no such medicine; it is part of how people are at the start"
    severity: list[Severity] = []
    for index, row in enumerate(data.get("severity", ())):
        here = (*where, "severity", index)
        one = Severity(row["instrument"], known_measure(form, row["instrument"], *here), _spread(row))
        check_severity(form, one, *here)
        if one.measure.kind == "output":
            left_out[one.instrument] = (
                "people are chosen by scales and traits, not by what a laboratory measures"
            )
        if any(one.measure.key == other.measure.key != "" for other in severity):
            problem = f"{one.instrument} stands twice in severity"
            raise fail("V459", problem=problem, **form.place(*here))
        if one.measure.reason is not None:
            left_out[one.instrument] = f"{one.measure.reason}; people are not chosen by it"
        severity.append(one)
    ages, weights = _spread(data.get("age", {})), _spread(data.get("weight_kg", {}))
    check_spread(form, ages, "age", *where, "age")
    check_spread(form, weights, "weight_kg", *where, "weight_kg")
    _check_ages(form, traits, ages, *where)
    return Population(
        conditions=conditions or tuple(lacking),
        traits=tuple(dict.fromkeys(traits)),
        age=_filled(ages, "age"),
        weight_kg=_filled(weights, "weight_kg"),
        female=float(data.get("female", load_defaults()["female"]["share"])),
        severity=tuple(severity),
        background=tuple(dict.fromkeys(background)),
        kind=data.get("kind"),
        left_out=left_out if conditions else {},
        reason=None if conditions else f"the model has no {' and '.join(lacking)}",
    )


def _check_ages(form: Form, traits: Sequence[str], ages: Spread, *where: str | int) -> None:
    """Nothing when people of these ages can have these traits; V455."""
    for word in traits:
        youngest, oldest = load_kind(word).age
        if (ages.high is not None and ages.high < youngest) or (ages.low is not None and ages.low > oldest):
            problem = f"nobody of these ages is {word}, which is {youngest:g} to {oldest:g} years"
            raise fail("V455", what="age", problem=problem, **form.place(*where, "age"))


def known_measure(form: Form, name: str, *where: str | int, unit: str | None = None) -> Measure:
    """The measure a study names; V453 for a name nobody knows.

    A name that says its unit may stand without being known: it is then a measure the model lacks, as is one that is
    written nearly like a measure the model lacks.
    """
    measure = find_measure(name)
    if measure is not None:
        return load_measures()["nrs_pain"] if _marked_to_ten(form, name, measure) else measure
    close = near(name, measure_names())
    lacking = close is not None and load_measures()[measure_names()[plain(close)]].kind == "none"
    if lacking or (close is None and unit is not None):
        return Measure(name, "none", unit=unit or "1")
    hint = f"did you mean '{measure_names()[plain(close)]}'?" if close else None
    raise fail("V453", name=name, hint=hint, **form.place(*where, "instrument"))


def _marked_to_ten(form: Form, name: str, measure: Measure) -> bool:
    """Whether a line on which pain is marked, of which the name does not tell the length, has 10 cm and not 100 mm.

    The scores at the start decide, else the means that are told: where none of them is above 10, it has 10.
    """
    if measure.name != "vas_pain" or any(sign in name for sign in "0123456789") or "mm" in name:
        return False
    tables = [form.data["population"], *(arm.get("population", {}) for arm in form.data["arm"])]
    rows = [row for table in tables for row in table.get("severity", ())]
    told = [row[key] for row in rows if _same(row, name) for key in ("mean", "low", "high") if key in row]
    if not told:
        rows = [
            row for row in form.data.get("outcome", ()) if row["quantity"] == "mean" and "unit" not in row
        ]
        told = [row["value"] for row in rows if _same(row, name) and "value" in row]
    return bool(told) and max(told) <= _CENTIMETRES


def _same(row: Mapping[str, Any], name: str) -> bool:
    return plain(row.get("instrument", "")) == plain(name)


def _conditions(
    form: Form, names: list[str], *where: str | int
) -> tuple[tuple[str, ...], list[str], list[str]]:
    """Keys of the conditions, the traits that come with the words, and illnesses the model lacks."""
    known = atlas_names("conditions")
    found, traits, lacking = [], [], []
    for name in names:
        key = {plain(one): one for one in known}.get(plain(name))
        row = _words().get(plain(name))
        if key is None and (row is None or (row["trait"] and not row["condition"])):
            hint = did_you_mean(name, known) or f"the conditions are: {', '.join(known)}"
            raise fail("V402", name=name, hint=hint, **form.place(*where, "conditions"))
        if key is None and row is not None:
            key = row["condition"]
            traits += [row["trait"]] if row["trait"] else []
        if key:
            found.append(key)
        else:
            lacking.append(name)
    unique = tuple(dict.fromkeys(found))
    if "healthy" in unique and len(unique) > 1:
        other = next(name for name in unique if name != "healthy")
        raise fail("V414", first="healthy", second=other, **form.place(*where, "conditions"))
    return unique, traits, lacking


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, str]]:
    """Words of studies for conditions and traits; a row without either is an illness the model lacks."""
    return {plain(row["word"]): row for row in read_rows(atlas_path("condition_words.csv"), ("word",))}


def _medicine(form: Form, word: str, *where: str | int) -> str | None:
    """What a medicine people stay on is in the atlas: a key of `treatments` or of `interactions.toml`.

    '' for none; None where the atlas has nothing that stands for it; V413 for a slip.
    """
    known = (*load_background(), *atlas_names("treatments"))
    if plain(word) not in drug_names() or plain(word) in {plain(name) for name in known}:
        found = _word(form, word, (*known, *drug_names()), "background", *where)
        return found if found in known else None
    drug = find_drug(word)
    return "" if drug.kind == "inert" else drug.background or None


def _word(form: Form, word: str, known: tuple[str, ...], key: str, *where: str | int) -> str | None:
    """The known word that is meant; None for another one; V413 for one that is most likely a slip."""
    by_plain = {plain(name): name for name in known}
    if plain(word) in by_plain:
        return by_plain[plain(word)]
    close = near(word, known)
    if close is not None:
        hint = f"did you mean '{close}'?"
        raise fail("V413", key=key, value=word, known=", ".join(known), hint=hint, **form.place(*where, key))
    return None


def _spread(data: float | Mapping[str, Any]) -> Spread:
    if not isinstance(data, Mapping):
        return Spread(mean=float(data))
    numbers = {key: float(data[key]) for key in ("mean", "sd", "low", "high") if key in data}
    return Spread(**numbers)


def _filled(given: Spread, what: str) -> Spread:
    """A spread with what the file leaves out: the usual mean and SD inside the bounds, and bounds around the mean."""
    usual = load_defaults()[what]
    sd = float(usual["sd"]) if given.sd is None else given.sd
    mean, low, high = given.mean, given.low, given.high
    if mean is not None:
        low = min(float(usual["low"]), mean - 2 * sd) if low is None else low
        high = max(float(usual["high"]), mean + 2 * sd) if high is None else high
        return Spread(mean, sd, max(low, 0.0), high)
    low = float(usual["low"]) if low is None else low
    high = max(float(usual["high"]), low + sd) if high is None else high
    mean = float(usual["mean"])
    return Spread(mean if low <= mean <= high else (low + high) / 2, sd, min(low, high), high)
