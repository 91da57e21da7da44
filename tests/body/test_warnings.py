"""Warnings: printed only where they apply to this person and plan; all of them stand in the page of the treatment."""

from pathlib import Path

import pytest

from vagus.body.caution import drug_cautions, outside_studied
from vagus.body.dose import Dose
from vagus.body.patient import Patient, read_patient
from vagus.body.treatment import Treatment, load_treatment
from vagus.errors import VagusError
from vagus.evidence.explain import explain
from vagus.tables import read_sources

HEAD = 'title = "A"\nmeaning = "b"\ngrade = "assumed"\nsources = ["vagus_models"]\n'


def told(treatment: str | Path | Treatment, **facts: object) -> str:
    one = treatment if isinstance(treatment, Treatment) else load_treatment(treatment)
    return "\n".join(text for text, _ in one.warnings_for(Patient(**facts)))  # type: ignore[arg-type]


def plan(folder: Path, dose: str, rest: str = "") -> Path:
    path = folder / "plan.toml"
    path.write_text(f"{HEAD}[[dose]]\n{dose}\n{rest}")
    return path


def test_nothing_is_printed_for_a_person_it_does_not_concern() -> None:
    assert told("ketamine-iv-6") == "" and told("ssri", medical=("hypertension",)) == ""
    assert told("placebo", medical=("hypertension",), background=("theophylline",)) == ""


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"medical": ("hypertension",)}, "Peaks of blood pressure"),
        ({"medical": ("pregnancy",)}, "Relative contraindication"),
        ({"medical": ("bladder-disease",)}, "bladder"),
        ({"background": ("theophylline",)}, "seizure threshold"),
        ({"background": ("benzodiazepine",)}, "Profound sedation"),
        ({"background": ("naltrexone",)}, "blocked the antidepressant effect"),
        ({"background": ("maoi",)}, "Monitor blood pressure"),
    ],
)
def test_a_warning_is_printed_for_whom_it_concerns(facts: dict[str, tuple[str, ...]], words: str) -> None:
    assert words in told("ketamine-iv-6", **facts)
    assert words not in told("untreated", **facts)


def test_a_warning_of_a_drug_or_a_route_stays_with_it() -> None:
    assert "two hours of observation" in told("esketamine-nasal")
    assert "two hours of observation" not in told("crps-infusion")
    aneurysm = {"medical": ("aneurysm",)}
    assert "Contraindication to esketamine" in told("esketamine-nasal", **aneurysm)
    assert "Contraindication to esketamine" not in told("ketamine-iv-6", **aneurysm)
    assert "swallowed ketamine" in told("ketamine-oral", background=("grapefruit",))
    assert "swallowed ketamine" not in told("ketamine-iv-6", background=("grapefruit",))


def test_frequent_and_cumulative_use_are_told() -> None:
    assert "More often than the label" not in told(
        "ketamine-sc"
    )  # eight in four weeks, as the label of esketamine
    assert "so many doses" in told("ketamine-iv-6-monthly") and "so many doses" not in told("ketamine-iv-6")
    daily = tuple(Dose(24.0 * day, "ketamine", 0.5, "mg/kg", "iv", 1.0) for day in range(10))
    frequent = Treatment("daily", "", "", "assumed", (), daily, cautions=drug_cautions())
    assert "More often than the label" in told(frequent)


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        (
            'drug = "ketamine"\namount = 2\nunit = "mg/kg"\nduration = "40 min"\ndays = [0]',
            "above the range with evidence, 0.5 to 1",
        ),
        (
            'drug = "ketamine"\namount = 7\nunit = "mg"\nduration = "40 min"\ndays = [0]',
            "0.1 mg/kg lies below",
        ),
        ('drug = "ketamine"\namount = 35\nunit = "mg"\nduration = "40 min"\ndays = [0]', ""),
        (
            'drug = "esketamine"\nroute = "nasal"\namount = 112\nunit = "mg"\ndays = [0]',
            "above the range with evidence, 28 to 84",
        ),
        ('drug = "esketamine"\nroute = "nasal"\namount = 1\nunit = "mg/kg"\ndays = [0]', ""),
    ],
)
def test_a_dose_outside_the_studied_range_is_told_once(tmp_path: Path, dose: str, words: str) -> None:
    treatment = load_treatment(plan(tmp_path, dose))
    found = outside_studied([*treatment.doses, *treatment.doses], 70.0)
    assert len(found) == (1 if words else 0)
    assert all(words in text and source in read_sources() for text, source in found)


def test_the_range_in_the_file_counts_beside_that_of_the_drug(tmp_path: Path) -> None:
    limits = '[limits]\namount_low = 0.4\namount_high = 0.6\nunit = "mg/kg"\nsource = "fava2018"\nmeaning = "Mine."\n'
    for amount, count in ((0.5, 0), (0.7, 1), (0.2, 2)):  # the drug's own range is 0.5 to 1
        dose = f'drug = "ketamine"\namount = {amount}\nunit = "mg/kg"\nduration = "40 min"\ndays = [0, 3]'
        assert len(load_treatment(plan(tmp_path, dose, limits)).warnings_for(Patient())) == count
    assert told("crps-infusion") == "" and told("analgesic") == ""


def test_a_treatment_may_carry_warnings_of_its_own(tmp_path: Path) -> None:
    some = '{text = "Some.", source = "s", medical = ["glaucoma"]}'
    rows = f'[limits]\nwarnings = [{{text = "Always.", source = "s"}}, {some}]\n'
    path = plan(tmp_path, 'drug = "saline"\namount = 0\nunit = "mg"\ndays = [0]', rows)
    assert told(path) == "Always." and told(path, medical=("glaucoma",)) == "Always.\nSome."


@pytest.mark.parametrize("key", ["background", "medical", "conditions"])
def test_an_unknown_word_in_a_warning_is_refused(tmp_path: Path, key: str) -> None:
    rows = f'[limits]\nwarnings = [{{text = "a", source = "b", {key} = ["nonesuch"]}}]\n'
    with pytest.raises(VagusError, match="V413"):
        load_treatment(plan(tmp_path, 'drug = "saline"\namount = 0\nunit = "mg"\ndays = [0]', rows))


def test_the_page_of_a_treatment_has_all_warnings() -> None:
    page = explain("ketamine-iv-6").text
    for words in ("seizure threshold", "Peaks of blood pressure", "nine or more doses within four weeks"):
        assert words in page


def test_every_warning_has_a_source_that_is_listed() -> None:
    assert len(drug_cautions()) >= 12
    assert {caution.source for caution in drug_cautions()} <= set(read_sources())


def test_a_person_file_names_what_else_is_taken_and_found(tmp_path: Path) -> None:
    path = tmp_path / "person.toml"
    path.write_text('background = ["rifampicin", "rifampicin"]\nmedical = ["hypertension"]\n')
    person = read_patient(path)
    assert person.background == ("rifampicin",) and person.medical == ("hypertension",)
    path.write_text('name = "A"\nbackground = ["rifampicine"]\n')
    with pytest.raises(VagusError, match=r"V413 .*did you mean 'rifampicin'") as caught:
        read_patient(path)
    assert caught.value.line == 2
    path.write_text('medical = "hypertension"\n')
    with pytest.raises(VagusError, match="V412"):
        read_patient(path)
