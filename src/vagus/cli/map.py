"""`vagus map`: which system acts on which, in which direction, through what and how well that is known."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from ..body.model import Model, load_model
from ..body.route import systems_entered
from ..errors import fail
from ..evidence.coupling import OUTPUTS, Arrow, Coupling, coupling_of
from ..evidence.moved import Moved, moved_by, quantities, shifts_at_rest, shifts_of, weights
from ..evidence.provenance import worst
from ..people.course import Course
from ..report.map import map_svg
from ..report.record import BodyMap, MapArrow, MapNode
from .cycle import cycle_record, cycle_text
from .cycle_docs import make_folder, write_cycle
from .show import AsJson, Out, Quiet, Seed, show

_WEIGHED = ("mdd", "pain")
_SIGNS = {1: "+", -1: "-", 0: "0", 2: "+-"}


def map_command(
    as_svg: Annotated[
        bool,
        typer.Option("--svg", help="print the drawing as SVG; with --cycle write its figures into --out"),
    ] = False,
    cycle: Annotated[bool, typer.Option("--cycle", help="the cycle of pain and depression instead")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Show the coupling map: every arrow between two systems, read from the equations."""
    if cycle and as_svg:
        _draw_cycle(out, as_json, quiet)
        return
    if cycle:
        record = cycle_record(load_model())
        show(cycle_text(record), record, as_json=as_json, quiet=quiet, out=out)
        return
    model = load_model()
    coupling = coupling_of(model)
    text = map_svg(_resting_map(model, coupling)) if as_svg else _text(coupling, quiet)
    show(text, _data(coupling), as_json=as_json, quiet=quiet, out=out)


def _draw_cycle(folder: Path | None, as_json: bool, quiet: bool) -> None:
    """The page of the cycle with its figures in a folder; raises V603."""
    if folder is None:
        reason = "they are several files"
        hint = "name a folder for them: vagus map --cycle --svg --out FOLDER"
        raise fail("V603", path="the figures of the cycle", reason=reason, hint=hint)
    make_folder(folder)  # before minutes of work that could not be kept
    record = cycle_record(load_model())
    write_cycle(record, folder)
    if not quiet:
        show(cycle_text(record), record, as_json=as_json, quiet=False, out=None)


def _resting_map(model: Model, coupling: Coupling) -> BodyMap:
    """The map as it is, its arrows weighed between health and pain with depression."""
    shifts = shifts_at_rest(model, quantities(coupling), _WEIGHED)
    return replace(body_map(coupling, shifts=shifts), weighing="from health to depression with pain")


def body_map(
    coupling: Coupling, nodes: Sequence[MapNode] = (), shifts: Mapping[str, float] | None = None
) -> BodyMap:
    """The map a report draws: one arrow from system to system; what is only measured is left out.

    Arguments: `nodes`, the systems with what became of them; as they are when none are given. `shifts`, how far each
    quantity moved, by which the arrows are weighed; None for arrows of one weight.
    """
    share = weights(coupling, shifts or {})
    plain = [MapNode(s.name, s.label, s.group, s.place, s.lead_label) for s in coupling.systems]
    arrows = [
        MapArrow(
            *(giver, receiver, together(arrows), worst(a.grade for a in arrows), pair_words(arrows)),
            weight=None if shifts is None else share.get((giver, receiver), 0.0),
        )
        for (giver, receiver), arrows in coupling.pairs().items()
        if OUTPUTS not in (giver, receiver)
    ]
    return BodyMap(nodes or plain, arrows, moved=bool(nodes))


def moved_map(model: Model, course: Course, day: float = 21.0) -> BodyMap:
    """The map with what a course moved by a day (its last one when it is shorter)."""
    coupling = coupling_of(model)
    day = min(day, float(course.days[-1]))
    found = {one.system: one for one in moved_by(course, model, coupling.systems, day)}
    entered = systems_entered(dose.drug for dose in course.treatment.doses if dose.amount > 0)
    nodes = [
        MapNode(
            *(s.name, s.label, s.group, s.place, s.lead_label),
            *_change(found.get(s.name)),
            given=bool(entered & {s.name, *s.parts}),
        )
        for s in coupling.systems
    ]
    shifts = shifts_of(course, quantities(coupling), day) or None
    return replace(body_map(coupling, nodes, shifts), day=day, weighing="from without to with treatment")


def _change(moved: Moved | None) -> tuple[str, str, float | None]:
    return ("", "", None) if moved is None else (f"{moved.without:.2f}", f"{moved.treated:.2f}", moved.part)


def together(arrows: Sequence[Arrow]) -> int:
    """The sign of several arrows as one: 2 when they differ, 0 when all are silent."""
    signs = {arrow.sign for arrow in arrows} - {0}
    return signs.pop() if len(signs) == 1 else (2 if signs else 0)


def pair_words(arrows: Sequence[Arrow]) -> str:
    """All arrows from one system to another in one sentence."""
    verbs = {1: "raises", -1: "lowers", 0: "is silent at rest towards"}
    parts = [
        f"{a.quantity} {verbs[a.sign]} {a.moved or a.receiver} ({a.grade or 'no strength'})" for a in arrows
    ]
    return "; ".join(parts)


def _text(coupling: Coupling, quiet: bool) -> str:
    lines = [] if quiet else [f"{'from':<34}{'':<4}{'to':<16}{'grade':<13}through"]
    for arrow in coupling.arrows:
        through = ", ".join(name.partition(".")[2] for name in arrow.parameters)
        lines.append(
            f"{arrow.quantity:<34}{_SIGNS[arrow.sign]:<4}{arrow.receiver:<16}{arrow.grade:<13}{through}"
        )
    if not quiet:
        lines += ["", f"{len(coupling.arrows)} arrows between {len(coupling.pairs())} pairs of systems."]
        lines += [
            "+ raises and - lowers what stands for the receiver; 0 is silent at rest. Draw it: vagus map --svg"
        ]
    return "\n".join(lines)


def _data(coupling: Coupling) -> dict[str, Any]:
    return {
        "systems": [vars(system) for system in coupling.systems],
        "arrows": [vars(arrow) for arrow in coupling.arrows],
    }
