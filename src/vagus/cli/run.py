"""`vagus run`: any SBML or Antimony model through time, as a table of `time,S1,S2`."""

import io
import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..errors import fail
from ..exchange.foreign import Order, Result, run_foreign
from ..exchange.settings import read_settings
from ..language.foreign import Form
from ..solve.reasons import Reason
from .asked import MOST_PEOPLE
from .show import check_out, write_whole

MOST_VALUES = 200_000_000


def run_command(
    model: Annotated[Path, typer.Argument(help="an SBML or Antimony file")],
    start: Annotated[float, typer.Option(help="first time")] = 0.0,
    end: Annotated[float, typer.Option(help="last time")] = 10.0,
    duration: Annotated[
        float | None, typer.Option(help="time from the first to the last, instead of --end")
    ] = None,
    steps: Annotated[int, typer.Option(help="intervals between output times")] = 50,
    select: Annotated[str, typer.Option("--select", "--variables", help="ids, separated by commas")] = "",
    amount: Annotated[str, typer.Option(help="species given out as amounts, by id")] = "",
    concentration: Annotated[str, typer.Option(help="species given out as concentrations, by id")] = "",
    n: Annotated[int, typer.Option("--n", help="people with parameters of their own")] = 1,
    spread: Annotated[
        float, typer.Option(help="how much their parameters differ (SD of the logarithm)")
    ] = 0.0,
    settings: Annotated[
        Path | None,
        typer.Option(help="a settings file of the SBML test suite, for times and names"),
    ] = None,
    seed: Annotated[int, typer.Option(help="base of all random streams")] = 1,
    rtol: Annotated[float, typer.Option(help="relative tolerance of the solver")] = 1e-9,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
    out: Annotated[Path | None, typer.Option(help="write the table into a file")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="print nothing but errors")] = False,
) -> None:
    """Run any SBML model: reactions, rules, events; the table goes to the terminal or into a file."""
    wanted = _wanted(select, amount, concentration)
    order = Order(start, end if duration is None else start + duration, steps, wanted, n, spread, seed, rtol)
    if settings is not None:
        order = replace(read_settings(settings), people=n, spread=spread, seed=seed, rtol=rtol)
        order = replace(
            order, wanted=wanted or order.wanted
        )  # names given beside the file count instead of its own
    _check(order)
    check_out(out)
    began = time.perf_counter()
    result = run_foreign(model, order)
    _refuse_failed(result)
    _tell(result, order, model, as_json, out, quiet, time.perf_counter() - began)


def _wanted(select: str, amount: str, concentration: str) -> tuple[tuple[str, Form], ...]:
    """Names in the order of `--select`; what is only named by its form comes behind."""
    forms: dict[str, Form] = {}
    for name in _names(select):
        forms[name] = "id"
    for form, names in (("amount", _names(amount)), ("concentration", _names(concentration))):
        for name in names:
            if forms.get(name, "id") not in ("id", form):
                raise fail("V413", key=name, value="amount and concentration", hint="ask for one of the two")
            forms[name] = form  # type: ignore[assignment]
    return tuple(forms.items())


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _check(order: Order) -> None:
    times = f"--start {order.start:g} --end {order.end:g}"
    for key, value in (("start", order.start), ("end", order.end)):
        if not math.isfinite(value):
            raise fail("V413", key=key, value=f"{value:g}", hint="give a finite time", text=times)
    if order.end <= order.start:
        raise fail("V413", key="end", value=f"{order.end:g}", hint="give an end after the start", text=times)
    if order.people < 1:
        raise fail("V409", n=order.people, text=f"--n {order.people}")
    if order.steps < 1:
        raise fail("V413", key="steps", value=order.steps, hint="give at least one interval", text="--steps")
    if order.people > MOST_PEOPLE:
        raise fail("V417", what="n", value=order.people, limit=MOST_PEOPLE, text="--n")
    if order.people * (order.steps + 1) > MOST_VALUES // 20:
        limit = MOST_VALUES // 20
        raise fail(
            "V417", what="n times steps", value=order.people * order.steps, limit=limit, text="--steps"
        )
    if not 1e-12 <= order.rtol <= 1e-2:
        raise fail("V413", key="rtol", value=order.rtol, hint="give a tolerance between 1e-12 and 0.01")
    if order.seed < 0:
        raise fail("V413", key="seed", value=order.seed, hint="give a whole number from 0 on", text="--seed")
    if not 0.0 <= order.spread <= 3.0:
        raise fail("V413", key="spread", value=order.spread, hint="give a spread between 0 and 3")


def _refuse_failed(result: Result) -> None:
    """Raise when nobody reached the end."""
    if (result.reason == Reason.FINISHED).any():
        return
    reason, when = Reason(int(result.reason[0])), f"{result.stopped[0]:g}"
    raise fail(reason.code, time=when, steps=int(result.steps[0]))


def _tell(
    result: Result, order: Order, model: Path, as_json: bool, out: Path | None, quiet: bool, seconds: float
) -> None:
    table = _table(result)
    if out is not None:
        write_whole(out, table)
    failed = [
        {"person": i + 1, "code": Reason(int(why)).code, "time": float(result.stopped[i])}
        for i, why in enumerate(result.reason)
        if why
    ]
    if as_json:
        print(json.dumps(_as_json(result, order, model, out, failed, seconds)))
    elif out is None and not quiet:
        typer.echo(table, nl=False)
    for one in failed[:5] if not (as_json or quiet) else []:
        typer.echo(f"person {one['person']} stopped at time {one['time']:g}: {one['code']}", err=True)


def _table(result: Result) -> str:
    """CSV as the SBML test suite writes it; with more than one person the first column is the person.

    People who did not reach the end are left out.
    """
    many = result.values.shape[2] > 1
    stream = io.StringIO()
    stream.write(",".join([*(["person"] if many else []), "time", *result.names]) + "\n")
    for person in np.flatnonzero(result.reason == 0):
        for moment, row in zip(result.times, result.values[:, :, person], strict=True):
            cells = [str(person + 1)] if many else []
            stream.write(",".join([*cells, *map(_cell, (moment, *row))]) + "\n")
    return stream.getvalue()


def _cell(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(float(value)) if math.isfinite(value) else "INF" if value > 0 else "-INF"


def _as_json(
    result: Result, order: Order, model: Path, out: Path | None, failed: list[dict[str, Any]], seconds: float
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "model": str(model),
        "people": order.people,
        "rtol": order.rtol,
        "seed": order.seed,
        "steps": int(result.steps.sum()),
        "seconds": round(seconds, 3),
        "failed": failed,
        "names": list(result.names),
    }
    if out is not None:
        return data | {"out": str(out)}
    data["time"] = result.times.tolist()
    for column, name in enumerate(result.names):
        values = [[_number(v) for v in person] for person in result.values[:, column].T]
        data.setdefault("values", {})[name] = values[0] if order.people == 1 else values
    return data


def _number(value: float) -> float | str:
    """JSON has no NaN and no infinity."""
    return float(value) if math.isfinite(value) else _cell(value)
