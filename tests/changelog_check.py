"""What refuses a change of the model that the changelog does not tell of, or that the claims were not run on."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vagus.evidence.kept import SHORT

_PART = 0.02  # of a number: solvers of two processors differ by far less, a change of a constant rarely
_LEAST = 1e-9


def changelog_problems(changelog: str, kept: Mapping[str, Any], now: str, asked: str = "") -> list[str]:
    """Why a changelog does not tell of the model as it is; empty when it does.

    Arguments: `changelog` its text; `kept` the verdicts; `now` the hash of the tables, `asked` that of the claims.
    """
    if asked and kept.get("asked", asked) != asked:
        return ["the claims or the studies beside them are not those that were run: run `make claims`"]
    if kept.get("hash") != now:
        return [
            f"the tables of the model ({now[:SHORT]}) are not those the claims were run on: run `make claims`"
        ]
    lines = [line for line in changelog.splitlines() if line.startswith("- ") and now[:SHORT] in line]
    if not lines:
        return [f"no entry of CHANGELOG.md names the model {now[:SHORT]}"]
    before = kept.get("before", "")[:SHORT]
    if before and not any(line.startswith("- ") and before in line for line in changelog.splitlines()):
        return [f"what moved was counted from the model {before}, which no entry of CHANGELOG.md names"]
    told = " ".join(lines)
    problems = [
        f"the entry of {now[:SHORT]} does not name {key}, which moved"
        for key in kept["moved"]
        if key not in told
    ]
    _, _, validation = told.partition("Validation")
    if not re.search(r"\d|none", validation):
        problems.append(f"the entry of {now[:SHORT]} does not say which figures moved in validation")
    if re.search(r"<[^<>]* [^<>]*>", told):
        problems.append(f"the entry of {now[:SHORT]} still has places to be filled in")
    return problems


def probe_problems(kept: Mapping[str, Sequence[float]], now: Mapping[str, Sequence[float]]) -> list[str]:
    """Which claims no longer give the numbers that were kept; empty when all do."""
    if set(kept) != set(now):
        return ["the numbers of the small run were not kept with the verdicts: run `make claims`"]
    moved = [
        key
        for key in now
        if len(kept[key]) != len(now[key])
        or any(
            abs(a - b) > _PART * max(abs(a), abs(b)) + _LEAST
            for a, b in zip(kept[key], now[key], strict=True)
        )
    ]
    return (
        [f"{', '.join(moved)} no longer give the numbers that were kept: run `make claims`"] if moved else []
    )
