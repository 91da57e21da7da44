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
_POINTS = ("", "1", "point", "points")
_PERCENT = ("%", "percent", "% change", "percent change")


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
        return 1.0, False, f"the unit '{unit}' is none of {quantity}"
    if unit in _POINTS and measure.kind == "score":
        return 1.0, False, None
    scale = measure.scale(unit)
    if scale is None:
        return (
            1.0,
            False,
            f"the model knows {measure.name} in {measure.unit}, which '{unit}' cannot be turned into",
        )
    return scale, False, None
