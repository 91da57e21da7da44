"""From the states of the body to the scores a clinic measures."""

from .change import important_change, reliable_change, remitted, responded, severity_band, severity_for
from .component import components
from .composite import (
    MENTAL,
    PHYSICAL,
    Observable,
    composite,
    composite_parts,
    cortisol_slope,
    load_observables,
    pain_days,
)
from .domain import Domain, domains, load_domains
from .instrument import (
    Fact,
    Instrument,
    Item,
    list_instruments,
    load_instrument,
    read_instrument,
    usual_instruments,
)
from .noise import draw_severity, item_traits, visit_noise
from .score import RELIEF, Scores, administer, recalled, score, told_part

__all__ = [
    "MENTAL",
    "PHYSICAL",
    "RELIEF",
    "Domain",
    "Fact",
    "Instrument",
    "Item",
    "Observable",
    "Scores",
    "administer",
    "components",
    "composite",
    "composite_parts",
    "cortisol_slope",
    "domains",
    "draw_severity",
    "important_change",
    "item_traits",
    "list_instruments",
    "load_domains",
    "load_instrument",
    "load_observables",
    "pain_days",
    "read_instrument",
    "recalled",
    "reliable_change",
    "remitted",
    "responded",
    "score",
    "severity_band",
    "severity_for",
    "told_part",
    "usual_instruments",
    "visit_noise",
]
