"""The settings file of one case of the SBML semantic test suite: what to run and what to give out."""

import math
from pathlib import Path

from ..errors import fail
from ..language.foreign import Form
from ..tables import read_text
from .foreign import Order

_NUMBERS = ("start", "duration", "steps")
_KNOWN = (*_NUMBERS, "variables", "absolute", "relative", "amount", "concentration")


def read_settings(path: Path) -> Order:
    """The run that a settings file asks for: lines `key: value`, as in `duration: 5`, `variables: S1, S2`.

    `amount` and `concentration` say in what form species are given out; `absolute` and `relative` are tolerances for
    comparing results, not for computing them, and change nothing.

    Args:
        path: of the file.

    Raises:
        VagusError: V101-V105 when it cannot be read, V111 when a line is missing or has no meaning.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not colon or key not in _KNOWN or key in found:
            raise fail("V111", file=str(path), line=number, text=line, key=key, value=value)
        found[key] = value
    numbers = [_number(path, found, key) for key in _NUMBERS]
    names = _names(found, "variables")
    forms: dict[str, Form] = {name: "id" for name in names}
    for form in ("amount", "concentration"):
        for name in _names(found, form):
            if forms.get(name) != "id":
                raise fail("V111", file=str(path), key=form, value=name)
            forms[name] = "amount" if form == "amount" else "concentration"
    start, duration, steps = numbers
    return Order(start, start + duration, int(steps), tuple(forms.items()))


def _names(found: dict[str, str], key: str) -> list[str]:
    return [name.strip() for name in found.get(key, "").split(",") if name.strip()]


def _number(path: Path, found: dict[str, str], key: str) -> float:
    """A number of the file; the start may be left out."""
    text = found.get(key, "0" if key == "start" else "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    whole = key != "steps" or value == math.floor(value)
    if not (math.isfinite(value) and whole and (key == "start" or value > 0)):
        raise fail("V111", file=str(path), key=key, value=text)
    return value
