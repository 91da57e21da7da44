"""`vagus reporting-list`: what models of this kind are asked to report, answered from the model as it is installed."""

from collections.abc import Sequence
from dataclasses import asdict

from ..evidence.network_list import Listing, as_markdown, network_list
from .show import AsJson, Out, Quiet, Seed, show


def reporting_list_command(
    as_json: AsJson = False, quiet: Quiet = False, out: Out = None, seed: Seed = 1
) -> None:
    """Answer the UK QSP network's reporting list, point by point, as Markdown."""
    lists = network_list()
    show(_text(lists), {"lists": [asdict(one) for one in lists]}, as_json=as_json, quiet=quiet, out=out)


def _text(lists: Sequence[Listing]) -> str:
    return "\n\n".join(f"## {one.title}\n\n{as_markdown(one)}" for one in lists)
