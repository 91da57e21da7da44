"""Published behaviour, system by system: what people were seen to do, and what the model does in the same experiment.

The observed values with their bands, sources and use stand in `atlas/behaviour.csv`; here are the experiments. Each
gives its values by the key of that table, and the curves of its figure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ..body.clock import DAY, enter, started, with_light
from ..body.model import Array, Model
from ..body.patient import Patient
from ..body.resting import resting_state
from ..body.travel import travel
from ..body.treatment import dose_changes, load_treatment
from ..observe.assay import load_assays
from ..people.course import follow_course
from ..people.draw import typical
from ..solve.events import Change, Events
from ..solve.integrate import Control

_CONTROL = Control()


@dataclass(frozen=True)
class Finding:
    """What an experiment gives: values by key, and curves (x, y) by name with the words of the two axes."""

    values: Mapping[str, float]
    curves: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    axes: tuple[str, str] = ("", "")


class Bench:
    """Experiments on people side by side, with the clock running from 08:00 or in day means."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.names = [*model.states, *model.outputs]

    def people(
        self, count: int, conditions: Sequence[str] = ("healthy",), clock: bool = True
    ) -> tuple[Array, Array]:
        """Parameters and states of the typical person with these conditions, `count` times."""
        one = typical(self.model, Patient(name="typical", conditions=tuple(conditions)))
        rest = resting_state(self.model, one.p, one.history, one.check, _CONTROL)
        y = enter(self.model, one.p, rest, _CONTROL, one.history).y if clock else rest.y
        return np.repeat(started(self.model, one.p, clock), count, axis=1), np.repeat(y, count, axis=1)

    def run(
        self,
        people: tuple[Array, Array],
        changes: Sequence[Sequence[Change]],
        times: Array,
        wanted: Sequence[str],
    ) -> dict[str, Array]:
        """What was wanted, by name (times, people)."""
        p, y = people
        events = Events(changes)
        if p[self.model.parameter("sleep.clock_runs"), 0]:
            events = with_light(self.model, events, float(times[0]), float(times[-1]))
        rows = np.array([self.names.index(name) for name in wanted], dtype=np.int64)
        out = travel(self.model, y, p, events, times, _CONTROL, rows).outputs
        return {name: out[:, k, :] for k, name in enumerate(wanted)}

    def spread(self, factor: str, name: str) -> float:
        """SD of the log of one sample among people: their own factor, and what the laboratory adds."""
        return float(np.hypot(self.model.entries[factor].spread, load_assays()[name].log_sd))

    def jump(self, hour: float, state: str, amount: float) -> Change:
        """A state that jumps."""
        return Change(hour, True, self.model.state(state), amount)

    def hold(self, first: float, last: float, name: str, value: float, after: float) -> list[Change]:
        """An input at a value from one hour to another."""
        row = self.model.parameter(name)
        return [Change(first, False, row, value), Change(last, False, row, after)]


def _at(times: Array, path: Array, hour: float) -> Array:
    return np.array([np.interp(hour, times, path[:, k]) for k in range(path.shape[1])])


def cortisol_day(bench: Bench) -> Finding:
    """A healthy day and night."""
    times = np.arange(0.0, DAY + 0.01, 0.025)
    free = "biomarker.cortisol_free"
    seen = bench.run(bench.people(1), [[]], times, ["biomarker.cortisol_now", free, "sleep.asleep"])
    level, asleep = seen["biomarker.cortisol_now"][:, 0], seen["sleep.asleep"][:, 0] > 0.5
    clock = (times + 8.0) % DAY
    woke = int(np.flatnonzero(asleep[:-1] & ~asleep[1:])[0]) + 1
    whole = np.concatenate([seen[free][:-1, 0], seen[free][:, 0]])  # so that the hour after waking is there
    by_hour = {hour: float(np.interp((hour - 8.0) % DAY, times, level)) for hour in (1, 8, 9, 22)}
    order = np.argsort(clock[:-1])
    return Finding(
        {
            "cortisol.mean": float(level[:-1].mean()),
            "cortisol.ratio": by_hour[9] / by_hour[1],
            "cortisol.peak": float(clock[level.argmax()]),
            "cortisol.awakening": 100.0 * (whole[woke + 20] / whole[woke] - 1.0),
            "cortisol.slope": float(np.log(by_hour[8] / by_hour[22]) / 14.0),
        },
        {"healthy": (clock[:-1][order], level[:-1][order])},
        ("hour of the day", "cortisol, ng/mL"),
    )


def dexamethasone(bench: Bench) -> Finding:
    """Tablets at 08:00 (Loew) and at 23:00 before a sample at 08:00 (Barton; in post-traumatic stress as well)."""
    amounts = (0.0, 0.25, 0.5, 1.0, 1.5)
    name = "biomarker.cortisol_now"
    tablets = [[bench.jump(0.0, "hpa.dexamethasone", mg)] if mg else [] for mg in amounts]
    times = np.arange(0.0, 48.1, 0.5)
    day = bench.run(bench.people(len(amounts)), tablets, times, [name])[name]
    left = {mg: 100.0 * (1.0 - day[:, k] / day[:, 0]) for k, mg in enumerate(amounts)}
    evening = [[bench.jump(15.0, "hpa.dexamethasone", mg)] if mg else [] for mg in amounts]
    morning = np.array([0.0, 24.0])
    after = bench.run(bench.people(len(amounts)), evening, morning, [name])[name][1]
    ptsd = bench.run(bench.people(len(amounts), ("ptsd",)), evening, morning, [name])[name][1]
    return Finding(
        {
            "dexamethasone.half_12h": float(np.interp(12.0, times, left[0.5])),
            "dexamethasone.half_24h": float(np.interp(24.0, times, left[0.5])),
            "dexamethasone.more_24h": float(np.interp(24.0, times, left[1.5])),
            "dexamethasone.quarter": float(after[1] / after[2]),
            "dexamethasone.alike": float((after[2] - after[3]) / after[0]),
            "dexamethasone.test": float(after[3]),
            "dexamethasone.ptsd": float(ptsd[2] / after[2]),
        },
        {f"{mg:g} mg": (times, 100.0 - left[mg]) for mg in amounts[1:]},
        ("hours after the tablet", "cortisol, % of the same hour without"),
    )


def endotoxin(bench: Bench) -> Finding:
    """Into a vein at 09:00, 0.4 to 2 ng/kg, compared with the same hour without."""
    amounts = (0.0, 0.4, 0.6, 0.8, 2.0)
    given = [[bench.jump(1.0, "immune.endotoxin", dose)] if dose else [] for dose in amounts]
    times = np.concatenate([np.arange(0.0, 13.0, 0.05), np.arange(13.0, 49.1, 0.25)])
    wanted = {
        "tnf": "immune.tnf",
        "il6": "immune.il6",
        "il10": "immune.il10",
        "temperature": "autonomic.temperature",
        "rate": "autonomic.heart_rate",
        "cortisol": "biomarker.cortisol_now",
        "vagal": "autonomic.vagal",
        "threshold": "biomarker.pressure_pain_threshold",
        "anxiety": "mood.anxiety",
        "mood": "mood.depression",
    }
    seen = bench.run(bench.people(len(amounts)), given, times, list(wanted.values()))
    path = {short: seen[name] for short, name in wanted.items()}
    first = times > 1.0
    values = {
        f"endotoxin.{s}": float(path[s][first, 4].max())
        for s in ("tnf", "il6", "il10", "temperature", "rate")
    }
    low, high = (path["vagal"][:, 4] / np.interp(1.0, times, path["vagal"][:, 4]) for _ in range(2))
    three = {hour: _at(times, path["threshold"], 1.0 + hour) for hour in (2.0, 3.0)}
    values |= {
        "endotoxin.tnf_time": float(times[path["tnf"][:, 4].argmax()] - 1.0),
        "endotoxin.vagal": float(low[first].min()),
        "endotoxin.vagal_6h": float(np.interp(7.0, times, high)),
        "endotoxin.threshold": float(100.0 * (three[2.0][4] / three[2.0][0] - 1.0)),
        "endotoxin.threshold_small": float(three[3.0][3] - three[3.0][0]),
        "endotoxin.threshold_smaller": float(three[3.0][2] - three[3.0][0]),
    }
    for short in ("tnf", "il6", "il10", "temperature", "rate", "cortisol", "anxiety", "mood"):
        tops = (path[short] - path[short][:, :1])[first].max(axis=0)
        values[f"endotoxin.order_{short}"] = float(np.diff(tops).min() > 0.0)
        gone = np.abs(path[short][-1, 4] - path[short][-1, 0])
        values[f"endotoxin.back_{short}"] = float(gone / max(tops[4] - tops[0], 1e-12))
    curves = {
        f"{dose:g} ng/kg": (times[first] - 1.0, path["il6"][first, k])
        for k, dose in enumerate(amounts)
        if dose
    }
    return Finding(values, curves, ("hours after endotoxin", "interleukin 6, pg/mL"))


def sleep_loss(bench: Bench) -> Finding:
    """One night awake, and the nights after it."""
    night = bench.hold(
        12.0, 39.0, "sleep.night_allowed", 0.0, 1.0
    )  # up from 20:00 until 23:00 of the next day
    times = np.arange(0.0, 24.0 * 8 + 0.01, 0.1)
    wanted = [
        "sleep.asleep",
        "sleep.pressure",
        "sleep.quality",
        "energy.fatigue",
        "biomarker.pressure_pain_threshold",
    ]
    seen = bench.run(bench.people(2), [[], night], times, wanted)
    asleep, threshold = seen["sleep.asleep"], seen["biomarker.pressure_pain_threshold"]
    pressure = "biomarker.pressure_pain_threshold"
    spread = bench.spread("biomarker.threshold_reference", pressure)
    fall = np.log(_at(times, threshold, 26.0))  # 10:00 of the morning after
    tired = _at(times, seen["energy.fatigue"], 30.0)
    hours = {
        k: 0.1 * asleep[(times >= 24.0 * k - 12.0) & (times < 24.0 * k + 12.0)].sum(axis=0) for k in (2, 3, 7)
    }
    left = np.abs(seen["sleep.quality"][-1, 1] / seen["sleep.quality"][-1, 0] - 1.0)
    return Finding(
        {
            "sleep.pain": float((fall[0] - fall[1]) / spread),
            "sleep.fatigue": float(tired[1] - tired[0]),
            "sleep.rebound": float(hours[2][1] - hours[2][0]),
            "sleep.second_night": float(hours[3][1] - hours[3][0]),
            "sleep.recovered": float(100.0 * left),
        },
        {
            "night awake": (times / DAY, seen["sleep.pressure"][:, 1]),
            "usual": (times / DAY, seen["sleep.pressure"][:, 0]),
        },
        ("days", "sleep pressure"),
    )


def _net(bench: Bench, condition: str, treatment: str, scale: str, days: int) -> Array:
    """(days,) points by which forty drawn people are better than the same forty on a tablet of nothing."""
    patient = Patient(name="drawn", conditions=(condition,))
    treated, untreated = (
        follow_course(bench.model, patient, load_treatment(key), days, count=40, instruments=[scale])
        for key in (treatment, "placebo-tablet")
    )
    return (untreated.scores[scale][0] - treated.scores[scale][0]).mean(axis=0)[:days]


def ssri(bench: Bench) -> Finding:
    """Escitalopram 20 mg a day for eight weeks beside the same visits with a tablet of nothing, forty people each."""
    net = _net(bench, "mdd", "ssri", "madrs", 57)
    people = bench.people(1, ("mdd",), clock=False)
    tablets = dose_changes(load_treatment("ssri"), bench.model, 70.0, 24.0 * 57, people[0][:, 0])
    times = np.arange(0.0, 24.0 * 57, 6.0)
    wanted = ["serotonin.extracellular", "serotonin.autoreceptor_density"]
    seen = bench.run(people, [tablets], times, wanted)
    serotonin, receptors = (seen[name][:, 0] / seen[name][0, 0] for name in wanted)
    day = {k: float(np.interp(24.0 * k + 12.0, times, serotonin)) for k in (1, 42)}
    return Finding(
        {
            "ssri.week_1": float(net[7] / net[42]),
            "ssri.week_6": float(net[42]),
            "ssri.serotonin": (day[1] - 1.0) / (day[42] - 1.0),
            "ssri.receptors": float(np.interp(24.0 * 28, times, receptors)),
        },
        {"drug minus placebo, MADRS points": (np.arange(57.0), net)},
        ("days", "MADRS points better than placebo"),
    )


def analgesia(bench: Bench) -> Finding:
    """Tablets against lasting pain beside a tablet of nothing: duloxetine in three kinds of pain, an opioid in one."""

    def weeks(kind: str, treatment: str, days: int) -> Array:
        return _net(bench, f"pain-{kind}", treatment, "nrs_pain", days + 1)[1:].reshape(-1, 7).mean(axis=1)

    kinds = ("neuropathic", "fibromyalgia", "musculoskeletal")
    net = {kind: weeks(kind, "snri", 84) for kind in kinds}
    opioid = weeks("musculoskeletal", "opioid", 56)
    return Finding(
        {f"analgesia.{kind}": float(net[kind][-1]) for kind in kinds}
        | {"analgesia.opioid": float(opioid[3]), "analgesia.opioid_later": float(opioid[-1])},
        {kind: (1.0 + np.arange(12.0), net[kind]) for kind in kinds}
        | {"opioid": (1.0 + np.arange(8.0), opioid)},
        ("weeks", "points of 10 less pain"),
    )


def summation(bench: Bench) -> Finding:
    """Ten equal pulses of pain at several rates, under ketamine and in fibromyalgia."""
    name, rate = "biomarker.temporal_summation", bench.model.parameter("biomarker.stimulus_rate")
    rates = np.array([0.2, 1.0 / 3.0, 0.5, 1.0, 2.0])
    p, y = bench.people(rates.size, clock=False)
    p[rate] = rates
    now = np.array([0.0, 0.01])
    by_rate = bench.run((p, y), [[]] * rates.size, now, [name])[name][0]
    people = bench.people(1, clock=False)
    doses = dose_changes(load_treatment("ketamine-iv-single"), bench.model, 70.0, 24.0, people[0][:, 0])
    times = np.linspace(0.0, 3.0, 61)
    drug = bench.run(people, [doses], times, [name])[name][:, 0]
    sick = bench.run(bench.people(1, ("pain-fibromyalgia",), clock=False), [[]], now, [name])[name][0, 0]
    return Finding(
        {
            "summation.slow": float(by_rate[0]),
            "summation.third": float(by_rate[1]),
            "summation.one": float(by_rate[3]),
            "summation.fast": float(by_rate[4]),
            "summation.ketamine": float((drug.min() - 1.0) / (drug[0] - 1.0)),
            "summation.fibromyalgia": float(100.0 * (sick - by_rate[3]) / (by_rate[3] - 1.0)),
        },
        {"healthy": (rates, by_rate)},
        ("pulses per second", "last pulse / first pulse"),
    )


def thyroid(bench: Bench) -> Finding:
    """Half of the thyroxine taken away, as much given on top, and an inflammation."""
    people = bench.people(4, clock=False)
    level = float(people[1][bench.model.state("thyroid.t4"), 0])
    given = [
        [],
        [bench.jump(0.0, "thyroid.t4", -0.5 * level)],
        [bench.jump(0.0, "thyroid.t4", 0.5 * level)],
        [bench.jump(0.0, "immune.endotoxin", 2.0)],
    ]
    times = np.concatenate([np.arange(0.0, 49.0, 1.0), np.arange(54.0, 24.0 * 60, 6.0)])
    wanted = ["thyroid.tsh", "thyroid.t3", "thyroid.t4"]
    seen = bench.run(people, given, times, wanted)
    tsh, t3, t4 = (seen[name] / seen[name][:, :1] for name in wanted)
    return Finding(
        {
            "thyroid.low": float(tsh[:, 1].max()),
            "thyroid.high": float(tsh[:, 2].min()),
            "thyroid.return": float(t4[-1, 1]),
            "thyroid.ill_tsh": float(tsh[times <= 24.0, 3].min()),
            "thyroid.ill_t3": float(t3[times <= 48.0, 3].min()),
        },
        {"half of T4 lost": (times / DAY, tsh[:, 1]), "half as much T4 added": (times / DAY, tsh[:, 2])},
        ("days", "TSH, ratio to usual"),
    )


def opioid(bench: Bench) -> Finding:
    """Morphine as a steady drip for a week, and the days after it."""
    drip = bench.hold(0.0, 24.0 * 7, "opioid.infusion", 2.0, 0.0)
    again = bench.hold(24.0 * 14, 24.0 * 14.5, "opioid.infusion", 2.0, 0.0)
    times = np.arange(0.0, 24.0 * 15, 0.5)
    seen = bench.run(
        bench.people(1, clock=False), [drip + again], times, ["opioid.relief", "opioid.tolerance"]
    )
    relief, tolerance = seen["opioid.relief"][:, 0], seen["opioid.tolerance"][:, 0]
    top, late = relief[times < 48.0].max(), float(np.interp(167.0, times, relief))
    drop = tolerance / np.interp(168.0, times, tolerance)
    fades = float(times[(times > 168.0) & (drop < 0.5)][0] - 168.0)
    return Finding(
        {
            "opioid.lost": float(100.0 * (1.0 - late / top)),
            "opioid.half_life": fades,
            "opioid.again": float(relief[times >= 24.0 * 14].max() / top),
        },
        {"steady drip for 7 days, again on day 14": (times / DAY, relief)},
        ("days", "opioid effect, 0 to 1"),
    )


def exercise(bench: Bench) -> Finding:
    """Half as much again as the usual movement for twelve weeks."""
    training = bench.hold(0.0, 24.0 * 85, "energy.exercise", 1.5, 1.0)
    times = np.arange(0.0, 24.0 * 84 + 1.0, 24.0)
    wanted = ["biomarker.bdnf", "biomarker.crp_mg"]
    spread = {
        wanted[0]: bench.spread("biomarker.bdnf_factor", wanted[0]),
        wanted[1]: bench.spread("biomarker.crp_reference", wanted[1]),
    }
    change = {}
    for kind in ("healthy", "mdd"):
        seen = bench.run(bench.people(1, (kind,), clock=False), [training], times, wanted)
        for name in wanted:
            change[kind, name] = np.log(seen[name][:, 0] / seen[name][0, 0]) / spread[name]
    return Finding(
        {
            "exercise.bdnf": float(change["healthy", wanted[0]][-1]),
            "exercise.crp": float(-change["mdd", wanted[1]][-1]),
        },
        {
            "BDNF, healthy": (times / DAY, change["healthy", wanted[0]]),
            "CRP, depressed": (times / DAY, change["mdd", wanted[1]]),
        },
        ("days of training", "change in SD between people"),
    )


EXPERIMENTS: Mapping[str, Callable[[Bench], Finding]] = {
    "cortisol": cortisol_day,
    "dexamethasone": dexamethasone,
    "endotoxin": endotoxin,
    "sleep": sleep_loss,
    "ssri": ssri,
    "analgesia": analgesia,
    "summation": summation,
    "thyroid": thyroid,
    "opioid": opioid,
    "exercise": exercise,
}


@lru_cache(maxsize=32)
def _found(name: str, key: str, bench: Bench) -> Finding:
    return EXPERIMENTS[name](bench)


def finding(name: str, bench: Bench) -> Finding:
    """The result of one experiment; computed once for a bench."""
    return _found(name, bench.model.key, bench)
