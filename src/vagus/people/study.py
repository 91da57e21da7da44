"""`read_study`: one published or planned study, read from its TOML file.

The shape of the file is that of `atlas/schema/study.schema.json`. What the format allows and the model lacks (a drug, a
scale, a biomarker) does not stop the reading: `Outcome.reason` then says why that outcome is not predicted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import fail
from .drug import find_drug, route_of, slip_of
from .form import Form, read_form
from .measure import Measure, load_measures, plain
from .study_check import (
    check_activities,
    check_amount,
    check_arm_names,
    check_doses,
    check_known_arm,
    check_outcome,
    check_value,
)
from .study_people import known_measure, load_defaults, read_population
from .study_record import (
    Activity,
    Arm,
    Blinding,
    Crossover,
    DoseBlock,
    Dropout,
    Outcome,
    Phase,
    Population,
    Step,
    Study,
)
from .study_unit import PLAIN, outcome_scale

#: Quantities of the whole course: they need no time.
WHOLE = (
    "cmax", "tmax", "auc", "bioavailability", "median_time", "hazard_ratio", "dropout_rate", "correct_guess_rate",
)  # fmt: skip
#: Quantities that are read at the end where the file says no time.
AT_END = ("relapse", "prevalence", "correlation", "slope")
#: Quantities that are not of an instrument.
OF_PEOPLE = ("dropout_rate", "correct_guess_rate")
#: Names of cortisol in blood that mean the moment of the sample when the file says the hour of it.
_SAMPLED = ("cortisol", "plasmacortisol", "serumcortisol")
_MOST_DOSES = 10_000  # of one arm
_SLACK = 1e-9  # days


def read_study(path: str | Path) -> Study:
    """The study of a TOML file.

    Every number keeps the meaning it has in the file; times are days after the first dose, and a default that was
    taken stands in `Study.notes`.

    Raises:
        VagusError: V101-V105 the file cannot be read; V401 an unknown key, V411 a missing one, V412, V413, V407, V304,
            V417 a value that cannot be; V402 an unknown condition, V404 a slip in a drug, V406 a negative amount, V408
            a dose after the end; V450 no arm, V451 an arm of nobody, V452 doses that overlap, V453 an unknown
            instrument, V454 an outcome after the end, V455 scores nobody can have, V456 a bare effect_size, V457 an
            unknown arm, V458 an arm twice, V459 entries that contradict each other. All with file and line.
    """
    form = read_form(path, "study", first=check_arm_names)
    data = form.data
    end, notes = _duration(data), []
    if "duration_d" not in data:
        notes.append(f"The file names no duration_d; {end:g} days reach its last time.")
    shared = data["population"]
    if "conditions" in shared:
        population = read_population(form, shared, "population")
    else:  # every arm says who it is
        first = {**shared, **data["arm"][0].get("population", {})}
        population = read_population(form, first, "population")
    arms = tuple(_arm(form, index, population, end, notes) for index in range(len(data["arm"])))
    names = [arm.name for arm in arms]
    for index, arm in enumerate(arms):
        check_doses(form, index, arm, end)
        check_activities(form, index, arm, end)
    people = [population, *(arm.population for arm in arms if arm.own_population)]
    for who in people:
        notes += [f"'{word}' is left out: {why}." for word, why in who.left_out.items()]
    phases = _phases(form, names, end)
    return Study(
        id=data.get("id", form.path.stem),
        title=data.get("title", data.get("id", form.path.stem)),
        citation=data.get("citation", ""),
        doi=data.get("doi", ""),
        split=data.get("split", "planned"),
        duration_d=end,
        population=population,
        arms=arms,
        phases=phases,
        crossover=_crossover(form, names, notes),
        outcomes=tuple(
            _entered(_outcome(form, row, arms, end, "outcome", index), phases)
            for index, row in enumerate(data.get("outcome", ()))
        ),
        endpoints=tuple(
            _entered(_outcome(form, row, arms, end, "endpoint", index), phases)
            for index, row in enumerate(data.get("endpoint", ()))
        ),
        dropout=Dropout(**{key: float(value) for key, value in data.get("dropout", {}).items()}),
        file=form.path,
        notes=tuple(dict.fromkeys(notes)),
        form=form,
    )


def _duration(data: Mapping[str, Any]) -> float:
    """Days to simulate: as the file says, else up to its last time."""
    if "duration_d" in data:
        return float(data["duration_d"])
    times = [float(load_defaults()["duration_d"])]
    for row in (*data.get("outcome", ()), *data.get("endpoint", ())):
        times += [float(row.get("time_d", 0.0)), float(row.get("time_h", 0.0)) / 24.0]
    times += [float(phase["until_d"]) for phase in data.get("phase", ())]
    for arm in data["arm"]:
        for block in (*arm.get("dose", ()), *arm.get("activity", ())):
            count = block.get("count", 1)
            times += [float(day) for day in block.get("days", ())]
            times.append(block.get("start_d", 0.0) + max(count - 1, 0) * block.get("every_d", 0.0))
    return min(max(times), 36_600.0)


def _arm(form: Form, index: int, shared: Population, end: float, notes: list[str]) -> Arm:
    data = form.data["arm"][index]
    own = "population" in data
    population = shared
    if own:
        merged = {**form.data["population"], **data["population"]}
        population = read_population(form, merged, "arm", index, "population")
    doses = tuple(
        _dose(form, row, end, notes, "arm", index, "dose", nth)
        for nth, row in enumerate(data.get("dose", ()))
    )
    many = sum(len(block.days) for block in doses)
    if many > _MOST_DOSES:
        raise fail(
            "V417", what="the number of doses", value=many, limit=_MOST_DOSES, **form.place("arm", index)
        )
    if "n" not in data:
        notes.append(f"The arm '{data['name']}' names no n; {load_defaults()['n']} people are taken.")
    return Arm(
        name=data["name"],
        n=int(data.get("n", load_defaults()["n"])),
        doses=doses,
        activities=tuple(
            Activity(
                row["kind"],
                _days(form, row, end, notes, "arm", index, "activity", nth),
                row.get("duration_h"),
                float(row.get("intensity", 1.0)),
            )
            for nth, row in enumerate(data.get("activity", ()))
        ),
        blinding=Blinding(**data.get("blinding", {})),
        population=population,
        first_dose_clock=data.get("first_dose_clock", "08:00").zfill(len("08:00")),
        own_population=own,
        reason=next((one for one in (population.reason, *(block.reason for block in doses)) if one), None),
    )


def _dose(form: Form, data: Mapping[str, Any], end: float, notes: list[str], *where: str | int) -> DoseBlock:
    meant = slip_of(data["drug"])
    if meant is not None:
        hint = f"did you mean '{meant}'?"
        raise fail("V404", name=data["drug"], hint=hint, **form.place(*where, "drug"))
    drug = find_drug(data["drug"])
    route = route_of(form.data, data, drug)
    steps = tuple(Step(float(row["from_h"]), float(row["rate"])) for row in data.get("steps", ()))
    unit = data.get("unit", drug.unit).replace("mcg", "ug")
    block = DoseBlock(
        drug=drug.name,
        route=route,
        amount=float(data["amount"]) if "amount" in data else None,
        unit=unit,
        duration_min=_minutes(data, drug.minutes if route == "iv" else 0.0, steps),
        days=_days(form, data, end, notes, *where),
        steps=steps,
        flexible=tuple(float(amount) for amount in data.get("flexible", ())),
        reason=drug.reason(route),
    )
    check_amount(form, block, drug.kind in ("kinetics", "hold", "jump"), *where)
    rate = unit.endswith(("/h", "/min"))
    if rate and block.duration_min == 0.0:
        hint = f"{unit} is a rate: say how long with duration_min"
        raise fail("V411", what=f"a dose of {drug.name}", key="duration_min", hint=hint, **form.place(*where))
    if steps and not rate:
        problem = f"steps are rates, and {unit} is none"
        raise fail("V459", problem=problem, **form.place(*where, "unit" if "unit" in data else "steps"))
    return block


def _minutes(data: Mapping[str, Any], usual: float, steps: Sequence[Step]) -> float:
    """Minutes of an infusion; without a length, the last step lasts as long as the one before it."""
    if "duration_min" in data:
        return float(data["duration_min"])
    if len(steps) > 1:
        return 60.0 * (2 * steps[-1].from_h - steps[-2].from_h)
    rate = str(data.get("unit", "")).endswith(("/h", "/min"))
    return 0.0 if rate else usual


def _days(
    form: Form, data: Mapping[str, Any], end: float, notes: list[str], *where: str | int
) -> tuple[float, ...]:
    """The days of a block, rising; what would start after the end is left out and told."""
    if "days" in data:
        for key in ("start_d", "every_d", "count"):
            if key in data:
                hint = "leave days or the other keys out"
                raise fail("V401", what="a block with days", key=key, hint=hint, **form.place(*where, key))
        days = tuple(sorted(float(day) for day in data["days"]))
        if len(set(days)) < len(days):
            raise fail("V459", problem="a day stands twice in days", **form.place(*where, "days"))
        return days
    start, every = float(data.get("start_d", 0.0)), float(data.get("every_d", 0.0))
    count = data.get("count")
    if count is not None and count < 1:
        raise fail("V459", problem=f"count = {count} gives nothing", **form.place(*where, "count"))
    if every == 0.0:
        if count is not None and count > 1:
            problem = f"{count} on one day: every_d is missing"
            raise fail("V459", problem=problem, **form.place(*where, "count"))
        return (start,)
    possible = int(max(end - start, 0.0) / every + _SLACK) + 1
    if (count or possible) > _MOST_DOSES and possible > _MOST_DOSES:
        place = form.place(*where, "every_d")
        raise fail("V417", what="the number of doses", value=possible, limit=_MOST_DOSES, **place)
    days = tuple(start + every * k for k in range(min(count or possible, possible)))
    if count is not None and count > possible:
        notes.append(f"{count - possible} of {count} planned times come after day {end:g} and are left out.")
    return days if count is not None or len(days) == 1 else tuple(day for day in days if day < end)


def _phases(form: Form, names: Sequence[str], end: float) -> tuple[Phase, ...]:
    phases: list[Phase] = []
    start = 0.0
    for index, row in enumerate(form.data.get("phase", ())):
        until = float(row["until_d"])
        if not start < until <= end + _SLACK:
            problem = f"the phase ends on day {until:g}, not between day {start:g} and the end on day {end:g}"
            raise fail("V459", problem=problem, **form.place("phase", index, "until_d"))
        for name in row.get("randomise", ()):
            check_known_arm(form, name, names, "phase", index, "randomise")
        enter = row.get("enter_if", "all")
        if enter != "all" and "instrument" not in row:
            raise fail("V411", what="a phase with enter_if", key="instrument", **form.place("phase", index))
        scale = row.get("instrument")
        measure = None if scale is None else known_measure(form, scale, "phase", index)
        phases.append(
            Phase(
                name=row.get("name", f"phase {index + 1}"),
                start_d=start,
                until_d=until,
                enter_if=enter,
                instrument=scale,
                measure=measure,
                randomise=tuple(row.get("randomise", ())),
                cutoff={key: float(value) for key, value in row.get("cutoff", {}).items()},
            )
        )
        start = until
        if phases[-1].name in [one.name for one in phases[:-1]]:
            problem = f"two phases are called '{phases[-1].name}'"
            raise fail("V459", problem=problem, **form.place("phase", index))
    return tuple(phases)


def _entered(outcome: Outcome, phases: Sequence[Phase]) -> Outcome:
    """The outcome, marked where it lies in a phase that is entered by a scale the model lacks."""
    for phase in phases:
        lacking = None if phase.measure is None or phase.enter_if == "all" else phase.measure.reason
        if lacking is None and phase.enter_if != "all" and phase.measure and phase.measure.kind != "score":
            lacking = f"nothing says what a {phase.enter_if} of {phase.measure.name} is"
        later = outcome.time_d is None or outcome.time_d > phase.start_d
        if lacking is not None and later and outcome.reason is None:
            return replace(outcome, reason=f"{lacking}, which decides who enters '{phase.name}'")
    return outcome


def _crossover(form: Form, names: Sequence[str], notes: list[str]) -> Crossover | None:
    """The cross-over, which may stand at the top of the file, in [crossover] or in a [[phase]]."""
    places: list[tuple[Mapping[str, Any], tuple[str | int, ...]]] = [
        (form.data, ()),
        (form.data.get("crossover", {}), ("crossover",)),
        *((row, ("phase", index)) for index, row in enumerate(form.data.get("phase", ()))),
    ]
    found = [(data, where) for data, where in places if "order" in data]
    if not found:
        return None
    data, where = found[0]
    if len(found) > 1:
        problem = "the order of a cross-over stands twice"
        raise fail("V459", problem=problem, **form.place(*found[1][1], "order"))
    if "phase" not in where and "phase" in form.data:
        notes.append("People go through the cross-over; the phases of the file are not followed beside it.")
    for sequence in data["order"]:
        for name in sequence:
            check_known_arm(form, name, names, *where, "order")
    washout = data.get("washout_d")
    if washout is None:
        washout = load_defaults()["washout_d"]
        notes.append(f"The cross-over names no washout_d; {washout:g} days are taken.")
    return Crossover(tuple(tuple(sequence) for sequence in data["order"]), float(washout))


def _outcome(
    form: Form, data: Mapping[str, Any], arms: Sequence[Arm], end: float, kind: str, index: int
) -> Outcome:
    where = (kind, index)
    by_name = {arm.name: arm for arm in arms}
    for key in ("arm", "versus"):
        if key in data:
            check_known_arm(form, data[key], list(by_name), *where, key)
    quantity = data["quantity"]
    measure = _measured(form, data, quantity, *where)
    given = [key for key in ("time_d", "time_h") if key in data]
    if len(given) > 1:
        raise fail(
            "V459", problem="time_d and time_h both say when; keep one", **form.place(*where, "time_h")
        )
    day = float(data[given[0]]) / (24.0 if given == ["time_h"] else 1.0) if given else None
    if day is None and data.get("contrast") == "case-control":
        day = 0.0
    elif day is None and quantity in AT_END:
        day = end
    outcome = Outcome(
        arm=data["arm"],
        quantity=quantity,
        instrument=data.get("instrument"),
        measure=measure,
        versus=data.get("versus"),
        time_d=day,
        time_h=data.get("time_h"),
        value=data.get("value"),
        se=data.get("se"),
        sd=data.get("sd"),
        ci=tuple(data["ci"]) if "ci" in data else None,
        ci_level=float(data.get("ci_level", 0.95)),
        n=int(data.get("n", _people(data, by_name))),
        unit=data.get("unit", "1" if measure is None or quantity in PLAIN else measure.unit),
        site=data.get("site"),
        contrast=data.get("contrast"),
        statistic=data.get("statistic", "mean"),
        cutoff={key: float(value) for key, value in data.get("cutoff", {}).items()},
        from_screening=data.get("from") == "screening",
        alpha=float(data.get("alpha", 0.05)),
        evidence=data.get("evidence", ""),
        note=data.get("note", ""),
        line=form.place(*where)["line"],
    )
    check_outcome(form, outcome, end, *where)
    if day is None and quantity not in WHOLE:
        raise fail("V411", what=f"an {kind}", key="time_d", **form.place(*where))
    scale, percent, problem = outcome_scale(outcome)
    reasons = [measure.reason if measure else None, problem]
    seen = [by_name[name] for name in (outcome.arm, outcome.versus) if name is not None]
    reasons += [arm.reason for arm in seen]
    drugs = [find_drug(block.drug) for arm in seen for block in arm.doses]
    reasons += [drug.silent_on(measure.sort) for drug in drugs if measure is not None]
    reason = next((why for why in reasons if why is not None), None)
    outcome = replace(outcome, scale=scale, percent=percent, reason=reason)
    check_value(form, outcome, *where)
    return outcome


def _measured(form: Form, data: Mapping[str, Any], quantity: str, *where: str | int) -> Measure | None:
    if "instrument" not in data:
        if quantity not in OF_PEOPLE:
            raise fail("V411", what=f"the {where[0]}", key="instrument", **form.place(*where))
        return None
    if quantity in OF_PEOPLE:
        return None
    measure = known_measure(form, data["instrument"], *where, unit=data.get("unit"))
    if plain(data["instrument"]) in _SAMPLED and "time_h" in data:
        measure = load_measures()["cortisol_now"]
    return measure.at(data.get("site"))


def _people(data: Mapping[str, Any], arms: Mapping[str, Arm]) -> int:
    """People behind a number that does not say: those of the arm, and of both in a comparison between them."""
    other = data.get("versus")
    both = other is not None and data.get("contrast") != "within"
    return arms[data["arm"]].n + (arms[str(other)].n if both else 0)
