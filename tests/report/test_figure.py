"""Figures: everything drawn that is given, nothing else, and the same numbers in a table."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from vagus.report import Dose, acute_figures, course_figures
from vagus.report.doses import ruled_doses
from vagus.report.labels import band_names
from vagus.report.panel import MOST_POINTS, thin

from . import made_up


def test_mind_and_body_share_the_axis_and_the_width() -> None:
    mind, body, *vitals = course_figures(made_up.course())
    assert (mind.title, body.title, len(vitals)) == ("Mind", "Body", 2)
    boxes = {ElementTree.fromstring(figure.svg).get("viewBox") for figure in (mind, body)}
    widths = {box.split()[2] for box in boxes if box}
    assert len(widths) == 1


def test_every_dose_and_both_lines_are_drawn() -> None:
    svg = course_figures(made_up.course())[0].svg
    for day in (0, 3, 7, 10, 14, 17):
        assert f"day {day}: ketamine 35 mg, iv over 40 min" in svg
    assert "stroke-dasharray" in svg and ">treated 26.1<" in svg and ">untreated 31.0<" in svg


def test_points_say_their_numbers_when_pointed_at() -> None:
    svg = course_figures(made_up.course())[0].svg
    assert "<title>Depression (MADRS), day 21: 18.0 points (without treatment 31.8)</title>" in svg


def test_a_scale_not_asked_is_a_gap_and_a_dash() -> None:
    figure = course_figures(made_up.course())[0]
    day_1 = next(row for row in figure.table.rows if row[0] == "1")
    assert day_1[1] == "29.8" and day_1[3] == "–"
    assert "Depression (PHQ-9), day 1:" not in figure.svg


def test_no_dose_no_strip() -> None:
    svg = course_figures(made_up.course(0, doses=[]))[0].svg
    assert ">Doses<" not in svg


def test_a_daily_tablet_is_marked_in_the_strip_only() -> None:
    tablets = [Dose(float(day), "escitalopram", 10, "mg", "oral", 0) for day in range(84)]
    infusions = [Dose(0.0, "ketamine", 35, "mg", "iv", 40)]
    assert ruled_doses([*tablets, *infusions]) == infusions
    svg = course_figures(made_up.course(1, doses=[*tablets, *infusions]))[0].svg
    assert "day 83: escitalopram 10 mg, oral" in svg


def test_acute_figures_name_the_peak() -> None:
    figures = acute_figures(made_up.course())
    assert len(figures) == 2 and "144 at 40 min" in figures[0].svg
    assert acute_figures(made_up.course(1, acute_curves=[])) == ()


def test_a_short_peak_survives_thinning() -> None:
    column = np.zeros(50_000)
    column[31_234] = 1.0
    kept = thin(column)
    assert 31_234 in kept and len(kept) <= MOST_POINTS + 4


def test_names_never_become_markup() -> None:
    course = made_up.course()
    hostile = replace(course.curves[0], label='<script>alert("1")</script> & "co"')
    svg = course_figures(replace(course, curves=[hostile]))[0].svg
    assert "<script" not in svg
    assert ElementTree.fromstring(svg) is not None


def test_all_values_missing_still_draws() -> None:
    empty = replace(made_up.curve("madrs", 1), valid=np.zeros(len(made_up.DAYS), dtype=bool))
    assert "<svg" in course_figures(made_up.course(1, curves=[empty]))[0].svg


def test_curve_refuses_wrong_shapes() -> None:
    with pytest.raises(ValueError, match="untreated"):
        replace(made_up.curve("madrs", 1), untreated=np.zeros(3))


def test_a_long_severity_name_stays_inside_the_figure() -> None:
    def lines(name: str, edge: float) -> list[tuple[str, int]]:
        line = replace(made_up.curve("madrs", 1), bands=[(0, name), (edge, "more")])
        return [
            (layer["mark"]["text"], layer["mark"]["fontSize"])
            for layer in band_names(line)
            if layer["mark"]["type"] == "text" and layer["mark"]["text"] != "more"
        ]

    assert lines("mild", 30) == [("mild", 12)]
    assert lines("below the cut of probable PTSD", 30) == [("below the cut of", 12), ("probable PTSD", 12)]
    assert lines("moderately severe", 10) == [("moderately severe", 11)]  # too thin for two lines
