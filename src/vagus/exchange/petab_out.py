"""The calibration problem as a PEtab 2.0.0 problem with a population block of our own.

The core is the problem of typical people: one experiment for each arm whose published numbers are quantities of the
body (plasma levels, pressures), its doses as conditions, the numbers that may be fitted as parameters with priors.
PEtab has no random effects, so what needs a population (scores of many people, response, spread between people) stands
in the extension `vagus-population`, tables beside the core which the core does not need.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import yaml

from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.resting import require_rest, resting_state
from ..body.run import package_version
from ..body.travel import travel
from ..body.treatment import dose_changes
from ..errors import fail
from ..learn.comparison import Row
from ..learn.gather import rows_of
from ..learn.population_set import Fitted
from ..people.draw import typical
from ..people.regimen import arm_regimen, clock_shift
from ..people.study_record import Arm, Outcome, Study
from ..solve.events import Change, Events
from ..solve.integrate import Control
from .sbml import ExportedPerson, merged, sbml_of

VERSION = "2.0.0"
EXTENSION = "vagus-population"
_TOLERANCE = Control(rtol=1e-8, atol=1e-11)
_QUANTITIES = ("mean", "change")
_PRIORS = {"log": "log-normal", "linear": "normal"}


@dataclass(frozen=True)
class Written:
    """A problem: texts by file name, `problem.yaml` among them; how much of the studies is in its core; remarks."""

    files: Mapping[str, str]
    measured: int
    outcomes: int
    notes: tuple[str, ...]


@dataclass
class _Person:
    """One typical person at rest."""

    p: Array
    y: Array
    conditions: tuple[str, ...]
    weight: float


@dataclass
class _Tables:
    """Rows of the core, by table."""

    conditions: list[Sequence[Any]] = field(default_factory=list)
    experiments: list[Sequence[Any]] = field(default_factory=list)
    observables: dict[str, Sequence[Any]] = field(default_factory=dict)
    measurements: list[Sequence[Any]] = field(default_factory=list)
    simulations: list[Sequence[Any]] = field(default_factory=list)


def petab_problem(model: Model, studies: Sequence[Study], fitted: Sequence[Fitted]) -> Written:
    """The problem of some studies.

    Args:
        model: the body.
        studies: what is fitted.
        fitted: what may move (`learn/population_set.py`).

    Raises:
        VagusError: V641 when no published number of these studies is a quantity of the body at a time; V505 when a
            typical person does not come to rest.
    """
    return _Writer(model, studies, fitted).written()


class _Writer:
    """One problem in the making."""

    def __init__(self, model: Model, studies: Sequence[Study], fitted: Sequence[Fitted]) -> None:
        self.model, self.studies, self.fitted = model, studies, fitted
        self.tables = _Tables()
        self.people: dict[tuple[tuple[str, ...], float], _Person] = {}
        self.notes: list[str] = []
        self.used: dict[str, Fitted] = {}  # id in the core: what is fitted
        self.nominal: dict[str, float] = {}
        self.experiments: dict[tuple[str, str], str] = {}
        self.arms = list(self._core_arms())

    def written(self) -> Written:
        if not self.arms:
            raise fail(
                "V641", reason="no published number of these studies is a quantity of the body at a time"
            )
        for _, arm, _ in self.arms:
            self._person(arm)
        base = next(iter(self.people.values()))
        self._parameters(base)
        for study, arm, rows in self.arms:
            self._experiment(study, arm, rows, base)
        files = self._files(base)
        outcomes = sum(one.value is not None for study in self.studies for one in study.outcomes)
        return Written(files, len(self.tables.measurements), outcomes, tuple(self.notes))

    def _core_arms(self) -> Iterable[tuple[Study, Arm, list[tuple[Outcome, Row]]]]:
        """Arms with the published numbers the core can hold."""
        for study in self.studies:
            if study.phases or study.crossover:
                continue
            rows = {row.number: row for row in rows_of(study)}
            for arm in study.arms:
                mine = [
                    (one, rows[number])
                    for number, one in enumerate(study.outcomes, start=1)
                    if one.arm == arm.name and number in rows and _in_core(one)
                ]
                if mine and arm.reason is None:
                    yield study, arm, mine

    def _person(self, arm: Arm) -> _Person:
        who = arm.population
        key = (who.conditions or ("healthy",), round(float(who.weight_kg.mean or 70.0), 3))
        if key not in self.people:
            patient = Patient(conditions=key[0], weight=key[1])
            people = typical(self.model, patient)
            rest = resting_state(self.model, people.p, people.history, people.check)
            require_rest(rest, " and ".join(key[0]))
            self.people[key] = _Person(people.p[:, 0], rest.y[:, 0], *key)
        return self.people[key]

    def _parameters(self, base: _Person) -> None:
        """Which of the fitted numbers the core has."""
        for one in self.fitted:
            name, _, rest = one.key.partition(":")
            if name in self.model.parameters and not rest:
                row = self.model.parameter(name)
                if len({float(person.p[row]) for person in self.people.values()}) == 1:
                    self.used[_plain(name)] = one
                    self.nominal[_plain(name)] = float(base.p[row])
                    continue
            elif name.startswith("condition/"):
                trait, _, statistic = rest.partition(":")
                whose = [
                    p for p in self.people.values() if p.conditions == (name.removeprefix("condition/"),)
                ]
                if whose and statistic in ("median", "mean", "value") and trait in self.model.parameters:
                    identifier = _plain(f"{name.removeprefix('condition/')}_{trait}")
                    self.used[identifier] = one
                    self.nominal[identifier] = float(whose[0].p[self.model.parameter(trait)])
                    continue
            self.notes.append(f"{one.key} stands in the population block alone")

    def _experiment(self, study: Study, arm: Arm, rows: list[tuple[Outcome, Row]], base: _Person) -> None:
        person = self._person(arm)
        shift = clock_shift(arm)
        hours = [round(24.0 * float(one.time_d or 0.0) + shift, 9) for one, _ in rows]
        course = arm_regimen(arm, max(hours) / 24.0 + 1.0)
        changes = dose_changes(course, self.model, person.weight, max(hours), person.p)
        key = _plain(f"{study.id}_{arm.name}")
        self.experiments[study.id, arm.name] = key
        times = sorted({0.0, *(change.time for change in changes)})
        for nth, time in enumerate(times):
            here = [change for change in changes if change.time == time]
            name = f"{key}_{nth}"
            found = self._beginning(person, base, here) if nth == 0 else self._changed(here)
            self.tables.conditions += [(name, target, value) for target, value in found]
            self.tables.experiments.append((key, _number(time), name if found else ""))
        self._measured(key, rows, hours, person, changes)

    def _beginning(self, person: _Person, base: _Person, here: Sequence[Change]) -> list[tuple[str, str]]:
        """Everything in which a person at rest differs from the model as it stands, with what is given at time 0."""
        p, y = person.p.copy(), person.y.copy()
        for change in here:
            if change.jump:
                y[change.index] += change.value
            else:
                p[change.index] = change.value
        own = {}
        for identifier, one in self.used.items():
            owner, _, rest = one.key.removeprefix("condition/").partition(":")
            if one.key.startswith("condition/") and person.conditions == (owner,):
                own[rest.partition(":")[0]] = identifier
        found = [
            (_plain(name), own.get(name, _number(value)))
            for name, value, usual in zip(self.model.parameters, p, base.p, strict=True)
            if name in own or value != usual
        ]
        return found + [
            (_plain(name), _number(value))
            for name, value, usual in zip(self.model.states, y, base.y, strict=True)
            if value != usual
        ]

    def _changed(self, here: Sequence[Change]) -> list[tuple[str, str]]:
        return [
            (_plain(name), f"{_plain(name)} + {_number(add)}" if set_to is None else _number(set_to))
            for name, set_to, add in merged(self.model, here)
        ]

    def _measured(
        self,
        key: str,
        rows: list[tuple[Outcome, Row]],
        hours: list[float],
        person: _Person,
        changes: list[Change],
    ) -> None:
        """Observables and measurements of one experiment, and what the typical person does."""
        names = [*self.model.states, *self.model.outputs]
        grid = np.array(sorted({0.0, *hours, max(hours) + 1e-6}))
        measures = [one.measure.at(one.site) for one, _ in rows if one.measure is not None]
        select = np.array([names.index(measure.key) for measure in measures], dtype=np.int64)
        found = travel(
            self.model,
            person.y[:, None],
            person.p[:, None],
            Events([list(changes)]),
            grid,
            _TOLERANCE,
            select,
        )
        if found.reason[0]:
            self.notes.append(f"{key} could not be simulated")
        for k, ((outcome, row), measure, hour) in enumerate(zip(rows, measures, hours, strict=True)):
            observable = f"{outcome.quantity}_of_{_plain(measure.key)}"
            start = float(found.outputs[0, k, 0])
            now = float(found.outputs[int(np.searchsorted(grid, hour)), k, 0])
            self._observable(observable, outcome.quantity, measure.key, measure.factor, measure.offset)
            change = outcome.quantity == "change"
            simulated = measure.factor * (now - start) if change else measure.offset + measure.factor * now
            value = float(outcome.value or 0.0) * outcome.scale
            error = row.seen.se / max(abs(row.scale.slope(row.value, row.n)), 1e-300) * outcome.scale
            head = (observable, key)
            tail = (_number(hour), _number(start) if change else "", _number(abs(error)))
            self.tables.measurements.append((*head, _number(value), *tail))
            self.tables.simulations.append((*head, _number(simulated), *tail))

    def _observable(self, key: str, quantity: str, name: str, factor: float, offset: float) -> None:
        start, noise = f"observableParameter1_{key}", f"noiseParameter1_{key}"
        formula = f"{_number(factor)} * {_plain(name)} + {_number(offset)}"
        if quantity == "change":
            formula = f"{_number(factor)} * ({_plain(name)} - {start})"
        placeholder = start if quantity == "change" else ""
        self.tables.observables[key] = (
            key,
            f"{quantity} of {name}",
            formula,
            noise,
            "normal",
            placeholder,
            noise,
        )

    def _files(self, base: _Person) -> dict[str, str]:
        title = "Calibration of the body with published studies"
        facts = [
            ("time", "hours; 0 is 08:00 of the first day"),
            ("start", "the resting state at nominal values; it is not found anew for other values"),
            ("made by", f"vagus {package_version()}, model {self.model.key}"),
            ("limits", "for research, teaching and record keeping; not a medical device"),
        ]
        body = sbml_of(self.model, ExportedPerson(title, facts, base.p, base.y, ()))
        columns = (
            "observableId",
            "experimentId",
            "measurement",
            "time",
            "observableParameters",
            "noiseParameters",
        )
        simulated = ("observableId", "experimentId", "simulation", *columns[3:])
        tables = self.tables
        files = {
            "body.xml": body.text,
            "conditions.tsv": _tsv(("conditionId", "targetId", "targetValue"), tables.conditions),
            "experiments.tsv": _tsv(("experimentId", "time", "conditionId"), tables.experiments),
            "observables.tsv": _tsv(
                ("observableId", "observableName", "observableFormula", "noiseFormula", "noiseDistribution",
                 "observablePlaceholders", "noisePlaceholders"),
                tables.observables.values(),
            ),
            "measurements.tsv": _tsv(columns, tables.measurements),
            "simulations.tsv": _tsv(simulated, tables.simulations),
            "parameters.tsv": _tsv(
                ("parameterId", "parameterName", "lowerBound", "upperBound", "nominalValue", "estimate",
                 "priorDistribution", "priorParameters"),
                map(self._parameter, self.used.items()),
            ),
        }  # fmt: skip
        block = population_tables(self.studies, self.fitted, self.experiments)
        return {"problem.yaml": _problem(False), "problem-population.yaml": _problem(True), **files, **block}

    def _parameter(self, item: tuple[str, Fitted]) -> Sequence[Any]:
        identifier, one = item
        prior = _PRIORS.get(one.scale, "")
        centre = float(np.log(one.mean)) if one.scale == "log" else one.mean
        told = f"{_number(centre)};{_number(one.sd)}" if prior else ""
        low, high = _number(one.low), _number(one.high)
        return (identifier, one.key, low, high, _number(self.nominal[identifier]), "true", prior, told)


def _problem(block: bool) -> str:
    """The YAML file of the core, or that with our block, which other tools warn of because they do not know it."""
    content: dict[str, Any] = {
        "format_version": VERSION,
        "id": "vagus_calibration",
        "model_files": {"body": {"location": "body.xml", "language": "sbml"}},
        "condition_files": ["conditions.tsv"],
        "experiment_files": ["experiments.tsv"],
        "observable_files": ["observables.tsv"],
        "measurement_files": ["measurements.tsv"],
        "parameter_files": ["parameters.tsv"],
    }
    if block:
        files = {f"{name}_file": f"population_{name}.tsv" for name in ("numbers", "arms", "outcomes")}
        content["extensions"] = {EXTENSION: {"version": "1.0.0", "required": False, **files}}
    return str(yaml.safe_dump(content, sort_keys=False))


def population_tables(
    studies: Sequence[Study], fitted: Sequence[Fitted], experiments: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    """The three tables of the extension: what may move, who is in each arm, every published number."""
    numbers = [(one.key, one.scale, one.mean, one.sd, one.low, one.high, one.why) for one in fitted]
    arms: list[Sequence[Any]] = []
    outcomes: list[Sequence[Any]] = []
    for study in studies:
        for arm in study.arms:
            who = arm.population
            spreads = [value for s in (who.age, who.weight_kg) for value in (s.mean, s.sd, s.low, s.high)]
            words = ["|".join(words) for words in (who.conditions, who.traits, who.background)]
            key = experiments.get((study.id, arm.name), "")
            arms.append((study.id, arm.name, key, arm.n, *words, *spreads, who.female, arm.blinding.control))
        for one in study.outcomes:
            if one.value is not None:
                outcomes.append((study.id, one.arm, one.versus, one.instrument, one.quantity, one.time_d, one.value,
                                 one.se, one.sd, one.n, one.unit, one.reason))  # fmt: skip
    spread = ("mean", "sd", "low", "high")
    return {
        "population_numbers.tsv": _tsv(("key", "scale", "mean", "sd", "low", "high", "why"), numbers),
        "population_arms.tsv": _tsv(
            ("study", "arm", "experimentId", "n", "conditions", "traits", "background",
             *(f"age_{x}" for x in spread), *(f"weight_kg_{x}" for x in spread), "female", "control"),
            arms,
        ),
        "population_outcomes.tsv": _tsv(
            ("study", "arm", "versus", "instrument", "quantity", "time_d", "value", "se", "sd", "n", "unit", "reason"),
            outcomes,
        ),
    }  # fmt: skip


def _in_core(one: Outcome) -> bool:
    """Whether the core can hold a published number: a quantity of the body of one arm at a time after the start."""
    body = one.measure is not None and one.measure.kind == "output"
    plain = one.quantity in _QUANTITIES and one.versus is None and one.statistic == "mean" and not one.percent
    timed = one.time_d is not None and one.time_d > 0 and not one.from_screening
    return body and plain and timed and one.value is not None and one.reason is None


def _plain(name: str) -> str:
    """A PEtab id."""
    found = re.sub(r"\W", "_", name, flags=re.ASCII)
    return found if not found[:1].isdigit() else f"_{found}"


def _number(value: float) -> str:
    return repr(float(value))


def _tsv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(["" if cell is None else " ".join(str(cell).split()) for cell in row])
    return stream.getvalue()
