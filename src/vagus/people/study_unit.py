"""Units of published numbers: what leads from the number of a study to that of the model."""

from ..errors import VagusError
from ..units import conversion_factor
from .measure import usual_unit
from .study_record import Outcome

#: Quantities without a unit of their own, whatever was measured.
PLAIN = (
    "response", "remission", "relapse", "smd", "smd_change", "hedges_g", "odds_ratio", "risk_ratio", "hazard_ratio",
    "correlation", "prevalence", "bioavailability", "dropout_rate", "correct_guess_rate",
)  # fmt: skip
_TIMES = {"tmax": "h", "median_time": "d"}
_POINTS = ("", "1", "point", "points", "pt", "pts", "score", "scores", "scale points", "raw score", "units")
#: Units that say how long the line or the row of numbers is on which something is marked, and how long that is.
_LINES = {
    **dict.fromkeys(("mm", "0-100", "/100", "0 to 100", "out of 100"), 100.0),
    **dict.fromkeys(("cm", "0-10", "/10", "0 to 10", "out of 10"), 10.0),
}
#: Endings of the unit of a slope, and the days they are per.
_SPANS = {
    **dict.fromkeys(("/d", "/day", "perday"), 1.0),
    **dict.fromkeys(("/week", "/wk", "perweek"), 7.0),
    **dict.fromkeys(("/month", "/mo", "permonth"), 30.4375),
    **dict.fromkeys(("/year", "/yr", "peryear"), 365.25),
}
_MARKED = ("nrs_pain", "vas_anxiety", "vas_depression")
_SHOWN = 40  # letters of a unit in a sentence
_PERCENT = ("%", "percent", "% change", "percent change")


def slope_unit(unit: str) -> tuple[str, float | None]:
    """The unit of what changes, and the days it changes in: "points/week" is ("points", 7.0); None without a time."""
    plain = unit.replace(" ", "")
    for word in sorted(_SPANS, key=len, reverse=True):
        if plain.casefold().endswith(word):
            return plain[: -len(word)], _SPANS[word]
    return plain, None


def outcome_scale(outcome: Outcome) -> tuple[float, bool, str | None]:
    """How the published number becomes one in the unit of its measure.

    Returns:
        The factor (of the area under a curve to unit x h, of tmax to h, of median_time to d), whether the number is a
        change in percent of the start, and why the unit cannot be read (None when it can).
    """
    measure, unit, quantity = outcome.measure, usual_unit(outcome.unit), outcome.quantity
    if measure is None or quantity in PLAIN or measure.kind == "none":
        return 1.0, False, None
    if (
        unit in _PERCENT
        and measure.unit != "percent"
        and quantity in ("change", "difference", "mean_difference")
    ):
        return 1.0, True, None
    try:
        if quantity in _TIMES:
            return (
                conversion_factor(_TIMES[quantity] if unit == measure.unit else unit, _TIMES[quantity]),
                False,
                None,
            )
        if quantity == "auc":
            if unit == measure.unit:
                return 1.0, False, None
            return conversion_factor(unit, f"({measure.unit})*h"), False, None
    except VagusError:
        return 1.0, False, f"the unit '{unit[:_SHOWN]}' is none of {quantity}"
    if quantity == "slope":
        unit = slope_unit(outcome.unit)[0]
    if unit.casefold() in _POINTS and measure.kind == "score":
        return 1.0, False, None
    if unit.casefold() in _LINES and measure.key in _MARKED:
        return (measure.high - measure.low) / _LINES[unit.casefold()], False, None
    scale = measure.scale(unit)
    if scale is None:
        return (
            1.0,
            False,
            f"the model knows {measure.name} in {measure.unit}, which '{unit[:_SHOWN]}' cannot be turned into",
        )
    return scale, False, None
