"""Units: known ones are read right, all else is refused with a code, and nothing else escapes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagus.cli.units_table import usual_units_text
from vagus.errors import VagusError
from vagus.units import (
    PLAIN,
    USUAL,
    Dimension,
    as_quantity,
    computed_unit,
    conversion_factor,
    convert,
    parse_unit,
    same,
    usual_units,
)

TABLE_UNITS = """
1 1/h h mg L/h pg/mL ng/mL mg/L mmHg 1/min delta_degC kg ms kPa ng/kg umol/L lux mg/kg mg/h % IU/L mcg/kg/min
"""


@pytest.mark.parametrize("unit", TABLE_UNITS.split())
def test_units_of_the_tables_are_known(unit: str) -> None:
    assert parse_unit(unit).factor > 0


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "result"),
    [
        (185.0, "ng/mL", "mg/L", 0.185),
        (1.0, "1/h", "1/min", 1 / 60),
        (40.0, "min", "h", 2 / 3),
        (1.0, "mmHg", "kPa", 0.133322387415),
        (12.0, "week", "h", 2016.0),
        (0.5, "mg/kg", "1", 5e-7),
        (1.0, "delta_degC", "K", 1.0),
        (1.0, "mcg/kg/min", "mg/kg/h", 0.06),
    ],
)
def test_values_are_converted(value: float, unit: str, wanted: str, result: float) -> None:
    assert convert(value, unit, wanted) == pytest.approx(result, rel=1e-12)


def test_units_written_differently_are_the_same() -> None:
    assert same("1/h", "h^-1") and same("1/h", "h**-1") and same("mg/L", "ug/mL")
    assert not same("mg/L", "g/L")
    assert not same("mg/L", "mg")


def test_dimensions_multiply_as_units_do() -> None:
    assert parse_unit("mg/L") * parse_unit("L") == parse_unit("mg")
    assert parse_unit("L/h") / parse_unit("L") == parse_unit("1/h")
    assert (parse_unit("h") ** 0.5) ** 2 == Dimension(parse_unit("h").exponents, pytest.approx(3600.0))
    assert PLAIN.is_plain and parse_unit("mg/kg").is_plain and not parse_unit("h").is_plain
    assert parse_unit("1/h").measures_like(parse_unit("1/min"))


NO_UNITS = (
    *(
        "",
        " ",
        "mgg/L",
        "degC",
        "dB",
        "9**9**9",
        "mg**99",
        "1e5",
        "2",
        "mg/",
        "/h",
        "1/0",
        "mg//L",
        "(h",
        "()",
    ),
    *("EUR", "__import__('os')", "h;h", "h^-1^2", "kg.m", "x" * 100, "mg\x00", "pain", "None"),
)


@pytest.mark.parametrize("text", NO_UNITS)
def test_what_is_no_unit_is_refused(text: str) -> None:
    with pytest.raises(VagusError, match="V301"):
        parse_unit(text)


def test_a_near_unit_is_suggested() -> None:
    with pytest.raises(VagusError, match=r"did you mean 'mg/L'\?"):
        parse_unit("mgg/L")


@given(st.text(alphabet="mgLhk1290./*^()% -+\u00b5ls", max_size=14))
def test_any_text_is_a_unit_or_v301(text: str) -> None:
    try:
        assert math.isfinite(parse_unit(text).factor)
    except VagusError as error:
        assert error.code == "V301"


def test_units_of_another_kind_are_refused() -> None:
    with pytest.raises(VagusError, match="V302 ft cannot be converted to kg"):
        conversion_factor("ft", "kg")


WEIGHTS = {
    72: 72,
    72.5: 72.5,
    "72": 72,
    "72 kg": 72,
    "159 lb": 72.12118683,
    " 80kg ": 80,
    "-3": -3,
    "7.2e4 g": 72,
}


@pytest.mark.parametrize("value", WEIGHTS)
def test_a_quantity_is_read_as_people_write_it(value: float | str) -> None:
    assert as_quantity(value, "kg") == pytest.approx(WEIGHTS[value], rel=1e-12)


NO_QUANTITIES: dict[str, tuple[object, ...]] = {
    "V301": ("72 kgg", "5 ft 10 in"),
    "V302": ("5 ft",),
    "V303": ("heavy", "", "nan", True, None, [72]),
    "V304": (math.nan, math.inf, "1e999", 10**400),
}


@pytest.mark.parametrize(
    ("code", "value"),
    [(code, value) for code in NO_QUANTITIES for value in NO_QUANTITIES[code]],
    ids=lambda value: str(value)[:12],
)
def test_what_is_no_quantity_is_refused_with_its_place(code: str, value: object) -> None:
    with pytest.raises(VagusError) as caught:
        as_quantity(value, "kg", name="weight", file="person.toml", line=3)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.place == "person.toml, line 3"


def test_the_usual_units_are_what_pint_says_and_the_file_is_current() -> None:
    """`python -m vagus.cli.units_table` writes it anew."""
    assert USUAL.read_text(encoding="utf-8") == usual_units_text()
    for name, unit in usual_units().items():
        assert unit == computed_unit(name) == parse_unit(name), name
    assert {"h", "mg/kg", "mmHg", "1/h"} <= usual_units().keys()


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        "40 " + "g" * 50 + "[",
        "40 " + "g " * 29 + "[",
        "1" * 100_000 + "\nx",
        "1" + " " * 100_000 + "\nx",
        "4" + "g^1" * 99,
    ],
)
def test_text_of_a_stranger_is_refused_at_once(text: str) -> None:
    """Each of these once kept the reader busy for minutes to centuries; found by fuzzing diaries."""
    with pytest.raises(VagusError, match=r"V301|V303"):
        as_quantity(text, "min")
