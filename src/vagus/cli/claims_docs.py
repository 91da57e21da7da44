"""The ledger as it is kept: verdicts beside the model, and the page of the documentation.

`python -m vagus.cli.claims_docs docs out` runs every claim, writes `atlas/ledger/verdicts.json`, docs/ledger.md and
out/ledger.html, and prints the line that the changelog needs. `make claims` does the same.
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..body.model import load_model
from ..evidence.claim_record import count_words, record_of
from ..evidence.claims import check_claims
from ..evidence.kept import SHORT, changelog_line, read_verdicts, verdicts_of, verdicts_path
from ..evidence.probe import probe
from ..evidence.verdict import LEAST_SIZE, NOT_SUPPORTED, ORDER, WEAKER
from .claims import claims_text, write_ledger
from .show import write_whole

PAGE = "ledger.md"


def page(kept: Mapping[str, Any]) -> str:
    """The page as Markdown, from the verdicts that are kept."""
    claims = kept["claims"]
    counts = Counter(one["verdict"] for one in claims.values())
    flatters = [key for key, one in claims.items() if one["flatters"]]
    lines = [
        "# The ledger of claims",
        "",
        "Written by `make claims`; change nothing by hand. Every statement of the founding article about mind, body",
        "and ketamine is an experiment on at least 500 people a group in three seeds, which have to agree; its verdict",
        "follows the rule at the top of `atlas/claims.yaml`, never typed. `vagus claims --out DIR` writes the same",
        "as a page with one figure a claim, in plain words, with sources.",
        "",
        f"Model {kept['hash'][:SHORT]}, seeds {', '.join(map(str, kept['seeds']))}, {kept['seconds']:.0f} s.",
        "",
        "| verdict | claims |",
        "|---|---|",
    ]
    lines += [
        f"| {word} | {counts[word]} |" for word in (*ORDER, "by construction", "failed") if counts[word]
    ]
    lines += [""]
    if flatters:
        lines += [
            f"**The model flatters** in {', '.join(flatters)}: studies point the other way, the model does not.",
            "",
        ]
    lines += [
        "*shown*: strong or moderate evidence, and the model does it clearly. *weaker than said*: such evidence, but",
        "less in the model. *not supported*: weak or no evidence; what the model does is its assumption.",
        "*contradicted*: the record points the other way, and so does the model. Where the people of the model hardly",
        "differ from each other, differences are counted in an assumed spread of people (`spread` in",
        "`atlas/experiments.toml`), so that a difference of nothing is not *shown*.",
        "",
        "| claim | what is said | verdict | its tests |",
        "|---|---|---|---|",
    ]
    for key, one in claims.items():
        verdict = one["verdict"] + (" (flatters)" if one["flatters"] else "")
        lines.append(f"| {key} | {one['claim']} | {verdict} | {count_words(one['counts'])} |")
    return "\n".join([*lines, *_weaker(claims), *_not_supported(claims)]) + "\n"


def _weaker(claims: Mapping[str, Any]) -> list[str]:
    """The tests in which the model does less than is said, with their sizes."""
    lines = ["", "## Where the model does less than studies and article say", ""]
    lines += [
        "| claim | observable | said | compared | when | difference | SD |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, test in _tests(claims, WEAKER):
        size = "over 10" if abs(test["standardised"]) > 10 else f"{test['standardised']:+.2f}"
        told = f"{test['effect']:+.3g} | {size}"
        lines.append(
            f"| {key} | {test['observable']} | {test['sign']} | {test['groups']} | {test['time']} | {told} |"
        )
    return lines


def _not_supported(claims: Mapping[str, Any]) -> list[str]:
    """The tests whose record is too thin, by what the model does in them."""
    found: dict[str, dict[str, list[str]]] = {}
    for key, test in _tests(claims, NOT_SUPPORTED):
        cells = found.setdefault(key, {"record": [], "does": [], "hardly": [], "opposite": []})
        cells["record"].append(test["grade"])
        cells[_beside(test)].append(test["observable"])
    lines = ["", "## Why claims are not supported", ""]
    lines += [
        "A test is *not supported* where studies are few, small or mixed (weak) or where nobody has tested it in",
        "people (untested). No coupling, no further person and no seed would change that, only studies. What the",
        f"model does in these tests; *hardly* is less than {LEAST_SIZE:g} SD of people.",
        "",
        "| claim | record | the model does it | hardly | the opposite |",
        "|---|---|---|---|---|",
    ]
    for key, cells in found.items():
        told = " | ".join(", ".join(dict.fromkeys(names)) or "-" for names in cells.values())
        lines.append(f"| {key} | {told} |")
    return lines


def _tests(claims: Mapping[str, Any], verdict: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [(key, test) for key, one in claims.items() for test in one["tests"] if test["verdict"] == verdict]


def _beside(test: Mapping[str, Any]) -> str:
    """What the model does in a test: does what is said, hardly anything, or the opposite."""
    small = abs(test["standardised"]) < LEAST_SIZE
    if test["sign"] == "0":
        return "does" if small else "opposite"
    return "hardly" if small else "does" if (test["effect"] > 0) == (test["sign"] == "+") else "opposite"


def main(docs: str = "docs", out: str = "out") -> None:
    """Run every claim and write everything that is kept of them; exits 1 when one fails or the model flatters."""
    model = load_model()
    checked = check_claims(model, progress=lambda words, part: print(words, file=sys.stderr))
    record = record_of(checked, model)
    kept = verdicts_of(record, read_verdicts(), probe(model))
    verdicts_path().parent.mkdir(exist_ok=True)
    write_whole(verdicts_path(), json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    write_whole(Path(docs, PAGE), page(kept))
    write_ledger(record, Path(out))
    print(claims_text(record, quiet=True))
    print(f"\nFor CHANGELOG.md, under Model:\n{changelog_line(kept)}")
    if not record["good"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
