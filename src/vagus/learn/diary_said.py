"""What a person's file leaves open and how it was read, in words: nothing is taken to be usual in silence."""

from collections.abc import Iterator, Sequence

from ..body.route import load_routes
from ..people.drug import find_drug
from .diary import Line, follow_table


def unsaid(lines: Sequence[Line]) -> tuple[str, ...]:
    """One sentence for each kind of thing that lines leave out, with the first line it is left out in."""
    found: dict[str, str] = {}
    for line in lines:
        for what, taken in _open(line):
            found.setdefault(f"{what} ({{}}): {taken}", f"line {line.place['line']}")
    return tuple(words.format(place) for words, place in found.items())


def _open(line: Line) -> Iterator[tuple[str, str]]:
    """What one line leaves open, and what is taken for it."""
    kind, name, value = line.get("kind"), line.get("name"), line.get("value")
    bare = not line.get("unit") and value.replace(".", "").isdecimal()
    vitals = follow_table()["vital"]
    if kind == "vital" and bare and name in vitals and vitals[name]["unit"] != "1":
        yield f"{name} has no unit", f"read as {vitals[name]['unit']}"
    if kind == "person" and bare and name in ("weight", "height"):
        yield f"{name} has no unit", f"read as {'kg' if name == 'weight' else 'cm'}"
    if kind in ("dose", "drug") and name not in load_routes():
        drug = find_drug(name)
        yield f"{name} has no kinetics of its own", f"followed as {drug.like}, {drug.factor:.3g} mg for 1 mg"
    if kind in ("dose", "drug") and name in load_routes():
        routes = load_routes()[name]
        route = line.get("route") or next(iter(routes))
        if not line.get("route") and len(routes) > 1:
            yield f"{name} has no route", f"taken as {route}"
        if kind == "dose" and route == "iv" and not line.get("duration"):
            yield f"{name} {route} has no duration", "taken as given at once, not as an infusion"
