"""What calibration may move, the sample of population sets, and numbers written back into their tables."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import load_model
from vagus.errors import VagusError
from vagus.learn.population_set import as_set, read_fitted, read_sets, sample_table
from vagus.learn.problem import read_method
from vagus.learn.write_back import SOURCE, written
from vagus.people.adjust import numbers_of
from vagus.tables import atlas_path, read_parameters, read_sources, read_toml


@pytest.fixture(scope="module")
def fitted():
    return read_fitted(load_model())


def test_every_entry_is_a_number_of_the_population(fitted) -> None:
    assert 15 <= len(fitted) <= 70
    for x in (-9.0, 0.0, 9.0):
        numbers_of(load_model(), as_set(fitted, np.full(len(fitted), x)))
    for one in fitted:
        assert one.value(0.0) == pytest.approx(one.mean)
        assert one.place(one.value(0.3)) == pytest.approx(0.3)
        assert one.low <= one.value(-30.0) < one.value(30.0) <= one.high


def test_numbers_from_a_source_stay_in_their_published_interval(fitted) -> None:
    entries = read_parameters()
    for one in fitted:
        entry = entries.get(one.key)
        if entry is not None:
            assert (one.low, one.high) == (entry.low, entry.high)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('key = "mood.spine_gainn"\nscale = "log"\nmean = 5\nsd = 0.1\nwhy = "x"', "did you mean"),
        ('key = "mood.spine_gain"\nscale = "cubic"\nmean = 5\nsd = 0.1\nwhy = "x"', "scale is one of"),
        ('key = "mood.spine_gain"\nscale = "log"\nmean = 50\nsd = 0.1\nwhy = "x"', "mean from 0 to 15"),
        ('key = "mood.spine_gain"\nscale = "logit"\nmean = 5\nsd = 0.1\nwhy = "x"', "no logit"),
        ('key = "mood.spine_gain"\nscale = "log"\nmean = 5\nsd = 0.1', "'why' is missing"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "fitted.toml"
    path.write_text(f"[[parameter]]\n{text}\n")
    with pytest.raises(VagusError) as error:
        read_fitted(load_model(), path)
    assert error.value.code == "V474" and words in str(error.value) and error.value.line


def test_a_method_without_a_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fitted.toml"
    path.write_text("[method]\npeople = 10\n")
    with pytest.raises(VagusError, match="V474"):
        read_method(path)
    assert read_method().sets >= 100


def test_the_sample_is_read_as_written(fitted, tmp_path: Path) -> None:
    sets = np.random.default_rng(3).standard_normal((7, len(fitted)))
    path = tmp_path / "sample.csv"
    path.write_text(sample_table(fitted, sets))
    back = read_sets(path)
    assert len(back) == 7 and list(back[0]) == [one.key for one in fitted]
    assert back[4] == pytest.approx(as_set(fitted, sets[4]), rel=1e-5)
    path.write_text(path.read_text().replace("\n", "\nx,", 1).replace("x,", "many,", 1))
    with pytest.raises(VagusError):
        read_sets(path)
    assert read_sets(tmp_path / "none.csv") == []


def test_written_numbers_are_read_as_they_were_fitted(fitted, tmp_path: Path) -> None:
    atlas = tmp_path / "atlas"
    for folder in ("parameters", "conditions", "traits"):
        shutil.copytree(atlas_path(folder), atlas / folder)
    for name in ("blinding.toml", "reporting.toml"):
        shutil.copy(atlas_path(name), atlas / name)
    new = {
        "plasticity.surge_gain": 0.81,
        "plasticity.surge_gain:spread": 0.44,
        "condition/mdd:load.persistent:alpha": 2.2,
        "blinding:saline": 0.2,
        "care:visit": 0.3,
        "trait/treatment-resistant:biomarker.residual": 1.37,
        "reporting:severity_spread": 0.21,
    }
    before = read_parameters(atlas / "parameters")
    for path, text in written(new, atlas).items():
        path.write_text(text)
    after = read_parameters(atlas / "parameters")
    gain = after["plasticity.surge_gain"]
    assert (gain.value, gain.spread, gain.source, gain.grade) == (0.81, 0.44, SOURCE, "assumed")
    changed = [
        name
        for name, entry in after.items()
        if (entry.value, entry.spread, entry.meaning)
        != (before[name].value, before[name].spread, before[name].meaning)
    ]
    assert changed == ["plasticity.surge_gain"]
    condition = read_toml(atlas / "conditions" / "mdd.toml")
    assert condition["traits"]["load.persistent"]["alpha"] == 2.2 and SOURCE in condition["sources"]
    resistant = read_toml(atlas / "traits" / "treatment-resistant.toml")
    assert resistant["multiply"]["biomarker.residual"] == 1.37 and SOURCE in resistant["sources"]
    blinding = read_toml(atlas / "blinding.toml")
    assert blinding["control"]["saline"]["value"] == 0.2 and blinding["care"]["visit"]["value"] == 0.3
    assert SOURCE in blinding["control"]["saline"]["sources"]
    assert SOURCE not in blinding["control"]["anaesthesia"]["sources"]
    assert read_toml(atlas / "reporting.toml")["severity_spread"]["value"] == 0.21
    assert SOURCE in read_sources()


def test_a_number_without_a_table_is_told() -> None:
    with pytest.raises(VagusError, match="V475"):
        written({"blinding:nobody": 0.5})


def test_what_is_expected_is_what_the_tables_said_before_calibration(fitted) -> None:
    entries = read_parameters()
    for one in fitted:
        name, _, what = one.key.partition(":")
        entry = entries.get(name)
        if entry is not None and entry.source != SOURCE:
            assert one.mean == (entry.spread if what else entry.value), one.key
