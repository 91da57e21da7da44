"""What a result rests on: only what was read, worst grade first."""

import pytest

from vagus.body.condition import load_condition
from vagus.body.model import load_model
from vagus.body.treatment import load_treatment
from vagus.evidence.provenance import (
    SourceUse,
    citation,
    entries_read,
    grade_counts,
    plain_letters,
    provenance_of,
    provenance_of_atlas,
    source_lines,
    uses,
    worst,
)
from vagus.observe import load_domains, load_instrument
from vagus.tables import GRADE_MEANINGS, GRADES, Source, read_parameters, read_sources


def rank(line: SourceUse) -> int:
    return GRADES.index(line.grade) if line.grade else -1


def test_the_worst_grade_is_the_last_of_the_list() -> None:
    assert worst(["strong", "weak", "moderate"]) == "weak"
    assert worst(["contradicted", "assumed", ""]) == "assumed"
    assert worst([]) == "" and worst([""]) == ""
    assert set(GRADE_MEANINGS) == set(GRADES)


def test_every_number_is_counted_once_under_its_grade() -> None:
    entries = read_parameters()
    counts = grade_counts(entries)
    assert sum(counts.values()) == len(entries_read(entries)) == len(entries)
    assert list(counts) == [grade for grade in GRADES if grade in counts]


def test_sources_come_worst_first_and_then_by_what_rests_on_them() -> None:
    lines = source_lines(read_parameters())
    order = [(-rank(line), -line.used_for) for line in lines]
    assert order == sorted(order)
    assert sum(line.used_for for line in lines) == len(entries_read(read_parameters()))
    assert lines[0].key == "vagus_models" and lines[0].grade == "assumed"


def test_every_kind_of_record_tells_its_sources() -> None:
    condition = uses([load_condition("mdd")])
    assert [use.grade for use in condition] == [
        "assumed"
    ] * 12  # five traits and one episode, from the notes and the calibration
    assert {use.source for use in uses([load_treatment("ketamine-iv-6")])} >= {"singh2016", "ketalar2024"}
    scale = uses([load_instrument("madrs")])
    assert {use.grade for use in scale} <= {*GRADES, ""}
    assert sum("loadings" in use.name for use in scale) == 10
    assert [(use.source, use.grade) for use in uses([load_domains()["pain"], ("dahan2011", "weak")])] == [
        ("vagus_models", "assumed"),
        ("dahan2011", "weak"),
    ]


def test_a_source_nobody_listed_is_still_told() -> None:
    lines = source_lines({}, [("nobody2000", "weak")], {})
    assert lines == [SourceUse("nobody2000", "nobody2000", "", "weak", 1)]


def test_a_run_rests_on_what_it_read() -> None:
    model = load_model()
    alone = provenance_of(model, ["healthy"], None, [])
    assert alone.counts == grade_counts(read_parameters())
    assert "singh2016" not in {line.key for line in alone.sources}
    treated = provenance_of(model, ["mdd+pain-neuropathic"], load_treatment("ketamine-iv-6"), ["madrs"])
    keys = {line.key for line in treated.sources}
    assert {"singh2016", "duru2008"} <= keys and "hoskin1989" in keys
    assert "krupp1989" not in keys  # a scale that was not scored
    assert treated.worst == "assumed" and treated.counts == alone.counts


def test_the_whole_atlas_names_known_sources_only() -> None:
    known = read_sources()
    lines = provenance_of_atlas().sources
    assert {line.key for line in lines} <= set(known)
    assert all(line.text and "\\" not in line.text and "{" not in line.text for line in lines)


@pytest.mark.parametrize(
    ("author", "year", "title", "text"),
    [
        (
            "Dahan, A. and Olofsen, E. and Sigtermans, M.",
            "2011",
            "Pain relief",
            "Dahan and others 2011. Pain relief",
        ),
        ("Duru, G. and Fantino, B.", "2008", "Change", "Duru and Fantino 2008. Change"),
        ("Otto and others", "2021", "Kinetics", "Otto and others 2021. Kinetics"),
        ("", "", "", "read once"),
    ],
)
def test_a_citation_is_readable(author: str, year: str, title: str, text: str) -> None:
    source = Source("KEY", "article", title, author, year, "", "", "read once", "sources.bib", 1)
    assert citation(source) == text


def test_letters_and_dashes_of_bibtex_are_written_out() -> None:
    assert plain_letters("Ren\\'e M\\\"uller --- \\Oye, 3--4") == "René Müller — Øye, 3–4"
