"""The report is one valid, self-contained file; hostile names stay text; dashes have a reason."""

import base64
import hashlib
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from vagus.errors import VagusError
from vagus.report import DISCLAIMER, SourceLine, print_course, report_html, write_report
from vagus.report.rows import source_link

from . import made_up

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Outline(HTMLParser):
    """Collects elements and ids, and checks that every element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def text() -> str:
    return report_html(made_up.course(1, people=200))


def test_well_formed_with_unique_ids(text: str) -> None:
    ids = [attributes["id"] for _, attributes in outline(text).seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert text.lstrip().startswith("<!DOCTYPE html>")


def test_nothing_is_loaded_and_nothing_runs(text: str) -> None:
    for tag, attributes in outline(text).seen:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed", "base", "form")
        assert not any(
            name.startswith("on") or name in ("src", "srcset", "style", "data") for name in attributes
        )
    assert not re.search(r"url\((?!#)|@import", text)
    # What is left are name spaces and the two addresses of sources, to be clicked, never loaded.
    known = r"http-equiv|http://www\.w3\.org/2000/svg|https://doi\.org/10\.1000|https://example\.org/paper"
    assert "http" not in re.sub(known, "", text)


def test_policy_forbids_scripts_and_holds_the_hash_of_the_style(text: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy and style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].startswith("default-src 'none';") and f"style-src 'sha256-{digest}'" in policy[1]


def test_says_what_it_is_not(text: str) -> None:
    assert DISCLAIMER in text
    assert DISCLAIMER == (
        "For research, teaching and record keeping. "
        "Not a medical device: it does not diagnose and recommends no dose."
    )


def test_hostile_names_stay_text() -> None:
    bad = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    course = made_up.course(1, title=bad, person=[("Name", bad)], treatment_title=bad, warnings=[bad])
    seen = outline(report_html(course)).seen
    assert not [tag for tag, _ in seen if tag in ("script", "img")]


def test_addresses_that_run_code_are_no_links() -> None:
    def line(address: str) -> SourceLine:
        return SourceLine("key", "text", address, "weak", 1)

    assert source_link(line("javascript:alert(1)")) == ""
    assert source_link(line("//evil.example")) == ""
    assert source_link(line("doi:10.1000/a<b")) == "https://doi.org/10.1000/a%3Cb"
    assert source_link(line("https://example.org/x")) == "https://example.org/x"
    assert source_link(line("")) == "" and source_link(line("http://[broken")) == ""


def test_dash_with_its_note(text: str) -> None:
    assert '–<sup><a href="#note-1">1</a></sup>' in text
    assert '<li id="note-1">The scale looks back 14 days and cannot be asked after 24 hours.</li>' in text


def test_method_and_sources_are_told(text: str) -> None:
    for piece in ("averaged", "2e-05", "vagus 0.1.0", "simons2022", "https://doi.org/10.1000/made.up"):
        assert piece in text
    assert text.index("vagus_models") < text.index("simons2022") < text.index("bangsgaard2016")


def test_empty_course_still_makes_a_report() -> None:
    course = made_up.course(
        0, curves=[], doses=[], outcomes=[], acute=[], acute_curves=[], sources=[], grade_counts={}
    )
    text = report_html(course)
    outline(text)  # every tag closed
    assert course.title in text


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write_report(made_up.course(), tmp_path / "out" / "report.html")
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]
    with pytest.raises(VagusError) as caught:
        write_report(made_up.course(), path / "below-a-file" / "report.html")
    assert caught.value.code == "V603"


def test_terminal_prints_names_as_text() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    print_course(made_up.course(1, title="[bold]not markup[/bold]"), console)
    printed = console.export_text()
    assert "[bold]not markup[/bold]" in printed and "Depression (MADRS)" in printed and "better" in printed
