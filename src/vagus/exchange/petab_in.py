"""Plain PEtab 2.0 problems in: one SBML model and its tables; `petab_run.py` computes what they say."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from ..errors import VagusError, fail
from ..tables import Place, read_text
from .delimited import plain_number, read_cells
from .foreign import LARGEST_FILE
from .xml_text import check_xml

_LARGEST_YAML = 1_000_000
_ID = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TABLES = {
    "parameter_files": ("parameterId", "estimate"),
    "observable_files": ("observableId", "observableFormula", "noiseFormula"),
    "measurement_files": ("observableId", "experimentId", "measurement", "time"),
    "condition_files": ("conditionId", "targetId", "targetValue"),
    "experiment_files": ("experimentId", "time", "conditionId"),
}
_KNOWN = ("format_version", "id", "model_files", "mapping_files", "extensions", *_TABLES)
_NOISES = ("normal", "laplace", "log-normal", "log-laplace")
_MOST_MEASUREMENTS = 100_000


@dataclass(frozen=True)
class Measurement:
    """One measurement: where it stands, observable, experiment ('': the model as it is), value, time, overrides."""

    place: Place
    observable: str
    experiment: str
    value: float
    time: float
    parameters: tuple[str, ...]
    noise: tuple[str, ...]


@dataclass(frozen=True)
class Observable:
    """One observable: formulas as written, its noise, and the placeholders the measurements fill."""

    formula: str
    noise: str
    distribution: str
    parameters: tuple[str, ...]
    noises: tuple[str, ...]


@dataclass(frozen=True)
class PetabProblem:
    """A problem.

    Attributes:
        model: SBML text.
        parameters: nominal values. estimated: those that may move, with bounds.
        observables, measurements: the data.
        conditions: (target, formula) by condition. experiments: (time, conditions) by experiment, in order of time.
        extensions: names of extensions, which are not read.
        file: the YAML file.
    """

    model: str
    parameters: Mapping[str, float]
    estimated: Mapping[str, tuple[float, float]]
    observables: Mapping[str, Observable]
    measurements: tuple[Measurement, ...]
    conditions: Mapping[str, tuple[tuple[str, str], ...]]
    experiments: Mapping[str, tuple[tuple[float, tuple[str, ...]], ...]]
    extensions: tuple[str, ...]
    file: str


def read_petab(path: str | Path) -> PetabProblem:
    """A problem from its YAML file.

    Raises:
        VagusError: V101-V105 a file cannot be read, V640 what is no PEtab 2, V641 what is not read here: several
            models, models that are not SBML, mapping tables, extensions that are required, files outside the folder.
    """
    path = Path(path)
    grouping = _grouping(path)
    files = {key: _files(path, grouping, key) for key in _TABLES}
    rows = {key: [row for file in files[key] for row in _rows(file, _TABLES[key])] for key in _TABLES}
    model = _model(path, grouping)
    parameters: dict[str, float] = {}
    estimated: dict[str, tuple[float, float]] = {}
    for place, row in rows["parameter_files"]:
        _parameter(place, row, parameters, estimated)
    conditions: dict[str, tuple[tuple[str, str], ...]] = {}
    for place, row in rows["condition_files"]:
        change = (_identifier(row["targetId"], place), row["targetValue"])
        key = _identifier(row["conditionId"], place)
        conditions[key] = (*conditions.get(key, ()), change)
    measurements = tuple(_measurement(place, row) for place, row in rows["measurement_files"])
    if not measurements or len(measurements) > _MOST_MEASUREMENTS:
        raise fail("V640", reason=f"it has {len(measurements)} measurements", file=path)
    return PetabProblem(
        model,
        parameters,
        estimated,
        {
            _identifier(row["observableId"], place): _observable(place, row)
            for place, row in rows["observable_files"]
        },
        measurements,
        conditions,
        _experiments(rows["experiment_files"], conditions),
        tuple(grouping.get("extensions") or ()),
        str(path),
    )


def _grouping(path: Path) -> dict[str, Any]:
    try:
        text = read_text(path, _LARGEST_YAML)
        if any(
            isinstance(event, yaml.events.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)
        ):
            # With aliases a small file can stand for a very large one.
            raise fail("V640", reason="it uses an alias", file=path)
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, VagusError):
            raise
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise fail("V640", reason=reason, file=path, line=mark.line + 1 if mark else None) from None
    if not isinstance(found, dict):
        raise fail("V640", reason="it is no mapping", file=path)
    version = str(found.get("format_version", ""))
    if not re.fullmatch(r"2(\.0)*", version):
        raise fail("V640", reason=f"its format_version is '{version}', not 2.0.0", file=path)
    for key in found:
        if key not in _KNOWN:
            raise fail("V640", reason=f"'{key}' is not known", file=path)
    if found.get("mapping_files"):
        raise fail("V641", reason="it has a mapping table", file=path)
    extensions = found.get("extensions") or {}
    if not isinstance(extensions, dict):
        raise fail("V640", reason="extensions is no mapping", file=path)
    for name, one in extensions.items():
        if not isinstance(one, dict) or one.get("required", True) is not False:
            raise fail("V641", reason=f"the extension '{name}' is required", file=path)
    return found


def _beside(path: Path, name: Any) -> Path:
    """A file named by the problem, when it lies in the problem's folder or below."""
    text = str(name)
    parts = PurePosixPath(text).parts
    if "://" in text or "\\" in text or text.startswith("/") or ".." in parts or ":" in text or not parts:
        raise fail("V641", reason=f"the file '{text}' is not in the folder of the problem", file=path)
    found = (path.parent / text).resolve()
    if not found.is_relative_to(path.parent.resolve()):
        raise fail("V641", reason=f"the file '{text}' is not in the folder of the problem", file=path)
    return path.parent / text


def _files(path: Path, grouping: Mapping[str, Any], key: str) -> list[Path]:
    names = grouping.get(key) or []
    if not isinstance(names, list):
        raise fail("V640", reason=f"{key} is not a list", file=path)
    return [_beside(path, name) for name in names]


def _model(path: Path, grouping: Mapping[str, Any]) -> str:
    models = grouping.get("model_files")
    if not isinstance(models, dict) or len(models) != 1:
        raise fail("V641", reason="it has not exactly one model", file=path)
    one = next(iter(models.values()))
    if not isinstance(one, dict) or one.get("language") != "sbml":
        raise fail("V641", reason="its model is not SBML", file=path)
    place = _beside(path, one.get("location", ""))
    text = read_text(place, LARGEST_FILE)
    check_xml(text.encode("utf-8"), str(place))
    return text


def _rows(path: Path, needed: Sequence[str]) -> list[tuple[Place, dict[str, str]]]:
    header: list[str] = []
    rows = []
    for place, cells in read_cells(path, "V640", delimiter="\t"):
        if not header:
            header = cells
            for column in needed:
                if header.count(column) != 1:
                    raise fail("V640", reason=f"the column {column} is missing or appears twice", **place)
            continue
        if len(cells) != len(header):
            raise fail("V107", found=len(cells), wanted=len(header), **place)
        rows.append((place, dict(zip(header, cells, strict=True))))
    return rows


def _identifier(text: str, place: Place) -> str:
    if not _ID.fullmatch(text):
        raise fail("V640", reason=f"'{text}' is no identifier", **place)
    return text


def _float(text: str, what: str, place: Place) -> float:
    number = plain_number(text)
    if number is None:
        raise fail("V640", reason=f"{what} is '{text}', not a number", **place)
    return number


def _parameter(
    place: Place,
    row: Mapping[str, str],
    parameters: dict[str, float],
    estimated: dict[str, tuple[float, float]],
) -> None:
    key = _identifier(row["parameterId"], place)
    if key in parameters:
        raise fail("V640", reason=f"the parameter '{key}' appears twice", **place)
    if row["estimate"].casefold() not in ("true", "false"):
        raise fail("V640", reason=f"estimate is '{row['estimate']}', not true or false", **place)
    moves = row["estimate"].casefold() == "true"
    low, high = row.get("lowerBound", ""), row.get("upperBound", "")
    if moves:
        estimated[key] = (_bound(low, place), _bound(high, place))
    if row.get("nominalValue", "") == "":
        raise fail("V641", reason=f"the parameter '{key}' has no nominal value", **place)
    parameters[key] = _float(row["nominalValue"], "nominalValue", place)


def _bound(text: str, place: Place) -> float:
    return {"inf": math.inf, "-inf": -math.inf}.get(text) or _float(text, "a bound", place)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(";") if word.strip())


def _observable(place: Place, row: Mapping[str, str]) -> Observable:
    distribution = row.get("noiseDistribution", "") or "normal"
    if distribution not in _NOISES:
        raise fail("V640", reason=f"the noise '{distribution}' is not known", **place)
    placeholders = [_words(row.get(f"{kind}Placeholders", "")) for kind in ("observable", "noise")]
    return Observable(row["observableFormula"], row["noiseFormula"], distribution, *placeholders)


def _measurement(place: Place, row: Mapping[str, str]) -> Measurement:
    if row["time"] == "inf":
        raise fail("V641", reason="a measurement at the steady state is not computed", **place)
    overrides = [_words(row.get(f"{kind}Parameters", "")) for kind in ("observable", "noise")]
    time, value = _float(row["time"], "time", place), _float(row["measurement"], "measurement", place)
    return Measurement(place, row["observableId"], row["experimentId"], value, time, *overrides)


def _experiments(
    rows: Sequence[tuple[Place, Mapping[str, str]]], conditions: Mapping[str, Any]
) -> dict[str, tuple[tuple[float, tuple[str, ...]], ...]]:
    found: dict[str, dict[float, list[str]]] = {}
    for place, row in rows:
        if row["time"] == "-inf":
            raise fail("V641", reason="a steady state before an experiment is not computed", **place)
        periods = found.setdefault(_identifier(row["experimentId"], place), {})
        here = periods.setdefault(_float(row["time"], "time", place), [])
        if row["conditionId"]:
            if row["conditionId"] not in conditions:
                raise fail("V640", reason=f"there is no condition '{row['conditionId']}'", **place)
            here.append(row["conditionId"])
    return {
        key: tuple((time, tuple(names)) for time, names in sorted(periods.items()))
        for key, periods in found.items()
    }
