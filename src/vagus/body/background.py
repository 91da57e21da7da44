"""What else a person takes and has: medicines beside the treatment, and findings that decide which warnings apply."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..tables import atlas_path, read_toml


@dataclass(frozen=True)
class Background:
    """A medicine taken beside the treatment.

    Attributes:
        title: what it is.
        meaning: what it does to the treatment, in words.
        multiply: factors of the person's own numbers, by full name.
        sources: keys of the list of sources.
        grade: how well it is known.
    """

    title: str
    meaning: str
    multiply: Mapping[str, float]
    sources: tuple[str, ...]
    grade: str


@lru_cache(maxsize=1)
def load_background() -> Mapping[str, Background]:
    """Every medicine a person file may name under `background`."""
    return {
        key: Background(
            title=row["title"],
            meaning=row["meaning"],
            multiply={name: float(factor) for name, factor in row.get("multiply", {}).items()},
            sources=tuple(row["sources"]),
            grade=row["grade"],
        )
        for key, row in read_toml(atlas_path("interactions.toml")).items()
    }


@lru_cache(maxsize=1)
def load_medical() -> Mapping[str, str]:
    """What a person file may name under `medical`, with its title."""
    return {key: str(row["title"]) for key, row in read_toml(atlas_path("medical.toml")).items()}


def factors(background: Iterable[str]) -> dict[str, float]:
    """Factors of a person's numbers by all medicines together; two that change one number multiply."""
    product: dict[str, float] = {}
    for key in background:
        for name, factor in load_background()[key].multiply.items():
            product[name] = product.get(name, 1.0) * factor
    return product
