"""What models of this kind are asked to report, answered from the model, its tables and its records.

The points and the words of the answers stand in `atlas/network_list.toml`; every number in them is counted here when it
is asked for, so that an answer cannot fall behind the model.
"""

import json
import platform
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from typing import Any

from ..body.model import load_model
from ..language.rules import Rules
from ..solve.integrate import Control
from ..tables import GRADES, atlas_path, read_sources, read_toml
from .coupling import coupling_of
from .kept import read_verdicts
from .lint import check_everything
from .studies import read_studies

DONE = ("yes", "part", "no")
"""Whether a point is met."""


@dataclass(frozen=True)
class Point:
    """One point that is asked for.

    Attributes:
        step: the part of the list it stands in, such as "Structure: solving".
        asked: what is asked for, in our words.
        done: "yes", "part" or "no".
        answer: the answer as Markdown, with every number filled in.
    """

    step: str
    asked: str
    done: str
    answer: str


@dataclass(frozen=True)
class Listing:
    """One list of points and where it comes from.

    Attributes:
        key: "table", "checklist", "framework" or "further".
        title: its heading.
        source: the publication, as Markdown.
        read: what of it could be read when it was answered.
        published: how many points it has where it was published.
        points: every point in its order.
    """

    key: str
    title: str
    source: str
    read: str
    published: int
    points: tuple[Point, ...]


def network_list() -> tuple[Listing, ...]:
    """Every list with its points answered, numbers as of the installed model and its records."""
    data = read_toml(atlas_path("network_list.toml"))
    facts = reported_facts()
    return tuple(_listing(one, data["point"], facts) for one in data["list"])


def as_markdown(listing: Listing) -> str:
    """One list as a table for each of its steps, and how many of its points are met."""
    counts = Counter(point.done for point in listing.points)
    lines = [
        f"{listing.source}.",
        "",
        *([f"Read for this page: {listing.read}", ""] if listing.read else []),
        f"{len(listing.points)} points: {counts['yes']} met, {counts['part']} in part, {counts['no']} not.",
        "",
        "| step | asked | met | answer |",
        "|---|---|---|---|",
    ]
    told = {"yes": "yes", "part": "**in part**", "no": "**no**"}
    lines += [f"| {one.step} | {one.asked} | {told[one.done]} | {one.answer} |" for one in listing.points]
    return "\n".join(lines)


def _listing(one: dict[str, Any], points: list[dict[str, Any]], facts: dict[str, str]) -> Listing:
    mine = (point for point in points if point["list"] == one["key"])
    answered = tuple(
        Point(each["step"], each["asked"], each["done"], each["answer"].format_map(facts)) for each in mine
    )
    return Listing(one["key"], one["title"], one["source"], one["read"], one["points"], answered)


@lru_cache(maxsize=1)
def reported_facts() -> dict[str, str]:
    """Every number the answers name, as text: counted from the model, the studies, the claims and the calibration."""
    return {**_of_the_model(), **_of_the_studies(), **_of_the_calibration(), **_of_this_machine()}


def _of_the_model() -> dict[str, str]:
    model = load_model()
    rules = Rules(model.text)
    coupling = coupling_of(model)
    entries = model.entries.values()
    grades = Counter(entry.grade for entry in entries)
    problems = len(check_everything())
    return {
        "key": model.key,
        "systems": str(len(coupling.systems)),
        "arrows": str(len(coupling.arrows)),
        "rates": str(len(rules.rates)),
        "assigned": str(len(rules.assigned)),
        "numbers": str(len(model.entries)),
        "kinds": ", ".join(
            f"{count} {kind}s" for kind, count in Counter(entry.kind for entry in entries).items()
        ),
        "grades": ", ".join(f"{grades[grade]} *{grade}*" for grade in GRADES if grades[grade]),
        "assumed": str(grades["assumed"]),
        "used": str(len({entry.source for entry in entries})),
        "sources": str(len(read_sources())),
        "spread": str(sum(entry.spread > 0 for entry in entries)),
        "problems": f"{problems or 'no'} problem{'' if problems == 1 else 's'}",
        "rtol": f"{Control().rtol:g}",
        "atol": f"{Control().atol:g}",
    }


def _of_the_studies() -> dict[str, str]:
    splits = Counter(one.study.split for one in read_studies())
    kept = read_verdicts().get("claims", {})
    verdicts = Counter(claim["verdict"] for claim in kept.values())
    return {
        "fittable": str(splits["calibrate"]),
        "kept_apart": str(splits["validate"]),
        "claims": str(len(kept)),
        "verdicts": "claims "
        + ", ".join(f"{count} *{verdict}*" for verdict, count in verdicts.most_common()),
    }


def _of_the_calibration() -> dict[str, str]:
    """What the recorded calibration says; dashes where this version carries no record."""
    path = atlas_path("calibration", "record.json")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    method = record.get("method", {})

    def many(name: str) -> str:
        return str(len(record[name])) if name in record else "-"

    return {
        "fitted": many("parameters"),
        "unidentified": many("not_identifiable"),
        "fit_studies": many("studies"),
        "rows": str(record.get("rows", "-")),
        "method": str(method.get("name", "-")),
        "sets": str(method.get("sets", "-")),
    }


def _of_this_machine() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "version": _version("vagus"),
        **{name: metadata.version(name) for name in ("numpy", "scipy", "llvmlite")},
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # from a checkout that nobody installed
        return "0+source"
