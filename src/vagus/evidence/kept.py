"""What a change of the model moved: its tables as one hash, and the verdicts that were kept with it.

`atlas/ledger/verdicts.json` holds both; `make claims` writes it. A test compares the hash with the tables as they are,
and wants it named in the changelog, so that no number of the model changes without the claims being run and told.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..tables import atlas_path, read_text

#: What the results of a person rest on: folders and single files of the atlas.
MODEL_FOLDERS = ("systems", "parameters", "conditions", "traits", "treatments", "instruments")
MODEL_FILES = (
    "activities.csv", "assays.csv", "blinding.toml", "composites.toml", "domains.toml", "drug_equivalents.csv",
    "drug_holds.csv", "drugs.toml", "interactions.toml", "reporting.toml", "schedule.toml",
)  # fmt: skip
#: What the claims ask, how they are run, and the intervals they are held to: no part of the model, but of a verdict.
ASKED_FILES = ("claims.yaml", "claim_evidence.csv", "experiments.toml", "map.toml", "observables.csv")
SHORT = 8  # letters of the hash that a changelog names
_SUFFIXES = (".ant", ".csv", ".toml")


def model_hash(atlas: Path | None = None) -> str:
    """The hash of every table of the model, in order of their names; line ends do not count.

    Arguments: `atlas`, the folder; the one of the package when None.
    """
    root = atlas if atlas is not None else atlas_path()
    files = [
        path for folder in MODEL_FOLDERS for path in (root / folder).glob("*") if path.suffix in _SUFFIXES
    ]
    return _hash_of(root, [*files, *(root / name for name in MODEL_FILES)])


def asked_hash(atlas: Path | None = None) -> str:
    """The hash of what the claims ask and are held to; arguments as of `model_hash`."""
    root = atlas if atlas is not None else atlas_path()
    return _hash_of(root, [root / name for name in ASKED_FILES])


def _hash_of(root: Path, files: Sequence[Path]) -> str:
    """One hash of the files that are there, in order of their names."""
    digest = hashlib.sha256()
    for path in sorted(path for path in files if path.exists()):
        digest.update(str(path.relative_to(root)).encode())
        digest.update("\n".join(read_text(path).splitlines()).encode())
    return digest.hexdigest()


def verdicts_path() -> Path:
    """Where the verdicts are kept."""
    return atlas_path("ledger", "verdicts.json")


def read_verdicts() -> dict[str, Any]:
    """The verdicts that were kept, {} where there are none yet; raises V101-V105 for a file that cannot be read."""
    path = verdicts_path()
    return json.loads(read_text(path)) if path.exists() else {}


def verdicts_of(
    record: Mapping[str, Any], before: Mapping[str, Any], probe: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What is kept of a whole ledger: hash, verdicts with their tests, and which claims moved since `before`.

    Arguments: `record` as `vagus claims --json` prints it; `before` what was kept until now; `probe` of `probe.probe`.
    """
    claims = {one["id"]: _kept(one) for one in record["claims"]}
    told = before.get("claims", {})
    moved = {
        key: f"{told[key]['verdict']} -> {one['verdict']}"
        for key, one in claims.items()
        if key in told and told[key]["verdict"] != one["verdict"]
    }
    same = before.get("hash") == model_hash()
    return {
        "hash": model_hash(),
        "before": before.get("before", "") if same else before.get("hash", ""),
        "asked": asked_hash(),
        "seeds": record["seeds"],
        "seconds": record["seconds"],
        # Run again on the same tables, what moved at the change of the model is still what moved.
        "moved": {**before.get("moved", {}), **moved} if same else moved,
        "probe": dict(probe or {}),
        "claims": claims,
    }


def _kept(claim: Mapping[str, Any]) -> dict[str, Any]:
    tests = []
    for test in claim["tests"]:
        kept = {
            key: test[key] for key in ("observable", "sign", "grade", "time", "groups", "people", "verdict")
        }
        tests.append({**kept, **{key: _digits(test.get(key)) for key in ("effect", "ci", "standardised")}})
    told = {key: claim[key] for key in ("section", "claim", "verdict", "counts", "flatters", "failures")}
    return {**told, "tests": tests}


def _digits(value: Any) -> Any:
    """Three digits: finer ones differ between processors."""
    if isinstance(value, list):
        return [_digits(one) for one in value]
    return value if value is None else float(f"{value:.3g}")


def changelog_line(kept: Mapping[str, Any]) -> str:
    """The line a changelog needs for this model; what moved in validation has to be written by hand."""
    moved = ", ".join(f"{key} ({words})" for key, words in kept["moved"].items()) or "none"
    name = kept["hash"][:SHORT]
    return (
        f"- Model {name}: <what changed, why>. Claims that moved: {moved}. Validation: <figures that moved>."
    )
