"""`vagus sensitivity`: which numbers of the population an outcome rests on."""

from dataclasses import asdict, replace
from typing import Annotated

import typer

from ..body.model import load_model
from ..errors import fail
from ..learn.population_set import read_fitted
from ..learn.sensitivity import METHODS, Effect, outcome, ranges, sensitivity
from .asked import (
    MOST_DAYS,
    MOST_PEOPLE,
    AtCluster,
    RandomSeed,
    asked_cluster,
    asked_patient,
    asked_treatment,
    check_days,
    said,
)
from .show import AsJson, Out, Quiet, check_out, show

MOST_RUNS = 4096


def sensitivity_command(
    output: Annotated[str, typer.Option(help="a score (madrs) or an output or state (hpa.cortisol)")],
    time: Annotated[float, typer.Option(help="day of the course")] = 28.0,
    condition: Annotated[str, typer.Option(help="conditions of the people, such as mdd,pain")] = "mdd",
    treatment: Annotated[str, typer.Option(help="name or file of a treatment")] = "ketamine-iv-6",
    method: Annotated[str, typer.Option(help=" or ".join(METHODS))] = "morris",
    of: Annotated[
        str,
        typer.Option(
            help="systems whose numbers vary, such as mood,pain; by default the numbers that calibration may move"
        ),
    ] = "",
    people: Annotated[int, typer.Option(help="people over whom the outcome is averaged")] = 40,
    runs: Annotated[int, typer.Option(help="Morris: trajectories; Sobol: base samples, a power of two")] = 8,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: RandomSeed = 1,
    cluster: AtCluster = None,
) -> None:
    """Rank the numbers an outcome depends on, with their sources and grades."""
    check_days(time, "--time")
    check_out(out)
    for key, value, most in (("people", people, MOST_PEOPLE), ("runs", runs, MOST_RUNS)):
        if value < 2:
            raise fail("V413", key=key, value=value, hint="give 2 or more", text=f"--{key} {value}")
        if value > most:
            raise fail("V417", what=key, value=value, limit=most, text=f"--{key} {value}")
    patient, whole = asked_patient(None, condition), asked_treatment(treatment, MOST_DAYS)
    before = tuple(dose for dose in whole.doses if dose.day < max(time, 1.0))
    course = replace(whole, doses=before)  # what is given later changes nothing by then
    model = load_model()
    with asked_cluster(cluster) as there:
        with said(f"--output {output} --of {of}"):
            moved = ranges(
                model, read_fitted(model), [word.strip() for word in of.split(",") if word.strip()]
            )
            evaluate = outcome(model, patient, course, output, time, people=people, seed=seed, cluster=there)
        with said(f"--method {method}"):
            effects, failed = sensitivity(evaluate, model, moved, method=method, runs=runs, seed=seed)
        where = {} if there is None else {"cluster": there.told()}
    data = {
        "output": output,
        "day": time,
        "condition": condition,
        "treatment": treatment,
        "method": method,
        "people": people,
        "failed": failed,
        "effects": [asdict(one) for one in effects],
        **where,
    }
    show(
        text(effects, f"{output} on day {time:g}", method, failed),
        data,
        as_json=as_json,
        quiet=quiet,
        out=out,
    )


def text(effects: list[Effect], what: str, method: str, failed: int) -> str:
    """The ranking as lines."""
    head = (
        "mean effect of the middle 90 % of its range" if method == "morris" else "total share of the variance"
    )
    lines = [f"{what}: {head}", ""]
    for one in effects:
        lines.append(
            f"{one.strength:>10.3g} +- {one.error:<8.2g} {one.key} [{one.low:.3g}, {one.high:.3g}]  "
            f"{one.grade}, {one.source}"
        )
    return "\n".join(
        lines + ([f"{failed} populations had no resting state and count as the mean"] if failed else [])
    )
