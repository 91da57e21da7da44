"""Figures, plain words and one self-contained HTML report of a simulated course; finished tables in, no science."""

from ..tables import GRADES
from .figure import Figure, FigureTable, acute_figures, course_figures
from .html import report_html, write_report
from .record import Acute, CourseReport, Curve, Dose, Outcome, SourceLine
from .terminal import print_course
from .words import DISCLAIMER, describe

__all__ = [
    "DISCLAIMER",
    "GRADES",
    "Acute",
    "CourseReport",
    "Curve",
    "Dose",
    "Figure",
    "FigureTable",
    "Outcome",
    "SourceLine",
    "acute_figures",
    "course_figures",
    "describe",
    "print_course",
    "report_html",
    "write_report",
]
