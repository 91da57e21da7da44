"""The study file of a newcomer: seven lines that run, and in comments what else can be said."""

import re

from ..errors import fail
from ..tables import atlas_path, read_text
from .form import load_schema


def new_study(name: str) -> str:
    """The text of a commented study file that runs as it stands; `read_study` reads it.

    Args:
        name: key of the study, of letters, digits and - _ . (a file NAME.toml holds it).

    Raises:
        VagusError: V412 for a name a study cannot have.
    """
    rule = load_schema("study")["properties"]["id"]
    if len(name) > rule["maxLength"] or re.search(rule["pattern"], name) is None:
        raise fail("V412", key="name", value=name, wanted="letters, digits, - _ and . without a space")
    head, _, rest = read_text(atlas_path("templates", "study.toml")).partition("duration_d")
    return f"# {name}.toml\n{head}duration_d{rest}"
