"""Kinds of study people: what a trait of a study ("treatment-resistant", "inflamed") changes in who is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..errors import did_you_mean, fail
from ..tables import GRADES, atlas_names, atlas_path, place_of, read_toml

_FOLDER = "traits"


@dataclass(frozen=True)
class Kind:
    """One trait of study people.

    Attributes:
        key: its name in a study file.
        title: what it is.
        meaning: what it changes, in words.
        grade: how well the numbers are known.
        sources: keys of the list of sources.
        multiply: factors of a person's own numbers by full name.
        add: what is added to them.
        check: bounds of an output at rest; who lies outside is not such a person.
        age: bounds of the age in years that the word means.
        ward: they come into hospital as the study begins.
    """

    key: str
    title: str
    meaning: str
    grade: str
    sources: tuple[str, ...]
    multiply: Mapping[str, float]
    add: Mapping[str, float]
    check: Mapping[str, tuple[float, float]]
    age: tuple[float, float]
    ward: bool


def kind_names() -> tuple[str, ...]:
    """The traits a study file may name, in order of the alphabet."""
    return atlas_names(_FOLDER)


@lru_cache(maxsize=64)
def load_kind(key: str) -> Kind:
    """A trait of study people by its key.

    Raises:
        VagusError: V464 when there is none of that name, V411 when its file lacks something.
    """
    known = kind_names()
    if key not in known:
        raise fail("V464", name=key, hint=did_you_mean(key, known) or f"the traits are: {', '.join(known)}")
    path = atlas_path(_FOLDER, f"{key}.toml")
    data = read_toml(path)
    try:
        grade = str(data["grade"])
        GRADES.index(grade)
        return Kind(
            key=key,
            title=str(data["title"]),
            meaning=str(data["meaning"]),
            grade=grade,
            sources=tuple(data["sources"]),
            multiply={name: float(value) for name, value in data.get("multiply", {}).items()},
            add={name: float(value) for name, value in data.get("add", {}).items()},
            check={name: (float(low), float(high)) for name, (low, high) in data.get("check", {}).items()},
            age=tuple(data.get("age", (0.0, 200.0))),
            ward=bool(data.get("ward", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise fail("V411", what=f"the trait '{key}'", key=error, **place_of(path, "title")) from None
