"""A person's file as NONMEM reads it: ID, TIME in hours, AMT, RATE, EVID, DV and DVID.

What such a table cannot say stands in lines that begin with #, before the header:

    # conditions = mdd, pain-neuropathic
    # DVID 1 = madrs
    # CMT 1 = ketamine iv
"""

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from ..errors import did_you_mean, fail
from ..observe import list_instruments
from ..tables import Place, read_text
from .diary import Line
from .diary_lines import PERSON

_SETTING = re.compile(r"#\s*(DVID|CMT)\s+(\S+)\s*=\s*(.+)", re.IGNORECASE)
_FACT = re.compile(r"#\s*(\w+)\s*=\s*(.+)")
_KNOWN = ("ID", "TIME", "AMT", "RATE", "EVID", "DV", "DVID", "CMT", "MDV", "WT", "AGE", "SEX", "ADDL", "II")
_COVARIATES = {"WT": ("weight", "kg"), "AGE": ("age", "year")}  # the first that is known counts
_EVENTS = ("0", "1", "2")  # a reset (3, 4) has no meaning in a person
_NOTHING = ("", ".")


def is_nonmem(path: Path) -> bool:
    """Whether the first line that is no comment names the columns ID and TIME."""
    for text in read_text(path).splitlines():
        if text.strip() and not text.startswith("#"):
            return {"ID", "TIME"} <= {cell.strip() for cell in text.split(",")}
    return False


def nonmem_lines(path: Path) -> list[Line]:
    """The lines of a person that a NONMEM table holds; raises V492, V106, V107."""
    comments, rows = _rows(path)
    names: dict[tuple[str, str], str] = {}
    lines: list[Line] = []
    for place, text in comments:
        setting, fact = _SETTING.match(text), _FACT.match(text)
        if setting:
            names[setting[1].upper(), setting[2]] = setting[3].strip()
        elif fact:
            if fact[1] not in PERSON:
                hint = did_you_mean(fact[1], PERSON)
                raise fail("V486", what="entry of a person", name=fact[1], hint=hint, **place)
            lines.append(Line({"kind": "person", "name": fact[1], "value": fact[2].strip()}, place))
    told = {line.get("name") for line in lines}
    if len({cells["ID"] for _, cells in rows}) > 1:
        raise fail("V492", reason="it holds more than one ID", file=path)
    for column, (name, unit) in _COVARIATES.items():
        known = [(place, cells[column]) for place, cells in rows if cells.get(column, "") not in _NOTHING]
        if known and name not in told:
            place, value = known[0]
            lines.append(Line({"kind": "person", "name": name, "value": value, "unit": unit}, place))
    for place, cells in rows:
        _check_row(cells, place, "sex" in told)
        lines += _dose(cells, names, place) if _is_dose(cells) else _score(cells, names, place)
    return lines


def _check_row(cells: Mapping[str, str], place: Place, sex_told: bool) -> None:
    """Nothing when a row says only what can be followed; raises V492."""
    for column, known in (("EVID", _EVENTS), ("MDV", ("0", "1"))):
        if cells.get(column, ".") not in (*_NOTHING, *known):
            reason = f"{column} {cells[column]} is not followed; {' or '.join(known)} is"
            raise fail("V492", reason=reason, **place)
    if cells.get("SEX", ".") not in _NOTHING and not sex_told:
        raise fail(
            "V492", reason="codes of SEX differ: add a line '# sex = female' before the header", **place
        )


def _rows(path: Path) -> tuple[list[tuple[Place, str]], list[tuple[Place, dict[str, str]]]]:
    """The comments, and the cells of every other line by column."""
    comments, rows, header = [], [], None
    for number, text in enumerate(read_text(path).splitlines(), start=1):
        place = Place(file=str(path), line=number, text=text)
        if text.startswith("#"):
            comments.append((place, text))
            continue
        if not text.strip():
            continue
        cells = [cell.strip() for cell in next(csv.reader(io.StringIO(text)))]
        if header is None:
            header = cells
            for column in cells:
                if cells.count(column) > 1:
                    raise fail("V308", name=column, other="the same line", **place)
                if column not in _KNOWN:
                    hint = did_you_mean(column, _KNOWN) or "delete the column"
                    raise fail("V492", reason=f"the column {column} is not known", hint=hint, **place)
            continue
        if len(cells) != len(header):
            raise fail("V107", found=len(cells), wanted=len(header), file=path, line=number)
        rows.append((place, dict(zip(header, cells, strict=True))))
    return comments, rows


def _is_dose(cells: Mapping[str, str]) -> bool:
    return cells.get("EVID", "") == "1" or cells.get("AMT", ".") not in ("", ".", "0")


def _day(cells: Mapping[str, str], place: Place) -> str:
    try:
        return repr(float(cells["TIME"]) / 24.0)
    except ValueError:
        raise fail("V492", reason=f"TIME is '{cells['TIME']}', not hours", **place) from None


def _dose(cells: Mapping[str, str], names: Mapping[tuple[str, str], str], place: Place) -> list[Line]:
    where = cells.get("CMT", "1") or "1"
    drug, _, route = names.get(("CMT", where), "").partition(" ")
    if not drug:
        raise fail("V492", reason=f"no line '# CMT {where} = ketamine iv' says what is given", **place)
    if cells.get("ADDL", ".") not in ("", ".", "0"):
        raise fail("V492", reason="ADDL is not read: write each dose on its own line", **place)
    if cells.get("AMT", "") in _NOTHING:
        raise fail("V492", reason="a dose (EVID 1) needs AMT, in mg", **place)
    own = {"kind": "dose", "day": _day(cells, place), "name": drug, "value": cells["AMT"], "unit": "mg"}
    rate = cells.get("RATE", ".")
    if rate not in ("", ".", "0"):
        try:
            own["duration"] = f"{float(cells['AMT']) / float(rate)!r} h"
        except (ValueError, ZeroDivisionError):
            raise fail("V492", reason=f"RATE is '{rate}', not mg per hour", **place) from None
    return [Line({**own, "route": route.strip()}, place)]


def _score(cells: Mapping[str, str], names: Mapping[tuple[str, str], str], place: Place) -> list[Line]:
    """The line of a score or vital sign; none for a value that is missing."""
    if cells.get("MDV", "0") == "1" or cells.get("DV", ".") in _NOTHING:
        return []
    which = cells.get("DVID", "1") or "1"
    name = names.get(("DVID", which), which)
    if name.replace(".", "").isdigit():
        raise fail("V492", reason=f"no line '# DVID {which} = madrs' says what DV {cells['DV']} is", **place)
    kind = "score" if name in list_instruments() else "vital"
    return [Line({"kind": kind, "day": _day(cells, place), "name": name, "value": cells["DV"]}, place)]
