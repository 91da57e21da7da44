"""Small studies as text, for the tests of trials."""

from pathlib import Path

from vagus.people.study import read_study
from vagus.people.study_record import Study

TWO_ARMS = """
duration_d = 14
[population]
conditions = ["mdd"]
severity = [{instrument = "MADRS", mean = 32, sd = 5.5, low = 26}]
[[arm]]
name = "ketamine"
n = 40
dose = [{drug = "ketamine", amount = 0.5, unit = "mg/kg"}]
blinding = {control = "midazolam"}
[[arm]]
name = "midazolam"
n = 20
dose = [{drug = "midazolam", amount = 0.045, unit = "mg/kg"}]
blinding = {control = "midazolam"}
[[outcome]]
arm = "ketamine"
instrument = "MADRS"
time_d = 1
quantity = "change"
value = -16
se = 1.6
[[outcome]]
arm = "ketamine"
versus = "midazolam"
instrument = "MADRS"
time_d = 1
quantity = "mean_difference"
value = -7.9
[[outcome]]
arm = "ketamine"
instrument = "MADRS"
time_d = 7
quantity = "response"
value = 0.45
[[outcome]]
arm = "ketamine"
versus = "midazolam"
instrument = "MADRS"
time_d = 7
quantity = "odds_ratio"
value = 3
[[outcome]]
arm = "ketamine"
versus = "midazolam"
instrument = "MADRS"
time_d = 1
quantity = "smd"
value = -0.7
[[outcome]]
arm = "ketamine"
quantity = "dropout_rate"
time_d = 14
value = 0.1
[[outcome]]
arm = "midazolam"
quantity = "correct_guess_rate"
value = 0.6
[[outcome]]
arm = "ketamine"
instrument = "plasma_ketamine"
quantity = "cmax"
value = 190
[[outcome]]
arm = "ketamine"
instrument = "sbp"
time_h = 0.667
quantity = "change"
value = 12
[[endpoint]]
arm = "ketamine"
versus = "midazolam"
instrument = "MADRS"
time_d = 7
quantity = "change"
"""


def study_of(folder: Path, text: str, name: str = "made") -> Study:
    """The study of a text, written into a folder."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return read_study(path)
