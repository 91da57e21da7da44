"""Models after the tags of the public test suite of SBML give the answers found by hand."""

from pathlib import Path

import numpy as np
import pytest

from vagus.exchange.foreign import Order, run_foreign

from .suite_cases_rare import SUITE

STEPS = 20


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("name", SUITE)
def test_a_case_gives_its_answer(name: str, tmp_path: Path) -> None:
    case = SUITE[name]
    path = tmp_path / "model.xml"
    path.write_text(case.text)
    wanted = tuple((column, case.forms.get(column, "id")) for column in case.answer)
    result = run_foreign(path, Order(end=case.end, steps=STEPS, wanted=wanted))
    assert result.reason.tolist() == [0]
    for column, (quantity, curve) in enumerate(case.answer.items()):
        exact = [curve(t) for t in result.times.tolist()]
        np.testing.assert_allclose(result.values[:, column, 0], exact, rtol=1e-6, atol=1e-6, err_msg=quantity)
