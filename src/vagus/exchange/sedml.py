"""SED-ML: one uniform time course of one SBML model, its report and its plot (L1V4 out, L1V1 to L1V4 in)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..errors import fail
from .delimited import plain_number
from .xml_text import parse_xml

SPACE = "http://sed-ml.org/sed-ml/level1/version4"
_SPACES = ("http://sed-ml.org/", *(f"http://sed-ml.org/sed-ml/level1/version{n}" for n in (2, 3, 4)))
_MATH = "http://www.w3.org/1998/Math/MathML"
_SBML = "http://www.sbml.org/sbml/level3/version2/core"
_TARGET = re.compile(
    r"/sbml:sbml/sbml:model(?:\[[^\]]*\])?/sbml:listOf\w+/sbml:\w+\[@id=(?:'([A-Za-z_]\w*)'|\"([A-Za-z_]\w*)\")\]"
)
_MOST_STEPS = 1_000_000


@dataclass(frozen=True)
class Experiment:
    """One uniform time course.

    Attributes:
        key: id of the task.
        model: the entry of the archive the model stands in.
        start, end: first and last output time, in the time of the model; `begin` is where it is simulated from.
        steps: intervals between output times.
        wanted: (SBML id, label) of what is given out, time not among them.
        rtol, atol, longest: of the solver, None where nothing is said; `longest` is the largest step.
    """

    key: str
    model: str
    start: float
    end: float
    steps: int
    wanted: tuple[tuple[str, str], ...]
    begin: float = 0.0
    rtol: float | None = None
    atol: float | None = None
    longest: float | None = None


def sedml_text(experiment: Experiment, title: str) -> str:
    """An experiment as SED-ML Level 1 Version 4 with a report and a plot of everything over time."""
    # Namespaces are written by hand: registering prefixes would change how the whole process writes XML.
    root = Element("sedML", {"xmlns": SPACE, "xmlns:sbml": _SBML, "level": "1", "version": "4"})
    models = _list(root, "listOfModels")
    _add(models, "model", id="body", name=title, language="urn:sedml:language:sbml.level-3.version-2",
         source=experiment.model)  # fmt: skip
    course = _add(
        _list(root, "listOfSimulations"), "uniformTimeCourse", id="course", initialTime=repr(experiment.begin),
        outputStartTime=repr(experiment.start), outputEndTime=repr(experiment.end),
        numberOfSteps=str(experiment.steps),
    )  # fmt: skip
    algorithm = _add(course, "algorithm", kisaoID="KISAO:0000019", name="CVODE")
    told = [("0000209", experiment.rtol), ("0000211", experiment.atol), ("0000467", experiment.longest)]
    if any(value is not None for _, value in told):
        parameters = _list(algorithm, "listOfAlgorithmParameters")
        for kisao, value in told:
            if value is not None:
                _add(parameters, "algorithmParameter", kisaoID=f"KISAO:{kisao}", value=repr(value))
    _add(
        _list(root, "listOfTasks"),
        "task",
        id=experiment.key,
        modelReference="body",
        simulationReference="course",
    )
    _generators(root, experiment)
    _outputs(root, experiment, title)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _generators(root: Element, experiment: Experiment) -> None:
    generators = _list(root, "listOfDataGenerators")
    columns = [("time", "time", ""), *((f"data_{name}", label, name) for name, label in experiment.wanted)]
    for key, label, name in columns:
        one = _add(generators, "dataGenerator", id=key, name=label)
        place = (
            {"target": f"/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='{name}']"}
            if name
            else {"symbol": "urn:sedml:symbol:time"}
        )
        variable = {"id": f"of_{key}", "taskReference": experiment.key, **place}
        _add(_list(one, "listOfVariables"), "variable", **variable)
        mathematics = SubElement(one, "math", {"xmlns": _MATH})
        SubElement(mathematics, "ci").text = f" of_{key} "


def _outputs(root: Element, experiment: Experiment, title: str) -> None:
    outputs = _list(root, "listOfOutputs")
    report = _list(_add(outputs, "report", id="report", name=title), "listOfDataSets")
    _add(report, "dataSet", id="column_time", label="time", dataReference="time")
    for name, label in experiment.wanted:
        _add(report, "dataSet", id=f"column_{name}", label=label, dataReference=f"data_{name}")
    plot = _add(outputs, "plot2D", id="figure", name=title)
    _add(plot, "xAxis", id="x", type="linear", name="hours")
    _add(plot, "yAxis", id="y", type="linear", name="value")
    curves = _list(plot, "listOfCurves")
    for order, (name, label) in enumerate(experiment.wanted):
        _add(curves, "curve", id=f"curve_{name}", name=label, order=str(order), type="points",
             xDataReference="time", yDataReference=f"data_{name}")  # fmt: skip


def read_sedml(content: bytes, file: str) -> tuple[Experiment, ...]:
    """The uniform time courses of a SED-ML file.

    Raises:
        VagusError: V632 no XML or one that is refused, V631 what cannot be honoured: changes of the model, repeated
            tasks, data computed from variables, targets that are no plain SBML ids.
    """
    root = parse_xml(content, file)
    space = root.tag.rpartition("}")[0].removeprefix("{")
    if space not in _SPACES or not root.tag.endswith("}sedML"):
        raise fail("V631", reason="it is no SED-ML of Level 1", file=file)
    return _Reader(root, space, file).experiments()


class _Reader:
    """One SED-ML document."""

    def __init__(self, root: Element, space: str, file: str) -> None:
        self.root, self.space, self.file = root, space, file
        self.models = {_id(one): one for one in self.all("model")}
        self.courses = {_id(one): one for one in self.all("uniformTimeCourse")}

    def all(self, name: str, inside: Element | None = None) -> Iterator[Element]:
        return (self.root if inside is None else inside).iter(f"{{{self.space}}}{name}")

    def fault(self, reason: str) -> Exception:
        return fail("V631", reason=reason, file=self.file)

    def experiments(self) -> tuple[Experiment, ...]:
        for refused in ("repeatedTask", "parameterEstimationTask", "computeChange", "dataDescription"):
            if next(self.all(refused), None) is not None:
                raise self.fault(f"it has a {refused}")
        found = []
        for task in self.all("task"):
            course = self.courses.get(task.get("simulationReference", ""))
            model = self.models.get(task.get("modelReference", ""))
            if course is None or model is None:
                raise self.fault(f"the task '{_id(task)}' has no uniform time course of a model")
            found.append(self._experiment(task, course, model))
        if not found:
            raise self.fault("it has no task")
        return tuple(found)

    def _experiment(self, task: Element, course: Element, model: Element) -> Experiment:
        if next(self.all("listOfChanges", model), None) is not None and len(
            next(self.all("listOfChanges", model))
        ):
            raise self.fault(f"the model '{_id(model)}' is changed")
        source = model.get("source", "").removeprefix("./")
        if "://" in source or source.startswith(("urn:", "#")) or not source:
            raise self.fault(f"the model '{_id(model)}' is not a file of the archive")
        steps = self.number(course, "numberOfSteps" if "numberOfSteps" in course.attrib else "numberOfPoints")
        start, end = self.number(course, "outputStartTime"), self.number(course, "outputEndTime")
        begin = self.number(course, "initialTime")
        if steps != int(steps) or not 1 <= steps <= _MOST_STEPS or not begin <= start < end:
            raise self.fault(f"the time course '{_id(course)}' has no sensible times")
        told = {
            one.get("kisaoID", "")[-7:]: one.get("value", "")
            for one in self.all("algorithmParameter", course)
        }
        solver = [plain_number(told.get(kisao, "")) for kisao in ("0000209", "0000211", "0000467")]
        wanted = self._wanted(_id(task))
        return Experiment(_id(task), source, start, end, int(steps), wanted, begin, *solver)

    def number(self, element: Element, name: str) -> float:
        found = plain_number(element.get(name, ""))
        if found is None:
            raise self.fault(f"{name} is '{element.get(name, '')}'")
        return found

    def _wanted(self, task: str) -> tuple[tuple[str, str], ...]:
        """What the outputs refer to: plain variables of this task."""
        generators: dict[str, Element] = {_id(one): one for one in self.all("dataGenerator")}
        labels: dict[str, str] = {}
        for data in self.all("dataSet"):
            labels.setdefault(data.get("dataReference", ""), data.get("label", ""))
        for curve in self.all("curve"):
            labels.setdefault(curve.get("yDataReference", ""), curve.get("name", ""))
        wanted: dict[str, str] = {}
        for key, label in labels.items():
            one = generators.get(key)
            if one is None:
                raise self.fault(f"there is no data generator '{key}'")
            target = self._plain(one, task)
            if target:
                wanted.setdefault(target, label or one.get("name") or target)
        return tuple(wanted.items())

    def _plain(self, generator: Element, task: str) -> str:
        """The SBML id a generator gives out; '' for time and for what belongs to another task."""
        variables = list(self.all("variable", generator))
        symbols = [one.text or "" for one in generator.iter(f"{{{_MATH}}}ci")]
        if len(variables) != 1 or [word.strip() for word in symbols] != [_id(variables[0])]:
            raise self.fault(f"the data generator '{_id(generator)}' computes something")
        if next(generator.iter(f"{{{_MATH}}}apply"), None) is not None:
            raise self.fault(f"the data generator '{_id(generator)}' computes something")
        variable = variables[0]
        if variable.get("taskReference") != task or variable.get("symbol", "").endswith("time"):
            return ""
        match = _TARGET.fullmatch(variable.get("target", ""))
        if match is None:
            raise self.fault(f"the target '{variable.get('target', '')}' is no SBML id")
        return match[1] or match[2]


def _list(parent: Element, name: str) -> Element:
    return SubElement(parent, name)


def _add(parent: Element, element: str, /, **attributes: str) -> Element:
    return SubElement(parent, element, attributes)


def _id(element: Element) -> str:
    return element.get("id", "")


def csv_of(times: Sequence[float], columns: Mapping[str, Sequence[float]]) -> str:
    """A report as CSV: time, then one column for each label; every digit is kept."""
    lines = [",".join(["time", *columns])]
    for k, time in enumerate(times):
        lines.append(",".join(repr(float(v)) for v in (time, *(column[k] for column in columns.values()))))
    return "\n".join(lines) + "\n"
