"""Warnings: printed only where they apply to this person and plan; all of them stand in the page of the treatment."""

from pathlib import Path

import pytest

from vagus.body.caution import cautions_of, drug_cautions, outside_studied
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
    assert told("crps-infusion") == "" and told("nsaid") == ""
    assert "From 50 mg of oral morphine" in told("analgesic")  # twice 30 mg a day


def given(*doses: tuple[float, str, float, str, str, float]) -> Treatment:
    all_doses = tuple(Dose(*dose) for dose in doses)
    return Treatment("plan", "", "", "assumed", (), all_doses, cautions=cautions_of(all_doses))


def test_a_long_infusion_is_compared_by_its_rate() -> None:
    for drug, rate, words in (
        ("ketamine", 10.0, "above the range with evidence, 0.3 to 2 mg/kg/h"),
        ("ketamine", 0.01, "below the range"),
        ("ketamine", 1.0, ""),
        ("esketamine", 1.0, "above the range with evidence, 0.07 to 0.32 mg/kg/h"),
    ):
        found = told(given((0.0, drug, 5 * rate, "mg/kg", "iv", 5.0)))
        assert words in found and (words or found == "")


def test_an_infusion_of_days_that_is_repeated_asks_for_tests_of_the_liver() -> None:
    step = ("esketamine", 22.0 * 50, "mg", "iv", 50.0)
    assert "Test the liver" not in told(given((0.0, *step), (50.0, *step)))  # two steps of one infusion
    assert "Test the liver" in told(given((0.0, *step), (16 * 24.0, *step)))
    short = ("ketamine", 2.5, "mg/kg", "iv", 5.0)
    assert "Test the liver" not in told(given(*((24.0 * day, *short) for day in range(5))))


@pytest.mark.parametrize(
    ("treatment", "facts", "words"),
    [
        ("ssri", {"background": ("maoi",)}, "Contraindicated by the label"),
        ("snri", {"background": ("maoi",)}, "Contraindicated by the label"),
        ("snri", {"medical": ("liver-disease",)}, "Contraindicated by the label in liver disease"),
        ("ssri+snri", {}, "Serotonin syndrome"),
        ("nsaid", {"medical": ("stomach-ulcer",)}, "Bleeding and ulcers"),
        ("nsaid+ssri", {}, "Bleeding and ulcers"),
        ("nsaid", {"medical": ("kidney-disease",)}, "To be told to the physician"),
        ("nsaid", {"background": ("anti-inflammatory",)}, "Two anti-inflammatories"),
        ("opioid", {"background": ("benzodiazepine",)}, "Boxed warning"),
        ("opioid+ssri", {}, "Serotonin syndrome is possible, says the label"),
        ("opioid+ketamine-iv-6", {}, "Profound sedation"),
        ("midazolam+opioid", {}, "respiratory depression, coma"),
        ("midazolam", {"medical": ("glaucoma",)}, "narrow-angle glaucoma"),
        ("ketamine-oral", {"background": ("clarithromycin",)}, "swallowed ketamine"),
        ("ketamine-iv-6", {"conditions": ("pain-neuropathic",)}, "at most 0.35 mg/kg"),
    ],
)
def test_other_medicines_warn_too(treatment: str, facts: dict[str, tuple[str, ...]], words: str) -> None:
    assert words in told(treatment, **facts)
    assert words not in told(treatment.partition("+")[0] if "+" in treatment else "untreated", **facts)


@pytest.mark.parametrize(
    ("drug", "amount", "every", "words"),
    [
        ("escitalopram", 20.0, 24, ""),
        ("escitalopram", 20.0, 12, "in a day (10 to 20 mg)"),
        ("duloxetine", 60.0, 8, "largest dose of the label (120 mg"),
        ("ibuprofen", 800.0, 6, ""),
        ("ibuprofen", 800.0, 4, "3200 mg a day"),
        ("celecoxib", 200.0, 8, "More than 400 mg"),
        ("opioid", 30.0, 12, "From 50 mg of oral morphine"),
    ],
)
def test_what_is_taken_within_a_day_is_added_up(drug: str, amount: float, every: int, words: str) -> None:
    found = told(given(*((float(hour), drug, amount, "mg", "oral", 0.0) for hour in range(0, 96, every))))
    assert words in found and (words or found == "")


def test_two_anti_inflammatories_of_one_plan_are_told_and_one_is_not() -> None:
    one = (0.0, "naproxen", 500.0, "mg", "oral", 0.0)
    assert told(given(one)) == ""
    assert "Two anti-inflammatories" in told(given(one, (8.0, "ibuprofen", 400.0, "mg", "oral", 0.0)))


def test_a_treatment_may_carry_warnings_of_its_own(tmp_path: Path) -> None:
    some = '{text = "Some.", source = "s", medical = ["glaucoma"]}'
    rows = f'[limits]\nwarnings = [{{text = "Always.", source = "s"}}, {some}]\n'
    path = plan(tmp_path, 'drug = "saline"\namount = 0\nunit = "mg"\ndays = [0]', rows)
    assert told(path) == "Always." and told(path, medical=("glaucoma",)) == "Always.\nSome."


@pytest.mark.parametrize("key", ["background", "medical", "conditions", "beside"])
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
