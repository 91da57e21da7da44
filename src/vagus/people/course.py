"""`follow_course`: people through a treatment and, beside it, without: scores, vital signs and the acute hours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..body.legs import Sample, usual_samples
from ..body.model import Array, Model
from ..body.output import load_outputs
from ..body.patient import Patient
from ..body.resting import Resting, require_rest, resting_state
from ..body.run import Run
from ..body.simulate import CLOCK, People, simulate
from ..body.treatment import Treatment, load_treatment
from ..errors import VagusError, did_you_mean, fail
from ..observe import (
    RELIEF,
    Instrument,
    administer,
    domains,
    draw_severity,
    item_traits,
    list_instruments,
    load_domains,
    load_instrument,
    responded,
    severity_for,
    told_part,
    usual_instruments,
    visit_noise,
)
from ..observe.reporting import reporting
from ..solve.integrate import Control
from ..tables import Place
from .adjust import Numbers, numbers_of
from .cluster import Cluster
from .draw import draw_accepted, typical
from .piece import Order
from .placebo import PLACEBO, placebo_of
from .stream import stream

#: When outcomes are read, in days; week 12 is the end of the usual course.
OUTCOME_DAYS = {"baseline": 0.0, "day_1": 1.0, "week_3": 21.0, "week_12": 84.0}
UNTREATED = "untreated"
LEAST_ROOM = 0.1  # a response is told only where the middle person starts above this part of the scale


@dataclass(frozen=True)
class Course:
    """What `follow_course` gives.

    Attributes:
        patient: whom it is about.
        people: the simulated people.
        treatment: what they got.
        run: the simulation; arm 0 is the treatment, arm 1 no treatment, arm 2 (when asked for) its placebo.
        days: (times,) days at which scores are read.
        scores: totals by instrument key (arms, people, days); NaN where a scale cannot be asked or a person failed.
        seed: base seed.
        notes: what the reader should know (how people were made, what was left out).
        companions: beside one typical person, people drawn with the same conditions: how much people differ.
    """

    patient: Patient
    people: People
    treatment: Treatment
    run: Run
    days: Array
    scores: Mapping[str, Array]
    seed: int
    notes: tuple[str, ...]
    companions: "Course | None" = None

    @property
    def placebo_arm(self) -> int | None:
        """Which arm is the placebo of the treatment; None when it was not followed."""
        return 2 if PLACEBO in self.run.arms[2:] else None

    def at_day(self, key: str, day: float, arm: int = 0) -> Array:
        """Totals of one instrument on one day (people,); NaN after the end or where the scale cannot be asked."""
        found = np.flatnonzero(np.abs(self.days - day) < 1e-6)
        total = self.scores[key]
        return total[arm, :, found[0]] if found.size else np.full(total.shape[1], np.nan)


def follow_course(
    model: Model,
    patient: Patient,
    treatment: Treatment,
    days: float,
    *,
    count: int = 1,
    companions: int = 0,
    seed: int = 1,
    instruments: Sequence[str] | None = None,
    control: Control | None = None,
    clock: str = CLOCK,
    samples: Sequence[Sample] = (),
    placebo: bool = False,
    also: Sequence[str] = (),
    progress: Callable[[str, float], None] | None = None,
    adjust: Mapping[str, float] | None = None,
    cluster: Cluster | None = None,
) -> Course:
    """Simulate a patient, or many people like them, with a treatment and without.

    Args:
        model: the body.
        patient, treatment: who, and the course.
        days: length from day 0 08:00.
        count: 1 follows the typical person; more draws people.
        companions: how many people to draw beside one typical person, to show how much people differ.
        seed: base seed of all random streams.
        instruments: keys of the scales; the usual ones and those of known scores when None.
        control: tolerances.
        clock: averaged, full or auto; auto runs the 24-hour clock around the samples.
        samples: measurements at times of the day; cortisol on the outcome days when none is given to auto.
        placebo: beside a drug, follow the same visits without it as well, as a third arm.
        also: names of further states and outputs to record.
        progress: called with what is being done and the part of it that is done.
        adjust: numbers of the population by key, see `adjust`.
        cluster: where drawn people are computed; here when None. The numbers are the same.

    Raises:
        VagusError: V405 unknown instrument, V415/V442 a known score that does not fit, V408-V410, V460, V461, V505,
            V122-V126 what goes wrong on a cluster.
    """
    _check_scores(patient)
    scales, numbers = _asked(instruments, patient), numbers_of(model, adjust)
    arms, outputs = _arms(treatment, placebo), [*_outputs(scales), *also]
    if clock == "auto" and not samples:
        samples = usual_samples(OUTCOME_DAYS.values(), days)
    ways: dict[str, Any] = {"control": control or Control(), "clock": clock, "samples": samples}
    ways |= {"seed": seed, "adjust": adjust}
    order = Order(patient, arms, days, outputs, **ways)
    people, run = _travelled(numbers, order, count, cluster, progress)
    daily = np.unique(np.append(np.arange(0.0, np.floor(days + 1e-9) + 1.0), days))
    scores = _scores(scales, patient, run, daily, people, seed, numbers)
    course = Course(patient, people, treatment, run, daily, scores, seed, _notes(patient, people, run, days))
    if count > 1 or companions < 2:
        return course
    ways |= {"instruments": instruments, "placebo": placebo, "also": also, "cluster": cluster}
    ways["progress"] = None if progress is None else lambda what, part: progress(f"others, {what}", part)
    others = follow_course(model, patient, treatment, days, count=companions, **ways)
    return replace(course, companions=others)


def _about(progress: Callable[[str, float], None] | None, what: str) -> Callable[[float], None] | None:
    """Progress of one kind of work."""
    return None if progress is None else lambda part: progress(what, part)


def _arms(treatment: Treatment, placebo: bool) -> list[Treatment]:
    """The treatment, none, and when asked for the same visits without the drug."""
    beside = placebo_of(treatment) if placebo else None
    return [treatment, load_treatment(UNTREATED), *([beside] if beside else [])]


def _check_scores(patient: Patient) -> None:
    """Nothing when every known score lies on its scale; raises V405 or V415."""
    for key, value in patient.scores.items():
        one = _scale(key, patient)
        if not one.total_low <= value <= one.total_high:
            ends = {"low": f"{one.total_low:g}", "high": f"{one.total_high:g}"}
            raise fail("V415", instrument=one.abbreviation, value=f"{value:g}", **ends, **patient.place(key))


def _travelled(
    numbers: Numbers,
    order: Order,
    count: int,
    cluster: Cluster | None,
    progress: Callable[[str, float], None] | None,
) -> tuple[People, Run]:
    """The typical person, or drawn people, from where they rest through the course."""
    about = _about(progress, "course")
    if count > 1 and cluster is not None:
        return cluster.people(numbers.model, order, count, about)
    people, rest = _who(numbers, order, count, _about(progress, "resting state"))
    run = simulate(
        numbers.model,
        people,
        order.arms,
        order.days,
        order.outputs,
        control=order.control,
        resting=rest,
        clock=order.clock,
        samples=order.samples,
        progress=about,
    )
    return people, run


def _who(
    numbers: Numbers, order: Order, count: int, progress: Callable[[float], None] | None
) -> tuple[People, Resting]:
    """The typical person, or drawn people, and where they rest."""
    model, patient = numbers.model, order.patient
    if count > 1:
        people, rest, _ = draw_accepted(
            model,
            patient,
            count,
            order.seed,
            control=order.control,
            progress=progress,
            adjust=numbers.adjust,
        )
        return people, rest
    people = typical(model, patient, numbers.adjust)
    rest = resting_state(model, people.p, people.history, people.check, order.control, progress)
    require_rest(rest, patient.name, model, people.check)
    return people, rest


def response_shares(course: Course) -> dict[str, dict[str, float]]:
    """The share of people who have responded, by scale and by outcome day; also untreated at week 12.

    Scales without a rule for response, or on which these people have nothing to lose, are left out.
    """
    shares: dict[str, dict[str, float]] = {}
    for key, totals in course.scores.items():
        scale = load_instrument(key)
        before = totals[0, :, 0]
        least = scale.total_low + LEAST_ROOM * (scale.total_high - scale.total_low)
        if (scale.response is None and scale.response_points is None) or np.nanmedian(before) < least:
            continue
        found = {}
        for name, day in OUTCOME_DAYS.items():
            arms = ((0, name), (1, f"untreated_{name}"), (course.placebo_arm, f"placebo_{name}"))
            for arm, label in ((arm, label) for arm, label in arms if arm is not None):
                after = course.at_day(key, day, arm)
                if day > 0 and np.isfinite(after).any():
                    found[label] = float(np.mean(responded(before, after, scale)))
        if found:
            shares[key] = found
    return shares


def _asked(instruments: Sequence[str] | None, patient: Patient) -> list[Instrument]:
    """The scales that were named; the usual ones and those of known scores when none was."""
    keys = instruments if instruments is not None else [*usual_instruments(), *patient.scores]
    return [_scale(key) for key in dict.fromkeys(keys)]


def _scale(key: str, patient: Patient | None = None) -> Instrument:
    known = list_instruments()
    if key not in known:
        place = patient.place(key) if patient else Place(file="", line=None, text=None)
        raise fail("V405", name=key, known=", ".join(known), hint=did_you_mean(key, known), **place)
    return load_instrument(key)


def _outputs(scales: Sequence[Instrument]) -> list[str]:
    table = load_domains()
    shown = [name for name, output in load_outputs().items() if output.shown != "detail"]
    needed = [table[name].observable for scale in scales for name in scale.domains]
    return list(dict.fromkeys([*needed, RELIEF, "expectancy.belief", *shown]))


def _scores(
    scales: Sequence[Instrument],
    patient: Patient,
    run: Run,
    daily: Array,
    people: People,
    seed: int,
    numbers: Numbers,
) -> dict[str, Array]:
    """Totals of every scale in every arm; the same people, item traits and visits in each arm."""
    grid = run.times / 24.0
    count = run.people
    severity = np.ones(count)
    if people.drawn:
        severity = np.array(
            [draw_severity(1, stream(seed, "simulate", i, "severity"))[0] for i in range(count)]
        )
        severity **= numbers.reporting("severity_spread") / reporting("severity_spread")
    found: dict[str, Array] = {}
    for scale in scales:
        traits, noise = (
            _person_noise(scale, people, daily.size, seed, numbers) if people.drawn else (None, None)
        )
        totals = []
        for arm in range(len(run.arms)):
            z = domains({name: run.level(name)[arm] for name in run.values}, scale.domains)
            factor = _known_severity(scale, patient, z, severity)
            short = scale.short_form_days is not None
            told = told_part(scale, grid, run.level(RELIEF)[arm], daily, short_form=short)
            totals.append(
                administer(
                    scale,
                    grid,
                    z,
                    at_days=daily,
                    short_form=short,
                    severity=factor,
                    item_traits=traits,
                    visit_noise=noise,
                    told=told,
                    rounded=people.drawn,
                ).total
            )
        found[scale.key] = np.stack(totals)
    return found


def _person_noise(
    scale: Instrument, people: People, visits: int, seed: int, numbers: Numbers
) -> tuple[Array, Array]:
    count = people.p.shape[1]
    traits = [
        item_traits(scale, 1, stream(seed, "simulate", i, f"items {scale.key}"))[0] for i in range(count)
    ]
    noise = [
        visit_noise(scale, 1, visits, stream(seed, "simulate", i, f"visits {scale.key}"))[0]
        for i in range(count)
    ]
    lasting = numbers.reporting("item_trait_spread") / reporting("item_trait_spread")
    return lasting * np.array(traits), numbers.retest * np.array(noise)


def _known_severity(scale: Instrument, patient: Patient, z: Mapping[str, Array], severity: Array) -> Array:
    """The factor on this scale that makes the middle person's expected baseline the known score, where one is known."""
    if scale.key not in patient.scores:
        return severity
    baseline = {name: np.nanmedian(value[:, :1], axis=0) for name, value in z.items()}
    try:
        return severity * severity_for(scale, baseline, patient.scores[scale.key])
    except VagusError as error:
        place = patient.place(scale.key)
        error.file, error.line, error.text = place["file"], place["line"], place["text"]
        raise


def _notes(patient: Patient, people: People, run: Run, days: float) -> tuple[str, ...]:
    notes = [people.recipe[:1].upper() + people.recipe[1:] + "."]
    if patient.scores:
        keys = ", ".join(patient.scores)
        notes.append(
            f"Known scores ({keys}) set how strongly this person reports; they do not change the illness itself."
        )
    notes.append(
        "Weight scales ketamine; age and sex change it only where their switches are on, because sources disagree. "
        "Age, sex, weight and height set the energy used at rest and the range of the sex hormones, and age pressure "
        "and oxygen at rest; none of them sets the illness."
    )
    if days < OUTCOME_DAYS["week_12"]:
        notes.append(f"The course ends on day {days:g}; the last outcomes are those of that day.")
    return tuple(notes)
