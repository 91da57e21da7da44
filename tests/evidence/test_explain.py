"""What a name means: numbers, files of the atlas, sources and error codes; what nobody knows is refused."""

import json

import pytest

from vagus.errors import VagusError
from vagus.evidence.book import open_book
from vagus.evidence.explain import Explanation, explain
from vagus.tables import atlas_names, read_parameters, read_sources


def facts(name: str) -> dict[str, str]:
    return dict(explain(name).facts)


def test_a_parameter_is_told_with_all_that_is_known() -> None:
    told = facts("ketamine.typical_clearance")
    assert told["value"] == "88.8 L/h" and told["range"] == "74 to 116 L/h"
    assert told["source"].startswith("Simons and others 2022") and told["doi"] == "10.3389/fpain.2022.946486"
    assert told["grade"].startswith("moderate: ") and told["meaning"].startswith("clearance of esketamine")
    assert told["read by"] == "ketamine.s_clearance"
    row = read_parameters()["ketamine.typical_clearance"]
    assert told["table"] == f"atlas/parameters/ketamine.csv, line {row.line}"
    assert (
        "s_clearance := typical_clearance*clearance_multiplier" in explain("ketamine.typical_clearance").text
    )


@pytest.mark.parametrize("name", ["pain.windup_gain", "wwu", "windup_gain", " pain.windup_gain "])
def test_full_name_symbol_and_local_name_mean_the_same(name: str) -> None:
    found = explain(name)
    assert (found.kind, found.title) == ("quantity", "pain.windup_gain")
    assert "dorsal_horn_input := " in found.text and "// Sensitized and wound-up neurons" in found.text


def test_a_state_is_told_with_its_own_equation_first() -> None:
    found = explain("pain.windup")
    told = dict(found.facts)
    assert told["equation"].startswith("atlas/systems/pain.ant, line ") and told["symbol"] == "WU"
    assert found.text.startswith("pain.windup (atlas/systems/pain.ant")
    assert "pain.dorsal_horn_input" in told["read by"]


def test_two_models_of_one_file_are_told_apart() -> None:
    assert "concentration_factor*(s_arterial + r_arterial)" in explain("ketamine.arterial").text
    assert "arterial := central/central_volume" in explain("esketamine.arterial").text.split("\n\n")[0]
    assert facts("ketamine.arterial")["unit"] == "ng/mL" and facts("esketamine.arterial")["unit"] == "mg/L"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pain.windup_gain", "none in the tables"),
        ("pain.slow_responder", "67% of people have it (1), the others do not (0)"),
        ("ketamine.weight", "two in three people lie between 58.5 and 83.8 kg (SD of the logarithm 0.18)"),
        ("mood.threshold", "two in three people lie between 3.5 and 4.1 (SD 0.3)"),
    ],
)
def test_the_spread_is_told_in_words(name: str, words: str) -> None:
    assert facts(name)["between people"] == words


def test_what_sets_and_what_shows_a_quantity_is_told() -> None:
    assert "mdd (normal, mean 2." in facts("mood.threshold")["set by"]
    assert "the domain 'pain'" in facts("pain.perceived")["seen as"]
    assert "Heart-rate variability" in facts("biomarker.rmssd")["seen as"]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("V402", "error", "there is no condition '<name>'"),
        ("v402", "error", "known conditions are: <known>"),
        ("mdd", "condition", "stress for 120 days"),
        ("pain", "condition", "domain:pain"),
        ("domain:pain", "domain", "pain.perceived"),
        ("ketamine-iv-6", "treatment", "6 of ketamine 0.5 mg/kg iv over 40 min, days 0, 3, 7, 10, 14, 17"),
        ("madrs", "instrument", "sum of 10 items, 0 to 60"),
        ("nrs_pain", "instrument", "sum of 1 item, 0 to 10"),
        ("drug:ketamine", "drug", "0.5 of it to esketamine.infusion"),
        ("simons2022b", "source", "pain.acute_relief_c50 (moderate)"),
    ],
)
def test_everything_else_is_told(name: str, kind: str, words: str) -> None:
    found = explain(name)
    assert found.kind == kind
    assert any(words in text for text in (found.text, *(value for _, value in found.facts)))


def test_every_name_there_is_can_be_explained() -> None:
    names = [*list(open_book().names)[::25], *atlas_names("treatments"), *list(read_sources())[::20]]
    for name in names:
        found = explain(name)
        labels = [label for label, _ in found.facts]
        assert found.title and len(labels) == len(set(labels)) and all(value for _, value in found.facts)
        json.dumps(found.as_dict())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pain.windup_gian", "did you mean 'pain.windup_gain'?"),
        ("ketamine_iv_66", "did you mean 'ketamine-iv-6'?"),
        ("mddd", "did you mean 'mdd'?"),
        ("V999", None),
        ("condition:madrs", None),
        ("trace", "say which one: "),
        ("", None),
        ("qqqqqqqq", "names have the form"),
    ],
)
def test_what_nobody_knows_is_refused(name: str, hint: str | None) -> None:
    with pytest.raises(VagusError) as caught:
        explain(name)
    assert caught.value.code == "V315"
    assert hint is None or hint in (caught.value.hint or "")


def test_an_explanation_is_plain_data() -> None:
    found = Explanation("error", "V402", (("why", "because"),), "")
    assert found.as_dict() == {"kind": "error", "title": "V402", "facts": {"why": "because"}, "text": ""}
