"""`vagus claims`: the ledger of the mission, every claim an experiment and every verdict by rule."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..body.model import load_model
from ..errors import fail
from ..evidence.claim_record import count_words, record_of
from ..evidence.claims import FEWEST, LEAST, MOST, MOST_ASKED, SEEDS, check_claims
from ..report.ledger import ledger_html, unit_words
from .asked import said
from .show import AsJson, Quiet, check_out_folder, show, write_whole

_SIGN_WORDS = {"+": "higher", "-": "lower", "0": "no difference"}


def claims_command(
    ids: Annotated[
        list[str] | None,
        typer.Option("--id", help="a claim, such as C03, or several as C03,K02; all by default"),
    ] = None,
    people: Annotated[int, typer.Option("--n", help="people per group and seed to begin with")] = LEAST,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Annotated[Path | None, typer.Option("--out", help="folder for ledger.html and claims.json")] = None,
    seed: Annotated[int, typer.Option("--seed", help=f"the first of {SEEDS} seeds")] = 1,
) -> None:
    """Run every claim of the ledger and print its verdict; exit with 1 if one cannot run or the model flatters.

    The model flatters where it does what the article says although studies point the other way.
    """
    if not FEWEST <= people <= MOST_ASKED:
        hint = f"give {FEWEST} to {MOST_ASKED}; {LEAST} are usual"
        with said(f"--n {people}"):
            raise fail(
                "V407", what="a group", value=people, unit="people", low=FEWEST, high=MOST_ASKED, hint=hint
            )
    check_out_folder(out)  # before minutes of work that could not be kept
    model = load_model()
    with (
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            transient=True,
            disable=quiet or as_json,
        ) as bar,
        said(" ".join(f"--id {one}" for one in ids or [])),
    ):
        task = bar.add_task("claims", total=1.0)
        tell = lambda words, part: bar.update(task, description=words, completed=part)  # noqa: E731
        wanted = [name for one in ids or [] for name in one.split(",")]
        found = check_claims(model, wanted, count=people, most=max(MOST, people), seed=seed, progress=tell)
    record = record_of(found, model)
    if out is not None:
        write_ledger(record, out)
    show(claims_text(record, quiet), record, as_json=as_json, quiet=quiet, out=None)
    if not record["good"]:
        raise typer.Exit(1)


def write_ledger(record: dict[str, Any], folder: Path) -> None:
    """The page and the data of a ledger, in a folder that is made when it is not there; raises V603."""
    _make(folder)
    write_whole(folder / "ledger.html", ledger_html(record))
    write_whole(folder / "claims.json", json_text(record) + "\n")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise fail("V603", path=folder, reason=reason, hint="choose another folder with --out") from None


def json_text(record: dict[str, Any]) -> str:
    """The record as JSON."""
    return json.dumps(record, indent=1, ensure_ascii=False)


def claims_text(record: dict[str, Any], quiet: bool) -> str:
    """The whole ledger for the terminal; one line a claim when quiet."""
    lines: list[str] = []
    for claim in record["claims"]:
        flag = "  THE MODEL FLATTERS" if claim["flatters"] else ""
        lines.append(f"{claim['id']}  {claim['verdict']} ({count_words(claim['counts'])}){flag}")
        if quiet:
            continue
        lines.append(f"     {claim['claim']}")
        for test in claim["tests"]:
            lines += [f"     {line}" for line in _test_lines(test)]
        if claim["arrows"]:
            each = [f"{a['from']} to {a['to']} ({a['grade'] or 'no strength'})" for a in claim["arrows"]]
            lines.append(f"     rests on {len(each)} arrows: {'; '.join(each)}")
        lines.append("")
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(record["verdicts"].items()))
    count = len(record["claims"])
    lines.append(f"{count} claim{'' if count == 1 else 's'} in {record['seconds']:.0f} s: {told}.")
    lines += [f"cannot run: {one['id']}: {one['reason']}" for one in record["failures"]]
    if record["flatters"]:
        told = ", ".join(record["flatters"])
        lines.append(f"the model flatters, doing what is said although studies point the other way: {told}")
    return "\n".join(lines)


def _test_lines(test: dict[str, Any]) -> list[str]:
    head = f"{test['observable']}, {_SIGN_WORDS[test['sign']]}, {test['grade']}, {test['time']}: {test['verdict']}"
    if test["failure"]:
        return [head, f"  cannot run: {test['failure']}"]
    lines = [head] + [f"  because: {reason}" for reason in test["why"]]
    for one in test["contrasts"]:
        low, high = one["ci"]
        s_low, s_high = one["standardised_ci"]
        unit = unit_words(test["unit"])
        effect = f"{one['effect']:+.3g}{unit} ({low:+.3g} to {high:+.3g}); {_s(one['standardised'])} SD"
        lines.append(f"  {one['groups']}: {effect} ({_s(s_low)} to {_s(s_high)}), {one['n']} people")
    for study in test["studies"]:
        kept = ", kept for validation" if study["split"] == "validate" else ""
        lines.append(f"  studies: {study['finding']} ({study['citation']}{kept})")
    return lines


def _s(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:+.2f}" if abs(value) < 10.0 else ("over +10" if value > 0 else "under -10")
