"""The ledger as text: read whole, every word of it known to the model, mistakes named with their place."""

from pathlib import Path

import pytest

from vagus.body.treatment import load_treatment
from vagus.errors import VagusError
from vagus.evidence.experiment import Branch, contrasts_of, held_states, settings, treatments_of
from vagus.evidence.published import arrows_of, published
from vagus.evidence.statement import chosen_statements, load_ledger, read_ledger
from vagus.evidence.variant import bundle
from vagus.observe import load_observables
from vagus.tables import read_parameters

HEAD = """
vocabulary:
  conditions: {healthy: none, mdd: depression}
  arms: {placebo: nothing, ketamine-iv-6: six}
  steps: {injury: once}
  cuts: {expectancy: belief}
observables:
  hr: {unit: 1/min, meaning: heart rate, from: here}
part:
  X01:
    claim: it rises
    groups: {a: mdd, b: healthy}
    at_d: 84
    test:
      - {observable: hr, sign: "+", evidence: strong}
"""


def refused(text: str, folder: Path) -> VagusError:
    path = folder / "claims.yaml"
    path.write_text(text)
    with pytest.raises(VagusError) as caught:
        read_ledger(path)
    return caught.value


def test_whole_ledger_is_read() -> None:
    ledger = load_ledger()
    assert len(ledger.statements) == 73
    assert len({statement.id for statement in ledger.statements}) == 73
    assert sum(len(statement.tests) for statement in ledger.statements) == 239


def test_small_ledger(tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(HEAD)
    (statement,) = read_ledger(path).statements
    (test,) = statement.tests
    assert (statement.id, statement.section, test.hour, test.sign) == ("X01", "part", 84 * 24.0, "+")
    (contrast,) = contrasts_of(read_ledger(path), test)
    assert contrast.label == "mdd against healthy"
    assert not contrast.paired


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("claim: it rises", "claim: [it", "V480", 12),
        ("vocabulary:", "words:", "V480", None),
        ("a: mdd, b: healthy", "a: mddd, b: healthy", "V481", 10),
        ("observable: hr", "observable: pulse", "V481", 10),
        ('sign: "+"', 'sign: "up"', "V481", 10),
        ("    at_d: 84\n", "", "V482", 10),
        ("    claim: it rises\n", "", "V482", 10),
        ("at_d: 84", "at_d: 84\n    mood: low", "V482", 10),
        ("a: mdd, b: healthy", "a: mdd, arms: [placebo]", "V482", 10),
        ("at_d: 84", "at_d: soon", "V482", 10),
        ("at_d: 84", "window: [84]", "V482", 10),
        ("at_d: 84", "window: [84, 7]", "V482", 10),
        ("at_d: 84", "at_d: 84\n    stop_d: .inf", "V482", 10),
        ("a: mdd, b: healthy", "a: mdd, times_d: [1, late]", "V482", 10),
        ("at_d: 84", "at_d: 84\n    at_d: 7", "V480", 13),
        ("  X01:", "  X01: {}\n  X01:", "V480", 11),
        ("conditions: {healthy: none, mdd: depression}", "conditions: none", "V480", None),
        ("part:", "part: 1\nothers:", "V480", None),
    ],
)
def test_mistake_is_named_with_its_place(
    old: str, new: str, code: str, line: int | None, tmp_path: Path
) -> None:
    assert old in HEAD
    error = refused(HEAD.replace(old, new, 1), tmp_path)
    assert error.code == code
    if line is not None and code != "V480":
        assert error.line == line
    assert error.hint


def test_a_claim_in_two_sections_is_refused(tmp_path: Path) -> None:
    error = refused(HEAD + HEAD[HEAD.index("part:") :].replace("part:", "other:"), tmp_path)
    assert error.code == "V482" and "stands in 'part' and in 'other'" in str(error)


def test_a_file_that_names_itself_ends(tmp_path: Path) -> None:
    assert refused("&a [*a]", tmp_path).code == "V480"


def test_a_claim_may_be_named_in_small_letters() -> None:
    assert [one.id for one in chosen_statements(load_ledger(), ["k02", " C03"])] == ["C03", "K02"]


def test_unknown_claim() -> None:
    with pytest.raises(VagusError) as caught:
        chosen_statements(load_ledger(), ["C99"])
    assert caught.value.code == "V483"
    assert [s.id for s in chosen_statements(load_ledger(), ["K02", "C03"])] == ["C03", "K02"]


def test_every_observable_is_one_of_the_model() -> None:
    assert set(load_ledger().observables) == set(load_observables())


def test_every_word_becomes_an_experiment(model) -> None:
    ledger = load_ledger()
    entries = read_parameters()
    for arm in ledger.vocabulary["arms"]:
        word = "placebo of ketamine-iv-6" if arm == "placebo" else arm
        assert len(treatments_of(Branch("healthy", arms=(word,)), 24.0 * 100)) == 1
    steps = settings()["steps"]
    wanted = set(ledger.vocabulary["steps"]) - {"shift-SYSTEM"}
    assert wanted == set(steps)
    for row in steps.values():
        for way in ("set", "plus", "jump", "level"):
            assert set(row.get(way, {})) <= set(entries)
        assert set(row.get("shift", ())) <= set(model.states)
    for name in ledger.vocabulary["cuts"]:
        row = settings()["cuts"][name]
        assert bundle(model, row) or row["table"]
    assert held_states(("shift-gut",)) == ("gut.permeability", "gut.dysbiosis")


def test_cut_of_an_arrow_that_is_not_there_is_refused(model) -> None:
    with pytest.raises(VagusError) as caught:
        bundle(model, {"links": [["gut.motility", "mood"]]})
    assert caught.value.code == "V485"


def test_arms_run_on_and_stop() -> None:
    (drug,) = treatments_of(Branch("pain", arms=("analgesic",), stop=24.0 * 182), 24.0 * 238)
    shipped = load_treatment("analgesic")
    assert shipped.doses[-1].hour < 24.0 * 100 < drug.doses[-1].hour < 24.0 * 182
    assert {b.hour - a.hour for a, b in zip(drug.doses, drug.doses[1:], strict=False)} == {12.0}


def test_treatments_in_the_same_people_are_paired_and_lists_are_contrasts() -> None:
    ledger = load_ledger()
    tests = {s.id: s.tests for s in ledger.statements}
    (one,) = contrasts_of(ledger, tests["K01"][0])
    assert one.paired
    assert one.first[0][1].branch.arms == ("ketamine-iv-single",)
    assert one.second[0][1].branch.arms == ("placebo of ketamine-iv-single",)
    assert len(contrasts_of(ledger, tests["P09"][0])) == 2
    assert len(contrasts_of(ledger, tests["P08"][0])) == 14
    (double,) = contrasts_of(ledger, tests["C05"][0])
    assert [factor for factor, _ in double.first] == [1.0, -1.0]
    assert not double.paired
    (times,) = contrasts_of(ledger, tests["S03"][0])
    assert (times.first[0][1].hour, times.second[0][1].hour) == (84 * 24.0, 24.0)
    (clock,) = contrasts_of(ledger, tests["T06"][2])
    assert clock.first[0][1].branch.full
    assert clock.first[0][1].hour == 19.0


def test_evidence_fits_the_claims_and_nothing_recalled_is_in_it() -> None:
    rows = published()
    assert len(rows) > 80
    assert {row.split for row in rows} <= {"calibrate", "validate", "context"}
    assert not [row for row in rows if row.interval and row.split == "validate"]
    assert all(row.interval is None or row.interval.low < row.interval.high for row in rows)


def test_every_claim_rests_on_arrows_of_the_coupling_map(model) -> None:
    found = arrows_of(model)
    assert set(found) == {statement.id for statement in load_ledger().statements}
    assert all(arrows for arrows in found.values())
