"""What raters write down about virtual people of a study: totals at visits, with each person's own way of reporting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..body.model import Array
from ..observe import RELIEF, Instrument, administer, domains, load_domains, score, told_part
from ..observe.noise import visit_noise_sd
from ..observe.reporting import reporting
from .adjust import Numbers
from .stream import normals


@dataclass(frozen=True)
class Raters:
    """Who rates, and with which numbers.

    Attributes:
        numbers: of the population.
        seed, study: key of the random streams.
        occasion: of visits, where the same hour comes again in another period.
    """

    numbers: Numbers
    seed: int
    study: str
    occasion: str = ""

    def numbers_for(self, who: Sequence[int], purpose: str, width: int) -> Array:
        """Standard normal numbers (people, width) of these people for a purpose."""
        return normals(self.seed, self.study, who, purpose, width)

    def item_traits(self, scale: Instrument, who: Sequence[int]) -> Array:
        """Lasting way of each person to mark each item (people, items), as a share of its range."""
        drawn = normals(self.seed, self.study, who, f"items {scale.key}", len(scale.items))
        return self.numbers.reporting("item_trait_spread") * drawn[:, scale.leaders]

    def visit_noise(self, scale: Instrument, who: Sequence[int], hours: Sequence[float]) -> Array:
        """Difference of one visit from the next in an unchanged person (people, visits, items).

        Keyed by the hour of the visit: one more visit changes no other.
        """
        shared = reporting("visit_noise_shared")
        spread = self.numbers.retest * visit_noise_sd(scale)
        count = len(scale.items)
        out = np.zeros((len(who), len(hours), count))
        if spread > 0:
            for k, hour in enumerate(hours):
                purpose = f"visit {scale.key} {round(hour, 3)}{self.occasion}"
                drawn = normals(self.seed, self.study, who, purpose, count + 1)
                common, own = drawn[:, :1], drawn[:, 1:][:, scale.leaders]
                out[:, k] = spread * (np.sqrt(shared) * common + np.sqrt(1 - shared) * own)
        return out

    def totals(
        self,
        scale: Instrument,
        who: Sequence[int],
        severity: Array,
        grid: Array,
        values: Mapping[str, Array],
        hours: Array,
    ) -> Array:
        """Totals (people, visits) of a scale.

        Args:
            scale: which.
            who: indices of the people.
            severity: factor on all symptoms (people,).
            grid: hours of the values, rising.
            values: outputs by name (people, grid), those of the scale's domains and `RELIEF`.
            hours: of the visits, inside the grid.
        """
        z = domains(values, scale.domains)
        noise = self.visit_noise(scale, who, hours.tolist())
        traits = self.item_traits(scale, who)
        out = np.empty((len(who), hours.size))
        early = (hours > 0.0) & (hours < 24.0 * scale.recall_days)
        for now, asked in ((True, since_last_visit(scale)), (False, scale)):
            use = np.flatnonzero(early == now)
            if use.size:
                days = hours[use] / 24.0
                out[:, use] = administer(
                    asked,
                    grid / 24.0,
                    z,
                    at_days=days,
                    severity=severity,
                    item_traits=traits,
                    visit_noise=noise[:, use],
                    told=told_part(asked, grid / 24.0, values[RELIEF], days),
                ).total
        return out

    def before(
        self, scale: Instrument, who: Sequence[int], severity: Array, start: Mapping[str, Array], hours: Array
    ) -> Array:
        """Totals (people, visits) of people at rest, at visits before the study.

        Args:
            scale, who, severity: as of `totals`.
            start: outputs at the start by name (people, 1).
            hours: of the visits, before 0.
        """
        z = {
            name: np.repeat(value, hours.size, axis=1)
            for name, value in domains(start, scale.domains).items()
        }
        return score(
            scale,
            z,
            severity=severity,
            item_traits=self.item_traits(scale, who),
            visit_noise=self.visit_noise(scale, who, hours.tolist()),
        ).total


@cache
def since_last_visit(scale: Instrument) -> Instrument:
    """The same scale as trials ask it before its own recall time has passed: about now, not about the time before."""
    return replace(scale, recall_days=0.0, short_form_days=None)


def observables_of(scale: Instrument) -> tuple[str, ...]:
    """The outputs a scale reads, by full name."""
    table = load_domains()
    return tuple(dict.fromkeys([*(table[name].observable for name in scale.domains), RELIEF]))
