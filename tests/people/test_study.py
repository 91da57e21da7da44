"""Study files: everything the format says is read, everything that cannot be is refused with code and place."""

import json
import math
import pickle
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vagus.body.model import Model
from vagus.body.output import load_outputs
from vagus.body.treatment import Treatment
from vagus.errors import VagusError, explanations
from vagus.observe import list_instruments, load_instrument
from vagus.people.drug import find_drug, load_drug_holds, load_drugs, slip_of
from vagus.people.form import load_schema
from vagus.people.kind import kind_names
from vagus.people.measure import KINDS, find_measure, load_measures
from vagus.people.regimen import arm_regimen
from vagus.people.study import read_study
from vagus.people.study_people import load_defaults
from vagus.people.study_record import Spread, Study
from vagus.people.study_template import new_study
from vagus.tables import GRADES, atlas_names, atlas_path, read_rows, read_sources, read_text
from vagus.units import parse_unit

SHIPPED = sorted(atlas_path("studies").glob("*.toml"))

#: Two arms of one infusion, with one entry of every kind the format knows.
WHOLE = """
id        = "example2013"
title     = "Single ketamine infusion against midazolam in treatment-resistant depression"
citation  = "Author et al. Journal Year;Vol:Pages"
doi       = "10.1000/example"
split     = "calibrate"
duration_d = 180
note = "day 1 of the paper is day 0 here"
order = [["ketamine", "midazolam"], ["midazolam", "ketamine"]]
washout_d = 7

[population]
conditions = ["mdd"]
traits     = ["treatment-resistant"]
age        = {mean = 47, sd = 12, low = 21, high = 80}
weight_kg  = {mean = 82, sd = 18}
female     = 0.51
severity   = [{instrument = "MADRS", mean = 32.6, sd = 6.1, low = 24}]
background = ["ssri"]
note       = "free of psychosis"

[[arm]]
name  = "ketamine"
n     = 47
first_dose_clock = "20:30"
[[arm.dose]]
drug = "ketamine"
route = "iv"
amount = 0.5
unit = "mg/kg"
duration_min = 40
start_d = 0
every_d = 3.5
count = 4
[[arm.dose]]
drug = "esketamine"
route = "iv"
days = [30, 32, 34]
steps = [{from_h = 0, rate = 1.2}, {from_h = 24, rate = 3.6}]
unit = "ug/kg/min"
duration_min = 2880
[[arm.dose]]
drug = "esketamine"
route = "in"
unit = "mg"
flexible = [56, 84]
start_d = 40
every_d = 7
[[arm.activity]]
kind = "exercise"
start_d = 0
every_d = 2
count = 36
intensity = 1.0
[arm.blinding]
control = "midazolam"
expectancy = 1.0

[[arm]]
name = "midazolam"
n = 25
note = "an active control"
[[arm.dose]]
drug = "midazolam"
route = "iv"
amount = 0.045
unit = "mg/kg"
duration_min = 40
start_d = 0
count = 1
[arm.population]
conditions = ["healthy"]
kind = "resilient"

[[phase]]
name = "induction"
until_d = 28
[[phase]]
name = "withdrawal"
enter_if = "remission"
instrument = "MADRS"
randomise = ["ketamine", "midazolam"]
until_d = 180
cutoff = {remission = 12}

[[outcome]]
arm   = "ketamine"
instrument = "MADRS"
time_d = 1.0
quantity = "change"
value = -16.5
se = 1.5
n = 47
note = "t(46)"
evidence = "example-001"
from = "screening"
[[outcome]]
arm = "ketamine"
versus = "midazolam"
instrument = "plasma_ketamine"
time_h = 12
unit = "ug/L"
site = "arterial"
contrast = "between"
statistic = "median"
quantity = "mean_difference"
value = 7
sd = 3
cutoff = {relapse = 22, response = 0.5}
ci = [3.9, 11.3]
ci_level = 0.9

[[endpoint]]
instrument = "MADRS"
time_d = 28
quantity = "change"
arm = "ketamine"
versus = "midazolam"
alpha = 0.025

[dropout]
rate_per_week = 0.02
log_odds_per_point = 0.05
rescue_below = 0.2
rescue_from_d = 21
"""

SMALL = """
[population]
conditions = ["mdd"]
[[arm]]
name = "ketamine"
n = 40
[[arm.dose]]
drug = "ketamine"
amount = 0.5
"""


def written(folder: Path, text: str, name: str = "study.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Study:
    return read_study(written(folder, text))


def refused(folder: Path, text: str) -> VagusError:
    with pytest.raises(VagusError) as caught:
        read(folder, text)
    assert caught.value.file == str(folder / "study.toml")
    return caught.value


# ---- what the format says


def test_the_example_is_read_one_to_one(tmp_path: Path) -> None:
    study = read(tmp_path, WHOLE)
    assert (study.id, study.split, study.duration_d) == ("example2013", "calibrate", 180)
    assert study.citation == "Author et al. Journal Year;Vol:Pages"
    people = study.population
    assert people.conditions == ("mdd",) and people.traits == ("treatment-resistant",)
    assert people.age == Spread(47, 12, 21, 80) and people.female == 0.51
    assert (people.weight_kg.mean, people.weight_kg.sd) == (82, 18)
    severity = people.severity[0]
    assert severity.measure.key == "madrs" and severity.score == Spread(32.6, 6.1, 24, None)
    assert study.arm("ketamine").n == 47 and study.arm("ketamine").blinding.control == "midazolam"
    assert study.arm("ketamine").blinding.expectancy == 1.0
    assert (study.dropout.rate_per_week, study.dropout.log_odds_per_point) == (0.02, 0.05)
    assert (study.dropout.rescue_below, study.dropout.rescue_from_d) == (0.2, 21.0)


def test_doses_keep_days_steps_and_choices(tmp_path: Path) -> None:
    regular, stepped, flexible = read(tmp_path, WHOLE).arm("ketamine").doses
    assert regular.days == (0, 3.5, 7, 10.5) and regular.duration_min == 40
    assert stepped.days == (30, 32, 34) and [step.rate for step in stepped.steps] == [1.2, 3.6]
    assert flexible.route == "nasal" and flexible.flexible == (56, 84)
    assert flexible.days[0] == 40 and flexible.days[-1] == 173  # without a count they go on to the end


def test_an_arm_may_override_the_population(tmp_path: Path) -> None:
    arm = read(tmp_path, WHOLE).arm("midazolam")
    assert arm.own_population and arm.population.conditions == ("healthy",)
    assert (
        arm.population.kind == "resilient" and arm.population.age.mean == 47
    )  # the rest is that of the study
    assert not read(tmp_path, WHOLE).arm("ketamine").own_population


def test_phases_and_crossover(tmp_path: Path) -> None:
    study = read(tmp_path, WHOLE)
    first, second = study.phases
    assert (first.start_d, first.until_d, first.enter_if) == (0, 28, "all")
    assert (second.start_d, second.until_d, second.enter_if) == (28, 180, "remission")
    assert second.randomise == ("ketamine", "midazolam") and second.cutoff == {"remission": 12}
    assert second.measure is not None and second.measure.key == "madrs"
    assert study.crossover is not None and study.crossover.washout_d == 7
    assert study.crossover.order == (("ketamine", "midazolam"), ("midazolam", "ketamine"))
    assert any("phases of the file are not followed" in note for note in study.notes)


@pytest.mark.parametrize(
    "more", ['[crossover]\norder = [["ketamine"]]', '[[phase]]\nuntil_d = 7\norder = [["ketamine"]]']
)
def test_a_crossover_stands_once(tmp_path: Path, more: str) -> None:
    error = refused(tmp_path, f'order = [["ketamine"]]\n{SMALL}{more}\n')
    assert error.code == "V459" and error.line is not None


def test_phases_have_names_of_their_own(tmp_path: Path) -> None:
    phase = '[[phase]]\nname = "same"\nuntil_d = {}\n'
    error = refused(tmp_path, f"duration_d = 7{SMALL}{phase.format(3)}{phase.format(7)}")
    assert error.code == "V459" and "same" in error.message


@pytest.mark.parametrize("head", ["[crossover]", '[[phase]]\nname = "both"\nuntil_d = 7'])
def test_a_crossover_may_stand_in_a_table_of_its_own_or_in_a_phase(tmp_path: Path, head: str) -> None:
    study = read(tmp_path, SMALL + f'{head}\norder = [["ketamine", "ketamine"]]')
    assert study.crossover is not None and study.crossover.washout_d == load_defaults()["washout_d"]
    assert any("washout" in note for note in study.notes)


def test_outcomes_keep_their_numbers(tmp_path: Path) -> None:
    change, difference = read(tmp_path, WHOLE).outcomes
    assert (change.value, change.se, change.n, change.time_d) == (-16.5, 1.5, 47, 1)
    assert (
        change.from_screening
        and change.evidence == "example-001"
        and change.line == WHOLE.splitlines().index("[[outcome]]") + 1
    )
    assert (difference.time_h, difference.time_d) == (12, 0.5)
    assert difference.ci == (3.9, 11.3) and difference.ci_level == 0.9 and difference.n == 72
    assert difference.statistic == "median" and difference.cutoff == {"relapse": 22, "response": 0.5}
    assert difference.measure is not None and difference.measure.key == "ketamine.arterial"
    assert difference.scale == 1.0  # ug/L is ng/mL


def test_an_endpoint_is_an_outcome_without_a_value(tmp_path: Path) -> None:
    (endpoint,) = read(tmp_path, WHOLE).endpoints
    assert (endpoint.value, endpoint.alpha, endpoint.versus) == (None, 0.025, "midazolam")


def test_a_severity_or_age_may_carry_bounds_only(tmp_path: Path) -> None:
    text = SMALL.replace(
        'conditions = ["mdd"]',
        'conditions = ["mdd"]\nage = {low = 65}\nseverity = [{instrument = "HDRS-17", low = 18}]',
    )
    people = read(tmp_path, text).population
    assert people.severity[0].score == Spread(None, None, 18, None)
    assert people.severity[0].measure.key == "hamd17"
    assert people.age.low == 65 and people.age.mean is not None and 65 < people.age.mean < 90


@pytest.mark.parametrize("drug", ["saline", "placebo", "none", "midazolam"])
def test_no_drug_needs_no_amount(tmp_path: Path, drug: str) -> None:
    text = SMALL.replace('drug = "ketamine"\namount = 0.5', f'drug = "{drug}"')
    assert read(tmp_path, text).arms[0].doses[0].amount is None


def test_a_case_control_study_has_no_dose(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        '[population]\nage = 40\n[[arm]]\nname = "ill"\npopulation = {conditions = ["mdd"]}\n[[arm]]\nname = "well"\n'
        'population = {conditions = ["healthy"]}\n[[outcome]]\narm = "ill"\nversus = "well"\ninstrument = "RMSSD"\n'
        'contrast = "case-control"\nquantity = "hedges_g"\nvalue = -0.46\n',
    )
    assert study.outcomes[0].time_d == 0 and study.outcomes[0].reason is None
    assert [arm.population.conditions for arm in study.arms] == [("mdd",), ("healthy",)]


# ---- the study of a newcomer


def test_seven_lines_are_enough(tmp_path: Path) -> None:
    text = new_study("mine")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) == 7
    study = read_study(written(tmp_path, text, "mine.toml"))
    assert study.id == "mine" and study.split == "planned" and len(study.arms[0].doses[0].days) == 6
    assert study.arms[0].doses[0].route == "iv" and study.arms[0].doses[0].duration_min == 40
    assert study.population.age.mean == load_defaults()["age"]["mean"]


def test_the_seven_lines_of_the_documentation_run(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "study-format.md").read_text(encoding="utf-8")
    lines = page.partition("```toml\n")[2].partition("```")[0]
    assert len(lines.splitlines()) == 7
    assert read(tmp_path, lines).arms == read_study(written(tmp_path, new_study("b"), "b.toml")).arms


def test_every_commented_line_of_the_skeleton_is_read(tmp_path: Path) -> None:
    lines: list[str] = []
    people: list[str] = []
    for line in new_study("mine").splitlines()[3:]:
        entry = line.removeprefix("# ") if line.startswith("# ") else line
        if line.startswith(("# ----", "#  ")):
            continue
        people_key = any(
            line.startswith(f"# {key} =") for key in load_schema("study")["$defs"]["population"]["properties"]
        )
        (people if people_key else lines).append(entry)
    at = lines.index("[population]")
    study = read(tmp_path, "\n".join([*lines[: at + 1], *people, *lines[at + 1 :]]))
    assert len(study.arms) == 2 and study.endpoints and study.outcomes and study.dropout.rate_per_week > 0
    assert study.population.traits == ("treatment-resistant",) and study.population.background == ("ssri",)


@pytest.mark.parametrize("name", ["", "two words", "a/b", "x" * 100])
def test_a_study_needs_a_name_a_file_can_have(name: str) -> None:
    with pytest.raises(VagusError, match="V412"):
        new_study(name)


def test_defaults_that_were_taken_are_told(tmp_path: Path) -> None:
    study = read(tmp_path, SMALL.replace("n = 40\n", ""))
    assert study.arms[0].n == load_defaults()["n"] and study.duration_d == load_defaults()["duration_d"]
    assert any("names no n" in note for note in study.notes)
    assert any("duration_d" in note for note in study.notes)


def test_the_length_reaches_the_last_time_of_the_file(tmp_path: Path) -> None:
    text = SMALL + '[[endpoint]]\narm = "ketamine"\ninstrument = "MADRS"\nquantity = "mean"\ntime_h = 1200\n'
    assert read(tmp_path, text).duration_d == 50


# ---- what the model lacks is read and marked


def outcome(**entries: Any) -> str:
    given = {"arm": "ketamine", "instrument": "MADRS", "time_d": 1, "quantity": "mean", "value": 1, **entries}
    rows = [f"{key} = {json.dumps(value)}" for key, value in given.items() if value is not None]
    return "[[outcome]]\n" + "\n".join(rows) + "\n"


def test_a_comparator_without_a_model_is_not_predicted(tmp_path: Path) -> None:
    text = SMALL + '[[arm]]\nname = "ECT"\ndose = [{drug = "ECT", every_d = 2, count = 4}]\n'
    study = read(tmp_path, text + outcome(versus="ECT", quantity="difference") + outcome())
    compared, alone = study.outcomes
    assert compared.reason == "the model has no ECT" and alone.reason is None
    assert study.arm("ECT").reason == "the model has no ECT"


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ({"instrument": "YMRS"}, "no YMRS"),
        ({"instrument": "serum zinc", "unit": "ug/L"}, "no serum zinc"),
        ({"instrument": "crp", "unit": "mmHg"}, "cannot be turned into"),
        ({"instrument": "pulse pressure"}, "no pulse pressure"),
        ({"instrument": "opioid_dose"}, "what is given and not what is taken"),
        ({"instrument": "plasma_ketamine", "quantity": "tmax", "unit": "mg", "time_d": None}, "unit 'mg'"),
    ],
)
def test_a_measure_without_a_model_is_not_predicted(
    tmp_path: Path, entries: Mapping[str, Any], reason: str
) -> None:
    (found,) = read(tmp_path, SMALL + outcome(**entries)).outcomes
    assert found.reason is not None and reason in found.reason


@pytest.mark.parametrize(
    ("entries", "scale"),
    [
        ({"instrument": "cortisol", "unit": "nmol/L"}, 0.36246),
        ({"instrument": "plasma_esketamine", "unit": "ng/mL"}, 0.001),
        ({"instrument": "plasma_ketamine", "unit": "umol/L"}, 237.73),
        ({"instrument": "plasma_ketamine", "unit": "ng*min/mL", "quantity": "auc"}, 1 / 60),
        ({"instrument": "plasma_ketamine", "unit": "min", "quantity": "tmax"}, 1 / 60),
        ({"instrument": "MADRS", "unit": "week", "quantity": "median_time"}, 7.0),
        ({"instrument": "MADRS", "unit": "points"}, 1.0),
        ({"instrument": "MADRS", "unit": "points/week", "quantity": "slope"}, 1.0),
        ({"instrument": "hr", "unit": "bpm"}, 1.0),
        ({"instrument": "ppt", "unit": "kg/cm2"}, 98.0665),
        ({"instrument": "temperature", "unit": "°C"}, 1.0),
    ],
)
def test_units_lead_to_those_of_the_model(tmp_path: Path, entries: Mapping[str, Any], scale: float) -> None:
    (found,) = read(tmp_path, SMALL + outcome(**entries)).outcomes
    assert found.reason is None
    assert found.scale == pytest.approx(scale, rel=1e-9)


def test_a_change_in_percent_is_marked(tmp_path: Path) -> None:
    (found,) = read(tmp_path, SMALL + outcome(instrument="crp", unit="%", quantity="change")).outcomes
    assert found.percent and found.reason is None


def test_a_phase_entered_by_a_scale_without_a_model_is_not_predicted(tmp_path: Path) -> None:
    phases = '[[phase]]\nuntil_d = 7\n[[phase]]\nuntil_d = 14\nenter_if = "response"\ninstrument = "CGI-S"\n'
    before, after = read(
        tmp_path, "duration_d = 14" + SMALL + phases + outcome() + outcome(time_d=10)
    ).outcomes
    assert before.reason is None
    assert after.reason is not None and "decides who enters 'phase 2'" in after.reason


def test_a_quantity_of_the_end_needs_no_time(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "duration_d = 90" + SMALL + outcome(quantity="relapse", time_d=None)).outcomes
    assert found.time_d == 90


def test_a_study_goes_to_another_process_and_back(tmp_path: Path) -> None:
    study = read(tmp_path, WHOLE)
    assert pickle.loads(pickle.dumps(study)) == study


def test_what_changes_nothing_is_told(tmp_path: Path) -> None:
    people = 'conditions = ["mdd"]\ntraits = ["left-handed"]\nbackground = ["chamomile tea"]'
    study = read(tmp_path, SMALL.replace('conditions = ["mdd"]', people))
    assert set(study.population.left_out) == {"left-handed", "chamomile tea"}
    assert sum("left out" in note for note in study.notes) == 2


@pytest.mark.parametrize(
    ("name", "key", "best"),
    [
        ("HADS-A", "hads_a", 0),
        ("HADS-D", "hads_d", 0),
        ("HADS", "hads", 0),
        ("HSCL-20", "hscl20", 0),
        ("SCL-20", "hscl20", 0),
        ("LSAS", "lsas", 0),
        ("SSI", "ssi", 0),
        ("Beck Scale for Suicide Ideation", "ssi", 0),
        ("SF-12 MCS", "sf36_mental", 54),
        ("SF-36 PCS", "sf36_physical", 54),
        ("WHO-5", "who5", 100),
        ("BAI", "bai", 0),
        ("STAI", "stai_s", 20),
        ("STAI-T", "stai_t", 20),
        ("CES-D", "cesd", 0),
        ("IES-R", "ies_r", 0),
        ("Pain Catastrophizing Scale", "pain_catastrophizing", 0),
        ("VAS anxiety", "vas_anxiety", 0),
        ("VAS depression", "vas_depression", 0),
        ("mean arterial pressure", "biomarker.arterial_pressure", None),
        ("SpO2", "biomarker.oxygen_saturation", None),
        ("MOAA/S", "biomarker.sedation", None),
    ],
)
def test_scales_of_trials_have_a_number_of_their_own(name: str, key: str, best: float | None) -> None:
    measure = find_measure(name)
    assert measure is not None and measure.reason is None and measure.key == key
    if best is not None:  # what a person without any complaint has, counted as a study counts it
        scale = load_instrument(key)
        assert measure.offset + measure.factor * scale.total_low == pytest.approx(best)
        worst = measure.offset + measure.factor * scale.total_high
        assert measure.low <= min(best, worst) and max(best, worst) <= measure.high


def test_medicines_people_stay_on_are_named_as_the_atlas_does(tmp_path: Path) -> None:
    words = '"SSRI", "sertraline", "oxycodone", "rifampicin", "analgesic-as-needed", "quetiapine", "none"'
    people = read(tmp_path, SMALL.replace('["mdd"]', f'["mdd"]\nbackground = [{words}]')).population
    assert people.background == ("ssri", "opioid", "rifampicin", "analgesic-as-needed")
    assert set(people.left_out) == {"quetiapine"}
    known = {drug.background for drug in load_drugs().values()} - {""}
    assert known <= set(atlas_names("treatments"))


def test_a_dose_by_a_route_without_a_model_is_read_and_marked(tmp_path: Path) -> None:
    text = SMALL.replace('drug = "ketamine"', 'drug = "ketamine"\nroute = "rectal"\nunit = "mg"')
    assert read(tmp_path, text).arms[0].reason == "the model has no ketamine by the route rectal"


@pytest.mark.parametrize(
    ("word", "key", "trait"),
    [
        ("TRD", "mdd", "treatment-resistant"),
        ("Fibromyalgia", "pain-fibromyalgia", ""),
        ("chronic pain", "pain", ""),
    ],
)
def test_usual_words_for_conditions(tmp_path: Path, word: str, key: str, trait: str) -> None:
    people = read(tmp_path, SMALL.replace('"mdd"', f'"{word}"')).population
    assert people.conditions == (key,) and people.traits == ((trait,) if trait else ())


# ---- what is refused, with code and line

DOSE_ARM = 'name = "ketamine"\nn = 40\n'
BAD: dict[str, tuple[str, str, str]] = {  # what is replaced in SMALL, by what, code and the line it is told at
    "no arm": (SMALL[SMALL.index("[[arm]]") :], "", "V450"),
    "empty list of arms": (SMALL, 'arm = []\npopulation = {conditions = ["mdd"]}', "V450"),
    "arms that are no tables": (SMALL, 'arm = [1]\npopulation = {conditions = ["mdd"]}', "V412"),
    "arms that are no list": (SMALL, 'arm = 1\npopulation = {conditions = ["mdd"]}', "V412"),
    "arm of nobody": ("n = 40", "n = 0", "V451"),
    "arm of fewer than nobody": ("n = 40", "n = -3", "V451"),
    "half a person": ("n = 40", "n = 3.5", "V412"),
    "huge arm": ("n = 40", "n = 1000000001", "V407"),
    "people of thousands of digits": ("n = 40", f"n = {'9' * 4000}", "V304"),
    "unknown key": ("amount = 0.5", "amont = 0.5", "V401"),
    "unknown table": ("[[arm.dose]]", "[[arm.doses]]", "V401"),
    "no conditions": ('conditions = ["mdd"]', "female = 0.5", "V411"),
    "unknown condition": ('"mdd"', '"mddd"', "V402"),
    "healthy and ill": ('"mdd"', '"mdd", "healthy"', "V414"),
    "slip in a trait": ('["mdd"]', '["mdd"]\ntraits = ["inpatiens"]', "V413"),
    "slip in a medicine": ('["mdd"]', '["mdd"]\nbackground = ["ticlopidin"]', "V413"),
    "slip in a drug": ('drug = "ketamine"', 'drug = "ketamin"', "V404"),
    "unknown route": ("amount = 0.5", 'amount = 0.5\nroute = "iw"', "V413"),
    "unknown unit": ("amount = 0.5", 'amount = 0.5\nunit = "mgkg"', "V413"),
    "no amount": ("amount = 0.5", "", "V411"),
    "negative amount": ("amount = 0.5", "amount = -0.5", "V406"),
    "amount of NaN": ("amount = 0.5", "amount = nan", "V304"),
    "amount without end": ("amount = 0.5", "amount = inf", "V304"),
    "amount in words": ("amount = 0.5", 'amount = "half"', "V412"),
    "amount true": ("amount = 0.5", "amount = true", "V412"),
    "amount of thousands of digits": ("amount = 0.5", f"amount = {'9' * 4000}", "V304"),
    "a billion doses": ("amount = 0.5", "amount = 0.5\nevery_d = 1\ncount = 1000000000", "V407"),
    "a dose every second": ("amount = 0.5", "amount = 0.5\nevery_d = 1e-5", "V417"),
    "count of zero": ("amount = 0.5", "amount = 0.5\ncount = 0", "V459"),
    "several at once": ("amount = 0.5", "amount = 0.5\ncount = 3", "V459"),
    "days and count": ("amount = 0.5", "amount = 0.5\ndays = [0]\ncount = 3", "V401"),
    "a day twice": ("amount = 0.5", "amount = 0.5\ndays = [0, 2, 2]", "V459"),
    "day before the start": ("amount = 0.5", "amount = 0.5\ndays = [-1]", "V407"),
    "no day": ("amount = 0.5", "amount = 0.5\ndays = []", "V412"),
    "rate without a length": ("amount = 0.5", 'amount = 0.5\nunit = "mg/kg/h"', "V411"),
    "steps that are no rates": ("amount = 0.5", "steps = [{from_h = 0, rate = 1}, {from_h = 1, rate = 2}]", "V459"),
    "steps that fall": (
        "amount = 0.5",
        'unit = "mg/h"\nsteps = [{from_h = 0, rate = 1}, {from_h = 3, rate = 2}, {from_h = 2, rate = 1}]',
        "V459",
    ),
    "amount and steps": (
        "amount = 0.5",
        'amount = 1\nunit = "mg/h"\nsteps = [{from_h = 0, rate = 1}, {from_h = 3, rate = 2}]',
        "V459",
    ),
    "negative step": ("amount = 0.5", 'unit = "mg/h"\nduration_min = 60\nsteps = [{from_h = 0, rate = -1}]', "V406"),
    "negative choice": ("amount = 0.5", "flexible = [-56, 84]", "V406"),
    "negative length": ("amount = 0.5", "amount = 0.5\nduration_min = -1", "V407"),
    "activity nobody knows": ("amount = 0.5", 'amount = 0.5\n[[arm.activity]]\nkind = "swimming"', "V413"),
    "clock": ("n = 40", 'n = 40\nfirst_dose_clock = "25:00"', "V412"),
    "control": ("n = 40", 'n = 40\nblinding = {control = "midazolan"}', "V413"),
    "expectancy above one": ("n = 40", "n = 40\nblinding = {expectancy = 2}", "V407"),
    "length of nothing": ("[population]", "duration_d = 0\n[population]", "V407"),
    "length without end": ("[population]", "duration_d = inf\n[population]", "V304"),
    "share of women": ('["mdd"]', '["mdd"]\nfemale = 51', "V407"),
    "age bounds crossed": ('["mdd"]', '["mdd"]\nage = {low = 60, high = 20}', "V455"),
    "weight below its bounds": ('["mdd"]', '["mdd"]\nweight_kg = {mean = 50, low = 60}', "V455"),
    "id of two words": ("[population]", 'id = "two words"\n[population]', "V412"),
    "name that no page can show": ('name = "ketamine"', 'name = "keta\\u0000mine"', "V412"),
    "name of blanks": ('name = "ketamine"', 'name = "  "', "V412"),
    "name of two lines": ('name = "ketamine"', 'name = "keta\\nmine"', "V412"),
    "drug without a name": ('drug = "ketamine"', 'drug = ""', "V412"),
    "trait of other ages": ('["mdd"]', '["mdd"]\ntraits = ["elderly"]\nage = {high = 50}', "V455"),
    "scale twice": (
        '["mdd"]',
        '["mdd"]\nseverity = [{instrument = "MADRS", low = 20}, {instrument = "madrs", mean = 30}]',
        "V459",
    ),
    "a list for a table": ("[population]", "dropout = []\n[population]", "V412"),
}  # fmt: skip
SEVERITY = {
    "screening above the scale": "low = 61",
    "screening at the ceiling": "low = 60",
    "mean above the scale": "mean = 70",
    "mean below the scale": "mean = -2",
    "mean far below the bound": "mean = 10, sd = 2, low = 24",
    "bounds crossed": "low = 30, high = 20",
    "spread no scores can have": "mean = 30, sd = 40",
}
OUTCOMES: dict[str, tuple[dict[str, Any], str, str]] = {  # entries, code, and the key whose line is told
    "unknown instrument": ({"instrument": "MADRZ"}, "V453", "instrument"),
    "instrument of another world": ({"instrument": "flux capacity"}, "V453", "instrument"),
    "slip although the unit is told": (
        {"instrument": "plasma_ketamin", "unit": "ng/mL"},
        "V453",
        "instrument",
    ),
    "no instrument": ({"instrument": None}, "V411", ""),
    "after the end": ({"time_d": 8}, "V454", "time_d"),
    "hours after the end": ({"time_d": None, "time_h": 200}, "V454", "time_h"),
    "no time": ({"time_d": None}, "V411", ""),
    "two times": ({"time_h": 24}, "V459", "time_h"),
    "before the start": ({"time_d": -1}, "V407", "time_d"),
    "bare effect size": ({"quantity": "effect_size"}, "V456", "quantity"),
    "unknown quantity": ({"quantity": "smdd"}, "V413", "quantity"),
    "unknown arm": ({"arm": "ketamin"}, "V457", "arm"),
    "unknown versus": ({"versus": "saline"}, "V457", "versus"),
    "against itself": ({"versus": "ketamine"}, "V459", "versus"),
    "difference to nothing": ({"quantity": "difference"}, "V411", "quantity"),
    "no value": ({"value": None}, "V411", ""),
    "interval upside down": ({"ci": [3, 2]}, "V459", "ci"),
    "interval of three": ({"ci": [1, 2, 3]}, "V417", "ci"),
    "no width": ({"se": 0}, "V407", "se"),
    "negative width": ({"sd": -1}, "V407", "sd"),
    "nobody": ({"n": 0}, "V407", "n"),
    "share in percent": ({"quantity": "response", "value": 64}, "V407", "value"),
    "site": ({"site": "toe"}, "V413", "site"),
    "mean above the scale": ({"quantity": "mean", "value": 61}, "V407", "value"),
    "change in percent without its unit": ({"instrument": "NRS", "value": -30}, "V407", "value"),
    "far outside its own interval": ({"value": -16, "ci": [-4, -1]}, "V459", "value"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_its_place(tmp_path: Path, case: str) -> None:
    old, new, code = BAD[case]
    assert old in SMALL
    error = refused(tmp_path, SMALL.replace(old, new, 1))
    assert error.code == code
    if case != "no arm":  # a table that is missing stands nowhere
        assert error.line is not None
    assert error.hint


@pytest.mark.parametrize("case", SEVERITY)
def test_people_who_cannot_be_are_refused(tmp_path: Path, case: str) -> None:
    row = f'["mdd"]\nseverity = [{{instrument = "MADRS", {SEVERITY[case]}}}]'
    error = refused(tmp_path, SMALL.replace('["mdd"]', row))
    assert (error.code, error.line) == ("V455", 4)


@pytest.mark.parametrize("case", OUTCOMES)
def test_bad_outcomes_are_refused_with_their_place(tmp_path: Path, case: str) -> None:
    entries, code, key = OUTCOMES[case]
    text = "duration_d = 7" + SMALL + outcome() + outcome(**entries)
    error = refused(tmp_path, text)
    assert error.code == code and error.line is not None and error.hint
    second = text.splitlines().index("[[outcome]]", text.splitlines().index("[[outcome]]") + 1) + 1
    assert error.line == second if not key else error.line > second and str(error.text).startswith(key)


def test_two_arms_of_one_name(tmp_path: Path) -> None:
    error = refused(tmp_path, SMALL + '[[arm]]\nname = "ketamine"\n')
    assert (error.code, error.line) == ("V458", 11)


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ('drug = "ketamine"\namount = 0.5', "V452"),  # the same infusion again
        ('drug = "ketamine"\namount = 0.2\nduration_min = 600\nstart_d = 0.02', "V452"),
        ('drug = "ketamine"\namount = 0.5\nduration_min = 0', None),  # given at once before the infusion
        ('drug = "ketamine"\namount = 0.5\nstart_d = 0.0277777778', None),  # it starts as the other one ends
        ('drug = "esketamine"\namount = 0.5', None),  # another drug
    ],
)
def test_overlapping_doses(tmp_path: Path, block: str, code: str | None) -> None:
    text = SMALL + f"[[arm.dose]]\n{block}\n"
    if code is None:
        assert len(read(tmp_path, text).arms[0].doses) == 2
    else:
        error = refused(tmp_path, text)
        assert (error.code, error.line) == (code, 10)


def test_infusions_longer_than_their_interval_overlap(tmp_path: Path) -> None:
    text = SMALL + "every_d = 1\ncount = 3\nduration_min = 1500\n"
    assert refused(tmp_path, text).code == "V452"


def test_what_is_done_after_the_end(tmp_path: Path) -> None:
    late = '[[arm.activity]]\nkind = "trauma"\nstart_d = 100\n'
    error = refused(tmp_path, "duration_d = 7" + SMALL + late)
    assert error.code == "V408" and error.line is not None


def test_people_are_not_chosen_by_the_laboratory(tmp_path: Path) -> None:
    study = read(tmp_path, SMALL.replace('["mdd"]', '["mdd"]\nseverity = [{instrument = "crp", low = 3}]'))
    assert any("scales and traits" in note for note in study.notes)


def test_a_phase_entered_by_a_biomarker_is_not_predicted(tmp_path: Path) -> None:
    phases = '[[phase]]\nuntil_d = 3\n[[phase]]\nuntil_d = 7\nenter_if = "response"\ninstrument = "crp"\n'
    study = read(tmp_path, "duration_d = 7" + SMALL + outcome(time_d=5) + phases)
    assert "what a response of crp is" in str(study.outcomes[0].reason)


def test_a_listed_dose_after_the_end(tmp_path: Path) -> None:
    error = refused(tmp_path, "duration_d = 7" + SMALL + "days = [0, 8]\n")
    assert (error.code, error.line) == ("V408", 10)


def test_a_schedule_stops_at_the_end_and_says_so(tmp_path: Path) -> None:
    study = read(tmp_path, "duration_d = 7" + SMALL + "every_d = 2\ncount = 10\n")
    assert study.arms[0].doses[0].days == (0, 2, 4, 6)
    assert any("left out" in note for note in study.notes)


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        ("until_d = 400", "V459"),
        ('until_d = 5\nrandomise = ["nobody"]', "V457"),
        ('until_d = 5\nenter_if = "response"', "V411"),
        ('until_d = 5\nenter_if = "response"\ninstrument = "MADRZ"', "V453"),
        ('until_d = 5\norder = [["ketamine", "other"]]', "V457"),
    ],
)
def test_phases_that_cannot_be(tmp_path: Path, phase: str, code: str) -> None:
    error = refused(tmp_path, f"duration_d = 7{SMALL}[[phase]]\n{phase}\n")
    assert error.code == code and error.line is not None


def test_too_many_doses_in_one_arm(tmp_path: Path) -> None:
    block = '[[arm.dose]]\ndrug = "{}"\namount = 1\nevery_d = 0.1\ncount = 6000\n'
    text = "duration_d = 1000" + SMALL + block.format("morphine") + block.format("sertraline")
    assert refused(tmp_path, text).code == "V417"


def test_every_code_of_study_files_is_raised_here() -> None:
    raised = {code for *_, code in BAD.values()} | {code for _, code, _ in OUTCOMES.values()}
    raised |= {"V452", "V455", "V458", "V408"}
    assert {code for code in explanations() if "V450" <= code <= "V459"} <= raised


# ---- files made worse by chance

_WORDS = st.sampled_from(
    [
        "-1",
        "0",
        "1e308",
        "nan",
        "inf",
        "true",
        '""',
        '"\\u0000"',
        "[]",
        "{}",
        "[[0]]",
        '"MADRS"',
        "9" * 400,
        "[[",
    ]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_gives_a_study_or_a_coded_error(tmp_path: Path, data: st.DataObject) -> None:
    lines = WHOLE.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        way = data.draw(st.sampled_from(["drop", "double", "value", "swap", "key"]))
        if way == "drop":
            lines[at] = ""
        elif way == "double":
            lines.insert(at, lines[at])
        elif way == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif "=" in lines[at]:
            key, _, value = lines[at].partition("=")
            lines[at] = (
                f"{key}={data.draw(_WORDS)}"
                if way == "value"
                else f"{data.draw(st.text(max_size=3))}={value}"
            )
    path = written(tmp_path, "\n".join(lines))
    try:
        study = read_study(path)
    except VagusError as error:
        assert error.code in explanations() and error.file == str(path)
        return
    for arm in study.arms:
        assert isinstance(arm_regimen(arm, study.duration_d), Treatment)


# ---- schema and tables


#: What the reader knows of JSON Schema.
KEYWORDS = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required",
    "additionalProperties", "items", "minItems", "maxItems", "minLength", "maxLength", "pattern", "enum",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "anyOf",
}  # fmt: skip


def _rules(rule: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield rule
    for inner in (
        *rule.get("properties", {}).values(),
        *rule.get("$defs", {}).values(),
        *rule.get("anyOf", ()),
    ):
        yield from _rules(inner)
    if "items" in rule:
        yield from _rules(rule["items"])


def test_the_reader_understands_every_word_of_the_schema() -> None:
    schema = load_schema("study")
    jsonschema.Draft202012Validator.check_schema(schema)
    for rule in _rules(schema):
        assert set(rule) <= KEYWORDS
        assert rule.get("description") or "$ref" in rule or "$defs" in rule
        if rule.get("type") == "object":
            assert rule["additionalProperties"] is False


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("venlafaxine ER", "venlafaxine"),
        ("Sertraline HCl tablets", "sertraline"),
        ("esketamine nasal spray", "esketamine"),
        ("quetiapine XR", "quetiapine XR"),
        ("ER", "ER"),
    ],
)
def test_how_a_drug_is_made_up_does_not_hide_which_it_is(written: str, meant: str) -> None:
    assert find_drug(written).name == meant and slip_of(written) is None


def test_words_of_lists_may_be_written_as_papers_do(tmp_path: Path) -> None:
    written = WHOLE.replace('route = "iv"', 'route = "I.V."').replace('unit = "mg/kg"', 'unit = "MG/kg"')
    assert written != WHOLE
    file = tmp_path / "as_papers_do.toml"
    file.write_text(written, encoding="utf-8")
    assert {block.route for arm in read_study(file).arms for block in arm.doses} >= {"iv"}


def test_every_other_word_stands_for_one_of_a_list_or_says_what_to_try() -> None:
    listed: dict[str, set[str]] = {}
    for rule in _rules(load_schema("study")):
        for key, inner in rule.get("properties", {}).items():
            listed.setdefault(key, set()).update(inner.get("enum", ()))
    for row in read_rows(atlas_path("study_words.csv"), ("key", "word", "meant", "hint")):
        assert bool(row["meant"]) != bool(row["hint"])
        assert row["word"] not in (listed if row["key"] == "key" else listed[row["key"]])
        assert row["hint"] or row["meant"] in listed[row["key"]]


@pytest.mark.parametrize(
    ("quantity", "said"), [("percent_change", "percent"), ("cohens_d", "smd_change"), ("NNT", "versus")]
)
def test_a_quantity_that_is_no_choice_says_how_to_write_it(tmp_path: Path, quantity: str, said: str) -> None:
    file = tmp_path / "other.toml"
    file.write_text(WHOLE.replace('quantity = "change"', f'quantity = "{quantity}"', 1), encoding="utf-8")
    with pytest.raises(VagusError, match="V413") as caught:
        read_study(file)
    assert said in str(caught.value.hint) and caught.value.line


def test_a_key_papers_use_and_the_format_lacks_says_what_to_write(tmp_path: Path) -> None:
    file = tmp_path / "key.toml"
    file.write_text(
        WHOLE.replace('quantity = "change"', 'quantity = "change"\niqr = [-20, -7]', 1), encoding="utf-8"
    )
    with pytest.raises(VagusError, match="V401") as caught:
        read_study(file)
    assert "sd" in str(caught.value.hint) and caught.value.line


def test_the_schema_holds_every_key_the_example_of_the_format_uses() -> None:
    judge = jsonschema.Draft202012Validator(dict(load_schema("study")))
    assert [fault.message for fault in judge.iter_errors(tomllib.loads(WHOLE))] == []
    assert not judge.is_valid(tomllib.loads("splitt = 'calibrate'\n" + WHOLE))


def _used(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every key of the schema that a file uses: name of its table and key."""
    if "$ref" in rule:
        rule = root["$defs"][rule["$ref"].rpartition("/")[2]]
    for one in rule.get("anyOf", ()):
        if isinstance(value, dict) == (one["type"] == "object"):
            rule = one
    if isinstance(value, dict):
        for key, each in value.items():
            yield rule["description"], key
            yield from _used(each, rule["properties"][key], root)
    elif isinstance(value, list):
        for each in value:
            yield from _used(each, rule["items"], root)


def test_the_tests_read_every_key_of_the_schema() -> None:
    schema = load_schema("study")
    known = {
        (rule["description"], key)
        for rule in _rules(schema)
        if rule.get("type") == "object"
        for key in rule["properties"]
    }
    more = (
        '[crossover]\norder = [["a"]]\nwashout_d = 3\n'
        '[[arm]]\nname = "a"\n[[arm.dose]]\ndrug = "none"\nnote = ""\n[[arm.activity]]\nkind = "exposure"\n'
        'days = [1]\nduration_h = 2\nnote = ""\n'
        '[[phase]]\nuntil_d = 1\nnote = ""\norder = [["a"]]\nwashout_d = 3\n'
        '[population]\nconditions = ["mdd"]\nage = 40\nweight_kg = {low = 40, high = 200}\n'
        'severity = [{instrument = "MADRS", high = 40}]\n'
        '[[endpoint]]\narm = "a"\ninstrument = "crp"\nquantity = "mean"\ntime_h = 1\nunit = "mg/L"\nsite = "venous"\n'
        'contrast = "within"\nstatistic = "mean"\ncutoff = {remission = 3, prevalence = 5}\n'
        'from = "baseline"\nnote = ""\n'
    )
    used = {pair for text in (WHOLE, more) for pair in _used(tomllib.loads(text), schema, schema)}
    assert known - used == set()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_study_fits_the_schema_and_is_read(path: Path) -> None:
    jsonschema.validate(tomllib.loads(read_text(path)), dict(load_schema("study")))
    study = read_study(path)
    assert study.id == path.stem and study.outcomes


def test_every_measure_is_in_the_model(model: Model) -> None:
    sources = read_sources()
    for measure in load_measures().values():
        assert measure.kind in KINDS and measure.grade in GRADES and measure.source in sources
        assert measure.low < measure.high
        parse_unit(measure.unit)
        keys = [measure.key, *(key for _, key in measure.sites)]
        if measure.kind == "score":
            assert measure.key in list_instruments()
            scale = load_instrument(measure.key)
            assert measure.offset + measure.factor * scale.total_low >= measure.low - 1e-9
        elif measure.kind == "output":
            assert all(key in model.outputs or key in model.states for key in keys)
            if measure.key in load_outputs() and measure.name != "cortisol":
                assert parse_unit(load_outputs()[measure.key].unit).measures_like(parse_unit(measure.unit))


@pytest.mark.parametrize(
    ("names", "key"),
    [
        ("MADRS|madrs|Montgomery-Asberg Depression Rating Scale", "madrs"),
        ("HAM-D17|HDRS-17|hamd|HRSD-17", "hamd17"),
        ("QIDS-SR16|QIDS-SR", "qids16"),
        ("BDI-II", "bdi2"),
        ("BDI", "bdi1"),
        ("IDS-SR30", "idssr30"),
        ("NRS|nrs_pain|VAS pain (0-100)|NPRS", "nrs_pain"),
        ("BPI", "bpi_severity"),
        ("CADSS", "cadss"),
        ("rmssd", "biomarker.rmssd"),
        ("IL-6", "biomarker.il6"),
        ("body temperature", "autonomic.temperature"),
        ("headache", "biomarker.headache"),  # an observable of the ledger
    ],
)
def test_measures_by_their_usual_names(names: str, key: str) -> None:
    for name in names.split("|"):
        measure = find_measure(name)
        assert measure is not None and measure.key == key


def test_every_drug_leads_somewhere(model: Model) -> None:
    sources = read_sources()
    for name, drug in load_drugs().items():
        assert drug.grade in GRADES and drug.source in sources
        assert math.isfinite(drug.factor) and drug.factor > 0
        if drug.kind in ("kinetics", "jump"):
            assert drug.reason(drug.route) is None, name
        if drug.kind == "hold":
            assert all(hold.input in model.places for hold in load_drug_holds()[drug.like])
        if drug.kind == "jump":
            assert drug.like in model.states
    assert find_drug("S-ketamine").name == "esketamine" and find_drug("LPS").name == "endotoxin"


def test_every_trait_of_the_atlas_may_stand_in_a_study(tmp_path: Path) -> None:
    names = ", ".join(f'"{name}"' for name in kind_names())
    study = read(tmp_path, SMALL.replace('["mdd"]', f'["mdd"]\ntraits = [{names}]'))
    assert study.population.traits == kind_names() and not study.population.left_out


@pytest.mark.timeout(10)
def test_a_long_line_is_read_at_once(tmp_path: Path) -> None:
    """Where a mistake stands is looked up line by line; spaces without end once took time with their third power."""
    path = tmp_path / "study.toml"
    path.write_text("wrong = [\n[" + " " * 50_000 + "\n]\n]\n", encoding="utf-8")
    with pytest.raises(VagusError, match="V4"):
        read_study(path)
