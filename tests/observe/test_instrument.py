"""The tables of the instruments: complete, without contradiction, every number with its source."""

import re

import numpy as np
import pytest

from vagus.errors import VagusError
from vagus.observe import (
    Fact,
    components,
    list_instruments,
    load_domains,
    load_instrument,
    read_instrument,
    score,
    usual_instruments,
)
from vagus.tables import atlas_path

USUAL = ["bpi_interference", "bpi_severity", "fatigue", "gad7", "isi", "madrs", "nrs_pain", "phq9"]
CROSSWALK = ["bdi1", "bdi2", "hamd21", "hamd24", "idssr30"]
# Burdens stand for the questions, some of which count the other way round: nobody is asked these.
BURDENS = ["sf36_mental", "sf36_physical", "who5", "stai_s", "stai_t", "cesd"]
SHAPE = {  # items, lowest and highest total, recall days
    "madrs": (10, 0, 60, 7),
    "phq9": (9, 0, 27, 14),
    "phq2": (2, 0, 6, 14),
    "gad7": (7, 0, 21, 14),
    "gad2": (2, 0, 6, 14),
    "hamd17": (17, 0, 52, 7),
    "hamd6": (6, 0, 22, 7),
    "qids16": (16, 0, 27, 7),
    "hama": (14, 0, 56, 7),
    "pcl5": (20, 0, 80, 30),
    "caps5": (20, 0, 80, 30),
    "nrs_pain": (1, 0, 10, 0),
    "peg": (3, 0, 10, 7),
    "bpi_severity": (4, 0, 10, 1),
    "bpi_interference": (7, 0, 10, 1),
    "psqi": (7, 0, 21, 30),
    "isi": (7, 0, 28, 14),
    "fatigue": (9, 1, 7, 7),
    "cadss": (23, 0, 92, 0),
    "hads_a": (7, 0, 21, 7),
    "hads_d": (7, 0, 21, 7),
    "hads": (14, 0, 42, 7),
    "hscl20": (20, 0, 4, 14),
    "lsas": (48, 0, 144, 7),
    "ssi": (19, 0, 38, 1),
    "bai": (21, 0, 63, 7),
    "stai_s": (20, 20, 80, 0),
    "stai_t": (20, 20, 80, 30),
    "cesd": (20, 0, 60, 7),
    "ies_r": (22, 0, 88, 7),
    "pain_catastrophizing": (13, 0, 52, 0),
    "who5": (5, 0, 25, 14),
    "vas_anxiety": (1, 0, 100, 0),
    "vas_depression": (1, 0, 100, 0),
    "sf36_mental": (4, 0, 44, 28),
    "sf36_physical": (4, 0, 44, 28),
    "hamd21": (17, 0, 64, 7),
    "hamd24": (17, 0, 75, 7),
    "idssr30": (17, 0, 84, 7),
    "bdi2": (17, 0, 63, 14),
    "bdi1": (17, 0, 63, 7),
}
KEYS = sorted(SHAPE)
SHORT = {"madrs": 1, "pcl5": 7, "caps5": 7, "sf36_mental": 7, "sf36_physical": 7}


def test_the_list_is_complete():
    assert list_instruments() == KEYS


def test_eight_scales_are_asked_without_being_named():
    assert usual_instruments() == USUAL


@pytest.mark.parametrize("key", KEYS)
def test_shape_of_the_scale(key):
    one = load_instrument(key)
    assert (len(one.items), one.total_low, one.total_high, one.recall_days) == SHAPE[key]
    assert one.short_form_days == SHORT.get(key)
    assert one is load_instrument(key)


@pytest.mark.parametrize("key", KEYS)
def test_every_number_has_a_source_and_a_grade(key):
    one = load_instrument(key)
    known = set(re.findall(r"@\w+\{([^,]+),", atlas_path("sources.bib").read_text(encoding="utf-8")))
    known.add("vagus_models")
    assert set(one.sources) <= known
    for fact in vars(one).values():
        if isinstance(fact, Fact):
            assert fact.source in known
            assert fact.grade in {"strong", "moderate", "weak", "contradicted", "assumed"}
            assert fact.source != "vagus_models" or fact.grade == "assumed"


@pytest.mark.parametrize("key", KEYS)
def test_reliable_change_follows_from_the_test_retest_sd(key):
    one = load_instrument(key)
    if one.reliable_change is None or one.test_retest_sd is None or one.crosswalk:
        assert key not in USUAL
        return
    assert one.reliable_change.value == pytest.approx(1.96 * np.sqrt(2) * one.test_retest_sd.value, rel=0.02)


def test_loadings_of_the_madrs_by_hand():
    madrs = load_instrument("madrs")
    sadness, tension = madrs.loadings[0], madrs.loadings[2]
    assert sadness[madrs.domains.index("depression")] == pytest.approx(35 / 60)
    assert tension[madrs.domains.index("anxiety")] == pytest.approx(0.5 * 35 / 60)
    assert np.allclose(madrs.loadings.sum(axis=1), 35 / 60)


def test_domains_name_model_outputs_once():
    table = load_domains()
    assert len({domain.observable for domain in table.values()}) == len(table) == 23
    assert all(re.fullmatch(r"[a-z]+\.[a-z_0-9]+", domain.observable) for domain in table.values())


def test_an_unknown_instrument_is_named():
    with pytest.raises(VagusError) as caught:
        load_instrument("phq-9")
    assert caught.value.code == "V405" and "phq9" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "where"),  # where: the start of the line that is told; None for an entry that is nowhere
    [
        ("total_high = 27", "total_high = 30", "total_high"),
        ("total_high = 27", "total_high = 'many'", "total_high"),
        ("{ from = 5,", "{ from = 12,", "bands"),
        ("{ from = 5,", "{ start = 5,", "bands"),
        ("loadings = { anhedonia = 1.0 }", "loadings = { luck = 1.0 }", "[[item]]"),
        ("loadings = { anhedonia = 1.0 }", "loadings = { }", "[[item]]"),
        ("loadings = { anhedonia = 1.0 }", "loadings = 1.0", "loadings"),
        ("loadings = { anhedonia = 1.0 }", "loadings = { anhedonia = 9.0 }", "[[item]]"),
        ("number = 3", "number = 4", "[[item]]"),
        ("\nlow = 0", "", "[[item]]"),
        ('total = "sum"', 'total = "median"', "total"),
        ('kind = "mental"', "", None),
        ("[total_at_ill]", "[total_when_ill]", None),
        ("value = 20", "value = 28", "[total_at_ill]"),
        ("value = 6.9", "value = 28", "[reliable_change]"),
        ("value = 5\n", "value = 0\n", "[minimal_important_change]"),
        ("value = 4\n", "value = 27\n", "[remission]"),
        ("value = 0.5", "value = 50", "[response]"),
        ('rater = "self"', 'rater = "nurse"', "rater"),
        ('rater = "self"\n', "", None),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_with_its_line(tmp_path, old, new, where):
    text = atlas_path("instruments", "phq9.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "phq9.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(VagusError) as caught:
        read_instrument(path)
    assert (caught.value.code, caught.value.file) == ("V444", str(path))
    assert (caught.value.line is None) == (where is None)
    if caught.value.line is not None:
        assert path.read_text(encoding="utf-8").splitlines()[caught.value.line - 1].startswith(where)
        there = text[: text.index(old)].count("\n") + 1
        assert there - 5 <= caught.value.line <= there + 1  # of several items the one that is wrong


@pytest.mark.parametrize("key", KEYS)
def test_a_scale_read_off_another_is_marked_so(key):
    one = load_instrument(key)
    assert bool(one.crosswalk) == (key in CROSSWALK)
    assert one.bycrosswalk == (key in CROSSWALK + BURDENS)
    pairs = np.array(one.crosswalk).reshape(-1, 2)
    assert (np.diff(pairs, axis=0) > 0).all()


def test_crosswalks_go_through_the_published_points():
    ham = np.array([7.0, 10.0, 17.0, 20.0, 30.0])
    marks = np.zeros((5, 17))
    marks[:, 0] = ham
    assert load_instrument("bdi2").total_of(marks)[[1, 3, 4]] == pytest.approx([13, 32, 50])
    assert load_instrument("bdi1").total_of(marks)[[1, 3, 4]] == pytest.approx([10, 27, 42])
    assert load_instrument("hamd21").total_of(marks)[[0, 2, 3]] == pytest.approx([7.5, 18.5, 23])
    assert load_instrument("hamd24").total_of(marks)[[0, 2, 3]] == pytest.approx([8.5, 22.5, 27.5])


def test_of_a_group_only_the_highest_item_counts():
    one = load_instrument("qids16")
    assert [len(rows) for rows in one.groups] == [4, 1, 4, 1, 1, 1, 1, 1, 2]
    marks = np.zeros(16)
    marks[[0, 1, 2, 5, 14]] = 1, 3, 2, 2, 1
    assert one.total_of(marks) == 6
    healthy = {name: np.zeros((1, 1)) for name in one.domains}
    ill = {name: np.ones((1, 1)) for name in one.domains}
    assert score(one, healthy, rounded=False).total[0, 0] == 0
    assert score(one, ill, rounded=False).total[0, 0] == pytest.approx(21)
    told = score(one, ill, rounded=False, told=np.array([[2 / 3]])).total[0, 0]
    assert told == pytest.approx(14)


ANSWERS = {"6": 2, "2": 45, "5a": 3, "4": 5.5, "4 of bed": 70, "7": 1, "8": 2, "9": 1}
NINE = {f"5{letter}": 1 for letter in "bcdefghij"}


def test_components_of_the_sleep_index_by_hand():
    assert components("psqi", ANSWERS | NINE).tolist() == [2, 3, 2, 2, 1, 1, 2]
    best = {"6": 0, "2": 10, "5a": 0, "4": 8, "4 of bed": 95, "7": 0, "8": 0, "9": 0} | dict.fromkeys(NINE, 0)
    assert components("psqi", best).sum() == 0
    worst = {"6": 3, "2": 90, "5a": 3, "4": 3, "4 of bed": 40, "7": 3, "8": 3, "9": 3} | dict.fromkeys(
        NINE, 3
    )
    assert components("psqi", worst).sum() == 21


def test_a_missing_answer_and_a_scale_without_components_are_refused():
    with pytest.raises(VagusError, match="V440"):
        components("psqi", ANSWERS)
    with pytest.raises(VagusError, match="V443"):
        components("madrs", {})
