"""How much common random numbers narrow the difference between arms, as tables of the documentation.

`python -m vagus.cli.trial_docs docs` (or `make docs-trials`) writes them into trials.md: half a minute of one core.
"""

import sys
from pathlib import Path

import numpy as np

from ..body.model import Array, Model, load_model
from ..observe import load_instrument
from ..people.measured import responded_by
from ..people.study import read_study
from ..people.trial import Trial, run_trial
from ..tables import atlas_path
from .show import write_whole

PAGE = "trials.md"
BEGIN = "<!-- written by `python -m vagus.cli.trial_docs docs`: change nothing between these two lines -->"
END = "<!-- end of what `python -m vagus.cli.trial_docs docs` writes -->"
PEOPLE = 400
BAR = 1.0 / 3.0  # of the project, for the ratio of the variances
SCALE = "madrs"
#: Study of the atlas, what it compares, its two arms, and the days that are told.
CONTRASTS = (
    (
        "murrough2013a",
        "an infusion of ketamine against one of midazolam",
        ("ketamine", "midazolam"),
        (1.0, 7.0),
    ),
    (
        "transform2",
        "esketamine spray against placebo spray, both with a new tablet",
        ("esketamine", "placebo"),
        (1.0, 27.0),
    ),
    ("singh2016", "four infusions of ketamine against saline", ("ketamine", "saline"), (1.0, 14.0)),
)
WHO = {(1, 0): "only {0}", (0, 0): "in neither arm", (1, 1): "in both", (0, 1): "only {1}"}


def at_day(trial: Trial, name: str, day: float) -> Array:
    """Scores of one arm (2, people): on a day, and at the start."""
    totals = trial.arms[name].totals[SCALE]
    return np.stack([totals[:, int(np.argmin(np.abs(trial.visits - 24.0 * day)))], totals[:, 0]])


def ratios(one: Array, other: Array) -> tuple[float, float]:
    """Variance of the difference of scores with people shared, as a part of that with people apart, and of changes."""
    apart = float(np.var(one[0] - other[0]))
    changes = np.var(one[0] - one[1]) + np.var(other[0] - other[1])
    return apart / float(np.var(one[0]) + np.var(other[0])), apart / float(changes)


def groups(one: Array, other: Array) -> tuple[list[tuple[tuple[int, int], float, float]], float]:
    """Who responds in which arm: share of people and mean difference; and the part of the variance between them."""
    scale = load_instrument(SCALE)
    first, second = (responded_by(scale, arm[1], arm[0], None) for arm in (one, other))
    apart = one[0] - other[0]
    found, between = [], 0.0
    for kind in WHO:
        mine = (first == kind[0]) & (second == kind[1])
        share = float(mine.mean())
        mean = float(apart[mine].mean()) if share else float("nan")
        found.append((kind, share, mean))
        between += share * (mean - float(apart.mean())) ** 2 if share else 0.0
    return found, between / float(np.var(apart))


def render(model: Model) -> str:
    """Both tables as Markdown."""
    rows = ["| study | day | scores | changes | SD of the difference of a person |", "|---|---|---|---|---|"]
    last, every = "", []
    for key, words, arms, days in CONTRASTS:
        study = read_study(atlas_path("studies") / f"{key}.toml")
        trial = run_trial(model, study, count=PEOPLE, schedule=days)
        told = [[at_day(trial, name, day) for name in arms] for day in days]
        found = [ratios(*both) for both in told]
        every += found
        cells = [" / ".join(_two(pair[k]) for pair in found) for k in (0, 1)]
        spread = " / ".join(f"{np.std(one[0] - other[0]):.1f}" for one, other in told)
        when = " / ".join(f"{day:g}" for day in days)
        rows.append(f"| {words} ({key}) | {when} | {cells[0]} | {cells[1]} | {spread} |")
        last = _told(key, days[-1], arms, *groups(*told[-1]))
    below = [sum(pair[k] < BAR for pair in every) for k in (0, 1)]
    words = f"Below a third: {below[0]} of {len(every)} for scores, {below[1]} of {len(every)} for changes."
    return "\n".join([*rows, "", words, "", last])


def _told(
    key: str,
    day: float,
    arms: tuple[str, str],
    found: list[tuple[tuple[int, int], float, float]],
    between: float,
) -> str:
    head = f"Who responds by day {day:g} of {key}, and the difference between the two arms of one person:"
    rows = ["| responds | share of people | difference, MADRS |", "|---|---|---|"]
    for kind, share, mean in found:
        told = f"{mean:.1f}" if np.isfinite(mean) else ""
        rows.append(f"| {WHO[kind].format(*(f'under {name}' for name in arms))} | {_two(share)} | {told} |")
    words = f"These groups hold {100.0 * between:.0f} % of the variance of the difference."
    return "\n".join([head, "", *rows, "", words])


def _two(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def main(folder: str) -> None:
    """Write the tables into the page of a folder of documentation."""
    path = Path(folder) / PAGE
    page = path.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    write_whole(path, f"{before}{BEGIN}\n\n{render(load_model())}\n\n{END}{after}")


if __name__ == "__main__":
    main(sys.argv[1])
