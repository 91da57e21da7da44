"""What the laboratory adds to a measured quantity."""

from pathlib import Path

import numpy as np
import pytest

from vagus.body.model import load_model
from vagus.errors import VagusError
from vagus.observe import assay
from vagus.observe.assay import assay_noise, load_assays
from vagus.tables import GRADES, read_sources

MANY = np.random.default_rng(1).standard_normal(200_000)


def test_every_row_is_an_output_of_the_model_with_a_source_and_a_grade() -> None:
    outputs, sources = set(load_model().outputs), read_sources()
    for name, one in load_assays().items():
        assert name in outputs and one.source in sources and one.grade in GRADES and one.meaning, name


@pytest.mark.parametrize("name", ["biomarker.crp_mg", "biomarker.free_t4"])
def test_the_factor_has_median_one_and_the_two_variations_together(name: str) -> None:
    one = load_assays()[name]
    factor = assay_noise(name, MANY)
    together = np.sqrt((1 + one.assay_cv**2) * (1 + one.within_cv**2) - 1)
    assert np.median(factor) == pytest.approx(1.0, rel=0.01)
    assert factor.std() / factor.mean() == pytest.approx(together, rel=0.02)


def test_what_no_laboratory_measures_is_left_as_it_is() -> None:
    assert (assay_noise("mood.depression", MANY[:9].reshape(3, 3)) == 1.0).all()


@pytest.mark.parametrize("wrong", ["-0.1", "much", "1.5", "nan"])
def test_a_variation_that_cannot_be_is_told_with_its_line(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "assays.csv").write_text(
        f"name,assay_cv,within_cv,source,grade,meaning\nbiomarker.il6,{wrong},0.1,vagus_models,assumed,IL-6\n"
    )
    monkeypatch.setattr(assay, "atlas_path", lambda name: tmp_path / name)
    load_assays.cache_clear()
    try:
        with pytest.raises(VagusError, match="V305") as found:
            load_assays()
        assert found.value.line == 2
    finally:
        load_assays.cache_clear()
