"""Routes of a drug: where a dose goes, how much of it, and over which time. All of it is data of the atlas."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from ..tables import atlas_path, read_toml


@dataclass(frozen=True)
class Effect:
    """One place a dose goes to.

    Attributes:
        target: full name of the state that grows, or of the input that is held.
        held: an input is held; else a state grows at once.
        share: part of the dose.
        of: "dose", or only what the lining absorbed, or only the rest.
        hours: how long the input is held; 0: as long as the dose lasts.
    """

    target: str
    held: bool
    share: float
    of: str
    hours: float


@dataclass(frozen=True)
class Studied:
    """The range of doses in published trials, in `unit` (mg or mg/kg, of a rate mg/kg/h)."""

    low: float
    high: float
    unit: str
    source: str
    meaning: str


@dataclass(frozen=True)
class Route:
    """How a drug is given.

    Attributes:
        infusion: effects of a dose given over some time; None where that is not possible.
        bolus: effects of a dose given at once.
        absorbed: (up to mg, share) of the part that the lining takes up, in order of mg.
        studied: doses of published trials, where there are any.
        studied_rate: rates of long infusions in them, in mg/kg/h.
        sources, grade: what its numbers rest on; '' and () where they are those of the drug's own equations.
    """

    infusion: tuple[Effect, ...] | None
    bolus: tuple[Effect, ...]
    absorbed: tuple[tuple[float, float], ...] = ()
    studied: Studied | None = None
    sources: tuple[str, ...] = ()
    grade: str = ""
    studied_rate: Studied | None = None

    def taken_up(self, milligrams: float) -> float:
        """How many mg of a dose the lining absorbs: a share of the first mg, another share of the next ones."""
        before, total = 0.0, 0.0
        for up_to, share in self.absorbed:
            total += share * (min(milligrams, up_to) - before)
            if milligrams <= up_to:
                break
            before = up_to
        return total

    def amounts(self, milligrams: float, hours: float) -> list[tuple[Effect, float, float]]:
        """Each effect of a dose with its mg and the hours it takes (0 for a state that grows at once)."""
        effects = self.infusion if hours > 0 and self.infusion is not None else self.bolus
        taken = self.taken_up(milligrams)
        part = {"dose": milligrams, "absorbed": taken, "rest": milligrams - taken}
        return [(effect, effect.share * part[effect.of], effect.hours or hours) for effect in effects]


@lru_cache(maxsize=1)
def load_routes() -> Mapping[str, Mapping[str, Route]]:
    """The routes of every drug, by drug and route; the first route of a drug is its usual one."""
    drugs = read_toml(atlas_path("drugs.toml"))
    return {
        name: {route: _route(data) for route, data in drug["routes"].items()} for name, drug in drugs.items()
    }


def systems_entered(drugs: Iterable[str]) -> set[str]:
    """The systems of the body that drugs enter by any route, such as "esketamine" and "arketamine" of ketamine.

    Args:
        drugs: keys of `drugs.toml`; one that is in no equation, such as saline, enters nothing.
    """
    routes = [route for drug in drugs for route in load_routes()[drug].values()]
    effects = [effect for route in routes for effect in (*(route.infusion or ()), *route.bolus)]
    return {effect.target.partition(".")[0] for effect in effects}


def levels_of(drugs: Iterable[str], names: Iterable[str]) -> list[str]:
    """The plasma levels of drugs: of all `names` those that are the concentration of one of them.

    A system of one drug calls it `concentration`, one of several puts the name of the drug before it.

    Args:
        drugs: keys of `drugs.toml`.
        names: full names of outputs of the body.
    """
    wanted = set(drugs)
    called = {f"{system}.concentration" for system in systems_entered(wanted)}
    called |= {f"{system}.{drug}_concentration" for drug in wanted for system in systems_entered([drug])}
    return [name for name in names if name in called]


def _route(data: Mapping) -> Route:
    return Route(
        infusion=_effects(data["infusion"]) if "infusion" in data else None,
        bolus=_effects(data["bolus"]),
        absorbed=tuple(
            (float(row.get("up_to", inf)), float(row["share"])) for row in data.get("absorbed", ())
        ),
        studied=Studied(**data["studied"]) if "studied" in data else None,
        sources=tuple(data.get("sources", ())),
        grade=data.get("grade", ""),
        studied_rate=Studied(**data["studied_rate"]) if "studied_rate" in data else None,
    )


def _effects(rows: list[Mapping]) -> tuple[Effect, ...]:
    return tuple(
        Effect(
            target=row["input"] if "input" in row else row["state"],
            held="input" in row,
            share=float(row["share"]),
            of=row.get("of", "dose"),
            hours=float(row.get("hours", 0.0)),
        )
        for row in rows
    )
