"""The study files of the atlas: which row of the evidence each number is from, and which rows stand in no file and why.

A row is named where it is used: an outcome's note begins with "row KEY", and baseline scores say "# baseline: row KEY".
"""

import re
from dataclasses import dataclass
from pathlib import Path

from ..people.study import read_study
from ..people.study_record import Study
from ..tables import atlas_path, read_rows, read_text

FOLDER = "studies"
LEFT_OUT = "left_out.csv"
_COLUMNS = ("row", "file", "split", "kind", "reason")
_OUTCOME = re.compile(r'^note\s*= "row ([^";]+)', re.MULTILINE)
_BASELINE = re.compile(r"# baseline: rows? (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class StudyFile:
    """One study file of the atlas.

    Attributes:
        study: what it says.
        rows: rows of the evidence behind its outcomes, in the order of the file, each once.
        baseline: rows behind its baseline scores.
    """

    study: Study
    rows: tuple[str, ...]
    baseline: tuple[str, ...]


@dataclass(frozen=True)
class LeftOut:
    """A row of the evidence that stands in no study file.

    Attributes:
        row: its key.
        file: of the evidence.
        split: calibrate or validate.
        kind: of the reason, in a few words.
        reason: why.
    """

    row: str
    file: str
    split: str
    kind: str
    reason: str


def study_paths(folder: Path | None = None) -> list[Path]:
    """The study files of a folder (of the atlas when left out) by name."""
    return sorted((folder or atlas_path(FOLDER)).glob("*.toml"))


def read_studies(folder: Path | None = None) -> list[StudyFile]:
    """Every study file of a folder (of the atlas when left out) by name; raises what `read_study` raises."""
    files = []
    for path in study_paths(folder):
        text = read_text(path)
        rows = tuple(dict.fromkeys(_OUTCOME.findall(text)))
        baseline = tuple(key for found in _BASELINE.findall(text) for key in found.split(", "))
        files.append(StudyFile(read_study(path), rows, baseline))
    return files


def read_left_out() -> list[LeftOut]:
    """The rows of `studies/left_out.csv`; raises V1xx for a table that cannot be read."""
    rows = read_rows(atlas_path(FOLDER, LEFT_OUT), _COLUMNS)
    return [LeftOut(**{name: row[name] for name in _COLUMNS}) for row in rows]
