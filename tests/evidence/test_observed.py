"""The published values the model is held to: every row says what it is used for."""

from pathlib import Path

import pytest

from vagus.errors import VagusError
from vagus.evidence import observed
from vagus.evidence.observed import USES, read_observed
from vagus.tables import atlas_path


def test_every_row_has_a_use() -> None:
    assert {row.use for row in read_observed()} <= set(USES)


def test_a_use_that_is_none_is_refused_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = atlas_path("behaviour.csv").read_text(encoding="utf-8").splitlines()
    lines[1] = (
        lines[1]
        .replace(",fitted,", ",fited,")
        .replace(",compared,", ",compard,")
        .replace(",shape,", ",shap,")
    )
    (tmp_path / "behaviour.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(observed, "atlas_path", lambda *names: tmp_path.joinpath(*names))
    with pytest.raises(VagusError) as caught:
        read_observed()
    assert caught.value.code == "V485" and caught.value.line == 2
    assert "did you mean" in (caught.value.hint or "")
