"""Explore: the four systems as a living map for whoever is curious. No account, nothing kept, a limited rate."""

import math
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from ...body.model import load_model
from ...evidence.coupling import OUTPUTS, read_systems
from ...evidence.provenance import worst
from ...report.map import map_svg
from ...report.record import BodyMap, MapArrow, MapNode
from ...tables import GRADE_MEANINGS
from ..chart import Chart, Line, Panel, draw
from ..play import Curve, Played, play, ready, sliders, table, taken, the_coupling
from ..rate import limited
from ..sources import source_words

_DAY_ZERO = datetime(2000, 1, 1)  # any day: the ticks are written in weeks
_SIGNS = {1: "raises", -1: "lowers", 0: "is silent at rest towards", 2: "raises and lowers"}


@require_GET
@limited
def explore(request: HttpRequest) -> HttpResponse:
    """The page; the settings may stand in the address, so that it works without script and can be shared."""
    if not ready():
        response = render(request, "explore_wait.html")
        response.headers["Refresh"] = "3"
        return response
    chosen = request.GET or table()["example"]
    condition, settings = taken(chosen)
    found = play(condition, settings)
    facts = {
        "stories": [(row["title"], urlencode(row["settings"]), row["words"]) for row in table()["story"]],
        "story": next((row for row in table()["story"] if _same(row["settings"], condition, settings)), None),
        "sliders": [(one, settings[one.key]) for one in sliders()],
        "conditions": [(key, _condition_name(key)) for key in table()["conditions"]],
        "condition": condition,
        "found": found,
        "map": _map(found),
        "curves": _charts(found),
        "rows": _rows(found),
        "arrows": _arrows(),
        "frames": [{"day": day} for day in found.frames],
        "data": _data(found),
    }
    return render(request, "explore.html", facts)


@require_GET
@limited
def explore_run(request: HttpRequest) -> HttpResponse:
    """The same as JSON, for the sliders: the ways of all systems, curves and table as finished parts."""
    if not ready():
        return JsonResponse({"detail": "the model is being made ready"}, status=503)
    condition, settings = taken(request.GET)
    found = play(condition, settings)
    parts = {"rows": _rows(found), "found": found}
    html = {
        "curves": "".join(svg for _, svg in _charts(found)),
        "table": render(request, "explore_table.html", parts).content.decode(),
    }
    return JsonResponse({**_data(found), **html})


@require_GET
@limited
def explore_arrow(request: HttpRequest, giver: str, receiver: str) -> HttpResponse:
    """One arrow: through what one system acts on another, how strong, from which source, how well known."""
    model = load_model()
    arrows = the_coupling().pairs().get((giver, receiver))
    if not arrows:
        raise Http404
    names = {one.name: one.label for one in read_systems()}
    lines = []
    for arrow in arrows:
        numbers = [model.entries[name] for name in arrow.parameters if name in model.entries]
        rows = [(entry, source_words(entry.source, entry.grade)) for entry in numbers]
        lines.append((arrow, _SIGNS[arrow.sign], rows))
    facts = {
        "giver": names.get(giver, giver),
        "receiver": names.get(receiver, receiver),
        "lines": lines,
        "meanings": GRADE_MEANINGS,
        "worst": worst([arrow.grade for arrow in arrows]),
    }
    return render(request, "arrow.html", facts)


def _same(story: dict[str, Any], condition: str, settings: dict[str, float]) -> bool:
    return taken(story) == (condition, settings)


def _condition_name(key: str) -> str:
    names = {
        "healthy": "a healthy person",
        "mdd": "depression",
        "gad": "anxiety",
        "ptsd": "post-traumatic stress",
        "pain-neuropathic": "nerve pain",
        "pain-fibromyalgia": "fibromyalgia",
    }
    return " and ".join(names.get(part, part) for part in key.split("+"))


def _map(found: Played) -> str:
    """The map with the last frame; the script colours the others."""
    moved = {one.name: one for one in found.systems}
    coupling = the_coupling()
    given = {one.key for one in sliders() if found.settings[one.key] != one.neutral}
    drugs = {"ketamine": "ketamine", "escitalopram": "ssri", "opioid": "analgesic", "load": "stress"}
    nodes = []
    for one in coupling.systems:
        change = moved.get(one.name)
        taken_in = drugs.get(one.name, "") in given
        numbers = (f"{change.without:.2f}", f"{change.changed:.2f}") if change else ("", "")
        tone = change.way[-1] if change else None
        nodes.append(
            MapNode(one.name, one.label, one.group, one.place, one.lead_label, *numbers, tone, taken_in)
        )
    arrows = [
        MapArrow(
            giver,
            receiver,
            _together(pair),
            worst(a.grade for a in pair),
            f"{names(giver)} to {names(receiver)}",
        )
        for (giver, receiver), pair in coupling.pairs().items()
        if OUTPUTS not in (giver, receiver)
    ]
    return map_svg(BodyMap(nodes, arrows, moved=True, day=found.frames[-1]), "explore-map")


def names(system: str) -> str:
    """What people call a system."""
    return {one.name: one.label for one in read_systems()}.get(system, system)


def _together(arrows: Any) -> int:
    signs = {arrow.sign for arrow in arrows} - {0}
    return signs.pop() if len(signs) == 1 else (2 if signs else 0)


def _arrows() -> list[tuple[str, str, str, str]]:
    """(words, sign, grade, address) of every arrow, for those who read a list rather than a map."""
    told = []
    for (giver, receiver), pair in the_coupling().pairs().items():
        if OUTPUTS in (giver, receiver):
            continue
        words = f"{names(giver)} {_SIGNS[_together(pair)]} {names(receiver)}"
        grade = worst(arrow.grade for arrow in pair)
        told.append((words, grade, reverse("explore-arrow", args=[giver, receiver]), giver))
    return sorted(told)


def _charts(found: Played) -> list[tuple[str, str]]:
    return [(one.key, _draw(one)) for one in found.curves]


def _draw(one: Curve) -> str:
    from_zero = [_at(day) for day in one.days]
    known = [
        k for k, value in enumerate(one.changed) if math.isfinite(value) and math.isfinite(one.without[k])
    ]
    days = [from_zero[k] for k in known]
    values = [value for row in (one.without, one.changed) for value in (row[k] for k in known)]
    low, high = _range(one, values)
    lines = [
        Line(days, [one.without[k] for k in known], style="none", label="as it was"),
        Line(days, [one.changed[k] for k in known], style="model", label="with the change"),
    ]
    ticks = [(_at(day), f"week {day // 7:g}") for day in range(0, int(one.days[-1]) + 1, 28)]
    end = f"{one.without[-1]:.3g} as it was, {one.changed[-1]:.3g} with the change"
    chart = Chart(
        one.label,
        f"{one.label}: {end}, after {one.days[-1]:g} days.",
        _at(0),
        _at(one.days[-1]),
        [Panel(one.label, one.unit, low, high, lines=lines)],
        ticks=ticks,
        width=400,
    )
    return draw(chart, f"curve-{one.key.replace('.', '-')}")


def _range(one: Curve, values: list[float]) -> tuple[float, float]:
    """Scales show all of their range; what is measured a close one, so that a change can be seen."""
    if one.unit == "points" or not values:
        return one.low, one.high
    room = max(0.2 * (max(values) - min(values)), 0.05 * (one.high - one.low))
    ends = max(one.low, min(values) - room), min(max(values) + room, max(one.high, max(values)))
    return float(f"{ends[0]:.3g}"), float(f"{ends[1]:.3g}")


def _at(day: float) -> datetime:
    return _DAY_ZERO + timedelta(days=day)


def _rows(found: Played) -> list[tuple[str, str, float, float, str]]:
    """(label, unit, as it was, with the change, in words) at the end."""
    rows = []
    for one in found.curves:
        moved = one.changed[-1] - one.without[-1]
        still = abs(moved) < 0.01 * (one.high - one.low)
        word = "hardly differs" if still else ("higher" if moved > 0 else "lower")
        rows.append((one.label, one.unit, one.without[-1], one.changed[-1], word))
    return rows


def _data(found: Played) -> dict[str, Any]:
    """What the script needs: frames, the way of every system, when each first moved."""
    return {
        "days": list(found.frames),
        "systems": {
            one.name: {
                "way": [round(part, 3) for part in one.way],
                "first": one.first_day,
                "label": one.label,
            }
            for one in found.systems
        },
        "condition": found.condition,
        "settings": dict(found.settings),
    }
