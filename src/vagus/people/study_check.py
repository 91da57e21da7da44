"""What a study file must not contradict: arms, doses that overlap, times after the end, scores that cannot be."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from ..errors import VagusError, did_you_mean, fail
from .form import Form
from .study_record import Arm, DoseBlock, Outcome, Severity, Spread

_TOUCH = 1e-6  # days; two infusions that end and start at one time do not overlap
_MINUTES = 1440.0
_SHARES = (
    "response",
    "remission",
    "relapse",
    "prevalence",
    "dropout_rate",
    "correct_guess_rate",
    "bioavailability",
)
_DIFFERENCES = ("change", "difference", "mean_difference")
_PAIRED = ("difference", "mean_difference", "odds_ratio", "risk_ratio", "hazard_ratio")


def check_arm_names(form: Form) -> None:
    """Nothing when there are arms, each of a name of its own and of at least one person; V450, V451, V458.

    What is no table, name or number at all is left to the schema.
    """
    arms = form.data.get("arm", [])
    if arms == []:
        raise fail("V450", file=form.path, line=form.place("arm")["line"])
    tables = [arm if isinstance(arm, dict) else {} for arm in arms] if isinstance(arms, list) else []
    seen: set[str] = set()
    for index, arm in enumerate(tables):
        name, n = arm.get("name"), arm.get("n", 1)
        if isinstance(name, str):
            if name.strip() in seen:
                raise fail("V458", name=name, **form.place("arm", index, "name"))
            seen.add(name.strip())
        if isinstance(n, int) and not isinstance(n, bool) and n < 1:
            raise fail("V451", name=name, n=n, **form.place("arm", index, "n"))


def check_known_arm(form: Form, name: str, names: Sequence[str], *where: str | int) -> None:
    """Nothing when the name is that of an arm; V457 otherwise."""
    if name not in names:
        hint = did_you_mean(name, names) or f"the arms are: {', '.join(names)}"
        raise fail("V457", name=name, hint=hint, **form.place(*where))


def check_doses(form: Form, index: int, arm: Arm, end: float) -> None:
    """Nothing when no two doses of one drug are given at once and none after the end; V452, V408."""
    by_drug: dict[str, list[tuple[float, float, int]]] = {}
    for nth, block in enumerate(arm.doses):
        for day in block.days:
            by_drug.setdefault(block.drug, []).append((day, day + block.duration_min / _MINUTES, nth))
        if block.days and block.days[-1] > end and "days" in form.data["arm"][index]["dose"][nth]:
            place = form.place("arm", index, "dose", nth, "days")
            raise fail("V408", drug=block.drug, day=f"{block.days[-1]:g}", end=f"{end:g}", **place)
        if block.days and block.days[0] > end:
            place = form.place("arm", index, "dose", nth, "start_d")
            raise fail("V408", drug=block.drug, day=f"{block.days[0]:g}", end=f"{end:g}", **place)
    for drug, given in by_drug.items():
        for kind in ([one for one in given if one[1] > one[0]], [one for one in given if one[1] == one[0]]):
            for one, other in pairwise(sorted(kind)):
                # What is given at once overlaps only what is given at the same moment.
                if other[0] < one[1] - _TOUCH or (one[0] == one[1] and other[0] - one[0] < _TOUCH):
                    place = form.place("arm", index, "dose", max(one[2], other[2]))
                    facts = {"drug": drug, "arm": arm.name, "day": f"{other[0]:g}"}
                    raise fail("V452", **facts, **place)


def check_activities(form: Form, index: int, arm: Arm, end: float) -> None:
    """Nothing when nothing is done after the end only; V408."""
    for nth, activity in enumerate(arm.activities):
        if activity.days and activity.days[0] > end:
            facts = {"drug": activity.kind, "day": f"{activity.days[0]:g}", "end": f"{end:g}"}
            raise fail("V408", **facts, **form.place("arm", index, "activity", nth))


def check_spread(form: Form, spread: Spread, what: str, *where: str | int) -> None:
    """Nothing when the bounds are in order and the mean lies inside; V455."""
    low, high, mean = spread.low, spread.high, spread.mean
    problem = ""
    if low is not None and high is not None and low > high:
        problem = f"low = {low:g} is above high = {high:g}"
    elif mean is not None and low is not None and mean < low:
        problem = f"mean = {mean:g} is below low = {low:g}"
    elif mean is not None and high is not None and mean > high:
        problem = f"mean = {mean:g} is above high = {high:g}"
    if problem:
        raise fail("V455", what=what, problem=problem, **form.place(*where))


def check_severity(form: Form, severity: Severity, *where: str | int) -> None:
    """Nothing when somebody can have such scores: all of them on the scale, in order; V455."""
    measure, score = severity.measure, severity.score
    for key in ("low", "mean", "high"):
        value = getattr(score, key)
        if value is not None and measure.kind != "none" and not measure.low <= value <= measure.high:
            problem = f"{key} = {value:g} lies outside the scale of {measure.low:g} to {measure.high:g}"
            raise fail("V455", what=severity.instrument, problem=problem, **form.place(*where))
    if score.low is not None and measure.kind != "none" and score.low >= measure.high:
        problem = f"low = {score.low:g} leaves nobody below the ceiling of {measure.high:g}"
        raise fail("V455", what=severity.instrument, problem=problem, **form.place(*where))
    width = measure.high - measure.low
    if score.sd is not None and measure.kind != "none" and score.sd > width / 2:
        problem = f"sd = {score.sd:g} is more than scores from {measure.low:g} to {measure.high:g} can have"
        raise fail("V455", what=severity.instrument, problem=problem, **form.place(*where))
    check_baseline(form, score, severity.instrument, *where)


def check_baseline(form: Form, score: Spread, what: str, *where: str | int) -> None:
    """As `check_spread`; a mean at baseline may lie a little below the bound of screening, since people drift."""
    slack = score.sd if score.sd is not None else 0.0
    mean = score.mean
    if mean is not None and score.low is not None and score.low - slack <= mean < score.low:
        mean = score.low
    if mean is not None and score.high is not None and score.high < mean <= score.high + slack:
        mean = score.high
    check_spread(form, Spread(mean, score.sd, score.low, score.high), what, *where)


def check_outcome(form: Form, outcome: Outcome, end: float, *where: str | int) -> None:
    """Nothing when the number can be one of this study; V454, V456, V459, V407, V411."""
    if outcome.quantity == "effect_size":
        raise fail("V456", **form.place(*where, "quantity"))
    if outcome.time_d is not None and outcome.time_d > end + _TOUCH:
        key = "time_h" if outcome.time_h is not None else "time_d"
        raise fail("V454", time=f"{outcome.time_d:g}", end=f"{end:g}", **form.place(*where, key))
    if outcome.versus == outcome.arm:
        raise _contradiction(form, f"'{outcome.arm}' is compared with itself", *where, "versus")
    if outcome.quantity in _PAIRED and outcome.versus is None and outcome.contrast != "within":
        raise fail("V411", what=f"a {outcome.quantity}", key="versus", **form.place(*where, "quantity"))
    if outcome.ci is not None and outcome.ci[0] > outcome.ci[1]:
        raise _contradiction(form, "the lower end of ci is above the upper one", *where, "ci")
    share = outcome.quantity in _SHARES and outcome.versus is None and outcome.unit in ("1", "")
    if share and outcome.value is not None and not 0.0 <= outcome.value <= 1.0:
        facts = {"value": f"{outcome.value:g}", "unit": "", "low": "0", "high": "1"}
        hint = "shares are fractions: 64 % is 0.64"
        raise fail("V407", what=outcome.quantity, hint=hint, **facts, **form.place(*where, "value"))


def check_value(form: Form, outcome: Outcome, *where: str | int) -> None:
    """Nothing when a score or a change of it can be one, and lies in its own interval; V407, V459."""
    measure, value = outcome.measure, outcome.value
    if value is None:
        return
    if outcome.ci is not None:
        low, high = outcome.ci
        if not low - (high - low) <= value <= high + (high - low):
            raise _contradiction(form, f"value = {value:g} lies far outside its own ci", *where, "value")
    if measure is None or measure.kind != "score" or outcome.percent or outcome.reason is not None:
        return
    width = measure.high - measure.low
    ends = {"mean": (measure.low, measure.high), **dict.fromkeys(_DIFFERENCES, (-width, width))}
    low, high = ends.get(outcome.quantity, (-inf, inf))
    if outcome.quantity == "mean" and outcome.versus is not None:
        low, high = -width, width
    if not low - _TOUCH <= value * outcome.scale <= high + _TOUCH:
        facts = {"value": f"{value:g}", "unit": "", "low": f"{low:g}", "high": f"{high:g}"}
        hint = "name the form of the scale that was used, or its unit (0-10, 0-100, cm, mm, percent)"
        what = f"{outcome.quantity} of {outcome.instrument}"
        raise fail("V407", what=what, hint=hint, **facts, **form.place(*where, "value"))


def check_amount(form: Form, block: DoseBlock, given: bool, *where: str | int) -> None:
    """Nothing when the block says how much; V411, V459, V406."""
    ways = [block.amount is not None, bool(block.steps), bool(block.flexible)]
    if sum(ways) > 1:
        raise _contradiction(form, "amount, steps and flexible each say how much; keep one", *where)
    if given and not any(ways):
        raise fail("V411", what=f"a dose of {block.drug}", key="amount", **form.place(*where))
    rates = tuple(step.rate for step in block.steps)
    amounts = (*(() if block.amount is None else (block.amount,)), *rates, *block.flexible)
    if amounts and min(amounts) < 0:
        facts = {"drug": block.drug, "amount": f"{min(amounts):g} {block.unit}"}
        key = "steps" if block.steps else "flexible" if block.flexible else "amount"
        raise fail("V406", **facts, **form.place(*where, key))
    starts = [step.from_h for step in block.steps]
    if starts and (starts != sorted(set(starts)) or starts[0] != 0.0):
        raise _contradiction(form, "the steps start at hour 0 and rise", *where, "steps")
    if starts and 60.0 * starts[-1] >= block.duration_min:
        raise _contradiction(
            form, "the last step starts at or after the end of the infusion", *where, "steps"
        )


def _contradiction(form: Form, problem: str, *where: str | int) -> VagusError:
    return fail("V459", problem=problem, **form.place(*where))
