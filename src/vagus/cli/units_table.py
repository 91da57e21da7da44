"""`python -m vagus.cli.units_table` writes `atlas/units.csv`: the usual units, so that most runs need no pint."""

from ..body.model import load_model
from ..body.output import load_outputs
from ..errors import VagusError
from ..units import BASES, USUAL, computed_unit

#: Of persons, treatments and studies; those of the tables come from the tables.
WRITTEN = (
    "h min s day days d week weeks month months year years kg g mg ug mcg mL L cm m m^2 bpm 1/min 1/h 1/day mmHg kPa "
    "lux degC_delta delta_degC mg/kg mg/h mg/kg/h ug/kg ng/mL pg/mL mg/L ug/L ug/dL umol/L nmol/L pmol/L mmol/L IU IU/L"
)


def usual_units_text() -> str:
    """The file: a row for each unit, its powers of the bases and its size, as the unit library gives them."""
    names = {entry.unit for entry in load_model().entries.values()}
    names |= {output.unit for output in load_outputs().values()} | set(WRITTEN.split())
    rows = [",".join(["unit", *(base.strip("[]") for base in BASES), "factor"])]
    for name in sorted(names - {"1"}):
        try:
            unit = computed_unit(name)
        except VagusError:
            continue
        rows.append(",".join([name, *(repr(power) for power in unit.exponents), repr(unit.factor)]))
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    USUAL.write_text(usual_units_text(), encoding="utf-8")
