"""Cut the arrow and the effect goes: what claims about a mechanism rest on (K02, K08, K11, P07, C03, D07)."""

from functools import lru_cache

import numpy as np
import pytest

from vagus.body.model import Array, Model
from vagus.body.patient import Patient
from vagus.body.resting import resting_state
from vagus.body.travel import travel
from vagus.evidence.cycle import SUSCEPTIBLE, bench, is_well
from vagus.evidence.experiment import Branch, changes_of, settings, treatments_of
from vagus.evidence.matrix import chosen
from vagus.evidence.variant import bundle, parameters_in, variant
from vagus.language.cut import Link
from vagus.people.draw import typical
from vagus.solve.events import Events
from vagus.solve.integrate import Control

pytestmark = pytest.mark.slow
DAY = 24.0
FIVE_YEARS = 24.0 * 1825.0
#: What is left of an effect that has gone, as a part of it.
GONE = 0.2


def arrows(model: Model, *names: str) -> tuple[Link, ...]:
    """The arrows of bundles of the ledger, or between systems, such as "mood->pain"."""
    found: list[Link] = []
    for name in names:
        table = settings()["cuts"].get(name)
        giver, _, receiver = name.partition("->")
        found += bundle(model, table) if table else chosen(model, [(giver, receiver)])
    return tuple(found)


@lru_cache(maxsize=16)
def cut_model(model_of: "Same", cuts: tuple[Link, ...], held: tuple[str, ...]) -> Model:
    return variant(model_of.model, cuts, held)


class Same:
    """A model that is told from another by its key."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __hash__(self) -> int:
        return hash(self.model.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.model.key == self.model.key


def outcome(
    model: Model,
    condition: str,
    output: str,
    hours: float,
    *,
    arm: str = "",
    step: str = "",
    cuts: tuple[Link, ...] = (),
    held: tuple[str, ...] = (),
    start: Array | None = None,
) -> float:
    """An output of the typical person with a condition after some hours, with arrows cut from day 0 on."""
    person = typical(model, Patient(conditions=tuple(condition.split("+"))))
    y = start
    if y is None:
        y = resting_state(model, person.p, person.history, person.check).y[:, 0]
    body = cut_model(Same(model), cuts, held)
    p = parameters_in(model, body, person.p, list(cuts))
    branch = Branch(condition, arms=(arm,) if arm else (), steps=(step,) if step else ())
    spread = {name: 0.05 * max(abs(float(y[model.state(name)])), 1.0) for name in held}
    changes = changes_of(branch, treatments_of(branch, hours), body, p[:, 0], y, 70.0, spread, hours)
    row = np.array([[*body.states, *body.outputs].index(output)], dtype=np.int64)
    times = np.array([0.0, hours])
    return float(travel(body, y[:, None], p, Events([changes]), times, Control(), row).outputs[-1, 0, 0])


def gain(model: Model, output: str, hours: float, drug: str, who: str, cuts: tuple[Link, ...]) -> float:
    """What a drug does to an output beyond its placebo."""
    given, control = (
        outcome(model, who, output, hours, arm=arm, cuts=cuts) for arm in (drug, f"placebo of {drug}")
    )
    return given - control


#: Of the drug at once: release of BDNF, and what the cord feels of the block. They do not touch one another's outcome.
AT_ONCE = ("glutamate->bdnf", "plasticity->biomarker")
#: All that reaches the autonomic nerves when mood changes, and the arrow from mood to the immune system.
TO_NERVES = ("mood->autonomic", "gut->autonomic", "immune->autonomic", "mood->immune")


def test_k02_without_release_of_bdnf_the_burst_of_protein_synthesis_goes(model: Model) -> None:
    asked = ("plasticity.translation", DAY, "ketamine-iv-single", "mdd")
    whole = gain(model, *asked, ())
    assert whole > 0.05
    assert abs(gain(model, *asked, arrows(model, *AT_ONCE))) < GONE * whole


def test_k11_wind_up_is_not_halted_when_the_cord_does_not_feel_the_block(model: Model) -> None:
    asked = ("biomarker.temporal_summation", 0.67, "ketamine-iv-single", "healthy")
    whole = -gain(model, *asked, ())
    assert whole > 0.05
    assert abs(gain(model, *asked, arrows(model, *AT_ONCE))) < GONE * whole


def test_k08_balance_of_the_nerves_comes_with_mood(model: Model) -> None:
    for output, better in (("autonomic.sympathetic", -1.0), ("autonomic.vagal", 1.0)):
        asked = (output, 21.0 * DAY, "ketamine-iv-6", "mdd")
        whole = better * gain(model, *asked, ())
        assert whole > 0.01
        assert abs(gain(model, *asked, arrows(model, *TO_NERVES))) < GONE * whole


def test_p07_gut_reaches_mood_by_nerve_and_by_inflammation_only(model: Model) -> None:
    held = ("gut.permeability", "gut.dysbiosis")

    def fall(cuts: tuple[Link, ...]) -> float:
        day = 84.0 * DAY
        with_step = outcome(
            model, "healthy", "biomarker.mood_level", day, step="shift-gut", cuts=cuts, held=held
        )
        return outcome(model, "healthy", "biomarker.mood_level", day, cuts=cuts, held=held) - with_step

    whole = fall(())
    assert whole > 0
    assert abs(fall(arrows(model, "vagal-afferent", "gut->immune", "gut->metabolism"))) < GONE * whole


def test_c03_cycle_ends_when_mood_no_longer_opens_the_gate_of_pain(model: Model) -> None:
    ill = bench(model, SUSCEPTIBLE)
    assert not is_well(model, ill.after[:, None])[0]
    pain = outcome(
        model, SUSCEPTIBLE, "pain.perceived", FIVE_YEARS, cuts=arrows(model, "mood->pain"), start=ill.after
    )
    whole = outcome(model, SUSCEPTIBLE, "pain.perceived", FIVE_YEARS, start=ill.after)
    assert whole > 0.1
    assert pain < GONE * whole


def test_d07_bodily_signs_stay_without_behaviour_and_go_without_their_own_arrows(model: Model) -> None:
    for output, way in (("energy.fatigue", 1.0), ("biomarker.crp", 1.0), ("biomarker.rmssd", -1.0)):

        def sign(cuts: tuple[Link, ...], output: str = output, way: float = way) -> float:
            ill, well = (outcome(model, who, output, 84.0 * DAY, cuts=cuts) for who in ("mdd", "healthy"))
            return way * (ill - well)

        whole = sign(())
        # somewhat more than half of the fatigue is bad sleep and rest from movement
        assert sign(arrows(model, "mood->behaviour")) > 0.4 * whole > 0
        if output != "energy.fatigue":
            assert sign(arrows(model, *TO_NERVES)) < 0.5 * whole
