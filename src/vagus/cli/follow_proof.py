"""`make follow-proof`: virtual people whose future is known, forecast and counted; one JSON, a table and a figure.

python -m vagus.cli.follow_proof docs [--people 500] [--bank 12000] [--quick]
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..body.model import load_model
from ..body.run import package_version
from ..learn.proof import WEEKS, Baselines, Tally, prove, regimens, skill
from ..learn.rank import envelope, envelope_p
from ..observe import load_instrument
from ..report.drawing import complete, draw_svg
from ..tables import atlas_path
from .follow_time import middle, waits

SEED = 7
NAMES = {"json": "follow-proof.json", "table": "follow-proof.md", "figure": "follow-proof.svg"}


def main(words: Sequence[str] | None = None) -> dict[str, Any]:
    """Run the proof and write its files; the numbers of the JSON."""
    parser = argparse.ArgumentParser(prog="python -m vagus.cli.follow_proof")
    parser.add_argument("folder", nargs="?", default="docs")
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--bank", type=int, default=12000)
    parser.add_argument(
        "--quick", action="store_true", help="60 people and a small bank: to see that it runs"
    )
    asked = parser.parse_args(words)
    people, bank = (60, 2000) if asked.quick else (asked.people, asked.bank)
    began = time.perf_counter()
    model = load_model()
    usual, other, bases = [], [], []
    each = people // len(regimens())
    for regimen in regimens():
        tally, base = prove(model, regimen, each, bank, SEED)
        usual.append(tally)
        bases.append(base)
        other.append(prove(model, regimen, each // 2, bank, SEED, perturbed=True)[0])
    told = waits(model, regimens(), SEED)
    known = [base for base in bases if base is not None]
    numbers = counted(usual, other, known, middle(told.cold), middle(told.update))
    folder = Path(asked.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAMES["json"]).write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    minutes = (time.perf_counter() - began) / 60
    text = table(numbers, usual, other, bases, people, bank, model.key, minutes, told.words())
    (folder / NAMES["table"]).write_text(text, encoding="utf-8")
    (folder / NAMES["figure"]).write_text(figure(usual), encoding="utf-8")
    if not asked.quick:
        write_record(numbers, people, model.key)
    return numbers


def write_record(numbers: Mapping[str, Any], people: int, key: str) -> None:
    """The calibration record that reports name: `atlas/calibration/follow.toml`."""
    lines = [
        "# How often forecasts of `vagus follow` came true in virtual people; written by make follow-proof.",
        f'model = "{key}"',
        f"people = {people}",
        *(f"{name} = {value}" for name, value in numbers.items()),
    ]
    atlas_path("calibration", "follow.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def counted(
    usual: Sequence[Tally], other: Sequence[Tally], bases: Sequence[Baselines], cold: float, carried: float
) -> dict[str, Any]:
    """The numbers of the JSON, and nothing else."""
    spans = {}
    for tally in usual:
        for _, key, _ in tally.score:
            scale = load_instrument(key)
            spans[key] = scale.total_high - scale.total_low

    def mean(tallies: Sequence[Tally], what: str) -> float:
        return round(float(np.mean([v for tally in tallies for v in tally.part(what, 4)])), 4)

    def gain(name: str) -> float:
        pairs = [skill(t, getattr(base, name), spans) for t, base in zip(usual, bases, strict=True)]
        return round(float(np.mean(pairs)), 4)

    chances = list(sbc(usual).values())
    return {
        "coverage50_4w": mean(usual, "inside50"),
        "coverage90_4w": mean(usual, "inside90"),
        "coverage90_4w_perturbed": mean(other, "inside90"),
        "crps_skill_locf": gain("last_dressed"),
        "crps_skill_lme": gain("mixed"),
        "sbc_p": round(min(1.0, len(chances) * min(chances)), 4),
        "seconds_cold": round(cold, 2),
        "seconds_update": round(carried, 2),
    }


def sbc(usual: Sequence[Tally]) -> dict[str, float]:
    """For each quantity the chance that even ranks stray as far from their envelope."""
    return {
        f"{name} ({k + 1})": envelope_p(np.array(found), SEED)
        for k, tally in enumerate(usual)
        for name, found in tally.rank.items()
    }


def table(
    numbers: Mapping[str, Any],
    usual: Sequence[Tally],
    other: Sequence[Tally],
    bases: Sequence[Baselines | None],
    people: int,
    bank: int,
    key: str,
    minutes: float,
    times: str = "",
) -> str:
    """The numbers with what they were made of, as markdown; `times` says what was timed."""
    lines = [
        "# Proof of calibration of `vagus follow`",
        "",
        f"Made by `make follow-proof`: {people} virtual people in {len(usual)} regimens, a bank of {bank} each,",
        f"seed {SEED}, vagus {package_version()}, model {key}, {minutes:.1f} minutes. No one of them is in the bank.",
        "",
        "| number | value |",
        "|---|---|",
        *(f"| `{name}` | {value} |" for name, value in numbers.items()),
        "",
        "`crps_skill_locf` is against the last value with the errors it makes in other people around it; against the",
        "bare last value the skill is larger (table). `sbc_p` is the smallest chance below times their number.",
        "",
        *([times, ""] if times else []),
        "## Coverage and score",
        "",
        "CRPS in points; then of the last value bare and with errors, everybody's curve, mixed-effects regression.",
        "",
        "| regimen | scale | weeks | in 50 % | in 90 % | other models, 90 % | CRPS | bare | last | curve | mixed |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for tally, strange, base in zip(usual, other, bases, strict=True):
        for (name, scale, week), inside in tally.inside50.items():
            entry = (name, scale, week)
            cells = [np.mean(inside), np.mean(tally.inside90[entry]), np.mean(strange.inside90[entry])]
            scores = [float(np.mean(tally.score[entry]))]
            if base is not None:
                scores += [base.last[entry], base.last_dressed[entry], base.curve[entry], base.mixed[entry]]
            shares = " | ".join(f"{cell:.3f}" for cell in cells)
            points = " | ".join(f"{score:.2f}" for score in scores)
            lines.append(f"| {name} | {scale} | {week} | {shares} | {points} |")
    lines += ["", "## Ranks", "", "| quantity (regimen) | chance |", "|---|---|"]
    lines += [f"| {name} | {chance:.3f} |" for name, chance in sbc(usual).items()]
    low = [np.quantile(tally.effective, 0.1) for tally in usual]
    lines += [
        "",
        "Effective number of virtual people behind a forecast, lowest tenth: "
        + ", ".join(f"{value:.0f}" for value in low)
        + f" of {bank}; weeks ahead: {', '.join(map(str, WEEKS))}.",
        "",
        "![Ranks inside their envelope](follow-proof.svg)",
        "",
    ]
    return "\n".join(lines)


def figure(usual: Sequence[Tally]) -> str:
    """The distribution of ranks less the even one, with its envelope at 1 % overall, for each quantity."""
    plots = []
    for k, tally in enumerate(usual):
        for name, found in tally.rank.items():
            grid, low, high = envelope(len(found), SEED)
            below = [float(np.mean(np.array(found) <= value)) for value in grid]
            area = [{"x": x, "y": lo - x, "top": hi - x} for x, lo, hi in zip(grid, low, high, strict=True)]
            line = [{"x": x, "y": value - x} for x, value in zip(grid, below, strict=True)]
            x = {"field": "x", "type": "quantitative", "axis": {"title": "rank", "tickCount": 3}}
            y = {"field": "y", "type": "quantitative", "axis": {"title": "below, less even", "tickCount": 3}}
            plots.append(
                {
                    "width": 190,
                    "height": 110,
                    "title": {"text": f"{name} ({k + 1})", "fontSize": 13, "anchor": "start"},
                    "layer": [
                        {
                            "data": {"values": area},
                            "mark": {"type": "area", "color": "#0072B2", "opacity": 0.18},
                            "encoding": {"x": x, "y": y, "y2": {"field": "top"}},
                        },
                        {
                            "data": {"values": line},
                            "mark": {"type": "line", "color": "#1F2328"},
                            "encoding": {"x": x, "y": y},
                        },
                    ],
                }
            )
    chart = complete({"concat": plots, "columns": 4, "spacing": 24})
    return draw_svg(
        chart, "follow-proof", "Ranks of what is true among the samples", "Inside the band: calibrated."
    )


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
