"""The report as PDF: whole, made of text, honest, and the same for the same course."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.report import DISCLAIMER, pdf
from vagus.report.pdf import report_data, report_pdf, report_picture, write_pdf

from .made_up import course

NASTY = 'A "#panic()" $x$ <b> \\ *bold* #image("/etc/passwd") @ref & 100 %'


def test_it_is_one_whole_pdf_and_the_same_each_time(tmp_path: Path) -> None:
    path = write_pdf(course(), tmp_path / "deep" / "report.pdf")
    made = path.read_bytes()
    assert made.startswith(b"%PDF-") and made.rstrip().endswith(b"%%EOF") and len(made) > 20_000
    assert [one.name for one in path.parent.iterdir()] == ["report.pdf"]
    assert report_pdf(course()) == made


def test_the_picture_has_its_pages_side_by_side() -> None:
    one, two = (report_picture(course(), pages, 40.0) for pages in (1, 2))
    assert one.startswith(b"\x89PNG") and two.startswith(b"\x89PNG")
    width, height = (int.from_bytes(one[place : place + 4]) for place in (16, 20))
    assert 325 < width < 335 and 465 < height < 472  # A4 at 40 dots an inch
    assert abs(int.from_bytes(two[16:20]) - 2 * width) <= 1


def test_words_of_the_report_are_data_and_never_markup(tmp_path: Path) -> None:
    bad = replace(
        course(),
        title=NASTY,
        headline=((NASTY, NASTY),),
        person=((NASTY, NASTY),),
        treatment_meaning=NASTY,
        warnings=(NASTY,),
        cautions=(NASTY,),
        failed=((NASTY, "V501", NASTY),),
    )
    assert report_pdf(bad).startswith(b"%PDF-")
    data = report_data(bad, tmp_path)
    assert data["title"] == data["warnings"][0] == data["headline"][0][1] == NASTY


def test_it_holds_what_the_page_holds(tmp_path: Path) -> None:
    data = report_data(course(), tmp_path)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["disclaimer"] == DISCLAIMER and data["sentences"] and data["sources"] and data["grades"]
    for group in ("scores", "vitals", "acute"):
        for figure in data[group]:
            assert figure["alt"] and (tmp_path / figure["file"]).read_text(encoding="utf-8").startswith(
                "<svg"
            )
    rows = [row for group in data["outcomes"] for row in group["rows"]]
    width = 2 + 2 * (3 if data["placebo"] else 2)
    assert rows and all(len(row["cells"]) == width for row in rows)
    dashes = [note for row in rows for _, note in row["cells"] if note]
    assert set(dashes) <= set(range(1, len(data["notes"]) + 1))


def test_a_course_with_nothing_in_it_is_still_a_report() -> None:
    empty = replace(
        course(),
        curves=(),
        doses=(),
        outcomes=(),
        acute=(),
        acute_curves=(),
        sources=(),
        headline=(),
        body=None,
    )
    assert report_pdf(empty).startswith(b"%PDF-")


def test_without_typst_the_reader_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, purpose: str) -> None:
        raise VagusError("V109", f"{purpose} needs {name}")

    monkeypatch.setattr(pdf, "needed", missing)
    with pytest.raises(VagusError, match="V109"):
        report_pdf(course())


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").mkdir()
    with pytest.raises(VagusError, match="V603"):
        write_pdf(course(), tmp_path / "report.pdf")
    assert [one.name for one in tmp_path.iterdir()] == ["report.pdf"]
