"""COMBINE archives (OMEX): a model, the experiment that makes a figure of it, and the figure's numbers, in one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from ..errors import fail
from ..language.foreign import Form
from ..solve.reasons import Reason
from .archive import read_archive, write_archive
from .foreign import Order, Result, run_text
from .sedml import Experiment, read_sedml
from .xml_text import check_xml, parse_xml

MANIFEST = "manifest.xml"
_SPACE = "http://identifiers.org/combine.specifications/omex-manifest"
_OMEX = "http://identifiers.org/combine.specifications/omex"
_FORMATS = {
    ".sbml": "http://identifiers.org/combine.specifications/sbml.level-3.version-2",
    ".sedml": "http://identifiers.org/combine.specifications/sed-ml.level-1.version-4",
    ".csv": "http://purl.org/NET/mediatypes/text/csv",
    ".svg": "http://purl.org/NET/mediatypes/image/svg+xml",
    ".md": "http://purl.org/NET/mediatypes/text/markdown",
}
_FORM: Form = "id"
_SED = "combine.specifications/sed-ml"


@dataclass(frozen=True)
class Archive:
    """What was read.

    Attributes:
        entries: contents by name.
        formats: what the manifest says each is.
        experiments: (name of the SED-ML entry, experiment).
    """

    entries: Mapping[str, bytes]
    formats: Mapping[str, str]
    experiments: tuple[tuple[str, Experiment], ...]


def omex_bytes(entries: Mapping[str, str], master: str) -> bytes:
    """Texts by name as a COMBINE archive with its manifest; `master` is the SED-ML to be run."""
    root = Element("omexManifest", {"xmlns": _SPACE})
    listed = [(".", _OMEX), (f"./{MANIFEST}", _SPACE)]
    listed += [(f"./{name}", _FORMATS[PurePosixPath(name).suffix]) for name in entries]
    for location, kind in listed:
        more = {"master": "true"} if location == f"./{master}" else {}
        SubElement(root, "content", {"location": location, "format": kind, **more})
    indent(root)
    manifest = f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'
    return write_archive(
        {MANIFEST: manifest.encode(), **{name: text.encode() for name, text in entries.items()}}
    )


def read_omex(path: str) -> Archive:
    """A COMBINE archive.

    Raises:
        VagusError: V101, V102, V630 the archive, V632 its XML, V631 its experiments.
    """
    entries = read_archive(path)
    if MANIFEST not in entries:
        raise fail("V630", reason="it has no manifest.xml", file=path)
    root = parse_xml(entries[MANIFEST], f"{path}/{MANIFEST}")
    if root.tag != f"{{{_SPACE}}}omexManifest":
        raise fail("V630", reason="its manifest is none of a COMBINE archive", file=path)
    formats = {}
    for content in root.iter(f"{{{_SPACE}}}content"):
        name = content.get("location", "").removeprefix("./")
        if name in entries:
            formats[name] = content.get("format", "")
        elif name not in ("", "."):
            raise fail("V630", reason=f"the manifest names {name!r}, which is not there", file=path)
    experiments = []
    for name, kind in formats.items():
        if _SED not in kind:
            continue
        for one in read_sedml(entries[name], f"{path}/{name}"):
            where = str(PurePosixPath(name).parent / one.model)
            if where not in entries:
                raise fail(
                    "V631", reason=f"its model {one.model!r} is not in the archive", file=f"{path}/{name}"
                )
            check_xml(entries[where], f"{path}/{where}")
            experiments.append((name, one))
    return Archive(entries, formats, tuple(experiments))


def model_of(archive: Archive, name: str, experiment: Experiment) -> str:
    """The SBML text of an experiment of the SED-ML entry `name`."""
    content = archive.entries[str(PurePosixPath(name).parent / experiment.model)]
    return content.decode("utf-8-sig", "replace")


def run_experiment(archive: Archive, name: str, experiment: Experiment) -> Result:
    """Run one experiment of an archive with our own engine.

    Raises:
        VagusError: V631 when its output begins between two of its steps, V2xx and V5xx when the model cannot be run.
    """
    step = (experiment.end - experiment.start) / experiment.steps
    before = (experiment.start - experiment.begin) / step
    if abs(before - round(before)) > 1e-9 * max(1.0, before) or before > 1_000_000:
        raise fail("V631", reason="its output begins between two of its steps", file=name)
    wanted = tuple((key, _FORM) for key, _ in experiment.wanted)
    steps = experiment.steps + round(before)
    order = Order(experiment.begin, experiment.end, steps, wanted, rtol=min(experiment.rtol or 1e-9, 1e-6))
    result = run_text(model_of(archive, name, experiment), f"{name}: {experiment.model}", order)
    if result.reason[0]:
        reason = Reason(int(result.reason[0]))
        raise fail(reason.code, time=f"{result.stopped[0]:g}", steps=int(result.steps[0]))
    kept = slice(round(before), None)
    return replace(result, times=result.times[kept], values=result.values[kept])


def largest_difference(
    archive: Archive, times: Sequence[float], columns: Mapping[str, Sequence[float]]
) -> float | None:
    """How far the columns are from the table of the archive that has the same ones, as part of each one's range.

    None when the archive has no CSV table with these columns and times.
    """
    for name, content in archive.entries.items():
        if not name.endswith(".csv"):
            continue
        lines = content.decode("utf-8", "replace").splitlines()
        if not lines or lines[0].split(",") != ["time", *columns] or len(lines) != len(times) + 1:
            continue
        try:
            table = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
        except ValueError:
            continue
        mine = np.array([times, *columns.values()]).T
        if table.shape != mine.shape:
            continue
        apart = np.abs(mine - table).max(axis=0)
        width = np.maximum(np.maximum(np.ptp(table, axis=0), 1e-6 * np.abs(table).max(axis=0)), 1e-12)
        return float(np.max(apart / width))
    return None
