"""Doses, daily medicines, treatments and events of a person's file."""

from collections.abc import Sequence
from datetime import date
from math import inf

from ..body.dose import is_per_kg
from ..body.hold import Hold
from ..body.route import load_routes
from ..body.treatment import load_treatment
from ..errors import VagusError, did_you_mean
from ..people.drug import drug_names, find_drug
from ..units import as_quantity, parse_unit
from .diary import Begun, Given, Happening, Line, follow_table
from .diary_time import hour_of

LONGEST = 8784.0  # hours of one infusion
LARGEST = {"mg": 20000.0, "mg/kg": 200.0}  # of one dose: more is a slip of the pen


def given_dose(hour: float, line: Line, shift: float, first: date | None) -> Given:
    """A dose (`kind` dose) or a medicine taken every day (`kind` drug); raises V404, V301-V304, V406, V413, V489."""
    drug, factor = drug_of(line)
    routes = load_routes()[drug]
    route = line.get("route") or next(iter(routes))
    if route not in routes:
        known = ", ".join(routes)
        hint = did_you_mean(route, routes) or f"choose from: {known}"
        raise line.error("V413", key="route", value=route, known=known, hint=hint)
    unit = line.get("unit")
    try:
        dimension = parse_unit(unit)
    except VagusError as error:
        raise line.error("V301", unit=unit, hint=error.hint) from None
    if not is_per_kg(unit) and not dimension.measures_like(parse_unit("mg")):
        raise line.error("V302", unit=unit, wanted="mg or mg/kg")
    amount = _quantity(line, "value", unit)
    if amount < 0:
        raise line.error("V406", drug=drug, amount=f"{amount:g} {unit}")
    base = "mg/kg" if is_per_kg(unit) else "mg"
    if as_quantity(f"{amount!r} {unit}", base) > LARGEST[base]:
        facts = {
            "name": drug,
            "value": f"{amount:g} {unit}",
            "low": "0",
            "high": f"{LARGEST[base]:g} {base}",
        }
        raise line.error("V489", **facts)
    hours = _length(line, "h") if line.get("duration") else 0.0
    if not 0 <= hours <= LONGEST:
        raise line.error("V489", name="duration", value=f"{hours:g} h", low="0", high=f"{LONGEST:g}")
    if hours > 0 and routes[route].infusion is None:
        hint = f"{drug} {route} has no duration"
        raise line.error("V413", key="duration", value=line.get("duration"), hint=hint)
    until = _until(hour, line, shift, first) if line.get("kind") == "drug" else None
    return Given(hour, drug, amount * factor, unit, route, hours, until)


def drug_of(line: Line) -> tuple[str, float]:
    """The drug of the model a line means, and mg of it for one mg of what is named: sertraline counts as escitalopram,
    by the equivalents studies are read with. Raises V404 where the model has nothing for it by that route."""
    drugs, name = load_routes(), line.get("name")
    if name in drugs:
        return name, 1.0
    drug = find_drug(name)
    if drug.kind != "kinetics":
        slip = did_you_mean(name, (*drugs, *drug_names()))
        raise line.error("V404", name=name, hint=slip or f"the drugs are: {', '.join(drugs)}")
    reason = drug.reason(line.get("route") or drug.route)
    if reason:
        raise line.error("V404", name=name, hint=reason)
    return drug.like, drug.factor


def check_doses(given: Sequence[Given], lines: Sequence[Line]) -> None:
    """Nothing when no two doses of one drug are given at one time; raises V488."""
    seen: dict[tuple[str, float], Line] = {}
    for one, line in zip(given, lines, strict=True):
        before = seen.setdefault((one.drug, one.hour), line)
        if before is not line:
            value, name = f"{one.amount:g} {one.unit}", f"{one.drug} on day {one.hour / 24:g}"
            raise line.error("V488", name=name, value=value, other=f"line {before.place['line']}")


def check_twice(timed: Sequence[tuple[float, Line]]) -> None:
    """Nothing when no event or treatment begins twice at one time; raises V488."""
    seen: dict[tuple[str, float], Line] = {}
    for hour, line in timed:
        before = seen.setdefault((line.get("name"), hour), line)
        if before is not line:
            name, value = f"{line.get('name')} on day {hour / 24:g}", line.get("value") or line.get("kind")
            raise line.error("V488", name=name, value=value, other=f"line {before.place['line']}")


def happening(hour: float, line: Line) -> Happening:
    """An event with what it does to the body; raises V486, V489."""
    events, name = follow_table()["event"], line.get("name")
    if name not in events:
        hint = did_you_mean(name, events) or f"choose from: {', '.join(events)}"
        raise line.error("V486", what="event", name=name, hint=hint)
    row = events[name]
    value = _quantity(line, "value", "1") if line.get("value") else float(row["value"])
    if not row["low"] <= value <= row["high"]:
        facts = {"low": f"{row['low']:g}", "high": f"{row['high']:g}"}
        raise line.error("V489", name=name, value=f"{value:g}", **facts)
    days = _length(line, "d") if line.get("duration") else float(row["days"])
    if not 0 < days <= 366:
        raise line.error("V489", name="duration", value=f"{days:g} d", low="0", high="366")
    start, end = hour, hour + 24.0 * days
    if "state" in row:
        return Happening(row["title"], start, end, state=str(row["state"]), amount=value)
    return Happening(row["title"], start, end, Hold(str(row["input"]), "value", value, start, end))


def begun(hour: float, line: Line, shift: float, first: date | None) -> Begun:
    """A treatment of the atlas that began; raises V403 and V487."""
    try:
        load_treatment(line.get("name"))
    except VagusError as error:
        raise line.error("V403", name=line.get("name"), hint=error.hint) from None
    return Begun(hour, line.get("name"), _until(hour, line, shift, first))


def _until(hour: float, line: Line, shift: float, first: date | None) -> float:
    """When a medicine or treatment stopped; infinite when it goes on."""
    if not line.get("until"):
        return inf
    end = hour_of(line, first, "until") - shift
    if end <= hour:
        raise line.error("V487", value=line.get("until"), reason="it ends before it begins")
    return end


def _length(line: Line, unit: str) -> float:
    """A duration, which needs its unit: 40 may be minutes or hours, and one is sixty times the other."""
    text = line.get("duration")
    if text.replace(".", "").isdecimal():
        raise line.error("V303", quantity=text, hint='a duration needs its unit, such as "40 min" or "14 d"')
    return _quantity(line, "duration", unit)


def _quantity(line: Line, column: str, unit: str) -> float:
    return as_quantity(line.get(column), unit, name=column, file=line.place["file"], line=line.place["line"])
