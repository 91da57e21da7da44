"""The map of the body, the first screen and the third arm in the report."""

from dataclasses import replace
from xml.etree import ElementTree

from vagus.report import course_figures, report_html
from vagus.report.map import map_svg
from vagus.report.record import BodyMap, MapArrow, MapNode

from . import made_up
from .test_html import outline

NODES = [
    MapNode("mood", "Mood <x>", "brain", (200, 170), "depression", "0.98", "0.42", 0.6),
    MapNode("gut", "Gut", "body", (780, 704), "permeability", "1.20", "1.30", -0.4),
    MapNode("ketamine", "Ketamine", "outside", (88, 450), given=True),
]
ARROWS = [MapArrow("ketamine", "mood", -1, "moderate", "a & b"), MapArrow("gut", "mood", 1, "assumed", "c")]


def test_the_map_is_drawn_with_words_for_those_who_do_not_see_it() -> None:
    drawing = ElementTree.fromstring(map_svg(BodyMap(NODES, ARROWS, moved=True, day=21)))
    words = " ".join(drawing.itertext())
    assert "60% of the way to health" in words and "40% further from health" in words and "a & b" in words
    assert "Mood <x>" in words and "given" in words


def test_dashes_are_for_what_is_assumed() -> None:
    drawing = ElementTree.fromstring(map_svg(BodyMap(NODES, ARROWS)))
    curves = [path for path in drawing.iter() if "Q" in path.get("d", "")]
    assert [path.get("stroke-dasharray") is not None for path in curves] == [False, True]


def test_first_screen_map_and_cautions_stand_in_the_report_in_this_order() -> None:
    course = made_up.course(
        1,
        headline=[("Who", "a <b>person</b>"), ("Main effect", "it falls")],
        body=BodyMap(NODES, ARROWS, moved=True, day=21),
        cautions=["mind the pressure"],
        warnings=["a limit"],
    )
    text = report_html(course)
    outline(text)
    assert "a &lt;b&gt;person" in text
    places = [
        text.index(f'id="{name}"')
        for name in ("brief", "scores", "acute", "map", "outcomes", "cautions", "method")
    ]
    assert places == sorted(places)
    for name in ("scores", "acute", "map", "outcomes", "words", "cautions", "sources", "method"):
        assert f'href="#{name}"' in text


def test_the_placebo_line_stands_in_figure_and_tables() -> None:
    made = made_up.course()
    curves = [
        replace(c, placebo=(c.treated + c.untreated) / 2) if c.kind != "vital" else c for c in made.curves
    ]
    course = replace(made, curves=curves)
    figure = course_figures(course)[0]
    assert ">placebo " in figure.svg and figure.table.columns == ("treated", "placebo", "untreated")
    assert all(len(row) == 1 + 3 * len(figure.table.curves) for row in figure.table.rows)
    text = report_html(course)
    assert "placebo: same visits, no drug" in text
    outline(text)
