"""Every construct of SBML that vagus runs gives its known answer; the document lists exactly these."""

from pathlib import Path

import numpy as np
import pytest

from vagus.exchange import foreign
from vagus.exchange.foreign import Order, run_foreign
from vagus.solve.reasons import Reason

from .any_sbml import CASES, EVENTS, INFINITE, MATHEMATICS, REACTIONS, RULES, Case
from .any_sbml_text import TEXTS
from .suite_cases_rare import SUITE
from .test_any_sbml_refused import UNSUPPORTED

STEPS = 20
DOCUMENT = Path(__file__).parents[2] / "docs" / "sbml.md"
GROUPS = {
    "Reactions and compartments": REACTIONS,
    "Rules": RULES,
    "Mathematics": MATHEMATICS,
    "Events": EVENTS,
    "Numbers": INFINITE,
    "What only SBML writes": TEXTS,
    "After the tags of the test suite": SUITE,
}


def check(path: Path, case: Case) -> None:
    wanted = tuple((name, case.forms.get(name, "id")) for name in case.answer)
    result = run_foreign(path, Order(end=case.end, steps=STEPS, wanted=wanted))
    assert result.reason.tolist() == [0]
    for column, (name, curve) in enumerate(case.answer.items()):
        exact = np.array([curve(t) for t in result.times.tolist()])
        seen = result.values[:, column, 0]
        known = ~np.isnan(exact)
        np.testing.assert_allclose(seen[known], exact[known], rtol=case.close, atol=case.close, err_msg=name)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("name", CASES)
def test_a_construct_gives_its_answer(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.ant"
    text = CASES[name].model
    path.write_text(text + "\n" if "model m" in text else f"model m()\n  {text};\nend\n")
    check(path, CASES[name])


@pytest.mark.parametrize("name", TEXTS)
def test_a_construct_of_sbml_text_gives_its_answer(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    path.write_text(TEXTS[name].text)
    check(path, Case("", TEXTS[name].answer))


def table() -> str:
    """The tables of the document: what passes, and what is refused."""
    parts = []
    for title, cases in GROUPS.items():
        rows = [f"| {name.replace('|', chr(92) + '|')} | passes |" for name in cases]
        parts += [f"### {title}", "", "| construct | |", "|---|---|", *rows, ""]
    rows = [f"| {name} | {code} |" for name, (_, code, _) in UNSUPPORTED.items()]
    return "\n".join([*parts, "### Refused by name", "", "| construct | code |", "|---|---|", *rows, ""])


def test_the_document_lists_every_construct() -> None:
    """`python -m tests.language.write_sbml_table` writes it anew."""
    text = DOCUMENT.read_text()
    assert text.partition("<!-- table -->\n")[2] == table()


@pytest.mark.parametrize("seed", range(4))
def test_chance_decides_between_equal_priorities(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "model.ant"
    path.write_text(
        "model m()\n  a = 0; b = 0; n = 0; n' = 1;\n"
        "  at n >= 1, priority = 1, fromTrigger = false, persistent = false: a = a + 1, n = 0;\n"
        "  at n >= 1, priority = 1, fromTrigger = false, persistent = false: b = b + 1, n = 0;\nend\n"
    )
    result = run_foreign(path, Order(end=60, steps=60, seed=seed, wanted=(("a", "id"), ("b", "id"))))
    assert (
        result.values[-1, :, 0].sum() == 60 and min(result.values[-1, :, 0]) > 10
    )  # each takes the other off


def test_people_differ_in_their_parameters_and_agree_without_spread(tmp_path: Path) -> None:
    path = tmp_path / "model.ant"
    path.write_text("model m()\n  species S in C; C = 1; k = 0.5; S = 1; r: S -> ; k*S;\nend\n")
    same = run_foreign(path, Order(people=20)).values
    assert np.ptp(same, axis=2).max() == 0.0
    spread = run_foreign(path, Order(people=2000, spread=0.2, seed=3)).values
    rate = -np.log(spread[-1, 0]) / 10.0
    assert np.std(np.log(rate)) == pytest.approx(0.2, rel=0.1) and np.median(rate) == pytest.approx(
        0.5, rel=0.03
    )
    again = run_foreign(path, Order(people=2000, spread=0.2, seed=3)).values
    assert np.array_equal(spread, again)


def test_people_under_watch_do_not_depend_on_their_company(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.ant"
    path.write_text(
        "model m()\n  x = 0; k = 1; b = 0.3; n = 0; y = 0; x' = k*cos(time) - 0.1*x; y' = piecewise(1, x > b, 0);\n"
        "  at x > b && x < 1.0001*b: n = n + 1; at 0.3 after x > 0.8: x = 0.5*x;\nend\n"
    )
    order = Order(end=8, steps=8, people=6, spread=0.2, wanted=(("x", "id"), ("y", "id"), ("n", "id")))
    together = run_foreign(path, order)
    monkeypatch.setattr(foreign, "TOGETHER", 1)
    alone = run_foreign(path, order)
    assert np.array_equal(together.values, alone.values) and (together.values[-1, 2] >= 2).all()


def test_a_circle_of_events_is_told(tmp_path: Path) -> None:
    path = tmp_path / "model.ant"
    path.write_text("model m()\n  a = 0; at a < 1: a = 1; at a > 0: a = 0; at time > 1: a = 2;\nend\n")
    result = run_foreign(path, Order())
    assert Reason(result.reason[0]).code == "V508" and result.stopped[0] == pytest.approx(1.0)
