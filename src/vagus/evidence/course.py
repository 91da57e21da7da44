"""Branches run: the people of a condition, drawn once, and everything that is recorded of them under one branch."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..body.clock import enter, look
from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.resting import Resting
from ..body.simulate import People, simulate
from ..body.travel import travel
from ..body.treatment import load_treatment
from ..errors import fail
from ..language.cut import Link
from ..observe import draw_severity, item_traits, load_instrument, visit_noise
from ..observe.assay import assay_noise
from ..people.draw import draw_accepted
from ..people.stream import normals, stream
from ..solve.events import Events
from ..solve.integrate import Control
from .experiment import Branch, changes_of, held_states, settings, treatments_of
from .matrix import healthy_spread
from .onset import cycle_steps
from .variant import bundle, parameters_in, variant

STUDY = "claims"
#: More people than this who do not finish, and the experiment has failed.
MOST_LOST = 0.02


@dataclass(frozen=True)
class Recorded:
    """What was recorded of a branch: hours (grid,) and values by output name (people, grid); NaN for who was lost."""

    hours: Array
    values: Mapping[str, Array]

    def at(self, name: str, hour: float) -> Array:
        """An output at an hour that was recorded (people,)."""
        return self.values[name][:, int(np.argmin(np.abs(self.hours - hour)))]

    def between(self, start: float, end: float) -> NDArray[np.int64]:
        """Places of the recorded hours from start to end."""
        return np.flatnonzero((self.hours >= start - 1e-6) & (self.hours <= end + 1e-6))


@dataclass
class Bodies:
    """The model and the variants of it that cuts and holds need, each compiled once."""

    model: Model
    control: Control
    seed: int
    _arrows: dict[tuple[str, ...], list[Link]] = field(default_factory=dict)
    _variants: dict[tuple[tuple[str, ...], tuple[str, ...]], Model] = field(default_factory=dict)

    def arrows(self, cuts: tuple[str, ...]) -> list[Link]:
        """The arrows of some cuts."""
        if cuts not in self._arrows:
            found = [link for cut in cuts for link in bundle(self.model, settings()["cuts"][cut])]
            self._arrows[cuts] = found
        return self._arrows[cuts]

    def fit_for(self, branch: Branch) -> Model:
        """The variant a branch needs; all states that any step holds can be held in one variant."""
        cuts = tuple(cut for cut in branch.cuts if self.arrows((cut,)))
        held = self.holdable if held_states(branch.steps) or branch.kept else ()
        if (cuts, held) not in self._variants:
            self._variants[cuts, held] = variant(self.model, self.arrows(cuts), held)
        return self._variants[cuts, held]

    @cached_property
    def holdable(self) -> tuple[str, ...]:
        """Every state that some step of the vocabulary holds, or that stays where nothing of the cycle may follow."""
        held = [*held_states(tuple(settings()["steps"])), *settings()["cycle"]["alone"]]
        return tuple(dict.fromkeys(held))

    @cached_property
    def spread(self) -> Mapping[str, float]:
        """The SD among healthy people of every state that can be held or may be moved.

        People of the model hardly differ in most of them, so at least `least_sd` of `experiments.toml`: a shift by one
        SD is then as large as the SD in which the ledger counts differences.
        """
        names = list(dict.fromkeys([*held_states(tuple(settings()["steps"])), *lead_states()]))
        values, _ = healthy_spread(self.model, names, self.seed)
        least = float(settings()["readings"]["least_sd"])
        return {name: max(float(value), least) for name, value in zip(names, values, strict=True)}

    @cached_property
    def model_spread(self) -> Mapping[str, float]:
        """The SD of each observable of the cycle, by output, among healthy and ill people of the model at rest."""
        rules, names = settings()["cycle"], [step.output for step in cycle_steps()]
        groups = [
            Population(self, condition, rules["mixed_people"], self.seed).resting_values()
            for condition in rules["mixed"]
        ]
        return {name: float(np.std(np.concatenate([g[name] for g in groups]), ddof=1)) for name in names}

    @cached_property
    def mixed_spread(self) -> Mapping[str, float]:
        """The same among people, who differ within their group as well: by `spread` of `experiments.toml`.

        People of the model hardly differ in transmitters, so that their mixed group stands for the illness alone.
        """
        of_people = settings()["spread"]
        return {
            step.output: math.hypot(
                self.model_spread[step.output], float(of_people.get(step.observable, 0.0))
            )
            for step in cycle_steps()
        }


def lead_states() -> dict[str, str]:
    """The lead state of each of the systems that can be shifted, with the name of its step."""
    rows = settings()["steps"]
    return {row["shift"][0]: step for step, row in rows.items() if "shift" in row}


class Population:
    """The people of one condition in one seed, at rest; the same in every branch.

    Raises V402 and V505 as drawing people does.
    """

    def __init__(self, bodies: Bodies, condition: str, count: int, seed: int) -> None:
        self.bodies, self.condition, self.seed = bodies, condition, seed
        patient = Patient(conditions=tuple(condition.split("+")))
        self.people, self.rest, _ = draw_accepted(
            bodies.model, patient, count, seed, study=STUDY, control=bodies.control
        )
        self.count = count
        self._traits: dict[str, Array] = {}

    @cached_property
    def severity(self) -> Array:
        """How strongly each reports (people,)."""
        draws = [draw_severity(1, stream(self.seed, STUDY, i, "severity"))[0] for i in range(self.count)]
        return np.array(draws)

    def traits(self, scale: str) -> Array:
        """Each person's own lean on each item of a scale (people, items)."""
        if scale not in self._traits:
            one = load_instrument(scale)
            rows = [
                item_traits(one, 1, stream(self.seed, STUDY, i, f"items {scale}"))[0]
                for i in range(self.count)
            ]
            self._traits[scale] = np.array(rows)
        return self._traits[scale]

    def noise(self, scale: str, hours: Sequence[float]) -> Array:
        """Noise of visits (people, visits, items): the same at one visit in every branch, and for one more person."""
        one = load_instrument(scale)
        parts = [
            visit_noise(one, self.count, 1, stream(self.seed, STUDY, 0, f"visit {scale} {hour:g}"))
            for hour in hours
        ]
        return np.concatenate(parts, axis=1)

    def assay(self, name: str, hour: float) -> Array:
        """What one sample makes of an output (people,): 1 for what no laboratory measures; the same in every branch."""
        purpose = f"assay {name} {hour:g} {self.condition}"
        return assay_noise(name, normals(self.seed, STUDY, range(self.count), purpose, 1)[:, 0])

    def own(self, observable: str, name: str) -> Array:
        """What each person has of an observable beyond the model's (people,): the same in every branch.

        It brings the spread at rest of the output `name` up to that of `spread` in `experiments.toml`; zeros where the
        model's people differ as much, or where nothing stands there.
        """
        wanted = float(settings()["spread"].get(observable, 0.0))
        have = float(np.std(self.resting_values()[name], ddof=1)) if wanted else 0.0
        extra = np.sqrt(max(wanted**2 - have**2, 0.0))
        if extra == 0.0:
            return np.zeros(self.count)
        purpose = f"own {observable} {self.condition}"
        return extra * normals(self.seed, STUDY, range(self.count), purpose, 1)[:, 0]

    def resting_values(self) -> Mapping[str, Array]:
        """Every state and output at rest (people,), by name."""
        return self._at_rest

    @cached_property
    def _at_rest(self) -> Mapping[str, Array]:
        model = self.bodies.model
        rows = look(model, self.rest.y, self.people.p, self.bodies.control)
        return dict(zip([*model.states, *model.outputs], rows, strict=True))

    def run(
        self,
        branch: Branch,
        names: Sequence[str],
        hours: Array,
        progress: Callable[[float], None] | None = None,
    ) -> Recorded:
        """A branch, recorded at some hours.

        Raises:
            VagusError: V403-V445 an arm that cannot be given, V484 when too many people are lost.
        """
        if branch.full:
            return self._run_full(branch, names, hours)
        model = self.bodies.fit_for(branch)
        arrows = self.bodies.arrows(branch.cuts)
        end = float(hours[-1])
        p = parameters_in(self.bodies.model, model, self.people.p, arrows)
        treatments = treatments_of(branch, end)
        spread = self.bodies.spread if held_states(branch.steps) else {}
        changes = [
            changes_of(
                branch,
                treatments,
                model,
                p[:, i],
                self.rest.y[:, i],
                float(self.people.weight[i]),
                spread,
                end,
            )
            for i in range(self.count)
        ]
        known = [*model.states, *model.outputs]
        rows = np.array([known.index(name) for name in names], dtype=np.int64)
        journey = travel(model, self.rest.y, p, Events(changes), hours, self.bodies.control, rows, progress)
        values = {name: np.ascontiguousarray(journey.outputs[:, k].T) for k, name in enumerate(names)}
        return self._checked(branch, hours, values, journey.reason != 0)

    def _run_full(self, branch: Branch, names: Sequence[str], hours: Array) -> Recorded:
        """With the clock running; who has no steady day is left out."""
        model, control = self.bodies.model, self.bodies.control
        entry = enter(model, self.people.p, self.rest, control, self.people.history)
        who = np.flatnonzero(entry.accepted)
        people, rest = _some(self.people, self.rest, who)
        # The entry of fewer people is another one on disk: computed again, once.
        arms = treatments_of(branch, float(hours[-1])) or [load_treatment("untreated")]
        run = simulate(
            model, people, arms, float(hours[-1]) / 24.0, list(names), times=hours, control=control, resting=rest,
            clock="full",
        )  # fmt: skip
        values = {}
        for name in names:
            values[name] = np.full((self.count, hours.size), np.nan)
            values[name][who] = run.values[name][0]
        lost = np.ones(self.count, dtype=bool)
        lost[who] = run.reason[0] != 0
        return self._checked(branch, hours, values, lost)

    def _checked(
        self, branch: Branch, hours: Array, values: dict[str, Array], lost: NDArray[np.bool_]
    ) -> Recorded:
        if lost.mean() > MOST_LOST:
            reason = f"{int(lost.sum())} of {lost.size} people did not finish"
            raise fail("V484", claim=branch.condition, reason=reason)
        for value in values.values():
            value[lost] = np.nan
        return Recorded(hours, values)


def _some(people: People, rest: Resting, who: NDArray[np.int64]) -> tuple[People, Resting]:
    part = People(
        people.p[:, who],
        people.weight[who],
        [people.history[i] for i in who],
        [people.check[i] for i in who],
        [people.condition[i] for i in who],
        people.recipe,
        drawn=True,
    )
    return part, rest.take(who)
