"""The population set: numbers of the population changed by name, without touching a file.

`adjust` is a mapping of keys to numbers. The keys:

- `mood.threshold`: the value of a table; of a constant for everybody, of a trait its median (or mean).
- `mood.threshold:spread`: how much people differ in it (the spread of the table).
- `condition/mdd:load.persistent:alpha`: a number of a condition's trait, as its file calls it (value, median, mean,
  spread, alpha, beta, low, high, share).
- `trait/treatment-resistant:expectancy.suggestibility`: the factor a trait of study people has on a number of theirs.
- `blinding:saline`: belief (0 to 1) under a control when nothing is felt; `blinding:slope`: what dissociation adds.
- `care:session`: care of one contact: session, first_visit, visit, tablet, ward.
- `reporting:severity_spread`, `reporting:item_trait_spread`: of the score model; `reporting:retest`: factor of all
  test-retest SDs; `reporting:severity_median`: of people whose study names no severity.

`adjustable` lists every key with its range.
An unknown key is V460 with a suggestion, a value outside its range V461. `None` and an empty mapping change nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from math import isfinite
from typing import Any

from ..body.condition import SHAPES, Condition, Trait, load_condition
from ..body.model import Array, Model
from ..errors import did_you_mean, fail
from ..observe.reporting import reporting
from ..tables import Entry, atlas_names, atlas_path, read_toml
from .kind import kind_names, load_kind

ADJUSTABLE = ("constant", "trait", "reference", "input")
_REPORTING = ("severity_spread", "item_trait_spread")
RETEST = "retest"
SEVERITY = "severity_median"
_MOST_SPREAD = 5.0
#: What a number of a condition's trait may be when it is not on the scale of the parameter itself.
_FREE = {"spread": (0.0, _MOST_SPREAD), "alpha": (0.05, 1000.0), "beta": (0.05, 1000.0), "share": (0.0, 1.0)}


@dataclass(frozen=True)
class Numbers:
    """The numbers of the population, as the tables say or adjusted.

    Attributes:
        model: the body.
        adjust: what was asked for, checked.
    """

    model: Model
    adjust: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Every number of the tables with value and spread as adjusted."""
        found = dict(self.model.entries)
        for key, value in self.adjust.items():
            name, _, what = key.partition(":")
            if name in found:
                found[name] = (
                    replace(found[name], spread=value) if what else replace(found[name], value=value)
                )
        return found

    def defaults(self) -> Array:
        """Parameter values (parameters,) as adjusted."""
        p = self.model.defaults()
        for key, value in self.adjust.items():
            if key in self.model.places:
                p[self.model.places[key]] = value
        return p

    def condition(self, condition: Condition) -> Condition:
        """A condition with the numbers of its traits as adjusted."""
        start = f"condition/{condition.key}:"
        mine = {key: value for key, value in self.adjust.items() if key.startswith(start)}
        if not mine:
            return condition
        traits = dict(condition.traits)
        for key, value in mine.items():
            name, _, number = key.removeprefix(start).rpartition(":")
            trait = traits[name]
            numbers = list(trait.numbers)
            numbers[SHAPES[trait.shape].index(number)] = value
            traits[name] = Trait(trait.shape, tuple(numbers), trait.typical)
        return replace(condition, traits=traits)

    def factor(self, kind: str, name: str, usual: float) -> float:
        """What a trait of study people multiplies a number by."""
        return self.adjust.get(f"trait/{kind}:{name}", usual)

    def belief(self, control: str) -> float:
        """Belief under a control when nothing is felt; `slope` is what dissociation adds to its logit."""
        return self.adjust.get(f"blinding:{control}", blinding_numbers("control").get(control, 0.0))

    @property
    def slope(self) -> float:
        """How much full dissociation adds to the logit of belief."""
        return self.adjust.get("blinding:slope", blinding_numbers("guessing")["slope"])

    def care(self, visit: str) -> float:
        """Care of a kind of visit."""
        return self.adjust.get(f"care:{visit}", blinding_numbers("care")[visit])

    def reporting(self, name: str) -> float:
        """A number of the score model."""
        usual = 1.0 if name == SEVERITY else reporting(name)
        return self.adjust.get(f"reporting:{name}", usual)

    @property
    def retest(self) -> float:
        """What the noise of a visit is multiplied by: 1 unless the population set moves it."""
        return self.reporting(RETEST) / reporting(RETEST)


def numbers_of(model: Model, adjust: Mapping[str, float] | None) -> Numbers:
    """The numbers of the population with a population set applied.

    Args:
        model: the body.
        adjust: values by key, see the top of this file.

    Raises:
        VagusError: V460 an unknown key, V461 a value that is no number or outside its range.
    """
    if not adjust:
        return Numbers(model)
    for key, value in adjust.items():
        low, high = _range(model, key)
        if not (isinstance(value, int | float) and isfinite(value) and low <= value <= high):
            raise fail("V461", key=key, value=value, low=f"{low:g}", high=f"{high:g}")
    return Numbers(model, {key: float(value) for key, value in adjust.items()})


@lru_cache(maxsize=8)
def blinding_numbers(table: str) -> Mapping[str, float]:
    """The numbers of one table of `atlas/blinding.toml` (control, guessing, care) by name."""
    return {name: float(row["value"]) for name, row in read_toml(atlas_path("blinding.toml"))[table].items()}


def adjustable(model: Model) -> dict[str, tuple[float, float]]:
    """Every key of a population set with the range it may have."""
    found: dict[str, tuple[float, float]] = {}
    for entry in model.entries.values():
        if entry.kind in ADJUSTABLE:
            found[entry.name] = (entry.low, entry.high)
            if entry.shape != "fixed":
                found[f"{entry.name}:spread"] = (0.0, 1.0 if entry.shape == "bernoulli" else _MOST_SPREAD)
    for key in atlas_names("conditions"):
        for name, trait in load_condition(key).traits.items():
            entry = model.entries[name]
            for number in SHAPES[trait.shape]:
                found[f"condition/{key}:{name}:{number}"] = _FREE.get(number, (entry.low, entry.high))
    for key in kind_names():
        found |= {f"trait/{key}:{name}": (0.0, 100.0) for name in load_kind(key).multiply}
    found |= {f"blinding:{name}": (0.0, 1.0) for name in blinding_numbers("control")}
    found["blinding:slope"] = (0.0, 100.0)
    found |= {f"care:{name}": (0.0, 10.0) for name in blinding_numbers("care")}
    found |= {f"reporting:{name}": (0.0, 2.0) for name in _REPORTING}
    found |= {f"reporting:{RETEST}": (0.0, 5.0), f"reporting:{SEVERITY}": (0.1, 4.0)}
    return found


_RANGES: dict[str, Any] = {}  # by model key: the list is long and asked for by every draw


def _range(model: Model, key: str) -> tuple[float, float]:
    if model.key not in _RANGES:
        _RANGES[model.key] = adjustable(model)
    known: Mapping[str, tuple[float, float]] = _RANGES[model.key]
    if key not in known:
        raise fail("V460", key=key, hint=did_you_mean(key, known))
    return known[key]
