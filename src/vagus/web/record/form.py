"""What all forms of the record share: a time, and questions instead of silent changes.

A value outside its plausible range, or one that is there already, comes back with a question; the person who writes
answers it by a tick, and the entry keeps what was asked.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from ..clinic_rules import Plausible, plausible
from .models import Entry, Person, Visit

_SAME_DAY = timedelta(hours=20)
_FUTURE = timedelta(minutes=10)


def moment_field(label: str = "When") -> forms.DateTimeField:
    """A date and time in the browser's own picker."""
    return forms.DateTimeField(
        label=label,
        initial=lambda: timezone.localtime().replace(second=0, microsecond=0),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


def quantity_field(key: str, required: bool = False, **options: Any) -> forms.FloatField:
    """A field for one of the quantities of `atlas/clinic/rules.toml`; only numbers that cannot be meant are refused."""
    one = plausible()[key]
    unit = f" ({one.shown_unit})" if one.shown_unit else ""
    step = 10.0**-one.decimals
    field = forms.FloatField(
        label=options.pop("label", one.label) + unit,
        required=required,
        min_value=0,
        max_value=100.0 * one.high,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": f"{step:g}", "min": "0"}),
        **options,
    )
    return field


def words_field(label: str, required: bool = False, rows: int = 1, most: int = 2000) -> forms.CharField:
    """Free words: one line, or an area of some rows."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput()
    return forms.CharField(label=label, required=required, max_length=most, widget=widget)


class AskingForm(forms.Form):
    """A form that asks about what is odd; a tick answers, and then it is valid."""

    confirm = forms.BooleanField(required=False, label="It is correct as entered", widget=forms.CheckboxInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.questions: list[str] = []

    def shown_fields(self) -> list[forms.BoundField]:
        """The fields a page shows; the tick only when something was asked."""
        return [field for field in self if field.name != "confirm"]

    def asked_back(self) -> list[str]:
        """What is asked about a form in which all else is in order."""
        return []

    def is_valid(self) -> bool:
        """True when all is in order and nothing is left to ask."""
        if not super().is_valid():
            return False
        self.questions = self.asked_back()
        return not self.questions or bool(self.cleaned_data.get("confirm"))


class RecordForm(AskingForm):
    """A form that becomes an entry of `kind`."""

    kind = ""
    heading = ""
    hint = ""
    quantities: tuple[str, ...] = ()

    at = moment_field()

    def __init__(self, *args: Any, person: Person, visit: Visit | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields: dict[str, forms.Field]
        self.person, self.visit = person, visit
        self.replaces: Entry | None = None

    def clean_at(self) -> Any:
        """The time, when it lies neither in the future nor before anybody lived."""
        at = self.cleaned_data["at"]
        if at > timezone.now() + _FUTURE:
            raise ValidationError("This is in the future.")
        if at.year < 1900:
            raise ValidationError("This is too far in the past.")
        return at

    def content(self) -> dict[str, Any]:
        """What is sealed: everything that was filled in."""
        kept = {k: v for k, v in self.cleaned_data.items() if k not in ("at", "confirm")}
        return {key: value for key, value in kept.items() if value not in (None, "")}

    def asked_back(self) -> list[str]:
        """What to ask before this is written; a form adds its own."""
        found = [
            implausible(plausible()[key], self.cleaned_data[key])
            for key in self.quantities
            if self.cleaned_data.get(key) is not None
        ]
        return [words for words in found if words] + self._twice()

    def _twice(self) -> list[str]:
        at = self.cleaned_data.get("at")
        if at is None or not self.kind:
            return []
        near = Entry.objects.filter(
            person=self.person,
            kind=self.kind,
            withdrawn=False,
            replaced_by=None,
            at__range=(at - _SAME_DAY, at + _SAME_DAY),
        )
        if self.replaces is not None:
            near = near.exclude(pk=self.replaces.pk)
        mine = self.content()
        for row in near:
            row.person = self.person
            if same(row.content, mine):
                when = timezone.localtime(row.at).strftime("%d %b %H:%M")
                return [f"The same stands in the record already, written for {when}. Is this another one?"]
        return []

    def sealed_content(self) -> dict[str, Any]:
        """The content with the questions that were answered by the tick."""
        content = self.content()
        return content | {"questioned": self.questions} if self.questions else content


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two contents say the same, whatever was asked about them."""
    return {**one, "questioned": 0, "by": 0} == {**other, "questioned": 0, "by": 0}


def implausible(one: Plausible, value: float) -> str:
    """A question about a value outside its plausible range, '' about any other."""
    if one.low <= value <= one.high:
        return ""
    side = "below" if value < one.low else "above"
    edge = one.low if value < one.low else one.high
    unit = f" {one.shown_unit}" if one.shown_unit else ""
    return f"{one.label} {value:g}{unit} lies {side} {edge:g}{unit}. Is it right?"
