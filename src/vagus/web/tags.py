"""Template tags and filters of the pages."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from ..observe import load_instrument
from .chart import Chart, draw_both, interval
from .record.kinds import KINDS
from .record.overview import dose_words

register = template.Library()
_TOLD = {"waste": "waste {} mg", "override": "given in spite of the gate: {}"}


@register.simple_tag
def drawn(chart: Chart, key: str) -> SafeString:
    """A chart as SVG, for wide and narrow screens; every word in it was escaped when it was drawn."""
    return mark_safe(draw_both(chart, key))


@register.simple_tag
def effect(value: float, ci: tuple[float, float], sign: str) -> SafeString:
    """An effect with its interval as a small picture."""
    return mark_safe(interval(value, ci[0], ci[1], sign))


@register.filter
def number(value: Any) -> str:
    """A number without needless zeros; a dash for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(number(one) for one in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@register.filter
def spoken(key: str) -> str:
    """A key of a record as words."""
    return key.replace("_", " ").capitalize()


@register.filter
def rule_words(rule: str) -> str:
    """What raised an alert, such as "phq9 item 9", with the name people know the scale by."""
    scale, _, item = rule.partition(" ")
    return f"{load_instrument(scale).abbreviation} {item}"


@register.filter
def abbreviation(key: str) -> str:
    """The short name of a scale."""
    return load_instrument(key).abbreviation


@register.filter
def kind_label(key: str) -> str:
    """What people call a kind of entry."""
    return KINDS[key].label


@register.filter
def moment(value: datetime | None) -> str:
    """A time as people here write it."""
    return timezone.localtime(value).strftime("%d %b %Y, %H:%M") if value else "–"


@register.filter
def day(value: datetime | None) -> str:
    """The day of a time."""
    return timezone.localtime(value).strftime("%d %b %Y") if value else "–"


@register.filter
def entry_words(entry: Any) -> str:
    """The content of an entry in one line."""
    kind, content = KINDS[entry.kind], entry.content
    if entry.kind == "score":
        return f"{load_instrument(content['instrument']).abbreviation} {content['total']:g}"
    told_first = entry.kind == "dose"
    parts = [dose_words(entry)] if told_first else []
    for name in kind.fields:
        if told_first and name in ("drug", "route", "amount", "unit", "minutes"):
            continue
        value = content.get(name)
        if value in (None, "", [], False):
            continue
        told = f"{value:g}" if isinstance(value, float) else "yes" if value is True else str(value)
        parts.append(_TOLD.get(name, f"{name.replace('_', ' ')} {{}}").format(told))
    return "; ".join(parts)
